// URL and URLSearchParams. The parser's vectors are tested in http/; here: getters over offsets, setters, the live binding.
test("getters", () => {
  const u = new URL("../x?a=1#b", "https://us%65r:p%40w@Example.COM:8080/p/q/r");
  assertDeepEq([u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash],
    ["https://us%65r:p%40w@example.com:8080/p/x?a=1#b", "https://example.com:8080", "https:", "us%65r", "p%40w",
     "example.com:8080", "example.com", "8080", "/p/x", "?a=1", "#b"]);
  assertEq(JSON.stringify({ u }), `{"u":"${u.href}"}`);
  assertEq(new URL("mailto:x@y").origin, "null");
  assertEq(new URL("blob:https://a.b/c").origin, "https://a.b");
  assertEq(new URL("http://a/?#").search + new URL("http://a/?#").hash, "");
});
test("setters", () => {
  const u = new URL("http://a.b/c");
  u.port = "81"; u.pathname = "d e"; u.hash = "h"; u.search = "q=\u00e9"; u.hostname = "x.y"; u.protocol = "https"; u.username = "me";
  assertEq(u.href, "https://me@x.y:81/d%20e?q=%C3%A9#h");
  u.host = "z:443";
  assertEq(u.href, "https://me@z/d%20e?q=%C3%A9#h");
  assertThrows(() => { u.href = "nope"; }, TypeError);
  assertEq(u.hostname, "z");
});
test("constructor, parse, canParse", () => {
  assertThrows(() => new URL("/x"), TypeError);
  assertThrows(() => new URL("http://[", "http://a"), TypeError);
  assertThrows(() => new URL(), TypeError);
  assertEq(URL.parse("/x"), null);
  assertEq(URL.parse("/x", "http://a").href, "http://a/x");
  assertEq(URL.canParse("x", "http://a"), true);
  assertEq(URL.canParse("x"), false);
  assertEq(new URL("http://\u00fcber.de").host, "xn--ber-goa.de");
  assertThrows(() => Reflect.get(URL.prototype, "href", {}), TypeError);
});
test("searchParams is the URL's query", () => {
  const u = new URL("http://a/?x=1&y=%20+");
  const p = u.searchParams;
  assertEq(p, u.searchParams);
  assertEq(p.get("y"), "  ");
  p.append("z", "\u00e9&=");
  assertEq(u.search, "?x=1&y=++&z=%C3%A9%26%3D");
  u.search = "?n=2";
  assertDeepEq([...p], [["n", "2"]]);
  p.delete("n");
  assertEq(u.href, "http://a/");
  u.href = "http://b/?k=v";
  assertEq(p.get("k"), "v");
});
test("URLSearchParams", () => {
  const p = new URLSearchParams("?b=1&a=2&b=3&&=&c");
  assertEq(p.size, 5);
  assertDeepEq(p.getAll("b"), ["1", "3"]);
  assertEq(p.has("b", "3"), true);
  assertEq(p.has("b", "4"), false);
  p.delete("b", "1");
  p.sort();
  assertEq(p.toString(), "=&a=2&b=3&c=");
  p.set("a", "\ud800");
  assertEq(p.get("a"), "\ufffd");
  assertEq(new URLSearchParams({ a: 1, b: "x y" }).toString(), "a=1&b=x+y");
  assertEq(new URLSearchParams([["a", "1"], new Set(["b", "2"])]).toString(), "a=1&b=2");
  assertThrows(() => new URLSearchParams([["a"]]), TypeError);
  assertEq(new URLSearchParams("a=%zz%C3%A9%ff").get("a"), "%zz\u00e9\ufffd");
  assertEq(new URLSearchParams("a=x=y%3D+%2B").get("a"), "x=y= +");
  assertDeepEq([...p.keys()], ["", "a", "b", "c"]);
  assertEq(Object.prototype.toString.call(p.entries()), "[object URLSearchParams Iterator]");
});
