// Fifty Workers that nobody wants as a neighbour, one way of misbehaving each. The neighbour benchmark runs beside them in turn, the
// scenarios take some of them. `code` is the body of an async fetch(request, env, ctx); `top` runs at the top level; `wasm` is a module
// that the code finds as `wasm`; `ends` is what becomes of a request:
//   "cpu"     it runs for ever, so the CPU limit ends it: 503, error code 1102
//   "memory"  it takes all it can: ended by the memory limit (1102), or told "out of memory" by a RangeError (1101)
//   "start"   it never gets as far as its handler
//   "any"     it is only costly, or the outcome depends on how far it comes; an answer there must be

const hex = (text) => Buffer.from(text.replace(/\s+/g, ""), "hex");
const magic = "0061736d01000000";
const modules = {
  // (func (export "f") (loop (br 0)))
  loop: hex(`${magic} 010401600000 03020100 0705010166 0000 0a0901 07 00 0340 0c00 0b 0b`),
  // the same, run by the start section
  start: hex(`${magic} 010401600000 03020100 080100 0a0901 07 00 0340 0c00 0b 0b`),
  // (func $f (export "f") (param i64) (result i64)) of Fibonacci, by recursion alone
  recursion: hex(`${magic} 01060160017e017e 03020100 0705010166 0000 0a1e01 1c 00 2000 4202 53 047e 2000 05 2000 4201 7d 1000 2000 4202 7d 1000 7c 0b 0b`),
  // (memory (export "m") 1) (func (export "f") (loop (drop (memory.grow (i32.const 100))) (br 0)))
  grow: hex(`${magic} 010401600000 03020100 0503010001 0709020166 0000 016d 0200 0a0f01 0d 00 0340 41e400 4000 1a 0c00 0b 0b`),
};

const ok = `return new Response("done");`;

export const hostile = {
  // -- the processor -----------------------------------------------------------------------------------------------------------
  "empty-loop": { ends: "cpu", code: `while (true);` },
  "loop-after-await": { ends: "cpu", code: `await 1; for (;;);` },
  "await-for-ever": { ends: "cpu", code: `for (;;) await null;` },
  "promise-chain": { ends: "cpu", code: `(function again() { Promise.resolve().then(again); })(); await new Promise(() => {});` },
  "microtask-flood": { ends: "any", code: `const more = () => { queueMicrotask(more); queueMicrotask(() => {}); }; more(); ${ok}` },
  "finally-loop": { ends: "cpu", code: `for (;;) try { throw 1; } catch { continue; } finally { continue; }` },
  "catch-all": { ends: "cpu", code: `function spin() { try { while (true); } catch { spin(); } finally { spin(); } } spin();` },
  "recursion": { ends: "any", code: `const deep = (n) => deep(n + 1) + 1; return new Response(String(deep(0)));` },
  "recursion-caught": { ends: "cpu", code: `let n = 0; function f() { try { f(); } catch { n++; f(); } finally { f(); } } f();` },
  "generator": { ends: "cpu", code: `function* g() { for (;;) yield 1; } let n = 0; for (const x of g()) n += x;` },
  "async-generator": { ends: "cpu", code: `async function* g() { for (;;) yield 1; } let n = 0; for await (const x of g()) n += x;` },
  "proxy-traps": { ends: "cpu", code: `const p = new Proxy({}, { get: (t, k, r) => { for (;;); } }); return p.x;` },
  "getter-in-header": { ends: "cpu", code: `return new Response("x", { headers: { a: { toString() { for (;;); } } } });` },
  "getter-in-init": { ends: "cpu", code: `return new Response("x", { get status() { for (;;); } });` },
  "then-loop": { ends: "cpu", code: `return { then() { for (;;); } };` },
  "regexp-plus": { ends: "any", code: `return new Response(String(/^(a+)+$/.test("a".repeat(40) + "b")));` },
  "regexp-backref": { ends: "any", code: `return new Response(String(/^(.*)(.*)(.*)\\1\\2\\3x$/.test("ab".repeat(300))));` },
  "sort-compare": { ends: "cpu", code: `Array.from({ length: 1e5 }, (_, i) => i).sort(() => { for (let i = 0; i < 1e6; i++); return 1; });` },
  "sort-numbers": { ends: "any", code: `const a = new Float64Array(3e6).map((_, i) => (i * 7919) % 1000003); for (;;) { a.sort(); a.reverse(); }` },
  "json-nest": { ends: "cpu", code: `const o = { toJSON() { return { o }; } }; JSON.stringify(o, (k, v) => ({ k, v: { v } })); for (;;) JSON.stringify({ a: [1, 2, 3] });` },
  "json-parse": { ends: "any", code: `const t = "[" + "1,".repeat(2e6) + "1]"; for (;;) JSON.parse(t);` },
  "bigint-power": { ends: "any", code: `let n = 3n; for (;;) n = n * n;` },
  "bigint-text": { ends: "any", code: `return new Response(String((7n ** 200000n).toString().length));` },
  "replace-all": { ends: "any", code: `let t = "ab".repeat(2e6); for (;;) t = t.replaceAll("ab", "ba");` },
  "timers-again": { ends: "cpu", code: `const again = () => { for (let i = 0; i < 1e5; i++); setTimeout(again, 0); }; again(); await new Promise(() => {});` },
  "timer-flood": { ends: "any", code: `for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6); ${ok}` },
  "wait-until-loop": { ends: "any", code: `ctx.waitUntil((async () => { for (;;) await null; })()); ${ok}` },
  "polite-hog": { ends: "any", code: `let x = 0; for (let i = 0; i < 1.5e7; i++) x = (x * 31 + i) | 0; return new Response(String(x));` },
  // -- starting ----------------------------------------------------------------------------------------------------------------
  "start-loop": { ends: "start", top: `while (true);`, code: ok },
  "start-hog": { ends: "any", top: `let x = 0; for (let i = 0; i < 1e8; i++) x = (x * 31 + i) | 0;`, code: ok },
  "start-bomb": { ends: "start", top: `const hoard = []; for (;;) hoard.push(new Array(1000).fill(1));`, code: ok },
  "start-throw": { ends: "start", top: `throw new Error("no");`, code: ok },
  // -- WebAssembly -------------------------------------------------------------------------------------------------------------
  "wasm-loop": { ends: "cpu", wasm: modules.loop, code: `new WebAssembly.Instance(wasm).exports.f();` },
  "wasm-caught": { ends: "cpu", wasm: modules.loop, code: `const { f } = new WebAssembly.Instance(wasm).exports; for (;;) try { f(); } catch {}` },
  "wasm-recursion": { ends: "cpu", wasm: modules.recursion, code: `new WebAssembly.Instance(wasm).exports.f(90n);` },
  "wasm-grow": { ends: "cpu", wasm: modules.grow, code: `const { f, m } = new WebAssembly.Instance(wasm).exports; f();` },
  "wasm-start": { ends: "cpu", wasm: modules.start, code: `new WebAssembly.Instance(wasm); ${ok}` },
  // -- memory ------------------------------------------------------------------------------------------------------------------
  "array-bomb": { ends: "memory", code: `const a = []; for (;;) a.push(new Array(1000).fill(1));` },
  "object-bomb": { ends: "memory", code: `const o = {}; for (let i = 0; ; i++) o["key" + i] = { i, text: "text " + i };` },
  "map-bomb": { ends: "memory", code: `const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]);` },
  "string-bomb": { ends: "memory", code: `let s = "x"; for (;;) { s += s; if (s.charCodeAt(s.length - 1) < 0) break; }` },
  "closure-bomb": { ends: "memory", code: `let f = () => 0; for (;;) { const g = f; f = () => g; }` },
  "huge-buffer": { ends: "memory", code: `const b = new Uint8Array(3 * 2 ** 30).fill(1); return new Response(String(b.length));` },
  "many-buffers": { ends: "memory", code: `const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1));` },
  "hoarder": { ends: "any", top: `const hoard = [];`, code: `for (let i = 0; i < 4; i++) hoard.push(new Uint8Array(1 << 20).fill(1)); return new Response(String(hoard.length));` },
  "join-bomb": { ends: "memory", code: `return new Response(new Array(2 ** 28).join("ab").slice(5, 9));` },
  // -- everything else that a Worker can make grow -----------------------------------------------------------------------------
  "endless-body": { ends: "any", code: `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } }));` },
  "never-answers": { ends: "any", code: `await new Promise(() => setInterval(() => {}, 10));` },
  "log-flood": { ends: "any", code: `for (let i = 0; i < 2000; i++) console.log("x".repeat(1000), i); ${ok}` },
  "key-derivation": { ends: "any", code: `const k = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
    await Promise.all(Array.from({ length: 8 }, () => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8), iterations: 1e6 }, k, 512))); ${ok}` },
};

/** The files of one as a project: {"i.js": text, "m.wasm": bytes}. `tail` is put behind the script. */
export function hostileFiles(name) {
  const { top = "", code, wasm } = hostile[name];
  const files = { "i.js": `${wasm ? `import wasm from "./m.wasm";\n` : ""}${top}\nexport default { async fetch(request, env, ctx) { ${code} } };\n` };
  if (wasm) files["m.wasm"] = wasm;
  return files;
}
