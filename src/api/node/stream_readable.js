// node:stream Readable.
const base = internal.load("node/stream_base");
const { Stream, errorOrDestroy, prepend } = base;
const { EventEmitter } = internal.load("node/events");
const { Buffer } = internal.load("node/buffer");
const { codes, AbortError } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");
const lazyDecoder = () => internal.load("node/string_decoder").StringDecoder;

const nop = () => {};
const kPaused = Symbol("kPaused");
const { ERR_INVALID_ARG_TYPE, ERR_METHOD_NOT_IMPLEMENTED, ERR_OUT_OF_RANGE, ERR_STREAM_PUSH_AFTER_EOF,
        ERR_STREAM_UNSHIFT_AFTER_END_EVENT, ERR_UNKNOWN_ENCODING } = codes;

class ReadableState {
  constructor(options, isDuplex) {
    this.objectMode = !!(options?.objectMode || (isDuplex && options?.readableObjectMode));
    this.highWaterMark = base.highWaterMarkOf(options, "readableHighWaterMark", isDuplex, this.objectMode);
    this.buffer = []; // from bufferIndex on
    this.bufferIndex = 0;
    this.length = 0; // bytes, or objects
    this.pipes = [];
    this.flowing = null; // null: nobody asked yet
    this.ended = false; // push(null) was called
    this.endEmitted = false;
    this.reading = false; // _read() was called and has not pushed
    this.constructed = true;
    this.sync = true; // inside _read()
    this.needReadable = false;
    this.emittedReadable = false;
    this.readableListening = false;
    this.resumeScheduled = false;
    this.errorEmitted = false;
    this.emitClose = options?.emitClose !== false;
    this.autoDestroy = options?.autoDestroy !== false;
    this.destroyed = false;
    this.errored = null;
    this.closed = false;
    this.closeEmitted = false;
    this.defaultEncoding = options?.defaultEncoding || "utf8";
    this.awaitDrainWriters = null;
    this.multiAwaitDrain = false;
    this.readingMore = false;
    this.dataEmitted = false;
    this.decoder = null;
    this.encoding = null;
    this[kPaused] = null;
    if (options?.encoding) {
      this.decoder = new (lazyDecoder())(options.encoding);
      this.encoding = options.encoding;
    }
  }

  get paused() {
    return this[kPaused] !== false;
  }

  set paused(value) {
    this[kPaused] = !!value;
  }

  get pipesCount() {
    return this.pipes.length;
  }

  put(chunk) {
    this.buffer.push(chunk);
  }

  putFirst(chunk) {
    if (this.bufferIndex > 0) this.buffer[--this.bufferIndex] = chunk;
    else this.buffer.unshift(chunk);
  }

  first() {
    return this.buffer[this.bufferIndex];
  }

  shift() {
    const chunk = this.buffer[this.bufferIndex];
    this.buffer[this.bufferIndex++] = undefined;
    if (this.bufferIndex === this.buffer.length) this.drop();
    else if (this.bufferIndex > 1024) this.trim();
    return chunk;
  }

  trim() {
    this.buffer.splice(0, this.bufferIndex);
    this.bufferIndex = 0;
  }

  drop() {
    this.buffer.length = 0;
    this.bufferIndex = 0;
  }
}

function Readable(options) {
  if (!(this instanceof Readable)) return new Readable(options);
  init(this, options, false);
  if (options) {
    if (typeof options.read === "function") this._read = options.read;
    if (typeof options.destroy === "function") this._destroy = options.destroy;
    if (typeof options.construct === "function") this._construct = options.construct;
  }
  Stream.call(this, options);
  started(this, options);
}
Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);

function init(stream, options, isDuplex) {
  stream._readableState = new ReadableState(options, isDuplex);
}

// The signal, and construct(), after the emitter is there.
function started(stream, options) {
  if (options?.signal && !stream._writableState) internal.load("node/stream_end").addAbortSignal(options.signal, stream);
  base.construct(stream, () => {
    if (stream._readableState.needReadable) readMore(stream, stream._readableState);
  });
}

Readable.ReadableState = ReadableState;
Readable.prototype.destroy = base.destroy;
Readable.prototype._undestroy = base.undestroy;
Readable.prototype._destroy = function (error, callback) {
  callback(error);
};
Readable.prototype[EventEmitter.captureRejectionSymbol] = function (error) {
  this.destroy(error);
};

Readable.prototype._read = function _read() {
  throw new ERR_METHOD_NOT_IMPLEMENTED("_read()");
};

Readable.prototype.push = function push(chunk, encoding) {
  return add(this, chunk, encoding, false);
};

Readable.prototype.unshift = function unshift(chunk, encoding) {
  return add(this, chunk, encoding, true);
};

// The chunk as the buffer holds it (bytes, or text when there is an encoding); undefined after an error was reported.
function toChunk(stream, state, chunk, encoding, atFront) {
  let bytes = chunk;
  if (chunk === undefined) return "";
  if (typeof chunk === "string") {
    encoding ||= state.defaultEncoding;
    if (state.encoding === encoding) return chunk;
    bytes = Buffer.from(chunk, encoding);
    if (state.encoding && atFront) return bytes.toString(state.encoding);
  } else if (ArrayBuffer.isView(chunk)) {
    if (!(chunk instanceof Buffer)) bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } else {
    errorOrDestroy(stream, new ERR_INVALID_ARG_TYPE("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk));
    return undefined;
  }
  return state.decoder && !atFront && !state.ended ? state.decoder.write(bytes) : bytes;
}

function add(stream, chunk, encoding, atFront) {
  const state = stream._readableState;
  if (chunk === null) {
    state.reading = false;
    endOfChunks(stream, state);
    return false;
  }
  if (!state.objectMode) {
    chunk = toChunk(stream, state, chunk, encoding, atFront);
    if (chunk === undefined) return false;
    if (chunk.length === 0) {
      if (!atFront) {
        state.reading = false;
        readMore(stream, state);
      }
      return room(state);
    }
  } else if (state.decoder && !encoding && !atFront && !state.ended) {
    chunk = state.decoder.write(chunk);
  }
  if (atFront && state.endEmitted) errorOrDestroy(stream, new ERR_STREAM_UNSHIFT_AFTER_END_EVENT());
  else if (!atFront && state.ended) errorOrDestroy(stream, new ERR_STREAM_PUSH_AFTER_EOF());
  else if (state.destroyed || state.errored) return false;
  else addChunk(stream, state, chunk, atFront);
  return room(state);
}

const room = (state) => !state.ended && (state.length < state.highWaterMark || state.length === 0);

function forgetWaiters(state) {
  if (state.multiAwaitDrain) state.awaitDrainWriters.clear();
  else state.awaitDrainWriters = null;
}

function addChunk(stream, state, chunk, atFront) {
  if (!atFront) state.reading = false;
  if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount("data") > 0) {
    forgetWaiters(state);
    state.dataEmitted = true;
    stream.emit("data", chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (atFront) state.putFirst(chunk);
    else state.put(chunk);
    if (state.needReadable) emitReadable(stream);
  }
  readMore(stream, state);
}

function endOfChunks(stream, state) {
  if (state.ended) return;
  const rest = state.decoder?.end();
  if (rest?.length) {
    state.put(rest);
    state.length += state.objectMode ? 1 : rest.length;
  }
  state.ended = true;
  if (state.sync) {
    emitReadable(stream);
  } else {
    state.needReadable = false;
    state.emittedReadable = true;
    emitReadableNow(stream);
  }
}

Readable.prototype.isPaused = function isPaused() {
  return this._readableState[kPaused] === true || this._readableState.flowing === false;
};

Readable.prototype.setEncoding = function setEncoding(encoding) {
  const state = this._readableState;
  const decoder = new (lazyDecoder())(encoding);
  state.decoder = decoder;
  state.encoding = decoder.encoding;
  let text = "";
  for (let i = state.bufferIndex; i < state.buffer.length; i++) text += decoder.write(state.buffer[i]);
  state.drop();
  if (text !== "") state.put(text);
  state.length = text.length;
  return this;
};

// ---- read()

const MAX_MARK = 0x40000000;
function powerOfTwo(n) {
  if (n > MAX_MARK) throw new ERR_OUT_OF_RANGE("size", "<= 1GiB", n);
  let p = 1;
  while (p < n) p *= 2;
  return p;
}

function howMuch(n, state) {
  if (n <= 0 || (state.length === 0 && state.ended)) return 0;
  if (state.objectMode) return 1;
  if (Number.isNaN(n)) return state.flowing && state.length ? state.first().length : state.length;
  if (n <= state.length) return n;
  return state.ended ? state.length : 0;
}

Readable.prototype.read = function read(n) {
  const state = this._readableState;
  if (n === undefined) n = NaN;
  else if (!Number.isInteger(n)) n = Number.parseInt(n, 10);
  const asked = n;
  if (n > state.highWaterMark) state.highWaterMark = powerOfTwo(n);
  if (n !== 0) state.emittedReadable = false;

  if (n === 0 && state.needReadable &&
      ((state.highWaterMark !== 0 ? state.length >= state.highWaterMark : state.length > 0) || state.ended)) {
    if (state.length === 0 && state.ended) endReadable(this);
    else emitReadable(this);
    return null;
  }
  n = howMuch(n, state);
  if (n === 0 && state.ended) {
    if (state.length === 0) endReadable(this);
    return null;
  }
  const wanted = state.needReadable || state.length === 0 || state.length - n < state.highWaterMark;
  if (wanted && !state.ended && !state.reading && !state.destroyed && !state.errored && state.constructed) {
    callRead(this, state);
    if (!state.reading) n = howMuch(asked, state);
  }
  let ret = n > 0 ? take(n, state) : null;
  if (ret === null) {
    state.needReadable = state.length <= state.highWaterMark;
    n = 0;
  } else {
    state.length -= n;
    forgetWaiters(state);
  }
  if (state.length === 0) {
    if (!state.ended) state.needReadable = true;
    if (asked !== n && state.ended) endReadable(this);
  }
  if (ret !== null && !state.errorEmitted && !state.closeEmitted) {
    state.dataEmitted = true;
    this.emit("data", ret);
  }
  return ret;
};

function callRead(stream, state) {
  state.reading = true;
  state.sync = true;
  if (state.length === 0) state.needReadable = true;
  try {
    stream._read(state.highWaterMark);
  } catch (error) {
    errorOrDestroy(stream, error);
  }
  state.sync = false;
}

// n bytes (or one object) off the buffer.
function take(n, state) {
  if (state.length === 0) return null;
  if (state.objectMode) return state.shift();
  if (!n || n >= state.length) {
    const { buffer, bufferIndex } = state;
    const ret = state.decoder ? (bufferIndex === 0 ? buffer : buffer.slice(bufferIndex)).join("")
      : buffer.length - bufferIndex === 1 ? buffer[bufferIndex]
      : Buffer.concat(bufferIndex === 0 ? buffer : buffer.slice(bufferIndex), state.length);
    state.drop();
    return ret;
  }
  const first = state.first();
  if (n < first.length) {
    state.buffer[state.bufferIndex] = first.slice(n);
    return first.slice(0, n);
  }
  if (n === first.length) return state.shift();
  return state.decoder ? takeText(n, state) : takeBytes(n, state);
}

function takeText(n, state) {
  let text = "";
  while (n > 0) {
    const first = state.first();
    if (n < first.length) {
      state.buffer[state.bufferIndex] = first.slice(n);
      return text + first.slice(0, n);
    }
    text += state.shift();
    n -= first.length;
  }
  return text;
}

function takeBytes(n, state) {
  const ret = Buffer.allocUnsafe(n);
  let at = 0;
  while (at < n) {
    const first = state.first(), left = n - at;
    if (left < first.length) {
      ret.set(new Uint8Array(first.buffer, first.byteOffset, left), at);
      state.buffer[state.bufferIndex] = first.slice(left);
      break;
    }
    ret.set(first, at);
    at += first.length;
    state.shift();
  }
  return ret;
}

// ---- Events

function emitReadable(stream) {
  const state = stream._readableState;
  state.needReadable = false;
  if (state.emittedReadable) return;
  state.emittedReadable = true;
  nextTick(emitReadableNow, stream);
}

function emitReadableNow(stream) {
  const state = stream._readableState;
  if (!state.destroyed && !state.errored && (state.length || state.ended)) {
    stream.emit("readable");
    state.emittedReadable = false;
  }
  state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
  flow(stream);
}

// Fills the buffer in later ticks, for as long as _read() pushes at once.
function readMore(stream, state) {
  if (state.readingMore || !state.constructed) return;
  state.readingMore = true;
  nextTick(readMoreNow, stream, state);
}

function readMoreNow(stream, state) {
  while (!state.reading && !state.ended && (state.length < state.highWaterMark || (state.flowing && state.length === 0))) {
    const before = state.length;
    stream.read(0);
    if (before === state.length) break;
  }
  state.readingMore = false;
}

function endReadable(stream) {
  const state = stream._readableState;
  if (state.endEmitted) return;
  state.ended = true;
  nextTick(endReadableNow, state, stream);
}

function endReadableNow(state, stream) {
  if (state.errored || state.closeEmitted || state.endEmitted || state.length !== 0) return;
  state.endEmitted = true;
  stream.emit("end");
  if (stream.writable && stream.allowHalfOpen === false) {
    nextTick(endWritableNow, stream);
  } else if (state.autoDestroy) {
    const w = stream._writableState;
    if (!w || (w.autoDestroy && (w.finished || w.writable === false))) stream.destroy();
  }
}

function endWritableNow(stream) {
  if (stream.writable && !stream.writableEnded && !stream.destroyed) stream.end();
}

// ---- pipe()

Readable.prototype.pipe = function pipe(dest, options) {
  const source = this, state = this._readableState;
  if (state.pipes.length === 1 && !state.multiAwaitDrain) {
    state.multiAwaitDrain = true;
    state.awaitDrainWriters = new Set(state.awaitDrainWriters ? [state.awaitDrainWriters] : []);
  }
  state.pipes.push(dest);
  const ends = options?.end !== false && !dest._isStdio;
  const atEnd = ends ? () => dest.end() : unpipe;
  if (state.endEmitted) nextTick(atEnd);
  else source.once("end", atEnd);

  let ondrain, stopped = false;
  dest.on("unpipe", onUnpipe);
  function onUnpipe(readable, info) {
    if (readable !== source || !info || info.hasUnpiped) return;
    info.hasUnpiped = true;
    stopped = true;
    dest.removeListener("close", onClose);
    dest.removeListener("finish", onFinish);
    if (ondrain) dest.removeListener("drain", ondrain);
    dest.removeListener("error", onError);
    dest.removeListener("unpipe", onUnpipe);
    source.removeListener("end", atEnd);
    source.removeListener("end", unpipe);
    source.removeListener("data", onData);
    // It waited for a drain of this one that nobody hears any more.
    if (ondrain && state.awaitDrainWriters && (!dest._writableState || dest._writableState.needDrain)) ondrain();
  }
  function wait() {
    if (!stopped) {
      if (state.pipes.length === 1 && state.pipes[0] === dest) {
        state.awaitDrainWriters = dest;
        state.multiAwaitDrain = false;
      } else if (state.pipes.length > 1 && state.pipes.includes(dest)) {
        state.awaitDrainWriters.add(dest);
      }
      source.pause();
    }
    if (!ondrain) {
      ondrain = onDrainOf(source, dest);
      dest.on("drain", ondrain);
    }
  }
  function onData(chunk) {
    if (dest.write(chunk) === false) wait();
  }
  function onError(error) {
    unpipe();
    dest.removeListener("error", onError);
    if (dest.listenerCount("error") > 0) return;
    const s = dest._writableState ?? dest._readableState;
    if (s && !s.errorEmitted) errorOrDestroy(dest, error);
    else dest.emit("error", error);
  }
  function onClose() {
    dest.removeListener("finish", onFinish);
    unpipe();
  }
  function onFinish() {
    dest.removeListener("close", onClose);
    unpipe();
  }
  function unpipe() {
    source.unpipe(dest);
  }
  source.on("data", onData);
  prepend(dest, "error", onError);
  dest.once("close", onClose);
  dest.once("finish", onFinish);
  dest.emit("pipe", source);
  if (dest.writableNeedDrain === true) wait();
  else if (!state.flowing) source.resume();
  return dest;
};

function onDrainOf(source, dest) {
  return () => {
    const state = source._readableState;
    if (state.awaitDrainWriters === dest) state.awaitDrainWriters = null;
    else if (state.multiAwaitDrain) state.awaitDrainWriters.delete(dest);
    if ((!state.awaitDrainWriters || state.awaitDrainWriters.size === 0) && source.listenerCount("data")) source.resume();
  };
}

Readable.prototype.unpipe = function unpipe(dest) {
  const state = this._readableState;
  if (state.pipes.length === 0) return this;
  if (!dest) {
    const all = state.pipes;
    state.pipes = [];
    this.pause();
    for (const one of all) one.emit("unpipe", this, { hasUnpiped: false });
    return this;
  }
  const at = state.pipes.indexOf(dest);
  if (at === -1) return this;
  state.pipes.splice(at, 1);
  if (state.pipes.length === 0) this.pause();
  dest.emit("unpipe", this, { hasUnpiped: false });
  return this;
};

Readable.prototype.on = function on(event, fn) {
  const ret = Stream.prototype.on.call(this, event, fn);
  const state = this._readableState;
  if (event === "data") {
    state.readableListening = this.listenerCount("readable") > 0;
    if (state.flowing !== false) this.resume();
  } else if (event === "readable" && !state.endEmitted && !state.readableListening) {
    state.readableListening = state.needReadable = true;
    state.flowing = false;
    state.emittedReadable = false;
    if (state.length) emitReadable(this);
    else if (!state.reading) nextTick(readNothing, this);
  }
  return ret;
};
Readable.prototype.addListener = Readable.prototype.on;

function readNothing(stream) {
  stream.read(0);
}

Readable.prototype.removeListener = function removeListener(event, fn) {
  const ret = Stream.prototype.removeListener.call(this, event, fn);
  if (event === "readable") nextTick(updateListening, this);
  return ret;
};
Readable.prototype.off = Readable.prototype.removeListener;

Readable.prototype.removeAllListeners = function removeAllListeners(event) {
  const ret = Stream.prototype.removeAllListeners.apply(this, arguments);
  if (event === "readable" || event === undefined) nextTick(updateListening, this);
  return ret;
};

function updateListening(stream) {
  const state = stream._readableState;
  state.readableListening = stream.listenerCount("readable") > 0;
  if (state.resumeScheduled && state[kPaused] === false) state.flowing = true;
  else if (stream.listenerCount("data") > 0) stream.resume();
  else if (!state.readableListening) state.flowing = null;
}

Readable.prototype.resume = function resume() {
  const state = this._readableState;
  if (!state.flowing) {
    state.flowing = !state.readableListening;
    if (!state.resumeScheduled) {
      state.resumeScheduled = true;
      nextTick(resumeNow, this, state);
    }
  }
  state[kPaused] = false;
  return this;
};

function resumeNow(stream, state) {
  if (!state.reading) stream.read(0);
  state.resumeScheduled = false;
  stream.emit("resume");
  flow(stream);
  if (state.flowing && !state.reading) stream.read(0);
}

Readable.prototype.pause = function pause() {
  const state = this._readableState;
  if (state.flowing !== false) {
    state.flowing = false;
    this.emit("pause");
  }
  state[kPaused] = true;
  return this;
};

function flow(stream) {
  const state = stream._readableState;
  while (state.flowing && stream.read() !== null);
}

// An old-style stream as a Readable.
Readable.prototype.wrap = function wrap(stream) {
  let paused = false;
  stream.on("data", (chunk) => {
    if (!this.push(chunk) && stream.pause) {
      paused = true;
      stream.pause();
    }
  });
  stream.on("end", () => this.push(null));
  stream.on("error", (error) => errorOrDestroy(this, error));
  stream.on("close", () => this.destroy());
  stream.on("destroy", () => this.destroy());
  this._read = () => {
    if (paused && stream.resume) {
      paused = false;
      stream.resume();
    }
  };
  for (const key of Object.keys(stream))
    if (this[key] === undefined && typeof stream[key] === "function") this[key] = stream[key].bind(stream);
  return this;
};

// ---- As an async iterator

Readable.prototype[Symbol.asyncIterator] = function () {
  return iterate(this);
};

Readable.prototype.iterator = function iterator(options) {
  if (options !== undefined) internal.load("node/errors").validateObject(options, "options");
  return iterate(this, options);
};

function iterate(stream, options) {
  if (typeof stream.read !== "function") stream = Readable.wrap(stream, { objectMode: true });
  const iterator = readChunks(stream, options);
  iterator.stream = stream;
  return iterator;
}

async function* readChunks(stream, options) {
  let wake = nop;
  function next(resolve) {
    if (this === stream) {
      wake();
      wake = nop;
    } else {
      wake = resolve;
    }
  }
  stream.on("readable", next);
  let error;
  const stop = internal.load("node/stream_end").eos(stream, { writable: false }, (e) => {
    error = e ?? null; // undefined: not ended yet
    wake();
    wake = nop;
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) yield chunk;
      else if (error) throw error;
      else if (error === null) return;
      else await new Promise(next);
    }
  } catch (e) {
    error = internal.load("node/codes").aggregateTwoErrors(error, e);
    throw error;
  } finally {
    if ((error || options?.destroyOnReturn !== false) && (error === undefined || stream._readableState.autoDestroy)) {
      base.destroyer(stream, null);
    } else {
      stream.off("readable", next);
      stop();
    }
  }
}

const state = (name) => ({ __proto__: null, enumerable: false, get() { return this._readableState && this._readableState[name]; } });
Object.defineProperties(Readable.prototype, {
  readable: {
    __proto__: null,
    get() {
      const r = this._readableState;
      return !!r && r.readable !== false && !r.destroyed && !r.errorEmitted && !r.endEmitted;
    },
    set(value) {
      if (this._readableState) this._readableState.readable = !!value;
    },
  },
  readableDidRead: state("dataEmitted"),
  readableAborted: {
    __proto__: null,
    enumerable: false,
    get() {
      const r = this._readableState;
      return !!(r && r.readable !== false && (r.destroyed || r.errored) && !r.endEmitted);
    },
  },
  readableHighWaterMark: state("highWaterMark"),
  readableBuffer: state("buffer"),
  readableFlowing: {
    __proto__: null,
    enumerable: false,
    get() {
      return this._readableState.flowing;
    },
    set(value) {
      if (this._readableState) this._readableState.flowing = value;
    },
  },
  readableLength: state("length"),
  readableObjectMode: { __proto__: null, enumerable: false, get() { return this._readableState ? this._readableState.objectMode : false; } },
  readableEncoding: { __proto__: null, enumerable: false, get() { return this._readableState ? this._readableState.encoding : null; } },
  errored: { __proto__: null, enumerable: false, get() { return this._readableState ? this._readableState.errored : null; } },
  closed: { __proto__: null, get() { return this._readableState ? this._readableState.closed : false; } },
  destroyed: {
    __proto__: null,
    enumerable: false,
    get() {
      return this._readableState ? this._readableState.destroyed : false;
    },
    set(value) {
      if (this._readableState) this._readableState.destroyed = value;
    },
  },
  readableEnded: { __proto__: null, enumerable: false, get() { return this._readableState ? this._readableState.endEmitted : false; } },
});

Readable.prototype[Symbol.asyncDispose] = function () {
  let error = null;
  if (!this.destroyed) {
    error = this.readableEnded ? null : new AbortError();
    this.destroy(error);
  }
  return new Promise((resolve, reject) =>
    internal.load("node/stream_end").eos(this, (e) => (e && e !== error ? reject(e) : resolve(null))));
};

Readable._fromList = take;
Readable.from = (iterable, options) => internal.load("node/stream_from").from(Readable, iterable, options);
Readable.fromWeb = (stream, options) => internal.load("node/stream_adapters").readableFromWeb(stream, options);
Readable.toWeb = (stream, options) => internal.load("node/stream_adapters").readableToWeb(stream, options);
Readable.wrap = (source, options) =>
  new Readable({
    objectMode: source.readableObjectMode ?? source.objectMode ?? true,
    ...options,
    destroy(error, callback) {
      base.destroyer(source, error);
      callback(error);
    },
  }).wrap(source);

return { Readable, ReadableState, init, started };
