// What the web-platform tests do not cover: streams of native sources, pumps, the Workers' own transform streams. It could
// pass wrongly if a promise never settled: the runner gives each test 5 seconds.
const streams = () => $internal.load("streams");
const bytes = (...values) => new Uint8Array(values);
function source(chunks, extra = {}) {
  const log = [];
  let at = 0;
  const stream = streams().newNativeReadable({
    id: 42,
    start() { log.push("start"); },
    pull(c) {
      log.push("pull");
      if (at < chunks.length) c.enqueue(chunks[at++]);
      else c.close();
    },
    cancel(reason) { log.push(`cancel ${reason}`); },
    ...extra,
  });
  return { stream, log };
}
async function collect(stream) {
  const all = [];
  for await (const chunk of stream) all.push(...chunk);
  return all;
}
test("a native stream starts when somebody reads", async () => {
  const { stream, log } = source([bytes(1, 2), bytes(3)]);
  await null;
  assertDeepEq(log, []);
  assertDeepEq(await collect(stream), [1, 2, 3]);
  assertDeepEq(log, ["start", "pull", "pull", "pull"]);
});
test("takeNative gives an untouched stream's id once", async () => {
  const { stream, log } = source([bytes(1)]);
  assertEq(streams().takeNative(stream), 42);
  assertEq(streams().takeNative(stream), undefined);
  assertEq(stream.locked, true);
  assertEq(streams().isDisturbed(stream), true);
  assertDeepEq(log, []);
  assertEq(streams().takeNative(new ReadableStream()), undefined);
  const read = source([bytes(1), bytes(2)]).stream;
  const reader = read.getReader();
  await reader.read();
  reader.releaseLock();
  assertEq(streams().takeNative(read), undefined);
  const locked = source([]).stream;
  locked.getReader().releaseLock();
  assertEq(streams().takeNative(locked), 42, "a reader that read nothing leaves no trace");
  const [a] = source([bytes(1)]).stream.tee();
  assertEq(streams().takeNative(a), undefined);
});
test("BYOB reads of a native stream, and the end of it", async () => {
  const { stream } = source([bytes(1, 2, 3)]);
  const reader = stream.getReader({ mode: "byob" });
  assertDeepEq([...(await reader.read(new Uint8Array(2))).value], [1, 2]);
  assertDeepEq([...(await reader.read(new Uint8Array(5))).value], [3]);
  const end = await reader.read(new Uint8Array(5));
  assertEq(end.done, true);
  assertEq(end.value.length, 0);
});
test("a native stream's failure and its cancellation", async () => {
  const failing = streams().newNativeReadable({ id: 1, pull(c) { c.error(new RangeError("gone")); } });
  await assertRejects(collect(failing), RangeError);
  const { stream, log } = source([bytes(1)]);
  await stream.cancel("enough");
  assertDeepEq(log, ["cancel enough"]);
});
test("readAllBytes", async () => {
  assertDeepEq([...(await streams().readAllBytes(source([bytes(1), bytes(), bytes(2, 3)]).stream))], [1, 2, 3]);
  const mixed = new ReadableStream({
    start(c) { c.enqueue(bytes(1).buffer); c.enqueue(new DataView(bytes(9, 2, 9).buffer, 1, 1)); c.close(); },
  });
  assertDeepEq([...(await streams().readAllBytes(mixed))], [1, 2]);
  await assertRejects(streams().readAllBytes(new ReadableStream({ start(c) { c.enqueue("text"); } })), "did not return bytes");
  const locked = new ReadableStream();
  locked.getReader();
  await assertRejects(streams().readAllBytes(locked), TypeError);
});
test("pumpTo waits for the sink, and ends with one close or abort", async () => {
  const log = [];
  let go;
  let produced = 0;
  const stream = new ReadableStream({ pull(c) { if (produced < 4) c.enqueue(bytes(produced++)); else c.close(); } },
    { highWaterMark: 0 });
  const ended = new Promise((resolve) => {
    streams().pumpTo(stream, {
      write(chunk) { log.push(chunk[0]); return chunk[0] === 1 ? new Promise((r) => (go = r)) : undefined; },
      close() { log.push("close"); resolve(); },
      abort(e) { log.push(`abort ${e}`); resolve(); },
    });
  });
  await new Promise((r) => setTimeout(r, 5));
  assertDeepEq(log, [0, 1]);
  assertEq(produced, 2, "nothing is produced while the sink is full");
  go();
  await ended;
  assertDeepEq(log, [0, 1, 2, 3, "close"]);
});
test("pumpTo: failing streams, failing sinks, cancelling", async () => {
  const run = (stream, write = () => undefined) => new Promise((resolve) => {
    streams().pumpTo(stream, { write, close: () => resolve("close"), abort: (e) => resolve(e.message ?? e) });
  });
  assertEq(await run(new ReadableStream({ start(c) { c.error(new Error("broken")); } })), "broken");
  let cancelled;
  const endless = () => new ReadableStream({ pull(c) { c.enqueue(bytes(1)); }, cancel(r) { cancelled = r; } });
  assertEq(await run(endless(), () => { throw new Error("full"); }), "full");
  assertEq(cancelled.message, "full");
  assertEq(await run(endless(), () => Promise.reject(new Error("later"))), "later");
  assertEq(cancelled.message, "later");
  const pump = streams().pumpTo(endless(), { write: () => new Promise(() => {}), close() {}, abort() {} });
  pump.cancel("client left");
  assertEq(cancelled, "client left");
});
test("IdentityTransformStream hands bytes over, one write a read", async () => {
  const { readable, writable } = new IdentityTransformStream();
  assert(new IdentityTransformStream() instanceof TransformStream);
  const writer = writable.getWriter();
  let written = false;
  const data = bytes(1, 2);
  writer.write(data).then(() => (written = true));
  await null;
  await new Promise((r) => setTimeout(r, 1));
  assertEq(written, false);
  data[0] = 9;
  const reader = readable.getReader({ mode: "byob" });
  assertDeepEq([...(await reader.read(new Uint8Array(1))).value], [1]);
  assertEq(written, false, "half of it is left");
  assertDeepEq([...(await reader.read(new Uint8Array(8))).value], [2]);
  await null;
  await null;
  assertEq(written, true);
  const end = reader.read(new Uint8Array(1));
  await writer.close();
  assertEq((await end).done, true);
});
test("IdentityTransformStream takes bytes only; abort and cancel cross it", async () => {
  const a = new IdentityTransformStream();
  await assertRejects(a.writable.getWriter().write("text"), "received a string on its writable side");
  const b = new IdentityTransformStream();
  await assertRejects(b.writable.getWriter().write({}), "non-ArrayBuffer");
  const c = new IdentityTransformStream();
  const read = c.readable.getReader().read();
  c.writable.abort(new Error("stop"));
  await assertRejects(read, "stop");
  const d = new IdentityTransformStream();
  const writer = d.writable.getWriter();
  const write = writer.write(bytes(1));
  await d.readable.cancel(new Error("no more"));
  await write.catch(() => undefined);
  await assertRejects(writer.closed, "no more");
});
test("FixedLengthStream counts", async () => {
  const ok = new FixedLengthStream(3);
  assertEq(streams().lengthOf(ok.readable), 3);
  const w = ok.writable.getWriter();
  w.write(bytes(1, 2));
  w.write(bytes(3));
  w.close();
  assertDeepEq(await collect(ok.readable), [1, 2, 3]);
  const long = new FixedLengthStream(1n).writable.getWriter();
  await assertRejects(long.write(bytes(1, 2)), "too many bytes");
  const short = new FixedLengthStream(2);
  const sw = short.writable.getWriter();
  const closing = sw.close();
  await assertRejects(collect(short.readable), "did not see all expected bytes");
  await assertRejects(closing, TypeError);
  assertThrows(() => new FixedLengthStream(-1), TypeError);
  assertThrows(() => new FixedLengthStream(NaN), TypeError);
});
test("pipeTo keeps to the sink's pace and is immune to patched prototypes", async () => {
  const seen = [];
  const then = Promise.prototype.then;
  const push = Array.prototype.push;
  let calls = 0;
  let produced = 0;
  const rs = new ReadableStream({ pull(c) { if (produced === 50) c.close(); else c.enqueue(produced++); } });
  const ws = new WritableStream({ write(n) { seen[seen.length] = n; } });
  Promise.prototype.then = function (...args) { calls++; return then.apply(this, args); };
  Array.prototype.push = () => { throw new Error("patched"); };
  let done;
  try {
    done = rs.pipeTo(ws);
  } finally {
    Array.prototype.push = push;
    Promise.prototype.then = then;
  }
  await done;
  assertEq(calls, 0);
  assertEq(seen.length, 50);
  assertEq(seen[49], 49);
});
test("classes have the shapes of Web IDL", () => {
  for (const C of [ReadableStream, WritableStream, TransformStream, ReadableStreamDefaultReader, ByteLengthQueuingStrategy]) {
    assertEq(Object.prototype.toString.call(C.prototype), `[object ${C.name}]`);
    assert(Object.keys(C.prototype).length > 0);
  }
  assertThrows(() => new ReadableStreamDefaultController(), TypeError);
  assertThrows(() => Reflect.get(ReadableStream.prototype, "locked", {}), TypeError);
  assertEq(Reflect.ownKeys(new ReadableStream()).length, 0);
  assertEq(new CountQueuingStrategy({ highWaterMark: 1 }).size.name, "size");
});

test("IdentityTransformStream: the mark counts bytes; without one a writer sees no backpressure, but a pipe waits", async () => {
  const t = new IdentityTransformStream({ highWaterMark: 10 });
  const w = t.writable.getWriter(), r = t.readable.getReader();
  w.write(new Uint8Array(4));
  w.write(new Uint8Array(6));
  assertEq(w.desiredSize, 0);
  await r.read();
  await w.ready;
  assertEq(w.desiredSize, 4);
  assertEq(new FixedLengthStream(5, { highWaterMark: 100 }).writable.getWriter().desiredSize, 5);

  const free = new IdentityTransformStream(), fw = free.writable.getWriter();
  for (let i = 0; i < 5; i++) fw.write(new Uint8Array(1));
  assertEq(fw.desiredSize, 1);

  let pulls = 0;
  const source = new ReadableStream({
    pull(c) {
      pulls++;
      c.enqueue(new Uint8Array(1));
    },
  });
  const through = source.pipeThrough(new IdentityTransformStream());
  await new Promise((ok) => setTimeout(ok, 5));
  assert(pulls < 5, `${pulls} chunks were pulled for nobody`);
  await through.cancel();
});

test("readAtLeast() gives what is left, then the end", async () => {
  const chunks = ["ab", "cd", "e"];
  const make = (manual) => {
    const rest = [...chunks];
    return new ReadableStream({
      type: "bytes",
      pull(c) {
        if (rest.length === 0) {
          c.close();
          if (manual) c.byobRequest?.respond(0);
        } else if (manual) {
          assert(c.byobRequest.atLeast > 0);
          const { written } = new TextEncoder().encodeInto(rest.shift(), c.byobRequest.view);
          c.byobRequest.respond(written);
        } else c.enqueue(new TextEncoder().encode(rest.shift()));
      },
    });
  };
  for (const manual of [false, true]) {
    const r = make(manual).getReader({ mode: "byob" });
    const first = await r.readAtLeast(3, new Uint8Array(4));
    assert(first.value.byteLength >= 3);
    const second = await r.readAtLeast(4, new Uint8Array(4));
    assertEq(first.value.byteLength + second.value.byteLength, 5);
    assertEq(second.done, false);
    assertEq((await r.readAtLeast(1, new Uint8Array(1))).done, true);
    await assertRejects(r.readAtLeast(2, new Uint8Array(1)), TypeError);
  }
  const { readable, writable } = new IdentityTransformStream();
  const w = writable.getWriter(), r = readable.getReader({ mode: "byob" });
  const all = Promise.all([w.write(new Uint8Array(3)), w.write(new Uint8Array(2)), w.close()]);
  assertEq((await r.readAtLeast(4, new Uint8Array(4))).value.byteLength, 4);
  assertEq((await r.readAtLeast(4, new Uint8Array(4))).value.byteLength, 1);
  await all;
});

test("a body is not read through Object.prototype.then", async () => {
  const body = new Response(new ReadableStream({
    start(c) {
      c.enqueue(new TextEncoder().encode("hello"));
      c.close();
    },
  }));
  let text;
  Object.prototype.then = function (ok) {
    delete Object.prototype.then;
    ok({ done: false, value: new Uint8Array(1) });
  };
  try {
    text = await body.text();
  } finally {
    delete Object.prototype.then;
  }
  assertEq(text, "hello");
});

test("what is written to an IdentityTransformStream is what it was when it was written", async () => {
  const { readable, writable } = new IdentityTransformStream(), w = writable.getWriter();
  const first = new Uint8Array([1, 2]), second = new Uint8Array([3, 4]), third = new Uint8Array([5, 6]);
  const all = [w.write(first), w.write(second), w.write(third.subarray(1))];
  first[0] = second[0] = 9;
  structuredClone(third, { transfer: [third.buffer] });
  const r = readable.getReader(), seen = [];
  for (let i = 0; i < 3; i++) seen.push(...(await r.read()).value);
  await Promise.all(all);
  assertDeepEq(seen, [1, 2, 3, 4, 6]);
});
test("what a BYOB request showed is taken away from the source, by whatever way the bytes come", async () => {
  const ways = {
    respond(c, view) { view[0] = 7; c.byobRequest.respond(1); },
    respondWithNewView(c, view) { view[0] = 7; c.byobRequest.respondWithNewView(view.subarray(0, 1)); },
    enqueue(c) { c.enqueue(bytes(7)); },
    close(c) { c.close(); c.byobRequest.respond(0); },
  };
  for (const [name, way] of Object.entries(ways)) {
    let shown;
    const stream = new ReadableStream({
      type: "bytes",
      pull(c) {
        shown = c.byobRequest.view;
        way(c, shown);
      },
    });
    const reader = stream.getReader({ mode: "byob" });
    const given = new Uint8Array(4);
    const { value, done } = await reader.read(given);
    assertEq(done, name === "close", name);
    assertEq(value.length, done ? 0 : 1, name);
    assertEq(value.buffer.byteLength, 4, name);
    if (!done) assertEq(value[0], 7, name);
    assertEq(shown.buffer.detached, true, `${name}: the source's view`);
    assertEq(given.buffer.detached, true, `${name}: the reader's view`);
  }
});
test("BYOB reads reuse one buffer, and two that wait are answered in order from one chunk", async () => {
  let left = 3;
  const stream = new ReadableStream({ type: "bytes", pull(c) { left-- > 0 ? c.enqueue(bytes(left, left)) : (c.close(), c.byobRequest?.respond(0)); } });
  const reader = stream.getReader({ mode: "byob" });
  const seen = [];
  for (let buffer = new ArrayBuffer(8); ;) {
    const { value, done } = await reader.read(new Uint8Array(buffer, 2));
    assertEq(value.byteOffset, 2);
    if (done) break;
    seen.push(...value);
    buffer = value.buffer;
  }
  assertDeepEq(seen, [2, 2, 1, 1, 0, 0]);
  let controller;
  const two = new ReadableStream({ type: "bytes", start(c) { controller = c; } }).getReader({ mode: "byob" });
  const reads = [two.read(new Uint8Array(2)), two.read(new Uint8Array(2)), two.read(new Uint8Array(2))];
  controller.enqueue(bytes(1, 2, 3));
  controller.enqueue(bytes(4, 5));
  assertDeepEq((await Promise.all(reads)).map((r) => [...r.value]), [[1, 2], [3], [4, 5]]);
});
test("iteration hands over chunks in order, promises among them settled; break cancels the source", async () => {
  const log = [];
  const chunks = [1, Promise.resolve(2), { three: 3 }, undefined, Promise.resolve(5)];
  const stream = new ReadableStream({ start(c) { for (const v of chunks) c.enqueue(v); }, cancel(reason) { log.push(["cancel", reason]); } });
  let n = 0;
  for await (const v of stream) {
    log.push(v);
    if (++n === 5) break;
  }
  assertDeepEq(log, [1, 2, { three: 3 }, undefined, 5, ["cancel", undefined]]);
  assertEq(stream.locked, false);
});
test("a pipe and a transform stop where their reader stops", async () => {
  let pulled = 0;
  const numbers = new ReadableStream({ pull(c) { c.enqueue(pulled++); } });
  const { readable, writable } = new TransformStream({ transform: (v, c) => c.enqueue(v) });
  const piped = numbers.pipeTo(writable);
  const reader = readable.getReader();
  for (let i = 0; i < 10; i++) assertEq((await reader.read()).value, i);
  for (let i = 0; i < 50; i++) await null;
  assert(pulled < 14, `${pulled} chunks were made for 10 that were read`);
  await reader.cancel("enough");
  assertEq(await piped.catch((e) => e), "enough");
});
