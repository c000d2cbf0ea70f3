// node:async_hooks. https://nodejs.org/api/async_context.html  How the context travels: async_context.js.
const { Error, Object } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors"), context = lazy("node/async_context");

// A frame is an immutable list: { key, value, next }, the newest first. undefined: no stores.
function storeOf(frame, key) {
  for (let f = frame; f !== undefined; f = f.next) if (f.key === key) return f;
  return undefined;
}
function without(frame, key) {
  if (storeOf(frame, key) === undefined) return frame;
  const kept = [];
  for (let f = frame; f !== undefined; f = f.next) if (f.key !== key) kept.push(f);
  let out;
  for (let i = kept.length - 1; i >= 0; i--) out = { __proto__: null, key: kept[i].key, value: kept[i].value, next: out };
  return out;
}
// What is bound during a request belongs to it; what was bound at the top level is everybody's.
const request = () => (internal.flag("bind_asynclocalstorage_snapshot_to_request") ? internal.core.eventNow() : null);
function sameRequest(event) {
  if (event !== null && internal.core.eventNow() !== event)
    throw new Error("Cannot call this AsyncLocalStorage bound function outside of the request in which it was created.");
}
const wrap = (frame, fn, event) => function (...args) {
  sameRequest(event);
  return context.run(frame, fn, this, args);
};

class AsyncLocalStorage {
  #key = { __proto__: null };
  #default;
  #name;
  constructor(options = {}) {
    errors().validateObject(options, "options");
    const { defaultValue, name } = options;
    this.#default = defaultValue;
    this.#name = name === undefined ? "" : `${name}`;
    context.patch();
  }
  get name() { return this.#name; }
  static bind(fn) {
    errors().validateFunction(fn, "fn");
    return wrap(internal.frame, fn, request());
  }
  static snapshot() {
    const frame = internal.frame, event = request();
    return (fn, ...args) => {
      sameRequest(event);
      return context.run(frame, fn, undefined, args);
    };
  }
  run(store, fn, ...args) {
    const key = this.#key;
    return context.run({ __proto__: null, key, value: store, next: without(internal.frame, key) }, fn, undefined, args);
  }
  exit(fn, ...args) {
    const key = this.#key;
    return context.run({ __proto__: null, key, value: undefined, next: without(internal.frame, key) }, fn, undefined, args);
  }
  getStore() {
    const f = storeOf(internal.frame, this.#key);
    return f === undefined ? this.#default : f.value;
  }
  enterWith(store) {
    const key = this.#key;
    context.enter({ __proto__: null, key, value: store, next: without(internal.frame, key) });
  }
  disable() {
    context.enter(without(internal.frame, this.#key));
  }
}

let lastId = 1;
class AsyncResource {
  #frame = internal.frame;
  #type;
  #id = ++lastId;
  constructor(type, options = undefined) {
    errors().validateString(type, "type");
    if (type.length === 0) throw errors().typeError("ERR_ASYNC_TYPE", `Invalid name for async "type": ${type}`);
    void options;
    this.#type = type;
  }
  get type() { return this.#type; }
  runInAsyncScope(fn, self = undefined, ...args) {
    return context.run(this.#frame, fn, self, args);
  }
  emitDestroy() { return this; }
  asyncId() { return this.#id; }
  triggerAsyncId() { return 1; }
  bind(fn, self = undefined) {
    errors().validateFunction(fn, "fn");
    const frame = this.#frame, has = arguments.length > 1 && self !== undefined;
    const out = function (...args) { return context.run(frame, fn, has ? self : this, args); };
    Object.defineProperties(out, {
      length: { __proto__: null, configurable: true, enumerable: false, value: fn.length, writable: false },
      asyncResource: { __proto__: null, configurable: true, enumerable: true, value: this, writable: true },
    });
    return out;
  }
  static bind(fn, type = undefined, self = undefined) {
    errors().validateFunction(fn, "fn");
    return new AsyncResource(type || fn.name || "bound-anonymous-fn").bind(fn, self);
  }
}

const hook = { __proto__: null, enable() { return this; }, disable() { return this; } };
return {
  AsyncLocalStorage, AsyncResource,
  createHook(callbacks) {
    errors().validateObject(callbacks, "callbacks");
    for (const name of ["init", "before", "after", "destroy", "promiseResolve"])
      if (callbacks[name] !== undefined && typeof callbacks[name] !== "function")
        throw errors().typeError("ERR_ASYNC_CALLBACK", `hook.${name} must be a function`);
    return { ...hook }; // its callbacks are never called, as in Workers
  },
  executionAsyncId: () => 0,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({ __proto__: null }),
  asyncWrapProviders: { __proto__: null },
};
