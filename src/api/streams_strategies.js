// ByteLengthQueuingStrategy and CountQueuingStrategy. https://streams.spec.whatwg.org/#qs
// Each has ONE size function per realm, shared by all instances.
const { Number, TypeError } = primordials;
const { illegalInvocation, isObject, required } = internal.load('webidl');

function convertInit(given, init) {
  required(given, 1, 'constructor');
  if (init !== undefined && init !== null && !isObject(init)) throw new TypeError('The init is not an object');
  const h = init === undefined || init === null ? undefined : init.highWaterMark;
  if (h === undefined) throw new TypeError('highWaterMark is required');
  return Number(h);
}
// Methods, so that they are named "size" and have no `prototype`.
const bytes = {
  size(chunk) {
    return internal.isPedantic ? chunk.byteLength : chunk?.byteLength;
  },
};
const count = {
  size() {
    return 1;
  },
};

class ByteLengthQueuingStrategy {
  #h;
  constructor(init) {
    this.#h = convertInit(arguments.length, init);
  }
  get highWaterMark() {
    if (!isObject(this) || !(#h in this)) throw illegalInvocation();
    return this.#h;
  }
  get size() {
    if (!isObject(this) || !(#h in this)) throw illegalInvocation();
    return bytes.size;
  }
}
internal.shape(ByteLengthQueuingStrategy, 'ByteLengthQueuingStrategy');

class CountQueuingStrategy {
  #h;
  constructor(init) {
    this.#h = convertInit(arguments.length, init);
  }
  get highWaterMark() {
    if (!isObject(this) || !(#h in this)) throw illegalInvocation();
    return this.#h;
  }
  get size() {
    if (!isObject(this) || !(#h in this)) throw illegalInvocation();
    return count.size;
  }
}
internal.shape(CountQueuingStrategy, 'CountQueuingStrategy');

return { ByteLengthQueuingStrategy, CountQueuingStrategy };
