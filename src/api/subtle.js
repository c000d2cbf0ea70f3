// crypto.subtle: the methods, digests and signatures. Keys come and go in subtle_import.js; ciphers, derivation and
// generation are in subtle_cipher.js and subtle_derive.js, loaded when they are called. https://w3c.github.io/webcrypto/
const { TypeError, TypedArrayPrototypeGetByteLength } = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { error, use, algorithmOf, hashOf, integer, bytesOf, SIGN, VERIFY, EC } = lazy("subtle_key");

// What a native gave: the result, or an operation that gives it later.
const settle = (r) => (typeof r === "number" ? core.op(r) : r);

// The key and the parameters of sign() and verify(): [record, hash, salt length].
function signing(algorithm, key, usage, what) {
  const alg = algorithmOf(algorithm);
  if (!((alg.own | alg.pub) & usage)) throw error("NotSupportedError", `"${alg.name}" does not sign.`);
  let hash = null, salt = 0;
  if (alg.type === EC) hash = hashOf(algorithm.hash);
  if (alg.name === "RSA-PSS") salt = integer(algorithm.saltLength, 4095, "saltLength");
  const k = use(key, alg, usage, what);
  return { __proto__: null, k, scheme: alg.scheme, hash: hash === null ? (k.hash === undefined ? 1 : k.hash.id) : hash.id, salt };
}

function need(given, wanted, name) {
  if (given < wanted)
    throw new TypeError(`Failed to execute '${name}' on 'SubtleCrypto': ${wanted} argument${wanted > 1 ? "s" : ""} required, but only ${given} present.`);
}

class SubtleCrypto {
  #brand;
  constructor(t) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
  async digest(algorithm, data) {
    this.#brand;
    need(arguments.length, 2, "digest");
    const hash = hashOf(algorithm);
    return settle(natives.digest(hash.id, bytesOf(data, "The data")));
  }
  async sign(algorithm, key, data) {
    this.#brand;
    need(arguments.length, 3, "sign");
    const bytes = bytesOf(data, "The data"), s = signing(algorithm, key, SIGN, "sign");
    return settle(natives.sign(s.k.handle, s.scheme, s.hash, s.salt, bytes));
  }
  async verify(algorithm, key, signature, data) {
    this.#brand;
    need(arguments.length, 4, "verify");
    const sig = bytesOf(signature, "The signature"), bytes = bytesOf(data, "The data");
    const s = signing(algorithm, key, VERIFY, "verify");
    return settle(natives.verify(s.k.handle, s.scheme, s.hash, s.salt, sig, bytes));
  }
  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    this.#brand;
    need(arguments.length, 5, "importKey");
    return lazy("subtle_import").importKey(format, keyData, algorithm, !!extractable, keyUsages);
  }
  async exportKey(format, key) {
    this.#brand;
    need(arguments.length, 2, "exportKey");
    return lazy("subtle_import").exportKey(format, key);
  }
  async generateKey(algorithm, extractable, keyUsages) {
    this.#brand;
    need(arguments.length, 3, "generateKey");
    core.needEvent("crypto.subtle.generateKey");
    return lazy("subtle_derive").generateKey(algorithm, !!extractable, keyUsages);
  }
  async deriveBits(algorithm, baseKey, length = null) {
    this.#brand;
    need(arguments.length, 2, "deriveBits");
    return lazy("subtle_derive").deriveBits(algorithm, baseKey, length);
  }
  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    this.#brand;
    need(arguments.length, 5, "deriveKey");
    return lazy("subtle_derive").deriveKey(algorithm, baseKey, derivedKeyType, !!extractable, keyUsages);
  }
  async encrypt(algorithm, key, data) {
    this.#brand;
    need(arguments.length, 3, "encrypt");
    return lazy("subtle_cipher").encrypt(algorithm, key, data);
  }
  async decrypt(algorithm, key, data) {
    this.#brand;
    need(arguments.length, 3, "decrypt");
    return lazy("subtle_cipher").decrypt(algorithm, key, data);
  }
  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    this.#brand;
    need(arguments.length, 4, "wrapKey");
    return lazy("subtle_cipher").wrapKey(format, key, wrappingKey, wrapAlgorithm);
  }
  async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
    this.#brand;
    need(arguments.length, 7, "unwrapKey");
    return lazy("subtle_cipher").unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, !!extractable, keyUsages);
  }
  timingSafeEqual(a, b) {
    this.#brand;
    need(arguments.length, 2, "timingSafeEqual");
    const x = bytesOf(a, "The first argument"), y = bytesOf(b, "The second argument");
    if (TypedArrayPrototypeGetByteLength(x) !== TypedArrayPrototypeGetByteLength(y)) throw new TypeError("Input buffers must have the same byte length");
    return natives.equal(x, y);
  }
}
internal.shape(SubtleCrypto, "SubtleCrypto");

return { SubtleCrypto, settle, make: () => new SubtleCrypto(token), natives };
