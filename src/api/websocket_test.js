// WebSocketPair inside one isolate, and the arguments of WebSocket. What goes over a wire is test/http/websocket.test.mjs.
const pair = () => Object.values(new WebSocketPair());
const next = (ws, type) => new Promise((done) => ws.addEventListener(type, done, { once: true }));

test("a pair can be taken apart", () => {
  const [client, server, ...more] = new WebSocketPair();
  assert(client instanceof WebSocket && server instanceof WebSocket && client !== server);
  assertEq(more.length, 0);
});
test("a pair in one isolate: messages both ways, as they were when they were sent", async () => {
  const [a, b] = pair();
  b.accept();
  const bytes = new Uint8Array([1, 2, 3]);
  b.send("early");
  b.send(bytes);
  bytes[0] = 9;
  const log = [];
  a.addEventListener("message", (e) => log.push(typeof e.data === "string" ? e.data : [...new Uint8Array(e.data)]));
  await null;
  assertDeepEq(log, []); // not before accept()
  a.accept();
  const got = next(b, "message");
  a.send("back");
  assertEq((await got).data, "back");
  assertDeepEq(log, ["early", [1, 2, 3]]);
  assertEq(a.readyState, WebSocket.OPEN);
});

test("closing: the other side hears of it, and answers by itself", async () => {
  const [a, b] = pair();
  a.accept();
  b.accept();
  const closed = next(b, "close"), answered = next(a, "close");
  a.close(4000, "why");
  assertEq(a.readyState, WebSocket.CLOSING);
  const e = await closed;
  assertDeepEq([e.code, e.reason, e.wasClean, b.readyState], [4000, "why", true, WebSocket.CLOSED]);
  assertEq((await answered).code, 4000);
  assertEq(a.readyState, WebSocket.CLOSED);
  a.close();
  b.close(1000);
});

test("half open: who wants to answer by hand", async () => {
  const [a, b] = pair();
  a.accept();
  b.accept({ allowHalfOpen: true });
  const closed = next(b, "close");
  a.close();
  assertEq((await closed).code, 1005);
  assertEq(b.readyState, WebSocket.CLOSING);
  const last = next(a, "message"), end = next(a, "close");
  b.send("last words");
  b.close(1000);
  assertEq((await last).data, "last words");
  assertEq((await end).code, 1000);
});

test("what may not be done", () => {
  const [a, b] = pair();
  assertThrows(() => a.send("x"), TypeError); // not accepted
  a.accept();
  for (const code of [0, 999, 1004, 1005, 1006, 2999, 5000]) assertThrows(() => a.close(code), TypeError);
  assertThrows(() => a.close(undefined, "a reason"), TypeError);
  assertThrows(() => a.close(1000, "x".repeat(124)), DOMException);
  a.close(1000);
  assertThrows(() => a.send("x"), TypeError);
  assertThrows(() => WebSocket.prototype.send.call({}, "x"), TypeError);
  assertThrows(() => new Response(null, { status: 101 }), RangeError);
  assertThrows(() => new Response(null, { status: 200, webSocket: b }), RangeError);
  assertThrows(() => new Response(null, { status: 101, webSocket: {} }), TypeError);
  assertEq(new Response(null, { status: 101, webSocket: b }).webSocket, b);
});

test("new WebSocket(): URLs and protocols", () => {
  for (const url of ["nothing", "ftp://x/", "ws://x/#fragment", "ws://foo bar.com/"])
    assertThrows(() => new WebSocket(url), DOMException);
  for (const protocols of ["", "a b", ["a", "A"], ["ä"]]) assertThrows(() => new WebSocket("ws://x/", protocols), DOMException);
  assertThrows(() => new WebSocket(), TypeError);
  assertEq(WebSocket.CLOSED, 3);
  assertEq(WebSocket.prototype.CONNECTING, 0);
});

test("attachments are clones", () => {
  const [a] = pair();
  assertEq(a.deserializeAttachment(), null);
  const value = { list: [1] };
  a.serializeAttachment(value);
  value.list.push(2);
  assertDeepEq(a.deserializeAttachment(), { list: [1] });
});

test("binaryType, handlers", async () => {
  const [a, b] = pair();
  a.accept();
  b.accept();
  a.binaryType = "wrong";
  assertEq(a.binaryType, "arraybuffer");
  a.binaryType = "blob";
  const got = new Promise((done) => (a.onmessage = (e) => done(e.data)));
  b.send(new Uint8Array([65, 66]));
  assertEq(await (await got).text(), "AB");
  a.onmessage = 5;
  assertEq(a.onmessage, null);
});
