// make fuzz F=api: random Worker programs over every API there is, under sanitizers. Ends with 1 when something was found.
//     node fuzz/api/run.mjs [--seconds CPU-SECONDS] [--seed N] [--batch N] [--jobs N] [--cusp FILE]
//     node fuzz/api/run.mjs --replay FILE        a program that was kept: prints what the process said
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Campaign, root, verdict } from "./campaign.mjs";

const { values: o } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" }, seed: { type: "string", default: String(Date.now() % 1e9) }, batch: { type: "string", default: "12" }, jobs: { type: "string", default: "1" },
    cusp: { type: "string", default: join(root, "build/debug/src/cusp") }, replay: { type: "string" }, missed: { type: "boolean" },
  },
});
const campaign = new Campaign({ cusp: o.cusp, keep: join(root, "build/fuzz-api"), log: (text) => console.log(text) });
await campaign.open();
const size = Number(o.batch);
let seed = Number(o.seed);

if (o.replay) {
  const end = await campaign.run(JSON.parse(readFileSync(o.replay, "utf8")));
  console.log(`${end.output}\n${verdict(end) ?? "nothing wrong"}`);
  campaign.close();
  process.exit(verdict(end) ? 1 : 0);
}

console.log(`${campaign.inventory.members.length} members of ${Object.keys(campaign.inventory.classes).length} classes; from seed ${seed}`);
const say = () => {
  const c = campaign.coverage();
  return `${campaign.cpuSeconds().toFixed(0)} CPU-seconds, ${campaign.programs} programs, ${campaign.steps.run} steps (${campaign.steps.returned} returned), called ${c.called} of ${c.members} members, ${c.returned} of them returned; ${campaign.findings.size} findings`;
};
let stopped = false;
process.on("SIGINT", () => (stopped = true));
let said = Date.now();
async function lane() {
  while (!stopped && campaign.cpuSeconds() < Number(o.seconds)) {
    const seeds = Array.from({ length: size }, () => seed++);
    await campaign.batch(seeds);
    if (Date.now() - said > 15_000) console.log(say()), (said = Date.now());
  }
}
await Promise.all(Array.from({ length: Number(o.jobs) }, lane));
campaign.close();
console.log(say());
if (o.missed) console.log(`never called: ${campaign.inventory.members.filter((m) => !campaign.called.has(m) && !campaign.poked.has(m.replace(/=$/, "").replace(/^~/, ""))).join(" ")}\nnever returned: ${campaign.inventory.members.filter((m) => campaign.called.has(m) && !campaign.returned.has(m)).join(" ")}`);
for (const f of campaign.findings.values()) console.log(`FINDING ${f.what}\n  seeds ${f.seeds.slice(0, 24).join(" ")}; ${f.file}.json`);
process.exit(campaign.findings.size ? 1 : 0);
