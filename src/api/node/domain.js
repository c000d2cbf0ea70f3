// node:domain, deprecated everywhere: functions run as they are, nothing is caught.
const EventEmitter = internal.load("node/events");

class Domain extends EventEmitter {
  members = undefined;
  enter() {}
  exit() {}
  add() {}
  remove() {}
  run(fn, ...args) {
    return Reflect.apply(fn, this, args);
  }
  intercept(callback) {
    return callback;
  }
  bind(callback) {
    return callback;
  }
  _errorHandler(error) {
    throw error;
  }
}
EventEmitter.usingDomains = false;
const createDomain = () => new Domain();
return { Domain, createDomain, create: createDomain(), active: null };
