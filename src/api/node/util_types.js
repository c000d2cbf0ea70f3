// util.types: what an object is inside, whatever its prototype says. A brand is tested by a getter or method that throws for others.
const {
  BigInt, Boolean, Date, Map, Number, Object, Promise, RegExp, Set, String, Symbol, WeakMap,
  WeakSet, ArrayBuffer, DataView, ErrorIsError, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeGetLength, ArrayBufferIsView,
} = primordials;
const lazy = internal.load;

const isObject = (v) => (typeof v === "object" && v !== null) || typeof v === "function";
const tag = (v) => Object.prototype.toString.call(v);
const tagOf = (v) => (isObject(v) ? tag(v) : "");
function brand(fn, ...args) {
  return (v) => {
    if (!isObject(v)) return false;
    try {
      fn.call(v, ...args);
      return true;
    } catch {
      return false;
    }
  };
}
const getter = (proto, key) => Object.getOwnPropertyDescriptor(proto, key).get;
const key = {};

const types = {
  isExternal: () => false,
  isDate: brand(Date.prototype.getTime),
  isArgumentsObject: (v) => isObject(v) && !(Symbol.toStringTag in v) && tag(v) === "[object Arguments]",
  isBigIntObject: (v) => typeof v === "object" && brand(BigInt.prototype.valueOf)(v),
  isBooleanObject: (v) => typeof v === "object" && brand(Boolean.prototype.valueOf)(v),
  isNumberObject: (v) => typeof v === "object" && brand(Number.prototype.valueOf)(v),
  isStringObject: (v) => typeof v === "object" && brand(String.prototype.valueOf)(v),
  isSymbolObject: (v) => typeof v === "object" && brand(Symbol.prototype.valueOf)(v),
  isBoxedPrimitive: (v) =>
    types.isNumberObject(v) || types.isStringObject(v) || types.isBooleanObject(v) || types.isBigIntObject(v) || types.isSymbolObject(v),
  isNativeError: (v) => ErrorIsError(v),
  isRegExp: (v) => v !== RegExp.prototype && brand(getter(RegExp.prototype, "source"))(v),
  isAsyncFunction: (v) => typeof v === "function" && /^async\b/.test(Function.prototype.toString.call(v)),
  isGeneratorFunction: (v) => typeof v === "function" && /^(?:async\s*)?(?:function\s*)?\*/.test(Function.prototype.toString.call(v)),
  isGeneratorObject: (v) => /^\[object (Async )?(Async)?Generator\]$/.test(tagOf(v)),
  // Not proof against an object made by Object.create(aPromise).
  isPromise: (v) => {
    if (!isObject(v) || types.isProxy(v)) return false;
    let p = v;
    while (p !== null && p !== Promise.prototype) p = Object.getPrototypeOf(p);
    return p !== null && v !== Promise.prototype && tag(v) === "[object Promise]";
  },
  isMap: brand(getter(Map.prototype, "size")),
  isSet: brand(getter(Set.prototype, "size")),
  isMapIterator: (v) => tagOf(v) === "[object Map Iterator]",
  isSetIterator: (v) => tagOf(v) === "[object Set Iterator]",
  isWeakMap: brand(WeakMap.prototype.has, key),
  isWeakSet: brand(WeakSet.prototype.has, key),
  isArrayBuffer: brand(getter(ArrayBuffer.prototype, "byteLength")),
  isDataView: (v) => ArrayBufferIsView(v) && TypedArrayPrototypeGetSymbolToStringTag(v) === undefined,
  isSharedArrayBuffer: () => false,
  isAnyArrayBuffer: (v) => types.isArrayBuffer(v),
  isProxy: (v) => isObject(v) && natives.proxyTarget(v) !== undefined,
  isModuleNamespaceObject: (v) => isObject(v) && Object.getPrototypeOf(v) === null && v[Symbol.toStringTag] === "Module" && !Object.isExtensible(v),
  isCryptoKey: (v) => isObject(v) && tag(v) === "[object CryptoKey]" && v instanceof lazy("subtle_key").CryptoKey,
  isKeyObject: (v) => isObject(v) && tag(v) === "[object KeyObject]" || (isObject(v) && v.constructor?.name?.endsWith?.("KeyObject") === true),
  isArrayBufferView: (v) => ArrayBufferIsView(v),
  isTypedArray: (v) => isObject(v) && TypedArrayPrototypeGetSymbolToStringTag(v) !== undefined,
  isEventTarget: (v) => isObject(v) && v instanceof lazy("events").EventTarget,
};
for (const name of ["Uint8Array", "Uint8ClampedArray", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array", "Float16Array",
  "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"])
  types[`is${name}`] = (v) => isObject(v) && TypedArrayPrototypeGetSymbolToStringTag(v) === name;

// For our own use: not enumerable, so no named exports.
const more = {
  sizeOf: (v) => (types.isMap(v) ? getter(Map.prototype, "size").call(v) : getter(Set.prototype, "size").call(v)),
  lengthOf: (v) => TypedArrayPrototypeGetLength(v),
  typedName: (v) => TypedArrayPrototypeGetSymbolToStringTag(v),
  // The target; null when revoked; undefined: no proxy.
  proxyTarget: (v) => {
    const target = natives.proxyTarget(v);
    try {
      if (target !== undefined) Array.isArray(v);
    } catch {
      return null;
    }
    return target;
  },
  promiseState: () => undefined,
  unbox: (v) => {
    for (const C of [Number, String, Boolean, BigInt, Symbol])
      try {
        return C.prototype.valueOf.call(v);
      } catch {
        continue;
      }
    return undefined;
  },
};
for (const name of Object.keys(more)) Object.defineProperty(types, name, { __proto__: null, value: more[name] });
return types;
