// crypto.DigestStream, as Workers have it: a WritableStream whose `digest` is a promise of the hash of what was written.
const { BigInt, PromisePrototypeThen, PromiseWithResolvers, TypedArrayPrototypeGetByteLength } = primordials;
const lazy = internal.load;
const { digestOf, bytesOf } = lazy("subtle_key");
const { natives: { digestNew, digestAdd, digestFinish } } = lazy("subtle");
const { WritableStream } = lazy("streams_writable");

class DigestStream extends WritableStream {
  #digest;
  #written = 0;
  constructor(algorithm) {
    const state = digestNew(digestOf(algorithm).id), { promise, resolve, reject } = PromiseWithResolvers();
    let self = null;
    super({
      __proto__: null,
      write(chunk) {
        const bytes = typeof chunk === "string" ? internal.natives.encode(chunk) : bytesOf(chunk, "A chunk");
        digestAdd(state, bytes);
        self.#written += TypedArrayPrototypeGetByteLength(bytes);
      },
      close() { resolve(digestFinish(state)); },
      abort(reason) { reject(reason); },
    });
    self = this;
    PromisePrototypeThen(promise, undefined, () => {}); // whoever asks for it is told
    this.#digest = promise;
  }
  get digest() { return this.#digest; }
  get bytesWritten() { return BigInt(this.#written); }
}
internal.shape(DigestStream, "DigestStream");

return { DigestStream };
