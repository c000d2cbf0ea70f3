// node:stream Duplex, Transform, PassThrough, duplexPair.
const base = internal.load("node/stream_base");
const readable = internal.load("node/stream_readable");
const writable = internal.load("node/stream_writable");
const { Stream } = base;
const { Readable } = readable;
const { Writable } = writable;
const { codes } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");

// ---- Duplex: a Readable by prototype, with all that Writable has.

function Duplex(options) {
  if (!(this instanceof Duplex)) return new Duplex(options);
  readable.init(this, options, true);
  writable.init(this, options, true);
  this.allowHalfOpen = true;
  if (options) {
    this.allowHalfOpen = options.allowHalfOpen !== false;
    if (options.readable === false) {
      const r = this._readableState;
      r.readable = false;
      r.ended = r.endEmitted = true;
    }
    if (options.writable === false) {
      const w = this._writableState;
      w.writable = false;
      w.ending = w.ended = w.finished = true;
    }
    if (typeof options.read === "function") this._read = options.read;
    writable.takeMethods(this, options);
  }
  Stream.call(this, options);
  readable.started(this, options);
  writable.started(this, options);
}
Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
Object.setPrototypeOf(Duplex, Readable);
for (const key of Reflect.ownKeys(Writable.prototype)) {
  if (key === "constructor" || key in Duplex.prototype && typeof key === "symbol") continue;
  if (["pipe", "closed", "destroyed", "errored", "_undestroy", "_destroy"].includes(key)) continue;
  Object.defineProperty(Duplex.prototype, key, Object.getOwnPropertyDescriptor(Writable.prototype, key));
}
const bothHave = (name) => ({
  __proto__: null,
  enumerable: false,
  configurable: true,
  get() {
    return !!this._readableState && !!this._writableState && this._readableState[name] && this._writableState[name];
  },
});
Object.defineProperties(Duplex.prototype, {
  closed: bothHave("closed"),
  errored: { __proto__: null, configurable: true, get() { return this._readableState?.errored ?? this._writableState?.errored ?? null; } },
  destroyed: {
    ...bothHave("destroyed"),
    set(value) {
      if (this._readableState && this._writableState) this._readableState.destroyed = this._writableState.destroyed = value;
    },
  },
});

Duplex.from = (body) => internal.load("node/stream_from").duplexFrom(body, "body");
Duplex.fromWeb = (pair, options) => internal.load("node/stream_adapters").duplexFromWeb(pair, options);
Duplex.toWeb = (duplex, options) => internal.load("node/stream_adapters").duplexToWeb(duplex, options);

// ---- Transform

const kCallback = Symbol("kCallback");

function Transform(options) {
  if (!(this instanceof Transform)) return new Transform(options);
  // With a readable mark of 0 a Transform would stop for ever once its writable side is full: it moves into the writable one.
  const mark = options ? base.highWaterMarkOf(options, "readableHighWaterMark", true, !!(options.objectMode || options.readableObjectMode)) : null;
  if (mark === 0)
    options = { ...options, highWaterMark: null, readableHighWaterMark: mark, writableHighWaterMark: options.writableHighWaterMark || 0 };
  Duplex.call(this, options);
  this._readableState.sync = false; // nothing is there before a first write
  this[kCallback] = null;
  if (options) {
    if (typeof options.transform === "function") this._transform = options.transform;
    if (typeof options.flush === "function") this._flush = options.flush;
  }
  this.on("prefinish", onPrefinish);
}
Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function runFlush(callback) {
  const over = (error, data) => {
    if (error) {
      if (callback) callback(error);
      else this.destroy(error);
      return;
    }
    if (data != null) this.push(data);
    this.push(null);
    if (callback) callback();
  };
  if (typeof this._flush === "function" && !this.destroyed) this._flush(over);
  else over();
}

function onPrefinish() {
  if (this._final !== runFlush) runFlush.call(this);
}

Transform.prototype._final = runFlush;

Transform.prototype._transform = function () {
  throw new codes.ERR_METHOD_NOT_IMPLEMENTED("_transform()");
};

Transform.prototype._write = function (chunk, encoding, callback) {
  const r = this._readableState, w = this._writableState, before = r.length;
  this._transform(chunk, encoding, (error, value) => {
    if (error) return callback(error);
    if (value != null) this.push(value);
    if (w.ended || before === r.length || r.length < r.highWaterMark) callback();
    else this[kCallback] = callback; // _read() will go on
  });
};

Transform.prototype._read = function () {
  const callback = this[kCallback];
  if (!callback) return;
  this[kCallback] = null;
  callback();
};

function PassThrough(options) {
  if (!(this instanceof PassThrough)) return new PassThrough(options);
  Transform.call(this, options);
}
Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
Object.setPrototypeOf(PassThrough, Transform);
PassThrough.prototype._transform = function (chunk, encoding, callback) {
  callback(null, chunk);
};

// ---- Two ends of one pipe

const kOther = Symbol("kOtherSide");

class DuplexSide extends Duplex {
  #callback = null;
  [kOther] = null;

  _read() {
    const callback = this.#callback;
    if (!callback) return;
    this.#callback = null;
    callback();
  }

  _take(chunk, callback) {
    if (chunk === null || chunk.length === 0) {
      nextTick(callback);
      if (chunk === null) this.push(null);
      return;
    }
    this.push(chunk);
    this.#callback = callback;
  }

  _write(chunk, encoding, callback) {
    this[kOther]._take(chunk, callback);
  }

  _final(callback) {
    this[kOther].on("end", callback);
    this[kOther].push(null);
  }

  _destroy(error, callback) {
    const other = this[kOther];
    if (other !== null && !other.destroyed) {
      nextTick(() => {
        if (error) other.destroy(error);
        else if (!other.readableEnded && !other._readableState.ended) other.push(null);
      });
    }
    callback(error);
  }
}

function duplexPair(options) {
  const a = new DuplexSide(options), b = new DuplexSide(options);
  a[kOther] = b;
  b[kOther] = a;
  return [a, b];
}

return { Duplex, Transform, PassThrough, duplexPair };
