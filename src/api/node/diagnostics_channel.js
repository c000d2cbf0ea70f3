// node:diagnostics_channel. https://nodejs.org/api/diagnostics_channel.html
const { Object, Promise, ReflectApply } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

const channels = new Map();
function report(e) {
  lazy("node/process").nextTick(() => { throw e; });
}
const plain = (v) => v;

let has;
class Channel {
  #subscribers = [];
  #stores = new Map();
  constructor(name) {
    this.name = name;
  }
  get hasSubscribers() { return this.#subscribers.length > 0 || this.#stores.size > 0; }
  static {
    has = (c) => c.#subscribers.length > 0 || c.#stores.size > 0;
  }
  subscribe(fn) {
    errors().validateFunction(fn, "subscription");
    this.#subscribers = [...this.#subscribers, fn];
  }
  unsubscribe(fn) {
    const at = this.#subscribers.indexOf(fn);
    if (at < 0) return false;
    this.#subscribers = this.#subscribers.filter((_, i) => i !== at);
    return true;
  }
  bindStore(store, transform = plain) { this.#stores.set(store, transform); }
  unbindStore(store) { return this.#stores.delete(store); }
  publish(message) {
    for (const fn of this.#subscribers)
      try {
        fn(message, this.name);
      } catch (e) {
        report(e);
      }
  }
  runStores(message, fn, self = undefined, ...args) {
    let run = () => {
      this.publish(message);
      return ReflectApply(fn, self, args);
    };
    for (const [store, transform] of this.#stores) {
      const next = run;
      run = () => {
        let value;
        try {
          value = transform(message);
        } catch (e) {
          report(e);
          return next();
        }
        return store.run(value, next);
      };
    }
    return run();
  }
}
function channel(name) {
  if (typeof name !== "string" && typeof name !== "symbol") throw errors().invalidArgType("channel", ["string", "symbol"], name);
  let c = channels.get(name);
  if (c === undefined) channels.set(name, (c = new Channel(name)));
  return c;
}

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"];
class TracingChannel {
  constructor(source) {
    for (const name of EVENTS) {
      let c;
      if (typeof source === "string") c = channel(`tracing:${source}:${name}`);
      else {
        errors().validateObject(source, "nameOrChannels");
        c = source[name];
        if (!(c instanceof Channel)) throw errors().invalidArgType(`nameOrChannels.${name}`, ["Channel"], c);
      }
      Object.defineProperty(this, name, { __proto__: null, value: c, enumerable: true });
    }
  }
  get hasSubscribers() { return EVENTS.some((name) => has(this[name])); }
  subscribe(handlers) {
    for (const name of EVENTS) if (handlers[name]) this[name].subscribe(handlers[name]);
  }
  unsubscribe(handlers) {
    let done = true;
    for (const name of EVENTS) if (handlers[name] && !this[name].unsubscribe(handlers[name])) done = false;
    return done;
  }
  traceSync(fn, context = {}, self = undefined, ...args) {
    const { start, end, error } = this;
    return start.runStores(context, () => {
      try {
        const result = ReflectApply(fn, self, args);
        context.result = result;
        return result;
      } catch (e) {
        context.error = e;
        error.publish(context);
        throw e;
      } finally {
        end.publish(context);
      }
    });
  }
  tracePromise(fn, context = {}, self = undefined, ...args) {
    const { start, end, asyncStart, asyncEnd, error } = this;
    const rejected = (e) => {
      context.error = e;
      error.publish(context);
      asyncStart.publish(context);
      asyncEnd.publish(context);
      return Promise.reject(e);
    };
    const resolved = (result) => {
      context.result = result;
      asyncStart.publish(context);
      asyncEnd.publish(context);
      return result;
    };
    return start.runStores(context, () => {
      try {
        let promise = ReflectApply(fn, self, args);
        if (!(promise instanceof Promise)) promise = Promise.resolve(promise);
        return promise.then(resolved, rejected);
      } catch (e) {
        context.error = e;
        error.publish(context);
        throw e;
      } finally {
        end.publish(context);
      }
    });
  }
  traceCallback(fn, position = -1, context = {}, self = undefined, ...args) {
    const { start, end, asyncStart, asyncEnd, error } = this;
    const callback = args.at(position);
    errors().validateFunction(callback, "callback");
    args.splice(position, 1, function (err, result, ...rest) {
      if (err) {
        context.error = err;
        error.publish(context);
      } else context.result = result;
      return asyncStart.runStores(context, () => {
        try {
          return ReflectApply(callback, this, [err, result, ...rest]);
        } finally {
          asyncEnd.publish(context);
        }
      });
    });
    return start.runStores(context, () => {
      try {
        return ReflectApply(fn, self, args);
      } catch (e) {
        context.error = e;
        error.publish(context);
        throw e;
      } finally {
        end.publish(context);
      }
    });
  }
}
// A method, as it was in Workers before 2026-05-19.
if (lazy("cloudflare").Cloudflare.compatibilityFlags.diagnostics_channel_has_subscribers_getter === false)
  for (const { prototype } of [Channel, TracingChannel]) {
    const { get } = Object.getOwnPropertyDescriptor(prototype, "hasSubscribers");
    Object.defineProperty(prototype, "hasSubscribers", {
      __proto__: null, writable: true, configurable: true, enumerable: false,
      value: { hasSubscribers() { return ReflectApply(get, this, []); } }.hasSubscribers,
    });
  }
return {
  Channel, TracingChannel, channel,
  hasSubscribers: (name) => channels.has(name) && has(channels.get(name)),
  subscribe: (name, fn) => channel(name).subscribe(fn),
  unsubscribe: (name, fn) => channel(name).unsubscribe(fn),
  tracingChannel: (source) => new TracingChannel(source),
};
