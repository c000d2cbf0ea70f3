// The rest of node:util: parseArgs() is in util_args.js, MIMEType in util_mime.js.
const { Error, Object } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

function styleText(format, text, options = {}) {
  const { colors } = lazy("node/util_inspect");
  const names = Array.isArray(format) ? format : [format];
  const known = Object.keys(colors);
  for (const name of names)
    if (name !== "none" && (typeof name !== "string" || colors[name] === undefined)) errors().validateOneOf(name, "format", known);
  errors().validateString(text, "text");
  errors().validateObject(options, "options");
  const { validateStream = true, stream } = options;
  errors().validateBoolean(validateStream, "options.validateStream");
  if (validateStream && stream !== undefined && (stream === null || typeof stream !== "object" || !("write" in stream || "writable" in stream || "readable" in stream || "getReader" in stream || "getWriter" in stream)))
    throw errors().invalidArgType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  if (validateStream && stream !== undefined && !stream.isTTY) return text;
  let left = "", right = "";
  for (const name of names) {
    if (name === "none") continue;
    const [on, off] = colors[name];
    left += `\u001b[${on}m`;
    right = `\u001b[${off}m${right}`;
    text = text.replaceAll(`\u001b[${off}m`, `\u001b[${off}m\u001b[${on}m`);
  }
  return `${left}${text}${right}`;
}

// The format of .env files.
function parseEnv(content) {
  errors().validateString(content, "content");
  const out = {};
  const line = /^[ \t]*(?:export[ \t]+)?([^\s=#][^=\n]*?)[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\n#]*))?[^\n]*$/gm;
  for (const m of content.replaceAll("\r\n", "\n").matchAll(line)) {
    const [, key, double, single, back, plain] = m;
    out[key] = double !== undefined ? double.replaceAll("\\n", "\n") : (single ?? back ?? (plain ?? "").trim());
  }
  return out;
}

function getCallSites(count = 8, options = undefined) {
  if (typeof count === "object") {
    options = count;
    count = 8;
  }
  errors().validateObject(options ?? {}, "options");
  errors().validateInteger(count, "frameCount", 1, 200);
  const sites = [];
  for (const frame of (new Error().stack ?? "").split("\n")) {
    const m = /^(.*?)@(.*?):(\d+):(\d+)$/.exec(frame);
    if (m === null || m[2].startsWith("cusp:")) continue;
    const columnNumber = Number(m[4]);
    sites.push({ functionName: m[1], scriptId: "0", scriptName: m[2], lineNumber: Number(m[3]), columnNumber, column: columnNumber });
    if (sites.length === count) break;
  }
  return sites;
}

async function aborted(signal, resource) {
  if (signal === undefined) throw errors().invalidArgType("signal", "AbortSignal", signal);
  errors().validateAbortSignal(signal, "signal");
  errors().validateObject(resource, "resource", { fn: true });
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

const MESSAGES = {
  E2BIG: "argument list too long", EACCES: "permission denied", EADDRINUSE: "address already in use", EADDRNOTAVAIL: "address not available",
  EAGAIN: "resource temporarily unavailable", EBADF: "bad file descriptor", EBUSY: "resource busy or locked", ECANCELED: "operation canceled",
  ECONNABORTED: "software caused connection abort", ECONNREFUSED: "connection refused", ECONNRESET: "connection reset by peer",
  EDESTADDRREQ: "destination address required", EEXIST: "file already exists", EFAULT: "bad address in system call argument", EFBIG: "file too large",
  EHOSTUNREACH: "host is unreachable", EINTR: "interrupted system call", EINVAL: "invalid argument", EIO: "i/o error", EISCONN: "socket is already connected",
  EISDIR: "illegal operation on a directory", ELOOP: "too many symbolic links encountered", EMFILE: "too many open files", EMSGSIZE: "message too long",
  ENAMETOOLONG: "name too long", ENETDOWN: "network is down", ENETUNREACH: "network is unreachable", ENFILE: "file table overflow",
  ENOBUFS: "no buffer space available", ENODEV: "no such device", ENOENT: "no such file or directory", ENOMEM: "not enough memory",
  ENOSPC: "no space left on device", ENOSYS: "function not implemented", ENOTCONN: "socket is not connected", ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty", ENOTSOCK: "socket operation on non-socket", ENOTSUP: "operation not supported on socket", EPERM: "operation not permitted",
  EPIPE: "broken pipe", EPROTO: "protocol error", ERANGE: "result too large", EROFS: "read-only file system", ESPIPE: "invalid seek", ESRCH: "no such process",
  ETIMEDOUT: "connection timed out", ETXTBSY: "text file is busy", EXDEV: "cross-device link not permitted", ENXIO: "no such device or address",
  EMLINK: "too many links", EILSEQ: "illegal byte sequence", EOVERFLOW: "value too large for defined data type",
};
let systemErrors;
function getSystemErrorMap() {
  if (systemErrors === undefined) {
    const { errno } = lazy("node/constants");
    systemErrors = new Map(Object.keys(MESSAGES).map((name) => [-errno[name], [name, MESSAGES[name]]]));
    systemErrors.set(-4095, ["EOF", "end of file"]);
  }
  return systemErrors;
}
function systemError(err, name) {
  errors().validateNumber(err, name);
  if (err >= 0 || !Number.isSafeInteger(err)) throw errors().outOfRange(name, "a negative integer", err);
  return getSystemErrorMap().get(err);
}
const types = () => lazy("node/util_types");
const missing = (name) => () => { throw errors().notImplemented(`util.${name}`); };
return {
  styleText, parseEnv, getCallSites, getCallSite: getCallSites, aborted, getSystemErrorMap,
  getSystemErrorName: (err) => systemError(err, "err")?.[0] ?? `Unknown system error ${err}`,
  getSystemErrorMessage: (err) => systemError(err, "err")?.[1] ?? `Unknown system error ${err}`,
  toUSVString: (s) => `${s}`.toWellFormed(),
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal: (signal) => signal,
  _errnoException: missing("_errnoException"), _exceptionWithHostPort: missing("_exceptionWithHostPort"),
  _extend: (target, source) => (source === null || typeof source !== "object" ? target : Object.assign(target, source)),
  log: (...args) => {
    const d = new Date(), two = (n) => String(n).padStart(2, "0");
    const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][d.getMonth()];
    primordials.globalThis.console.log("%s - %s", `${d.getDate()} ${month} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`, lazy("node/util_inspect").format(...args));
  },
  isArray: (v) => Array.isArray(v), isBoolean: (v) => typeof v === "boolean", isBuffer: (v) => lazy("node/buffer").Buffer.isBuffer(v),
  isDate: (v) => types().isDate(v), isError: (v) => types().isNativeError(v) || v instanceof Error, isFunction: (v) => typeof v === "function",
  isNull: (v) => v === null, isNullOrUndefined: (v) => v === null || v === undefined, isNumber: (v) => typeof v === "number",
  isObject: (v) => v !== null && typeof v === "object", isPrimitive: (v) => v === null || (typeof v !== "object" && typeof v !== "function"),
  isRegExp: (v) => types().isRegExp(v), isString: (v) => typeof v === "string", isSymbol: (v) => typeof v === "symbol", isUndefined: (v) => v === undefined,
};
