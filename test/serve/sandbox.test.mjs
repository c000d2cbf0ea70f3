// The walls of the real processes, seen from outside. Could pass wrongly: a process that had not put up its last wall yet has not read user code
// either, so the Worker has answered first.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { Process, binary } from "../support/cusp.mjs";
import { children, get, isDebug, serveWorkers, text } from "../support/serve.mjs";

const proc = (pid, name) => readFileSync(`/proc/${pid}/${name}`, "latin1");
const field = (status, name) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
const asRoot = process.getuid() === 0;

const expected = [
  [0, /\/dev\/null$/],
  [1, /\/dev\/null$/],
  [2, /^pipe:|^\/dev\/|^socket:/],
];
// Sockets are the pipe to the parent and the links; nothing here names a file but the account's own.
const allowed = /^(socket:|pipe:|anon_inode:\[(eventpoll|eventfd|timerfd)\]|.*\/dev\/(urandom|random|null)$|.*\/proc\/(self|\d+)\/statm$|\/memfd:cusp|.*\/accounts\/default\/kv\/(data|lock)\.mdb$|\/kv\/(data|lock)\.mdb$)/;

test("a worker process has nothing that it does not need", async (t) => {
  const p = await serveWorkers(t, { a: { script: text("a") } });
  for (let i = 0; i < 3; i++) assert.equal((await get(p)).text, "a");
  const [worker] = children(p).worker;
  for (const thread of readdirSync(`/proc/${worker}/task`)) {
    let status;
    try {
      status = proc(worker, `task/${thread}/status`);
    } catch (e) {
      if (e.code === "ENOENT" || e.code === "ESRCH") continue; // a helper of the engine's that has just ended
      throw e;
    }
    assert.equal(field(status, "NoNewPrivs"), "1");
    assert.equal(field(status, "Seccomp"), "2");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) assert.match(field(status, set), /^0+$/, `${set} of thread ${thread}`);
    if (asRoot) assert.doesNotMatch(field(status, "Uid"), /\b0\b/, "root steps down");
    if (asRoot) assert.match(field(status, "CapBnd"), /^0+$/);
  }
  assert.match(proc(worker, "limits"), /^Max core file size\s+0\s+0\s/m);
  if (asRoot) {
    for (const fd of readdirSync(`/proc/${worker}/fd`)) {
      const target = readlinkSync(`/proc/${worker}/fd/${fd}`);
      const rule = expected.find(([number]) => number === Number(fd));
      assert.match(target, rule ? rule[1] : allowed, `descriptor ${fd}`);
    }
    const environment = proc(worker, "environ").split("\0").filter((each) => each && !(isDebug && /^\w+SAN_OPTIONS=/.test(each)));
    assert.deepEqual(environment, []);
  } else { // it is not dumpable: other processes of its own user may not even look
    assert.throws(() => readdirSync(`/proc/${worker}/fd`), { code: "EACCES" });
    assert.throws(() => proc(worker, "environ"), { code: "EACCES" });
  }
  assert.doesNotMatch(p.output, /the sandbox refused/);
});

test("edge and control have walls of their own", async (t) => {
  const p = await serveWorkers(t, { a: { script: text("a") } });
  assert.equal((await get(p)).text, "a");
  const { edge, control } = children(p);
  for (const pid of [...edge, ...control]) {
    const status = proc(pid, "status");
    assert.equal(field(status, "NoNewPrivs"), "1");
    assert.equal(field(status, "Seccomp"), "2");
  }
  assert.match(field(proc(edge[0], "status"), "CapEff"), /^0+$/);
});

test("the doctor's exit status is what its lines say", { skip: !binary }, async (t) => {
  const p = new Process(t, ["doctor", "--json"]);
  const { code } = await p.exited;
  const lines = JSON.parse(p.output.slice(p.output.indexOf("["), p.output.lastIndexOf("]") + 1));
  assert.equal(code, lines.some((line) => line.verdict === "missing") ? 1 : 0);
  assert.ok(lines.length >= 10);
  for (const line of lines) if (line.verdict !== "ok") assert.ok(line.meaning && line.remedy, line.name);
});
