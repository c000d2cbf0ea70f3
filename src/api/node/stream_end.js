// node:stream finished() and addAbortSignal().
const base = internal.load("node/stream_base");
const { codes, AbortError } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");
const { validateAbortSignal, validateFunction, validateObject, validateBoolean } = internal.load("node/errors");
const { isNode, isReadableNode, isWritableNode, isReadableStream, isWritableStream } = base;

const nop = () => {};

// fn runs when `signal` aborts; gives a function that stops listening.
function onAborted(signal, fn) {
  signal.addEventListener("abort", fn, { once: true });
  return () => signal.removeEventListener("abort", fn);
}

// A callback that runs once, in the async context of its caller.
function once(callback) {
  let called = false;
  return function (...args) {
    if (called) return;
    called = true;
    Reflect.apply(callback, this, args);
  };
}

// callback(error?) when the stream has ended, failed or been closed too early. Gives a function that stops listening.
function eos(stream, options, callback) {
  if (arguments.length === 2) {
    callback = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    validateObject(options, "options");
  }
  validateFunction(callback, "callback");
  validateAbortSignal(options.signal, "options.signal");
  // In the AsyncLocalStorage's context of who asks, where there is one.
  callback = once(internal.frame === undefined ? callback : internal.load("node/async_hooks").AsyncResource.bind(callback));
  if (isReadableStream(stream) || isWritableStream(stream)) return eosWeb(stream, options, callback);
  if (!isNode(stream)) throw new codes.ERR_INVALID_ARG_TYPE("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  return eosNode(stream, options, callback);
}

function eosNode(stream, options, callback) {
  const readable = options.readable ?? isReadableNode(stream);
  const writable = options.writable ?? isWritableNode(stream);
  const r = stream._readableState, w = stream._writableState;
  const premature = () => callback.call(stream, new codes.ERR_STREAM_PREMATURE_CLOSE());
  // Streams that close themselves are awaited until they have: then nothing comes after the callback.
  let closes = base.willEmitClose(stream) && isReadableNode(stream) === readable && isWritableNode(stream) === writable;
  let writableDone = base.isWritableFinished(stream, false), readableDone = base.isReadableFinished(stream, false);
  let closed = base.isClosed(stream);

  const onLegacyFinish = () => {
    if (!stream.writable) onFinish();
  };
  const onFinish = () => {
    writableDone = true;
    if (stream.destroyed) closes = false;
    if (closes && (!stream.readable || readable)) return;
    if (!readable || readableDone) callback.call(stream);
  };
  const onEnd = () => {
    readableDone = true;
    if (stream.destroyed) closes = false;
    if (closes && (!stream.writable || writable)) return;
    if (!writable || writableDone) callback.call(stream);
  };
  const onError = (error) => callback.call(stream, error);
  const onClose = () => {
    closed = true;
    const errored = base.isWritableErrored(stream) || base.isReadableErrored(stream);
    if (errored && typeof errored !== "boolean") return callback.call(stream, errored);
    if (readable && !readableDone && isReadableNode(stream, true) && !base.isReadableFinished(stream, false)) return premature();
    if (writable && !writableDone && !base.isWritableFinished(stream, false)) return premature();
    callback.call(stream);
  };
  const onClosed = () => {
    closed = true;
    const errored = base.isWritableErrored(stream) || base.isReadableErrored(stream);
    if (errored && typeof errored !== "boolean") return callback.call(stream, errored);
    callback.call(stream);
  };
  const onRequest = () => stream.req.on("finish", onFinish);

  const isRequest = base.isRequest(stream);
  if (isRequest) {
    stream.on("complete", onFinish);
    if (!closes) stream.on("abort", onClose);
    if (stream.req) onRequest();
    else stream.on("request", onRequest);
  } else if (writable && !w) {
    stream.on("end", onLegacyFinish); // old streams
    stream.on("close", onLegacyFinish);
  }
  if (!closes && typeof stream.aborted === "boolean") stream.on("aborted", onClose);
  stream.on("end", onEnd);
  stream.on("finish", onFinish);
  if (options.error !== false) stream.on("error", onError);
  stream.on("close", onClose);

  if (closed) nextTick(onClose);
  else if (w?.errorEmitted || r?.errorEmitted) {
    if (!closes) nextTick(onClosed);
  } else if (!readable && (!closes || base.isReadable(stream)) && (writableDone || base.isWritable(stream) === false) &&
             (w == null || w.pendingcb === undefined || w.pendingcb === 0)) nextTick(onClosed);
  else if (!writable && (!closes || base.isWritable(stream)) && (readableDone || base.isReadable(stream) === false)) nextTick(onClosed);
  else if (r && stream.req && stream.aborted) nextTick(onClosed);

  let stop = () => {
    callback = nop;
    stream.removeListener("aborted", onClose);
    stream.removeListener("complete", onFinish);
    stream.removeListener("abort", onClose);
    stream.removeListener("request", onRequest);
    if (stream.req) stream.req.removeListener("finish", onFinish);
    stream.removeListener("end", onLegacyFinish);
    stream.removeListener("close", onLegacyFinish);
    stream.removeListener("finish", onFinish);
    stream.removeListener("end", onEnd);
    stream.removeListener("error", onError);
    stream.removeListener("close", onClose);
  };
  if (options.signal && !closed) {
    const abort = () => {
      const end = callback; // stop() forgets it
      stop();
      end.call(stream, new AbortError(undefined, { cause: options.signal.reason }));
    };
    if (options.signal.aborted) {
      nextTick(abort);
    } else {
      const off = onAborted(options.signal, abort), end = callback;
      callback = once((...args) => {
        off();
        end.apply(stream, args);
      });
    }
  }
  return stop;
}

function eosWeb(stream, options, callback) {
  let aborted = false, abort = nop;
  if (options.signal) {
    abort = () => {
      aborted = true;
      callback.call(stream, new AbortError(undefined, { cause: options.signal.reason }));
    };
    if (options.signal.aborted) {
      nextTick(abort);
    } else {
      const off = onAborted(options.signal, abort), end = callback;
      callback = once((...args) => {
        off();
        end.apply(stream, args);
      });
    }
  }
  const done = (...args) => {
    if (!aborted) nextTick(() => callback.apply(stream, args));
  };
  internal.load("node/stream_adapters").closedOf(stream).then(() => done(), done);
  return nop;
}

function finished(stream, options) {
  let autoCleanup = false;
  if (options === null) options = {};
  if (options?.cleanup !== undefined) {
    validateBoolean(options.cleanup, "cleanup");
    autoCleanup = options.cleanup;
  }
  return new Promise((resolve, reject) => {
    const stop = eos(stream, options, (error) => {
      if (autoCleanup) stop();
      if (error) reject(error);
      else resolve();
    });
  });
}

function addAbortSignal(signal, stream) {
  if (typeof signal !== "object" || signal === null || !("aborted" in signal))
    throw new codes.ERR_INVALID_ARG_TYPE("signal", "AbortSignal", signal);
  if (!isNode(stream) && !isReadableStream(stream) && !isWritableStream(stream))
    throw new codes.ERR_INVALID_ARG_TYPE("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  const abort = isNode(stream)
    ? () => stream.destroy(new AbortError(undefined, { cause: signal.reason }))
    : () => internal.load("node/stream_adapters").fail(stream, new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) abort();
  else eos(stream, onAborted(signal, abort));
  return stream;
}

return { eos, finished, addAbortSignal, once, onAborted };
