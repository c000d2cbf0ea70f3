// Request (Fetch section 5.3) as Workers have it. One that came from a client is an offset into the turn's text (packed.h)
// until it is looked at; then, as for those that are made in scripts (request_make.js), it is a record: method, url, list,
// headers, body, redirect, signal, cf, integrity, keepalive, cache.
const { JSONParse, ObjectDefineProperty, ObjectSetPrototypeOf, TypeError } = primordials;
const lazy = internal.load, token = internal.token;
const { Body, NATIVE, USED, isUnusable, mixin } = lazy("body");
const { cf } = internal.natives;
const UNKNOWN = {}; // cf that nobody has looked at: C has it as long as the event lasts

// The record. A class, because setting __proto__ in a literal is a slow call.
class State {
  constructor(method, url, body) {
    this.method = method;
    this.url = url;
    this.list = null;
    this.headers = null;
    this.body = body;
    this.redirect = "manual";
    this.signal = null;
    this.cf = UNKNOWN;
    this.integrity = "";
    this.keepalive = false;
    this.cache = undefined;
    this.legacy = false; // `url` is as it was written
  }
}
ObjectSetPrototypeOf(State.prototype, null);

let isRequest, incoming, disconnect, stateOf, textOf, offsetOf;
const u16 = (text, at) => text.charCodeAt(at);
const u32 = (text, at) => text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);

class Request {
  #text = null; // packed head, for incoming ones
  #at = 0;
  #ticket = -1;
  #state = null;

  constructor(input, init = undefined, at = 0, ticket = 0) {
    if (input === token) {
      if (typeof init === "string") {
        this.#text = init;
        this.#at = at;
        this.#ticket = ticket;
      } else this.#state = init;
    } else {
      if (arguments.length === 0) throw new TypeError("Failed to construct 'Request': 1 argument required, but only 0 present.");
      this.#state = lazy("request_make").make(input, init);
    }
  }
  #open() {
    const text = this.#text, at = this.#at, urlAt = at + 12 + 4 * u16(text, at), methodAt = urlAt + u32(text, at + 1);
    const kind = u16(text, at + 7);
    let body = null;
    if (kind !== 0) {
      body = new Body(NATIVE, this.#ticket);
      body.inline = kind !== 2;
      if (kind === 3) body.text = text.substring(at - u32(text, at + 8), at); // it lies before the head
    }
    return (this.#state = new State(text.substring(methodAt, methodAt + u16(text, at + 3)), text.substring(urlAt, methodAt), body));
  }
  get method() { return (this.#state ?? this.#open()).method; }
  get url() { return (this.#state ?? this.#open()).url; }
  get headers() {
    const s = this.#state ?? this.#open();
    if (s.headers !== null) return s.headers;
    const { fromList, fromPacked } = lazy("headers");
    return (s.headers = s.list === null ? fromPacked(this.#text, this.#at) : fromList(s.list));
  }
  get redirect() { return (this.#state ?? this.#open()).redirect; }
  get signal() { return ((this.#state ?? this.#open()).signal ??= lazy("events").newSignal()); }
  get cf() {
    const s = this.#state ?? this.#open();
    if (s.cf !== UNKNOWN) return s.cf;
    const text = cf(this.#ticket);
    return (s.cf = text === undefined ? undefined : JSONParse(text));
  }
  get integrity() { return (this.#state ?? this.#open()).integrity; }
  get keepalive() { return (this.#state ?? this.#open()).keepalive; }
  get cache() { return (this.#state ?? this.#open()).cache; }
  get fetcher() {
    this.#at;
    return null;
  }
  clone() {
    this.cf;
    const s = this.#state, from = lazy("headers").listOf(this.headers), list = [];
    if (s.body !== null && isUnusable(s.body)) throw new TypeError(USED);
    for (let i = 0; i < from.length; i++) list[i] = from[i];
    return new Request(token, {
      __proto__: null, method: s.method, url: s.url, list, headers: null, body: s.body === null ? null : lazy("body_more").clone(s.body),
      redirect: s.redirect, signal: s.signal, cf: s.cf, integrity: s.integrity, keepalive: s.keepalive, cache: s.cache, blob: s.blob, legacy: s.legacy,
    });
  }

  static {
    isRequest = (v) => typeof v === "object" && v !== null && #ticket in v;
    incoming = (text, at, ticket) => new Request(token, text, at, ticket);
    // The record; TypeError for what is no Request.
    stateOf = (r) => r.#state ?? r.#open();
    // The packed head of one that came from a client, or null.
    textOf = (r) => r.#text;
    offsetOf = (r) => r.#at;
    // The client has gone.
    disconnect = (r) => {
      const { abortSignal, newSignal } = lazy("events"), s = stateOf(r);
      abortSignal((s.signal ??= newSignal()), new (lazy("domexception").DOMException)("The client has disconnected", "AbortError"));
    };
  }
}
// The record for fetch() and caches, with its list.
function parts(r) {
  const s = stateOf(r);
  return {
    __proto__: null, method: s.method, url: s.legacy ? internal.natives.parseURL(s.url) : s.url, list: s.headers === null && s.list !== null ? s.list : lazy("headers").listOf(r.headers),
    body: s.body, redirect: s.redirect, signal: s.signal, cf: s.cf === UNKNOWN ? undefined : s.cf, cache: s.cache, blob: s.blob,
  };
}
mixin(Request, (r) => stateOf(r).body, (r) => lazy("headers").get(parts(r).list, "content-type"));
internal.shape(Request, "Request");
ObjectDefineProperty(Request, "length", { __proto__: null, value: 1, configurable: true });

return { Request, isRequest, incoming, disconnect, stateOf, textOf, offsetOf, parts };
