// Sign, Verify, sign(), verify(), Certificate.
const lazy = internal.load;
const { Writable } = lazy("node/stream");
const { Error } = primordials;
const { coded, invalidArgType, validateFunction, validateInteger, validateOneOf, validateString } = lazy("node/errors");
const { n, UNSUPPORTED, toBytes, encoded, callable, soon } = lazy("node/crypto_base");
const { readKey, publicOf, typeOf } = lazy("node/crypto_keys");

const PSS = 1, RAW = 2, HASHED = 4;
const RSA_PKCS1_PSS_PADDING = 6, SALT_MAX = -2;

// Flags and length of the salt, from the options that a key may come with.
function optionsOf(key, hashed) {
  let flags = hashed ? HASHED : 0, salt = SALT_MAX;
  if (typeof key === "object" && key !== null) {
    const { padding, saltLength, dsaEncoding } = key;
    if (padding !== undefined && padding !== null) validateInteger(padding, "options.padding");
    if (padding === RSA_PKCS1_PSS_PADDING) flags |= PSS;
    if (saltLength !== undefined && saltLength !== null) {
      validateInteger(saltLength, "options.saltLength", -2, 4096);
      salt = saltLength;
    }
    if (dsaEncoding !== undefined && dsaEncoding !== null) {
      validateOneOf(dsaEncoding, "options.dsaEncoding", ["der", "ieee-p1363"]);
      if (dsaEncoding === "ieee-p1363") flags |= RAW;
    }
  }
  return { __proto__: null, flags, salt };
}
function noDsa(handle, what) {
  if (typeOf(handle) === "dsa") throw new Error(`${what} with DSA keys is not currently supported`);
}
function signWith(key, digest, data, hashed) {
  const handle = readKey(key, true, "key");
  noDsa(handle, "Signing");
  if (hashed && typeOf(handle).startsWith("ed")) throw new Error("Failed to set signature digest");
  const { flags, salt } = optionsOf(key, hashed), result = n.sign(handle, digest, flags, salt, data);
  if (result === UNSUPPORTED) throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  if (typeof result === "number") throw new Error("Failed to generate the signature");
  return result;
}
function verifyWith(key, digest, data, signature, hashed) {
  const handle = publicOf(readKey(key, false, "key"));
  noDsa(handle, "Verifying");
  if (hashed && typeOf(handle).startsWith("ed")) throw new Error("Failed to set signature digest");
  const { flags, salt } = optionsOf(key, hashed), result = n.verify(handle, digest, flags, salt, data, signature);
  if (result === UNSUPPORTED) throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  if (typeof result === "number") throw new Error("Failed to verify the signature");
  return result;
}

class SignBase extends Writable {
  #digest;
  #hash;
  constructor(algorithm, options) {
    validateString(algorithm, "algorithm");
    super(options);
    this.#hash = n.hashNew(algorithm);
    this.#digest = algorithm;
    if (typeof this.#hash === "number") throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
  }
  _write(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
  update(data, encoding = undefined) {
    if (this.#hash === null) throw this._over();
    n.hashAdd(this.#hash, toBytes(data, "data", encoding));
    return this;
  }
  // The name of the digest and the digest; after this it is over. `check` may throw before that.
  _take(use) {
    if (this.#hash === null) throw this._over();
    const copy = n.hashCopy(this.#hash), result = use(this.#digest, n.hashFinish(copy, -1));
    this.#hash = null;
    return result;
  }
}
class SignClass extends SignBase {
  _over() {
    return new Error("Signing context has already been finalized");
  }
  sign(key, encoding = undefined) {
    if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
    return encoded(this._take((digest, data) => signWith(key, digest, data, true)), encoding);
  }
}
class VerifyClass extends SignBase {
  _over() {
    return new Error("Verification context has already been finalized");
  }
  verify(key, signature, encoding = undefined) {
    if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
    const bytes = toBytes(signature, "signature", encoding);
    return this._take((digest, data) => verifyWith(key, digest, data, bytes, true));
  }
}
const named = (Class, value) => primordials.ObjectDefineProperty(Class, "name", { __proto__: null, value, configurable: true });
named(SignClass, "Sign");
named(VerifyClass, "Verify");
const Sign = callable(SignClass), Verify = callable(VerifyClass);
const createSign = (algorithm, options) => new SignClass(algorithm, options);
const createVerify = (algorithm, options) => new VerifyClass(algorithm, options);

// The digest that a key is signed with when none is named.
function digestOf(algorithm, key, isPrivate) {
  if (algorithm !== null && algorithm !== undefined) {
    validateString(algorithm, "algorithm");
    return algorithm;
  }
  return typeOf(readKey(key, isPrivate, "key")).startsWith("ed") ? undefined : "sha256";
}
const VIEWS = ["ArrayBuffer", "Buffer", "TypedArray", "DataView"];
function oneShot(run, callback) {
  if (callback === undefined) return run();
  validateFunction(callback, "callback");
  let result;
  try {
    result = run();
  } catch (e) {
    soon(callback, e);
    return;
  }
  soon(callback, null, result);
}
function sign(algorithm, data, key, callback = undefined) {
  const bytes = toBytes(data, "data", undefined, VIEWS);
  if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
  return oneShot(() => encoded(signWith(key, digestOf(algorithm, key, true), bytes, false)), callback);
}
function verify(algorithm, data, key, signature, callback = undefined) {
  const bytes = toBytes(data, "data", undefined, VIEWS);
  if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
  const given = toBytes(signature, "signature", undefined, VIEWS);
  return oneShot(() => verifyWith(key, digestOf(algorithm, key, false), bytes, given, false), callback);
}

// --- SPKAC ------------------------------------------------------------------------------------------------------------
const bytesOr = (result) => encoded(typeof result === "number" ? new Uint8Array(0) : result);
const SPKAC = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];
const spkac = (v, encoding) => {
  if (v === undefined || v === null) throw invalidArgType("spkac", SPKAC, v);
  return toBytes(v, "spkac", encoding);
};
class CertificateClass {
  verifySpkac(v, encoding) { return n.spkacVerify(spkac(v, encoding)); }
  exportPublicKey(v, encoding) { return bytesOr(n.spkacPublic(spkac(v, encoding))); }
  exportChallenge(v, encoding) { return bytesOr(n.spkacChallenge(spkac(v, encoding))); }
}
named(CertificateClass, "Certificate");
const Certificate = callable(CertificateClass);
for (const name of ["verifySpkac", "exportPublicKey", "exportChallenge"]) Certificate[name] = CertificateClass.prototype[name];

return { Sign, Verify, createSign, createVerify, sign, verify, Certificate };
