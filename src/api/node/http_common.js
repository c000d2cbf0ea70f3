// What node:http's parts share: names of methods and statuses, what a field may contain.
const { codes } = internal.load("node/codes");
const { validateString } = internal.load("node/errors");

const METHODS = ("ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST " +
  "PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE").split(" ");

const STATUS_CODES = {};
const status = (first, names) => names.split("|").forEach((name, i) => name && (STATUS_CODES[first + i] = name));
status(100, "Continue|Switching Protocols|Processing|Early Hints");
status(200, "OK|Created|Accepted|Non-Authoritative Information|No Content|Reset Content|Partial Content|Multi-Status|Already Reported");
status(226, "IM Used");
status(300, "Multiple Choices|Moved Permanently|Found|See Other|Not Modified|Use Proxy||Temporary Redirect|Permanent Redirect");
status(400, "Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Not Acceptable|Proxy Authentication Required|" +
  "Request Timeout|Conflict|Gone|Length Required|Precondition Failed|Payload Too Large|URI Too Long|Unsupported Media Type|" +
  "Range Not Satisfiable|Expectation Failed|I'm a Teapot|||Misdirected Request|Unprocessable Entity|Locked|Failed Dependency|Too Early|" +
  "Upgrade Required||Precondition Required|Too Many Requests||Request Header Fields Too Large");
status(451, "Unavailable For Legal Reasons");
status(500, "Internal Server Error|Not Implemented|Bad Gateway|Service Unavailable|Gateway Timeout|HTTP Version Not Supported|" +
  "Variant Also Negotiates|Insufficient Storage|Loop Detected|Bandwidth Limit Exceeded|Not Extended|Network Authentication Required");

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const badChar = /[^\t\x20-\x7e\x80-\xff]/;
const checkIsHttpToken = (text) => token.test(text);
const checkInvalidHeaderChar = (text) => badChar.test(text);

function validateHeaderName(name, label) {
  if (typeof name !== "string" || !token.test(name)) throw new codes.ERR_INVALID_HTTP_TOKEN(label || "Header name", name);
}

function validateHeaderValue(name, value) {
  if (value === undefined) throw new codes.ERR_HTTP_INVALID_HEADER_VALUE(value, name);
  if (badChar.test(value)) throw new codes.ERR_INVALID_CHAR("header content", name);
}

// What stands in for the socket: libraries set options on it and look at its address.
const EventEmitter = internal.load("node/events");
class Connection extends EventEmitter {
  writable = true;
  readable = true;
  destroyed = false;
  connecting = false;
  encrypted = false;
  remoteAddress = undefined;
  remotePort = undefined;
  remoteFamily = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  #owner;
  constructor(owner, encrypted, address) {
    super();
    this.#owner = owner;
    this.encrypted = encrypted;
    if (address) {
      this.remoteAddress = address;
      this.remoteFamily = address.includes(":") ? "IPv6" : "IPv4";
    }
  }
  setTimeout(ms, callback) {
    if (callback) this.#owner.once?.("timeout", callback);
    return this;
  }
  setKeepAlive() {
    return this;
  }
  setNoDelay() {
    return this;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  address() {
    return {};
  }
  cork() {}
  uncork() {}
  end() {
    return this;
  }
  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#owner.destroy?.(error);
    return this;
  }
}

return { METHODS, STATUS_CODES, checkIsHttpToken, checkInvalidHeaderChar, validateHeaderName, validateHeaderValue, Connection, validateString };
