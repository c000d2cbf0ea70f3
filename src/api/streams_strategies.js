// ByteLengthQueuingStrategy and CountQueuingStrategy. https://streams.spec.whatwg.org/#qs
// Each has ONE size function per realm, shared by all instances.
const { Number, TypeError } = primordials;
const { illegalInvocation, isObject, required } = internal.load('webidl');

function convertInit(count, init) {
  required(count, 1, 'constructor');
  if (init !== undefined && init !== null && !isObject(init)) throw new TypeError('The init is not an object');
  const h = init === undefined || init === null ? undefined : init.highWaterMark;
  if (h === undefined) throw new TypeError('highWaterMark is required');
  return Number(h);
}
// Plain functions without `prototype`, named "size".
const { byteSize, countSize } = {
  byteSize: { size: (chunk) => chunk.byteLength }.size,
  countSize: { size: () => 1 }.size,
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
    return byteSize;
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
    return countSize;
  }
}
internal.shape(CountQueuingStrategy, 'CountQueuingStrategy');

return { ByteLengthQueuingStrategy, CountQueuingStrategy };
