// node:fs ReadStream and WriteStream.
const { Readable, Writable, finished } = internal.load("node/stream");
const { Buffer } = internal.load("node/buffer");
const { pathOf, fdOf, optionsOf } = internal.load("node/fs_prepare");
const errors = internal.load("node/errors");
const { validateInteger, validateFunction, validateBoolean, outOfRange, invalidArgType } = errors;
const { nextTick } = internal.load("node/process");

const { errorOrDestroy } = internal.load("node/stream_base");
const fsOf = () => internal.load("node/fs");

// Descriptor and functions: the stream's own file system may be given.
function setUp(self, path, options, methods) {
  self.fd = null;
  if (options.fd !== undefined && options.fd !== null) {
    if (typeof options.fd === "number") {
      self.fd = fdOf(options.fd);
    } else if (typeof options.fd?.fd === "number") {
      if (options.fs) throw errors.notImplemented("FileHandle with fs");
      self.fd = fdOf(options.fd.fd);
      self._handle = options.fd;
      options.fd.on?.("close", () => self.destroy());
    } else {
      throw invalidArgType("options.fd", ["number", "FileHandle"], options.fd);
    }
  } else {
    self.path = pathOf(path);
  }
  const given = options.fs ?? undefined, functions = {};
  for (const name of methods) {
    const fn = given?.[name];
    if (given && fn !== undefined) validateFunction(fn, `options.fs.${name}`);
    else if (given && given.open !== undefined && name !== "writev") validateFunction(fn, `options.fs.${name}`);
    functions[name] = fn !== undefined ? fn.bind(given) : given && name === "writev" ? undefined : (...args) => fsOf()[name](...args);
  }
  Object.defineProperty(self, "_fs", { __proto__: null, value: functions, configurable: true });
  self.autoClose = options.autoClose !== false;
  self.closed_ = false;
}

function position(value, name) {
  if (value !== undefined && value !== null) validateInteger(value, name, 0);
  return value ?? undefined;
}

// Who gives a stream an open() of his own sets `fd` in it and emits "open".
function open() {}

function construct(callback) {
  if (typeof this.fd === "number") return callback();
  if (typeof this.open === "function" && this.open !== open) {
    this.once("open", () => callback());
    return void this.open();
  }
  this._fs.open(this.path, this.flags, this.mode, (error, fd) => {
    if (error) return callback(error);
    this.fd = fd;
    callback();
    this.emit("open", fd);
    this.emit("ready");
  });
}

function closeFile(self, error, callback) {
  const done = (e) => callback(e || error);
  const { fd } = self;
  self.fd = null;
  if (self._handle) {
    self._handle.close().then(() => done(), done);
    self._handle = undefined;
    return;
  }
  self._fs.close(fd, done);
}

function ReadStream(path, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  options = { highWaterMark: 65536, emitClose: true, ...optionsOf(options, {}) };
  if (options.highWaterMark === undefined) options.highWaterMark = 65536;
  if (options.bufferSize !== undefined && options.highWaterMark === 65536) options.highWaterMark = Math.max(1, Math.trunc(options.bufferSize));
  if (options.autoDestroy === undefined) options.autoDestroy = options.autoClose !== false;
  setUp(this, path, options, ["open", "read", "close"]);
  this.flags = options.flags ?? "r";
  this.mode = options.mode ?? 0o666;
  this.start = position(options.start, "start");
  this.end = options.end === Infinity ? Infinity : position(options.end, "end") ?? Infinity;
  this.bytesRead = 0;
  this.pos = this.start;
  if (this.start !== undefined && this.start > this.end) throw outOfRange("start", `<= "end" (here: ${this.end})`, this.start);
  delete options.read;
  delete options.construct;
  Readable.call(this, { ...options, fs: undefined, encoding: options.encoding === "buffer" ? undefined : options.encoding });
}
Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
Object.setPrototypeOf(ReadStream, Readable);

Object.defineProperties(ReadStream.prototype, {
  pending: { __proto__: null, configurable: true, get() { return this.fd === null; } },
});
ReadStream.prototype._construct = construct;
ReadStream.prototype.open = open;

ReadStream.prototype._read = function (n) {
  n = this.pos !== undefined ? Math.min(this.end - this.pos + 1, n) : Math.min(this.end - this.bytesRead + 1, n);
  if (n <= 0) return void this.push(null);
  const buffer = Buffer.allocUnsafeSlow(n);
  this._fs.read(this.fd, buffer, 0, n, this.pos ?? null, (error, count) => {
    if (error) return errorOrDestroy(this, error);
    if (count === 0) return void this.push(null);
    if (this.pos !== undefined) this.pos += count;
    this.bytesRead += count;
    this.push(count === buffer.length ? buffer : count < buffer.length / 2 ? Buffer.from(buffer.subarray(0, count)) : buffer.subarray(0, count));
  });
};

ReadStream.prototype._destroy = function (error, callback) {
  if (typeof this.fd !== "number" || (!this.autoClose && !this._closing)) return callback(error);
  closeFile(this, error, callback);
};

ReadStream.prototype.close = function (callback) {
  if (typeof callback === "function") finished(this, (error) => callback(error?.code === "ERR_STREAM_PREMATURE_CLOSE" ? undefined : error));
  this._closing = true;
  this.destroy();
};

function WriteStream(path, options) {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  options = { emitClose: true, ...optionsOf(options, {}), decodeStrings: true };
  if (options.autoDestroy === undefined) options.autoDestroy = options.autoClose !== false;
  if (options.flush !== undefined && options.flush !== null) validateBoolean(options.flush, "options.flush");
  setUp(this, path, options, ["open", "write", "writev", "close"]);
  this.flags = options.flags ?? "w";
  this.mode = options.mode ?? 0o666;
  this.start = position(options.start, "start");
  this.pos = this.start;
  this.bytesWritten = 0;
  if (options.fs && options.fs.writev === undefined) this._writev = null;
  if (options.fs && options.fs.write === undefined && options.fs.writev !== undefined) this._write = undefined;
  delete options.write;
  delete options.writev;
  delete options.construct;
  Writable.call(this, { ...options, fs: undefined });
  if (options.encoding && options.encoding !== "buffer") this.setDefaultEncoding(options.encoding);
}
Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
Object.setPrototypeOf(WriteStream, Writable);

Object.defineProperties(WriteStream.prototype, {
  pending: { __proto__: null, configurable: true, get() { return this.fd === null; } },
});
WriteStream.prototype._construct = construct;
WriteStream.prototype.open = open;

WriteStream.prototype._write = function (data, encoding, callback) {
  this._fs.write(this.fd, data, 0, data.length, this.pos ?? null, (error, count) => {
    if (error) return callback(error);
    this.bytesWritten += count;
    if (this.pos !== undefined) this.pos += count;
    if (count < data.length) return this._write(data.subarray(count), encoding, callback);
    callback();
  });
};

WriteStream.prototype._writev = function (data, callback) {
  const chunks = data.map(({ chunk }) => chunk);
  this._fs.writev(this.fd, chunks, this.pos ?? null, (error, count) => {
    if (error) return callback(error);
    this.bytesWritten += count;
    if (this.pos !== undefined) this.pos += count;
    callback();
  });
};

WriteStream.prototype._destroy = ReadStream.prototype._destroy;
WriteStream.prototype.close = function (callback) {
  if (callback) {
    if (this.closed) return void nextTick(callback);
    this.on("close", callback);
  }
  this._closing = true;
  if (!this.autoClose) this.on("finish", this.destroy);
  this.end();
};
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

return { ReadStream, WriteStream };
