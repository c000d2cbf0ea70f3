// What compatibility flags change, seen by a Worker that lists them and by one that does not, in one run. Could pass wrongly if a
// flag did nothing: each is tested both ways, with results that differ.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Process, scratch } from "../support/cusp.mjs";

// Runs `code`, an export or more with test(), once with the flags `on` and once with `off`. `isOn` tells it which.
async function both(t, code, on, off) {
  const worker = (name, flags, isOn) => ({
    name,
    worker: {
      modules: [{ name: "worker", esModule: `import assert from "node:assert"; const isOn = ${isOn};\n${code}` }],
      compatibilityDate: "2026-03-01",
      compatibilityFlags: ["nodejs_compat", ...flags],
    },
  });
  const config = { services: [worker("on", on, true), worker("off", off, false)] };
  const p = new Process(t, ["test", join(scratch(t, { "flags.json": JSON.stringify(config) }), "flags.json")]);
  const { code: status } = await p.exited;
  assert.equal(status, 0, p.output);
  assert.match(p.output, /^on\S* PASS$/m);
  assert.match(p.output, /^off\S* PASS$/m);
}

test("BYOB reads of the runtime's own streams keep the reader's buffer", (t) => both(t, `
export const keeps = { async test() {
  const { readable, writable } = new IdentityTransformStream(), writer = writable.getWriter();
  const reader = readable.getReader({ mode: "byob" }), buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  const read = reader.read(new Uint8Array(buffer, 2, 4));
  assert.equal(buffer.byteLength, isOn ? 8 : 0);
  writer.write(new Uint8Array([1, 2, 3]));
  const { value } = await read;
  assert.deepEqual([...value], [1, 2, 3]);
  assert.equal(value.byteOffset, 2);
  assert.equal(value.buffer === buffer, isOn);
} };
export const shrinks = { async test() {
  if (!isOn) return;
  const { readable, writable } = new IdentityTransformStream(), writer = writable.getWriter();
  const reader = readable.getReader({ mode: "byob" });
  for (const [size, expected] of [[3, 1], [2, 0], [1, 0]]) {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 }), read = reader.read(new Uint8Array(buffer, 2, 4));
    buffer.resize(size);
    writer.write(new Uint8Array([7, 8, 9]));
    assert.equal((await read).value.byteLength, expected);
  }
  const buffer = new ArrayBuffer(8), read = reader.read(new Uint16Array(buffer, 2, 2));
  const taken = buffer.transfer();
  writer.write(new Uint8Array([7, 8, 9, 9]));
  assert.equal((await read).value.byteLength, 0);
  assert.deepEqual([...new Uint8Array(taken)], [0, 0, 0, 0, 0, 0, 0, 0]);
} };
export const others = { async test() {
  const reader = new ReadableStream({ type: "bytes", pull(c) { c.enqueue(new Uint8Array(1)); } }).getReader({ mode: "byob" });
  const buffer = new ArrayBuffer(4);
  await reader.read(new Uint8Array(buffer));
  assert.equal(buffer.byteLength, 0);
} };`, ["streams_byob_reader_does_not_detach_buffer"], []));

test("files in forms are text", (t) => both(t, `
export const form = { async test() {
  const body = '--+\\r\\nContent-Disposition: form-data; name="a"; filename="a.txt"\\r\\n\\r\\nhello\\r\\n--+--';
  const form = await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=+" } }).formData();
  assert.equal(form.get("a") === "hello", isOn);
  assert.equal(form.get("a") instanceof File, !isOn);
} };`, ["formdata_parser_converts_files_to_strings"], []));

test("import attributes that nobody knows", (t) => both(t, `
export const dynamic = { async test() {
  const imported = import("worker", { with: { colour: "red" } });
  if (isOn) await assert.rejects(imported, /Unrecognized import attributes/);
  else assert.equal(typeof (await imported).dynamic, "object");
  await import("worker", { with: {} });
  await import("worker", {});
  await assert.rejects(import("worker", 1), TypeError);
  await assert.rejects(import("worker", { with: { colour: 1 } }), TypeError);
} };`, ["throw_on_unrecognized_import_assertion"], ["ignore_unrecognized_import_assertion"]));

test("what only the runtime makes", (t) => both(t, `
import { RpcTarget } from "cloudflare:workers";
export const made = { test() {
  assert.throws(() => new ExtendableEvent("x"), TypeError);
  class Mine extends RpcTarget { field = 1; }
  assert.throws(() => structuredClone(new Mine()), { name: "DataCloneError" });
  assert.throws(() => new MessageChannel().port1.postMessage({ deep: new Mine() }), { name: "DataCloneError" });
} };`, [], []));

test("ctx.abort() ends the event with its reason, and the code that calls it", (t) => both(t, `
let wentOn = false;
export const aborts = {
  async test(controller, env, ctx) {
    await assert.rejects(ctx.exports.aborts.fetch("http://x/"), { message: "the reason" });
    assert.equal(wentOn, false);
  },
  fetch(request, env, ctx) {
    ctx.abort(new Error("the reason"));
    wentOn = true;
  },
};`, ["experimental"], ["experimental"]));

test("rejectionhandled comes once, by await, then() and Promise.all(), and only when unhandledrejection came", (t) => both(t, `
async function events(handle) {
  const seen = [], on = (e) => { seen.push(e.type); e.preventDefault(); };
  addEventListener("unhandledrejection", on);
  addEventListener("rejectionhandled", on);
  const promise = Promise.reject(new Error("late"));
  await scheduler.wait(1);
  assert.deepEqual(Object.keys(promise), []);
  await handle(promise);
  await scheduler.wait(1);
  removeEventListener("unhandledrejection", on);
  removeEventListener("rejectionhandled", on);
  assert.deepEqual(Reflect.ownKeys(promise), []);
  return seen.join();
}
const all = "unhandledrejection,rejectionhandled";
export const late = { async test() {
  assert.equal(await events((p) => p.catch(() => {})), all);
  assert.equal(await events((p) => p.then(null, () => p.catch(() => {}))), all);
  assert.equal(await events(async (p) => { try { await p; assert.fail(); } catch (e) { assert.equal(e.message, "late"); } }), all);
  assert.equal(await events((p) => Promise.all([p, 1]).catch(() => {})), all);
} };
export const atOnce = { async test() {
  const seen = [], on = () => seen.push(1);
  addEventListener("rejectionhandled", on);
  const promise = Promise.reject(1);
  promise.catch(() => {});
  await scheduler.wait(1);
  removeEventListener("rejectionhandled", on);
  assert.deepEqual(seen, []);
} };`, [], []));

// `isOn`: not pedantic. Each of these says the standard's behaviour on the right of a `:` or behind a `!`.
test("events, by the standard and not", (t) => both(t, `
export const events = { test() {
  const target = new EventTarget(), event = new Event("x");
  assert.equal(event.timeStamp === 0, isOn);
  assert.equal(event.currentTarget, isOn ? undefined : null);
  let count = 0;
  target.addEventListener("x", () => { count++; throw new Error("boom"); });
  target.addEventListener("x", () => count++);
  if (isOn) assert.throws(() => target.dispatchEvent(event), /boom/);
  else {
    const caught = (e) => { assert.equal(e.error.message, "boom"); e.preventDefault(); };
    addEventListener("error", caught);
    target.dispatchEvent(event);
    removeEventListener("error", caught);
  }
  assert.equal(count, isOn ? 1 : 2);
  assert.equal(event.eventPhase, 0);
  assert.equal(event.currentTarget, isOn ? target : null);
  if (isOn) assert.throws(() => target.dispatchEvent(event), /boom/, "it can be dispatched again");
  const refused = isOn ? assert.throws : assert.doesNotThrow;
  refused(() => target.addEventListener("y", () => {}, true));
  refused(() => target.addEventListener("y", () => {}, { passive: true }));
  refused(() => target.removeEventListener("y", () => {}, { capture: true }));
  refused(() => target.addEventListener("y", {}));
} };
export const ports = { async test() {
  const { port1, port2 } = new MessageChannel(), closed = [];
  port1.onclose = () => closed.push(1);
  port2.onclose = () => closed.push(2);
  port1.close();
  await scheduler.wait(5);
  assert.deepEqual(closed, isOn ? [1, 2] : [2]);
} };`, ["non_pedantic_wpt"], ["pedantic_wpt"]));

test("methods, by the standard and not", (t) => both(t, `
const method = (method) => new Request("http://x/", { method }).method;
export const methods = { test() {
  assert.equal(method("get"), "GET");
  assert.equal(method("PROPFIND"), "PROPFIND");
  assert.equal(method("propfind"), isOn ? "PROPFIND" : "propfind");
  if (isOn) assert.throws(() => method("patchy"), { message: "Invalid HTTP method string: patchy" });
  else assert.equal(method("patchy"), "patchy");
} };`, ["non_pedantic_wpt"], ["pedantic_wpt"]));

test("streams, by the standard and not", (t) => both(t, `
const boom = { message: "boom" };
export const start = { async test() {
  const source = { start() { throw new Error("boom"); } };
  if (!isOn) return assert.throws(() => new ReadableStream(source), boom), assert.throws(() => new WritableStream(source), boom);
  await assert.rejects(new ReadableStream(source).getReader().read(), boom);
  await assert.rejects(new WritableStream(source).getWriter().write(1), boom);
} };
export const atOnce = { async test() {
  let pulled = 0, sized = 0;
  new ReadableStream({ pull(c) { pulled++; c.enqueue(1); } }, { size() { sized++; return 1; } });
  assert.deepEqual([pulled, sized], isOn ? [1, 1] : [0, 0]);
  const writer = new WritableStream({ async write() { await scheduler.wait(1); } }).getWriter();
  const results = await Promise.allSettled([writer.write(1), writer.close(), writer.abort()]);
  assert.deepEqual(results.map((r) => r.status), isOn ? ["fulfilled", "rejected", "fulfilled"] : ["rejected", "rejected", "fulfilled"]);
} };
export const marks = { test() {
  assert.throws(() => new ReadableStream(null ?? {}, { highWaterMark: -1 }), isOn ? TypeError : RangeError);
  const { size } = new ByteLengthQueuingStrategy({ highWaterMark: 1 });
  assert.equal(size(new Uint8Array(3)), 3);
  if (isOn) assert.equal(size(undefined), undefined);
  else assert.throws(() => size(undefined), TypeError);
} };
export const gathers = { async test() {
  const chunks = [[1, 2], [3], [4]];
  let asked;
  const reader = new ReadableStream({ type: "bytes",
    start(c) { for (const chunk of chunks) c.enqueue(new Uint8Array(chunk)); },
    pull(c) { asked = c.byobRequest !== null; c.enqueue(new Uint8Array(1)); },
  }).getReader();
  assert.deepEqual([...(await reader.read()).value], isOn ? [1, 2, 3, 4] : [1, 2]);
  if (isOn) { await reader.read(); assert.equal(asked, true); }
} };
export const tee = { async test() {
  let cancelled;
  const [a, b] = new ReadableStream({ cancel(reason) { cancelled = reason; } }).tee();
  const first = a.cancel("a");
  let done = false;
  first.then(() => (done = true));
  await scheduler.wait(1);
  assert.equal(done, isOn);
  await b.cancel("b");
  await first;
  assert.deepEqual(cancelled, ["a", "b"]);
} };
export const aborted = { async test() {
  const writer = new WritableStream({ abort() { throw new Error("boom"); } }).getWriter();
  await assert.rejects(writer.abort(1), boom);
  if (isOn) await assert.rejects(writer.abort(1), boom);
  else await writer.abort(1);
} };`, ["non_pedantic_wpt"], ["pedantic_wpt"]));

test("a form in another charset than UTF-8", (t) => both(t, `
export default { async test() {
  const parsed = new Response("a=b", { headers: { "content-type": "application/x-www-form-urlencoded;charset=shift_jis" } }).formData();
  if (isOn) await assert.rejects(parsed, TypeError);
  else assert.equal((await parsed).get("a"), "b");
} };`, ["non_pedantic_wpt"], ["pedantic_wpt"]));

test("a configuration of workerd is pedantic only when it says so", (t) => both(t, `
export const flags = { test() {
  assert.equal(Cloudflare.compatibilityFlags.pedantic_wpt, !isOn);
  assert.equal(new Event("x").timeStamp === 0, isOn);
} };`, [], ["pedantic_wpt"]));

test("navigator.storage: the file system of node:fs, as the standard has it", (t) => both(t, `
import * as fs from "node:fs";
const named = (name) => ({ name });
export const there = { test() {
  assert.equal("storage" in navigator, isOn);
  assert.equal(typeof StorageManager, isOn ? "function" : "undefined");
} };
export const files = { async test() {
  if (!isOn) return;
  const root = await navigator.storage.getDirectory(), tmp = await root.getDirectoryHandle("tmp");
  assert.deepEqual(await Array.fromAsync(root.keys()), ["bundle", "tmp", "dev"]);
  const dir = await tmp.getDirectoryHandle("a", { create: true }), file = await dir.getFileHandle("b.txt", { create: true });
  const stream = await file.createWritable();
  await stream.write("hello world");
  await stream.write({ type: "write", position: 6, data: new Blob(["there"]) });
  await stream.seek(0);
  await stream.write(new Uint8Array([72]));
  await stream.write({ type: "truncate", size: 11 });
  assert.equal(fs.readFileSync("/tmp/a/b.txt", "utf8"), "", "nothing before it is closed");
  await stream.close();
  assert.equal(fs.readFileSync("/tmp/a/b.txt", "utf8"), "Hello there");
  assert.equal(await (await file.getFile()).text(), "Hello there");
  const more = await file.createWritable({ keepExistingData: true });
  await new Response("HELLO").body.pipeTo(more);
  assert.equal(fs.readFileSync("/tmp/a/b.txt", "utf8"), "HELLO there");
  const lost = await file.createWritable();
  await lost.write("lost");
  await lost.abort();
  assert.equal(fs.readFileSync("/tmp/a/b.txt", "utf8"), "HELLO there");
  assert.deepEqual(await root.resolve(file), ["tmp", "a", "b.txt"]);
  assert.equal(await tmp.isSameEntry(await root.getDirectoryHandle("tmp")), true);
  for await (const [name, handle] of dir) assert.deepEqual([name, handle.kind, handle.name], ["b.txt", "file", "b.txt"]);
  await assert.rejects(tmp.removeEntry("a"), named("InvalidModificationError"));
  await tmp.removeEntry("a", { recursive: true });
  assert.equal(fs.existsSync("/tmp/a"), false);
  await assert.rejects(file.getFile(), named("NotFoundError"));
} };
export const refused = { async test() {
  if (!isOn) return;
  const root = await navigator.storage.getDirectory(), tmp = await root.getDirectoryHandle("tmp");
  await assert.rejects(tmp.getFileHandle("none"), { name: "NotFoundError", message: "Not found" });
  await assert.rejects(root.getFileHandle("tmp"), named("TypeMismatchError"));
  await assert.rejects(root.getFileHandle("new", { create: true }), named("NoModificationAllowedError"));
  for (const name of ["", ".", "..", "a/b"]) await assert.rejects(tmp.getFileHandle(name, { create: true }), TypeError);
  const bundle = await root.getDirectoryHandle("bundle"), worker = await bundle.getFileHandle("worker");
  assert.match(await (await worker.getFile()).text(), /refused/);
  await assert.rejects(worker.createWritable(), named("NoModificationAllowedError"));
  assert.throws(() => new FileSystemFileHandle(), TypeError);
  assert.throws(() => FileSystemHandle.prototype.name, TypeError);
} };
export const bounded = { async test() {
  if (!isOn) return;
  const tmp = await (await navigator.storage.getDirectory()).getDirectoryHandle("tmp"), file = await tmp.getFileHandle("big", { create: true });
  const stream = await file.createWritable();
  await assert.rejects(stream.truncate(2 ** 40), named("QuotaExceededError"));
  await assert.rejects(stream.close());
  let made = 0, error;
  for (; !error && made < 1e6; made++) await tmp.getFileHandle("n" + made, { create: true }).catch((e) => (error = e));
  assert.equal(error?.name, "QuotaExceededError");
  for (let i = 0; i + 1 < made; i++) await tmp.removeEntry("n" + i);
  for (let i = 0; i < made * 2; i++) await (await file.createWritable()).abort(); // each takes an entry, and gives it back
  for (let i = 0; i < made * 2; i++) await assert.rejects((await file.createWritable()).write({ type: "no" }), TypeError);
  await (await file.createWritable()).close();
} };`, ["enable_web_file_system"], []));
