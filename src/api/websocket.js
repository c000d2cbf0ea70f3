// WebSocket and WebSocketPair. https://websockets.spec.whatwg.org/ and, for accept(), pairs and Response.webSocket, as Workers
// have them. Edge speaks the protocol; here are messages: records of the link (link/socket.h) in both directions.
const {
  ArrayBufferIsView, ArrayPrototypePush, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset,
  ObjectDefineProperty, PromisePrototypeThen, PromiseResolve, RegExpPrototypeExec, String, StringPrototypeSlice,
  StringPrototypeToLowerCase, StringPrototypeToWellFormed, SymbolIterator, TypeError, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array, ReflectApply,
} = primordials;
const lazy = internal.load, core = internal.core;
const { bodyRead, cancel, drain, requestStream, sendable, sendEnd, parseURL } = internal.natives;
const { constants, illegalInvocation, isObject, kInternal, record, required, usvString } = lazy("webidl");
const { Event, EventTarget, defineHandler, dispatch, trusted } = lazy("events");

const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;
const TEXT = 1, BINARY = 2, CLOSE = 8, FAIL = 9, FIN = 1, HEAD = 8; // link/socket.h
const NO_CODE = 1005, LOST = 1006;
const UPGRADE = 64, MANUAL = 1; // HEAD_*
const MESSAGES_A_TURN = 64; // then other events of the isolate have their turn
const BUFFER = 16 * 1024 * 1024; // LIMIT_WEBSOCKET_BUFFER_BYTES

// The state behind one WebSocket.
class Socket {
  constructor() {
    this.public = null;
    this.connecting = false;
    this.inClosed = false; // nothing more comes
    this.outClosed = false; // nothing more is sent
    this.accepted = false;
    this.passed = false; // in a response that was sent
    this.halfOpen = false;
    this.standard = false; // made by new WebSocket()
    this.peer = null; // the other end of a pair
    this.inbox = []; // from the peer, until accept()
    this.inboxAt = 0;
    this.delivering = false;
    this.handle = null; // the stream of the link
    this.event = null; // to be ended with the connection
    this.ticket = -1; // whose event the messages are
    this.rest = null; // bytes of records that are not handled yet
    this.parts = null; // pieces of a message
    this.queue = null; // what a slow receiver has not taken: [kind, data, code, ...]
    this.queueAt = 0;
    this.queuedBytes = 0;
    this.ended = false;
    this.binaryType = "arraybuffer";
    this.url = null;
    this.protocol = "";
    this.extensions = "";
    this.attachment = undefined;
    this.sink = null; // who gets messages in place of listeners: { message(bytes), closed() }
    this.most = BUFFER; // bytes of `queue`
  }
}
record(Socket);

const isOver = (s) => s.inClosed && s.outClosed;

// --- Events -----------------------------------------------------------------------------------------------------------

function fire(s, event) {
  dispatch(s.public, trusted(event));
}
function fireMessage(s, data) {
  const { MessageEvent } = lazy("events_kinds");
  fire(s, new MessageEvent("message", { __proto__: null, data, origin: s.url === null ? "" : originOf(s.url) }));
}
function fireClose(s, code, reason, wasClean) {
  const { CloseEvent } = lazy("events_kinds");
  fire(s, new CloseEvent("close", { __proto__: null, code, reason, wasClean }));
}
function fireError(s, message) {
  const { ErrorEvent } = lazy("events_kinds");
  fire(s, new ErrorEvent("error", { __proto__: null, message, error: new TypeError(message) }));
}
const originOf = (url) => {
  const m = RegExpPrototypeExec(/^wss?:\/\/[^/]*/, url);
  return m === null ? "" : m[0];
};

// The other side has closed, or is gone.
function closed(s, code, reason, wasClean) {
  if (s.inClosed) return;
  s.inClosed = true;
  if (!wasClean) s.outClosed = true;
  else if (!s.halfOpen && !s.outClosed) sendClose(s, code, "");
  if (s.sink !== null) s.sink.closed();
  else fireClose(s, code, reason, wasClean);
  settle(s);
}
function failed(s, message) {
  if (s.inClosed) return;
  s.inClosed = s.outClosed = true;
  if (s.sink !== null) s.sink.closed();
  else {
    fireError(s, message);
    fireClose(s, LOST, "", false);
  }
  settle(s);
}
// Ends the request that it belongs to once everything has been said.
function settle(s) {
  const { event } = s;
  if (event === null || !isOver(s) || s.queue !== null) return;
  s.event = null;
  core.doneWith(event);
}

function receive(s, kind, data, code) {
  if (kind === CLOSE) closed(s, code, data, true);
  else if (s.sink !== null) s.sink.message(data);
  else if (typeof data === "string") fireMessage(s, data);
  else fireMessage(s, s.binaryType === "blob" ? lazy("form").newBlob(data, "") : TypedArrayPrototypeGetBuffer(data));
}

// --- The other end is in this isolate ----------------------------------------------------------------------------------

function deliver(s) {
  if (!s.accepted || s.delivering || s.inboxAt >= s.inbox.length) return;
  s.delivering = true;
  PromisePrototypeThen(PromiseResolve(undefined), () => {
    s.delivering = false;
    const { inbox } = s, at = s.inboxAt;
    s.inboxAt += 3;
    if (s.inboxAt >= inbox.length) {
      s.inbox = [];
      s.inboxAt = 0;
    }
    if (!s.inClosed) receive(s, inbox[at], inbox[at + 1], inbox[at + 2]);
    deliver(s);
  });
}

// --- The other end is at the link ----------------------------------------------------------------------------------------

function handleRecord(s, kind, flags, code, bytes) {
  if (kind === CLOSE) return closed(s, code, natives.text(bytes), true);
  if (kind === FAIL) return failed(s, `WebSocket protocol error: ${natives.text(bytes)}`);
  if (!(flags & FIN)) {
    ArrayPrototypePush((s.parts ??= []), bytes);
    return;
  }
  const whole = s.parts === null ? bytes : join(s, bytes);
  receive(s, kind, kind === TEXT ? natives.text(whole) : TypedArrayPrototypeSlice(whole), 0);
}
function join(s, last) {
  const { parts } = s;
  let size = TypedArrayPrototypeGetByteLength(last), at = 0;
  for (let i = 0; i < parts.length; i++) size += TypedArrayPrototypeGetByteLength(parts[i]);
  const whole = new Uint8Array(size);
  for (let i = 0; i < parts.length; i++) {
    TypedArrayPrototypeSet(whole, parts[i], at);
    at += TypedArrayPrototypeGetByteLength(parts[i]);
  }
  TypedArrayPrototypeSet(whole, last, at);
  s.parts = null;
  return whole;
}

// Handles records at the front of s.rest, each message as an event of its own. False: enough for this turn.
function handleRecords(s) {
  let bytes = s.rest, at = 0, messages = 0;
  const length = TypedArrayPrototypeGetByteLength(bytes);
  s.rest = null;
  while (length - at >= HEAD && !s.inClosed) {
    const size = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
    if (length - at - HEAD < size) break;
    if (messages === MESSAGES_A_TURN) {
      s.rest = TypedArrayPrototypeSubarray(bytes, at);
      return false;
    }
    const body = TypedArrayPrototypeSubarray(bytes, at + HEAD, at + HEAD + size);
    if (messages > 0) drain();
    natives.begins(s.ticket);
    messages += bytes[at + 1] & FIN;
    handleRecord(s, bytes[at], bytes[at + 1], bytes[at + 2] | (bytes[at + 3] << 8), body);
    at += HEAD + size;
  }
  if (at < length && !s.inClosed) s.rest = TypedArrayPrototypeSlice(bytes, at);
  return true;
}
function add(rest, bytes) {
  if (rest === null) return bytes;
  const n = TypedArrayPrototypeGetByteLength(rest), both = new Uint8Array(n + TypedArrayPrototypeGetByteLength(bytes));
  TypedArrayPrototypeSet(both, rest);
  TypedArrayPrototypeSet(both, bytes, n);
  return both;
}

// Reads until there is nothing more for now.
function read(s) {
  const lost = () => closed(s, LOST, "WebSocket disconnected without sending Close frame.", false);
  const { handle } = s;
  while (!s.inClosed) {
    let got;
    try {
      got = bodyRead(handle);
    } catch {
      return lost();
    }
    if (got === null) return lost();
    if (typeof got === "number") return core.wait(got, () => read(s), lost, handle);
    s.rest = add(s.rest, got);
    if (!handleRecords(s)) return pause(s);
  }
}
function pause(s) {
  core.wait(natives.again(s.handle), () => {
    if (handleRecords(s)) read(s);
    else pause(s);
  }, () => {}, s.handle);
}

// Hands a record to C, or queues it behind those that wait.
function write(s, kind, data, code) {
  if (s.queue !== null) return enqueue(s, kind, data, code);
  const more = natives.send(s.handle, kind, data, code);
  if (kind === CLOSE) finishSending(s);
  if (more === false && kind !== CLOSE) waitForRoom(s);
}
function finishSending(s) {
  if (s.ended) return;
  s.ended = true;
  sendEnd(s.handle);
}
function enqueue(s, kind, data, code) {
  const size = typeof data === "string" ? data.length : TypedArrayPrototypeGetByteLength(data);
  if (s.queuedBytes + size > s.most) {
    // The standard: what can't be sent fails the connection.
    s.queue = null;
    s.queuedBytes = 0;
    natives.send(s.handle, CLOSE, "", 1011);
    finishSending(s);
    failed(s, "WebSocket send buffer is full.");
    return;
  }
  s.queuedBytes += size;
  ArrayPrototypePush(s.queue, kind, typeof data === "string" ? data : TypedArrayPrototypeSlice(data), code);
}
function waitForRoom(s) {
  s.queue = [];
  s.queueAt = 0;
  const flush = () => {
    const { queue } = s;
    if (queue === null) return;
    while (s.queueAt < queue.length) {
      const at = s.queueAt, kind = queue[at], data = queue[at + 1];
      s.queueAt += 3;
      s.queuedBytes -= typeof data === "string" ? data.length : TypedArrayPrototypeGetByteLength(data);
      queue[at + 1] = "";
      const more = natives.send(s.handle, kind, data, queue[at + 2]);
      if (kind === CLOSE) finishSending(s);
      else if (more === false) {
        wait();
        return;
      }
    }
    s.queue = null;
    settle(s);
  };
  const gone = () => {
    s.queue = null;
    s.queuedBytes = 0;
    settle(s);
  };
  const wait = () => {
    const id = sendable(s.handle);
    if (id === 0) flush();
    else core.wait(id, (more) => (more === false ? gone() : flush()), gone, s.handle);
  };
  wait();
}

function post(s, kind, data, code) {
  if (s.handle !== null) write(s, kind, data, code);
  else if (s.peer !== null) {
    const p = s.peer;
    ArrayPrototypePush(p.inbox, kind, typeof data === "string" ? data : TypedArrayPrototypeSlice(data), code);
    deliver(p);
  }
}
function sendClose(s, code, reason) {
  s.outClosed = true;
  post(s, CLOSE, reason, code);
  settle(s);
}

// --- Arguments ------------------------------------------------------------------------------------------------------------

function bytesOf(data) {
  if (!ArrayBufferIsView(data)) return new Uint8Array(data);
  return TypedArrayPrototypeGetSymbolToStringTag(data) === undefined
    ? new Uint8Array(DataViewPrototypeGetBuffer(data), DataViewPrototypeGetByteOffset(data), DataViewPrototypeGetByteLength(data))
    : new Uint8Array(TypedArrayPrototypeGetBuffer(data), TypedArrayPrototypeGetByteOffset(data), TypedArrayPrototypeGetByteLength(data));
}
const isBuffer = (v) => isObject(v) && (ArrayBufferIsView(v) || lazy("bytes").isBuffer(v));
const domException = (message, name) => new (lazy("domexception").DOMException)(message, name);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

// The subprotocols: a string, or any sequence of strings.
function protocolsOf(v) {
  if (v === undefined) return [];
  const list = [], method = isObject(v) ? v[SymbolIterator] : undefined;
  if (typeof method === "function") {
    const iterator = ReflectApply(method, v, []), { next } = iterator;
    for (;;) {
      const result = ReflectApply(next, iterator, []);
      if (!isObject(result)) throw new TypeError("The iterator result is not an object");
      if (result.done) break;
      ArrayPrototypePush(list, String(result.value));
    }
  } else ArrayPrototypePush(list, String(v));
  const seen = { __proto__: null };
  for (let i = 0; i < list.length; i++) {
    const key = StringPrototypeToLowerCase(list[i]);
    if (RegExpPrototypeExec(TOKEN, list[i]) === null || seen[key] === true)
      throw domException(`The protocol '${list[i]}' is invalid or repeated.`, "SyntaxError");
    seen[key] = true;
  }
  return list;
}
// [the URL that the attribute shows, the one to fetch]
function urlOf(text) {
  let url;
  try {
    url = parseURL(usvString(text));
  } catch {
    throw domException(`The URL '${text}' is invalid.`, "SyntaxError");
  }
  const m = RegExpPrototypeExec(/^(ws|http)(s?):(.*)$/s, url);
  if (m === null) throw domException("The URL's scheme must be 'ws', 'wss', 'http' or 'https'.", "SyntaxError");
  if (RegExpPrototypeExec(/#/, url) !== null) throw domException("The URL contains a fragment.", "SyntaxError");
  return [`ws${m[2]}:${m[3]}`, `http${m[2]}:${m[3]}`];
}

// --- Opening ----------------------------------------------------------------------------------------------------------------

function connect(s, url, protocols) {
  const { join: joinList } = lazy("headers"), list = ["upgrade", "websocket"];
  const event = core.eventNow();
  if (protocols.length > 0) {
    let text = protocols[0];
    for (let i = 1; i < protocols.length; i++) text += `, ${protocols[i]}`;
    ArrayPrototypePush(list, "sec-websocket-protocol", text);
  }
  if (event !== null) core.countFetch(event);
  s.connecting = true;
  const fail = () => {
    if (s.inClosed) return;
    s.connecting = false;
    failed(s, "WebSocket connection could not be opened.");
  };
  const handle = (s.handle = internal.natives.fetch("GET", url, joinList(list), UPGRADE | MANUAL, "", 0, null, -1));
  PromisePrototypeThen(lazy("fetch").exchange(handle, null), () => {
    const response = lazy("response").fetched(handle), other = stateOf(lazy("response").parts(response).socket);
    if (other === undefined || s.outClosed) {
      cancel(handle);
      return fail();
    }
    let known = other.protocol === "" || false;
    for (let i = 0; i < protocols.length; i++) if (protocols[i] === other.protocol) known = true;
    if (!known) {
      cancel(handle);
      return fail();
    }
    s.protocol = other.protocol;
    s.extensions = other.extensions;
    s.connecting = false;
    s.accepted = true;
    s.ticket = core.ticketNow();
    fire(s, new Event("open"));
    read(s);
  }, fail);
}

function close(s, code, reason) {
  if (code !== undefined) {
    code = lazy("webidl").clampLongLong(code); // [Clamp] unsigned short
    code = code < 0 ? 0 : code > 65535 ? 65535 : code;
  }
  if (reason !== undefined) reason = usvString(reason);
  if (code !== undefined) {
    const good = s.standard ? code === 1000 || (code >= 3000 && code <= 4999) : isCode(code);
    if (!good)
      throw s.standard ? domException(`Invalid WebSocket close code: ${code}.`, "InvalidAccessError")
                       : new TypeError(`Invalid WebSocket close code: ${code}.`);
  }
  if (reason !== undefined && reason !== "") {
    if (code === undefined && !s.standard)
      throw new TypeError("If you specify a WebSocket close reason, you must also specify a code.");
    if (TypedArrayPrototypeGetByteLength(lazy("encoding").encode(reason)) > 123)
      throw domException("WebSocket close reason must be at most 123 bytes.", "SyntaxError");
  }
  if (s.outClosed || isOver(s)) return;
  if (s.connecting) {
    s.outClosed = true;
    cancel(s.handle);
    core.later(0, () => {
      s.connecting = false;
      failed(s, "WebSocket was closed before it was opened.");
    });
    return;
  }
  if (!s.accepted) throw new TypeError("You must call accept() on this WebSocket before sending messages.");
  sendClose(s, code === undefined ? (s.standard && reason ? 1000 : NO_CODE) : code, reason ?? "");
}
const isCode = (c) => (c >= 1000 && c <= 1014 && c !== 1004 && c !== NO_CODE && c !== LOST) || (c >= 3000 && c <= 4999);

// --- The classes --------------------------------------------------------------------------------------------------------------

let stateOf;
function own(v) {
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

class WebSocket extends EventTarget {
  #s;
  static {
    stateOf = (v) => (isObject(v) && #s in v ? v.#s : undefined);
  }
  constructor(url, protocols = undefined) {
    if (url === kInternal) {
      super();
      this.#s = protocols;
      protocols.public = this;
      return;
    }
    required(arguments.length, 1, "WebSocket");
    const both = urlOf(url);
    const list = protocolsOf(protocols);
    core.needEvent("WebSocket");
    super();
    const s = (this.#s = new Socket());
    s.public = this;
    s.standard = true;
    s.url = both[0];
    connect(s, both[1], list);
  }
  accept(options = undefined) {
    const s = own(this);
    if (s.passed) throw new TypeError("Can't accept() WebSocket when it was already used in a response.");
    if (s.standard) throw new TypeError("Can't accept() WebSocket that was made with new WebSocket().");
    if (isObject(options)) s.halfOpen = !!options.allowHalfOpen;
    if (s.accepted) return;
    s.accepted = true;
    if (s.handle !== null) {
      s.ticket = core.ticketNow();
      read(s);
    } else deliver(s);
  }
  send(data) {
    const s = own(this);
    required(arguments.length, 1, "send");
    if (s.connecting) throw domException("WebSocket is still being opened.", "InvalidStateError");
    let bytes;
    if (isBuffer(data)) bytes = bytesOf(data);
    else if (lazy("form").isBlob(data)) bytes = lazy("form").blobBytes(data);
    else bytes = StringPrototypeToWellFormed(typeof data === "string" ? data : `${data}`);
    if (!s.accepted) throw new TypeError("You must call accept() on this WebSocket before sending messages.");
    if (s.outClosed) {
      if (s.standard || s.inClosed) return;
      throw new TypeError("Can't call WebSocket send() after close().");
    }
    post(s, typeof bytes === "string" ? TEXT : BINARY, bytes, 0);
  }
  close(code = undefined, reason = undefined) {
    close(own(this), code, reason);
  }
  serializeAttachment(value) {
    const s = own(this);
    required(arguments.length, 1, "serializeAttachment");
    s.attachment = lazy("clone").structuredClone(value);
  }
  deserializeAttachment() {
    const { attachment } = own(this);
    return attachment === undefined ? null : lazy("clone").structuredClone(attachment);
  }
  get readyState() {
    const s = own(this);
    if (s.connecting) return s.outClosed ? CLOSING : CONNECTING;
    return isOver(s) ? CLOSED : s.inClosed || s.outClosed ? CLOSING : OPEN;
  }
  get url() { return own(this).url; }
  get protocol() { return own(this).protocol; }
  get extensions() { return own(this).extensions; }
  get bufferedAmount() { return own(this).queuedBytes; }
  get binaryType() { return own(this).binaryType; }
  set binaryType(v) {
    const s = own(this);
    v = `${v}`;
    if (v === "blob" || v === "arraybuffer") s.binaryType = v;
  }
}
const numbers = { __proto__: null, CONNECTING, OPEN, CLOSING, CLOSED };
constants(WebSocket, numbers);
constants(WebSocket, {
  __proto__: null, READY_STATE_CONNECTING: CONNECTING, READY_STATE_OPEN: OPEN, READY_STATE_CLOSING: CLOSING, READY_STATE_CLOSED: CLOSED,
});
internal.shape(WebSocket, "WebSocket");
defineHandler(WebSocket, "onopen");
defineHandler(WebSocket, "onmessage");
defineHandler(WebSocket, "onclose");
defineHandler(WebSocket, "onerror");

class WebSocketPair {
  constructor() {
    const a = new Socket(), b = new Socket();
    a.peer = b;
    b.peer = a;
    for (let i = 0; i < 2; i++)
      ObjectDefineProperty(this, i, {
        __proto__: null, value: new WebSocket(kInternal, i === 0 ? a : b), enumerable: true, configurable: true, writable: true,
      });
  }
  // const [client, server] = new WebSocketPair()
  *[SymbolIterator]() {
    yield this[0];
    yield this[1];
  }
}
internal.shape(WebSocketPair, "WebSocketPair");

// --- Responses ------------------------------------------------------------------------------------------------------------------

function checkPassed(v) {
  if (stateOf(v) === undefined) throw new TypeError("The option 'webSocket' is not a WebSocket.");
}

// That of a fetch() that was answered with 101. `passed`: the response has been sent already.
function fetched(handle, passed, headers) {
  const s = new Socket(), { get, listOf } = lazy("headers"), list = listOf(headers);
  s.handle = handle;
  s.passed = passed;
  s.protocol = get(list, "sec-websocket-protocol") ?? "";
  s.extensions = get(list, "sec-websocket-extensions") ?? "";
  return new WebSocket(kInternal, s);
}

// --- Sessions of rpc.js ---------------------------------------------------------------------------------------------------------
// They go over what a WebSocket goes over. `sink` gets the messages as they are; a channel sends bytes.
function channel(s, sink, most) {
  s.sink = sink;
  s.most = most;
  s.accepted = true;
  return {
    __proto__: null,
    send(bytes) {
      if (!s.outClosed) post(s, BINARY, bytes, 0);
    },
    close() {
      if (!s.outClosed) sendClose(s, 1000, "");
    },
  };
}
// { channel, socket }: `socket` is for the Response that the other end gets.
function channelPair(sink, most) {
  const a = new Socket(), b = new Socket();
  a.peer = b;
  b.peer = a;
  return { __proto__: null, channel: channel(b, sink, most), socket: new WebSocket(kInternal, a) };
}
// The end that came with a response.
function channelOf(socket, sink, most) {
  const s = stateOf(socket), made = channel(s, sink, most);
  s.ticket = core.ticketNow();
  read(s);
  return made;
}

// A response with status 101 goes out; what respond() of response.js returns.
function respond(event, ticket, socket, list) {
  const s = stateOf(socket), { respond: send } = internal.natives, headers = lazy("headers").join(list);
  if (s.standard) throw new TypeError("Can't return WebSocket in a Response if it was created with `new WebSocket()`.");
  if (s.accepted) throw new TypeError("Can't return WebSocket in a Response after calling accept().");
  if (s.passed) throw new TypeError("Can't return WebSocket that was already used in a response.");
  s.passed = true;
  if (s.handle !== null) {
    send(ticket, 101, UPGRADE, "", headers, 3, s.handle, -1);
    return 1;
  }
  const p = s.peer;
  s.peer = null;
  p.peer = null;
  send(ticket, 101, UPGRADE, "", headers, 4, null, -1);
  p.handle = requestStream(ticket);
  p.event = event;
  p.ticket = ticket;
  const { inbox } = s;
  s.inbox = [];
  for (let i = 0; i < inbox.length; i += 3) write(p, inbox[i], inbox[i + 1], inbox[i + 2]);
  // One that nobody accepts ends with its client.
  core.onEnd(event, () => {
    if (p.accepted) return;
    p.inClosed = p.outClosed = true;
    settle(p);
  });
  if (p.accepted) read(p);
  else if (isOver(p)) settle(p);
  return 0;
}

return { WebSocket, WebSocketPair, checkPassed, fetched, respond, channelPair, channelOf };
