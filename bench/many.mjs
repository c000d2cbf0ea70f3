// `cusp serve` with N Workers that differ: what coldstart.mjs and memory.mjs share.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const cusp = process.env.CUSP_BINARY ?? join(here, "../build/cusp");

/** Ordinary code: functions, classes, a table; a little of it runs at the top level. src/api/start_bench.c has the same. */
export function script(n, bytes) {
  const parts = [`const table = new Map();`];
  let length = 0;
  for (let i = 0; i === 0 || length < bytes; i++) {
    parts.push(`export function step${i}(a, b) { const sum = a + b * ${i}; if (sum > ${n}) return { sum, name: "step${i}" }; return [a, b].map((x) => x + ${i}); }
class Part${i} { constructor(v) { this.v = v; } get twice() { return this.v * 2; } toString() { return \`part \${this.v}\`; } }
table.set("k${i}", { step: step${i}, Part: Part${i}, id: ${i} });`);
    length += parts.at(-1).length;
  }
  parts.push(`export default { async fetch(request) { const row = table.get("k0"); return new Response("worker ${n} " + row.step(1, 2)); } };`);
  return parts.join("\n");
}

/** The answer to one request on a connection that is open already, and how many ms it took. */
export function request(port, host) {
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

/** Writes the Workers and their configuration; start() and stop() the server. */
export function many(count, bytes, port) {
  const dir = mkdtempSync(join(tmpdir(), "cusp-many-"));
  let toml = `listen = ["127.0.0.1:${port}"]\nstate = "state"\nthreads = 1\n`;
  for (let n = 0; n < count; n++) {
    mkdirSync(join(dir, `w${n}`));
    writeFileSync(join(dir, `w${n}/index.js`), script(n, bytes));
    toml += `[[worker]]\nname = "w${n}"\npath = "w${n}/index.js"\nroutes = ["w${n}.test/*"]\n`;
  }
  writeFileSync(join(dir, "cusp.toml"), toml);
  let server;
  return {
    dir, count,
    first: (n) => request(port, `w${n}.test`),
    async start() {
      server = spawn(cusp, ["serve", "--config", join(dir, "cusp.toml")], { stdio: ["ignore", "pipe", process.env.CUSP_STDERR ? "inherit" : "ignore"] });
      await new Promise((done) => server.stdout.on("data", (d) => /Ready/.test(d) && done()));
    },
    stop: () => new Promise((done) => (server.on("exit", done), server.kill("SIGTERM"))),
    remove: () => rmSync(dir, { recursive: true, force: true }),
    /** Of the worker process. */
    worker: () => workerPid(server.pid),
  };
}

function descendants(root) {
  const children = new Map();
  for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8"), parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
    } catch {
      // it ended while we looked
    }
  }
  const below = (pid) => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}

/** The worker process; where it lives in a namespace of its own, the last of the chain. */
function workerPid(root) {
  const found = descendants(root).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("@worker"));
  if (!found.length) throw new Error("there is no worker process");
  return found.at(-1);
}

const tickMs = 1000 / Number(execFileSync("getconf", ["CLK_TCK"]));
/** CPU milliseconds of a process, threads that have ended included. */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8"), fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
export const rssMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
export const mappings = (pid) => readFileSync(`/proc/${pid}/maps`, "utf8").split("\n").length - 1;
export const percentile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor(list.length * q)];
