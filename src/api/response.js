// Response (Fetch section 5.5) as Workers have it, and the way of a response to C: a row in shared memory for what is
// small and plain, else natives.respond().
const {
  JSONStringify, ObjectDefineProperty, RegExpPrototypeExec, TypeError, RangeError,
  TypedArrayPrototypeSet, TypedArrayPrototypeGetLength, PromisePrototypeThen,
} = primordials;
const lazy = internal.load, token = internal.token;
const out = internal.shared[1], bytes = internal.shared[2];
const { flush, sendable, requestStream, parseURL } = internal.natives;
const respondNative = internal.natives.respond;
const { Body, STRING, BYTES, NATIVE, STREAM, USED, extract, typeOfLast, isUnusable, isUsed, clone, outgoing, pump, mixin } = lazy("body");
const { fill, find, listOf, fromList, fromPacked, append, join, u32, unit, immutable } = lazy("headers");

const OUT_USED = 0, OUT_FILLED = 1, OUT_ROWS = 4, OUT_INTS = 4096, OUT_BYTES = 65536;
const ROW_RESPOND = 1, RESPOND_INTS = 7, RESPOND_DONE = 1 << 16;
const PLAIN = 512; // bodies up to this many characters, and heads, are written by JavaScript
const TYPES = [null, "text/plain;charset=UTF-8", "application/json"]; // implied[] in event.c
const REASON = /[^\t\x20-\x7e\x80-\xff]/;

let isResponse, respond, fetched, bodyFor, parts;

class Response {
  #status = 200;
  #reason = "";
  #implied = 0; // a content type of TYPES that is not in the list
  #list = null;
  #headers = null;
  #body = null;
  #url = "";
  #redirected = false;
  #type = "default";
  #cf = undefined;
  #encoded = false; // encodeBody: "manual"
  #immutable = false;

  constructor(body = null, init = undefined) {
    if (body === token) return;
    if (init !== undefined && init !== null) this.#init(init);
    if (typeof body === "string") {
      if (this.#status !== 200) this.#nullStatus();
      this.#body = new Body(STRING, body);
      if (this.#list === null || find(this.#list, "content-type") < 0) this.#implied = 1;
    } else if (body !== null && body !== undefined) {
      if (this.#status !== 200) this.#nullStatus();
      this.#body = extract(body);
      const type = typeOfLast();
      if (type !== null && (this.#list === null || find(this.#list, "content-type") < 0)) append((this.#list ??= []), "content-type", type);
    }
  }
  #nullStatus() {
    const s = this.#status;
    if (s === 204 || s === 304 || s === 205 || s === 101)
      throw new TypeError(`Response with null body status (101, 204, 205, or 304) cannot have a body.`);
  }
  #init(init) {
    if (typeof init !== "object" && typeof init !== "function")
      throw new TypeError("Failed to construct 'Response': the init argument is not an object.");
    let v = init.status;
    if (v !== undefined) {
      const s = typeof v === "number" ? v : +v;
      if (!(s >= 200 && s < 600)) throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
      this.#status = s - (s % 1);
    }
    v = init.statusText;
    if (v !== undefined && v !== "") {
      const s = `${v}`;
      if (RegExpPrototypeExec(REASON, s) !== null) throw new TypeError("Invalid statusText");
      this.#reason = s;
    }
    v = init.headers;
    if (v !== undefined && v !== null) this.#list = fill(v);
    v = init.cf;
    if (v !== undefined) this.#cf = v;
    v = init.encodeBody;
    if (v !== undefined) {
      if (v !== "automatic" && v !== "manual") throw new TypeError(`encodeBody: unexpected value: ${v}`);
      this.#encoded = v === "manual";
    }
    v = init.webSocket;
    if (v !== undefined && v !== null) throw new TypeError("WebSockets are not supported.");
  }

  static error() {
    const r = new Response(token);
    r.#type = "error";
    r.#status = 0;
    r.#list = [];
    r.#immutable = true;
    return r;
  }
  static json(data, init = undefined) {
    const text = JSONStringify(data);
    if (text === undefined) throw new TypeError("The data is not JSON serializable");
    const r = new Response(null, init);
    if (r.#status !== 200) r.#nullStatus();
    r.#body = new Body(STRING, text);
    if (r.#list === null || find(r.#list, "content-type") < 0) r.#implied = 2;
    return r;
  }
  static redirect(url, status = 302) {
    const to = parseURL(`${url}`);
    if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308)
      throw new RangeError(`${status} is not a redirect status code.`);
    const r = new Response(token);
    r.#status = status;
    r.#list = ["location", to];
    r.#immutable = true;
    return r;
  }

  get status() { return this.#status; }
  get statusText() { return this.#reason; }
  get ok() { return this.#status >= 200 && this.#status < 300; }
  get headers() {
    if (this.#headers !== null) return this.#headers;
    const list = this.#list ?? [];
    if (this.#implied !== 0) {
      append(list, "content-type", TYPES[this.#implied]);
      this.#implied = 0;
    }
    const h = fromList(list);
    if (this.#immutable) immutable(h);
    return (this.#headers = h);
  }
  get url() { return this.#url; }
  get redirected() { return this.#redirected; }
  get type() { return this.#type; }
  get cf() { return this.#cf; }
  get webSocket() {
    this.#status;
    return null;
  }
  clone() {
    if (this.#body !== null && isUnusable(this.#body)) throw new TypeError(USED);
    const r = new Response(token), old = listOf(this.headers), list = [];
    for (let i = 0; i < old.length; i += 2) append(list, old[i], old[i + 1]);
    r.#list = list;
    r.#status = this.#status;
    r.#reason = this.#reason;
    r.#url = this.#url;
    r.#redirected = this.#redirected;
    r.#type = this.#type;
    r.#cf = this.#cf;
    r.#encoded = this.#encoded;
    r.#immutable = this.#immutable;
    if (this.#body !== null) r.#body = clone(this.#body);
    return r;
  }

  static {
    isResponse = (v) => typeof v === "object" && v !== null && #status in v;
    bodyFor = (r) => r.#body;
    // The response of a fetch or of the cache, from its packed head.
    fetched = (text, handle, fixed) => {
      const r = new Response(token), n = unit(text, 0), url = 14 + 4 * n, urlLength = u32(text, 1), methodLength = unit(text, 3);
      const reason = url + urlLength + methodLength, kind = unit(text, 9);
      r.#status = unit(text, 7);
      r.#url = text.substring(url, url + urlLength);
      r.#reason = text.substring(reason, reason + unit(text, 4));
      r.#redirected = (unit(text, 8) & 4) !== 0; // HEAD_REDIRECTED
      r.#headers = fromPacked(text, 0);
      r.#immutable = fixed;
      if (kind !== 0) {
        const b = (r.#body = new Body(NATIVE, handle));
        b.inline = kind === 1;
      }
      return r;
    };
    // What caches need.
    parts = (r) => ({
      __proto__: null, status: r.#status, reason: r.#reason, list: listOf(r.headers), body: r.#body, encoded: r.#encoded,
    });

    // 2: answered and done; 1: all has left, DONE is yours; 0: core.doneWith(event) follows. Throws before anything is sent.
    respond = (event, ticket, r, done) => {
      const b = r.#body;
      if (b !== null && (b.used || (b.stream !== null && isUnusable(b)))) throw new TypeError(USED);
      if (r.#status === 0) throw new TypeError("Response.error() cannot be sent to a client.");
      const list = r.#headers === null ? r.#list : listOf(r.#headers);
      if (r.#reason === "" && !r.#encoded && (b === null || b.kind === STRING || b.kind === BYTES) && (b === null || b.stream === null)) {
        const sent = plain(ticket, r.#status, list, r.#headers === null ? r.#implied : 0, b, done);
        if (sent) return done ? 2 : 1;
      }
      if (r.#implied !== 0 && r.#headers === null) r.headers;
      return slow(event, ticket, r.#status, r.#reason, r.#encoded ? 8 : 0, r.#headers === null ? r.#list : listOf(r.#headers), b);
    };
  }
}

function plain(ticket, status, list, implied, b, done) {
  const fields = list === null ? 0 : list.length >> 1;
  let p = out[OUT_USED] + OUT_ROWS, q = out[OUT_FILLED];
  if (fields > 64) return false;
  if (p + RESPOND_INTS + fields > OUT_INTS || q + 8 * PLAIN > OUT_BYTES) {
    flush();
    p = OUT_ROWS;
    q = 0;
  }
  const start = q;
  let row = p + RESPOND_INTS;
  for (let i = 0; i < fields; i++, row++) {
    const name = list[2 * i], value = list[2 * i + 1], n = name.length, m = value.length;
    if (n > 1000 || q - start + n + m > 4 * PLAIN) return false;
    for (let k = 0; k < n; k++) bytes[q++] = name.charCodeAt(k);
    for (let k = 0; k < m; k++) bytes[q++] = value.charCodeAt(k);
    out[row] = n | (m << 10);
  }
  let size = -1;
  if (b !== null) {
    const data = b.data;
    size = b.kind === STRING ? data.length : TypedArrayPrototypeGetLength(data);
    if (size > 2 * PLAIN) return false;
    if (b.kind === STRING)
      for (let k = 0; k < size; k++) {
        const c = data.charCodeAt(k);
        if (c > 127) return false;
        bytes[q + k] = c;
      }
    else for (let k = 0; k < size; k++) bytes[q + k] = data[k];
    q += size;
    b.used = true;
  }
  out[p] = ROW_RESPOND;
  out[p + 1] = ticket;
  out[p + 2] = done ? status | RESPOND_DONE : status;
  out[p + 3] = start;
  out[p + 4] = implied;
  out[p + 5] = fields;
  out[p + 6] = size;
  out[OUT_USED] = row - OUT_ROWS;
  out[OUT_FILLED] = q;
  return true;
}

function slow(event, ticket, status, reason, flags, list, b) {
  const core = internal.core;
  let kind = 0, value = null, length = -1;
  const stream = b === null ? null : b.stream;
  if (b !== null) ({ kind, value, length } = outgoing(b));
  const more = respondNative(ticket, status, flags, reason, join(list), kind, value, length);
  if (!more) return 1;
  if (kind === STREAM)
    PromisePrototypeThen(pump(stream, requestStream(ticket), (stop) => core.onEnd(event, stop)), () => core.doneWith(event));
  else {
    const id = sendable(ticket);
    if (id === 0) return 1;
    const go = () => core.doneWith(event);
    core.wait(id, go, go);
  }
  return 0;
}

mixin(Response, bodyFor, (r) => {
  const list = listOf(r.headers), at = find(list, "content-type");
  return at < 0 ? null : list[at + 1];
});
internal.shape(Response, "Response");
ObjectDefineProperty(Response, "length", { __proto__: null, value: 0, configurable: true });

return { Response, isResponse, respond, fetched, parts };
