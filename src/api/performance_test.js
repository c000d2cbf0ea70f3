// Could pass wrongly if the clock moved within a turn: it does not, so durations are exact.
test("marks and measures", () => {
  const m = performance.mark("a", { startTime: 5, detail: { x: 1 } });
  assert(m instanceof PerformanceMark && m instanceof PerformanceEntry);
  assertDeepEq([m.name, m.entryType, m.startTime, m.duration, m.detail.x], ["a", "mark", 5, 0, 1]);
  performance.mark("a", { startTime: 9 });
  performance.mark("early", { startTime: 1 });
  const d = performance.measure("d", "early", "a"); // the latest "a"
  assertDeepEq([d.startTime, d.duration, d.detail], [1, 8, null]);
  assertEq(performance.measure("e", { end: "a", duration: 2 }).startTime, 7);
  assertDeepEq(performance.getEntriesByType("mark").map((e) => e.startTime), [1, 5, 9]);
  assertDeepEq(performance.getEntriesByName("a").length, 2);
  assertThrows(() => performance.measure("x", "missing"), DOMException);
  assertThrows(() => performance.measure("x", { start: 1, end: 2, duration: 1 }), TypeError);
  assertThrows(() => performance.measure("x", { detail: 1 }), TypeError);
  assertThrows(() => performance.mark("x", { startTime: -1 }), TypeError);
  assertThrows(() => new PerformanceMark("x", { detail: Symbol() }), DOMException);
  performance.clearMarks("a");
  assertDeepEq(performance.getEntries().map((e) => e.name), ["early", "d", "e"]);
  performance.clearMarks();
  performance.clearMeasures();
  assertEq(performance.getEntries().length, 0);
});

test("the timeline is bounded: the oldest entry goes", () => {
  for (let i = 0; i < 10005; i++) performance.mark(`m${i}`, { startTime: i });
  const all = performance.getEntries();
  assertEq(all.length, 10000);
  assertEq(all[0].name, "m5");
  performance.clearMarks();
});

test("PerformanceObserver", async () => {
  performance.mark("before");
  const seen = [];
  await new Promise((ok) => {
    const o = new PerformanceObserver((list, me) => {
      assertEq(me, o);
      for (const e of list.getEntries()) seen.push(e.name);
      if (seen.includes("after")) ok();
    });
    o.observe({ type: "mark", buffered: true });
    performance.mark("after");
  });
  assertDeepEq(seen, ["before", "after"]);
  const o = new PerformanceObserver(() => {});
  o.observe({ entryTypes: ["measure", "nonsense"] });
  performance.mark("no");
  performance.measure("yes");
  assertDeepEq(o.takeRecords().map((e) => e.name), ["yes"]);
  assertThrows(() => o.observe({ type: "mark" }), DOMException);
  assertThrows(() => o.observe({}), TypeError);
  o.disconnect();
  performance.measure("silent");
  assertEq(o.takeRecords().length, 0);
  assertDeepEq(PerformanceObserver.supportedEntryTypes, ["mark", "measure"]);
  performance.clearMarks();
  performance.clearMeasures();
});
