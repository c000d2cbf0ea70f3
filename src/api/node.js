// Modules of Node.js: which there are, who may have them, and the globals that come with them. The modules themselves are in
// node/, one file each, loaded when first imported; node/README.md says how to add one.
const { ArrayPrototypeFilter, ArrayPrototypeSort, Error, ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, ReflectApply, ReflectOwnKeys, StringPrototypeSlice, StringPrototypeStartsWith, Symbol, SymbolToStringTag, globalThis } = primordials;
const lazy = internal.load, SafeMap = internal.SafeMap;

// The same numbers as enum node_compat in start.c.
const ALS = 1, ALL = 3, TIMERS = 4;

// Sorted, one group a line. "a/b" is in node/a_b.js; "-" in front: only with "node:".
const NAMES =
  "assert assert/strict async_hooks buffer console constants diagnostics_channel events module os path path/posix path/win32 process " +
  "punycode querystring string_decoder sys -test timers timers/promises url util util/types " +
  "_stream_duplex _stream_passthrough _stream_readable _stream_transform _stream_writable " +
  "crypto stream stream/consumers stream/promises stream/web zlib " +
  "child_process cluster dgram domain http2 inspector inspector/promises perf_hooks readline readline/promises repl -sqlite trace_events " +
  "tty v8 vm wasi worker_threads fs fs/promises " +
  "_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server http https " +
  "_stream_wrap _tls_common _tls_wrap dns dns/promises net tls";

const modules = new SafeMap(); // name -> name of the built-in
for (let i = 0, at = 0; i <= NAMES.length; i++) {
  if (i < NAMES.length && NAMES[i] !== " ") continue;
  const name = NAMES.substring(at, i);
  at = i + 1;
  const prefixed = name[0] === "-", plain = prefixed ? name.substring(1) : name, slash = plain.indexOf("/");
  modules.set(plain, {
    __proto__: null, prefixed, file: "node/" + (slash < 0 ? plain : plain.substring(0, slash) + "_" + plain.substring(slash + 1)),
    ns: undefined,
  });
}

// An object with the module's names as getters, `default` (what require() gives) and, not enumerable, "module.exports".
function namespaceOf(exports) {
  const ns = { __proto__: null };
  const put = (name, get, enumerable) => ObjectDefineProperty(ns, name, { __proto__: null, get, enumerable, configurable: true });
  const names = ArrayPrototypeFilter(ReflectOwnKeys(exports), (key) => typeof key === "string");
  names[names.length] = "default";
  ArrayPrototypeSort(names);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === "default") {
      if (!ns.default) put("default", () => exports, true);
      continue;
    }
    if (typeof exports === "function" && (name === "length" || name === "name" || name === "prototype")) continue;
    // As it is now: what somebody patches later, require() sees and import does not. Accessors load other files: at their first use.
    const d = ObjectGetOwnPropertyDescriptor(exports, name);
    if ("value" in d) {
      const { value } = d;
      put(name, () => value, true);
    } else put(name, () => exports[name], true);
  }
  put("module.exports", () => exports, false);
  ObjectDefineProperty(ns, SymbolToStringTag, { __proto__: null, value: "Module" });
  return ns;
}

function find(specifier, bare) {
  const prefix = StringPrototypeStartsWith(specifier, "node:");
  const m = modules.get(prefix ? StringPrototypeSlice(specifier, 5) : specifier);
  return m === undefined || (!prefix && (m.prefixed || !bare)) ? undefined : m;
}
const isBuiltin = (specifier) => find(specifier, true) !== undefined;
// What require() gives; undefined: there is none of this name.
function load(specifier) {
  const m = find(specifier, true);
  if (m === undefined) return undefined;
  const exports = lazy(m.file);
  m.ns ??= namespaceOf(exports); // before anybody can patch it
  return exports;
}
// The namespace for import; undefined: no such name. For start.c.
function resolve(specifier, mode) {
  if (specifier === "cloudflare:node") return namespaceOf(lazy("node/cloudflare"));
  const m = find(specifier, true);
  if (m === undefined) return undefined;
  if (mode === 0 || (mode === ALS && m.file !== "node/async_hooks"))
    throw new Error(
      `No such module "${specifier}". Modules of Node.js need "nodejs_compat" in compatibility_flags.`);
  if (mode < ALL && !StringPrototypeStartsWith(specifier, "node:"))
    throw new Error(
      `No such module "${specifier}". Write "node:${specifier}", or set compatibility_date to "2024-09-23" or later.`);
  return (m.ns ??= namespaceOf(lazy(m.file)));
}
const names = () => {
  const list = [];
  for (let i = 0, at = 0; i <= NAMES.length; i++)
    if (i === NAMES.length || NAMES[i] === " ") {
      const name = NAMES.substring(at, i);
      list[list.length] = name[0] === "-" ? "node:" + name.substring(1) : name;
      at = i + 1;
    }
  return list;
};

// --- Globals ---------------------------------------------------------------------------------------------------------
function lazyGlobal(name, get, enumerable = false) {
  const put = (value) =>
    ObjectDefineProperty(globalThis, name, { __proto__: null, value, writable: true, configurable: true, enumerable });
  ObjectDefineProperty(globalThis, name, {
    __proto__: null, configurable: true, enumerable, set: put,
    get() {
      const value = get();
      put(value);
      return value;
    },
  });
}
function install(mode) {
  const capture = Error.captureStackTrace;
  Error.captureStackTrace = function captureStackTrace(object, above = captureStackTrace) {
    ReflectApply(capture, Error, [object, above]);
    if (typeof Error.prepareStackTrace === "function") lazy("node/callsites").prepare(object, Error.prepareStackTrace);
  };
  // Node.js has them, and what bundlers make of `using` looks for them.
  for (const name of ["dispose", "asyncDispose"])
    if (Symbol[name] === undefined) ObjectDefineProperty(Symbol, name, { __proto__: null, value: Symbol(`Symbol.${name}`) });
  internal.nodeMode = mode;
  if (mode < ALL) return;
  lazyGlobal("Buffer", () => lazy("node/buffer").Buffer);
  lazyGlobal("process", () => lazy("node/process"));
  for (const name of ["setImmediate", "clearImmediate"]) lazyGlobal(name, () => lazy("node/timers")[name], true);
  if (mode >= TIMERS)
    for (const name of ["setTimeout", "clearTimeout", "setInterval", "clearInterval"]) lazyGlobal(name, () => lazy("node/timers")[name], true);
  ObjectDefineProperty(globalThis, "global", { __proto__: null, value: globalThis, writable: true, configurable: true, enumerable: false });
}

return { resolve, load, isBuiltin, names, install };
