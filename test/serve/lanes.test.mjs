// What a light Worker feels of hogs in its own process: nothing but a little. Could pass wrongly if the hogs were never at work: their
// clients' answers are counted, and each hog's CPU is far more than the light requests could hide behind.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { children, eventually, get, isDebug, load, serveWorkers } from "../support/serve.mjs";
import { sleep } from "../support/cusp.mjs";

const LIGHT = `let n = 0; export default { fetch: () => new Response("light " + ++n) };`;
const BURN = `function burn(ms) { let x = 0; for (const end = ms * 1e5; x < end; x++) Math.imul(x, x); return x; }`;
const HOGS = {
  spin: `export default { fetch() { for (;;); } };`,
  polite: `${BURN} export default { fetch() { return new Response(String(burn(300))); } };`,
  awaits: `export default { async fetch() { for (;;) await null; } };`,
  start: `${BURN} burn(3000); export default { fetch: () => new Response("started") };`,
};
const hosts = (names) => Object.fromEntries(Object.entries(names).map(([name, script]) => [name, { script, routes: [`${name}.test/*`] }]));
const slow = isDebug ? 5 : 1;

test("a light Worker is answered while hogs burn beside it", async (t) => {
  const p = await serveWorkers(t, { light: { script: LIGHT }, ...hosts(HOGS) });
  for (let i = 0; i < 40; i++) assert.equal((await get(p)).status, 200);
  const hogs = Object.keys(HOGS).map((name) => load(p, 2, ({ agent }) => get(p, `${name}.test`, "/", { agent })));
  await sleep(500);
  const times = [];
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    const r = await get(p);
    times.push(performance.now() - began);
    assert.equal(r.status, 200);
    assert.match(r.text, /^light \d+$/);
    await sleep(5);
  }
  const results = (await Promise.all(hogs.map((h) => h.stop()))).map((h) => h.filter((r) => r.status === 200 || r.status === 503).length);
  assert.ok(results.filter((n) => n >= 2).length >= 3, `the hogs were at work: ${results}`);
  times.sort((a, b) => a - b);
  t.diagnostic(`median ${times[100].toFixed(1)} ms, worst ${times.at(-1).toFixed(1)} ms; hogs answered ${results}`);
  assert.ok(times[100] < 25 * slow, `median ${times[100]} ms`);
});

test("a Worker keeps its isolate when it proves short, and when it no longer is", async (t) => {
  const script = `let n = 0; ${BURN} export default { fetch(r) { n++; if (r.url.endsWith("/long")) burn(400); return new Response(String(n)); } };`;
  const p = await serveWorkers(t, { a: { script, more: { limits: { cpu_ms: 30000 } } } });
  let n = 0;
  for (; n < 60; ) assert.equal((await get(p)).text, String(++n));
  assert.equal((await get(p, "default.test", "/long")).text, String(++n));
  await sleep(100);
  for (let i = 0; i < 20; i++) assert.equal((await get(p)).text, String(++n));
});

test("threads of low priority run what is not proven", async (t) => {
  const p = await serveWorkers(t, { a: { script: LIGHT }, spin: { script: HOGS.spin, routes: ["spin.test/*"] } });
  await get(p);
  const [pid] = await eventually(() => (children(p).worker.length ? children(p).worker : null));
  const threads = () =>
    readdirSync(`/proc/${pid}/task`).map((id) => {
      const text = readFileSync(`/proc/${pid}/task/${id}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return { name: readFileSync(`/proc/${pid}/task/${id}/comm`, "utf8").trim(), nice: Number(fields[16]), ticks: Number(fields[11]) + Number(fields[12]) };
    });
  const sum = (list) => list.reduce((s, x) => s + x.ticks, 0);
  const before = threads();
  for (let i = 0; i < 20; i++) assert.equal((await get(p, "spin.test")).status, 503);
  const after = threads();
  const of = (list, pattern) => list.filter((x) => pattern.test(x.name));
  assert.ok(of(after, /^slow/).length >= 1);
  for (const thread of of(after, /^slow/)) assert.ok(thread.nice >= 10, `${thread.name} at ${thread.nice}`);
  for (const thread of of(after, /^lane/)) assert.equal(thread.nice, 0);
  const slowTicks = sum(of(after, /^slow/)) - sum(of(before, /^slow/)), fastTicks = sum(of(after, /^lane/)) - sum(of(before, /^lane/));
  assert.ok(slowTicks > 20 && slowTicks > 3 * fastTicks, `slow ${slowTicks}, fast ${fastTicks}`);
});
