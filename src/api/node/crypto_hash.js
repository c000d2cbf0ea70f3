// Hash, Hmac, hash(). https://nodejs.org/api/crypto.html
const lazy = internal.load;
const { Transform } = lazy("node/stream");
const { Error } = primordials;
const { coded, invalidArgType, validateString, validateUint32 } = lazy("node/errors");
const { n, toBytes, encoded, callable } = lazy("node/crypto_base");

const kHandle = Symbol("kHandle");
const finalized = () => coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
const unknown = (name) => coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Digest method not supported: ${name}`);

// One computation: C's handle, the length of the output, and the result once there is one.
class State {
  constructor(handle, length, cached = null) {
    this.handle = handle;
    this.length = length;
    this.cached = cached;
  }
  digest() {
    if (this.cached === null) {
      const result = n.hashFinish(this.handle, this.length);
      this.handle = null;
      if (typeof result === "number") throw new Error("Unsupported state or invalid output length");
      this.cached = result;
    }
    return this.cached;
  }
}

function newHash(algorithm, options) {
  const { outputLength } = options ?? {};
  if (outputLength !== undefined) validateUint32(outputLength, "options.outputLength");
  const handle = n.hashNew(algorithm);
  if (typeof handle === "number") throw unknown(algorithm);
  if (outputLength !== undefined && !/^shake/i.test(algorithm) && outputLength !== n.digestBytes(algorithm))
    throw coded(Error, "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH", "Unsupported output length for this digest");
  return new State(handle, outputLength ?? -1);
}
function update(state, data, encoding) {
  if (state.handle === null) throw finalized();
  n.hashAdd(state.handle, toBytes(data, "data", encoding));
}

class HashBase extends Transform {
  _transform(chunk, encoding, callback) {
    n.hashAdd(this[kHandle].handle, toBytes(chunk, "data", encoding));
    callback();
  }
  _flush(callback) {
    this.push(encoded(this[kHandle].digest()));
    callback();
  }
  update(data, encoding) {
    update(this[kHandle], data, encoding);
    return this;
  }
}

class HashClass extends HashBase {
  #digested = false;
  constructor(algorithm, options = undefined) {
    if (!(algorithm instanceof State)) validateString(algorithm, "algorithm");
    super(options);
    this[kHandle] = algorithm instanceof State ? algorithm : newHash(algorithm, options);
  }
  digest(encoding = undefined) {
    if (this.#digested) throw finalized();
    const as = encoding === undefined || encoding === null ? undefined : `${encoding}`, result = this[kHandle].digest();
    this.#digested = true;
    return encoded(result.slice(), as);
  }
  update(data, encoding) {
    if (this.#digested) throw finalized();
    return super.update(data, encoding);
  }
  copy(options = undefined) {
    if (this.#digested) throw finalized();
    const state = this[kHandle];
    if (state.handle === null) throw new Error("The hash has already been finalized");
    return new HashClass(new State(n.hashCopy(state.handle), options?.outputLength ?? state.length), options);
  }
}
ObjectName(HashClass, "Hash");

class HmacClass extends HashBase {
  #digested = false;
  constructor(hmac, key, options = undefined) {
    validateString(hmac, "hmac");
    const handle = n.hmacNew(hmac, lazy("node/crypto_keys").secretHandle(key, "key", options?.encoding));
    if (typeof handle === "number") throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${hmac}`);
    super(options);
    this[kHandle] = new State(handle, -1);
  }
  digest(encoding = undefined) {
    const as = encoding === undefined || encoding === null ? undefined : `${encoding}`;
    if (this.#digested) return as === undefined || as === "buffer" ? lazy("node/buffer").Buffer.alloc(0) : "";
    const result = this[kHandle].digest();
    this.#digested = true;
    return encoded(result.slice(), as);
  }
  update(data, encoding) {
    if (this.#digested) throw finalized();
    return super.update(data, encoding);
  }
}
ObjectName(HmacClass, "Hmac");
function ObjectName(Class, value) {
  primordials.ObjectDefineProperty(Class, "name", { __proto__: null, value, configurable: true });
}

const Hash = callable(HashClass), Hmac = callable(HmacClass);
const createHash = (algorithm, options = undefined) => new HashClass(algorithm, options);
const createHmac = (hmac, key, options = undefined) => new HmacClass(hmac, key, options);

function hash(algorithm, data, options = "hex") {
  validateString(algorithm, "algorithm");
  if (typeof data !== "string" && !lazy("node/crypto_base").isBytes(data)) throw invalidArgType("input", ["Buffer", "TypedArray", "DataView", "string"], data);
  let encoding = options, outputLength;
  if (typeof options === "object" && options !== null) ({ outputEncoding: encoding = "hex", outputLength } = options);
  validateString(encoding, "outputEncoding");
  const state = newHash(algorithm, outputLength === undefined ? undefined : { outputLength });
  update(state, data);
  return encoded(state.digest(), encoding);
}

return { Hash, Hmac, createHash, createHmac, hash };
