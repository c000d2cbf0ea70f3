// What the stream classes share: promises that are made only when somebody looks, queues, strategies, buffers.
// https://streams.spec.whatwg.org/  The classes users see hold one private field, a record; all algorithms work on
// records, so that the streams behind request and response bodies need no user-visible object at all.
const {
  Number,
  Promise,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  PromiseWithResolvers,
  RangeError,
  ReflectApply,
  TypeError,
} = primordials;

const { record } = internal.load('webidl');
const noop = () => undefined;
const resolvedUndefined = PromiseResolve(undefined);

// Both handlers must not throw.
function react(promise, onFulfilled, onRejected) {
  PromisePrototypeThen(promise, onFulfilled, onRejected);
}
function rejected(reason) {
  return PromiseReject(reason);
}
// A rejection of this one is nobody's fault.
function handled(promise) {
  PromisePrototypeThen(promise, undefined, noop);
  return promise;
}
// "A promise resolved with v".
function promiseFor(v) {
  if (v === undefined) return resolvedUndefined;
  return new Promise((resolve) => resolve(v));
}
// Calls a function of the user's; what it returns or throws becomes a promise.
function callForPromise(fn, self, args) {
  let result;
  try {
    result = ReflectApply(fn, self, args);
  } catch (e) {
    return rejected(e);
  }
  return promiseFor(result);
}

// { promise, resolve, reject }, made by the engine: half of what a `new Promise(function)` costs.
class Deferred {
  constructor() {
    return PromiseWithResolvers();
  }
}

const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;
// A promise of undefined that comes into being when it is asked for. Its rejection counts as handled.
class LatePromise {
  constructor(state, reason) {
    this.state = state;
    this.reason = reason;
    this.deferred = undefined;
    this.made = undefined;
    this.listener = undefined;
    this.listenerOfFailure = undefined;
  }
  resolve() {
    if (this.state !== PENDING) return;
    this.state = FULFILLED;
    if (this.deferred !== undefined) this.deferred.resolve(undefined);
    if (this.listener !== undefined) react(resolvedUndefined, this.listener);
  }
  reject(reason) {
    if (this.state !== PENDING) return;
    this.state = REJECTED;
    this.reason = reason;
    if (this.deferred !== undefined) {
      handled(this.made);
      this.deferred.reject(reason);
    }
    if (this.listenerOfFailure !== undefined) react(rejected(reason), undefined, this.listenerOfFailure);
  }
  // What react(this.promise, onFulfilled, onRejected) does, without a promise for the one that waits. Neither may throw;
  // onRejected may be undefined.
  listen(onFulfilled, onRejected) {
    if (this.state === FULFILLED) {
      react(resolvedUndefined, onFulfilled);
    } else if (this.state === REJECTED) {
      if (onRejected !== undefined) react(rejected(this.reason), undefined, onRejected);
    } else if (this.listener !== undefined) {
      react(this.promise, onFulfilled, onRejected ?? noop);
    } else {
      this.listener = onFulfilled;
      this.listenerOfFailure = onRejected;
    }
  }
  get promise() {
    if (this.made !== undefined) return this.made;
    if (this.state === PENDING) {
      this.deferred = new Deferred();
      this.made = this.deferred.promise;
    } else if (this.state === FULFILLED) {
      this.made = new Promise((resolve) => resolve(undefined));
    } else {
      this.made = handled(rejected(this.reason));
    }
    return this.made;
  }
}
record(LatePromise);

// First in, first out, by a `next` field of the items: no array whose prototype users could have changed.
class Queue {
  constructor() {
    this.first = undefined;
    this.last = undefined;
    this.count = 0;
  }
  push(item) {
    item.next = undefined;
    if (this.last === undefined) this.first = item;
    else this.last.next = item;
    this.last = item;
    this.count++;
  }
  shift() {
    const item = this.first;
    this.first = item.next;
    if (this.first === undefined) this.last = undefined;
    this.count--;
    item.next = undefined;
    return item;
  }
  clear() {
    this.first = this.last = undefined;
    this.count = 0;
  }
}
record(Queue);

// Queue-with-sizes, section 8.1.
class Sized {
  constructor(value, size) {
    this.value = value;
    this.size = size;
    this.next = undefined;
  }
}
record(Sized);
// A queue that is filled and emptied by turns needs one pair: the last that left it is kept as `spare`.
function enqueueSized(container, value, size) {
  if (typeof size !== 'number' || !(size >= 0) || size === Infinity)
    throw new RangeError('The size of a chunk must be a finite number, not negative');
  let pair = container.spare;
  if (pair === undefined) {
    pair = new Sized(value, size);
  } else {
    container.spare = undefined;
    pair.value = value;
    pair.size = size;
  }
  container.queue.push(pair);
  container.total += size;
}
function dequeueSized(container) {
  const pair = container.queue.shift();
  container.total -= pair.size;
  if (container.total < 0) container.total = 0;
  const { value } = pair;
  pair.value = undefined;
  container.spare = pair;
  return value;
}
function resetQueue(container) {
  container.queue.clear();
  container.total = 0;
}

// QueuingStrategy as Web IDL converts it: { highWaterMark, size }.
function convertStrategy(v) {
  if (v === undefined || v === null) return { highWaterMark: undefined, size: undefined };
  if ((typeof v !== 'object' && typeof v !== 'function') || v === null)
    throw new TypeError('The queuing strategy is not an object');
  let highWaterMark = v.highWaterMark;
  if (highWaterMark !== undefined) highWaterMark = Number(highWaterMark);
  const size = v.size;
  if (size !== undefined && typeof size !== 'function')
    throw new TypeError("The queuing strategy's size is not a function");
  return { highWaterMark, size };
}
function highWaterMarkOf(strategy, standard) {
  const h = strategy.highWaterMark;
  if (h === undefined) return standard;
  if (h !== h || h < 0)
    throw new (internal.isPedantic ? RangeError : TypeError)('The highWaterMark must be a number, not negative');
  return h;
}
// undefined stands for "every chunk is 1".
function sizeAlgorithmOf(strategy) {
  const { size } = strategy;
  if (size === undefined) return undefined;
  if (internal.isPedantic) return (chunk) => Number(ReflectApply(size, undefined, [chunk]));
  return (chunk) => {
    const n = Number(ReflectApply(size, undefined, [chunk]));
    if (n !== n) throw new TypeError('The value cannot be converted because it is not an integer.');
    return n;
  };
}

return {
  noop,
  resolvedUndefined,
  react,
  rejected,
  handled,
  promiseFor,
  callForPromise,
  Deferred,
  LatePromise,
  PENDING,
  FULFILLED,
  REJECTED,
  Queue,
  enqueueSized,
  dequeueSized,
  resetQueue,
  convertStrategy,
  highWaterMarkOf,
  sizeAlgorithmOf,
};
