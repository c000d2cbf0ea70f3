#!/usr/bin/env node
// Runs outside suites against Cusp and prints a row for each area beside the reference engines: `make conform DIR=...`.
//
// DIR holds what was exported, and nothing of it is committed here:
//   out/manifest.json, out/*.mjs   web-platform-tests, a self-contained ES module for each .any.js; its default.test() logs the
//                                  results as JSON in lines that begin with WPT[n]
//   wdjson/*.json                  configurations of the Workers runtime tests (src/cli/test_config.h)
// Either may be missing. Figures of the reference engines: test/conform/*.tsv. What may not get worse: test/floors.tsv.
//
//   --json FILE     every result, each failed subtest with its message
//   --failures      what fails, after the table
//   --only PREFIX   files whose name begins so ("url", "src/workerd/api/tests/blob"); floors are not judged then
//   --cusp FILE     the binary; build/release/src/cusp
//   --jobs N        2
//   --from FILE     nothing is run: the results that --json wrote
//   --floors write  raises test/floors.tsv to today's figures, less half a percent for what a busy machine does not finish in time
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const FILE_S = 75; // what a file may take, all in all
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    failures: { type: "boolean" },
    only: { type: "string", default: "" },
    cusp: { type: "string", default: join(root, "build/release/src/cusp") },
    jobs: { type: "string", default: "2" },
    floors: { type: "string" },
    from: { type: "string" },
  },
});
const dir = positionals[0];
if (!dir || !existsSync(dir)) {
  console.error("usage: node tools/conform.mjs DIR [--json FILE] [--failures] [--only PREFIX] [--cusp FILE] [--jobs N]");
  process.exit(2);
}

// --- What there is to run ----------------------------------------------------------------------------------------------
const rows = (file) => readFileSync(join(root, file), "utf8").split("\n").filter((l) => l && l[0] !== "#").map((l) => l.split("\t"));
const engines = ["workerd", "deno", "bun", "node"];
const wptReference = new Map(rows("test/conform/wpt.tsv").map(([file, ...counts]) => [file, counts.map((c) => c.split("/").map(Number))]));
const workersReference = new Map(rows("test/conform/workerd.tsv").map(([file, tier, passed]) => [file, { tier, passed: +passed }]));

function wptFiles() {
  const list = join(dir, "out/manifest.json");
  if (!existsSync(list)) return [];
  return JSON.parse(readFileSync(list, "utf8")).map((m) => ({ suite: "wpt", file: m.f, path: join(dir, "out", m.o) }));
}
function workersFiles() {
  const list = join(dir, "wdjson");
  if (!existsSync(list)) return [];
  const named = (name) => name.replace(/\.json$/, "").replaceAll("__", "/");
  return readdirSync(list).filter((n) => n.endsWith(".json")).sort()
    .map((name) => ({ suite: "workers", file: named(name), path: join(list, name) }));
}
function areaOf(job) {
  if (job.suite === "workers") return `workers ${workersReference.get(job.file)?.tier ?? "other"}`;
  const parts = job.file.split("/");
  const deep = ["html", "dom", "fetch", "service-workers", "xhr", "wasm"].includes(parts[0]);
  return `wpt ${deep ? parts.slice(0, 2).join("/") : parts[0]}`;
}

// --- One file ------------------------------------------------------------------------------------------------------------
const cusp = (args) =>
  new Promise((done) => {
    execFile(options.cusp, ["test", ...args], { timeout: FILE_S * 1000, killSignal: "SIGKILL", maxBuffer: 1 << 28 },
      (error, stdout, stderr) => done({ status: error ? (error.killed ? "time" : (error.signal ?? error.code)) : 0, stdout, stderr }));
  });

async function wpt(job) {
  const { status, stdout, stderr } = await cusp(["--no-bundle", "--compat-date", "2999-12-31", job.path]);
  const parts = [...stdout.matchAll(/^WPT\[(\d+)\](.*)$/gm)].sort((a, b) => a[1] - b[1]);
  let result;
  try {
    result = JSON.parse(parts.map((p) => p[2]).join(""));
  } catch {
    result = { harness: 9, hmsg: `no result (${status}): ${stderr.slice(-2000)}`, tests: [] };
  }
  const failed = result.tests.filter((t) => t[1] !== 0).map((t) => ({ name: t[0], text: t[2] }));
  const reference = wptReference.get(job.file) ?? [];
  return {
    ...job, area: areaOf(job), passed: result.tests.length - failed.length, total: result.tests.length, failed, status,
    text: result.harness ? `${result.hmsg}` : "", reference: Object.fromEntries(engines.map((e, i) => [e, reference[i]?.[0]])),
  };
}

async function workers(job) {
  const { status, stdout, stderr } = await cusp(["--timeout", "20", "--compat-date", "2999-12-31", job.path]);
  const results = [...stdout.matchAll(/^(\S.*?) (PASS|FAIL)$/gm)];
  const reference = workersReference.get(job.file);
  const passed = results.filter((r) => r[2] === "PASS").length;
  return {
    ...job, area: areaOf(job), passed: reference ? Math.min(passed, reference.passed) : passed, total: reference?.passed ?? results.length,
    failed: results.filter((r) => r[2] === "FAIL").map((r) => ({ name: r[1], text: "" })), status, text: stderr.slice(0, 4000),
    reference: { workerd: reference?.passed },
  };
}

async function runAll(jobs) {
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) {
      const i = next++;
      results[i] = await (jobs[i].suite === "wpt" ? wpt : workers)(jobs[i]);
      if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${jobs.length} `);
    }
  };
  await Promise.all(Array.from({ length: +options.jobs }, lane));
  if (process.stderr.isTTY) process.stderr.write("\r                    \r");
  return results;
}

// --- What came of it -----------------------------------------------------------------------------------------------------
function sum(results) {
  const areas = new Map();
  for (const r of results)
    for (const name of [r.area, r.suite === "wpt" ? "WPT, all" : "WORKERS, all"]) {
      const a = areas.get(name) ?? { files: 0, passed: 0, total: 0, below: 0, workerd: 0, deno: 0, bun: 0, node: 0 };
      a.files++;
      a.passed += r.passed;
      a.total += r.total;
      if (r.passed < (r.reference.workerd ?? 0)) a.below++;
      for (const e of engines) a[e] += r.reference[e] ?? 0;
      areas.set(name, a);
    }
  const last = (name) => (name.includes(", all") ? 1 : 0);
  return new Map([...areas].sort(([a], [b]) => last(a) - last(b) || (a < b ? -1 : 1)));
}

function print(areas) {
  const line = (name, cells) => console.log(name.padEnd(30) + cells.map((c) => String(c).padStart(9)).join(""));
  line("area", ["files", "cusp", ...engines, "<workerd"]);
  for (const [name, a] of areas) line(name, [a.files, a.passed, ...engines.map((e) => a[e] || "-"), a.below]);
}

function printFailures(results) {
  for (const r of results) {
    if (!r.failed.length && !r.text && r.passed >= r.total) continue;
    console.log(`\n${r.file}: ${r.passed} of ${r.total}${r.reference.workerd === undefined ? "" : ` (workerd ${r.reference.workerd})`}`);
    for (const f of r.failed) console.log(`  ${f.name}${f.text ? `: ${String(f.text).split("\n")[0].slice(0, 200)}` : ""}`);
    if (r.text) console.log(r.text.split("\n").map((l) => `    ${l}`).join("\n"));
  }
}

// area TAB passed. An area that was not run is not judged.
const FLOORS = join(root, "test/floors.tsv");
function judge(areas) {
  const floors = new Map(existsSync(FLOORS) ? rows("test/floors.tsv").map(([a, n]) => [a, +n]) : []);
  const below = [...floors].filter(([area, n]) => areas.has(area) && areas.get(area).passed < n);
  for (const [area, n] of below) console.log(`below the floor: ${area} ${areas.get(area).passed}, was ${n}`);
  if (options.floors === "write") {
    for (const [area, a] of areas) floors.set(area, Math.max(floors.get(area) ?? 0, Math.floor(a.passed * 0.995)));
    const text = [...floors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([area, n]) => `${area}\t${n}\n`).join("");
    writeFileSync(FLOORS, `# What passed of each area of the outside suites (tools/conform.mjs); less is a failure.\n${text}`);
  }
  return below.length === 0;
}

const jobs = [...wptFiles(), ...workersFiles()].filter((job) => job.file.startsWith(options.only));
if (!jobs.length) {
  console.error("there is nothing to run: neither out/manifest.json nor wdjson/*.json has a file of that name");
  process.exit(2);
}
const results = options.from ? JSON.parse(readFileSync(options.from, "utf8")) : await runAll(jobs);
const areas = sum(results);
if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));
print(areas);
if (options.failures) printFailures(results);
if (!options.only && !judge(areas)) process.exit(1);
