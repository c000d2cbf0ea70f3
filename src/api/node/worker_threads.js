// node:worker_threads: an isolate is one thread, the main one. Channels are those of the web.
const EventEmitter = internal.load("node/events");
const { notImplemented } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");
const { MessageChannel, MessagePort } = internal.load("messages");

class BroadcastChannel {
  constructor() {
    throw notImplemented("BroadcastChannel");
  }
}
Object.assign(BroadcastChannel.prototype, absentAll("close postMessage ref unref", "BroadcastChannel."));

class Worker extends EventEmitter {
  constructor() {
    super();
    throw notImplemented("Worker");
  }
  async terminate() {
    throw notImplemented("Worker.terminate");
  }
  async getHeapSnapshot() {
    throw notImplemented("Worker.getHeapSnapshot");
  }
  async getHeapStatistics() {
    throw notImplemented("Worker.getHeapStatistics");
  }
  async [Symbol.asyncDispose]() {
    throw notImplemented("Worker[Symbol.asyncDispose]");
  }
}
Object.assign(Worker.prototype, absentAll("postMessage postMessageToThread ref unref", "Worker."));

const environment = new Map();
const untransferable = new WeakSet();

return {
  BroadcastChannel, MessageChannel, MessagePort, Worker,
  SHARE_ENV: Symbol.for("nodejs.worker_threads.SHARE_ENV"),
  getEnvironmentData: (key) => environment.get(key),
  setEnvironmentData(key, value) {
    if (value === undefined) environment.delete(key);
    else environment.set(key, value);
  },
  isMainThread: true,
  isMarkedAsUntransferable: (v) => typeof v === "object" && v !== null && untransferable.has(v),
  markAsUntransferable(v) {
    if (typeof v === "object" && v !== null) untransferable.add(v);
  },
  markAsUncloneable() {},
  ...absentAll("moveMessagePortToContext postMessageToThread"),
  parentPort: null,
  receiveMessageOnPort() {},
  resourceLimits: {},
  threadId: 0,
  workerData: null,
  isInternalThread: false,
};
