// node:http
const { METHODS, STATUS_CODES, validateHeaderName, validateHeaderValue } = internal.load("node/http_common");
const { IncomingMessage } = internal.load("node/http_incoming");
const { OutgoingMessage } = internal.load("node/http_outgoing");
const { Server, ServerResponse } = internal.load("node/http_server");
const { ClientRequest, Agent, globalAgent } = internal.load("node/http_client");
const { validateInteger } = internal.load("node/errors");

let agent = globalAgent;
function request(url, options, callback) {
  return new ClientRequest(url, options, callback);
}
function get(url, options, callback) {
  const req = request(url, options, callback);
  req.end();
  return req;
}

const http = {
  METHODS, STATUS_CODES, Agent, ClientRequest, IncomingMessage, OutgoingMessage, Server, ServerResponse,
  createServer: (options, listener) => new Server(options, listener),
  request, get, validateHeaderName, validateHeaderValue, maxHeaderSize: 65536,
  setMaxIdleHTTPParsers(max) {
    validateInteger(max, "max", 1);
  },
  _connectionListener() {},
};
Object.defineProperties(http, {
  globalAgent: {
    __proto__: null, enumerable: true, configurable: true,
    get: () => agent,
    set(value) {
      agent = value;
    },
  },
});
for (const name of ["WebSocket", "CloseEvent", "MessageEvent"])
  Object.defineProperty(http, name, { __proto__: null, enumerable: true, configurable: true, get: () => globalThis[name] });
return http;
