// docs/limits.md from the tables of src/base/limits.h and src/base/worker_limits.h: `node tools/limits-doc.mjs` writes it, `--check` (in
// `make check`) says whether it is what the tables say.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const page = join(root, "docs/limits.md");

/** The rows of an X-macro, each as its arguments' text. */
function rows(file, macro) {
  const text = readFileSync(join(root, file), "utf8");
  const start = text.indexOf(`#define ${macro}(X)`);
  if (start < 0) throw new Error(`${file}: no ${macro}`);
  const body = text.slice(text.indexOf("\n", start), text.indexOf("// clang-format on", start));
  const found = [];
  for (let at = body.indexOf("X("); at >= 0; at = body.indexOf("X(", at)) {
    const cells = [""];
    let depth = 0, quoted = false;
    for (at += 2; ; at++) {
      const c = body[at];
      if (c === undefined) throw new Error(`${file}: a row does not end`);
      if (c === '"' && body[at - 1] !== "\\") quoted = !quoted;
      if (!quoted && c === ")" && depth-- === 0) break;
      if (!quoted && c === "(") depth++;
      if (!quoted && c === "," && depth === 0) cells.push("");
      else cells[cells.length - 1] += c;
    }
    found.push(cells.map((cell) => cell.trim().replace(/^"(.*)"$/s, "$1")));
  }
  return found;
}

const limits = rows("src/base/limits.h", "LIMITS_TABLE");
const known = new Map();
/** A constant expression of C; ints of other rows by their names. */
function number(expression) {
  const plain = expression.replace(/\b(\d+)(?:u|ull|ul|l|ll)\b/gi, "$1").replace(/LIMIT_(\w+)/g, (_, name) => known.get(name));
  if (!/^[\d\s*+<>()-]+$/.test(plain)) throw new Error(`not a constant: ${expression}`);
  // Shifts as products: JavaScript's are of 32 bits.
  return Function(`return ${plain.replace(/<<\s*(\d+)/g, (_, n) => `* ${2 ** n}`).replace(/>>\s*(\d+)/g, (_, n) => `/ ${2 ** n}`)}`)();
}
for (const [name, value] of limits) known.set(name, number(value));

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
function amount(n, unit) {
  if (unit === "bytes") for (const [size, name] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) if (n >= size && n % size === 0) return `${grouped(n / size)} ${name}`;
  if (unit === "ms" && n >= 60_000 && n % 60_000 === 0) return `${grouped(n / 60_000)} min`;
  if (unit === "ms" && n >= 1000 && n % 1000 === 0) return `${grouped(n / 1000)} s`;
  return `${grouped(n)} ${unit}`;
}
const unitOf = (name) => (/_ms$/.test(name) ? "ms" : /_mb$/.test(name) ? "MiB" : /_kb$/.test(name) ? "KiB" : "");

// Title, what it is about, and which rows: the first that matches has the row.
const groups = [
  ["Requests from clients", "What one client may send, and how long it may take.", /^(HTTP_|LINGER|CONNECTIONS$|URL_|HOST_|STREAM_QUEUE)/],
  ["Workers", "Beside the table above: what any Worker and its isolate may have.", /^(WORKER_|POOL_|ISOLATES|JS_|SOURCEMAP|WASM|SLOW|LANE|LANES|FAST|TURN|QUARANTINE|PULSE|SPARE|DEATH|STUCK)/],
  ["fetch()", "Requests that Workers make.", /^(FETCH_|EDGE_SUBREQUESTS)/],
  ["KV", "As Workers KV has them, where it has them.", /^KV_/],
  ["Cache", "The Cache API and the cache behind it.", /^CACHE_/],
  ["Web Crypto", "Above these a call throws; they keep one call from stalling a thread.", /^CRYPTO_/],
  ["Inside", "Queues and messages between processes, files, tools. Each has a bound, and what happens at it.", /./],
];

function table() {
  let out = `# Limits

<!-- Written by tools/limits-doc.mjs from src/base/limits.h and src/base/worker_limits.h. Change those. -->

Everything that a client or a Worker can make grow has a bound. This page lists them all.

## What you may change

For all Workers of a machine in \`cusp.toml\`, for one Worker beside its routes:

\`\`\`toml
[limits]
cpu_ms = 100
memory_mb = 256

[[worker]]
name = "reports"
path = "workers/reports"
routes = ["reports.example.com/*"]
limits = { cpu_ms = 5000, subrequests = 50 }
\`\`\`

A project may ask for \`limits.cpu_ms\` and \`limits.subrequests\` in its wrangler file. Later ones win, key by key: the default, \`[limits]\`, the
project's, the \`limits\` of its \`[[worker]]\`. A value outside of least and most is refused with its name and line. \`cusp dev\` allows the most CPU
unless the project says otherwise.

| key | default | least | most | what it bounds, and what happens |
|---|---|---|---|---|
`;
  for (const [field, standard, least, most, what] of rows("src/base/worker_limits.h", "WORKER_LIMITS_TABLE")) {
    const cell = (text) => `${grouped(number(text))}${unitOf(field) ? ` ${unitOf(field)}` : ""}`;
    out += `| \`${field}\` | ${cell(standard)} | ${cell(least)} | ${cell(most)} | ${what} |\n`;
  }
  out += `
**CPU time** is what the thread spends in the event's code, over all its turns: the handler, what follows each \`await\`, timers, \`waitUntil()\`. Waiting
costs none. An event over its limit ends with status 503 and \`error code: 1102\` (a page for browsers), and so does its isolate: code that was cut off
anywhere can't be trusted to go on. Requests that were waiting for that isolate begin in a fresh one; those that had begun are sent once more when their
method is idempotent, or get \`error code: 1101\`. What an event leaves behind after its end (a promise chain nobody waits for) is counted for the
isolate, with the same limit, forgiven at a twentieth of the time that passes. One operation of the engine (a catastrophic regular expression, a huge
sort) can't be interrupted: it ends late, by its own length.

Each end is one line in the log, \`isolate ended\`, with \`worker\`, \`cause\` (\`cpu\`, \`memory\`, \`aborted\`), \`cpu_ms\`, \`limit_ms\`; the request's own line is
\`request failed\` with the reason. \`/metrics\` counts them by cause: \`cusp_worker_terminations_total\`.

**Error numbers** are Cloudflare's: 1101 the Worker threw, could not start, or its process died; 1102 it exceeded CPU, memory or waiting time.

## What is fixed

Changed only by building Cusp with another table ([src/base/limits.h](../src/base/limits.h)).
`;
  const above = rows("src/base/worker_limits.h", "WORKER_LIMITS_TABLE").flat().join(" ");
  const left = new Set(limits.filter(([name]) => !new RegExp(`LIMIT_${name}\\b`).test(above)));
  for (const [title, about, pattern] of groups) {
    const mine = [...left].filter(([name]) => pattern.test(name));
    if (!mine.length) continue;
    out += `\n### ${title}\n\n${about}\n\n| limit | value | what |\n|---|---|---|\n`;
    for (const row of mine) {
      left.delete(row);
      out += `| \`${row[0].toLowerCase()}\` | ${amount(known.get(row[0]), row[2])} | ${row[3]} |\n`;
    }
  }
  return out;
}

const text = table();
if (process.argv.includes("--check")) {
  let there = "";
  try {
    there = readFileSync(page, "utf8");
  } catch {}
  if (there !== text) {
    console.error("docs/limits.md is not what the tables say: run `node tools/limits-doc.mjs`");
    process.exit(1);
  }
  console.log(`limits: ${limits.length} rows, docs/limits.md is current`);
} else writeFileSync(page, text);
