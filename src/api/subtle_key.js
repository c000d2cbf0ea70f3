// CryptoKey, and what the files of crypto.subtle share: the table of algorithms, usages, errors, normalisation
// (https://w3c.github.io/webcrypto/#algorithm-normalization). Newer algorithms: https://wicg.github.io/webcrypto-modern-algos/
const {
  ArrayBufferIsView, ArrayPrototypePush, MathTrunc, Number, NumberIsFinite, ReflectOwnKeys, StringPrototypeCharCodeAt, StringPrototypeToLowerCase,
  SymbolIterator, TypedArrayPrototypeGetSymbolToStringTag, TypeError, Uint8Array,
} = primordials;
const lazy = internal.load, token = internal.token;

const error = (name, message) => new (lazy("domexception").DOMException)(message, name);
const notSupported = (message) => error("NotSupportedError", message);
const isObject = (v) => (typeof v === "object" && v !== null) || typeof v === "function";

// --- Usages: a set of bits ------------------------------------------------------------------------------------------
const ENCRYPT = 1, DECRYPT = 2, SIGN = 4, VERIFY = 8, DERIVE_KEY = 16, DERIVE_BITS = 32, WRAP = 64, UNWRAP = 128;
const USAGES = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];

function usagesOf(list) {
  if (!isObject(list) || typeof list[SymbolIterator] !== "function") throw new TypeError("Key usages must be a sequence of strings.");
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

// --- Members of dictionaries ----------------------------------------------------------------------------------------
// [EnforceRange] unsigned integers.
function integer(v, max, what) {
  const n = MathTrunc(Number(v));
  if (v === undefined || !NumberIsFinite(n) || n < 0 || n > max) throw new TypeError(`${what} must be an integer from 0 to ${max}.`);
  return n;
}
const optional = (v, max, what) => (v === undefined ? undefined : integer(v, max, what));
// A BufferSource, as it is now; an argument is read only when nothing of the author's runs any more.
function isBytes(v) {
  return ArrayBufferIsView(v) || (isObject(v) && lazy("bytes").isBuffer(v));
}
function needBytes(v, what) {
  if (!isBytes(v)) throw new TypeError(`${what} must be an ArrayBuffer or a view of one.`);
}
function bytesOf(v, what) {
  needBytes(v, what);
  const { asBytes, isDetached, viewBuffer } = lazy("bytes");
  return isDetached(ArrayBufferIsView(v) ? viewBuffer(v) : v) ? new Uint8Array(0) : asBytes(v);
}
// Members are copied: the next getter may change them.
function copyOf(v, what) {
  return new Uint8Array(bytesOf(v, what));
}
const optionalCopy = (v, what) => (v === undefined ? null : copyOf(v, what));

// --- Digests ----------------------------------------------------------------------------------------------------------
// Constants of crypto/*.h: hashes, key types, curves, schemes of signatures and ciphers.
const digest = (name, id, suffix, block) => ({ __proto__: null, name, id, suffix, block, xof: 0 });
const HASHES = [
  digest("SHA-1", 0, "1", 512), digest("SHA-256", 1, "256", 512), digest("SHA-384", 2, "384", 1024), digest("SHA-512", 3, "512", 1024),
  digest("SHA3-256", 5, "", 1088), digest("SHA3-384", 6, "", 832), digest("SHA3-512", 7, "", 576),
];
const DIGESTS = { __proto__: null, md5: digest("MD5", 4, "", 512) }; // for digest() only: nobody should sign with it
const BY_NAME = { __proto__: null }, BY_LOWER = { __proto__: null };
for (let i = 0; i < HASHES.length; i++) {
  BY_NAME[HASHES[i].name] = HASHES[i];
  BY_LOWER[StringPrototypeToLowerCase(HASHES[i].name)] = HASHES[i];
}
for (let bits = 128; bits <= 256; bits += 128) DIGESTS[`cshake${bits}`] = { __proto__: null, name: `cSHAKE${bits}`, xof: bits };

// --- Algorithms ------------------------------------------------------------------------------------------------------
const SECRET = 0, RSA = 1, EC = 2, ED25519 = 3, X25519 = 4, ED448 = 5, X448 = 6;
const CURVES = { __proto__: null, "P-256": 1, "P-384": 2, "P-521": 3 };
const CIPHER = ENCRYPT | DECRYPT | WRAP | UNWRAP, DERIVE = DERIVE_KEY | DERIVE_BITS;
const row = (name, type, scheme, pub, own, jwk = "", more = undefined) => ({ __proto__: null, name, type, scheme, pub, own, jwk, kind: more });
// `kind` of secrets: what they are for. AES keys have a length; what is new has no format "raw".
const AES = 1, MAC = 2, KMAC = 3, CHACHA = 4, KDF = 5;
// name, type of key, scheme, usages of public keys, of private and secret ones, how JWK's `alg` starts
const ALGORITHMS = {
  __proto__: null,
  hmac: row("HMAC", SECRET, 0, 0, SIGN | VERIFY, "HS", MAC),
  "rsassa-pkcs1-v1_5": row("RSASSA-PKCS1-v1_5", RSA, 1, VERIFY, SIGN, "RS"),
  "rsa-pss": row("RSA-PSS", RSA, 2, VERIFY, SIGN, "PS"),
  ecdsa: row("ECDSA", EC, 3, VERIFY, SIGN),
  ed25519: row("Ed25519", ED25519, 4, VERIFY, SIGN),
  ed448: row("Ed448", ED448, 5, VERIFY, SIGN),
  "node-ed25519": row("NODE-ED25519", ED25519, 4, VERIFY, SIGN), // what it was called before it had a standard
  "aes-gcm": row("AES-GCM", SECRET, 0, 0, CIPHER, "GCM", AES),
  "aes-cbc": row("AES-CBC", SECRET, 1, 0, CIPHER, "CBC", AES),
  "aes-ctr": row("AES-CTR", SECRET, 2, 0, CIPHER, "CTR", AES),
  "aes-kw": row("AES-KW", SECRET, 3, 0, WRAP | UNWRAP, "KW", AES),
  "aes-ocb": row("AES-OCB", SECRET, 5, 0, CIPHER, "OCB", AES),
  "chacha20-poly1305": row("ChaCha20-Poly1305", SECRET, 6, 0, CIPHER, "C20P", CHACHA),
  "rsa-oaep": row("RSA-OAEP", RSA, 4, ENCRYPT | WRAP, DECRYPT | UNWRAP, "RSA-OAEP"),
  kmac128: row("KMAC128", SECRET, 6, 0, SIGN | VERIFY, "K128", KMAC),
  kmac256: row("KMAC256", SECRET, 7, 0, SIGN | VERIFY, "K256", KMAC),
  ecdh: row("ECDH", EC, 0, 0, DERIVE),
  x25519: row("X25519", X25519, 0, 0, DERIVE),
  x448: row("X448", X448, 0, 0, DERIVE),
  hkdf: row("HKDF", SECRET, 0, 0, DERIVE, "", KDF),
  pbkdf2: row("PBKDF2", SECRET, 0, 0, DERIVE, "", KDF),
};
const AS_WRITTEN = { __proto__: null }; // the usual way to write them
const KEYS = ReflectOwnKeys(ALGORITHMS);
for (let i = 0; i < KEYS.length; i++) AS_WRITTEN[ALGORITHMS[KEYS[i]].name] = ALGORITHMS[KEYS[i]];
const isAes = (alg) => alg.kind === AES;
const isKdf = (alg) => alg.kind === KDF;
const isNew = (alg) => alg.kind === CHACHA || alg.kind === KMAC || alg.name === "AES-OCB"; // "raw-secret" only

const nameOf = (v) => {
  if (!isObject(v)) return `${v}`;
  const { name } = v;
  if (name === undefined) throw new TypeError("The algorithm has no name.");
  return `${name}`;
};
// Without regard to case of ASCII letters; others are no letters of these names ("K" of Kelvin is not "k").
function lower(name) {
  for (let i = 0; i < name.length; i++) if (StringPrototypeCharCodeAt(name, i) > 127) return "";
  return StringPrototypeToLowerCase(name);
}
const unknown = (name) => notSupported(`Unrecognized or unimplemented algorithm "${name}".`);
// What the parameters of an algorithm are read of: a string has none (but it has a length).
const NONE = { __proto__: null };
const members = (v) => (isObject(v) ? v : NONE);
// The row of an algorithm that has this operation (usages that mean it); NotSupportedError when there is none.
function algorithmOf(v, usage = -1) {
  const name = nameOf(v), alg = AS_WRITTEN[name] ?? ALGORITHMS[lower(name)];
  if (alg === undefined) throw unknown(name);
  if (!((alg.own | alg.pub) & usage)) throw notSupported(`"${alg.name}" cannot be used so.`);
  return alg;
}
function hashOf(v, all = undefined) {
  if (v === undefined) throw new TypeError("The algorithm needs a hash.");
  const name = nameOf(v);
  let hash = BY_NAME[name];
  if (hash === undefined) {
    const low = lower(name);
    hash = BY_LOWER[low] ?? all?.[low];
  }
  if (hash === undefined) throw notSupported(`Unrecognized or unimplemented digest algorithm "${name}".`);
  return hash;
}
const digestOf = (v) => hashOf(v, DIGESTS);
function curveOf(v) {
  if (v === undefined) throw new TypeError("The algorithm needs a namedCurve.");
  const name = `${v}`;
  if (CURVES[name] === undefined) throw notSupported(`Unrecognized or unimplemented curve "${name}".`);
  return name;
}
// Bits of output, asked for as `outputLength` or, in older drafts, `length`.
function outputBytes(v, what) {
  const bits = integer(v.outputLength ?? v.length, 0xffffffff, "outputLength");
  if (bits % 8 !== 0) throw error("OperationError", `The output of ${what} is whole bytes.`);
  return bits / 8;
}
function bigInteger(v) {
  if (TypedArrayPrototypeGetSymbolToStringTag(v) !== "Uint8Array") throw new TypeError("publicExponent must be a Uint8Array.");
  return copyOf(v, "publicExponent");
}

// --- The class -------------------------------------------------------------------------------------------------------
let recordOf, isKey;
class CryptoKey {
  #k; // { handle, type, extractable, alg: row, usages: bits, hash, curve, length, exponent }
  #algorithm = null;
  #usages = null;
  constructor(t = undefined, k) {
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
    return { name: alg.name, modulusLength: k.length, publicExponent: new Uint8Array(k.exponent), hash: { name: k.hash.name } };
  if (alg.type === EC) return { name: alg.name, namedCurve: k.curve };
  if (alg.name === "NODE-ED25519") return { name: alg.name, namedCurve: alg.name };
  if (alg.kind === MAC) return { name: alg.name, hash: { name: k.hash.name }, length: k.length };
  return alg.kind === AES || alg.kind === KMAC ? { name: alg.name, length: k.length } : { name: alg.name };
}

// A key out of a handle. `more` has hash, curve, length, exponent as the algorithm needs them.
function make(handle, type, extractable, alg, usages, more) {
  return new CryptoKey(token, { __proto__: null, handle, type, extractable, alg, usages, hash: more.hash, curve: more.curve, length: more.length, exponent: more.exponent });
}

// The record `k` of a key, which may be used so with this algorithm.
function use(k, alg, usage, what) {
  if (k.alg !== alg) throw error("InvalidAccessError", `The algorithm "${alg.name}" is not that of the key, which is for "${k.alg.name}".`);
  if (!(k.usages & usage)) throw error("InvalidAccessError", `The key may not be used for "${what}".`);
  return k;
}

return {
  CryptoKey, isKey, recordOf, make, use, error, notSupported, unknown, usagesOf, usageNames, algorithmOf, hashOf, digestOf, curveOf, integer, optional,
  isObject, members, isBytes, needBytes, bytesOf, copyOf, optionalCopy, outputBytes, bigInteger, isAes, isKdf, isNew,
  ENCRYPT, DECRYPT, SIGN, VERIFY, DERIVE_KEY, DERIVE_BITS, WRAP, UNWRAP, SECRET, RSA, EC, ED25519, X25519, ED448, X448, CURVES, MAC, KMAC, CHACHA,
};
