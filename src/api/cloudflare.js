// The global `Cloudflare`, and the module "cloudflare:workers".
const {
  ObjectDefineProperty, ObjectFreeze, Proxy, ReflectDeleteProperty,
  ReflectDefineProperty, ReflectGet, ReflectGetOwnPropertyDescriptor, ReflectHas, ReflectOwnKeys, ReflectSet, TypeError,
} = primordials;
const lazy = internal.load, core = internal.core;

// --- Compatibility flags (compat.h) -----------------------------------------------------------------------------------
function makeFlags() {
  const all = natives.flags(), flags = { __proto__: null };
  for (let i = 0; i < all.length; i += 2) flags[all[i]] = all[i + 1];
  return ObjectFreeze(flags);
}
const Cloudflare = {};
ObjectDefineProperty(Cloudflare, "compatibilityFlags", { __proto__: null, value: makeFlags(), enumerable: true });
const { flag } = internal;

// --- env and exports as imports ------------------------------------------------------------------------------------------
// What withEnv() and withExports() set holds for what runs inside of them, and for what that awaits.
let envStore = null, exportsStore = null;
const makeStore = () => new (lazy("node/async_hooks").AsyncLocalStorage)();
const isObject = (v) => (typeof v === "object" && v !== null) || typeof v === "function";

// A value that is no object stands for nothing at all, or changes nothing.

function chosen(store, otherwise, nullable) {
  const set = store === null ? undefined : store.getStore();
  if (set === undefined) return otherwise();
  if (isObject(set.value)) return set.value;
  return nullable && (set.value === null || set.value === undefined) ? {} : otherwise();
}
const isDisabled = flag("disallow_importable_env"), nullable = flag("env_module_nullable_support");
const currentEnv = () => chosen(envStore, () => (isDisabled ? {} : core.env), nullable);
const currentExports = () => chosen(exportsStore, () => (isDisabled ? {} : lazy("service").exports()), nullable);

// An object that is always the one that `current` gives.
function live(current) {
  return new Proxy({}, {
    __proto__: null,
    get: (t, key) => ReflectGet(current(), key),
    set: (t, key, value) => ReflectSet(current(), key, value),
    has: (t, key) => ReflectHas(current(), key),
    ownKeys: () => ReflectOwnKeys(current()),
    deleteProperty: (t, key) => ReflectDeleteProperty(current(), key),
    defineProperty: (t, key, d) => ReflectDefineProperty(current(), key, d),
    getOwnPropertyDescriptor(t, key) {
      const d = ReflectGetOwnPropertyDescriptor(current(), key);
      if (d !== undefined) d.configurable = true; // whatever the other object says: this one is not it
      return d;
    },
    preventExtensions: () => false,
  });
}

function withEnv(env, fn) {
  envStore ??= makeStore();
  return envStore.run({ __proto__: null, value: env }, fn);
}
function withExports(exports, fn) {
  exportsStore ??= makeStore();
  return exportsStore.run({ __proto__: null, value: exports }, fn);
}
function withEnvAndExports(env, exports, fn) {
  return withEnv(env, () => withExports(exports, fn));
}

// --- The module
const env = live(currentEnv), exports = live(currentExports);
const { WorkerEntrypoint, DurableObject, RpcTarget, WorkflowEntrypoint } = lazy("worker");
class RpcStub {
  constructor(target) {
    if (new.target !== RpcStub) throw new TypeError("Illegal constructor");
    return lazy("rpc_stub").stubFor(target);
  }
}
class RpcPromise extends RpcStub {}
class RpcProperty extends RpcStub {}
class ServiceStub extends RpcStub {}
const module = {
  WorkerEntrypoint, DurableObject, RpcTarget, WorkflowEntrypoint, RpcStub, RpcPromise, RpcProperty, ServiceStub,
  env, exports, withEnv, withExports, withEnvAndExports, waitUntil: core.waitUntil,
};
return { Cloudflare, module };
