// make soak T=hostile MIN=10: random hostile programs for so many minutes. Ends with 1 when edge, control or the parent ended, when a Worker
// of another account missed an answer, or when memory of edge, control or the parent keeps growing. Deaths of the hostile account's worker
// process are counted and listed: each is an answer to find, none may be felt by anybody else.
//     node test/soak/hostile.mjs [--minutes N] [--seed N] [--programs N]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { growth, ordeal } from "../support/ordeal.mjs";

const option = (name, fallback) => (process.argv.includes(`--${name}`) ? Number(process.argv[process.argv.indexOf(`--${name}`) + 1]) : fallback);
const GROWTH_MB = 8;
const dir = mkdtempSync(join(tmpdir(), "cusp-soak-"));
const endings = [];
const t = { dir, after: (fn) => endings.unshift(fn) };
const mb = (rss) => Object.entries(rss).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(", ");

const result = await ordeal(t, {
  seed: option("seed", Date.now() % 1e9),
  programs: option("programs", 24),
  minutes: option("minutes", 10),
  onRound: (r, all) => console.log(`round ${r.round}: seeds ${r.seeds[0]}..${r.seeds.at(-1)}; MB: ${mb(r.rss)}, worker processes ${r.worker.join(" ")}; light: ${r.light.failed} of ${r.light.sent} failed, so far ${all.light.failed}`),
});
for (const fn of endings) await fn();
rmSync(dir, { recursive: true, force: true });

const grown = growth(result.rounds);
console.log(`\n${result.cpuMinutes.toFixed(1)} CPU-minutes, ${result.rounds.length} rounds, programs' answers: ${JSON.stringify(result.seen)}`);
console.log(`light Worker of another account: ${result.light.failed} of ${result.light.sent} failed ${JSON.stringify(result.light.errors)}`);
console.log(`memory, last third of the rounds over the second, MB: ${mb(grown)}`);
console.log(`worker process deaths: ${result.deaths.length}\n${result.deaths.join("\n")}`);
const wrong = [
  ...result.lost.map((name) => `${name} ended`),
  ...(result.light.failed ? [`${result.light.failed} requests of the light Worker failed`] : []),
  ...Object.entries(grown).filter(([, v]) => v > GROWTH_MB).map(([k, v]) => `${k} grew by ${v.toFixed(1)} MB`),
  ...(result.exit.code !== 0 ? [`the parent ended with ${JSON.stringify(result.exit)}`] : []),
];
if (wrong.length) {
  writeFileSync("soak.log", result.log);
  console.error(`FAILED: ${wrong.join("; ")} (its log is soak.log)`);
}
process.exit(wrong.length ? 1 : 0);
