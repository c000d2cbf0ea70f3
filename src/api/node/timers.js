// node:timers: setTimeout() and its kin give objects. https://nodejs.org/api/timers.html
const { Object, ReflectApply, Symbol } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");
// Those of the platform, whatever the Worker has put into their place.
const web = lazy("timers");
const kPromisify = Symbol.for("nodejs.util.promisify.custom");

class Timeout {
  #fn;
  #args;
  #ms;
  #repeat;
  #id;
  #ref = true;
  constructor(fn, ms, args, repeat) {
    this.#fn = fn;
    this.#args = args;
    this.#ms = ms >= 1 && ms <= 2147483647 ? ms : 1;
    this.#repeat = repeat;
    this.#arm();
  }
  #arm() {
    const call = () => {
      if (!this.#repeat) this.#id = undefined;
      ReflectApply(this.#fn, this, this.#args);
    };
    this.#id = this.#repeat ? web.setInterval(call, this.#ms) : web.setTimeout(call, this.#ms);
    byId.set(this.#id, this);
  }
  // A timer that is not waited for still runs here: an event ends when its answer is done, not when timers are.
  ref() {
    this.#ref = true;
    return this;
  }
  unref() {
    this.#ref = false;
    return this;
  }
  hasRef() { return this.#ref; }
  refresh() {
    const id = this.#id;
    if (id === undefined && this.#fn === undefined) return this;
    if (id !== undefined) {
      byId.delete(id);
      web.clearTimeout(id);
    }
    this.#arm();
    return this;
  }
  close() {
    if (this.#id !== undefined) {
      byId.delete(this.#id);
      web.clearTimeout(this.#id);
    }
    this.#id = this.#fn = undefined;
    return this;
  }
  [Symbol.toPrimitive]() { return this.#id ?? 0; }
  static {
    if (Symbol.dispose) Timeout.prototype[Symbol.dispose] = function () { this.close(); };
  }
}
const byId = new Map(); // ids that are numbers again: clearTimeout(+timeout)
class Immediate {
  #id;
  #ref = true;
  constructor(fn, args) {
    this.#id = web.setImmediate(() => {
      this.#id = undefined;
      ReflectApply(fn, this, args);
    });
  }
  ref() {
    this.#ref = true;
    return this;
  }
  unref() {
    this.#ref = false;
    return this;
  }
  hasRef() { return this.#ref; }
  static {
    stop = (i) => {
      if (i.#id !== undefined) web.clearImmediate(i.#id);
      i.#id = undefined;
    };
    if (Symbol.dispose) Immediate.prototype[Symbol.dispose] = function () { stop(this); };
  }
}
var stop;

function setTimeout(fn, ms = undefined, ...args) {
  errors().validateFunction(fn, "callback");
  return new Timeout(fn, +ms, args, false);
}
function setInterval(fn, ms = undefined, ...args) {
  errors().validateFunction(fn, "callback");
  return new Timeout(fn, +ms, args, true);
}
function setImmediate(fn, ...args) {
  errors().validateFunction(fn, "callback");
  return new Immediate(fn, args);
}
function clearTimeout(t = undefined) {
  if (t instanceof Timeout) t.close();
  else if (typeof t === "number" || typeof t === "string") {
    const known = byId.get(+t);
    if (known !== undefined) known.close();
    else web.clearTimeout(+t);
  }
}
function clearImmediate(i = undefined) {
  if (i instanceof Immediate) stop(i);
}
const promises = () => lazy("node/timers_promises");
Object.defineProperty(setTimeout, kPromisify, { __proto__: null, enumerable: true, get: () => promises().setTimeout });
Object.defineProperty(setImmediate, kPromisify, { __proto__: null, enumerable: true, get: () => promises().setImmediate });

return {
  setTimeout, clearTimeout, setInterval, clearInterval: clearTimeout, setImmediate, clearImmediate, Timeout, Immediate,
  active(t) { t.refresh?.(); },
  _unrefActive(t) { t.refresh?.(); },
  enroll() { throw errors().error("ERR_METHOD_NOT_IMPLEMENTED", "Not implemented: timers.enroll()"); },
  unenroll(t) { clearTimeout(t); },
  get promises() { return promises(); },
};
