// What an operator sees: /metrics, /top.json, profiles, `cusp top`. Could pass wrongly if numbers were there but not of what happened: so
// known amounts of work are done first, and a process is killed between two looks.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { binary, freePort, root, scratch, sleep, write } from "../support/cusp.mjs";
import { request } from "../support/http.mjs";
import { parse, sum, table } from "../support/prometheus.mjs";
import { children, eventually, get, serveWorkers, text } from "../support/serve.mjs";

const run = promisify(execFile);

const busy = `function hotLoop(n) {
  let s = 0;
  for (let i = 0; i < n; i++) s += Math.sqrt(i) % 3;
  return s;
}
export default { fetch: () => new Response("" + hotLoop(2e6)) };`;

async function start(t, workers, more = "") {
  const port = await freePort();
  const p = await serveWorkers(t, workers, `threads = 1\n[admin]\nlisten = "127.0.0.1:${port}"\n${more}`);
  p.admin = `http://127.0.0.1:${port}`;
  p.metrics = async () => parse((await request(`${p.admin}/metrics`)).text);
  return p;
}

// Containers may come without /dev/pts.
const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

test("what was done is counted, and stays counted when the process dies", async (t) => {
  const p = await start(t, {
    good: { script: text("good"), account: "a" },
    bad: { script: "export default { fetch() { throw new Error('no'); } };", account: "a", routes: ["bad.test/*"] },
  });
  for (let i = 0; i < 7; i++) assert.equal((await get(p)).text, "good");
  for (let i = 0; i < 3; i++) assert.equal((await get(p, "bad.test")).status, 500);
  const before = await p.metrics();
  const good = { account: "a", worker: "good" };
  const bad = { account: "a", worker: "bad" };
  assert.equal(sum(before, "cusp_worker_requests_total", good), 7);
  assert.equal(sum(before, "cusp_worker_responses_total", { ...good, class: "2xx" }), 7);
  assert.equal(sum(before, "cusp_worker_exceptions_total", good), 0);
  assert.equal(sum(before, "cusp_worker_exceptions_total", bad), 3);
  assert.equal(sum(before, "cusp_worker_responses_total", { ...bad, class: "5xx" }), 3);
  assert.equal(before.get("cusp_worker_event_cpu_seconds").samples.find((s) => s.name.endsWith("_count") && s.labels.worker === "good").value, 7);
  assert.ok(sum(before, "cusp_worker_cpu_seconds_total", good) > 0);
  assert.equal(sum(before, "cusp_process_up"), 4);
  process.kill(children(p).worker[0], "SIGKILL");
  await eventually(async () => (await get(p)).text === "good");
  const after = await p.metrics();
  assert.ok(sum(after, "cusp_worker_requests_total", good) >= 8);
  assert.ok(sum(after, "cusp_process_starts_total", { process: "worker a" }) >= 2);
  for (const [name, family] of before)
    if (family.type === "counter" && !name.startsWith("cusp_process_"))
      for (const s of family.samples) {
        const now = after.get(name).samples.find((x) => x.key === s.key);
        assert.ok(now && now.value >= s.value, `${s.key} went back from ${s.value} to ${now?.value}`);
      }
});

test("docs/metrics.md lists what there is", async (t) => {
  const p = await start(t, { a: { script: text("a") } });
  await get(p);
  const path = join(root, "docs/metrics.md");
  const page = readFileSync(path, "utf8");
  const now = table(await p.metrics());
  const pattern = /\| metric \| type[^]*?\n(?=\n|$)/;
  if (process.env.UPDATE_DOCS) writeFileSync(path, page.replace(pattern, () => now));
  else assert.equal(pattern.exec(page)?.[0], now, "UPDATE_DOCS=1 writes it anew");
});

test("the admin listener talks to those who may ask", async (t) => {
  const p = await start(t, { a: { script: text("a") } });
  const ask = (path, options) => request(p.admin + path, options);
  assert.equal((await ask("/healthz")).text, "ok\n");
  assert.equal((await ask("/nothing")).status, 404);
  assert.equal((await ask("/metrics", { method: "POST" })).status, 405);
  assert.equal((await ask("/metrics", { headers: { origin: "http://evil.test" } })).status, 403);
  assert.equal((await ask("/metrics", { headers: { host: "evil.test" } })).status, 403);
  assert.equal((await ask("/profile?worker=a&seconds=1")).status, 405);
  assert.equal((await ask("/profile?worker=nobody&seconds=1", { method: "POST" })).status, 404);
  assert.equal((await ask("/profile?worker=a&seconds=61", { method: "POST" })).status, 400);
});

test("with a token, only those who know it", async (t) => {
  const dir = scratch(t);
  write(dir, "token", "a-long-secret\n");
  const p = await start(t, { a: { script: text("a") } }, `token_file = ${JSON.stringify(join(dir, "token"))}\n`);
  const status = async (authorization) => (await request(`${p.admin}/metrics`, { headers: authorization ? { authorization } : {} })).status;
  assert.equal(await status(), 401);
  assert.equal(await status("Bearer a-long-secreT"), 401);
  assert.equal(await status("Bearer a-long-secret-and-more"), 401);
  assert.equal(await status("Bearer "), 401);
  assert.equal(await status("Bearer a-long-secret"), 200);
  assert.equal((await request(`${p.admin}/healthz`)).status, 200);
  await run(binary, ["top", "--admin", p.admin, "--token-file", join(dir, "token")]);
});

test("an address that others reach needs a token", () => {
  const dir = scratch({ after() {} });
  write(dir, "cusp.toml", '[admin]\nlisten = "0.0.0.0:9464"\n[[worker]]\nname = "a"\npath = "a.js"\ndefault = true\n');
  const { status, stderr } = spawnSync(binary, ["serve", "--config", join(dir, "cusp.toml")], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /admin\.listen.*token_file/);
});

test("a Unix socket serves too", async (t) => {
  const dir = scratch(t);
  const socket = join(dir, "admin.sock");
  const p = await serveWorkers(t, { a: { script: text("a") } }, `threads = 1\n[admin]\nlisten = ${JSON.stringify(socket)}\n`);
  await get(p);
  const { stdout } = await run(binary, ["top", "--admin", `unix:${socket}`]);
  assert.match(stdout, /default\/a /);
});

/** The rules of Profiler.Profile, as Chrome needs them. */
function checkProfile(profile) {
  const ids = new Set(profile.nodes.map((n) => n.id));
  const children = profile.nodes.flatMap((n) => n.children ?? []);
  assert.equal(ids.size, profile.nodes.length);
  assert.equal(new Set(children).size, children.length);
  assert.equal(children.length, profile.nodes.length - 1, "a tree with one root");
  for (const id of [...children, ...profile.samples]) assert.ok(ids.has(id));
  assert.equal(profile.samples.length, profile.timeDeltas.length);
  assert.ok(profile.timeDeltas.every((d) => d >= 0));
  assert.ok(profile.startTime + profile.timeDeltas.reduce((a, b) => a + b, 0) <= profile.endTime);
  for (const { callFrame: f } of profile.nodes) assert.ok(typeof f.functionName === "string" && typeof f.url === "string" && f.scriptId && f.lineNumber >= -1 && f.columnNumber >= -1);
}

test("a live Worker's CPU profile names its functions, and there is one at a time", async (t) => {
  const p = await start(t, { a: { script: busy, account: "x" }, b: { script: text("b"), account: "x", routes: ["b.test/*"] } });
  const dir = scratch(t);
  let stop = false;
  const load = (async () => {
    while (!stop) await get(p);
  })();
  const file = join(dir, "out.cpuprofile");
  const first = run(binary, ["profile", "x/a", "--seconds", "3", "-o", file, "--admin", p.admin]);
  await sleep(700);
  const second = await run(binary, ["profile", "b", "--seconds", "1", "--admin", p.admin]).catch((error) => error);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another profile of this account/);
  await first;
  stop = true;
  await load;
  const profile = JSON.parse(readFileSync(file, "utf8"));
  checkProfile(profile);
  const hot = profile.nodes.filter((n) => n.callFrame.functionName === "hotLoop");
  const hits = hot.reduce((all, n) => all + n.hitCount, 0);
  assert.ok(hits > 20, `${hits} samples`);
  for (const n of hot) assert.ok(n.callFrame.url.endsWith("i.js") && n.callFrame.lineNumber >= 0 && n.callFrame.lineNumber <= 3, JSON.stringify(n.callFrame));
  assert.ok(profile.nodes.some((n) => n.callFrame.functionName === "(idle)"));
  const idle = await run(binary, ["profile", "b", "--seconds", "1", "--admin", p.admin]).catch((error) => error);
  assert.match(idle.stderr, /no code of the Worker ran/);
  assert.equal((await get(p)).status, 200);
});

test("cusp top prints a table, and gives a terminal back as it was", async (t) => {
  const p = await start(t, { a: { script: busy }, "other-one": { script: text("b"), routes: ["b.test/*"] } });
  await get(p);
  await get(p, "b.test");
  const { stdout } = await run(binary, ["top", "--admin", p.admin]);
  assert.match(stdout, /^cusp .* edge:/);
  assert.match(stdout, /^default\/a +[0-9.]+ +[0-9.]+/m);
  assert.ok(!stdout.includes("\x1b"));
  if (!hasTerminals) return t.diagnostic("script(1) makes no terminal here: not tried on one");
  const dir = scratch(t);
  const line = `stty cols 80 rows 24; stty -a >before; ${binary} top --admin ${p.admin}; echo status=$?; stty -a >after`;
  const typed = "(sleep 1.5; printf 'm/other\\r'; sleep 2; printf q)";
  const { stdout: screen } = await run("sh", ["-c", `${typed} | script -qec '${line}' /dev/null`], { cwd: dir, maxBuffer: 1 << 24 });
  assert.match(screen, /status=0/);
  assert.equal(readFileSync(join(dir, "after"), "utf8"), readFileSync(join(dir, "before"), "utf8"));
  assert.ok(screen.lastIndexOf("\x1b[?1049l") > screen.lastIndexOf("\x1b[?1049h"), "the screen that was there before is back");
  const last = screen.slice(screen.lastIndexOf("\x1b[H"));
  assert.match(last, /RSS\*/);
  assert.match(last, /default\/other-one/);
  assert.ok(!last.includes("default/a "));
  for (const l of last.replaceAll(/\x1b\[[?0-9]*[A-Za-z]/g, "").split("\r\n")) assert.ok(l.length <= 80, l);
});

test("a signal ends cusp top with the terminal as it was", async (t) => {
  const p = await start(t, { a: { script: text("a") } });
  if (!hasTerminals) return t.skip("script(1) makes no terminal here");
  const dir = scratch(t);
  const line = `stty -a >before; ${binary} top --admin ${p.admin} </dev/tty & pid=$!; sleep 2; kill -TERM $pid; wait $pid; echo status=$?; stty -a >after`;
  const { stdout: screen } = await run("script", ["-qec", `bash -c '${line}'`, "/dev/null"], { cwd: dir, maxBuffer: 1 << 24 });
  assert.ok(screen.includes("\x1b[?1049h"), "it had taken the terminal");
  assert.ok(screen.lastIndexOf("\x1b[?1049l") > screen.lastIndexOf("\x1b[?1049h"));
  assert.match(screen, /status=0/);
  assert.equal(readFileSync(join(dir, "after"), "utf8"), readFileSync(join(dir, "before"), "utf8"));
});
