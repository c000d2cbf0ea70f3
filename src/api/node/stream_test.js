// node:stream inside an isolate: the order of events, and what a hurried reader or writer sees. Could pass wrongly if an event never
// came: each list of events is compared whole.
let Readable, Writable, Transform, Duplex, finished, pipeline;
test("the module loads", () => {
  ({ Readable, Writable, Transform, Duplex, finished, pipeline } = $internal.load("node/stream"));
});

const next = () => new Promise((resolve) => setTimeout(resolve, 0));

function watch(stream, names) {
  const log = [];
  for (const name of names) stream.on(name, () => log.push(name));
  return log;
}

test("a Readable ends, then closes", async () => {
  const r = new Readable({ read() { this.push("x"); this.push(null); } });
  const log = watch(r, ["data", "end", "close"]);
  await next();
  assertDeepEq(log, ["data", "end", "close"]);
  assertEq(r.destroyed, true);
});

test("a Writable finishes when all callbacks have come", async () => {
  let done;
  const w = new Writable({ write: (chunk, encoding, callback) => (done = callback) });
  const log = watch(w, ["finish", "close"]);
  w.end("x");
  await next();
  assertDeepEq(log, []);
  done();
  await next();
  assertDeepEq(log, ["finish", "close"]);
});

test("destroy(error) tells the error once, then closes, and fails what waits", async () => {
  const w = new Writable({ write() {} });
  const log = watch(w, ["error", "close", "finish"]);
  const failures = [];
  w.write("a");
  w.write("b", (e) => failures.push(e.message));
  w.destroy(new Error("no"));
  w.destroy(new Error("again"));
  await next();
  assertDeepEq(log, ["error", "close"]);
  assertDeepEq(failures, []); // "b" waits for "a", whose write never ended
});

test("unshift() comes first, setEncoding() keeps characters whole", async () => {
  const r = new Readable({ read() {} });
  r.setEncoding("utf8");
  r.push(new Uint8Array([0xc3]));
  r.push(new Uint8Array([0xa9, 0x21]));
  r.push(null);
  let all = "";
  for await (const text of r) all += text;
  assertEq(all, "\u00e9!");
});

test("a Transform waits for its reader", async () => {
  let calls = 0;
  const t = new Transform({ highWaterMark: 1, transform(chunk, encoding, callback) { calls++; callback(null, chunk); } });
  t.write("a");
  t.write("b");
  t.write("c");
  await next();
  assert(calls < 3);
  t.resume();
  await next();
  assertEq(calls, 3);
});

test("pipeline() destroys all of it when one fails", async () => {
  const source = new Readable({ read() {} }), sink = new Writable({ write: (chunk, encoding, callback) => callback(new Error("full")) });
  const error = new Promise((resolve) => pipeline(source, sink, resolve));
  source.push("x");
  assertEq((await error).message, "full");
  assertEq(source.destroyed, true);
});

test("finished() of what was closed too early says so", async () => {
  const d = new Duplex({ read() {}, write() {} });
  const error = new Promise((resolve) => finished(d, resolve));
  d.destroy();
  assertEq((await error).code, "ERR_STREAM_PREMATURE_CLOSE");
});
