// Async iteration of a ReadableStream, and ReadableStream.from(). https://streams.spec.whatwg.org/#rs-asynciterator
const {
  AsyncIteratorPrototype,
  ObjectCreate,
  ObjectDefineProperties,
  Promise,
  PromisePrototypeThen,
  PromiseResolve,
  ReflectApply,
  SymbolAsyncIterator,
  SymbolIterator,
  SymbolToStringTag,
  TypeError,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load;
const { Deferred, promiseFor, rejected } = lazy('streams_core');
const { isObject, illegalInvocation, record } = lazy('webidl');
const readable = lazy('streams_readable');

const END = { __proto__: null };

class IteratorRead {
  constructor(reader) {
    this.next = undefined;
    this.reader = reader;
    this.deferred = new Deferred();
  }
  chunk(value) {
    this.deferred.resolve(value);
  }
  close() {
    readable.release(this.reader);
    this.deferred.resolve(END);
  }
  error(e) {
    readable.release(this.reader);
    this.deferred.reject(e);
  }
}
record(IteratorRead);

// The machinery of Web IDL's asynchronous iterators (3.7.10.2): one step at a time.
class Iteration {
  constructor(stream, preventCancel) {
    this.reader = readable.acquireReader(stream);
    this.preventCancel = preventCancel;
    this.ongoing = undefined;
    this.finished = false;
    this.onResult = (result) => {
      this.ongoing = undefined;
      if (result !== END) return { value: result, done: false };
      this.finished = true;
      return { value: undefined, done: true };
    };
    this.onFailure = (e) => {
      this.ongoing = undefined;
      this.finished = true;
      throw e;
    };
  }
  nextStep() {
    if (this.finished) return PromiseResolve({ value: undefined, done: true });
    return PromisePrototypeThen(this.read(), this.onResult, this.onFailure);
  }
  // A promise of the next chunk, or of END.
  read() {
    const { stream } = this.reader;
    if (stream.state === readable.READABLE && stream.controller.queue.count > 0) {
      stream.disturbed = true;
      const value = stream.controller.take();
      const promise = PromiseResolve(value);
      if (promise !== value) return promise;
      return promiseFor(value); // a chunk that is a promise
    }
    const request = new IteratorRead(this.reader);
    readable.read(this.reader, request);
    return request.deferred.promise;
  }
  returnStep(value) {
    if (this.finished) return PromiseResolve({ value, done: true });
    this.finished = true;
    let done;
    if (this.preventCancel) {
      done = promiseFor(undefined);
    } else {
      done = readable.cancel(this.reader.stream, value);
    }
    readable.release(this.reader);
    return PromisePrototypeThen(done, () => ({ value, done: true }));
  }
}
record(Iteration);

const iterations = new WeakMap();
const iterationOf = (v) => (isObject(v) ? WeakMapPrototypeGet(iterations, v) : undefined);

const prototype = ObjectCreate(AsyncIteratorPrototype);
const methods = {
  next() {
    const i = iterationOf(this);
    if (i === undefined) return rejected(illegalInvocation());
    if (i.ongoing === undefined) {
      i.ongoing = i.nextStep();
    } else {
      const step = () => i.nextStep();
      i.ongoing = PromisePrototypeThen(i.ongoing, step, step);
    }
    return i.ongoing;
  },
  return(value) {
    const i = iterationOf(this);
    if (i === undefined) return rejected(illegalInvocation());
    const step = () => i.returnStep(value);
    i.ongoing = i.ongoing === undefined ? step() : PromisePrototypeThen(i.ongoing, step, step);
    return i.ongoing;
  },
};
ObjectDefineProperties(prototype, {
  __proto__: null,
  next: { __proto__: null, value: methods.next, writable: true, enumerable: true, configurable: true },
  return: { __proto__: null, value: methods.return, writable: true, enumerable: true, configurable: true },
  [SymbolToStringTag]: { __proto__: null, value: 'ReadableStream AsyncIterator', configurable: true },
});

function iterate(stream, preventCancel) {
  const iteration = new Iteration(stream, preventCancel);
  const object = ObjectCreate(prototype);
  WeakMapPrototypeSet(iterations, object, iteration);
  return object;
}

// --- ReadableStream.from() -----------------------------------------------------------------------------------

// %AsyncFromSyncIteratorPrototype%, as far as from() needs it: values that are promises are awaited.
function settleValue(object, result, closeOnReject) {
  if (!isObject(result)) return rejected(new TypeError('The iterator result is not an object'));
  let done;
  let value;
  try {
    done = !!result.done;
    value = PromiseResolve(result.value);
  } catch (e) {
    return rejected(e);
  }
  const onRejected =
    done || !closeOnReject
      ? undefined
      : (e) => {
          try {
            const close = object.return;
            if (close !== undefined && close !== null) ReflectApply(close, object, []);
          } catch {
            // the first error counts
          }
          throw e;
        };
  return PromisePrototypeThen(value, (v) => ({ value: v, done }), onRejected);
}

// { next() -> promise, return: (reason) -> promise | undefined }
function getIterator(iterable) {
  if (iterable === undefined || iterable === null) throw new TypeError('The argument is not iterable');
  let method = iterable[SymbolAsyncIterator];
  const sync = method === undefined || method === null;
  if (sync) method = iterable[SymbolIterator];
  if (typeof method !== 'function') throw new TypeError('The argument is not iterable');
  const object = ReflectApply(method, iterable, []);
  if (!isObject(object)) throw new TypeError('The iterator is not an object');
  const { next } = object;
  return { object, next, sync };
}

function fromIterable(iterable) {
  const { object, next, sync } = getIterator(iterable);
  let controller;
  const take = (r) => {
    if (!isObject(r)) throw new TypeError('The iterator result is not an object');
    if (r.done) controller.close();
    else controller.enqueue(r.value);
  };
  const pull = () => {
    let result;
    try {
      result = ReflectApply(next, object, []);
      if (sync) result = settleValue(object, result, true);
    } catch (e) {
      return rejected(e);
    }
    return PromisePrototypeThen(promiseFor(result), take);
  };
  const cancel = (reason) => {
    let result;
    try {
      const close = object.return;
      if (close === undefined || close === null) return promiseFor(undefined);
      if (typeof close !== 'function') throw new TypeError("The iterator's return is not a function");
      result = ReflectApply(close, object, [reason]);
      if (sync) result = settleValue(object, result, false);
    } catch (e) {
      return rejected(e);
    }
    return PromisePrototypeThen(promiseFor(result), (r) => {
      if (!isObject(r)) throw new TypeError('The iterator result is not an object');
    });
  };
  const stream = readable.createReadable(undefined, pull, cancel, 0);
  ({ controller } = stream);
  return stream;
}

return { iterate, fromIterable };
