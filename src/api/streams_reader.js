// ReadableStreamDefaultReader and ReadableStreamDefaultController, as users see them: shells around the records of
// streams_readable.js. https://streams.spec.whatwg.org/#default-reader-class
const { PromiseResolve, TypeError } = primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { kInternal, illegalConstructor, illegalInvocation, record, required } = lazy('webidl');
const { READABLE, acquireReader, cancel, read, recordOf, release, released } = lazy('streams_readable');
const { rejected } = core;

let readerOf;
let controllerOf;
function ownReader(v) {
  const r = readerOf(v);
  if (r === undefined) throw illegalInvocation();
  return r;
}
function ownController(v) {
  const c = controllerOf(v);
  if (c === undefined) throw illegalInvocation();
  return c;
}

// A read by a user. Often the answer is there at once: the promise is made when it is known how it ends.
class FastRead {
  constructor() {
    this.next = undefined;
    this.deferred = undefined;
    this.promise = undefined;
  }
  chunk(value) {
    if (this.deferred !== undefined) this.deferred.resolve({ value, done: false });
    else this.promise = PromiseResolve({ value, done: false });
  }
  close(value) {
    if (this.deferred !== undefined) this.deferred.resolve({ value, done: true });
    else this.promise = PromiseResolve({ value, done: true });
  }
  error(e) {
    if (this.deferred !== undefined) this.deferred.reject(e);
    else this.promise = rejected(e);
  }
  wait() {
    if (this.promise !== undefined) return this.promise;
    this.deferred = new core.Deferred();
    return this.deferred.promise;
  }
}
record(FastRead);

function readPromise(reader) {
  const { stream } = reader;
  if (stream.state === READABLE && stream.controller.queue.count > 0) {
    stream.disturbed = true;
    return PromiseResolve({ value: stream.controller.take(), done: false });
  }
  const request = new FastRead();
  read(reader, request);
  return request.wait();
}

class ReadableStreamDefaultReader {
  #r;
  static {
    readerOf = (v) => (typeof v === 'object' && v !== null && #r in v ? v.#r : undefined);
  }
  constructor(stream) {
    required(arguments.length, 1, 'ReadableStreamDefaultReader');
    const s = recordOf(stream);
    if (s === undefined) throw new TypeError('The argument is not a ReadableStream');
    this.#r = acquireReader(s);
  }
  get closed() {
    const r = readerOf(this);
    return r === undefined ? rejected(illegalInvocation()) : r.closed.promise;
  }
  cancel(reason = undefined) {
    const r = readerOf(this);
    if (r === undefined) return rejected(illegalInvocation());
    return r.stream === undefined ? rejected(released()) : cancel(r.stream, reason);
  }
  read() {
    const r = readerOf(this);
    if (r === undefined) return rejected(illegalInvocation());
    if (r.stream === undefined) return rejected(released());
    return readPromise(r);
  }
  releaseLock() {
    const r = ownReader(this);
    if (r.stream !== undefined) release(r);
  }
}
internal.shape(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader');

class ReadableStreamDefaultController {
  #c;
  static {
    controllerOf = (v) => (typeof v === 'object' && v !== null && #c in v ? v.#c : undefined);
  }
  constructor(token = undefined, record = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#c = record;
  }
  get desiredSize() {
    return ownController(this).desiredSize;
  }
  close() {
    const c = ownController(this);
    if (!c.canCloseOrEnqueue()) throw new TypeError('The stream is closing, closed or errored');
    c.close();
  }
  enqueue(chunk = undefined) {
    const c = ownController(this);
    if (!c.canCloseOrEnqueue()) throw new TypeError('The stream is closing, closed or errored');
    c.enqueue(chunk);
  }
  error(e = undefined) {
    ownController(this).fail(e);
  }
}
internal.shape(ReadableStreamDefaultController, 'ReadableStreamDefaultController');

return { ReadableStreamDefaultReader, ReadableStreamDefaultController, FastRead };
