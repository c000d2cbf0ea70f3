// What a project may be made of: both syntaxes, TypeScript, JSX, imports of files, bindings, configuration.
// Could pass wrongly: if a Worker of an earlier test answered. Each test has a process, a port and a scratch folder of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dev, scratch } from "../support/cusp.mjs";
import { request } from "../support/http.mjs";

const answer = "export default { fetch: () => new Response('ok') };";
const project = (t, files, config = {}) =>
  scratch(t, { "wrangler.json": JSON.stringify({ name: "p", main: "src/index.js", compatibility_date: "2025-09-01", ...config }), ...files });
const get = async (p, path = "/") => request(p.url + path);

test("a bare script needs no configuration", async (t) => {
  const dir = scratch(t, { "hello.js": "export default { fetch: () => new Response('bare') };" });
  assert.equal((await get(await dev(t, `${dir}/hello.js`))).text, "bare");
});

test("a folder without a configuration is served by its src/index.ts", async (t) => {
  const dir = scratch(t, { "src/index.ts": "const x: string = 'guessed'; export default { fetch: (): Response => new Response(x) };" });
  assert.equal((await get(await dev(t, dir))).text, "guessed");
});

test("a script may listen for the fetch event instead of exporting a handler", async (t) => {
  const dir = project(t, { "src/index.js": "addEventListener('fetch', (e) => e.respondWith(new Response(`${e.type} ${GREETING}`)));" }, { vars: { GREETING: "hi" } });
  assert.equal((await get(await dev(t, dir))).text, "fetch hi");
});

test("a class that extends WorkerEntrypoint is a Worker", async (t) => {
  const dir = project(t, {
    "src/index.js": "import { WorkerEntrypoint } from 'cloudflare:workers';\nexport default class extends WorkerEntrypoint { fetch() { return new Response(this.env.A + typeof this.ctx.waitUntil); } }",
  }, { vars: { A: "a" } });
  assert.equal((await get(await dev(t, dir))).text, "afunction");
});

test("TypeScript with enums, decorator-free classes, generics and satisfies runs", async (t) => {
  const dir = project(t, {
    "src/index.ts": "import { twice, type Pair } from './lib';\nenum Color { Red = 'red' }\nclass A<T> { constructor(private readonly v: T) {} get() { return this.v; } }\nexport default { async fetch(): Promise<Response> { const p: Pair = [twice(2), Color.Red]; return Response.json([...p, new A(1).get()]); } } satisfies { fetch(): Promise<Response> };",
    "src/lib.ts": "export type Pair = [number, string];\nexport const twice = (n: number): number => n * 2;",
  }, { main: "src/index.ts" });
  assert.deepEqual((await get(await dev(t, dir))).json(), [4, "red", 1]);
});

test("JSX uses the factory that tsconfig.json names", async (t) => {
  const dir = project(t, {
    "tsconfig.json": '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h", "jsxFragmentFactory": "F" } }',
    "src/index.tsx": "const F = 'f'; const h = (tag: string, _p: unknown, ...c: unknown[]) => `<${tag}>${c.join('')}</${tag}>`;\nexport default { fetch: () => new Response(<p>hello <b>there</b></p> as unknown as string) };",
  }, { main: "src/index.tsx" });
  assert.equal((await get(await dev(t, dir))).text, "<p>hello <b>there</b></p>");
});

test("text, data, Wasm and JSON files are imported as what they are", async (t) => {
  const dir = project(t, {
    "src/index.js": `import txt from "./a.txt"; import html from "./b.html"; import sql from "./c.sql"; import bin from "./d.bin"; import wasm from "./e.wasm"; import json from "./f.json"; import md from "./g.md";
export default { fetch: () => Response.json({ txt, html, sql, bin: [bin instanceof ArrayBuffer, bin.byteLength], sum: new WebAssembly.Instance(wasm).exports.add(2, 3), json, md }) };`,
    "src/a.txt": "text\n", "src/b.html": "<p>é</p>", "src/c.sql": "SELECT 1;", "src/d.bin": Buffer.from([0, 255, 1]), "src/f.json": '{"a":[1]}', "src/g.md": "# by rule",
    "src/e.wasm": Buffer.from("0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b", "hex"),
  }, { rules: [{ type: "Text", globs: ["**/*.md"] }] });
  assert.deepEqual((await get(await dev(t, dir))).json(), { txt: "text\n", html: "<p>é</p>", sql: "SELECT 1;", bin: [true, 3], sum: 5, json: { a: [1] }, md: "# by rule" });
});

test("wrangler.toml, wrangler.json and wrangler.jsonc mean the same", async (t) => {
  const script = "export default { fetch: (_, env) => Response.json(env) };";
  const forms = {
    "wrangler.toml": 'name = "p"\nmain = "i.js"\ncompatibility_date = "2025-09-01"\n[vars]\nA = "1"\nB = { c = [1, true] }\n',
    "wrangler.json": '{"name":"p","main":"i.js","compatibility_date":"2025-09-01","vars":{"A":"1","B":{"c":[1,true]}}}',
    "wrangler.jsonc": '{ // comment\n"name":"p","main":"i.js","compatibility_date":"2025-09-01","vars":{"A":"1","B":{"c":[1,true,],},},}',
  };
  for (const [file, text] of Object.entries(forms)) {
    const p = await dev(t, scratch(t, { [file]: text, "i.js": script }));
    assert.deepEqual((await get(p)).json(), { A: "1", B: { c: [1, true] } }, file);
    await p.stop();
  }
});

test("variables of the command line win over .dev.vars, those over the configuration", async (t) => {
  const dir = project(t, {
    "src/index.js": "export default { fetch: (_, env) => Response.json(env) };",
    ".dev.vars": "# secrets\nB=from-dev-vars\nC=\"quoted # text\\nline\"\nexport D='single'\n",
  }, { vars: { A: "config", B: "config", E: "config" } });
  const p = await dev(t, dir, { args: ["--var", "E=command line", "--var", "F:colon"] });
  assert.deepEqual((await get(p)).json(), { A: "config", B: "from-dev-vars", C: "quoted # text\nline", D: "single", E: "command line", F: "colon" });
});

test("--env uses that environment's variables and inherits the rest", async (t) => {
  const dir = project(t, { "src/index.js": "export default { fetch: (_, env) => Response.json([env.A ?? null, env.B ?? null]) };" },
    { vars: { A: "top", B: "top" }, env: { staging: { vars: { A: "staging" } } } });
  const p = await dev(t, dir, { args: ["--env", "staging"] });
  assert.deepEqual((await get(p)).json(), ["staging", null]);
});

test("define and alias reach the bundler", async (t) => {
  const dir = project(t, { "src/index.js": "import { v } from 'pkg'; export default { fetch: () => new Response(`${v} ${BUILD}`) };", "src/mine.js": "export const v = 'aliased';" },
    { alias: { pkg: "./src/mine.js" }, define: { BUILD: '"b42"' } });
  assert.equal((await get(await dev(t, dir))).text, "aliased b42");
});

test("CommonJS and ES modules mix, npm packages are found", async (t) => {
  const dir = project(t, {
    "src/index.js": "import pkg from 'pkg'; import { named } from 'esm-pkg'; export default { fetch: () => new Response(pkg.a() + named) };",
    "node_modules/pkg/package.json": '{"name":"pkg","main":"m.js"}', "node_modules/pkg/m.js": "exports.a = () => 'cjs ';",
    "node_modules/esm-pkg/package.json": '{"name":"esm-pkg","exports":{"workerd":"./w.js","default":"./d.js"}}', "node_modules/esm-pkg/w.js": "export const named = 'for workers';", "node_modules/esm-pkg/d.js": "export const named = 'default';",
  });
  assert.equal((await get(await dev(t, dir))).text, "cjs for workers");
});

test("KV is written and read, listed and deleted", async (t) => {
  const dir = project(t, {
    "src/index.js": `export default { async fetch(request, { KV }) {
      await KV.put("a", "1", { metadata: { m: 1 } }); await KV.put("b", JSON.stringify({ x: 1 })); await KV.put("c", new Uint8Array([1, 2]));
      const list = await KV.list({ prefix: "" }); await KV.delete("c");
      return Response.json([await KV.get("a"), await KV.get("b", "json"), await KV.getWithMetadata("a"), list.keys.map((k) => k.name), await KV.get("c"), [...(await KV.get(["a", "zz"]))]]); } };`,
  }, { kv_namespaces: [{ binding: "KV", id: "test" }] });
  const [a, b, withMeta, names, gone, bulk] = (await get(await dev(t, dir))).json();
  assert.deepEqual([a, b, names, gone, bulk], ["1", { x: 1 }, ["a", "b", "c"], null, [["a", "1"], ["zz", null]]]);
  assert.deepEqual([withMeta.value, withMeta.metadata], ["1", { m: 1 }]);
});

test("state lies in .cusp and survives a restart", async (t) => {
  const dir = project(t, { "src/index.js": "export default { async fetch(r, { KV }) { const n = Number(await KV.get('n')) + 1; await KV.put('n', String(n)); return new Response(String(n)); } };" },
    { kv_namespaces: [{ binding: "KV", id: "n" }] });
  const { Process } = await import("../support/cusp.mjs");
  for (const expected of ["1", "2"]) {
    const p = new Process(t, ["dev", dir, "--port", "0"]);
    const [, url] = await p.until(/Ready on (\S+)/);
    assert.equal((await request(url)).text, expected);
    assert.deepEqual(await p.stop(), { code: 0, signal: null });
  }
  const { existsSync } = await import("node:fs");
  assert.ok(existsSync(`${dir}/.cusp/kv`));
});

test("keys that are unknown or not supported are named in a warning, with the nearest that is known", async (t) => {
  const dir = project(t, { "src/index.js": answer }, { compatibilty_flags: [], d1_databases: [{ binding: "DB", database_id: "x" }], observability: { enabled: true } });
  const p = await dev(t, dir);
  assert.match(p.output, /`compatibilty_flags` is not a key.*did you mean `compatibility_flags`/);
  assert.match(p.output, /`d1_databases` is not supported/);
  assert.doesNotMatch(p.output, /observability/);
});

test("the scheduled handler runs by /cdn-cgi/handler/scheduled", async (t) => {
  const dir = project(t, { "src/index.js": "let seen = 'nothing';\nexport default { fetch: () => new Response(seen), scheduled(c, env, ctx) { seen = `${c.cron} ${c.scheduledTime}`; } };" }, { triggers: { crons: ["*/5 * * * *"] } });
  const p = await dev(t, dir);
  const ran = await get(p, "/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*&time=1700000000000");
  assert.equal(ran.status, 200);
  assert.equal((await get(p)).text, "*/5 * * * * 1700000000000");
});
