// node:stream pipeline() and compose().
const base = internal.load("node/stream_base");
const { eos, once, onAborted } = internal.load("node/stream_end");
const { Duplex, PassThrough } = internal.load("node/stream_duplex");
const { codes, AbortError, aggregateTwoErrors } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");
const { validateFunction, validateAbortSignal } = internal.load("node/errors");
const { isNode, isIterable, isReadableNode, isReadableStream, isWritableStream, isTransformStream, isWebStream } = base;
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_RETURN_VALUE, ERR_MISSING_ARGS, ERR_STREAM_DESTROYED,
        ERR_STREAM_PREMATURE_CLOSE } = codes;

const nop = () => {};

// What ends `stream` when the pipeline fails.
function destroyerOf(stream, reading, writing) {
  let finished = false;
  stream.on("close", () => (finished = true));
  const stop = eos(stream, { readable: reading, writable: writing }, (error) => (finished = !error));
  return {
    destroy(error) {
      if (finished) return;
      finished = true;
      base.destroyer(stream, error || new ERR_STREAM_DESTROYED("pipe"));
    },
    cleanup: stop,
  };
}

function pipeline(...streams) {
  const callback = streams.pop();
  validateFunction(callback, "streams[stream.length - 1]");
  return run(streams, once(callback));
}

function iterableOf(value) {
  if (isIterable(value)) return value;
  if (isReadableNode(value)) return value[Symbol.asyncIterator] ? value : internal.load("node/stream_readable").Readable.prototype[Symbol.asyncIterator].call(value);
  throw new ERR_INVALID_ARG_TYPE("val", ["Readable", "Iterable", "AsyncIterable"], value);
}

// Everything of an iterable into a Writable, at its pace.
async function pump(iterable, writable, finish, { end }) {
  let error, onResolve = null;
  const resume = (e) => {
    if (e) error = e;
    if (onResolve) {
      const fn = onResolve;
      onResolve = null;
      fn();
    }
  };
  const wait = () => new Promise((resolve, reject) => {
    if (error) reject(error);
    else onResolve = () => (error ? reject(error) : resolve());
  });
  writable.on("drain", resume);
  const stop = eos(writable, { readable: false }, resume);
  try {
    if (writable.writableNeedDrain) await wait();
    for await (const chunk of iterable) if (!writable.write(chunk)) await wait();
    if (end) {
      writable.end();
      await wait();
    }
    finish();
  } catch (e) {
    finish(error !== e ? aggregateTwoErrors(error, e) : e);
  } finally {
    stop();
    writable.off("drain", resume);
  }
}

async function pumpToWeb(readable, writable, finish, { end }) {
  if (isTransformStream(writable)) writable = writable.writable;
  const writer = writable.getWriter();
  try {
    for await (const chunk of readable) {
      await writer.ready;
      writer.write(chunk).catch(nop);
    }
    await writer.ready;
    if (end) await writer.close();
    finish();
  } catch (error) {
    try {
      await writer.abort(error);
    } catch (e) {
      error = e;
    }
    finish(error);
  }
}

function run(streams, callback, options) {
  if (streams.length === 1 && Array.isArray(streams[0])) streams = streams[0];
  if (streams.length < 2) throw new ERR_MISSING_ARGS("streams");
  const ac = new AbortController(), signal = ac.signal, outer = options?.signal;
  validateAbortSignal(outer, "options.signal");
  const lastStreamCleanup = [], destroys = [];
  let error, value, finishCount = 0, ret;

  const abort = () => finishImpl(new AbortError(undefined, { cause: outer?.reason }));
  let off;
  if (outer) {
    if (outer.aborted) nextTick(abort);
    else off = onAborted(outer, abort);
  }
  const finish = (e) => finishImpl(e, --finishCount === 0);
  const finishOnlyHandleError = (e) => finishImpl(e, false);
  function finishImpl(e, final) {
    if (e && (!error || error.code === "ERR_STREAM_PREMATURE_CLOSE")) error = e;
    if (!error && !final) return;
    while (destroys.length) destroys.shift()(error);
    off?.();
    ac.abort();
    if (!final) return;
    if (!error) for (const fn of lastStreamCleanup) fn();
    nextTick(callback, error, value);
  }

  for (let i = 0; i < streams.length; i++) {
    const stream = streams[i];
    const reading = i < streams.length - 1, writing = i > 0, next = i + 1 < streams.length ? streams[i + 1] : null;
    const end = reading || options?.end !== false, last = i === streams.length - 1;
    if (isNode(stream)) {
      if (end) {
        const { destroy, cleanup } = destroyerOf(stream, reading, writing);
        destroys.push(destroy);
        if (base.isReadable(stream) && last) lastStreamCleanup.push(cleanup);
      }
      // Errors after the end: nobody asks for them, and they must not be "unhandled".
      const onError = (e) => {
        if (e && e.name !== "AbortError" && e.code !== "ERR_STREAM_PREMATURE_CLOSE") finishOnlyHandleError(e);
      };
      stream.on("error", onError);
      if (base.isReadable(stream) && last) lastStreamCleanup.push(() => stream.removeListener("error", onError));
    }
    if (i === 0) {
      if (typeof stream === "function") {
        ret = stream({ signal });
        if (!isIterable(ret)) throw new ERR_INVALID_RETURN_VALUE("Iterable, AsyncIterable or Stream", "source", ret);
      } else if (isIterable(stream) || isReadableNode(stream) || isTransformStream(stream)) {
        ret = stream;
      } else {
        ret = Duplex.from(stream);
      }
    } else if (typeof stream === "function") {
      ret = isTransformStream(ret) ? iterableOf(ret?.readable) : iterableOf(ret);
      ret = stream(ret, { signal });
      if (reading) {
        if (!isIterable(ret, true)) throw new ERR_INVALID_RETURN_VALUE("AsyncIterable", `transform[${i - 1}]`, ret);
      } else {
        // What the last function gives goes through a PassThrough, so that pipeline() always gives a stream.
        const pt = new PassThrough({ objectMode: true });
        const then = ret?.then;
        if (typeof then === "function") {
          finishCount++;
          then.call(ret, (v) => {
            value = v;
            if (v != null) pt.write(v);
            if (end) pt.end();
            nextTick(finish);
          }, (e) => {
            pt.destroy(e);
            nextTick(finish, e);
          });
        } else if (isIterable(ret, true)) {
          finishCount++;
          pump(ret, pt, finish, { end });
        } else if (isReadableStream(ret) || isTransformStream(ret)) {
          finishCount++;
          pump(ret.readable || ret, pt, finish, { end });
        } else {
          throw new ERR_INVALID_RETURN_VALUE("AsyncIterable or Promise", "destination", ret);
        }
        ret = pt;
        const { destroy, cleanup } = destroyerOf(ret, false, true);
        destroys.push(destroy);
        if (last) lastStreamCleanup.push(cleanup);
      }
    } else if (isNode(stream)) {
      if (isReadableNode(ret)) {
        finishCount += 2;
        const stop = pipe(ret, stream, finish, finishOnlyHandleError, { end });
        if (base.isReadable(stream) && last) lastStreamCleanup.push(stop);
      } else if (isTransformStream(ret) || isReadableStream(ret)) {
        finishCount++;
        pump(ret.readable || ret, stream, finish, { end });
      } else if (isIterable(ret)) {
        finishCount++;
        pump(ret, stream, finish, { end });
      } else {
        throw new ERR_INVALID_ARG_TYPE("val", ["Readable", "Iterable", "AsyncIterable", "ReadableStream", "TransformStream"], ret);
      }
      ret = stream;
    } else if (isWebStream(stream)) {
      if (isReadableNode(ret) || isIterable(ret) || isReadableStream(ret)) {
        finishCount++;
        pumpToWeb(isReadableNode(ret) || isReadableStream(ret) ? iterableOf(ret) : ret, stream, finish, { end });
      } else if (isTransformStream(ret)) {
        finishCount++;
        pumpToWeb(ret.readable, stream, finish, { end });
      } else {
        throw new ERR_INVALID_ARG_TYPE("val", ["Readable", "Iterable", "AsyncIterable", "ReadableStream", "TransformStream"], ret);
      }
      ret = stream;
    } else {
      ret = Duplex.from(stream);
    }
  }
  if (signal.aborted || outer?.aborted) nextTick(abort);
  return ret;
}

function pipe(from, to, finish, finishOnlyHandleError, { end }) {
  let ended = false;
  to.on("close", () => {
    if (!ended) finishOnlyHandleError(new ERR_STREAM_PREMATURE_CLOSE());
  });
  from.pipe(to, { end: false }); // "end" is ours: an error may come before it
  if (end) {
    const onEnd = () => {
      ended = true;
      to.end();
    };
    if (base.isReadableFinished(from)) nextTick(onEnd);
    else from.once("end", onEnd);
  } else {
    finish();
  }
  eos(from, { readable: true, writable: false }, (error) => {
    const r = from._readableState;
    if (error && error.code === "ERR_STREAM_PREMATURE_CLOSE" && r?.ended && !r.errored && !r.errorEmitted) {
      // Old streams close before "end" has been emitted, though all of it was read.
      from.once("end", finish).once("error", finish);
    } else {
      finish(error);
    }
  });
  return eos(to, { readable: false, writable: true }, finish);
}

// ---- compose(): many as one Duplex

function compose(...streams) {
  if (streams.length === 0) throw new ERR_MISSING_ARGS("streams");
  if (streams.length === 1) return Duplex.from(streams[0]);
  const given = [...streams];
  if (typeof streams[0] === "function") streams[0] = Duplex.from(streams[0]);
  const lastAt = streams.length - 1;
  if (typeof streams[lastAt] === "function") streams[lastAt] = Duplex.from(streams[lastAt]);
  for (let i = 0; i < streams.length; i++) {
    const s = streams[i];
    if (!isNode(s) && !isWebStream(s)) continue; // a function: pipeline() asks it
    if (i < lastAt && !(base.isReadable(s) || isReadableStream(s) || isTransformStream(s)))
      throw new ERR_INVALID_ARG_VALUE(`streams[${i}]`, given[i], "must be readable");
    if (i > 0 && !(base.isWritable(s) || isWritableStream(s) || isTransformStream(s)))
      throw new ERR_INVALID_ARG_VALUE(`streams[${i}]`, given[i], "must be writable");
  }
  let ondrain, onfinish, onreadable, onclose, d;
  const head = streams[0];
  const tail = pipeline(...streams, (error) => {
    const fn = onclose;
    onclose = null;
    if (fn) fn(error);
    else if (error) d.destroy(error);
    else if (!readable && !writable) d.destroy();
  });
  const writable = !!(base.isWritable(head) || isWritableStream(head) || isTransformStream(head));
  const readable = !!(base.isReadable(tail) || isReadableStream(tail) || isTransformStream(tail));
  d = new Duplex({ writableObjectMode: !!head?.writableObjectMode, readableObjectMode: !!tail?.readableObjectMode, writable, readable });

  if (writable) {
    if (isNode(head)) {
      d._write = (chunk, encoding, callback) => {
        if (head.write(chunk, encoding)) callback();
        else ondrain = callback;
      };
      d._final = (callback) => {
        head.end();
        onfinish = callback;
      };
      head.on("drain", () => {
        const fn = ondrain;
        ondrain = null;
        fn?.();
      });
    } else {
      const writer = (isTransformStream(head) ? head.writable : head).getWriter();
      d._write = async (chunk, encoding, callback) => {
        try {
          await writer.ready;
          writer.write(chunk).catch(nop);
          callback();
        } catch (error) {
          callback(error);
        }
      };
      d._final = async (callback) => {
        try {
          await writer.ready;
          writer.close().catch(nop);
          onfinish = callback;
        } catch (error) {
          callback(error);
        }
      };
    }
    eos(isTransformStream(tail) ? tail.readable : tail, () => {
      const fn = onfinish;
      onfinish = null;
      fn?.();
    });
  }
  if (readable) {
    if (isNode(tail)) {
      tail.on("readable", () => {
        const fn = onreadable;
        onreadable = null;
        fn?.();
      });
      tail.on("end", () => d.push(null));
      d._read = () => {
        for (;;) {
          const chunk = tail.read();
          if (chunk === null) {
            onreadable = d._read;
            return;
          }
          if (!d.push(chunk)) return;
        }
      };
    } else {
      const reader = (isTransformStream(tail) ? tail.readable : tail).getReader();
      d._read = async () => {
        for (;;) {
          try {
            const { value, done } = await reader.read();
            if (!d.push(done ? null : value) || done) return;
          } catch {
            return;
          }
        }
      };
    }
  }
  d._destroy = (error, callback) => {
    if (!error && onclose !== null) error = new AbortError();
    onreadable = ondrain = onfinish = null;
    if (isNode(tail)) base.destroyer(tail, error);
    if (onclose === null) callback(error);
    else onclose = callback;
  };
  return d;
}

return { pipeline, run, compose };
