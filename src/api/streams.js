// Streams for the other built-ins: bodies, fetch, caches, compression. Users get the classes of streams_*.js.
// Arguments and results called `stream` are ReadableStream objects, as users hold them.
const { ArrayPrototypePush, PromisePrototypeThen, PromiseReject, PromiseResolve, TypeError, TypedArrayPrototypeSet, Uint8Array } =
  primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { record } = lazy('webidl');
const readable = lazy('streams_readable');
const { recordOf } = readable;
const { Deferred, callForPromise, resolvedUndefined } = core;
const { asBytes, viewBuffer, viewByteLength, viewByteOffset } = lazy('bytes');

// The controller that a native source sees.
class NativeController {
  constructor(controller) {
    this.controller = controller;
  }
  // The source gives the bytes away: their buffer must belong to nobody else.
  enqueue(bytes) {
    const length = viewByteLength(bytes);
    if (length > 0) this.controller.enqueueOwned(viewBuffer(bytes), viewByteOffset(bytes), length);
    else this.controller.pullIfNeeded();
  }
  close() {
    const { controller } = this;
    if (!controller.canCloseOrEnqueue()) return;
    controller.close();
    if (controller.stream.state === readable.CLOSED && controller.pullIntos.count > 0) controller.respond(0);
  }
  error(e) {
    this.controller.fail(e);
  }
  get desiredSize() {
    return this.controller.desiredSize;
  }
}
record(NativeController);

// A byte stream whose source is not JavaScript. source.start(controller) is called once, when somebody first wants
// bytes; source.pull(controller) whenever a reader waits and nothing is queued, not again before the promise it may
// return has settled; source.cancel(reason). All optional. source.id: what takeNative() gives.
function newNativeReadable(source) {
  const stream = new readable.Readable();
  let started = false;
  const pull = () => {
    if (!started) {
      started = true;
      if (source.start !== undefined) source.start(native);
    }
    return source.pull === undefined ? resolvedUndefined : callForPromise(source.pull, source, [native]);
  };
  const cancel = (reason) =>
    source.cancel === undefined ? resolvedUndefined : callForPromise(source.cancel, source, [reason]);
  const { ByteController } = lazy('streams_byte');
  const controller = new ByteController(stream, pull, cancel, 0, undefined);
  const native = new NativeController(controller);
  controller.started = true;
  controller.isOurs = true;
  stream.id = source.id;
  return stream.public;
}

// The id of a native stream that nobody has touched; the stream is disturbed and locked from now on. Else undefined.
function takeNative(stream) {
  const s = recordOf(stream);
  if (s.id === undefined || s.disturbed || s.reader !== undefined || s.state !== readable.READABLE) return undefined;
  if (s.controller.total > 0 || s.controller.closeRequested) return undefined;
  readable.acquireReader(s);
  s.disturbed = true;
  return s.id;
}

const isReadableStream = (v) => recordOf(v) !== undefined;
const isWritableStream = (v) => lazy('streams_writable').recordOf(v) !== undefined;
const isLocked = (stream) => recordOf(stream).reader !== undefined;
const isDisturbed = (stream) => recordOf(stream).disturbed;
const isErrored = (stream) => recordOf(stream).state === readable.ERRORED;

// A read whose result has no prototype: nobody's `then` is looked at when it settles.
class Read {
  constructor() {
    this.next = undefined;
    this.deferred = undefined;
    this.promise = undefined;
  }
  settle(result) {
    if (this.deferred !== undefined) this.deferred.resolve(result);
    else this.promise = PromiseResolve(result);
  }
  chunk(value) {
    this.settle({ __proto__: null, value, done: false });
  }
  close() {
    this.settle({ __proto__: null, value: undefined, done: true });
  }
  error(e) {
    if (this.deferred !== undefined) this.deferred.reject(e);
    else this.promise = PromiseReject(e);
  }
  wait() {
    if (this.promise !== undefined) return this.promise;
    this.deferred = new Deferred();
    return this.deferred.promise;
  }
}
record(Read);

// A reader that user code cannot see. Throws TypeError when the stream is locked.
function reader(stream) {
  const r = readable.acquireReader(recordOf(stream));
  return {
    __proto__: null,
    read() {
      const request = new Read();
      readable.read(r, request);
      return request.wait();
    },
    cancel: (reason) => readable.cancel(r.stream, reason),
    release: () => readable.release(r),
  };
}

const cancel = (stream, reason) => readable.cancel(recordOf(stream), reason);

function tee(stream) {
  const s = recordOf(stream);
  const branches = lazy('streams_tee').tee(s);
  branches[0].fixedLength = branches[1].fixedLength = s.fixedLength;
  return [branches[0].public, branches[1].public];
}

// One chunk, then the end. The stream owns the bytes.
function fromBytes(bytes) {
  return newNativeReadable({
    __proto__: null,
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
const fromIterable = (iterable) => lazy('streams_iterate').fromIterable(iterable).public;

// --- Reading to the end ------------------------------------------------------------------------------------

const notBytes = () => new TypeError('This ReadableStream did not return bytes.');

// Reads a record without promises: onChunk(bytes) returns undefined to go on at once, or a promise that this waits for.
class Pump {
  constructor(stream, sink) {
    this.next = undefined;
    this.reader = readable.acquireReader(stream);
    this.sink = sink; // { write(bytes), close(), abort(e) }
    this.inRead = false;
    this.arrived = false;
    this.waiting = false;
    this.done = false;
    this.value = undefined;
    this.resume = () => this.run();
    this.failed = (e) => this.cancel(e);
  }
  run() {
    while (!this.done) {
      this.arrived = false;
      this.inRead = true;
      readable.read(this.reader, this);
      this.inRead = false;
      if (!this.arrived || !this.deliver()) return;
    }
  }
  // True to go on reading.
  deliver() {
    const { value } = this;
    this.value = undefined;
    const bytes = asBytes(value);
    if (bytes === undefined) {
      this.cancel(notBytes());
      return false;
    }
    let wait;
    try {
      wait = this.sink.write(bytes);
    } catch (e) {
      this.cancel(e);
      return false;
    }
    if (wait === undefined) return !this.done;
    PromisePrototypeThen(wait, this.resume, this.failed);
    return false;
  }
  chunk(value) {
    this.arrived = true;
    this.value = value;
    if (!this.inRead && this.deliver()) this.run();
  }
  close() {
    if (this.done) return;
    this.done = true;
    readable.release(this.reader);
    this.sink.close();
  }
  error(e) {
    if (this.done) return;
    this.done = true;
    readable.release(this.reader);
    this.sink.abort(e);
  }
  // Stops reading: cancels the stream and tells the sink.
  cancel(reason) {
    if (this.done) return;
    this.done = true;
    core.handled(readable.cancel(this.reader.stream, reason));
    readable.release(this.reader);
    this.sink.abort(reason);
  }
}
record(Pump);

// Moves a stream into sink.write(Uint8Array); write may return a promise: nothing is read before it fulfils (its
// rejection cancels the stream). Ends with exactly one of sink.close() and sink.abort(reason). A chunk that is neither an
// ArrayBuffer nor a view is a TypeError. The chunk's buffer stays the producer's: copy what outlives write(). Returns the
// pump; pump.cancel(reason) when the sink wants no more.
function pumpTo(stream, sink) {
  const pump = new Pump(recordOf(stream), sink);
  pump.run();
  return pump;
}

// A promise of all bytes as one Uint8Array that belongs to the caller. Locks the stream while it reads.
function readAllBytes(stream) {
  const result = new Deferred();
  const chunks = [];
  let total = 0;
  try {
    pumpTo(stream, {
      __proto__: null,
      write(bytes) {
        const n = viewByteLength(bytes);
        if (n === 0) return;
        ArrayPrototypePush(chunks, bytes);
        total += n;
      },
      close() {
        result.resolve(join(chunks, total));
      },
      abort: result.reject,
    });
  } catch (e) {
    result.reject(e);
  }
  return result.promise;
}
function join(chunks, total) {
  const all = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    TypedArrayPrototypeSet(all, chunks[i], at);
    at += viewByteLength(chunks[i]);
  }
  return all;
}

// How many bytes the readable side of a FixedLengthStream promises, undefined for any other stream.
const lengthOf = (stream) => recordOf(stream).fixedLength;

return {
  newNativeReadable,
  takeNative,
  isReadableStream,
  isWritableStream,
  isLocked,
  isDisturbed,
  isErrored,
  reader,
  cancel,
  tee,
  fromBytes,
  fromIterable,
  pumpTo,
  readAllBytes,
  lengthOf,
};
