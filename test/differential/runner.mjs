// Reads fixtures, sends the same requests to workerd and to Cusp, and says where the answers differ.
import { readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { root } from "../support/cusp.mjs";
import { request } from "../support/http.mjs";

export const dir = join(root, "test/differential/fixtures");

/** A fixture's comments hold JSON: requests (default: one GET /), vars, and the word serviceWorker. */
export function readFixtures() {
  return readdirSync(dir)
    .filter((file) => file.endsWith(".js"))
    .sort()
    .map((file) => {
      const source = readFileSync(join(dir, file), "utf8");
      const json = (word) => {
        const match = new RegExp(`/\\* ${word}: ([\\s\\S]*?) \\*/`).exec(source);
        return match ? JSON.parse(match[1]) : undefined;
      };
      return {
        name: file.slice(0, -3),
        about: /^\/\/ (.*)/.exec(source)?.[1] ?? "",
        main: join(dir, file),
        requests: json("requests") ?? [{}],
        vars: json("vars") ?? {},
        serviceWorker: source.includes("/* serviceWorker */"),
      };
    });
}

// Not compared, and why.
const IGNORED = {
  date: "workerd sends none; RFC 9110 section 6.6.1 wants one from a server with a clock",
  server: "of the server, not of the Worker",
  connection: "hop by hop",
  "keep-alive": "hop by hop",
  "cf-ray": "of the request",
  "content-length": "compared as framing below",
  "transfer-encoding": "compared as framing below",
};

export async function ask(port, host, spec) {
  if (spec.after) await new Promise((done) => setTimeout(done, spec.after));
  const body = spec.repeat ? spec.repeat[0].repeat(spec.repeat[1]) : spec.body;
  const headers = spec.rawHeaders ? ["Host", host, ...spec.rawHeaders] : { host, ...spec.headers };
  if (body !== undefined && !spec.chunked && !spec.rawHeaders) headers["content-length"] = Buffer.byteLength(body);
  const answer = spec.rawHeaders
    ? await requestRaw(port, spec, headers)
    : await request(`http://127.0.0.1:${port}${spec.path ?? "/"}`, { method: spec.method ?? "GET", headers, body: body === undefined ? undefined : body });
  const kept = answer.raw.filter(([name]) => !(name.toLowerCase() in IGNORED)).map(([name, value]) => [name.toLowerCase(), value]);
  kept.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 0));
  const length = answer.header("content-length");
  const framing = answer.header("transfer-encoding") ? "chunked" : length !== undefined ? `length ${length}` : "none";
  return { status: answer.status, reason: answer.reason, headers: kept, framing, body: answer.body.toString("latin1") };
}

function requestRaw(port, spec, list) {
  return new Promise((done, fail) => {
    const outgoing = httpRequest({ port, host: "127.0.0.1", path: spec.path ?? "/", method: spec.method ?? "GET", headers: list, agent: false }, (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("end", () => {
        const raw = [];
        for (let i = 0; i < incoming.rawHeaders.length; i += 2) raw.push([incoming.rawHeaders[i], incoming.rawHeaders[i + 1]]);
        const header = (name) => incoming.headers[name];
        done({ status: incoming.statusCode, reason: incoming.statusMessage, raw, header, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", fail);
    outgoing.end(spec.body);
  });
}

/** What differs, as lines; JSON bodies are compared key by key. `waived(fixture, what)` says whether a difference is known. */
export function compare(theirs, ours) {
  const lines = [];
  // Bodies that differ differ in length as well: once is enough.
  const keys = theirs.body === ours.body ? ["status", "reason", "framing"] : ["status", "reason"];
  for (const key of keys) if (theirs[key] !== ours[key]) lines.push([key, theirs[key], ours[key]]);
  const fields = (answer) => answer.headers.map(([n, v]) => `${n}: ${v}`);
  const [a, b] = [fields(theirs), fields(ours)];
  const missing = a.filter((line) => !b.includes(line));
  const extra = b.filter((line) => !a.includes(line));
  if (missing.length || extra.length) lines.push(["headers", missing.join(" | "), extra.join(" | ")]);
  else if (a.length !== b.length) lines.push(["headers", a.join(" | "), b.join(" | ")]);
  if (theirs.body !== ours.body) lines.push(...compareBodies(theirs.body, ours.body));
  return lines;
}

function compareBodies(theirs, ours) {
  try {
    const [a, b] = [JSON.parse(theirs), JSON.parse(ours)];
    if (a && b && typeof a === "object" && typeof b === "object" && !Array.isArray(a)) {
      const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
      const lines = keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key])).map((key) => [key, JSON.stringify(a[key]), JSON.stringify(b[key])]);
      if (lines.length) return lines;
    }
  } catch {}
  const cut = (text) => (text.length > 300 ? `${text.slice(0, 300)}... (${text.length} bytes)` : text);
  return [["body", cut(theirs), cut(ours)]];
}

/** A project that Cusp serves: wrangler configuration as JSON. */
export function wranglerConfig(fixture) {
  return JSON.stringify({ name: fixture.name, main: fixture.main, compatibility_date: "2025-09-01", vars: fixture.vars });
}
