// Random hostile programs. A seed gives the same program for ever, so what once broke something can be run again:
//     node test/soak/hostile.mjs --seed 1234 --programs 1
// A program is a handler made of random statements: what burns (loops, recursion, promise chains), what hoards, what abuses an API,
// wrapped at random in try/finally, async functions, generators, proxies, timers, streams; some also misbehave at the top level, and
// some carry a random WebAssembly module (valid by construction: void blocks, i32 arithmetic, calls of itself).

import { randomness } from "./randomness.mjs";

const size = (r) => r.pick(["10", "1000", "1e5", "1e6", "3e7", "2**28", "2**31 - 1", "2**32", "-1", "NaN"]);
const small = (r) => r.pick(["1", "7", "100", "5000"]);

// Each takes randomness and gives statements. None may contain a bare `return` outside of a function of its own.
const burners = [
  () => `while (true);`,
  () => `for (;;) await null;`,
  (r) => `for (let i = 0; i < ${size(r)}; i++) x = (x * 31 + i) | 0;`,
  () => `(function again() { Promise.resolve().then(again); })();`,
  () => `const deep = (n) => deep(n + 1) + 1; x = deep(0);`,
  () => `for (const v of (function* () { for (;;) yield x++; })()) if (v < 0) break;`,
  () => `for await (const v of (async function* () { for (;;) yield x++; })()) if (v < 0) break;`,
  (r) => `/^(a+)+$/.test("a".repeat(${small(r)}) + "b");`,
  (r) => `Array.from({ length: ${small(r)} * 100 }, (_, i) => i).sort(() => { for (let i = 0; i < 1e4; i++); return -1; });`,
  (r) => `new Float64Array(${small(r)} * 1000).map((_, i) => -i).sort();`,
  () => `let big = 3n; for (let i = 0; i < 24; i++) big *= big; x = String(big).length;`,
  (r) => `JSON.parse("[" + "1,".repeat(${small(r)} * 100) + "1]");`,
  () => `JSON.stringify({ toJSON() { return { again: this }; } });`,
  () => `new Proxy({}, { get() { for (;;); } }).x;`,
  () => `Object.defineProperty({}, "a", { get() { for (;;); } }).a;`,
  (r) => `let t = "ab".repeat(${small(r)} * 100); for (let i = 0; i < 100; i++) t = t.replaceAll("a", "aa").slice(0, 1e6);`,
  () => `structuredClone(Array.from({ length: 1e5 }, (_, i) => ({ i })));`,
  (r) => `const again = () => { for (let i = 0; i < 1e4; i++); setTimeout(again, ${small(r)} / 100); }; again();`,
  () => `const more = () => { queueMicrotask(more); queueMicrotask(more); }; more();`,
  (r) => `await crypto.subtle.digest("SHA-256", new Uint8Array(${small(r)} * 10000));`,
];
const hoarders = [
  () => `for (;;) hoard.push(new Array(1000).fill(x));`,
  () => `for (let i = 0; ; i++) hoard.push({ i, text: "text " + i });`,
  (r) => `hoard.push(new Uint8Array(${size(r)}).fill(1));`,
  (r) => `hoard.push("x".repeat(${size(r)}));`,
  (r) => `hoard.push(new Array(${size(r)}).join("ab").length);`,
  () => `const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]);`,
  () => `let f = () => 0; for (;;) { const g = f; f = () => g; }`,
  () => `let s = "x"; for (;;) s += s + x;`,
  () => `for (;;) hoard.push(Symbol("s" + x++), new WeakRef({}), new Promise(() => {}));`,
  () => `for (let i = 0; ; i++) globalThis["name" + i] = { i };`,
  (r) => `for (let i = 0; i < ${small(r)}; i++) hoard.push(new Uint8Array(1 << 20).fill(1));`,
  () => `for (;;) hoard.push(new RegExp("a" + x++), new Intl.NumberFormat("de"));`,
  (r) => `hoard.push(new ArrayBuffer(8, { maxByteLength: ${size(r)} }).resize(${small(r)}));`,
  () => `const b = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 16)); } }); hoard.push(await new Response(b).arrayBuffer());`,
];
const abusers = [
  (r) => `for (let i = 0; i < ${small(r)}; i++) console.log("x".repeat(${small(r)}), { i, hoard });`,
  (r) => `for (let i = 0; i < ${small(r)}; i++) fetch("http://self.test/" + i).catch(() => {});`,
  (r) => `for (let i = 0; i < ${small(r)}; i++) setTimeout(() => x++, ${small(r)});`,
  (r) => `ctx.waitUntil(new Promise((done) => setTimeout(done, ${small(r)})));`,
  () => `ctx.waitUntil(Promise.reject(new Error("later")));`,
  (r) => `await caches.default.put("http://self.test/" + x, new Response("y".repeat(${small(r)}), { headers: { "cache-control": "max-age=60" } })).catch(() => {});`,
  (r) => `await env.KV.put("k" + (x % 50), "v".repeat(${small(r)} * 10)); await env.KV.get("k" + (x % 50));`,
  () => `new Response("x", { headers: { a: { toString() { for (;;); } } } });`,
  () => `request.headers.forEach = null; Object.prototype.then = function () {}; delete Object.prototype.then;`,
  () => `Promise.prototype.then = function () { throw 1; };`,
  () => `Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1; };`,
  () => `Object.defineProperty(Object.prototype, "value", { get() { return x++; }, set() {}, configurable: true });`,
  () => `try { eval("1"); } catch (e) { hoard.push(e.stack); }`,
  () => `const c = new AbortController(); hoard.push(AbortSignal.any([c.signal, AbortSignal.timeout(5)])); c.abort();`,
  () => `const { readable, writable } = new TransformStream(); const w = writable.getWriter(); for (let i = 0; i < 1000; i++) w.write(new Uint8Array(1000)).catch(() => {}); hoard.push(readable);`,
  () => `new URL("http://x/" + "a/../".repeat(1e4)); new URLSearchParams("a=b&".repeat(1e4)).sort();`,
  () => `throw { get message() { for (;;); }, toString() { throw this; } };`,
];
const wrappers = [
  (s) => `try { ${s} } catch (e) { x++; }`,
  (s) => `try { ${s} } finally { x++; }`,
  (s) => `for (;;) try { ${s} } catch { if (x++ > 1e6) break; }`,
  (s) => `await (async () => { ${s} })();`,
  (s) => `(async () => { ${s} })().catch(() => {});`,
  (s) => `ctx.waitUntil((async () => { ${s} })());`,
  (s) => `setTimeout(async () => { ${s} }, 1); await new Promise((done) => setTimeout(done, 20));`,
  (s) => `if (x++ % 2) { ${s} }`,
  (s) => `await new Response(new ReadableStream({ async pull(c) { ${s} c.close(); } })).text();`,
];
const endings = [
  `return new Response("x" + x);`,
  `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(4096)); if (x++ > 100) c.close(); } }));`,
  `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } }));`,
  `return Response.json(hoard.length);`,
  `return fetch(request);`,
  `return new Promise(() => {});`,
  `return null;`,
  `throw new Error("end");`,
];

function statement(r, depth) {
  const body = r.pick(r.pick([burners, burners, hoarders, abusers]))(r);
  let s = `{ ${body} }`;
  while (depth-- > 0 && r.chance(0.5)) s = r.pick(wrappers)(s);
  return s;
}

// -- WebAssembly --------------------------------------------------------------------------------------------------------------------

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)]);
const sleb = (n) => {
  const out = [];
  for (;;) {
    const byte = n & 127;
    n >>= 7;
    if ((n === 0 && !(byte & 64)) || (n === -1 && byte & 64)) return [...out, byte];
    out.push(byte | 128);
  }
};
const value = (r) => r.pick([() => [0x41, ...sleb(r.below(100000))], () => [0x20, r.below(2)], () => [0x3f, 0]])();

/** A void sequence; `depth` enclosing labels may be branched to. */
function sequence(r, depth, budget) {
  const out = [];
  for (let i = r.below(4); i >= 0; i--) {
    const kind = budget > 0 ? r.below(9) : 3 + r.below(6);
    if (kind < 2) out.push(0x03, 0x40, ...sequence(r, depth + 1, budget - 1), ...(r.chance(0.6) ? [0x0c, 0] : []), 0x0b); // loop
    else if (kind === 2) out.push(...value(r), 0x04, 0x40, ...sequence(r, depth + 1, budget - 1), 0x05, ...sequence(r, depth + 1, budget - 1), 0x0b); // if
    else if (kind === 3) out.push(...value(r), ...value(r), r.pick([0x6a, 0x6b, 0x6c, 0x71, 0x73]), 0x21, r.below(2)); // local = a op b
    else if (kind === 4) out.push(...value(r), 0x40, 0, 0x1a); // memory.grow
    else if (kind === 5) out.push(...value(r), 0x10, 0); // call itself
    else if (kind === 6) out.push(...value(r), 0x0d, r.below(depth + 1)); // br_if
    else if (kind === 7) out.push(...value(r), ...value(r), 0x36, 2, 0); // i32.store
    else out.push(...value(r), ...value(r), 0x11, 0, 0); // call_indirect: an argument, and an index that mostly traps
  }
  return out;
}

export function wasmModule(r) {
  const body = [1, 1, 0x7f, ...sequence(r, 0, 3), 0x0b]; // one more local
  const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
  const code = [1, ...leb(body.length), ...body];
  return Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, 0x7f, 0]), // (i32) -> ()
    ...section(3, [1, 0]),
    ...section(4, [1, 0x70, 0, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(9, [1, 0, 0x41, 0, 0x0b, 1, 0]),
    ...section(10, code)]);
}

/** {"i.js": text[, "m.wasm": bytes]} */
export function program(seed) {
  const r = randomness(seed);
  const lines = [];
  for (let i = r.below(4); i >= 0; i--) lines.push(statement(r, 3));
  const wasm = r.chance(0.3) ? wasmModule(r) : null;
  if (wasm) lines.splice(r.below(lines.length + 1), 0, `{ new WebAssembly.Instance(wasm).exports.f(${r.below(100)}); }`);
  lines.push(r.pick(endings));
  const top = r.chance(0.1) ? r.pick(r.pick([burners, hoarders]))(r) : "";
  const files = { "i.js": `${wasm ? `import wasm from "./m.wasm";\n` : ""}let x = ${r.below(100)};\nconst hoard = [];\n${top}\nexport default { async fetch(request, env, ctx) {\n  ${lines.join("\n  ")}\n} };\n` };
  if (wasm) files["m.wasm"] = wasm;
  return files;
}
