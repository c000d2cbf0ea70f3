// Response (Fetch section 5.5) as Workers have it, and the way of a response to C: a row in shared memory for what is
// small and plain, else natives.respond().
const {
  JSONStringify, ObjectDefineProperty, RegExpPrototypeExec, TypeError, RangeError,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, PromisePrototypeThen,
} = primordials;
const lazy = internal.load, token = internal.token;
const out = internal.shared[1], bytes = internal.shared[2];
const { flush, put, sendable, requestStream, parseURL, head, forward } = internal.natives;
const respondNative = internal.natives.respond;
const { Body, STRING, NATIVE, STREAM, USED, isUnusable, mixin } = lazy("body");

const OUT_USED = 0, OUT_FILLED = 1, OUT_ROWS = 4, OUT_INTS = 2048, OUT_BYTES = 65536;
const ROW_RESPOND = 1, RESPOND_INTS = 7, RESPOND_DONE = 1 << 16;
const LOOP = 200; // strings up to this length are written character by character
const HEAD = 4096; // bytes of all names and values of a head
const INLINE = 32768; // LIMIT_BODY_INLINE_BYTES
const TYPES = [null, "text/plain;charset=UTF-8", "application/json"]; // implied[] in event.c
const REASON = /[^\t\x20-\x7e\x80-\xff]/;

let isResponse, respond, fetched, local, bodyFor, parts;

// What few responses have; those that have none of it share this one.
const PLAIN_MORE = {
  __proto__: null, headers: null, reason: "", url: "", redirected: false, type: "default", cf: undefined, encoded: false, fixed: false, socket: null,
};

const isNullStatus = (s) => s === 204 || s === 304 || s === 205 || s === 101;

const LATE = -1; // #status of one that came from a fetch or the cache, until somebody looks at it: #body is its handle
const UPGRADE = 64; // HEAD_UPGRADE
const PASSED = -1; // #implied of such a one that has been sent as it was

class Response {
  #status = 200;
  #implied = 0; // a content type of TYPES that is not in the list
  #list = null;
  #body = null;
  #more = PLAIN_MORE;

  constructor(body = null, init = undefined) {
    if (body === token) return;
    if (init !== undefined && init !== null) this.#init(init);
    if (typeof body === "string") {
      if (this.#status !== 200) {
        if (body === "" && isNullStatus(this.#status)) return; // the standard refuses it; Workers have always taken it for null
        this.#nullStatus();
      }
      this.#body = new Body(STRING, body);
      if (this.#list === null || find(this.#list, "content-type") < 0) this.#implied = 1;
    } else if (body !== null && body !== undefined) {
      if (this.#status !== 200) this.#nullStatus();
      const { extract, typeOfLast } = lazy("body_more");
      this.#body = extract(body);
      const type = typeOfLast();
      if (type === "text/plain;charset=UTF-8" && this.#list === null) this.#implied = 1;
      else if (type !== null && (this.#list === null || find(this.#list, "content-type") < 0))
        lazy("headers").append((this.#list ??= []), "content-type", type);
    }
  }
  #own() {
    if (this.#more !== PLAIN_MORE) return this.#more;
    const m = PLAIN_MORE;
    return (this.#more = {
      __proto__: null, headers: null, reason: m.reason, url: m.url, redirected: false, type: m.type, cf: undefined, encoded: false, fixed: false, socket: null,
    });
  }
  // The head that has waited in C.
  #open() {
    const { fromPacked, u32, unit } = lazy("headers"), handle = this.#body, passed = this.#implied === PASSED;
    const text = head(handle), m = this.#own(), n = unit(text, 0), url = 12 + 4 * n, urlLength = u32(text, 1);
    const reason = url + urlLength + unit(text, 3), kind = unit(text, 7);
    this.#status = unit(text, 5);
    this.#implied = 0;
    this.#body = null;
    m.url = text.substring(url, url + urlLength);
    m.reason = text.substring(reason, reason + unit(text, 4));
    m.redirected = (unit(text, 6) & 4) !== 0; // HEAD_REDIRECTED
    m.headers = fromPacked(text, 0);
    m.fixed = true; // its headers cannot be changed
    if (kind === 0) return;
    if (unit(text, 6) & UPGRADE) {
      m.socket = lazy("websocket").fetched(handle, passed, m.headers);
      return;
    }
    const b = (this.#body = new Body(NATIVE, handle));
    b.inline = kind === 1;
    b.used = passed;
  }
  #nullStatus() {
    if (isNullStatus(this.#status))
      throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
  }
  #init(init) {
    if (typeof init !== "object" && typeof init !== "function")
      throw new TypeError("Failed to construct 'Response': the init argument is not an object.");
    let v = init.status;
    if (v !== undefined) {
      const s = typeof v === "number" ? v : +v;
      if (!(s >= 200 && s < 600) && (s !== 101 || !init.webSocket)) throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
      this.#status = s - (s % 1);
    }
    v = init.statusText;
    if (v !== undefined && v !== "") {
      const s = `${v}`;
      if (RegExpPrototypeExec(REASON, s) !== null) throw new TypeError("Invalid statusText");
      this.#own().reason = s;
    }
    v = init.headers;
    if (v !== undefined && v !== null) this.#list = (fill ??= lazy("headers").fill)(v);
    v = init.cf;
    if (v !== undefined) this.#own().cf = v;
    v = init.encodeBody;
    if (v !== undefined) {
      if (v !== "automatic" && v !== "manual") throw new TypeError(`encodeBody: unexpected value: ${v}`);
      if (v === "manual") this.#own().encoded = true;
    }
    v = init.webSocket;
    if (v !== undefined && v !== null) {
      lazy("websocket").checkPassed(v);
      if (this.#status !== 101) throw new RangeError("Responses with a WebSocket must have status code 101.");
      this.#own().socket = v;
    }
  }

  static error() {
    const r = new Response(token), m = r.#own();
    m.type = "error";
    m.fixed = true;
    r.#status = 0;
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
    r.#own().fixed = true;
    return r;
  }

  get status() {
    if (this.#status === LATE) this.#open();
    return this.#status;
  }
  get statusText() {
    if (this.#status === LATE) this.#open();
    return this.#more.reason;
  }
  get ok() {
    if (this.#status === LATE) this.#open();
    return this.#status >= 200 && this.#status < 300;
  }
  get headers() {
    if (this.#status === LATE) this.#open();
    if (this.#more.headers !== null) return this.#more.headers;
    const { append, fromList, immutable } = lazy("headers"), list = this.#list ?? [], m = this.#own();
    if (this.#implied !== 0) append(list, "content-type", TYPES[this.#implied]);
    this.#implied = 0;
    m.headers = fromList(list);
    if (m.fixed) immutable(m.headers);
    return m.headers;
  }
  get url() {
    if (this.#status === LATE) this.#open();
    return this.#more.url;
  }
  get redirected() {
    if (this.#status === LATE) this.#open();
    return this.#more.redirected;
  }
  get type() { return this.#more.type; }
  get cf() { return this.#more.cf; }
  get webSocket() {
    if (this.#status === LATE) this.#open();
    return this.#more.socket;
  }
  clone() {
    if (this.#status === LATE) this.#open();
    if (this.#more.socket !== null) throw new TypeError("Cannot clone a response to a WebSocket handshake.");
    if (this.#body !== null && isUnusable(this.#body)) throw new TypeError(USED);
    const r = new Response(token), from = lazy("headers").listOf(this.headers), list = [], a = this.#more, m = r.#own();
    for (let i = 0; i < from.length; i++) list[i] = from[i];
    r.#list = list;
    r.#status = this.#status;
    m.reason = a.reason;
    m.url = a.url;
    m.redirected = a.redirected;
    m.type = a.type;
    m.cf = a.cf;
    m.encoded = a.encoded;
    m.fixed = a.fixed;
    if (this.#body !== null) r.#body = lazy("body_more").clone(this.#body);
    return r;
  }

  static {
    isResponse = (v) => typeof v === "object" && v !== null && #status in v;
    bodyFor = (r) => {
      if (r.#status === LATE) r.#open();
      return r.#body;
    };
    // The response of a fetch or of the cache, whose head and body wait in C.
    fetched = (handle) => {
      const r = new Response(token);
      r.#status = LATE;
      r.#body = handle;
      return r;
    };
    // The answer to a fetch that needed no network.
    local = (url, status, reason, list, body) => {
      const r = new Response(token), m = r.#own();
      r.#status = status;
      r.#list = list;
      r.#body = body;
      m.url = url;
      m.reason = reason;
      m.type = "basic";
      m.fixed = true;
      return r;
    };
    // What caches need.
    parts = (r) => {
      const list = lazy("headers").listOf(r.headers); // opens it
      return { __proto__: null, status: r.#status, reason: r.#more.reason, list, body: r.#body, encoded: r.#more.encoded, socket: r.#more.socket };
    };

    // 2: answered and done; 1: all has left, DONE is yours; 0: core.doneWith(event) follows. Throws before anything is sent.
    respond = (event, ticket, r, done) => {
      if (r.#status === LATE) {
        if (r.#implied !== PASSED) {
          const more = forward(ticket, NATIVE, r.#body);
          r.#implied = PASSED;
          return more ? leaving(event, ticket) : 1;
        }
        r.#open();
      }
      const b = r.#body, m = r.#more;
      if (b !== null && (b.used || (b.stream !== null && isUnusable(b)))) throw new TypeError(USED);
      if (r.#status === 0) throw new TypeError("Return value from serve handler must not be an error response (like Response.error())");
      if (m.socket !== null) return lazy("websocket").respond(event, ticket, m.socket, lazy("headers").listOf(r.headers));
      const list = m.headers === null ? r.#list : (listOf ??= lazy("headers").listOf)(m.headers);
      if ((b === null || (b.stream === null && b.kind !== NATIVE)) && m.reason === "" && !m.encoded &&
          plain(ticket, r.#status, list, r.#implied, b, done)) return done ? 2 : 1;
      return slow(event, ticket, r.#status, m.reason, m.encoded ? 8 : 0, lazy("headers").listOf(r.headers), b);
    };
  }
}
let fill, listOf; // of headers.js, once something needed it
function find(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}

function plain(ticket, status, list, implied, b, done) {
  const fields = list === null ? 0 : list.length >> 1;
  let p = out[OUT_USED] + OUT_ROWS, q = out[OUT_FILLED];
  if (fields > 64) return false;
  if (p + RESPOND_INTS + fields > OUT_INTS || q + HEAD > OUT_BYTES - INLINE) {
    flush();
    p = OUT_ROWS;
    q = 0;
  }
  const start = q;
  let row = p + RESPOND_INTS;
  for (let i = 0; i < fields; i++, row++) {
    const name = list[2 * i], value = list[2 * i + 1], n = name.length, m = value.length;
    if (n > 1000 || q - start + n + m > HEAD) return false;
    for (let k = 0; k < n; k++) bytes[q++] = name.charCodeAt(k);
    for (let k = 0; k < m; k++) bytes[q++] = value.charCodeAt(k);
    out[row] = n | (m << 10);
  }
  let size = -1;
  if (b !== null) {
    const data = b.data;
    if (b.kind === STRING) {
      size = data.length;
      let k = 0;
      if (size <= LOOP) // C converts longer ones, and those that are not ASCII
        for (; k < size; k++) {
          const c = data.charCodeAt(k);
          if (c > 127) break;
          bytes[q + k] = c;
        }
      if (k < size && (size = put(data, q)) < 0) return false;
    } else {
      size = TypedArrayPrototypeGetLength(data);
      if (size > INLINE || q + size > OUT_BYTES) return false;
      TypedArrayPrototypeSet(bytes, data, q);
    }
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
  const { outgoing, pump } = lazy("body_more");
  if (b !== null) ({ kind, value, length } = outgoing(b));
  const more = respondNative(ticket, status, flags, reason, lazy("headers").join(list), kind, value, length);
  if (!more) return 1;
  if (kind === STREAM)
    PromisePrototypeThen(pump(stream, requestStream(ticket), (stop) => core.onEnd(event, stop)), () => core.doneWith(event));
  else return leaving(event, ticket);
  return 0;
}
// What is left of the body is in C.
function leaving(event, ticket) {
  const id = sendable(ticket);
  if (id === 0) return 1;
  const core = internal.core, go = () => core.doneWith(event);
  core.wait(id, go, go);
  return 0;
}

mixin(Response, bodyFor, (r) => lazy("headers").get(parts(r).list, "content-type"));
internal.shape(Response, "Response");
ObjectDefineProperty(Response, "length", { __proto__: null, value: 0, configurable: true });

return { Response, isResponse, respond, fetched, local, parts };
