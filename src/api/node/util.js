// node:util. https://nodejs.org/api/util.html
const { Error, Object, ObjectDefineProperty, Promise, ReflectApply, Symbol } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

const kCustom = Symbol.for("nodejs.util.promisify.custom"), kInspect = Symbol.for("nodejs.util.inspect.custom");

function promisify(original) {
  errors().validateFunction(original, "original");
  const custom = original[kCustom];
  if (custom) {
    errors().validateFunction(custom, "util.promisify.custom");
    return ObjectDefineProperty(custom, kCustom, { __proto__: null, value: custom, enumerable: false, writable: false, configurable: true });
  }
  function fn(...args) {
    return new Promise((resolve, reject) => {
      ReflectApply(original, this, [...args, (err, value) => (err ? reject(err) : resolve(value))]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  ObjectDefineProperty(fn, kCustom, { __proto__: null, value: fn, enumerable: false, writable: false, configurable: true });
  const own = Object.getOwnPropertyDescriptors(original);
  for (const key of Reflect.ownKeys(own)) if (Object.getOwnPropertyDescriptor(fn, key)?.configurable !== false) ObjectDefineProperty(fn, key, own[key]);
  return fn;
}
promisify.custom = kCustom;

function callbackify(original) {
  errors().validateFunction(original, "original");
  function fn(...args) {
    const callback = args.pop();
    errors().validateFunction(callback, "last argument");
    const { nextTick } = lazy("node/process");
    ReflectApply(original, this, args).then(
      (value) => nextTick(() => ReflectApply(callback, this, [null, value])),
      (reason) => nextTick(() => {
        if (!reason) {
          const e = errors().error("ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value");
          e.reason = reason;
          reason = e;
        }
        ReflectApply(callback, this, [reason]);
      }));
  }
  const own = Object.getOwnPropertyDescriptors(original);
  if (typeof own.length.value === "number") own.length.value++;
  if (typeof own.name.value === "string") own.name.value += "Callbackified";
  for (const key of Reflect.ownKeys(own)) if (Object.getOwnPropertyDescriptor(fn, key)?.configurable !== false) ObjectDefineProperty(fn, key, own[key]);
  return fn;
}

const warned = new Set();
function deprecate(fn, message, code = undefined) {
  if (code !== undefined) errors().validateString(code, "code");
  let done = false;
  function deprecated(...args) {
    if (!done && !lazy("node/process").noDeprecation) {
      done = true;
      if (code === undefined || !warned.has(code)) {
        if (code !== undefined) warned.add(code);
        lazy("node/process").emitWarning(message, "DeprecationWarning", code, deprecated);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : ReflectApply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  ObjectDefineProperty(deprecated, "length", { ...Object.getOwnPropertyDescriptor(fn, "length") });
  return deprecated;
}
function inherits(ctor, superCtor) {
  if (ctor === undefined || ctor === null) throw errors().invalidArgType("ctor", "Function", ctor);
  if (superCtor === undefined || superCtor === null) throw errors().invalidArgType("superCtor", "Function", superCtor);
  if (superCtor.prototype === undefined) throw errors().invalidArgType("superCtor.prototype", "Object", superCtor.prototype);
  ObjectDefineProperty(ctor, "super_", { __proto__: null, value: superCtor, writable: true, configurable: true });
  Object.setPrototypeOf(ctor.prototype, superCtor.prototype);
}

function debuglog(set, callback = undefined) {
  const name = `${set}`.toUpperCase();
  let enabled;
  const test = () => (enabled ??= (lazy("node/process").env.NODE_DEBUG ?? "").split(",").some(
    (x) => new RegExp(`^${x.trim().replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replace(/\*/g, ".*")}$`, "i").test(name)));
  const log = (...args) => {
    if (test()) globalThis.console.error(`${name} 1: ${lazy("node/util_inspect").format(...args)}`);
  };
  callback?.(log);
  return ObjectDefineProperty(log, "enabled", { __proto__: null, get: test, configurable: true, enumerable: true });
}

const util = {
  promisify, callbackify, deprecate, inherits, debuglog, debug: debuglog,
};
const from = (file, ...names) => {
  for (const name of names)
    ObjectDefineProperty(util, name, {
      __proto__: null, enumerable: true, configurable: true,
      get: () => lazy(file)[name],
      set: (value) => ObjectDefineProperty(util, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true }),
    });
};
from("node/util_inspect", "inspect", "format", "formatWithOptions", "stripVTControlCharacters");
from("node/util_compare", "isDeepStrictEqual");
ObjectDefineProperty(util, "types", { __proto__: null, enumerable: true, configurable: true, get: () => lazy("node/util_types") });
from("encoding", "TextEncoder", "TextDecoder");
from("node/util_args", "parseArgs");
from("node/util_mime", "MIMEType", "MIMEParams");
from("node/util_more", "styleText", "parseEnv", "getCallSites", "getCallSite", "aborted", "getSystemErrorMap", "getSystemErrorName", "getSystemErrorMessage",
  "toUSVString", "transferableAbortController", "transferableAbortSignal", "_errnoException", "_exceptionWithHostPort", "_extend", "log", "isArray",
  "isBoolean", "isBuffer", "isDate", "isError", "isFunction", "isNull", "isNullOrUndefined", "isNumber", "isObject", "isPrimitive", "isRegExp",
  "isString", "isSymbol", "isUndefined");
return util;
