// crypto: randomness. Could pass wrongly if the stock repeated itself in ways that few samples do not show.
test("shape", () => {
  assertEq(Object.prototype.toString.call(crypto), "[object Crypto]");
  assert(crypto instanceof Crypto);
  assertThrows(() => new Crypto(), "Illegal constructor");
  assertThrows(() => Crypto.prototype.randomUUID.call({}), TypeError);
  assert(Object.getOwnPropertyDescriptor(Crypto.prototype, "subtle").enumerable);
});

test("randomUUID", () => {
  const seen = new Set();
  for (let i = 0; i < 1000; i++) {
    const id = crypto.randomUUID();
    assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
    seen.add(id);
  }
  assertEq(seen.size, 1000);
});

test("getRandomValues", () => {
  for (const Type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array]) {
    const a = new Type(64);
    assertEq(crypto.getRandomValues(a), a);
    assert(a.some((x) => x != 0));
  }
  const part = new Uint8Array(100);
  crypto.getRandomValues(part.subarray(40, 60));
  assert(part.subarray(0, 40).every((x) => x === 0) && part.subarray(60).every((x) => x === 0));
  assertEq(crypto.getRandomValues(new Uint8Array(65536)).length, 65536);
  assertEq(crypto.getRandomValues(new Uint8Array(0)).length, 0);
  assertThrows(() => crypto.getRandomValues(new Uint8Array(65537)), "QuotaExceededError");
  assertThrows(() => crypto.getRandomValues(new Uint8Array(65537)), QuotaExceededError);
  const e = new QuotaExceededError("full", { quota: 1, requested: 2 });
  assert(e instanceof DOMException && e.code === 22 && e.name === "QuotaExceededError" && e.message === "full" && e.quota === 1 && e.requested === 2);
  assertEq(new QuotaExceededError().quota, null);
  assertThrows(() => new QuotaExceededError("", { quota: -1 }), RangeError);
  assertThrows(() => new QuotaExceededError("", { quota: 2, requested: 1 }), RangeError);
  assertThrows(() => crypto.getRandomValues(new Float32Array(4)), "TypeMismatchError");
  assertThrows(() => crypto.getRandomValues(new DataView(new ArrayBuffer(4))), "TypeMismatchError");
  assertThrows(() => crypto.getRandomValues([1, 2]), TypeError);
  assertThrows(() => crypto.getRandomValues(), TypeError);
  assertEq(assertThrows(() => crypto.getRandomValues(new Uint8Array(65537))).code, 22);
});

test("DigestStream", async () => {
  const s = new crypto.DigestStream("SHA-256");
  assert(s instanceof WritableStream);
  const w = s.getWriter();
  await w.write("ab");
  await w.write(new Uint8Array([99]));
  await w.close();
  assertEq(new Uint8Array(await s.digest).toHex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assertEq(s.bytesWritten, 3n);
  const t = new crypto.DigestStream({ name: "md5" });
  await new Response("abc").body.pipeTo(t);
  assertEq(new Uint8Array(await t.digest).toHex(), "900150983cd24fb0d6963f7d28e17f72");
  const bad = new crypto.DigestStream("SHA-1");
  await bad.abort(new Error("no more"));
  await assertRejects(bad.digest, "no more");
  assertThrows(() => new crypto.DigestStream("SHA-9"), "NotSupportedError");
});
