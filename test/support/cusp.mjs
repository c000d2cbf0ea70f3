// Starts the real binary for a scenario, waits for what it prints, and stops it for certain: every process is ended when the test is,
// whether it passed or not. CUSP_BINARY names the binary (tools/run-scenarios.mjs sets it).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.CUSP_BINARY ?? join(root, "build/cusp");
const START_MS = Number(process.env.START_MS ?? 60_000); // a debug build on a busy machine

const endings = new WeakMap();

/**
 * What is to be done when the test has ended: the newest first, each one whatever became of the others. The runner's own hooks run the
 * oldest first and stop at the first that fails: a folder would be removed below a process that still writes there, and when
 * that fails the process would stay, and hold the whole file for ever.
 */
export function atEnd(t, act) {
  if (endings.has(t)) return void endings.get(t).push(act);
  const acts = [act];
  endings.set(t, acts);
  t.after(async () => {
    const failures = [];
    while (acts.length) await Promise.resolve().then(acts.pop()).catch((e) => failures.push(e));
    if (failures.length) throw new AggregateError(failures, failures.map(String).join("; "));
  });
}

/** A folder's removal; children of a process that was killed may write there for a moment longer. */
const remove = (dir) => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });

/** A scratch folder that goes away with the test. files: {"a/b.js": "text"} */
export function scratch(t, files = {}) {
  const dir = mkdtempSync(join(tmpdir(), "cusp-test-"));
  atEnd(t, () => remove(dir));
  for (const [name, content] of Object.entries(files)) write(dir, name, content);
  return dir;
}

export function write(dir, name, content) {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), content);
}

export class Process {
  constructor(t, args, { cwd, env } = {}) {
    this.output = "";
    this.waiters = new Set();
    this.child = spawn(binary, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.child.pid;
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on("data", (chunk) => {
        this.output += chunk;
        for (const w of this.waiters) w();
      });
    this.exited = new Promise((done) => this.child.on("exit", (code, signal) => done({ code, signal })));
    this.exited.then(() => this.waiters.forEach((w) => w()));
    atEnd(t, () => this.kill());
  }
  /** Resolves with the match once the output has it (from `from` on); rejects when the process ends first or time is up. */
  until(pattern, { from = 0, ms = START_MS } = {}) {
    return new Promise((done, fail) => {
      const finish = (act, value) => (clearTimeout(timer), this.waiters.delete(look), act(value));
      const look = () => {
        const match = pattern.exec(this.output.slice(from));
        if (match) return finish(done, match);
        if (this.child.exitCode !== null || this.child.signalCode !== null)
          finish(fail, new Error(`it ended before it printed ${pattern}:\n${this.output}`));
      };
      const timer = setTimeout(() => finish(fail, new Error(`no ${pattern} within ${ms} ms in:\n${this.output}`)), ms);
      this.waiters.add(look);
      look();
    });
  }
  signal(name) {
    this.child.kill(name);
  }
  async stop(ms = 20_000) {
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), ms);
    const result = await this.exited;
    clearTimeout(late);
    return result;
  }
  async kill() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    await this.exited;
    // What a crashed child has left behind may hold the other ends: it must not hold the test.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }
}

/** `cusp dev TARGET` on a free port. Returns the process with .url and .port. */
export async function dev(t, target, { args = [], cwd, env } = {}) {
  const state = mkdtempSync(join(tmpdir(), "cusp-state-"));
  atEnd(t, () => remove(state));
  const p = new Process(t, ["dev", target, "--port", "0", "--state", state, ...args], { cwd, env });
  await ready(p);
  return p;
}

/** Sanitizers make C several times slower: what is no test of the CPU limit shall not fail for it. For the top of a cusp.toml. */
export const slowBuild = process.env.CUSP_BUILD === "debug" ? "limits = { cpu_ms = 1000 }\n" : "";
export const withTime = (toml) => (/^(\[limits\]|limits *=)/m.test(toml) ? toml : slowBuild + toml);

/** `cusp serve` with this configuration (text of cusp.toml; `listen` and `state` are added). */
export async function serve(t, toml, { dir = scratch(t), env } = {}) {
  writeFileSync(join(dir, "cusp.toml"), `listen = ["127.0.0.1:0"]\nstate = "state"\n${withTime(toml)}`);
  const p = new Process(t, ["serve", "--config", join(dir, "cusp.toml")], { env });
  p.dir = dir;
  await ready(p);
  return p;
}

async function ready(p) {
  const match = await p.until(/Ready on (http:\/\/[^\s]+?:(\d+))/);
  p.url = match[1];
  p.port = Number(match[2]);
}

/** A real HTTP origin on loopback. */
export async function origin(t, handler) {
  const server = createServer(handler);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => new Promise((done) => (server.closeAllConnections?.(), server.close(done))));
  server.port = server.address().port;
  server.url = `http://127.0.0.1:${server.port}`;
  return server;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createTcpServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Sends bytes as they are, returns all that comes back until the peer closes or `ms` pass without a byte. */
export function raw(port, bytes, { ms = 1000, host = "127.0.0.1" } = {}) {
  return new Promise((done, fail) => {
    const socket = connect(port, host, () => socket.write(bytes));
    let answer = "";
    socket.setTimeout(ms, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", (e) => (answer ? done(answer) : fail(e)));
    socket.on("close", () => done(answer));
  });
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
