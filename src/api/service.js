// Service bindings: another Worker of the account, or another entrypoint of this one (ctx.exports), as something with fetch() and
// with the methods of its class. A call travels as a request that names the service (edge/service.h); `what` there is the JSON
// array [entrypoint, props], with a 1 behind it for the methods of the class, or a 2 for its handlers of other events
// (service_events.js): then the bodies are rpc.js's.
const {
  ArrayPrototypePush, ArrayPrototypeSlice, Error, EvalError, JSONParse, JSONStringify, Object, ObjectDefineProperty, ObjectHasOwn, ObjectGetPrototypeOf, ObjectKeys, PromisePrototypeThen, PromiseResolve, Proxy, RangeError, ReferenceError,
  ReflectApply, ReflectGet, ReflectHas, RegExpPrototypeExec, StringPrototypePadStart, SyntaxError, TypeError,
  URIError, Uint8Array, WeakMap, WeakMapPrototypeGet, WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { unit } = lazy("headers");

const MOVED = { __proto__: null, 301: true, 302: true, 303: true, 307: true, 308: true };
const REDIRECTS = 20;
const BUFFER = 1; // body_more.js
const METHODS = [1], EVENTS = [2];

// --- The caller's side -------------------------------------------------------------------------------------------------
// ASCII, whatever is in it: it travels as bytes.
const escape = (text) => {
  let all = "";
  for (let i = 0; i < text.length; i++) {
    const c = unit(text, i);
    all += c < 0x7f ? text[i] : "\\u" + StringPrototypePadStart(hex(c), 4, "0");
  }
  return all;
};
const hex = (n) => {
  let s = "";
  for (; n > 0; n >>>= 4) s = "0123456789abcdef"[n & 15] + s;
  return s;
};
const whom = (target, path) => {
  const what = [target.entrypoint, target.props];
  for (let i = 0; i < path.length; i++) ArrayPrototypePush(what, path[i]);
  return `${target.name}\n${escape(JSONStringify(what))}`;
};

const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
// What the other side's handler threw comes as text for people.
function thrown(error) {
  const text = typeof error?.message === "string" ? error.message : "", m = RegExpPrototypeExec(/^(?:Uncaught )?([A-Za-z]*Error): ([^\n]*)/, text);
  if (m === null) return error;
  return new (ERRORS[m[1]] ?? Error)(m[2]);
}

let newFetcher;
class Fetcher {
  #target; // { name, entrypoint, props }
  constructor(t, target) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#target = target;
  }
  async fetch(input, init = undefined) {
    const { Request, stateOf } = lazy("request"), target = this.#target;
    if (arguments.length === 0) throw new TypeError("Failed to execute 'fetch' on 'Fetcher': 1 argument required, but only 0 present.");
    core.needEvent("fetch");
    let request = new Request(input, init);
    for (let i = 0; ; i++) {
      const again = request.redirect === "follow" && stateOf(request).body === null ? request : null; // .body would make a stream
      const response = await ask(request, whom(target, []));
      if (again === null || MOVED[response.status] !== true) return response;
      const to = lazy("headers").get(lazy("response").parts(response).list, "location");
      if (to === null || to === undefined) return response;
      if (i === REDIRECTS) throw new TypeError("Too many redirects.");
      const get = response.status === 303 || (response.status < 303 && again.method === "POST");
      request = new Request(new (lazy("url").URL)(to, again.url).href, {
        __proto__: null, method: get && again.method !== "HEAD" ? "GET" : again.method, headers: again.headers, signal: again.signal,
      });
    }
  }
  static {
    newFetcher = (target) => new Fetcher(token, target);
  }
}
internal.shape(Fetcher, "Fetcher");

// A response that takes its place in the events under way; a body is read by whoever asked.
function ask(request, service, upgrade = false) {
  return PromisePrototypeThen(PromiseResolve(lazy("fetch").send(request, service, upgrade)), undefined, (e) => {
    throw thrown(e);
  });
}

// --- Methods (rpc.js)
const caps = new WeakMap(); // what users hold -> Service
const capOf = (v) => WeakMapPrototypeGet(caps, v);

// What holds a service in place of a stub.
class Service {
  constructor(target) {
    this.target = target;
  }
  call(path, args, what = METHODS) {
    core.needEvent("rpc");
    return lazy("rpc").call((bytes) => askMethod(this.target, what, bytes), path, args);
  }
  async event(kind, given) {
    return this.call([kind], lazy("service_events").argsOf(kind, given), EVENTS).promise;
  }
  ref() {}
  unref() {}
}
lazy("webidl").record(Service);

async function askMethod(target, what, bytes) {
  const { Request } = lazy("request"), { parts } = lazy("response");
  const request = new Request("http://rpc/", { __proto__: null, method: "POST", body: bytes });
  const response = parts(await ask(request, whom(target, what), true));
  if (response.socket !== null) return { __proto__: null, socket: response.socket, bytes: null };
  return { __proto__: null, socket: null, bytes: new Uint8Array(await lazy("body_more").consume(response.body, BUFFER, null)) };
}

function stub(target) {
  const fetcher = newFetcher(target), cap = new Service(target);
  const made = new Proxy(fetcher, {
    __proto__: null,
    get(f, key) {
      if (key === "fetch") return (...args) => ReflectApply(f.fetch, f, args);
      if (typeof key === "symbol" || ReflectHas(f, key)) return ReflectGet(f, key, f);
      if ((key === "scheduled" || key === "queue") && internal.flag("service_binding_extra_handlers")) return (...args) => cap.event(key, args);
      return key === "then" ? undefined : lazy("rpc_stub").newProperty(cap, [key]);
    },
  });
  WeakMapPrototypeSet(caps, made, cap);
  return made;
}

// extra: the entrypoint, a line feed, props as JSON; both may be missing.
function make(name, extra) {
  const at = extra.indexOf("\n"), entrypoint = at < 0 ? extra : extra.substring(0, at);
  return stub({ __proto__: null, name, entrypoint, props: at < 0 ? null : JSONParse(extra.substring(at + 1)) });
}

// --- The entrypoints of this Worker as services of its own: ctx.exports, `exports` of cloudflare:workers
const own = {};
let filled = false;
function exports() {
  if (filled) return own;
  if (core.space === null) internal.onSetup = fill; // imported by the module that is being evaluated
  else fill();
  return own;
}
function fill() {
  const space = core.space, keys = ObjectKeys(space);
  filled = true;
  for (let i = 0; i < keys.length; i++) {
    const value = space[keys[i]];
    const is = typeof value === "function" ? isEntrypoint(value) : typeof value === "object" && value !== null;
    if (is) ObjectDefineProperty(own, keys[i], { __proto__: null, value: loopback(keys[i]), enumerable: true, configurable: true, writable: true });
  }
}
function loopback(entrypoint) {
  const target = (props) => ({ __proto__: null, name: core.workerName, entrypoint, props });
  const plain = stub(target(null));
  // Called with { props } it is one that has these.
  const made = new Proxy(function () {}, {
    __proto__: null,
    apply: (f, self, args) => stub(target(args[0]?.props ?? null)),
    get: (f, key) => plain[key],
    getPrototypeOf: () => Fetcher.prototype,
  });
  WeakMapPrototypeSet(caps, made, capOf(plain));
  return made;
}

// --- The side that is called -------------------------------------------------------------------------------------------
function isEntrypoint(Class) {
  const { WorkerEntrypoint } = lazy("worker");
  for (let base = Class; base !== null; base = ObjectGetPrototypeOf(base)) if (base === WorkerEntrypoint) return true;
  return false;
}

// text at: the packed head (packed.h), its reason the JSON array.
function whatOf(text, at) {
  const method = at + 12 + 4 * unit(text, at) + (unit(text, at + 1) | (unit(text, at + 2) << 16));
  const reason = method + unit(text, at + 3);
  return JSONParse(text.substring(reason, reason + unit(text, at + 4)));
}

function serve(request, text, at, space, handler, env, ctx, setProps) {
  const what = whatOf(text, at), entrypoint = what[0];
  if (typeof what[1] === "object" && what[1] !== null) setProps(what[1]);
  const name = entrypoint === "" ? "default" : entrypoint;
  const target = space === null ? handler : space[name];
  if (target === undefined || target === null) throw new TypeError(`The Worker has no entrypoint "${name}".`);
  const isClass = typeof target === "function" && isEntrypoint(target);
  const object = isClass ? new target(ctx, env) : target;
  if (what.length > 2) return answer(what[2], object, isClass, request, env, ctx);
  if (typeof object.fetch !== "function") throw new Error("Handler does not export a fetch() function.");
  return object.fetch(request, env, ctx);
}

// What a call of a method begins at: the members of the class, or of an object of handlers, which are called as those are.
class Root {
  constructor(object, isClass, env, ctx) {
    this.object = object;
    this.isClass = isClass;
    this.env = env;
    this.ctx = ctx;
  }
  deliver(path, args) {
    const { deliver, finish, missing, onPrototype } = lazy("rpc_stub"), key = path[0];
    const value = key === undefined ? undefined
      : this.isClass ? onPrototype(this.object, lazy("worker").WorkerEntrypoint.prototype, key)
      : ObjectHasOwn(this.object, key) ? this.object[key] : onPrototype(this.object, Object.prototype, key);
    if (value === undefined) throw missing(key);
    if (path.length > 1) return deliver(value, ArrayPrototypeSlice(path, 1), args);
    return finish(this.object, value, path, args === null || this.isClass ? args : [args[0], this.env, this.ctx]);
  }
}
lazy("webidl").record(Root);

async function answer(kind, object, isClass, request, env, ctx) {
  const { body } = lazy("request").parts(request);
  const bytes = body === null ? new Uint8Array(0) : new Uint8Array(await lazy("body_more").consume(body, BUFFER, null));
  const Kind = kind === 1 ? Root : lazy("service_events").Events;
  return lazy("rpc").serve(bytes, new Kind(object, isClass, env, ctx));
}

return { Fetcher, make, stub, capOf, exports, serve, isEntrypoint };
