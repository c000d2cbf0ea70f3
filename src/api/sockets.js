// "cloudflare:sockets": connect(), TCP with or without TLS, as Workers have it. Edge makes the connection, under its policy of
// addresses; bytes cross the link as those of any body.
const {
  ArrayBufferIsView, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, Error, ObjectDefineProperty,
  PromisePrototypeThen, PromiseReject, PromiseResolve, PromiseWithResolvers, RegExpPrototypeExec, String, StringPrototypeSplit,
  SymbolToStringTag, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag, Uint8Array,
} = primordials;
const lazy = internal.load, core = internal.core;
const { answer, bodyRead, cancel, send, sendable, sendEnd } = internal.natives;
const { dictionary, illegalInvocation, isObject, kInternal, record } = lazy("webidl");

const ON = "on", OFF = "off", STARTTLS = "starttls";

class State {
  constructor() {
    this.handle = null;
    this.transport = OFF;
    this.halfOpen = false;
    this.upgraded = false; // by startTls(): this object has no say any more
    this.host = "";
    this.readable = null;
    this.writable = null;
    this.before = null; // startTls(): what comes first
    this.opened = null; // {promise, resolve, reject}
    this.closed = null;
    this.inEnded = false;
    this.outEnded = false;
    this.over = false;
    this.writing = null; // the promise of what was written last
  }
}
record(State);

// --- Bytes ---------------------------------------------------------------------------------------------------------------

function bytesOf(v) {
  if (ArrayBufferIsView(v))
    return TypedArrayPrototypeGetSymbolToStringTag(v) === undefined
      ? new Uint8Array(DataViewPrototypeGetBuffer(v), DataViewPrototypeGetByteOffset(v), DataViewPrototypeGetByteLength(v))
      : new Uint8Array(TypedArrayPrototypeGetBuffer(v), TypedArrayPrototypeGetByteOffset(v), TypedArrayPrototypeGetByteLength(v));
  if (lazy("bytes").isBuffer(v)) return new Uint8Array(v);
  if (typeof v === "string") return lazy("encoding").encode(v);
  throw new TypeError("This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.");
}

const lostError = () => new Error("Network connection lost.");

function settleClosed(s) {
  if (s.over || !s.inEnded || !s.outEnded) return;
  s.over = true;
  s.closed.resolve(undefined);
}
function broken(s, error) {
  s.inEnded = s.outEnded = true;
  if (s.over) return;
  s.over = true;
  s.closed.reject(error);
}
// The peer has finished sending.
function inputEnded(s) {
  s.inEnded = true;
  if (!s.halfOpen) endOutput(s);
  settleClosed(s);
}
function endOutput(s) {
  if (s.outEnded) return;
  s.outEnded = true;
  sendEnd(s.handle);
  settleClosed(s);
}

function makeReadable(s) {
  const lost = (controller) => {
    if (s.inEnded) return controller.close(); // by close()
    const error = lostError();
    broken(s, error);
    throw error;
  };
  const pull = (controller) => {
    if (s.upgraded) return undefined;
    let r;
    try {
      r = s.inEnded ? null : bodyRead(s.handle);
    } catch {
      return lost(controller);
    }
    if (r === null) {
      controller.close();
      inputEnded(s);
    } else if (typeof r !== "number") controller.enqueue(r);
    else
      return PromisePrototypeThen(core.op(r, s.handle), () => pull(controller), () => lost(controller));
    return undefined;
  };
  return lazy("streams").newNativeReadable({
    id: undefined,
    pull: (controller) => PromisePrototypeThen(s.opened.promise, () => pull(controller)),
    cancel() {
      s.inEnded = true;
      settleClosed(s);
    },
  });
}

function makeWritable(s) {
  const { WritableStream } = lazy("streams_writable");
  const gone = () => {
    const error = lostError();
    broken(s, error);
    throw error;
  };
  const put = (bytes) => {
    if (s.upgraded || s.outEnded) throw new TypeError("This WritableStream has been closed.");
    const more = send(s.handle, bytes);
    if (more === null) gone();
    if (more) return undefined;
    const id = sendable(s.handle);
    return id === 0 ? undefined : PromisePrototypeThen(core.op(id, s.handle), (ok) => (ok === false ? gone() : undefined));
  };
  return new WritableStream({
    __proto__: null,
    write(chunk) {
      const bytes = bytesOf(chunk);
      return (s.writing = PromisePrototypeThen(s.opened.promise, () => put(bytes)));
    },
    close() {
      return PromisePrototypeThen(s.opened.promise, () => {
        if (!s.upgraded) endOutput(s);
      });
    },
    abort() {
      s.outEnded = true;
      if (!s.upgraded) cancel(s.handle);
      broken(s, lostError());
    },
  });
}

// --- The class ---------------------------------------------------------------------------------------------------------------

function wait(s) {
  const quiet = () => {};
  s.opened = PromiseWithResolvers();
  s.closed = PromiseWithResolvers();
  PromisePrototypeThen(s.opened.promise, undefined, quiet);
  PromisePrototypeThen(s.closed.promise, undefined, quiet);
  const listen = () => core.wait(answer(s.handle), () => {
    const parts = StringPrototypeSplit(natives.addresses(s.handle), "\n");
    s.opened.resolve({ remoteAddress: parts[0], localAddress: parts[1] });
  }, failed, s.handle);
  const failed = (error) => {
    const e = new Error(`proxy request failed, cannot connect to the specified address. ${error.message}`);
    s.opened.reject(e);
    broken(s, e);
  };
  if (s.before === null) listen();
  else
    PromisePrototypeThen(s.before, () => {
      try {
        natives.startTls(s.handle, s.host);
        listen();
      } catch (e) {
        failed(e);
      }
    }, failed);
}

let stateOf;
function own(v) {
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

class Socket {
  #s;
  static {
    stateOf = (v) => (isObject(v) && #s in v ? v.#s : undefined);
  }
  constructor(token, state) {
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#s = state;
    wait(state);
    state.readable = makeReadable(state);
    state.writable = makeWritable(state);
  }
  get readable() { return own(this).readable; }
  get writable() { return own(this).writable; }
  get closed() { return own(this).closed.promise; }
  get opened() { return own(this).opened.promise; }
  get upgraded() { return own(this).upgraded; }
  get secureTransport() { return own(this).transport; }
  close() {
    let s;
    try {
      s = own(this);
    } catch (e) {
      return PromiseReject(e);
    }
    if (s.over || s.upgraded) return PromiseResolve(undefined);
    // What was written still leaves.
    const done = () => {
      endOutput(s);
      s.inEnded = true;
      cancel(s.handle);
      settleClosed(s);
    };
    PromisePrototypeThen(s.writing ?? s.opened.promise, done, done);
    return s.closed.promise;
  }
  startTls(options = undefined) {
    const s = own(this), o = dictionary(options, "The options");
    if (s.transport !== STARTTLS)
      throw new TypeError("The `secureTransport` socket option must be set to 'starttls' for startTls to be used.");
    if (s.upgraded) throw new TypeError("Cannot startTls on a TLS socket.");
    if (s.over) throw new TypeError("Cannot startTls on a closed socket.");
    const streams = lazy("streams");
    if (streams.isLocked(s.readable) || s.writable.locked)
      throw new TypeError("This ReadableStream is currently locked to a reader.");
    const name = o?.expectedServerHostname, next = new State();
    next.handle = s.handle;
    next.transport = ON;
    next.halfOpen = s.halfOpen;
    next.host = name === undefined ? s.host : String(name);
    next.before = s.writing ?? s.opened.promise;
    s.upgraded = true;
    s.over = true;
    s.closed.resolve(undefined);
    return new Socket(kInternal, next);
  }
}
internal.shape(Socket, "Socket");

// --- connect() -----------------------------------------------------------------------------------------------------------------

// "host:port", "[::1]:port" or {hostname, port}
function addressOf(v) {
  if (isObject(v)) {
    const { hostname, port } = v;
    return { __proto__: null, host: String(hostname), port: +port };
  }
  const m = RegExpPrototypeExec(/^(?:[a-z]+:\/\/)?(\[[^\]]*\]|[^:/?#@\s]+):(\d+)$/i, String(v));
  if (m === null) throw new TypeError("Specified address could not be parsed.");
  return { __proto__: null, host: m[1], port: +m[2] };
}

function connect(address, options = undefined) {
  core.needEvent("connect");
  const { host, port } = addressOf(address), o = dictionary(options, "The options"), s = new State();
  if (!(port >= 1 && port <= 65535) || port % 1 !== 0) throw new TypeError("The specified port is out of range.");
  if (host === "" || host.length > 255) throw new TypeError("Specified address is missing hostname.");
  const transport = o?.secureTransport ?? OFF;
  if (transport !== ON && transport !== OFF && transport !== STARTTLS)
    throw new TypeError(`Unsupported value in secureTransport socket option: ${transport}`);
  s.transport = transport;
  s.halfOpen = !!o?.allowHalfOpen;
  s.host = host;
  const event = core.eventNow();
  if (event !== null) core.countFetch(event);
  s.handle = natives.connect(host, port, transport === ON);
  return new Socket(kInternal, s);
}

const module = { __proto__: null, connect };
ObjectDefineProperty(module, SymbolToStringTag, { __proto__: null, value: "Module" });

return { connect, Socket, module };
