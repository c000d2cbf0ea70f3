// IdentityTransformStream and FixedLengthStream of Workers: bytes pass through unchanged; the readable side is a byte
// stream. A write is done when its bytes have been read.
const { MathMin, MathTrunc, Number, NumberIsFinite, TypeError, TypedArrayPrototypeGetBuffer } = primordials;
const lazy = internal.load;
const { Deferred, convertStrategy, highWaterMarkOf, rejected, resolvedUndefined } = lazy('streams_core');
const { asBytes, cloneView, viewByteLength } = lazy('bytes');
const { kInternal, record } = lazy('webidl');
const readable = lazy('streams_readable');
const writable = lazy('streams_writable');
const { ByteController } = lazy('streams_byte');

function notBytes(chunk) {
  return typeof chunk === 'string'
    ? 'This TransformStream is being used as a byte stream, but received a string on its writable side. ' +
        "If you wish to write a string, you'll probably want to explicitly UTF-8-encode it with TextEncoder."
    : 'This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/' +
        'ArrayBufferView type on its writable side.';
}

const sizeOf = (chunk) => {
  const bytes = asBytes(chunk);
  return bytes === undefined ? 0 : viewByteLength(bytes);
};
// The mark counts bytes. Without one a writer sees no backpressure: what it writes waits for its reader, however much it
// is. A pipe waits for each write.
const markOf = (strategy) => highWaterMarkOf(convertStrategy(strategy), undefined);

// What is written is copied at once: its buffer may be changed, resized or transferred before it is its turn.
const copyOf = (chunk) => {
  const bytes = asBytes(chunk);
  return bytes === undefined ? chunk : cloneView(bytes);
};

class Identity {
  constructor(length, highWaterMark) {
    this.left = length; // bytes that may still be written, undefined: any number
    this.draining = undefined; // settles the write under way
    this.readable = new readable.Readable();
    this.readable.fixedLength = length;
    this.out = new ByteController(this.readable, undefined, (reason) => this.cancelled(reason), 0, undefined);
    this.out.started = true;
    this.out.isOurs = true;
    this.out.onDrain = () => this.drained();
    this.writable = writable.createWritable(
      undefined,
      (chunk) => this.write(chunk),
      () => this.close(),
      (reason) => this.abort(reason),
      highWaterMark ?? 1,
      highWaterMark === undefined ? () => 0 : sizeOf,
    );
    this.writable.isPatient = true;
    this.writable.controller.keep = copyOf;
  }
  drained() {
    const d = this.draining;
    this.draining = undefined;
    if (d !== undefined) d.resolve(undefined);
  }
  fail(e) {
    this.out.fail(e);
    return rejected(e);
  }
  write(chunk) {
    const bytes = asBytes(chunk);
    if (bytes === undefined) return this.fail(new TypeError(notBytes(chunk)));
    const n = viewByteLength(bytes);
    if (n === 0) return resolvedUndefined;
    if (this.left !== undefined) {
      if (n > this.left)
        return this.fail(new TypeError('Attempt to write too many bytes through a FixedLengthStream.'));
      this.left -= n;
    }
    if (!this.out.canCloseOrEnqueue()) return resolvedUndefined;
    this.out.enqueueOwned(TypedArrayPrototypeGetBuffer(bytes), 0, n); // our copy
    if (this.out.total === 0) return resolvedUndefined;
    this.draining = new Deferred();
    return this.draining.promise;
  }
  close() {
    if (this.left !== undefined && this.left > 0)
      return this.fail(new TypeError('FixedLengthStream did not see all expected bytes before close().'));
    if (this.out.canCloseOrEnqueue()) {
      this.out.close();
      if (this.out.pullIntos.count > 0) this.out.respond(0);
    }
    return resolvedUndefined;
  }
  abort(reason) {
    this.out.fail(reason);
    return resolvedUndefined;
  }
  cancelled(reason) {
    this.drained();
    this.writable.controller.failIfNeeded(reason);
    return resolvedUndefined;
  }
}
record(Identity);

class IdentityTransformStream extends lazy('streams_transform').TransformStream {
  constructor(queuingStrategy = undefined) {
    if (queuingStrategy === kInternal) super(kInternal, arguments[1]);
    else super(kInternal, new Identity(undefined, markOf(queuingStrategy)));
  }
}
internal.shape(IdentityTransformStream, 'IdentityTransformStream');

function convertLength(v) {
  const n = typeof v === 'bigint' ? Number(v) : MathTrunc(Number(v)) + 0;
  if (!NumberIsFinite(n) || n < 0 || n > 9007199254740991)
    throw new TypeError('FixedLengthStream requires an integer expected length less than 2^53.');
  return n;
}
class FixedLengthStream extends IdentityTransformStream {
  constructor(expectedLength, queuingStrategy = undefined) {
    const length = convertLength(expectedLength);
    const mark = markOf(queuingStrategy);
    super(kInternal, new Identity(length, mark === undefined ? undefined : MathMin(mark, length)));
  }
}
internal.shape(FixedLengthStream, 'FixedLengthStream');

return { IdentityTransformStream, FixedLengthStream };
