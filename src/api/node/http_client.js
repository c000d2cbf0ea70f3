// node:http ClientRequest and Agent: a request is a fetch(), under the Worker's egress policy.
const { OutgoingMessage, bodyStream } = internal.load("node/http_outgoing");
const { IncomingMessage } = internal.load("node/http_incoming");
const { checkIsHttpToken, Connection, STATUS_CODES } = internal.load("node/http_common");
const { codes, AbortError } = internal.load("node/codes");
const errors = internal.load("node/errors");
const { validateString, validateBoolean, validateFunction, validateObject, validateAbortSignal, validateNumber, invalidArgType, invalidArgValue, typeError } = errors;
const EventEmitter = internal.load("node/events");
const { Buffer } = internal.load("node/buffer");
const { nextTick } = internal.load("node/process");

const noBodyMethods = ["GET", "HEAD"];
const badPath = /[^\x21-\xff]/;

// A path that a URL parser would read as another host is refused.
function checkPath(path) {
  if (badPath.test(path)) throw typeError("ERR_UNESCAPED_CHARACTERS", "Request path contains unescaped characters");
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path) || /^[\\/]{2}/.test(path) || path[0] === "\\")
    throw invalidArgValue("options.path", path, "must be a path, not the address of another host");
}

// Options of http.request() for a URL.
function urlToOptions(url) {
  const { protocol, hostname, hash, search, pathname, href } = url;
  const options = {
    __proto__: null, protocol, hostname: hostname[0] === "[" ? hostname.slice(1, -1) : hostname, hash, search, pathname,
    path: `${pathname || ""}${search || ""}`, href,
  };
  if (url.port !== "") options.port = Number(url.port);
  if (url.username || url.password) options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return options;
}

function ClientRequest(input, options, callback) {
  if (!(this instanceof ClientRequest)) return new ClientRequest(input, options, callback);
  OutgoingMessage.call(this);
  if (typeof input === "string") input = urlToOptions(new URL(input));
  else if (input instanceof URL) input = urlToOptions(input);
  else {
    callback = options;
    options = input;
    input = null;
  }
  if (typeof options === "function") {
    callback = options;
    options = input || {};
  } else {
    options = Object.assign(input || {}, options);
  }
  this._setUp(options, callback);
}
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ClientRequest, OutgoingMessage);

ClientRequest.prototype._setUp = function (options, callback) {
  const agent = options.agent === false ? new Agent() : options.agent ?? options._defaultAgent ?? globalAgent;
  if (agent === null || typeof agent !== "object" || typeof agent.addRequest !== "function")
    throw invalidArgType("options.agent", ["Agent-like Object", "undefined", "false"], options.agent);
  this.agent = agent;
  const protocol = options.protocol || agent.protocol || "http:", expected = agent.protocol || protocol;
  if (protocol !== expected) throw new codes.ERR_INVALID_PROTOCOL(protocol, expected);
  if (options.path !== undefined && options.path !== null) {
    const path = String(options.path);
    checkPath(path);
  }
  for (const name of ["hostname", "host"])
    if (options[name] !== undefined && options[name] !== null && typeof options[name] !== "string")
      throw invalidArgType(`options.${name}`, ["string", "undefined", "null"], options[name]);
  const method = options.method;
  if (method !== undefined && method !== null && typeof method !== "string") throw invalidArgType("options.method", "string", method);
  this.method = method ? method.toUpperCase() : "GET";
  if (!checkIsHttpToken(this.method)) throw new codes.ERR_INVALID_HTTP_TOKEN("Method", method);
  if (options.insecureHTTPParser !== undefined) validateBoolean(options.insecureHTTPParser, "options.insecureHTTPParser");
  if (options.timeout !== undefined) validateNumber(options.timeout, "timeout", 0);
  if (options.signal !== undefined && options.signal !== null) validateAbortSignal(options.signal, "options.signal");
  if (callback !== undefined && callback !== null) {
    validateFunction(callback, "callback");
    this.once("response", callback);
  }
  this.protocol = protocol;
  this.path = options.path || "/";
  this.host = options.hostname || options.host || "localhost";
  this.port = options.port || options.defaultPort || agent.defaultPort || (protocol === "https:" ? 443 : 80);
  this.joinDuplicateHeaders = options.joinDuplicateHeaders ?? false;
  this.maxHeadersCount = null;
  this.reusedSocket = false;
  this.aborted = false;
  this.res = null;
  this.timeout = options.timeout;
  this.useChunkedEncodingByDefault = !noBodyMethods.includes(this.method);
  this._ac = new AbortController();
  this._started = false;
  this._setFields(options);
  if (options.signal) this._follow(options.signal);
  this.socket = new Connection(this, protocol === "https:");
  nextTick(() => {
    if (!this.destroyed) this.emit("socket", this.socket);
  });
};

ClientRequest.prototype._setFields = function (options) {
  const { headers } = options;
  if (Array.isArray(headers)) {
    const flat = Array.isArray(headers[0]) ? headers.flat() : headers;
    for (let i = 0; i < flat.length; i += 2) this.appendHeader(flat[i], flat[i + 1]);
  } else if (headers) {
    for (const name of Object.keys(headers)) this.setHeader(name, headers[name]);
  }
  if (options.setDefaultHeaders === false) return;
  if (!this.hasHeader("host") && options.setHost !== false) {
    const usual = (this.protocol === "https:" ? 443 : 80) === Number(this.port);
    const host = this.host.includes(":") && this.host[0] !== "[" ? `[${this.host}]` : this.host;
    this.setHeader("Host", usual ? host : `${host}:${this.port}`);
  }
  if (options.auth && !this.hasHeader("authorization")) this.setHeader("Authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`);
};

ClientRequest.prototype._follow = function (signal) {
  const abort = () => this.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) nextTick(abort);
  else signal.addEventListener("abort", abort, { once: true });
};

ClientRequest.prototype._implicitHeader = function () {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT("render");
  this._header = `${this.method} ${this.path} HTTP/1.1\r\n`;
};

// Written and not sent: when it is too much to keep, the request begins before its end.
ClientRequest.prototype._waiting = function () {
  if (this.outputSize >= this.writableHighWaterMark) this._send();
};

ClientRequest.prototype._send = function () {
  if (this._started || this.finished) return;
  const { stream, sink } = bodyStream(this);
  this._sink = sink;
  this._start(noBodyMethods.includes(this.method) ? undefined : stream);
  this._push();
};

ClientRequest.prototype._finishing = function () {
  if (this._sink) {
    this._push();
    this._sink.end();
  } else if (!this.destroyed) {
    const chunks = this.outputData.splice(0);
    this.outputSize = 0;
    const body = chunks.length > 0 ? Buffer.concat(chunks.map(([bytes]) => bytes)) : undefined;
    for (const [, callback] of chunks) if (callback) nextTick(callback);
    this._start(noBodyMethods.includes(this.method) || (!body && this.method !== "POST" && this.method !== "PUT" && this.method !== "PATCH") ? undefined : body ?? "");
  }
  nextTick(() => this._finish());
};

ClientRequest.prototype._start = function (body) {
  if (this._started) return;
  this._started = true;
  const host = this.host.includes(":") && this.host[0] !== "[" ? `[${this.host}]` : this.host;
  let promise;
  try {
    checkPath(this.path);
    const url = new URL(`${this.protocol}//${host}:${this.port}${this.path[0] === "/" ? "" : "/"}${this.path}`);
    const headers = new Headers();
    for (const [name, value] of this._fieldList()) {
      const lower = name.toLowerCase();
      if (lower !== "host" && lower !== "connection" && lower !== "transfer-encoding" && lower !== "content-length" && lower !== "keep-alive") headers.append(name, value);
    }
    promise = fetch(url, { method: this.method, headers, body, redirect: "manual", signal: this._ac.signal });
  } catch (error) {
    return void this.destroy(error);
  }
  if (this.timeout > 0) this._armTimeout(this.timeout);
  promise.then((response) => this._got(response), (error) => {
    if (!this.destroyed) this.destroy(error);
  });
};

ClientRequest.prototype._got = function (response) {
  this._clearTimeout();
  if (this.destroyed) return;
  const res = new IncomingMessage(this.socket);
  res._isResponse = true;
  res.joinDuplicateHeaders = this.joinDuplicateHeaders;
  res.statusCode = response.status;
  res.statusMessage = response.statusText || STATUS_CODES[response.status] || "";
  res.url = "";
  res.req = this;
  const list = internal.load("headers").listOf(response.headers);
  for (let i = 0; i < list.length; i += 2) res.rawHeaders.push(list[i], list[i + 1]);
  res._setBody(response.body);
  this.res = res;
  res.on("close", () => this._close());
  if (!this.emit("response", res)) res._dump();
};

ClientRequest.prototype.abort = function () {
  if (this.aborted) return;
  this.aborted = true;
  nextTick(() => this.emit("abort"));
  this.destroy();
};

const destroyMessage = OutgoingMessage.prototype.destroy;
ClientRequest.prototype.destroy = function (error) {
  if (this.destroyed) return this;
  this._clearTimeout();
  this._ac.abort();
  if (this.res) this.res.destroy(error);
  else if (!error) {
    error = new Error("socket hang up");
    error.code = "ECONNRESET";
  }
  this.socket.destroyed = true;
  return destroyMessage.call(this, error);
};

ClientRequest.prototype._armTimeout = function (ms) {
  this._clearTimeout();
  if (ms > 0) this._timer = internal.core.timer(ms, () => this.emit("timeout"));
};
ClientRequest.prototype._clearTimeout = function () {
  if (this._timer !== undefined) internal.core.timerClear(this._timer);
  this._timer = undefined;
};
ClientRequest.prototype.setTimeout = function (ms, callback) {
  this.timeout = ms;
  if (callback) {
    validateFunction(callback, "callback");
    this.once("timeout", callback);
  }
  if (this._started && !this.res) this._armTimeout(ms);
  return this;
};
ClientRequest.prototype.setNoDelay = ClientRequest.prototype.setSocketKeepAlive = ClientRequest.prototype.clearTimeout = function () {};
ClientRequest.prototype.onSocket = function () {};

// ---- Agent: the platform keeps connections; what is set here is only remembered.

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { __proto__: null, ...options };
  if (this.options.noDelay === undefined) this.options.noDelay = true;
  this.options.path = null;
  this.defaultPort = 80;
  this.protocol = "http:";
  this.requests = { __proto__: null };
  this.sockets = { __proto__: null };
  this.freeSockets = { __proto__: null };
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Infinity;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || "lifo";
  this.maxTotalSockets = this.options.maxTotalSockets ?? Infinity;
  this.totalSocketCount = 0;
  errors.validateOneOf(this.scheduling, "scheduling", ["fifo", "lifo"]);
  if (this.options.maxTotalSockets !== undefined) validateNumber(this.maxTotalSockets, "maxTotalSockets", 1);
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
Agent.defaultMaxSockets = Infinity;

Agent.prototype.addRequest = Agent.prototype.createSocket = Agent.prototype.removeSocket = Agent.prototype.reuseSocket = function () {};
Agent.prototype.createConnection = function (...args) {
  return internal.load("node/net").createConnection(...args);
};
Agent.prototype.keepSocketAlive = () => true;
Agent.prototype.destroy = function () {};
Agent.prototype.getName = function (options = {}) {
  let name = `${options.host || "localhost"}:${options.port || ""}:${options.localAddress || ""}`;
  if (options.family === 4 || options.family === 6) name += `:${options.family}`;
  if (options.socketPath) name += `:${options.socketPath}`;
  return name;
};

const globalAgent = new Agent({ keepAlive: true, scheduling: "lifo", timeout: 5000 });

return { ClientRequest, Agent, globalAgent, urlToOptions };
