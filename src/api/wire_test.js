// Values as bytes for another isolate (wire.js). Could pass wrongly if reading gave back the object that was written: every value is
// compared with one that was made anew; or if nothing were refused: bytes are changed one by one, and what comes is a value or one of
// the errors that a reader may throw.
const encode = (...a) => $internal.load("wire").encode(...a), decode = (...a) => $internal.load("wire").decode(...a);
const there = (v, write, read) => decode(encode(v, write), read);

test("what structuredClone() takes", () => {
  const shared = { a: [undefined, null, -0, NaN, Infinity, 10n, "\u20ac\ud83d\ude00"] };
  const v = there({
    shared, again: shared, map: new Map([[shared, new Set([1, "x"])]]), date: new Date(5), re: /a+/gi, boxed: Object("s"),
    bytes: new Uint8Array([1, 2, 3, 4]).subarray(1, 3), buffer: new ArrayBuffer(4, { maxByteLength: 8 }), view: new DataView(new ArrayBuffer(2)),
    error: new RangeError("far", { cause: shared }), dom: new DOMException("m", "AbortError"), sparse: [, 1], __proto__: null,
  });
  assertEq(v.shared, v.again);
  assertEq([...v.map.keys()][0], v.shared);
  assert(Object.is(v.shared.a[2], -0) && Number.isNaN(v.shared.a[3]) && v.shared.a[5] === 10n);
  assertEq(v.shared.a[6], "\u20ac\ud83d\ude00");
  assertEq(v.date.getTime(), 5);
  assertEq(String(v.re), "/a+/gi");
  assertDeepEq([...v.bytes], [2, 3]);
  assertEq(v.bytes.buffer.byteLength, 4);
  assertEq(v.buffer.maxByteLength, 8);
  assert(v.error instanceof RangeError && v.error.message === "far" && v.error.cause === v.shared);
  assert(v.dom instanceof DOMException && v.dom.name === "AbortError");
  assertEq(0 in v.sparse, false);
  const round = {};
  round.self = round;
  const back = there(round);
  assertEq(back.self, back);
  assert(back !== round);
});

test("what others write", () => {
  class Point {}
  const write = (v, r) => {
    r.type = typeof v === "function" ? "function" : "point";
    r.value = 7;
  };
  const f = () => 1;
  assertDeepEq(there([f, f, new Point()], write, (type, n) => type + n), ["function7", "function7", "point7"]);
  assertThrows(() => encode(f), "could not be cloned");
  assertThrows(() => encode(Symbol("s"), write), "could not be cloned");
  assertThrows(() => decode(encode(f, write)), TypeError);
});

test("a changed prototype changes nothing", () => {
  const seen = [];
  Object.defineProperty(Object.prototype, "made", { configurable: true, set(v) { seen.push(v); } });
  Object.prototype.max = 100;
  try {
    assertEq(there(new Uint8Array(3)).buffer.resizable, false);
    assertDeepEq(there([1, { a: 2 }])[1].a, 2);
    assertEq(seen.length, 0);
  } finally {
    delete Object.prototype.made;
    delete Object.prototype.max;
  }
});

const text = (json, more = 0) => {
  const s = new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json)), all = new Uint8Array(4 + s.length + more);
  new DataView(all.buffer).setUint32(0, s.length, true);
  all.set(s, 4);
  return all;
};
test("what is not of the form is a TypeError", () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(3), new Uint8Array([9, 0, 0, 0, 1]), new Uint8Array([255, 255, 255, 255]), text("{"), text([]), text([1]),
    text([1, 2]), text([1, [1]]), text([["r", 0], []]), text([["r", -1], [{}]]), text([["r", "length"], []]), text([["x"], []]), text([[], []]),
    text([["n"], []]), text([["n", {}], []]), text([["r", 0], [{ kind: "?" }]]), text([["r", 0], [{ kind: "object", keys: ["a"], values: [] }]]),
    text([["r", 0], [{ kind: "object", keys: [1], values: [1] }]]), text([["r", 0], [{ kind: "array", length: -1, keys: [], values: [] }]]),
    text([["r", 0], [{ kind: "map", values: [1] }]]), text([["r", 0], [{ kind: "buffer", bytes: [0, 5] }]], 4),
    text([["r", 0], [{ kind: "buffer", bytes: [5, 0] }]], 4), text([["r", 0], [{ kind: "buffer", bytes: [0, 2], max: 1 }]], 4),
    text([["r", 0], [{ kind: "view", make: "Function", buffer: 0 }]]), text([["r", 0], [{ kind: "view", make: "Uint8Array", buffer: 0, offset: 0 }]]),
    text([["r", 0], [{ kind: "error", name: "constructor" }]]), text([["r", 0], [{ kind: "error", name: "Error", message: {} }]]),
    text([["r", 0], [{ kind: "foreign", type: "stub", value: 1 }]]), text([["r", 0], [{ kind: "domexception", name: 5 }]])])
    assertThrows(() => decode(bytes), TypeError);
});

test("any change of any byte", () => {
  const start = encode({ m: new Map([["k", [1n, -0, { u: undefined }]]]), b: new Uint16Array([1, 2]), e: new TypeError("t"), d: new Date(1), r: /x/g });
  let seed = 12345, refused = 0, taken = 0;
  const next = (n) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
  for (let i = 0; i < 3000; i++) {
    const bytes = start.slice(0, next(8) === 0 ? next(start.length) : start.length);
    for (let k = next(3); k >= 0; k--) if (bytes.length > 0) bytes[next(bytes.length)] = next(2) ? next(256) : "0123456789[]{},\"".charCodeAt(next(16));
    try {
      decode(bytes);
      taken++;
    } catch (e) {
      if (!(e instanceof TypeError || e instanceof RangeError || e instanceof SyntaxError)) throw e;
      refused++;
    }
  }
  assert(refused > 500 && taken > 50, `${refused} ${taken}`);
});
