// A Worker that uses more CPU than it may: what its client sees, what the log says, who else notices. It could pass wrongly if nothing ever
// reached the limit, so the log's figures are read; or if the isolate were not replaced, so each counts its requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Process, scratch, serve, sleep, write } from "../support/cusp.mjs";
import { configuration, get, isDebug, serveWorkers, text } from "../support/serve.mjs";

const script = `let n = 0;
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/loop") for (;;) ;
  if (pathname === "/chain") for (;;) await null;
  if (pathname === "/spin") { const end = 3e8; let t = 0; for (let i = 0; i < end; i++) t += i % 7; return new Response("spun " + t); }
  if (pathname === "/wait") await scheduler.wait(150);
  return new Response("request " + ++n);
} };`;

const head = `threads = 1\nlog = "json"\n[limits]\ncpu_ms = ${isDebug ? 200 : 50}\n`;
const lines = (p, event) => p.output.split("\n").filter((l) => l.startsWith("{")).map((l) => JSON.parse(l)).filter((l) => l.event === event);

test("error 1102, for programs and for browsers; the next request finds a fresh isolate", async (t) => {
  const p = await serveWorkers(t, { w: { script } }, head);
  assert.equal((await get(p)).text, "request 1");
  for (const path of ["/loop", "/chain"]) {
    const plain = await get(p, "default.test", path);
    assert.deepEqual([plain.status, plain.text], [503, "error code: 1102\n"]);
    assert.match(plain.header("cf-ray"), /^[0-9a-f]{16}-DEV$/);
    assert.equal((await get(p)).text, "request 1");
  }
  const page = await get(p, "default.test", "/loop", { headers: { accept: "text/html" } });
  assert.equal(page.status, 503);
  assert.match(page.header("content-type"), /^text\/html/);
  assert.match(page.text, /<title>Error 1102 Worker exceeded resource limits<\/title>/);
  assert.ok(page.text.includes(`Ray ID: <code>${page.header("cf-ray")}</code>`));

  const ended = lines(p, "isolate ended");
  assert.equal(ended.length, 3);
  for (const l of ended) {
    assert.equal(l.cause, "cpu");
    assert.equal(l.limit_ms, isDebug ? 200 : 50);
    assert.ok(l.cpu_ms >= l.limit_ms && l.cpu_ms < l.limit_ms + 30, `${l.cpu_ms} ms`);
  }
  const failed = lines(p, "request failed");
  assert.equal(failed.length, 3, "one line for each");
  assert.deepEqual([failed[2].err, failed[2].worker, failed[2].status, failed[2].req], ["WORKER_CPU", "w", 503, page.header("cf-ray")]);
  assert.match(failed[2].text, /ms used, \d+ ms allowed/);
});

test("who was in the isolate, waits for it, or is another Worker, gets an answer", async (t) => {
  const p = await serveWorkers(t, { bad: { script, routes: ["bad.test/*"] }, good: { script: text("good"), routes: ["good.test/*"] } }, head);
  await Promise.all([get(p, "bad.test"), get(p, "good.test")]);
  const waits = get(p, "bad.test", "/wait");
  await get(p, "bad.test"); // it has begun by now
  const all = await Promise.all([get(p, "bad.test", "/loop"), ...Array.from({ length: 8 }, () => get(p, "bad.test")), get(p, "good.test")]);
  assert.deepEqual(all.map((r) => r.status), [503, ...Array(9).fill(200)]);
  assert.equal((await waits).status, 200, "a GET that had begun is tried again");
});

test("limits of the plan, of the project and of one Worker", async (t) => {
  const p = await serveWorkers(t, {
    plan: { script, routes: ["plan.test/*"] },
    project: { script, routes: ["project.test/*"], more: { limits: { cpu_ms: 20_000 } } },
  }, head);
  assert.equal((await get(p, "plan.test", "/spin")).status, 503);
  assert.match((await get(p, "project.test", "/spin")).text, /^spun/);

  const dir = scratch(t);
  const toml = configuration(dir, { project: { script, more: { limits: { cpu_ms: 20_000 } } } }, head).replace("[[worker]]\n", `[[worker]]\nlimits = { cpu_ms = 60 }\n`);
  const last = await serve(t, toml, { dir });
  assert.equal((await get(last, "default.test", "/spin")).status, 503, "the operator's word about one Worker is the last");
});

for (const [what, toml, pattern] of [
  ["too little", "[limits]\ncpu_ms = 0\n", /limits\.cpu_ms.*from 1 to 30000|limits\.cpu_ms.*between 1 and 30000|limits\.cpu_ms/],
  ["no number", '[limits]\nmemory_mb = "much"\n', /limits\.memory_mb/],
  ["no table", '[[worker]]\nname = "a"\npath = "."\ndefault = true\nlimits = 7\n', /limits/],
])
  test(`a limit that is ${what} is refused by name`, async (t) => {
    const dir = scratch(t);
    write(dir, "cusp.toml", toml);
    const p = new Process(t, ["serve", "--config", `${dir}/cusp.toml`]);
    assert.deepEqual(await p.exited, { code: 1, signal: null }, p.output);
    assert.match(p.output, pattern);
  });

// It could pass wrongly if the lines were lost on the way: what is dropped is counted in a line, and with it the sum is right.
test("a Worker that logs without end is held back, is told so, and others' lines are not", async (t) => {
  const flood = `export default { fetch(request) { for (let i = 0; i < 200; i++) console.log("flood " + "x".repeat(1000)); return new Response("done"); } };`;
  const calm = `let n = 0; export default { fetch() { console.log("calm " + n++); return new Response("calm"); } };`;
  const p = await serveWorkers(t, { flood: { script: flood, routes: ["flood.test/*"] }, calm: { script: calm, routes: ["calm.test/*"] } }, `threads = 1\nlog = "json"\n[limits]\ncpu_ms = 2000\n`);
  for (let i = 0; i < 12; i++) {
    assert.equal((await get(p, "flood.test")).text, "done");
    assert.equal((await get(p, "calm.test")).text, "calm");
  }
  await sleep(3500);
  assert.equal((await get(p, "flood.test")).text, "done");
  await p.until(/lines were dropped/);
  const console_ = lines(p, "console");
  const shown = console_.filter((l) => l.text.startsWith("flood ")).length;
  const dropped = console_.map((l) => /^(\d+) lines were dropped$/.exec(l.text)).reduce((n, m) => n + (m ? Number(m[1]) : 0), 0);
  assert.ok(console_.some((l) => l.worker === "flood" && /exceeds what a Worker may log each second/.test(l.text)));
  assert.ok(shown > 900 && shown < 2000, `${shown} lines shown`);
  assert.ok(dropped > 500, `${dropped} lines dropped`);
  assert.ok(shown + dropped <= 13 * 200 && shown + dropped >= 12 * 200, `${shown} shown and ${dropped} dropped`);
  assert.deepEqual(console_.filter((l) => l.worker === "calm").map((l) => l.text), Array.from({ length: 12 }, (_, i) => `calm ${i}`));
});
