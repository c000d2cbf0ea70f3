// Random bytes and numbers, primes, timingSafeEqual.
const lazy = internal.load;
const { Error, RangeError } = primordials;
const { coded, invalidArgType, outOfRange, validateBoolean, validateFunction, validateInt32, validateNumber, validateObject } = lazy("node/errors");
const { isBytes, TOO_LARGE, job, soon } = lazy("node/crypto_base");
const jobs = lazy("node/crypto_jobs");
const { Buffer } = lazy("node/buffer");
const webcrypto = lazy("crypto").crypto;

const MOST = 2147483647;
function fill(view) {
  for (let at = 0; at < view.byteLength; at += 65536) webcrypto.getRandomValues(view.subarray(at, at + 65536));
}
function size(v, name, most = MOST) {
  validateNumber(v, name, 0, most);
  if (v !== Math.floor(v)) throw outOfRange(name, "an integer", v);
}
function randomBytes(bytes, callback = undefined) {
  size(bytes, "size");
  if (callback !== undefined) validateFunction(callback, "callback");
  const buffer = Buffer.alloc(bytes);
  fill(buffer);
  if (callback === undefined) return buffer;
  soon(callback, null, buffer);
}
function part(buffer, offset, length) {
  if (!isBytes(buffer)) throw invalidArgType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  const unit = buffer.BYTES_PER_ELEMENT ?? 1, total = buffer.byteLength;
  if (offset !== undefined) size(offset, "offset", total / unit);
  const from = (offset ?? 0) * unit;
  if (length !== undefined) size(length, "size", (total - from) / unit);
  const count = length === undefined ? total - from : length * unit;
  return ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset + from, count) : new Uint8Array(buffer, from, count);
}
function randomFillSync(buffer, offset = undefined, length = undefined) {
  fill(part(buffer, offset, length));
  return buffer;
}
function randomFill(buffer, offset, length, callback) {
  if (typeof offset === "function") [callback, offset, length] = [offset];
  else if (typeof length === "function") [callback, length] = [length];
  if (!isBytes(buffer)) throw invalidArgType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  validateFunction(callback, "callback");
  randomFillSync(buffer, offset, length);
  soon(callback, null, buffer);
}

const SPAN = 0xffffffffffff; // 48 bits
function randomInt(min, max, callback = undefined) {
  if (max === undefined || typeof max === "function") {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) validateFunction(callback, "callback");
  if (!Number.isSafeInteger(min)) throw invalidArgType("min", "a safe integer", min);
  if (!Number.isSafeInteger(max)) throw invalidArgType("max", "a safe integer", max);
  if (max <= min) throw outOfRange("max", `greater than the value of "min" (${min})`, max);
  const range = max - min;
  if (range > SPAN) throw outOfRange(max === range ? "max" : "max - min", `<= ${SPAN}`, range);
  const limit = SPAN - (SPAN % range), bytes = new Uint8Array(6);
  for (;;) {
    fill(bytes);
    let x = 0;
    for (let i = 0; i < 6; i++) x = x * 256 + bytes[i];
    if (x >= limit) continue; // every remainder equally often
    const value = min + (x % range);
    if (callback === undefined) return value;
    soon(callback, undefined, value);
    return;
  }
}
function randomUUID(options = undefined) {
  if (options !== undefined) {
    validateObject(options, "options");
    if (options.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, "options.disableEntropyCache");
  }
  return webcrypto.randomUUID();
}

// --- Primes ------------------------------------------------------------------------------------------------------------
function bigBytes(v, name) {
  if (v < 0n) throw outOfRange(name, ">= 0", v);
  const hex = v.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}
function numberArg(v, name) {
  if (typeof v === "bigint") return bigBytes(v, name);
  if (!isBytes(v)) throw invalidArgType(name, ["ArrayBuffer", "TypedArray", "Buffer", "DataView", "bigint"], v);
  return lazy("bytes").asBytes(v).slice();
}
const bigOf = (bytes) => (bytes.length === 0 ? 0n : BigInt(`0x${bytes.toHex()}`));

function primeRun(bits, options) {
  validateInt32(bits, "size", 1);
  validateObject(options, "options");
  const { safe = false, bigint = false, add, rem } = options;
  validateBoolean(safe, "options.safe");
  validateBoolean(bigint, "options.bigint");
  const a = add === undefined ? undefined : numberArg(add, "options.add"), r = rem === undefined ? undefined : numberArg(rem, "options.rem");
  if (a !== undefined) addFits(bits, bigOf(a), r === undefined ? undefined : bigOf(r));
  return { __proto__: null, bigint, run: (later) => jobs.prime(later, bits, safe, a, r) };
}
// As Workers have it: 12, 24 or 60 with what leaves room for a random prime.
function addFits(bits, add, rem) {
  const impossible = (why) => coded(RangeError, "ERR_OUT_OF_RANGE", `invalid options.add: ${why}`);
  if (add.toString(2).length > bits) throw impossible("it is larger than the prime may be");
  if (rem !== undefined && rem >= add) throw coded(RangeError, "ERR_OUT_OF_RANGE", "invalid options.rem: it must be below options.add");
  if (!((add === 12n && rem === 11n) || (add === 24n && rem === 23n) || (add === 60n && rem === 59n)))
    throw impossible("supported are 12, 24 and 60, each with options.rem one less");
}
function primeOf(bigint) {
  return (result) => {
    if (result === TOO_LARGE) throw coded(RangeError, "ERR_OUT_OF_RANGE", "The prime is larger than this platform makes (so)");
    if (typeof result === "number") throw coded(Error, "ERR_CRYPTO_OPERATION_FAILED", "There is no such prime");
    return bigint ? bigOf(result) : result.buffer;
  };
}
function generatePrime(bits, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = {};
  }
  validateInt32(bits, "size", 1);
  validateFunction(callback, "callback");
  const soonError = () => {
    const { run, bigint } = primeRun(bits, options);
    job(run, primeOf(bigint), callback);
  };
  try {
    soonError();
  } catch (e) {
    if (!/^invalid options/.test(e.message)) throw e;
    soon(callback, e);
  }
}
function generatePrimeSync(bits, options = {}) {
  const { run, bigint } = primeRun(bits, options);
  return job(run, primeOf(bigint));
}
function checkRun(candidate, options) {
  const number = numberArg(candidate, "candidate");
  validateObject(options, "options");
  const { checks = 0 } = options;
  validateInt32(checks, "options.checks", 0);
  return (later) => jobs.isPrime(later, number);
}
const checked = (result) => {
  if (typeof result === "number") throw coded(RangeError, "ERR_OUT_OF_RANGE", "The candidate is larger than this platform checks (so)");
  return result;
};
function checkPrime(candidate, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = {};
  }
  const run = checkRun(candidate, options ?? {});
  validateFunction(callback, "callback");
  job(run, checked, callback);
}
const checkPrimeSync = (candidate, options = {}) => job(checkRun(candidate, options), checked);

function timingSafeEqual(a, b) {
  if (!isBytes(a)) throw invalidArgType("buf1", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], a);
  if (!isBytes(b)) throw invalidArgType("buf2", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], b);
  if (a.byteLength !== b.byteLength) throw coded(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  return webcrypto.subtle.timingSafeEqual(a, b);
}

return {
  randomBytes, pseudoRandomBytes: randomBytes, prng: randomBytes, rng: randomBytes, randomFill, randomFillSync, randomInt, randomUUID, generatePrime,
  generatePrimeSync, checkPrime, checkPrimeSync, timingSafeEqual, bigBytes,
};
