// node:net over connect() of cloudflare:sockets: a Socket connects out, under the Worker's egress policy. Nothing can listen.
const { Duplex } = internal.load("node/stream");
const EventEmitter = internal.load("node/events");
const { Buffer } = internal.load("node/buffer");
const { codes } = internal.load("node/codes");
const errors = internal.load("node/errors");
const { notImplemented, validateString, validateNumber, validateFunction, validateAbortSignal, validateInt32, validateUint32, validateOneOf, invalidArgType, rangeError, missingArgs, received } = errors;
const { nextTick } = internal.load("node/process");
const { AbortError } = internal.load("node/codes");

// ---- Addresses

const v4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const isIPv4 = (text) => v4.test(`${text}`);
function isIPv6(text) {
  text = `${text}`;
  const zone = text.indexOf("%");
  if (zone >= 0) {
    if (zone === text.length - 1) return false;
    text = text.slice(0, zone);
  }
  const tail = /^(.*:)([\d.]+)$/.exec(text);
  if (tail && tail[2].includes(".")) {
    if (!isIPv4(tail[2])) return false;
    text = `${tail[1]}0:0`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}
const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);

function bits(address, family) {
  if (family === "ipv4") return address.split(".").reduce((n, part) => (n << 8n) | BigInt(part), 0n);
  let text = address.split("%")[0];
  const tail = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (tail) text = `${tail[1]}${((tail[2] << 8) | tail[3]).toString(16)}:${((tail[4] << 8) | tail[5]).toString(16)}`;
  const [head, rest] = text.split("::");
  const left = head ? head.split(":") : [], right = rest ? rest.split(":") : [];
  const groups = rest === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return groups.reduce((n, group) => (n << 16n) | BigInt(`0x${group}`), 0n);
}

class SocketAddress {
  constructor({ address, family = "ipv4", port = 0, flowlabel = 0 } = {}) {
    validateString(family, "options.family");
    family = family.toLowerCase();
    validateOneOf(family, "options.family", ["ipv4", "ipv6"]);
    this.address = address ?? (family === "ipv4" ? "127.0.0.1" : "::");
    if ((family === "ipv4" ? isIPv4 : isIPv6)(this.address) === false) throw errors.typeError("ERR_INVALID_ADDRESS", "Invalid address");
    this.family = family;
    this.port = checkPort(port, "options.port");
    this.flowlabel = flowlabel;
  }
  static isSocketAddress(v) {
    return v instanceof SocketAddress;
  }
}

// Addresses and ranges of them.
class BlockList {
  #rules = [];
  static isBlockList(v) {
    return v instanceof BlockList;
  }
  #parse(address, family) {
    if (address instanceof SocketAddress) return { family: address.family, value: bits(address.address, address.family), text: address.address };
    validateString(address, "address");
    validateString(family, "family");
    family = family.toLowerCase();
    validateOneOf(family, "family", ["ipv4", "ipv6"]);
    if (!(family === "ipv4" ? isIPv4 : isIPv6)(address)) throw errors.typeError("ERR_INVALID_ADDRESS", "Invalid address");
    return { family, value: bits(address, family), text: address };
  }
  addAddress(address, family = "ipv4") {
    const a = this.#parse(address, family);
    this.#rules.unshift({ family: a.family, from: a.value, to: a.value, text: `Address: ${name(a.family)} ${a.text}` });
  }
  addRange(start, end, family = "ipv4") {
    const a = this.#parse(start, family), b = this.#parse(end, family);
    if (a.value > b.value) throw errors.invalidArgValue("start", start, "must come before end");
    this.#rules.unshift({ family: a.family, from: a.value, to: b.value, text: `Range: ${name(a.family)} ${a.text}-${b.text}` });
  }
  addSubnet(network, prefix, family = "ipv4") {
    const a = this.#parse(network, family), size = a.family === "ipv4" ? 32 : 128;
    validateInt32(prefix, "prefix", 0, size);
    const rest = (1n << BigInt(size - prefix)) - 1n, from = a.value & ~rest;
    this.#rules.unshift({ family: a.family, from, to: from | rest, text: `Subnet: ${name(a.family)} ${a.text}/${prefix}` });
  }
  check(address, family = "ipv4") {
    let a;
    try {
      a = this.#parse(address, family);
    } catch (error) {
      if (error.code === "ERR_INVALID_ADDRESS") return false;
      throw error;
    }
    const mapped = a.family === "ipv6" && a.value >> 32n === 0xffffn ? a.value & 0xffffffffn : undefined;
    return this.#rules.some((rule) => (rule.family === a.family && a.value >= rule.from && a.value <= rule.to) ||
      (mapped !== undefined && rule.family === "ipv4" && mapped >= rule.from && mapped <= rule.to));
  }
  get rules() {
    return this.#rules.map(({ text }) => text);
  }
}
const name = (family) => (family === "ipv4" ? "IPv4" : "IPv6");

function checkPort(port, label = "Port", zero = true) {
  const number = typeof port === "string" && port.trim() !== "" ? Number(port) : port;
  if (typeof number !== "number" || number !== number >>> 0 || number > 65535 || (number === 0 && !zero))
    throw rangeError("ERR_SOCKET_BAD_PORT", `${label} should be ${zero ? ">= 0" : "> 0"} and < 65536.${received(port)}.`);
  return number;
}

// ---- Socket

function Socket(options) {
  if (!(this instanceof Socket)) return new Socket(options);
  if (typeof options === "number") options = { fd: options };
  options = { ...options };
  if (options.handle) throw notImplemented("options.handle");
  if (options.fd !== undefined) throw notImplemented("options.fd");
  if (options.objectMode || options.readableObjectMode || options.writableObjectMode)
    throw errors.invalidArgValue("options.objectMode", options.objectMode ?? options.readableObjectMode ?? options.writableObjectMode, "is not supported");
  const signal = options.signal;
  delete options.signal;
  delete options.read;
  Duplex.call(this, { ...options, allowHalfOpen: !!options.allowHalfOpen, emitClose: false, autoDestroy: true, decodeStrings: false });
  this.allowHalfOpen = !!options.allowHalfOpen;
  this.connecting = false;
  this.timeout = 0;
  this._hadError = false;
  this._host = null;
  this._handle = null; // { socket, reader, writer } of cloudflare:sockets
  this._bytesRead = 0;
  this._bytesWritten = 0;
  this.server = null;
  this._pendingWrite = null;
  if (options.noDelay !== undefined) this.setNoDelay(options.noDelay);
  this.on("end", function () {
    if (!this.allowHalfOpen) this.write = writeAfterEnd;
  });
  if (signal) {
    validateAbortSignal(signal, "options.signal");
    const abort = () => this.destroy(new AbortError(undefined, { cause: signal.reason }));
    if (signal.aborted) nextTick(abort);
    else signal.addEventListener("abort", abort, { once: true });
  }
}
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);

function writeAfterEnd(chunk, encoding, callback) {
  if (this.writableEnded) return Duplex.prototype.write.call(this, chunk, encoding, callback);
  if (typeof encoding === "function") callback = encoding;
  const error = new Error("This socket has been ended by the other party");
  error.code = "EPIPE";
  if (typeof callback === "function") nextTick(callback, error);
  this.destroy(error);
  return false;
}

const getter = (get) => ({ __proto__: null, configurable: true, enumerable: true, get });
Object.defineProperties(Socket.prototype, {
  pending: getter(function () {
    return !this._handle || this.connecting;
  }),
  readyState: getter(function () {
    if (this.connecting) return "opening";
    if (this.readable && this.writable) return "open";
    return this.readable ? "readOnly" : this.writable ? "writeOnly" : "closed";
  }),
  bufferSize: getter(function () {
    return this._handle !== undefined ? this.writableLength : undefined;
  }),
  bytesRead: getter(function () {
    return this._bytesRead;
  }),
  bytesWritten: getter(function () {
    if (this._bytesWritten === undefined) return undefined;
    let bytes = this._bytesWritten;
    const w = this._writableState;
    for (const { chunk, encoding } of w?.getBuffer?.() ?? []) bytes += typeof chunk === "string" ? Buffer.byteLength(chunk, encoding) : chunk.length;
    return bytes;
  }),
  remoteAddress: getter(function () {
    return this._remote?.address;
  }),
  remoteFamily: getter(function () {
    return this._remote?.family;
  }),
  remotePort: getter(function () {
    return this._remote?.port;
  }),
  localAddress: getter(function () {
    return this._local?.address;
  }),
  localPort: getter(function () {
    return this._local?.port;
  }),
  localFamily: getter(function () {
    return this._local?.family;
  }),
  _connecting: getter(function () {
    return this.connecting;
  }),
});

// "1.2.3.4:80", "[::1]:80"
function endpoint(text) {
  const at = text?.lastIndexOf(":") ?? -1;
  if (at < 0) return undefined;
  const address = text.slice(0, at).replace(/^\[|\]$/g, "");
  return { address, port: Number(text.slice(at + 1)), family: isIP(address) === 6 ? "IPv6" : "IPv4" };
}

// (options, cb), (port, host, cb), (path, cb): [options, cb]
function normalizeArgs(args) {
  let options = {};
  const first = args[0];
  if (typeof first === "object" && first !== null) options = first;
  else if (typeof first === "string" && Number.isNaN(Number(first))) options.path = first;
  else {
    options.port = first;
    if (args.length > 1 && typeof args[1] === "string") options.host = args[1];
  }
  const callback = args[args.length - 1];
  return [options, typeof callback === "function" ? callback : null];
}

Socket.prototype.connect = function (...args) {
  const [options, callback] = normalizeArgs(Array.isArray(args[0]) ? args[0] : args);
  if (this.connecting) throw new codes.ERR_SOCKET_CONNECTING();
  if (this.destroyed) this._undestroy();
  if (options.path) throw notImplemented("options.path");
  if (options.localAddress !== undefined && !isIP(options.localAddress)) throw errors.typeError("ERR_INVALID_IP_ADDRESS", `Invalid IP address: ${options.localAddress}`);
  if (options.localPort !== undefined) validateNumber(options.localPort, "options.localPort");
  if (options.port === undefined) throw missingArgs(["options", "port", "path"]);
  if (typeof options.port !== "number" && typeof options.port !== "string") throw invalidArgType("options.port", ["number", "string"], options.port);
  if (options.host !== undefined) validateString(options.host, "options.host");
  if (options.lookup !== undefined) validateFunction(options.lookup, "options.lookup");
  const port = checkPort(options.port, "options.port"), host = options.host || "localhost";
  if (callback !== null) this.once("connect", callback);
  this.connecting = true;
  this._host = host;
  try {
    this._open(internal.load("sockets").connect({ hostname: host, port }, this._socketOptions(options)), { address: host, port, family: isIP(host) === 6 ? "IPv6" : "IPv4" });
  } catch (error) {
    this.connecting = false;
    nextTick(() => this.destroy(error));
  }
  return this;
};

Socket.prototype._socketOptions = function () {
  return { secureTransport: "starttls", allowHalfOpen: this.allowHalfOpen };
};

// A socket of cloudflare:sockets is this one's.
Socket.prototype._open = function (socket, remote) {
  const handle = { socket, reader: socket.readable.getReader(), writer: socket.writable.getWriter() };
  this._handle = handle;
  handle.writer.closed.catch(() => {});
  handle.reader.closed.catch(() => {});
  socket.closed.catch(() => {});
  socket.opened.then((info) => {
    if (this.destroyed || this._handle !== handle) return;
    this.connecting = false;
    this._remote = endpoint(info?.remoteAddress) ?? remote;
    this._local = endpoint(info?.localAddress);
    this._restartTimer();
    this.emit("connect");
    this._opened?.();
    this.emit("ready");
    if (this._wanted) this._read();
    else if (this._readableState.flowing !== false) this.read(0);
    const write = this._pendingWrite;
    this._pendingWrite = null;
    write?.();
  }, (error) => {
    if (this._handle === handle) this.destroy(error);
  });
};

Socket.prototype._read = function () {
  const handle = this._handle;
  if (!handle || this.connecting) {
    this._wanted = true;
    return;
  }
  this._wanted = false;
  handle.reader.read().then(({ done, value }) => {
    if (this._handle !== handle) return;
    this._restartTimer();
    if (done) {
      this.push(null);
      if (this.readableLength === 0) this.read(0);
      return;
    }
    this._bytesRead += value.byteLength;
    this.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }, (error) => {
    if (this._handle === handle && !this.destroyed) this.destroy(error);
  });
};

Socket.prototype._write = function (chunk, encoding, callback) {
  if (this.connecting || !this._handle) {
    if (!this.connecting && !this._handle) return callback(new codes.ERR_SOCKET_CLOSED());
    this._pendingWrite = () => this._write(chunk, encoding, callback);
    return;
  }
  const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
  this._restartTimer();
  this._bytesWritten += bytes.length;
  this._handle.writer.write(bytes).then(() => callback(), (error) => callback(error ?? new codes.ERR_SOCKET_CLOSED()));
};

Socket.prototype._final = function (callback) {
  if (this.connecting) return void this.once("connect", () => this._final(callback));
  if (!this._handle) return callback();
  this._handle.writer.close().then(() => callback(), () => callback());
};

Socket.prototype._destroy = function (error, callback) {
  this.connecting = false;
  this._clearTimer();
  const handle = this._handle;
  this._handle = null;
  if (handle) {
    handle.reader.cancel().catch(() => {});
    handle.writer.abort?.().catch(() => {});
    handle.socket.close?.()?.catch?.(() => {});
  }
  const write = this._pendingWrite;
  this._pendingWrite = null;
  if (write) nextTick(write);
  callback(error);
  nextTick(() => this.emit("close", !!error));
};

Socket.prototype.resetAndDestroy = function () {
  if (this.connecting) this.once("connect", () => this.destroy());
  else this.destroy(this._handle ? undefined : new codes.ERR_SOCKET_CLOSED());
  return this;
};
Socket.prototype.destroySoon = function () {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once("finish", this.destroy);
};

// ---- Idle time

Socket.prototype.setTimeout = function (ms, callback) {
  if (this.destroyed) return this;
  validateNumber(ms, "msecs", 0);
  this.timeout = ms;
  if (callback !== undefined) {
    validateFunction(callback, "callback");
    if (ms === 0) this.removeListener("timeout", callback);
    else this.once("timeout", callback);
  }
  this._clearTimer();
  this._restartTimer();
  return this;
};
Socket.prototype._clearTimer = function () {
  if (this._timer !== undefined) internal.core.timerClear(this._timer);
  this._timer = undefined;
};
Socket.prototype._restartTimer = function () {
  if (!(this.timeout > 0)) return;
  this._clearTimer();
  this._timer = internal.core.timer(this.timeout, () => {
    this._timer = undefined;
    this.emit("timeout");
  });
};

for (const method of ["setNoDelay", "setKeepAlive", "ref", "unref"]) Socket.prototype[method] = { [method]() {
  return this;
} }[method];
Socket.prototype.address = function () {
  return this._local ? { ...this._local } : {};
};

// ---- What there is not

function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  throw notImplemented("Server");
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

function connect(...args) {
  const [options, callback] = normalizeArgs(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return callback ? socket.connect(options, callback) : socket.connect(options);
}

let autoSelect = false, autoSelectTimeout = 250;
return {
  BlockList, SocketAddress, Socket, Stream: Socket, Server, connect, createConnection: connect, isIP, isIPv4, isIPv6, _normalizeArgs: normalizeArgs,
  createServer() {
    throw notImplemented("net.createServer()");
  },
  getDefaultAutoSelectFamily: () => autoSelect,
  setDefaultAutoSelectFamily(value) {
    errors.validateBoolean(value, "value");
    autoSelect = value;
  },
  getDefaultAutoSelectFamilyAttemptTimeout: () => autoSelectTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout(value) {
    validateInt32(value, "value", 1);
    autoSelectTimeout = Math.max(10, value);
  },
};
