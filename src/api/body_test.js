const bytes = (...a) => new Uint8Array(a);
test("what is iterable is a body of chunks, unless it has a text of its own", async () => {
  const chunk = (text) => new TextEncoder().encode(text);
  assertEq(await new Response([chunk("a"), chunk("b")]).text(), "ab");
  assertEq(await new Response((function* () { yield chunk("c"); })()).text(), "c");
  assertEq(await new Response(new String("boxed")).text(), "boxed");
  assertEq(await new Response({ *[Symbol.iterator]() { yield chunk("no"); }, toString: () => "yes" }).text(), "yes");
  assertEq(await new Response({}).text(), "[object Object]");
});
test("kinds of bodies", async () => {
  assertEq(await new Response("a\ud800b").text(), "a\ufffdb");
  assertEq(await new Response("\ufeffa").text(), "a");
  assertEq(await new Response(bytes(104, 105)).text(), "hi");
  assertEq(await new Response(bytes(104, 105).buffer).text(), "hi");
  assertEq(await new Response(new DataView(bytes(104, 105).buffer, 1)).text(), "i");
  assertEq(await new Response(new URLSearchParams("a=1&b=%20")).text(), "a=1&b=+");
  assertEq(new Response(new URLSearchParams()).headers.get("content-type"), "application/x-www-form-urlencoded;charset=UTF-8");
  assertEq(await new Response(123).text(), "123");
  assertEq(await new Response(new ReadableStream({ start(c) { c.enqueue(bytes(120)); c.close(); } })).text(), "x");
  assertEq(await new Response(null).text(), "");
  assertEq(new Response().body, null);
  async function* parts() { yield new TextEncoder().encode("one "); yield new TextEncoder().encode("two"); }
  assertEq(await new Response(parts()).text(), "one two");
  const original = bytes(1, 2, 3), r = new Response(original);
  original[0] = 9;
  assertDeepEq([...(await r.bytes())], [1, 2, 3]);
});
test("readers", async () => {
  assertDeepEq(await new Response('{"a":[1]}').json(), { a: [1] });
  await assertRejects(new Response("{").json(), SyntaxError);
  const buffer = await new Response("abc").arrayBuffer();
  assert(buffer instanceof ArrayBuffer);
  assertEq(buffer.byteLength, 3);
  const r = new Response("x");
  assertEq(r.bodyUsed, false);
  const p = r.text();
  assertEq(r.bodyUsed, true);
  await p;
  await assertRejects(r.json(), TypeError);
  assertThrows(() => r.clone(), TypeError);
});
test("clone", async () => {
  const a = new Response("both", { status: 201, headers: { x: "1" } }), b = a.clone();
  assertEq(b.status, 201);
  b.headers.set("x", "2");
  assertEq(a.headers.get("x"), "1");
  assertEq(await a.text() + (await b.text()), "bothboth");
  const s = new Response(new ReadableStream({ start(c) { c.enqueue(bytes(120)); c.close(); } })), t = s.clone();
  assertEq(await s.text() + (await t.text()), "xx");
});
test("body as a stream", async () => {
  const r = new Response("streamed"), s = r.body;
  assert(s instanceof ReadableStream);
  assertEq(r.body, s);
  const reader = s.getReader();
  const { value } = await reader.read();
  assertEq(new TextDecoder().decode(value), "streamed");
  assertEq((await reader.read()).done, true);
  assertEq(r.bodyUsed, true);
  const used = new Response("y");
  await used.text();
  assert(used.body instanceof ReadableStream);
  const locked = new Response(new ReadableStream());
  locked.body.getReader();
  await assertRejects(locked.text(), TypeError);
  assertThrows(() => new Response(locked.body), TypeError);
  await assertRejects(new Response(new ReadableStream({ start(c) { c.enqueue("text"); c.close(); } })).text(), TypeError);
});
test("Response", async () => {
  assertThrows(() => new Response("", { status: 99 }), RangeError);
  assertThrows(() => new Response("x", { status: 204 }), TypeError);
  assertThrows(() => new Response("", { statusText: "a\nb" }), TypeError);
  const r = Response.redirect("http://x/y?z", 301);
  assertEq(r.headers.get("location"), "http://x/y?z");
  assertThrows(() => r.headers.set("a", "b"), TypeError);
  assertThrows(() => Response.redirect("http://x/", 200), RangeError);
  assertThrows(() => Response.redirect("/relative"), TypeError);
  assertEq(Response.error().type, "error");
  assertEq(Response.error().status, 0);
  assertEq(new Response().type, "default");
  assertEq(Response.json({ a: 1 }).headers.get("content-type"), "application/json");
  assertEq(Response.json(1, { headers: { "content-type": "x/y" } }).headers.get("content-type"), "x/y");
  assertThrows(() => Response.json(undefined), TypeError);
  const copy = new Response("b", new Response("a", { status: 202, headers: { q: "1" } }));
  assertEq(copy.status, 202);
  assertEq(copy.headers.get("q"), "1");
  assertEq(Response.length, 0);
  assertEq(Response.name, "Response");
  assertEq(String(copy), "[object Response]");
  class Mine extends Response {}
  assert(new Mine("x") instanceof Response);
  assertEq(await new Mine("x").text(), "x");
});
test("Request", async () => {
  const r = new Request("http://x/a#h", { method: "post", body: "b", headers: { "content-type": "t/t" } });
  assertEq(r.method, "POST");
  assertEq(r.url, "http://x/a#h");
  assertEq(r.headers.get("content-type"), "t/t");
  assertThrows(() => new Request("http://x", { body: "x" }), TypeError);
  assertThrows(() => new Request("/x"), TypeError);
  assertThrows(() => new Request("http://x", { method: "a b" }), TypeError);
  assertThrows(() => new Request("http://x", { redirect: "maybe" }), TypeError);
  assertThrows(() => new Request(), TypeError);
  assertEq(new Request("http://x", { method: "patch" }).method, "PATCH");
  assertEq(new Request("http://x", { method: "Chicken" }).method, "Chicken");
  const copy = new Request(r, { headers: { a: "1" } });
  assertEq(copy.method, "POST");
  assertEq(copy.headers.get("content-type"), null);
  assertEq(await copy.text(), "b");
  assertEq(r.bodyUsed, true);
  assertThrows(() => new Request(r), TypeError);
  const s = new Request("http://x", { method: "POST", body: new ReadableStream(), duplex: "half" });
  assert(s.body instanceof ReadableStream);
  assert(r.signal instanceof AbortSignal);
  assertEq(new Request(new URL("http://u/v")).url, "http://u/v");
  assertEq(new Request(new Request("http://x", { method: "PUT" })).method, "PUT");
  assertEq(Request.length, 1);
});
test("shape", () => {
  for (const C of [Request, Response]) {
    for (const name of ["text", "json", "arrayBuffer", "blob", "formData", "bytes", "clone"])
      assertEq(Object.getOwnPropertyDescriptor(C.prototype, name).enumerable, true, name);
    assertEq(Object.getOwnPropertyDescriptor(C.prototype, "text").value.length, 0);
    assertEq(Object.getOwnPropertyDescriptor(C.prototype, "body").get.name, "get body");
  }
  assertThrows(() => Object.getOwnPropertyDescriptor(Response.prototype, "status").get.call({}), TypeError);
  assertEq(Object.getOwnPropertyDescriptor(globalThis, "Response").enumerable, false);
  assertEq(Object.getOwnPropertyDescriptor(globalThis, "fetch").enumerable, true);
});
