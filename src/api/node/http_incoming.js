// node:http IncomingMessage: a request that a server got, or a response that a client got. The body comes from a stream of the web.
const { Readable } = internal.load("node/stream");
const { Buffer } = internal.load("node/buffer");

// What a second field of that name does: "first" stays, or they are joined, or they are a list.
const first = new Set(("content-type content-length user-agent referer host authorization proxy-authorization if-modified-since if-unmodified-since " +
  "from location max-forwards retry-after etag last-modified server age expires").split(" "));

function IncomingMessage(socket) {
  if (!(this instanceof IncomingMessage)) return new IncomingMessage(socket);
  Readable.call(this, { autoDestroy: true });
  this.httpVersionMajor = 1;
  this.httpVersionMinor = 1;
  this.httpVersion = "1.1";
  this.complete = false;
  this.rawHeaders = [];
  this.rawTrailers = [];
  this.joinDuplicateHeaders = false;
  this.aborted = false;
  this.upgrade = null;
  this.url = "";
  this.method = null;
  this.statusCode = null;
  this.statusMessage = null;
  this.socket = socket;
  this._headers = undefined;
  this._reader = null;
  this._consuming = false;
  this._dumped = false;
}
Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
Object.setPrototypeOf(IncomingMessage, Readable);

const lazyFields = (name, raw) => ({
  __proto__: null,
  configurable: true,
  get() {
    if (!this[name]) {
      const dest = (this[name] = {});
      for (let i = 0; i < this[raw].length; i += 2) this._addHeaderLine(this[raw][i], this[raw][i + 1], dest);
    }
    return this[name];
  },
  set(value) {
    this[name] = value;
  },
});
const distinct = (raw) => ({
  __proto__: null,
  configurable: true,
  get() {
    const dest = { __proto__: null };
    for (let i = 0; i < this[raw].length; i += 2) (dest[this[raw][i].toLowerCase()] ??= []).push(this[raw][i + 1]);
    return dest;
  },
});
Object.defineProperties(IncomingMessage.prototype, {
  headers: lazyFields("_headers", "rawHeaders"),
  trailers: lazyFields("_trailers", "rawTrailers"),
  headersDistinct: distinct("rawHeaders"),
  trailersDistinct: distinct("rawTrailers"),
  connection: {
    __proto__: null,
    configurable: true,
    get() {
      return this.socket;
    },
    set(value) {
      this.socket = value;
    },
  },
});

IncomingMessage.prototype._addHeaderLine = function (field, value, dest) {
  const name = `${field}`.toLowerCase();
  const own = Object.hasOwn(dest, name);
  if (name === "set-cookie") {
    if (own) dest[name].push(value);
    else dest[name] = [value];
  } else if (first.has(name)) {
    if (!own) dest[name] = value;
    else if (this.joinDuplicateHeaders) dest[name] += `, ${value}`;
  } else if (own) {
    dest[name] += `${name === "cookie" ? "; " : ", "}${value}`;
  } else {
    Object.defineProperty(dest, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  }
};

IncomingMessage.prototype._addHeaderLines = function (headers) {
  for (let i = 0; i < headers.length; i += 2) this.rawHeaders.push(headers[i], headers[i + 1]);
};

IncomingMessage.prototype.setTimeout = function (ms, callback) {
  if (callback) this.on("timeout", callback);
  return this;
};

// The body, or none.
IncomingMessage.prototype._setBody = function (stream) {
  if (stream) this._reader = stream.getReader();
};

IncomingMessage.prototype._read = function () {
  this._consuming = true;
  if (!this._reader) {
    this.complete = true;
    this.push(null);
    return;
  }
  this._reader.read().then(
    ({ done, value }) => {
      if (done) {
        this._reader = null;
        this.complete = true;
        this.push(null);
      } else if (!this.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength)) && value.byteLength === 0) {
        this._read();
      }
    },
    (error) => this.destroy(error),
  );
};

IncomingMessage.prototype._destroy = function (error, callback) {
  if (!this.readableEnded || !this.complete) {
    this.aborted = true;
    this.emit("aborted");
  }
  const reader = this._reader;
  this._reader = null;
  reader?.cancel(error).catch(() => {});
  if (!error && !this.readableEnded && this._isResponse) {
    error = new Error("aborted");
    error.code = "ECONNRESET";
  }
  if (!this.listenerCount("error")) error = null;
  internal.load("node/process").nextTick(callback, error);
};

// Nobody wants the body.
IncomingMessage.prototype._dump = function () {
  if (this._dumped) return;
  this._dumped = true;
  this.removeAllListeners("data");
  this.resume();
};

return { IncomingMessage };
