// The language as it was before user code could touch it. The body of a function that returns one frozen object without a
// prototype; built-ins get it as `primordials`. All globals of the language are there, and of everything else what some
// built-in names: tools/embed.mjs collects the names and writes code that fetches them (here: the function `natives`), because copying all of it
// would cost each isolate 2 ms and half a megabyte. So name them literally: `const { X } = primordials` or primordials.X.
//
// Naming: ArrayPrototypePush(array, x) is array.push(x); statics are ObjectKeys, JSONParse, MathPI, SymbolIterator; getters
// MapPrototypeGetSize(map); symbols ArrayPrototypeSymbolIterator(array). Constructors and functions have their own names.
const { apply, construct, getOwnPropertyDescriptor } = Reflect;
const { bind, call } = Function.prototype;
// uncurryThis(f)(self, ...args) is f.call(self, ...args) and uses nothing that can be patched; a bound call is what
// the engine's compiler inlines best.
const uncurryThis = bind.bind(call);
const p = { __proto__: null, uncurryThis, globalThis };

// Engines that lack explicit resource management lack its symbols too; compiled `using` and the disposers of stubs need them.
for (const name of ["dispose", "asyncDispose"])
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { __proto__: null, value: Symbol(`Symbol.${name}`) });

for (const name of ["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Map",
                    "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Proxy", "Error", "TypeError",
                    "RangeError", "SyntaxError", "EvalError", "ReferenceError", "URIError", "AggregateError", "ArrayBuffer",
                    "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
                    "Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
                    "parseInt", "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent",
                    "encodeURI", "decodeURI", "WebAssembly", "JSON", "Intl", "Math", "Reflect"])
  p[name] = globalThis[name];

const TypedArray = getPrototypeOf(Uint8Array);
function getPrototypeOf(o) {
  return Reflect.getPrototypeOf(o);
}
p.TypedArray = TypedArray;
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

if (natives) natives(p, uncurryThis, getOwnPropertyDescriptor, TypedArray);
return Object.freeze(p);
