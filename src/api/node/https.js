// node:https: node:http with another protocol; TLS is the platform's.
const http = internal.load("node/http");
const client = internal.load("node/http_client");

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  http.Agent.call(this, options);
  this.defaultPort = 443;
  this.protocol = "https:";
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
}
Object.setPrototypeOf(Agent.prototype, http.Agent.prototype);
Object.setPrototypeOf(Agent, http.Agent);

let globalAgent = new Agent({ keepAlive: true, scheduling: "lifo", timeout: 5000 });

function request(...args) {
  let options = {};
  if (typeof args[0] === "string") options = client.urlToOptions(new URL(args.shift()));
  else if (args[0] instanceof URL) options = client.urlToOptions(args.shift());
  if (args[0] && typeof args[0] !== "function") Object.assign(options, args.shift());
  options._defaultAgent = globalAgent;
  return new http.ClientRequest(options, ...args);
}
function get(...args) {
  const req = request(...args);
  req.end();
  return req;
}

function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  http.Server.call(this, options, listener);
}
Object.setPrototypeOf(Server.prototype, http.Server.prototype);
Object.setPrototypeOf(Server, http.Server);

const https = { Agent, Server, createServer: (options, listener) => new Server(options, listener), request, get };
Object.defineProperty(https, "globalAgent", {
  __proto__: null, enumerable: true, configurable: true,
  get: () => globalAgent,
  set(value) {
    globalAgent = value;
  },
});
return https;
