// node:dgram: sockets that can be made and configured, and never carry anything: there is no UDP from an isolate.
const EventEmitter = internal.load("node/events");
const { validateFunction, invalidArgType } = internal.load("node/errors");

class Socket extends EventEmitter {
  type;
  constructor(type, callback) {
    super();
    if (typeof type !== "string" && (typeof type !== "object" || type === null || Array.isArray(type)))
      throw invalidArgType("options", ["string", "Object"], type);
    this.type = typeof type === "string" ? type : type.type;
    if (callback !== undefined) {
      validateFunction(callback, "callback");
      this.on("message", callback);
    }
  }
  bind() {
    return this;
  }
  close() {
    return this;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  async [Symbol.asyncDispose]() {
    this.close();
  }
}
const nothing = "connect disconnect send sendto setBroadcast setTTL setMulticastTTL setMulticastLoopback setMulticastInterface " +
  "addMembership dropMembership addSourceSpecificMembership dropSourceSpecificMembership setRecvBufferSize setSendBufferSize";
for (const name of nothing.split(" ")) Socket.prototype[name] = { [name]() {} }[name];
for (const name of ["address", "remoteAddress"]) Socket.prototype[name] = { [name]: () => ({}) }[name];
for (const name of "getRecvBufferSize getSendBufferSize getSendQueueSize getSendQueueCount".split(" "))
  Socket.prototype[name] = { [name]: () => 0 }[name];

return { createSocket: (type, callback) => new Socket(type, callback), Socket };
