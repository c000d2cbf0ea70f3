// TransformStream. https://streams.spec.whatwg.org/#ts
const { PromisePrototypeThen, RangeError, ReflectApply, TypeError } = primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { kInternal, callback, illegalConstructor, illegalInvocation, isObject, record } = lazy('webidl');
const { Deferred, LatePromise, PENDING, callForPromise, convertStrategy, highWaterMarkOf, react, rejected, resolvedUndefined } = core;
const readable = lazy('streams_readable');
const writable = lazy('streams_writable');

// `steps`: transform(chunk), flush(), cancel(reason), each giving a promise, each optional.
class Transform {
  constructor(start, steps, writableHighWaterMark, writableSize, readableHighWaterMark, readableSize) {
    this.transform = steps.transform;
    this.flush = steps.flush;
    this.cancel = steps.cancel;
    this.finishing = undefined;
    this.backpressure = undefined;
    this.backpressureChange = undefined;
    this.madeController = undefined;
    const started = () => start;
    this.writable = writable.createWritable(
      started,
      (chunk) => this.sinkWrite(chunk),
      () => this.sinkClose(),
      (reason) => this.sinkAbort(reason),
      writableHighWaterMark,
      writableSize,
    );
    this.readable = readable.createReadable(
      started,
      () => {
        this.setBackpressure(false);
        return this.backpressureChange;
      },
      (reason) => this.sourceCancel(reason),
      readableHighWaterMark,
      readableSize,
    );
    this.readable.controller.pullsLate = true;
    this.setBackpressure(true);
  }
  get controller() {
    return this.madeController ?? (this.madeController = new TransformStreamDefaultController(kInternal, this));
  }
  setBackpressure(backpressure) {
    if (this.backpressureChange !== undefined) this.backpressureChange.resolve();
    this.backpressureChange = new LatePromise(PENDING, undefined);
    this.backpressure = backpressure;
  }
  unblockWrite() {
    if (this.backpressure) this.setBackpressure(false);
  }
  forget() {
    this.transform = this.flush = this.cancel = undefined;
  }

  // --- the writable side ---
  sinkWrite(chunk) {
    if (!this.backpressure) return this.perform(chunk);
    return PromisePrototypeThen(this.backpressureChange.promise, () => {
      if (this.writable.state === writable.ERRORING) throw this.writable.error;
      return this.perform(chunk);
    });
  }
  perform(chunk) {
    let promise;
    const { transform } = this;
    if (transform === undefined) {
      try {
        this.enqueue(chunk);
        promise = resolvedUndefined;
      } catch (e) {
        promise = rejected(e);
      }
    } else {
      promise = transform(chunk);
    }
    if (promise === resolvedUndefined) return promise;
    return PromisePrototypeThen(promise, undefined, (e) => {
      this.fail(e);
      throw e;
    });
  }
  sinkClose() {
    if (this.finishing !== undefined) return this.finishing.promise;
    const finishing = (this.finishing = new Deferred());
    const promise = this.flush === undefined ? resolvedUndefined : this.flush();
    this.forget();
    const stream = this.readable;
    react(
      promise,
      () => {
        if (stream.state === readable.ERRORED) {
          finishing.reject(stream.error);
        } else {
          stream.controller.close();
          finishing.resolve(undefined);
        }
      },
      (e) => {
        stream.controller.fail(e);
        finishing.reject(e);
      },
    );
    return finishing.promise;
  }
  sinkAbort(reason) {
    const stream = this.readable;
    return this.cancelled(
      reason,
      () => stream.state === readable.ERRORED,
      () => stream.error,
      (e) => stream.controller.fail(e),
    );
  }
  // --- the readable side ---
  sourceCancel(reason) {
    const stream = this.writable;
    if (this.finishing !== undefined) this.unblockWrite(); // a flush that waits for the reader
    return this.cancelled(
      reason,
      () => stream.state === writable.ERRORED,
      () => stream.error,
      (e) => {
        stream.controller.failIfNeeded(e);
        this.unblockWrite();
      },
    );
  }
  cancelled(reason, otherFailed, otherError, failOther) {
    if (this.finishing !== undefined) return this.finishing.promise;
    const finishing = (this.finishing = new Deferred());
    const promise = this.cancel === undefined ? resolvedUndefined : this.cancel(reason);
    this.forget();
    react(
      promise,
      () => {
        if (otherFailed()) {
          finishing.reject(otherError());
        } else {
          failOther(reason);
          finishing.resolve(undefined);
        }
      },
      (e) => {
        failOther(e);
        finishing.reject(e);
      },
    );
    return finishing.promise;
  }

  // --- what the transformer does ---
  get desiredSize() {
    return this.readable.controller.desiredSize;
  }
  enqueue(chunk) {
    const { controller } = this.readable;
    if (!controller.canCloseOrEnqueue()) throw new TypeError('The readable side is closed or errored');
    try {
      controller.enqueue(chunk);
    } catch (e) {
      this.failWritable(e);
      throw this.readable.error;
    }
    if (controller.shouldPull() === this.backpressure) this.setBackpressure(true);
  }
  fail(e) {
    this.readable.controller.fail(e);
    this.failWritable(e);
  }
  failWritable(e) {
    this.forget();
    this.writable.controller.failIfNeeded(e);
    this.unblockWrite();
  }
  terminate() {
    this.readable.controller.close();
    this.failWritable(new TypeError('The transform stream was terminated'));
  }
}
record(Transform);

// For streams with steps of our own (TextDecoderStream, compression): steps.transform(chunk) and steps.flush() may throw.
function createTransform(makeSteps) {
  let t;
  const controller = {
    enqueue: (chunk) => t.enqueue(chunk),
    terminate: () => t.terminate(),
    error: (e) => t.fail(e),
    // For steps that make many chunks of one: whether the reader has yet to take the last, when it has, and whether it is gone.
    blocked: () => t.backpressure && t.readable.controller.canCloseOrEnqueue(),
    unblocked: () => t.backpressureChange.promise,
    over: () => !t.readable.controller.canCloseOrEnqueue(),
  };
  const { transform, flush, cancel } = makeSteps(controller);
  const steps = {
    transform: transform && ((chunk) => callForPromise(transform, undefined, [chunk])),
    flush: flush && (() => callForPromise(flush, undefined, [])),
    cancel: cancel && ((reason) => callForPromise(cancel, undefined, [reason])),
  };
  t = new Transform(undefined, steps, 1, undefined, 0, undefined);
  return t;
}

// Transformer; members in alphabetical order, as Web IDL reads them.
function convertTransformer(v) {
  if (v === undefined) return { start: undefined };
  if (!isObject(v)) throw new TypeError('The transformer is not an object');
  const cancel = callback(v.cancel, "The transformer's cancel");
  const flush = callback(v.flush, "The transformer's flush");
  const { readableType } = v;
  const start = callback(v.start, "The transformer's start");
  const transform = callback(v.transform, "The transformer's transform");
  const { writableType } = v;
  if (readableType !== undefined) throw new RangeError('A readableType is not supported');
  if (writableType !== undefined) throw new RangeError('A writableType is not supported');
  return { cancel, flush, start, transform };
}

let recordOf;
let controllerOf;
function own(v) {
  const t = recordOf(v);
  if (t === undefined) throw illegalInvocation();
  return t;
}
function ownController(v) {
  const t = controllerOf(v);
  if (t === undefined) throw illegalInvocation();
  return t;
}

class TransformStream {
  #t;
  static {
    recordOf = (v) => (typeof v === 'object' && v !== null && #t in v ? v.#t : undefined);
  }
  constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
    if (transformer === kInternal) {
      this.#t = writableStrategy; // anything with records as .readable and .writable
      return;
    }
    if (transformer !== undefined && !isObject(transformer)) throw new TypeError('The transformer is not an object');
    const w = convertStrategy(writableStrategy);
    const r = convertStrategy(readableStrategy);
    const { start, transform, flush, cancel } = convertTransformer(transformer);
    const readableHighWaterMark = highWaterMarkOf(r, 0);
    const readableSize = core.sizeAlgorithmOf(r);
    const writableHighWaterMark = highWaterMarkOf(w, 1);
    const writableSize = core.sizeAlgorithmOf(w);
    const starting = new Deferred();
    const t = new Transform(
      starting.promise,
      {
        transform: transform && ((chunk) => callForPromise(transform, transformer, [chunk, t.controller])),
        flush: flush && (() => callForPromise(flush, transformer, [t.controller])),
        cancel: cancel && ((reason) => callForPromise(cancel, transformer, [reason])),
      },
      writableHighWaterMark,
      writableSize,
      readableHighWaterMark,
      readableSize,
    );
    this.#t = t;
    starting.resolve(start === undefined ? undefined : ReflectApply(start, transformer, [t.controller]));
  }
  get readable() {
    return own(this).readable.public;
  }
  get writable() {
    return own(this).writable.public;
  }
}
internal.shape(TransformStream, 'TransformStream');

class TransformStreamDefaultController {
  #t;
  static {
    controllerOf = (v) => (typeof v === 'object' && v !== null && #t in v ? v.#t : undefined);
  }
  constructor(token = undefined, record = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#t = record;
  }
  get desiredSize() {
    return ownController(this).desiredSize;
  }
  enqueue(chunk = undefined) {
    ownController(this).enqueue(chunk);
  }
  error(reason = undefined) {
    ownController(this).fail(reason);
  }
  terminate() {
    ownController(this).terminate();
  }
}
internal.shape(TransformStreamDefaultController, 'TransformStreamDefaultController');

return { TransformStream, TransformStreamDefaultController, createTransform };
