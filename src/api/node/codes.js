// Errors by their codes, for streams, files, sockets: new codes.ERR_X(...). Texts as Node.js users know them.
const { Error, TypeError } = primordials;
const errors = internal.load("node/errors");
const { coded } = errors;

const make = (Base, code, message) => function (...args) {
  return coded(Base, code, typeof message === "string" ? message : message(...args));
};
// name: [class, text or function that makes it]
const table = {
  ERR_BUFFER_TOO_LARGE: [RangeError, (n) => `Cannot create a Buffer larger than ${n} bytes`],
  ERR_DIR_CLOSED: [Error, "Directory handle was closed"],
  ERR_HTTP_HEADERS_SENT: [Error, (what) => `Cannot ${what} headers after they are sent to the client`],
  ERR_HTTP_INVALID_HEADER_VALUE: [TypeError, (v, name) => `Invalid value "${v}" for header "${name}"`],
  ERR_HTTP_INVALID_STATUS_CODE: [RangeError, (v) => `Invalid status code: ${v}`],
  ERR_HTTP_TRAILER_INVALID: [Error, "Trailers are invalid with this transfer encoding"],
  ERR_HTTP_BODY_NOT_ALLOWED: [Error, "Adding content for this request method or response status is not allowed."],
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: [Error, (body, length) => `Response body's content-length of ${body} byte(s) does not match the content-length of ${length} byte(s) set in header`],
  ERR_INVALID_CHAR: [TypeError, (name, field) => `Invalid character in ${name}${field === undefined ? "" : ` ["${field}"]`}`],
  ERR_INVALID_DOMAIN_NAME: [TypeError, "Unable to determine the domain name"],
  ERR_INVALID_HTTP_TOKEN: [TypeError, (name, field) => `${name} must be a valid HTTP token ["${field}"]`],
  ERR_INVALID_PROTOCOL: [TypeError, (given, wanted) => `Protocol "${given}" not supported. Expected "${wanted}"`],
  ERR_INVALID_RETURN_VALUE: [TypeError, (expected, name, value) =>
    `Expected ${expected} to be returned from the "${name}" function but got ${value?.constructor?.name ? `an instance of ${value.constructor.name}` : `type ${typeof value}`}.`],
  ERR_INVALID_STATE: [Error, (what) => `Invalid state: ${what}`],
  ERR_INVALID_THIS: [TypeError, (what) => `Value of "this" must be of type ${what}`],
  ERR_INVALID_URI: [URIError, "URI malformed"],
  ERR_METHOD_NOT_IMPLEMENTED: [Error, (what) => `The ${what} method is not implemented`],
  ERR_MULTIPLE_CALLBACK: [Error, "Callback called multiple times"],
  ERR_SOCKET_BAD_PORT: [RangeError, (name, port, zero = true) =>
    `${name} should be ${zero ? ">= 0" : "> 0"} and < 65536. Received ${typeof port === "number" ? `type number (${port})` : `type ${typeof port}`}.`],
  ERR_SOCKET_CLOSED: [Error, "Socket is closed"],
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: [Error, "Socket closed before the connection was established"],
  ERR_SOCKET_CONNECTING: [Error, "Socket is already connecting"],
  ERR_STREAM_ALREADY_FINISHED: [Error, (what) => `Cannot call ${what} after a stream was finished`],
  ERR_STREAM_CANNOT_PIPE: [Error, "Cannot pipe, not readable"],
  ERR_STREAM_DESTROYED: [Error, (what) => `Cannot call ${what} after a stream was destroyed`],
  ERR_STREAM_NULL_VALUES: [TypeError, "May not write null values to stream"],
  ERR_STREAM_PREMATURE_CLOSE: [Error, "Premature close"],
  ERR_STREAM_PUSH_AFTER_EOF: [Error, "stream.push() after EOF"],
  ERR_STREAM_UNSHIFT_AFTER_END_EVENT: [Error, "stream.unshift() after end event"],
  ERR_STREAM_WRITE_AFTER_END: [Error, "write after end"],
  ERR_UNHANDLED_ERROR: [Error, (e) => `Unhandled error. (${e})`],
  ERR_UNKNOWN_ENCODING: [TypeError, (name) => `Unknown encoding: ${name}`],
  ERR_UNSUPPORTED_OPERATION: [Error, "The requested operation is unsupported"],
};
const codes = { __proto__: null };
for (const code of Object.keys(table)) codes[code] = make(table[code][0], code, table[code][1]);
codes.ERR_INVALID_ARG_TYPE = function (...args) {
  return errors.invalidArgType(...args);
};
codes.ERR_INVALID_ARG_VALUE = function (...args) {
  return errors.invalidArgValue(...args);
};
codes.ERR_OUT_OF_RANGE = function (...args) {
  return errors.outOfRange(...args);
};
codes.ERR_MISSING_ARGS = function (...args) {
  return errors.missingArgs(...args);
};

function AbortError(message = "The operation was aborted", options = undefined) {
  if (options !== undefined && typeof options !== "object") throw errors.invalidArgType("options", "Object", options);
  const e = new Error(message, options);
  errors.hidden(e, "name", "AbortError");
  e.code = "ABORT_ERR";
  return e;
}

// The second error happened while the first was being dealt with.
function aggregateTwoErrors(inner, outer) {
  if (!inner || !outer || inner === outer) return inner || outer;
  if (Array.isArray(outer.errors)) {
    outer.errors.push(inner);
    return outer;
  }
  const e = new AggregateError([outer, inner], outer.message);
  e.code = outer.code;
  return e;
}

// A function, or a class, that refuses: what a module names but an isolate cannot do.
function absent(name) {
  return { [name]() {
    throw errors.notImplemented(name);
  } }[name];
}

// absentAll("a b"): an object of such functions.
function absentAll(names, prefix = "") {
  const all = {};
  for (const name of names.split(" ")) all[name] = { [name]() {
    throw errors.notImplemented(prefix + name);
  } }[name];
  return all;
}

return { codes, AbortError, aggregateTwoErrors, absent, absentAll };
