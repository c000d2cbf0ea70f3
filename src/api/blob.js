// Blob and File. https://w3c.github.io/FileAPI/  A Blob is a Uint8Array that nobody writes to; slices share it.
const {
  ArrayPrototypePush,
  DateNow,
  MathMax,
  MathMin,
  MathTrunc,
  Number,
  PromiseResolve,
  PromiseReject,
  RangeError,
  ReflectApply,
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  SymbolIterator,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice,
  TypedArrayPrototypeSubarray,
  Uint8Array,
} = primordials;
const lazy = internal.load;
const { clampLongLong, dictionary, domString, illegalInvocation, isObject, kInternal, required, usvString } =
  lazy('webidl');
const { asBytes, viewByteLength } = lazy('bytes');

const STREAM_CHUNK = 64 * 1024;
const MAX_BYTES = 134217728; // LIMIT_WORKER_COLLECT_BYTES

// Lower case; empty when a character is outside of U+0020 to U+007E.
function normalizeType(v) {
  let type = '';
  for (let i = 0; i < v.length; i++) {
    const code = StringPrototypeCharCodeAt(v, i);
    if (code < 32 || code > 126) return '';
    type += StringFromCharCode(code >= 65 && code <= 90 ? code | 32 : code);
  }
  return type;
}

// "Convert line endings to native": ours is LF.
function nativeEndings(s) {
  if (StringPrototypeIndexOf(s, '\r') < 0) return s;
  let out = '';
  let from = 0;
  for (;;) {
    const at = StringPrototypeIndexOf(s, '\r', from);
    if (at < 0) return out + StringPrototypeSlice(s, from);
    out += StringPrototypeSlice(s, from, at) + '\n';
    from = StringPrototypeCharCodeAt(s, at + 1) === 10 ? at + 2 : at + 1;
  }
}

// sequence<(BufferSource or Blob or USVString)>: strings, Blobs and bytes (not copied yet).
function convertParts(v) {
  if (!isObject(v)) throw new TypeError('The parts are not a sequence');
  const method = v[SymbolIterator];
  if (typeof method !== 'function') throw new TypeError('The parts are not iterable');
  const iterator = ReflectApply(method, v, []);
  if (!isObject(iterator)) throw new TypeError('The iterator is not an object');
  const { next } = iterator;
  const parts = [];
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError('The iterator result is not an object');
    if (result.done) return parts;
    const { value } = result;
    ArrayPrototypePush(parts, dataOf(value) ?? asBytesOrUndefined(value) ?? usvString(value));
  }
}
function asBytesOrUndefined(v) {
  return isObject(v) ? asBytes(v) : undefined;
}

// BlobPropertyBag; members in alphabetical order.
function convertOptions(v) {
  const options = dictionary(v, 'The options');
  const bag = { __proto__: null, native: false, type: '' };
  if (options === undefined) return bag;
  const { endings } = options;
  if (endings !== undefined) {
    const name = domString(endings);
    if (name !== 'native' && name !== 'transparent') throw new TypeError(`'${name}' is not a kind of line endings`);
    bag.native = name === 'native';
  }
  const { type } = options;
  if (type !== undefined) bag.type = normalizeType(domString(type));
  return bag;
}

function concat(parts, native) {
  let total = 0;
  for (let i = 0; i < parts.length; i++) {
    if (typeof parts[i] === 'string') parts[i] = lazy('encoding').encode(native ? nativeEndings(parts[i]) : parts[i]);
    else if (parts[i] instanceof Data) parts[i] = parts[i].bytes;
    total += viewByteLength(parts[i]);
  }
  if (total > MAX_BYTES) throw new RangeError(`Blob size ${total} exceeds limit ${MAX_BYTES}`);
  const all = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    TypedArrayPrototypeSet(all, parts[i], at);
    at += viewByteLength(parts[i]);
  }
  return all;
}

class Data {
  constructor(bytes, type) {
    this.bytes = bytes;
    this.type = type;
    this.name = undefined; // of a File
    this.lastModified = 0;
  }
  get size() {
    return viewByteLength(this.bytes);
  }
  copy() {
    return TypedArrayPrototypeSlice(this.bytes, 0);
  }
}
lazy('webidl').record(Data);

let dataOf;
function own(v) {
  const d = dataOf(v);
  if (d === undefined) throw illegalInvocation();
  return d;
}

class Blob {
  #d;
  static {
    dataOf = (v) => (isObject(v) && #d in v ? v.#d : undefined);
  }
  constructor(blobParts = undefined, options = undefined) {
    if (blobParts === kInternal) {
      this.#d = options;
      return;
    }
    const parts = blobParts === undefined ? [] : convertParts(blobParts);
    const bag = convertOptions(options);
    this.#d = new Data(concat(parts, bag.native), bag.type);
  }
  get size() {
    return own(this).size;
  }
  get type() {
    return own(this).type;
  }
  slice(start = undefined, end = undefined, contentType = undefined) {
    const d = own(this);
    const { size } = d;
    const clamp = (n) => (n < 0 ? MathMax(size + n, 0) : MathMin(n, size));
    const from = start === undefined ? 0 : clamp(clampLongLong(start));
    const to = end === undefined ? size : clamp(clampLongLong(end));
    const type = contentType === undefined ? '' : normalizeType(domString(contentType));
    return new Blob(kInternal, new Data(TypedArrayPrototypeSubarray(d.bytes, from, MathMax(from, to)), type));
  }
  stream() {
    const { bytes } = own(this);
    const size = viewByteLength(bytes);
    let at = 0;
    return lazy('streams').newNativeReadable({
      __proto__: null,
      pull(controller) {
        const to = MathMin(size, at + STREAM_CHUNK);
        if (to > at) controller.enqueue(TypedArrayPrototypeSlice(bytes, at, to));
        at = to;
        if (at === size) controller.close();
      },
    });
  }
  text() {
    const d = dataOf(this);
    if (d === undefined) return PromiseReject(illegalInvocation());
    return PromiseResolve(lazy('encoding').decodeKeepingBOM(d.bytes));
  }
  arrayBuffer() {
    const d = dataOf(this);
    if (d === undefined) return PromiseReject(illegalInvocation());
    return PromiseResolve(TypedArrayPrototypeGetBuffer(d.copy()));
  }
  bytes() {
    const d = dataOf(this);
    if (d === undefined) return PromiseReject(illegalInvocation());
    return PromiseResolve(d.copy());
  }
}
internal.shape(Blob, 'Blob');

const isFile = (v) => dataOf(v)?.name !== undefined;
function ownFile(v) {
  const d = dataOf(v);
  if (d === undefined || d.name === undefined) throw illegalInvocation();
  return d;
}

class File extends Blob {
  constructor(fileBits, fileName, options = undefined) {
    if (fileBits === kInternal) {
      super(kInternal, fileName);
      return;
    }
    required(arguments.length, 2, 'File');
    const parts = convertParts(fileBits);
    const name = usvString(fileName);
    const bag = convertOptions(options);
    const modified = isObject(options) ? options.lastModified : undefined;
    const d = new Data(undefined, bag.type);
    d.name = name;
    d.lastModified = modified === undefined ? DateNow() : toLongLong(modified);
    d.bytes = concat(parts, bag.native);
    super(kInternal, d);
  }
  get name() {
    return ownFile(this).name;
  }
  get lastModified() {
    return ownFile(this).lastModified;
  }
}
internal.shape(File, 'File');

function toLongLong(v) {
  const n = MathTrunc(Number(v)) + 0;
  return n !== n || n === Infinity || n === -Infinity ? 0 : n;
}

function newFile(bytes, type, name, lastModified) {
  const d = new Data(bytes, type);
  d.name = name;
  d.lastModified = lastModified;
  return new File(kInternal, d);
}

return {
  Blob,
  File,
  isBlob: (v) => dataOf(v) !== undefined,
  isFile,
  blobBytes: (blob) => dataOf(blob).bytes, // not to be written to
  describe: (blob) => dataOf(blob), // { size, type, name, lastModified }, which user code cannot change
  newBlob: (bytes, type) => new Blob(kInternal, new Data(bytes, type)), // the type is taken as it is
  newFile,
  // The same bytes as another object: structuredClone(), FormData.
  copyOf(blob) {
    const { bytes, type, name, lastModified } = dataOf(blob);
    return name === undefined ? new Blob(kInternal, new Data(bytes, type)) : newFile(bytes, type, name, lastModified);
  },
  withName(blob, name) {
    const d = dataOf(blob);
    return newFile(d.bytes, d.type, name, d.name === undefined ? DateNow() : d.lastModified);
  },
};
