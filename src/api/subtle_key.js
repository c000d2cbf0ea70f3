// CryptoKey, and what the files of crypto.subtle share: the table of algorithms, usages, errors, normalisation
// (https://w3c.github.io/webcrypto/#algorithm-normalization).
const {
  ArrayPrototypePush, MathTrunc, Number, NumberIsFinite, ReflectOwnKeys, StringPrototypeToLowerCase, StringPrototypeToUpperCase, SymbolIterator, TypeError, Uint8Array,
} = primordials;
const lazy = internal.load, token = internal.token;

const error = (name, message) => new (lazy("domexception").DOMException)(message, name);
const notSupported = (message) => error("NotSupportedError", message);

// --- Usages: a set of bits ------------------------------------------------------------------------------------------
const ENCRYPT = 1, DECRYPT = 2, SIGN = 4, VERIFY = 8, DERIVE_KEY = 16, DERIVE_BITS = 32, WRAP = 64, UNWRAP = 128;
const USAGES = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];

function usagesOf(list) {
  if ((typeof list !== "object" && typeof list !== "function") || list === null || typeof list[SymbolIterator] !== "function")
    throw new TypeError("Key usages must be a sequence of strings.");
  let bits = 0;
  for (const item of list) { // the author's own iterator
    const usage = `${item}`;
    let i = 0;
    while (i < 8 && USAGES[i] !== usage) i++;
    if (i === 8) throw new TypeError(`"${usage}" is not a key usage.`);
    bits |= 1 << i;
  }
  return bits;
}
function usageNames(bits) {
  const names = [];
  for (let i = 0; i < 8; i++) if (bits & (1 << i)) ArrayPrototypePush(names, USAGES[i]);
  return names;
}

// --- Algorithms ------------------------------------------------------------------------------------------------------
// Constants of crypto/*.h: hashes, key types, curves, schemes of signatures and ciphers.
const HASHES = [
  { __proto__: null, name: "SHA-1", id: 0, suffix: "1", block: 512 }, { __proto__: null, name: "SHA-256", id: 1, suffix: "256", block: 512 },
  { __proto__: null, name: "SHA-384", id: 2, suffix: "384", block: 1024 }, { __proto__: null, name: "SHA-512", id: 3, suffix: "512", block: 1024 },
  { __proto__: null, name: "MD5", id: 4, suffix: "", block: 512 },
];
const BY_NAME = { __proto__: null };
for (let i = 0; i < HASHES.length; i++) BY_NAME[HASHES[i].name] = HASHES[i];
const SECRET = 0, RSA = 1, EC = 2, ED25519 = 3, X25519 = 4;
const CURVES = { __proto__: null, "P-256": 1, "P-384": 2, "P-521": 3 };
const CIPHER = ENCRYPT | DECRYPT | WRAP | UNWRAP, DERIVE = DERIVE_KEY | DERIVE_BITS;
const row = (name, type, scheme, pub, own, jwk = "") => ({ __proto__: null, name, type, scheme, pub, own, jwk });
// name, type of key, scheme, usages of public keys, of private and secret ones, how JWK's `alg` starts
const ALGORITHMS = {
  __proto__: null,
  hmac: row("HMAC", SECRET, 0, 0, SIGN | VERIFY, "HS"),
  "rsassa-pkcs1-v1_5": row("RSASSA-PKCS1-v1_5", RSA, 1, VERIFY, SIGN, "RS"),
  "rsa-pss": row("RSA-PSS", RSA, 2, VERIFY, SIGN, "PS"),
  ecdsa: row("ECDSA", EC, 3, VERIFY, SIGN),
  ed25519: row("Ed25519", ED25519, 4, VERIFY, SIGN),
  "aes-gcm": row("AES-GCM", SECRET, 0, 0, CIPHER, "GCM"),
  "aes-cbc": row("AES-CBC", SECRET, 1, 0, CIPHER, "CBC"),
  "aes-ctr": row("AES-CTR", SECRET, 2, 0, CIPHER, "CTR"),
  "aes-kw": row("AES-KW", SECRET, 3, 0, WRAP | UNWRAP, "KW"),
  "rsa-oaep": row("RSA-OAEP", RSA, 4, ENCRYPT | WRAP, DECRYPT | UNWRAP, "RSA-OAEP"),
  ecdh: row("ECDH", EC, 0, 0, DERIVE),
  x25519: row("X25519", X25519, 0, 0, DERIVE),
  hkdf: row("HKDF", SECRET, 0, 0, DERIVE),
  pbkdf2: row("PBKDF2", SECRET, 0, 0, DERIVE),
};
const AS_WRITTEN = { __proto__: null }; // the usual way to write them
const KEYS = ReflectOwnKeys(ALGORITHMS);
for (let i = 0; i < KEYS.length; i++) AS_WRITTEN[ALGORITHMS[KEYS[i]].name] = ALGORITHMS[KEYS[i]];
const isAes = (alg) => alg.type === SECRET && alg.own & WRAP;
const isKdf = (alg) => alg.type === SECRET && alg.own === DERIVE;

const nameOf = (v) => {
  if (typeof v === "string") return v;
  if ((typeof v !== "object" && typeof v !== "function") || v === null) throw new TypeError("The algorithm must be a string or an object.");
  if (v.name === undefined) throw new TypeError("The algorithm has no name.");
  return `${v.name}`;
};
// The row of an algorithm; NotSupportedError when there is none.
function algorithmOf(v) {
  const name = nameOf(v), alg = AS_WRITTEN[name] ?? ALGORITHMS[StringPrototypeToLowerCase(name)];
  if (alg === undefined) throw notSupported(`Unrecognized or unimplemented algorithm "${name}".`);
  return alg;
}
function hashOf(v) {
  if (v === undefined) throw new TypeError("The algorithm needs a hash.");
  const name = nameOf(v), hash = BY_NAME[name] ?? BY_NAME[StringPrototypeToUpperCase(name)];
  if (hash === undefined) throw notSupported(`Unrecognized or unimplemented digest algorithm "${name}".`);
  return hash;
}
function curveOf(v) {
  if (v === undefined) throw new TypeError("The algorithm needs a namedCurve.");
  const name = `${v}`;
  if (CURVES[name] === undefined) throw notSupported(`Unrecognized or unimplemented curve "${name}".`);
  return name;
}
// [EnforceRange] unsigned integers.
function integer(v, max, what) {
  const n = MathTrunc(Number(v));
  if (v === undefined || !NumberIsFinite(n) || n < 0 || n > max) throw new TypeError(`${what} must be an integer from 0 to ${max}.`);
  return n;
}
function bytesOf(v, what) {
  const bytes = lazy("bytes").asBytes(v);
  if (bytes === undefined) throw new TypeError(`${what} must be an ArrayBuffer or a view of one.`);
  return bytes;
}

// --- The class -------------------------------------------------------------------------------------------------------
let recordOf, isKey;
class CryptoKey {
  #k; // { handle, type, extractable, alg: row, usages: bits, hash, curve, length, exponent }
  #algorithm = null;
  #usages = null;
  constructor(t, k) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#k = k;
  }
  get type() { return this.#k.type; }
  get extractable() { return this.#k.extractable; }
  get algorithm() { return (this.#algorithm ??= describe(this.#k)); }
  get usages() { return (this.#usages ??= usageNames(this.#k.usages)); }
  static {
    isKey = (v) => typeof v === "object" && v !== null && #k in v;
    recordOf = (v) => {
      if (!isKey(v)) throw new TypeError("The key is not a CryptoKey.");
      return v.#k;
    };
  }
}
internal.shape(CryptoKey, "CryptoKey");

// KeyAlgorithm as authors see it.
function describe(k) {
  const { alg } = k;
  if (alg.type === RSA)
    return { name: alg.name, hash: { name: k.hash.name }, modulusLength: k.length, publicExponent: new Uint8Array(k.exponent) };
  if (alg.type === EC) return { name: alg.name, namedCurve: k.curve };
  if (alg.type !== SECRET || isKdf(alg)) return { name: alg.name };
  return isAes(alg) ? { name: alg.name, length: k.length } : { name: alg.name, hash: { name: k.hash.name }, length: k.length };
}

// A key out of a handle. `more` has hash, curve, length, exponent as the algorithm needs them.
function make(handle, type, extractable, alg, usages, more) {
  return new CryptoKey(token, { __proto__: null, handle, type, extractable, alg, usages, hash: more.hash, curve: more.curve, length: more.length, exponent: more.exponent });
}

// The record of a key that may be used so with this algorithm.
function use(key, alg, usage, what) {
  const k = recordOf(key);
  if (k.alg !== alg) throw error("InvalidAccessError", `The algorithm "${alg.name}" is not that of the key, which is for "${k.alg.name}".`);
  if (!(k.usages & usage)) throw error("InvalidAccessError", `The key may not be used for "${what}".`);
  return k;
}

return {
  CryptoKey, isKey, recordOf, make, use, error, notSupported, usagesOf, usageNames, algorithmOf, hashOf, curveOf, integer, bytesOf, isAes, isKdf,
  ENCRYPT, DECRYPT, SIGN, VERIFY, DERIVE_KEY, DERIVE_BITS, WRAP, UNWRAP, SECRET, RSA, EC, ED25519, X25519, CURVES,
};
