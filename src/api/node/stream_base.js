// What all node:stream classes stand on: the legacy Stream, what kind of stream something is, destroy() and its order of
// events, construction that takes time. docs/node.md has the whole.
const { EventEmitter } = internal.load("node/events");
const { codes, AbortError, aggregateTwoErrors } = internal.load("node/codes");
const { nextTick } = internal.load("node/process");

const kDestroyed = Symbol("nodejs.stream.destroyed");
const kErrored = Symbol("nodejs.stream.errored");
const kReadable = Symbol("nodejs.stream.readable");
const kWritable = Symbol("nodejs.stream.writable");
const kDisturbed = Symbol("nodejs.stream.disturbed");
const kClosedPromise = Symbol.for("nodejs.webstream.isClosedPromise");
const kConstruct = Symbol("kConstruct");
const kDestroy = Symbol("kDestroy");

// ---- The old base class: pipe() for things that only emit "data" and "end".

function Stream(options) {
  EventEmitter.call(this, options);
}
Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

Stream.prototype.pipe = function pipe(dest, options) {
  const source = this;
  let ended = false;
  const onData = (chunk) => {
    if (dest.writable && dest.write(chunk) === false && source.pause) source.pause();
  };
  const onDrain = () => {
    if (source.readable && source.resume) source.resume();
  };
  const onEnd = () => {
    if (ended) return;
    ended = true;
    dest.end();
  };
  const onClose = () => {
    if (ended) return;
    ended = true;
    if (typeof dest.destroy === "function") dest.destroy();
  };
  function onError(error) {
    stop();
    if (EventEmitter.listenerCount(this, "error") === 0) this.emit("error", error);
  }
  const stop = () => {
    source.removeListener("data", onData);
    dest.removeListener("drain", onDrain);
    source.removeListener("end", onEnd);
    source.removeListener("close", onClose);
    source.removeListener("error", onError);
    dest.removeListener("error", onError);
    source.removeListener("end", stop);
    source.removeListener("close", stop);
    dest.removeListener("close", stop);
  };
  source.on("data", onData);
  dest.on("drain", onDrain);
  if (!dest._isStdio && options?.end !== false) {
    source.on("end", onEnd);
    source.on("close", onClose);
  }
  prepend(source, "error", onError);
  prepend(dest, "error", onError);
  source.on("end", stop);
  source.on("close", stop);
  dest.on("close", stop);
  dest.emit("pipe", source);
  return dest;
};

Stream.prototype.eventNames = function eventNames() {
  const names = [];
  for (const key of Reflect.ownKeys(this._events ?? {})) if (this._events[key] !== undefined) names.push(key);
  return names.length > 0 || this._events === undefined ? names : [];
};

function prepend(emitter, event, fn) {
  if (typeof emitter.prependListener === "function") return emitter.prependListener(event, fn);
  const had = emitter._events?.[event];
  if (!had) emitter.on(event, fn);
  else emitter._events[event] = Array.isArray(had) ? [fn, ...had] : [fn, had];
}

// ---- What is it?

const isFn = (v) => typeof v === "function";
const isReadableNode = (s, strict = false) =>
  !!(s && isFn(s.pipe) && isFn(s.on) && (!strict || (isFn(s.pause) && isFn(s.resume))) &&
     (!s._writableState || s._readableState?.readable !== false) && (!s._writableState || s._readableState));
const isWritableNode = (s) =>
  !!(s && isFn(s.write) && isFn(s.on) && (!s._readableState || s._writableState?.writable !== false));
const isDuplexNode = (s) => !!(s && isFn(s.pipe) && s._readableState && isFn(s.on) && isFn(s.write));
const isNode = (s) => !!(s && (s._readableState || s._writableState || (isFn(s.write) && isFn(s.on)) || (isFn(s.pipe) && isFn(s.on))));
const isReadableStream = (s) => !!(s && !isNode(s) && isFn(s.pipeThrough) && isFn(s.getReader) && isFn(s.cancel));
const isWritableStream = (s) => !!(s && !isNode(s) && isFn(s.getWriter) && isFn(s.abort));
const isTransformStream = (s) => !!(s && !isNode(s) && typeof s.readable === "object" && typeof s.writable === "object");
const isWebStream = (s) => isReadableStream(s) || isWritableStream(s) || isTransformStream(s);

function isIterable(v, async) {
  if (v == null) return false;
  if (async === true) return isFn(v[Symbol.asyncIterator]);
  if (async === false) return isFn(v[Symbol.iterator]);
  return isFn(v[Symbol.asyncIterator]) || isFn(v[Symbol.iterator]);
}

function isDestroyed(s) {
  if (!isNode(s)) return null;
  const state = s._writableState ?? s._readableState;
  return !!(s.destroyed || s[kDestroyed] || state?.destroyed);
}

function isWritableEnded(s) {
  if (!isWritableNode(s)) return null;
  if (s.writableEnded === true) return true;
  const w = s._writableState;
  if (w?.errored) return false;
  return typeof w?.ended === "boolean" ? w.ended : null;
}

function isWritableFinished(s, strict) {
  if (!isWritableNode(s)) return null;
  if (s.writableFinished === true) return true;
  const w = s._writableState;
  if (w?.errored) return false;
  if (typeof w?.finished !== "boolean") return null;
  return !!(w.finished || (strict === false && w.ended === true && w.length === 0));
}

function isReadableEnded(s) {
  if (!isReadableNode(s)) return null;
  if (s.readableEnded === true) return true;
  const r = s._readableState;
  if (!r || r.errored) return false;
  return typeof r.ended === "boolean" ? r.ended : null;
}

function isReadableFinished(s, strict) {
  if (!isReadableNode(s)) return null;
  const r = s._readableState;
  if (r?.errored) return false;
  if (typeof r?.endEmitted !== "boolean") return null;
  return !!(r.endEmitted || (strict === false && r.ended === true && r.length === 0));
}

function isReadable(s) {
  if (s && s[kReadable] != null) return s[kReadable];
  if (isReadableStream(s)) return !isWebErrored(s) && !webClosed(s);
  if (typeof s?.readable !== "boolean") return null;
  if (isDestroyed(s)) return false;
  return isReadableNode(s) && s.readable && !isReadableFinished(s);
}

function isWritable(s) {
  if (s && s[kWritable] != null) return s[kWritable];
  if (typeof s?.writable !== "boolean") return null;
  if (isDestroyed(s)) return false;
  return isWritableNode(s) && s.writable && !isWritableEnded(s);
}

function isFinished(s, options) {
  if (!isNode(s)) return null;
  if (isDestroyed(s)) return true;
  if (options?.readable !== false && isReadable(s)) return false;
  if (options?.writable !== false && isWritable(s)) return false;
  return true;
}

function errorSide(stateName, publicName) {
  return (s) => {
    if (!isNode(s)) return null;
    if (s[publicName]) return s[publicName];
    return s[stateName]?.errored ?? null;
  };
}
const isWritableErrored = errorSide("_writableState", "writableErrored");
const isReadableErrored = errorSide("_readableState", "readableErrored");

// Streams of the web keep their state in the streams built-in.
const webState = (s) => internal.load("node/stream_adapters").stateOf(s);
const isWebErrored = (s) => webState(s) === "errored";
const webClosed = (s) => webState(s) === "closed";

function isErrored(s) {
  if (!s) return false;
  if (s[kErrored] || s.readableErrored || s.writableErrored || s._readableState?.errorEmitted || s._writableState?.errorEmitted ||
      s._readableState?.errored || s._writableState?.errored) return true;
  return (isReadableStream(s) || isWritableStream(s)) && isWebErrored(s);
}

function isDisturbed(s) {
  if (!s) return false;
  if (s[kDisturbed] || s.readableDidRead || s.readableAborted) return true;
  return isReadableStream(s) && internal.load("streams").isDisturbed(s);
}

const isOutgoingMessage = (s) => typeof s._closed === "boolean" && typeof s._defaultKeepAlive === "boolean" &&
  typeof s._removedConnection === "boolean" && typeof s._removedContLen === "boolean";
const isServerResponse = (s) => typeof s._sent100 === "boolean" && isOutgoingMessage(s);
const isServerRequest = (s) => typeof s._consuming === "boolean" && typeof s._dumped === "boolean" && s.req?.upgradeOrConnect === undefined;
const isRequest = (s) => !!(s && s.setHeader && isFn(s.abort));

function isClosed(s) {
  if (!isNode(s)) return null;
  if (typeof s.closed === "boolean") return s.closed;
  const r = s._readableState, w = s._writableState;
  if (typeof w?.closed === "boolean" || typeof r?.closed === "boolean") return w?.closed || r?.closed;
  return typeof s._closed === "boolean" && isOutgoingMessage(s) ? s._closed : null;
}

// Whether something will emit "close" when all is done.
function willEmitClose(s) {
  if (!isNode(s)) return null;
  const state = s._writableState ?? s._readableState;
  return (!state && isServerResponse(s)) || !!(state && state.autoDestroy && state.emitClose && state.closed === false);
}

// ---- destroy(): at most one "error", then "close", both in a later tick.

function noteError(error, w, r) {
  if (!error) return;
  void error.stack; // the trace is of here
  if (w && !w.errored) w.errored = error;
  if (r && !r.errored) r.errored = error;
}

function destroy(error, callback) {
  const r = this._readableState, w = this._writableState;
  if (w?.destroyed || r?.destroyed) {
    if (isFn(callback)) callback();
    return this;
  }
  noteError(error, w, r);
  if (w) w.destroyed = true;
  if (r) r.destroyed = true;
  if ((w ?? r).constructed) runDestroy(this, error, callback);
  else this.once(kDestroy, (later) => runDestroy(this, aggregateTwoErrors(later, error), callback));
  return this;
}

function runDestroy(self, error, callback) {
  let called = false;
  const done = (problem) => {
    if (called) return;
    called = true;
    const r = self._readableState, w = self._writableState;
    noteError(problem, w, r);
    if (w) w.closed = true;
    if (r) r.closed = true;
    if (isFn(callback)) callback(problem);
    nextTick(problem ? emitErrorAndClose : emitClose, self, problem);
  };
  try {
    self._destroy(error || null, done);
  } catch (problem) {
    done(problem);
  }
}

function emitErrorAndClose(self, error) {
  emitError(self, error);
  emitClose(self);
}

function emitClose(self) {
  const r = self._readableState, w = self._writableState;
  if (w) w.closeEmitted = true;
  if (r) r.closeEmitted = true;
  if (w?.emitClose || r?.emitClose) self.emit("close");
}

function emitError(self, error) {
  const r = self._readableState, w = self._writableState;
  if (w?.errorEmitted || r?.errorEmitted) return;
  if (w) w.errorEmitted = true;
  if (r) r.errorEmitted = true;
  self.emit("error", error);
}

// The stream is as new again: sockets and pools do this.
function undestroy() {
  const r = this._readableState, w = this._writableState;
  if (r) {
    Object.assign(r, { constructed: true, closed: false, closeEmitted: false, destroyed: false, errored: null, errorEmitted: false,
                       reading: false, ended: r.readable === false, endEmitted: r.readable === false });
  }
  if (w) {
    const off = w.writable === false;
    Object.assign(w, { constructed: true, destroyed: false, closed: false, closeEmitted: false, errored: null, errorEmitted: false,
                       finalCalled: false, prefinished: false, ended: off, ending: off, finished: off });
  }
}

// An error of the stream's own: destroys it, or only reports when it does not destroy itself.
function errorOrDestroy(stream, error, sync) {
  const r = stream._readableState, w = stream._writableState;
  if (w?.destroyed || r?.destroyed) return;
  if (r?.autoDestroy || w?.autoDestroy) {
    stream.destroy(error);
  } else if (error) {
    noteError(error, w, r);
    if (sync) nextTick(emitError, stream, error);
    else emitError(stream, error);
  }
}

function construct(stream, callback) {
  if (!isFn(stream._construct)) return;
  const r = stream._readableState, w = stream._writableState;
  if (r) r.constructed = false;
  if (w) w.constructed = false;
  stream.once(kConstruct, callback);
  if (stream.listenerCount(kConstruct) > 1) return; // the other half of a Duplex was here
  nextTick(runConstruct, stream);
}

function runConstruct(stream) {
  let called = false;
  const done = (error) => {
    if (called) return errorOrDestroy(stream, error ?? new codes.ERR_MULTIPLE_CALLBACK());
    called = true;
    const r = stream._readableState, w = stream._writableState;
    if (r) r.constructed = true;
    if (w) w.constructed = true;
    if ((w ?? r).destroyed) stream.emit(kDestroy, error);
    else if (error) errorOrDestroy(stream, error, true);
    else stream.emit(kConstruct);
  };
  try {
    stream._construct((error) => nextTick(done, error));
  } catch (error) {
    nextTick(done, error);
  }
}

// Destroys whatever it is.
function destroyer(stream, error) {
  if (!stream || isDestroyed(stream)) return;
  if (!error && !isFinished(stream)) error = new AbortError();
  if (isServerRequest(stream)) {
    stream.socket = null;
    stream.destroy(error);
  } else if (isRequest(stream)) {
    stream.abort();
  } else if (isRequest(stream.req)) {
    stream.req.abort();
  } else if (isFn(stream.destroy)) {
    stream.destroy(error);
  } else if (isFn(stream.close)) {
    stream.close();
  }
  if (!stream.destroyed) stream[kDestroyed] = true;
}

// ---- Water marks

let bytesMark = 65536, objectsMark = 16;
const getDefaultHighWaterMark = (objectMode) => (objectMode ? objectsMark : bytesMark);
function setDefaultHighWaterMark(objectMode, value) {
  internal.load("node/errors").validateInteger(value, "value", 0);
  if (objectMode) objectsMark = value;
  else bytesMark = value;
}

function highWaterMarkOf(options, name, isDuplex, objectMode) {
  const given = options?.highWaterMark ?? (isDuplex ? options?.[name] : undefined);
  if (given == null) return getDefaultHighWaterMark(objectMode);
  if (!Number.isInteger(given) || given < 0)
    throw new codes.ERR_INVALID_ARG_VALUE(isDuplex && options?.highWaterMark == null ? `options.${name}` : "options.highWaterMark", given);
  return given;
}

return { Stream, prepend, kDestroyed, kErrored, kReadable, kWritable, kDisturbed, kClosedPromise, isReadableNode, isWritableNode, isDuplexNode,
         isNode, isReadableStream, isWritableStream, isTransformStream, isWebStream, isIterable, isDestroyed, isWritableEnded,
         isWritableFinished, isReadableEnded, isReadableFinished, isReadable, isWritable, isFinished, isWritableErrored, isReadableErrored,
         isErrored, isDisturbed, isServerResponse, isServerRequest, isRequest, isOutgoingMessage, isClosed, willEmitClose, destroy, undestroy, errorOrDestroy,
         construct, destroyer, getDefaultHighWaterMark, setDefaultHighWaterMark, highWaterMarkOf };
