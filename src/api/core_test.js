test("bindings", (request, env) => {
  assertEq(env.GREETING, "hello");
  assertDeepEq(env.CONFIG, { a: [1, 2] });
});
