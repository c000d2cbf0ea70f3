// ReadableStreamPipeTo: https://streams.spec.whatwg.org/#readable-stream-pipe-to  No promise per chunk.
const { Promise, TypeError } = primordials;
const lazy = internal.load;
const { Deferred, noop, react, resolvedUndefined } = lazy('streams_core');
const { record } = lazy('webidl');
const readable = lazy('streams_readable');
const writable = lazy('streams_writable');

class PipedWrite {
  constructor(pipe) {
    this.pipe = pipe;
    this.next = undefined;
  }
  resolve() {
    this.pipe.spare = this;
    this.pipe.wrote();
  }
  reject() {
    this.pipe.wrote();
  }
}
record(PipedWrite);

// A pipe under way. It is its own read request: one read at a time.
class Pipe {
  constructor(source, destination, options) {
    this.next = undefined;
    this.source = source;
    this.destination = destination;
    this.options = options;
    this.reader = readable.acquireReader(source);
    this.writer = writable.acquireWriter(destination);
    source.disturbed = true;
    this.deferred = new Deferred();
    this.shuttingDown = false;
    this.reading = false; // inside read(): what arrives now is picked up by the loop
    this.paused = false; // waits for the end of a write
    this.waitingForChunk = false;
    this.hasChunk = false; // read, not yet written
    this.heldChunk = undefined;
    this.writes = 0; // not settled yet
    this.spare = undefined; // a PipedWrite that has been settled
    this.onWritten = undefined; // waits for writes to be 0
    this.onAbort = undefined;
    this.step = () => this.run();
    this.resume = () => {
      this.flush();
      this.run();
    };
  }

  start() {
    const { source, destination, reader, writer, options } = this;
    if (options.signal !== undefined && !this.listen(options.signal)) return this.deferred.promise;
    const closedReader = reader.closed.promise;
    const closedWriter = writer.closed.promise;
    const sourceFailed = (e) =>
      this.shutdown(options.preventAbort ? undefined : () => writable.abort(destination, e), true, e);
    const destinationFailed = (e) =>
      this.shutdown(options.preventCancel ? undefined : () => readable.cancel(source, e), true, e);
    const sourceClosed = () =>
      this.shutdown(options.preventClose ? undefined : () => writer.closeWithErrorPropagation(), false, undefined);
    if (source.state === readable.ERRORED) sourceFailed(source.error);
    else react(closedReader, undefined, sourceFailed);
    if (destination.state === writable.ERRORED) destinationFailed(destination.error);
    else react(closedWriter, undefined, destinationFailed);
    if (source.state === readable.CLOSED) sourceClosed();
    else react(closedReader, sourceClosed, noop);
    if (destination.closeQueuedOrInFlight() || destination.state === writable.CLOSED)
      destinationFailed(new TypeError('The destination is closed'));
    this.run();
    return this.deferred.promise;
  }

  // False when the signal has been aborted already.
  listen(signal) {
    const { isAborted, reasonOf, onAbort } = lazy('abort');
    this.onAbort = () => {
      const e = reasonOf(signal);
      this.shutdown(() => this.abortBoth(e), true, e);
    };
    if (isAborted(signal)) {
      this.onAbort();
      return false;
    }
    onAbort(signal, this.onAbort);
    return true;
  }
  abortBoth(e) {
    const { source, destination, options } = this;
    let aborted = resolvedUndefined;
    let cancelled = resolvedUndefined;
    if (!options.preventAbort && destination.state === writable.WRITABLE) aborted = writable.abort(destination, e);
    if (!options.preventCancel && source.state === readable.READABLE) cancelled = readable.cancel(source, e);
    return new Promise((resolve, reject) => {
      let left = 2;
      const one = () => --left === 0 && resolve(undefined);
      react(aborted, one, reject);
      react(cancelled, one, reject);
    });
  }

  run() {
    while (!this.shuttingDown && !this.waitingForChunk && !this.hasChunk) {
      if (!(this.writer.desiredSize > 0)) {
        this.writer.ready.listen(this.step, undefined);
        return;
      }
      if (this.writes > 0 && this.destination.isPatient) {
        this.paused = true; // wrote() goes on
        return;
      }
      this.reading = true;
      this.waitingForChunk = true;
      readable.read(this.reader, this);
      this.reading = false;
      this.flush();
    }
  }
  flush() {
    if (!this.hasChunk) return;
    const chunk = this.heldChunk;
    this.hasChunk = false;
    this.heldChunk = undefined;
    this.writes++;
    const write = this.spare ?? new PipedWrite(this);
    this.spare = undefined;
    try {
      this.writer.write(chunk, write);
    } catch {
      this.writes--; // the destination has failed: its closed promise tells
    }
  }
  wrote() {
    this.writes--;
    if (this.paused) {
      this.paused = false;
      this.run();
    }
    if (this.writes > 0 || this.onWritten === undefined) return;
    const fn = this.onWritten;
    this.onWritten = undefined;
    react(resolvedUndefined, fn);
  }

  // --- the read request ---
  chunk(value) {
    this.waitingForChunk = false;
    this.hasChunk = true;
    this.heldChunk = value;
    // enqueue() must not call the sink's write() before it returns.
    if (!this.reading) react(resolvedUndefined, this.resume);
  }
  close() {}
  error() {}

  shutdown(action, isError, e) {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    const { destination } = this;
    const act = () => {
      if (action === undefined) this.finish(isError, e);
      else
        react(
          action(),
          () => this.finish(isError, e),
          (other) => this.finish(true, other),
        );
    };
    if (destination.state !== writable.WRITABLE || destination.closeQueuedOrInFlight()) {
      act();
      return;
    }
    this.flush();
    if (this.writes > 0) this.onWritten = act;
    else react(resolvedUndefined, act);
  }
  finish(isError, e) {
    this.writer.release();
    readable.release(this.reader);
    if (this.onAbort !== undefined) lazy('abort').offAbort(this.options.signal, this.onAbort);
    if (isError) this.deferred.reject(e);
    else this.deferred.resolve(undefined);
  }
}
record(Pipe);

function pipe(source, destination, options) {
  return new Pipe(source, destination, options).start();
}

return { pipe };
