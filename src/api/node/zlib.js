// node:zlib: streams, one call for a whole buffer (sync and with a callback), crc32. The codecs are in zip/codec.h.
const { Transform } = internal.load("node/stream_duplex");
const { Buffer } = internal.load("node/buffer");
const { nextTick } = internal.load("node/process");
const errors = internal.load("node/errors");
const { eos } = internal.load("node/stream_end");
const { constants, table: errorNames } = internal.load("node/zlib_constants");
const { Z_NO_FLUSH, Z_BLOCK, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_MIN_CHUNK, Z_MIN_WINDOWBITS, Z_MAX_WINDOWBITS,
        Z_MIN_LEVEL, Z_MAX_LEVEL, Z_MIN_MEMLEVEL, Z_MAX_MEMLEVEL, Z_DEFAULT_CHUNK, Z_DEFAULT_COMPRESSION, Z_DEFAULT_MEMLEVEL,
        Z_DEFAULT_STRATEGY, Z_DEFAULT_WINDOWBITS, Z_FIXED, DEFLATE, INFLATE, GZIP, GUNZIP, DEFLATERAW, INFLATERAW, UNZIP, BROTLI_DECODE,
        BROTLI_ENCODE, ZSTD_COMPRESS, ZSTD_DECOMPRESS, BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH,
        BROTLI_OPERATION_EMIT_METADATA, ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end } = constants;

const MOST_OUTPUT = 128 * 1024 * 1024; // of one call, unless maxOutputLength says less: what an isolate may have
const kFlushFlag = Symbol("kFlushFlag");
const kError = Symbol("kError");
// Empty chunks that stand for a flush, by its number (those of Brotli and zstd are among zlib's).
const kFlushBuffers = [0, 1, 2, 3, 4, 5].map((flag) => {
  const marker = Buffer.alloc(0);
  marker[kFlushFlag] = flag;
  return marker;
});

// ---- Handles, as code that reaches for `_handle` knows them

class Handle {
  #codec;
  #state;
  #callback;
  constructor(mode) {
    this.#codec = natives.open(mode);
  }
  begin(windowBits, level, memLevel, strategy, state, callback, dictionary) {
    this.#state = state;
    this.#callback = callback;
    return natives.begin(this.#codec, windowBits, level, memLevel, strategy, dictionary);
  }
  set(key, value) {
    return natives.set(this.#codec, key, value);
  }
  pledge(size) {
    return natives.pledge(this.#codec, size);
  }
  // Whether it went well. #state then has [room left in the output, input left].
  writeSync(flush, input, inputOffset, inputLength, output, outputOffset, outputLength) {
    return natives.run(this.#codec, flush | 0, input, +inputOffset, +inputLength, output, +outputOffset, +outputLength, this.#state);
  }
  write(flush, input, inputOffset, inputLength, output, outputOffset, outputLength) {
    if (this.writeSync(flush, input, inputOffset, inputLength, output, outputOffset, outputLength)) this.#callback?.();
    else {
      const [message, code, number] = this.problem();
      this.onerror?.(message, number, code);
    }
  }
  problem() {
    return natives.problem(this.#codec);
  }
  params(level, strategy) {
    if (!natives.params(this.#codec, level, strategy)) throw problemError(this.problem());
  }
  reset() {
    if (!natives.reset(this.#codec)) throw problemError(this.problem());
  }
  close() {
    natives.close(this.#codec);
  }
}

class ZlibStream extends Handle {
  constructor(mode) {
    if (!(mode >= DEFLATE && mode <= UNZIP)) throw new TypeError("Invalid zlib mode");
    super(mode);
  }
  initialize(windowBits, level, memLevel, strategy, writeState, processCallback, dictionary) {
    if (!this.begin(windowBits, level, memLevel, strategy, writeState, processCallback, dictionary))
      throw coded(Error, "ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed");
  }
}
class BrotliStream extends Handle {}
class ZstdStream extends Handle {}

const coded = (Base, code, message) => Object.assign(new Base(message), { code });

function problemError([message, code, number]) {
  const e = new Error(message);
  e.errno = number;
  e.code = code;
  return e;
}

// ---- Options

// undefined and NaN are the default; anything but a number in range throws.
function inRange(number, name, low, high, otherwise) {
  if (number === undefined || Number.isNaN(number)) return otherwise;
  errors.validateNumber(number, name);
  if (!Number.isFinite(number)) throw errors.outOfRange(name, "a finite number", number);
  if (number < low || number > high) throw errors.outOfRange(name, `>= ${low} and <= ${high}`, number);
  return number;
}

// Bytes of whatever has some, as a Buffer over the same memory; undefined: it has none.
function bytesOf(v) {
  if (v instanceof Buffer) return v;
  if (ArrayBuffer.isView(v)) return Buffer.from(v.buffer, v.byteOffset, v.byteLength);
  return internal.load("node/util").types.isAnyArrayBuffer(v) ? Buffer.from(v) : undefined;
}

// What a family of codecs calls its flushes.
const ZLIB = { flush: Z_NO_FLUSH, finish: Z_FINISH, full: Z_FULL_FLUSH, most: Z_BLOCK };
const BROTLI = { flush: BROTLI_OPERATION_PROCESS, finish: BROTLI_OPERATION_FINISH, full: BROTLI_OPERATION_FLUSH, most: BROTLI_OPERATION_EMIT_METADATA };
const ZSTD = { flush: ZSTD_e_continue, finish: ZSTD_e_end, full: ZSTD_e_flush, most: ZSTD_e_end };

function commonOptions(options, family) {
  let chunkSize = Z_DEFAULT_CHUNK, flush = family.flush, finishFlush = family.finish, maxOutputLength = MOST_OUTPUT;
  if (options) {
    chunkSize = options.chunkSize;
    if (chunkSize === undefined || Number.isNaN(chunkSize)) chunkSize = Z_DEFAULT_CHUNK;
    else {
      errors.validateNumber(chunkSize, "options.chunkSize");
      if (!Number.isFinite(chunkSize)) throw errors.outOfRange("options.chunkSize", "a finite number", chunkSize);
      if (chunkSize < Z_MIN_CHUNK) throw errors.outOfRange("options.chunkSize", `>= ${Z_MIN_CHUNK}`, chunkSize);
    }
    flush = inRange(options.flush, "options.flush", 0, family.most, family.flush);
    finishFlush = inRange(options.finishFlush, "options.finishFlush", 0, family.most, family.finish);
    maxOutputLength = options.maxOutputLength;
    if (maxOutputLength === undefined || Number.isNaN(maxOutputLength)) maxOutputLength = MOST_OUTPUT;
    else {
      errors.validateNumber(maxOutputLength, "options.maxOutputLength");
      if (!(maxOutputLength >= 1)) throw errors.outOfRange("options.maxOutputLength", ">= 1", maxOutputLength);
    }
  }
  return { chunkSize, flush, finishFlush, maxOutputLength };
}

function zlibOptions(options, mode) {
  let windowBits = Z_DEFAULT_WINDOWBITS, level = Z_DEFAULT_COMPRESSION, memLevel = Z_DEFAULT_MEMLEVEL, strategy = Z_DEFAULT_STRATEGY, dictionary;
  if (options) {
    const reads = mode === INFLATE || mode === GUNZIP || mode === UNZIP;
    if ((options.windowBits == null || options.windowBits === 0) && reads) windowBits = 0;
    else windowBits = inRange(options.windowBits, "options.windowBits", mode === GZIP ? Z_MIN_WINDOWBITS + 1 : Z_MIN_WINDOWBITS, Z_MAX_WINDOWBITS, Z_DEFAULT_WINDOWBITS);
    level = inRange(options.level, "options.level", Z_MIN_LEVEL, Z_MAX_LEVEL, Z_DEFAULT_COMPRESSION);
    memLevel = inRange(options.memLevel, "options.memLevel", Z_MIN_MEMLEVEL, Z_MAX_MEMLEVEL, Z_DEFAULT_MEMLEVEL);
    strategy = inRange(options.strategy, "options.strategy", Z_DEFAULT_STRATEGY, Z_FIXED, Z_DEFAULT_STRATEGY);
    dictionary = dictionaryOf(options);
  }
  return { windowBits, level, memLevel, strategy, dictionary };
}

function dictionaryOf(options) {
  const given = options?.dictionary;
  if (given === undefined) return undefined;
  const bytes = bytesOf(given);
  if (bytes === undefined) throw errors.invalidArgType("options.dictionary", ["Buffer", "TypedArray", "DataView", "ArrayBuffer"], given);
  return bytes;
}

// params: { number: value } of Brotli and zstd
function setParams(handle, options, isKnown, name, code) {
  const seen = new Set();
  for (const text of Object.keys(options?.params ?? {})) {
    const key = +text;
    if (Number.isNaN(key) || !isKnown(key) || seen.has(key))
      throw coded(RangeError, code, `${text} is not a valid ${name} parameter`);
    seen.add(key);
    const value = options.params[text];
    if (typeof value !== "number" && typeof value !== "boolean") throw errors.invalidArgType("options.params[key]", "number", value);
    if (!handle.set(key, Number(value) | 0)) throw coded(Error, "ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed");
  }
}

const brotliKeys = (prefix) => {
  const known = new Set();
  for (const name of Object.keys(constants)) if (name.startsWith(prefix)) known.add(constants[name]);
  return (key) => known.has(key);
};
let brotliKnown, zstdKnown;

// A codec ready to run for these options.
function openCodec(mode, options, state, callback) {
  if (mode <= UNZIP) {
    const o = zlibOptions(options, mode);
    const handle = new ZlibStream(mode);
    handle.initialize(o.windowBits, o.level, o.memLevel, o.strategy, state, callback, o.dictionary);
    return { handle, ...o };
  }
  const brotli = mode <= BROTLI_ENCODE;
  const handle = new (brotli ? BrotliStream : ZstdStream)(mode);
  if (brotli) setParams(handle, options, (brotliKnown ??= brotliKeys("BROTLI_PARAM_")), "Brotli", "ERR_BROTLI_INVALID_PARAM");
  else setParams(handle, options, mode === ZSTD_COMPRESS ? (zstdKnown ??= brotliKeys("ZSTD_c_")) : (key) => key === constants.ZSTD_d_windowLogMax,
                 "zstd", "ERR_ZSTD_INVALID_PARAM");
  if (options?.pledgedSrcSize !== undefined) {
    errors.validateInteger(options.pledgedSrcSize, "options.pledgedSrcSize", 0);
    handle.pledge(options.pledgedSrcSize);
  }
  if (!handle.begin(0, 0, 0, 0, state, callback, brotli ? undefined : dictionaryOf(options)))
    throw coded(Error, "ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed");
  return { handle };
}

const familyOf = (mode) => (mode <= UNZIP ? ZLIB : mode <= BROTLI_ENCODE ? BROTLI : ZSTD);

// ---- Streams

function base(self, options, mode) {
  const family = familyOf(mode);
  const { chunkSize, flush, finishFlush, maxOutputLength } = commonOptions(options, family);
  if (options && (options.encoding || options.objectMode || options.writableObjectMode)) {
    options = { ...options };
    options.encoding = null;
    options.objectMode = options.writableObjectMode = false;
  }
  Transform.call(self, { autoDestroy: true, ...options });
  self._hadError = false;
  self.bytesWritten = 0;
  self._writeState = new Uint32Array(2);
  self._mode = mode;
  self._outBuffer = Buffer.allocUnsafe(chunkSize);
  self._outOffset = 0;
  self._chunkSize = chunkSize;
  self._defaultFlushFlag = flush;
  self._finishFlushFlag = finishFlush;
  self._defaultFullFlushFlag = family.full;
  self._maxOutputLength = maxOutputLength;
  self._info = options?.info;
  const { handle, level, strategy } = openCodec(mode, options, self._writeState, undefined);
  handle.onerror = (message, number, code) => fail(self, problemError([message, code, number]));
  self._handle = handle;
  self._level = level;
  self._strategy = strategy;
}

function ZlibBase() {}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

Object.defineProperties(ZlibBase.prototype, {
  _closed: { __proto__: null, configurable: true, enumerable: true, get() { return !this._handle; } },
  bytesRead: {
    __proto__: null, configurable: true, enumerable: true,
    get() {
      return this.bytesWritten;
    },
    set(value) {
      this.bytesWritten = value;
    },
  },
});

ZlibBase.prototype.reset = function () {
  if (!this._handle) throw new Error("zlib binding closed");
  return this._handle.reset();
};

ZlibBase.prototype._flush = function (callback) {
  this._transform(Buffer.alloc(0), "", callback);
};

ZlibBase.prototype._final = function (callback) {
  callback();
};

ZlibBase.prototype.flush = function (kind, callback) {
  if (typeof kind === "function" || (kind === undefined && !callback)) {
    callback = kind;
    kind = this._defaultFullFlushFlag;
  }
  if (this.writableFinished) {
    if (callback) nextTick(callback);
  } else if (this.writableEnded) {
    if (callback) this.once("end", callback);
  } else {
    this.write(kFlushBuffers[kind], "", callback);
  }
};

ZlibBase.prototype.close = function (callback) {
  if (callback) eos(this, () => callback());
  this.destroy();
};

ZlibBase.prototype._destroy = function (error, callback) {
  closeHandle(this);
  callback(error);
};

function closeHandle(engine) {
  engine._handle?.close();
  engine._handle = null;
}

function fail(self, error) {
  self.destroy(error);
  self[kError] = error;
}

ZlibBase.prototype._transform = function (chunk, encoding, callback) {
  let flag = this._defaultFlushFlag;
  if (typeof chunk[kFlushFlag] === "number") flag = chunk[kFlushFlag];
  else if (this.writableEnded && this.writableLength === chunk.byteLength) flag = maxFlush(flag, this._finishFlushFlag, this._mode);
  processChunk(this, chunk, flag, callback);
};

// The stronger of two. zlib's numbers are not in order of strength: Z_BLOCK is 5.
function maxFlush(a, b, mode) {
  if (mode > UNZIP) return a > b ? a : b;
  const order = [0, 2, 3, 4, 5, 1];
  return order[a] > order[b] ? a : b;
}

ZlibBase.prototype._processChunk = function (chunk, flag, callback) {
  if (typeof callback === "function") processChunk(this, chunk, flag, callback);
  else return processSync(this, chunk, flag);
};

// A chunk through the codec, a buffer of output at a time; waits while nobody reads.
function processChunk(self, chunk, flag, callback) {
  if (!self._handle) return nextTick(callback);
  let at = 0, left = chunk.byteLength;
  const state = self._writeState;
  const step = () => {
    for (;;) {
      if (self.destroyed || !self._handle) return callback();
      const room = self._chunkSize - self._outOffset;
      let good;
      try {
        good = self._handle.writeSync(flag, chunk, at, left, self._outBuffer, self._outOffset, room);
      } catch (error) {
        return fail(self, error);
      }
      if (!good) return fail(self, problemError(self._handle.problem()));
      const roomLeft = state[0], inputLeft = state[1], have = room - roomLeft;
      self.bytesWritten += left - inputLeft;
      at += left - inputLeft;
      left = inputLeft;
      let more = true;
      if (have > 0) {
        const out = self._outBuffer.slice(self._outOffset, self._outOffset + have);
        self._outOffset += have;
        if (roomLeft === 0 || self._outOffset >= self._chunkSize) {
          self._outOffset = 0;
          self._outBuffer = Buffer.allocUnsafe(self._chunkSize);
        }
        more = self.push(out);
        if (self.destroyed) return callback();
      }
      if (roomLeft === 0) {
        if (more) continue;
        // Its reader has enough for now.
        const read = self._read;
        self._read = (n) => {
          self._read = read;
          step();
          if (self._read === read && !self.destroyed) read.call(self, n);
        };
        return;
      }
      if (left > 0) self.push(null); // the stream is complete; what follows is not its own, and forgotten
      return callback();
    }
  };
  step();
}

// All of a chunk at once.
function processSync(self, chunk, flag) {
  let at = 0, left = chunk.byteLength, size = 0;
  const chunks = [], state = self._writeState;
  let room = self._chunkSize - self._outOffset;
  for (;;) {
    const good = self._handle.writeSync(flag, chunk, at, left, self._outBuffer, self._outOffset, room);
    if (!good) {
      const error = problemError(self._handle.problem());
      closeHandle(self);
      throw error;
    }
    const have = room - state[0];
    at += left - state[1];
    left = state[1];
    if (have > 0) {
      chunks.push(self._outBuffer.slice(self._outOffset, self._outOffset + have));
      size += have;
      if (size > self._maxOutputLength) {
        closeHandle(self);
        throw tooMuch();
      }
      self._outOffset = 0;
      self._outBuffer = Buffer.allocUnsafe(self._chunkSize);
    }
    if (state[0] !== 0) break;
    room = self._chunkSize;
  }
  self.bytesWritten = at;
  closeHandle(self);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
}

const tooMuch = () => coded(RangeError, "ERR_BUFFER_TOO_LARGE", "Memory limit exceeded");

function Zlib(options, mode) {
  base(this, options, mode);
}
Object.setPrototypeOf(Zlib.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zlib, ZlibBase);

Zlib.prototype.params = function (level, strategy, callback) {
  level = inRange(level, "level", Z_MIN_LEVEL, Z_MAX_LEVEL);
  strategy = inRange(strategy, "strategy", Z_DEFAULT_STRATEGY, Z_FIXED);
  if (this._level === level && this._strategy === strategy) {
    if (callback) nextTick(callback);
    return;
  }
  this.flush(Z_SYNC_FLUSH, () => {
    if (!this._handle) throw new Error("zlib binding closed");
    this._handle.params(level, strategy);
    if (this.destroyed) return;
    this._level = level;
    this._strategy = strategy;
    if (callback) callback();
  });
};

// One class of streams. All but the newest may be called without `new`.
function define(name, mode, Parent) {
  const Class = { [name]: function (options) {
    if (!(this instanceof Class)) return new Class(options);
    if (mode <= UNZIP) Zlib.call(this, options, mode);
    else base(this, options, mode);
  } }[name];
  Object.setPrototypeOf(Class.prototype, Parent.prototype);
  Object.setPrototypeOf(Class, Parent);
  return Class;
}
const classes = {
  Deflate: define("Deflate", DEFLATE, Zlib), Inflate: define("Inflate", INFLATE, Zlib), Gzip: define("Gzip", GZIP, Zlib),
  Gunzip: define("Gunzip", GUNZIP, Zlib), DeflateRaw: define("DeflateRaw", DEFLATERAW, Zlib),
  InflateRaw: define("InflateRaw", INFLATERAW, Zlib), Unzip: define("Unzip", UNZIP, Zlib),
  BrotliCompress: define("BrotliCompress", BROTLI_ENCODE, ZlibBase), BrotliDecompress: define("BrotliDecompress", BROTLI_DECODE, ZlibBase),
  ZstdCompress: define("ZstdCompress", ZSTD_COMPRESS, ZlibBase), ZstdDecompress: define("ZstdDecompress", ZSTD_DECOMPRESS, ZlibBase),
};

// ---- A whole buffer in one call

function whole(mode, data, options) {
  if (typeof data === "string") {
    data = Buffer.from(data);
  } else {
    const bytes = bytesOf(data);
    if (bytes === undefined) throw errors.invalidArgType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
    data = bytes;
  }
  const family = familyOf(mode);
  const { chunkSize, finishFlush, maxOutputLength } = commonOptions(options, family);
  const state = new Uint32Array(2);
  if (mode === ZSTD_COMPRESS && options?.pledgedSrcSize === undefined) options = { ...options, pledgedSrcSize: data.byteLength };
  const { handle } = openCodec(mode, options, state, undefined);
  try {
    let at = 0, left = data.byteLength, size = 0, room = Math.min(chunkSize, maxOutputLength);
    const chunks = [];
    for (;;) {
      // One byte more than is allowed: what fills it is too much.
      room = Math.min(room, maxOutputLength - size + 1);
      const out = Buffer.allocUnsafeSlow(room);
      if (!handle.writeSync(finishFlush, data, at, left, out, 0, room)) throw problemError(handle.problem());
      const have = room - state[0];
      at += left - state[1];
      left = state[1];
      if ((size += have) > maxOutputLength) throw tooMuch();
      if (have > 0) chunks.push(have === room ? out : out.subarray(0, have));
      if (state[0] !== 0) break;
      room = Math.min(room * 2, 1024 * 1024);
    }
    const buffer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
    if (!options?.info) return buffer;
    return { buffer, engine: new classes[classNames[mode]](options) };
  } finally {
    handle.close();
  }
}

const classNames = [undefined, "Deflate", "Inflate", "Gzip", "Gunzip", "DeflateRaw", "InflateRaw", "Unzip", "BrotliDecompress", "BrotliCompress",
                    "ZstdCompress", "ZstdDecompress"];

function convenience(name, mode) {
  const sync = { [`${name}Sync`]: (data, options) => whole(mode, data, options) }[`${name}Sync`];
  const later = { [name](data, options, callback) {
    if (typeof options === "function") {
      callback = options;
      options = undefined;
    }
    errors.validateFunction(callback, "callback");
    if (typeof data !== "string" && bytesOf(data) === undefined)
      throw errors.invalidArgType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
    let error = null, result;
    try {
      result = whole(mode, data, options);
    } catch (e) {
      error = e;
    }
    nextTick(() => (error ? callback(error) : callback(null, result)));
  } }[name];
  return { [`${name}Sync`]: sync, [name]: later };
}

function crc32(data, value = 0) {
  if (typeof data === "string") data = Buffer.from(data);
  else if (!ArrayBuffer.isView(data)) throw errors.invalidArgType("data", ["Buffer", "TypedArray", "DataView", "string"], data);
  errors.validateUint32(value, "value");
  return natives.crc32(data, value);
}

const zlib = {
  crc32, ...classes,
  ...convenience("deflate", DEFLATE), ...convenience("inflate", INFLATE), ...convenience("gzip", GZIP), ...convenience("gunzip", GUNZIP),
  ...convenience("deflateRaw", DEFLATERAW), ...convenience("inflateRaw", INFLATERAW), ...convenience("unzip", UNZIP),
  ...convenience("brotliCompress", BROTLI_ENCODE), ...convenience("brotliDecompress", BROTLI_DECODE),
  ...convenience("zstdCompress", ZSTD_COMPRESS), ...convenience("zstdDecompress", ZSTD_DECOMPRESS),
};
for (const name of Object.keys(classes)) zlib[`create${name}`] = { [`create${name}`]: (options) => new classes[name](options) }[`create${name}`];
Object.defineProperties(zlib, {
  constants: { __proto__: null, enumerable: true, value: constants },
  codes: { __proto__: null, enumerable: true, value: errorNames },
});
// The old way to zlib's own constants.
for (const name of Object.keys(constants))
  if (name.startsWith("Z_")) Object.defineProperty(zlib, name, { __proto__: null, enumerable: false, value: constants[name] });
return zlib;
