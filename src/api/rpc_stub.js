// Stubs: what stands here for a function or an object elsewhere, and whatever a call of it will give. rpc.js is the other side.
//
// A cap is what a stub holds: call(path, args) -> Result (args null: the value of the property), ref(), unref(); the last unref() lets
// go of it. Kinds of caps: Local (an object of this isolate), Forward (a promise or a property passed on), rpc.js's Remote,
// service.js's Service. A Result can be called too: on what it will be.
const {
  ArrayIsArray, ArrayPrototypePush, ArrayPrototypeSlice, Error, ObjectHasOwn, ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, Object,
  ObjectGetPrototypeOf, Promise, PromisePrototypeThen, PromiseResolve, Proxy, ReflectApply, SymbolDispose, TypeError, WeakMap,
  WeakMapPrototypeGet, WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load, core = internal.core;
const { record } = lazy("webidl");

const STUB = 0, PROMISE = 1, PROPERTY = 2, SERVICE = 3;
const WAITING = 0, DONE = 1, FAILED = 2;

const handles = new WeakMap(); // what users hold -> Handle
function handleOf(v) {
  if (typeof v !== "function" && (typeof v !== "object" || v === null)) return undefined;
  const known = WeakMapPrototypeGet(handles, v), cap = known === undefined ? lazy("service").capOf(v) : undefined;
  if (cap === undefined) return known;
  const handle = new Handle(SERVICE, cap, [], null);
  WeakMapPrototypeSet(handles, v, handle);
  return handle;
}

function join(path, more) {
  if (path.length === 0) return more;
  const all = ArrayPrototypeSlice(path);
  for (let i = 0; i < more.length; i++) ArrayPrototypePush(all, more[i]);
  return all;
}

// --- What a call gives -------------------------------------------------------------------------------------------------
class Result {
  // more(path, args): a call on what this will be, while it is not known; null: it waits here.
  constructor(more) {
    this.state = WAITING;
    this.value = undefined;
    this.more = more;
    this.dropped = false;
    this.promise = new Promise((ok, fail) => {
      this.ok = ok;
      this.fail = fail;
    });
  }
  settle(failed, value) {
    if (this.state !== WAITING) return;
    this.state = failed ? FAILED : DONE;
    this.value = value;
    this.more = null;
    if (failed) this.fail(value);
    else this.ok(value);
    if (this.dropped && !failed) disposeValue(value);
  }
  call(path, args) {
    if (this.more !== null) {
      PromisePrototypeThen(this.promise, undefined, () => {}); // told by the longer one
      return this.more(path, args);
    }
    if (this.state === DONE) return attempt(() => deliver(this.value, path, args));
    const copied = attemptCopy(args);
    return after(this.promise, (value) => deliver(value, path, copied()));
  }
  dispose() {
    if (this.state === DONE) disposeValue(this.value);
    this.dropped = true;
  }
  ref() {}
  unref() {}
}
record(Result);

// The Result of what fn() returns, a promise or not.
function attempt(fn) {
  const result = new Result(null);
  let v;
  try {
    v = fn();
  } catch (e) {
    result.settle(true, e);
    return result;
  }
  PromisePrototypeThen(PromiseResolve(v), (x) => result.settle(false, x), (e) => result.settle(true, e));
  return result;
}
function after(promise, fn) {
  return attempt(() => PromisePrototypeThen(promise, fn));
}
// Arguments as they are now: what the caller changes afterwards changes nothing.
function attemptCopy(args) {
  if (args === null) return () => null;
  try {
    return lazy("rpc_values").copy(args);
  } catch (e) {
    return () => {
      throw e;
    };
  }
}
function disposeValue(value) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
  const dispose = value[SymbolDispose];
  if (typeof dispose === "function") ReflectApply(dispose, value, []);
}

// --- Caps ----------------------------------------------------------------------------------------------------------------
// One end of a stream that was passed (rpc_values.js).
class StreamEnd {
  constructor(methods, gone) {
    this.methods = methods;
    this.gone = gone; // nobody will call any more
  }
}
record(StreamEnd);

class Local {
  constructor(target) {
    this.target = target;
    this.refs = 1;
  }
  call(path, args) {
    const copied = attemptCopy(args), values = lazy("rpc_values");
    return after(PromiseResolve(undefined), async () => {
      const given = copied();
      let value;
      try {
        value = await deliver(this.target, path, given);
      } finally {
        if (given !== null) copied.dispose();
      }
      return values.copy(value, true)();
    });
  }
  ref() {
    this.refs++;
  }
  unref() {
    if (--this.refs !== 0) return;
    const { target } = this;
    this.target = undefined;
    if (target instanceof StreamEnd) target.gone();
    else PromisePrototypeThen(PromisePrototypeThen(PromiseResolve(undefined), () => disposeValue(target)), undefined, core.report);
  }
}
record(Local);

class Forward {
  constructor(handle) {
    this.handle = handle;
  }
  call(path, args) {
    return this.handle.call(path, args);
  }
  ref() {}
  unref() {}
}
record(Forward);

// --- What can be reached ---------------------------------------------------------------------------------------------------
function isTarget(v) {
  if (typeof v !== "object" || v === null) return false;
  const { RpcTarget } = lazy("worker");
  for (let p = ObjectGetPrototypeOf(v); p !== null; p = ObjectGetPrototypeOf(p)) if (p === RpcTarget.prototype) return true;
  return false;
}
// A member that a class defines, or one it extends, up to `base`: not what an instance has, not what the language has.
function onPrototype(object, base, key) {
  for (let p = ObjectGetPrototypeOf(object); p !== null && p !== base; p = ObjectGetPrototypeOf(p)) {
    const d = ObjectGetOwnPropertyDescriptor(p, key);
    if (d === undefined || key === "constructor") continue;
    if ("value" in d) return d.value;
    return d.get === undefined ? undefined : ReflectApply(d.get, object, []);
  }
  return undefined;
}
function member(v, key) {
  if (typeof v !== "object" || v === null) return undefined;
  if (v instanceof StreamEnd) return ObjectHasOwn(v.methods, key) ? v.methods[key] : undefined;
  if (isTarget(v)) return onPrototype(v, lazy("worker").RpcTarget.prototype, key);
  const proto = ObjectGetPrototypeOf(v);
  if (proto !== null && proto !== Object.prototype && !ArrayIsArray(v)) return undefined;
  return ObjectHasOwn(v, key) ? v[key] : undefined;
}
const missing = (key) => new TypeError(`The RPC receiver does not implement the method "${key}".`);

// Calls what is at the end of the path, or gives it. `root` is an object of ours, or a value that a call gave.
function deliver(root, path, args) {
  let self = undefined, value = root;
  for (let i = 0; i < path.length; i++) {
    const handle = handleOf(value);
    if (handle !== undefined) return handle.call(ArrayPrototypeSlice(path, i), args).promise;
    self = value;
    value = member(value, path[i]);
    if (value === undefined) throw missing(path[i]);
  }
  return finish(self, value, path, args);
}
function finish(self, value, path, args) {
  const handle = handleOf(value);
  if (handle !== undefined) return args === null ? value : handle.call([], args).promise;
  if (args === null) return typeof value === "function" && isTarget(self) ? (...given) => ReflectApply(value, self, given) : value;
  if (typeof value !== "function")
    throw new TypeError(path.length === 0 ? "This stub is not of a function." : `"${path[path.length - 1]}" is not a function.`);
  return ReflectApply(value, self, args);
}

// --- What users hold -------------------------------------------------------------------------------------------------------
// The handler of the proxy too.
class Handle {
  // base: the stub that a property is of.
  constructor(kind, cap, path, base) {
    this.kind = kind;
    this.cap = cap;
    this.path = path;
    this.base = base;
    this.disposed = false;
  }
  isDisposed() {
    return this.disposed || (this.base !== null && this.base.disposed);
  }
  call(path, args) {
    if (this.isDisposed())
      return attempt(() => {
        throw new Error("RPC stub used after being disposed.");
      });
    return this.cap.call(join(this.path, path), args);
  }
  promise() {
    return this.kind === PROMISE ? this.cap.promise : this.call([], null).promise;
  }
  dispose() {
    if (this.disposed) return;
    if (this.kind === STUB) {
      this.disposed = true;
      this.cap.unref();
    } else if (this.kind === PROMISE) this.cap.dispose();
  }
  dup() {
    if (this.isDisposed()) throw new Error("RPC stub used after being disposed.");
    this.cap.ref();
    return newStub(this.cap);
  }
  // The traps
  get(f, key) {
    if (key === SymbolDispose) return () => this.dispose();
    if (typeof key === "symbol") return undefined;
    if (this.kind === STUB) {
      if (key === "then") return undefined;
      if (key === "dup") return () => this.dup();
    } else if (key === "then" || key === "catch" || key === "finally") return onPromise(this, key);
    return proxy(new Handle(PROPERTY, this.cap, join(this.path, [key]), this.kind === STUB ? this : this.base));
  }
  apply(f, self, args) {
    return newPromise(this.call([], args));
  }
  getPrototypeOf() {
    const { RpcStub, RpcPromise, RpcProperty } = lazy("cloudflare").module;
    return (this.kind === STUB ? RpcStub : this.kind === PROMISE ? RpcPromise : RpcProperty).prototype;
  }
  has(f, key) {
    return typeof key === "string" || key === SymbolDispose;
  }
  ownKeys() {
    return [];
  }
  getOwnPropertyDescriptor() {
    return undefined;
  }
  set() {
    return false;
  }
  defineProperty() {
    return false;
  }
}
record(Handle);

function onPromise(handle, key) {
  if (key === "then") return (ok, fail) => PromisePrototypeThen(handle.promise(), ok, fail);
  if (key === "catch") return (fail) => PromisePrototypeThen(handle.promise(), undefined, fail);
  return (fn) =>
    PromisePrototypeThen(handle.promise(), (v) => PromisePrototypeThen(PromiseResolve(fn()), () => v), (e) =>
      PromisePrototypeThen(PromiseResolve(fn()), () => {
        throw e;
      }));
}
function proxy(handle) {
  const made = new Proxy(() => {}, handle);
  WeakMapPrototypeSet(handles, made, handle);
  return made;
}
// The stub takes over a reference to the cap.
const newStub = (cap) => proxy(new Handle(STUB, cap, [], null));
const newPromise = (result) => proxy(new Handle(PROMISE, result, [], null));
const newProperty = (cap, path) => proxy(new Handle(PROPERTY, cap, path, null));
// new RpcStub(target)
function stubFor(target) {
  if (typeof target !== "function" && !isTarget(target))
    throw new TypeError("Failed to construct 'RpcStub': parameter 1 is neither a function nor an RpcTarget.");
  const handle = handleOf(target);
  return handle !== undefined && handle.kind === STUB ? handle.dup() : newStub(new Local(target));
}

// What came with a call can be let go of as a whole.
function disposable(value, fresh) {
  if (typeof value !== "object" || value === null || handleOf(value) !== undefined || ObjectHasOwn(value, SymbolDispose)) return value;
  ObjectDefineProperty(value, SymbolDispose, {
    __proto__: null, writable: true, configurable: true,
    value() {
      for (let i = 0; i < fresh.length; i++) fresh[i].dispose();
    },
  });
  return value;
}

return {
  STUB, SERVICE, Result, Local, Forward, StreamEnd, attempt, handleOf, isTarget, onPrototype, deliver, finish, missing, newStub, newPromise,
  newProperty, stubFor, disposable,
};
