// Service bindings between Workers of one configuration: fetch() with bodies both ways, errors, methods, ctx.exports.
// Could pass wrongly if a handler were never called: the list of those that passed is compared.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Process, scratch } from "../support/cusp.mjs";

const helpers = `
const equal = (a, b) => { if (!Object.is(a, b)) throw new Error(JSON.stringify(a) + " is not " + JSON.stringify(b)); };
const fails = async (promise, Kind, text) => {
  try { await promise; } catch (e) {
    if (!(e instanceof Kind) || !e.message.includes(text)) throw e;
    return;
  }
  throw new Error("it did not fail");
};
`;
const caller = `
import { exports, WorkerEntrypoint } from "cloudflare:workers";
${helpers}
export class Sums extends WorkerEntrypoint {
  add(a, b) { return a + b; }
  echo(x) { return x; }
  late() { return scheduler.wait(2).then(() => "late"); }
  breaks() { throw new RangeError("too far"); }
  get nested() { return { x: 5, f: () => 6 }; }
  props() { return this.ctx.props; }
}
export const body = { async test(c, env) {
  const r = await env.ECHO.fetch("http://x/y?z", { method: "POST", body: "hello", headers: { "x-a": "1" } });
  equal(r.status, 201);
  equal(await r.text(), "POST http://x/y?z 1 hello");
} };
export const streams = { async test(c, env) {
  const { readable, writable } = new TransformStream();
  const w = writable.getWriter(), bytes = new Uint8Array(65536).fill(7);
  (async () => { for (let i = 0; i < 30; i++) await w.write(bytes); await w.close(); })();
  const r = await env.ECHO.fetch("http://x/count", { method: "POST", body: readable });
  let n = 0;
  for await (const chunk of r.body) n += chunk.length;
  equal(n, 30 * 65536);
} };
export const passedOn = { async test(c, env) {
  const r = await env.ECHO.fetch("http://x/twice");
  equal(await r.text(), "POST http://again/  once more");
} };
export const throws = { test: (c, env) => fails(env.ECHO.fetch("http://x/throw"), RangeError, "it threw") };
export const nobody = { test: (c, env) => fails(env.NOBODY.fetch("http://x/"), TypeError, 'no Worker "nobody"') };
export const noEntrypoint = { test: (c, env) => fails(env.NO_ENTRY.fetch("http://x/"), TypeError, "no entrypoint") };
export const hangs = { test: (c, env) => fails(env.ECHO.fetch("http://x/hang"), Error, "hung") };
export const aborted = { async test(c, env) {
  const stop = new AbortController(), p = env.ECHO.fetch("http://x/hang-long", { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 5);
  await fails(p, Error, "enough");
} };
export const redirects = { async test(c, env) {
  equal(await (await env.ECHO.fetch("http://x/moved")).text(), "GET http://x/y  ");
  equal((await env.ECHO.fetch("http://x/moved", { redirect: "manual" })).status, 302);
} };
export const methods = { async test(c, env, ctx) {
  equal(await env.SUMS.add(1, 2), 3);
  equal(await env.SUMS.late(), "late");
  equal(await env.SUMS.nested.x, 5);
  await fails(env.SUMS.breaks(), RangeError, "too far");
  await fails(env.SUMS.missing(), TypeError, "missing");
  await fails(env.SUMS.echo(Symbol("s")), DOMException, "cloned");
  const shared = { a: [undefined, null, -0, NaN, 10n] };
  const x = await env.SUMS.echo(new Map([["k", { d: new Date(5), s: new Set([shared]), shared, u8: new Uint8Array([1, 2, 3]).subarray(1), e: new TypeError("t"), r: /a/gi }]]));
  const v = x.get("k");
  equal(v.d.getTime(), 5);
  equal([...v.s][0], v.shared);
  equal(v.shared.a[0], undefined); equal(v.shared.a[2], -0); equal(v.shared.a[3], NaN); equal(v.shared.a[4], 10n);
  equal(v.u8[1], 3); equal(v.u8.length, 2);
  equal(v.e instanceof TypeError && v.e.message, "t");
  equal(String(v.r), "/a/gi");
} };
export const loopback = { async test(c, env, ctx) {
  equal(await ctx.exports.Sums.add(2, 2), 4);
  equal((await ctx.exports.Sums({ props: { q: "\\u20ac" } }).props()).q, "\\u20ac");
  equal(await exports.Sums.add(3, 3), 6);
  equal((await env.SUMS.props()).of, "binding");
} };
`;
const echo = `
${helpers}
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  if (pathname === "/throw") throw new RangeError("it threw");
  if (pathname === "/hang") return new Promise(() => {});
  if (pathname === "/hang-long") return scheduler.wait(300); // while it waits its isolate is not hung
  if (pathname === "/moved") return Response.redirect("http://x/y", 302);
  if (pathname === "/count") return new Response(request.body);
  if (pathname === "/twice") return env.SELF.fetch("http://again/", { method: "POST", body: "once more" });
  const text = await request.text();
  return new Response([request.method, request.url, request.headers.get("x-a"), text].join(" "), { status: 201 });
} };
`;

test("services", async (t) => {
  const worker = (name, esModule, bindings) => ({ name, worker: { modules: [{ name: "w", esModule }], bindings } });
  const config = {
    services: [
      worker("main", caller, [
        { name: "ECHO", service: { name: "echo" } },
        { name: "NOBODY", service: "nobody" },
        { name: "NO_ENTRY", service: { name: "echo", entrypoint: "Missing" } },
        { name: "SUMS", service: { name: "main", entrypoint: "Sums", props: { json: '{"of":"binding"}' } } },
      ]),
      worker("echo", echo, [{ name: "SELF", service: "echo" }]),
    ],
  };
  const dir = scratch(t, { "all.json": JSON.stringify(config) });
  const p = new Process(t, ["test", join(dir, "all.json"), "--timeout", "20"]);
  const { code, signal } = await p.exited;
  assert.equal(signal, null, p.output);
  assert.equal(code, 0, p.output);
  const names = [...p.output.matchAll(/^main:(\w+) PASS$/gm)].map((m) => m[1]).sort();
  assert.deepEqual(names, ["aborted", "body", "hangs", "loopback", "methods", "noEntrypoint", "nobody", "passedOn", "redirects", "streams", "throws"]);
});

// Could pass wrongly if the handlers never ran: what they saw is told by a method.
const consumer = `
import { WorkerEntrypoint } from "cloudflare:workers";
let seen = "";
export class Seen extends WorkerEntrypoint { seen() { return seen; } }
export default {
  scheduled(c) { seen += "S" + c.cron + c.scheduledTime; if (c.cron === "no") c.noRetry(); if (c.cron === "bad") throw new Error("bad"); },
  queue(batch) {
    seen += "Q" + batch.queue + batch.messages.map((m) => m.id + m.attempts + JSON.stringify(m.body)) + batch.metadata.metrics.backlogCount;
    batch.messages[0].ack();
    batch.messages[0].retry();
    batch.messages[1].retry({ delaySeconds: 3 });
    batch.retryAll({ delaySeconds: 9 });
    batch.ackAll();
  },
  fetch: (request) => new Response(request.headers.get("transfer-encoding") + request.headers.get("content-length")),
};`;
const trigger = `
import { AsyncLocalStorage } from "node:async_hooks";
${helpers}
export const events = { async test(c, { CONSUMER, SEEN }) {
  equal(JSON.stringify(await CONSUMER.scheduled({ scheduledTime: 5, cron: "no" })), '{"outcome":"ok","noRetry":true}');
  equal((await CONSUMER.scheduled({ scheduledTime: new Date(6), cron: "bad" })).outcome, "exception");
  const at = new Date(7), r = await CONSUMER.queue("q", [{ id: "a", timestamp: at, attempts: 1, body: { x: 1 } }, { id: "b", timestamp: at, attempts: 2, body: 5 }], { metrics: { backlogCount: 4 } });
  equal(JSON.stringify(r), '{"outcome":"ok","ackAll":false,"retryBatch":{"retry":true,"delaySeconds":9},"explicitAcks":["a"],"retryMessages":[{"msgId":"b","delaySeconds":3}]}');
  await fails(CONSUMER.queue("q", [{ id: "a", timestamp: at, attempts: 1 }]), TypeError, "Expected one of body");
  equal((await CONSUMER.queue("q", [{ id: "a", timestamp: at, attempts: 1, serializedBody: new Uint8Array(9) }])).outcome, "exception");
  equal(await SEEN.seen(), 'Sno5Sbad6Qqa1{"x":1},b254');
} };
export const lengths = { async test(c, { CONSUMER }) {
  const { readable, writable } = new IdentityTransformStream(), w = writable.getWriter();
  const r = CONSUMER.fetch("http://x/", { method: "POST", body: readable });
  await w.write(new Uint8Array(3));
  await w.close();
  equal(await (await r).text(), "chunkednull");
  equal(await (await CONSUMER.fetch("http://x/", { method: "POST", body: "abc" })).text(), "null3");
} };
export const unstored = { async test() {
  const { readable, writable } = new TransformStream(), w = writable.getWriter();
  const response = new Response(readable), puts = [caches.default.put("https://e.com/1", response.clone()), caches.default.put("https://e.com/2", response)];
  for (let i = 0; i < 16; i++) await w.write(new Uint8Array(65536));
  await w.close();
  await Promise.all(puts);
} };
let snapshot;
const everybodys = AsyncLocalStorage.snapshot();
export default { fetch() {
  snapshot ??= AsyncLocalStorage.snapshot();
  try { return new Response(everybodys(() => snapshot(() => "ran"))); } catch (e) { return new Response(e.message); }
} };
export const bound = { async test(c, { SELF }) {
  equal(await (await SELF.fetch("http://x/")).text(), "ran");
  equal((await (await SELF.fetch("http://x/")).text()).includes("outside of the request"), true);
} };
`;
test("handlers of other events, lengths, what is bound to a request", async (t) => {
  const worker = (name, esModule, bindings = []) => ({
    name, worker: { compatibilityDate: "2026-01-01", compatibilityFlags: ["nodejs_compat", "service_binding_extra_handlers"], modules: [{ name: "w", esModule }], bindings },
  });
  const dir = scratch(t, { "all.json": JSON.stringify({ services: [
    worker("trigger", trigger, [{ name: "CONSUMER", service: "consumer" }, { name: "SEEN", service: { name: "consumer", entrypoint: "Seen" } },
      { name: "SELF", service: "trigger" }]),
    worker("consumer", consumer),
  ] }) });
  const p = new Process(t, ["test", join(dir, "all.json"), "--timeout", "20"]);
  const { code } = await p.exited;
  for (const name of ["events", "lengths", "unstored", "bound"]) assert.ok(p.output.includes(`trigger:${name} PASS`), p.output);
  assert.equal(code, 0, p.output);
});

test("old dates: a request's URL as it was written, no cache option", async (t) => {
  const esModule = `
${helpers}
export const old = { async test(c, { SELF }) {
  equal(new Request("http://x").url, "http://x");
  equal(new Request("").url, "");
  equal(await (await SELF.fetch(new Request("http://x/a b"))).text(), "http://x/a%20b");
  await fails(SELF.fetch(new Request("")), TypeError, "");
  equal("cache" in Request.prototype, false);
  let thrown; try { new Request("http://x", { cache: "no-store" }); } catch (e) { thrown = e; }
  equal(thrown.message.includes("not implemented"), true);
} };
export default { fetch: (r) => new Response(r.url) };`;
  const config = { services: [{ name: "main", worker: { compatibilityDate: "2024-01-01", modules: [{ name: "w", esModule }], bindings: [{ name: "SELF", service: "main" }] } }] };
  const dir = scratch(t, { "old.json": JSON.stringify(config) });
  const p = new Process(t, ["test", join(dir, "old.json")]);
  const { code } = await p.exited;
  assert.equal(code, 0, p.output);
});

test("[[services]] of a project: itself, an entrypoint, props", async (t) => {
  const dir = scratch(t, {
    "wrangler.toml": 'name = "shop"\nmain = "index.js"\ncompatibility_date = "2025-09-01"\n[[services]]\nbinding = "SELF"\nservice = "shop"\n[[services]]\nbinding = "SUMS"\n' +
      'service = "shop"\nentrypoint = "Sums"\nprops = { of = "binding" }\n',
    "index.js": `import { WorkerEntrypoint } from "cloudflare:workers";
      export class Sums extends WorkerEntrypoint { add(a, b) { return a + b + this.ctx.props.of; } }
      export default {
        async fetch(request, env) { return new Response("sum " + (await env.SUMS.add(1, 2))); },
        async test(c, env) {
          const text = await (await env.SELF.fetch("http://x/")).text();
          if (text !== "sum 3binding") throw new Error(text);
        },
      };`,
  });
  const p = new Process(t, ["test", dir]);
  const { code } = await p.exited;
  assert.equal(code, 0, p.output);
  assert.doesNotMatch(p.output, /warning/);
  const dev = new Process(t, ["dev", dir, "--port", "0"]);
  const [, url] = await dev.until(/Ready on (\S+)/);
  assert.equal(await (await fetch(url)).text(), "sum 3binding");
});
