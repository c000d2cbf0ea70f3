// WebAssembly as Workers have it: modules come by import only, and instantiate() is a promise over the synchronous
// constructor. The engine's own promises would wait for a run loop that nobody turns.
// https://webassembly.github.io/spec/js-api/
const { ObjectDefineProperty, Promise, ReflectConstruct, TypeError, WebAssembly } = primordials;
const { Module: Native, Instance, CompileError } = WebAssembly;
const { isObject } = internal.load('webidl');

function refuse(what) {
  return new CompileError(`WebAssembly.${what}(): Wasm code generation disallowed by embedder; import a .wasm file instead`);
}

function Module() {
  throw refuse('Module');
}
const statics = ['exports', 'imports', 'customSections'];
for (let i = 0; i < statics.length; i++)
  ObjectDefineProperty(Module, statics[i], { __proto__: null, value: Native[statics[i]], writable: true, enumerable: true, configurable: true });
ObjectDefineProperty(Module, 'prototype', { __proto__: null, value: Native.prototype });
ObjectDefineProperty(Module.prototype, 'constructor', { __proto__: null, value: Module, writable: true, configurable: true });

const functions = {
  compile(bytes) {
    return new Promise((_, fail) => fail(refuse('compile')));
  },
  instantiate(source, imports = undefined) {
    return new Promise((done, fail) => {
      if (!(source instanceof Module)) {
        fail(isObject(source) ? refuse('instantiate') : new TypeError('WebAssembly.instantiate(): Argument 0 must be a WebAssembly.Module'));
        return;
      }
      done(ReflectConstruct(Instance, [source, imports]));
    });
  },
};
const define = (name, value) =>
  ObjectDefineProperty(WebAssembly, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
define('Module', Module);
define('compile', functions.compile);
define('instantiate', functions.instantiate);
define('compileStreaming', undefined);
define('instantiateStreaming', undefined);

return { WebAssembly };
