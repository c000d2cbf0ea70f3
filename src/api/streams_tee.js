// ReadableStreamTee, for default and for byte streams. https://streams.spec.whatwg.org/#abstract-opdef-readablestreamtee
const lazy = internal.load;
const { Deferred, react, resolvedUndefined } = lazy('streams_core');
const { cloneView } = lazy('bytes');
const { record } = lazy('webidl');
const readable = lazy('streams_readable');

// What both kinds share: two branches, cancelled together.
class Tee {
  constructor(source) {
    this.next = undefined;
    this.source = source;
    this.reader = readable.acquireReader(source);
    this.reading = false;
    this.cancelled1 = false;
    this.cancelled2 = false;
    this.reason1 = undefined;
    this.reason2 = undefined;
    this.cancelling = new Deferred();
    this.branch1 = undefined;
    this.branch2 = undefined;
    this.cancel1 = (reason) => {
      this.cancelled1 = true;
      this.reason1 = reason;
      if (this.cancelled2) this.cancelBoth();
      else if (!internal.isPedantic) return resolvedUndefined; // it does not wait for the other branch
      return this.cancelling.promise;
    };
    this.cancel2 = (reason) => {
      this.cancelled2 = true;
      this.reason2 = reason;
      if (this.cancelled1) this.cancelBoth();
      else if (!internal.isPedantic) return resolvedUndefined;
      return this.cancelling.promise;
    };
  }
  cancelBoth() {
    this.cancelling.resolve(readable.cancel(this.source, [this.reason1, this.reason2]));
  }
  failBoth(e) {
    this.branch1.controller.fail(e);
    this.branch2.controller.fail(e);
    if (!this.cancelled1 || !this.cancelled2) this.cancelling.resolve(undefined);
  }
}
record(Tee);

class DefaultTee extends Tee {
  constructor(source) {
    super(source);
    this.readAgain = false;
    this.value = undefined; // read, not yet delivered
    this.deliver = () => {
      const { value } = this;
      this.value = undefined;
      this.readAgain = false;
      if (!this.cancelled1) this.branch1.controller.enqueue(value);
      if (!this.cancelled2) this.branch2.controller.enqueue(value);
      this.reading = false;
      if (this.readAgain) this.pull();
    };
    const pull = () => this.pull();
    this.branch1 = readable.createReadable(undefined, pull, this.cancel1);
    this.branch2 = readable.createReadable(undefined, pull, this.cancel2);
    react(this.reader.closed.promise, undefined, (e) => this.failBoth(e));
  }
  pull() {
    if (this.reading) {
      this.readAgain = true;
      return resolvedUndefined;
    }
    this.reading = true;
    readable.read(this.reader, this);
    return resolvedUndefined;
  }
  chunk(value) {
    this.value = value;
    react(resolvedUndefined, this.deliver);
  }
  close() {
    this.reading = false;
    if (!this.cancelled1) this.branch1.controller.close();
    if (!this.cancelled2) this.branch2.controller.close();
    if (!this.cancelled1 || !this.cancelled2) this.cancelling.resolve(undefined);
  }
  error() {
    this.reading = false;
  }
}

// Reads into the buffer of whichever branch asks with one; the other branch gets a copy.
class ByteTee extends Tee {
  constructor(source) {
    super(source);
    this.again1 = false;
    this.again2 = false;
    const { createByteReadable } = lazy('streams_byte');
    this.branch1 = createByteReadable(() => this.pull(true), this.cancel1);
    this.branch2 = createByteReadable(() => this.pull(false), this.cancel2);
    this.forward(this.reader);
  }
  forward(reader) {
    react(reader.closed.promise, undefined, (e) => {
      if (reader === this.reader) this.failBoth(e);
    });
  }
  pull(first) {
    if (this.reading) {
      if (first) this.again1 = true;
      else this.again2 = true;
      return resolvedUndefined;
    }
    this.reading = true;
    const request = (first ? this.branch1 : this.branch2).controller.currentRequest();
    if (request === null) this.readDefault();
    else this.readInto(request.view, !first);
    return resolvedUndefined;
  }
  pullAgain() {
    this.reading = false;
    if (this.again1) this.pull(true);
    else if (this.again2) this.pull(false);
  }
  // A copy for the second of two; undefined when there is no memory for it, and then all is over.
  copyOrFail(chunk) {
    try {
      return cloneView(chunk);
    } catch (e) {
      this.branch1.controller.fail(e);
      this.branch2.controller.fail(e);
      this.cancelling.resolve(readable.cancel(this.source, e));
      return undefined;
    }
  }
  readDefault() {
    if (this.reader.byob) {
      readable.release(this.reader);
      this.reader = readable.acquireReader(this.source);
      this.forward(this.reader);
    }
    readable.read(this.reader, this);
  }
  chunk(chunk1) {
    react(resolvedUndefined, () => {
      this.again1 = this.again2 = false;
      let chunk2 = chunk1;
      if (!this.cancelled1 && !this.cancelled2) {
        chunk2 = this.copyOrFail(chunk1);
        if (chunk2 === undefined) return;
      }
      if (!this.cancelled1) this.branch1.controller.enqueue(chunk1);
      if (!this.cancelled2) this.branch2.controller.enqueue(chunk2);
      this.pullAgain();
    });
  }
  close() {
    this.reading = false;
    const c1 = this.branch1.controller;
    const c2 = this.branch2.controller;
    if (!this.cancelled1) c1.close();
    if (!this.cancelled2) c2.close();
    if (c1.pullIntos.count > 0) c1.respond(0);
    if (c2.pullIntos.count > 0) c2.respond(0);
    if (!this.cancelled1 || !this.cancelled2) this.cancelling.resolve(undefined);
  }
  error() {
    this.reading = false;
  }
  readInto(view, forBranch2) {
    const { acquireByobReader, readInto } = lazy('streams_byob');
    if (!this.reader.byob) {
      readable.release(this.reader);
      this.reader = acquireByobReader(this.source);
      this.forward(this.reader);
    }
    readInto(this.reader, view, 1, new TeeReadInto(this, forBranch2));
  }
}

class TeeReadInto {
  constructor(tee, forBranch2) {
    this.next = undefined;
    this.tee = tee;
    this.forBranch2 = forBranch2;
  }
  get byob() {
    return (this.forBranch2 ? this.tee.branch2 : this.tee.branch1).controller;
  }
  get other() {
    return (this.forBranch2 ? this.tee.branch1 : this.tee.branch2).controller;
  }
  get byobCancelled() {
    return this.forBranch2 ? this.tee.cancelled2 : this.tee.cancelled1;
  }
  get otherCancelled() {
    return this.forBranch2 ? this.tee.cancelled1 : this.tee.cancelled2;
  }
  chunk(chunk) {
    const { tee } = this;
    react(resolvedUndefined, () => {
      tee.again1 = tee.again2 = false;
      if (!this.otherCancelled) {
        const copy = tee.copyOrFail(chunk);
        if (copy === undefined) return;
        if (!this.byobCancelled) this.byob.respondWithNewView(chunk);
        this.other.enqueue(copy);
      } else if (!this.byobCancelled) {
        this.byob.respondWithNewView(chunk);
      }
      tee.pullAgain();
    });
  }
  close(chunk) {
    const { tee } = this;
    tee.reading = false;
    const { byobCancelled, otherCancelled } = this;
    if (!byobCancelled) this.byob.close();
    if (!otherCancelled) this.other.close();
    if (chunk !== undefined) {
      if (!byobCancelled) this.byob.respondWithNewView(chunk);
      if (!otherCancelled && this.other.pullIntos.count > 0) this.other.respond(0);
    }
    if (!byobCancelled || !otherCancelled) tee.cancelling.resolve(undefined);
  }
  error() {
    this.tee.reading = false;
  }
}
record(TeeReadInto);

function tee(source) {
  const isBytes = source.controller.pullIntos !== undefined;
  const t = isBytes ? new ByteTee(source) : new DefaultTee(source);
  return [t.branch1, t.branch2];
}

return { tee };
