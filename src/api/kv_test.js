// Workers KV. Could pass wrongly if reads did not reach the store: values are read through a second binding object too.
const kv = () => $env.KV;
const MIB = 1024 * 1024;

test("shape", () => {
  assertEq(Object.prototype.toString.call(kv()), "[object KvNamespace]");
  assertEq(kv(), $env.KV);
  assertDeepEq(Object.keys(Object.getPrototypeOf(kv())).sort(), ["delete", "get", "getWithMetadata", "list", "put"]);
  assertThrows(() => new (kv().constructor)(), "Illegal constructor");
  assertThrows(() => Object.getPrototypeOf(kv()).get.call({}, "a"), "Illegal invocation");
  assert(kv().get("nothing") instanceof Promise);
});

test("a missing key is null, of every type", async () => {
  for (const type of [undefined, "text", "json", "arrayBuffer", "stream"]) assertEq(await kv().get("missing", type), null);
  assertDeepEq(await kv().getWithMetadata("missing"), { value: null, metadata: null, cacheStatus: null });
});

test("read your writes, in all types", async () => {
  assertEq(await kv().put("k", '{"a":[1,"\u20ac\u{1F600}"]}'), undefined);
  assertEq(await kv().get("k"), '{"a":[1,"\u20ac\u{1F600}"]}');
  assertEq(await kv().get("k", "text"), '{"a":[1,"\u20ac\u{1F600}"]}');
  assertDeepEq(await kv().get("k", { type: "json" }), { a: [1, "\u20ac\u{1F600}"] });
  const buffer = await kv().get("k", "arrayBuffer");
  assert(buffer instanceof ArrayBuffer);
  assertEq(new TextDecoder().decode(buffer), '{"a":[1,"\u20ac\u{1F600}"]}');
  const stream = await kv().get("k", { type: "stream", cacheTtl: 60 });
  assert(stream instanceof ReadableStream);
  assertEq(await new Response(stream).text(), '{"a":[1,"\u20ac\u{1F600}"]}');
  assertEq(await $env.OTHER_KV.get("k"), null);
});

test("what may be put", async () => {
  const bytes = new Uint8Array([0, 1, 255, 128, 9]);
  await kv().put("b", bytes.buffer);
  assertDeepEq(new Uint8Array(await kv().get("b", "arrayBuffer")), bytes);
  await kv().put("b", bytes.subarray(1, 3));
  assertDeepEq(new Uint8Array(await kv().get("b", "arrayBuffer")), new Uint8Array([1, 255]));
  await kv().put("b", new DataView(bytes.buffer, 2));
  assertDeepEq(new Uint8Array(await kv().get("b", "arrayBuffer")), new Uint8Array([255, 128, 9]));
  await kv().put("b", new Response("from a stream").body);
  assertEq(await kv().get("b"), "from a stream");
  await kv().put("b", new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.enqueue(new Uint8Array([66])); c.close(); } }));
  assertEq(await kv().get("b"), "AB");
  await kv().put("b", "");
  assertEq(await kv().get("b"), "");
  assertEq(await new Response(await kv().get("b", "stream")).text(), "");
  await kv().put("b", 42);
  assertEq(await kv().get("b"), "42");
  await assertRejects(kv().put("b", {}), "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.");
  await assertRejects(kv().put("b"), TypeError);
  assertEq(await kv().get("b"), "42");
  await kv().put("\ud800", "lone");
  assertEq(await kv().get("\ufffd"), "lone");
});

test("the body of this request, and a fetched one", async () => {
  await kv().put("fetched", (await fetch("http://edge/stream?n=40&size=10000")).body);
  assertEq((await kv().get("fetched")).length, 400000);
  let all = 0, chunks = 0;
  for await (const chunk of await kv().get("fetched", "stream")) all += chunk.byteLength, chunks++;
  assertEq(all, 400000);
  assert(chunks > 1, "in pieces");
});

test("a buffer that changes after put()", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const done = kv().put("copied", bytes);
  bytes.fill(9);
  await done;
  assertDeepEq(new Uint8Array(await kv().get("copied", "arrayBuffer")), new Uint8Array([1, 2, 3]));
});

test("delete", async () => {
  await kv().put("gone", "1");
  assertEq(await kv().delete("gone"), undefined);
  assertEq(await kv().get("gone"), null);
  assertEq(await kv().delete("never was"), undefined);
});

test("metadata", async () => {
  await kv().put("m", "v", { metadata: { a: [1, null], b: "\u20ac" } });
  assertDeepEq(await kv().getWithMetadata("m"), { value: "v", metadata: { a: [1, null], b: "\u20ac" }, cacheStatus: null });
  await kv().put("m", "v", { metadata: 0 });
  assertEq((await kv().getWithMetadata("m", "stream")).metadata, 0);
  await kv().put("m", "2");
  assertDeepEq(await kv().getWithMetadata("m", { type: "json" }), { value: 2, metadata: null, cacheStatus: null });
  await kv().put("m", "v", { metadata: "x".repeat(1022) });
  await assertRejects(kv().put("m", "v", { metadata: "x".repeat(1023) }), "KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.");
});

test("expiration", async () => {
  const now = Math.floor(Date.now() / 1000);
  await kv().put("e", "1", { expirationTtl: 60 });
  await kv().put("e2", "1", { expiration: now + 3600 });
  const { keys } = await kv().list({ prefix: "e" });
  assertEq(keys[0].name, "e");
  assert(keys[0].expiration >= now + 60 && keys[0].expiration <= now + 65, "60 s from now");
  assertEq(keys[1].expiration, now + 3600);
  assertEq(await kv().get("e"), "1");
  await assertRejects(kv().put("e", "1", { expirationTtl: 10 }), "KV PUT failed: 400 Invalid expiration_ttl of 10. Expiration TTL must be at least 60.");
  await assertRejects(kv().put("e", "1", { expirationTtl: 0 }), "KV PUT failed: 400 Invalid expiration_ttl of 0. Please specify integer greater than 0.");
  await assertRejects(kv().put("e", "1", { expirationTtl: "x" }), "KV PUT failed: 400 Invalid expiration_ttl of x. Please specify integer greater than 0.");
  await assertRejects(kv().put("e", "1", { expiration: 1 }), "KV PUT failed: 400 Invalid expiration of 1. Please specify integer greater than the current number of seconds since the UNIX epoch.");
  await assertRejects(kv().put("e", "1", { expiration: now + 30 }), "Expiration times must be at least 60 seconds in the future.");
});

test("keys", async () => {
  const long = "\u20ac".repeat(170) + "ab"; // 512 bytes
  await kv().put(long, "1");
  assertEq(await kv().get(long), "1");
  for (const [name, call] of [["GET", (k) => kv().get(k)], ["GET", (k) => kv().getWithMetadata(k)], ["PUT", (k) => kv().put(k, "1")], ["DELETE", (k) => kv().delete(k)]]) {
    assertEq((await assertRejects(call(`${long}x`), Error)).message, `KV ${name} failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.`);
    assertEq((await assertRejects(call(""), TypeError)).message, "Key name cannot be empty.");
    assertEq((await assertRejects(call("."), TypeError)).message, '"." is not allowed as a key name.');
    assertEq((await assertRejects(call(".."), TypeError)).message, '".." is not allowed as a key name.');
  }
  await assertRejects(kv().get(), TypeError);
  await kv().put("...", "dots");
  assertEq(await kv().get("..."), "dots");
  assertEq(await kv().get({ toString: () => "..." }), "dots");
});

test("options of get", async () => {
  await assertRejects(kv().get("k", "xml"), "Unknown response type. Possible types are");
  await assertRejects(kv().get("k", { cacheTtl: 10 }), "KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 60.");
  await kv().put("bad", "{");
  await assertRejects(kv().get("bad", "json"), SyntaxError);
});

test("bulk", async () => {
  await kv().put("j1", '{"n":1}', { metadata: { m: 1 } });
  await kv().put("j2", "2");
  assertDeepEq(await kv().get(["j1", "nope", "j2"]), new Map([["j1", '{"n":1}'], ["nope", null], ["j2", "2"]]));
  assertDeepEq(await kv().get(["j1", "j2"], "json"), new Map([["j1", { n: 1 }], ["j2", 2]]));
  assertDeepEq(await kv().getWithMetadata(["j1", "nope"], { type: "json" }), new Map([
    ["j1", { value: { n: 1 }, metadata: { m: 1 }, cacheStatus: null }], ["nope", { value: null, metadata: null, cacheStatus: null }]]));
  await assertRejects(kv().get(["j1", "bad"], "json"), "At least one of the requested keys corresponds to a non-json value");
  await assertRejects(kv().get(["j1"], "stream"), "KV GET_BULK failed: 400 \"stream\" is not a valid type. Use \"json\" or \"text\"");
  await assertRejects(kv().get(Array(101).fill("a")), "You can request a maximum of 100 keys");
  await assertRejects(kv().get([]), "KV GET_BULK failed: 400");
  await assertRejects(kv().get(["a", ""]), "Key name cannot be empty.");
  assertEq((await kv().get(Array.from({ length: 100 }, (_, i) => `key${i}`))).size, 100);
});

test("list", async () => {
  const ns = $env.OTHER_KV;
  assertDeepEq(await ns.list(), { keys: [], list_complete: true, cacheStatus: null });
  await Promise.all(Array.from({ length: 25 }, (_, i) => ns.put(`p/${String(i).padStart(2, "0")}`, "v", i === 3 ? { metadata: { i } } : undefined)));
  await ns.put("other", "v");
  const page = await ns.list({ prefix: "p/", limit: 10 });
  assertDeepEq(page.keys.map((k) => k.name), Array.from({ length: 10 }, (_, i) => `p/0${i}`));
  assertDeepEq(page.keys[3], { name: "p/03", metadata: { i: 3 } });
  assertDeepEq(Object.keys(page), ["keys", "list_complete", "cursor", "cacheStatus"]);
  assertEq(page.list_complete, false);
  const names = [];
  let cursor, rounds = 0;
  do {
    const p = await ns.list({ prefix: "p/", limit: 10, cursor });
    names.push(...p.keys.map((k) => k.name));
    cursor = p.list_complete ? null : p.cursor;
    rounds++;
  } while (cursor);
  assertEq(names.length, 25);
  assertEq(rounds, 3);
  assertEq((await ns.list()).keys.length, 26);
  assertEq((await ns.list({ limit: 0, prefix: null, cursor: null })).keys.length, 26);
  await assertRejects(ns.list({ limit: -1 }), "KV GET failed: 400 Invalid key_count_limit of -1. Please specify an integer greater than 0.");
  await assertRejects(ns.list({ limit: 1001 }), "KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.");
  await assertRejects(ns.list({ cursor: "not one" }), "KV GET failed: 400");
  await assertRejects(ns.list({ prefix: "x".repeat(513) }), "KV GET failed: 414");
});

test("many writes at once settle, in order", async () => {
  const order = [];
  await Promise.all(Array.from({ length: 500 }, (_, i) => kv().put("same", `${i}`).then(() => order.push(i))));
  assertEq(await kv().get("same"), "499");
  assertDeepEq(order, Array.from({ length: 500 }, (_, i) => i));
});

test("large values", async () => {
  const big = new Uint8Array(25 * MIB);
  big[7] = 7;
  await kv().put("big", big);
  const back = new Uint8Array(await kv().get("big", "arrayBuffer"));
  assertEq(back.length, big.length);
  assertEq(back[7], 7);
  assertEq((await assertRejects(kv().put("big", new Uint8Array(25 * MIB + 1)), Error)).message,
    "KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.");
  await assertRejects(kv().get(["big", "k"]), "KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB");
  await kv().delete("big");
});

test("a handler that waits for put() is not hung", async () => {
  assertEq(await (await fetch("http://edge/loop/puts")).text(), "put");
});
handlers.puts = async (request, env) => {
  await env.KV.put("h", "1");
  return new Response("put");
};

test("a chain of timers does not hold up a put()", async () => {
  let done = false;
  kv().put("t", "1").then(() => (done = true));
  while (!done) await new Promise((ok) => setTimeout(ok, 0));
});

// Freed while writes are under way: nothing may be touched afterwards (the sanitizers watch).
test("writes nobody waits for", () => {
  for (let i = 0; i < 50; i++) kv().put(`left${i}`, "x".repeat(1000));
});
