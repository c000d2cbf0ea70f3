// Runs test/**/*.test.mjs with node's test runner against the real binary, two files at a time: the debug build (sanitizers) for
// all, then once more the release build for those that judge the sandbox or the process shape. A word as argument keeps only
// files whose name contains it.
// These tests have deadlines and share a machine with whatever else it does, so a file that fails runs once more, alone, when the
// others are through. What passes then is listed as unsteady: a thing to look into, not a reason to stop.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const only = process.argv[2] ?? "";

function* tests(dir) {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (name === "node_modules") continue;
    if (statSync(path).isDirectory()) yield* tests(path);
    else if (name.endsWith(".test.mjs")) yield path;
  }
}

const all = [...tests(join(root, "test"))].filter((path) => path.includes(only));
const release = all.filter((path) => relative(root, path).startsWith("test/serve/"));
if (!all.length) {
  console.error(`no scenario has '${only}' in its name`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
const unsteady = [];
const FILE_MS = 240_000;

function run(build, file) {
  const env = {
    ...process.env,
    CUSP_BINARY: join(root, "build", build, "src/cusp"),
    CUSP_BUILD: build,
    LSAN_OPTIONS: `suppressions="${join(root, "test/lsan.supp")}"`,
    ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1:quarantine_size_mb=8",
  };
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--test", file], { env, cwd: root, stdio: ["ignore", "pipe", "inherit"], detached: true });
    // One that waits for ever has failed; with it goes what it has started.
    const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), FILE_MS);
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.on("exit", (code) => {
      clearTimeout(late);
      const count = (word) => Number(new RegExp(`^. ?${word} (\\d+)$`, "m").exec(out)?.[1] ?? 0);
      done({ file, out, ok: code === 0 && count("pass") > 0, pass: count("pass"), fail: count("fail") });
    });
  });
}

function report(build, { file, out, ok, pass, fail }) {
  console.log(`${ok ? "ok" : "FAILED"} ${build} ${relative(root, file)}: ${pass} passed, ${fail} failed`);
  if (!ok) console.log(out);
}

async function runAll(build, files) {
  if (!existsSync(join(root, "build", build, "src/cusp"))) throw new Error(`build/${build} is not built`);
  console.log(`\n== ${files.length} scenario files, ${build} build`);
  const waiting = [...files];
  const again = [];
  const lane = async () => {
    for (let file; (file = waiting.shift()); ) {
      const result = await run(build, file);
      report(build, result);
      if (result.ok) passed += result.pass;
      else again.push(file);
    }
  };
  await Promise.all([lane(), lane()]);
  for (const file of again) {
    console.log(`once more, alone: ${relative(root, file)}`);
    const result = await run(build, file);
    report(build, result);
    passed += result.pass;
    failed += result.ok ? 0 : Math.max(1, result.fail);
    if (result.ok) unsteady.push(`${build} ${relative(root, file)}`);
  }
}

await runAll("debug", all);
if (release.length) await runAll("release", release);
if (unsteady.length) console.log(`unsteady, passed the second time: ${unsteady.join(", ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
