// Errors as Node.js makes them: a `code`, and "Name [CODE]: message" in the stack.
const { Error, ObjectDefineProperty, RangeError, SyntaxError, TypeError, URIError } = primordials;
const lazy = internal.load;

const hidden = (o, key, value) => ObjectDefineProperty(o, key, { __proto__: null, value, writable: true, configurable: true, enumerable: false });

function coded(Base, code, message, cause = undefined) {
  const e = cause === undefined ? new Base(message) : new Base(message, { cause });
  e.code = code;
  const { name } = e;
  hidden(e, "toString", () => `${name} [${code}]: ${e.message}`);
  if (typeof e.stack === "string") {
    // Our own frames are no news to anybody; the engine's stack has no head line, Node.js's has one.
    const lines = e.stack.split("\n").filter((l) => !l.includes("@cusp:node/errors"));
    hidden(e, "stack", lines.join("\n"));
  }
  return e;
}

const list = (words, last = "or") =>
  words.length < 3 ? words.join(` ${last} `) : `${words.slice(0, -1).join(", ")}, ${last} ${words[words.length - 1]}`;

// " Received type number (5)" and its kin.
function received(v) {
  if (v == null) return ` Received ${v}`;
  if (typeof v === "function") return ` Received function ${v.name}`;
  if (typeof v === "object") {
    if (v.constructor?.name) return ` Received an instance of ${v.constructor.name}`;
    return ` Received ${lazy("node/util").inspect(v, { depth: -1 })}`;
  }
  let text = lazy("node/util").inspect(v, { colors: false });
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return ` Received type ${typeof v} (${text})`;
}

const TYPES = ["string", "function", "number", "object", "Function", "Object", "boolean", "bigint", "symbol"];
function invalidArgType(name, expected, actual) {
  const types = [], classes = [], others = [];
  for (const e of Array.isArray(expected) ? expected : [expected])
    if (TYPES.includes(e)) types.push(e.toLowerCase());
    else if (/^[A-Z]/.test(e) && /^\w+$/.test(e)) classes.push(e);
    else others.push(e);
  if (classes.length > 0 && types.includes("object")) {
    types.splice(types.indexOf("object"), 1);
    classes.push("Object");
  }
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? "one of type" : "of type"} ${list(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${list(classes)}`);
  if (others.length > 1) parts.push(`one of ${list(others)}`);
  else if (others.length === 1) parts.push((others[0].toLowerCase() !== others[0] ? "an " : "") + others[0]);
  const what = name.endsWith(" argument") ? name : `"${name}" ${name.includes(".") ? "property" : "argument"}`;
  return coded(TypeError, "ERR_INVALID_ARG_TYPE", `The ${what} must be ${list(parts)}.${received(actual)}`);
}
function invalidArgValue(name, value, reason = "is invalid", Base = TypeError) {
  let text = lazy("node/util").inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  return coded(Base, "ERR_INVALID_ARG_VALUE", `The ${name.includes(".") ? "property" : "argument"} '${name}' ${reason}. Received ${text}`);
}
const grouped = (v) => {
  let text = String(v);
  const minus = text[0] === "-" ? "-" : "";
  if (minus) text = text.slice(1);
  return minus + text.replace(/\B(?=(\d{3})+$)/g, "_");
};
function outOfRange(name, range, input) {
  let text;
  if (Number.isInteger(input) && Math.abs(input) > 2 ** 32) text = grouped(input);
  else if (typeof input === "bigint") text = (input > 2n ** 32n || input < -(2n ** 32n) ? grouped(input) : String(input)) + "n";
  else text = lazy("node/util").inspect(input);
  return coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${range}. Received ${text}`);
}
const missingArgs = (...names) =>
  coded(TypeError, "ERR_MISSING_ARGS",
    `The ${list(names.map((n) => (Array.isArray(n) ? n.map((x) => `"${x}"`).join(" or ") : `"${n}"`)), "and")} argument${names.length > 1 ? "s" : ""} must be specified`);

// What Workers cannot do: every such function of a module throws this.
const notImplemented = (what) => coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", `The ${what} method is not implemented`);
const unsupported = (what) => coded(Error, "ERR_UNSUPPORTED_OPERATION", `${what} is not supported on this platform`);

// --- Checks of arguments: throw, or return nothing ---------------------------------------------------------------------
function validateString(v, name) {
  if (typeof v !== "string") throw invalidArgType(name, "string", v);
}
function validateBoolean(v, name) {
  if (typeof v !== "boolean") throw invalidArgType(name, "boolean", v);
}
function validateFunction(v, name) {
  if (typeof v !== "function") throw invalidArgType(name, "function", v);
}
function validateObject(v, name, { nullable = false, array = false, fn = false } = {}) {
  if ((v === null && nullable) || (typeof v === "function" && fn)) return;
  if (v === null || typeof v !== "object" || (!array && Array.isArray(v))) throw invalidArgType(name, "Object", v);
}
function validateArray(v, name, least = 0) {
  if (!Array.isArray(v)) throw invalidArgType(name, "Array", v);
  if (v.length < least) throw invalidArgValue(name, v, `must be longer than ${least}`);
}
function validateInteger(v, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  if (typeof v !== "number") throw invalidArgType(name, "number", v);
  if (!Number.isInteger(v)) throw outOfRange(name, "an integer", v);
  if (v < min || v > max) throw outOfRange(name, `>= ${min} && <= ${max}`, v);
}
const validateInt32 = (v, name, min = -2147483648, max = 2147483647) => validateInteger(v, name, min, max);
const validateUint32 = (v, name, positive = false) => validateInteger(v, name, positive ? 1 : 0, 4294967295);
function validateNumber(v, name, min = undefined, max = undefined) {
  if (typeof v !== "number") throw invalidArgType(name, "number", v);
  if ((min != null && v < min) || (max != null && v > max) || ((min != null || max != null) && Number.isNaN(v)))
    throw outOfRange(name, `${min != null ? `>= ${min}` : ""}${min != null && max != null ? " && " : ""}${max != null ? `<= ${max}` : ""}`, v);
}
function validateOneOf(v, name, all) {
  if (!all.includes(v))
    throw invalidArgValue(name, v, `must be one of: ${all.map((x) => (typeof x === "string" ? `'${x}'` : String(x))).join(", ")}`);
}
function validateAbortSignal(v, name) {
  if (v !== undefined && (v === null || typeof v !== "object" || !("aborted" in v))) throw invalidArgType(name, "AbortSignal", v);
}
function abortError(signal = undefined, message = "The operation was aborted") {
  const e = signal?.reason === undefined ? new Error(message) : new Error(message, { cause: signal.reason });
  hidden(e, "name", "AbortError");
  e.code = "ABORT_ERR";
  return e;
}

return {
  coded, hidden, list, received, invalidArgType, invalidArgValue, outOfRange, missingArgs, notImplemented, unsupported, abortError,
  validateString, validateBoolean, validateFunction, validateObject, validateArray, validateInteger, validateInt32, validateUint32,
  validateNumber, validateOneOf, validateAbortSignal,
  // Shorthands for others: new ERR("CODE", "message").
  typeError: (code, message) => coded(TypeError, code, message),
  rangeError: (code, message) => coded(RangeError, code, message),
  error: (code, message) => coded(Error, code, message),
  syntaxError: (code, message) => coded(SyntaxError, code, message),
  uriError: (code, message) => coded(URIError, code, message),
};
