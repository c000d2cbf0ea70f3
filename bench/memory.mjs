// make bench B=memory: is memory flat over millions of requests? One process (`cusp dev`), hello world and JSON in turn, resident memory
// after each million.    node bench/run.mjs memory [--requests 5000000]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peers } from "./peers.mjs";

const at = process.argv.indexOf("--requests");
const wanted = at < 0 ? 5_000_000 : Number(process.argv[at + 1]);
const dir = mkdtempSync(join(tmpdir(), "cusp-bench-"));
const port = 18900;
const [command, ...args] = peers["cusp dev"].start("json", dir, port);
const server = spawn("taskset", ["-c", "0", command, ...args], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((done) => server.stdout.on("data", (d) => /Ready on/.test(d) && done()));
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

const load = (seconds) =>
  new Promise((done) => {
    let out = "";
    const wrk = spawn("taskset", ["-c", "1", "wrk", "-t1", "-c64", `-d${seconds}s`, `http://127.0.0.1:${port}/`]);
    wrk.stdout.on("data", (d) => (out += d));
    wrk.on("exit", () => done(Number(/(\d+) requests in/.exec(out)[1])));
  });

let done = 0;
console.log(`requests,rss_mb\n0,${rss().toFixed(1)}`);
while (done < wanted) {
  done += await load(5);
  console.log(`${done},${rss().toFixed(1)}`);
}
server.kill("SIGTERM");
await new Promise((end) => server.on("exit", end));
rmSync(dir, { recursive: true, force: true });
