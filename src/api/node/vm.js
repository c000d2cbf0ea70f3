// node:vm: code that was not deployed does not run in an isolate. Arguments are checked, contexts can be made, running refuses.
const { notImplemented, validateString, validateObject, validateArray, validateBoolean, validateInt32, validateInteger, validateFunction, validateOneOf, invalidArgType } =
  internal.load("node/errors");

const contexts = new WeakSet();

function optionsOf(options, more) {
  if (options === undefined) return {};
  if (typeof options === "string") return { filename: options };
  validateObject(options, "options");
  if (options.filename !== undefined) validateString(options.filename, "options.filename");
  for (const name of ["lineOffset", "columnOffset"]) if (options[name] !== undefined) validateInt32(options[name], `options.${name}`);
  if (options.cachedData !== undefined && !ArrayBuffer.isView(options.cachedData))
    throw invalidArgType("options.cachedData", ["Buffer", "TypedArray", "DataView"], options.cachedData);
  if (options.produceCachedData !== undefined) validateBoolean(options.produceCachedData, "options.produceCachedData");
  if (options.timeout !== undefined) validateInteger(options.timeout, "options.timeout", 1);
  for (const name of ["displayErrors", "breakOnSigint"]) if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
  checkImporter(options);
  more?.(options);
  return options;
}

function checkImporter(options) {
  const fn = options.importModuleDynamically;
  if (fn !== undefined && typeof fn !== "symbol") validateFunction(fn, "options.importModuleDynamically");
}

function isContext(object) {
  validateObject(object, "object", { array: true });
  return contexts.has(object);
}

function checkContext(context) {
  validateObject(context, "contextifiedObject");
  if (!contexts.has(context)) throw invalidArgType("contextifiedObject", "vm.Context", context);
}

class Script {
  cachedDataRejected = undefined;
  constructor(code, options) {
    optionsOf(options);
  }
  runInContext(context) {
    checkContext(context);
    throw notImplemented("Script.runInContext");
  }
  runInNewContext() {
    throw notImplemented("Script.runInNewContext");
  }
  runInThisContext() {
    throw notImplemented("Script.runInThisContext");
  }
  createCachedData() {
    throw notImplemented("Script.createCachedData");
  }
}

function createContext(object = {}, options = {}) {
  if (typeof object === "object" && object !== null && contexts.has(object)) return object;
  if (typeof object !== "symbol") validateObject(object, "contextObject");
  validateObject(options, "options");
  for (const name of ["name", "origin"]) if (options[name] !== undefined) validateString(options[name], `options.${name}`);
  if (options.codeGeneration !== undefined) {
    validateObject(options.codeGeneration, "options.codeGeneration");
    for (const name of ["strings", "wasm"])
      if (options.codeGeneration[name] !== undefined) validateBoolean(options.codeGeneration[name], `options.codeGeneration.${name}`);
  }
  checkImporter(options);
  if (options.microtaskMode !== undefined) validateOneOf(options.microtaskMode, "options.microtaskMode", ["afterEvaluate", undefined]);
  const context = typeof object === "symbol" ? {} : { ...object };
  contexts.add(context);
  return context;
}

function runInContext(code, context, options) {
  validateString(code, "code");
  checkContext(context);
  optionsOf(options);
  throw notImplemented("runInContext");
}

function compileFunction(code, params, options = {}) {
  validateString(code, "code");
  if (params !== undefined) {
    validateArray(params, "params");
    params.forEach((param, i) => validateString(param, `params[${i}]`));
  }
  optionsOf(options, ({ parsingContext, contextExtensions }) => {
    if (parsingContext !== undefined && (typeof parsingContext !== "object" || parsingContext === null || !contexts.has(parsingContext)))
      throw invalidArgType("options.parsingContext", "Context", parsingContext);
    if (contextExtensions === undefined) return;
    validateArray(contextExtensions, "options.contextExtensions");
    contextExtensions.forEach((extension, i) => validateObject(extension, `options.contextExtensions[${i}]`, { nullable: true }));
  });
  throw notImplemented("compileFunction");
}

function measureMemory(options = {}) {
  validateObject(options, "options");
  validateOneOf(options.mode ?? "summary", "options.mode", ["summary", "detailed"]);
  validateOneOf(options.execution ?? "default", "options.execution", ["default", "eager"]);
  throw notImplemented("measureMemory");
}

return {
  Script, createContext, createScript: (code, options) => new Script(code, options), isContext, runInContext, compileFunction, measureMemory,
  runInNewContext(code, context, options) {
    optionsOf(options);
    throw notImplemented("runInNewContext");
  },
  runInThisContext(code, options) {
    optionsOf(options);
    throw notImplemented("runInThisContext");
  },
  constants: Object.freeze({
    __proto__: null, USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol("vm_dynamic_import_main_context_default"), DONT_CONTEXTIFY: Symbol("vm_context_no_contextify"),
  }),
};
