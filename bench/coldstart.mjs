// make bench B=coldstart: how long the first request of a Worker takes when nothing of it runs yet. `cusp serve` with N Workers that
// differ, prepared in an earlier run (so no bundling), restarted, then one request to each, one after the other, on a fresh
// connection that is open already: once small Workers, once with 30 KB of code each. Before that what an isolate costs inside,
// without sockets and processes, where the program for it was built (ninja -C build/release src/api/start_bench).
//     node bench/run.mjs coldstart [--workers 1000] [--bytes 30000]
// There is no such moment in workerd: it compiles all Workers of its configuration when it starts.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuMs, many, mappings, percentile, rssMb } from "./many.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const option = (name, fallback) => (process.argv.includes(`--${name}`) ? Number(process.argv[process.argv.indexOf(`--${name}`) + 1]) : fallback);
const count = option("workers", 1000);
const sizes = process.argv.includes("--bytes") ? [option("bytes")] : [300, 30_000];
const wait = (ms) => new Promise((r) => setTimeout(r, ms));
const inner = process.env.CUSP_START_BENCH ?? join(here, "../build/release/src/api/start_bench");

async function measure(bytes) {
  const m = many(count, bytes, 18950);
  await m.start();
  for (let n = 0; n < count; n++) await m.first(n);
  await m.stop();
  await m.start();
  await m.first(0); // the worker process itself
  await wait(1000);
  const base = rssMb(m.worker()), before = cpuMs(m.worker()), times = [], warm = [];
  for (let n = 1; n < count; n++) {
    times.push(await m.first(n));
    await wait(20); // one after the other, as they come to a server that is not overloaded
  }
  const cpu = (cpuMs(m.worker()) - before) / times.length;
  for (let n = 1; n < count; n++) warm.push(await m.first(n));
  await wait(6000); // idle: collected and trimmed
  const idle = (rssMb(m.worker()) - base) / (count - 1), maps = mappings(m.worker());
  await m.stop();
  m.remove();
  const show = (list) => [0.5, 0.9, 0.99].map((q) => `p${q * 100} ${percentile(list, q).toFixed(2)} ms`).join(", ");
  console.log(`\n${count} Workers of ${bytes} bytes\nfirst request: ${show(times)}`);
  console.log(`second request: ${show(warm)}`);
  console.log(`CPU of the worker process for each first request, making the next spare isolate included: ${cpu.toFixed(2)} ms`);
  console.log(`idle isolate: ${idle.toFixed(2)} MB of resident memory; ${maps} mappings in the process`);
}

for (const bytes of sizes) {
  if (existsSync(inner)) {
    console.log(`\ninside, ${bytes} bytes:`);
    spawnSync(inner, ["300", String(bytes)], { stdio: "inherit" });
  }
  await measure(bytes);
}
