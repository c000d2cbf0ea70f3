// node:tls over cloudflare:sockets: the platform does the handshake and checks the certificate against the host's name.
const net = internal.load("node/net");
const errors = internal.load("node/errors");
const { notImplemented, validateString, validateFunction, validateObject, invalidArgType } = errors;
const { Buffer } = internal.load("node/buffer");

const unsupportedOptions = ["isServer", "requestCert", "ALPNProtocols", "SNICallback", "pskCallback", "enableTrace", "requestOCSP"];

// What would have an effect that the platform does not give is refused, never ignored.
function checkOptions(options) {
  if (options.checkServerIdentity !== undefined) {
    validateFunction(options.checkServerIdentity, "options.checkServerIdentity");
    if (options.checkServerIdentity !== checkServerIdentity) throw optionAbsent("options.checkServerIdentity");
  }
  if (options.rejectUnauthorized === false) throw optionAbsent("options.rejectUnauthorized");
  for (const name of unsupportedOptions) if (options[name]) throw optionAbsent(`options.${name}`);
}
const optionAbsent = (name) => errors.error("ERR_OPTION_NOT_IMPLEMENTED", `The ${name} option is not implemented`);

function TLSSocket(socket, options) {
  if (!(this instanceof TLSSocket)) return new TLSSocket(socket, options);
  options = { ...options };
  checkOptions(options);
  if (socket !== undefined && socket !== null && !(socket instanceof net.Socket)) throw notImplemented("A stream that is no net.Socket");
  net.Socket.call(this, { allowHalfOpen: socket?.allowHalfOpen ?? options.allowHalfOpen, signal: options.signal });
  this._tlsOptions = options;
  this.authorized = false;
  this.authorizationError = null;
  this.encrypted = true;
  this.alpnProtocol = false;
  this.servername = options.servername;
  this.secureConnecting = true;
  if (socket) this._upgrade(socket);
}
Object.setPrototypeOf(TLSSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(TLSSocket, net.Socket);

TLSSocket.prototype._socketOptions = function () {
  return { secureTransport: "on", allowHalfOpen: this.allowHalfOpen };
};
TLSSocket.prototype._opened = function () {
  this.authorized = true;
  this.secureConnecting = false;
  this.emit("secureConnect");
  this.emit("secure");
};

// Plain so far, TLS from here on.
TLSSocket.prototype._upgrade = function (socket) {
  this.connecting = true;
  const start = () => {
    const handle = socket._handle;
    if (!handle) return void this.destroy(new Error("The socket is closed"));
    socket._handle = null;
    handle.reader.releaseLock();
    handle.writer.releaseLock();
    try {
      this._open(handle.socket.startTls(this._tlsOptions.servername ? { expectedServerHostname: this._tlsOptions.servername } : undefined), socket._remote);
    } catch (error) {
      this.destroy(error);
    }
  };
  if (socket.connecting) socket.once("connect", () => internal.load("node/process").nextTick(start));
  else start();
  socket.once("error", (error) => this.destroy(error));
  this.once("close", () => socket.destroy());
};

for (const name of ["getCertificate", "getPeerX509Certificate", "getX509Certificate", "getSession", "getTLSTicket", "getSharedSigalgs", "getEphemeralKeyInfo",
                    "exportKeyingMaterial", "setKeyCert", "getFinished", "getPeerFinished"])
  TLSSocket.prototype[name] = { [name]() {
    return undefined;
  } }[name];
TLSSocket.prototype.getPeerCertificate = () => ({});
TLSSocket.prototype.getCipher = () => ({});
TLSSocket.prototype.getProtocol = () => null;
TLSSocket.prototype.isSessionReused = () => false;
TLSSocket.prototype.renegotiate = TLSSocket.prototype.setServername = TLSSocket.prototype.setSession = TLSSocket.prototype.disableRenegotiation =
  TLSSocket.prototype.enableTrace = TLSSocket.prototype.setMaxSendFragment = () => false;

function connect(...args) {
  let [options, callback] = net._normalizeArgs(args);
  // (port, host?, options?, callback?)
  for (const arg of args.slice(1)) if (typeof arg === "object" && arg !== null) options = { ...options, ...arg };
  checkOptions(options);
  const socket = new TLSSocket(options.socket, options);
  if (callback) socket.once("secureConnect", callback);
  if (options.timeout) socket.setTimeout(options.timeout);
  if (!options.socket) socket.connect(options);
  return socket;
}

// RFC 6125 as Node.js has it: undefined, or an Error.
function checkServerIdentity(hostname, cert) {
  const { subject, subjectaltname } = cert;
  hostname = `${hostname}`.replace(/\.$/, "").toLowerCase();
  const names = [], ips = [];
  for (const entry of subjectaltname ? subjectaltname.split(/, (?=(?:DNS|IP Address|URI|email|othername|DirName|RID):)/) : [])
    if (entry.startsWith("DNS:")) names.push(entry.slice(4).toLowerCase());
    else if (entry.startsWith("IP Address:")) ips.push(entry.slice(11));
  let reason;
  if (net.isIP(hostname)) {
    if (!ips.some((ip) => ip.toLowerCase() === hostname)) reason = `IP: ${hostname} is not in the cert's list: ${ips.join(", ")}`;
  } else if (names.length > 0 || subject?.CN) {
    const usable = names.length > 0 ? names : [].concat(subject.CN).map((name) => name.toLowerCase());
    if (!usable.some((pattern) => nameMatches(hostname, pattern)))
      reason = names.length > 0 ? `Host: ${hostname}. is not in the cert's altnames: ${subjectaltname}` : `Host: ${hostname}. is not cert's CN: ${subject.CN}`;
  } else {
    reason = "Cert does not contain a DNS name";
  }
  if (reason === undefined) return undefined;
  const error = errors.error("ERR_TLS_CERT_ALTNAME_INVALID", `Hostname/IP does not match certificate's altnames: ${reason}`);
  return Object.assign(error, { reason, host: hostname, cert });
}

function nameMatches(host, pattern) {
  const a = host.split("."), b = pattern.replace(/\.$/, "").split(".");
  if (a.length !== b.length || b.some((part) => part === "")) return false;
  for (let i = 1; i < a.length; i++) if (a[i] !== b[i]) return false;
  const star = b[0].split("*");
  if (star.length === 1) return a[0] === b[0];
  if (star.length > 2 || b.length < 3 || b[0].includes("xn--") || b.slice(1).some((part) => part.includes("*"))) return false;
  return a[0].length >= star[0].length + star[1].length && a[0].startsWith(star[0]) && a[0].endsWith(star[1]);
}

class SecureContext {
  constructor(options) {
    if (options !== undefined) validateObject(options, "options");
    this.context = undefined;
  }
}

class Server extends net.Server {}

return {
  CLIENT_RENEG_LIMIT: 3, CLIENT_RENEG_WINDOW: 600, DEFAULT_CIPHERS: "", DEFAULT_ECDH_CURVE: "auto", DEFAULT_MIN_VERSION: "TLSv1.2",
  DEFAULT_MAX_VERSION: "TLSv1.3", rootCertificates: Object.freeze([]), SecureContext, Server, TLSSocket, checkServerIdentity, connect,
  createSecureContext: (options) => new SecureContext(options),
  createSecurePair() {
    throw notImplemented("tls.createSecurePair()");
  },
  createServer() {
    throw notImplemented("tls.createServer()");
  },
  getCiphers: () => [],
  convertALPNProtocols(protocols, out) {
    if (Array.isArray(protocols)) out.ALPNProtocols = Buffer.concat(protocols.flatMap((p) => [Buffer.from([Buffer.byteLength(p)]), Buffer.from(p)]));
    else if (ArrayBuffer.isView(protocols)) out.ALPNProtocols = Buffer.from(protocols);
  },
};
