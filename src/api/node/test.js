// node:test, as far as it makes sense outside of a test runner: mocks, as Workers have them.
const { Error, Object } = primordials;
const errors = () => internal.load("node/errors");

class MockFunctionContext {
  #calls = [];
  #mocks = new Map();
  #original;
  #implementation;
  #restore;
  #times;
  constructor(original, implementation, restore, times) {
    this.#original = original;
    this.#implementation = implementation;
    this.#restore = restore;
    this.#times = times;
  }
  get calls() { return this.#calls.slice(); }
  callCount() { return this.#calls.length; }
  mockImplementation(implementation) {
    errors().validateFunction(implementation, "implementation");
    this.#implementation = implementation;
  }
  mockImplementationOnce(implementation, onCall = undefined) {
    errors().validateFunction(implementation, "implementation");
    const call = onCall ?? this.#calls.length;
    errors().validateInteger(call, "onCall", this.#calls.length);
    this.#mocks.set(call, implementation);
  }
  restore() {
    if (this.#restore !== undefined) this.#restore();
    this.#implementation = this.#original;
    this.#mocks.clear();
  }
  resetCalls() { this.#calls = []; }
  static next(ctx) {
    const n = ctx.#calls.length, once = ctx.#mocks.get(n), implementation = once ?? ctx.#implementation;
    ctx.#mocks.delete(n);
    if (n + 1 === ctx.#times) ctx.restore();
    return implementation;
  }
  static track(ctx, call) { ctx.#calls.push(call); }
}
const { next, track } = MockFunctionContext;
delete MockFunctionContext.next;
delete MockFunctionContext.track;

function mocked(fn, ctx) {
  const note = (self, args, made, run) => {
    const implementation = next(ctx), target = made ? fn : undefined;
    let result, error, failed = false;
    try {
      result = run(implementation);
    } catch (e) {
      error = e;
      failed = true;
    }
    track(ctx, { arguments: args, error, result, stack: new Error(), target, this: made ? result : self });
    if (failed) throw error;
    return result;
  };
  return new Proxy(fn, {
    __proto__: null,
    apply: (_, self, args) => note(self, args, false, (f) => Reflect.apply(f, self, args)),
    construct: (_, args, target) => note(undefined, args, true, (f) => Reflect.construct(f, args, target)),
    get: (f, key, receiver) => (key === "mock" ? ctx : Reflect.get(f, key, receiver)),
  });
}
function timesOf(options) {
  const times = options?.times === undefined ? Infinity : options.times;
  if (times !== Infinity) errors().validateInteger(times, "options.times", 1);
  return times;
}

class MockTracker {
  #mocks = [];
  fn(original = function () {}, implementation = original, options = {}) {
    if (original !== null && typeof original === "object") {
      options = original;
      original = function () {};
      implementation = original;
    } else if (implementation !== null && typeof implementation === "object") {
      options = implementation;
      implementation = original;
    }
    errors().validateFunction(original, "original");
    errors().validateFunction(implementation, "implementation");
    const ctx = new MockFunctionContext(original, implementation, undefined, timesOf(options));
    this.#mocks.push(ctx);
    return mocked(original, ctx);
  }
  method(object, name, implementation = undefined, options = {}) {
    if ((typeof object !== "object" && typeof object !== "function") || object === null) throw errors().invalidArgType("object", ["Object", "Function"], object);
    if (typeof name !== "string" && typeof name !== "symbol") throw errors().invalidArgType("methodName", ["string", "symbol"], name);
    if (implementation !== null && typeof implementation === "object") {
      options = implementation;
      implementation = undefined;
    }
    const { getter = false, setter = false } = options;
    if (getter && setter) throw errors().invalidArgValue("options.setter", setter, "cannot be used with 'options.getter'");
    let owner = object, d;
    while (owner !== null && (d = Object.getOwnPropertyDescriptor(owner, name)) === undefined) owner = Object.getPrototypeOf(owner);
    const original = getter ? d?.get : setter ? d?.set : d?.value;
    if (typeof original !== "function") throw errors().invalidArgValue("methodName", original, "must be a method");
    if (owner === object && !d.configurable) throw new TypeError(`Cannot redefine property: ${String(name)}`);
    const restore = () => Object.defineProperty(object, name, d);
    const ctx = new MockFunctionContext(original, implementation ?? original, restore, timesOf(options));
    this.#mocks.push(ctx);
    const mock = mocked(original, ctx);
    const replaced = { configurable: d.configurable, enumerable: d.enumerable };
    if (getter) Object.assign(replaced, { get: mock, set: d.set });
    else if (setter) Object.assign(replaced, { get: d.get, set: mock });
    else Object.assign(replaced, { writable: d.writable, value: mock });
    Object.defineProperty(object, name, replaced);
    return mock;
  }
  getter(object, name, implementation = undefined, options = {}) {
    if ((implementation?.getter ?? options.getter) === false) throw errors().invalidArgValue("options.getter", false, "cannot be false");
    if (implementation !== null && typeof implementation === "object") return this.method(object, name, { ...implementation, getter: true });
    return this.method(object, name, implementation, { ...options, getter: true });
  }
  setter(object, name, implementation = undefined, options = {}) {
    if ((implementation?.setter ?? options.setter) === false) throw errors().invalidArgValue("options.setter", false, "cannot be false");
    if (implementation !== null && typeof implementation === "object") return this.method(object, name, { ...implementation, setter: true });
    return this.method(object, name, implementation, { ...options, setter: true });
  }
  property(object, name, value = undefined) {
    const d = Object.getOwnPropertyDescriptor(object, name);
    if (d === undefined) throw errors().invalidArgValue("propertyName", name, "is not a property of the object");
    Object.defineProperty(object, name, { configurable: true, enumerable: d.enumerable, writable: true, value });
    this.#mocks.push({ restore: () => Object.defineProperty(object, name, d) });
    return object;
  }
  get timers() { throw errors().notImplemented("mock.timers"); }
  module() { throw errors().notImplemented("mock.module"); }
  reset() {
    this.restoreAll();
    this.#mocks = [];
  }
  restoreAll() {
    for (let i = this.#mocks.length - 1; i >= 0; i--) this.#mocks[i].restore();
  }
}
const mock = new MockTracker();
const missing = (name) => Object.defineProperty(() => { throw errors().notImplemented(`node:test ${name}()`); }, "name", { value: name });
const test = missing("test");
return Object.assign(test, {
  mock, MockTracker, MockFunctionContext, test, describe: missing("describe"), it: missing("it"), suite: missing("suite"), before: missing("before"),
  after: missing("after"), beforeEach: missing("beforeEach"), afterEach: missing("afterEach"), run: missing("run"),
});
