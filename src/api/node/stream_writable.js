// node:stream Writable.
const base = internal.load("node/stream_base");
const { Stream, errorOrDestroy } = base;
const { EventEmitter } = internal.load("node/events");
const { Buffer } = internal.load("node/buffer");
const { codes, AbortError } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");

const { ERR_INVALID_ARG_TYPE, ERR_METHOD_NOT_IMPLEMENTED, ERR_MULTIPLE_CALLBACK, ERR_STREAM_ALREADY_FINISHED, ERR_STREAM_CANNOT_PIPE,
        ERR_STREAM_DESTROYED, ERR_STREAM_NULL_VALUES, ERR_STREAM_WRITE_AFTER_END, ERR_UNKNOWN_ENCODING } = codes;
const nop = () => {};
const kOnFinished = Symbol("kOnFinished");

class WritableState {
  constructor(options, stream, isDuplex) {
    this.objectMode = !!(options?.objectMode || (isDuplex && options?.writableObjectMode));
    this.highWaterMark = base.highWaterMarkOf(options, "writableHighWaterMark", isDuplex, this.objectMode);
    this.finalCalled = false;
    this.needDrain = false; // write() has said false
    this.ending = false; // end() was called
    this.ended = false; // and has returned
    this.finished = false; // "finish" was emitted
    this.destroyed = false;
    this.decodeStrings = options?.decodeStrings !== false;
    this.defaultEncoding = options?.defaultEncoding || "utf8";
    this.length = 0; // waiting, with what _write() has now
    this.writing = false; // _write() has not called back
    this.corked = 0;
    this.sync = true; // inside _write()
    this.bufferProcessing = false;
    this.onwrite = (error) => onWrite(stream, error);
    this.writecb = null;
    this.writelen = 0;
    this.afterWriteTickInfo = null;
    this.pendingcb = 0; // callbacks that must run before "finish"
    this.constructed = true;
    this.prefinished = false;
    this.errorEmitted = false;
    this.emitClose = options?.emitClose !== false;
    this.autoDestroy = options?.autoDestroy !== false;
    this.errored = null;
    this.closed = false;
    this.closeEmitted = false;
    this[kOnFinished] = [];
    this.clear();
  }

  clear() {
    this.buffered = [];
    this.bufferedIndex = 0;
    this.allBuffers = true;
    this.allNoop = true;
  }

  getBuffer() {
    return this.buffered.slice(this.bufferedIndex);
  }

  get bufferedRequestCount() {
    return this.buffered.length - this.bufferedIndex;
  }
}

function Writable(options) {
  // A Duplex is no instance by its prototypes: its own constructor does this part.
  if (!Object.prototype.isPrototypeOf.call(Writable.prototype, this) && !(this instanceof Writable)) return new Writable(options);
  init(this, options, false);
  if (options) takeMethods(this, options);
  Stream.call(this, options);
  started(this, options);
}
Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);
Writable.WritableState = WritableState;

function init(stream, options, isDuplex) {
  stream._writableState = new WritableState(options, stream, isDuplex);
}

function takeMethods(stream, options) {
  if (typeof options.write === "function") stream._write = options.write;
  if (typeof options.writev === "function") stream._writev = options.writev;
  if (typeof options.destroy === "function") stream._destroy = options.destroy;
  if (typeof options.final === "function") stream._final = options.final;
  if (typeof options.construct === "function") stream._construct = options.construct;
}

function started(stream, options) {
  if (options?.signal) internal.load("node/stream_end").addAbortSignal(options.signal, stream);
  base.construct(stream, () => {
    const state = stream._writableState;
    if (!state.writing) clearBuffer(stream, state);
    finishMaybe(stream, state);
  });
}

Object.defineProperty(Writable, Symbol.hasInstance, {
  __proto__: null,
  value(object) {
    if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
    return this === Writable && !!object && object._writableState instanceof WritableState;
  },
});

Writable.prototype.pipe = function pipe() {
  errorOrDestroy(this, new ERR_STREAM_CANNOT_PIPE());
};

// ---- write()

// true or false as write() says, or an Error.
function write(stream, chunk, encoding, callback) {
  const state = stream._writableState;
  if (typeof callback !== "function") callback = nop;
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  if (!state.objectMode) {
    if (!encoding) encoding = state.defaultEncoding;
    else if (encoding !== "buffer" && !Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding);
    if (typeof chunk === "string") {
      if (state.decodeStrings) {
        chunk = Buffer.from(chunk, encoding);
        encoding = "buffer";
      }
    } else if (chunk instanceof Buffer) {
      encoding = "buffer";
    } else if (ArrayBuffer.isView(chunk)) {
      chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      encoding = "buffer";
    } else {
      throw new ERR_INVALID_ARG_TYPE("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
    }
  }
  const error = state.ending ? new ERR_STREAM_WRITE_AFTER_END() : state.destroyed ? new ERR_STREAM_DESTROYED("write") : null;
  if (error) {
    nextTick(callback, error);
    errorOrDestroy(stream, error, true);
    return error;
  }
  state.pendingcb++;
  return writeOrKeep(stream, state, chunk, encoding, callback);
}

function writeOrKeep(stream, state, chunk, encoding, callback) {
  state.length += state.objectMode ? 1 : chunk.length;
  const ret = state.length < state.highWaterMark;
  if (!ret) state.needDrain = true;
  if (state.writing || state.corked || state.errored || !state.constructed) {
    state.buffered.push({ chunk, encoding, callback });
    if (encoding !== "buffer") state.allBuffers = false;
    if (callback !== nop) state.allNoop = false;
  } else {
    pass(stream, state, false, state.objectMode ? 1 : chunk.length, chunk, encoding, callback);
  }
  return ret && !state.errored && !state.destroyed;
}

// To the implementation.
function pass(stream, state, many, length, chunk, encoding, callback) {
  state.writelen = length;
  state.writecb = callback;
  state.writing = true;
  state.sync = true;
  if (state.destroyed) state.onwrite(new ERR_STREAM_DESTROYED("write"));
  else if (many) stream._writev(chunk, state.onwrite);
  else stream._write(chunk, encoding, state.onwrite);
  state.sync = false;
}

Writable.prototype.write = function (chunk, encoding, callback) {
  if (chunk != null && typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  return write(this, chunk, encoding, callback) === true;
};

Writable.prototype._write = function (chunk, encoding, callback) {
  if (!this._writev) throw new ERR_METHOD_NOT_IMPLEMENTED("_write()");
  this._writev([{ chunk, encoding }], callback);
};
Writable.prototype._writev = null;

Writable.prototype.cork = function () {
  this._writableState.corked++;
};

Writable.prototype.uncork = function () {
  const state = this._writableState;
  if (!state.corked) return;
  state.corked--;
  if (!state.writing) clearBuffer(this, state);
};

Writable.prototype.setDefaultEncoding = function setDefaultEncoding(encoding) {
  if (typeof encoding === "string") encoding = encoding.toLowerCase();
  if (!Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding);
  this._writableState.defaultEncoding = encoding;
  return this;
};

// ---- What _write() calls when it is done

function onWrite(stream, error) {
  const state = stream._writableState;
  const { sync, writecb } = state;
  if (typeof writecb !== "function") return errorOrDestroy(stream, new ERR_MULTIPLE_CALLBACK());
  state.writing = false;
  state.writecb = null;
  state.length -= state.writelen;
  state.writelen = 0;
  if (error) {
    void error.stack;
    if (!state.errored) state.errored = error;
    if (stream._readableState && !stream._readableState.errored) stream._readableState.errored = error;
    if (sync) nextTick(onWriteError, stream, state, error, writecb);
    else onWriteError(stream, state, error, writecb);
    return;
  }
  if (state.buffered.length > state.bufferedIndex) clearBuffer(stream, state);
  if (!sync) return afterWrite(stream, state, 1, writecb);
  // Many writes that end at once share a tick.
  if (state.afterWriteTickInfo !== null && state.afterWriteTickInfo.callback === writecb) {
    state.afterWriteTickInfo.count++;
  } else {
    state.afterWriteTickInfo = { count: 1, callback: writecb, stream, state };
    nextTick(afterWriteTick, state.afterWriteTickInfo);
  }
}

function onWriteError(stream, state, error, callback) {
  state.pendingcb--;
  callback(error);
  failBuffer(state);
  errorOrDestroy(stream, error);
}

function afterWriteTick({ stream, state, count, callback }) {
  state.afterWriteTickInfo = null;
  afterWrite(stream, state, count, callback);
}

function afterWrite(stream, state, count, callback) {
  if (!state.ending && !stream.destroyed && state.length === 0 && state.needDrain) {
    state.needDrain = false;
    stream.emit("drain");
  }
  while (count-- > 0) {
    state.pendingcb--;
    callback(null);
  }
  if (state.destroyed) failBuffer(state);
  finishMaybe(stream, state);
}

// Nobody will write these any more.
function failBuffer(state) {
  if (state.writing) return;
  for (let i = state.bufferedIndex; i < state.buffered.length; i++) {
    const { chunk, callback } = state.buffered[i];
    state.length -= state.objectMode ? 1 : chunk.length;
    callback(state.errored ?? new ERR_STREAM_DESTROYED("write"));
  }
  const waiting = state[kOnFinished].splice(0);
  for (const callback of waiting) callback(state.errored ?? new ERR_STREAM_DESTROYED("end"));
  state.clear();
}

function clearBuffer(stream, state) {
  if (state.corked || state.bufferProcessing || state.destroyed || !state.constructed) return;
  const { buffered, objectMode } = state;
  let i = state.bufferedIndex;
  const count = buffered.length - i;
  if (count === 0) return;
  state.bufferProcessing = true;
  if (count > 1 && stream._writev) {
    state.pendingcb -= count - 1;
    const callback = state.allNoop ? nop : (error) => {
      for (let n = i; n < buffered.length; n++) buffered[n].callback(error);
    };
    const chunks = state.allNoop && i === 0 ? buffered : buffered.slice(i);
    chunks.allBuffers = state.allBuffers;
    pass(stream, state, true, state.length, chunks, "", callback);
    state.clear();
  } else {
    do {
      const { chunk, encoding, callback } = buffered[i];
      buffered[i++] = null;
      pass(stream, state, false, objectMode ? 1 : chunk.length, chunk, encoding, callback);
    } while (i < buffered.length && !state.writing);
    if (i === buffered.length) {
      state.clear();
    } else if (i > 256) {
      buffered.splice(0, i);
      state.bufferedIndex = 0;
    } else {
      state.bufferedIndex = i;
    }
  }
  state.bufferProcessing = false;
}

// ---- end()

Writable.prototype.end = function (chunk, encoding, callback) {
  const state = this._writableState;
  if (typeof chunk === "function") {
    callback = chunk;
    chunk = encoding = null;
  } else if (typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  let error;
  if (chunk != null) {
    const ret = write(this, chunk, encoding);
    if (ret instanceof Error) error = ret;
  }
  if (state.corked) {
    state.corked = 1;
    this.uncork();
  }
  if (error) {
    // it was reported
  } else if (!state.errored && !state.ending) {
    // end() of a stream that failed is no error of its own
    state.ending = true;
    finishMaybe(this, state, true);
    state.ended = true;
  } else if (state.finished) {
    error = new ERR_STREAM_ALREADY_FINISHED("end");
  } else if (state.destroyed) {
    error = new ERR_STREAM_DESTROYED("end");
  }
  if (typeof callback === "function") {
    if (error) nextTick(callback, error);
    else if (state.finished) nextTick(callback);
    else if (state.errored) nextTick(callback, state.errored);
    else state[kOnFinished].push(callback);
  }
  return this;
};

function mayFinish(state) {
  return state.ending && !state.destroyed && state.constructed && state.length === 0 && !state.errored && state.buffered.length === 0 &&
    !state.finished && !state.writing && !state.errorEmitted && !state.closeEmitted;
}

function runFinal(stream, state) {
  let called = false;
  const done = (error) => {
    if (called) return errorOrDestroy(stream, error ?? new ERR_MULTIPLE_CALLBACK());
    called = true;
    state.pendingcb--;
    if (error) {
      for (const callback of state[kOnFinished].splice(0)) callback(error);
      errorOrDestroy(stream, error, state.sync);
    } else if (mayFinish(state)) {
      state.prefinished = true;
      stream.emit("prefinish");
      state.pendingcb++; // nothing else finishes it meanwhile
      nextTick(finish, stream, state);
    }
  };
  state.sync = true;
  state.pendingcb++;
  try {
    stream._final(done);
  } catch (error) {
    done(error);
  }
  state.sync = false;
}

function prefinish(stream, state) {
  if (state.prefinished || state.finalCalled) return;
  if (typeof stream._final === "function" && !state.destroyed) {
    state.finalCalled = true;
    runFinal(stream, state);
  } else {
    state.prefinished = true;
    stream.emit("prefinish");
  }
}

function finishMaybe(stream, state, sync) {
  if (!mayFinish(state)) return;
  prefinish(stream, state);
  if (state.pendingcb !== 0) return;
  if (sync) {
    state.pendingcb++;
    nextTick(finishLater, stream, state);
  } else if (mayFinish(state)) {
    state.pendingcb++;
    finish(stream, state);
  }
}

function finishLater(stream, state) {
  if (mayFinish(state)) finish(stream, state);
  else state.pendingcb--;
}

function finish(stream, state) {
  state.pendingcb--;
  state.finished = true;
  for (const callback of state[kOnFinished].splice(0)) callback(null);
  stream.emit("finish");
  if (!state.autoDestroy) return;
  const r = stream._readableState;
  if (!r || (r.autoDestroy && (r.endEmitted || r.readable === false))) stream.destroy();
}

// ---- Destruction

Writable.prototype.destroy = function (error, callback) {
  const state = this._writableState;
  if (!state.destroyed && (state.bufferedIndex < state.buffered.length || state[kOnFinished].length)) nextTick(failBuffer, state);
  base.destroy.call(this, error, callback);
  return this;
};
Writable.prototype._undestroy = base.undestroy;
Writable.prototype._destroy = function (error, callback) {
  callback(error);
};
Writable.prototype[EventEmitter.captureRejectionSymbol] = function (error) {
  this.destroy(error);
};

const state = (name) => ({ __proto__: null, get() { return this._writableState && this._writableState[name]; } });
Object.defineProperties(Writable.prototype, {
  closed: { __proto__: null, get() { return this._writableState ? this._writableState.closed : false; } },
  destroyed: {
    __proto__: null,
    get() {
      return this._writableState ? this._writableState.destroyed : false;
    },
    set(value) {
      if (this._writableState) this._writableState.destroyed = value;
    },
  },
  writable: {
    __proto__: null,
    get() {
      const w = this._writableState;
      return !!w && w.writable !== false && !w.destroyed && !w.errored && !w.ending && !w.ended;
    },
    set(value) {
      if (this._writableState) this._writableState.writable = !!value;
    },
  },
  writableFinished: { __proto__: null, get() { return this._writableState ? this._writableState.finished : false; } },
  writableObjectMode: { __proto__: null, get() { return this._writableState ? this._writableState.objectMode : false; } },
  writableBuffer: { __proto__: null, get() { return this._writableState && this._writableState.getBuffer(); } },
  writableEnded: { __proto__: null, get() { return this._writableState ? this._writableState.ending : false; } },
  writableNeedDrain: {
    __proto__: null,
    get() {
      const w = this._writableState;
      return !!w && !w.destroyed && !w.ending && w.needDrain;
    },
  },
  writableHighWaterMark: state("highWaterMark"),
  writableCorked: { __proto__: null, get() { return this._writableState ? this._writableState.corked : 0; } },
  writableLength: state("length"),
  errored: { __proto__: null, enumerable: false, get() { return this._writableState ? this._writableState.errored : null; } },
  writableAborted: {
    __proto__: null,
    get() {
      const w = this._writableState;
      return !!(w && w.writable !== false && (w.destroyed || w.errored) && !w.finished);
    },
  },
});

Writable.prototype[Symbol.asyncDispose] = function () {
  let error = null;
  if (!this.destroyed) {
    error = this.writableFinished ? null : new AbortError();
    this.destroy(error);
  }
  return new Promise((resolve, reject) =>
    internal.load("node/stream_end").eos(this, (e) => (e && e.name !== "AbortError" ? reject(e) : resolve(null))));
};

Writable.fromWeb = (stream, options) => internal.load("node/stream_adapters").writableFromWeb(stream, options);
Writable.toWeb = (stream) => internal.load("node/stream_adapters").writableToWeb(stream);

return { Writable, WritableState, init, takeMethods, started };
