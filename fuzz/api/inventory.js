// Which members there are: asked of the runtime itself, in an isolate of its own. Paths of members:
//     fetch  console.log  new URL  URL.canParse  URL#href (read)  URL#href= (written)  node:zlib.gzipSync  new node:zlib.Gzip
// Classes that no name leads to are found by what the makers make; for each class the makers that give one are named.
import module from "node:module";
import { worldOf } from "world";
import { randomness } from "randomness";

const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const LANGUAGE = new Set((
  "Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError JSON Math Intl ArrayBuffer " +
  "Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet WeakRef Proxy Reflect FinalizationRegistry " +
  "decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval globalThis isFinite isNaN Iterator SharedArrayBuffer SuppressedError DisposableStack AsyncDisposableStack ShadowRealm Temporal self global").split(" "));
// Ends the isolate, and nothing else.
const ENDS = /^(node:process\.(exit|abort|reallyExit|kill)|process\.(exit|abort|reallyExit|kill))$/;
const isClass = (f) => typeof f === "function" && f.prototype && (ownKeys(f.prototype).length > 1 || /^class\b/.test(Function.prototype.toString.call(f)));

export async function inventory(env, ctx, options) {
  const seen = new Set([Object.prototype, Function.prototype, Array.prototype, Promise.prototype, Error.prototype, getPrototypeOf(Uint8Array.prototype), Uint8Array.prototype, globalThis, getPrototypeOf(globalThis)]);
  for (const name of LANGUAGE) { try { const v = globalThis[name]; seen.add(v); if (v?.prototype) seen.add(v.prototype); } catch {} }
  for (const f of [async () => {}, function* () {}, async function* () {}]) { seen.add(getPrototypeOf(f)); seen.add(f.prototype && getPrototypeOf(f.prototype)); }
  for (const i of [[][Symbol.iterator](), new Map().keys(), new Set().keys(), ""[Symbol.iterator]()]) for (let at = getPrototypeOf(i); at; at = getPrototypeOf(at)) seen.add(at);
  const out = { members: [], classes: {} };
  const prototypes = new Map(); // prototype -> name of its class

  const add = (path) => { if (!ENDS.test(path)) out.members.push(path); };
  function prototypeMembers(name, prototype) {
    if (!prototype || seen.has(prototype)) return;
    seen.add(prototype);
    prototypes.set(prototype, name);
    out.classes[name] ??= [];
    for (const key of ownKeys(prototype)) {
      if (typeof key !== "string" || key === "constructor") continue;
      const d = getOwnPropertyDescriptor(prototype, key);
      if (d.get || typeof d.value === "function") add(`${name}#${key}`);
      if (d.set) add(`${name}#${key}=`);
    }
  }
  function walk(path, holder, depth) {
    for (const key of ownKeys(holder)) {
      if (typeof key !== "string" || ["prototype", "length", "name", "arguments", "caller", "constructor"].includes(key)) continue;
      const d = getOwnPropertyDescriptor(holder, key);
      let value;
      try { value = holder[key]; } catch { continue; }
      const at = path ? `${path}.${key}` : key;
      if (d.get && path && !path.startsWith("node:")) add(at);
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
      seen.add(value);
      one(at, value, depth);
    }
  }
  function one(path, value, depth) {
    if (typeof value === "function") {
      add(isClass(value) ? `new ${path}` : path);
      if (isClass(value)) { prototypeMembers(path, value.prototype); walk(path, value, depth + 1); }
    } else if (depth < 3 && !Array.isArray(value)) {
      walk(path, value, depth + 1);
    }
  }

  for (const key of ownKeys(globalThis)) {
    if (typeof key !== "string" || LANGUAGE.has(key)) continue;
    const value = globalThis[key];
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    one(key, value, 0);
  }
  const w = worldOf(env, ctx, options);
  for (const name of [...module.builtinModules.map((m) => (m.startsWith("node:") ? m : `node:${m}`)), "cloudflare:workers", "cloudflare:sockets"]) {
    try {
      const found = await import(name);
      w.modules[name] = found.default && name.startsWith("node:") ? found.default : found;
      one(name, w.modules[name], 0);
    } catch {}
  }
  walkMade();
  await w.tick(20);
  walkMade();

  /** Makers: whose instances are of which class, and classes that only they lead to. */
  function walkMade() {
    for (const name of w.makerNames) {
      for (let seed = 1; seed < 8; seed++) {
        let made;
        try { made = w.make(randomness(seed * 7919), name); } catch {}
        // A promise is here on the second walk, unless what is made is one itself.
        if (made === null || (typeof made !== "object" && typeof made !== "function")) continue;
        learn(name, made);
      }
    }
    for (const kept of w.pool.slice()) learn(null, kept);
  }
  function learn(maker, made) {
    try {
      for (let at = getPrototypeOf(made); at; at = getPrototypeOf(at)) {
        if (!seen.has(at)) prototypeMembers(`~${at.constructor?.name || at[Symbol.toStringTag] || maker}`, at);
        const name = prototypes.get(at);
        if (name && maker && !out.classes[name].includes(maker)) out.classes[name].push(maker);
      }
    } catch {}
  }
  out.makers = w.makerNames;
  return out;
}
