// structuredClone. It could pass wrongly if it returned its argument: each test checks that the copy is another object.
function copy(v, transfer) {
  const c = structuredClone(v, transfer && { transfer });
  assert(c !== v || typeof v !== "object" || v === null);
  return c;
}
test("plain values, cycles, sharing", () => {
  const shared = { x: 1 };
  const v = { a: [1, , "s", null, undefined, 10n], s1: shared, s2: shared, "__proto__x": 1 };
  v.self = v;
  const c = copy(v);
  assertEq(c.self, c);
  assertEq(c.s1, c.s2);
  assert(c.s1 !== shared);
  assertEq(1 in c.a, false);
  assertEq(c.a.length, 6);
  assertEq(copy(JSON.parse('{"__proto__":3}'))["__proto__"], 3);
});
test("types of the language", () => {
  const map = new Map([[{ k: 1 }, new Set([1, "2"])]]);
  map.set("me", map);
  const m = copy(map);
  assertEq(m.get("me"), m);
  assertDeepEq([...[...m.values()][0]], [1, "2"]);
  assertEq(copy(new Date(5)).getTime(), 5);
  assertEq(String(copy(/a\/b/giu)), "/a\\/b/giu");
  assertEq(copy(Object(7n)).valueOf(), 7n);
  assertEq(copy(new String("s")).valueOf(), "s");
  const e = copy(new RangeError("m", { cause: new Error("c") }));
  assert(e instanceof RangeError);
  assertDeepEq([e.message, e.cause.message], ["m", "c"]);
  const d = copy(new DOMException("m", "AbortError"));
  assertDeepEq([d.name, d.message, d.code], ["AbortError", "m", 20]);
  class C { constructor() { this.p = 1; } get g() { return 2; } }
  assertEq(Object.getPrototypeOf(copy(new C())), Object.prototype);
});
test("buffers and views", () => {
  const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
  const { a, b } = copy({ a: new Uint8Array(buffer, 1, 2), b: new DataView(buffer, 2) });
  assertEq(a.buffer, b.buffer);
  assertDeepEq([...a], [2, 3]);
  assertEq(b.getUint8(1), 4);
  const resizable = copy(new ArrayBuffer(2, { maxByteLength: 8 }));
  assertDeepEq([resizable.byteLength, resizable.maxByteLength, resizable.resizable], [2, 8, true]);
  const moved = copy({ buffer }, [buffer]);
  assertEq(buffer.detached, true);
  assertEq(moved.buffer.byteLength, 4);
  assertThrows(() => copy(buffer), "DataCloneError");
  const twice = new ArrayBuffer(1);
  assertThrows(() => copy(1, [twice, twice]), "DataCloneError");
  assertEq(twice.detached, false);
  const shrinking = new ArrayBuffer(8, { maxByteLength: 8 });
  const lost = new Uint8Array(shrinking, 4, 2), empty = new Uint8Array(shrinking, 2, 0), tracking = new Uint8Array(shrinking, 1);
  shrinking.resize(3);
  assertThrows(() => copy(lost), "DataCloneError");
  assertEq(copy(empty).length, 0);
  assertEq(copy(tracking).length, 2);
});
test("a failing clone detaches nothing", () => {
  const buffer = new ArrayBuffer(1);
  assertThrows(() => copy({ get x() { throw new EvalError("mine"); } }, [buffer]), EvalError);
  assertThrows(() => copy({ f() {} }, [buffer]), "DataCloneError");
  assertEq(buffer.detached, false);
});
test("what cannot be cloned", () => {
  for (const v of [() => 1, Symbol("s"), Object(Symbol("s")), Promise.resolve(), new WeakMap(), new WeakRef({}), (function* () {})(),
    new ReadableStream(), new URL("http://a"), new EventTarget(), [1].values()])
    assertThrows(() => structuredClone(v), "DataCloneError");
  assertThrows(() => structuredClone(), TypeError);
  assertThrows(() => structuredClone(1, { transfer: [{}] }), "DataCloneError");
});
test("Blob and File", async () => {
  const f = copy(new File(["abc"], "n", { type: "t/x", lastModified: 9 }));
  assertDeepEq([f.name, f.type, f.lastModified, await f.text()], ["n", "t/x", 9, "abc"]);
  assertEq(copy(new Blob(["x"])).size, 1);
});
