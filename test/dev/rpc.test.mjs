// Calls of methods with functions, objects and streams in them, between Workers of one configuration. Could pass wrongly if nothing
// crossed (the callee counts), if a stub were the object itself (the isolates differ: a global shows it), or if disposers never ran.
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
  throw new Error("it did not fail: " + text);
};
`;
const callee = `
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
const counts = { disposed: 0, calls: 0 };
class Counter extends RpcTarget {
  #n;
  own = 1;
  constructor(n) { super(); this.#n = n; }
  increment(by = 1) { counts.calls++; return (this.#n += by); }
  get value() { return this.#n; }
  get next() { return new Counter(this.#n + 1); }
  fails() { throw new RangeError("too far"); }
  [Symbol.dispose]() { counts.disposed++; }
}
class Plain { x = 1; }
export class Api extends WorkerEntrypoint {
  counter(n) { return new Counter(n); }
  adder(a) { return (b) => a + b; }
  nested() { return { list: [new Counter(5)], f: (x) => x * 2, plain: { a: 1 } }; }
  async call(f, ...args) { return await f(...args); }
  keep(f) { globalThis.kept = f.dup(); }
  async useKept(x) { return await globalThis.kept(x); }
  async callsBack(target) { return [await target.greet("you"), await target.name]; }
  pass(stub) { return stub; }
  plainClass() { return new Plain(); }
  counts() { return { ...counts }; }
  mark() { return globalThis.mark; }
  stream(n) {
    let i = 0;
    return new ReadableStream({ type: "bytes", pull(c) { if (i++ === n) c.close(); else c.enqueue(new Uint8Array(1000).fill(i)); } });
  }
  async length(stream) { let n = 0; for await (const c of stream) n += c.length; return n; }
  async writes(writable) { const w = writable.getWriter(); await w.write(new TextEncoder().encode("ab")); await w.write(new TextEncoder().encode("c")); await w.close(); }
  async request(r) { return [r.method, r.url, r.headers.get("x-a"), await r.text(), r.cf?.k]; }
  response() { return new Response("hello", { status: 201, headers: { "x-b": "2" } }); }
  streamed() { return new Response(this.stream(3)); }
  headers(h) { h.append("x-c", "3"); return h; }
  aborts(signal) { return new Promise((ok) => signal.addEventListener("abort", () => ok(String(signal.reason)))); }
  getService() { return this.ctx.exports.Other({ props: { p: 9 } }); }
  big(bytes) { return { n: bytes.length, f: () => bytes[5] }; }
  deep(f, n) { return n === 0 ? f() : this.ctx.exports.Api.deep(f, n - 1); }
  hangs() { return new Promise(() => {}); }
  slow(f) { return scheduler.wait(20).then(() => f(1)); }
}
export class Other extends WorkerEntrypoint { props() { return this.ctx.props.p; } }
export const handlers = { twice(x, env, ctx) { return x * 2; } };
export default { fetch(request) {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", (e) => { server.send("echo " + e.data); server.close(1000, "bye"); });
  return new Response(null, { status: 101, webSocket: client });
} };
`;
const caller = `
import { RpcStub, RpcPromise, RpcProperty, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
${helpers}
globalThis.mark = "caller";
let disposed = 0;
class Greeter extends RpcTarget {
  greet(who) { return "hello " + who; }
  get name() { return "greeter"; }
  [Symbol.dispose]() { disposed++; }
}
export const functions = { async test(c, { API }) {
  const add = await API.adder(3);
  equal(typeof add, "function");
  equal(add instanceof RpcStub, true);
  equal(await add(4), 7);
  equal(await add(5), 8);
  equal(await API.call((a, b) => a + b + globalThis.mark, 1, "x"), "1xcaller");
  equal(await API.mark(), undefined);
  await fails(API.call(() => { throw new SyntaxError("mine"); }), SyntaxError, "mine");
} };
export const targets = { async test(c, { API }) {
  const counter = await API.counter(10);
  equal(await counter.increment(), 11);
  equal(await counter.increment(5), 16);
  equal(await counter.value, 16);
  equal(await (await counter.next).value, 17);
  await fails(counter.fails(), RangeError, "too far");
  await fails(counter.own(), TypeError, "does not implement");
  await fails(counter.own, TypeError, "does not implement");
  await fails(counter.constructor(), TypeError, "does not implement");
  await fails(counter.toString(), TypeError, "does not implement");
  equal((await API.callsBack(new Greeter())).join(), "hello you,greeter");
  equal(await (await API.nested()).list[0].increment(), 6);
} };
export const pipelines = { async test(c, { API }) {
  equal(await API.counter(1).increment(2), 3);
  equal(await API.counter(1).next.next.value, 3);
  equal(await API.adder(1)(2), 3);
  equal(await API.nested().list[0].increment(), 6);
  equal(await API.nested().f(4), 8);
  equal(await API.nested().plain.a, 1);
  await fails(API.nested().plain.b(), TypeError, "does not implement");
  await fails(API.counter(1).missing(), TypeError, "missing");
  const p = API.counter(7);
  equal(p instanceof RpcPromise, true);
  equal(p.value instanceof RpcProperty, true);
  await 1;
  equal(await p.increment(), 8);
  equal(await (await p).increment(), 9);
  equal(await p.increment(), 10);
  const plain = API.counts();
  await 1;
  equal(typeof (await plain.calls), "number");
  await fails(plain.calls(), TypeError, "not a function");
  const order = [API.counter(0)];
  const all = [1, 2, 3].map((n) => order[0].increment(n));
  equal((await Promise.all(all)).join(), "1,3,6");
} };
export const disposers = { async test(c, { API }) {
  const before = (await API.counts()).disposed;
  const counter = await API.counter(1), second = counter.dup();
  counter[Symbol.dispose]();
  counter[Symbol.dispose]();
  await fails(counter.increment(), Error, "disposed");
  equal(await second.increment(), 2);
  equal((await API.counts()).disposed, before);
  second[Symbol.dispose]();
  await scheduler.wait(10);
  equal((await API.counts()).disposed, before + 1);
  const result = await API.nested();
  result[Symbol.dispose]();
  equal(Object.keys(result).join(), "list,f,plain");
  await scheduler.wait(10);
  equal((await API.counts()).disposed, before + 2);
  disposed = 0;
  await API.callsBack(new Greeter());
  await scheduler.wait(10);
  equal(disposed, 1);
  const p = API.counter(3);
  p[Symbol.dispose]();
  await p.increment().catch(() => {});
  await scheduler.wait(10);
  equal((await API.counts()).disposed, before + 3);
} };
export const endOfEvent = { async test(c, { API }) {
  await API.keep((x) => x + 1);
  equal(await API.useKept(1), 2);
} };
export const passing = { async test(c, { API, SECOND }) {
  const counter = await API.counter(1);
  equal(await (await SECOND.pass(counter)).increment(), 2);
  equal(await counter.increment(), 3);
  equal(await SECOND.call(counter.increment), 4);
  equal(await SECOND.call(API.counter(5).increment), 6);
  equal(await (await SECOND.pass(API.counter(8))).increment(), 9);
  equal(await SECOND.deep(() => 42, 4), 42);
  equal(await (await API.getService()).props(), 9);
  equal(await API.getService().props(), 9);
  equal(await (await SECOND.pass(API)).adder(1)(1), 2);
} };
export const local = { async test() {
  disposed = 0;
  const target = new Greeter(), stub = new RpcStub(target);
  equal(await stub.greet("me"), "hello me");
  equal(await stub.name, "greeter");
  const o = { a: [1] };
  equal((await new RpcStub((x) => x === o)(o)), false);
  equal(await new RpcStub(() => (y) => y + 1)()(4), 5);
  stub[Symbol.dispose]();
  await fails(stub.greet("me"), Error, "disposed");
  await 1; await 1;
  equal(disposed, 1);
  let thrown;
  try { new RpcStub({}); } catch (e) { thrown = e; }
  equal(thrown instanceof TypeError, true);
} };
export const refused = { async test(c, { API }) {
  await fails(API.plainClass(), DOMException, 'type "Plain"');
  await fails(API.pass(new (class Mine {})()), DOMException, 'type "Mine"');
  await fails(API.pass(Symbol("s")), DOMException, "");
} };
export const streams = { async test(c, { API }) {
  equal(await new Response(await API.stream(50)).arrayBuffer().then((b) => b.byteLength), 50000);
  const { readable, writable } = new IdentityTransformStream();
  const w = writable.getWriter();
  const n = API.length(readable);
  for (let i = 0; i < 5; i++) await w.write(new Uint8Array(100));
  await w.close();
  equal(await n, 500);
  const back = new IdentityTransformStream(), text = new Response(back.readable).text();
  await API.writes(back.writable);
  equal(await text, "abc");
  const r = (await API.stream(1000000)).getReader();
  equal((await r.read()).value.length, 1000);
  await r.cancel("enough");
  await fails(API.length(new ReadableStream({ pull(c) { c.error(new RangeError("broken")); } })), RangeError, "broken");
} };
export const http = { async test(c, { API }) {
  const got = await API.request(new Request("http://x/y", { method: "POST", body: "hi", headers: { "x-a": "1" }, cf: { k: "v" } }));
  equal(got.join(), "POST,http://x/y,1,hi,v");
  equal((await API.request(new Request("http://x/y", { method: "PUT", body: new Blob(["bl", "ob"]).stream() })))[3], "blob");
  const r = await API.response();
  equal(r instanceof Response && r.status, 201);
  equal(r.headers.get("x-b") + (await r.text()), "2hello");
  equal((await (await API.streamed()).arrayBuffer()).byteLength, 3000);
  equal((await API.headers(new Headers({ a: "b" }))).get("x-c"), "3");
} };
export const signals = { async test(c, { API }) {
  const stop = new AbortController(), p = API.aborts(stop.signal);
  setTimeout(() => stop.abort("now"), 5);
  equal(await p, "now");
} };
export const large = { async test(c, { API }) {
  const bytes = new Uint8Array(3_000_000).fill(7), r = await API.big(bytes);
  equal(r.n, 3_000_000);
  equal(await r.f(), 7);
  equal((await API.call((b) => b, bytes)).length, 3_000_000);
} };
export const many = { async test(c, { API }) {
  const all = await Promise.all(Array.from({ length: 200 }, (_, i) => API.call(async (x) => x + 1, i)));
  equal(all.reduce((a, b) => a + b), 200 * 201 / 2);
  const counter = await API.counter(0);
  await Promise.all(Array.from({ length: 300 }, () => counter.increment()));
  equal(await counter.value, 300);
  await fails(Promise.all(Array.from({ length: 1100 }, () => counter.increment())), RangeError, "under way");
  await fails(API.call(() => 1, ...Array.from({ length: 5000 }, () => () => 1)), RangeError, "stubs");
  let deep = counter;
  for (let i = 0; i < 70; i++) deep = deep.next;
  await fails(deep.value, RangeError, "path");
} };
export const objects = { async test(c, env) { equal(await env.HANDLERS.twice(4), 8); } };
export const hung = { async test(c, { API }) {
  await fails(API.hangs(), Error, "hung");
  equal(await API.slow((x) => x + 1), 2);
} };
export const sockets = { async test(c, env) {
  const r = await env.SOCKET.fetch("http://x/", { headers: { upgrade: "websocket" } }), ws = r.webSocket;
  const got = new Promise((ok) => ws.addEventListener("message", (e) => ok(e.data)));
  ws.accept();
  ws.send("hi");
  equal(await got, "echo hi");
} };
`;
const service = (binding, name, entrypoint) => ({ name: binding, service: entrypoint ? { name, entrypoint } : name });
const names = ["functions", "targets", "pipelines", "disposers", "endOfEvent", "passing", "local", "refused", "streams", "http", "signals",
  "large", "many", "objects", "hung", "sockets"];

test("methods with functions, objects and streams", async (t) => {
  const worker = (name, esModule, bindings = []) => ({ name, worker: { modules: [{ name: "worker", esModule }], bindings } });
  const config = {
    services: [
      worker("caller", caller, [service("API", "callee", "Api"), service("SECOND", "second", "Api"), service("HANDLERS", "callee", "handlers"),
        service("SOCKET", "callee")]),
      worker("callee", callee), worker("second", callee),
    ],
  };
  const dir = scratch(t, { "rpc.json": JSON.stringify(config) });
  const p = new Process(t, ["test", join(dir, "rpc.json"), "--timeout", "20"]);
  const { code, signal } = await p.exited;
  assert.equal(signal, null, p.output);
  for (const name of names) assert.ok(p.output.includes(`caller:${name} PASS`), `${name}\n${p.output}`);
  assert.equal(code, 0, p.output);
});
