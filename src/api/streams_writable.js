// WritableStream, its writer and controller. https://streams.spec.whatwg.org/#ws
// The two as users see them are in streams_writer.js.
// A write request is any object with resolve() and reject(e), and room for `next`.
const { RangeError, ReflectApply, TypeError } = primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { kInternal, callback, illegalInvocation, isObject, record } = lazy('webidl');
const { Deferred, LatePromise, Queue, callForPromise, convertStrategy, dequeueSized, enqueueSized } = core;
const { highWaterMarkOf, promiseFor, react, rejected, resetQueue, resolvedUndefined, sizeAlgorithmOf } = core;
const { PENDING, FULFILLED, REJECTED } = core;

const WRITABLE = 0;
const CLOSED = 1;
const ERRORING = 2;
const ERRORED = 3;
const CLOSE = { __proto__: null }; // in the queue: close after what stands before

const lockedError = () => new TypeError('This WritableStream is currently locked to a writer.');
const released = () => new TypeError('This WritableStream writer has been released.');

class Writable {
  constructor() {
    this.isPatient = false; // a pipe waits for each write
    this.state = WRITABLE;
    this.writer = undefined;
    this.controller = undefined;
    this.error = undefined;
    this.backpressure = false;
    this.writeRequests = new Queue();
    this.inFlightWrite = undefined;
    this.closeRequest = undefined;
    this.inFlightClose = undefined;
    this.pendingAbort = undefined; // {deferred, reason, wasErroring}
    this.aborted = undefined; // what abort() gave
    this.watch = undefined; // as in streams_readable.js
    this.made = undefined;
  }
  get public() {
    return this.made ?? (this.made = new WritableStream(kInternal, this));
  }
  closeQueuedOrInFlight() {
    return this.closeRequest !== undefined || this.inFlightClose !== undefined;
  }
  operationInFlight() {
    return this.inFlightWrite !== undefined || this.inFlightClose !== undefined;
  }
}
record(Writable);

function acquireWriter(stream) {
  if (stream.writer !== undefined) throw lockedError();
  return new Writer(stream);
}

function abort(stream, reason) {
  if (!internal.isPedantic && stream.aborted !== undefined) return stream.aborted; // as often as it is asked
  if (stream.state === CLOSED || stream.state === ERRORED) return promiseFor(undefined);
  stream.controller.signalAbort(reason);
  const { state } = stream;
  if (state === CLOSED || state === ERRORED) return promiseFor(undefined);
  if (stream.pendingAbort !== undefined) return stream.pendingAbort.deferred.promise;
  const wasErroring = state === ERRORING;
  const deferred = new Deferred();
  stream.pendingAbort = { deferred, reason: wasErroring ? undefined : reason, wasErroring };
  stream.aborted = deferred.promise;
  if (!wasErroring) startErroring(stream, reason);
  return deferred.promise;
}

function close(stream) {
  const { state, writer } = stream;
  if (state === CLOSED || state === ERRORED) return rejected(new TypeError('The stream is closed or errored'));
  stream.closeRequest = new Deferred();
  const { promise } = stream.closeRequest;
  if (writer !== undefined && stream.backpressure && state === WRITABLE) writer.ready.resolve();
  stream.controller.close();
  return promise;
}

function dealWithRejection(stream, e) {
  if (stream.state === WRITABLE) startErroring(stream, e);
  else finishErroring(stream);
}

function startErroring(stream, reason) {
  const { controller, writer } = stream;
  stream.state = ERRORING;
  stream.error = reason;
  if (writer !== undefined) writer.rejectReady(reason);
  if (!stream.operationInFlight() && controller.started) finishErroring(stream);
}

function finishErroring(stream) {
  stream.state = ERRORED;
  stream.controller.errorSteps();
  const { error, writeRequests } = stream;
  stream.writeRequests = new Queue();
  while (writeRequests.count > 0) writeRequests.shift().reject(error);
  const { pendingAbort } = stream;
  if (pendingAbort === undefined) {
    rejectCloseAndClosed(stream);
    return;
  }
  stream.pendingAbort = undefined;
  if (pendingAbort.wasErroring) {
    pendingAbort.deferred.reject(error);
    rejectCloseAndClosed(stream);
    return;
  }
  react(
    stream.controller.abortSteps(pendingAbort.reason),
    () => {
      pendingAbort.deferred.resolve(undefined);
      rejectCloseAndClosed(stream);
    },
    (e) => {
      pendingAbort.deferred.reject(e);
      rejectCloseAndClosed(stream);
    },
  );
}

function rejectCloseAndClosed(stream) {
  if (stream.closeRequest !== undefined) {
    stream.closeRequest.reject(stream.error);
    stream.closeRequest = undefined;
  }
  if (stream.writer !== undefined) stream.writer.closed.reject(stream.error);
  if (stream.watch !== undefined) stream.watch.reject(stream.error);
}

function finishInFlightClose(stream) {
  stream.inFlightClose.resolve(undefined);
  stream.inFlightClose = undefined;
  if (stream.state === ERRORING) {
    stream.error = undefined;
    if (stream.pendingAbort !== undefined) {
      stream.pendingAbort.deferred.resolve(undefined);
      stream.pendingAbort = undefined;
    }
  }
  stream.state = CLOSED;
  if (stream.writer !== undefined) stream.writer.closed.resolve();
  if (stream.watch !== undefined) stream.watch.resolve();
}
function failInFlightClose(stream, e) {
  stream.inFlightClose.reject(e);
  stream.inFlightClose = undefined;
  if (stream.pendingAbort !== undefined) {
    stream.pendingAbort.deferred.reject(e);
    stream.pendingAbort = undefined;
  }
  dealWithRejection(stream, e);
}
function updateBackpressure(stream, backpressure) {
  const { writer } = stream;
  if (writer !== undefined && backpressure !== stream.backpressure) {
    if (backpressure) writer.ready = new LatePromise(PENDING, undefined);
    else writer.ready.resolve();
  }
  stream.backpressure = backpressure;
}

// --- The writer ------------------------------------------------------------------------------------------------

class Writer {
  constructor(stream) {
    this.stream = stream;
    stream.writer = this;
    const { state, error } = stream;
    let ready = FULFILLED;
    let closed = PENDING;
    if (state === WRITABLE) {
      if (!stream.closeQueuedOrInFlight() && stream.backpressure) ready = PENDING;
    } else if (state === CLOSED) {
      closed = FULFILLED;
    } else {
      ready = REJECTED;
      if (state === ERRORED) closed = REJECTED;
    }
    this.ready = new LatePromise(ready, error);
    this.closed = new LatePromise(closed, error);
  }
  rejectReady(e) {
    if (this.ready.state === PENDING) this.ready.reject(e);
    else this.ready = new LatePromise(REJECTED, e);
  }
  rejectClosed(e) {
    if (this.closed.state === PENDING) this.closed.reject(e);
    else this.closed = new LatePromise(REJECTED, e);
  }
  get desiredSize() {
    const { stream } = this;
    if (stream.state === ERRORED || stream.state === ERRORING) return null;
    return stream.state === CLOSED ? 0 : stream.controller.desiredSize;
  }
  release() {
    const { stream } = this;
    const e = released();
    this.rejectReady(e);
    this.rejectClosed(e);
    stream.writer = undefined;
    this.stream = undefined;
  }
  // Throws when the stream takes no more; else `request` is settled when the sink has taken the chunk.
  write(chunk, request) {
    const { stream } = this;
    const { controller } = stream;
    const size = controller.sizeOf(chunk);
    if (stream !== this.stream) throw released();
    if (stream.state === ERRORED) throw stream.error;
    if (stream.state === CLOSED || stream.closeQueuedOrInFlight()) throw new TypeError('This WritableStream has been closed.');
    if (stream.state === ERRORING) throw stream.error;
    stream.writeRequests.push(request);
    controller.write(chunk, size);
  }
  closeWithErrorPropagation() {
    const { stream } = this;
    if (stream.closeQueuedOrInFlight() || stream.state === CLOSED) return promiseFor(undefined);
    if (stream.state === ERRORED) return rejected(stream.error);
    return close(stream);
  }
}
record(Writer);

// --- The controller --------------------------------------------------------------------------------------------

class Controller {
  constructor(stream, write, closeSink, abortSink, highWaterMark, size) {
    this.stream = stream;
    this.queue = new Queue();
    this.total = 0;
    this.spare = undefined;
    this.started = false;
    this.highWaterMark = highWaterMark;
    this.size = size;
    this.writeSink = write; // undefined or (chunk) => promise
    this.closeSink = closeSink;
    this.abortSink = abortSink;
    this.aborting = undefined; // the AbortController behind .signal, once asked for
    this.abortedWith = undefined; // {reason}
    this.made = undefined;
    this.keep = undefined; // what is queued for a chunk, when not itself (IdentityTransformStream)
    this.onWritten = undefined;
    this.onWriteFailed = undefined;
    stream.controller = this;
  }
  get public() {
    return this.made ?? (this.made = new (lazy('streams_writer').WritableStreamDefaultController)(kInternal, this));
  }
  get desiredSize() {
    return this.highWaterMark - this.total;
  }
  get signal() {
    if (this.aborting === undefined) {
      const { newSignal, abortSignal } = lazy('abort');
      this.aborting = newSignal();
      if (this.abortedWith !== undefined) abortSignal(this.aborting, this.abortedWith.reason);
    }
    return this.aborting;
  }
  signalAbort(reason) {
    if (this.abortedWith !== undefined) return;
    this.abortedWith = { reason };
    if (this.aborting !== undefined) lazy('abort').abortSignal(this.aborting, reason);
  }
  forget() {
    this.writeSink = this.closeSink = this.abortSink = this.size = undefined;
  }
  abortSteps(reason) {
    const { abortSink } = this;
    const promise = abortSink === undefined ? resolvedUndefined : abortSink(reason);
    this.forget();
    return promise;
  }
  errorSteps() {
    resetQueue(this);
  }
  sizeOf(chunk) {
    const { size } = this;
    if (size === undefined) return 1;
    try {
      return size(chunk);
    } catch (e) {
      this.failIfNeeded(e);
      return 1;
    }
  }
  write(chunk, size) {
    if (this.keep !== undefined) chunk = this.keep(chunk);
    try {
      enqueueSized(this, chunk, size);
    } catch (e) {
      this.failIfNeeded(e);
      return;
    }
    const { stream } = this;
    if (!stream.closeQueuedOrInFlight() && stream.state === WRITABLE)
      updateBackpressure(stream, this.desiredSize <= 0);
    this.advance();
  }
  close() {
    enqueueSized(this, CLOSE, 0);
    this.advance();
  }
  failIfNeeded(e) {
    if (this.stream.state === WRITABLE) this.fail(e);
  }
  fail(e) {
    this.forget();
    startErroring(this.stream, e);
  }
  advance() {
    const { stream } = this;
    if (!this.started || stream.inFlightWrite !== undefined) return;
    if (stream.state === ERRORING) {
      finishErroring(stream);
      return;
    }
    if (this.queue.count === 0) return;
    const { value } = this.queue.first;
    if (value === CLOSE) this.processClose();
    else this.processWrite(value);
  }
  processClose() {
    const { stream, closeSink } = this;
    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = undefined;
    dequeueSized(this);
    const promise = closeSink === undefined ? resolvedUndefined : closeSink();
    this.forget();
    react(
      promise,
      () => finishInFlightClose(stream),
      (e) => failInFlightClose(stream, e),
    );
  }
  processWrite(chunk) {
    const { stream, writeSink } = this;
    stream.inFlightWrite = stream.writeRequests.shift();
    const promise = writeSink === undefined ? resolvedUndefined : writeSink(chunk);
    if (this.onWritten === undefined) {
      this.onWritten = () => {
        stream.inFlightWrite.resolve(undefined);
        stream.inFlightWrite = undefined;
        const { state } = stream;
        dequeueSized(this);
        if (!stream.closeQueuedOrInFlight() && state === WRITABLE) updateBackpressure(stream, this.desiredSize <= 0);
        this.advance();
      };
      this.onWriteFailed = (e) => {
        if (stream.state === WRITABLE) this.forget();
        stream.inFlightWrite.reject(e);
        stream.inFlightWrite = undefined;
        dealWithRejection(stream, e);
      };
    }
    react(promise, this.onWritten, this.onWriteFailed);
  }
}
record(Controller);

function startController(controller, start) {
  const { stream } = controller;
  updateBackpressure(stream, controller.desiredSize <= 0);
  const promise = promiseFor(start === undefined ? undefined : start());
  react(
    promise,
    () => {
      controller.started = true;
      controller.advance();
    },
    (e) => {
      controller.started = true;
      dealWithRejection(stream, e);
    },
  );
}

// Not pedantic: as startLoosely() in streams_readable.js.
function startLoosely(controller, start) {
  if (start === undefined) {
    controller.started = true;
    updateBackpressure(controller.stream, controller.desiredSize <= 0);
    return;
  }
  try {
    startController(controller, start);
  } catch (e) {
    controller.started = true;
    dealWithRejection(controller.stream, e);
  }
}

function createWritable(start, write, closeSink, abortSink, highWaterMark = 1, size = undefined) {
  const stream = new Writable();
  startController(new Controller(stream, write, closeSink, abortSink, highWaterMark, size), start);
  return stream;
}

// --- The classes that users see --------------------------------------------------------------------------------

// UnderlyingSink; members in alphabetical order, as Web IDL reads them.
function convertSink(v) {
  if (v === null) return { object: v, abort: undefined, close: undefined, start: undefined, write: undefined };
  const sink = {
    object: v,
    abort: callback(v.abort, "The sink's abort"),
    close: callback(v.close, "The sink's close"),
    start: callback(v.start, "The sink's start"),
    write: undefined,
  };
  const { type } = v;
  sink.write = callback(v.write, "The sink's write");
  if (type !== undefined) throw new RangeError('A type of underlying sink is not supported');
  return sink;
}

let recordOf;
function own(v) {
  const s = recordOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

class WritableStream {
  #s;
  static {
    recordOf = (v) => (typeof v === 'object' && v !== null && #s in v ? v.#s : undefined);
  }
  constructor(underlyingSink = undefined, strategy = undefined) {
    if (underlyingSink === kInternal) {
      this.#s = strategy;
      return;
    }
    if (underlyingSink === undefined) underlyingSink = null;
    else if (!isObject(underlyingSink)) throw new TypeError('The underlying sink is not an object');
    const converted = convertStrategy(strategy);
    const sink = convertSink(underlyingSink);
    const stream = new Writable();
    this.#s = stream;
    stream.made = this;
    const { object, abort: abortSink, close: closeSink, start, write } = sink;
    const size = sizeAlgorithmOf(converted);
    const highWaterMark = highWaterMarkOf(converted, 1);
    const controller = new Controller(
      stream,
      write && ((chunk) => callForPromise(write, object, [chunk, controller.public])),
      closeSink && (() => callForPromise(closeSink, object, [])),
      abortSink && ((reason) => callForPromise(abortSink, object, [reason])),
      highWaterMark,
      size,
    );
    const begin = start && (() => ReflectApply(start, object, [controller.public]));
    if (internal.isPedantic) startController(controller, begin);
    else startLoosely(controller, begin);
  }
  get locked() {
    return own(this).writer !== undefined;
  }
  abort(reason = undefined) {
    const s = recordOf(this);
    if (s === undefined) return rejected(illegalInvocation());
    return s.writer !== undefined ? rejected(lockedError()) : abort(s, reason);
  }
  close() {
    const s = recordOf(this);
    if (s === undefined) return rejected(illegalInvocation());
    if (s.writer !== undefined) return rejected(lockedError());
    if (s.closeQueuedOrInFlight()) return rejected(new TypeError('The stream is closing'));
    return close(s);
  }
  getWriter() {
    own(this);
    return new (lazy('streams_writer').WritableStreamDefaultWriter)(this);
  }
}
internal.shape(WritableStream, 'WritableStream');

return {
  WritableStream,
  Writable,
  Controller,
  WRITABLE,
  CLOSED,
  ERRORING,
  ERRORED,
  recordOf,
  released,
  acquireWriter,
  abort,
  close,
  createWritable,
};
