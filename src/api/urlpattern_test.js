// URLPattern, by the published vectors and by stories of our own. It could pass wrongly if vectors were skipped: they are
// counted; or if what the vectors leave out were not looked at: a match is compared with all eight components.
const COMPONENTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
const EARLIER = {
  protocol: [],
  hostname: ["protocol"],
  port: ["protocol", "hostname"],
  username: [],
  password: [],
  pathname: ["protocol", "hostname", "port"],
  search: ["protocol", "hostname", "port", "pathname"],
  hash: ["protocol", "hostname", "port", "pathname", "search"],
};
// The text of a component that a vector does not mention: as given, or from the base URL, or "*".
function expectedText(entry, name) {
  const stated = entry.expected_obj?.[name];
  if (stated !== undefined) return stated;
  if (entry.exactly_empty_components?.includes(name)) return "";
  const [first, second] = entry.pattern;
  const init = typeof first === "object" ? first : undefined;
  const base = init?.baseURL ?? (typeof second === "string" ? second : undefined);
  if (init?.[name]) return init[name];
  if (init && EARLIER[name].some((c) => c in init)) return "*";
  if (base === undefined || name === "username" || name === "password") return "*";
  const value = new URL(base)[name];
  return name === "protocol" ? value.slice(0, -1) : name === "search" || name === "hash" ? value.slice(1) : value;
}
function expectedResult(entry, name) {
  const stated = entry.expected_match[name];
  if (!stated) return { input: "", groups: entry.exactly_empty_components?.includes(name) ? {} : { 0: "" } };
  const groups = {};
  for (const key of Object.keys(stated.groups)) groups[key] = stated.groups[key] ?? undefined;
  return { input: stated.input, groups };
}
test("patterns match as the vectors say", () => {
  let count = 0;
  for (const entry of $vectors.match) {
    if (typeof entry !== "object") continue;
    const what = JSON.stringify(entry.pattern) + " " + JSON.stringify(entry.inputs);
    count++;
    if (entry.expected_obj === "error") {
      assertThrows(() => new URLPattern(...entry.pattern), TypeError);
      continue;
    }
    const pattern = new URLPattern(...entry.pattern);
    for (const name of COMPONENTS) assertEq(pattern[name], expectedText(entry, name), `${what} ${name}`);
    if (entry.inputs === undefined) continue;
    if (entry.expected_match === "error") {
      assertThrows(() => pattern.test(...entry.inputs), TypeError);
      assertThrows(() => pattern.exec(...entry.inputs), TypeError);
      continue;
    }
    assertEq(pattern.test(...entry.inputs), !!entry.expected_match, what);
    const result = pattern.exec(...entry.inputs);
    if (!entry.expected_match) {
      assertEq(result, null, what);
      continue;
    }
    assertDeepEq(result.inputs, entry.expected_match.inputs ?? entry.inputs, what);
    for (const name of COMPONENTS) assertDeepEq(result[name], expectedResult(entry, name), `${what} ${name}`);
  }
  assertEq(count, 369);
});
test("generate() and compareComponent() as the vectors say", () => {
  for (const { pattern, component, groups, expected } of $vectors.generate) {
    const p = new URLPattern(pattern);
    if (expected === null) assertThrows(() => p.generate(component, groups), TypeError);
    else assertEq(p.generate(component, groups), expected);
  }
  for (const { component, left, right, expected } of $vectors.compare) {
    const l = new URLPattern(left), r = new URLPattern(right);
    assertEq(URLPattern.compareComponent(component, l, r), expected);
    assertEq(URLPattern.compareComponent(component, r, l), -expected + 0);
    assertEq(URLPattern.compareComponent(component, l, l), 0);
  }
  assertEq($vectors.generate.length + $vectors.compare.length, 44);
});
// What C matches is what the regular expression of the standard matches.
test("wildcards and modifiers as a regular expression has them", () => {
  const pieces = [[":a", "([^\\/]+?)"], ["*", "(.*)"], ["{/:a}?", "(?:\\/([^\\/]+?))?"], ["{:a.}*", "(?:((?:[^\\/]+?)(?:\\.(?:[^\\/]+?))*)\\.)?"],
    ["{x:a}+", "(?:x((?:[^\\/]+?)(?:x(?:[^\\/]+?))*))"], ["{ab}*", "(?:ab)*"], ["{:a}*", "((?:[^\\/]+?)*)"], ["{b}?", "(?:b)?"]];
  const words = ["/", "/a", "/ab/", "/a/b", "/ab.ab.", "/xaxb", "/aabab", "/x/x", "/abb/abb", "/a.b/x.a", "/bxb.ab/"];
  const named = (piece, name) => piece.replace(":a", name).replace(/^\*$/, `${name}(.*)`);
  let count = 0;
  for (const [p1, r1] of pieces) {
    for (const [p2, r2] of pieces) {
      const pattern = new URLPattern({ pathname: "/" + named(p1, ":p") + "-" + named(p2, ":q") });
      const plain = new RegExp("^\\/" + r1 + "-" + r2 + "$");
      for (const w of words) {
        for (const v of words) {
          const path = w + "-" + v.slice(1);
          const result = pattern.exec({ pathname: path }), match = plain.exec(path);
          assertEq(result !== null, match !== null, `${pattern.pathname} ${path}`);
          if (match) assertDeepEq(Object.values(result.pathname.groups), match.slice(1), `${pattern.pathname} ${path}`);
          if (match) count++;
        }
      }
    }
  }
  assert(count > 300, count);
});
test("a pattern that a backtracking engine would never finish", () => {
  const pattern = new URLPattern({ pathname: "/{:a}*" + "{:b}*".replace("b", "c") + "{:d}*end" });
  assertEq(pattern.test({ pathname: "/" + "a".repeat(5000) }), false);
  assertEq(pattern.test({ pathname: "/" + "a".repeat(5000) + "end" }), true);
});
test("ignoreCase", () => {
  const p = new URLPattern({ pathname: "/Foo/:id", search: "Q" }, { ignoreCase: true });
  assert(p.test({ pathname: "/fOO/x", search: "q" }));
  assert(new URLPattern("https://Example.com/A*", { ignoreCase: true }).test("https://example.com/abc"));
  assert(!new URLPattern("https://example.com/A*").test("https://example.com/abc"));
  assert(new URLPattern({ pathname: "/(foo|bar)" }, { ignoreCase: true }).test({ pathname: "/BAR" }));
});
test("the protocol's own regular expression is asked whether it is special", () => {
  const p = new URLPattern("(http|https)://example.com/:a/b");
  assertEq(p.hasRegExpGroups, true);
  assertDeepEq(p.exec("https://example.com/x/b").pathname.groups, { a: "x" });
  assertEq(p.exec("ftp://example.com/x/b"), null);
  assertEq(new URLPattern("(data|blob)\\:x{/}?y").pathname, "x{/}?y");
});
test("arguments, brands, names that are hostile", () => {
  assertThrows(() => new URLPattern("relative"), TypeError);
  assertThrows(() => new URLPattern({}, "https://example.com"), TypeError);
  assertThrows(() => new URLPattern("/a", "no base"), TypeError);
  assertThrows(() => URLPattern("https://a/"), TypeError);
  assertThrows(() => new URLPattern({ pathname: "/(" + "a".repeat(5) + "(b)" }), TypeError);
  assertThrows(() => new URLPattern({ pathname: "/([)" }), TypeError);
  assertThrows(() => new URLPattern({ pathname: "/" + "a".repeat(20000) }), TypeError);
  assertThrows(() => new URLPattern().test({}, "https://example.com"), TypeError);
  assertThrows(() => Object.getOwnPropertyDescriptor(URLPattern.prototype, "hash").get.call({}), TypeError);
  assertEq(new URLPattern().test("https://example.com/"), true);
  assertEq(new URLPattern().test("not a URL"), false);
  const { groups } = new URLPattern({ pathname: "/:__proto__/:constructor" }).exec({ pathname: "/a/b" }).pathname;
  assertDeepEq(Object.entries(groups), [["__proto__", "a"], ["constructor", "b"]]);
  assertDeepEq(new URLPattern("/a", "https://example.com").exec("/a", "https://example.com").inputs, ["/a", "https://example.com"]);
});
