// The rest of bodies (body.js): made from what users give, as streams, read whole, sent. Loaded when first needed.
const {
  ArrayBuffer, ArrayBufferIsView, ArrayPrototypePush, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset, JSONParse, Promise, PromiseReject, PromiseResolve, PromisePrototypeThen,
  StringPrototypeSlice, StringPrototypeToWellFormed, SymbolAsyncIterator, SymbolIterator, SymbolToPrimitive,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet, ArrayBufferPrototypeGetByteLength, TypeError, Uint8Array,
} = primordials;
const ObjectToString = primordials.Object.prototype.toString, ArrayToString = primordials.Array.prototype.toString;
const lazy = internal.load;
const { bodyCollect, bodyRead, bodyCancel, requestStream, encode, decode, send, sendable, sendEnd, sendError } = internal.natives;
const { Body, STRING, BYTES, NATIVE, STREAM, USED, TEXT, BUFFER, RAW, JSON, BLOB } = lazy("body");

// A copy of the bytes of a BufferSource, or undefined.
function copyBytes(v) {
  if (ArrayBufferIsView(v)) {
    let view;
    if (TypedArrayPrototypeGetSymbolToStringTag(v) === undefined)
      view = new Uint8Array(DataViewPrototypeGetBuffer(v), DataViewPrototypeGetByteOffset(v), DataViewPrototypeGetByteLength(v));
    else view = new Uint8Array(TypedArrayPrototypeGetBuffer(v), TypedArrayPrototypeGetByteOffset(v), TypedArrayPrototypeGetByteLength(v));
    return new Uint8Array(view);
  }
  let length;
  try {
    length = ArrayBufferPrototypeGetByteLength(v);
  } catch {
    return undefined;
  }
  const copy = new Uint8Array(length);
  TypedArrayPrototypeSet(copy, new Uint8Array(v), 0);
  return copy;
}

function fromStream(stream) {
  const streams = lazy("streams");
  if (streams.isLocked(stream) || streams.isDisturbed(stream))
    throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.");
  const b = new Body(STREAM, null);
  b.stream = stream;
  return b;
}

// BodyInit (not null) as a Body; its content type is left in `lastType`.
let lastType = null;
// Something that is iterable and has no text of its own: an array of chunks, a generator.
function isPieces(v) {
  if (typeof v !== "object" || v[SymbolIterator] === undefined || v[SymbolToPrimitive] !== undefined) return false;
  const text = v.toString;
  return (text === ObjectToString || text === ArrayToString) && internal.flag("fetch_iterable_type_support");
}

function extract(v) {
  lastType = null;
  if (typeof v === "object" || typeof v === "function") {
    const bytes = copyBytes(v);
    if (bytes !== undefined) return new Body(BYTES, bytes);
    if (lazy("streams").isReadableStream(v)) return fromStream(v);
    if (lazy("url").isURLSearchParams(v)) {
      lastType = "application/x-www-form-urlencoded;charset=UTF-8";
      return new Body(STRING, lazy("url").serialize(v));
    }
    const form = lazy("form");
    if (form.isBlob(v)) {
      lastType = v.type || null;
      return new Body(BYTES, form.blobBytes(v));
    }
    if (form.isFormData(v)) {
      const { bytes: data, boundary } = form.toMultipart(v);
      lastType = `multipart/form-data; boundary=${boundary}`;
      return new Body(BYTES, data);
    }
    if (v[SymbolAsyncIterator] !== undefined || isPieces(v)) return fromStream(lazy("streams").fromIterable(v));
  }
  lastType = "text/plain;charset=UTF-8";
  return new Body(STRING, `${v}`);
}
const typeOfLast = () => lastType;

// The bytes of a body that is here already.
const bytesOf = (b) => (b.kind === STRING ? encode(b.data) : b.data);

// What pulls a native body into a ReadableStream. Errors of an aborted fetch are the abort's reason.
function nativeStream(b) {
  const handle = typeof b.data === "number" ? requestStream(b.data) : b.data;
  const core = internal.core, signal = b.signal;
  const problem = (e) => (signal !== undefined && signal.aborted ? signal.reason : e);
  return lazy("streams").newNativeReadable({
    id: handle,
    pull(controller) {
      let r;
      try {
        r = bodyRead(handle);
      } catch (e) {
        throw problem(e);
      }
      if (r === null) {
        if (b.onEnd !== undefined) b.onEnd();
        controller.close();
      }
      else if (typeof r !== "number") controller.enqueue(r);
      else
        return PromisePrototypeThen(core.op(r, handle), () => this.pull(controller), (e) => {
          throw problem(e);
        });
    },
    cancel() {
      bodyCancel(handle);
    },
  });
}

function streamOf(b) {
  if (b.stream !== null) return b.stream;
  const streams = lazy("streams");
  if (b.used) {
    b.stream = streams.fromBytes(new Uint8Array(0));
    streams.cancel(b.stream);
    return b.stream;
  }
  b.stream = b.kind === NATIVE ? nativeStream(b) : streams.fromBytes(new Uint8Array(bytesOf(b)));
  b.kind = STREAM;
  b.data = null;
  return b.stream;
}

const isUsed = (b) => b !== null && (b.used || (b.stream !== null && lazy("streams").isDisturbed(b.stream)));
const isUnusable = (b) => isUsed(b) || (b.stream !== null && lazy("streams").isLocked(b.stream));

// A second Body with the same content; `b` goes on as the other branch.
function clone(b) {
  if (b.kind === NATIVE && b.inline) {
    b.data = bodyCollect(b.data, RAW);
    b.kind = BYTES;
  }
  if (b.stream === null && b.kind !== NATIVE) return new Body(b.kind, b.data);
  const both = lazy("streams").tee(streamOf(b)), other = new Body(STREAM, null);
  b.stream = both[0];
  other.stream = both[1];
  return other;
}

// --- Reading it whole ---------------------------------------------------------------------------------------------------
// Resolves to { all }, which has no prototype: the bytes' own has one on which somebody may have put a then().
function readAll(stream) {
  return new Promise((ok, fail) => {
    const parts = [];
    let total = 0;
    lazy("streams").pumpTo(stream, {
      __proto__: null,
      write(bytes) {
        total += TypedArrayPrototypeGetByteLength(bytes);
        if (total > 134217728) throw new TypeError("The body is larger than 128 MiB."); // LIMIT_WORKER_COLLECT_BYTES
        ArrayPrototypePush(parts, bytes);
      },
      close() {
        const all = new Uint8Array(total);
        for (let i = 0, at = 0; i < parts.length; i++) {
          TypedArrayPrototypeSet(all, parts[i], at);
          at += TypedArrayPrototypeGetByteLength(parts[i]);
        }
        ok({ __proto__: null, all });
      },
      abort: fail,
    });
  });
}

const wellFormed = (s) => {
  s = StringPrototypeToWellFormed(s);
  return s.charCodeAt(0) === 0xfeff ? StringPrototypeSlice(s, 1) : s;
};

// The value that was asked for, out of a string or of bytes nobody else has.
function finish(v, how, type) {
  switch (how) {
    case TEXT: return typeof v === "string" ? wellFormed(v) : decode(v);
    case JSON: return JSONParse(typeof v === "string" ? wellFormed(v) : decode(v));
    case RAW: return typeof v === "string" ? encode(v) : v;
    case BUFFER: {
      const u = typeof v === "string" ? encode(v) : v;
      return ArrayBufferPrototypeGetByteLength(TypedArrayPrototypeGetBuffer(u)) === TypedArrayPrototypeGetByteLength(u)
        ? TypedArrayPrototypeGetBuffer(u) : TypedArrayPrototypeGetBuffer(new Uint8Array(u));
    }
    case BLOB: {
      const { extract: mimeOf, serialize } = lazy("mime"), mime = mimeOf(type);
      return lazy("form").newBlob(typeof v === "string" ? encode(v) : v, mime === null ? "" : serialize(mime));
    }
    default: return lazy("form").parse(type, typeof v === "string" ? encode(v) : v);
  }
}
// text(), json() and the others: always a promise. type: the content type, or null.
function consume(b, how, type) {
  try {
    if (b === null) return PromiseResolve(finish("", how, type));
    if (isUnusable(b)) return PromiseReject(new TypeError(USED));
    let id;
    switch (b.kind) {
      case STRING: b.used = true; return PromiseResolve(finish(b.data, how, type));
      case BYTES: b.used = true; return PromiseResolve(finish(how === TEXT || how === JSON ? b.data : new Uint8Array(b.data), how, type));
      case NATIVE:
        b.used = true;
        if (b.text !== null && (how === TEXT || how === JSON)) return PromiseResolve(how === TEXT ? b.text : JSONParse(b.text));
        id = b.data;
        break;
      default: id = lazy("streams").takeNative(b.stream);
    }
    if (id === undefined) return PromisePrototypeThen(readAll(b.stream), (r) => finish(r.all, how, type));
    // C collects: as text or as bytes.
    const plain = how === TEXT || how === BUFFER, v = bodyCollect(id, plain ? how : how === JSON ? TEXT : RAW);
    if (typeof v !== "number") return PromiseResolve(plain ? v : finish(v, how, type));
    const { signal, onEnd } = b;
    return PromisePrototypeThen(internal.core.op(v, id), plain && onEnd === undefined ? undefined : (r) => {
      if (onEnd !== undefined) onEnd();
      return plain ? r : finish(r, how, type);
    }, signal === undefined ? undefined : (e) => { throw signal.aborted ? signal.reason : e; });
  } catch (e) {
    return PromiseReject(e);
  }
}

// --- Sending ----------------------------------------------------------------------------------------------------------------
// What goes to C for a body: [kind, value, length]. The body is used from then on.
function outgoing(b) {
  if (isUnusable(b)) throw new TypeError(USED);
  b.used = true;
  if (b.kind !== STREAM) return { __proto__: null, kind: b.kind, value: b.data, length: -1 };
  const streams = lazy("streams"), id = streams.takeNative(b.stream);
  if (id !== undefined) return { __proto__: null, kind: NATIVE, value: id, length: -1 };
  const length = streams.lengthOf(b.stream);
  return { __proto__: null, kind: STREAM, value: null, length: length === undefined ? -1 : length };
}

// Sends what a stream's reader gives, as fast as the peer takes it. Resolves when all has left or nobody wants it. drain: what
// nobody wants is read to its end all the same, so that its writer and a clone go on.
async function pump(stream, handle, onStop, drain = false) {
  const run = internal.rewriting?.(stream); // of HTMLRewriter
  if (run !== undefined) return run.pump(handle, onStop);
  const core = internal.core, reader = lazy("streams").reader(stream);
  let stopped = false, sending = true;
  onStop(() => {
    if (stopped) return;
    stopped = true;
    sendError(handle);
    const p = reader.cancel(new TypeError("The client has disconnected."));
    if (p !== undefined) PromisePrototypeThen(PromiseResolve(p), undefined, () => {});
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (stopped) return;
      if (done) break;
      if (!ArrayBufferIsView(value) && !(value instanceof ArrayBuffer))
        throw new TypeError("This ReadableStream did not return bytes: a body's chunks must be ArrayBuffers or views of them.");
      if (!sending) continue;
      let more = send(handle, value);
      if (more === false) more = await core.op(sendable(handle), handle);
      if (stopped) return;
      if (more === null || more === false) { // the client has gone
        sending = false;
        if (drain) continue;
        stopped = true;
        await reader.cancel(new TypeError("The client has disconnected."));
        return;
      }
    }
    stopped = true;
    if (!sending) return;
    sendEnd(handle);
    const id = sendable(handle);
    if (id !== 0) await core.op(id);
  } catch (e) {
    if (!stopped) {
      stopped = true;
      sendError(handle);
      core.report(e);
    }
  }
}

return { extract, typeOfLast, streamOf, isUsed, isUnusable, clone, consume, outgoing, pump, copyBytes };
