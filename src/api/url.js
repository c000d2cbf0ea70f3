// URL. https://url.spec.whatwg.org/#api  A URL is its href and the offsets of its parts; parsing and setting is C.
const { Int32Array, StringPrototypeSlice, TypeError } = primordials;
const lazy = internal.load;
const { illegalInvocation, isObject, kInternal, record, required, usvString } = lazy('webidl');

// Where C writes the offsets: the order is that of url.c.
const offsets = new Int32Array(11);
const PROTOCOL = 0;
const USERNAME = 1;
const PASSWORD = 2;
const HOST = 3;
const HOSTNAME = 4;
const PORT = 5;
const PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

class Parsed {
  constructor() {
    this.href = '';
    this.schemeEnd = 0;
    this.userStart = 0;
    this.userEnd = 0;
    this.passEnd = 0;
    this.hostStart = 0;
    this.hostEnd = 0;
    this.pathStart = 0;
    this.queryStart = 0;
    this.hashStart = 0;
    this.port = -1;
    this.opaque = false;
    this.params = undefined; // the URLSearchParams, once asked for
  }
  take(href) {
    this.href = href;
    this.schemeEnd = offsets[0];
    this.userStart = offsets[1];
    this.userEnd = offsets[2];
    this.passEnd = offsets[3];
    this.hostStart = offsets[4];
    this.hostEnd = offsets[5];
    this.pathStart = offsets[6];
    this.queryStart = offsets[7];
    this.hashStart = offsets[8];
    this.port = offsets[9];
    this.opaque = offsets[10] === 1;
  }
  get protocol() {
    return StringPrototypeSlice(this.href, 0, this.schemeEnd + 1);
  }
  get hostname() {
    return StringPrototypeSlice(this.href, this.hostStart, this.hostEnd);
  }
  get host() {
    return this.port < 0 ? this.hostname : `${this.hostname}:${this.port}`;
  }
  get search() {
    const { queryStart, hashStart } = this;
    return hashStart - queryStart > 1 ? StringPrototypeSlice(this.href, queryStart, hashStart) : '';
  }
  get origin() {
    const { protocol } = this;
    switch (protocol) {
      case 'https:':
      case 'http:':
      case 'wss:':
      case 'ws:':
      case 'ftp:':
        return `${protocol}//${this.host}`;
      case 'blob:':
        return natives.origin(this.href);
      default:
        return 'null';
    }
  }
  set(which, value) {
    this.take(natives.set(which, this.href, value, offsets));
  }
  refreshParams() {
    if (this.params !== undefined) lazy('urlsearchparams').refresh(this.params, StringPrototypeSlice(this.search, 1));
  }
}
record(Parsed);

// A parsed URL record, or undefined.
function parse(url, base) {
  const href = natives.parse(url, base, offsets);
  if (href === null) return undefined;
  const p = new Parsed();
  p.take(href);
  return p;
}

let parsedOf;
function own(v) {
  const p = parsedOf(v);
  if (p === undefined) throw illegalInvocation();
  return p;
}
const baseOf = (base) => (base === undefined ? undefined : usvString(base));

class URL {
  #p;
  static {
    parsedOf = (v) => (isObject(v) && #p in v ? v.#p : undefined);
  }
  constructor(url, base = undefined) {
    if (url === kInternal) {
      this.#p = base;
      return;
    }
    required(arguments.length, 1, 'URL');
    const p = parse(usvString(url), baseOf(base));
    if (p === undefined) throw new TypeError('Invalid URL string.');
    this.#p = p;
  }
  static parse(url, base = undefined) {
    required(arguments.length, 1, 'URL.parse');
    const p = parse(usvString(url), baseOf(base));
    return p === undefined ? null : new URL(kInternal, p);
  }
  static canParse(url, base = undefined) {
    required(arguments.length, 1, 'URL.canParse');
    return natives.canParse(usvString(url), baseOf(base));
  }
  static createObjectURL(object) {
    required(arguments.length, 1, 'URL.createObjectURL');
    return lazy('fetch_local').createObjectURL(object);
  }
  static revokeObjectURL(url) {
    required(arguments.length, 1, 'URL.revokeObjectURL');
    lazy('fetch_local').revokeObjectURL(usvString(url));
  }
  get href() {
    return own(this).href;
  }
  set href(v) {
    const p = own(this);
    const href = natives.parse(usvString(v), undefined, offsets);
    if (href === null) throw new TypeError('Invalid URL string.');
    p.take(href);
    p.refreshParams();
  }
  get origin() {
    return own(this).origin;
  }
  get protocol() {
    return own(this).protocol;
  }
  set protocol(v) {
    own(this).set(PROTOCOL, usvString(v));
  }
  get username() {
    const { href, userStart, userEnd } = own(this);
    return StringPrototypeSlice(href, userStart, userEnd);
  }
  set username(v) {
    own(this).set(USERNAME, usvString(v));
  }
  get password() {
    const { href, userEnd, passEnd } = own(this);
    return passEnd > userEnd ? StringPrototypeSlice(href, userEnd + 1, passEnd) : '';
  }
  set password(v) {
    own(this).set(PASSWORD, usvString(v));
  }
  get host() {
    return own(this).host;
  }
  set host(v) {
    own(this).set(HOST, usvString(v));
  }
  get hostname() {
    return own(this).hostname;
  }
  set hostname(v) {
    own(this).set(HOSTNAME, usvString(v));
  }
  get port() {
    const { port } = own(this);
    return port < 0 ? '' : `${port}`;
  }
  set port(v) {
    own(this).set(PORT, usvString(v));
  }
  get pathname() {
    const { href, pathStart, queryStart } = own(this);
    return StringPrototypeSlice(href, pathStart, queryStart);
  }
  set pathname(v) {
    own(this).set(PATHNAME, usvString(v));
  }
  get search() {
    return own(this).search;
  }
  set search(v) {
    const p = own(this);
    p.set(SEARCH, usvString(v));
    p.refreshParams();
  }
  get searchParams() {
    const p = own(this);
    if (p.params === undefined) {
      const text = StringPrototypeSlice(p.search, 1);
      p.params = lazy('urlsearchparams').attached(text, (search) => p.set(SEARCH, search));
    }
    return p.params;
  }
  get hash() {
    const { href, hashStart } = own(this);
    return href.length - hashStart > 1 ? StringPrototypeSlice(href, hashStart) : '';
  }
  set hash(v) {
    own(this).set(HASH, usvString(v));
  }
  toJSON() {
    return own(this).href;
  }
  toString() {
    return own(this).href;
  }
}
internal.shape(URL, 'URL');

return {
  URL,
  isURL: (v) => parsedOf(v) !== undefined,
  hrefOf: (url) => parsedOf(url).href,
  parse, // (url, base | undefined) -> { href, protocol, hostname, host, port, origin, search, schemeEnd, ... }, undefined
  get URLSearchParams() {
    return lazy('urlsearchparams').URLSearchParams;
  },
  isURLSearchParams: (v) => lazy('urlsearchparams').isURLSearchParams(v),
  serialize: (params) => lazy('urlsearchparams').serialize(params),
  encodeComponent: natives.encode,
  decodeComponent: natives.decode,
};
