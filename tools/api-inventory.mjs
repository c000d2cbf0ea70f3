#!/usr/bin/env node
// docs/api.md: every class and member that the types of Cloudflare's Workers (npm @cloudflare/workers-types) declare, and whether it is
// really there. The types are read as text; a Worker then asks the runtime.
//
//   node tools/api-inventory.mjs [--cusp FILE]           writes docs/api.md
//   node tools/api-inventory.mjs --check [--cusp FILE]   fails when the page says anything else than the runtime
//
// What is there but behaves otherwise is in test/conform/deviations.tsv: "Class.member TAB how".
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const { values: options } = parseArgs({
  options: { check: { type: "boolean" }, cusp: { type: "string", default: process.env.CUSP_BINARY ?? join(root, "build/release/src/cusp") } },
});
const PACKAGE = join(root, "test/node_modules/@cloudflare/workers-types");
const PAGE = join(root, "docs/api.md");

// --- The types -----------------------------------------------------------------------------------------------------------
// One declaration at the left margin: `declare class X extends Y {`, `interface X {`, `declare var X: {`. The file is formatted, so a
// member begins at two blanks, and what goes on over several lines is indented further.
const types = new Map(); // name -> { bases: [], members: Set, statics: Set }
const lines = readFileSync(join(PACKAGE, "index.d.ts"), "utf8").split("\n");
const HEAD = /^(?:export )?(?:declare )?(?:abstract )?(class|interface|const|var) (\w+)/;
const MEMBER = /^ {2}((?:(?:static|readonly|abstract|get|set) )*)(\w+)(?=[(<:?;])/;

function declaration(at) {
  const [, kind, name] = HEAD.exec(lines[at]);
  let head = lines[at];
  while (!/[{;]\s*(?:\/\/.*)?$|\{\}$/.test(head) && at + 1 < lines.length) head += ` ${lines[++at].trim()}`;
  const isValue = kind === "const" || kind === "var";
  if (isValue && !/: \{$/.test(head)) return;
  const type = types.get(name) ?? { bases: [], members: new Set(), statics: new Set() };
  types.set(name, type);
  const bases = /\bextends ([^{]*)\{/.exec(head);
  if (bases && !isValue) type.bases.push(...bases[1].replace(/<.*>/g, "").split(/,| implements /).map((b) => b.trim()));
  if (/\{\}$/.test(head)) return;
  for (at++; at < lines.length && !/^\}/.test(lines[at]); at++) {
    const m = MEMBER.exec(lines[at]);
    if (!m || ["constructor", "new", "prototype", "private", "protected"].includes(m[2])) continue;
    (isValue || m[1].includes("static") ? type.statics : type.members).add(m[2]);
  }
}
for (let at = 0; at < lines.length; at++) if (HEAD.test(lines[at])) declaration(at);

function membersOf(name, seen = new Set()) {
  if (!types.has(name) || seen.has(name)) return [];
  seen.add(name);
  const { bases, members } = types.get(name);
  return [...new Set([...members, ...bases.flatMap((b) => membersOf(b, seen))])];
}

// The globals: the members of the interface of the global scope, and what is declared beside it.
const globals = membersOf("ServiceWorkerGlobalScope");
for (const line of lines) {
  const m = /^declare (?:const|function|var) (\w+)/.exec(line);
  if (m && !globals.includes(m[1])) globals.push(m[1]);
}
// What has an instance to be looked at in place of a prototype.
const objects = {
  Console: "console", Scheduler: "scheduler", Cloudflare: "Cloudflare", ExecutionContext: "ctx", KVNamespace: "env.KV", Fetcher: "env.SERVICE",
};
// Bindings that are made of types only.
const bindings = [
  "KVNamespace", "Fetcher", "AnalyticsEngineDataset", "D1Database", "DurableObjectNamespace", "Hyperdrive", "Queue", "R2Bucket", "SendEmail",
  "Vectorize", "Workflow",
].filter((name) => types.has(name));
const modules = {
  "cloudflare:workers": [
    "DurableObject", "RpcPromise", "RpcProperty", "RpcStub", "RpcTarget", "ServiceStub", "WorkerEntrypoint", "WorkflowEntrypoint", "env", "exports",
    "waitUntil", "withEnv", "withEnvAndExports", "withExports",
  ],
  "cloudflare:sockets": ["connect"],
  "cloudflare:email": ["EmailMessage"],
  "cloudflare:pipelines": ["PipelineTransformationEntrypoint"],
};

// --- The runtime ----------------------------------------------------------------------------------------------------------
// What a class inherits from another global one is in that one's row.
const ownOf = (name) => {
  const inherited = new Set(types.get(name).bases.filter((b) => b !== "Body" && globals.includes(b)).flatMap((b) => membersOf(b)));
  return membersOf(name).filter((m) => types.get(name).members.has(m) || !inherited.has(m));
};
const asked = globals.filter((n) => types.has(n)).map((name) => ({ name, members: ownOf(name), statics: [...types.get(name).statics] }));
const askedObjects = Object.entries(objects).filter(([n]) => types.has(n)).map(([name, value]) => ({ name, value, members: membersOf(name) }));
const worker = `
const has = (object, key) => { try { return key in object; } catch { return false; } };
const out = { globals: {}, members: {}, statics: {}, modules: {} };
for (const name of ${JSON.stringify(globals)}) out.globals[name] = name in globalThis;
for (const { name, members, statics } of ${JSON.stringify(asked)}) {
  const C = globalThis[name];
  const at = typeof C === "function" ? C.prototype : C;
  out.members[name] = Object.fromEntries(members.map((m) => [m, at != null && has(at, m)]));
  out.statics[name] = Object.fromEntries(statics.map((m) => [m, C != null && has(C, m)]));
}
export default {
  fetch() {},
  async test(controller, env, ctx) {
    for (const { name, value, members } of ${JSON.stringify(askedObjects)}) {
      const object = { console, scheduler: globalThis.scheduler, Cloudflare: globalThis.Cloudflare, ctx, "env.KV": env.KV, "env.SERVICE": Object.getPrototypeOf(env.SERVICE) }[value];
      out.members[name] = Object.fromEntries(members.map((m) => [m, object != null && has(object, m)]));
    }
    for (const [name, keys] of Object.entries(${JSON.stringify(modules)})) {
      let found = {};
      try { found = await import(name); } catch {}
      out.modules[name] = Object.fromEntries(keys.map((k) => [k, k in found]));
    }
    const text = JSON.stringify(out);
    for (let i = 0; i < text.length; i += 30000) console.log("API " + text.slice(i, i + 30000));
  },
};`;
function ask() {
  const dir = mkdtempSync(join(tmpdir(), "cusp-api-"));
  const file = join(dir, "api.json");
  const config = {
    services: [{
      name: "api",
      worker: {
        modules: [{ name: "worker", esModule: worker }], compatibilityFlags: ["nodejs_compat"],
        bindings: [{ name: "KV", kvNamespace: { name: "kv" } }, { name: "SERVICE", service: { name: "api" } }],
      },
    }],
  };
  try {
    writeFileSync(file, JSON.stringify(config));
    const said = execFileSync(options.cusp, ["test", file], { encoding: "utf8" });
    return JSON.parse([...said.matchAll(/^API (.*)$/gm)].map((m) => m[1]).join(""));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

// --- The page -------------------------------------------------------------------------------------------------------------
const deviations = new Map(readFileSync(join(root, "test/conform/deviations.tsv"), "utf8").split("\n")
  .filter((l) => l && l[0] !== "#").map((l) => l.split("\t")));
const count = { supported: 0, deviates: 0, absent: 0 };

function state(name, there) {
  const kind = !there ? "absent" : deviations.has(name) ? "deviates" : "supported";
  count[kind]++;
  return kind;
}
function row(title, entries) {
  const by = { supported: [], deviates: [], absent: [] };
  for (const [label, name, there] of entries) by[state(name, there)].push(`\`${label}\``);
  const cell = (list) => list.join(" ") || "–";
  return `| ${title} | ${cell(by.supported)} | ${cell(by.deviates)} | ${cell(by.absent)} |`;
}
const HEADING = "| | supported | deviates | absent |\n| --- | --- | --- | --- |";

function page(said) {
  const sorted = (o) => Object.keys(o).sort();
  const classes = sorted(said.members).filter((n) => !bindings.includes(n) && said.globals[n] !== undefined);
  const plain = sorted(said.globals).filter((n) => !classes.includes(n));
  const members = (n) => [
    ...sorted(said.members[n] ?? {}).map((m) => [m, `${n}.${m}`, said.members[n][m]]),
    ...sorted(said.statics[n] ?? {}).map((m) => [`static ${m}`, `${n}.${m}`, said.statics[n][m]]),
  ];
  const parts = [
    "## Global functions and objects\n", HEADING, row("global scope", plain.map((n) => [n, n, said.globals[n]])),
    "\n## Classes\n\nWhat a class inherits from another one is in the row of that one. A class that is absent has all its members in the last column.\n", HEADING,
    ...classes.map((n) => row(`\`${n}\`${said.globals[n] ? "" : " (absent)"}`, members(n))),
    "\n## Objects without a public class\n", HEADING,
    ...["Console", "Scheduler", "ExecutionContext"].filter((n) => said.members[n]).map((n) => row(`\`${n}\``, members(n))),
    "\n## Bindings\n", HEADING,
    ...bindings.map((n) => row(`\`${n}\``, said.members[n] ? members(n) : membersOf(n).sort().map((m) => [m, `${n}.${m}`, false]))),
    "\n## Modules\n", HEADING,
    ...sorted(said.modules).map((n) => row(`\`${n}\``, sorted(said.modules[n]).map((m) => [m, `${n} ${m}`, said.modules[n][m]]))),
  ];
  if (deviations.size)
    parts.push("\n## How they deviate\n", ...[...deviations].sort().map(([name, how]) => `- \`${name}\`: ${how}`));
  const version = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")).version;
  return `# The APIs of Workers, and what of them is here

Made by \`node tools/api-inventory.mjs\` from the declarations of \`@cloudflare/workers-types\` ${version} and from what the runtime says
about itself; a test compares the two. That a member is there says nothing about each of its details: for those there are the suites
(\`make conform\`).

${count.supported} supported, ${count.deviates} deviate, ${count.absent} absent.

${parts.join("\n")}
`;
}

const text = page(ask());
if (!options.check) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, "utf8") !== text) {
  const now = new Set(text.split("\n")), before = readFileSync(PAGE, "utf8").split("\n");
  console.error("docs/api.md is not true any more: run `node tools/api-inventory.mjs`. Lines that have changed:");
  for (const line of before) if (!now.has(line)) console.error(`- ${line}`);
  for (const line of now) if (!before.includes(line)) console.error(`+ ${line}`);
  process.exit(1);
}
