// CompressionStream and DecompressionStream. https://compression.spec.whatwg.org/  Formats: those of the standard, and zstd.
const { TypeError, Uint8Array } = primordials;
const lazy = internal.load;
const { domString, illegalInvocation, isObject, required } = lazy('webidl');
const { asBytes, isBuffer, viewBuffer } = lazy('bytes');
const { createTransform } = lazy('streams_transform');
const { op } = lazy('core');

// The order is that of enum zip_format.
const FORMATS = { __proto__: null, gzip: 0, deflate: 1, 'deflate-raw': 2, brotli: 3, zstd: 4 };

function formatOf(v, what) {
  const name = domString(v);
  const format = FORMATS[name];
  if (format === undefined) throw new TypeError(`${what}: "${name}" is not a supported format`);
  return format;
}

function chunkBytes(chunk) {
  const bytes = asBytes(chunk);
  if (bytes === undefined || !isBuffer(viewBuffer(bytes)))
    throw new TypeError('The chunk is neither an ArrayBuffer nor a view of one');
  return bytes;
}

// Gives what comes out to the readable side piece by piece, as its reader takes them.
async function drain(controller, handle, last) {
  for (;;) {
    let piece = natives.next(handle, last);
    if (typeof piece === 'number') piece = await op(piece, handle);
    if (piece === undefined) return;
    if (controller.blocked()) await controller.unblocked();
    if (controller.over()) return;
    controller.enqueue(new Uint8Array(piece));
  }
}

function makeTransform(format, encodes) {
  let handle;
  const opened = () => (handle ??= natives.open(format, encodes));
  return createTransform((controller) => ({
    __proto__: null,
    transform(chunk) {
      const bytes = chunkBytes(chunk);
      natives.add(opened(), bytes);
      return drain(controller, handle, false);
    },
    flush: () => drain(controller, opened(), true),
    cancel() {
      if (handle !== undefined) natives.close(handle);
    },
  }));
}

class CompressionStream {
  #t;
  constructor(format) {
    required(arguments.length, 1, 'CompressionStream');
    this.#t = makeTransform(formatOf(format, 'CompressionStream'), true);
  }
  static #own(v) {
    if (!isObject(v) || !(#t in v)) throw illegalInvocation();
    return v.#t;
  }
  get readable() {
    return CompressionStream.#own(this).readable.public;
  }
  get writable() {
    return CompressionStream.#own(this).writable.public;
  }
}
internal.shape(CompressionStream, 'CompressionStream');

class DecompressionStream {
  #t;
  constructor(format) {
    required(arguments.length, 1, 'DecompressionStream');
    this.#t = makeTransform(formatOf(format, 'DecompressionStream'), false);
  }
  static #own(v) {
    if (!isObject(v) || !(#t in v)) throw illegalInvocation();
    return v.#t;
  }
  get readable() {
    return DecompressionStream.#own(this).readable.public;
  }
  get writable() {
    return DecompressionStream.#own(this).writable.public;
  }
}
internal.shape(DecompressionStream, 'DecompressionStream');

return { CompressionStream, DecompressionStream };
