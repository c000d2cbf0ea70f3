// node:stream Readable.from() and Duplex.from(): streams out of whatever yields values.
const base = internal.load("node/stream_base");
const { eos } = internal.load("node/stream_end");
const { Buffer } = internal.load("node/buffer");
const { codes, AbortError } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_RETURN_VALUE, ERR_STREAM_NULL_VALUES } = codes;
const { isNode, isReadableNode, isWritableNode, isDuplexNode, isReadableStream, isWritableStream } = base;

const isBlob = (v) => typeof v === "object" && v !== null && internal.load("form").isBlob(v);

function from(Readable, iterable, options) {
  if (typeof iterable === "string" || iterable instanceof Buffer) {
    return new Readable({
      objectMode: true,
      ...options,
      read() {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  let iterator, isAsync;
  if (iterable?.[Symbol.asyncIterator]) {
    isAsync = true;
    iterator = iterable[Symbol.asyncIterator]();
  } else if (iterable?.[Symbol.iterator]) {
    isAsync = false;
    iterator = iterable[Symbol.iterator]();
  } else {
    throw new ERR_INVALID_ARG_TYPE("iterable", ["Iterable"], iterable);
  }
  const readable = new Readable({ objectMode: true, highWaterMark: 1, ...options });
  let reading = false, started = false;
  readable._read = () => {
    if (reading) return;
    reading = started = true;
    if (isAsync) nextAsync();
    else nextSync();
  };
  readable._destroy = (error, callback) => {
    close(error).then(() => nextTick(callback, error), (e) => nextTick(callback, e || error));
  };
  async function close(error) {
    const failed = error !== undefined && error !== null;
    if (failed && typeof iterator.throw === "function") {
      const { value, done } = await iterator.throw(error);
      await value;
      if (done) return;
    }
    if (typeof iterator.return === "function") {
      const { value } = await iterator.return();
      await value;
    }
  }
  // Whether more may be read now.
  function give(value) {
    if (value === null) {
      reading = false;
      throw new ERR_STREAM_NULL_VALUES();
    }
    if (readable.push(value)) return true;
    reading = false;
    return false;
  }
  // A sync iterator is read without a promise between two values, until one of them is a promise.
  function nextSync() {
    for (;;) {
      try {
        const { value, done } = iterator.next();
        if (done) return void readable.push(null);
        if (typeof value?.then === "function") return void nextPromise(value);
        if (!give(value)) return;
      } catch (error) {
        return void readable.destroy(error);
      }
    }
  }
  async function nextPromise(promise) {
    try {
      if (give(await promise)) nextSync();
    } catch (error) {
      readable.destroy(error);
    }
  }
  async function nextAsync() {
    for (;;) {
      try {
        const { value, done } = await iterator.next();
        if (done) return void readable.push(null);
        if (!give(value)) return;
      } catch (error) {
        return void readable.destroy(error);
      }
    }
  }
  return readable;
}

// ---- Duplex.from()

function duplexFrom(body, name) {
  const { Duplex } = internal.load("node/stream_duplex");
  const { Readable } = internal.load("node/stream_readable");
  const { Writable } = internal.load("node/stream_writable");
  if (isDuplexNode(body)) return body;
  if (isReadableNode(body)) return pair({ readable: body });
  if (isWritableNode(body)) return pair({ writable: body });
  if (isNode(body)) return pair({ writable: false, readable: false });
  if (isReadableStream(body)) return pair({ readable: Readable.fromWeb(body) });
  if (isWritableStream(body)) return pair({ writable: Writable.fromWeb(body) });
  if (typeof body === "function") return fromFunction(Duplex, body, name);
  if (isBlob(body)) return duplexFrom(body.arrayBuffer());
  if (base.isIterable(body)) return from(Duplex, body, { objectMode: true, writable: false });
  if (isReadableStream(body?.readable) && isWritableStream(body?.writable)) return Duplex.fromWeb(body);
  if (typeof body?.writable === "object" || typeof body?.readable === "object") {
    const half = (side, is) => (side ? (is(side) ? side : duplexFrom(side)) : undefined);
    return pair({ readable: half(body.readable, isReadableNode), writable: half(body.writable, isWritableNode) });
  }
  if (typeof body?.then === "function") return fromPromise(Duplex, body);
  throw new ERR_INVALID_ARG_TYPE(name, ["Blob", "ReadableStream", "WritableStream", "Stream", "Iterable", "AsyncIterable", "Function",
                                        "{ readable, writable } pair", "Promise"], body);
}

function fromPromise(Duplex, promise) {
  const d = new Duplex({ objectMode: true, writable: false, read() {} });
  promise.then((value) => {
    if (value != null) d.push(value);
    d.push(null);
  }, (error) => d.destroy(error));
  return d;
}

// fn(asyncGenerator of what is written, { signal }) -> iterable or promise
function fromFunction(Duplex, fn, name) {
  const ac = new AbortController();
  let { promise, resolve } = Promise.withResolvers();
  async function* written() {
    for (;;) {
      const current = promise;
      promise = null;
      const { chunk, done, callback } = await current;
      nextTick(callback);
      if (done) return;
      if (ac.signal.aborted) throw new AbortError(undefined, { cause: ac.signal.reason });
      ({ promise, resolve } = Promise.withResolvers());
      yield chunk;
    }
  }
  const write = (chunk, encoding, callback) => {
    const give = resolve;
    resolve = null;
    give({ chunk, done: false, callback });
  };
  const destroy = (error, callback) => {
    ac.abort();
    callback(error);
  };
  const value = fn(written(), { signal: ac.signal });
  const final = (callback) => {
    const give = resolve;
    resolve = null;
    give({ done: true, callback });
  };
  if (base.isIterable(value)) {
    const d = from(Duplex, value, { objectMode: true, write, final });
    const inner = d._destroy;
    d._destroy = (error, callback) => destroy(error, () => inner.call(d, error, callback));
    return d;
  }
  if (typeof value?.then === "function") {
    let d;
    const settled = value.then((v) => {
      if (v != null) throw new ERR_INVALID_RETURN_VALUE("nully", "body", v);
    }, (error) => base.destroyer(d, error));
    return (d = new Duplex({
      objectMode: true,
      readable: false,
      write,
      final(callback) {
        final(async () => {
          try {
            await settled;
            nextTick(callback, null);
          } catch (error) {
            nextTick(callback, error);
          }
        });
      },
      destroy,
    }));
  }
  throw new ERR_INVALID_RETURN_VALUE("Iterable, AsyncIterable or AsyncFunction", name, value);
}

// One Duplex over two streams.
function pair({ readable: readableSide, writable: w }) {
  const { Duplex } = internal.load("node/stream_duplex");
  const { Readable } = internal.load("node/stream_readable");
  const r = readableSide && typeof readableSide.read !== "function" ? Readable.wrap(readableSide) : readableSide;
  let readable = !!base.isReadable(r), writable = !!base.isWritable(w);
  let ondrain, onfinish, onreadable, onclose;
  const over = (error) => {
    const fn = onclose;
    onclose = null;
    if (fn) fn(error);
    else if (error) d.destroy(error);
  };
  const d = new Duplex({
    readableObjectMode: !!r?.readableObjectMode, writableObjectMode: !!w?.writableObjectMode, readable, writable,
  });
  if (writable) {
    eos(w, (error) => {
      writable = false;
      if (error) base.destroyer(r, error);
      over(error);
    });
    d._write = (chunk, encoding, callback) => {
      if (w.write(chunk, encoding)) callback();
      else ondrain = callback;
    };
    d._final = (callback) => {
      w.end();
      onfinish = callback;
    };
    w.on("drain", () => {
      const fn = ondrain;
      ondrain = null;
      fn?.();
    });
    w.on("finish", () => {
      const fn = onfinish;
      onfinish = null;
      fn?.();
    });
  }
  if (readable) {
    eos(r, (error) => {
      readable = false;
      if (error) base.destroyer(r, error);
      over(error);
    });
    r.on("readable", () => {
      const fn = onreadable;
      onreadable = null;
      fn?.();
    });
    r.on("end", () => d.push(null));
    d._read = () => {
      for (;;) {
        const chunk = r.read();
        if (chunk === null) {
          onreadable = d._read;
          return;
        }
        if (!d.push(chunk)) return;
      }
    };
  }
  d._destroy = (error, callback) => {
    if (!error && onclose !== null) error = new AbortError();
    onreadable = ondrain = onfinish = null;
    if (onclose === null) {
      callback(error);
    } else {
      onclose = callback;
      base.destroyer(w, error);
      base.destroyer(r, error);
    }
  };
  return d;
}

return { from, duplexFrom };
