// What AsyncLocalStorage stands on: the frame of stores that the running code belongs to, carried across promises, await,
// timers and microtasks. Loaded, and paid for, only by a Worker that makes an AsyncLocalStorage.
//
// The engine has no hooks for promises, so this is how it is done.
// 1. `then` of promises is replaced by one that runs its callbacks in the frame it was called in.
// 2. `await p` reads p.constructor (PromiseResolve, ECMA-262 27.2.4.7.1) and then adds the continuation to p's reactions. So
//    Promise.prototype.constructor is a getter, which adds a reaction just before it: "the frame is now F". The two are
//    neighbours in p's list, and so in the queue of microtasks.
// 3. `await 5` reads nothing. But the queue is first in, first out: whenever the frame changes, a microtask that says so is put into
//    it (a mark), and what the code behind it queues comes behind the mark. A mark that has run is put back while the queue
//    ends in another frame; when nothing else has been seen for ROUNDS rounds through the queue, that ends.
// What this cannot see: more than ROUNDS `await 5` in a row while other frames take turns with it, and nothing but such awaits.
const {
  ObjectDefineProperty, Promise, PromisePrototypeThen, PromiseResolve, ReflectApply, globalThis,
} = primordials;
const ROUNDS = 16, MOST = 4096; // and no more marks than that beyond one round

// internal.frame: the current one, undefined at the root; core.js sets it back when another event's code begins.
let tail; // the frame in which the queue ends
let reading = false; // the constructor of a promise is read by ourselves
let quiet = 0; // marks that ran since anything else was seen
let marks = 0; // in the queue
const settled = PromiseResolve(undefined);

function mark() {
  const frame = internal.frame;
  const nested = reading;
  tail = frame;
  marks++;
  reading = true; // a mark that made the getter add another reaction would never end
  PromisePrototypeThen(settled, () => {
    internal.frame = frame;
    const most = marks + (marks * ROUNDS < MOST ? marks * ROUNDS : MOST);
    marks--;
    if (tail !== frame && ++quiet < most) mark();
  });
  reading = nested;
}
function enter(frame) {
  quiet = 0;
  if (internal.frame === frame && tail === frame) return;
  internal.frame = frame;
  if (tail !== frame) mark();
}
// fn in a frame, and back.
function run(frame, fn, self, args) {
  const before = internal.frame;
  if (before === frame) return ReflectApply(fn, self, args);
  enter(frame);
  try {
    return ReflectApply(fn, self, args);
  } finally {
    enter(before);
  }
}
function bound(fn, frame) {
  return function (value) {
    const before = internal.frame;
    if (before === frame && tail === frame) return fn(value);
    enter(frame);
    try {
      return fn(value);
    } finally {
      enter(before);
    }
  };
}

// --- then, constructor ----------------------------------------------------------------------------------------------
let patched = false;
function patch() {
  if (patched) return;
  patched = true;
  internal.turned = () => { // an event's code begins; the queue is empty
    internal.frame = tail = undefined;
    quiet = marks = 0;
  };
  const proto = Promise.prototype;
  const then = {
    then(onFulfilled, onRejected) {
      const frame = internal.frame;
      const nested = reading;
      quiet = 0;
      reading = true; // it reads the constructor itself (SpeciesConstructor)
      try {
        return PromisePrototypeThen(this, typeof onFulfilled === "function" ? bound(onFulfilled, frame) : onFulfilled,
          typeof onRejected === "function" ? bound(onRejected, frame) : onRejected);
      } finally {
        reading = nested;
      }
    },
  }.then;
  ObjectDefineProperty(proto, "then", { __proto__: null, value: then, writable: true, configurable: true, enumerable: false });
  ObjectDefineProperty(proto, "constructor", {
    __proto__: null, configurable: true, enumerable: false,
    get() {
      // Somebody may just read it; then this costs a microtask and does nothing.
      if (this !== proto && !reading) {
        const frame = internal.frame;
        quiet = 0;
        reading = true;
        try {
          PromisePrototypeThen(this, () => enter(frame), () => enter(frame));
        } catch {
          // not a promise
        } finally {
          reading = false;
        }
      }
      return Promise;
    },
    set(value) {
      ObjectDefineProperty(this, "constructor", { __proto__: null, value, writable: true, configurable: true, enumerable: this !== proto });
    },
  });
  const { queueMicrotask } = globalThis;
  ObjectDefineProperty(globalThis, "queueMicrotask", {
    __proto__: null, writable: true, configurable: true, enumerable: true,
    value: {
      queueMicrotask(fn) {
        const frame = internal.frame;
        return queueMicrotask(typeof fn === "function" ? () => run(frame, fn, undefined, []) : fn);
      },
    }.queueMicrotask,
  });
}

return { patch, enter, run };
