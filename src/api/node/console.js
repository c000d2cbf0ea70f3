// node:console: the global console, and class Console over streams.
const { globalThis } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

class Console {
  #out;
  #err;
  #options;
  #indent = "";
  #counts = new Map();
  #timers = new Map();
  #step;
  constructor(options, stderr = undefined) {
    if (typeof options?.write === "function") options = { stdout: options, stderr };
    const { stdout } = options ?? {};
    if (typeof stdout?.write !== "function") throw errors().typeError("ERR_CONSOLE_WRITABLE_STREAM", "Console expects a writable stream instance for stdout");
    this.#out = stdout;
    this.#err = options.stderr ?? stdout;
    if (typeof this.#err.write !== "function") throw errors().typeError("ERR_CONSOLE_WRITABLE_STREAM", "Console expects a writable stream instance for stderr");
    this.#options = { colors: options.colorMode === true, ...options.inspectOptions };
    this.#step = " ".repeat(options.groupIndentation ?? 2);
    for (const name of Object.getOwnPropertyNames(Console.prototype))
      if (name !== "constructor") this[name] = this[name].bind(this);
  }
  #write(stream, args) {
    let text = lazy("node/util_inspect").formatWithOptions(this.#options, ...args);
    if (this.#indent) text = this.#indent + text.replaceAll("\n", `\n${this.#indent}`);
    stream.write(`${text}\n`);
  }
  log(...args) { this.#write(this.#out, args); }
  info(...args) { this.#write(this.#out, args); }
  debug(...args) { this.#write(this.#out, args); }
  warn(...args) { this.#write(this.#err, args); }
  error(...args) { this.#write(this.#err, args); }
  trace(...args) { this.#write(this.#err, [`Trace: ${lazy("node/util_inspect").format(...args)}`]); }
  dir(value, options = undefined) { this.#write(this.#out, [lazy("node/util_inspect").inspect(value, { customInspect: false, ...this.#options, ...options })]); }
  dirxml(...args) { this.#write(this.#out, args); }
  table(value) { this.#write(this.#out, [value]); }
  assert(ok = undefined, ...args) {
    if (ok) return;
    if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift("Assertion failed");
    this.#write(this.#err, args);
  }
  count(label = "default") {
    const n = (this.#counts.get(`${label}`) ?? 0) + 1;
    this.#counts.set(`${label}`, n);
    this.log(`${label}: ${n}`);
  }
  countReset(label = "default") { this.#counts.delete(`${label}`); }
  group(...args) {
    if (args.length > 0) this.log(...args);
    this.#indent += this.#step;
  }
  groupCollapsed(...args) { this.group(...args); }
  groupEnd() { this.#indent = this.#indent.slice(this.#step.length); }
  time(label = "default") { this.#timers.set(`${label}`, Date.now()); }
  timeLog(label = "default", ...args) {
    const from = this.#timers.get(`${label}`);
    if (from !== undefined) this.log(`${label}: ${Date.now() - from}ms`, ...args);
  }
  timeEnd(label = "default") {
    this.timeLog(label);
    this.#timers.delete(`${label}`);
  }
}
const { console } = globalThis;
const module = Object.create(console, { Console: { __proto__: null, value: Console, enumerable: true, writable: true, configurable: true } });
for (const name of ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed", "groupEnd", "info", "log", "table",
  "time", "timeEnd", "timeLog", "timeStamp", "trace", "warn"])
  module[name] = console[name] ?? (() => {});
module.context = () => module;
module.createTask = (name) => {
  if (typeof name !== "string" || name === "") throw new TypeError("First argument must be a non-empty string.");
  return { run: (fn) => fn() };
};
for (const name of ["profile", "profileEnd"]) module[name] = () => {};
return module;
