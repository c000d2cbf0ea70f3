// WritableStreamDefaultWriter and WritableStreamDefaultController, as users see them: shells around the records of
// streams_writable.js. https://streams.spec.whatwg.org/#default-writer-class
const { TypeError } = primordials;
const lazy = internal.load;
const { Deferred, rejected } = lazy('streams_core');
const { kInternal, illegalConstructor, illegalInvocation, required } = lazy('webidl');
const { WRITABLE, abort, acquireWriter, close, recordOf, released } = lazy('streams_writable');

let writerOf;
let controllerOf;
function ownWriter(v) {
  const w = writerOf(v);
  if (w === undefined) throw illegalInvocation();
  return w;
}
function ownController(v) {
  const c = controllerOf(v);
  if (c === undefined) throw illegalInvocation();
  return c;
}

class WritableStreamDefaultWriter {
  #w;
  static {
    writerOf = (v) => (typeof v === 'object' && v !== null && #w in v ? v.#w : undefined);
  }
  constructor(stream) {
    required(arguments.length, 1, 'WritableStreamDefaultWriter');
    const s = recordOf(stream);
    if (s === undefined) throw new TypeError('The argument is not a WritableStream');
    this.#w = acquireWriter(s);
  }
  get closed() {
    const w = writerOf(this);
    return w === undefined ? rejected(illegalInvocation()) : w.closed.promise;
  }
  get desiredSize() {
    const w = ownWriter(this);
    if (w.stream === undefined) throw released();
    return w.desiredSize;
  }
  get ready() {
    const w = writerOf(this);
    return w === undefined ? rejected(illegalInvocation()) : w.ready.promise;
  }
  abort(reason = undefined) {
    const w = writerOf(this);
    if (w === undefined) return rejected(illegalInvocation());
    return w.stream === undefined ? rejected(released()) : abort(w.stream, reason);
  }
  close() {
    const w = writerOf(this);
    if (w === undefined) return rejected(illegalInvocation());
    if (w.stream === undefined) return rejected(released());
    if (w.stream.closeQueuedOrInFlight()) return rejected(new TypeError('The stream is closing'));
    return close(w.stream);
  }
  releaseLock() {
    const w = ownWriter(this);
    if (w.stream !== undefined) w.release();
  }
  write(chunk = undefined) {
    const w = writerOf(this);
    if (w === undefined) return rejected(illegalInvocation());
    if (w.stream === undefined) return rejected(released());
    const request = new Deferred();
    try {
      w.write(chunk, request);
    } catch (e) {
      return rejected(e);
    }
    return request.promise;
  }
}
internal.shape(WritableStreamDefaultWriter, 'WritableStreamDefaultWriter');

class WritableStreamDefaultController {
  #c;
  static {
    controllerOf = (v) => (typeof v === 'object' && v !== null && #c in v ? v.#c : undefined);
  }
  constructor(token = undefined, record = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#c = record;
  }
  get signal() {
    return ownController(this).signal;
  }
  error(e = undefined) {
    const c = ownController(this);
    if (c.stream.state === WRITABLE) c.fail(e);
  }
}
internal.shape(WritableStreamDefaultController, 'WritableStreamDefaultController');

return { WritableStreamDefaultWriter, WritableStreamDefaultController };
