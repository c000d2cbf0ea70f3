// crypto.DigestStream, as Workers have it: a WritableStream whose `digest` is a promise of the hash of what was written. It knows
// checksums, too.
const {
  BigInt, PromisePrototypeThen, PromiseWithResolvers, StringPrototypeToLowerCase, Symbol, ObjectDefineProperty, TypeError, TypedArrayPrototypeGetByteLength,
} = primordials;
const lazy = internal.load;
const { digestOf, bytesOf, isBytes } = lazy("subtle_key");
const { natives: { digestNew, digestAdd, digestFinish } } = lazy("subtle");
const { WritableStream } = lazy("streams_writable");

const CHECKSUMS = { __proto__: null, crc32: 32, crc32c: 33, crc64nvme: 34 };
function kindOf(algorithm) {
  if (typeof algorithm === "string" && algorithm.length <= 9) {
    const checksum = CHECKSUMS[StringPrototypeToLowerCase(algorithm)];
    if (checksum !== undefined) return checksum;
  }
  const hash = digestOf(algorithm);
  if (hash.xof !== 0) throw new TypeError(`${hash.name} has no length of its own: DigestStream cannot give it.`);
  return hash.id;
}

class DigestStream extends WritableStream {
  #digest;
  #reject;
  #error = null;
  #written = 0;
  constructor(algorithm) {
    const state = digestNew(kindOf(algorithm)), { promise, resolve, reject } = PromiseWithResolvers();
    let self = null;
    super({
      __proto__: null,
      write(chunk) {
        if (self.#error !== null) throw self.#error;
        if (typeof chunk !== "string" && !isBytes(chunk))
          throw new TypeError("DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/string type on its writable side.");
        const bytes = typeof chunk === "string" ? internal.natives.encode(chunk) : bytesOf(chunk, "A chunk");
        digestAdd(state, bytes);
        self.#written += TypedArrayPrototypeGetByteLength(bytes);
      },
      close() {
        if (self.#error !== null) throw self.#error;
        resolve(digestFinish(state));
      },
      abort(reason) { reject(reason); },
    });
    self = this;
    this.#reject = reject;
    PromisePrototypeThen(promise, undefined, () => {}); // whoever asks for it is told
    this.#digest = promise;
  }
  get digest() { return this.#digest; }
  get bytesWritten() { return BigInt(this.#written); }
  static {
    const dispose = Symbol.dispose;
    if (dispose !== undefined)
      ObjectDefineProperty(this.prototype, dispose, {
        __proto__: null, writable: true, configurable: true,
        value() {
          if (this.#error !== null) return;
          this.#error = new TypeError("The DigestStream was disposed.");
          this.#reject(this.#error);
        },
      });
  }
}
internal.shape(DigestStream, "DigestStream");

return { DigestStream };
