// HTMLRewriter by throughput: a page of links and text, 1 MB, rewritten again and again, by CPU time, the best of several rounds. "in C" is
// the rewriter alone (src/html/bench.c); the others run in one isolate, from a ReadableStream to a reader, and count all of the process's
// threads, those of the engine's compiler too. Prints a line for each case and exits 1 when one is below its target. Needs a
// release build of src/cusp.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cusp = process.env.CUSP ?? join(root, "build/release/src/cusp"), PORT = 18800 + (process.pid % 1000);
const cases = { nothing: 0, links: 150, links_set: 150, text: 0, everything: 0, classes: 0 }; // MB/s wanted, 0: none in particular
const inC = { "x-none": 1000, a: 0, "*": 0, ".card .no-such": 0 };
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

async function fetchPage() {
  await get("/nothing");
  return fetch(`http://127.0.0.1:${PORT}/page`);
}

let missed = 0;
const show = (name, speed, calls, target) => {
  const low = speed < target;
  if (low) missed++;
  console.log(`${name.padEnd(24)}${speed.toFixed(0).padStart(8)}${String(calls).padStart(18)}${low ? `   below ${target}` : ""}`);
};
try {
  console.log("case                        MB/s   handlers called");
  const page = join(dir, "page.html");
  writeFileSync(page, Buffer.from(await (await fetchPage()).arrayBuffer()));
  execFileSync("ninja", ["-C", join(dirname(cusp), ".."), "src/html/html_bench"], { stdio: "ignore" });
  for (const [selector, target] of Object.entries(inC)) {
    const [, speed, calls] = /(\d+) MB\/s, (\d+) calls/.exec(execFileSync(join(dirname(cusp), "html/html_bench"), [page, selector, "100"], { encoding: "utf8" }));
    show(`in C: ${selector}`, Number(speed), calls, target);
  }
  for (const [name, target] of Object.entries(cases)) {
    let best = 0, calls;
    for (let round = 0; round < ROUNDS; round++) {
      const before = cpu(), r = await get(`/${name}?times=${TIMES}`), seconds = cpu() - before;
      calls = r.calls / TIMES;
      best = Math.max(best, r.bytes / 1e6 / seconds);
    }
    show(name, best, calls, target);
  }
} finally {
  server.kill();
  rmSync(dir, { recursive: true });
}
process.exit(missed ? 1 : 0);
