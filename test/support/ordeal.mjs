// Random hostile programs against the real `cusp serve`, in rounds: new Workers by reload, clients on each, all the while a steady light
// load on a Worker of another account. What is looked at: did edge, control or the parent ever end, did the light Worker miss an answer,
// does memory stay flat, and how often did the worker process of the hostile account die, and over what.
import { readFileSync, writeFileSync } from "node:fs";
import { serve, write } from "./cusp.mjs";
import { program } from "./hostile_generator.mjs";
import { attack, steady } from "./load.mjs";
import { children, eventually } from "./serve.mjs";

const wrangler = (name) => JSON.stringify({ name, main: "i.js", compatibility_date: "2025-09-01", kv_namespaces: [{ binding: "KV", id: "soak" }] });

function configuration(dir, seeds) {
  let toml = `[egress]\nallow_private = true\n[[worker]]\nname = "light"\naccount = "light"\npath = "light"\nroutes = ["light.test/*"]\n`;
  for (const seed of seeds) {
    const name = `p${seed}`;
    write(dir, `${name}/wrangler.json`, wrangler(name));
    for (const [file, content] of Object.entries(program(seed))) write(dir, `${name}/${file}`, content);
    toml += `[[worker]]\nname = "${name}"\naccount = "hostile"\npath = "${name}"\nroutes = ["${name}.test/*"${seed === seeds[0] ? ', "self.test/*"' : ""}]\n`;
  }
  return `threads = 1\nlimits = { cpu_ms = 50 }\n${toml}`;
}

const stat = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};
const rssMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
/** CPU seconds of a process and of the children it has waited for. */
const cpuSeconds = (pid) => stat(pid).slice(11, 15).reduce((sum, n) => sum + Number(n), 0) / 100;

/** {rounds: [{rss: {parent, edge, control}, ...}], deaths: [log lines], light: {sent, failed, errors}, seen, cpuMinutes, lost: [names]} */
export async function ordeal(t, { seed = 1, programs = 24, minutes = 1, roundMs = 4000, onRound = () => {} }) {
  const dir = t.dir;
  write(dir, "light/wrangler.json", wrangler("light"));
  write(dir, "light/i.js", `export default { fetch: () => new Response("light") };`);
  const seedsOf = (round) => Array.from({ length: programs }, (_, i) => seed + round * programs + i);
  const p = await serve(t, configuration(dir, seedsOf(0)), { dir });
  await steady(p.port, "light.test", { rate: 50, ms: 500 });
  const first = children(p);
  const result = { rounds: [], light: { sent: 0, failed: 0, errors: {} }, seen: {}, lost: [], cpuMinutes: 0 };
  const until = Date.now() + minutes * 60_000;
  for (let round = 0; round === 0 || Date.now() < until; round++) {
    const seeds = seedsOf(round);
    if (round) {
      const from = p.output.length;
      writeFileSync(`${dir}/cusp.toml`, `listen = ["127.0.0.1:0"]\nstate = "state"\n${configuration(dir, seeds)}`);
      p.signal("SIGHUP");
      await p.until(/configuration reloaded/, { from });
    }
    const attacks = seeds.map((s) => attack(p.port, `p${s}.test`, { clients: 1 }));
    const light = await steady(p.port, "light.test", { rate: 100, ms: roundMs });
    for (const a of attacks) for (const [what, n] of Object.entries(await a.stop())) result.seen[what] = (result.seen[what] ?? 0) + n;
    result.light.sent += light.sent;
    result.light.failed += light.failed;
    for (const [what, n] of Object.entries(light.errors)) result.light.errors[what] = (result.light.errors[what] ?? 0) + n;
    const now = children(p);
    for (const kind of ["edge", "control"]) if (now[kind][0] !== first[kind][0]) result.lost.push(kind);
    if (p.child.exitCode !== null || result.lost.length) break;
    const rss = { parent: rssMb(p.pid), edge: rssMb(now.edge[0]), control: rssMb(now.control[0]) };
    result.rounds.push({ round, seeds, rss, light, worker: now.worker.map(rssMb).map(Math.round) });
    onRound(result.rounds.at(-1), result);
  }
  if (p.child.exitCode !== null || p.child.signalCode !== null) result.lost.push("parent");
  const live = result.lost.length ? [] : Object.values(children(p)).flat();
  result.cpuMinutes = (result.lost.length ? 0 : [p.pid, ...live].reduce((sum, pid) => sum + cpuSeconds(pid), 0)) / 60;
  result.log = p.output;
  result.deaths = p.output.split("\n").filter((line) => /a process died/.test(line));
  if (!result.lost.length) await eventually(async () => (await steady(p.port, "light.test", { rate: 50, ms: 200 })).failed === 0);
  result.exit = await p.stop();
  return result;
}

/** By how much the last third of the rounds is above the second one, in MB, for each process: the first third is warming up. */
export function growth(rounds) {
  const third = Math.floor(rounds.length / 3);
  const mean = (list, kind) => list.reduce((sum, r) => sum + r.rss[kind], 0) / list.length;
  return Object.fromEntries(["parent", "edge", "control"].map((kind) => [kind, third ? mean(rounds.slice(-third), kind) - mean(rounds.slice(third, 2 * third), kind) : 0]));
}
