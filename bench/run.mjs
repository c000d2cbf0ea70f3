// make bench: Cusp beside its peers, in one run, each pinned to the same CPU with wrk on the other. What counts is
// requests per CPU-second of the server's whole process tree, and ratios of medians: wall-clock figures of a shared machine say
// little. Writes bench/results/<date>.md.    node bench/run.mjs [scenario|all] [--rounds N] [--seconds N] [--peers a,b]
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peers } from "./peers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const rounds = Number(option("rounds", 3));
const seconds = Number(option("seconds", 4));
const only = process.argv[2] && !process.argv[2].startsWith("--") ? process.argv[2] : "all";
const chosen = option("peers", Object.keys(peers).join(",")).split(",");
const scenarios = ["hello", "json", "kv", "cache", "stream", "echo"].filter((s) => only === "all" || s === only);
const special = { coldstart: "./coldstart.mjs", crypto: "./crypto.mjs", memory: "./memory.mjs", neighbour: "./neighbour.mjs", wasm: "./wasm.mjs",
  url: "./url.mjs", encoding: "./encoding.mjs", html: "./html.mjs", streams: "./streams.mjs" };
if (special[only]) {
  await import(special[only]);
  process.exit();
}
if (!scenarios.length) {
  console.error(`no benchmark is named '${only}': hello, json, kv, cache, stream, echo, coldstart, crypto, memory, neighbour, wasm, url, encoding, html, all`);
  process.exit(2);
}
if (cpus().length < 2) console.error("bench: one CPU only: wrk and the server share it, so the figures are not comparable");

const ticks = Number(execFileSync("getconf", ["CLK_TCK"]));

/** CPU seconds of a process and everything below it. */
function cpuSeconds(root) {
  const children = new Map();
  const used = new Map();
  for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
    let stat;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      continue;
    }
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    used.set(Number(pid), (Number(fields[11]) + Number(fields[12])) / ticks);
    const parent = Number(fields[1]);
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(Number(pid));
  }
  const sum = (pid) => (used.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((s, c) => s + sum(c), 0);
  return sum(root);
}

function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    socket.on("data", (d) => (done(/^HTTP\/1\.1 200/.test(d)), socket.destroy()));
    socket.on("error", () => done(false));
    socket.setTimeout(2000, () => (done(false), socket.destroy()));
  });
}

const lua = (dir) => {
  const path = join(dir, "post.lua");
  writeFileSync(path, `wrk.method = "POST"\nwrk.body = string.rep("x", 1024)\nwrk.headers["content-type"] = "text/plain"\n`);
  return path;
};

function wrk(args) {
  return new Promise((done, fail) => {
    const child = spawn("taskset", ["-c", "1", "wrk", ...args]);
    let out = "";
    child.stdout.on("data", (d) => (out += d));
    child.on("exit", (code) => (code === 0 ? done(out) : fail(new Error(`wrk ended with ${code}`))));
  });
}

const ms = (text) => {
  const m = /([\d.]+)(us|ms|s|m)/.exec(text);
  return m ? Number(m[1]) * { us: 0.001, ms: 1, s: 1000, m: 60000 }[m[2]] : NaN;
};

let nextPort = 18000;
async function once(peer, scenario) {
  const dir = mkdtempSync(join(tmpdir(), "cusp-bench-"));
  const port = nextPort++;
  const command = peers[peer].start(scenario, dir, port);
  if (!command) return rmSync(dir, { recursive: true }), null;
  const server = spawn("taskset", ["-c", "0", ...command], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (d) => (said += d));
  const ended = new Promise((done) => server.on("exit", done));
  try {
    const until = Date.now() + 20_000;
    while (!(await answers(port))) {
      if (Date.now() > until) throw new Error(`${peer} does not answer:\n${said.slice(-2000)}`);
      await new Promise((r) => setTimeout(r, 50));
    }
    const script = scenario === "echo" ? ["-s", lua(dir)] : [];
    const url = `http://127.0.0.1:${port}/`;
    await wrk(["-t1", "-c64", "-d1s", ...script, url]); // warm up: compilers, pools
    const before = cpuSeconds(server.pid);
    const out = await wrk(["-t1", "-c64", `-d${seconds}s`, "--latency", ...script, url]);
    const cpu = cpuSeconds(server.pid) - before;
    const requests = Number(/(\d+) requests in/.exec(out)[1]);
    const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0) + Number(/Socket errors.*read (\d+)/.exec(out)?.[1] ?? 0);
    return {
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]),
      perCpu: requests / cpu,
      // At the start of a line: the table above it may say "90.50%".
      p50: ms(/^\s+50%\s+(\S+)/m.exec(out)?.[1] ?? ""),
      p99: ms(/^\s+99%\s+(\S+)/m.exec(out)?.[1] ?? ""),
      bad,
    };
  } finally {
    server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), 3000);
    await ended;
    clearTimeout(late);
    rmSync(dir, { recursive: true, force: true });
  }
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const lines = [`# Cusp beside its peers`, ``, `${new Date().toISOString().slice(0, 16)}, ${cpus()[0].model.trim()}, ${cpus().length} CPUs, ` +
  `median of ${rounds} rounds of ${seconds} s, 64 connections, server on CPU 0, wrk on CPU 1.`, ``];
for (const scenario of scenarios) {
  const results = new Map();
  for (let round = 0; round < rounds; round++)
    for (const peer of chosen) {
      const r = await once(peer, scenario).catch((e) => (console.error(String(e)), null));
      if (r) results.set(peer, [...(results.get(peer) ?? []), r]);
    }
  const mid = (peer, key) => (results.has(peer) ? median(results.get(peer).map((r) => r[key])) : NaN);
  const ratio = (a, b) => (results.has(b) ? (mid(a, "perCpu") / mid(b, "perCpu")).toFixed(2) : "-");
  const table = [`## ${scenario}`, ``, `| server | req/CPU-s | req/s | p50 ms | p99 ms | bad | / bun | / workerd | / nginx |`,
    `|---|---:|---:|---:|---:|---:|---:|---:|---:|`];
  for (const peer of results.keys())
    table.push(`| ${peer} | ${Math.round(mid(peer, "perCpu"))} | ${Math.round(mid(peer, "perSecond"))} | ${mid(peer, "p50").toFixed(2)} | ` +
      `${mid(peer, "p99").toFixed(2)} | ${results.get(peer).reduce((s, r) => s + r.bad, 0)} | ${ratio(peer, "bun")} | ${ratio(peer, "workerd")} | ${ratio(peer, "nginx")} |`);
  console.log(table.join("\n") + "\n");
  lines.push(...table, ``);
}
const file = join(here, "results", `${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}-${only}.md`);
writeFileSync(file, lines.join("\n") + "\n");
console.log(`written to ${file.replace(here, "bench/")}`);
