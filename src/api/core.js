// The heart of an isolate: what C calls (turn, hung, start, rejected), events under way, operations, timers. Loaded before
// user code runs; README.md says what other built-ins find here.
const {
  ArrayPrototypePush, JSONParse, Map,
  ObjectDefineProperty, ObjectSetPrototypeOf, ObjectGetOwnPropertyDescriptor, Promise, PromisePrototypeThen, PromiseResolve,
  ReflectDeleteProperty, ReflectOwnKeys, Error, ErrorIsError, TypeError, SymbolToStringTag, MathMax, MathMin, WeakSet,
  WeakSetPrototypeAdd, WeakSetPrototypeHas, globalThis,
} = primordials;
const loadFirst = internal.load;

// Kinds of rows, as in core.h and event.c.
const REQUEST = 1, OP = 2, TIMER = 3, CANCEL = 4, SCHEDULED = 5, EXPIRED = 6, TEST = 7, SERVICE = 8, ROW_DONE = 2;
const OUT_USED = 0, OUT_BUSY = 2, OUT_CURRENT = 3, OUT_ROWS = 4, OUT_INTS = 2048, SLOT_MASK = 1023;
const shared = natives.shared();
const events = shared[0], out = shared[1];
internal.shared = shared;
internal.natives = natives;
internal.flag = natives.flag; // (name): is that compatibility flag on? Not before prepare()
let space = null; // the namespace of the Worker's module
let isDev = false, isScript = false, workerName = ""; // known from prepare() on
internal.isPedantic = true; // the standards' letter; false: what the flag non_pedantic_wpt stands for (compat.h)
internal.now = 0; // ms of the loop's clock, as of this turn
// What this Worker may have (base/worker_limits.h), known from prepare() on.
const limits = (internal.limits = { __proto__: null, waitUntilMs: 0, subrequests: 0, timers: 0, kvTtlMin: 0, kvBulk: 0, kvList: 0 });

const token = {}; // only built-ins can pass it
internal.token = token;

function enumerable(object, key) {
  const d = ObjectGetOwnPropertyDescriptor(object, key);
  if (!d.configurable || d.enumerable) return;
  d.enumerable = true;
  ObjectDefineProperty(object, key, d);
}
// The shape that Web IDL gives a class: enumerable members, a class string. structuredClone() asks which prototypes have it.
const shaped = new WeakSet();
internal.isShaped = (proto) => WeakSetPrototypeHas(shaped, proto);
internal.shape = (Class, name) => {
  const proto = Class.prototype;
  WeakSetPrototypeAdd(shaped, proto);
  const keys = ReflectOwnKeys(proto), statics = ReflectOwnKeys(Class);
  for (let i = 0; i < keys.length; i++)
    if (typeof keys[i] === "string" && keys[i] !== "constructor") enumerable(proto, keys[i]);
  for (let i = 0; i < statics.length; i++) {
    const key = statics[i];
    if (typeof key === "string" && key !== "length" && key !== "name" && key !== "prototype") enumerable(Class, key);
  }
  ObjectDefineProperty(proto, SymbolToStringTag, { __proto__: null, value: name, configurable: true });
  return Class;
};

// Puts the members of an object on a prototype as Web IDL has them.
internal.copy = (proto, members) => {
  const keys = ReflectOwnKeys(members);
  for (let i = 0; i < keys.length; i++)
    ObjectDefineProperty(proto, keys[i], ObjectGetOwnPropertyDescriptor(members, keys[i]));
};

// A Map whose methods are its own: as fast as the real ones, and no user can patch them.
class SafeMap extends Map {}
internal.SafeMap = SafeMap;
for (const key of ["get", "set", "delete", "has"])
  ObjectDefineProperty(SafeMap.prototype, key, { __proto__: null, value: Map.prototype[key] });
ObjectSetPrototypeOf(SafeMap.prototype, null);

const loaded = new SafeMap();
const lazy = (internal.load = (name) => {
  let exports = loaded.get(name);
  if (exports === undefined) loaded.set(name, (exports = loadFirst(name)));
  return exports;
});

// --- Operations ---------------------------------------------------------------------------------------------------
const { opResult, drain } = natives;
// op id -> { ok, fail, keep, event }. keep: the handle whose stream the operation is part of; collected, it would take both away.
const waiting = new SafeMap();

function wait(id, ok, fail, keep) {
  waiting.set(id, { __proto__: null, ok, fail, keep, event: current });
}
const op = (id, keep) => new Promise((ok, fail) => wait(id, ok, fail, keep));

function settle(id) {
  const w = waiting.get(id);
  let value;
  waiting.delete(id);
  become(w === undefined ? null : w.event);
  try {
    value = opResult(id);
  } catch (e) {
    if (w !== undefined) w.fail(e);
    return;
  }
  if (w !== undefined) w.ok(value);
}

// --- What nobody caught ---------------------------------------------------------------------------------------------
const LOG_WARN = 2, LOG_ERROR = 3;
internal.onSetup = internal.onHung = null; // service.js, modules.js
internal.turned = null; // node/async_context.js: another event's code begins
internal.frame = undefined; // what AsyncLocalStorage holds for the code that runs
internal.onError = internal.onRejection = null; // worker.js, once user code listens

// Getters of what is no Error do not run just because it is shown.
const shown = (v) => (typeof v === "object" && v !== null && !ErrorIsError(v) ? lazy("inspect").inspect(v) : v);
function report(error) {
  if (internal.onError !== null && internal.onError(error)) return;
  natives.logError(LOG_ERROR, "Uncaught ", shown(error), ticketNow());
}
function rejected(promise, reason) {
  if (internal.onRejection !== null && internal.onRejection(promise, reason)) return;
  natives.logError(LOG_WARN, "Uncaught (in promise) ", shown(reason), ticketNow());
}

// --- Small globals ---------------------------------------------------------------------------------------------------
const { queueMicrotask, reportError } = {
  queueMicrotask(fn) {
    if (typeof fn !== "function")
      throw new TypeError("Failed to execute 'queueMicrotask' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'.");
    PromisePrototypeThen(PromiseResolve(undefined), () => {
      try {
        fn();
      } catch (e) {
        report(e);
      }
    });
  },
  reportError(error) {
    if (arguments.length === 0) throw new TypeError("Failed to execute 'reportError': 1 argument required.");
    report(error);
  },
};

// --- Events under way -------------------------------------------------------------------------------------------------
let ready = false, handler = null, env = {};
let held = []; // requests that came before the top level had settled
let current = null; // the event whose code runs now, microtasks included; it may be over. null: nobody's
let liveCount = 0;
const live = []; // by slot: ExecutionContext or null
const cells = [];
const HUNG = 1, WAITED = 2; // natives.fail()
const NO_FETCH = "Handler does not export a fetch() function.";

// The two reactions to a handler's promise, made once a slot. An event that ends otherwise leaves its cell behind.
class Cell {
  constructor() {
    this.event = null;
    this.ok = (v) => {
      const e = this.event;
      this.event = null;
      if (e !== null) answer(e, v);
    };
    this.bad = (x) => {
      const e = this.event;
      this.event = null;
      if (e !== null) fail(e, x);
    };
  }
}

let answer, fail, onRequest, onService, onScheduled, onCancel, finish, endOne, ticketOf, isLive, newEvent, hold, release, countFetch,
  doneWith, onEnd, onOver;

class ExecutionContext {
  #ticket;
  #waits = 1; // the handler with its response, and each waitUntil()
  #answered = false;
  #over = false;
  #pass = false;
  #request = null;
  #props = undefined;
  #fetches = 0;
  #limit = 0;
  #onEnd = null; // stops the script that sends the response
  #onOver = null; // functions
  constructor(t, ticket) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#ticket = ticket;
  }
  waitUntil(promise) {
    hold(this);
    PromisePrototypeThen(PromiseResolve(promise), () => release(this), (e) => {
      natives.logError(LOG_ERROR, "Uncaught (in waitUntil) ", e, this.#ticket);
      release(this);
    });
  }
  passThroughOnException() {
    this.#pass = true;
  }
  // Workers have it with the flag "experimental". What is thrown is thrown here as well: the code that called does not go on.
  abort(reason = undefined) {
    fail(this, reason ??= new Error("The execution context was aborted."));
    throw reason;
  }
  get props() {
    return (this.#props ??= {});
  }
  get access() {
    this.#ticket;
    return undefined; // who a request comes from is the business of whoever stands in front
  }
  get exports() {
    return lazy("service").exports();
  }

  static {
    ticketOf = (e) => e.#ticket;
    isLive = (e) => !e.#over;
    hold = (e) => {
      e.#waits++;
    };
    newEvent = (ticket) => {
      const e = new ExecutionContext(token, ticket), i = ticket & SLOT_MASK;
      if (i < live.length) live[i] = e;
      else {
        ArrayPrototypePush(live, e);
        ArrayPrototypePush(cells, new Cell());
      }
      liveCount++;
      return e;
    };
    const over = (e) => {
      e.#over = true;
      e.#request = e.#onEnd = null;
      live[e.#ticket & SLOT_MASK] = null;
      liveCount--;
      if (e.#limit !== 0) lazy("timers").laterClear(e.#limit);
      const list = e.#onOver;
      e.#onOver = null;
      if (list !== null) for (let i = 0; i < list.length; i++) list[i]();
    };
    finish = (e) => {
      if (e.#over) return;
      let p = out[OUT_USED];
      if (p + OUT_ROWS + 2 > OUT_INTS) {
        natives.flush();
        p = 0;
      }
      out[p + OUT_ROWS] = ROW_DONE;
      out[p + OUT_ROWS + 1] = e.#ticket;
      out[OUT_USED] = p + 2;
      over(e);
    };
    release = (e) => {
      if (--e.#waits === 0) finish(e);
    };
    // The response has left entirely.
    doneWith = (e) => {
      e.#onEnd = null;
      if (e.#waits > 1 && !e.#over) e.#limit = lazy("timers").later(limits.waitUntilMs, () => finish(e));
      release(e);
    };
    onEnd = (e, fn) => {
      e.#onEnd = fn;
    };
    onOver = (e, fn) => {
      ArrayPrototypePush((e.#onOver ??= []), fn);
    };
    fail = (e, error) => {
      if (e.#answered) return;
      e.#answered = true;
      natives.fail(e.#ticket, error, e.#pass, 0);
      doneWith(e);
    };
    answer = (e, v) => {
      if (e.#answered) return;
      if (!isResponse(v)) {
        if (e.#request === null) doneWith(e); // a cron trigger
        else fail(e, new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'."));
        return;
      }
      let sent;
      try {
        sent = respond(e, e.#ticket, v, e.#waits === 1);
      } catch (error) {
        fail(e, error);
        return;
      }
      e.#answered = true;
      if (sent === 2) over(e); // with the event's DONE
      else if (sent === 1) doneWith(e);
    };
    const settled = (e, v) => {
      if (isResponse(v)) {
        answer(e, v);
        return;
      }
      const cell = cells[e.#ticket & SLOT_MASK];
      cell.event = e;
      PromisePrototypeThen(PromiseResolve(v), cell.ok, cell.bad);
    };
    onRequest = (ticket, text, at) => {
      if (!ready) {
        ArrayPrototypePush(held, [REQUEST, ticket, text, at]);
        return;
      }
      const e = newEvent(ticket);
      let v;
      become(e);
      try {
        const request = (e.#request = incoming(text, at, ticket));
        if (handler === null || handler.fetch === undefined) throw new Error(NO_FETCH);
        v = handler.fetch(request, env, e);
      } catch (error) {
        fail(e, error);
        return;
      }
      settled(e, v);
    };
    // Another Worker asks.
    onService = (ticket, text, at) => {
      if (!ready) {
        ArrayPrototypePush(held, [SERVICE, ticket, text, at]);
        return;
      }
      const e = newEvent(ticket);
      let v;
      become(e);
      try {
        v = lazy("service").serve((e.#request = incoming(text, at, ticket)), text, at, space, handler, env, e, (props) => (e.#props = props));
      } catch (error) {
        fail(e, error);
        return;
      }
      settled(e, v);
    };
    onScheduled = (kind, ticket, text, at) => {
      if (!ready) {
        ArrayPrototypePush(held, [kind, ticket, text, at]);
        return;
      }
      const e = newEvent(ticket);
      let v;
      become(e);
      try {
        if (kind === TEST) v = lazy("tests").run(space, ticket, env, e, text, at);
        else v = lazy("worker").scheduled(handler, env, e, text, at);
      } catch (error) {
        fail(e, error);
        return;
      }
      settled(e, v);
    };
    onCancel = (ticket) => {
      const e = live[ticket & SLOT_MASK];
      if (e === null || e === undefined || e.#ticket !== ticket) return;
      become(e);
      if (e.#request !== null) disconnect(e.#request);
      if (e.#onEnd !== null) e.#onEnd();
    };
    // kind: as natives.fail() has it
    endOne = (e, kind) => {
      const i = e.#ticket & SLOT_MASK;
      cells[i].event = null;
      cells[i] = new Cell();
      if (!e.#answered) {
        e.#answered = true;
        natives.fail(e.#ticket, undefined, e.#request !== null && e.#pass, kind);
      } else if (e.#onEnd !== null) e.#onEnd();
      finish(e);
    };
    // One more fetch() of an event.
    countFetch = (e) => {
      if (++e.#fetches > limits.subrequests) throw new Error("Too many subrequests.");
    };
  }
}
internal.shape(ExecutionContext, "ExecutionContext");

// What runs from here on is this event's: its ticket is how C knows whom to bill (meter.h).
function become(e) {
  current = e;
  if (internal.turned !== null) internal.turned();
  out[OUT_CURRENT] = e === null ? -1 : ticketOf(e);
}

// The live event that code belongs to.
function eventNow() {
  if (current !== null && isLive(current)) return current;
  if (liveCount !== 1) return null;
  for (let i = 0; i < live.length; i++) if (live[i] !== null) return live[i];
  return null;
}
function ticketNow() {
  const e = eventNow();
  return e === null ? -1 : ticketOf(e);
}
function needEvent(what) {
  if (!ready)
    throw new Error(
      "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, " +
        "and generating random values are not allowed within global scope. To fix this error, perform this operation " +
        "within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/");
}
function waitUntil(promise) {
  const e = eventNow();
  if (e !== null) e.waitUntil(promise);
  else
    PromisePrototypeThen(PromiseResolve(promise), undefined, (error) => natives.logError(LOG_ERROR, "Uncaught ", error, -1));
}

// --- What C calls --------------------------------------------------------------------------------------------------
function turn(n, text, at) {
  internal.now = at;
  for (let p = 0, end = n * 4; ; ) {
    const kind = events[p];
    events[p] = 0; // it has begun: whatever happens to this isolate, it does not begin elsewhere
    switch (kind) {
      case REQUEST: onRequest(events[p + 1], text, events[p + 2]); break;
      case OP: settle(events[p + 1]); break;
      case TIMER: lazy("timers").run(); break;
      case CANCEL: onCancel(events[p + 1]); break;
      case SCHEDULED:
      case TEST: onScheduled(kind, events[p + 1], text, events[p + 2]); break;
      case EXPIRED: expired(events[p + 1]); break;
      case SERVICE: onService(events[p + 1], text, events[p + 2]); break;
    }
    if ((p += 4) >= end) return;
    drain(); // what one event leaves to be done is done before the next begins
  }
}
// It has waited too long.
function expired(ticket) {
  for (let i = 0; i < held.length; i++)
    if (held[i][1] === ticket) {
      const rest = [];
      for (let k = 0; k < held.length; k++) if (k !== i) ArrayPrototypePush(rest, held[k]);
      held = rest;
      endOne(newEvent(ticket), WAITED);
      return;
    }
  const e = live[ticket & SLOT_MASK];
  if (e === null || e === undefined || ticketOf(e) !== ticket) return;
  become(e);
  endOne(e, WAITED);
}
// Nothing is under way that could wake this isolate: what is still open never ends by itself.
function hung() {
  become(null);
  if (internal.onHung !== null && internal.onHung()) return;
  const list = held;
  held = [];
  for (let i = 0; i < list.length; i++) endOne(newEvent(list[i][1]), HUNG);
  for (let i = 0; i < live.length; i++) if (live[i] !== null) endOne(live[i], HUNG);
}

function bindingValue(kind, name, value, extra) {
  switch (kind) {
    case "service": return lazy("service").make(value, extra);
    case "json": return JSONParse(value);
    case "kv_namespace": return lazy("kv").make(name, value);
    default: return value;
  }
}
// Bindings become properties at the first touch, so that those which nobody uses cost nothing.
function addBindings(to) {
  const all = natives.bindings();
  for (let i = 0; i < all.length; i++) {
    const kind = all[i][0], name = all[i][1], value = all[i][2];
    const put = (v) =>
      ObjectDefineProperty(to, name, { __proto__: null, value: v, writable: true, enumerable: true, configurable: true });
    if (kind !== "kv_namespace" && kind !== "service") {
      put(bindingValue(kind, name, value));
      continue;
    }
    ObjectDefineProperty(to, name, {
      __proto__: null, enumerable: true, configurable: true, set: put,
      get() {
        const v = bindingValue(kind, name, value, all[i][3]);
        put(v);
        return v;
      },
    });
  }
}

// This isolate is to run this Worker; its top level comes next.
function prepare() {
  const config = natives.config();
  isDev = config[0];
  limits.waitUntilMs = config[4];
  limits.subrequests = config[5];
  limits.timers = config[6];
  limits.kvTtlMin = config[7];
  limits.kvBulk = config[8];
  limits.kvList = config[9];
  isScript = config[3];
  workerName = config[2];
  internal.isPedantic = config[12];
  if (config[11]) internal.copy(globalThis, { gc: lazy("tests").gc });
  if (config[13]) lazy("filesystem").install();
  addBindings(isScript ? globalThis : env);
  if (!internal.flag("cache_option_enabled")) ReflectDeleteProperty(lazy("request").Request.prototype, "cache");
  if (config[10] !== 0) lazy("node").install(config[10]);
}
function setup(ns) {
  if (isScript) handler = lazy("worker").scriptHandler();
  else {
    const value = ns.default;
    space = ns;
    if (internal.onSetup !== null) internal.onSetup();
    if (typeof value === "function") handler = lazy("worker").classHandler(value);
    else if (typeof value === "object" && value !== null) handler = value;
    else handler = null;
  }
  ready = true;
}
function start(promise) {
  PromisePrototypeThen(PromiseResolve(promise), (ns) => {
    try {
      setup(ns);
      natives.started();
    } catch (e) {
      natives.started(e);
      return;
    }
    const list = held;
    held = [];
    for (let i = 0; i < list.length; i++) {
      const h = list[i];
      if (h[0] === REQUEST) onRequest(h[1], h[2], h[3]);
      else if (h[0] === SERVICE) onService(h[1], h[2], h[3]);
      else onScheduled(h[0], h[1], h[2], h[3]);
    }
  }, (e) => natives.started(e));
}

// The rehearsal is over (start_rehearse in start.c says what it is): as new.
function rehearsed() {
  ready = false;
  handler = null;
  become(null);
  space = null;
  live.length = cells.length = liveCount = 0;
}

const exports = {
  ExecutionContext, op, wait, needEvent, report, waitUntil, eventNow, ticketNow, countFetch, onEnd, onOver, doneWith,
  current: () => current,
  become, isLive: (e) => isLive(e),
  later: (ms, fn) => lazy("timers").later(ms, fn),
  laterClear: (id) => lazy("timers").laterClear(id),
  timer: (ms, fn) => lazy("timers").timer(ms, fn),
  timerClear: (id) => lazy("timers").timerClear(id),
  pendingAdd: (n) => void (out[OUT_BUSY] += n),
  get isDev() { return isDev; },
  get isReady() { return ready; },
  get env() { return env; },
  get space() { return space; }, // the namespace of the Worker's module; null before it has run, and in scripts
  get workerName() { return workerName; },
};
internal.core = exports;

const { incoming, disconnect } = lazy("request");
const { isResponse, respond } = lazy("response");
natives.setDOMException((message, name) => new (lazy("domexception").DOMException)(message, name));
ObjectDefineProperty(globalThis, "self", { __proto__: null, value: globalThis, writable: true, enumerable: true, configurable: true });
internal.copy(globalThis, { queueMicrotask, reportError });
natives.entries(turn, hung, start, rejected, prepare, rehearsed);
return exports;
