// The small modules of node, and how modules are found. It could pass wrongly if a module's file were never loaded: each name
// of the list is loaded here.
let node;
test("the list loads", () => { node = $internal.load("node"); });

test("every name has its module", () => {
  for (const name of node.names()) {
    const exports = node.load(name);
    assert(exports !== undefined && exports !== null, name);
    const ns = node.resolve(name.startsWith("node:") ? name : `node:${name}`, 3);
    assertEq(ns.default, exports, name);
    assertEq(ns["module.exports"], exports, name);
    const keys = Object.keys(ns);
    assertDeepEq(keys, [...keys].sort(), name);
  }
});
test("without the flag the error names it", () => {
  assertThrows(() => node.resolve("node:path", 0), "nodejs_compat");
  assertThrows(() => node.resolve("path", 2), 'Write "node:path"');
  assertEq(node.resolve("nothing", 3), undefined);
  assertEq(node.resolve("test", 3), undefined); // only as node:test
});
test("path", () => {
  const path = node.load("path");
  assertEq(path.normalize("/a/./b//../c/"), "/a/c/");
  assertEq(path.relative("/a/b/c", "/a/d"), "../../d");
  assertEq(path.win32.join("c:\\a", "..", "b"), "c:\\b");
  assertDeepEq({ ...path.parse("/x/y.tar.gz") }, { root: "/", dir: "/x", base: "y.tar.gz", ext: ".gz", name: "y.tar" });
});
test("querystring, url, punycode, string_decoder", () => {
  const qs = node.load("querystring"), url = node.load("url");
  assertEq(qs.stringify({ a: ["b", "c d"], e: 1 }), "a=b&a=c%20d&e=1");
  assertEq(qs.parse("a=1&a=2&b=%C3%A9+").b, "\u00e9 ");
  assertEq(url.parse("http://u:p@a.com:80/x?y#z").auth, "u:p");
  assertEq(url.resolve("http://a.com/b/c", "../d"), "http://a.com/d");
  assertEq(url.fileURLToPath("file:///a%20b"), "/a b");
  assertEq(node.load("punycode").toASCII("ma\u00f1ana.com"), "xn--maana-pta.com");
  const { StringDecoder } = node.load("string_decoder"), d = new StringDecoder();
  assertEq(d.write(new Uint8Array([0xe2, 0x82])) + d.end(new Uint8Array([0xac])), "\u20ac");
});
test("events", async () => {
  const EventEmitter = node.load("events"), e = new EventEmitter(), got = [];
  e.once("x", (v) => got.push(v));
  e.prependListener("x", (v) => got.push(-v));
  e.emit("x", 1);
  e.emit("x", 2);
  assertDeepEq(got, [-1, 1, -2]);
  assertThrows(() => e.emit("error", new Error("boom")), "boom");
  const waited = EventEmitter.once(e, "y");
  e.emit("y", 7);
  assertDeepEq(await waited, [7]);
});
test("inspect, format", () => {
  const { inspect, format } = node.load("util");
  assertEq(inspect({ a: [1, , 3], b: new Map([["k", { c: { d: { e: 1 } } }]]) }), "{ a: [ 1, <1 empty item>, 3 ], b: Map(1) { 'k' => { c: [Object] } } }");
  const o = { name: "x" };
  o.self = o;
  assertEq(inspect({ a: "x".repeat(50), b: "y".repeat(30) }).split("\n").length, 4);
  assertEq(inspect(o), "<ref *1> { name: 'x', self: [Circular *1] }");
  assertEq(inspect(new Proxy([1], { get() { throw new Error("trap"); } })), "[ 1 ]");
  assertEq(format("%s is %d%%, %j %o", "a", 5, { b: 1 }, []), "a is 5%, {\"b\":1} [ [length]: 0 ]");
});
test("deep equality", () => {
  const assert_ = node.load("assert");
  assert_.deepStrictEqual({ a: new Set([{ b: 1 }]), c: NaN }, { a: new Set([{ b: 1 }]), c: NaN });
  assertThrows(() => assert_.deepStrictEqual([1, 2], [1, "2"]), "deep-equal");
  assert_.deepEqual([1, 2], [1, "2"]);
  assertThrows(() => assert_.deepStrictEqual(new Map([[1, 2]]), new Map([[1, 3]])));
  assertThrows(() => assert_.strictEqual(1, 2), "1 !== 2");
  const a = { x: 1 }, b = { x: 1 };
  a.me = a;
  b.me = b;
  assert_.deepStrictEqual(a, b);
  assert_.throws(() => { throw new TypeError("no"); }, { name: "TypeError", message: /^no$/ });
  assertThrows(() => assert_.throws(() => {}), "Missing expected exception");
});
test("parseArgs, MIMEType, promisify", async () => {
  const util = node.load("util");
  const { values, positionals } = util.parseArgs({ args: ["-v", "--name=x", "y"], options: { v: { type: "boolean", short: "v" }, name: { type: "string" } }, allowPositionals: true });
  assertEq(values.name + values.v + positionals, "xtruey");
  assertEq(`${new util.MIMEType("Text/Plain; Charset=utf-8")}`, "text/plain;charset=utf-8");
  assertEq(await util.promisify((a, cb) => cb(null, a + 1))(1), 2);
});
test("mocks count calls", () => {
  const { mock } = node.load("node:test"), f = mock.fn((a) => a + 1);
  assertEq(f(1), 2);
  assertEq(f.mock.callCount(), 1);
  assertDeepEq([...f.mock.calls[0].arguments], [1]);
});
