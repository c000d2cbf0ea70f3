// new Request(input, init): the record that request.js keeps (Fetch section 5.3, the constructor's steps).
const { Error, RegExpPrototypeExec, StringPrototypeStartsWith, StringPrototypeToUpperCase, TypeError } = primordials;
const lazy = internal.load;
const { parseURL, requestStream } = internal.natives;
const { Body, NATIVE, STREAM, USED, isUnusable } = lazy("body");
const { extract, typeOfLast } = lazy("body_more");
const { fill, find, listOf, append } = lazy("headers");
const { isRequest, stateOf } = lazy("request");

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMAL = /^(?:delete|get|head|options|post|put|patch)$/i;

// Not pedantic: the methods there are, from RFC 9110, 5789, 4918, 3253, 3744, 5323 and what caches and UPnP have.
const KNOWN = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH|PURGE|OPTIONS|COPY|LOCK|MKCOL|MOVE|PROPFIND|PROPPATCH|SEARCH|UNLOCK|ACL|REPORT|MKACTIVITY|CHECKOUT|MERGE|MSEARCH|NOTIFY|SUBSCRIBE|UNSUBSCRIBE|QUERY|BAN)$/;

function knownMethod(s, upper) {
  const method = internal.flag("upper_case_all_http_methods") ? upper : RegExpPrototypeExec(NORMAL, s) !== null ? upper : s;
  if (RegExpPrototypeExec(KNOWN, method) === null) throw new TypeError(`Invalid HTTP method string: ${s}`);
  return method;
}
function methodOf(v) {
  if (v === "GET" || v === "POST") return v;
  const s = `${v}`;
  if (RegExpPrototypeExec(TOKEN, s) === null) throw new TypeError(`Invalid HTTP method string: ${s}`);
  const upper = StringPrototypeToUpperCase(s);
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") throw new TypeError(`Invalid HTTP method string: ${s}`);
  if (!internal.isPedantic) return knownMethod(s, upper);
  return RegExpPrototypeExec(NORMAL, s) !== null ? upper : s;
}
function redirectOf(v) {
  const s = `${v}`;
  if (s !== "follow" && s !== "manual" && s !== "error")
    throw new TypeError("Invalid redirect value, must be one of \"follow\", \"error\", or \"manual\".");
  return s;
}
function cacheOf(v) {
  if (!internal.flag("cache_option_enabled")) throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
  const s = `${v}`;
  if (s !== "no-store" && s !== "no-cache" && s !== "default" && s !== "reload") throw new TypeError(`Unsupported cache mode: ${s}`);
  return s;
}

// Until fetch_standard_url a request had its URL as it was written, and nobody looked at it before it was fetched.
function urlOf(s, text) {
  let url;
  try {
    url = parseURL(text);
    if (url === text) return url;
  } catch (e) {
    if (internal.flag("fetch_standard_url")) throw e;
  }
  if (internal.flag("fetch_standard_url")) return url;
  s.legacy = true;
  return text;
}

// The content of another request's body moves over; that body counts as used from then on.
function takeOver(old) {
  if (isUnusable(old)) throw new TypeError(USED);
  const b = new Body(old.kind, old.data);
  b.inline = old.inline;
  b.signal = old.signal;
  old.used = true;
  if (old.stream === null) {
    if (old.kind === NATIVE && typeof old.data === "number") b.data = requestStream(old.data);
    return b;
  }
  const streams = lazy("streams"), id = streams.takeNative(old.stream);
  if (id !== undefined) {
    b.kind = NATIVE;
    b.data = id;
    return b;
  }
  const reader = streams.reader(old.stream);
  b.stream = streams.fromIterable((async function* () {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  })());
  return b;
}

// What init says about everything but the body.
function apply(s, init) {
  if (typeof init !== "object" && typeof init !== "function")
    throw new TypeError("Failed to construct 'Request': the init argument is not an object.");
  let v = init.method;
  if (v !== undefined) s.method = methodOf(v);
  if ((v = init.redirect) !== undefined) s.redirect = redirectOf(v);
  // A Request as init: its signal is not made just to be looked at.
  if ((v = isRequest(init) ? stateOf(init).signal : init.signal) !== undefined) {
    if (v !== null && !lazy("events").isAbortSignal(v))
      throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
    s.signal = v;
  }
  if ((v = init.cf) !== undefined) s.cf = v;
  if (typeof s.cf === "object" && s.cf !== null && s.cf.cacheControl !== undefined && s.cf.cacheTtl !== undefined)
    throw new TypeError("The cf options cacheControl and cacheTtl are mutually exclusive.");
  if ((v = init.integrity) !== undefined) s.integrity = `${v}`;
  if ((v = init.keepalive) !== undefined) s.keepalive = !!v;
  if ((v = init.cache) !== undefined) s.cache = cacheOf(v);
  if (s.cache !== undefined && typeof s.cf === "object" && s.cf !== null && s.cf.cacheControl !== undefined)
    throw new TypeError("The cf option cacheControl cannot be used together with the option cache.");
}

function make(input, init) {
  const s = {
    __proto__: null, method: "GET", url: "", list: null, headers: null, body: null, redirect: "follow", signal: null, cf: undefined,
    integrity: "", keepalive: false, cache: undefined, blob: undefined, legacy: false,
  };
  let from = null, headers, body;
  if (isRequest(input)) {
    from = stateOf(input);
    s.method = from.method;
    s.url = from.url;
    s.legacy = from.legacy;
    s.redirect = from.redirect;
    s.signal = from.signal;
    s.cf = input.cf;
    s.integrity = from.integrity;
    s.keepalive = from.keepalive;
    s.cache = from.cache;
  } else s.url = urlOf(s, `${input}`);
  // A blob: URL means the Blob that it stands for now.
  if (StringPrototypeStartsWith(s.url, "blob:")) s.blob = from === null ? lazy("fetch_local").blobOf(s.url) : from.blob;
  if (init !== undefined && init !== null) {
    headers = init.headers;
    body = init.body;
    apply(s, init);
  }
  if (headers !== undefined && headers !== null) s.list = fill(headers);
  else s.list = from === null ? [] : fill(input.headers);
  const bodiless = s.method === "GET" || s.method === "HEAD";
  if (body !== undefined && body !== null) {
    if (bodiless) throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    s.body = extract(body);
    const type = typeOfLast();
    if (type !== null && find(s.list, "content-type") < 0) append(s.list, "content-type", type);
    if (s.body.kind === STREAM && s.keepalive) throw new TypeError("A keepalive request cannot have a streaming body.");
  } else if (body === undefined && from !== null && from.body !== null) {
    if (bodiless) throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    s.body = takeOver(from.body);
  }
  return s;
}
return { make };
