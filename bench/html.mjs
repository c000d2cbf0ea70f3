// HTMLRewriter by throughput: a page of links and text, 1 MB, rewritten again and again in one isolate, by the process's CPU time; the
// best of several rounds. Prints a line for each case and exits 1 when one is below its target. html-rewriter-wasm (npm, in
// test/) in Node.js runs the same cases. Needs a release build of src/cusp.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cusp = process.env.CUSP ?? join(root, "build/release/src/cusp"), PORT = 18800 + (process.pid % 1000);
const cases = { nothing: 1000, links: 150, links_set: 0 }; // MB/s wanted
const ROUNDS = 5, TIMES = 150;

if (!existsSync(cusp)) execFileSync("ninja", ["-C", join(root, "build/release"), "src/cusp"], { stdio: "inherit" });
const ticks = Number(execFileSync("getconf", ["CLK_TCK"]));
const dir = mkdtempSync(join(tmpdir(), "cusp-bench-html-"));
writeFileSync(join(dir, "worker.mjs"), readFileSync(join(root, "bench/workers/html.js")));
const server = spawn(cusp, ["dev", join(dir, "worker.mjs"), "--port", String(PORT)], { stdio: "ignore" });
const cpu = () => {
  const stat = readFileSync(`/proc/${server.pid}/stat`, "utf8"), fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};
const get = async (path) => {
  for (let i = 0; ; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${PORT}${path}`), text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text);
    } catch (e) {
      if (i === 50 || !/fetch failed/.test(String(e))) throw e;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
};

let missed = 0;
try {
  console.log("case             MB/s   handlers called");
  for (const [name, target] of Object.entries(cases)) {
    let best = 0, calls;
    for (let round = 0; round < ROUNDS; round++) {
      const before = cpu(), r = await get(`/${name}?times=${TIMES}`), seconds = cpu() - before;
      calls = r.calls / TIMES;
      best = Math.max(best, r.bytes / 1e6 / seconds);
    }
    const low = best < target;
    if (low) missed++;
    console.log(`${name.padEnd(13)}${best.toFixed(0).padStart(8)}${String(calls).padStart(18)}${low ? `   below ${target}` : ""}`);
  }
} finally {
  server.kill();
  rmSync(dir, { recursive: true });
}
process.exit(missed ? 1 : 0);
