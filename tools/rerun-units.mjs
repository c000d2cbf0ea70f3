// After `meson test` has failed: each test that failed runs once more, alone (some have deadlines, and the machine has other work). What
// passes then is listed as unsteady, a thing to look into; what fails again fails the run. As tools/run-scenarios.mjs does.
//     node tools/rerun-units.mjs BUILD_DIR [meson test options]
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [dir, ...options] = process.argv.slice(2);
const results = readFileSync(join(dir, "meson-logs/testlog.json"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const failed = results.filter((r) => !["OK", "EXPECTEDFAIL", "SKIP"].includes(r.result)).map((r) => r.name.replace(/^.* \/ /, ""));
if (!failed.length) {
  console.error("meson test has failed before any test ran"); // a build that is broken, say
  process.exit(1);
}
let bad = 0;
for (const name of failed) {
  console.log(`once more, alone: ${name}`);
  bad += spawnSync("meson", ["test", "-C", dir, "--no-rebuild", "--print-errorlogs", ...options, name], { stdio: "inherit" }).status === 0 ? 0 : 1;
}
if (!bad) console.log(`unsteady: ${failed.join(", ")}`);
process.exit(bad ? 1 : 0);
