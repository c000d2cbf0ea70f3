// The Cache API, against the test runner's cache, which keeps everything. Could pass wrongly if the rules of edge were
// expected here: they are not.
test("shape", async () => {
  assertEq(Object.prototype.toString.call(caches), "[object CacheStorage]");
  assertEq(Object.prototype.toString.call(caches.default), "[object Cache]");
  assertEq(caches.default, caches.default);
  assert(caches.default instanceof Cache && caches instanceof CacheStorage);
  assertThrows(() => new Cache(), "Illegal constructor");
  assertThrows(() => new CacheStorage(), "Illegal constructor");
  assert((await caches.open("x")) instanceof Cache);
  assertDeepEq(Object.keys(Cache.prototype).sort(), ["delete", "match", "put"]);
  await assertRejects(Cache.prototype.match.call({}, "http://a/"), TypeError);
});

test("a miss is undefined", async () => {
  assertEq(await caches.default.match("http://a.example/none"), undefined);
});

test("put, match, delete", async () => {
  const url = "http://a.example/one?x=1", cache = caches.default;
  assertEq(await cache.put(url, new Response("hello", { status: 203, headers: { "Cache-Control": "max-age=60", "X-A": "1" } })), undefined);
  const hit = await cache.match(new Request(`${url}#fragment`));
  assertEq(hit.status, 203);
  assertEq(hit.headers.get("x-a"), "1");
  assertEq(hit.headers.get("content-type"), "text/plain;charset=UTF-8");
  assertThrows(() => hit.headers.set("a", "b"), TypeError);
  assertEq(await hit.text(), "hello");
  assertEq(await (await caches.open("other")).match(url), undefined);
  assertEq(await cache.delete(url), true);
  assertEq(await cache.delete(url), false);
  assertEq(await cache.match(url), undefined);
});

test("bodies: null, bytes, a clone, a script's stream, a large one, an untouched native one", async () => {
  const cache = await caches.open("bodies");
  await cache.put("http://a/null", new Response(null));
  assertEq(await (await cache.match("http://a/null")).text(), "");
  await cache.put("http://a/bytes", new Response(new Uint8Array([65, 66])));
  assertEq(await (await cache.match("http://a/bytes")).text(), "AB");
  const response = new Response("both"), copy = response.clone();
  await cache.put("http://a/clone", copy);
  assertEq(copy.bodyUsed, true);
  assertEq(await response.text(), "both");
  await cache.put("http://a/stream", new Response(new ReadableStream({
    pull(c) {
      this.n = (this.n ?? 0) + 1;
      if (this.n > 20) c.close();
      else c.enqueue(new Uint8Array(50000));
    },
  })));
  assertEq((await (await cache.match("http://a/stream")).arrayBuffer()).byteLength, 1000000);
  await cache.put("http://a/large", new Response("x".repeat(2000000)));
  assertEq((await (await cache.match("http://a/large")).text()).length, 2000000);
  const fetched = await fetch("http://edge/stream?n=3&size=10");
  await cache.put("http://a/native", fetched);
  assertEq(fetched.bodyUsed, true);
  assertEq(await (await cache.match("http://a/native")).text(), "spliced");
  const both = await fetch("http://edge/stream?n=300&size=1000");
  const put = cache.put("http://a/tee", both.clone());
  assertEq((await both.text()).length, 300000);
  await put;
  assertEq((await (await cache.match("http://a/tee")).text()).length, 300000);
});

test("what put() refuses", async () => {
  const cache = caches.default, url = "http://a.example/r";
  const message = async (p) => (await assertRejects(p, TypeError)).message;
  assertEq(await message(cache.put(new Request(url, { method: "POST", body: "x" }), new Response("x"))), "Cannot cache response to non-GET request.");
  assertEq(await message(cache.put(url, new Response("x", { status: 206 }))), "Cannot cache response to a range request (206 Partial Content).");
  assertEq(await message(cache.put(url, new Response("x", { headers: { vary: "accept, *" } }))), "Cannot cache response with 'Vary: *' header.");
  const used = new Response("x");
  await used.text();
  await assertRejects(cache.put(url, used), TypeError);
  await assertRejects(cache.put(url, "x"), TypeError);
  await assertRejects(cache.put(url), TypeError);
  await assertRejects(cache.put("not a url", new Response("x")), "Invalid URL. Cache API keys must be fully-qualified, valid URLs.");
  await assertRejects(cache.match("ftp://a/"), "Invalid URL");
  assertEq(await cache.match(url), undefined);
  assertEq(await cache.put(url, new Response(null, { status: 304 })), undefined);
  assertEq(await cache.match(url), undefined);
  await assertRejects(cache.put("http://a/refused", new Response("x")), Error);
});

test("methods", async () => {
  const cache = caches.default, url = "http://a.example/m";
  await cache.put(url, new Response("x"));
  const post = new Request(url, { method: "POST" });
  assertEq(await cache.match(post), undefined);
  assertEq(await (await cache.match(post, { ignoreMethod: true })).text(), "x");
  assertEq(await cache.delete(post), false);
  assertEq(await cache.delete(post, { ignoreMethod: true }), true);
  await assertRejects(cache.match(url, 5), TypeError);
});

test("in waitUntil(), answered from the cache", async () => {
  const answer = await fetch("http://edge/loop/cached");
  assertEq(await answer.text(), "made");
  assertEq(await (await caches.default.match("http://a.example/page")).text(), "made");
});
handlers.cached = async (request, env, ctx) => {
  const response = new Response("made", { headers: { "cache-control": "max-age=5" } });
  ctx.waitUntil(caches.default.put("http://a.example/page", response.clone()));
  return response;
};
