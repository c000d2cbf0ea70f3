test("head and inline body", async () => {
  const r = await fetch("http://edge/echo?q", { method: "put", headers: { "X-A": "1" }, body: "data", cf: { a: 1 } });
  assertEq(r.ok, true);
  assertEq(r.url, "http://edge/echo?q");
  assertEq(r.redirected, false);
  assertDeepEq(r.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEq(r.headers.get("set-cookie"), "a=1, b=2");
  assertThrows(() => r.headers.set("a", "1"), TypeError);
  const seen = await r.json();
  assertEq(seen.method, "PUT");
  assertEq(seen.body, "data");
  assertEq(seen.headers["x-a"], "1");
  assertEq(seen.headers["content-type"], "text/plain;charset=UTF-8");
});
test("streams", async () => {
  const r = await fetch("http://edge/stream?n=10&size=1000");
  assertEq(r.bodyUsed, false);
  assertEq((await r.arrayBuffer()).byteLength, 10000);
  assertEq(r.bodyUsed, true);
  let total = 0;
  for await (const chunk of (await fetch("http://edge/stream?n=1000&size=1000")).body) total += chunk.length;
  assertEq(total, 1000000);
  const c = (await fetch("http://edge/stream?n=3&size=10")).clone();
  assertEq((await c.text()).length, 30);
  await (await fetch("http://edge/stream?n=1000&size=1000")).body.cancel();
});
test("streaming upload", async () => {
  let n = 0;
  const body = new ReadableStream({ pull(c) { if (++n > 50) c.close(); else c.enqueue(new Uint8Array(20000)); } });
  const r = await fetch("http://edge/echo", { method: "POST", body });
  assertEq((await r.json()).bytes, 1000000);
});
test("failures", async () => {
  await assertRejects(fetch("http://edge/fail"), TypeError);
  await assertRejects(fetch("nonsense"), TypeError);
  await assertRejects(fetch("ftp://x/"), TypeError);
  await assertRejects(fetch("http://edge/x", { body: "x" }), TypeError);
});
test("redirected, null", async () => {
  const r = await fetch("http://edge/redirected");
  assertEq(r.redirected, true);
  assertEq(r.url, "http://edge/target");
  const n = await fetch("http://edge/null");
  assertEq(n.status, 204);
  assertEq(n.body, null);
  assertEq(await n.text(), "");
});
test("abort", async () => {
  const c = new AbortController();
  setTimeout(() => c.abort(), 5);
  await assertRejects(fetch("http://edge/never", { signal: c.signal }), "AbortError");
  await assertRejects(fetch("http://edge/x", { signal: AbortSignal.abort(new RangeError("mine")) }), RangeError);
  await assertRejects(fetch("http://edge/never", { signal: AbortSignal.timeout(5) }), "TimeoutError");
});
test("a Request as input", async () => {
  const request = new Request("http://edge/echo", { method: "POST", body: "abc" });
  const seen = await (await fetch(request)).json();
  assertEq(seen.body, "abc");
  assertEq(request.bodyUsed, true);
  await assertRejects(fetch(request), TypeError);
});
