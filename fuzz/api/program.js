// Runs a random program: steps of [path of a member (inventory.js), seed]. A step finds a receiver, makes arguments, calls, and keeps what comes
// back for those after it. Nothing a step does may stop the next one, but the isolate's limits. Runs inside the isolate.
import { parameters, worldOf } from "world";
import { randomness } from "randomness";

const { apply, construct, getOwnPropertyDescriptor, getPrototypeOf, defineProperty, ownKeys, deleteProperty, setPrototypeOf } = Reflect;
const { log } = console;
const all = Promise.allSettled.bind(Promise);

async function holderOf(w, path) {
  const node = /^((?:node|cloudflare):[\w/]+)(?:\.|$)/.exec(path);
  let at = globalThis;
  let rest = path;
  if (node) {
    if (!w.modules[node[1]]) {
      const found = await import(node[1]);
      w.modules[node[1]] = node[1].startsWith("node:") && found.default ? found.default : found;
    }
    at = w.modules[node[1]];
    rest = path.slice(node[0].length);
  }
  for (const key of rest ? rest.split(".") : []) at = at[key];
  return at;
}

/** An object with this class's prototype in its chain; a tenth of the time something else, which must be refused. */
function receiverOf(w, r, prototype, makers) {
  if (r.chance(0.08)) return w.values.any(r, 0);
  for (let i = 0; i < 4; i++) {
    const made = r.chance(0.35) && w.pool.length ? r.pick(w.pool) : makers.length ? w.make(r, r.pick(makers)) : undefined;
    if (prototype && made && typeof made === "object" && prototype.isPrototypeOf(made)) return made;
    if (!prototype && made) return made;
  }
  return makers.length ? w.make(r, r.pick(makers)) : prototype;
}
function found(w, name) {
  for (const kept of w.pool)
    for (let at = kept; at; at = getPrototypeOf(at)) if (at.constructor?.name === name) return at;
  return undefined;
}

/** Makes the call. What it gives is boxed: a promise must not be waited for by who asks for the step. */
async function step(w, [path, seed, makers]) {
  const r = randomness(seed);
  const box = (value) => ({ __proto__: null, value });
  const make = /^new (.*)$/.exec(path);
  if (make) {
    const Class = await holderOf(w, make[1]);
    const args = w.values.args(r, parameters(Class));
    return box(r.chance(0.95) ? construct(Class, args) : apply(Class, w.values.any(r, 0), args));
  }
  const [, owner, member, set] = /^([^#]*?)(?:#(.*?))?(=?)$/.exec(path);
  if (member === undefined) {
    const dot = owner.lastIndexOf(".");
    const holder = dot < 0 ? globalThis : await holderOf(w, owner.slice(0, dot));
    const f = holder[owner.slice(dot + 1)];
    if (typeof f !== "function") return box(f);
    return box(apply(f, r.chance(0.92) ? holder : w.values.any(r, 0), w.values.args(r, parameters(f))));
  }
  if (owner[0] === "~") for (let i = 0; i < makers.length && i < 3; i++) await w.make(r, makers[i]);
  const prototype = owner[0] === "~" ? found(w, owner.slice(1)) : (await holderOf(w, owner)).prototype;
  let receiver = receiverOf(w, r, prototype, makers);
  if (receiver instanceof Promise && makers.length) receiver = await Promise.race([receiver, w.tick(30)]);
  const d = prototype && getOwnPropertyDescriptor(prototype, member);
  if (!d) return box(w.poke(r, receiver));
  if (set) return box(apply(d.set, receiver, [w.values.value(r, member, 0)]));
  if (d.get) return box(apply(d.get, receiver, []));
  return box(apply(d.value, receiver, w.values.args(r, parameters(d.value))));
}

/** The same member with other arguments until a limit ends it, wherever that may be. What comes back is kept. */
async function forever(w, [path, seed, makers, turns]) {
  const r = randomness(seed);
  for (;;) {
    try {
      w.calls = w.depth = 0;
      const made = step(w, [path, r.seed(), makers]);
      if (turns > 1) await Promise.race([made, w.tick(20)]);
      made.then((box) => { if (w.abandoned.length < 5000) w.abandoned.push(box.value); w.quiet(box.value); }, () => {});
      if (r.chance(0.01)) await null;
    } catch {}
  }
}

// -- the language itself, changed by the program -----------------------------------------------------------------------------------------
const VICTIMS = () => [Object.prototype, Array.prototype, Function.prototype, String.prototype, Promise.prototype, Promise, Map.prototype, Uint8Array.prototype, getPrototypeOf(Uint8Array.prototype), ArrayBuffer.prototype, RegExp.prototype, Error.prototype,
  getPrototypeOf([][Symbol.iterator]()), globalThis, Symbol.prototype, Number.prototype, URL.prototype, Headers.prototype, Request.prototype, Response.prototype, ReadableStream.prototype, AbortSignal.prototype, EventTarget.prototype];
const KEYS = ["then", "get", "set", "value", "type", "signal", "body", "headers", "method", "highWaterMark", "size", "start", "pull", "length", "buffer", "byteLength", "byteOffset", "constructor", "name", "hash", "0", "1", "next", "done", "return", "toJSON", "message", "stack", "cause",
  "call", "apply", "bind", "push", "slice", "exec", "code", "transfer", "mode", "encoding", "enumerable", "configurable", "writable"];
function pollute(w, r) {
  const victim = r.pick(VICTIMS());
  const symbol = r.pick([Symbol.iterator, Symbol.asyncIterator, Symbol.species, Symbol.toPrimitive, Symbol.toStringTag, Symbol.hasInstance, Symbol.replace, Symbol.split]);
  const key = r.chance(0.2) ? symbol : r.chance(0.3) ? r.pick(ownKeys(victim)) : r.pick(KEYS);
  if (r.chance(0.15)) return deleteProperty(victim, key);
  const seed = r.seed();
  if (r.chance(0.15)) return setPrototypeOf(victim, watcher(w, seed));
  const act = function () {
    const k = randomness(seed + w.calls++);
    if (k.chance(0.5)) w.side(k);
    return k.chance(0.3) ? this : k.chance(0.5) ? undefined : k.below(100);
  };
  return defineProperty(victim, key, r.chance(0.5) ? { get: act, set: act, configurable: true } : { value: r.chance(0.6) ? act : w.values.any(r, 2), configurable: true, writable: true });
}

/** A prototype that does something whatever it is asked for. */
function watcher(w, seed) {
  const trap = (usual) => (...args) => {
    const k = randomness(seed + w.calls++);
    if (k.chance(0.2)) w.side(k);
    if (k.chance(0.3) && args[2] !== null && typeof args[2] === "object") w.keep(args[2]);
    return k.chance(0.9) ? usual(...args) : undefined;
  };
  return new Proxy(Object.prototype, { get: trap(Reflect.get), set: trap(Reflect.set), has: trap(Reflect.has), getOwnPropertyDescriptor: trap(Reflect.getOwnPropertyDescriptor) });
}

/** What this Worker answers when the program calls itself. */
export async function answer(w, request) {
  const r = randomness(w.calls++);
  w.keep(request);
  w.poke(r, request);
  if (r.chance(0.2)) await w.tick(1);
  if (r.chance(0.1)) throw w.thrown;
  return r.chance(0.9) ? w.make(r, "Response") : w.values.any(r, 0);
}

let world;
export const theWorld = (env, ctx, options) => (world ??= worldOf(env, ctx, options));

/** What came back is kept; a promise is waited for now or at the end. */
async function after(w, seed, result, pending) {
  w.keep(result);
  w.quiet(result);
  if (result instanceof Promise) {
    if (seed % 4 === 0) await Promise.race([result.catch(() => {}), w.tick(10)]);
    else if (pending.length < 50) pending[pending.length] = result;
  }
  if (seed % 7 === 0) await w.tick(seed % 3);
}

/** steps: [[path, seed, makers, forever?], ["!", seed]]: "!" changes the language. Tells "FUZZ ", the seed and a character a
 * step: 1 came back, 0 threw or did not come back; the last such line counts. */
export async function run(env, ctx, options, steps) {
  const w = theWorld(env, ctx, options);
  w.env = env;
  w.ctx = ctx;
  const pending = [];
  let told = "";
  let silent = false;
  const tell = () => { let poked = ""; w.poked.forEach((p) => { poked += ` ${p}`; }); log(`FUZZ ${options.seed} ${told}${poked}`); };
  for (const name of options.modules) await holderOf(w, name).catch(() => {});
  for (let i = 0; i < steps.length; i++) {
    if (w.calls > 2500) w.calls = 2500;
    w.depth = 0;
    let mark = "0";
    try {
      if (steps[i][0] === "!") {
        if (!silent) tell();
        silent = true;
        pollute(w, randomness(steps[i][1]));
        continue;
      }
      if (!silent && i % 6 === 5) tell(); // a limit may end it before the end
      if (steps[i][3]) await forever(w, steps[i]);
      const box = await Promise.race([step(w, steps[i]), w.tick(60)]);
      if (box) {
        mark = "1";
        await after(w, steps[i][1], box.value, pending);
      }
    } catch {}
    told += mark;
  }
  if (!silent) tell();
  if (options.end !== "leave") await Promise.race([all(pending), w.tick(40)]);
  if (options.end === "throw") throw w.thrown;
  if (options.end === "never") await new Promise(() => {});
}
