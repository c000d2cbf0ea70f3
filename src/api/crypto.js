// The global `crypto`: randomness. crypto.subtle is another file, loaded when it is touched. https://w3c.github.io/webcrypto/
const {
  ArrayBufferIsView, TypeError, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetSymbolToStringTag, StringPrototypeSlice,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { uuids, fill } = natives;

const INTEGERS = {
  __proto__: null, Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Int16Array: 1, Uint16Array: 1, Int32Array: 1, Uint32Array: 1,
  BigInt64Array: 1, BigUint64Array: 1,
};
const domError = (message, name) => new (lazy("domexception").DOMException)(message, name);

let stock = "", at = 0; // UUIDs that C has made already, 36 characters each

class Crypto {
  #subtle = null;
  constructor(t = undefined) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
  get subtle() {
    return (this.#subtle ??= lazy("subtle").make());
  }
  getRandomValues(array) {
    Crypto.#brand(this);
    if (arguments.length === 0) throw new TypeError("Failed to execute 'getRandomValues' on 'Crypto': 1 argument required, but only 0 present.");
    if (!ArrayBufferIsView(array)) throw new TypeError("Failed to execute 'getRandomValues' on 'Crypto': parameter 1 is not of type 'ArrayBufferView'.");
    const kind = TypedArrayPrototypeGetSymbolToStringTag(array);
    if (kind === undefined || INTEGERS[kind] === undefined)
      throw domError("getRandomValues() only accepts integer typed arrays.", "TypeMismatchError");
    const length = TypedArrayPrototypeGetByteLength(array);
    if (length > 65536)
      throw new (lazy("quota_exceeded").QuotaExceededError)(`getRandomValues() only accepts buffers of size <= 64K but provided ${length} bytes.`);
    core.needEvent("crypto.getRandomValues");
    fill(array);
    return array;
  }
  static #brand(v) {
    if (typeof v !== "object" || v === null || !(#subtle in v)) throw new TypeError("Illegal invocation");
  }
  randomUUID() {
    Crypto.#brand(this);
    core.needEvent("crypto.randomUUID");
    if (at === stock.length) {
      stock = uuids();
      at = 0;
    }
    at += 36;
    return StringPrototypeSlice(stock, at - 36, at);
  }
  get DigestStream() {
    this.#subtle;
    return lazy("subtle_stream").DigestStream;
  }
}
internal.shape(Crypto, "Crypto");

return { Crypto, crypto: new Crypto(token) };
