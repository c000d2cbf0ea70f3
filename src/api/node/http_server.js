// node:http Server and ServerResponse. A server listens on a port that exists in this isolate only; httpServerHandler() and
// handleAsNodeRequest() of cloudflare:node bring it the Worker's requests.
const EventEmitter = internal.load("node/events");
const { OutgoingMessage, bodyStream } = internal.load("node/http_outgoing");
const { IncomingMessage } = internal.load("node/http_incoming");
const { STATUS_CODES, checkInvalidHeaderChar, Connection } = internal.load("node/http_common");
const { codes } = internal.load("node/codes");
const errors = internal.load("node/errors");
const { validateInteger, validateObject, validateFunction, invalidArgType, outOfRange, rangeError, error: coded } = errors;
const { nextTick } = internal.load("node/process");

const noBody = (status) => status === 204 || status === 304 || status === 205 || (status >= 100 && status < 200);

// ---- ServerResponse

function ServerResponse(req, options) {
  if (!(this instanceof ServerResponse)) return new ServerResponse(req, options);
  OutgoingMessage.call(this, options);
  this.req = req;
  this.statusCode = 200;
  this.statusMessage = undefined;
  this.sendDate = true;
  this._sent100 = false;
  this._expect_continue = false;
  this._hasBody = req?.method !== "HEAD";
  this._answer = null; // { resolve, reject } of the promise of a Response
  this._left = Infinity; // bytes that content-length still allows
}
Object.setPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ServerResponse, OutgoingMessage);

ServerResponse.prototype.writeHead = function (statusCode, reason, fields) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT("write");
  const given = statusCode;
  statusCode |= 0;
  if (statusCode < 100 || statusCode > 999) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(given);
  if (typeof reason === "string") {
    this.statusMessage = reason;
  } else {
    this.statusMessage ??= STATUS_CODES[statusCode] ?? "unknown";
    fields ??= reason;
  }
  if (checkInvalidHeaderChar(this.statusMessage)) throw new codes.ERR_INVALID_CHAR("statusMessage");
  this.statusCode = statusCode;
  if (Array.isArray(fields)) {
    if (fields.length > 0 && Array.isArray(fields[0])) fields = fields.flat();
    if (fields.length % 2 !== 0) throw errors.invalidArgValue("headers", fields);
    for (let i = 0; i < fields.length; i += 2) if (this.hasHeader(fields[i])) this.removeHeader(fields[i]);
    for (let i = 0; i < fields.length; i += 2) this.appendHeader(fields[i], fields[i + 1]);
  } else if (fields) {
    for (const name of Object.keys(fields)) if (name) this.setHeader(name, fields[name]);
  }
  if (noBody(statusCode)) this._hasBody = false;
  this._header = `HTTP/1.1 ${statusCode} ${this.statusMessage}\r\n`;
  return this;
};
ServerResponse.prototype.writeHeader = ServerResponse.prototype.writeHead;

ServerResponse.prototype._implicitHeader = function () {
  this.writeHead(this.statusCode);
};

ServerResponse.prototype.writeContinue = function (callback) {
  this._sent100 = true;
  if (callback) nextTick(callback);
};
ServerResponse.prototype.writeProcessing = ServerResponse.prototype.writeEarlyHints = function (hints, callback) {
  if (typeof hints === "function") callback = hints;
  if (typeof callback === "function") nextTick(callback);
};
ServerResponse.prototype.assignSocket = function (socket) {
  this.socket = socket;
};
ServerResponse.prototype.detachSocket = function () {
  this.socket = null;
};

// The Response: with all of its body when end() came first, else with a stream.
ServerResponse.prototype._send = function () {
  if (this._sink || !this._answer) return;
  const length = this.getHeader("content-length");
  if (length !== undefined && /^\d+$/.test(`${length}`)) this._left = Number(length);
  const { stream, sink } = bodyStream(this);
  const write = sink.write;
  sink.write = (bytes) => {
    if (bytes.length > this._left) bytes = bytes.subarray(0, this._left);
    this._left -= bytes.length;
    if (bytes.length > 0) write(bytes);
  };
  this._sink = sink;
  this._respond(this._hasBody ? stream : null);
};

ServerResponse.prototype._respond = function (body) {
  const answer = this._answer;
  this._answer = null;
  try {
    // The length is the stream's affair: a false one must not reach the client.
    const fields = this._fieldList().filter(([name]) => {
      const lower = name.toLowerCase();
      return lower !== "transfer-encoding" && lower !== "connection" && lower !== "keep-alive" && (lower !== "content-length" || this.req?.method === "HEAD");
    });
    answer.resolve(new Response(body, { status: this.statusCode, statusText: this.statusMessage, headers: fields }));
  } catch (error) {
    answer.reject(error);
  }
};

ServerResponse.prototype._waiting = function () {
  this._send();
  if (this._sink) this._push();
};

ServerResponse.prototype._finishing = function () {
  if (this._sink) {
    this._push();
    this._sink.end();
  } else if (this._answer) {
    const chunks = this.outputData.splice(0);
    const length = this.getHeader("content-length");
    let all = internal.load("node/buffer").Buffer.concat(chunks.map(([bytes]) => bytes));
    this.outputSize = 0;
    for (const [, callback] of chunks) if (callback) nextTick(callback);
    if (length !== undefined && all.length > Number(length)) all = all.subarray(0, Number(length));
    this._respond(this._hasBody && !noBody(this.statusCode) ? all : null);
  }
  nextTick(() => {
    this._finish();
    nextTick(() => this._close());
  });
};

const destroyMessage = OutgoingMessage.prototype.destroy;
ServerResponse.prototype.destroy = function (error) {
  const answer = this._answer;
  this._answer = null;
  answer?.reject(error ?? new Error("The response was destroyed before it began"));
  return destroyMessage.call(this, error);
};

// ---- Server

const servers = new Map(); // port -> Server
const FIRST_PORT = 49152, LAST_PORT = 65535;

function portOf(value, name = "port") {
  if (typeof value === "string" && value.trim() !== "") value = Number(value);
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > LAST_PORT)
    throw rangeError("ERR_SOCKET_BAD_PORT", `options.${name} should be >= 0 and < 65536. Received ${errors.received(value).slice(10)}.`);
  return value;
}

function freePort() {
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) if (!servers.has(port)) return port;
  throw coded("EADDRNOTAVAIL", "there is no port left");
}

function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  EventEmitter.call(this);
  if (typeof options === "function") {
    listener = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    validateObject(options, "options");
  }
  if (listener !== undefined) {
    validateFunction(listener, "requestListener");
    this.on("request", listener);
  }
  this._IncomingMessage = options.IncomingMessage ?? IncomingMessage;
  this._ServerResponse = options.ServerResponse ?? ServerResponse;
  const time = (name, otherwise) => {
    if (options[name] === undefined) return otherwise;
    validateInteger(options[name], name, 0);
    return options[name];
  };
  this.requestTimeout = time("requestTimeout", 300000);
  this.headersTimeout = time("headersTimeout", Math.min(60000, this.requestTimeout));
  if (this.requestTimeout > 0 && this.headersTimeout > 0 && this.headersTimeout > this.requestTimeout)
    throw outOfRange("headersTimeout", "<= requestTimeout", options.headersTimeout);
  this.keepAliveTimeout = time("keepAliveTimeout", 5000);
  this.connectionsCheckingInterval = time("connectionsCheckingInterval", 30000);
  this.joinDuplicateHeaders = options.joinDuplicateHeaders ?? false;
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  this.httpAllowHalfOpen = false;
  this.listening = false;
  this._port = null;
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

// (port, host?, backlog?, callback?), (options, callback?), (callback?)
Server.prototype.listen = function (...args) {
  const callback = typeof args[args.length - 1] === "function" ? args.pop() : undefined;
  let [port] = args;
  if (port !== null && typeof port === "object") {
    if (port.port === undefined) throw errors.invalidArgValue("options", port, 'must have the property "port"');
    ({ port } = port);
  }
  port = port === undefined || port === null ? 0 : portOf(port);
  if (this.listening) throw coded("ERR_SERVER_ALREADY_LISTEN", "Listen method has been called more than once without closing.");
  if (port === 0) port = freePort();
  if (servers.has(port)) {
    const error = coded("EADDRINUSE", `listen EADDRINUSE: address already in use :::${port}`);
    Object.assign(error, { syscall: "listen", port });
    nextTick(() => this.emit("error", error));
    return this;
  }
  servers.set(port, this);
  this._port = port;
  this.listening = true;
  if (callback) this.once("listening", callback);
  nextTick(() => this.emit("listening"));
  return this;
};

Server.prototype.address = function () {
  return this.listening ? { address: "127.0.0.1", family: "IPv4", port: this._port } : null;
};

Server.prototype.close = function (callback) {
  const was = this.listening;
  if (was) {
    servers.delete(this._port);
    this.listening = false;
    this._port = null;
  }
  if (typeof callback === "function") {
    if (was) this.once("close", callback);
    else nextTick(callback, coded("ERR_SERVER_NOT_RUNNING", "Server is not running."));
  }
  if (was) nextTick(() => this.emit("close"));
  return this;
};

Server.prototype.closeAllConnections = Server.prototype.closeIdleConnections = function () {};
Server.prototype.ref = Server.prototype.unref = function () {
  return this;
};
Server.prototype.setTimeout = function (ms, callback) {
  this.timeout = typeof ms === "number" ? ms : 0;
  if (callback) this.on("timeout", callback);
  return this;
};
Server.prototype.getConnections = function (callback) {
  nextTick(callback, null, 0);
  return this;
};
Server.prototype[Symbol.asyncDispose] = function () {
  return new Promise((resolve, reject) => this.close((error) => (error && error.code !== "ERR_SERVER_NOT_RUNNING" ? reject(error) : resolve())));
};

// A Request of the web as the server's "request" event; a promise of its Response.
Server.prototype._serve = function (request, env, ctx) {
  const url = new URL(request.url), connection = new Connection(request, url.protocol === "https:", request.headers.get("cf-connecting-ip") ?? undefined);
  const req = new this._IncomingMessage(connection);
  req.method = request.method;
  req.url = url.pathname + url.search;
  req.joinDuplicateHeaders = this.joinDuplicateHeaders;
  req.cloudflare = { cf: request.cf ?? {}, env, ctx };
  const list = internal.load("headers").listOf(request.headers);
  for (let i = 0; i < list.length; i += 2) addField(req, list[i], list[i + 1]);
  if (!request.headers.has("host")) req.rawHeaders.push("host", url.host);
  // A request that was made in a Worker says nothing of its body's length; frameworks ask whether there is one.
  if (request.body && !request.headers.has("content-length") && !request.headers.has("transfer-encoding"))
    req.rawHeaders.push("transfer-encoding", "chunked");
  req._setBody(request.body);
  const res = new this._ServerResponse(req);
  res.socket = connection;
  res.assignSocket?.(connection);
  const answered = new Promise((resolve, reject) => (res._answer = { resolve, reject }));
  request.signal?.addEventListener?.("abort", () => {
    req.destroy();
    res.destroy();
  }, { once: true });
  res.on("close", () => {
    if (!req.destroyed && !req._consuming) req._dump();
  });
  this.emit("connection", connection);
  if (!this.emit("request", req, res)) {
    res.statusCode = 404;
    res.end();
  }
  return answered;
};

function addField(req, name, value) {
  req.rawHeaders.push(name, value);
}

// ---- cloudflare:node

function portOfServer(descriptor) {
  if (descriptor === null || descriptor === undefined) throw new TypeError("Server descriptor cannot be null or undefined");
  if (typeof descriptor === "number") return descriptor;
  if (descriptor instanceof Server && !descriptor.listening) descriptor.listen(0);
  const port = typeof descriptor.address === "function" ? descriptor.address()?.port : descriptor.port;
  if (typeof port !== "number") throw new TypeError("Failed to determine port for server");
  return port;
}

async function handleAsNodeRequest(descriptor, request, env, ctx) {
  const port = portOfServer(descriptor);
  const server = servers.get(port);
  if (server === undefined)
    throw new Error(`Http server with port ${port} not found. This is likely a bug with your code. You should check if server.listen() was called with the same port (${port})`);
  return server._serve(request, env ?? internal.core.env, ctx);
}

function httpServerHandler(descriptor, handlers = {}) {
  const port = portOfServer(descriptor);
  return {
    ...handlers,
    fetch(request, env, ctx) {
      return handleAsNodeRequest(port, request, env, ctx);
    },
  };
}

return { Server, ServerResponse, handleAsNodeRequest, httpServerHandler, portOf };
