// BYOB readers, and the byte controller and BYOB request as users see them. https://streams.spec.whatwg.org/#byob-reader-class
const { ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, RangeError, TypeError } = primordials;
const lazy = internal.load;
const { Queue, rejected } = lazy('streams_core');
const { kInternal, dictionary, enforceRange, illegalConstructor, illegalInvocation, record, required } = lazy('webidl');
const readable = lazy('streams_readable');
const { FastRead } = lazy('streams_reader');
const { ByteController, kindOf } = lazy('streams_byte');
const { isDetached, viewBuffer, viewByteLength } = lazy('bytes');
const { CLOSED } = readable;

class ByobReader {
  constructor(stream) {
    this.stream = stream;
    this.byob = true;
    this.requests = new Queue();
    readable.attach(this, stream);
  }
}
record(ByobReader);
function acquireByobReader(stream) {
  if (stream.reader !== undefined) throw new TypeError('This ReadableStream is currently locked to a reader.');
  if (!(stream.controller instanceof ByteController)) throw new TypeError('BYOB readers need a byte stream');
  return new ByobReader(stream);
}
function readInto(reader, view, min, request) {
  const { stream } = reader;
  stream.disturbed = true;
  if (stream.state === readable.ERRORED) request.error(stream.error);
  else stream.controller.pullInto(view, min, request);
}

// What is left when the stream ends is an answer like others.
class ShortRead extends FastRead {
  get takesLess() {
    return true;
  }
  close(view) {
    if (viewByteLength(view) > 0) this.chunk(view);
    else super.close(view);
  }
}

let readerOf;
let controllerOf;
let requestOf;

// The checks of ReadableStreamBYOBReader.read(); returns min.
function checkRead(view, options) {
  required(arguments.length, 1, 'read');
  if (typeof view !== 'object' || view === null || !ArrayBufferIsView(view))
    throw new TypeError('The argument is not an ArrayBufferView');
  options = dictionary(options, 'The options');
  const wanted = options === undefined ? undefined : options.min;
  const min = wanted === undefined ? 1 : enforceRange(wanted, 9007199254740991, 'min');
  const byteLength = viewByteLength(view);
  if (byteLength === 0) throw new TypeError('The view is empty');
  const buffer = viewBuffer(view);
  if (isDetached(buffer)) throw new TypeError("The view's buffer is detached");
  if (ArrayBufferPrototypeGetByteLength(buffer) === 0) throw new TypeError("The view's buffer is empty");
  if (min === 0) throw new TypeError('min must be greater than 0');
  if (min > byteLength / kindOf(view).size) throw new RangeError('min is more than the view has room for');
  return min;
}

class ReadableStreamBYOBReader {
  #r;
  static {
    readerOf = (v) => (typeof v === 'object' && v !== null && #r in v ? v.#r : undefined);
  }
  constructor(stream) {
    required(arguments.length, 1, 'ReadableStreamBYOBReader');
    const s = readable.recordOf(stream);
    if (s === undefined) throw new TypeError('The argument is not a ReadableStream');
    this.#r = acquireByobReader(s);
  }
  get closed() {
    const r = readerOf(this);
    return r === undefined ? rejected(illegalInvocation()) : r.closed.promise;
  }
  cancel(reason = undefined) {
    const r = readerOf(this);
    if (r === undefined) return rejected(illegalInvocation());
    return r.stream === undefined ? rejected(readable.released()) : readable.cancel(r.stream, reason);
  }
  read(view, options = undefined) {
    const r = readerOf(this);
    if (r === undefined) return rejected(illegalInvocation());
    let min;
    try {
      min = arguments.length === 0 ? checkRead() : checkRead(view, options);
    } catch (e) {
      return rejected(e);
    }
    if (r.stream === undefined) return rejected(readable.released());
    const request = new FastRead();
    readInto(r, view, min, request);
    return request.wait();
  }
  // Workers: reads at least `minElements` elements; fewer when the stream ends before, and only then the end itself.
  readAtLeast(minElements, view) {
    const r = readerOf(this);
    if (r === undefined) return rejected(illegalInvocation());
    try {
      required(arguments.length, 2, 'readAtLeast');
      const min = enforceRange(minElements, 9007199254740991, 'minElements', 1);
      checkRead(view, undefined);
      if (min > viewByteLength(view) / kindOf(view).size) throw new TypeError('minElements is more than the view has room for');
      if (r.stream === undefined) throw readable.released();
      const request = new ShortRead();
      readInto(r, view, min, request);
      return request.wait();
    } catch (e) {
      return rejected(e);
    }
  }
  releaseLock() {
    const r = readerOf(this);
    if (r === undefined) throw illegalInvocation();
    if (r.stream !== undefined) readable.release(r);
  }
}
internal.shape(ReadableStreamBYOBReader, 'ReadableStreamBYOBReader');

function own(v) {
  const c = controllerOf(v);
  if (c === undefined) throw illegalInvocation();
  return c;
}
class ReadableByteStreamController {
  #c;
  static {
    controllerOf = (v) => (typeof v === 'object' && v !== null && #c in v ? v.#c : undefined);
  }
  constructor(token = undefined, record = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#c = record;
  }
  get byobRequest() {
    return own(this).currentRequest();
  }
  get desiredSize() {
    return own(this).desiredSize;
  }
  close() {
    const c = own(this);
    if (!c.canCloseOrEnqueue()) throw new TypeError('The stream is closing, closed or errored');
    c.close();
    // readAtLeast() does not wait for the source's respond(0).
    const { reader } = c.stream;
    if (c.stream.state === CLOSED && reader !== undefined && reader.byob && reader.requests.first?.takesLess === true) c.responded(0);
  }
  enqueue(chunk) {
    const c = own(this);
    required(arguments.length, 1, 'enqueue');
    if (typeof chunk !== 'object' || chunk === null || !ArrayBufferIsView(chunk))
      throw new TypeError('A byte stream takes ArrayBufferViews only');
    if (viewByteLength(chunk) === 0) throw new TypeError('The chunk is empty');
    if (ArrayBufferPrototypeGetByteLength(viewBuffer(chunk)) === 0) throw new TypeError("The chunk's buffer is empty");
    if (!c.canCloseOrEnqueue()) throw new TypeError('The stream is closing, closed or errored');
    c.enqueue(chunk);
  }
  error(e = undefined) {
    own(this).fail(e);
  }
}
internal.shape(ReadableByteStreamController, 'ReadableByteStreamController');

function ownRequest(v) {
  const r = requestOf(v);
  if (r === undefined) throw illegalInvocation();
  return r;
}
class ReadableStreamBYOBRequest {
  #r;
  static {
    requestOf = (v) => (typeof v === 'object' && v !== null && #r in v ? v.#r : undefined);
  }
  constructor(token = undefined, record = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#r = record;
  }
  get view() {
    return ownRequest(this).view;
  }
  // Workers: how many bytes the reader still waits for.
  get atLeast() {
    const { controller } = ownRequest(this);
    if (controller === undefined) return null;
    const { first } = controller.pullIntos;
    return first.minimumFill - first.bytesFilled;
  }
  respond(bytesWritten) {
    const r = ownRequest(this);
    required(arguments.length, 1, 'respond');
    const count = enforceRange(bytesWritten, 9007199254740991, 'bytesWritten');
    if (r.controller === undefined) throw new TypeError('This ReadableStreamBYOBRequest has been invalidated.');
    if (isDetached(viewBuffer(r.view))) throw new TypeError("The view's buffer is detached");
    r.controller.respond(count);
  }
  respondWithNewView(view) {
    const r = ownRequest(this);
    required(arguments.length, 1, 'respondWithNewView');
    if (typeof view !== 'object' || view === null || !ArrayBufferIsView(view))
      throw new TypeError('The argument is not an ArrayBufferView');
    if (r.controller === undefined) throw new TypeError('This ReadableStreamBYOBRequest has been invalidated.');
    if (isDetached(viewBuffer(view))) throw new TypeError("The view's buffer is detached");
    r.controller.respondWithNewView(view);
  }
}
internal.shape(ReadableStreamBYOBRequest, 'ReadableStreamBYOBRequest');

return { ReadableStreamBYOBReader, ReadableByteStreamController, ReadableStreamBYOBRequest, acquireByobReader, readInto };
