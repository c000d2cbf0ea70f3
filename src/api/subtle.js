// crypto.subtle: the methods, digests and signatures. Keys come and go in subtle_import.js; ciphers, derivation and
// generation are in subtle_cipher.js and subtle_derive.js, loaded when they are called. https://w3c.github.io/webcrypto/
const { TypeError, TypedArrayPrototypeGetByteLength } = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const {
  error, recordOf, use, algorithmOf, digestOf, hashOf, integer, members, needBytes, bytesOf, optionalCopy, outputBytes, SIGN, VERIFY, EC, ED448, KMAC,
} = lazy("subtle_key");

// What a native gave: the result, or an operation that gives it later.
const settle = (r) => (typeof r === "number" ? core.op(r) : r);

// The parameters of sign() and verify(), each read once: { hash, number (salt or output), context }.
function signParams(alg, identifier) {
  const algorithm = members(identifier);
  const p = { __proto__: null, hash: null, number: 0, context: null };
  if (alg.type === EC) p.hash = hashOf(algorithm.hash);
  else if (alg.name === "RSA-PSS") p.number = integer(algorithm.saltLength, 0xffffffff, "saltLength");
  else if (alg.type === ED448) p.context = optionalCopy(algorithm.context, "context");
  else if (alg.kind === KMAC) {
    p.context = optionalCopy(algorithm.customization, "customization");
    p.number = outputBytes(algorithm, alg.name);
  }
  return p;
}
function signing(alg, p, key, usage, what) {
  const k = use(key, alg, usage, what);
  if (k.type !== "secret" && (k.type === "private") !== (usage === SIGN)) throw error("InvalidAccessError", `A ${k.type} key cannot ${what}.`);
  if (p.number > (alg.kind === KMAC ? 1048576 : 4095)) throw error("OperationError", "The length is larger than the key or this platform allows.");
  if (alg.type === ED448 && p.context !== null && p.context.length !== 0)
    throw error(p.context.length > 255 ? "OperationError" : "NotSupportedError", "A context for Ed448 is not supported.");
  const hash = p.hash ?? k.hash;
  return { __proto__: null, handle: k.handle, hash: hash === undefined || hash === null ? 1 : hash.id };
}
function digestParams(identifier) {
  const hash = digestOf(identifier), algorithm = members(identifier);
  if (hash.xof === 0) return { __proto__: null, hash };
  const customization = optionalCopy(algorithm.customization, "customization"), name = optionalCopy(algorithm.functionName, "functionName");
  return { __proto__: null, hash, customization, name, bytes: outputBytes(algorithm, hash.name) };
}

function need(given, wanted, name) {
  if (given < wanted)
    throw new TypeError(`Failed to execute '${name}' on 'SubtleCrypto': ${wanted} argument${wanted > 1 ? "s" : ""} required, but only ${given} present.`);
}

class SubtleCrypto {
  #brand;
  constructor(t = undefined) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
  async digest(algorithm, data) {
    this.#brand;
    need(arguments.length, 2, "digest");
    needBytes(data, "The data");
    const { hash, name, customization, bytes } = digestParams(algorithm);
    if (hash.xof === 0) return settle(natives.digest(hash.id, bytesOf(data, "The data")));
    if (bytes > 1048576) throw error("OperationError", "The output is larger than this platform allows.");
    return settle(natives.sponge(hash.xof, name, customization, bytes, bytesOf(data, "The data")));
  }
  async sign(algorithm, key, data) {
    this.#brand;
    need(arguments.length, 3, "sign");
    const k = recordOf(key);
    needBytes(data, "The data");
    const alg = algorithmOf(algorithm, SIGN), p = signParams(alg, algorithm), bytes = bytesOf(data, "The data");
    const { handle, hash } = signing(alg, p, k, SIGN, "sign");
    return settle(natives.sign(handle, alg.scheme, hash, p.number, p.context, bytes));
  }
  async verify(algorithm, key, signature, data) {
    this.#brand;
    need(arguments.length, 4, "verify");
    const k = recordOf(key);
    needBytes(signature, "The signature");
    needBytes(data, "The data");
    const alg = algorithmOf(algorithm, VERIFY), p = signParams(alg, algorithm);
    const { handle, hash } = signing(alg, p, k, VERIFY, "verify");
    return settle(natives.verify(handle, alg.scheme, hash, p.number, p.context, bytesOf(signature, "The signature"), bytesOf(data, "The data")));
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
  async getPublicKey(key, keyUsages) {
    this.#brand;
    need(arguments.length, 2, "getPublicKey");
    return lazy("subtle_more").getPublicKey(key, keyUsages);
  }
  static supports(operation, algorithm, lengthOrAlgorithm = null) {
    need(arguments.length, 2, "supports");
    return lazy("subtle_more").supports(operation, algorithm, lengthOrAlgorithm);
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

return { SubtleCrypto, settle, signParams, digestParams, make: () => new SubtleCrypto(token), natives };
