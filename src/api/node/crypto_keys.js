// KeyObject and its kinds, keys in and out, generation.
const lazy = internal.load;
const { Error, RangeError, TypeError } = primordials;
const {
  coded, invalidArgType, invalidArgValue, outOfRange, validateFunction, validateInteger, validateObject, validateOneOf, validateString,
  validateUint32, validateInt32,
} = lazy("node/errors");
const { n, TOO_LARGE, UNSUPPORTED, isBytes, toBytes, encoded, must, job, whenDone } = lazy("node/crypto_base");
const { natives: parts } = lazy("subtle_import");
const { isKey, recordOf } = lazy("subtle_key");

// Numbers of crypto/key.h and crypto/pem.h.
const SECRET = 0, RSA = 1, EC = 2;
const TYPES = ["secret", "rsa", "ec", "ed25519", "x25519", "ed448", "x448", "dsa"];
const CURVES = ["", "prime256v1", "secp384r1", "secp521r1", "secp224r1"], JWK_CURVES = ["", "P-256", "P-384", "P-521"];
const CURVE_NAMES = {
  __proto__: null, "p-256": 1, prime256v1: 1, secp256r1: 1, "p-384": 2, secp384r1: 2, "p-521": 3, secp521r1: 3, "p-224": 4, secp224r1: 4,
};
const FORMS = { __proto__: null, pkcs1: 1, pkcs8: 2, spki: 3, sec1: 4 };
const token = Symbol("KeyObject");

let handleOf, isKeyObject, extractableOf;
class KeyObject {
  #handle;
  #extractable;
  constructor(t, handle, extractable = true) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#handle = handle;
    this.#extractable = extractable;
  }
  static from(key) {
    if (!isKey(key)) throw invalidArgType("key", "CryptoKey", key);
    const k = recordOf(key);
    return wrap(k.handle, k.extractable);
  }
  get type() {
    const [type, isPrivate] = n.keyInfo(this.#handle);
    return type === SECRET ? "secret" : isPrivate ? "private" : "public";
  }
  equals(other) {
    if (!isKeyObject(other)) throw invalidArgType("otherKeyObject", "KeyObject", other);
    if (this === other) return true;
    if (!this.#extractable || !extractableOf(other)) return false; // nobody may find out so what is in it
    return n.keySame(this.#handle, handleOf(other));
  }
  toCryptoKey() {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "The toCryptoKey method is not implemented");
  }
  get [Symbol.toStringTag]() {
    return "KeyObject";
  }
  static {
    isKeyObject = (v) => typeof v === "object" && v !== null && #handle in v;
    handleOf = (v) => v.#handle;
    extractableOf = (v) => v.#extractable;
  }
}
function needExtractable(key) {
  if (!extractableOf(key)) throw new Error("The key is not extractable");
}

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() {
    return n.keyInfo(handleOf(this))[2] / 8;
  }
  export(options = undefined) {
    if (options !== undefined) {
      validateObject(options, "options");
      validateOneOf(options.format, "options.format", [undefined, "buffer", "jwk"]);
    }
    needExtractable(this);
    if (options?.format === "jwk") return { kty: "oct", k: parts.saveParts(handleOf(this))[0], ext: true };
    return encoded(n.keySecret(handleOf(this)));
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() {
    return TYPES[n.keyInfo(handleOf(this))[0]];
  }
  get asymmetricKeyDetails() {
    const handle = handleOf(this), [type, , bits, curve, divisor] = n.keyInfo(handle);
    switch (TYPES[type]) {
      case "rsa": return { modulusLength: bits, publicExponent: BigInt(`0x${parts.exponent(handle).toHex()}`) };
      case "ec": return { namedCurve: CURVES[curve] };
      case "dsa": return { modulusLength: bits, divisorLength: divisor };
      default: return {};
    }
  }
}
class PublicKeyObject extends AsymmetricKeyObject {
  export(options) {
    return exportKey(this, options, false);
  }
}
class PrivateKeyObject extends AsymmetricKeyObject {
  export(options) {
    return exportKey(this, options, true);
  }
}
const wrap = (handle, extractable = true) => {
  const [type, isPrivate] = n.keyInfo(handle);
  return new (type === SECRET ? SecretKeyObject : isPrivate ? PrivateKeyObject : PublicKeyObject)(token, handle, extractable);
};

// --- Out ----------------------------------------------------------------------------------------------------------------
function toJwk(handle) {
  const [type, , , curve] = n.keyInfo(handle), name = TYPES[type];
  if (name === "dsa" || (name === "ec" && JWK_CURVES[curve] === undefined))
    throw coded(Error, "ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE", "Key type is invalid for JWK export");
  const values = parts.saveParts(handle);
  const names = type === RSA ? ["n", "e", "d", "p", "q", "dp", "dq", "qi"] : type === EC ? ["x", "y", "d"] : ["x", "d"];
  const jwk = type === RSA ? { kty: "RSA" } : type === EC ? { kty: "EC", crv: JWK_CURVES[curve] } : { kty: "OKP", crv: name[0].toUpperCase() + name.slice(1) };
  for (let i = 0; i < names.length; i++) if (values[i] !== undefined) jwk[names[i]] = values[i];
  if (name === "ed25519" || name === "ed448") jwk.alg = "EdDSA";
  return jwk;
}
function exportKey(key, options, isPrivate, path = "options") {
  validateObject(options, path);
  const { format, type, cipher, passphrase } = options, handle = handleOf(key);
  validateOneOf(format, `${path}.format`, ["pem", "der", "jwk"]);
  needExtractable(key);
  if (format === "jwk") return toJwk(handle);
  validateOneOf(type, `${path}.type`, isPrivate ? ["pkcs1", "pkcs8", "sec1"] : ["pkcs1", "spki"]);
  const name = key.asymmetricKeyType;
  if (type === "pkcs1" && name !== "rsa") throw coded(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", "PKCS1 can only be used for RSA keys");
  if (type === "sec1" && name !== "ec") throw coded(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", "SEC1 can only be used for EC keys");
  let pass;
  if (cipher !== undefined && cipher !== null) {
    validateString(cipher, `${path}.cipher`);
    if (passphrase === undefined || passphrase === null) throw invalidArgValue(`${path}.passphrase`, passphrase, "is needed with a cipher");
    pass = toBytes(passphrase, `${path}.passphrase`);
  }
  const result = n.keyWrite(handle, format === "pem", FORMS[type], cipher, pass);
  if (result === UNSUPPORTED) throw coded(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
  must(result, "Failed to export the key");
  return format === "pem" ? encoded(result, "latin1") : encoded(result);
}

// --- In -----------------------------------------------------------------------------------------------------------------
function createSecretKey(key, encoding = undefined) {
  return wrap(parts.secret(toBytes(key, "key", encoding)));
}
function need(jwk, kind, names) {
  for (const name of names) if (jwk[name] === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_JWK", `${kind} JWK missing ${name} parameter`);
}
const text = (v) => (v === undefined ? undefined : `${v}`);
function fromJwk(jwk, isPrivate) {
  validateObject(jwk, "key.key");
  let handle = null;
  if (jwk.kty === "RSA") {
    need(jwk, "RSA", isPrivate ? ["n", "e", "d"] : ["n", "e"]);
    handle = isPrivate
      ? parts.parts(RSA, 0, text(jwk.n), text(jwk.e), text(jwk.d), text(jwk.p), text(jwk.q), text(jwk.dp), text(jwk.dq), text(jwk.qi))
      : parts.parts(RSA, 0, text(jwk.n), text(jwk.e));
  } else if (jwk.kty === "EC") {
    need(jwk, "EC", isPrivate ? ["crv", "x", "y", "d"] : ["crv", "x", "y"]);
    const curve = JWK_CURVES.indexOf(`${jwk.crv}`);
    if (curve > 0) handle = parts.parts(EC, curve, text(jwk.x), text(jwk.y), isPrivate ? text(jwk.d) : undefined);
  } else if (jwk.kty === "OKP") {
    need(jwk, "OKP", isPrivate ? ["crv", "x", "d"] : ["crv", "x"]);
    const type = { __proto__: null, Ed25519: 3, X25519: 4 }[`${jwk.crv}`];
    if (type !== undefined) {
      // What belongs to it is computed: Node.js takes a private key whose x is another's.
      handle = parts.parts(type, 0, text(jwk.x), isPrivate ? text(jwk.d) : undefined);
      if (handle === null && isPrivate) handle = fromSeed(type, text(jwk.d));
    }
  } else {
    throw coded(Error, "ERR_CRYPTO_INVALID_JWK", `JWK ${isPrivate ? "private" : "public"} key import is not implemented for this key type`);
  }
  if (handle === null) throw coded(Error, "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");
  return handle;
}
// PKCS #8 (RFC 8410) around 32 bytes.
function fromSeed(type, d) {
  let seed;
  try {
    seed = Uint8Array.fromBase64(d, { alphabet: "base64url" });
  } catch {
    return null;
  }
  if (seed.length !== 32) return null;
  const der = new Uint8Array(48);
  der.set([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, type === 3 ? 0x70 : 0x6e, 4, 0x22, 4, 0x20]);
  der.set(seed, 16);
  return parts.key(1, type, 0, der);
}

const failed = (isPrivate) => coded(Error, "ERR_CRYPTO_INVALID_KEY", `Failed to parse ${isPrivate ? "private" : "public"} key`);
const KEY_KINDS = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView", "Object"];

// A handle for what a caller gave as a key: text, bytes, options with a key, or a key.
function readKey(options, isPrivate, name = "options.key") {
  if (typeof options === "string" || isBytes(options)) return readParsed(toBytes(options), true, 0, undefined, isPrivate);
  if (isKeyObject(options) || isKey(options)) return ofObject(options, isPrivate);
  if (typeof options !== "object" || options === null) throw invalidArgType(name, KEY_KINDS, options);
  const { key, format = "pem", type, passphrase, encoding } = options;
  if (isKeyObject(key) || isKey(key)) return ofObject(key, isPrivate);
  validateOneOf(format, "options.format", ["pem", "der", "jwk"]);
  if (format === "jwk") return fromJwk(key, isPrivate);
  if (type !== undefined && type !== null) validateOneOf(type, "options.type", isPrivate ? ["pkcs1", "pkcs8", "sec1"] : ["pkcs1", "spki", "pkcs8", "sec1"]);
  const bytes = toBytes(key, "key", encoding);
  const pass = passphrase === undefined || passphrase === null ? undefined : toBytes(passphrase, "options.passphrase", encoding);
  return readParsed(bytes, format === "pem", FORMS[type] ?? 0, pass, isPrivate);
}
function readParsed(bytes, pem, form, pass, isPrivate) {
  const handle = n.keyRead(isPrivate, pem, form, bytes, pass);
  if (typeof handle === "number") throw failed(isPrivate);
  return handle;
}
function ofObject(key, isPrivate) {
  const object = isKey(key) ? KeyObject.from(key) : key, type = object.type;
  if (isPrivate ? type !== "private" : type === "secret")
    throw coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${type}, expected ${isPrivate ? "private" : "private or public"}.`);
  return handleOf(object);
}
const publicOf = (handle) => (n.keyInfo(handle)[1] ? parts.public(handle) : handle);

function createPrivateKey(key) {
  if (isKeyObject(key) || isKey(key)) throw invalidArgType("key", KEY_KINDS, key);
  return wrap(readKey(key, true));
}
function createPublicKey(key) {
  return wrap(publicOf(readKey(key, false)));
}
// The handle of a secret: bytes, text, or a secret KeyObject or CryptoKey.
function secretHandle(key, name, encoding = undefined) {
  if (isKeyObject(key) || isKey(key)) {
    const object = isKey(key) ? KeyObject.from(key) : key;
    if (object.type !== "secret")
      throw coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${object.type}, expected secret.`);
    return handleOf(object);
  }
  if (typeof key !== "string" && !isBytes(key)) throw invalidArgType(name, ["ArrayBuffer", "Buffer", "TypedArray", "DataView", "string", "KeyObject", "CryptoKey"], key);
  return parts.secret(toBytes(key, name, encoding));
}

// --- Generation -----------------------------------------------------------------------------------------------------------
function generateKeySync(type, options) {
  validateOneOf(type, "type", ["hmac", "aes"]);
  validateObject(options, "options");
  const { length } = options;
  if (type === "aes") validateOneOf(length, "options.length", [128, 192, 256]);
  else validateInteger(length, "options.length", 8, 65536);
  return createSecretKey(lazy("node/crypto_random").randomBytes(Math.floor(length / 8)));
}
function generateKey(type, options, callback) {
  validateFunction(callback, "callback");
  const key = generateKeySync(type, options);
  lazy("node/crypto_base").soon(callback, null, key);
}

function encodingOption(options, name) {
  const e = options[name];
  if (e !== undefined && (typeof e !== "object" || e === null)) throw invalidArgType(`options.${name}`, "object", e);
  return e;
}
function dhOptions(options) {
  const { group, groupName, prime, primeLength, generator } = options, name = group ?? groupName;
  if (name !== undefined) validateString(name, "options.group");
  if (prime !== undefined) {
    if (!isBytes(prime)) throw invalidArgType("options.prime", ["Buffer", "TypedArray", "ArrayBuffer"], prime);
    if (prime.byteLength > 1024) throw outOfRange("options.prime", "at most 8192 bits", prime.byteLength * 8);
  }
  if (primeLength !== undefined) validateInt32(primeLength, "options.primeLength", 0);
  if (generator !== undefined) validateInt32(generator, "options.generator", 0);
  if (primeLength !== undefined) throw new Error("Generating DH keys from a prime length is not yet implemented");
  throw new Error("Generating DH keys is not implemented");
}
// Reads the options; gives a function that asks C for a private key.
function generator(type, options) {
  validateOneOf(type, "type", ["rsa", "ec", "ed25519", "x25519", "dh"]);
  if (options !== undefined || type === "rsa" || type === "ec" || type === "dh") validateObject(options, "options");
  const o = options ?? {}, jobs = lazy("node/crypto_jobs");
  encodingOption(o, "publicKeyEncoding");
  encodingOption(o, "privateKeyEncoding");
  if (type === "rsa") {
    const { modulusLength, publicExponent = 65537 } = o;
    if (typeof modulusLength !== "number") throw invalidArgType("options.modulusLength", "number", modulusLength);
    if (!Number.isInteger(modulusLength) || modulusLength < 0 || modulusLength > 4294967295) throw outOfRange("options.modulusLength", ">= 0 && < 4294967296", modulusLength);
    if (typeof publicExponent !== "number") throw invalidArgType("options.publicExponent", "number", publicExponent);
    validateUint32(publicExponent, "options.publicExponent");
    if (modulusLength > 16384) throw outOfRange("options.modulusLength", "<= 16384", modulusLength);
    const e = new Uint8Array([publicExponent >>> 24, publicExponent >>> 16, publicExponent >>> 8, publicExponent]);
    return (later) => jobs.generateRsa(later, modulusLength, e);
  }
  if (type === "ec") {
    const { namedCurve, paramEncoding } = o;
    validateString(namedCurve, "options.namedCurve");
    if (paramEncoding !== undefined) validateOneOf(paramEncoding, "options.paramEncoding", ["named", "explicit"]);
    const curve = CURVE_NAMES[namedCurve.toLowerCase()];
    if (curve === undefined) throw coded(TypeError, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");
    return (later) => jobs.generate(later, EC, curve);
  }
  if (type === "dh") return dhOptions(o);
  return (later) => jobs.generate(later, type === "ed25519" ? 3 : 4, 0);
}
function pairOf(options) {
  return (handle) => {
    if (handle === TOO_LARGE) throw coded(RangeError, "ERR_OUT_OF_RANGE", "The key is larger than can be made at once; use generateKeyPair()");
    must(handle, "Failed to generate the key pair");
    const publicKey = wrap(parts.public(handle)), privateKey = wrap(handle), o = options ?? {};
    return {
      publicKey: o.publicKeyEncoding === undefined ? publicKey : exportKey(publicKey, o.publicKeyEncoding, false, "options.publicKeyEncoding"),
      privateKey: o.privateKeyEncoding === undefined ? privateKey : exportKey(privateKey, o.privateKeyEncoding, true, "options.privateKeyEncoding"),
    };
  };
}
const generateKeyPairSync = (type, options) => job(generator(type, options), pairOf(options));
function generateKeyPair(type, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, "callback");
  whenDone(start(type, options, callback), pairOf(options), (error, pair) => {
    if (error) callback(error);
    else callback(null, pair.publicKey, pair.privateKey);
  });
}
// Wrong options are told to the callback, as Workers do.
function start(type, options, callback) {
  return generator(type, options)(true);
}
primordials.ObjectDefineProperty(generateKeyPair, lazy("node/util").promisify.custom, {
  __proto__: null, value: (type, options) => new Promise((ok, fail) =>
    generateKeyPair(type, options, (error, publicKey, privateKey) => (error ? fail(error) : ok({ publicKey, privateKey })))),
});

return {
  KeyObject, SecretKeyObject, PublicKeyObject, PrivateKeyObject, createSecretKey, createPublicKey, createPrivateKey, generateKey, generateKeySync,
  generateKeyPair, generateKeyPairSync, readKey, publicOf, secretHandle, handleOf, isKeyObject, typeOf: (handle) => TYPES[n.keyInfo(handle)[0]],
};
