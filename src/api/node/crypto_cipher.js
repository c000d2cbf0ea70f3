// Cipheriv, Decipheriv, and RSA encryption.
const lazy = internal.load;
const { Transform } = lazy("node/stream");
const { Error, RangeError, TypeError } = primordials;
const { coded, invalidArgType, missingArgs, notImplemented, validateInteger, validateObject, validateString, validateUint32 } = lazy("node/errors");
const { n, INVALID, UNSUPPORTED, CORRUPT, isBytes, toBytes, encoded, callable } = lazy("node/crypto_base");
const { secretHandle, readKey, publicOf } = lazy("node/crypto_keys");

const failure = (name, message) => new (lazy("domexception").DOMException)(message, name);
const corrupt = () => failure("OperationError", "Decryption failed: Incorrect key/IV or corrupted ciphertext/authentication tag provided.");

class CipherBase extends Transform {
  #flow;
  #encrypts;
  #info;
  #tag = null;
  #finished = false;
  #decoder = null;
  constructor(encrypts, algorithm, key, iv, options = {}) {
    validateString(algorithm, "algorithm");
    const handle = secretHandle(key, "key", options?.encoding);
    const vector = iv === null || iv === undefined ? undefined : toBytes(iv, "iv", options?.encoding);
    if (iv === undefined) throw invalidArgType("iv", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView", "null"], iv);
    const info = n.cipherOf(algorithm, -1, -1);
    if (typeof info === "number") throw coded(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
    const { authTagLength } = options ?? {};
    if (authTagLength !== undefined && authTagLength !== null) {
      validateUint32(authTagLength, "options.authTagLength");
      if (authTagLength > 16) throw invalidTag(authTagLength);
    }
    if (n.keyInfo(handle)[2] !== info[3] * 8) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
    const length = vector === undefined ? 0 : vector.byteLength;
    if (typeof n.cipherOf(algorithm, -1, length) === "number") throw coded(TypeError, "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
    super(options);
    const flow = n.flowNew(algorithm, encrypts, handle, vector, authTagLength ?? 0);
    if (typeof flow === "number") throw authTagLength ? invalidTag(authTagLength) : new Error("Failed to create the cipher");
    this.#flow = flow;
    this.#encrypts = encrypts;
    this.#info = info;
  }
  _transform(chunk, encoding, callback) {
    this.push(this.update(chunk, encoding));
    callback();
  }
  _flush(callback) {
    let last;
    try {
      last = this.final();
    } catch (e) {
      callback(e);
      return;
    }
    this.push(last);
    callback();
  }
  #text(bytes, encoding, last) {
    if (encoding === undefined || encoding === null || encoding === "buffer") return encoded(bytes);
    const { StringDecoder } = lazy("node/string_decoder");
    this.#decoder ??= new StringDecoder(encoding);
    return last ? this.#decoder.end(encoded(bytes)) : this.#decoder.write(encoded(bytes));
  }
  update(data, inputEncoding = undefined, outputEncoding = undefined) {
    const bytes = toBytes(data, "data", inputEncoding);
    if (this.#finished) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Unsupported state");
    const result = n.flowAdd(this.#flow, bytes);
    if (typeof result === "number") throw this.#encrypts ? new Error("Trying to add data in unsupported state") : corrupt();
    return this.#text(result, outputEncoding, false);
  }
  final(outputEncoding = undefined) {
    if (this.#finished) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Unsupported state");
    this.#finished = true;
    const result = n.flowFinish(this.#flow);
    if (result === CORRUPT && this.#info[6]) throw corrupt();
    if (typeof result === "number") throw coded(Error, "ERR_OSSL_BAD_DECRYPT", this.#encrypts ? "wrong final block length" : "bad decrypt");
    if (this.#encrypts && this.#info[6]) this.#tag = n.flowTag(this.#flow);
    return this.#text(result, outputEncoding, true);
  }
  setAutoPadding(on = true) {
    n.flowPadding(this.#flow, !!on);
    return this;
  }
  setAAD(data, options = undefined) {
    const bytes = toBytes(data, "buffer", options?.encoding);
    if (n.flowAad(this.#flow, bytes) !== undefined) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAAD");
    return this;
  }
  getAuthTag() {
    if (this.#tag === null) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    return encoded(this.#tag.slice());
  }
  setAuthTag(tag, encoding = undefined) {
    const bytes = toBytes(tag, "buffer", encoding);
    const result = n.flowExpect(this.#flow, bytes);
    if (result === INVALID) throw bytes.byteLength < 4 || bytes.byteLength > 16 ? invalidTag(bytes.byteLength) : coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    return this;
  }
}
const invalidTag = (length) => coded(TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${length}`);

class CipherivClass extends CipherBase {
  constructor(algorithm, key, iv, options) { super(true, algorithm, key, iv, options); }
}
class DecipherivClass extends CipherBase {
  constructor(algorithm, key, iv, options) { super(false, algorithm, key, iv, options); }
}
const named = (Class, value) => primordials.ObjectDefineProperty(Class, "name", { __proto__: null, value, configurable: true });
named(CipherivClass, "Cipheriv");
named(DecipherivClass, "Decipheriv");
const Cipheriv = callable(CipherivClass), Decipheriv = callable(DecipherivClass);
const createCipheriv = (algorithm, key, iv, options) => new CipherivClass(algorithm, key, iv, options);
const createDecipheriv = (algorithm, key, iv, options) => new DecipherivClass(algorithm, key, iv, options);

const gone = (name) => {
  const f = function () { throw notImplemented(`crypto.${name}`); };
  named(f, name);
  return f;
};

// --- What there is ----------------------------------------------------------------------------------------------------
const CIPHERS = [];
for (const bits of [128, 192, 256]) for (const mode of ["cbc", "cfb", "cfb1", "cfb8", "ctr", "ecb", "gcm", "ocb", "ofb"]) CIPHERS.push(`aes-${bits}-${mode}`);
CIPHERS.push("aes128-wrap", "aes192-wrap", "aes256-wrap", "chacha20", "chacha20-poly1305", "des-ede3-cbc");
const getCiphers = () => CIPHERS.filter((name) => typeof n.cipherOf(name, -1, -1) !== "number").sort();
function getCipherInfo(nameOrNid, options = undefined) {
  if (typeof nameOrNid !== "string" && typeof nameOrNid !== "number") throw invalidArgType("nameOrNid", ["string", "number"], nameOrNid);
  let keyLength, ivLength;
  if (options !== undefined) {
    validateObject(options, "options");
    ({ keyLength, ivLength } = options);
    if (keyLength !== undefined) validateInteger(keyLength, "options.keyLength");
    if (ivLength !== undefined) validateInteger(ivLength, "options.ivLength");
    if (keyLength < 0 || ivLength < 0) return undefined;
  }
  let name = nameOrNid;
  if (typeof name === "number") name = getCiphers().find((known) => n.cipherOf(known, -1, -1)[2] === nameOrNid);
  const info = name === undefined ? INVALID : n.cipherOf(name, keyLength ?? -1, ivLength ?? -1);
  if (typeof info === "number") return undefined;
  const [full, mode, nid, key, iv, block] = info;
  return { mode, name: full, nid, blockSize: block, ivLength: iv, keyLength: key };
}

// --- RSA ---------------------------------------------------------------------------------------------------------------
const PUBLIC_ENCRYPT = 0, PRIVATE_DECRYPT = 1, PRIVATE_ENCRYPT = 2, PUBLIC_DECRYPT = 3;
const RSA_PKCS1_PADDING = 1, RSA_PKCS1_OAEP_PADDING = 4;
function rsa(step, isPrivate, padding, count, options, buffer) {
  if (count < 2) throw missingArgs(count === 0 ? "options" : "buffer");
  const o = typeof options === "object" && options !== null && !isBytes(options) ? options : {};
  const { oaepHash = "sha1", oaepLabel, encoding } = o;
  const key = readKey(options, isPrivate, "key"), handle = isPrivate ? key : publicOf(key);
  const data = toBytes(buffer, "buffer", encoding), how = o.padding ?? padding;
  validateInteger(how, "options.padding", 0, 7);
  validateString(oaepHash, "options.oaepHash");
  let label;
  if (oaepLabel !== undefined) {
    label = toBytes(oaepLabel, "key.oaepLabel", encoding).slice();
    if (how !== RSA_PKCS1_OAEP_PADDING && step < PRIVATE_ENCRYPT) throw new Error("Failed to set the OAEP label");
  }
  const result = n.rsa(handle, step, how, oaepHash, label, data);
  if (result === UNSUPPORTED) throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${oaepHash}`);
  if (typeof result === "number") throw coded(Error, "ERR_OSSL_RSA_OPERATION_FAILED", step === PRIVATE_DECRYPT || step === PUBLIC_DECRYPT ? "Failed to decrypt" : "Failed to encrypt");
  return encoded(result);
}
function publicEncrypt(options, buffer) { return rsa(PUBLIC_ENCRYPT, false, RSA_PKCS1_OAEP_PADDING, arguments.length, options, buffer); }
function privateDecrypt(options, buffer) { return rsa(PRIVATE_DECRYPT, true, RSA_PKCS1_OAEP_PADDING, arguments.length, options, buffer); }
function privateEncrypt(options, buffer) { return rsa(PRIVATE_ENCRYPT, true, RSA_PKCS1_PADDING, arguments.length, options, buffer); }
function publicDecrypt(options, buffer) { return rsa(PUBLIC_DECRYPT, false, RSA_PKCS1_PADDING, arguments.length, options, buffer); }

return {
  Cipheriv, Decipheriv, createCipheriv, createDecipheriv, Cipher: gone("Cipher"), Decipher: gone("Decipher"), createCipher: gone("createCipher"),
  createDecipher: gone("createDecipher"), getCiphers, getCipherInfo, publicEncrypt, privateDecrypt, privateEncrypt, publicDecrypt,
};
