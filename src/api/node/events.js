// node:events. https://nodejs.org/api/events.html
const { Error, ObjectDefineProperty, ObjectGetPrototypeOf, Promise, ReflectApply, ReflectOwnKeys, Symbol, SymbolAsyncIterator, TypeError } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

const kCapture = Symbol("kCapture"), kRejection = Symbol.for("nodejs.rejection"), kErrorMonitor = Symbol("events.errorMonitor"),
  kMaxListeners = Symbol("events.maxEventTargetListeners");
let defaultMax = 10, captureDefault = false;

function checkListener(listener) {
  if (typeof listener !== "function") throw errors().invalidArgType("listener", "Function", listener);
}
function checkCount(n, name) {
  if (typeof n !== "number") throw errors().invalidArgType(name, "number", n);
  if (n < 0 || n !== n) throw errors().outOfRange(name, "a non-negative number", n);
}
const maxOf = (emitter) => (emitter._maxListeners === undefined ? defaultMax : emitter._maxListeners);

// A function, not a class: old packages say EventEmitter.call(this).
function EventEmitter(options) {
  init(this, options);
}
function init(emitter, options) {
  if (emitter._events === undefined || emitter._events === ObjectGetPrototypeOf(emitter)._events) {
    emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  }
  emitter._maxListeners ??= undefined;
  if (options?.captureRejections) {
    errors().validateBoolean(options.captureRejections, "options.captureRejections");
    emitter[kCapture] = true;
  } else emitter[kCapture] = captureDefault;
}

function unhandled(emitter, args) {
  const er = args[0];
  if (Error.isError(er)) throw er;
  let text;
  try {
    text = lazy("node/util").inspect(er);
  } catch {
    text = String(er);
  }
  const e = errors().error("ERR_UNHANDLED_ERROR", `Unhandled error. (${text})`);
  e.context = er;
  throw e;
}
// An asynchronous listener that fails becomes an "error" event, or Symbol.for("nodejs.rejection") is called.
function capture(emitter, promise, type, args) {
  let then;
  try {
    then = promise.then;
    if (typeof then !== "function") return;
    ReflectApply(then, promise, [undefined, (err) => lazy("node/process").nextTick(() => {
      if (typeof emitter[kRejection] === "function") {
        emitter[kRejection](err, type, ...args);
        return;
      }
      const before = emitter[kCapture];
      try {
        emitter[kCapture] = false; // the listener of "error" may be asynchronous too
        emitter.emit("error", err);
      } finally {
        emitter[kCapture] = before;
      }
    })]);
  } catch (err) {
    emitter.emit("error", err);
  }
}

function add(emitter, type, listener, first) {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit("newListener", type, listener.listener ?? listener);
    events = emitter._events; // a listener of it may have replaced them all
  }
  let list = events[type];
  if (list === undefined) {
    events[type] = listener;
    ++emitter._eventsCount;
    return emitter;
  }
  if (typeof list === "function") list = events[type] = first ? [listener, list] : [list, listener];
  else if (first) list.unshift(listener);
  else list.push(listener);
  const most = maxOf(emitter);
  if (most > 0 && list.length > most && !list.warned) {
    list.warned = true;
    const w = new Error(
      `Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added to ` +
        `${lazy("node/util").inspect(emitter, { depth: -1 })}. MaxListeners is ${most}. Use emitter.setMaxListeners() to increase limit`);
    w.name = "MaxListenersExceededWarning";
    w.emitter = emitter;
    w.type = type;
    w.count = list.length;
    lazy("node/process").emitWarning(w);
  }
  return emitter;
}
function onceWrap(emitter, type, listener) {
  const state = { fired: false, emitter, type, listener, wrapped: undefined };
  const wrapped = function (...args) {
    if (state.fired) return undefined;
    emitter.removeListener(type, wrapped);
    state.fired = true;
    return ReflectApply(listener, emitter, args);
  };
  wrapped.listener = listener;
  return wrapped;
}
function listOf(emitter, type, unwrap) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  if (typeof list === "function") return [unwrap ? (list.listener ?? list) : list];
  return unwrap ? list.map((l) => l.listener ?? l) : list.slice();
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
ObjectDefineProperty(EventEmitter.prototype, kCapture, { __proto__: null, value: false, writable: true, enumerable: false });

const methods = {
  setMaxListeners(n) {
    checkCount(n, "setMaxListeners");
    this._maxListeners = n;
    return this;
  },
  getMaxListeners() {
    return maxOf(this);
  },
  emit(type, ...args) {
    const events = this._events;
    if (type === "error") {
      if (events !== undefined && events[kErrorMonitor] !== undefined) this.emit(kErrorMonitor, ...args);
      if (events === undefined || events.error === undefined) unhandled(this, args);
    } else if (events === undefined) return false;
    const handler = events[type];
    if (handler === undefined) return false;
    const catching = this[kCapture];
    if (typeof handler === "function") {
      const result = ReflectApply(handler, this, args);
      if (catching && result !== undefined && result !== null) capture(this, result, type, args);
      return true;
    }
    const list = handler.slice();
    for (let i = 0; i < list.length; i++) {
      const result = ReflectApply(list[i], this, args);
      if (catching && result !== undefined && result !== null) capture(this, result, type, args);
    }
    return true;
  },
  addListener(type, listener) {
    return add(this, type, listener, false);
  },
  on(type, listener) {
    return add(this, type, listener, false);
  },
  prependListener(type, listener) {
    return add(this, type, listener, true);
  },
  once(type, listener) {
    checkListener(listener);
    this.on(type, onceWrap(this, type, listener));
    return this;
  },
  prependOnceListener(type, listener) {
    checkListener(listener);
    this.prependListener(type, onceWrap(this, type, listener));
    return this;
  },
  removeListener(type, listener) {
    checkListener(listener);
    const events = this._events, list = events?.[type];
    if (list === undefined) return this;
    if (list === listener || list.listener === listener) {
      this._eventsCount--;
      delete events[type];
      if (events.removeListener) this.emit("removeListener", type, list.listener ?? listener);
      return this;
    }
    if (typeof list === "function") return this;
    let at = list.length - 1;
    while (at >= 0 && list[at] !== listener && list[at].listener !== listener) at--;
    if (at < 0) return this;
    list.splice(at, 1);
    if (list.length === 1) events[type] = list[0];
    if (events.removeListener !== undefined) this.emit("removeListener", type, listener);
    return this;
  },
  off(type, listener) {
    return this.removeListener(type, listener);
  },
  removeAllListeners(type) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) {
        if (--this._eventsCount === 0) this._events = { __proto__: null };
        else delete events[type];
      }
      return this;
    }
    if (arguments.length === 0) {
      for (const key of ReflectOwnKeys(events)) if (key !== "removeListener") this.removeAllListeners(key);
      this.removeAllListeners("removeListener");
      this._events = { __proto__: null };
      this._eventsCount = 0;
      return this;
    }
    const list = listOf(this, type, false);
    for (let i = list.length - 1; i >= 0; i--) this.removeListener(type, list[i]);
    return this;
  },
  listeners(type) {
    return listOf(this, type, true);
  },
  rawListeners(type) {
    return listOf(this, type, false);
  },
  listenerCount(type, listener = undefined) {
    const list = listOf(this, type, false);
    return listener === undefined ? list.length : list.filter((l) => l === listener || l.listener === listener).length;
  },
  eventNames() {
    return this._eventsCount > 0 ? ReflectOwnKeys(this._events) : [];
  },
};
for (const name of ReflectOwnKeys(methods)) EventEmitter.prototype[name] = methods[name];

// --- Functions over emitters and EventTargets ---------------------------------------------------------------------------
const isTarget = (v) => typeof v?.addEventListener === "function";
function listen(target, name, fn, options) {
  if (typeof target?.on === "function") options?.once ? target.once(name, fn) : target.on(name, fn);
  else if (isTarget(target)) target.addEventListener(name, fn, options);
  else throw errors().invalidArgType("emitter", "EventEmitter", target);
}
function unlisten(target, name, fn) {
  if (typeof target.removeListener === "function") target.removeListener(name, fn);
  else target.removeEventListener(name, fn);
}

async function once(emitter, name, options = {}) {
  errors().validateObject(options, "options");
  const { signal } = options;
  errors().validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw errors().abortError(signal);
  return new Promise((resolve, reject) => {
    const done = () => {
      unlisten(emitter, name, resolver);
      if (typeof emitter.removeListener === "function") emitter.removeListener("error", failed);
      signal?.removeEventListener("abort", aborted);
    };
    const failed = (err) => {
      done();
      reject(err);
    };
    const resolver = (...args) => {
      done();
      resolve(args);
    };
    const aborted = () => {
      done();
      reject(errors().abortError(signal));
    };
    listen(emitter, name, resolver, { once: true });
    if (name !== "error" && typeof emitter.once === "function") emitter.once("error", failed);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

// An asynchronous iterator over the events of one name.
function on(emitter, name, options = {}) {
  errors().validateObject(options, "options");
  const { signal, close: closers } = options;
  errors().validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw errors().abortError(signal);
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER,
    low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  errors().validateInteger(high, "options.highWaterMark", 1);
  errors().validateInteger(low, "options.lowWaterMark", 1);
  const queue = [], waiting = [], stops = [];
  let error = null, finished = false, paused = false;
  const wire = (event, fn, flags) => {
    listen(emitter, event, fn, flags);
    stops.push(() => unlisten(emitter, event, fn));
  };
  const close = () => {
    for (const stop of stops.splice(0)) stop();
    signal?.removeEventListener("abort", aborted);
    finished = true;
    for (const w of waiting.splice(0)) w.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const fail = (err) => {
    if (waiting.length > 0) waiting.shift().reject(err);
    else error = err;
    close();
  };
  const aborted = () => fail(errors().abortError(signal));
  const iterator = {
    __proto__: ObjectGetPrototypeOf(ObjectGetPrototypeOf(async function* () {}).prototype),
    next() {
      if (queue.length > 0) {
        const value = queue.shift();
        if (paused && queue.length < low) {
          emitter.resume?.();
          paused = false;
        }
        return Promise.resolve({ value, done: false });
      }
      if (error !== null) {
        const p = Promise.reject(error);
        error = null;
        return p;
      }
      if (finished) return close();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: () => close(),
    throw(err) {
      if (!Error.isError(err)) throw errors().invalidArgType("EventEmitter.AsyncIterator", "Error", err);
      fail(err);
    },
    [SymbolAsyncIterator]() {
      return this;
    },
    [kWatermark]: { get size() { return queue.length; }, get low() { return low; }, get high() { return high; }, get isPaused() { return paused; } },
  };
  wire(name, (...args) => {
    if (waiting.length > 0) {
      waiting.shift().resolve({ value: args, done: false });
      return;
    }
    queue.push(args);
    if (!paused && queue.length > high) {
      paused = true;
      emitter.pause?.();
    }
  });
  if (name !== "error" && typeof emitter.on === "function") wire("error", fail);
  if (closers?.length) for (const event of closers) wire(event, close);
  signal?.addEventListener("abort", aborted, { once: true });
  return iterator;
}
const kWatermark = Symbol.for("nodejs.watermarkData");

function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === "function") return emitter.listeners(type);
  if (isTarget(emitter)) return lazy("events").listenersOf?.(emitter, `${type}`) ?? [];
  throw errors().invalidArgType("emitter", ["EventEmitter", "EventTarget"], emitter);
}
function getMaxListeners(emitter) {
  if (typeof emitter?.getMaxListeners === "function") return emitter.getMaxListeners();
  if (isTarget(emitter)) return emitter[kMaxListeners] ?? defaultMax;
  throw errors().invalidArgType("emitter", ["EventEmitter", "EventTarget"], emitter);
}
function setMaxListeners(n = defaultMax, ...targets) {
  checkCount(n, "setMaxListeners");
  if (targets.length === 0) defaultMax = n;
  for (const t of targets)
    if (typeof t?.setMaxListeners === "function") t.setMaxListeners(n);
    else if (isTarget(t)) ObjectDefineProperty(t, kMaxListeners, { __proto__: null, value: n, writable: true, configurable: true });
    else throw errors().invalidArgType("eventTargets", ["EventEmitter", "EventTarget"], t);
}
function listenerCount(emitter, type) {
  if (typeof emitter?.listenerCount === "function") return emitter.listenerCount(type);
  return isTarget(emitter) ? getEventListeners(emitter, type).length : listOf(emitter, type, false).length;
}
function addAbortListener(signal, listener) {
  if (signal === undefined) throw errors().invalidArgType("signal", "AbortSignal", signal);
  errors().validateAbortSignal(signal, "signal");
  errors().validateFunction(listener, "listener");
  let remove = () => {};
  if (signal.aborted) queueMicrotask(() => listener());
  else {
    signal.addEventListener("abort", listener, { once: true });
    remove = () => signal.removeEventListener("abort", listener);
  }
  const result = { __proto__: null };
  if (Symbol.dispose) result[Symbol.dispose] = () => remove();
  return result;
}

let EventEmitterAsyncResource;
function makeAsyncResource() {
  const { AsyncResource } = lazy("node/async_hooks");
  class EventEmitterReferencingAsyncResource extends AsyncResource {
    #emitter;
    constructor(emitter, type, options) {
      super(type, options);
      this.#emitter = emitter;
    }
    get eventEmitter() { return this.#emitter; }
  }
  return class EventEmitterAsyncResource extends EventEmitter {
    #resource;
    constructor(options = undefined) {
      let name;
      if (typeof options === "string") {
        name = options;
        options = undefined;
      } else {
        if (new.target === EventEmitterAsyncResource) errors().validateString(options?.name, "options.name");
        name = options?.name || new.target.name;
      }
      super(options);
      this.#resource = new EventEmitterReferencingAsyncResource(this, name, options);
    }
    emit(event, ...args) {
      return this.#resource.runInAsyncScope(super.emit, this, event, ...args);
    }
    emitDestroy() {
      this.#resource.emitDestroy();
    }
    get asyncId() { return this.#resource.asyncId(); }
    get triggerAsyncId() { return this.#resource.triggerAsyncId(); }
    get asyncResource() { return this.#resource; }
  };
}

const put = (key, value) => { EventEmitter[key] = value; };
const accessor = (key, get, set = undefined) => ObjectDefineProperty(EventEmitter, key, { __proto__: null, enumerable: true, configurable: true, get, set });
put("addAbortListener", addAbortListener);
put("once", once);
put("on", on);
put("getEventListeners", getEventListeners);
put("getMaxListeners", getMaxListeners);
put("EventEmitter", EventEmitter);
put("usingDomains", false);
put("captureRejectionSymbol", kRejection);
accessor("captureRejections", () => captureDefault, (v) => {
  errors().validateBoolean(v, "EventEmitter.captureRejections");
  captureDefault = v;
});
accessor("EventEmitterAsyncResource", () => (EventEmitterAsyncResource ??= makeAsyncResource()));
put("errorMonitor", kErrorMonitor);
accessor("defaultMaxListeners", () => defaultMax, (n) => {
  checkCount(n, "defaultMaxListeners");
  defaultMax = n;
});
put("kMaxEventTargetListeners", kMaxListeners);
put("setMaxListeners", setMaxListeners);
put("listenerCount", listenerCount);
put("init", function (options) { init(this, options); });
return EventEmitter;
