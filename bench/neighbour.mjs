// make bench B=neighbour: what a light Worker feels of its neighbours. 500 requests a second to it, on a schedule, alone; then beside
// each of fifty hostile Workers (test/support/hostile.mjs) in the same account, in turn; then beside all of them at once, as one that
// belongs to another account. workerd plays the same game, one process with the light Worker and one hostile one at a time.
//     node bench/run.mjs neighbour [--seconds N] [--only name,name] [--no-workerd]
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostile, hostileFiles } from "../test/support/hostile.mjs";
import { attack, percentile, steady } from "../test/support/load.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback);
const ms = Number(option("seconds", 3)) * 1000;
const names = option("only", Object.keys(hostile).join(",")).split(",");
const light = `export default { fetch: () => new Response("light\\n") };\n`;
const dir = mkdtempSync(join(tmpdir(), "cusp-neighbour-"));
const sleep = (n) => new Promise((done) => setTimeout(done, n));
if (cpus().length > 1) execFileSync("taskset", ["-cp", "1", String(process.pid)]); // the servers have CPU 0

const write = (path, content) => (mkdirSync(join(dir, path, ".."), { recursive: true }), writeFileSync(join(dir, path), content));

function launch(command, ready) {
  const child = spawn("taskset", ["-c", "0", ...command], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  child.log = "";
  child.ended = new Promise((done) => child.on("exit", done));
  return new Promise((done, fail) => {
    const see = (d) => {
      if (child.log.length < 1 << 20) child.log += d;
      if (ready.test(child.log)) done(child);
    };
    child.stdout.on("data", see);
    child.stderr.on("data", see);
    child.ended.then(() => fail(new Error(`${command[0]} ended:\n${child.log.slice(-2000)}`)));
  });
}

async function end(child) {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 3000);
  await child.ended;
  clearTimeout(late);
}

const row = (r) => ({ p50: percentile(r.times, 0.5), p99: percentile(r.times, 0.99), failed: r.failed, sent: r.sent, errors: r.errors });
const middle = (list, key) => list.map((r) => r[key]).sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function solo(port, host) {
  await steady(port, host, { ms: 2000 }); // warm
  const rounds = [];
  for (let i = 0; i < 5; i++) rounds.push(row(await steady(port, host, { ms })));
  return { p50: middle(rounds, "p50"), p99: middle(rounds, "p99"), failed: rounds.reduce((s, r) => s + r.failed, 0), sent: rounds.reduce((s, r) => s + r.sent, 0) };
}

async function beside(port, host, targets, clients, length) {
  const attacks = targets.map((t) => attack(t.port, t.host, { clients }));
  await sleep(200);
  const r = row(await steady(port, host, { ms: length }));
  const seen = {};
  for (const a of attacks) for (const [what, n] of Object.entries(await a.stop())) seen[what] = (seen[what] ?? 0) + n;
  return { ...r, seen };
}

async function playCusp() {
  const port = 18970;
  let toml = `listen = ["127.0.0.1:${port}"]\nstate = "state"\nthreads = 1\n`;
  const add = (name, account) => (toml += `[[worker]]\nname = "${name}"\naccount = "${account}"\npath = "${name}/i.js"\nroutes = ["${name}.test/*"]\n`);
  for (const [name, account] of [["light", "one"], ["far", "two"]]) write(`${name}/i.js`, light), add(name, account);
  for (const name of names) {
    for (const [file, content] of Object.entries(hostileFiles(name))) write(`${name}/${file}`, content);
    add(name, "one");
  }
  write("cusp.toml", toml);
  const server = await launch([process.env.CUSP_BINARY ?? join(here, "../build/cusp"), "serve", "--config", join(dir, "cusp.toml")], /Ready on/);
  const result = { alone: await solo(port, "light.test"), farAlone: await solo(port, "far.test"), each: {} };
  for (const name of names) {
    result.each[name] = await beside(port, "light.test", [{ port, host: `${name}.test` }], 4, ms);
    console.error(`cusp     ${name}: p99 ${result.each[name].p99.toFixed(2)} ms, failed ${result.each[name].failed}`);
  }
  const all = names.map((name) => ({ port, host: `${name}.test` }));
  result.far = await beside(port, "far.test", all, 2, ms * 5);
  result.deaths = (server.log.match(/child ended|killed by signal|worker process died/g) ?? []).length;
  await end(server);
  return result;
}

const capnp = (name, port, wasm) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "light", worker = (modules = [(name = "light.js", esModule = embed "light/i.js")], compatibilityDate = "2025-09-01")),
  (name = "bad", worker = (modules = [(name = "i.js", esModule = embed "${name}/i.js")${wasm ? `, (name = "m.wasm", wasm = embed "${name}/m.wasm")` : ""}], compatibilityDate = "2025-09-01"))],
  sockets = [(name = "l", address = "127.0.0.1:${port}", http = (), service = "light"), (name = "b", address = "127.0.0.1:${port + 1}", http = (), service = "bad")]);\n`;

async function playWorkerd() {
  const binary = join(here, "node_modules/.bin/workerd");
  const start = async (name, port) => {
    write("config.capnp", capnp(name, port, hostile[name].wasm));
    const child = spawn("taskset", ["-c", "0", binary, "serve", join(dir, "config.capnp")], { stdio: "ignore" });
    child.ended = new Promise((done) => child.on("exit", done));
    await sleep(700);
    return child;
  };
  let port = 18980;
  const first = await start("log-flood", port);
  const result = { alone: await solo(port, "light.test"), each: {} };
  await end(first);
  for (const name of names) {
    port += 2;
    const child = await start(name, port);
    result.each[name] = await beside(port, "light.test", [{ port: port + 1, host: "bad.test" }], 4, ms);
    await end(child);
    console.error(`workerd  ${name}: p99 ${result.each[name].p99.toFixed(2)} ms, failed ${result.each[name].failed}`);
  }
  return result;
}

const cusp = await playCusp();
const workerd = process.argv.includes("--no-workerd") ? null : await playWorkerd();
rmSync(dir, { recursive: true, force: true });

const f = (n) => (Number.isFinite(n) ? n.toFixed(2) : "-");
const times = (r, alone) => (Number.isFinite(r?.p99) ? `${(r.p99 / alone.p99).toFixed(2)}x` : "-");
const lines = [`# Neighbours`, ``,
  `${new Date().toISOString().slice(0, 16)}, ${cpus()[0].model.trim()}: 500 requests a second to a light Worker, server on CPU 0, client on CPU 1, ${ms / 1000} s each.`, ``,
  `| the light Worker | cusp p50 ms | p99 ms | p99 / alone | failed | workerd p99 ms | p99 / alone | failed | what the hostile one's clients saw of cusp |`,
  `|---|---:|---:|---:|---:|---:|---:|---:|---|`,
  `| alone | ${f(cusp.alone.p50)} | ${f(cusp.alone.p99)} | | ${cusp.alone.failed} of ${cusp.alone.sent} | ${f(workerd?.alone.p99)} | | ${workerd ? workerd.alone.failed : "-"} | |`];
for (const name of names) {
  const [a, b] = [cusp.each[name], workerd?.each[name]];
  lines.push(`| beside ${name} | ${f(a.p50)} | ${f(a.p99)} | ${times(a, cusp.alone)} | ${a.failed} | ${f(b?.p99)} | ${times(b, workerd?.alone)} | ${b ? `${b.failed} of ${b.sent}` : "-"} | ${Object.entries(a.seen).map(([k, n]) => `${k}: ${n}`).join(", ")} |`);
}
lines.push(`| of another account, alone | ${f(cusp.farAlone.p50)} | ${f(cusp.farAlone.p99)} | | ${cusp.farAlone.failed} | | | | |`,
  `| of another account, beside all | ${f(cusp.far.p50)} | ${f(cusp.far.p99)} | ${times(cusp.far, cusp.farAlone)} | ${cusp.far.failed} of ${cusp.far.sent} | | | | ${Object.entries(cusp.far.seen).map(([k, n]) => `${k}: ${n}`).join(", ")} |`, ``);
const ratios = names.map((n) => cusp.each[n].p99 / cusp.alone.p99).sort((a, b) => a - b);
const failed = names.reduce((s, n) => s + cusp.each[n].failed, 0);
lines.push(`Same account: p99 / alone: median ${f(percentile(ratios, 0.5))}x, worst ${f(ratios.at(-1))}x, above 3x beside ${ratios.filter((r) => !(r <= 3)).length} of ${names.length}; failed requests ${failed}. ` +
  `Another account: ${times(cusp.far, cusp.farAlone)}, failed ${cusp.far.failed}.` +
  (workerd ? ` workerd: failed beside ${names.filter((n) => workerd.each[n].failed).length} of ${names.length}.` : ""), ``);
console.log(lines.join("\n"));
if (names.length === Object.keys(hostile).length) writeFileSync(join(here, "results", `${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}-neighbour.md`), lines.join("\n"));
