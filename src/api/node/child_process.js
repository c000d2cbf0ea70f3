// node:child_process: an isolate has no processes. Arguments are checked, then everything refuses.
const EventEmitter = internal.load("node/events");
const { notImplemented, validateString, validateObject, validateFunction, validateArray, invalidArgType } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

class ChildProcess extends EventEmitter {
  constructor() {
    super();
    throw notImplemented("ChildProcess");
  }
}
Object.assign(ChildProcess.prototype, absentAll("spawn kill send disconnect unref ref", "ChildProcess."));
Object.defineProperty(ChildProcess.prototype, Symbol.dispose ?? Symbol.for("nodejs.dispose"), {
  __proto__: null, configurable: true, writable: true,
  value() {
    throw notImplemented("ChildProcess[Symbol.dispose]");
  },
});

function checkOptions(options, callback) {
  if (options != null && typeof options !== "function") validateObject(options, "options");
  if (callback !== undefined) validateFunction(callback, "callback");
}

function exec(command, options, callback) {
  validateString(command, "command");
  if (options != null && typeof options !== "function") validateObject(options, "options");
  if (callback != null) validateFunction(callback, "callback");
  throw notImplemented("exec");
}

function execSync(command, options) {
  validateString(command, "command");
  checkOptions(options);
  throw notImplemented("execSync");
}

// (file, args?, options?)
function checkArgs(args, options) {
  if (args != null && !Array.isArray(args)) validateObject(args, "args");
  if (options != null) validateObject(options, "options");
}

function execFile(file, args, options, callback) {
  validateString(file, "file");
  if (args != null && typeof args !== "function" && !Array.isArray(args)) validateObject(args, "args");
  checkOptions(options, callback);
  throw notImplemented("execFile");
}

function execFileSync(file, args, options) {
  validateString(file, "file");
  checkArgs(args, options);
  throw notImplemented("execFileSync");
}

function fork(modulePath, args, options) {
  validateString(modulePath, "modulePath");
  checkArgs(args, options);
  throw notImplemented("fork");
}

function spawnSync(file, args, options) {
  validateString(file, "file");
  checkArgs(args, options);
  throw notImplemented("spawnSync");
}

const refuses = absentAll("_forkChild spawn");
return { ChildProcess, exec, execFile, execFileSync, execSync, fork, spawnSync, ...refuses };
