// What user code puts on Object.prototype before a built-in is first touched must not see the built-in's natives or the object that
// built-ins share, nor keep it from loading. It could pass wrongly if the names were not those of natives, or the built-ins were loaded
// before: getters of the names have no effect either, so each is counted, and the last test touches one by hand.
const NAMES = ["check", "make", "on", "feed", "feedFlow", "digest", "sign", "encode", "decode", "parse", "put", "open", "read", "write", "start", "htmlrewriter", "rewriting", "apply", "onError", "frame", "nodeMode"];
const seen = [];
for (const name of NAMES) {
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    get() { return undefined; },
    set(value) { seen.push(`${name}: ${typeof value}`); throw new Error("a setter of the program"); },
  });
}

test("built-ins load, and no setter is called", async () => {
  assertEq(new URL("http://a.test/b").pathname, "/b");
  assertEq(new TextDecoder().decode(new TextEncoder().encode("a")), "a");
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(1));
  assertEq(digest.byteLength, 32);
  assertEq(typeof HTMLRewriter, "function");
  const text = await new HTMLRewriter().on("a", { element(e) { e.setAttribute("b", "c"); } }).transform(new Response("<a>d</a>")).text();
  assertEq(text, "<a b=\"c\">d</a>");
  assertDeepEq(seen, []);
});
test("the setters are there", () => {
  for (const name of NAMES) assertThrows(() => { ({})[name] = 1; });
  assertEq(seen.length, NAMES.length);
  for (const name of NAMES) delete Object.prototype[name];
});
