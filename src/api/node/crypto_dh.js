// DiffieHellman, DiffieHellmanGroup, ECDH, diffieHellman().
const lazy = internal.load;
const { Error, RangeError, TypeError } = primordials;
const { coded, invalidArgType, invalidArgValue, outOfRange, validateInt32, validateObject, validateString } = lazy("node/errors");
const { n, UNSUPPORTED, isBytes, toBytes, encoded, callable } = lazy("node/crypto_base");
const jobs = lazy("node/crypto_jobs");

const NUMBER_BYTES = 1024; // 8192 bits, LIMIT_CRYPTO_PRIME_BITS
const trim = (bytes) => {
  let i = 0;
  while (i < bytes.length - 1 && bytes[i] === 0) i++;
  return bytes.slice(i);
};
const isEncoding = (v) => v && v !== "buffer" && lazy("node/buffer").Buffer.isEncoding(v);
function numberOf(v, name, encoding) {
  return toBytes(v, name, typeof v === "string" && isEncoding(encoding) ? encoding : "utf8");
}

class DhBase {
  #prime;
  #generator;
  #private = null;
  #public = null;
  #error;
  _init(prime, generator) {
    this.#prime = trim(prime);
    this.#generator = generator.length === 0 ? new Uint8Array([0]) : trim(generator);
  }
  get verifyError() {
    return (this.#error ??= jobs.dhCheck(this.#prime, this.#generator));
  }
  #power(base, padded) {
    const result = jobs.dhPower(base, this.#private, this.#prime, padded);
    if (typeof result === "number") throw new Error("Diffie-Hellman computation failed");
    return result;
  }
  generateKeys(encoding = undefined) {
    if (this.#private === null) {
      const key = jobs.dhPrivate(this.#prime);
      if (typeof key === "number") throw new Error("Key generation failed");
      this.#private = key;
    }
    this.#public = this.#power(this.#generator, false);
    return encoded(this.#public.slice(), encoding);
  }
  computeSecret(other, inputEncoding = undefined, outputEncoding = undefined) {
    const peer = numberOf(other, "otherPublicKey", inputEncoding);
    if (this.#private === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    this.#need(peer, "Supplied key is", "invalid peer public key");
    return encoded(this.#power(peer, true), isEncoding(outputEncoding) ? outputEncoding : undefined);
  }
  #need(key, what, otherwise) {
    const where = key.length > NUMBER_BYTES ? 1 : jobs.dhRange(this.#prime, key);
    if (where !== 0) throw coded(Error, "ERR_CRYPTO_INVALID_KEYLEN", `${what} too ${where < 0 ? "small" : "large"} (${otherwise})`);
  }
  getPrime(encoding = undefined) { return encoded(this.#prime.slice(), encoding); }
  getGenerator(encoding = undefined) { return encoded(this.#generator.slice(), encoding); }
  getPublicKey(encoding = undefined) {
    if (this.#public === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No public key - did you forget to generate one?");
    return encoded(this.#public.slice(), encoding);
  }
  getPrivateKey(encoding = undefined) {
    if (this.#private === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    return encoded(this.#private.slice(), encoding);
  }
  _setPublic(key, encoding) {
    const bytes = numberOf(key, "key", encoding);
    this.#need(bytes, "Key is", "invalid public key");
    this.#public = trim(bytes);
  }
  _setPrivate(key, encoding) {
    const bytes = trim(numberOf(key, "key", encoding));
    if (bytes.length > NUMBER_BYTES) throw outOfRange("key", "at most 8192 bits", bytes.length * 8);
    this.#private = bytes;
  }
}

const GENERATED_BITS = 1024; // safe primes: more takes minutes. There are groups.
function primeOf(sizeOrKey, keyEncoding) {
  if (typeof sizeOrKey === "number") {
    validateInt32(sizeOrKey, "sizeOrKey");
    if (sizeOrKey < 2) throw new Error("DiffieHellman init failed: invalid size");
    if (sizeOrKey > GENERATED_BITS) throw outOfRange("sizeOrKey", `<= ${GENERATED_BITS} (createDiffieHellmanGroup() has larger ones)`, sizeOrKey);
    const result = jobs.prime(false, sizeOrKey, true, new Uint8Array([24]), new Uint8Array([23]));
    const prime = typeof result === "number" ? jobs.prime(false, sizeOrKey, true) : result;
    if (typeof prime === "number") throw new Error("Generating the prime failed");
    return prime;
  }
  if (typeof sizeOrKey !== "string" && !isBytes(sizeOrKey)) throw invalidArgType("sizeOrKey", ["number", "string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"], sizeOrKey);
  const bytes = numberOf(sizeOrKey, "sizeOrKey", keyEncoding);
  if (bytes.byteLength > NUMBER_BYTES) throw coded(RangeError, "ERR_OUT_OF_RANGE", "DiffieHellman init failed: prime is too large");
  if (bytes.byteLength === 0 || bytes[bytes.byteLength - 1] % 2 === 0 || (trim(bytes).length === 1 && trim(bytes)[0] < 3))
    throw new Error("DiffieHellman init failed: invalid prime");
  return bytes;
}
function generatorOf(generator, encoding) {
  if (generator === undefined || generator === null) return new Uint8Array([2]);
  if (typeof generator === "number") {
    validateInt32(generator, "generator");
    if (generator === 0) return new Uint8Array([2]); // by a fluke of history
    if (generator < 2) throw coded(RangeError, "ERR_OUT_OF_RANGE", "DiffieHellman init failed: generator is too small");
    return new Uint8Array([generator >>> 24, generator >>> 16, generator >>> 8, generator]);
  }
  if (typeof generator !== "string" && !isBytes(generator)) throw invalidArgType("generator", ["number", "string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"], generator);
  if (generator.byteLength > NUMBER_BYTES) throw coded(RangeError, "ERR_OUT_OF_RANGE", "DiffieHellman init failed: generator is too large");
  const bytes = numberOf(generator, "generator", encoding);
  if (bytes.byteLength === 0 || (trim(bytes).length === 1 && trim(bytes)[0] < 2)) throw new Error("DiffieHellman init failed: generator is too small");
  return bytes;
}
class DiffieHellmanClass extends DhBase {
  constructor(sizeOrKey, keyEncoding, generator, genEncoding) {
    super();
    if (keyEncoding !== undefined && keyEncoding !== null && typeof keyEncoding !== "string") {
      if (typeof keyEncoding === "boolean") throw invalidArgType("keyEncoding", "string", keyEncoding);
      genEncoding = generator;
      generator = keyEncoding;
      keyEncoding = undefined;
    } else if (keyEncoding && keyEncoding !== "buffer" && !isEncoding(keyEncoding)) {
      genEncoding = generator;
      generator = keyEncoding;
      keyEncoding = undefined;
    }
    const g = generatorOf(generator, genEncoding);
    this._init(primeOf(sizeOrKey, keyEncoding), g);
  }
  setPublicKey(key, encoding = undefined) { this._setPublic(key, encoding); }
  setPrivateKey(key, encoding = undefined) { this._setPrivate(key, encoding); }
}
class DiffieHellmanGroupClass extends DhBase {
  constructor(name) {
    super();
    validateString(name, "name");
    const prime = jobs.dhGroup(name);
    if (typeof prime === "number") throw coded(Error, "ERR_CRYPTO_UNKNOWN_DH_GROUP", "Unknown DH group");
    this._init(prime, new Uint8Array([2]));
  }
}
const named = (Class, value) => primordials.ObjectDefineProperty(Class, "name", { __proto__: null, value, configurable: true });
named(DiffieHellmanClass, "DiffieHellman");
named(DiffieHellmanGroupClass, "DiffieHellmanGroup");
const DiffieHellman = callable(DiffieHellmanClass), DiffieHellmanGroup = callable(DiffieHellmanGroupClass);
const createDiffieHellman = (...args) => new DiffieHellmanClass(...args);
const createDiffieHellmanGroup = (name) => new DiffieHellmanGroupClass(name);

function diffieHellman(options, callback = undefined) {
  validateObject(options, "options");
  const { privateKey, publicKey } = options, { isKeyObject, handleOf } = lazy("node/crypto_keys");
  if (!isKeyObject(privateKey)) throw invalidArgValue("options.privateKey", privateKey);
  if (!isKeyObject(publicKey)) throw invalidArgValue("options.publicKey", publicKey);
  const wrong = (key, expected) => coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected ${expected}.`);
  if (privateKey.type !== "private") throw wrong(privateKey, "private");
  if (publicKey.type === "secret") throw wrong(publicKey, "private or public");
  if (privateKey.asymmetricKeyType !== publicKey.asymmetricKeyType)
    throw coded(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY", `Incompatible key types for Diffie-Hellman: ${privateKey.asymmetricKeyType} and ${publicKey.asymmetricKeyType}`);
  const result = n.agree(handleOf(privateKey), handleOf(publicKey));
  if (typeof result === "number") throw new Error("Failed to derive shared diffie-hellman secret");
  if (callback === undefined) return encoded(result);
  lazy("node/crypto_base").soon(callback, null, encoded(result));
}

// --- Curves --------------------------------------------------------------------------------------------------------------
const CURVES = ["prime256v1", "secp224r1", "secp256k1", "secp384r1", "secp521r1"];
const getCurves = () => CURVES.slice();
const FORMS = { __proto__: null, compressed: 2, uncompressed: 4, hybrid: 6 };
function formOf(format = "uncompressed") {
  if (FORMS[format] === undefined) throw coded(TypeError, "ERR_CRYPTO_ECDH_INVALID_FORMAT", `Invalid ECDH format: ${format}`);
  return FORMS[format];
}
const badCurve = () => coded(TypeError, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");
class ECDHClass {
  #curve;
  #private = null;
  #public = null; // uncompressed
  constructor(curve) {
    validateString(curve, "curve");
    if (typeof jobs.curvePrivate(curve) === "number") throw badCurve();
    this.#curve = curve;
  }
  static convertKey(key, curve, inputEncoding = undefined, outputEncoding = undefined, format = "uncompressed") {
    validateString(curve, "curve");
    const bytes = toBytes(key, "key", inputEncoding), result = jobs.curvePoint(curve, bytes, formOf(format));
    if (result === UNSUPPORTED) throw badCurve();
    if (typeof result === "number") throw new Error("Failed to convert Buffer to EC_POINT");
    return encoded(result, outputEncoding);
  }
  generateKeys(encoding = undefined, format = "uncompressed") {
    const form = formOf(format);
    this.#private = jobs.curvePrivate(this.#curve);
    this.#public = jobs.curvePublic(this.#curve, this.#private, FORMS.uncompressed);
    return encoded(jobs.curvePoint(this.#curve, this.#public, form), encoding);
  }
  computeSecret(other, inputEncoding = undefined, outputEncoding = undefined) {
    const point = toBytes(other, "otherPublicKey", inputEncoding ?? undefined);
    if (this.#private === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    const result = jobs.curveAgree(this.#curve, this.#private, point);
    if (typeof result === "number") throw coded(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Public key is not valid for specified curve");
    return encoded(result, outputEncoding);
  }
  getPrivateKey(encoding = undefined) {
    if (this.#private === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    return encoded(this.#private.slice(), encoding);
  }
  getPublicKey(encoding = undefined, format = "uncompressed") {
    const form = formOf(format);
    if (this.#public === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No public key - did you forget to generate one?");
    return encoded(jobs.curvePoint(this.#curve, this.#public, form), encoding);
  }
  setPrivateKey(key, encoding = undefined) {
    const bytes = toBytes(key, "key", encoding), point = jobs.curvePublic(this.#curve, bytes, FORMS.uncompressed);
    if (typeof point === "number") throw coded(Error, "ERR_CRYPTO_INVALID_KEY", "Private key is not valid for specified curve.");
    this.#private = bytes.slice();
    this.#public = point;
    return this;
  }
  setPublicKey(key, encoding = undefined) {
    const point = jobs.curvePoint(this.#curve, toBytes(key, "key", encoding), FORMS.uncompressed);
    if (typeof point === "number") throw new Error("Failed to convert Buffer to EC_POINT");
    this.#public = point;
    return this;
  }
}
named(ECDHClass, "ECDH");
const ECDH = callable(ECDHClass);
ECDH.convertKey = ECDHClass.convertKey;
const createECDH = (curve) => new ECDHClass(curve);

return {
  DiffieHellman, DiffieHellmanGroup, createDiffieHellman, createDiffieHellmanGroup, getDiffieHellman: createDiffieHellmanGroup, diffieHellman, ECDH,
  createECDH, getCurves,
};
