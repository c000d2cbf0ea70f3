// Projects as the generators of Hono and itty-router lay them out run as they are.
// Could pass wrongly: if the projects here were adapted to Cusp. They are kept in the generators' form: only the names are ours. Their
// packages come from examples/node_modules.
import assert from "node:assert/strict";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dev, root, scratch } from "../support/cusp.mjs";
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
