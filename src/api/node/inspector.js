// node:inspector: there is no debugger to open; its console goes nowhere.
const EventEmitter = internal.load("node/events");
const { notImplemented } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

class Session extends EventEmitter {
  constructor() {
    super();
    throw notImplemented("Session");
  }
}
Object.assign(Session.prototype, absentAll("connect connectToMainThread disconnect post", "Session."));

const console = {};
for (const name of ("debug error info log warn dir dirxml table trace group groupCollapsed groupEnd clear count countReset assert profile " +
                    "profileEnd time timeEnd timeLog timeStamp").split(" "))
  console[name] = { [name]() {} }[name];

const events = "requestWillBeSent dataReceived dataSent responseReceived loadingFinished loadingFailed";
return {
  Session, console,
  Network: absentAll(events, "Network."),
  close() {},
  open: () => ({ [Symbol.dispose ?? Symbol.for("nodejs.dispose")]: async () => {} }),
  url() {},
  waitForDebugger() {},
};
