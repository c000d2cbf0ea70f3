// Workers that take all the memory they can get: they get 503 and the reason is logged, those beside them are answered, and the
// worker process is small again afterwards. Could pass wrongly: a bomb that was ended for its CPU time proves nothing, so the cause is
// read from the log; and a process that died and came again is small too, so its pid must stay the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sleep } from "../support/cusp.mjs";
import { children, eventually, get, isDebug, load, serveWorkers, text } from "../support/serve.mjs";

const MB = 1 << 20;
const head = "threads = 1\n[limits]\ncpu_ms = 20000\n";
const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
const worker = (fetch) => `const keep = []; let n = 0; export default { async fetch() { ${fetch} } };`;
const bombs = {
  arrays: "for (;;) keep.push(new Array(1000).fill(1))",
  buffers: "for (;;) keep.push(new Uint8Array(1e6).fill(1))",
  strings: "for (;;) keep.push('text ' + n++ + ' of some length'.toUpperCase())",
  promises: "for (;;) { keep.push(new Promise(() => {})); await null }",
};

test("a bomb gets 503, its neighbour is answered, and the memory comes back", async (t) => {
  const workers = { quiet: { script: text("quiet"), isDefault: true } };
  for (const [name, body] of Object.entries(bombs)) workers[name] = { script: worker(body), routes: [`${name}.test/*`] };
  const p = await serveWorkers(t, workers, head);
  assert.equal((await get(p)).text, "quiet");
  const [pid] = children(p).worker;
  const before = rss(pid);
  const neighbour = load(p, 1, ({ agent }) => get(p, "default.test", "/", { agent }));
  for (const name of Object.keys(bombs)) {
    const from = p.output.length;
    const r = await get(p, `${name}.test`);
    assert.equal(r.status, 503, `${name}: ${r.text}`);
    await p.until(/isolate ended.*memory/, { from });
  }
  const results = await neighbour.stop();
  assert.ok(results.length > 0);
  assert.deepEqual(results.filter((r) => r.status !== 200), []);
  assert.deepEqual(children(p).worker.filter((other) => other === pid), [pid], "it is the same process");
  const most = before + (isDebug ? 400 : 120) * MB;
  await eventually(async () => rss(pid) < most || (await sleep(200))).catch(() => assert.fail(`${rss(pid) / MB} MB, it was ${before / MB}`));
});

test("a bomb's next request finds a fresh isolate", async (t) => {
  const script = `let n = 0; const keep = []; export default { fetch(r) { n++; if (r.url.endsWith("/bomb")) for (;;) keep.push(new Array(1000).fill(1)); return new Response(String(n)); } };`;
  const p = await serveWorkers(t, { a: { script } }, head);
  assert.equal((await get(p)).text, "1");
  assert.equal((await get(p)).text, "2");
  assert.equal((await get(p, "default.test", "/bomb")).status, 503);
  assert.equal((await get(p)).text, "1");
});

test("one that keeps a megabyte of every request is ended at its limit", async (t) => {
  const script = `const keep = []; export default { fetch() { keep.push(new Array(131072).fill(keep.length)); return new Response(String(keep.length)); } };`;
  const p = await serveWorkers(t, { a: { script, more: {} } }, `${head}memory_mb = 64\n`);
  let most = 0;
  for (let i = 0; i < 150; i++) {
    const r = await get(p);
    if (r.status === 503) break;
    most = Math.max(most, Number(r.text));
  }
  assert.ok(most > 30 && most < 120, `it kept ${most} MB`);
  await p.until(/isolate ended.*memory.*64/);
});

test("what is too large for an isolate is a RangeError", async (t) => {
  const script = `export default { fetch() { const said = []; for (const f of [() => new Uint8Array(1e9), () => "x".repeat(1e9), () => new Array(1e8).fill(0)]) try { f(); said.push("none"); } catch (e) { said.push(e.name); } return new Response(said.join()); } };`;
  const p = await serveWorkers(t, { a: { script } }, head);
  assert.equal((await get(p)).text, "RangeError,RangeError,RangeError");
});

test("a process near its ceiling gives up idle isolates and goes on", { skip: isDebug && "a sanitizer's memory is not that of a process" }, async (t) => {
  const workers = {};
  for (let i = 0; i < 8; i++)
    workers[`w${i}`] = { routes: [`w${i}.test/*`], script: `const keep = []; for (let i = 0; i < 60; i++) keep.push(new Array(131072).fill(i)); export default { fetch: () => new Response(String(keep.length)) };` };
  const p = await serveWorkers(t, workers, `memory = "384MB"\n${head}`);
  for (let round = 0; round < 3; round++)
    for (const name of Object.keys(workers)) {
      const r = await get(p, `${name}.test`);
      assert.ok(r.status === 200 ? r.text === "60" : r.status === 503, `${name}: ${r.status} ${r.text}`);
      await sleep(100);
    }
  const [pid] = children(p).worker;
  await p.until(/memory pressure/);
  assert.equal((await eventually(async () => { const r = await get(p, "w0.test"); return r.status === 200 && r; })).text, "60");
  assert.ok(rss(pid) < 500 * MB, `${rss(pid) / MB} MB`);
  assert.doesNotMatch(p.output, /process died/);
});
