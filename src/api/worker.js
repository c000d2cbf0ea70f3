// Handlers: classes that extend WorkerEntrypoint, scripts with addEventListener(), cron triggers.
const {
  ArrayPrototypePush, Error, ErrorIsError, ObjectDefineProperty, ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf, String, PromisePrototypeThen, PromiseResolve, PromiseAll,
  ReflectApply, ReflectDefineProperty, ReflectDeleteProperty, TypeError, globalThis,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { unit } = lazy("headers");

// --- Classes ---------------------------------------------------------------------------------------------------------
class WorkerEntrypoint {
  constructor(ctx, env) {
    ObjectDefineProperty(this, "ctx", { __proto__: null, value: ctx, writable: true, configurable: true, enumerable: true });
    ObjectDefineProperty(this, "env", { __proto__: null, value: env, writable: true, configurable: true, enumerable: true });
  }
}
class DurableObject extends WorkerEntrypoint {}
class RpcTarget {}
internal.shape(RpcTarget, "RpcTarget"); // no structured clone takes it
class WorkflowEntrypoint extends WorkerEntrypoint {}

function classHandler(Class) {
  let base = Class;
  while (base !== null && base !== WorkerEntrypoint) base = ObjectGetPrototypeOf(base);
  if (base === null)
    throw new TypeError("The default export is a class that does not extend WorkerEntrypoint (import { WorkerEntrypoint } from \"cloudflare:workers\").");
  const call = (name) => (a, env, ctx) => {
    const o = new Class(ctx, env);
    if (typeof o[name] !== "function") throw new Error(`Handler does not export a ${name}() function.`);
    return o[name](a, env, ctx);
  };
  return { __proto__: null, fetch: call("fetch"), scheduled: call("scheduled") };
}

// --- Cron triggers --------------------------------------------------------------------------------------------------
let isNotRetried;
class ScheduledController {
  #time;
  #cron;
  #noRetry = false;
  constructor(t, time, cron) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#time = time;
    this.#cron = cron;
  }
  get scheduledTime() { return this.#time; }
  get cron() { return this.#cron; }
  get type() { return "scheduled"; }
  noRetry() {
    this.#noRetry = true;
  }
  static {
    isNotRetried = (c) => c.#noRetry;
  }
}
const newScheduled = (time, cron) => new ScheduledController(token, time, cron);
internal.shape(ScheduledController, "ScheduledController");

// text at: 4 units of time, 1 of length, the cron text (packed.h).
function scheduled(handler, env, ctx, text, at) {
  let time = 0;
  for (let i = 3; i >= 0; i--) time = time * 65536 + unit(text, at + i);
  const controller = new ScheduledController(token, time, text.substring(at + 5, at + 5 + unit(text, at + 4)));
  if (handler === null || typeof handler.scheduled !== "function")
    throw new Error("Handler does not export a scheduled() function.");
  return PromisePrototypeThen(PromiseResolve(handler.scheduled(controller, env, ctx)), () => undefined);
}

// --- Scripts: events of the global scope -----------------------------------------------------------------------------
const fetchListeners = [], scheduledListeners = [];
let others = null; // an EventTarget for everything else
const listOf = (type) => (type === "fetch" ? fetchListeners : type === "scheduled" ? scheduledListeners : null);

// What an ErrorEvent says of a thrown value. No code of the user's runs: only plain properties are looked at.
function plain(o, key) {
  for (let depth = 0; o !== null && depth < 16; depth++, o = ObjectGetPrototypeOf(o)) {
    const d = ObjectGetOwnPropertyDescriptor(o, key);
    if (d !== undefined) return d.value;
  }
  return undefined;
}
function errorInfo(v) {
  if (!ErrorIsError(v))
    return { message: `Uncaught ${typeof v === "object" || typeof v === "function" ? (v === null ? "null" : "[object Object]") : String(v)}` };
  const text = (key, other) => {
    const s = plain(v, key);
    return typeof s === "string" ? s : other;
  };
  const number = (key) => {
    const n = plain(v, key);
    return typeof n === "number" ? n : 0;
  };
  const { isDOMException, describe } = lazy("domexception"), d = isDOMException(v) ? describe(v) : null;
  const name = d === null ? text("name", "Error") : d.name, message = d === null ? text("message", "") : d.message;
  return {
    message: `Uncaught ${name}${name !== "" && message !== "" ? ": " : ""}${message}`,
    filename: text("sourceURL", ""), lineno: number("line"), colno: number("column"),
  };
}
// "rejectionhandled": the engine tells nobody that a rejected promise has got a handler after all. It looks at these two properties
// of the promise when it does, by `await` and by then(): so they are watched on this one promise, until the first look.
function watchHandled(promise) {
  const tell = () => {
    ReflectDeleteProperty(promise, "then");
    ReflectDeleteProperty(promise, "constructor");
    const { PromiseRejectionEvent } = lazy("events_kinds");
    lazy("core").timer(0, () => others.dispatchEvent(new PromiseRejectionEvent("rejectionhandled", { promise, reason: undefined })));
  };
  const watch = (key) =>
    ReflectDefineProperty(promise, key, {
      __proto__: null,
      configurable: true,
      get() {
        tell();
        return promise[key];
      },
      set(value) {
        ReflectDefineProperty(promise, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
      },
    });
  watch("then");
  watch("constructor");
}
function target() {
  if (others === null) {
    const { EventTarget } = lazy("events");
    others = new EventTarget();
    internal.onError = (error) => {
      if (!lazy("events").hasListeners(others, "error")) return false;
      const { ErrorEvent } = lazy("events_kinds");
      return !others.dispatchEvent(new ErrorEvent("error", { __proto__: null, ...errorInfo(error), error, cancelable: true }));
    };
    internal.onRejection = (promise, reason) => {
      const { hasListeners } = lazy("events"), { PromiseRejectionEvent } = lazy("events_kinds");
      if (hasListeners(others, "rejectionhandled")) watchHandled(promise);
      if (!hasListeners(others, "unhandledrejection")) return false;
      return !others.dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise, reason, cancelable: true }));
    };
  }
  return others;
}
const { addEventListener, removeEventListener, dispatchEvent } = {
  addEventListener(type, listener, options = undefined) {
    const list = listOf(`${type}`);
    if (list === null) return target().addEventListener(type, listener, options);
    if (listener === null || listener === undefined) return;
    if (typeof listener !== "function" && typeof listener !== "object")
      throw new TypeError("Failed to execute 'addEventListener': parameter 2 is not of type 'EventListener'.");
    for (let i = 0; i < list.length; i++) if (list[i] === listener) return;
    ArrayPrototypePush(list, listener);
  },
  removeEventListener(type, listener, options = undefined) {
    const list = listOf(`${type}`);
    if (list === null) return target().removeEventListener(type, listener, options);
    for (let i = 0; i < list.length; i++)
      if (list[i] === listener) {
        for (; i + 1 < list.length; i++) list[i] = list[i + 1];
        list.length--;
      }
  },
  dispatchEvent(event) {
    return target().dispatchEvent(event);
  },
};

const events = () => lazy("events");
let ExtendableEvent, FetchEvent, ScheduledEvent, answerOf;
function makeEvents() {
  if (FetchEvent !== undefined) return;
  const { Event } = events();
  ExtendableEvent = class ExtendableEvent extends Event {
    #ctx;
    constructor(t, type, ctx) {
      if (t !== token) throw new TypeError("Illegal constructor");
      super(type);
      this.#ctx = ctx;
    }
    waitUntil(promise) {
      this.#ctx.waitUntil(promise);
    }
    passThroughOnException() {
      this.#ctx.passThroughOnException();
    }
  };
  internal.shape(ExtendableEvent, "ExtendableEvent");
  FetchEvent = class FetchEvent extends ExtendableEvent {
    #request;
    #answer;
    constructor(t, request, ctx) {
      if (t !== token) throw new TypeError("Illegal constructor");
      super(t, "fetch", ctx);
      this.#request = request;
    }
    get request() { return this.#request; }
    respondWith(response) {
      if (this.#answer !== undefined) throw new TypeError("FetchEvent.respondWith() has already been called; it can only be called once.");
      this.#answer = PromiseResolve(response);
    }
    static {
      answerOf = (e) => e.#answer;
    }
  };
  internal.shape(FetchEvent, "FetchEvent");
  ScheduledEvent = class ScheduledEvent extends ExtendableEvent {
    #controller;
    constructor(t, controller, ctx) {
      if (t !== token) throw new TypeError("Illegal constructor");
      super(t, "scheduled", ctx);
      this.#controller = controller;
    }
    get scheduledTime() { return this.#controller.scheduledTime; }
    get cron() { return this.#controller.cron; }
    noRetry() {}
  };
  internal.shape(ScheduledEvent, "ScheduledEvent");
}
function callAll(list, event) {
  for (let i = 0; i < list.length; i++) {
    const l = list[i];
    if (typeof l === "function") ReflectApply(l, globalThis, [event]);
    else l.handleEvent(event);
  }
}
function scriptHandler() {
  if (fetchListeners.length === 0 && scheduledListeners.length === 0)
    throw new TypeError("No event handlers were registered. This script does nothing.");
  makeEvents();
  return {
    __proto__: null,
    fetch(request, env, ctx) {
      const event = new FetchEvent(token, request, ctx);
      if (fetchListeners.length === 0) throw new Error("No fetch handler!");
      callAll(fetchListeners, event);
      const answer = answerOf(event);
      // Nobody took it: on to the origin.
      return answer !== undefined ? answer : lazy("fetch").fetch(request);
    },
    scheduled(controller, env, ctx) {
      callAll(scheduledListeners, new ScheduledEvent(token, controller, ctx));
    },
  };
}

return {
  WorkerEntrypoint, DurableObject, RpcTarget, WorkflowEntrypoint, classHandler, scheduled, newScheduled, isNotRetried, scriptHandler, addEventListener, removeEventListener, dispatchEvent,
  get ExtendableEvent() { makeEvents(); return ExtendableEvent; },
  get FetchEvent() { makeEvents(); return FetchEvent; },
  get ScheduledEvent() { makeEvents(); return ScheduledEvent; },
};
