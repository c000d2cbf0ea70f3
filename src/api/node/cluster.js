// node:cluster: one process, the primary, and no workers.
const EventEmitter = internal.load("node/events");
const { absentAll } = internal.load("node/codes");

class Worker extends EventEmitter {
  _connected = false;
  id = 0;
  exitedAfterDisconnect = false;
  get process() {
    return internal.load("node/process");
  }
  isConnected() {
    return this._connected;
  }
  isDead() {
    return true;
  }
  send() {
    return false;
  }
  kill() {
    this._connected = false;
  }
  destroy() {
    this._connected = false;
  }
  disconnect() {
    this._connected = false;
    return this;
  }
}

class Cluster extends EventEmitter {
  isMaster = true;
  isPrimary = true;
  isWorker = false;
  SCHED_NONE = 1;
  SCHED_RR = 2;
  schedulingPolicy = 2;
  settings = {};
  workers = {};
  Worker = Worker;
}
const methods = absentAll("fork disconnect setupPrimary setupMaster");
Object.assign(Cluster.prototype, methods);

const cluster = new Cluster();
return Object.assign(cluster, methods, { Cluster });
