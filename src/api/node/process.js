// node:process, as far as an isolate has one: no operating system, no signals, no other processes.
const { Error, Object, ObjectDefineProperty, Proxy, ReflectApply, globalThis } = primordials;
const lazy = internal.load, core = internal.core;
const EventEmitter = lazy("node/events"), errors = () => lazy("node/errors");
const VERSION = "22.19.0";

function process() {}
const proto = (process.prototype = Object.create(EventEmitter.prototype, {
  constructor: { __proto__: null, value: process, writable: true, configurable: true, enumerable: false },
  [Symbol.toStringTag]: { __proto__: null, value: "process", configurable: true },
}));
const p = Object.create(proto);

// --- Environment: strings only, as everywhere; bindings that are text are there from the start -----------------------------
function makeEnv() {
  const target = {};
  const { env } = core;
  for (const key of Object.getOwnPropertyNames(env)) {
    const d = Object.getOwnPropertyDescriptor(env, key);
    if (typeof d.value === "string") target[key] = d.value;
    else if (d.get === undefined && d.value !== null && typeof d.value === "object" && Object.getPrototypeOf(d.value) === Object.prototype)
      target[key] = JSON.stringify(d.value);
    else if (typeof d.value === "number" || typeof d.value === "boolean") target[key] = String(d.value);
  }
  const text = (v) => {
    if (typeof v === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
    return `${v}`;
  };
  return new Proxy(target, {
    __proto__: null,
    set(t, key, value) {
      if (typeof key === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
      t[key] = text(value);
      return true;
    },
    defineProperty(t, key, d) {
      if ("get" in d || "set" in d)
        throw errors().typeError("ERR_INVALID_ARG_VALUE", "'process.env' does not accept an accessor(getter/setter) descriptor");
      if (!(d.configurable && d.writable && d.enumerable))
        throw errors().typeError("ERR_INVALID_ARG_VALUE", "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
      return Reflect.defineProperty(t, key, { ...d, value: text(d.value) });
    },
  });
}
let env;

// --- Time -------------------------------------------------------------------------------------------------------------
// The clock stands still while JavaScript runs, so these do too.
const now = () => lazy("performance").performance.now();
const started = now(); // performance.now() counts from 1970, as Workers have it; a process is as old as its first use of this
function hrtime(previous = undefined) {
  const ms = now();
  let s = Math.floor(ms / 1000), ns = Math.round((ms % 1000) * 1e6);
  if (previous !== undefined) {
    errors().validateArray(previous, "time");
    if (previous.length !== 2) throw errors().outOfRange("time", 2, previous.length);
    s -= previous[0];
    ns -= previous[1];
    if (ns < 0) {
      s--;
      ns += 1e9;
    }
  }
  return [s, ns];
}
hrtime.bigint = () => BigInt(Math.round(now() * 1e6));

function nextTick(fn, ...args) {
  errors().validateFunction(fn, "callback");
  queueMicrotask(args.length > 0 ? () => ReflectApply(fn, undefined, args) : () => fn());
}
const queueMicrotask = globalThis.queueMicrotask;

function emitWarning(warning, type = undefined, code = undefined, ctor = undefined) {
  let detail;
  if (type !== null && typeof type === "object" && !Array.isArray(type)) {
    ctor = type.ctor;
    code = type.code;
    if (typeof type.detail === "string") ({ detail } = type);
    type = type.type || "Warning";
  } else if (typeof type === "function") {
    ctor = type;
    code = undefined;
    type = "Warning";
  }
  if (type !== undefined) errors().validateString(type, "type");
  if (typeof code === "function") {
    ctor = code;
    code = undefined;
  } else if (code !== undefined) errors().validateString(code, "code");
  if (typeof warning === "string") {
    const w = new Error(warning);
    w.name = String(type || "Warning");
    if (code !== undefined) w.code = code;
    if (detail !== undefined) w.detail = detail;
    warning = w;
  } else if (!Error.isError(warning)) throw errors().invalidArgType("warning", ["Error", "string"], warning);
  if (warning.name === "DeprecationWarning") {
    if (p.noDeprecation) return;
    if (p.throwDeprecation) nextTick(() => { throw warning; });
  }
  nextTick(() => {
    p.emit("warning", warning);
    if (!p.noWarnings) globalThis.console.warn(`(cusp) ${warning.code ? `[${warning.code}] ` : ""}${warning.name}: ${warning.message}`);
  });
}

// --- Rejections that nobody handles: process.on("unhandledRejection") ------------------------------------------------------
let listening = false;
function listenForRejections() {
  if (listening) return;
  listening = true;
  const target = globalThis;
  target.addEventListener("unhandledrejection", (e) => {
    if (p.listenerCount("unhandledRejection") === 0) return;
    e.preventDefault();
    p.emit("unhandledRejection", e.reason, e.promise);
  });
  target.addEventListener("rejectionhandled", (e) => p.emit("rejectionHandled", e.promise));
}

// Each event has a working directory of its own; so has the top level.
const FIRST = "/bundle", directories = new WeakMap();
let topDirectory = FIRST;
function cwd() {
  const event = core.current();
  return event === null ? topDirectory : (directories.get(event) ?? FIRST);
}
function chdir(dir) {
  errors().validateString(dir, "directory");
  const fs = lazy("node/fs"), path = lazy("node/path").resolve(cwd(), dir);
  const failed = (code, text) => Object.assign(errors().error(code, `${code}: ${text}, chdir ${cwd()} -> '${dir}'`), { syscall: "chdir", path: cwd(), dest: dir });
  if (dir.length > 4096) throw failed("ENAMETOOLONG", "name too long");
  if (dir === "" || !fs.existsSync(path) || !fs.statSync(path).isDirectory()) throw failed("ENOENT", "no such file or directory");
  const event = core.current();
  if (event === null) topDirectory = path;
  else directories.set(event, path);
}
const onlyRoot = (name) => (id) => {
  if (id !== 0 && id !== "root") throw Object.assign(errors().error("EPERM", `EPERM: operation not permitted, ${name}`), { syscall: name });
};
const KINDS = {
  cpuUsage: 0, kill: 0, _kill: 0, binding: 0, _linkedBinding: 0, dlopen: 0, execve: 0, getActiveResourcesInfo: 0,
  hasUncaughtExceptionCaptureCallback: 0, setUncaughtExceptionCaptureCallback: 0, threadCpuUsage: 0,
};
const data = {
  version: `v${VERSION}`,
  versions: Object.freeze({ node: VERSION }),
  title: "cusp",
  argv: ["workerd"],
  argv0: "workerd", // what detects Workers looks for it
  execArgv: [],
  execPath: "",
  arch: "x64",
  platform: "linux",
  pid: 1,
  ppid: 0,
  release: Object.freeze({ name: "node", lts: true, sourceUrl: "", headersUrl: "" }),
  config: Object.freeze({ target_defaults: Object.freeze({}), variables: Object.freeze({}) }),
  features: Object.freeze({
    inspector: false, debug: false, uv: false, ipv6: true, tls_alpn: true, tls_sni: true, tls_ocsp: true, tls: true,
    cached_builtins: true, require_module: true, typescript: false, openssl_is_boringssl: false,
  }),
  allowedNodeEnvironmentFlags: new Set(),
  debugPort: 0,
  domain: undefined,
  exitCode: undefined,
  connected: false,
  channel: null,
  noDeprecation: false,
  traceDeprecation: false,
  throwDeprecation: false,
  sourceMapsEnabled: false,
  moduleLoadList: [],
  report: Object.freeze({
    compact: false, directory: "", filename: "", excludeNetwork: false, reportOnFatalError: false, reportOnSignal: false, reportOnUncaughtException: false,
    signal: "SIGUSR2", getReport: () => ({}), writeReport: () => "",
  }),
  permission: Object.freeze({ has: () => true }),
  _exiting: false,
  _preload_modules: [],
  _events: undefined,
  _eventsCount: 0,
  _maxListeners: undefined,
  _channel: undefined,
  _disconnect: undefined,
  _handleQueue: undefined,
  _pendingMessage: undefined,
  _send: undefined,
  finalization: Object.freeze({ register() {}, registerBeforeExit() {}, unregister() {} }),
};
for (const key of Object.keys(data)) p[key] = data[key];
EventEmitter.call(p);

const functions = {
  nextTick, emitWarning, hrtime,
  cwd, chdir,
  exit(code = undefined) {
    p.exitCode = code ?? p.exitCode ?? 0;
    throw new Error(`process.exit(${p.exitCode})`);
  },
  reallyExit: (code) => functions.exit(code),
  abort: () => functions.exit(134),
  uptime: () => (now() - started) / 1000,
  umask(mask = undefined) { // nothing here has modes: it stays what it is
    if (mask !== undefined && (typeof mask === "string" ? !/^[0-7]+$/.test(mask) : !Number.isInteger(mask) || mask < 0))
      throw errors().invalidArgValue("mask", mask, "must be a 32-bit unsigned integer or an octal string");
    return 0o22;
  },
  loadEnvFile(path = ".env") {
    const text = lazy("node/fs").readFileSync(typeof path === "string" ? lazy("node/path").resolve(cwd(), path) : path, "utf8");
    Object.assign(p.env, lazy("node/util").parseEnv(text));
  },
  getBuiltinModule(id) {
    errors().validateString(id, "id");
    return lazy("node").load(id);
  },
  memoryUsage: Object.assign(() => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }), { rss: () => 0 }),
  resourceUsage: () => ({
    userCPUTime: 0, systemCPUTime: 0, maxRSS: 0, sharedMemorySize: 0, unsharedDataSize: 0, unsharedStackSize: 0, minorPageFault: 0,
    majorPageFault: 0, swappedOut: 0, fsRead: 0, fsWrite: 0, ipcSent: 0, ipcReceived: 0, signalsCount: 0, voluntaryContextSwitches: 0,
    involuntaryContextSwitches: 0,
  }),
  availableMemory: () => 0,
  constrainedMemory: () => 0,
  assert(ok, message) {
    if (!ok) throw errors().error("ERR_ASSERTION", message || "assertion error");
  },
  getuid: () => 0, geteuid: () => 0, getgid: () => 0, getegid: () => 0, getgroups: () => [0],
  setuid: onlyRoot("setuid"), seteuid: onlyRoot("seteuid"), setgid: onlyRoot("setgid"), setegid: onlyRoot("setegid"), setgroups() {}, initgroups() {},
  send: () => false, openStdin: () => p.stdin, getSourceMapsSupport: () => ({ enabled: false, nodeModules: false, generatedCode: false }),
  setSourceMapsEnabled() {}, ref() {}, unref() {}, _rawDebug() {}, _fatalException() {}, _getActiveHandles: () => [], _getActiveRequests: () => [],
  _debugEnd() {}, _debugProcess() {}, _startProfilerIdleNotifier() {}, _stopProfilerIdleNotifier() {}, _tickCallback() {},
};
for (const key of Object.keys(functions)) p[key] = functions[key];
for (const key of Object.keys(KINDS)) p[key] = () => { throw errors().notImplemented(`process.${key}`); };

const accessor = (key, get) =>
  ObjectDefineProperty(p, key, {
    __proto__: null, enumerable: true, configurable: true, get,
    set: (value) => ObjectDefineProperty(p, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true }),
  });
let stdin, stdout, stderr;
accessor("stdin", () => (stdin ??= lazy("node/stdio").input()));
accessor("stdout", () => (stdout ??= lazy("node/stdio").output(1)));
accessor("stderr", () => (stderr ??= lazy("node/stdio").output(2)));
accessor("env", () => (env ??= makeEnv()));

const on = EventEmitter.prototype.on;
proto.on = proto.addListener = function (name, fn) {
  if (name === "unhandledRejection" || name === "rejectionHandled") listenForRejections();
  return ReflectApply(on, this, [name, fn]);
};
return p;
