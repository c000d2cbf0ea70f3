// `cusp test`: what passes is said to pass, what fails to fail, with the error, in every form of output and by the exit status.
// Could pass wrongly if a failure were told as nothing at all: the whole list of results is compared, and the counts at the end.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Process, scratch } from "../support/cusp.mjs";

const mixed = `import { one } from "./one.js";
export const adds = { test() { console.log("adding"); if (one + 1 !== 2) throw new Error("no"); } };
export const later = { async test(controller, env, ctx) {
  await scheduler.wait(5);
  throw new TypeError("it is broken: " + typeof ctx.waitUntil);
} };
export const hangs = { test: () => new Promise(() => {}) };
export const notATest = { fetch() {} };
export default { test() {} };
`;
const files = { "mixed.js": mixed, "one.js": "export const one = 1;" };

async function run(t, args, options) {
  const p = new Process(t, ["test", ...args], options);
  const { code, signal } = await p.exited;
  assert.equal(signal, null, p.output);
  const results = [...p.output.matchAll(/^(\S+) (PASS|FAIL)$/gm)].map((m) => `${m[1]} ${m[2]}`);
  return { code, output: p.output, results };
}

test("exports with test() are called one after the other, and told", async (t) => {
  const { code, output, results } = await run(t, [join(scratch(t, files), "mixed.js")]);
  assert.equal(code, 1);
  assert.deepEqual(results.sort(), ["mixed:adds PASS", "mixed:default PASS", "mixed:hangs FAIL", "mixed:later FAIL"]);
  assert.match(output, /^adding$/m);
  assert.match(output, /TypeError: it is broken: function\n.*mixed\.js:5/);
  assert.match(output, /hung/);
  assert.match(output, /^2 passed, 2 failed$/m);
});

test("a file is run as it is when it is asked for", async (t) => {
  const dir = scratch(t, { "alone.mjs": "export const it = { test() { if (typeof gc !== 'undefined') throw 1; } };" });
  assert.deepEqual((await run(t, [join(dir, "alone.mjs"), "--no-bundle"])).results, ["alone:it PASS"]);
});

test("gc() is there when it is asked for", async (t) => {
  const dir = scratch(t, { "gc.js": "export const it = { test() { let a = new WeakRef({}); gc(); } };" });
  assert.equal((await run(t, [join(dir, "gc.js"), "--gc"])).code, 0);
  assert.equal((await run(t, [join(dir, "gc.js")])).code, 1);
});

test("--filter keeps what has the text, and nothing at all is a failure", async (t) => {
  const file = join(scratch(t, files), "mixed.js");
  assert.deepEqual(await run(t, [file, "--filter", "mixed:ad"]).then((r) => [r.code, r.results]), [0, ["mixed:adds PASS"]]);
  const none = await run(t, [file, "--filter=zzz"]);
  assert.equal(none.code, 1);
  assert.match(none.output, /no test to run/);
});

test("a test that goes on too long fails, whether it waits or computes, and the next one runs", async (t) => {
  const dir = scratch(t, {
    "slow.js": `export const a = { test: () => scheduler.wait(60000) };
export const b = { test() { for (;;); } };
export const c = { test() {} };`,
  });
  const { code, results, output } = await run(t, [join(dir, "slow.js"), "--timeout", "1"]);
  assert.equal(code, 1);
  assert.deepEqual(results, ["slow:a FAIL", "slow:b FAIL", "slow:c PASS"]);
  assert.match(output, /no end after 1000 ms/);
});

test("TAP", async (t) => {
  const { code, output } = await run(t, [join(scratch(t, files), "mixed.js"), "--tap"]);
  assert.equal(code, 1);
  const lines = output.split("\n");
  assert.equal(lines[0], "TAP version 14");
  assert.ok(lines.includes("1..4"));
  assert.deepEqual(lines.filter((l) => /^(not )?ok/.test(l)), ["ok 1 - mixed:adds", "ok 2 - mixed:default", "not ok 3 - mixed:hangs", "not ok 4 - mixed:later"]);
  assert.ok(lines.includes("# adding"));
});

test("JUnit", async (t) => {
  const dir = scratch(t, files), out = join(dir, "out.xml");
  await run(t, [join(dir, "mixed.js"), "--junit", out]);
  const xml = readFileSync(out, "utf8");
  assert.match(xml, /<testsuite name="cusp" tests="4" failures="2">/);
  assert.match(xml, /<testcase classname="mixed" name="later" time="[\d.]+">\s*<failure message="TypeError: it is broken: function">/);
});

test("a directory: the project in it and its *.test.js", async (t) => {
  const dir = scratch(t, {
    "wrangler.toml": 'name = "shop"\nmain = "src/index.js"\n[vars]\nGREETING = "hi"\n',
    "src/index.js": "export default { test(c, env) { if (env.GREETING !== 'hi') throw new Error(); } };",
    "src/more.test.ts": "export const typed = { test(): void { const n: number = 1; } };",
    "node_modules/x/x.test.js": "export const no = { test() { throw 1; } };",
  });
  const { code, results } = await run(t, [dir]);
  assert.deepEqual(results, ["shop:default PASS", "more:typed PASS"]);
  assert.equal(code, 0);
});

const config = (...services) => JSON.stringify({ services, v8Flags: ["--expose-gc"] });
const worker = (name, code, more = {}) => ({ name, worker: { modules: [{ name: "worker", esModule: code }], ...more } });

test("a JSON configuration: several Workers, their bindings", async (t) => {
  const bindings = [
    { name: "T", text: "text" }, { name: "J", json: '{"a":[1]}' }, { name: "D", data: [1, 2, 255] }, { name: "B", data: "AQI=" },
  ];
  const first = `export default { test(c, env) {
    gc();
    const got = JSON.stringify([env.T, env.J.a[0], [...new Uint8Array(env.D)], [...new Uint8Array(env.B)]]);
    if (got !== '["text",1,[1,2,255],[1,2]]') throw new Error(got);
  } };`;
  const dir = scratch(t, { "all.json": config(worker("one", first, { bindings }), worker("two", "export const x = { test() {} };")) });
  const { code, results, output } = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(results, ["one:default PASS", "two:x PASS"], output);
  assert.equal(code, 0);
});

const graph = [
  { name: "worker", esModule: `import a, {b} from './lib/a.js';
    import cjs from 'cjs';
    import text from 'words.txt';
    import * as ns from 'tla';
    import {even} from 'even';
export default { async test(){ if (a!=='a'||b!=='b'||cjs.v!==42||cjs.esm.b!=='b'||text!=='hi'||ns.late!==7||!even(10)) throw new Error('x');
    const d=await import('dyn');
    if (d.default!=='d'||(await import('dyn'))!==d) throw new Error('d');
    let e;
    try { await import('boom') } catch (x) { e=x } if (e?.message!=='boom') throw new Error('b');
    try { await import('boom');
    e=null } catch (x) { if (x!==e) throw new Error('same') } if(e===null) throw new Error('again');
    try { await import('nope') } catch (x) { e=x } if(!/No such module/.test(e.message)) throw e;
    try { (await import('req')) ;
    throw new Error('r') } catch (x) { if(!/Top-level await/.test(x.message)) throw x } } }` },
  { name: "lib/a.js", esModule: `import {b as bb} from './b.js'; export default 'a'; export const b = bb;` },
  { name: "lib/b.js", esModule: `export const b = 'b'; export let n = 0; export const inc = () => n++; ` },
  { name: "cjs", commonJsModule: `const dep = require('./dep');
    module.exports = { v: dep.v + 1, esm: require('lib/a.js') };
    if (require('dep') !== dep) throw new Error('twice')` },
  { name: "dep", commonJsModule: `exports.v = 41; exports.back = require('cjs')` },
  { name: "words.txt", text: `hi` },
  { name: "tla", esModule: `await Promise.resolve(); await null; export const late = 7;` },
  { name: "even", esModule: `import {odd} from 'odd'; export function even(n){ return n===0||odd(n-1) }` },
  { name: "odd", esModule: `import {even} from 'even'; export function odd(n){ return n!==0&&even(n-1) }` },
  { name: "dyn", esModule: `await scheduler?.wait?.(1).catch?.(()=>{}); export default 'd'` },
  { name: "boom", esModule: `throw new Error('boom')` },
  { name: "req", commonJsModule: `require('slow')` },
  { name: "slow", esModule: `await new Promise(()=>{}); export const x=1` },
];

test("modules that import one another: ES modules, CommonJS, cycles, top-level await, import()", async (t) => {
  const dir = scratch(t, { "all.json": config({ name: "m", worker: { modules: graph } }) });
  const { code, results, output } = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(results, ["m:default PASS"], output);
  assert.equal(code, 0);
});

test("compatibility flags: eval() while the Worker starts, never afterwards; what is on can be read", async (t) => {
  const code = `let early; try { early = eval("1 + 1"); } catch (e) { early = e.name; }
    export const is = { test(c, env) {
      let late; try { late = eval("1 + 1"); } catch (e) { late = e.name; }
      const { url_standard, experimental } = Cloudflare.compatibilityFlags;
      const got = JSON.stringify([early, late, url_standard, experimental]);
      if (got !== env.WANTED) throw new Error(got);
    } };`;
  const of = (name, date, flags, wanted) => ({
    name,
    worker: {
      modules: [{ name: "w", esModule: code }], compatibilityDate: date, compatibilityFlags: flags,
      bindings: [{ name: "WANTED", text: JSON.stringify(wanted) }],
    },
  });
  const dir = scratch(t, {
    "all.json": config(of("old", "2022-01-01", [], ["EvalError", "EvalError", false, false]), of("new", "2025-06-01", [], [2, "EvalError", true, false]),
      of("flags", "2025-06-01", ["disallow_eval_during_startup", "experimental"], ["EvalError", "EvalError", true, true])),
  });
  const { results, output } = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(results, ["old:is PASS", "new:is PASS", "flags:is PASS"], output);
});

test("env and exports can be imported, and replaced for a while", async (t) => {
  const code = `import { env, exports, withEnv, withExports } from "cloudflare:workers";
    const top = env.T;
    export default { async test(c, argEnv) {
      const eq = (a, b) => { if (a !== b) throw new Error(a + " is not " + b); };
      eq(top, "text"); eq(env.T, "text"); eq(Object.keys(env).join(), "T");
      env.added = 1; eq(argEnv.added, 1);
      const inside = await withEnv({ T: "other" }, async () => { await scheduler.wait(1); return env.T; });
      eq(inside, "other"); eq(env.T, "text");
      eq(Object.keys(exports).join(), "default");
      eq(await withExports({ x: 1 }, async () => { await null; return exports.x; }), 1);
    } };`;
  const dir = scratch(t, { "all.json": config({ name: "m", worker: { modules: [{ name: "w", esModule: code }], bindings: [{ name: "T", text: "text" }] } }) });
  const { results, output } = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(results, ["m:default PASS"], output);
});

test("what a configuration asks for and Cusp lacks is named, and the others run", async (t) => {
  const lacking = worker("one", "export default { test() {} };", { bindings: [{ name: "S", memoryCache: { id: "x" } }] });
  const dir = scratch(t, { "all.json": config(lacking, worker("two", "export const x = { test() {} };")) });
  const { code, results, output } = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(results, ["one FAIL", "two:x PASS"]);
  assert.match(output, /binding "S": memoryCache is not supported/);
  assert.equal(code, 1);
});

test("a Worker that does not start fails, with the error", async (t) => {
  const dir = scratch(t, { "all.json": config(worker("one", "throw new RangeError('early');")), "bad.js": "export default {" });
  const thrown = await run(t, [join(dir, "all.json")]);
  assert.deepEqual(thrown.results, ["one FAIL"]);
  assert.match(thrown.output, /RangeError: early/);
  assert.match((await run(t, [join(dir, "bad.js")])).output, /bad\.js:1/);
});

test("a wrong command line is told, with status 2", async (t) => {
  for (const args of [["--timeout", "0"], ["--timeout", "x"], ["--nonsense"], ["--filter"], ["--compat-date", "soon"]]) {
    const { code, output } = await run(t, args);
    assert.equal(code, 2, args.join(" "));
    assert.match(output, /^cusp test: .*--/);
  }
});

test("--watch runs again when a file changes; its state directories go", async (t) => {
  const dir = scratch(t, files), tmp = scratch(t, {});
  const p = new Process(t, ["test", join(dir, "mixed.js"), "--watch", "--filter", "adds"], { env: { TMPDIR: tmp } });
  await p.until(/1 passed, 0 failed/);
  writeFileSync(join(dir, "one.js"), "export const one = 5;");
  await p.until(/0 passed, 1 failed/);
  p.signal("SIGTERM");
  await p.exited;
  assert.deepEqual(existsSync(tmp) ? readdirSync(tmp) : [], []);
});
