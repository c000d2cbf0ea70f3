// node:wasi: docs/wasm.md says what WebAssembly may do here.
const { notImplemented, validateObject, validateOneOf, validateArray, validateBoolean, validateInt32 } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

class WASI {
  constructor(options = {}) {
    validateObject(options, "options");
    const { version, args, env, preopens, returnOnExit, stdin, stdout, stderr } = options;
    if (version !== undefined) validateOneOf(version, "options.version", ["unstable", "preview1"]);
    if (args !== undefined) validateArray(args, "options.args");
    if (env !== undefined) validateObject(env, "options.env");
    if (preopens !== undefined) validateObject(preopens, "options.preopens");
    if (returnOnExit !== undefined) validateBoolean(returnOnExit, "options.returnOnExit");
    for (const [name, fd] of [["stdin", stdin], ["stdout", stdout], ["stderr", stderr]])
      if (fd !== undefined) validateInt32(fd, `options.${name}`, 0);
    throw notImplemented("WASI");
  }
}
Object.assign(WASI.prototype, absentAll("start initialize finalizeBindings", "WASI."));
WASI.prototype.getImportObject = () => ({});
return { WASI };
