// make bench B=coldstart: how long the first request of a Worker takes when nothing of it runs yet. `cusp serve` with N Workers of a
// 30 KB script each, prepared in an earlier run (so no bundling), restarted, then one request to each, one after the other,
// on a fresh connection that is open already. Prints percentiles and the memory of an idle isolate.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = new URL(".", import.meta.url).pathname;
const cusp = process.env.CUSP_BINARY ?? join(here, "../build/cusp");
const at = process.argv.indexOf("--workers");
const count = at < 0 ? 300 : Number(process.argv[at + 1]);
const port = 18950;
const dir = mkdtempSync(join(tmpdir(), "cusp-cold-"));

// 30 KB of ordinary code: functions, classes, a table; a little of it runs at the top level.
function script(n) {
  const parts = [`const table = new Map();`];
  for (let i = 0; parts.join("\n").length < 30_000; i++)
    parts.push(`export function step${i}(a, b) { const sum = a + b * ${i}; if (sum > ${n}) return { sum, name: "step${i}" }; return [a, b].map((x) => x + ${i}); }
class Part${i} { constructor(v) { this.v = v; } get twice() { return this.v * 2; } toString() { return \`part \${this.v}\`; } }
table.set("k${i}", { step: step${i}, Part: Part${i}, id: ${i} });`);
  parts.push(`export default { async fetch(request) { const row = table.get("k1"); return new Response("worker ${n} " + row.step(1, 2)); } };`);
  return parts.join("\n");
}

let toml = `listen = ["127.0.0.1:${port}"]\nstate = "state"\nthreads = 1\n`;
for (let n = 0; n < count; n++) {
  mkdirSync(join(dir, `w${n}`));
  writeFileSync(join(dir, `w${n}/index.js`), script(n));
  toml += `[[worker]]\nname = "w${n}"\npath = "w${n}/index.js"\nroutes = ["w${n}.test/*"]\n`;
}
writeFileSync(join(dir, "cusp.toml"), toml);

async function start() {
  const server = spawn(cusp, ["serve", "--config", join(dir, "cusp.toml")], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((done) => server.stdout.on("data", (d) => /Ready/.test(d) && done()));
  return server;
}
const stop = (server) => new Promise((done) => (server.on("exit", done), server.kill("SIGTERM")));

function first(host) {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.setNoDelay(true);
      const began = process.hrtime.bigint();
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      socket.once("data", (d) => {
        const ms = Number(process.hrtime.bigint() - began) / 1e6;
        socket.destroy();
        /^HTTP\/1\.1 200/.test(d) ? done(ms) : fail(new Error(String(d)));
      });
    });
    socket.on("error", fail);
  });
}

/** CPU milliseconds that the worker process has used. */
function workerCpuMs(root) {
  const pid = workerPid(root);
  const tasks = readdirSync(`/proc/${pid}/task`).map((t) => Number(readFileSync(`/proc/${pid}/task/${t}/schedstat`, "utf8").split(" ")[0]));
  return tasks.reduce((a, b) => a + b, 0) / 1e6;
}

const workerMemoryMb = (root) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerPid(root)}/status`, "utf8"))[1]) / 1024;

function workerPid(root) {
  for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      const parent = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
      if (parent === root && line.includes("@worker")) return Number(pid);
    } catch {
      // it ended while we looked
    }
  }
  throw new Error("there is no worker process");
}

let server = await start();
console.log(`preparing ${count} Workers ...`);
for (let n = 0; n < count; n++) await first(`w${n}.test`);
await stop(server);
server = await start();
await first("w0.test"); // the worker process itself
await new Promise((r) => setTimeout(r, 500));
const base = workerMemoryMb(server.pid);
const times = [];
const cpuBefore = workerCpuMs(server.pid);
for (let n = 1; n < count; n++) {
  times.push(await first(`w${n}.test`));
  await new Promise((r) => setTimeout(r, 50)); // time for the pool to fill again
}
const cpu = (workerCpuMs(server.pid) - cpuBefore) / times.length;
const warm = [];
for (let n = 1; n < count; n++) warm.push(await first(`w${n}.test`));
await new Promise((r) => setTimeout(r, 6000)); // idle: collected and trimmed
const idle = (workerMemoryMb(server.pid) - base) / (count - 1);
await stop(server);
rmSync(dir, { recursive: true, force: true });
const p = (list, q) => list.sort((a, b) => a - b)[Math.floor(list.length * q)].toFixed(2);
console.log(`first request: p50 ${p(times, 0.5)} ms, p90 ${p(times, 0.9)} ms, p99 ${p(times, 0.99)} ms (${times.length} Workers)`);
console.log(`CPU of the worker process for each, making the next spare isolate included: ${cpu.toFixed(2)} ms`);
console.log(`second request: p50 ${p(warm, 0.5)} ms, p99 ${p(warm, 0.99)} ms`);
console.log(`idle isolate: ${idle.toFixed(2)} MB of resident memory`);
