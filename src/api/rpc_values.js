// What crosses in a call and structuredClone() does not take: functions and RpcTargets (by stub), streams, requests, responses,
// headers, abort signals, service bindings. Each is a "foreign" record of wire.js.
//
// `table` says what numbers mean (rpc.js's Session, or Here): exportCap(cap, isNew) -> number, importCap(number) -> cap with a reference,
// exportSignal(signal) -> number, importSignal(number) -> signal, passed: array of handles that were written, or null,
// fresh: array that gets the handles of stubs that are made.
const {
  ArrayBufferIsView, ArrayIsArray, ArrayPrototypePush, Error, ObjectGetPrototypeOf, PromisePrototypeThen, PromiseResolve, TypeError,
} = primordials;
const lazy = internal.load;
const { STUB, SERVICE, Forward, Local, StreamEnd, disposable, handleOf, isTarget, newStub } = lazy("rpc_stub");
const { encode, decode } = lazy("wire");
const { record } = lazy("webidl");
const { STRING, BYTES } = lazy("body");

const cannot = (what) => new (lazy("domexception").DOMException)(what, "DataCloneError");

// --- Writing ---------------------------------------------------------------------------------------------------------------
const writer = (table) => (v, r, w) => {
  const handle = handleOf(v);
  if (handle !== undefined) return writeHandle(table, v, handle, r, w);
  if (typeof v === "function" || isTarget(v)) {
    r.type = "stub";
    r.value = table.exportCap(new Local(v), true);
    return;
  }
  const streams = lazy("streams");
  if (streams.isReadableStream(v)) writeReadable(table, v, r);
  else if (streams.isWritableStream(v)) writeWritable(table, v, r);
  else if (lazy("request").isRequest(v)) writeRequest(v, r, w);
  else if (lazy("response").isResponse(v)) writeResponse(v, r, w);
  else if (lazy("headers").isHeaders(v)) {
    r.type = "headers";
    r.value = w.write(copyList(lazy("headers").listOf(v)));
  } else if (lazy("events").isAbortSignal(v)) writeSignal(table, v, r, w);
  else throw refusal(v);
};
function refusal(v) {
  let name;
  try {
    name = ObjectGetPrototypeOf(v)?.constructor?.name;
  } catch {}
  return cannot(`Could not serialize object of type "${typeof name === "string" && name !== "" ? name : "Object"}". ` +
    "This type does not support serialization.");
}
function writeHandle(table, v, handle, r, w) {
  if (handle.kind === SERVICE) {
    const { name, entrypoint, props } = handle.cap.target;
    r.type = "service";
    r.value = w.write({ name, entrypoint, props });
    return;
  }
  if (handle.isDisposed()) throw new Error("RPC stub used after being disposed.");
  r.type = "stub";
  r.value = handle.kind === STUB ? table.exportCap(handle.cap, false) : table.exportCap(new Forward(handle), true);
  if (table.passed !== null) ArrayPrototypePush(table.passed, handle);
}
const copyList = (list) => {
  const all = [];
  for (let i = 0; i < list.length; i++) ArrayPrototypePush(all, list[i]);
  return all;
};

// The receiver pulls; a chunk a call.
function writeReadable(table, stream, r) {
  if (lazy("streams").isLocked(stream)) throw new TypeError("The ReadableStream has been locked to a reader.");
  const reader = lazy("streams").reader(stream);
  let ended = false;
  const end = new StreamEnd({
    __proto__: null,
    async pull() {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return null;
      }
      const bytes = lazy("bytes").asBytes(value);
      if (bytes !== undefined) return bytes;
      const error = new TypeError("Can only send ReadableStreams of bytes to another Worker.");
      ended = true;
      quiet(reader.cancel(error));
      throw error;
    },
    cancel(reason) {
      ended = true;
      return PromisePrototypeThen(PromiseResolve(reader.cancel(reason)), () => undefined);
    },
  }, () => {
    if (!ended) quiet(reader.cancel(new Error("The receiver of the ReadableStream has gone.")));
  });
  r.type = "readable";
  r.value = table.exportCap(new Local(end), true);
}
function quiet(promise) {
  PromisePrototypeThen(PromiseResolve(promise), undefined, () => {});
}

function writeWritable(table, stream, r) {
  const writable = lazy("streams_writable"), s = writable.recordOf(stream), { Deferred } = lazy("streams_core");
  const w = writable.acquireWriter(s); // throws when it is locked
  let ended = false;
  const end = new StreamEnd({
    __proto__: null,
    write(chunk) {
      const written = new Deferred();
      w.write(chunk, written);
      return written.promise;
    },
    close() {
      ended = true;
      return w.closeWithErrorPropagation();
    },
    abort(reason) {
      ended = true;
      return writable.abort(s, reason);
    },
  }, () => {
    if (!ended) quiet(writable.abort(s, new Error("The sender of the WritableStream has gone.")));
  });
  r.type = "writable";
  r.value = table.exportCap(new Local(end), true);
}

// A body as a value; it is used from then on.
function bodyValue(b) {
  if (b === null) return null;
  const { isUnusable, streamOf } = lazy("body_more");
  if (isUnusable(b)) throw new TypeError(lazy("body").USED);
  if (b.stream !== null || (b.kind !== STRING && b.kind !== BYTES)) return streamOf(b);
  b.used = true;
  return b.data;
}
function writeRequest(request, r, w) {
  const { parts, stateOf } = lazy("request"), p = parts(request), cf = request.cf, s = stateOf(request);
  r.type = "request";
  r.value = w.write({
    method: p.method, url: p.url, list: copyList(p.list), redirect: p.redirect, cf, integrity: s.integrity, keepalive: s.keepalive,
    cache: p.cache, signal: p.signal ?? undefined, body: bodyValue(p.body),
  });
}
function writeResponse(response, r, w) {
  const p = lazy("response").parts(response);
  if (p.socket !== null) throw cannot("A Response with a WebSocket can be returned by fetch(), not by a method.");
  r.type = "response";
  r.value = w.write({
    status: p.status, reason: p.reason, list: copyList(p.list), encoded: p.encoded, cf: response.cf, body: bodyValue(p.body),
  });
}
function writeSignal(table, signal, r, w) {
  const { isAborted, reasonOf } = lazy("abort");
  r.type = "signal";
  r.value = w.write(isAborted(signal) ? { aborted: true, reason: reasonOf(signal) } : { aborted: false, id: table.exportSignal(signal) });
}

// --- Reading ---------------------------------------------------------------------------------------------------------------
const malformed = () => new TypeError("This message of another Worker is malformed.");
const isRecord = (v) => typeof v === "object" && v !== null;

const reader = (table) => (type, value) => {
  switch (type) {
    case "stub": {
      const made = newStub(table.importCap(value));
      ArrayPrototypePush(table.fresh, handleOf(made));
      return made;
    }
    case "readable": return readReadable(table.importCap(value));
    case "writable": return readWritable(table.importCap(value));
    case "headers": return lazy("headers").fromList(listOf(value));
    case "request": return readRequest(value);
    case "response": return readResponse(value);
    case "signal": return readSignal(table, value);
    case "service":
      if (!isRecord(value) || typeof value.name !== "string" || typeof value.entrypoint !== "string") throw malformed();
      return lazy("service").stub({ __proto__: null, name: value.name, entrypoint: value.entrypoint, props: value.props });
    default: throw malformed();
  }
};

function readReadable(cap) {
  let over = false;
  const done = () => {
    if (!over) cap.unref();
    over = true;
  };
  return lazy("streams").newNativeReadable({
    __proto__: null, id: undefined,
    pull: (controller) => PromisePrototypeThen(cap.call(["pull"], []).promise, (chunk) => {
      if (chunk !== null && ArrayBufferIsView(chunk)) return controller.enqueue(chunk);
      done();
      if (chunk === null) controller.close();
      else throw malformed();
    }, (e) => {
      done();
      throw e;
    }),
    cancel: (reason) => PromisePrototypeThen(cap.call(["cancel"], [reason]).promise, done, done),
  });
}
function readWritable(cap) {
  const { WritableStream } = lazy("streams_writable");
  const last = (name, args) => PromisePrototypeThen(cap.call([name], args).promise, () => cap.unref(), (e) => {
    cap.unref();
    throw e;
  });
  return new WritableStream({
    __proto__: null,
    write: (chunk) => cap.call(["write"], [chunk]).promise,
    close: () => last("close", []),
    abort: (reason) => last("abort", [reason]),
  });
}
// A header list that another isolate sent.
function listOf(list) {
  const { append, nameOf, valueOf } = lazy("headers"), all = [];
  if (!ArrayIsArray(list) || list.length % 2 !== 0) throw malformed();
  for (let i = 0; i < list.length; i += 2) append(all, nameOf(list[i]).text, valueOf(list[i + 1]));
  return all;
}
function readRequest(v) {
  const { Request } = lazy("request");
  if (!isRecord(v)) throw malformed();
  const init = { __proto__: null, method: v.method, redirect: v.redirect, headers: lazy("headers").fromList(listOf(v.list)) };
  if (v.body !== null && v.body !== undefined) init.body = v.body;
  if (isRecord(v.cf)) init.cf = v.cf;
  if (v.signal !== undefined) init.signal = v.signal;
  if (v.integrity !== "") init.integrity = v.integrity;
  if (v.keepalive) init.keepalive = true;
  if (v.cache !== undefined) init.cache = v.cache;
  return new Request(v.url, init);
}
function readResponse(v) {
  const { Response } = lazy("response");
  if (!isRecord(v)) throw malformed();
  if (v.status === 0) return Response.error();
  const init = { __proto__: null, status: v.status, statusText: v.reason, headers: lazy("headers").fromList(listOf(v.list)) };
  if (v.encoded) init.encodeBody = "manual";
  if (isRecord(v.cf)) init.cf = v.cf;
  return new Response(v.body, init);
}
function readSignal(table, v) {
  const { newSignal, abortSignal } = lazy("abort");
  if (!isRecord(v)) throw malformed();
  if (!v.aborted) return table.importSignal(v.id);
  const signal = newSignal();
  abortSignal(signal, v.reason);
  return signal;
}

// --- Within this isolate: a stub of an object of ours (new RpcStub()) behaves as one of another's ---------------------------------
class Here {
  constructor() {
    this.caps = [];
    this.signals = [];
    this.passed = null;
    this.fresh = [];
  }
  exportCap(cap, isNew) {
    if (!isNew) cap.ref();
    ArrayPrototypePush(this.caps, cap);
    return this.caps.length - 1;
  }
  importCap(i) {
    return this.caps[i];
  }
  exportSignal(signal) {
    ArrayPrototypePush(this.signals, signal);
    return this.signals.length - 1;
  }
  importSignal(i) {
    return this.signals[i];
  }
}
record(Here);

// A function that gives the copy, once; its dispose() lets go of the stubs in it. isResult: stubs in the value go over to the copy.
function copy(value, isResult = false) {
  const here = new Here();
  if (isResult) here.passed = [];
  const bytes = encode(value, writer(here));
  const made = () => {
    const copied = decode(bytes, reader(here));
    if (!isResult) return copied;
    for (let i = 0; i < here.passed.length; i++) here.passed[i].dispose();
    return disposable(copied, here.fresh);
  };
  made.dispose = () => {
    for (let i = 0; i < here.fresh.length; i++) here.fresh[i].dispose();
  };
  return made;
}

return { writer, reader, copy };
