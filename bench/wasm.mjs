// What metering costs: kernels as they are and as deployed, in the engine, by CPU time; the best of several rounds each.
// Prints a line for each kernel and the geometric mean; exits 1 when a target is missed. Needs a release build with
// `ninja -C build/release src/api/wasm_run`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const runner = join(root, "build/release/src/api/wasm_run"), module = join(root, "test/wasm/kernels/kernels.wasm");
const sizes = { sha256: 2000, matmul: 12, crc32: 8000, sieve: 4, fib: 31, strlen: 500, xorshift: 2e7, mandelbrot: 220, nbody: 60000, quicksort: 4 };
const alone = { sha256: 1.05, matmul: 1.05 }, together = 1.15; // targets
const ROUNDS = 4;

if (!existsSync(runner)) execFileSync("ninja", ["-C", join(root, "build/release"), "src/api/wasm_run"], { stdio: "inherit" });
const dir = mkdtempSync(join(tmpdir(), "cusp-bench-wasm-"));
const script = join(dir, "kernels.js");
writeFileSync(script, `const sizes = ${JSON.stringify(sizes)}, e = new WebAssembly.Instance($module).exports, best = {};
for (const name in sizes) {
  for (let i = 0; i < 8; i++) e[name](sizes[name] >> 1); // until the engine's best compiler has done its work
  best[name] = Infinity;
  for (let i = 0; i < 9; i++) { const t = $cpu(); e[name](sizes[name]); best[name] = Math.min(best[name], $cpu() - t); }
}
$result = JSON.stringify(best);`);
const best = { "--plain": {}, "--metered": {} };
for (let round = 0; round < ROUNDS; round++)
  for (const how in best) {
    const times = JSON.parse(execFileSync(runner, [how, script, module], { encoding: "utf8" }));
    for (const name in times) best[how][name] = Math.min(best[how][name] ?? Infinity, times[name]);
  }
rmSync(dir, { recursive: true });

let sum = 0, missed = 0;
console.log("kernel        plain ms  metered ms   ratio");
for (const name in sizes) {
  const plain = best["--plain"][name], metered = best["--metered"][name], ratio = metered / plain;
  sum += Math.log(ratio);
  if (ratio > alone[name]) missed++;
  console.log(`${name.padEnd(12)}${plain.toFixed(2).padStart(10)}${metered.toFixed(2).padStart(12)}${ratio.toFixed(3).padStart(8)}${ratio > alone[name] ? `  above ${alone[name]}` : ""}`);
}
const mean = Math.exp(sum / Object.keys(sizes).length);
if (mean > together) missed++;
console.log(`geometric mean${mean.toFixed(3).padStart(28)}${mean > together ? `  above ${together}` : ""}`);
process.exit(missed ? 1 : 0);
