// A Worker that asks for a thousand host names without an address, and is gone before any answer, holds up nobody: others are answered,
// also when they fetch(), and edge does not collect threads. It could pass wrongly where the name server answers at once; the bound on
// threads is looked at while the lookups are under way, and holds either way.
import test from "node:test";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { origin } from "../support/cusp.mjs";
import { steady } from "../support/load.mjs";
import { children, get, serveWorkers } from "../support/serve.mjs";

test("dead host names hold up nobody", async (t) => {
  const o = await origin(t, (request, response) => response.end("from the origin"));
  const p = await serveWorkers(t, {
    dead: { account: "one", routes: ["dead.test/*"], script: `let n = 0; export default { async fetch() {
      const all = Array.from({ length: 300 }, () => fetch("http://name" + n++ + ".invalid/").catch((e) => e.name));
      return new Response(String(await Promise.race([all[0], new Promise((done) => setTimeout(done, 100, "gone"))]))); } };` },
    live: { account: "two", routes: ["live.test/*"], script: `export default { fetch: () => fetch("http://localhost:${o.port}/") };` },
    light: { account: "two", routes: ["light.test/*"], script: `export default { fetch: () => new Response("light") };` },
  }, "threads = 1\n[egress]\nallow_private = true\n");
  assert.equal((await get(p, "live.test")).text, "from the origin");
  assert.equal((await steady(p.port, "light.test", { rate: 50, ms: 500 })).failed, 0);
  const edge = children(p).edge[0];
  const threads = () => readdirSync(`/proc/${edge}/task`).length;
  const before = threads();

  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, threads())), 5);
  const asking = Array.from({ length: 5 }, () => get(p, "dead.test"));
  const [light, live] = await Promise.all([steady(p.port, "light.test", { rate: 100, ms: 2000 }), get(p, "live.test"), ...asking]);
  clearInterval(watching);
  assert.deepEqual(light.errors, {});
  assert.equal(live.text, "from the origin");
  assert.ok(most - before <= 20, `${most - before} threads more`);

  const r = await get(p, "dead.test");
  assert.match(r.text, /^(TypeError|gone)$/);
});
