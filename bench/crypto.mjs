// make bench B=crypto: what an operation of Web Crypto costs in CPU time, beside other runtimes in the same run and, for ES256, beside the
// library alone (openssl speed). The best of the rounds. The table has the CPU time of the whole process; what is compared with the library is
// that of the thread which does it, because that is what an isolate can do in a second (the engine compiles on others meanwhile).
// Exits 1 when verifying ES256 is below 0.95 of the library's own speed.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peers } from "./peers.mjs";

const ROUNDS = 3, WANTED = 0.95, NAMES = ["cusp dev", "workerd", "deno", "bun"];
const cases = {
  es256_verify: 10000, es256_sign: 4000, rs256_verify: 4000, hs256_sign: 20000, sha256_64: 20000, sha256_16k: 5000, aes_gcm_1k: 20000, aes_gcm_64k: 2000,
};
const ticks = Number(execFileSync("getconf", ["CLK_TCK"]));

/** CPU seconds of a process and everything below it. */
function cpu(root) {
  const above = new Map(), used = new Map();
  for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
    let stat;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      continue;
    }
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    above.set(Number(pid), Number(fields[1]));
    used.set(Number(pid), (Number(fields[11]) + Number(fields[12])) / ticks);
  }
  let sum = 0;
  for (const pid of used.keys()) for (let p = pid; p; p = above.get(p)) if (p === root) sum += used.get(pid);
  return sum;
}
/** CPU seconds of its busiest thread. */
function busiest(pid) {
  let most = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8"), fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    most = Math.max(most, (Number(fields[11]) + Number(fields[12])) / ticks);
  }
  return most;
}
async function get(url) {
  for (let i = 0; ; i++) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return await response.text();
    } catch (e) {
      if (i === 100 || !/fetch failed/.test(String(e))) throw e;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
/** Microseconds of CPU for one operation of each case. */
async function measure(name, port) {
  const dir = mkdtempSync(join(tmpdir(), "cusp-bench-crypto-"));
  let command;
  try {
    command = peers[name].start("crypto", dir, port);
    const server = spawn(command[0], command.slice(1), { stdio: "ignore" }), results = {};
    server.on("error", () => {});
    try {
      for (const [what, times] of Object.entries(cases)) {
        await get(`http://127.0.0.1:${port}/${what}?times=${times / 4}`);
        for (let round = 0; round < ROUNDS; round++) {
          const before = cpu(server.pid), thread = busiest(server.pid);
          await get(`http://127.0.0.1:${port}/${what}?times=${times}`);
          results[what] = Math.min(results[what] ?? Infinity, ((cpu(server.pid) - before) * 1e6) / times);
          const own = ((busiest(server.pid) - thread) * 1e6) / times;
          results[`${what} thread`] = Math.min(results[`${what} thread`] ?? Infinity, own);
        }
      }
    } finally {
      server.kill();
    }
    return results;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const speed = execFileSync("openssl", ["speed", "-seconds", "2", "ecdsap256"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const line = speed.split("\n").find((l) => /nistp256/.test(l)).trim().split(/\s+/);
const library = { es256_sign: 1e6 / Number(line.at(-2)), es256_verify: 1e6 / Number(line.at(-1)) };
const table = { library };
let port = 18400 + (process.pid % 300);
for (const name of NAMES) {
  try {
    table[name] = await measure(name, port++);
  } catch (e) {
    console.error(`${name}: ${e.message}`);
  }
}
const names = Object.keys(table);
console.log(`| us of CPU | ${names.join(" | ")} |\n|---${"|---:".repeat(names.length)}|`);
for (const what of Object.keys(cases)) console.log(`| ${what} | ${names.map((n) => table[n][what]?.toFixed(1) ?? "").join(" | ")} |`);
const own = table["cusp dev"]["es256_verify thread"], ratio = library.es256_verify / own;
console.log(`\nES256 verify: ${own.toFixed(1)} us of the isolate's thread, the library alone ${library.es256_verify.toFixed(1)} us`);
console.log(`ES256 verify: ${ratio.toFixed(3)} of the library's speed, ${WANTED} wanted`);
process.exit(ratio < WANTED ? 1 : 0);
