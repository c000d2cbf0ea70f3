// hkdf, pbkdf2, scrypt: at once, or off the thread with a callback.
const lazy = internal.load;
const { Error, RangeError, TypeError } = primordials;
const { coded, invalidArgType, outOfRange, validateFunction, validateInt32, validateInteger, validateString, validateUint32 } = lazy("node/errors");
const { TOO_LARGE, UNSUPPORTED, INVALID, isBytes, toBytes, encoded, job, soon, n } = lazy("node/crypto_base");
const { secretHandle, isKeyObject } = lazy("node/crypto_keys");
const jobs = lazy("node/crypto_jobs");
const { isKey } = lazy("subtle_key");

const badDigest = (digest) => coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
const bytesOf = (digest, as) => (result) => {
  if (result === UNSUPPORTED) throw badDigest(digest);
  if (result === TOO_LARGE) throw coded(RangeError, "ERR_OUT_OF_RANGE", "The derivation takes more work than this platform allows");
  if (typeof result === "number") throw coded(Error, "ERR_CRYPTO_OPERATION_FAILED", "The derivation failed");
  return as(result);
};
const asArrayBuffer = (bytes) => bytes.buffer;

function hkdfRun(digest, ikm, salt, info, length) {
  validateString(digest, "digest");
  const key = isKeyObject(ikm) || isKey(ikm) || typeof ikm === "string" || isBytes(ikm)
    ? n.keySecret(secretHandle(ikm, "ikm"))
    : (() => { throw invalidArgType("ikm", ["string", "SecretKeyObject", "ArrayBuffer", "TypedArray", "DataView", "Buffer"], ikm); })();
  const s = toBytes(salt, "salt"), i = toBytes(info, "info");
  validateInteger(length, "length", 0, 2147483647);
  if (i.byteLength > 1024) throw outOfRange("info", "must not contain more than 1024 bytes", i.byteLength);
  const size = n.digestBytes(digest);
  if (size === 0) throw badDigest(digest);
  if (length > size * 255) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  const saltCopy = s.slice(), infoCopy = i.slice();
  return (later) => jobs.hkdf(later, digest, key, saltCopy, infoCopy, length);
}
// A digest that there is not, or that cannot give so much, is told to the callback, as Workers do; wrong types are thrown.
function told(callback, begin) {
  try {
    return begin();
  } catch (e) {
    if ((e.code !== "ERR_CRYPTO_INVALID_DIGEST" && e.code !== "ERR_CRYPTO_INVALID_KEYLEN") || typeof callback !== "function") throw e;
    soon(callback, e);
  }
}
function hkdf(digest, ikm, salt, info, length, callback) {
  const run = told(callback, () => hkdfRun(digest, ikm, salt, info, length));
  validateFunction(callback, "callback");
  if (run !== undefined) job(run, bytesOf(digest, asArrayBuffer), callback);
}
const hkdfSync = (digest, ikm, salt, info, length) => job(hkdfRun(digest, ikm, salt, info, length), bytesOf(digest, asArrayBuffer));

function pbkdf2Run(password, salt, iterations, keylen, digest) {
  validateString(digest, "digest");
  const p = toBytes(password, "password").slice(), s = toBytes(salt, "salt").slice();
  validateInt32(iterations, "iterations", 1);
  validateInt32(keylen, "keylen", 0);
  const size = n.digestBytes(digest);
  if (size === 0) throw badDigest(digest);
  if (keylen > 255 * size) throw outOfRange("keylen", `<= ${255 * size}`, keylen);
  return (later) => jobs.pbkdf2(later, digest, p, s, iterations, keylen);
}
function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === "function") {
    callback = digest;
    digest = undefined;
  }
  const run = told(callback, () => pbkdf2Run(password, salt, iterations, keylen, digest));
  validateFunction(callback, "callback");
  if (run !== undefined) job(run, bytesOf(digest, (bytes) => encoded(bytes)), callback);
}
const pbkdf2Sync = (password, salt, iterations, keylen, digest) =>
  job(pbkdf2Run(password, salt, iterations, keylen, digest), bytesOf(digest, (bytes) => encoded(bytes)));

const MEMORY = 32 * 1024 * 1024, COST = 1024 * 1024;
function scryptRun(password, salt, keylen, options) {
  const p = toBytes(password, "password").slice(), s = toBytes(salt, "salt").slice();
  validateInt32(keylen, "keylen", 0);
  let N = 16384, r = 8, parallel = 1, maxmem = MEMORY;
  if (options && options !== undefined) {
    const pick = (long, short, otherwise) => {
      const a = options[long], b = options[short];
      if (a !== undefined && b !== undefined) throw coded(TypeError, "ERR_INCOMPATIBLE_OPTION_PAIR", `Option "${short}" cannot be used in combination with option "${long}"`);
      const v = a ?? b;
      if (v === undefined) return otherwise;
      validateUint32(v, a === undefined ? short : long);
      return v === 0 ? otherwise : v;
    };
    N = pick("cost", "N", N);
    r = pick("blockSize", "r", r);
    parallel = pick("parallelization", "p", parallel);
    if (options.maxmem !== undefined) {
      validateInteger(options.maxmem, "maxmem", 0);
      if (options.maxmem !== 0) maxmem = options.maxmem;
    }
  }
  const bad = (why) => coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", `Invalid scrypt params: ${why}`);
  if (N < 2 || (N & (N - 1)) !== 0) throw bad("N must be a power of two above 1");
  if (128 * N * r > maxmem) throw bad("memory limit exceeded");
  if (N * r * parallel > COST) throw bad("cost limit exceeded");
  return (later) => jobs.scrypt(later, p, s, N, r, parallel, keylen);
}
const scryptDone = (result) => {
  if (result === INVALID) throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  return bytesOf("scrypt", (bytes) => encoded(bytes))(result);
};
function scrypt(password, salt, keylen, options, callback = undefined) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  let run;
  try {
    run = scryptRun(password, salt, keylen, options);
  } catch (e) {
    // Costs that are too high are told to the callback, wrong types are thrown.
    if (e.code !== "ERR_CRYPTO_INVALID_SCRYPT_PARAMS" || typeof callback !== "function" || !/cost/.test(e.message)) throw e;
    soon(callback, e);
    return;
  }
  validateFunction(callback, "callback");
  job(run, scryptDone, callback);
}
const scryptSync = (password, salt, keylen, options = undefined) => job(scryptRun(password, salt, keylen, options), scryptDone);

return { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync };
