// A Worker with more requests to a silent origin than edge has connections leaves connections for others. It could pass wrongly if its
// requests were refused early, or ended: so all of them are seen to wait, far more than one account may have under way.
import test from "node:test";
import assert from "node:assert/strict";
import { origin, sleep } from "../support/cusp.mjs";
import { get, serveWorkers } from "../support/serve.mjs";

test("requests to a silent origin hold up nobody else's", async (t) => {
  const silent = [];
  const quiet = await origin(t, (request, response) => silent.push(response));
  const o = await origin(t, (request, response) => response.end("from the origin"));
  const p = await serveWorkers(t, {
    many: { account: "one", routes: ["many.test/*"], script: `export default { async fetch(request, env, ctx) {
      const all = Array.from({ length: 900 }, () => fetch("http://127.0.0.1:${quiet.port}/").then((r) => r.text(), (e) => e.name));
      await scheduler.wait(500);
      ctx.waitUntil(Promise.all(all));
      return new Response("all wait: " + (await Promise.race([...all, "yes"])));
    } };` },
    live: { account: "two", routes: ["live.test/*"], script: `export default { fetch: () => fetch("http://127.0.0.1:${o.port}/") };` },
  }, "threads = 1\nlimits = { cpu_ms = 20000 }\n[egress]\nallow_private = true\n");
  assert.equal((await get(p, "live.test")).text, "from the origin");
  const answers = await Promise.all(Array.from({ length: 5 }, () => get(p, "many.test")));
  assert.deepEqual(answers.map((a) => a.text), Array(5).fill("all wait: yes"));
  for (let i = 0; i < 100 && silent.length < 512; i++) await sleep(100); // a busy machine connects later
  assert.equal(silent.length, 512, "so many of 4500 are under way");
  for (let i = 0; i < 20; i++) {
    const from = Date.now();
    assert.equal((await get(p, "live.test")).text, "from the origin");
    assert.ok(Date.now() - from < 2000, `${Date.now() - from} ms`);
  }
  for (const response of silent.splice(0)) response.end("at last");
  for (const end = Date.now() + 20_000; silent.length < 512 && Date.now() < end; ) await sleep(20);
  assert.equal(silent.length, 512, "the next in line");
});
