// node:wasi: docs/wasm.md says what WebAssembly may do here.
const { notImplemented, validateObject } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

class WASI {
  constructor(options = {}) {
    validateObject(options, "options");
    throw notImplemented("WASI");
  }
}
Object.assign(WASI.prototype, absentAll("start initialize getImportObject finalizeBindings", "WASI."));
return { WASI };
