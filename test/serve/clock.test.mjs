// What a Worker could time its neighbours with. Could pass wrongly if the work were too short for a clock to move: the clock is read once
// more after a turn of the loop, and must have moved by what the work took.
import assert from "node:assert/strict";
import { test } from "node:test";
import { get, serveWorkers } from "../support/serve.mjs";

const script = `
const work = () => { let x = 0; for (let i = 0; i < 5e7; i++) x = (x + i * i) | 0; return x; };
const clocks = {
  "Date.now": () => Date.now(),
  "new Date": () => new Date().getTime(),
  "Date()": () => Date(),
  "performance.now": () => performance.now(),
  "Event.timeStamp": () => new Event("x").timeStamp,
  "File.lastModified": () => new File([], "x").lastModified,
  "Intl": () => new Intl.DateTimeFormat("en", { fractionalSecondDigits: 3, second: "numeric", minute: "numeric" }).format(),
  "performance.mark": () => performance.mark("x").startTime,
  "performance.getEntries": () => performance.getEntries().at(-1).startTime,
  "process.hrtime": () => String(process.hrtime.bigint()),
  "process.uptime": () => process.uptime(),
  "Reflect.construct": () => Reflect.construct(Date, []).getTime(),
  "Temporal.Now": () => globalThis.Temporal && String(Temporal.Now.instant().epochNanoseconds), // newer engines have it
};
const read = () => Object.fromEntries(Object.entries(clocks).map(([name, clock]) => [name, clock()]));
const throws = (f) => { try { f(); return false; } catch { return true; } };
export default { async fetch() {
  let ticks = 0;
  const id = setInterval(() => ticks++, 1);
  const before = read();
  work();
  const after = read();
  await null;
  const later = performance.now(), ticked = ticks;
  clearInterval(id);
  await new Promise((done) => setTimeout(done, 1));
  let memory;
  try { memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }); } catch {}
  return Response.json({
    before, after, later, ticked, took: Date.now() - before["Date.now"],
    missing: ["SharedArrayBuffer", "Worker"].filter((name) => typeof globalThis[name] === "undefined"),
    shared: memory !== undefined && !(memory.buffer instanceof ArrayBuffer),
    waits: !throws(() => Atomics.wait(new Int32Array(4), 0, 0, 10)), waitAsync: typeof Atomics.waitAsync,
  });
} };`;

test("clocks stand still while code runs, and there is nothing to build another of", async (t) => {
  const p = await serveWorkers(t, { a: { script, more: { compatibility_flags: ["nodejs_compat"] } } }, "threads = 1\nlimits = { cpu_ms = 5000 }\n");
  const r = JSON.parse((await get(p)).text);
  assert.deepEqual(r.after, r.before);
  assert.equal(r.later, r.before["performance.now"], "microtasks are no clock");
  assert.equal(r.ticked, 0, "timers do not run inside code");
  assert.ok(r.took >= 5, `the work took ${r.took} ms`);
  assert.deepEqual(r.missing, ["SharedArrayBuffer", "Worker"]);
  assert.equal(r.shared, false);
  assert.equal(r.waits, false);
  assert.equal(r.waitAsync, "undefined");
});
