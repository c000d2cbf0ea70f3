// Between streams of Node.js and of the web: toWeb(), fromWeb(), and what node:stream asks about streams of the web.
const base = internal.load("node/stream_base");
const { eos } = internal.load("node/stream_end");
const { codes, AbortError } = internal.load("node/codes");
const { validateObject, validateBoolean } = internal.load("node/errors");
const { Buffer } = internal.load("node/buffer");
const { nextTick } = internal.load("node/process");
const readables = () => internal.load("streams_readable");
const writables = () => internal.load("streams_writable");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_STREAM_PREMATURE_CLOSE } = codes;
const { isReadableStream, isWritableStream } = base;

const nop = () => {};
const recordOf = (stream) => (isReadableStream(stream) ? readables() : writables()).recordOf(stream);

// "open", "closed" or "errored"; "open" of what only looks like a stream.
function stateOf(stream) {
  const streams = internal.load("streams");
  if (!streams.isReadableStream(stream) && !streams.isWritableStream(stream)) return "open";
  const record = recordOf(stream), side = isReadableStream(stream) ? readables() : writables();
  if (record.state === side.ERRORED || record.state === side.ERRORING) return "errored";
  return record.state === side.CLOSED ? "closed" : "open";
}

// A promise of the stream's end, whoever has its reader.
function closedOf(stream) {
  const record = recordOf(stream), state = stateOf(stream);
  if (state === "closed") return Promise.resolve();
  if (state === "errored") return Promise.reject(record.error);
  record.watch ??= Promise.withResolvers();
  return record.watch.promise;
}

// Errors a stream from outside.
function fail(stream, error) {
  const record = recordOf(stream);
  if (isReadableStream(stream)) {
    if (record.state === readables().READABLE) record.controller.fail(error);
  } else if (record.state === writables().WRITABLE) {
    record.controller.fail(error);
  }
}

// ---- From the web

function readableFromWeb(stream, options = {}) {
  if (!isReadableStream(stream)) throw new ERR_INVALID_ARG_TYPE("readableStream", "ReadableStream", stream);
  validateObject(options, "options");
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw new ERR_INVALID_ARG_VALUE("options.encoding", encoding);
  validateBoolean(objectMode, "options.objectMode");
  const { Readable } = internal.load("node/stream_readable");
  const reader = stream.getReader();
  let closed = false;
  const readable = new Readable({
    objectMode, highWaterMark, encoding, signal,
    read() {
      reader.read().then(
        ({ done, value }) => readable.push(done ? null : value),
        (error) => readable.destroy(error),
      );
    },
    destroy(error, callback) {
      const done = () => nextTick(callback, error);
      if (closed) return done();
      reader.cancel(error).then(done, done);
    },
  });
  reader.closed.then(
    () => (closed = true),
    (error) => {
      closed = true;
      readable.destroy(error);
    },
  );
  return readable;
}

// The writable half of an object over a writer.
function writing(writer, self) {
  let closed = false;
  writer.closed.then(
    () => {
      closed = true;
      const w = self();
      if (w && !w.writableEnded) w.destroy(new ERR_STREAM_PREMATURE_CLOSE());
    },
    (error) => {
      closed = true;
      self()?.destroy(error);
    },
  );
  const after = (promise, callback) => promise.then(() => nextTick(callback), (error) => nextTick(callback, error ?? new AbortError()));
  return {
    writev(chunks, callback) {
      after(writer.ready.then(() => Promise.all(chunks.map(({ chunk }) => writer.write(chunk)))), callback);
    },
    write(chunk, encoding, callback) {
      if (typeof chunk === "string" && self().writableDecodes !== false) chunk = Buffer.from(chunk, encoding);
      after(writer.ready.then(() => writer.write(chunk)), callback);
    },
    final(callback) {
      if (closed) return nextTick(callback);
      closed = true;
      after(writer.close(), callback);
    },
    end(error) {
      if (closed) return Promise.resolve();
      closed = true;
      return (error != null ? writer.abort(error) : writer.close()).then(nop, nop);
    },
  };
}

function writableFromWeb(stream, options = {}) {
  if (!isWritableStream(stream)) throw new ERR_INVALID_ARG_TYPE("writableStream", "WritableStream", stream);
  validateObject(options, "options");
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  validateBoolean(objectMode, "options.objectMode");
  validateBoolean(decodeStrings, "options.decodeStrings");
  const { Writable } = internal.load("node/stream_writable");
  const half = writing(stream.getWriter(), () => writable);
  const writable = new Writable({
    highWaterMark, objectMode, decodeStrings, signal, writev: half.writev, final: half.final,
    write(chunk, encoding, callback) {
      half.write(decodeStrings || objectMode || typeof chunk !== "string" ? chunk : chunk, encoding, callback);
    },
    destroy(error, callback) {
      half.end(error).then(() => nextTick(callback, error));
    },
  });
  writable.writableDecodes = decodeStrings && !objectMode;
  return writable;
}

function duplexFromWeb(pair, options = {}) {
  validateObject(pair, "pair");
  const { readable: readableStream, writable: writableStream } = pair;
  if (!isReadableStream(readableStream)) throw new ERR_INVALID_ARG_TYPE("pair.readable", "ReadableStream", readableStream);
  if (!isWritableStream(writableStream)) throw new ERR_INVALID_ARG_TYPE("pair.writable", "WritableStream", writableStream);
  validateObject(options, "options");
  const { allowHalfOpen = false, objectMode = false, encoding, decodeStrings = true, highWaterMark, signal } = options;
  validateBoolean(objectMode, "options.objectMode");
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw new ERR_INVALID_ARG_VALUE("options.encoding", encoding);
  const { Duplex } = internal.load("node/stream_duplex");
  const half = writing(writableStream.getWriter(), () => duplex);
  const reader = readableStream.getReader();
  let readableClosed = false;
  const duplex = new Duplex({
    allowHalfOpen, highWaterMark, objectMode, encoding, decodeStrings, signal,
    writev: half.writev, write: half.write, final: half.final,
    read() {
      reader.read().then(({ done, value }) => duplex.push(done ? null : value), (error) => duplex.destroy(error));
    },
    destroy(error, callback) {
      const cancelled = readableClosed ? undefined : reader.cancel(error).then(nop, nop);
      Promise.all([half.end(error), cancelled]).then(() => nextTick(callback, error));
    },
  });
  duplex.writableDecodes = decodeStrings && !objectMode;
  reader.closed.then(() => (readableClosed = true), (error) => {
    readableClosed = true;
    duplex.destroy(error);
  });
  return duplex;
}

// ---- To the web

const failure = (error) => (error?.code === "ERR_STREAM_PREMATURE_CLOSE" ? new AbortError(undefined, { cause: error }) : error);

function readableToWeb(readable, options = {}) {
  if (typeof readable?._readableState !== "object" || readable._readableState === null)
    throw new ERR_INVALID_ARG_TYPE("streamReadable", "stream.Readable", readable);
  if (base.isDestroyed(readable) || !base.isReadable(readable)) {
    const empty = new ReadableStream();
    empty.cancel();
    return empty;
  }
  const { readableObjectMode: objectMode, readableHighWaterMark: highWaterMark } = readable;
  let strategy = options?.strategy;
  if (!strategy) strategy = objectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark };
  let controller, cancelled = false;
  readable.pause();
  const stop = eos(readable, (error) => {
    stop();
    readable.on("error", nop);
    if (error) return controller.error(failure(error));
    if (!cancelled) controller.close();
  });
  readable.on("data", (chunk) => {
    if (Buffer.isBuffer(chunk) && !objectMode) chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    controller.enqueue(chunk);
    if (controller.desiredSize <= 0) readable.pause();
  });
  const source = {
    start(c) {
      controller = c;
    },
    pull() {
      readable.resume();
    },
    cancel(reason) {
      cancelled = true;
      base.destroyer(readable, reason);
    },
  };
  if (options?.type === "bytes") return new ReadableStream({ ...source, type: "bytes" });
  return new ReadableStream(source, strategy);
}

function writableToWeb(writable) {
  if (typeof writable?._writableState !== "object" || writable._writableState === null)
    throw new ERR_INVALID_ARG_TYPE("streamWritable", "stream.Writable", writable);
  if (base.isDestroyed(writable) || !base.isWritable(writable)) {
    const closed = new WritableStream();
    closed.close();
    return closed;
  }
  const { writableHighWaterMark: highWaterMark, writableObjectMode } = writable;
  const strategy = writableObjectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark };
  let controller, drained, ended;
  const settle = (deferred, error) => {
    if (!deferred) return;
    if (error) deferred.reject(error);
    else deferred.resolve();
  };
  const stop = eos(writable, (error) => {
    error = failure(error);
    stop();
    writable.on("error", nop);
    if (error == null && !ended) error = new AbortError();
    settle(drained, error);
    settle(ended, error);
    drained = ended = undefined;
    if (error) controller.error(error);
  });
  writable.on("drain", () => {
    settle(drained);
    drained = undefined;
  });
  return new WritableStream({
    start(c) {
      controller = c;
    },
    write(chunk) {
      if (writable.writableNeedDrain || !writable.write(chunk)) {
        drained = Promise.withResolvers();
        return drained.promise;
      }
    },
    abort(reason) {
      base.destroyer(writable, reason);
    },
    close() {
      if (ended === undefined && !base.isWritableEnded(writable)) writable.end();
      ended = Promise.withResolvers();
      return ended.promise;
    },
  }, strategy);
}

function duplexToWeb(duplex, options = {}) {
  if (typeof duplex?._writableState !== "object" || typeof duplex?._readableState !== "object")
    throw new ERR_INVALID_ARG_TYPE("duplex", "stream.Duplex", duplex);
  if (base.isDestroyed(duplex)) {
    const readable = new ReadableStream(), writable = new WritableStream();
    writable.close();
    readable.cancel();
    return { readable, writable };
  }
  const writable = base.isWritable(duplex) ? writableToWeb(duplex) : new WritableStream();
  if (!base.isWritable(duplex)) writable.close();
  const readable = base.isReadable(duplex) ? readableToWeb(duplex, options) : new ReadableStream();
  if (!base.isReadable(duplex)) readable.cancel();
  return { readable, writable };
}

return { stateOf, closedOf, fail, readableFromWeb, writableFromWeb, duplexFromWeb, readableToWeb, writableToWeb, duplexToWeb };
