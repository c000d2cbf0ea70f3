// URL. https://url.spec.whatwg.org/#api  A URL is its href and the offsets of its parts. Parsing and setting is C; a URL that is
// in its normal form already, as most are, is recognised here, which takes less time than the way to C and back.
//
// Methods of strings are called as methods: called as primordials they cost more than all the rest, and a Worker that
// replaces them sees its own URLs change and nothing else.
const { TypeError, Uint8Array } = primordials;
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

// Characters that stand for themselves, a bit each for host, path segment, query and fragment of an http URL (url_percent.c).
const IN_HOST = 1;
const IN_SEGMENT = 2;
const IN_QUERY = 4;
const IN_HASH = 8;
const plain = new Uint8Array(128);
for (let c = 33; c < 127; c++) {
  const isLower = (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45 || c === 46 || c === 95;
  const quotes = c === 34 || c === 60 || c === 62; // " < >
  const path = quotes || c === 35 || c === 63 || c === 94 || c === 96 || c === 123 || c === 125 || c === 47 || c === 92;
  plain[c] =
    (isLower ? IN_HOST : 0) |
    (path ? 0 : IN_SEGMENT) |
    (quotes || c === 35 || c === 39 ? 0 : IN_QUERY) |
    (quotes || c === 96 ? 0 : IN_HASH);
}
const PROTOCOLS = ['', 'http:', 'https:', 'ws:', 'wss:', 'ftp:', 'file:']; // as enum url_scheme
const LONGEST = 2048; // of what is scanned here

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
  // "?" and a query, or "", where that needs no encoding; else it is C's.
  setSearch(value) {
    const from = value.charCodeAt(0) === 63 ? 1 : 0;
    const n = value.length;
    if (this.opaque || n > LONGEST || !allPlain(value, from, IN_QUERY)) {
      this.set(SEARCH, value);
      return;
    }
    const query = n === 0 ? '' : from === 1 ? value : `?${value}`;
    const { href, queryStart } = this;
    this.href = href.slice(0, queryStart) + query + href.slice(this.hashStart);
    this.hashStart = queryStart + query.length;
  }
  setHash(value) {
    const from = value.charCodeAt(0) === 35 ? 1 : 0;
    const n = value.length;
    if (this.opaque || n > LONGEST || !allPlain(value, from, IN_HASH)) {
      this.set(HASH, value);
      return;
    }
    this.href = this.href.slice(0, this.hashStart) + (n === 0 ? '' : from === 1 ? value : `#${value}`);
  }
  refreshParams() {
    if (this.params !== undefined) lazy('urlsearchparams').refresh(this.params, this.search.slice(1));
  }
}
record(Parsed);

function allPlain(s, from, set) {
  for (let i = from; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c > 127 || (plain[c] & set) === 0) return false;
  }
  return true;
}

// How far characters of a set go.
function run(s, at, n, set) {
  while (at < n) {
    const c = s.charCodeAt(at);
    if (c > 127 || (plain[c] & set) === 0) break;
    at++;
  }
  return at;
}

// An http(s) or ws(s) URL in its normal form; undefined: it may not be. The same as parse_plain() in url.c, but the path is not empty.
function parsePlain(s) {
  const n = s.length;
  if (n > LONGEST || n < 8) return undefined;
  const letter = s.charCodeAt(0);
  let schemeEnd;
  if (letter === 104 && s.charCodeAt(1) === 116 && s.charCodeAt(2) === 116 && s.charCodeAt(3) === 112) schemeEnd = 4;
  else if (letter === 119 && s.charCodeAt(1) === 115) schemeEnd = 2;
  else return undefined;
  const secure = s.charCodeAt(schemeEnd) === 115;
  if (secure) schemeEnd++;
  const hostStart = schemeEnd + 3;
  if (s.charCodeAt(schemeEnd) !== 58 || s.charCodeAt(schemeEnd + 1) !== 47 || s.charCodeAt(schemeEnd + 2) !== 47) return undefined;
  const hostEnd = run(s, hostStart, n, IN_HOST);
  // The last label, when it begins with a digit, may be that of an IPv4 address.
  let label = s.charCodeAt(hostEnd - 1) === 46 ? hostEnd - 1 : hostEnd;
  while (label > hostStart && s.charCodeAt(label - 1) !== 46) label--;
  const first = s.charCodeAt(label);
  if (hostEnd === hostStart || hostEnd === n || (first >= 48 && first <= 57)) return undefined;
  let at = hostEnd;
  let port = -1;
  if (s.charCodeAt(at) === 58) {
    port = 0;
    const digits = ++at;
    for (; at < n && at - digits < 6; at++) {
      const c = s.charCodeAt(at);
      if (c < 48 || c > 57) break;
      port = port * 10 + c - 48;
    }
    if (at === digits || s.charCodeAt(digits) === 48 || port > 65535 || port === (secure ? 443 : 80)) return undefined;
  }
  const pathStart = at;
  if (at === n || s.charCodeAt(at) !== 47) return undefined;
  while (at < n && s.charCodeAt(at) === 47) {
    const c = ++at < n ? s.charCodeAt(at) : 0;
    if (c === 46 || c === 37) return undefined; // perhaps a "." or ".."
    at = run(s, at, n, IN_SEGMENT);
  }
  const queryStart = at;
  if (at < n && s.charCodeAt(at) === 63) at = run(s, at + 1, n, IN_QUERY);
  const hashStart = at;
  if (at < n && s.charCodeAt(at) === 35) at = run(s, at + 1, n, IN_HASH);
  if (at < n) return undefined;
  return new Parsed(s, schemeEnd, hostStart, hostStart, hostStart, hostStart, hostEnd, pathStart, queryStart, hashStart, port, false,
    (schemeEnd > 3 ? 1 : 3) + (secure ? 1 : 0));
}

// A parsed URL record, or undefined. Strings; C makes scalar values of them.
function parse(url, base) {
  if (base === undefined) {
    const p = parsePlain(url);
    if (p !== undefined) return p;
  }
  const href = natives.parse(url, base);
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
    url = domString(url);
    base = baseOf(base);
    return (base === undefined && parsePlain(url) !== undefined) || natives.canParse(url, base);
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
    p.setSearch(domString(v));
    p.refreshParams();
  }
  get searchParams() {
    const p = own(this);
    if (p.params === undefined) {
      const text = p.search.slice(1);
      p.params = lazy('urlsearchparams').attached(text, (search) => p.setSearch(search));
    }
    return p.params;
  }
  get hash() {
    const { href, hashStart } = own(this);
    return href.length - hashStart > 1 ? href.slice(hashStart) : '';
  }
  set hash(v) {
    own(this).setHash(domString(v));
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
