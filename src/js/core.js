// The room's own helpers, one set an isolate, for C only: users never see them. The body of a function, like every
// built-in; the array it returns is JS_HELPERS in room.h, in that order. It runs before any user code, but what it
// returns runs after: nothing in those functions may look up a name or a method that a user can replace.
const { defineProperty, preventExtensions, keys, getOwnPropertyDescriptor, create } = Object;
const { apply, ownKeys, has } = Reflect;
const { sort } = Array.prototype;
const isError = Error.isError;
const TypeErrorOriginal = TypeError, SyntaxErrorOriginal = SyntaxError, U8 = Uint8Array, text = String;
const toStringTag = Symbol.toStringTag;
const getter = (prototype, name) => getOwnPropertyDescriptor(prototype, name).get;
const viewBuffer = getter(DataView.prototype, "buffer"), viewOffset = getter(DataView.prototype, "byteOffset"),
  viewLength = getter(DataView.prototype, "byteLength"), bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const global = globalThis;

// Promise.resolve(v).then(ok, fail) that no patched `then` can see.
async function then(v, ok, fail) {
  let value;
  try {
    value = await v;
  } catch (e) {
    if (fail === undefined) throw e;
    return fail(e);
  }
  return ok === undefined ? value : ok(value);
}

// An ArrayBuffer or DataView as a Uint8Array over the same bytes.
function asUint8(v) {
  let buffer = v, offset = 0, length;
  try {
    length = apply(bufferLength, v, []);
  } catch {
    try {
      buffer = apply(viewBuffer, v, []);
    } catch {
      throw new TypeErrorOriginal("bytes are needed: an ArrayBuffer or a view of one");
    }
    try {
      offset = apply(viewOffset, v, []);
      length = apply(viewLength, v, []);
    } catch {
      return new U8(0); // detached, or out of the bounds of a shrunken buffer
    }
  }
  try {
    return new U8(buffer, offset, length);
  } catch {
    return new U8(0); // detached
  }
}

// rows: "URL,url,0;fetch,fetch,1". See builtins.h, "Globals".
function lazyGlobals(load, rows) {
  const waiting = [];
  // One descriptor and no lists of rows: this runs in every isolate, and its garbage would lie between what stays.
  const lazy = { __proto__: null, get: undefined, set: undefined, enumerable: false, configurable: true };
  const install = (name, builtin, enumerable) => {
    const put = (value) =>
      defineProperty(global, name, { __proto__: null, value, writable: true, configurable: true, enumerable });
    const get = () => {
      const value = load(builtin)[name];
      put(value);
      return value;
    };
    lazy.get = get;
    lazy.set = put;
    lazy.enumerable = enumerable;
    defineProperty(global, name, lazy);
    return get;
  };
  for (let at = 0, end; at < rows.length; at = end + 1) {
    const first = rows.indexOf(",", at), second = rows.indexOf(",", first + 1);
    end = second + 2;
    waiting[waiting.length] = install(rows.substring(at, first), rows.substring(first + 1, second), rows[second + 1] === "1");
  }
  for (const holder of [Object, Reflect])
    defineProperty(holder, "getOwnPropertyDescriptor", { __proto__: null, value: describer(holder.getOwnPropertyDescriptor, waiting) });
}

// getOwnPropertyDescriptor() touches a lazy global first: nobody is to take fetch for an accessor.
function describer(describe, waiting) {
  const isOurs = (f) => {
    for (let i = 0; i < waiting.length; i++) if (waiting[i] === f) return true;
    return false;
  };
  return {
    getOwnPropertyDescriptor(target, key) {
      const d = describe(target, key);
      if (target !== global || d === undefined || d.get === undefined || !isOurs(d.get)) return d;
      d.get();
      return describe(target, key);
    },
  }.getOwnPropertyDescriptor;
}

// A module namespace object from an object with getters.
function namespace(own) {
  const ns = create(null);
  const names = apply(sort, ownKeys(own), []); // the order of a namespace's properties
  for (let i = 0; i < names.length; i++) {
    const d = getOwnPropertyDescriptor(own, names[i]);
    const get = d.get || (() => own[names[i]]);
    defineProperty(ns, names[i], { __proto__: null, get, enumerable: true, configurable: true });
  }
  defineProperty(ns, toStringTag, { __proto__: null, value: "Module" });
  return ns;
}

// What the code that modules.c writes calls: i = import, x = export, s = export *. r = require() for a bundler's banner.
function makeImporter(resolve, url, state) {
  return {
    __proto__: null,
    i(specifier, names) {
      const ns = resolve(specifier, url);
      for (let i = 0; i < names.length; i++)
        if (!has(ns, names[i]))
          throw new SyntaxErrorOriginal(
            `The requested module '${specifier}' does not provide an export named '${names[i]}'`);
      return ns;
    },
    r: (specifier) => required(resolve(text(specifier), url)),
    x(own) {
      state.ns = namespace(own);
    },
    s(stars) {
      const seen = create(null);
      for (let i = 0; i < stars.length; i++) {
        const names = keys(stars[i]);
        for (let k = 0; k < names.length; k++) {
          const name = names[k];
          if (name === "default") continue;
          if (seen[name]) delete state.ns[name]; // two modules export it: ambiguous, so it is left out
          else if (!has(state.ns, name)) {
            seen[name] = true;
            defineProperty(state.ns, name, { __proto__: null, get: () => stars[i][name], enumerable: true, configurable: true });
          }
        }
      }
    },
  };
}

function nameDefault(ns) {
  if (!has(ns, "default")) return;
  const value = ns.default;
  if (typeof value !== "function") return;
  const d = getOwnPropertyDescriptor(value, "name");
  if (d && d.value === "$dflt__" && d.configurable)
    defineProperty(value, "name", { __proto__: null, value: "default", configurable: true });
}

// What require() gives of a namespace: module.exports of what has one, and of an asset the thing itself.
function required(ns) {
  if (has(ns, "module.exports")) return ns["module.exports"];
  const names = keys(ns);
  return names.length === 1 && names[0] === "default" ? ns.default : ns;
}

// The first of an import()'s attributes that means nothing here; "type" is all there is. Undefined: none.
function unknownAttribute(options) {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) throw new TypeErrorOriginal("The options of import() must be an object");
  const attributes = options.with;
  if (attributes === undefined) return undefined;
  if (typeof attributes !== "object" || attributes === null)
    throw new TypeErrorOriginal("The attributes of import() must be an object");
  const names = keys(attributes);
  let unknown;
  for (let i = 0; i < names.length; i++) {
    if (typeof attributes[names[i]] !== "string") throw new TypeErrorOriginal("An import attribute must be a string");
    if (names[i] !== "type") unknown ??= names[i];
  }
  return unknown;
}
const importer = (load, url) => async (specifier, options) => {
  const name = text(specifier);
  return load(name, url, unknownAttribute(options));
};

// record: as js_module_begin() has it.
function begin(fn, url, resolve, load, record, commonJS) {
  if (commonJS) return beginCommonJS(fn, url, resolve, load, record);
  record.ns = create(null);
  record.end = apply(fn, undefined, [makeImporter(resolve, url, record), { __proto__: null, url, main: true }, importer(load, url)]);
  if (record.end === undefined) finish(record);
}
function finish(record) {
  nameDefault(record.ns);
  return preventExtensions(record.ns);
}
async function evaluate(fn, url, resolve, load) {
  const record = { __proto__: null, ns: undefined, end: undefined };
  begin(fn, url, resolve, load, record, false);
  if (record.end !== undefined) await record.end; // it has a top-level await
  return finish(record);
}

function beginCommonJS(fn, url, resolve, load, record) {
  const module = (record.module = { exports: {}, id: url, filename: url, loaded: false, children: [], paths: [] });
  // require() of an ES module gives its namespace; of what we wrap ourselves ("default" only) the thing itself.
  const require = (name) => {
    const specifier = text(name), found = record.require === undefined ? undefined : record.require(specifier);
    return found !== undefined ? found.value : required(resolve(specifier, url));
  };
  apply(fn, module.exports, [module.exports, require, module, url, "/", importer(load, url)]);
  module.loaded = true;
  const ns = (record.ns = create(null)), value = module.exports;
  if (value !== null && (typeof value === "object" || typeof value === "function")) {
    const names = keys(value);
    for (let i = 0; i < names.length; i++)
      if (names[i] !== "default")
        defineProperty(ns, names[i], { __proto__: null, get: () => value[names[i]], enumerable: true, configurable: true });
    if (value.__esModule && has(value, "default")) {
      defineProperty(ns, "default", { __proto__: null, get: () => value.default, enumerable: true });
      preventExtensions(ns);
      return;
    }
  }
  defineProperty(ns, "default", { __proto__: null, get: () => module.exports, enumerable: true });
  defineProperty(ns, toStringTag, { __proto__: null, value: "Module" });
  preventExtensions(ns);
}
async function evaluateCommonJS(fn, url, resolve, load) {
  const record = { __proto__: null, ns: undefined, module: undefined, require: undefined };
  beginCommonJS(fn, url, resolve, load, record);
  return record.ns;
}

// A loop, because that is where the engine looks whether somebody wants to interrupt it.
function poll() {
  for (let i = 0; i < 2; i++);
}

return [TypeError, RangeError, SyntaxError, isError, then, asUint8, lazyGlobals, namespace, evaluate, evaluateCommonJS, poll, begin];
