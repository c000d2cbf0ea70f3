// The language as it was before user code could touch it. The body of a function that returns one frozen object without a
// prototype; built-ins get it as `primordials`. Add what you need: a name costs about 60 ns at the start of an isolate.
//
// Naming: ArrayPrototypePush(array, x) is array.push(x); statics are ObjectKeys, JSONParse; constructors and symbols have
// their own names (Map, SymbolIterator). Getters: MapPrototypeGetSize(map).
const { apply, construct, ownKeys, getOwnPropertyDescriptor } = Reflect;
const { bind, call } = Function.prototype;
// uncurryThis(f)(self, ...args) is f.call(self, ...args) and uses nothing that can be patched; a bound call is what
// the engine's compiler inlines best.
const uncurryThis = bind.bind(call);
const p = { __proto__: null, uncurryThis, globalThis };

const capital = (key) =>
  typeof key === "symbol" ? `Symbol${key.description[7].toUpperCase()}${key.description.slice(8)}`
                          : key[0].toUpperCase() + key.slice(1);

function copyStatics(name, from) {
  for (const key of ownKeys(from)) {
    if (key === "prototype" || key === "length" || key === "name") continue;
    const d = getOwnPropertyDescriptor(from, key);
    if ("value" in d) p[name + capital(key)] = d.value;
  }
}

function copyPrototype(name, from) {
  for (const key of ownKeys(from)) {
    if (key === "constructor") continue;
    const d = getOwnPropertyDescriptor(from, key);
    if (typeof d.value === "function") p[`${name}Prototype${capital(key)}`] = uncurryThis(d.value);
    else if (d.get) p[`${name}PrototypeGet${capital(key)}`] = uncurryThis(d.get);
  }
}

for (const name of ["Object", "Number", "Math", "JSON", "Reflect", "Symbol"]) copyStatics(name, globalThis[name]);
for (const name of ["Array", "String", "Function", "RegExp", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Date", "Promise",
                    "ArrayBuffer", "DataView", "Symbol", "Boolean", "Number", "BigInt"])
  copyPrototype(name, globalThis[name].prototype);
for (const name of ["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Map",
                    "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Proxy", "Error", "TypeError",
                    "RangeError", "SyntaxError", "EvalError", "ReferenceError", "URIError", "AggregateError", "ArrayBuffer",
                    "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
                    "Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
                    "parseInt", "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent",
                    "encodeURI", "decodeURI", "WebAssembly", "JSON", "Intl"])
  p[name] = globalThis[name];

const TypedArray = getPrototypeOf(Uint8Array);
function getPrototypeOf(o) {
  return Reflect.getPrototypeOf(o);
}
copyPrototype("TypedArray", TypedArray.prototype);
p.TypedArray = TypedArray;
p.ArrayIsArray = Array.isArray;
p.ArrayFrom = Array.from;
p.ArrayBufferIsView = ArrayBuffer.isView;
p.DateNow = Date.now;
p.StringFromCharCode = String.fromCharCode;
p.StringFromCodePoint = String.fromCodePoint;
p.StringRaw = String.raw;
p.ErrorCaptureStackTrace = Error.captureStackTrace;
p.ErrorIsError = Error.isError;

const iteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));
const arrayIteratorNext = uncurryThis(getPrototypeOf([][Symbol.iterator]()).next);
const arrayValues = uncurryThis(Array.prototype.values);
p.IteratorPrototype = iteratorPrototype;
p.AsyncIteratorPrototype = getPrototypeOf(getPrototypeOf((async function* () {}).prototype));
p.ArrayIteratorPrototypeNext = arrayIteratorNext;
p.MapIteratorPrototypeNext = uncurryThis(getPrototypeOf(new Map().entries()).next);
p.SetIteratorPrototypeNext = uncurryThis(getPrototypeOf(new Set().values()).next);

// for (const x of SafeArrayIterate(array)): immune to a patched Array.prototype[Symbol.iterator] and iterator next.
p.SafeArrayIterate = (array) => {
  const it = arrayValues(array);
  return { __proto__: null, next: () => arrayIteratorNext(it), [Symbol.iterator]() { return this; } };
};
// A private copy of a function's promise reaction, without species or a patched then.
const resolve = Promise.resolve.bind(Promise), reject = Promise.reject.bind(Promise);
p.PromiseResolve = resolve;
p.PromiseReject = reject;
p.PromiseAll = Promise.all.bind(Promise);
p.PromiseAllSettled = Promise.allSettled.bind(Promise);
p.PromiseRace = Promise.race.bind(Promise);
p.PromiseWithResolvers = Promise.withResolvers.bind(Promise);
p.ReflectApply = apply;
p.ReflectConstruct = construct;
p.AsyncFunction = (async () => {}).constructor;
p.GeneratorFunction = function* () {}.constructor;
return Object.freeze(p);
