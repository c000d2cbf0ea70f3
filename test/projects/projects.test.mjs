// Projects as the generators of Hono and itty-router lay them out run as they are.
// Could pass wrongly: if the projects here were adapted to Cusp. They are kept in the generators' form: only the names are ours. Their
// packages come from examples/node_modules.
import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Process, dev, root, scratch } from "../support/cusp.mjs";
import { request } from "../support/http.mjs";

async function run(t, name) {
  const dir = scratch(t);
  cpSync(join(root, "test/projects", name), dir, { recursive: true });
  symlinkSync(join(root, "examples/node_modules"), join(dir, "node_modules"));
  const p = await dev(t, dir);
  assert.doesNotMatch(p.output, /warning: .*(not a key|not supported)/);
  return (path) => request(p.url + path);
}

test("a new Hono project", async (t) => {
  const get = await run(t, "hono");
  const r = await get("/");
  assert.deepEqual([r.status, r.text, r.header("content-type")], [200, "Hello Hono!", "text/plain;charset=UTF-8"]);
  assert.equal((await get("/missing")).status, 404);
});

test("a new itty-router project", async (t) => {
  const get = await run(t, "itty");
  assert.equal((await get("/hello/Ada")).text, '"Hello, Ada!"');
  assert.deepEqual((await get("/json")).json(), [1, 2, 3]);
  assert.equal((await get("/promises")).text, '"foo"');
  assert.equal((await get("/missing")).status, 404);
});

// hono, itty-router, jose, zod, graphql, drizzle-orm, date-fns, uuid, nanoid, marked, @noble/hashes, react-dom/server and the openai
// client, as npm has them (test/package-lock.json), each put through its paces in packages/*.test.js. Every export there must pass by
// name, and each package must be what one of the files imports.
test("npm packages", async (t) => {
  const from = join(root, "test/projects/packages"), dir = scratch(t);
  cpSync(from, dir, { recursive: true });
  symlinkSync(join(root, "test/node_modules"), join(dir, "node_modules"));
  const files = readdirSync(from).filter((name) => name.endsWith(".test.js"));
  const wanted = [];
  let imports = "";
  for (const file of files) {
    const text = readFileSync(join(from, file), "utf8"), name = file.replace(".test.js", "");
    imports += text;
    for (const m of text.matchAll(/^export (?:const (\w+) = |(default) )\{$/gm)) wanted.push(`${name}:${m[1] ?? m[2]} PASS`);
  }
  const packages = Object.keys(JSON.parse(readFileSync(join(root, "test/package.json"), "utf8")).devDependencies);
  const elsewhere = new Set(["workerd", "@cloudflare/workers-types", "html-rewriter-wasm"]); // what other tests compare with
  for (const name of packages) assert.ok(elsewhere.has(name) || imports.includes(`from "${name}`), `nothing imports ${name}`);
  const p = new Process(t, ["test", dir]);
  const { code } = await p.exited;
  const results = [...p.output.matchAll(/^(\S+) (PASS|FAIL)$/gm)].map((m) => `${m[1]} ${m[2]}`);
  assert.deepEqual(results.sort(), wanted.sort(), p.output);
  assert.equal(code, 0);
});
