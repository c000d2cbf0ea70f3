// node:module: createRequire() and which built-ins there are.
const lazy = internal.load;
const node = lazy("node"), errors = () => lazy("node/errors");

function requireOf(specifier) {
  errors().validateString(specifier, "id");
  const found = node.load(specifier);
  if (found !== undefined) return found;
  const e = errors().error("MODULE_NOT_FOUND", `Cannot find module '${specifier}'`);
  e.requireStack = [];
  throw e;
}
function createRequire(filename) {
  const text = typeof filename === "string" ? filename : filename?.href;
  // "index.js" is what import.meta.url says here.
  if (typeof text !== "string" || !/^(?:file:\/\/|\/|[\w-][\w./-]*\.[mc]?js$)/.test(text))
    throw errors().invalidArgValue("filename", filename, "must be a file URL object, file URL string, or absolute path string");
  const require = (specifier) => requireOf(specifier);
  require.resolve = (specifier) => specifier;
  require.resolve.paths = () => null;
  require.main = undefined;
  require.extensions = { __proto__: null };
  require.cache = { __proto__: null };
  return require;
}
function Module(id = "", parent = undefined) {
  this.id = id;
  this.path = "";
  this.exports = {};
  this.filename = null;
  this.loaded = false;
  this.children = [];
  this.parent = parent;
}
const notHere = (name) => () => {
  throw errors().notImplemented(`module.${name}`);
};
Module.prototype.load = notHere("Module.prototype.load");
Module.prototype.require = requireOf;
Module.prototype._compile = notHere("Module.prototype._compile");
const unable = notHere;
Module.Module = Module;
Module.createRequire = createRequire;
Module.isBuiltin = (name) => node.isBuiltin(name);
Module.builtinModules = Object.freeze(node.names());
Module.constants = Object.freeze({ __proto__: null, compileCacheStatus: Object.freeze({ __proto__: null, FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 }) });
Module.enableCompileCache = () => ({ status: 3 });
Module.getCompileCacheDir = () => undefined;
Module.getSourceMapsSupport = () => Object.freeze({ __proto__: null, enabled: false, nodeModules: false, generatedCode: false });
Module.setSourceMapsSupport = () => {};
Module.flushCompileCache = () => {};
Module.findSourceMap = () => undefined;
Module.syncBuiltinESMExports = () => {};
Module.register = unable("register");
Module.registerHooks = unable("registerHooks");
Module.runMain = unable("runMain");
Module.findPackageJSON = () => undefined;
Module.stripTypeScriptTypes = unable("stripTypeScriptTypes");
Module.wrap = (script) => Module.wrapper[0] + script + Module.wrapper[1];
Module.wrapper = ["(function (exports, require, module, __filename, __dirname) { ", "\n});"];
Module.globalPaths = [];
Module._cache = { __proto__: null };
Module._pathCache = { __proto__: null };
Module._extensions = { __proto__: null };
Module._load = (request) => requireOf(request);
Module._resolveFilename = (request) => request;
Module._nodeModulePaths = () => [];
Module._debug = () => {};
Module._findPath = unable("_findPath");
Module._initPaths = unable("_initPaths");
Module._preloadModules = unable("_preloadModules");
Module._resolveLookupPaths = unable("_resolveLookupPaths");
Module.SourceMap = class SourceMap {
  constructor() {
    throw errors().notImplemented("SourceMap");
  }
};
return Module;
