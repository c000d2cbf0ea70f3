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
  assertThrows(() => new URL("http://a/", "nonsense"), TypeError);
  assertEq(URL.canParse("http://a/", "nonsense"), false);
  assertEq(new URL("http://a/b", "http://c/").href, "http://a/b");
  assertEq(new URL("x", `http://${"a"}/b/c`).href, "http://a/b/x");
  const rope = (a, b) => a + b; // not in one piece
  assertEq(new URL(rope("https://a.b.example/some/longer/", "path?of=several#pieces")).search, "?of=several");
  assertEq(new URL("https://a\u00e9.example/").hostname, "xn--a-bga.example");
  assertThrows(() => new URL("http://1.2.3.256/"), TypeError);
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

// A letter beyond ASCII sends a query the other way, whose last pair is then dropped.
test("queries come out in one piece as they do one by one", () => {
  const odd = ["a", "b1", "%41", "%e2%82%ac", "%ff", "%", "%4", "%zz", "+", "=", "&", "&&", "==", "%26", "%3D", "%00", "x y", "#", "?", "%F0%9F%98%80", "%ed%a0%80"];
  let seed = 7, wide = 0;
  const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 8) % n;
  for (let i = 0; i < 3000; i++) {
    let q = "";
    for (let k = random(i % 100 ? 12 : 400); k > 0; k--) q += odd[random(odd.length)];
    const quick = [...new URLSearchParams(q)], slow = [...new URLSearchParams(q + "&\u00e9=1")];
    assertDeepEq(slow.pop(), ["\u00e9", "1"]);
    assertDeepEq(quick, q.startsWith("?") ? [...new URLSearchParams("&" + q.slice(1))] : quick, JSON.stringify(q));
    assertDeepEq(quick, slow, JSON.stringify(q));
    if (/[^\0-\x7f]/.test(quick.join())) wide++;
  }
  assert(wide > 300, wide);
  const many = Array.from({ length: 300 }, (_, i) => `k${i}=v%20${i}`).join("&");
  for (const n of [63, 64, 65, 128, 300]) {
    const p = new URLSearchParams(many.split("&").slice(0, n).join("&"));
    assertEq(p.size, n);
    assertEq(p.get(`k${n - 1}`), `v ${n - 1}`);
  }
  assertEq(new URLSearchParams("x=" + "%41".repeat(5000)).get("x"), "A".repeat(5000));
  assertEq(new URL(`http://a/?${"a".repeat(40)}=b+c#x`).searchParams.get("a".repeat(40)), "b c");
  assertEq(new URLSearchParams("%F0%9F%98%80=1").get("\u{1f600}"), "1");
  assertEq(new URLSearchParams("%EF%BF%BD=1").get("\ud800"), "1");
  assertEq(new URLSearchParams("a=1").get({ toString: () => "a" }), "1");
});

// A space in front of a URL means nothing but that it is not in its normal form, and is parsed the long way.
test("what is recognised without a copy is as the parser has it", () => {
  const seeds = ["https://example.com/", "http://a.b:8080/x/y.z?q=1&r=#top", "wss://h-1.x_y/p?q", "ws://a/", "https://1a.b2c./%41/..x/.y",
    "https://example.com:444/a;b=c/d,e'f", "http://host/?#", "https://a.b/p#a?b#c",
    "http://192.168.0.1/a", "https://10.0.0.255:8080/?x", "http://0.1.20.99/"];
  const odd = "azAZ09-._~!$&'()*+,;=:@%/?#[]\\|^`{}<>\" \t\u00e9\ud800";
  const parts = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];
  let seed = 1, plain = 0;
  const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
  for (let i = 0; i < 20000; i++) {
    let u = seeds[i % seeds.length];
    for (let k = random(3); k > 0; k--) {
      const at = random(u.length + 1);
      u = u.slice(0, at) + odd[random(odd.length)] + u.slice(at + random(2));
    }
    const a = URL.parse(u), b = URL.parse(" " + u);
    assertEq(a === null, b === null, JSON.stringify(u));
    assertEq(URL.canParse(u), b !== null, JSON.stringify(u));
    if (a === null) continue;
    if (a.href === u) plain++;
    for (const part of parts) assertEq(a[part], b[part], JSON.stringify(u) + " " + part);
    // Setters: without and with a tab, which is dropped.
    const value = odd.slice(random(odd.length)).slice(0, random(4)), c = new URL(u), d = new URL(u);
    for (const part of ["search", "hash"]) {
      c[part] = value;
      d[part] = value + "\t";
      if (value !== "") assertEq(c.href, d.href, JSON.stringify([u, part, value]));
      assertEq(c[part], new URL(c.href)[part]);
    }
  }
  assert(plain > 5000, plain);
});
