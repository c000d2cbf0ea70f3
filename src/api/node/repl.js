// node:repl: nobody types into an isolate.
const EventEmitter = internal.load("node/events");
const { notImplemented } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

class Recoverable extends SyntaxError {
  constructor(err) {
    super();
    this.err = err;
  }
}

class REPLServer extends EventEmitter {
  constructor() {
    super();
    throw notImplemented("REPLServer");
  }
}
Object.assign(REPLServer.prototype, absentAll("setupHistory defineCommand displayPrompt clearBufferedCommand", "REPLServer."));

const builtinModules = internal.load("node").names().filter((name) => name[0] !== "_" && !name.startsWith("node:"));
return {
  ...absentAll("start writer"), Recoverable, REPLServer, builtinModules, _builtinLibs: builtinModules,
  REPL_MODE_SLOPPY: Symbol("repl-sloppy"), REPL_MODE_STRICT: Symbol("repl-strict"),
};
