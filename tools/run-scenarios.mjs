// Runs test/**/*.test.mjs with node's test runner against the real binary: the debug build (sanitizers) for all, then once more
// the release build for those that judge the sandbox or the process shape. A word as argument keeps only files whose
// name contains it.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync, existsSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(new URL(".", import.meta.url).pathname, "..");
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

function run(build, files) {
  const binary = join(root, "build", build, "src/cusp");
  if (!existsSync(binary)) throw new Error(`${binary} is not built`);
  console.log(`\n== ${files.length} scenario files, ${build} build`);
  const env = {
    ...process.env,
    CUSP_BINARY: binary,
    CUSP_BUILD: build,
    LSAN_OPTIONS: `suppressions=${join(root, "test/lsan.supp")}`,
    ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1",
  };
  const flags = ["--test"];
  if (Number(process.versions.node.split(".")[0]) >= 20) flags.push("--test-concurrency=2", "--test-reporter=spec");
  return spawnSync(process.execPath, [...flags, ...files], { stdio: "inherit", env, cwd: root }).status ?? 1;
}

let status = run("debug", all);
if (release.length) status = run("release", release) || status;
process.exit(status);
