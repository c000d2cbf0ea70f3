// Processes that die or hang at the wrong moment. Could pass wrongly: a control process that was quick enough has nothing to lose, so
// it is stopped before it is asked.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sleep } from "../support/cusp.mjs";
import { children, get, serveWorkers, text } from "../support/serve.mjs";

const endless = "export default { fetch() { for (;;) {} } };";

/** Its exit status, and how long it took. */
async function ended(p, ms = 20_000) {
  const start = Date.now();
  while (p.child.exitCode === null && p.child.signalCode === null && Date.now() - start < ms) await sleep(20);
  return { status: p.child.exitCode, took: Date.now() - start };
}

test("a Worker that control was preparing when it died is prepared by the next one", async (t) => {
  const p = await serveWorkers(t, { a: { script: text("a") } });
  const [control] = children(p).control;
  process.kill(control, "SIGSTOP");
  const answer = get(p);
  await sleep(500);
  process.kill(control, "SIGKILL");
  assert.equal((await answer).text, "a");
});

test("a drain ends when the edge dies in it", async (t) => {
  const p = await serveWorkers(t, { a: { script: "export default { fetch: () => new Promise((done) => setTimeout(done, 60_000)) };" } });
  get(p).catch(() => {});
  await sleep(1000);
  const [edge] = children(p).edge;
  p.child.kill("SIGTERM");
  await sleep(300);
  assert.equal(p.child.exitCode, null, "it drains");
  process.kill(edge, "SIGKILL");
  const { status, took } = await ended(p);
  assert.equal(status, 0);
  assert.ok(took < 6000, `${took} ms`);
});

test("a second signal ends it soon, whatever a Worker does", async (t) => {
  const p = await serveWorkers(t, { a: { script: endless } });
  get(p).catch(() => {});
  await sleep(1500);
  p.child.kill("SIGTERM");
  await sleep(300);
  p.child.kill("SIGTERM");
  const { status, took } = await ended(p);
  assert.equal(status, 0);
  assert.ok(took < 8000, `${took} ms: the CPU limit of the Worker is 30 s`);
});

// It could pass wrongly on a machine whose soft limit is the hard one: so it is lowered first, for a process that is started then.
test("edge may open as many files as the machine allows, whatever the shell's soft limit", async (t) => {
  const hard = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=1000:"]);
  const p = await serveWorkers(t, { a: { script: text("a") } });
  const [edge] = children(p).edge;
  const [, soft, most] = /^Max open files +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${edge}/limits`, "utf8"));
  assert.equal(most, hard);
  assert.equal(soft, hard === "unlimited" ? "1048576" : String(Math.min(Number(hard), 1 << 20)));
});
