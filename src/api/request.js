// Request (Fetch section 5.3) as Workers have it. One that came from a client is an offset into the turn's text (packed.h)
// until it is looked at.
const {
  JSONParse, ObjectDefineProperty, RegExpPrototypeExec, StringPrototypeToUpperCase, TypeError,
} = primordials;
const lazy = internal.load, token = internal.token;
const { parseURL } = internal.natives;
const { Body, NATIVE, STREAM, USED, extract, typeOfLast, isUnusable, clone, mixin } = lazy("body");
const { Headers, isHeaders, fill, find, listOf, fromList, fromPacked, append, u32, unit, fieldsAt } = lazy("headers");

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMAL = /^(?:delete|get|head|options|post|put|patch)$/i;

function methodOf(v) {
  if (v === "GET" || v === "POST") return v;
  const s = `${v}`;
  if (RegExpPrototypeExec(TOKEN, s) === null) throw new TypeError(`Invalid HTTP method string: ${s}`);
  const upper = StringPrototypeToUpperCase(s);
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") throw new TypeError(`Invalid HTTP method string: ${s}`);
  return RegExpPrototypeExec(NORMAL, s) !== null ? upper : s;
}
function redirectOf(v) {
  const s = `${v}`;
  if (s !== "follow" && s !== "manual" && s !== "error")
    throw new TypeError("Invalid redirect value, must be one of \"follow\", \"error\", or \"manual\".");
  return s;
}

// The body that was `stream` so far: native if nobody has read it, else through its reader.
function takeOver(b, stream) {
  const streams = lazy("streams"), id = streams.takeNative(stream);
  if (id !== undefined) {
    b.kind = NATIVE;
    b.data = id;
    return;
  }
  const reader = streams.reader(stream);
  b.stream = streams.fromIterable((async function* () {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  })());
}

let isRequest, incoming, disconnect, parts, bodyFor;

class Request {
  #text = null; // packed head, for incoming ones
  #at = 0;
  #ticket = -1;
  #method = null;
  #url = null;
  #headers = null;
  #list = null;
  #body = null;
  #redirect = "follow";
  #signal = null;
  #cf = undefined;
  #cfKnown = false;
  #integrity = "";
  #keepalive = false;
  #cache = undefined;

  constructor(input, init = undefined, at = 0, ticket = 0) {
    if (input === token) {
      if (typeof init === "string") {
        this.#text = init;
        this.#at = at;
        this.#ticket = ticket;
        const kind = unit(init, at + 9);
        if (kind !== 0) {
          const b = (this.#body = new Body(NATIVE, ticket));
          b.inline = kind === 1;
        }
      }
      return;
    }
    if (arguments.length === 0) throw new TypeError("Failed to construct 'Request': 1 argument required, but only 0 present.");
    this.#make(input, init);
  }

  #make(input, init) {
    let from = null, method = "GET", body = null;
    if (typeof input === "object" && input !== null && #method in input) {
      from = input;
      if (from.#method === null) from.#unpack();
      method = from.#method;
      this.#url = from.#url;
      this.#redirect = from.#redirect;
      this.#signal = from.#signal;
      this.#cf = from.#cf;
      this.#cfKnown = from.#cfKnown || from.#text === null;
      if (!this.#cfKnown) {
        this.#text = from.#text;
        this.#at = from.#at;
      }
      this.#integrity = from.#integrity;
      this.#keepalive = from.#keepalive;
      this.#cache = from.#cache;
    } else this.#url = parseURL(`${input}`);
    let headers;
    if (init !== undefined && init !== null) {
      if (typeof init !== "object" && typeof init !== "function")
        throw new TypeError("Failed to construct 'Request': the init argument is not an object.");
      let v = init.method;
      if (v !== undefined) method = methodOf(v);
      headers = init.headers;
      body = init.body;
      if (body === undefined) body = null;
      else if (from !== null && body === null) from = null; // an explicit null body replaces the other's
      if ((v = init.redirect) !== undefined) this.#redirect = redirectOf(v);
      if ((v = init.signal) !== undefined) {
        if (v !== null && !lazy("events").isAbortSignal(v))
          throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
        this.#signal = v;
      }
      if ((v = init.cf) !== undefined) {
        this.#cf = v;
        this.#cfKnown = true;
      }
      if ((v = init.integrity) !== undefined) this.#integrity = `${v}`;
      if ((v = init.keepalive) !== undefined) this.#keepalive = !!v;
      if ((v = init.cache) !== undefined) {
        const c = `${v}`;
        if (c !== "no-store" && c !== "no-cache" && c !== "default" && c !== "reload") throw new TypeError(`Unsupported cache mode: ${c}`);
        this.#cache = c;
      }
    }
    this.#method = method;
    if (headers !== undefined && headers !== null) this.#list = fill(headers);
    else if (typeof input === "object" && input !== null && #method in input) {
      const old = listOf(input.headers), list = [];
      for (let i = 0; i < old.length; i += 2) append(list, old[i], old[i + 1]);
      this.#list = list;
    } else this.#list = [];
    if (body !== null) {
      if (method === "GET" || method === "HEAD")
        throw new TypeError("Request with a GET or HEAD method cannot have a body.");
      const b = (this.#body = extract(body)), type = typeOfLast();
      if (type !== null && find(this.#list, "content-type") < 0) append(this.#list, "content-type", type);
      if (b.kind === STREAM && this.#keepalive) throw new TypeError("A keepalive request cannot have a streaming body.");
    } else if (from !== null && from.#body !== null) {
      if (isUnusable(from.#body)) throw new TypeError(USED);
      if (method === "GET" || method === "HEAD")
        throw new TypeError("Request with a GET or HEAD method cannot have a body.");
      // The content moves over: the other request's body counts as used.
      const old = from.#body, b = (this.#body = new Body(old.kind, old.data));
      b.inline = old.inline;
      b.signal = old.signal;
      if (old.stream !== null) takeOver(b, old.stream);
      old.used = true;
    }
  }

  // Method and URL out of the packed head.
  #unpack() {
    const text = this.#text, at = this.#at, urlAt = at + 14 + 4 * unit(text, at), methodAt = urlAt + u32(text, at + 1);
    this.#url = text.substring(urlAt, methodAt);
    this.#method = text.substring(methodAt, methodAt + unit(text, at + 3));
  }
  get method() {
    if (this.#method === null) this.#unpack();
    return this.#method;
  }
  get url() {
    if (this.#url === null) this.#unpack();
    return this.#url;
  }
  get headers() {
    if (this.#headers !== null) return this.#headers;
    return (this.#headers = this.#list === null ? fromPacked(this.#text, this.#at) : fromList(this.#list));
  }
  get redirect() { return this.#ticket >= 0 ? "manual" : this.#redirect; }
  get signal() {
    return (this.#signal ??= lazy("events").newSignal());
  }
  get cf() {
    if (this.#cfKnown) return this.#cf;
    this.#cfKnown = true;
    const text = this.#text;
    if (text === null) return undefined;
    const at = this.#at, length = u32(text, at + 5), end = fieldsAt(text, at);
    this.#text = text;
    if (length > 0) this.#cf = JSONParse(text.substring(end - length, end));
    return this.#cf;
  }
  get integrity() { return this.#integrity; }
  get keepalive() { return this.#keepalive; }
  get cache() { return this.#cache; }
  get fetcher() {
    this.#method;
    return null;
  }
  clone() {
    if (this.#body !== null && isUnusable(this.#body)) throw new TypeError(USED);
    const r = new Request(token);
    r.#text = this.#text;
    r.#at = this.#at;
    r.#method = this.method;
    r.#url = this.#url;
    const old = listOf(this.headers), list = [];
    for (let i = 0; i < old.length; i += 2) append(list, old[i], old[i + 1]);
    r.#list = list;
    r.#redirect = this.redirect;
    r.#signal = this.#signal;
    r.#cf = this.#cf;
    r.#cfKnown = this.#cfKnown;
    r.#integrity = this.#integrity;
    r.#keepalive = this.#keepalive;
    r.#cache = this.#cache;
    if (this.#body !== null) r.#body = clone(this.#body);
    return r;
  }

  static {
    isRequest = (v) => typeof v === "object" && v !== null && #method in v;
    incoming = (text, at, ticket) => new Request(token, text, at, ticket);
    // The client has gone.
    disconnect = (r) => {
      const { abortSignal, newSignal } = lazy("events");
      abortSignal((r.#signal ??= newSignal()), new (lazy("domexception").DOMException)("The client has disconnected", "AbortError"));
    };
    // What fetch() and caches need.
    parts = (r) => ({
      __proto__: null, method: r.method, url: r.url, list: r.#headers === null && r.#list !== null ? r.#list : listOf(r.headers),
      body: r.#body, redirect: r.#ticket >= 0 ? "manual" : r.#redirect, signal: r.#signal, cf: r.#cfKnown ? r.#cf : undefined, cache: r.#cache,
    });
    bodyFor = (r) => r.#body;
  }
}
mixin(Request, bodyFor, (r) => {
  const list = listOf(r.headers), at = find(list, "content-type");
  return at < 0 ? null : list[at + 1];
});
internal.shape(Request, "Request");
ObjectDefineProperty(Request, "length", { __proto__: null, value: 1, configurable: true });

return { Request, isRequest, incoming, disconnect, parts };
