// WebAssembly as Workers have it: modules come by import only, and instantiate() is a promise over the synchronous
// constructor. The engine's own promises would wait for a run loop that nobody turns.
// https://webassembly.github.io/spec/js-api/
//
// Every module has been metered when its Worker was deployed (wasm/wasm.h): its last export is a table for the function
// that its code calls when it has used up its fuel. The engine looks at the CPU limit whenever a JavaScript function is
// called, and that is all that function is for. Neither it nor the table is ever seen by the Worker: what the engine's own
// constructors and getters give stays in here.
const {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ObjectCreate, ObjectDefineProperty, ObjectFreeze, ObjectSetPrototypeOf,
  Promise, RangeError, ReflectConstruct, ReflectDeleteProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys,
  StringPrototypeEndsWith, StringPrototypeSlice, StringPrototypeStartsWith, SymbolToStringTag, TypeError, Uint8Array, WebAssembly, uncurryThis,
} = primordials;
const { Module: NativeModule, Instance: NativeInstance, Memory: NativeMemory, Table: NativeTable, CompileError } = WebAssembly;
const { isObject } = internal.load('webidl');

const nativeExportsOf = NativeModule.exports;
const nativeExports = uncurryThis(ReflectGetOwnPropertyDescriptor(NativeInstance.prototype, 'exports').get);
const tableSet = uncurryThis(NativeTable.prototype.set);

// As in base/limits.h and wasm/wasm.h.
const constants = natives.constants();
const FUEL = constants[0], PREFIX = constants[1], MEMORY_PAGES = constants[2], TABLE_ENTRIES = constants[3];

// A record on an object that the engine made, out of everybody else's sight.
class Given {
  constructor(object) {
    return object;
  }
}
class Hidden extends Given {
  #names;
  static put(module, names) {
    new Hidden(module).#names = names;
    return module;
  }
  static get(v) {
    return isObject(v) && #names in v ? v.#names : undefined;
  }
}
class Seen extends Given {
  #exports;
  static put(instance, exports) {
    new Seen(instance).#exports = exports;
  }
  static get(v) {
    if (!isObject(v) || !(#exports in v)) throw new TypeError('Receiver is not a WebAssembly.Instance');
    return v.#exports;
  }
}

// A JavaScript function can't be put into a table, but what a module exports can.
// (module (import "h" "f" (func (result i32))) (export "check" (func 0)))
const HELPER = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 7, 1, 1, 104, 1, 102, 0, 0, 7, 9, 1, 5, 99, 104, 101, 99, 107, 0, 0];
let check;
function checkFunction() {
  if (check === undefined) {
    const bytes = new Uint8Array(HELPER.length);
    for (let i = 0; i < HELPER.length; i++) bytes[i] = HELPER[i];
    const imports = { __proto__: null, h: { __proto__: null, f: () => FUEL } };
    check = nativeExports(new NativeInstance(new NativeModule(bytes), imports)).check;
  }
  return check;
}

// For imports of .wasm files: C calls it.
function moduleOf(bytes) {
  const module = new NativeModule(bytes);
  const list = nativeExportsOf(module), n = list.length;
  const last = n ? list[n - 1].name : '';
  if (!StringPrototypeStartsWith(last, PREFIX) || !StringPrototypeEndsWith(last, ':check') || list[n - 1].kind !== 'table')
    throw new CompileError('WebAssembly.Module(): the module was not prepared; deploy the Worker again');
  const start = `${StringPrototypeSlice(last, 0, -5)}start`;
  return Hidden.put(module, { __proto__: null, check: last, start: n > 1 && list[n - 2].name === start ? start : undefined });
}

function hiddenOf(module, what) {
  const names = Hidden.get(module);
  if (names === undefined) throw new TypeError(`WebAssembly.${what}(): Argument 0 must be a WebAssembly.Module`);
  return names;
}

function refuse(what) {
  return new CompileError(`WebAssembly.${what}(): Wasm code generation disallowed by embedder`);
}
function needNew(target, what) {
  if (target === undefined) throw new TypeError(`WebAssembly.${what}(): WebAssembly.${what} must be invoked with 'new'`);
}

function needBytes(v, what) {
  if (!isBufferSource(v)) throw new TypeError(`WebAssembly.${what}(): Argument 0 must be a buffer source`);
}

function Module(bytes) {
  needNew(new.target, 'Module');
  needBytes(bytes, 'Module');
  throw refuse('Module');
}

const moduleStatics = {
  exports(module) {
    const names = hiddenOf(module, 'Module.exports');
    const list = nativeExportsOf(module);
    list.length -= names.start === undefined ? 1 : 2;
    return list;
  },
  imports: NativeModule.imports,
  customSections: NativeModule.customSections,
};

function visibleExports(all, names) {
  const exports = ObjectCreate(null);
  const keys = ReflectOwnKeys(all);
  for (let i = 0; i < keys.length; i++)
    if (keys[i] !== names.check && keys[i] !== names.start)
      ObjectDefineProperty(exports, keys[i], { __proto__: null, value: all[keys[i]], enumerable: true });
  return ObjectFreeze(exports);
}

function Instance(module, imports = undefined) {
  needNew(new.target, 'Instance');
  const names = hiddenOf(module, 'Instance');
  if (imports !== undefined && !isObject(imports)) throw new TypeError('WebAssembly.Instance(): Argument 1 must be an object');
  const instance = ReflectConstruct(NativeInstance, [module, imports], new.target);
  const all = nativeExports(instance);
  tableSet(all[names.check], 0, checkFunction());
  Seen.put(instance, visibleExports(all, names));
  if (names.start !== undefined) {
    const start = all[names.start];
    start();
  }
  return instance;
}

// Memories and tables of JavaScript's have the same ceiling as those that modules declare. Each member of the descriptor is
// read and converted once; what is not a size is the engine's to refuse.
const MEMORY_MEMBERS = ['address', 'initial', 'maximum', 'minimum', 'shared'];
const TABLE_MEMBERS = ['address', 'element', 'initial', 'maximum', 'minimum'];
function limited(descriptor, names, most, refusal) {
  if (!isObject(descriptor)) return descriptor;
  const copy = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    const name = names[i], value = descriptor[name];
    if (value !== undefined) copy[name] = name === 'shared' ? !!value : name === 'address' || name === 'element' ? `${value}` : +value;
  }
  if (copy.initial > most && copy.initial <= 0xffffffff) throw new RangeError(refusal);
  if (copy.minimum > most && copy.minimum <= 0xffffffff) throw new RangeError(refusal);
  if (copy.maximum === undefined || (copy.maximum > most && copy.maximum <= 0xffffffff)) copy.maximum = most;
  return copy;
}

function Memory(descriptor) {
  needNew(new.target, 'Memory');
  const copy = limited(descriptor, MEMORY_MEMBERS, MEMORY_PAGES, 'WebAssembly.Memory(): could not allocate memory');
  // A memory that threads share would be a clock, and there are no threads here.
  if (isObject(copy) && copy.shared) throw new TypeError('WebAssembly.Memory(): shared memory is not available');
  return ReflectConstruct(NativeMemory, [copy], new.target);
}

function Table(descriptor, value = undefined) {
  needNew(new.target, 'Table');
  const copy = limited(descriptor, TABLE_MEMBERS, TABLE_ENTRIES, 'WebAssembly.Table(): could not allocate the table');
  return ReflectConstruct(NativeTable, arguments.length > 1 ? [copy, value] : [copy], new.target);
}

function isBufferSource(v) {
  if (ArrayBufferIsView(v)) return true;
  try {
    ArrayBufferPrototypeGetByteLength(v);
    return true;
  } catch {
    return false;
  }
}

const functions = {
  compile(bytes) {
    return new Promise(() => {
      needBytes(bytes, 'compile');
      throw refuse('compile');
    });
  },
  instantiate(source, imports = undefined) {
    return new Promise((done, fail) => {
      if (Hidden.get(source) !== undefined) {
        if (imports !== undefined && !isObject(imports)) fail(new TypeError('WebAssembly.instantiate(): Argument 1 must be an object'));
        else done(new Instance(source, imports));
      } else if (isBufferSource(source)) {
        fail(refuse('instantiate'));
      } else {
        fail(new TypeError('WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module object'));
      }
    });
  },
};

const define = (object, name, value, enumerable) =>
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable, configurable: true });

// Ours stands where the engine's stood, and is what its instances name as their constructor.
function replace(Class, Native) {
  ObjectDefineProperty(Class, 'prototype', { __proto__: null, value: Native.prototype, writable: false, enumerable: false, configurable: false });
  define(Native.prototype, 'constructor', Class, false);
  define(WebAssembly, Class.name, Class, false);
}
replace(Module, NativeModule);

// %AbstractModuleSource%, from which classes of modules' sources inherit. https://tc39.es/proposal-source-phase-imports/
class AbstractModuleSource {
  constructor() {
    throw new TypeError('AbstractModuleSource is not a constructor');
  }
  get [SymbolToStringTag]() {
    return Hidden.get(this) === undefined ? undefined : 'WebAssembly.Module';
  }
}
ObjectSetPrototypeOf(Module, AbstractModuleSource);
ObjectSetPrototypeOf(NativeModule.prototype, AbstractModuleSource.prototype);
replace(Instance, NativeInstance);
replace(Memory, NativeMemory);
replace(Table, NativeTable);
const statics = ReflectOwnKeys(moduleStatics);
for (let i = 0; i < statics.length; i++) define(Module, statics[i], moduleStatics[statics[i]], true);
const accessor = { get exports() { return Seen.get(this); } };
ObjectDefineProperty(NativeInstance.prototype, 'exports', {
  __proto__: null, get: ReflectGetOwnPropertyDescriptor(accessor, 'exports').get, set: undefined, enumerable: true, configurable: true,
});
// The engine wants an argument where the standard takes a missing one for undefined.
const globalValue = ReflectGetOwnPropertyDescriptor(WebAssembly.Global.prototype, 'value');
const setGlobal = uncurryThis(globalValue.set);
const valued = { set value(v) { setGlobal(this, v); } };
ObjectDefineProperty(WebAssembly.Global.prototype, 'value', {
  __proto__: null, get: globalValue.get, set: ReflectGetOwnPropertyDescriptor(valued, 'value').set, enumerable: true, configurable: true,
});
define(WebAssembly, 'compile', functions.compile, true);
define(WebAssembly, 'instantiate', functions.instantiate, true);
ReflectDeleteProperty(WebAssembly, 'compileStreaming');
ReflectDeleteProperty(WebAssembly, 'instantiateStreaming');

return { WebAssembly, moduleOf };
