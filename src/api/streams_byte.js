// Readable byte streams: the byte controller. Readers and what users see of it: streams_byob.js. https://streams.spec.whatwg.org/#rbs-controller-class
const {
  ArrayBuffer,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeSlice,
  BigInt64Array,
  BigUint64Array,
  DataView,
  Float32Array,
  Float64Array,
  Int16Array,
  Int32Array,
  Int8Array,
  MathMin,
  RangeError,
  TypeError,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint16Array,
  Uint32Array,
  Uint8Array,
  Uint8ClampedArray,
} = primordials;
const lazy = internal.load;
const core = lazy('streams_core');
const { kInternal, record } = lazy('webidl');
const readable = lazy('streams_readable');
const { Queue, react, resetQueue, resolvedUndefined } = core;
const { copyBytes, isDetached, transferBuffer, viewBuffer, viewByteLength, viewByteOffset } = lazy('bytes');
const { READABLE, CLOSED, closeStream, errorStream } = readable;

const VIEWS = {
  __proto__: null,
  Int8Array: { make: Int8Array, size: 1 },
  Uint8Array: { make: Uint8Array, size: 1 },
  Uint8ClampedArray: { make: Uint8ClampedArray, size: 1 },
  Int16Array: { make: Int16Array, size: 2 },
  Uint16Array: { make: Uint16Array, size: 2 },
  Float16Array: { make: primordials.Float16Array, size: 2 },
  Int32Array: { make: Int32Array, size: 4 },
  Uint32Array: { make: Uint32Array, size: 4 },
  Float32Array: { make: Float32Array, size: 4 },
  Float64Array: { make: Float64Array, size: 8 },
  BigInt64Array: { make: BigInt64Array, size: 8 },
  BigUint64Array: { make: BigUint64Array, size: 8 },
  DataView: { make: DataView, size: 1 },
};
function kindOf(view) {
  return VIEWS[TypedArrayPrototypeGetSymbolToStringTag(view) ?? 'DataView'];
}

const FOR_DEFAULT = 0;
const FOR_BYOB = 1;
const FOR_NONE = 2; // its reader has let go

// A pull-into descriptor: a buffer of the consumer's that waits to be filled.
class PullInto {
  constructor(buffer, byteOffset, byteLength, minimumFill, kind, reader) {
    this.next = undefined;
    this.buffer = buffer;
    this.bufferByteLength = ArrayBufferPrototypeGetByteLength(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.bytesFilled = 0;
    this.minimumFill = minimumFill;
    this.kind = kind;
    this.reader = reader;
    this.shown = false; // a BYOB request has a view of the buffer
  }
  // Takes the buffer away from who has seen it. One that nobody but us holds need not be moved to a new object.
  reclaim() {
    if (!this.shown) return;
    this.buffer = transferBuffer(this.buffer);
    this.shown = false;
  }
  toView() {
    this.reclaim();
    return new this.kind.make(this.buffer, this.byteOffset, this.bytesFilled / this.kind.size);
  }
}
record(PullInto);

// A view that its reader keeps (the flag streams_byob_reader_does_not_detach_buffer; the runtime's own streams only): what comes
// is gathered aside, and copied when the read ends into what then is left of the buffer: it may have been resized or detached.
class LentView extends PullInto {
  constructor(lent, byteOffset, byteLength, minimumFill, kind) {
    super(new ArrayBuffer(byteLength), 0, byteLength, minimumFill, kind, FOR_BYOB);
    this.lent = lent;
    this.at = byteOffset;
  }
  toView() {
    const { at, kind } = this;
    if (isDetached(this.lent)) return new kind.make(new ArrayBuffer(0));
    const size = ArrayBufferPrototypeGetByteLength(this.lent);
    const room = size > at ? MathMin(size - at, this.bytesFilled) : 0;
    const length = room - (room % kind.size);
    if (length === 0) return new kind.make(this.lent, size < at ? 0 : at, 0);
    copyBytes(this.lent, at, this.buffer, 0, length);
    return new kind.make(this.lent, at, length / kind.size);
  }
} // its prototype inherits from a record's

class ByteController {
  constructor(stream, pull, cancelSource, highWaterMark, autoAllocate) {
    this.stream = stream;
    this.queue = new Queue(); // of {buffer, byteOffset, byteLength}
    this.total = 0;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.highWaterMark = highWaterMark;
    this.pull = pull;
    this.cancelSource = cancelSource;
    this.autoAllocate = autoAllocate;
    this.pullIntos = new Queue();
    this.byobRequest = undefined;
    this.gathers = false; // not pedantic: a read takes as much of the queue as a view of autoAllocate bytes has room for
    this.isOurs = false; // the runtime is the source
    this.onDrain = undefined; // called when the queue has become empty (IdentityTransformStream)
    this.onPulled = undefined;
    this.onPullFailed = undefined;
    this.made = undefined;
    stream.controller = this;
  }
  get public() {
    return this.made ?? (this.made = new (lazy('streams_byob').ReadableByteStreamController)(kInternal, this));
  }
  get desiredSize() {
    const { state } = this.stream;
    if (state === READABLE) return this.highWaterMark - this.total;
    return state === CLOSED ? 0 : null;
  }
  canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === READABLE;
  }
  forget() {
    this.pull = this.cancelSource = undefined;
  }
  shouldPull() {
    if (!this.started || this.closeRequested || this.stream.state !== READABLE) return false;
    const { reader } = this.stream;
    if (reader !== undefined && reader.requests.count > 0) return true;
    return this.highWaterMark - this.total > 0;
  }
  pullIfNeeded() {
    if (!this.shouldPull()) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    const promise = this.pull === undefined ? resolvedUndefined : this.pull();
    if (this.onPulled === undefined) {
      this.onPulled = () => {
        this.pulling = false;
        if (!this.pullAgain) return;
        this.pullAgain = false;
        this.pullIfNeeded();
      };
      this.onPullFailed = (e) => this.fail(e);
    }
    react(promise, this.onPulled, this.onPullFailed);
  }

  // --- what the source does ---
  close() {
    if (!this.canCloseOrEnqueue()) return;
    if (this.total > 0) {
      this.closeRequested = true;
      return;
    }
    const { first } = this.pullIntos;
    if (first !== undefined && first.bytesFilled % first.kind.size !== 0) {
      const e = new TypeError('The stream was closed in the middle of an element of the view that is being filled');
      this.fail(e);
      throw e;
    }
    this.forget();
    closeStream(this.stream);
  }
  fail(e) {
    if (this.stream.state !== READABLE) return;
    this.clearPullIntos();
    resetQueue(this);
    this.forget();
    errorStream(this.stream, e);
  }
  enqueue(chunk) {
    if (!this.canCloseOrEnqueue()) return;
    const buffer = viewBuffer(chunk);
    const byteOffset = viewByteOffset(chunk);
    const byteLength = viewByteLength(chunk);
    if (isDetached(buffer)) throw new TypeError("The chunk's buffer is detached");
    this.enqueueOwned(transferBuffer(buffer), byteOffset, byteLength);
  }
  // The buffer is ours: nobody else holds it.
  enqueueOwned(buffer, byteOffset, byteLength) {
    if (!this.canCloseOrEnqueue()) return;
    const { first } = this.pullIntos;
    if (first !== undefined) {
      if (first.shown && isDetached(first.buffer)) throw new TypeError("The BYOB request's buffer is detached");
      this.invalidateRequest();
      first.reclaim();
      if (first.reader === FOR_NONE) this.queueRelinquished(first);
    }
    const { reader } = this.stream;
    if (reader === undefined) {
      this.push(buffer, byteOffset, byteLength);
    } else if (!reader.byob) {
      while (reader.requests.count > 0 && this.total > 0) reader.requests.shift().chunk(this.takeFirst());
      if (reader.requests.count === 0) {
        this.push(buffer, byteOffset, byteLength);
      } else {
        if (this.pullIntos.count > 0) this.pullIntos.shift();
        reader.requests.shift().chunk(new Uint8Array(buffer, byteOffset, byteLength));
      }
    } else {
      this.push(buffer, byteOffset, byteLength);
      if (this.pullIntos.count === 1) this.serve();
      else this.commitAll(this.fillFromQueue());
    }
    this.pullIfNeeded();
  }
  push(buffer, byteOffset, byteLength) {
    this.queue.push({ buffer, byteOffset, byteLength, next: undefined });
    this.total += byteLength;
  }
  pushCopy(buffer, byteOffset, byteLength) {
    let copy;
    try {
      copy = ArrayBufferPrototypeSlice(buffer, byteOffset, byteOffset + byteLength);
    } catch (e) {
      this.fail(e);
      throw e;
    }
    this.push(copy, 0, byteLength);
  }
  queueRelinquished(pullInto) {
    if (pullInto.bytesFilled > 0) this.pushCopy(pullInto.buffer, pullInto.byteOffset, pullInto.bytesFilled);
    this.pullIntos.shift();
  }

  // --- BYOB requests ---
  currentRequest() {
    if (this.byobRequest === undefined && this.pullIntos.count > 0) {
      const { first } = this.pullIntos;
      first.shown = true;
      const view = new Uint8Array(first.buffer, first.byteOffset + first.bytesFilled, first.byteLength - first.bytesFilled);
      const request = { controller: this, view, made: undefined };
      request.made = new (lazy('streams_byob').ReadableStreamBYOBRequest)(kInternal, request);
      this.byobRequest = request;
    }
    return this.byobRequest === undefined ? null : this.byobRequest.made;
  }
  invalidateRequest() {
    if (this.byobRequest === undefined) return;
    this.byobRequest.controller = undefined;
    this.byobRequest.view = null;
    this.byobRequest = undefined;
  }
  clearPullIntos() {
    this.invalidateRequest();
    this.pullIntos.clear();
  }
  respond(bytesWritten) {
    const { first } = this.pullIntos;
    if (this.stream.state === CLOSED) {
      if (bytesWritten !== 0) throw new TypeError('A closed stream can only be responded to with 0 bytes');
    } else {
      if (bytesWritten === 0) throw new TypeError('respond(0) is for closed streams only');
      if (first.bytesFilled + bytesWritten > first.byteLength) throw new RangeError('More bytes than the view has room for');
    }
    first.reclaim();
    this.responded(bytesWritten);
  }
  respondWithNewView(view) {
    const { first } = this.pullIntos;
    const byteLength = viewByteLength(view);
    if (this.stream.state === CLOSED) {
      if (byteLength !== 0) throw new TypeError('A closed stream can only be responded to with an empty view');
    } else if (byteLength === 0) {
      throw new TypeError('An empty view is for closed streams only');
    }
    const buffer = viewBuffer(view);
    if (first.byteOffset + first.bytesFilled !== viewByteOffset(view)) throw new RangeError('The view begins elsewhere');
    if (first.bufferByteLength !== ArrayBufferPrototypeGetByteLength(buffer))
      throw new RangeError("The view's buffer has another length");
    if (first.bytesFilled + byteLength > first.byteLength) throw new RangeError('The view is longer than what was asked for');
    first.buffer = transferBuffer(buffer);
    first.shown = false;
    this.responded(byteLength);
  }
  responded(bytesWritten) {
    const { first } = this.pullIntos;
    this.invalidateRequest();
    if (this.stream.state === CLOSED) this.respondedClosed(first);
    else this.respondedReadable(bytesWritten, first);
    this.pullIfNeeded();
  }
  respondedClosed(first) {
    if (first.reader === FOR_NONE) this.pullIntos.shift();
    const { reader } = this.stream;
    if (reader === undefined || !reader.byob) return;
    const done = new Queue();
    while (done.count < reader.requests.count) done.push(this.pullIntos.shift());
    this.commitAll(done);
  }
  respondedReadable(bytesWritten, first) {
    first.bytesFilled += bytesWritten;
    if (first.reader === FOR_NONE) {
      this.queueRelinquished(first);
      this.commitAll(this.fillFromQueue());
      return;
    }
    if (first.bytesFilled < first.minimumFill) return;
    this.pullIntos.shift();
    const rest = first.bytesFilled % first.kind.size;
    if (rest > 0) this.pushCopy(first.buffer, first.byteOffset + first.bytesFilled - rest, rest);
    first.bytesFilled -= rest;
    if (this.pullIntos.count === 0) {
      this.commit(first);
      return;
    }
    const filled = this.fillFromQueue();
    this.commit(first);
    this.commitAll(filled);
  }

  // --- filling and handing over ---
  commitAll(filled) {
    while (filled.count > 0) this.commit(filled.shift());
  }
  commit(pullInto) {
    const view = pullInto.toView();
    const request = this.stream.reader.requests.shift();
    if (this.stream.state === CLOSED) request.close(view);
    else request.chunk(view);
  }
  // fillFromQueue() and commitAll() where one reader waits.
  serve() {
    if (this.total > 0 && this.fill(this.pullIntos.first)) this.commit(this.pullIntos.shift());
  }
  fillFromQueue() {
    const filled = new Queue();
    while (this.pullIntos.count > 0 && this.total > 0) {
      if (this.fill(this.pullIntos.first)) filled.push(this.pullIntos.shift());
    }
    return filled;
  }
  // True when it is filled as far as its reader asked for.
  fill(pullInto) {
    const most = MathMin(this.total, pullInto.byteLength - pullInto.bytesFilled);
    const filledThen = pullInto.bytesFilled + most;
    const aligned = filledThen - (filledThen % pullInto.kind.size);
    const ready = aligned >= pullInto.minimumFill;
    let rest = ready ? aligned - pullInto.bytesFilled : most;
    while (rest > 0) {
      const head = this.queue.first;
      const count = MathMin(rest, head.byteLength);
      copyBytes(pullInto.buffer, pullInto.byteOffset + pullInto.bytesFilled, head.buffer, head.byteOffset, count);
      if (head.byteLength === count) {
        this.queue.shift();
      } else {
        head.byteOffset += count;
        head.byteLength -= count;
      }
      this.total -= count;
      pullInto.bytesFilled += count;
      rest -= count;
    }
    return ready;
  }
  // What a read gets of what is queued: there must be something.
  take() {
    return this.gathers && this.autoAllocate !== undefined && this.queue.count > 1 ? this.takeGathered() : this.takeFirst();
  }
  takeFirst() {
    const { buffer, byteOffset, byteLength } = this.queue.shift();
    this.total -= byteLength;
    this.drained();
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  takeGathered() {
    const length = MathMin(this.total, this.autoAllocate);
    const all = new PullInto(new ArrayBuffer(length), 0, length, 1, VIEWS.Uint8Array, FOR_DEFAULT);
    this.fill(all);
    const view = all.toView();
    this.drained();
    return view;
  }
  drained() {
    if (this.total === 0 && this.closeRequested) {
      this.forget();
      closeStream(this.stream);
    } else {
      this.pullIfNeeded();
    }
    if (this.total === 0 && this.onDrain !== undefined) this.onDrain();
  }

  // --- what readers do ---
  pullSteps(request) {
    if (this.total > 0) {
      request.chunk(this.take());
      return;
    }
    if (this.autoAllocate !== undefined) {
      let buffer;
      try {
        buffer = new ArrayBuffer(this.autoAllocate);
      } catch (e) {
        request.error(e);
        return;
      }
      this.pullIntos.push(new PullInto(buffer, 0, this.autoAllocate, 1, VIEWS.Uint8Array, FOR_DEFAULT));
    }
    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }
  pullInto(view, min, request) {
    const kind = kindOf(view);
    const byteOffset = viewByteOffset(view);
    const byteLength = viewByteLength(view);
    let pullInto;
    try {
      pullInto =
        this.isOurs && !internal.flag('streams_byob_reader_detaches_buffer')
          ? new LentView(viewBuffer(view), byteOffset, byteLength, min * kind.size, kind)
          : new PullInto(transferBuffer(viewBuffer(view)), byteOffset, byteLength, min * kind.size, kind, FOR_BYOB);
    } catch (e) {
      request.error(e);
      return;
    }
    if (this.pullIntos.count > 0) {
      this.pullIntos.push(pullInto);
      this.stream.reader.requests.push(request);
      return;
    }
    if (this.stream.state === CLOSED) {
      request.close(pullInto.toView());
      return;
    }
    if (this.total > 0) {
      if (this.fill(pullInto)) {
        const filled = pullInto.toView();
        this.drained();
        request.chunk(filled);
        return;
      }
      if (this.closeRequested && request.takesLess === true && pullInto.bytesFilled % kind.size === 0) {
        const rest = pullInto.toView();
        this.drained();
        request.chunk(rest);
        return;
      }
      if (this.closeRequested) {
        const e = new TypeError('The stream ends in the middle of an element of the view');
        this.fail(e);
        request.error(e);
        return;
      }
    }
    const drained = pullInto.bytesFilled > 0;
    this.pullIntos.push(pullInto);
    this.stream.reader.requests.push(request);
    if (drained && this.onDrain !== undefined) this.onDrain();
    this.pullIfNeeded();
  }
  cancelSteps(reason) {
    this.clearPullIntos();
    resetQueue(this);
    const { cancelSource } = this;
    const promise = cancelSource === undefined ? resolvedUndefined : cancelSource(reason);
    this.forget();
    return promise;
  }
  releaseSteps() {
    const { first } = this.pullIntos;
    if (first === undefined) return;
    first.reader = FOR_NONE;
    this.pullIntos.clear();
    this.pullIntos.push(first);
  }
}
record(ByteController);

function createByteReadable(pull, cancelSource, highWaterMark = 0) {
  const stream = new readable.Readable();
  readable.startController(new ByteController(stream, pull, cancelSource, highWaterMark, undefined), undefined);
  return stream;
}

return { ByteController, createByteReadable, kindOf };
