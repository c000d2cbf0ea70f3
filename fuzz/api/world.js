// What one random program has around it: randomness, a pool of what earlier steps gave, buffers that may be taken away at any moment, and the
// side effects that getters, callbacks and sources have. Runs inside the isolate.
import { randomness } from "randomness";
import { valuesOf } from "values";
import { webMakers } from "makers_web";
import { nodeMakers } from "makers_node";

const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { setTimeout } = globalThis;
const PromiseClass = Promise;
const POOL = 48; // things kept
const DEPTH = 6; // callbacks inside callbacks
const CALLS = 3000; // calls of one program, those in callbacks too
// What ends the program or the turn, and nothing else; what waits for ever by design.
const LEAVE = new Set(["exit", "abort", "reallyExit", "kill", "constructor", "debugger", "wait", "caller", "callee", "arguments"]);
const language = new Set([Object.prototype, Function.prototype, Array.prototype, null]);

export function worldOf(env, ctx, options) {
  const w = {
    env, ctx, options, randomness, calls: 0, depth: 0, pool: [], buffers: [], samples: [], abandoned: [], modules: {}, poked: new Set(),
    thrown: new Error("thrown by the program"),
  };
  const makers = { ...webMakers(w), ...nodeMakers(w) };
  const names = Object.keys(makers);
  w.makers = makers;
  w.makerNames = names;

  w.keep = (v) => {
    if (v === null || (typeof v !== "object" && typeof v !== "function")) return;
    if (w.pool.length < POOL) w.pool[w.pool.length] = v;
    else w.pool[(w.calls * 7) % POOL] = v;
  };
  w.tick = (ms) => new PromiseClass((done) => setTimeout(done, ms));
  /** A promise nobody waits for must not become an unhandled rejection of the harness. */
  w.quiet = (v) => {
    try {
      if (v instanceof PromiseClass) v.then((kept) => w.keep(kept), () => {});
    } catch {}
    return v;
  };
  w.make = (r, name = r.pick(names)) => {
    if (w.depth > DEPTH || !makers[name]) return undefined;
    w.depth++;
    try {
      const made = makers[name](r);
      if (made instanceof PromiseClass) return w.settled(name, made);
      w.keep(made);
      return made;
    } catch {
      return undefined;
    } finally {
      w.depth--;
    }
  };
  // What takes a promise to make is there from the second time on.
  const later = {};
  w.settled = (name, promise) => {
    promise.then((v) => { (later[name] ??= []).push(v); w.keep(v); }, () => {});
    const had = later[name];
    return had?.length ? had[w.calls % had.length] : promise;
  };
  w.detach = (memory) => {
    try {
      if (memory.buffer) memory = memory.buffer;
      w.calls % 2 ? structuredClone(memory, { transfer: [memory] }) : memory.transfer();
    } catch {}
  };

  /** Calls, reads and writes members of an object, whatever they are. */
  w.poke = (r, object) => {
    if (w.depth > DEPTH || w.calls++ > CALLS) return;
    w.depth++;
    try {
      for (let i = r.below(3); i >= 0; i--) pokeOnce(r, object);
    } catch {} finally {
      w.depth--;
    }
  };
  function pokeOnce(r, object) {
    const found = [];
    for (let at = object; at && !language.has(at) && found.length < 300; at = getPrototypeOf(at))
      for (const key of ownKeys(at)) if (!LEAVE.has(key)) found.push([at, key]);
    if (!found.length) return;
    const [at, key] = r.pick(found);
    const d = getOwnPropertyDescriptor(at, key);
    if (!d) return;
    const owner = at.constructor?.name;
    if (owner && typeof key === "string") w.poked.add(`${owner}#${key}`);
    if (d.get) w.keep(apply(d.get, object, []));
    if (d.set && r.chance(0.3)) apply(d.set, object, [w.values.value(r, key, 2)]);
    if (typeof d.value === "function") w.quiet(apply(d.value, object, w.values.args(r, parameters(d.value))));
  }

  // -- what may happen at a bad moment -------------------------------------------------------------------------------------------------
  const recent = (r) => w.pool[r.below(w.pool.length)];
  const quietly = (fn) => (r) => { try { w.quiet(fn(r)); } catch {} };
  const effects = [
    (r) => { throw w.thrown; },
    quietly((r) => w.detach(r.pick(w.buffers))),
    quietly((r) => w.detach(r.pick(w.buffers))),
    quietly((r) => { const b = r.pick(w.buffers); (b.buffer ?? b).resize(r.below(4) * r.below(100)); }),
    quietly((r) => { const b = r.pick(w.buffers); (b.buffer ?? b).resize(0); }),
    quietly((r) => w.memory && w.memory().grow(1)),
    quietly((r) => w.poke(r, recent(r))),
    quietly((r) => w.poke(r, recent(r))),
    quietly((r) => recent(r).abort?.()),
    quietly((r) => recent(r).cancel?.()),
    quietly((r) => recent(r).close?.()),
    quietly((r) => recent(r).destroy?.()),
    quietly((r) => recent(r).terminate?.()),
    quietly((r) => recent(r).releaseLock?.()),
    quietly((r) => { const p = recent(r); structuredClone(p, { transfer: [p] }); }),
    quietly((r) => globalThis.gc?.()),
    quietly((r) => w.make(r)),
    quietly((r) => new Array(100000).fill({})),
    (r) => { if (w.options.spin && r.chance(0.2)) for (;;); },
    (r) => { if (w.options.hog && r.chance(0.3)) for (;;) w.abandoned.push(new Uint8Array(1 << 18).fill(1)); },
    (r) => { if (w.options.hog && r.chance(0.2)) for (;;) w.abandoned.push("x".repeat(1 << 18) + w.calls++); },
    (r) => { if (w.options.spin && r.chance(0.1)) (function deep() { deep(); })(); },
  ];
  w.side = (r) => {
    if (w.depth > DEPTH || w.calls++ > CALLS) return;
    w.depth++;
    try {
      r.pick(effects)(r);
    } finally {
      w.depth--;
    }
  };
  w.url = (r) => {
    const base = w.options.origin;
    const paths = ["/", "/gzip", "/br", "/zstd", "/chunks", "/reset", "/redirect", "/loop", "/slow", "/empty", "/headers", "/broken", "/events", "/cached", "/range", "/multipart", "/echo", "/ws"];
    return r.pick([
      () => base + r.pick(paths), () => base + r.pick(paths), () => "https://a.test/" + r.below(9), () => "data:text/plain;base64,aGk=", () => "blob:null/0", () => "http://[::1]:1/", () => "http://user:p@127.0.0.1:1/#f",
      () => "HTTP://EXAMPLE.test:80/a/../b?c#d", () => "/relative", () => w.values.string(r), () => "ws" + base.slice(4) + "/ws",
    ])();
  };
  w.values = valuesOf(w);
  return w;
}

/** Names of the parameters of a function, as its text says. */
const known = new Map();
const textOf = Function.prototype.toString;
export function parameters(fn) {
  if (known.has(fn)) return known.get(fn);
  let names = [];
  try {
    let text = apply(textOf, fn, []);
    if (text.startsWith("class")) text = /constructor\s*\(([\s\S]*)/.exec(text)?.[0] ?? "()";
    names = split(text);
  } catch {}
  while (names.length < Math.min(fn.length, 8)) names.push("any");
  known.set(fn, names);
  return names;
}
function split(text) {
  const names = [];
  const open = text.indexOf("(");
  const arrow = text.indexOf("=>");
  if (arrow >= 0 && (open < 0 || arrow < open)) return [text.slice(0, arrow).replace("async", "").trim()];
  let depth = 0;
  let name = "";
  for (let i = open; i >= 0 && i < text.length && i < open + 600; i++) {
    const c = text[i];
    if ("([{".includes(c)) depth++;
    else if (")]}".includes(c)) depth--;
    if (depth === 0 || (depth === 1 && c === ",")) {
      const m = /^[({,\s.]*([\w$]+)/.exec(name);
      if (m) names.push(m[1]);
      name = "";
      if (depth === 0) break;
    } else name += c;
  }
  return names.slice(0, 10);
}
