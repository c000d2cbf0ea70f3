// What the parent does about worker processes that stop answering or die, and whom it blames.
// Could pass wrongly: if the culprit were not running when the process dies, nobody would be blamed, so each test waits until its
// handler has begun; "zero errors" of the others could mean that they asked nothing, so each counts answers before and after.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { sleep } from "../support/cusp.mjs";
import { children, eventually, get, load, serveWorkers, text } from "../support/serve.mjs";

// Runs for about `?ms=` of CPU when asked to.
const busy = `export default { fetch(request) {
  const ms = Number(new URL(request.url).searchParams.get("ms") ?? 0);
  for (let n = ms * 200_000; n > 0; n--) if (n % 7 === 8) throw n;
  return new Response("busy");
} };`;
// Answers after a while, without using CPU: its requests are in the process, its code is not running.
const waits = `export default { async fetch(request) { await new Promise((done) => setTimeout(done, 100)); return new Response(request.method + " " + await request.text()); } };`;
const limits = { limits: { cpu_ms: 30_000 } };
const workers = () => ({ busy: { script: busy, routes: ["busy.test/*"], more: limits }, waits: { script: waits, routes: ["waits.test/*"] }, a: { script: text("a") } });

/** CPU time of a process, in ms. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function crash(p, signal = "SIGSEGV") {
  const from = p.output.length;
  const [victim] = children(p).worker;
  const before = cpu(victim);
  const answer = get(p, "busy.test", "/?ms=60000");
  await eventually(() => cpu(victim) > before + 300); // nobody else runs for so long at a time
  process.kill(victim, signal);
  const died = await p.until(/worker process died.*/, { from });
  return { from, answer: await answer, line: died[0] };
}

async function warm(p) {
  for (const host of ["busy.test", "waits.test", "default.test"]) assert.equal((await get(p, host)).status, 200);
}

test("a stopped worker process is replaced, and nobody is blamed for it", async (t) => {
  const p = await serveWorkers(t, workers());
  await warm(p);
  const [victim] = children(p).worker;
  process.kill(victim, "SIGSTOP");
  const started = performance.now();
  const answer = await get(p);
  assert.equal(answer.text, "a", "asked of the stopped one, answered by the next");
  const took = performance.now() - started;
  assert.ok(took > 1000 && took < 15_000, `${took} ms`);
  assert.match(p.output, /no heartbeat/);
  assert.match(p.output, /worker process died.*silent/);
  assert.doesNotMatch(p.output, /in quarantine/);
  assert.notEqual(children(p).worker[0], victim);
});

test("the Worker whose process crashes is named and held back; the others' requests are tried again", async (t) => {
  const p = await serveWorkers(t, workers());
  await warm(p);
  const traffic = load(p, 6, ({ agent, id, n }) => (id < 3 ? get(p, "default.test", "/", { agent }) : get(p, "waits.test", "/", { agent })));
  await eventually(() => traffic.results.length > 30);
  const { from, answer, line } = await crash(p);
  assert.equal(answer.status, 502, "its own request is not tried again");
  assert.match(answer.text, /1101/);
  assert.match(line, /busy/);
  assert.match(line, /crash/);
  const held = await get(p, "busy.test");
  assert.equal(held.status, 503);
  assert.match(held.header("retry-after"), /^[1-9]\d*$/);
  await p.until(/in quarantine.*busy/, { from });
  const before = traffic.results.length;
  await eventually(() => traffic.results.length > before + 30);
  const results = await traffic.stop();
  assert.deepEqual(results.filter((r) => r.status !== 200), []);
  await eventually(async () => (await get(p, "busy.test")).status === 200);
});

test("a POST that was in the process fails, a PUT with its body is tried again", async (t) => {
  const p = await serveWorkers(t, { ...workers(), waits: { script: waits.replace("100)", "1500)"), routes: ["waits.test/*"] } });
  await warm(p);
  const post = get(p, "waits.test", "/", { method: "POST", body: "once" });
  const put = get(p, "waits.test", "/", { method: "PUT", body: "twice" });
  const remove = get(p, "waits.test", "/", { method: "DELETE" });
  await sleep(300);
  process.kill(children(p).worker[0], "SIGKILL");
  assert.equal((await post).status, 502);
  assert.deepEqual([(await put).status, (await put).text], [200, "PUT twice"]);
  assert.equal((await remove).text, "DELETE ");
  assert.match(p.output, /worker process died.*outside/);
  assert.doesNotMatch(p.output, /in quarantine/);
});

test("each further crash holds it back twice as long, new code is free at once", async (t) => {
  const p = await serveWorkers(t, workers());
  await warm(p);
  const times = [];
  for (let i = 0; i < 3; i++) {
    const { from } = await crash(p, i === 1 ? "SIGILL" : "SIGSEGV");
    times.push(Number((await p.until(/in quarantine.*?ms["=: ]+(\d+)/, { from }))[1]));
    if (i < 2) await eventually(async () => (await get(p, "busy.test")).status === 200);
  }
  assert.deepEqual(times, [1000, 2000, 4000]);
  assert.equal((await get(p, "busy.test")).status, 503);
  writeFileSync(`${p.dir}/busy/i.js`, text("mended"));
  p.signal("SIGHUP");
  const started = performance.now();
  await eventually(async () => (await get(p, "busy.test")).text === "mended");
  assert.ok(performance.now() - started < 3500);
});

test("edge that starts anew knows who is held back", async (t) => {
  const p = await serveWorkers(t, workers());
  await warm(p);
  await crash(p);
  await eventually(async () => (await get(p, "busy.test")).status === 200);
  await crash(p); // 2 s
  process.kill(children(p).edge[0], "SIGKILL");
  const status = await eventually(async () => (await get(p, "busy.test").catch(() => ({}))).status);
  assert.equal(status, 503);
});
