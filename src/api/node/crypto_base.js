// What the files of node:crypto share: bytes in and out, errors for what C answers, callbacks, classes that need no `new`.
const { ArrayBufferIsView, Error, PromisePrototypeThen, RangeError, ReflectConstruct, ObjectDefineProperty, Uint8Array } = primordials;
const lazy = internal.load, core = internal.core;
const { coded, invalidArgType, validateFunction } = lazy("node/errors");
const { Buffer } = lazy("node/buffer");

// enum in crypto.h: what C gives where a result would be.
const INVALID = 1, UNSUPPORTED = 2, CORRUPT = 3, TOO_LARGE = 4;

const KINDS = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];
const isBytes = (v) => ArrayBufferIsView(v) || lazy("bytes").isBuffer(v);
const viewOf = (v) => {
  const bytes = lazy("bytes").asBytes(v);
  return bytes.byteLength === 0 ? new Uint8Array(0) : bytes;
};
// The bytes of a string (in an encoding), a buffer or a view; ERR_INVALID_ARG_TYPE for others.
function toBytes(v, name, encoding = undefined, kinds = KINDS) {
  if (typeof v === "string" && kinds[0] === "string") return Buffer.from(v, encoding === "buffer" ? "utf8" : encoding);
  if (!isBytes(v)) throw invalidArgType(name, kinds, v);
  return viewOf(v);
}
const bufferOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
// As a Buffer, or as a string in an encoding.
function encoded(bytes, encoding) {
  const buffer = bufferOf(bytes);
  return encoding === undefined || encoding === null || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

// What C gave; throws `messages[answer]` when it is one of its numbers.
function must(result, message, code = undefined, Base = Error) {
  if (typeof result !== "number") return result;
  if (result === TOO_LARGE) throw coded(RangeError, "ERR_OUT_OF_RANGE", "The operation is larger than this platform allows");
  if (result === UNSUPPORTED && code === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", "Digest method not supported");
  throw code === undefined ? new Base(message) : coded(Base, code, message);
}

// callback(error, value) for an operation of C; `finish` makes the value, or throws.
function whenDone(id, finish, callback) {
  PromisePrototypeThen(core.op(id), (result) => {
    let value;
    try {
      value = finish(result);
    } catch (e) {
      callback(e);
      return;
    }
    callback(null, value);
  });
}
// What a function with and without callback is made of: run(later) asks C, finish(result) makes the value.
function job(run, finish, callback) {
  if (callback === undefined) return finish(run(false));
  whenDone(run(true), finish, callback);
}
const soon = (callback, ...args) => lazy("node/process").nextTick(callback, ...args);

// A constructor that may be called without `new`, as those of Node.js may.
function callable(Class) {
  const f = function (...args) {
    return ReflectConstruct(Class, args, new.target === undefined || new.target === f ? Class : new.target);
  };
  ObjectDefineProperty(f, "name", { __proto__: null, value: Class.name, configurable: true });
  f.prototype = Class.prototype;
  ObjectDefineProperty(Class.prototype, "constructor", { __proto__: null, value: f, writable: true, configurable: true });
  return f;
}

return {
  INVALID, UNSUPPORTED, CORRUPT, TOO_LARGE, KINDS, n: natives, isBytes, toBytes, bufferOf, encoded, must, whenDone, job, soon, callable, validateFunction,
};
