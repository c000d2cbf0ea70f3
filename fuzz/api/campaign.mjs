// The campaign: makes programs from seeds, runs them in batches in `cusp test` (an isolate each, one process), looks at how the process ended,
// and makes what ended badly small. A program is {seed, steps, limits, options}; its steps are all there is to it, so one that was kept can be
// run again although the inventory has changed since.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomness } from "../../test/support/randomness.mjs";
import { wasmModule } from "../../test/support/hostile_generator.mjs";
import { startOrigin } from "./origin.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
export const root = join(here, "../..");
const inside = ["values", "world", "makers_web", "makers_node", "inventory", "program"].map((name) => ({ name, esModule: readFileSync(join(here, `${name}.js`), "utf8") }));
inside.push({ name: "randomness", esModule: readFileSync(join(root, "test/support/randomness.mjs"), "utf8") });
const TEST_S = 20; // a program that is not through after so long is left
const BATCH_MS = 300_000; // a process that is not through after so long hangs
const SANITIZERS = {
  ASAN_OPTIONS: "quarantine_size_mb=32:exitcode=99:detect_stack_use_after_return=1:allocator_may_return_null=1:handle_sigill=0:handle_abort=0",
  UBSAN_OPTIONS: "halt_on_error=1:exitcode=99:print_stacktrace=1",
  LSAN_OPTIONS: `suppressions="${join(root, "test/lsan.supp")}":exitcode=99`,
};

const cpuSeconds = () => {
  const text = readFileSync("/proc/self/stat", "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ").slice(13, 15).reduce((sum, n) => sum + Number(n), 0) / 100;
};

// -- programs ---------------------------------------------------------------------------------------------------------------------------

const moduleOf = (path) => /((?:node|cloudflare):[\w/]+)/.exec(path)?.[1];
const groupOf = (path) => path.replace(/^new /, "").replace(/#.*$/, "").replace(/\.[^.]*$/, "");

function grouped(members) {
  const groups = new Map();
  for (const path of members) groups.set(groupOf(path), [...(groups.get(groupOf(path)) ?? []), path]);
  return groups;
}

/** A program of the grammar over the inventory: mostly about a few classes or modules, so that what they do meets. */
export function program(inventory, seed) {
  const r = randomness(seed);
  inventory.groups ??= grouped(inventory.members);
  const names = [...inventory.groups.keys()];
  const chosen = Array.from({ length: 1 + r.below(4) }, () => (r.chance(0.5) ? groupOf(r.pick(inventory.members)) : r.pick(names)));
  const steps = [];
  const changes = r.chance(0.2);
  const limited = r.chance(0.3);
  for (let i = 6 + r.below(30); i > 0; i--) {
    const path = r.chance(0.7) ? r.pick(inventory.groups.get(r.pick(chosen))) : r.pick(inventory.members);
    const makers = inventory.classes[/^([^#]+)#/.exec(path)?.[1]] ?? [];
    if (changes && steps.length > 4 && r.chance(0.15)) steps.push(["!", r.seed()]);
    steps.push([path, r.seed(), makers.slice(0, 8), ...(limited && r.chance(0.12) ? [1 + r.below(2)] : [])]);
  }
  const modules = [...new Set(["node:buffer", "node:stream", "node:crypto", "node:zlib", ...steps.map(([path]) => moduleOf(path)).filter((m) => m)])];
  return {
    seed, steps, wasm: [...wasmModule(r)],
    limits: limited ? { ...cpu(r.pick([10, 50, 200])), memory_mb: r.pick([16, 24, 64]), wait_ms: 5000 } : { ...cpu(3000), memory_mb: 128, wait_ms: 10000 },
    options: { modules: r.chance(0.6) ? modules : modules.slice(4), spin: limited && r.chance(0.5), hog: limited && r.chance(0.5), end: r.pick(["wait", "wait", "wait", "wait", "leave", "leave", "throw", "never"]), top: r.chance(0.05) },
  };
}

// A test is background work.
function cpu(ms) {
  return { cpu_ms: ms, background_cpu_ms: ms };
}

/** The module of one program. */
const worker = (p, options) => `
import { answer, run, theWorld } from "program";
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
const options = ${JSON.stringify(options)};
const steps = ${JSON.stringify(p.steps)};
${p.options.top ? `await run({}, { waitUntil() {} }, options, steps);` : ""}
export class Rpc extends WorkerEntrypoint {
  echo(v) { return v; }
  poke(v) { const w = theWorld(this.env, this.ctx, options); w.keep(v); w.poke(w.randomness(w.calls++), v); return w.make(w.randomness(w.calls++)); }
  target() { return new (class extends RpcTarget { call(f) { return f?.(this); } get value() { return 1; } })(); }
}
export default {
  fetch(request, env, ctx) { return answer(theWorld(env, ctx, options), request); },
  async test(controller, env, ctx) { await run(env, ctx, options, steps); },
};`;
const service = (name, text, p) => ({
  name,
  worker: {
    modules: [{ name: "worker", esModule: text }, ...inside, { name: "random.wasm", wasm: p.wasm }], compatibilityFlags: ["nodejs_compat"], limits: p.limits,
    bindings: [{ name: "KV", kvNamespace: "kv" }, { name: "SELF", service: name }, { name: "RPC", service: { name, entrypoint: "Rpc" } }, { name: "BYTES", data: "AAECAw==" }],
  },
});
const nameOf = (p) => `p${p.seed}`;

// -- runs -------------------------------------------------------------------------------------------------------------------------------

/** What is wrong with an end, in a line; null: nothing. */
export function verdict({ code, signal, output, hung }) {
  if (hung) return "hang: the process did not end";
  const sanitizer = /(?:ERROR: \w+Sanitizer: [^\n]*|[^\n]*runtime error: [^\n]*)/.exec(output);
  if (sanitizer) {
    const frames = [...output.slice(sanitizer.index).matchAll(/#\d+ 0x\w+ in (\S+) [^\n]*?\/src\/([\w/.]+:\d+)/g)].filter((m) => !/libsanitizer|base\/mem\.c|base\/check\.c/.test(m[2])).slice(0, 2).map((m) => `${m[1]} ${m[2]}`);
    return `${sanitizer[0].replace(/^=*\d*=*/, "").replace(/0x[0-9a-f]+/g, "0x").replace(/\(pc.*$/, "")} | ${frames.join(" < ")}`;
  }
  const bug = /^.*check.*(?:failed|:\d+).*$/im.exec(signal ? output : "");
  if (signal) return `${signal}${bug ? ` ${bug[0]}` : ""}`;
  return code === 0 || code === 1 ? null : `exit status ${code}`;
}

export class Campaign {
  constructor({ cusp, keep, jobs = 1, log = () => {} }) {
    Object.assign(this, { cusp, keep, jobs, log });
    this.began = cpuSeconds();
    this.programs = 0;
    this.steps = { run: 0, returned: 0 };
    this.called = new Set();
    this.returned = new Set();
    this.poked = new Set();
    this.findings = new Map(); // verdict -> {seeds, file}
  }
  async open() {
    this.dir = mkdtempSync(join(tmpdir(), "cusp-fuzz-"));
    this.origin = await startOrigin();
    this.certificate = makeCertificate(this.dir);
    const wasm = [...wasmModule(randomness(4))];
    const text = `import { inventory } from "inventory";
export default { fetch() { return new Response(); }, async test(c, env, ctx) {
  const text = JSON.stringify(await inventory(env, ctx, ${JSON.stringify(this.options())}));
  for (let i = 0; i < text.length; i += 30000) console.log("API " + encodeURIComponent(text.slice(i, i + 30000)));
} };
export class Rpc {}`;
    const end = await this.execute({ services: [service("inventory", text, { wasm, limits: { ...cpu(15000), memory_mb: 1024 } })] });
    const said = [...end.output.matchAll(/^API (.*)$/gm)].map((m) => decodeURIComponent(m[1])).join("");
    if (!said) throw new Error(`no inventory: ${end.output}`);
    this.inventory = JSON.parse(said);
  }
  close() {
    this.origin?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
  options(p) {
    return { ...p?.options, seed: p?.seed, origin: this.origin.origin, socket: this.origin.socket, certificate: this.certificate };
  }
  cpuSeconds() {
    return cpuSeconds() - this.began;
  }
  execute(config, trace = {}) {
    const file = join(this.dir, `batch-${(this.number = (this.number ?? 0) + 1)}.json`);
    writeFileSync(file, JSON.stringify({ ...config, v8Flags: ["--expose-gc"] }));
    return new Promise((done, fail) => {
      const child = spawn(this.cusp, ["test", "--timeout", String(TEST_S), file], { env: { ...process.env, ...SANITIZERS, TMPDIR: this.dir, ...trace }, stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      let hung = false;
      const late = setTimeout(() => { hung = true; child.kill("SIGABRT"); setTimeout(() => child.kill("SIGKILL"), 5000).unref(); }, BATCH_MS);
      const take = (chunk) => { if (output.length < 8e6) output += chunk.toString("latin1"); };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("error", (e) => { clearTimeout(late); fail(e); });
      child.on("close", (code, signal) => { clearTimeout(late); rmSync(file, { force: true }); done({ code, signal, output, hung }); });
    });
  }
  run(programs) {
    return this.execute({ services: programs.map((p) => service(nameOf(p), worker(p, this.options(p)), p)) });
  }

  /** Programs of these seeds, in one process. What it finds is made small and kept. */
  async batch(seeds) {
    const programs = seeds.map((seed) => program(this.inventory, seed));
    const end = await this.run(programs);
    this.count(programs, end.output);
    const what = verdict(end);
    if (what) await this.found(programs, what, end.output);
    return what;
  }
  count(programs, output) {
    this.programs += programs.length;
    const last = new Map([...output.matchAll(/^FUZZ (\d+) ([01]*)((?: [^\s]+)*)/gm)].map((m) => [m[1], m]));
    for (const [, seed, marks, poked] of last.values()) {
      poked.split(" ").forEach((name) => name && this.poked.add(name));
      const p = programs.find((one) => one.seed === Number(seed));
      for (let i = 0; p && i < marks.length && i < p.steps.length; i++) {
        this.steps.run++;
        this.called.add(p.steps[i][0]);
        if (marks[i] === "1") this.steps.returned++, this.returned.add(p.steps[i][0]);
      }
    }
  }
  coverage() {
    const { members } = this.inventory;
    const of = (set) => members.filter((m) => set.has(m) || this.poked.has(m.replace(/=$/, "").replace(/^~/, ""))).length;
    return { members: members.length, called: of(this.called), returned: of(this.returned), classes: Object.keys(this.inventory.classes).length };
  }

  // -- findings -----------------------------------------------------------------------------------------------------------------------
  async found(programs, what, output) {
    const known = this.findings.get(what);
    if (known) {
      known.seeds.push(...programs.map((p) => p.seed));
      return;
    }
    const finding = { what, seeds: programs.map((p) => p.seed) };
    this.findings.set(what, finding);
    this.log(`FOUND ${what} (seeds ${finding.seeds.join(" ")})`);
    mkdirSync(this.keep, { recursive: true });
    finding.file = join(this.keep, `finding-${finding.seeds[0]}`);
    writeFileSync(`${finding.file}.txt`, output);
    const small = await this.minimal(programs, what);
    writeFileSync(`${finding.file}.json`, JSON.stringify(small.programs));
    this.log(`  kept in ${finding.file}.json: ${small.programs.length} programs, ${small.programs.map((p) => p.steps.length).join("+")} steps; ${small.certain ? "certain" : "NOT seen again"}\n  ${small.programs.length === 1 ? JSON.stringify(small.programs[0].steps) : ""}`);
  }
  async again(programs, tries = 1) {
    for (let i = 0; i < tries; i++) {
      const what = verdict(await this.run(programs));
      if (what) return what;
    }
    return null;
  }
  /** Fewer programs, then fewer steps, as long as it ends badly; within a minute and a half. */
  async minimal(programs, what) {
    const until = Date.now() + 90_000;
    for (const p of programs) if (programs.length > 1 && (await this.again([p], 2))) { programs = [p]; break; }
    if (!(await this.again(programs, 2))) return { programs, certain: false };
    if (programs.length > 1) return { programs, certain: true };
    let [p] = programs;
    for (let size = p.steps.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < p.steps.length && p.steps.length > 1 && Date.now() < until; ) {
        const fewer = { ...p, steps: p.steps.filter((_, i) => i < at || i >= at + size) };
        if (fewer.steps.length && (await this.again([fewer], 2))) p = fewer;
        else at += size;
      }
    }
    return { programs: [p], certain: true };
  }
}

function makeCertificate(dir) {
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(dir, "k.pem"), "-out", join(dir, "c.pem"), "-subj", "/CN=a.test", "-days", "9"], { stdio: "ignore" });
    return readFileSync(join(dir, "c.pem"), "utf8");
  } catch {
    return "none";
  }
}
