// EventSource and BroadcastChannel. The parser could pass wrongly if it only saw whole streams: each is also cut at every place.
function parse(chunks) {
  const { Parser } = $internal.load("eventsource"), events = [];
  const p = new Parser((type, data, id) => { if (type !== null) events.push([type, data, id]); }, (ms) => events.push(["retry", ms]));
  for (const c of chunks) p.feed(c);
  return events;
}

const streams = [
  ["data: one\n\n", [["message", "one", ""]]],
  ["data:one\ndata: two\r\ndata\r\rdata: x\n\n", [["message", "one\ntwo\n", ""], ["message", "x", ""]]],
  [": a comment\nevent: tick\ndata: {}\n\n", [["tick", "{}", ""]]],
  ["id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", [["message", "a", "7"], ["message", "b", "7"], ["message", "c", ""]]],
  ["id: x\0y\ndata: a\n\n", [["message", "a", ""]]],
  ["retry: 10\nretry: ten\nretry:\ndata: a\n\n", [["retry", 10], ["message", "a", ""]]],
  ["event: nothing\n\ndata: a\n\n", [["message", "a", ""]]],
  ["data\n\n", [["message", "", ""]]],
  ["data:  two spaces\n\n", [["message", " two spaces", ""]]],
  ["data: never ended\n", []],
  ["unknown: x\nDATA: y\ndata : z\n\n", []],
];

test("event streams, whole and cut at each place", () => {
  for (const [text, expected] of streams) {
    assertDeepEq(parse([text]), expected);
    for (let i = 0; i <= text.length; i++) assertDeepEq(parse([text.slice(0, i), text.slice(i)]), expected);
    assertDeepEq(parse([...text]), expected);
  }
});

test("EventSource.from() a stream", async () => {
  const chunks = ["data: fi", "rst\n\nevent: named\nid: 5\ndata: second\n\n"].map((s) => new TextEncoder().encode(s));
  const source = EventSource.from(new ReadableStream({ pull(c) { if (chunks.length) c.enqueue(chunks.shift()); else c.close(); } }));
  assertEq(source.readyState, EventSource.OPEN);
  const log = [];
  await new Promise((done) => {
    source.onmessage = (e) => log.push(e.data, e.lastEventId, e.isTrusted);
    source.addEventListener("named", (e) => log.push(e.data, e.lastEventId));
    source.onerror = () => done();
  });
  assertDeepEq(log, ["first", "", true, "second", "5"]);
  assertEq(source.readyState, EventSource.CLOSED);
});

test("EventSource: what its constructor takes", () => {
  assertThrows(() => new EventSource("not a url"), DOMException);
  assertThrows(() => new EventSource("http://example.org", { withCredentials: true }), DOMException);
  assertThrows(() => EventSource("http://example.org"), TypeError);
});

test("BroadcastChannel: to all others of its name, as clones, in order", async () => {
  const a = new BroadcastChannel("x"), b = new BroadcastChannel("x"), c = new BroadcastChannel("y"), d = new BroadcastChannel("x");
  const log = [];
  for (const [name, channel] of Object.entries({ a, b, c, d })) channel.onmessage = (e) => log.push(`${name} ${JSON.stringify(e.data)}`);
  const sent = { n: 1 };
  a.postMessage(sent);
  sent.n = 2;
  a.postMessage("two");
  await new Promise((done) => setTimeout(done, 20));
  assertDeepEq(log, ['b {"n":1}', 'd {"n":1}', 'b "two"', 'd "two"']);
  b.close();
  b.close();
  assertThrows(() => b.postMessage(1), DOMException);
  assertThrows(() => a.postMessage(() => {}), DOMException);
  assertThrows(() => new BroadcastChannel(), TypeError);
  assertEq(a.name, "x");
});

test("messages of ports and channels come in the order in which they were posted", async () => {
  const { port1, port2 } = new MessageChannel(), a = new BroadcastChannel("order"), b = new BroadcastChannel("order"), log = [];
  port2.postMessage("port 0"); // before port1 has started
  port1.onmessage = port2.onmessage = b.onmessage = (e) => log.push(e.data);
  for (let i = 1; i < 4; i++) {
    port1.postMessage(`port ${i}`);
    a.postMessage(`channel ${i}`);
  }
  await new Promise((done) => setTimeout(done, 20));
  assertDeepEq(log, ["port 0", "port 1", "channel 1", "port 2", "channel 2", "port 3", "channel 3"]);
});
