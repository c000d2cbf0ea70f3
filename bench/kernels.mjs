// Small kernels of one Worker, beside the peers in one run: workers/NAME.js lists its kernels at "/", runs one a number of times
// at "/?kernel=K&n=N", and is timed from outside (clocks inside an isolate stand still). All servers are up together; each
// kernel is run on all of them in turn, some rounds, and the best counts. Prints microseconds a run, and how many times as
// fast as each peer Cusp is.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peers } from "./peers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

// Node has no server of Workers: a few lines of its http module.
const nodeShim = (name, port) => `import { createServer } from "node:http";
import w from ${JSON.stringify(join(here, "workers", `${name}.js`))};
createServer(async (q, s) => s.end(await (await w.fetch(new Request("http://localhost" + q.url))).text())).listen(${port}, "127.0.0.1");\n`;

function command(peer, name, dir, port) {
  if (peer === "node") {
    const file = join(dir, "main.mjs");
    writeFileSync(file, nodeShim(name, port));
    return [process.execPath, file];
  }
  const started = peers[peer].start(name, dir, port);
  if (peer === "cusp dev") writeFileSync(join(dir, "wrangler.toml"), `name = "${name}"\nmain = ${JSON.stringify(join(here, "workers", `${name}.js`))}
compatibility_date = "2026-01-01"\n[limits]\ncpu_ms = 30000\n`);
  return started;
}

/** Runs them; resolves to { kernel: { peer: microseconds } }. `names`: the peers to compare with. */
export async function compare(name, { rounds = 7, roundMs = 120, names = ["node", "bun", "deno", "workerd"] } = {}) {
  const servers = new Map();
  let port = 19000 + (process.pid % 1000);
  try {
    for (const peer of ["cusp dev", ...names]) {
      const dir = mkdtempSync(join(tmpdir(), "cusp-bench-"));
      const child = spawn(...(([c, ...args]) => [c, args])(command(peer, name, dir, ++port)), { stdio: "ignore" });
      child.on("error", () => {});
      servers.set(peer, { child, dir, url: `http://127.0.0.1:${port}/` });
    }
    let kernels;
    for (const [peer, s] of servers) {
      const until = Date.now() + 20_000;
      for (;;) {
        try {
          kernels = await (await fetch(s.url)).json();
          break;
        } catch {
          if (Date.now() > until) throw new Error(`${peer} does not answer`);
          await new Promise((r) => setTimeout(r, 50));
        }
      }
    }
    const timed = async (s, kernel, n) => {
      const began = performance.now();
      const r = await fetch(`${s.url}?kernel=${encodeURIComponent(kernel)}&n=${n}`);
      const text = await r.text();
      return r.ok ? { ms: performance.now() - began, text } : null;
    };
    const results = {};
    for (const kernel of kernels) {
      const best = (results[kernel] = {});
      const counts = new Map();
      const shortest = new Map();
      for (const [peer, s] of servers) {
        for (let i = 0, n = 1; ; i++) { // warm up, and find how many make a round
          const r = await timed(s, kernel, n);
          if (r === null) break;
          if (r.ms > roundMs && i > 6) {
            counts.set(peer, n);
            break;
          }
          if (r.ms < roundMs) n = Math.ceil(n * Math.min(8, (roundMs / r.ms) * 1.1));
        }
      }
      for (let round = 0; round < rounds; round++)
        for (const [peer, n] of counts) {
          const s = servers.get(peer);
          const b = (shortest.get(peer) ?? shortest.set(peer, { none: Infinity, run: Infinity }).get(peer));
          for (let i = 0; i < 3; i++) b.none = Math.min(b.none, (await timed(s, kernel, 0)).ms);
          b.run = Math.min(b.run, (await timed(s, kernel, n)).ms);
          best[peer] = (Math.max(b.run - b.none, 0.001) * 1000) / n;
        }
    }
    return results;
  } finally {
    for (const s of servers.values()) {
      s.child.kill("SIGKILL");
      await new Promise((done) => (s.child.exitCode === null && s.child.signalCode === null ? s.child.once("exit", done) : done()));
      rmSync(s.dir, { recursive: true, force: true });
    }
  }
}

export function print(results, names) {
  const shown = (v) => (v === undefined ? "-" : v >= 100 ? v.toFixed(0) : v.toFixed(2));
  console.log(`${"us a run".padEnd(28)}${["cusp dev", ...names].map((p) => p.padStart(10)).join("")}   ${names.map((p) => `/ ${p}`.padStart(10)).join("")}`);
  const logs = new Map(names.map((p) => [p, []]));
  for (const [kernel, by] of Object.entries(results)) {
    for (const p of names) if (by[p]) logs.get(p).push(Math.log(by[p] / by["cusp dev"]));
    console.log(`${kernel.padEnd(28)}${["cusp dev", ...names].map((p) => shown(by[p]).padStart(10)).join("")}   ` +
      names.map((p) => (by[p] ? `${(by[p] / by["cusp dev"]).toFixed(2)}x` : "-").padStart(10)).join(""));
  }
  const mean = (list) => Math.exp(list.reduce((a, b) => a + b, 0) / list.length);
  console.log(`${"geometric mean".padEnd(28 + 10 * (names.length + 1) + 3)}${names.map((p) => `${mean(logs.get(p)).toFixed(2)}x`.padStart(10)).join("")}`);
}
