// URL. https://url.spec.whatwg.org/#api  A URL is its href and the offsets of its parts. Parsing and setting is C (url.c), which
// says `true` of a URL that is in its normal form already, as most are: then no string is made.
//
// Methods of strings are called as methods: called as primordials they cost more than all the rest, and a Worker that
// replaces them sees its own URLs change and nothing else.
const { TypeError } = primordials;
const lazy = internal.load;
const { domString, illegalInvocation, isObject, kInternal, record, required } = lazy('webidl');

// Where C writes the offsets: the order is that of url.c.
const offsets = natives.offsets();
const PROTOCOL = 0;
const USERNAME = 1;
const PASSWORD = 2;
const HOST = 3;
const HOSTNAME = 4;
const PORT = 5;
const PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

const PROTOCOLS = ['', 'http:', 'https:', 'ws:', 'wss:', 'ftp:', 'file:']; // as enum url_scheme

class Parsed {
  constructor(href, schemeEnd, userStart, userEnd, passEnd, hostStart, hostEnd, pathStart, queryStart, hashStart, port, opaque, scheme) {
    this.href = href;
    this.schemeEnd = schemeEnd;
    this.userStart = userStart;
    this.userEnd = userEnd;
    this.passEnd = passEnd;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    this.pathStart = pathStart;
    this.queryStart = queryStart;
    this.hashStart = hashStart;
    this.port = port;
    this.opaque = opaque;
    this.scheme = scheme; // of PROTOCOLS
    this.params = undefined; // the URLSearchParams, once asked for
  }
  // What C has found. `href` true: the text that it was given.
  take(href, given) {
    this.href = href === true ? given : href;
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
    this.scheme = offsets[11];
  }
  get protocol() {
    return this.scheme > 0 ? PROTOCOLS[this.scheme] : this.href.slice(0, this.schemeEnd + 1);
  }
  get hostname() {
    return this.href.slice(this.hostStart, this.hostEnd);
  }
  get host() {
    return this.href.slice(this.hostStart, this.port < 0 ? this.hostEnd : this.pathStart);
  }
  get search() {
    const { queryStart, hashStart } = this;
    return hashStart - queryStart > 1 ? this.href.slice(queryStart, hashStart) : '';
  }
  get origin() {
    if (this.scheme >= 1 && this.scheme <= 5) return `${PROTOCOLS[this.scheme]}//${this.host}`;
    return this.protocol === 'blob:' ? natives.origin(this.href) : 'null';
  }
  set(which, value) {
    this.take(natives.set(which, this.href, value), this.href);
  }
  refreshParams() {
    if (this.params !== undefined) lazy('urlsearchparams').refresh(this.params, this.search.slice(1));
  }
}
record(Parsed);

// A parsed URL record, or undefined. Strings; C makes scalar values of them.
function parse(url, base) {
  // Looking at a rope makes it one piece, which C reads where it is. The character is for nobody.
  const href = natives.parse(url, base, url.charCodeAt(0));
  if (href === null) return undefined;
  return new Parsed(href === true ? url : href, offsets[0], offsets[1], offsets[2], offsets[3], offsets[4], offsets[5],
    offsets[6], offsets[7], offsets[8], offsets[9], offsets[10] === 1, offsets[11]);
}

let parsedOf;
function own(v) {
  const p = parsedOf(v);
  if (p === undefined) throw illegalInvocation();
  return p;
}
const baseOf = (base) => (base === undefined ? undefined : domString(base));

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
    const p = parse(domString(url), baseOf(base));
    if (p === undefined) throw new TypeError('Invalid URL string.');
    this.#p = p;
  }
  static parse(url, base = undefined) {
    required(arguments.length, 1, 'URL.parse');
    const p = parse(domString(url), baseOf(base));
    return p === undefined ? null : new URL(kInternal, p);
  }
  static canParse(url, base = undefined) {
    required(arguments.length, 1, 'URL.canParse');
    return natives.canParse(domString(url), baseOf(base));
  }
  static createObjectURL(object) {
    required(arguments.length, 1, 'URL.createObjectURL');
    return lazy('fetch_local').createObjectURL(object);
  }
  static revokeObjectURL(url) {
    required(arguments.length, 1, 'URL.revokeObjectURL');
    lazy('fetch_local').revokeObjectURL(lazy('webidl').usvString(url));
  }
  get href() {
    return own(this).href;
  }
  set href(v) {
    const p = own(this);
    const text = domString(v);
    const href = natives.parse(text, undefined);
    if (href === null) throw new TypeError('Invalid URL string.');
    p.take(href, text);
    p.refreshParams();
  }
  get origin() {
    return own(this).origin;
  }
  get protocol() {
    return own(this).protocol;
  }
  set protocol(v) {
    own(this).set(PROTOCOL, domString(v));
  }
  get username() {
    const { href, userStart, userEnd } = own(this);
    return href.slice(userStart, userEnd);
  }
  set username(v) {
    own(this).set(USERNAME, domString(v));
  }
  get password() {
    const { href, userEnd, passEnd } = own(this);
    return passEnd > userEnd ? href.slice(userEnd + 1, passEnd) : '';
  }
  set password(v) {
    own(this).set(PASSWORD, domString(v));
  }
  get host() {
    return own(this).host;
  }
  set host(v) {
    own(this).set(HOST, domString(v));
  }
  get hostname() {
    return own(this).hostname;
  }
  set hostname(v) {
    own(this).set(HOSTNAME, domString(v));
  }
  get port() {
    const { port } = own(this);
    return port < 0 ? '' : `${port}`;
  }
  set port(v) {
    own(this).set(PORT, domString(v));
  }
  get pathname() {
    const { href, pathStart, queryStart } = own(this);
    return href.slice(pathStart, queryStart);
  }
  set pathname(v) {
    own(this).set(PATHNAME, domString(v));
  }
  get search() {
    return own(this).search;
  }
  set search(v) {
    const p = own(this);
    p.set(SEARCH, domString(v));
    p.refreshParams();
  }
  get searchParams() {
    const p = own(this);
    if (p.params === undefined) {
      const text = p.search.slice(1);
      p.params = lazy('urlsearchparams').attached(text, (search) => p.set(SEARCH, search));
    }
    return p.params;
  }
  get hash() {
    const { href, hashStart } = own(this);
    return href.length - hashStart > 1 ? href.slice(hashStart) : '';
  }
  set hash(v) {
    own(this).set(HASH, domString(v));
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
  pieceOffsets: natives.pieceOffsets,
  pieces: natives.pieces,
  encodeComponent: natives.encode,
  decodeComponent: natives.decode,
};
