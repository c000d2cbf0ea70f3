// Calls of methods between isolates: one Session a call of a service binding, as long as stubs of it live.
//
// A session begins as a request (service.js) whose body is what there is to say in that turn. A call whose arguments and result are
// plain values is that request and its response. Where either has something to call, or calls on the result follow, the response is
// an upgrade (websocket.js's channel), and both sides go on to send messages. Each is a value in wire.js's form, an array:
//
//   [CALL, id, on, ref, path, args]   on: ROOT the entrypoint, EXPORT what the receiver exports as `ref`, RESULT of the call `ref`
//                                     that the sender made; args null: the value of the property
//   [ANSWER, id, failed, value]
//   [FINISH, id]                      the sender has the answer; no more calls on it as RESULT
//   [RELEASE, ref, count]             the sender lets go of what was sent `count` times as `ref`
//   [ABORT, ref, reason]              a signal of the sender
//
// Numbers are chosen by whoever exports or calls. In a body each message has its length before it (u32).
// The caller's side closes the session when nothing is left in it; it ends with the event of either side.
const {
  ArrayIsArray, ArrayPrototypePush, Error, Map, MapPrototypeDelete, MapPrototypeForEach, MapPrototypeGet, MapPrototypeGetSize,
  MapPrototypeSet, NumberIsInteger, PromisePrototypeThen, PromiseResolve, RangeError, TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSubarray, Uint8Array,
} = primordials;
const lazy = internal.load, core = internal.core;
const { record } = lazy("webidl");
const { Result, attempt, deliver, disposable } = lazy("rpc_stub");
const { writer, reader } = lazy("rpc_values");
const { encode, decode } = lazy("wire");

const CALL = 0, ANSWER = 1, FINISH = 2, RELEASE = 3, ABORT = 4;
const ROOT = 0, EXPORT = 1, RESULT = 2;
// LIMIT_RPC_*
const STUBS = 4096, CALLS = 1024, DEPTH = 64, MESSAGE = 32 * 1024 * 1024, QUEUE = 64 * 1024 * 1024;
const INLINE = 32768; // LIMIT_BODY_INLINE_BYTES

const lost = () => new Error("The other side of this RPC session has ended.");
const malformed = () => new TypeError("This message of another Worker is malformed.");

// What the other side exports.
class Remote {
  constructor(session, id) {
    this.session = session;
    this.id = id;
    this.refs = 0;
    this.received = 0; // times that it was sent
  }
  call(path, args) {
    return this.session.call(EXPORT, this.id, path, args);
  }
  ref() {
    this.refs++;
  }
  unref() {
    if (--this.refs === 0) this.session.letGo(this);
  }
}
record(Remote);

class Session {
  // root: whose methods ROOT means, deliver(path, args); null on the caller's side.
  constructor(root) {
    this.root = root;
    this.over = false;
    this.channel = null;
    this.pending = []; // messages, until there is a channel
    this.calls = new Map(); // ours: id -> { result, on, ref, path, args }
    this.results = new Map(); // ours, until there is a channel: id -> Result
    this.nextCall = 0;
    this.answers = new Map(); // theirs: id -> { promise, fresh, passed }
    this.running = 0;
    this.exports = new Map(); // id -> { cap, count }
    this.exported = new Map(); // cap -> id
    this.nextExport = 0;
    this.imports = new Map(); // id -> Remote
    this.ours = []; // signals sent: [signal, listener, ...]
    this.theirs = new Map(); // id -> signal
    this.onReply = null;
    this.fresh = [];
    this.passed = null;
    this.exporting = [];
    this.write = writer(this);
    this.read = reader(this);
    const event = core.eventNow();
    if (event !== null) core.onOver(event, () => this.end(lost()));
  }

  // --- Messages out
  pack(message) {
    this.exporting = [];
    try {
      const bytes = encode(message, this.write);
      if (TypedArrayPrototypeGetLength(bytes) > MESSAGE) throw new RangeError("An RPC message of more than 32 MiB cannot be sent.");
      return bytes;
    } catch (e) {
      for (let i = 0; i < this.exporting.length; i++) this.released(this.exporting[i], 1);
      throw e;
    }
  }
  send(bytes) {
    if (this.over) return;
    if (this.channel !== null) this.channel.send(bytes);
    else ArrayPrototypePush(this.pending, bytes);
  }
  call(on, ref, path, args) {
    const id = this.nextCall;
    let bytes;
    try {
      if (this.over) throw lost();
      if (path.length > DEPTH) throw new RangeError(`An RPC path has more than ${DEPTH} names.`);
      if (MapPrototypeGetSize(this.calls) >= CALLS) throw new RangeError(`More than ${CALLS} RPC calls are under way.`);
      bytes = this.pack([CALL, id, on, ref, path, args]);
    } catch (e) {
      return attempt(() => {
        throw e;
      });
    }
    const result = new Result((more, given) => this.call(RESULT, id, more, given));
    this.nextCall++;
    MapPrototypeSet(this.calls, id, { __proto__: null, result, on, ref, path, args });
    if (this.channel === null) MapPrototypeSet(this.results, id, result);
    this.send(bytes);
    return result;
  }

  // --- Tables (rpc_values.js)
  exportCap(cap, isNew) {
    let id = MapPrototypeGet(this.exported, cap);
    if (id === undefined) {
      if (MapPrototypeGetSize(this.exports) >= STUBS) throw new RangeError(`More than ${STUBS} RPC stubs live in one session.`);
      id = this.nextExport++;
      if (!isNew) cap.ref();
      MapPrototypeSet(this.exported, cap, id);
      MapPrototypeSet(this.exports, id, { __proto__: null, cap, count: 0 });
    }
    MapPrototypeGet(this.exports, id).count++;
    ArrayPrototypePush(this.exporting, id);
    return id;
  }
  importCap(id) {
    if (!NumberIsInteger(id)) throw malformed();
    let remote = MapPrototypeGet(this.imports, id);
    if (remote === undefined) {
      if (MapPrototypeGetSize(this.imports) >= STUBS) throw malformed();
      MapPrototypeSet(this.imports, id, (remote = new Remote(this, id)));
    }
    remote.received++;
    remote.refs++;
    return remote;
  }
  exportSignal(signal) {
    const id = this.ours.length / 2;
    if (id >= STUBS) throw new RangeError(`More than ${STUBS} signals were sent in one RPC session.`);
    const listener = (reason) => {
      let bytes;
      try {
        bytes = this.pack([ABORT, id, reason]);
      } catch {
        bytes = this.pack([ABORT, id, lazy("abort").abortError()]);
      }
      this.send(bytes);
    };
    ArrayPrototypePush(this.ours, signal, listener);
    lazy("abort").onAbort(signal, listener);
    return id;
  }
  importSignal(id) {
    if (!NumberIsInteger(id) || MapPrototypeGetSize(this.theirs) >= STUBS) throw malformed();
    const signal = MapPrototypeGet(this.theirs, id) ?? lazy("abort").newSignal();
    MapPrototypeSet(this.theirs, id, signal);
    return signal;
  }
  letGo(remote) {
    if (this.over) return;
    MapPrototypeDelete(this.imports, remote.id);
    this.send(this.pack([RELEASE, remote.id, remote.received]));
    this.look();
  }
  released(id, count) {
    const entry = MapPrototypeGet(this.exports, id);
    if (entry === undefined || !(count <= entry.count)) throw malformed();
    entry.count -= count;
    if (entry.count > 0) return;
    MapPrototypeDelete(this.exports, id);
    MapPrototypeDelete(this.exported, entry.cap);
    entry.cap.unref();
  }

  // --- Messages in
  message(bytes) {
    if (this.over) return;
    try {
      this.receive(bytes);
    } catch (e) {
      this.end(e);
      return;
    }
    this.look();
  }
  receive(bytes) {
    const fresh = (this.fresh = []), m = decode(bytes, this.read);
    if (!ArrayIsArray(m) || m.length < 2 || !NumberIsInteger(m[1])) throw malformed();
    switch (m.length * 8 + m[0]) {
      case 6 * 8 + CALL: return this.called(m, fresh);
      case 4 * 8 + ANSWER: return this.answered(m[1], m[2], m[3], fresh);
      case 2 * 8 + FINISH: return this.finished(m[1]);
      case 3 * 8 + RELEASE: return this.released(m[1], m[2]);
      case 3 * 8 + ABORT: {
        const signal = MapPrototypeGet(this.theirs, m[1]);
        if (signal === undefined) throw malformed();
        return lazy("abort").abortSignal(signal, m[2]);
      }
      default: throw malformed();
    }
  }
  called(m, fresh) {
    const id = m[1], path = m[4], args = m[5];
    if (!ArrayIsArray(path) || path.length > DEPTH || (args !== null && !ArrayIsArray(args))) throw malformed();
    for (let i = 0; i < path.length; i++) if (typeof path[i] !== "string") throw malformed();
    if (MapPrototypeGet(this.answers, id) !== undefined || MapPrototypeGetSize(this.answers) >= CALLS) throw malformed();
    const answer = { __proto__: null, promise: null, fresh, passed: [] };
    this.running++;
    MapPrototypeSet(this.answers, id, answer);
    answer.promise = attempt(() => this.perform(m[2], m[3], path, args)).promise;
    PromisePrototypeThen(answer.promise, (v) => this.reply(id, answer, false, v), (e) => this.reply(id, answer, true, e));
  }
  perform(on, ref, path, args) {
    if (on === ROOT && this.root !== null) return this.root.deliver(path, args);
    if (on === EXPORT) {
      const entry = MapPrototypeGet(this.exports, ref);
      if (entry === undefined) throw malformed();
      const { target } = entry.cap;
      return target === undefined ? entry.cap.call(path, args).promise : deliver(target, path, args);
    }
    const base = on === RESULT ? MapPrototypeGet(this.answers, ref) : undefined;
    if (base === undefined) throw malformed();
    return PromisePrototypeThen(base.promise, (v) => deliver(v, path, args));
  }
  reply(id, answer, failed, value) {
    let bytes;
    this.running--;
    if (this.over) return;
    this.passed = answer.passed;
    try {
      bytes = this.pack([ANSWER, id, failed, value]);
    } catch (e) {
      bytes = this.pack([ANSWER, id, true, failed ? new Error(text(value)) : e]);
    }
    this.passed = null;
    this.send(bytes);
    if (this.onReply !== null) this.onReply();
    this.look();
  }
  answered(id, failed, value, fresh) {
    const call = MapPrototypeGet(this.calls, id);
    if (call === undefined) throw malformed();
    MapPrototypeDelete(this.calls, id);
    call.result.settle(failed === true, failed === true ? value : disposable(value, fresh));
    if (this.channel !== null || this.root !== null) this.send(this.pack([FINISH, id]));
  }
  // Stubs that came as arguments are the caller's again, and those in the result were given away.
  finished(id) {
    const answer = MapPrototypeGet(this.answers, id);
    if (answer === undefined) throw malformed();
    MapPrototypeDelete(this.answers, id);
    for (let i = 0; i < answer.fresh.length; i++) answer.fresh[i].dispose();
    for (let i = 0; i < answer.passed.length; i++) answer.passed[i].dispose();
  }

  // --- Begin and end
  isAlone() {
    return MapPrototypeGetSize(this.exports) + MapPrototypeGetSize(this.imports) + MapPrototypeGetSize(this.theirs) === 0;
  }
  // What was to be said before there was a channel.
  opened(channel) {
    const { pending } = this;
    this.pending = [];
    this.results = new Map();
    this.channel = channel;
    for (let i = 0; i < pending.length; i++) channel.send(pending[i]);
    this.look();
  }
  look() {
    if (this.root !== null || this.channel === null || this.over || this.running > 0) return;
    if (MapPrototypeGetSize(this.calls) + MapPrototypeGetSize(this.exports) + MapPrototypeGetSize(this.imports) === 0) this.end(lost());
  }
  closed() {
    this.end(lost());
  }
  end(reason) {
    if (this.over) return;
    this.over = true;
    const { calls, exports, channel, ours } = this;
    this.pending = [];
    this.calls = new Map();
    this.exports = new Map();
    MapPrototypeForEach(calls, (call) => call.result.settle(true, reason));
    MapPrototypeForEach(exports, (entry) => entry.cap.unref());
    for (let i = 0; i < ours.length; i += 2) lazy("abort").offAbort(ours[i], ours[i + 1]);
    if (channel !== null) channel.close();
  }
}
record(Session);

function text(e) {
  try {
    return `${e?.message ?? e}`;
  } catch {
    return "The RPC method threw something that cannot be sent.";
  }
}

// --- Bodies --------------------------------------------------------------------------------------------------------------
function joined(messages, size) {
  const all = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < messages.length; i++) {
    const n = TypedArrayPrototypeGetLength(messages[i]);
    for (let k = 0; k < 4; k++) all[at + k] = n >>> (8 * k);
    TypedArrayPrototypeSet(all, messages[i], at + 4);
    at += 4 + n;
  }
  return all;
}
function split(all) {
  const messages = [], size = TypedArrayPrototypeGetLength(all);
  for (let at = 0; at < size; ) {
    const n = size - at < 4 ? -1 : all[at] | (all[at + 1] << 8) | (all[at + 2] << 16) | (all[at + 3] << 24);
    if (n < 0 || n > size - at - 4) throw malformed();
    ArrayPrototypePush(messages, TypedArrayPrototypeSubarray(all, at + 4, at + 4 + n));
    at += 4 + n;
  }
  return messages;
}

// --- The caller ----------------------------------------------------------------------------------------------------------
// A call of a service. ask(bytes or null) sends the request and resolves to { socket, bytes }.
function call(ask, path, args) {
  const session = new Session(null), result = session.call(ROOT, 0, path, args);
  // What this turn goes on to call on the result goes with it.
  PromisePrototypeThen(PromiseResolve(undefined), () => {
    const { pending } = session;
    let size = 0;
    if (session.over || pending.length === 0) return;
    for (let i = 0; i < pending.length; i++) size += 4 + TypedArrayPrototypeGetLength(pending[i]);
    if (size > INLINE) return begin(session, ask(null));
    session.pending = [];
    begin(session, ask(joined(pending, size)));
  });
  return result;
}
function begin(session, asked) {
  PromisePrototypeThen(asked, (response) => {
    if (session.over) return; // a channel that nobody takes ends with its event
    if (response.socket !== null) session.opened(lazy("websocket").channelOf(response.socket, session, QUEUE));
    else plain(session, response.bytes);
  }, (e) => session.end(e));
}
// One call, one answer, and nothing in it that could be called: what was called on it meanwhile finds that out here.
function plain(session, bytes) {
  try {
    session.receive(bytes);
  } catch (e) {
    session.end(e);
    return;
  }
  const { calls, results } = session;
  session.calls = new Map();
  MapPrototypeForEach(calls, (c) => {
    const base = c.on === RESULT ? MapPrototypeGet(results, c.ref) : undefined;
    if (base === undefined) return c.result.settle(true, lost());
    PromisePrototypeThen(base.promise, (v) => PromisePrototypeThen(attempt(() => deliver(v, c.path, c.args)).promise,
      (x) => c.result.settle(false, x), (e) => c.result.settle(true, e)), (e) => c.result.settle(true, e));
  });
  session.end(lost());
}

// --- The side that is called -----------------------------------------------------------------------------------------------
// body: the bytes of the request; gives the Response.
function serve(body, root) {
  const { Response } = lazy("response"), session = new Session(root), messages = split(body);
  for (let i = 0; i < messages.length; i++) session.receive(messages[i]);
  const open = () => {
    const { channel, socket } = lazy("websocket").channelPair(session, QUEUE);
    session.opened(channel);
    return new Response(null, { __proto__: null, status: 101, webSocket: socket });
  };
  if (messages.length !== 1 || !session.isAlone()) return open();
  const { result, settle } = waiting();
  session.onReply = () => {
    session.onReply = null;
    if (!session.isAlone()) return settle(open());
    const bytes = session.pending[0];
    session.finished(0);
    session.end(lost());
    settle(new Response(bytes));
  };
  return result;
}
function waiting() {
  const result = new Result(null);
  return { __proto__: null, result: result.promise, settle: (v) => result.settle(false, v) };
}

return { call, serve };
