// ReadableStream, its default reader and default controller. https://streams.spec.whatwg.org/#rs
// The two as users see them are in streams_reader.js.
// A stream is a record Readable; `reader` is a DefaultReader or a ByobReader (streams_byob.js), `controller` a
// DefaultController or a ByteController. A read request is any object with chunk(value), close(), error(e), and room
// for `next`: reads by users make promises, those of pipes, tees and bodies do not.
const { ObjectDefineProperty, PromisePrototypeThen, RangeError, ReflectApply, String, SymbolAsyncIterator, TypeError } = primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { kInternal, callback, dictionary, enforceRange, illegalInvocation, isObject, record, required } = lazy('webidl');
const { LatePromise, Queue, callForPromise, convertStrategy, dequeueSized, enqueueSized, highWaterMarkOf } = core;
const { promiseFor, react, rejected, resetQueue, resolvedUndefined, sizeAlgorithmOf, PENDING, FULFILLED, REJECTED } = core;

const READABLE = 0;
const CLOSED = 1;
const ERRORED = 2;

const released = () => new TypeError('This ReadableStream reader has been released.');
const lockedError = () => new TypeError('This ReadableStream is currently locked to a reader.');

class Readable {
  constructor() {
    this.state = READABLE;
    this.reader = undefined;
    this.controller = undefined;
    this.error = undefined;
    this.disturbed = false;
    this.id = undefined; // of the native source, while nobody has touched the stream
    this.fixedLength = undefined; // bytes that will come, where somebody promised
    this.watch = undefined; // {promise, resolve, reject}: node:stream waits for the end (node/stream_adapters.js)
    this.made = undefined;
  }
  get public() {
    return this.made ?? (this.made = new ReadableStream(kInternal, this));
  }
}
record(Readable);

// --- Readers -------------------------------------------------------------------------------------------------

class DefaultReader {
  constructor(stream) {
    this.stream = stream;
    this.byob = false;
    this.requests = new Queue();
    attach(this, stream);
  }
}
record(DefaultReader);

function attach(reader, stream) {
  stream.reader = reader;
  if (stream.state === READABLE) reader.closed = new LatePromise(PENDING, undefined);
  else if (stream.state === CLOSED) reader.closed = new LatePromise(FULFILLED, undefined);
  else reader.closed = new LatePromise(REJECTED, stream.error);
}

function acquireReader(stream) {
  if (stream.reader !== undefined) throw lockedError();
  return new DefaultReader(stream);
}

function read(reader, request) {
  const { stream } = reader;
  stream.disturbed = true;
  if (stream.state === READABLE) stream.controller.pullSteps(request);
  else if (stream.state === CLOSED) request.close();
  else request.error(stream.error);
}

// ReadableStreamReaderGenericRelease
function detach(reader) {
  const { stream } = reader;
  const e = released();
  if (stream.state === READABLE) reader.closed.reject(e);
  if (reader.closed.state !== REJECTED || reader.closed.reason !== e) reader.closed = new LatePromise(REJECTED, e);
  stream.controller.releaseSteps();
  stream.reader = undefined;
  reader.stream = undefined;
  return e;
}

function release(reader) {
  const e = detach(reader);
  const { requests } = reader;
  reader.requests = new Queue();
  while (requests.count > 0) requests.shift().error(e);
}

// --- What happens to a stream ------------------------------------------------------------------------------------

function closeStream(stream) {
  stream.state = CLOSED;
  const { reader } = stream;
  if (stream.watch !== undefined) stream.watch.resolve();
  if (reader === undefined) return;
  reader.closed.resolve();
  if (reader.byob) return;
  const { requests } = reader;
  reader.requests = new Queue();
  while (requests.count > 0) requests.shift().close();
}

function errorStream(stream, e) {
  stream.state = ERRORED;
  stream.error = e;
  const { reader } = stream;
  if (stream.watch !== undefined) stream.watch.reject(e);
  if (reader === undefined) return;
  reader.closed.reject(e);
  const { requests } = reader;
  reader.requests = new Queue();
  while (requests.count > 0) requests.shift().error(e);
}

function cancel(stream, reason) {
  stream.disturbed = true;
  if (stream.state === CLOSED) return promiseFor(undefined);
  if (stream.state === ERRORED) return rejected(stream.error);
  closeStream(stream);
  const { reader } = stream;
  if (reader !== undefined && reader.byob) {
    const { requests } = reader;
    reader.requests = new Queue();
    while (requests.count > 0) requests.shift().close(undefined);
  }
  return PromisePrototypeThen(stream.controller.cancelSteps(reason), core.noop);
}

// --- The default controller ----------------------------------------------------------------------------------------

class DefaultController {
  constructor(stream, pull, cancelSource, highWaterMark, size) {
    this.stream = stream;
    this.queue = new Queue();
    this.total = 0;
    this.spare = undefined;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.highWaterMark = highWaterMark;
    this.pull = pull; // undefined or () => promise
    this.pullsLate = false; // pull() gives a LatePromise
    this.cancelSource = cancelSource; // undefined or (reason) => promise
    this.size = size;
    this.made = undefined;
    this.onPulled = undefined;
    this.onPullFailed = undefined;
    stream.controller = this;
  }
  get public() {
    return this.made ?? (this.made = new (lazy('streams_reader').ReadableStreamDefaultController)(kInternal, this));
  }
  get desiredSize() {
    const { state } = this.stream;
    if (state === READABLE) return this.highWaterMark - this.total;
    return state === CLOSED ? 0 : null;
  }
  canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === READABLE;
  }
  forget() {
    this.pull = this.cancelSource = this.size = undefined;
  }
  shouldPull() {
    if (!this.started || !this.canCloseOrEnqueue()) return false;
    const { reader } = this.stream;
    if (reader !== undefined && reader.requests.count > 0) return true;
    return this.highWaterMark - this.total > 0;
  }
  pullIfNeeded() {
    if (!this.shouldPull()) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    const promise = this.pull === undefined ? resolvedUndefined : this.pull();
    if (this.onPulled === undefined) {
      this.onPulled = () => {
        this.pulling = false;
        if (!this.pullAgain) return;
        this.pullAgain = false;
        this.pullIfNeeded();
      };
      this.onPullFailed = (e) => this.fail(e);
    }
    if (this.pullsLate) promise.listen(this.onPulled, this.onPullFailed);
    else react(promise, this.onPulled, this.onPullFailed);
  }
  close() {
    if (!this.canCloseOrEnqueue()) return;
    this.closeRequested = true;
    if (this.queue.count > 0) return;
    this.forget();
    closeStream(this.stream);
  }
  enqueue(chunk) {
    if (!this.canCloseOrEnqueue()) return;
    const { reader } = this.stream;
    if (reader !== undefined && reader.requests.count > 0) {
      reader.requests.shift().chunk(chunk);
    } else {
      let size = 1;
      try {
        if (this.size !== undefined) size = this.size(chunk);
        enqueueSized(this, chunk, size);
      } catch (e) {
        this.fail(e);
        throw e;
      }
    }
    this.pullIfNeeded();
  }
  fail(e) {
    if (this.stream.state !== READABLE) return;
    resetQueue(this);
    this.forget();
    errorStream(this.stream, e);
  }
  cancelSteps(reason) {
    resetQueue(this);
    const { cancelSource } = this;
    const promise = cancelSource === undefined ? resolvedUndefined : cancelSource(reason);
    this.forget();
    return promise;
  }
  pullSteps(request) {
    if (this.queue.count === 0) {
      this.stream.reader.requests.push(request);
      this.pullIfNeeded();
      return;
    }
    request.chunk(this.take());
  }
  // The first of what is queued: there must be something.
  take() {
    const chunk = dequeueSized(this);
    if (this.closeRequested && this.queue.count === 0) {
      this.forget();
      closeStream(this.stream);
    } else {
      this.pullIfNeeded();
    }
    return chunk;
  }
  releaseSteps() {}
}
record(DefaultController);

// Runs start(); pulling begins when its promise has settled.
function startController(controller, start) {
  const promise = promiseFor(start === undefined ? undefined : start());
  react(
    promise,
    () => {
      controller.started = true;
      controller.pullIfNeeded();
    },
    (e) => controller.fail(e),
  );
}

// Not pedantic: without a start() pulling begins at once, and what start() throws is the stream's error, not the constructor's.
function startLoosely(controller, start) {
  if (start === undefined) {
    controller.started = true;
    controller.pullIfNeeded();
    return;
  }
  try {
    startController(controller, start);
  } catch (e) {
    controller.fail(e);
  }
}

function createReadable(start, pull, cancelSource, highWaterMark = 1, size = undefined) {
  const stream = new Readable();
  startController(new DefaultController(stream, pull, cancelSource, highWaterMark, size), start);
  return stream;
}

// --- UnderlyingSource -----------------------------------------------------------------------------------------------

// Members are read in alphabetical order, as Web IDL does.
function convertSource(v) {
  if (v === undefined) v = null;
  const source = { object: v, autoAllocateChunkSize: undefined, cancel: undefined, pull: undefined, start: undefined, type: undefined };
  if (v === null) return source;
  const size = v.autoAllocateChunkSize;
  if (size !== undefined)
    source.autoAllocateChunkSize = enforceRange(size, 9007199254740991, 'autoAllocateChunkSize');
  source.cancel = callback(v.cancel, "The source's cancel");
  source.pull = callback(v.pull, "The source's pull");
  source.start = callback(v.start, "The source's start");
  if (v.type !== undefined) {
    source.type = String(v.type);
    if (source.type !== 'bytes') throw new TypeError(`'${source.type}' is not a type of underlying source`);
  }
  return source;
}

function setUpFromSource(stream, source, strategy) {
  const { object, pull, cancel: cancelSource, start, autoAllocateChunkSize } = source;
  const cancelSteps = cancelSource && ((reason) => callForPromise(cancelSource, object, [reason]));
  let controller;
  const pullSteps = pull && (() => callForPromise(pull, object, [controller.public]));
  if (source.type === 'bytes') {
    if (strategy.size !== undefined && internal.isPedantic) throw new RangeError('A byte stream cannot have a size function');
    const highWaterMark = highWaterMarkOf(strategy, 0);
    if (autoAllocateChunkSize === 0) throw new TypeError('autoAllocateChunkSize must be greater than 0');
    const allocates = !internal.isPedantic && !internal.flag('streams_no_default_auto_allocate_chunk_size');
    const { ByteController } = lazy('streams_byte');
    controller = new ByteController(stream, pullSteps, cancelSteps, highWaterMark, autoAllocateChunkSize ?? (allocates ? 4096 : undefined));
    controller.gathers = !internal.isPedantic;
  } else {
    const size = sizeAlgorithmOf(strategy);
    const highWaterMark = highWaterMarkOf(strategy, 1);
    controller = new DefaultController(stream, pullSteps, cancelSteps, highWaterMark, size);
  }
  const begin = start && (() => ReflectApply(start, object, [controller.public]));
  if (internal.isPedantic) startController(controller, begin);
  else startLoosely(controller, begin);
}

// --- The classes that users see ---------------------------------------------------------------------------------------

// The record behind a value, undefined when it is no ReadableStream.
let recordOf;

function own(v) {
  const s = recordOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

// StreamPipeOptions, in alphabetical order.
function convertPipeOptions(v) {
  v = dictionary(v, 'The options');
  if (v === undefined) return { preventAbort: false, preventCancel: false, preventClose: false, signal: undefined };
  const preventAbort = !!v.preventAbort;
  const preventCancel = !!v.preventCancel;
  const preventClose = !!v.preventClose;
  const { signal } = v;
  if (signal !== undefined && !lazy('abort').isAbortSignal(signal))
    throw new TypeError("The option 'signal' is not an AbortSignal");
  return { preventAbort, preventCancel, preventClose, signal };
}

class ReadableStream {
  #s;
  static {
    recordOf = (v) => (typeof v === 'object' && v !== null && #s in v ? v.#s : undefined);
  }
  constructor(underlyingSource = undefined, strategy = undefined) {
    if (underlyingSource === kInternal) {
      this.#s = strategy;
      return;
    }
    if (underlyingSource !== undefined && !isObject(underlyingSource))
      throw new TypeError('The underlying source is not an object');
    const converted = convertStrategy(strategy);
    const source = convertSource(underlyingSource);
    const s = new Readable();
    this.#s = s;
    s.made = this;
    setUpFromSource(s, source, converted);
  }
  static from(asyncIterable) {
    required(arguments.length, 1, 'ReadableStream.from');
    return lazy('streams_iterate').fromIterable(asyncIterable).public;
  }
  get locked() {
    return own(this).reader !== undefined;
  }
  cancel(reason = undefined) {
    const s = recordOf(this);
    if (s === undefined) return rejected(illegalInvocation());
    if (s.reader !== undefined) return rejected(lockedError());
    return cancel(s, reason);
  }
  getReader(options = undefined) {
    const s = own(this);
    options = dictionary(options, 'The options');
    const mode = options === undefined ? undefined : options.mode;
    if (mode === undefined) return new (lazy('streams_reader').ReadableStreamDefaultReader)(this);
    if (String(mode) !== 'byob') throw new TypeError(`'${String(mode)}' is not a mode of a reader`);
    const { ReadableStreamBYOBReader } = lazy('streams_byob');
    return new ReadableStreamBYOBReader(s.public);
  }
  pipeThrough(transform, options = undefined) {
    const s = own(this);
    required(arguments.length, 1, 'pipeThrough');
    if (!isObject(transform)) throw new TypeError('The transform is not an object');
    const { readable } = transform;
    if (recordOf(readable) === undefined) throw new TypeError("The transform's readable is not a ReadableStream");
    const { writable } = transform;
    const to = lazy('streams_writable').recordOf(writable);
    if (to === undefined) throw new TypeError("The transform's writable is not a WritableStream");
    const o = convertPipeOptions(options);
    if (s.reader !== undefined) throw lockedError();
    if (to.writer !== undefined) throw new TypeError('This WritableStream is currently locked to a writer.');
    core.handled(lazy('streams_pipe').pipe(s, to, o));
    return readable;
  }
  pipeTo(destination, options = undefined) {
    const s = recordOf(this);
    if (s === undefined) return rejected(illegalInvocation());
    let o;
    let to;
    try {
      required(arguments.length, 1, 'pipeTo');
      to = lazy('streams_writable').recordOf(destination);
      if (to === undefined) throw new TypeError('The destination is not a WritableStream');
      o = convertPipeOptions(options);
      if (s.reader !== undefined) throw lockedError();
      if (to.writer !== undefined) throw new TypeError('This WritableStream is currently locked to a writer.');
    } catch (e) {
      return rejected(e);
    }
    return lazy('streams_pipe').pipe(s, to, o);
  }
  tee() {
    const branches = lazy('streams_tee').tee(own(this));
    return [branches[0].public, branches[1].public];
  }
  values(options = undefined) {
    const s = own(this);
    options = dictionary(options, 'The options');
    const preventCancel = options === undefined ? false : !!options.preventCancel;
    return lazy('streams_iterate').iterate(s, preventCancel);
  }
}
internal.shape(ReadableStream, 'ReadableStream');
ObjectDefineProperty(ReadableStream.prototype, SymbolAsyncIterator, {
  __proto__: null,
  value: ReadableStream.prototype.values,
  writable: true,
  configurable: true,
});

return {
  ReadableStream,
  Readable,
  READABLE,
  CLOSED,
  ERRORED,
  DefaultReader,
  DefaultController,
  recordOf,
  acquireReader,
  attach,
  detach,
  released,
  read,
  release,
  cancel,
  closeStream,
  errorStream,
  startController,
  createReadable,
};
