// Service bindings: another Worker of the account, or another entrypoint of this one (ctx.exports), as something with fetch() and
// with the methods of its class. A call travels as a request that names the service (edge/service.h); `what` there is the JSON
// array [entrypoint, props, method, ...path]. The arguments of a method and what it returns are bodies in wire.js's form.
const {
  ArrayPrototypePush, ArrayPrototypeSlice, Error, EvalError, JSONParse, JSONStringify, ObjectGetOwnPropertyDescriptor, ObjectHasOwn,
  ObjectDefineProperty, ObjectGetPrototypeOf, ObjectKeys, PromisePrototypeThen, PromiseResolve, Proxy, RangeError, ReferenceError,
  ReflectApply, ReflectGet, ReflectHas, RegExpPrototypeExec, StringPrototypePadStart, SyntaxError, TypeError,
  URIError, Uint8Array,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { unit } = lazy("headers");

const MOVED = { __proto__: null, 301: true, 302: true, 303: true, 307: true, 308: true };
const REDIRECTS = 20;
const BUFFER = 1; // body_more.js

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
    const { Request } = lazy("request"), target = this.#target;
    if (arguments.length === 0) throw new TypeError("Failed to execute 'fetch' on 'Fetcher': 1 argument required, but only 0 present.");
    core.needEvent("fetch");
    let request = new Request(input, init);
    for (let i = 0; ; i++) {
      const again = request.redirect === "follow" && request.body === null ? request : null;
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
function ask(request, service) {
  return PromisePrototypeThen(PromiseResolve(lazy("fetch").send(request, service)), undefined, (e) => {
    throw thrown(e);
  });
}

// --- Methods
async function call(target, path, args) {
  const { Request } = lazy("request"), { encode, decode } = lazy("wire");
  core.needEvent("rpc");
  const request = new Request("http://rpc/", { __proto__: null, method: "POST", body: encode(args) });
  const response = await ask(request, whom(target, path));
  const bytes = new Uint8Array(await lazy("body_more").consume(lazy("response").parts(response).body, BUFFER, null));
  const answer = decode(bytes);
  if (answer.failed) throw answer.value;
  return answer.value;
}

// What env.SERVICE.name is: a method that can be called, and a promise of the property.
function property(target, path) {
  const wanted = () => call(target, path, null);
  return new Proxy(function () {}, {
    __proto__: null,
    apply: (f, self, args) => call(target, path, args),
    get(f, key) {
      if (typeof key === "symbol") return undefined;
      if (key === "then") return (ok, fail) => PromisePrototypeThen(wanted(), ok, fail);
      if (key === "catch") return (fail) => PromisePrototypeThen(wanted(), undefined, fail);
      const longer = ArrayPrototypeSlice(path);
      ArrayPrototypePush(longer, key);
      return property(target, longer);
    },
  });
}

function stub(target) {
  const fetcher = newFetcher(target);
  return new Proxy(fetcher, {
    __proto__: null,
    get(f, key) {
      if (key === "fetch") return (...args) => ReflectApply(f.fetch, f, args);
      if (typeof key === "symbol" || ReflectHas(f, key)) return ReflectGet(f, key, f);
      return key === "then" ? undefined : property(target, [key]);
    },
  });
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
  return new Proxy(function () {}, {
    __proto__: null,
    apply: (f, self, args) => stub(target(args[0]?.props ?? null)),
    get: (f, key) => plain[key],
    getPrototypeOf: () => Fetcher.prototype,
  });
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
  if (what.length > 2) return answer(object, isClass, what, request, env, ctx);
  if (typeof object.fetch !== "function") throw new Error("Handler does not export a fetch() function.");
  return object.fetch(request, env, ctx);
}

// Only what the class and those it extends define can be reached, not what an instance or the language has.
function reach(object, isClass, key) {
  const { WorkerEntrypoint } = lazy("worker");
  if (!isClass) return object[key];
  for (let p = ObjectGetPrototypeOf(object); p !== null && p !== WorkerEntrypoint.prototype; p = ObjectGetPrototypeOf(p)) {
    const d = ObjectGetOwnPropertyDescriptor(p, key);
    if (d !== undefined && key !== "constructor") return "value" in d ? d.value : ReflectApply(d.get, object, []);
  }
  return undefined;
}

async function answer(object, isClass, what, request, env, ctx) {
  const { encode, decode } = lazy("wire"), { Response } = lazy("response");
  let out;
  try {
    const args = decode(new Uint8Array(await lazy("body_more").consume(lazy("request").parts(request).body, BUFFER, null)));
    let self = object, value = reach(object, isClass, what[2]);
    for (let i = 3; i < what.length && value !== undefined && value !== null; i++) {
      self = value;
      value = ObjectHasOwn(value, what[i]) ? value[what[i]] : undefined;
    }
    if (value === undefined) throw new TypeError(`The RPC receiver does not implement the method "${what[what.length - 1]}".`);
    if (args !== null) {
      if (typeof value !== "function") throw new TypeError(`"${what[what.length - 1]}" is not a function.`);
      value = isClass ? ReflectApply(value, self, args) : ReflectApply(value, self, [args[0], env, ctx]);
    }
    out = encode({ failed: false, value: await value });
  } catch (e) {
    out = encode({ failed: true, value: sendable(e) });
  }
  return new Response(out);
}
function sendable(e) {
  try {
    lazy("wire").encode(e);
    return e;
  } catch {
    return new Error(`${e?.message ?? e}`);
  }
}

return { Fetcher, make, exports, serve, isEntrypoint };
