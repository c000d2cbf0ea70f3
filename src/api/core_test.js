test("bindings", (request, env) => {
  assertEq(env.GREETING, "hello");
  assertDeepEq(env.CONFIG, { a: [1, 2] });
});
test("incoming request", async (request) => {
  assertEq(request.method, "POST");
  assertEq(request.url, "http://example.com/run?a=b");
  assertEq(request.headers.get("Host"), "example.com");
  assertEq(request.headers.get("x-two"), "1, 2");
  assertEq(request.headers.get("nope"), null);
  assertEq(request.headers.has("ACCEPT"), true);
  assertDeepEq([...request.headers.keys()], ["accept", "host", "x-two"]);
  assertThrows(() => request.headers.set("a", "b"), TypeError);
  assertDeepEq(request.cf, { colo: "TST" });
  assertEq(request.bodyUsed, false);
  const other = request.clone();
  assertEq(await request.text(), "the body \u20ac it");
  assertEq(request.bodyUsed, true);
  await assertRejects(request.text(), TypeError);
  assertEq((await other.arrayBuffer()).byteLength, 15 + 0);
});
test("timers run in order, with arguments, and microtasks between", async () => {
  const seen = [];
  await new Promise((ok) => {
    setTimeout(() => seen.push("b"), 10);
    setTimeout((...a) => { seen.push(a.join()); Promise.resolve().then(() => seen.push("micro")); }, 0, 1, 2);
    setTimeout(() => seen.push("a2"), 0);
    const id = setTimeout(() => seen.push("never"), 5);
    clearTimeout(id);
    setTimeout(ok, 30);
  });
  assertDeepEq(seen, ["1,2", "micro", "a2", "b"]);
  let n = 0;
  await new Promise((ok) => {
    const id = setInterval(() => { if (++n === 3) { clearInterval(id); ok(); } }, 1);
  });
  assertEq(n, 3);
  assertThrows(() => setTimeout("code"), TypeError);
});
test("queueMicrotask, self, scheduler", async () => {
  assertEq(self, globalThis);
  let hit = false;
  queueMicrotask(() => (hit = true));
  await null;
  assert(hit);
  await scheduler.wait(1);
  const c = new AbortController();
  setTimeout(() => c.abort(), 1);
  await assertRejects(scheduler.wait(10000, { signal: c.signal }), "AbortError");
});
test("ctx", (request, env, ctx) => {
  assertEq(String(ctx), "[object ExecutionContext]");
  assertThrows(() => new ExecutionContext(), TypeError);
  ctx.waitUntil(Promise.resolve(1));
  ctx.passThroughOnException();
});

handlers.text = () => new Response("hello");
handlers.json = () => Response.json({ a: 1 }, { headers: { "X-Custom": "yes" }, status: 201 });
handlers.null = () => new Response(null, { status: 204 });
handlers.bytes = () => new Response(new Uint8Array([104, 105]));
handlers.unicode = () => new Response("h\u20acllo");
handlers.reason = () => new Response("x", { status: 404, statusText: "Nope" });
handlers.big = () => new Response("x".repeat(20000));
handlers.huge = () => new Response("y".repeat(700000));
handlers.stream = () => {
  let n = 0;
  return new Response(new ReadableStream({ pull(c) { if (++n > 3) c.close(); else c.enqueue(new TextEncoder().encode(`part${n} `)); } }));
};
handlers.throws = () => { throw new RangeError("out of cheese"); };
handlers.rejects = async () => { null.f(); };
handlers.wrong = () => "not a response";
handlers.hang = () => new Promise(() => {});
handlers.echo = (request) => new Response(request.body, { headers: { "content-type": request.headers.get("content-type") ?? "none" } });
handlers.later = (request, env, ctx) => {
  ctx.waitUntil(new Promise((ok) => setTimeout(() => { globalThis.laterRan = true; ok(); }, 20)));
  return new Response("now");
};
handlers.proxy = () => fetch("http://edge/stream?n=3&size=7");
handlers.proxyInline = () => fetch("http://edge/hello");
handlers.headers = () => {
  const h = new Headers([["Set-Cookie", "a=1"], ["x", "1"]]);
  h.append("set-cookie", "b=2");
  return new Response("h", { headers: h });
};
handlers.readThenSend = async (request) => new Response((await request.text()).toUpperCase());
const loop = (name, init) => fetch(`http://edge/loop/${name}`, init);

test("small answers", async () => {
  let r = await loop("text");
  assertEq(r.status, 200);
  assertEq(r.headers.get("content-type"), "text/plain;charset=UTF-8");
  assertEq(r.headers.get("x-how"), "inline");
  assertEq(await r.text(), "hello");
  r = await loop("json");
  assertEq(r.status, 201);
  assertEq(r.headers.get("x-custom"), "yes");
  assertEq(r.headers.get("content-type"), "application/json");
  assertDeepEq(await r.json(), { a: 1 });
  r = await loop("null");
  assertEq(r.headers.get("x-how"), "null");
  r = await loop("bytes");
  assertEq(r.headers.get("content-type"), null);
  assertEq(await r.text(), "hi");
  assertEq(await (await loop("unicode")).text(), "h\u20acllo");
  r = await loop("reason");
  assertEq(r.status, 404);
  r = await loop("headers");
  assertDeepEq(r.headers.getSetCookie(), ["a=1", "b=2"]);
});
test("large answers and streams", async () => {
  assertEq((await (await loop("big")).text()).length, 20000);
  let r = await loop("huge");
  assertEq(r.headers.get("x-how"), "stream");
  assertEq((await r.text()).length, 700000);
  r = await loop("stream");
  assertEq(r.headers.get("x-how"), "stream");
  assertEq(await r.text(), "part1 part2 part3 ");
});
test("failures", async () => {
  let r = await loop("throws");
  assertEq(r.headers.get("x-how"), "failed");
  const text = await r.text();
  assert(text.startsWith("RangeError: out of cheese"), text);
  assert(text.includes("test.js:"), text);
  assert(/> \d+ \| handlers.throws/.test(text), text);
  r = await loop("rejects");
  assert((await r.text()).startsWith("TypeError"));
  r = await loop("wrong");
  assert((await r.text()).includes("did not resolve to 'Response'"));
});
test("a body passed through", async () => {
  assertEq(await (await loop("echo", { method: "POST", body: "ping" })).text(), "ping");
  assertEq(await (await loop("readThenSend", { method: "POST", body: "ping" })).text(), "PING");
  let r = await loop("proxy");
  assertEq(r.headers.get("x-how"), "splice");
  r = await loop("proxyInline");
  assertEq(r.headers.get("x-how"), "inline");
  assertEq(await r.text(), "hello from edge");
});
test("waitUntil keeps the event", async () => {
  globalThis.laterRan = false;
  const r = await loop("later"); // comes with DONE
  assertEq(globalThis.laterRan, true);
  assertEq(await r.text(), "now");
});
