// node:http OutgoingMessage: fields, and a body that goes to a sink { write(bytes), end(), destroy(error) } once there is one; what
// is written before waits.
const { Stream } = internal.load("node/stream");
const { Buffer } = internal.load("node/buffer");
const { codes } = internal.load("node/codes");
const { validateHeaderName, validateHeaderValue, checkInvalidHeaderChar } = internal.load("node/http_common");
const { invalidArgType, validateString } = internal.load("node/errors");
const { nextTick } = internal.load("node/process");
const { ERR_HTTP_HEADERS_SENT, ERR_INVALID_ARG_TYPE, ERR_METHOD_NOT_IMPLEMENTED, ERR_STREAM_ALREADY_FINISHED, ERR_STREAM_CANNOT_PIPE,
        ERR_STREAM_DESTROYED, ERR_STREAM_NULL_VALUES, ERR_STREAM_WRITE_AFTER_END } = codes;

const kHeaders = Symbol("kOutHeaders");
const MARK = 65536;

function OutgoingMessage(options) {
  if (!(this instanceof OutgoingMessage)) return new OutgoingMessage(options);
  Stream.call(this);
  this.outputData = [];
  this.outputSize = 0;
  this.writable = true;
  this.destroyed = false;
  this.finished = false; // end() was called
  this.sendDate = false;
  this.shouldKeepAlive = true;
  this.chunkedEncoding = false;
  this.maxRequestsOnConnectionReached = false;
  this.useChunkedEncodingByDefault = true;
  this.socket = null;
  this.strictContentLength = false;
  this._header = null; // the head was made
  this._contentLength = null;
  this._hasBody = true;
  this._trailer = "";
  this._closed = false;
  this._defaultKeepAlive = true;
  this._removedConnection = false;
  this._removedContLen = false;
  this._sink = null;
  this._finished = false; // "finish" was emitted
  this._corked = 0;
  this._needDrain = false;
  this[kHeaders] = null;
}
Object.setPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
Object.setPrototypeOf(OutgoingMessage, Stream);
OutgoingMessage.prototype.errored = undefined;

const getter = (get) => ({ __proto__: null, configurable: true, get });
Object.defineProperties(OutgoingMessage.prototype, {
  headersSent: getter(function () {
    return !!this._header;
  }),
  writableEnded: getter(function () {
    return this.finished;
  }),
  writableFinished: getter(function () {
    return this._finished;
  }),
  writableObjectMode: getter(() => false),
  writableLength: getter(function () {
    return this.outputSize;
  }),
  writableHighWaterMark: getter(() => MARK),
  writableCorked: getter(function () {
    return this._corked;
  }),
  writableNeedDrain: getter(function () {
    return !this.destroyed && !this.finished && this._needDrain;
  }),
  closed: getter(function () {
    return this._closed;
  }),
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

// ---- Fields

OutgoingMessage.prototype.setHeader = function (name, value) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT("set");
  validateHeaderName(name);
  if (Array.isArray(value)) for (const one of value) validateHeaderValue(name, one);
  else validateHeaderValue(name, value);
  (this[kHeaders] ??= new Map()).set(name.toLowerCase(), [name, value]);
  return this;
};

OutgoingMessage.prototype.setHeaders = function (headers) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT("set");
  if (headers === null || typeof headers !== "object" || Array.isArray(headers) || typeof headers.keys !== "function" || typeof headers.get !== "function")
    throw invalidArgType("headers", ["Headers", "Map"], headers);
  const cookies = [];
  for (const [name, value] of headers) {
    if (name === "set-cookie") cookies.push(...(Array.isArray(value) ? value : [value]));
    else this.setHeader(name, value);
  }
  if (cookies.length) this.setHeader("set-cookie", cookies);
  return this;
};

OutgoingMessage.prototype.appendHeader = function (name, value) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT("append");
  validateHeaderName(name);
  const had = this[kHeaders]?.get(name.toLowerCase());
  if (!had) return this.setHeader(name, value);
  const list = Array.isArray(value) ? value : [value];
  for (const one of list) validateHeaderValue(name, one);
  had[1] = [...(Array.isArray(had[1]) ? had[1] : [had[1]]), ...list];
  return this;
};

OutgoingMessage.prototype.getHeader = function (name) {
  validateString(name, "name");
  return this[kHeaders]?.get(name.toLowerCase())?.[1];
};
OutgoingMessage.prototype.getHeaderNames = function () {
  return this[kHeaders] ? [...this[kHeaders].keys()] : [];
};
OutgoingMessage.prototype.getRawHeaderNames = function () {
  return this[kHeaders] ? [...this[kHeaders].values()].map(([name]) => name) : [];
};
OutgoingMessage.prototype.getHeaders = function () {
  const all = { __proto__: null };
  if (this[kHeaders]) for (const [key, [, value]] of this[kHeaders]) all[key] = value;
  return all;
};
OutgoingMessage.prototype.hasHeader = function (name) {
  validateString(name, "name");
  return !!this[kHeaders]?.has(name.toLowerCase());
};
OutgoingMessage.prototype.removeHeader = function (name) {
  validateString(name, "name");
  if (this._header) throw new ERR_HTTP_HEADERS_SENT("remove");
  this[kHeaders]?.delete(name.toLowerCase());
};
OutgoingMessage.prototype._renderHeaders = function () {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT("render");
  const all = {};
  if (this[kHeaders]) for (const [name, value] of this[kHeaders].values()) all[name] = value;
  return all;
};

// [name, value, ...], one row a value
OutgoingMessage.prototype._fieldList = function () {
  const list = [];
  if (this[kHeaders])
    for (const [name, value] of this[kHeaders].values())
      if (Array.isArray(value)) for (const one of value) list.push([name, `${one}`]);
      else list.push([name, `${value}`]);
  return list;
};

OutgoingMessage.prototype.addTrailers = function (headers) {
  for (const name of Object.keys(headers)) {
    validateHeaderName(name, "Trailer name");
    if (checkInvalidHeaderChar(headers[name])) throw new codes.ERR_INVALID_CHAR("trailer content", name);
  }
};
OutgoingMessage.prototype.flushHeaders = function () {
  if (!this._header) this._implicitHeader();
  this._send?.();
};
OutgoingMessage.prototype._implicitHeader = function () {
  throw new ERR_METHOD_NOT_IMPLEMENTED("_implicitHeader()");
};
OutgoingMessage.prototype.pipe = function () {
  this.emit("error", new ERR_STREAM_CANNOT_PIPE());
};

// ---- Body

function toBytes(chunk, encoding) {
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  if (typeof chunk === "string") return Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8");
  if (chunk instanceof Uint8Array) return chunk;
  throw new ERR_INVALID_ARG_TYPE("chunk", ["string", "Buffer", "Uint8Array"], chunk);
}

function failWrite(msg, error, callback) {
  if (callback) nextTick(callback, error);
  if (!msg.destroyed && error.code !== "ERR_STREAM_DESTROYED") nextTick(() => msg.emit("error", error));
  return false;
}

OutgoingMessage.prototype.write = function (chunk, encoding, callback) {
  if (typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  const bytes = toBytes(chunk, encoding);
  if (this.finished) return failWrite(this, new ERR_STREAM_WRITE_AFTER_END(), callback);
  if (this.destroyed) return failWrite(this, new ERR_STREAM_DESTROYED("write"), callback);
  if (!this._header) this._implicitHeader();
  if (!this._hasBody) {
    if (callback) nextTick(callback);
    return true;
  }
  this.outputData.push([bytes, callback]);
  this.outputSize += bytes.length;
  if (this._corked === 0) this._push(false);
  const good = this.outputSize < MARK && this._sink?.ready !== false;
  if (!good) this._needDrain = true;
  return good;
};

// What waits goes to the sink.
OutgoingMessage.prototype._push = function () {
  if (!this._sink) return void this._waiting?.();
  while (this.outputData.length > 0) {
    const [bytes, callback] = this.outputData.shift();
    this.outputSize -= bytes.length;
    if (bytes.length > 0) this._sink.write(bytes);
    if (callback) nextTick(callback);
  }
  if (this._sink.ready !== false) this._drained();
};

OutgoingMessage.prototype._drained = function () {
  if (!this._needDrain || this.finished || this.destroyed) return;
  this._needDrain = false;
  nextTick(() => this.emit("drain"));
};

OutgoingMessage.prototype.cork = function () {
  this._corked++;
};
OutgoingMessage.prototype.uncork = function () {
  if (this._corked === 0) return;
  if (--this._corked === 0) this._push();
};

OutgoingMessage.prototype.end = function (chunk, encoding, callback) {
  if (typeof chunk === "function") {
    callback = chunk;
    chunk = null;
  } else if (typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  if (chunk !== null && chunk !== undefined) {
    const bytes = toBytes(chunk, encoding);
    if (this.finished) {
      failWrite(this, new ERR_STREAM_WRITE_AFTER_END(), callback);
      return this;
    }
    if (!this._header) {
      this._contentLength = bytes.length + this.outputSize;
      this._implicitHeader();
    }
    if (this._hasBody && !this.destroyed) {
      this.outputData.push([bytes, undefined]);
      this.outputSize += bytes.length;
    }
  } else if (this.finished) {
    if (typeof callback === "function") {
      if (this._finished) nextTick(callback, new ERR_STREAM_ALREADY_FINISHED("end"));
      else {
        const fn = callback;
        this.on("finish", () => fn(new ERR_STREAM_ALREADY_FINISHED("end")));
      }
    }
    return this;
  } else if (!this._header) {
    this._contentLength = this.outputSize;
    this._implicitHeader();
  }
  if (typeof callback === "function") this.once("finish", callback);
  this._corked = 0;
  this.finished = true;
  this._finishing();
  return this;
};

// After end(): subclasses send what is there first.
OutgoingMessage.prototype._finishing = function () {
  this._push();
  this._sink?.end();
  nextTick(() => this._finish());
};

OutgoingMessage.prototype._finish = function () {
  if (this._finished) return;
  this._finished = true;
  this.emit("prefinish");
  this.emit("finish");
};

OutgoingMessage.prototype.destroy = function (error) {
  if (this.destroyed) return this;
  this.destroyed = true;
  this.errored = error;
  for (const [, callback] of this.outputData.splice(0)) if (callback) nextTick(callback, error ?? new ERR_STREAM_DESTROYED("write"));
  this.outputSize = 0;
  this._sink?.destroy(error);
  nextTick(() => {
    if (error && this.listenerCount("error") > 0) this.emit("error", error);
    this._close();
  });
  return this;
};

OutgoingMessage.prototype._close = function () {
  if (this._closed) return;
  this._closed = true;
  this.emit("close");
};

OutgoingMessage.prototype.setTimeout = function (ms, callback) {
  if (callback) this.on("timeout", callback);
  return this;
};

// A ReadableStream for the web, and the sink that feeds it. onDrain when its reader wants more.
function bodyStream(message) {
  let controller, over = false;
  const sink = {
    ready: true,
    write(bytes) {
      if (over) return;
      controller.enqueue(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice());
      sink.ready = controller.desiredSize > 0;
    },
    end() {
      if (over) return;
      over = true;
      controller.close();
    },
    destroy(error) {
      if (over) return;
      over = true;
      controller.error(error ?? new Error("aborted"));
    },
  };
  const stream = new ReadableStream({
    start(c) {
      controller = c;
    },
    pull() {
      sink.ready = true;
      message._drained();
    },
    cancel(reason) {
      over = true;
      message.destroy();
    },
  }, { highWaterMark: MARK, size: (chunk) => chunk.byteLength });
  return { stream, sink };
}

return { OutgoingMessage, bodyStream };
