const inspect = (v, o) => $internal.load("inspect").inspect(v, o);
const format = (...a) => $internal.load("inspect").format(a);
test("primitives", () => {
  assertEq(inspect("it's"), '"it\'s"');
  assertEq(inspect(-0), "-0");
  assertEq(inspect(10n), "10n");
  assertEq(inspect(Symbol("s")), "Symbol(s)");
  assertEq(inspect(null), "null");
  assertEq(inspect("a\nb"), "'a\\nb'");
});
test("objects", () => {
  assertEq(inspect({ a: 1, "b-c": [1, 2, 3], d: { e: { f: { g: 1 } } } }), "{ a: 1, 'b-c': [ 1, 2, 3 ], d: { e: { f: [Object] } } }");
  assertEq(inspect({}), "{}");
  assertEq(inspect([]), "[]");
  assertEq(inspect([1, , 3]), "[ 1, <1 empty item>, 3 ]");
  const o = { name: "o" };
  o.self = o;
  assertEq(inspect(o), "<ref *1> { name: 'o', self: [Circular *1] }");
  assertEq(inspect(new Map([["a", 1]])), "Map(1) { 'a' => 1 }");
  assertEq(inspect(new Set([1, "x"])), "Set(2) { 1, 'x' }");
  assertEq(inspect(new Uint8Array([1, 2])), "Uint8Array(2) [ 1, 2 ]");
  assertEq(inspect(new (class Foo { x = 1; })()), "Foo { x: 1 }");
  assertEq(inspect(Object.create(null)), "[Object: null prototype] {}");
  assertEq(inspect({ get a() { throw 1; }, set b(v) {} }), "{ a: [Getter], b: [Setter] }");
  assertEq(inspect(function foo() {}), "[Function: foo]");
  assertEq(inspect(class A {}), "[class A]");
  assertEq(inspect(new Date(0)), "1970-01-01T00:00:00.000Z");
  assertEq(inspect(/x/g), "/x/g");
  assertEq(inspect(new ArrayBuffer(2)), "ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }");
  assert(inspect(new RangeError("bad")).startsWith("RangeError: bad\n    at "));
  assertEq(inspect(new Headers({ a: "b" })), "Headers(1) { 'a' => 'b' }");
  assert(inspect(new Array(200).fill(7)).includes("... 100 more items"));
});
test("format", () => {
  assertEq(format("%s is %d and %i%%", "x", 1.5, 2.7), "x is 1.5 and 2%");
  assertEq(format("%o", { a: 1 }), "{ a: 1 }");
  assertEq(format("a", 1, { b: 2 }), "a 1 { b: 2 }");
  assertEq(format("%s"), "%s");
  assertEq(format("100%", 1), "100% 1");
  assertEq(format(), "");
});
test("console does not throw", () => {
  console.log("plain", { a: 1 });
  console.group("g");
  console.warn("two\nlines");
  console.groupEnd();
  console.count();
  console.time("t");
  console.timeEnd("t");
  console.table([{ a: 1, b: "x" }, { a: 2 }]);
  console.assert(true);
  console.assert(false, "shown");
  console.trace("here");
  console.dir({ deep: { a: { b: { c: 1 } } } }, { depth: 0 });
  console.error(new Error("an error"));
});

test("objects of the Web APIs show what their accessors say, and nothing of the user's runs", () => {
  const { inspect } = $internal.load("inspect");
  assertEq(inspect(new Headers({ a: "1" })), "Headers(1) { 'a' => '1' }");
  assertEq(inspect(new URLSearchParams("a=1&a=2")), "URLSearchParams(2) { 'a' => '1', 'a' => '2' }");
  assertEq(inspect(new FormData()), "FormData(0) {}");
  assertEq(inspect(new Blob(["abc"], { type: "a/b" })), "Blob { size: 3, type: 'a/b' }");
  assertEq(inspect(new ReadableStream()), "ReadableStream { locked: false }");
  assert(/type: 'x'/.test(inspect(new Event("x"))));
  assertEq(inspect(Headers.prototype).includes("=>"), false);
  class Mine extends EventTarget {
    get danger() {
      throw new Error("called");
    }
  }
  assertEq(inspect(new Mine()), "Mine [EventTarget] {}");
});
