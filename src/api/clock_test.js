// What a Worker could time its neighbours with. It could pass wrongly if the work were too short for a clock to move: the last clock
// of the first test is read after a turn of the loop, and must have moved by what the work took.
const work = () => {
  let x = 0;
  for (let i = 0; i < 3e7; i++) x = (x + i * i) | 0;
  return x;
};
const clocks = {
  "Date.now": () => Date.now(),
  "new Date": () => new Date().getTime(),
  "Date()": () => Date(),
  "performance.now": () => performance.now(),
  "Event.timeStamp": () => new Event("x").timeStamp,
  "File.lastModified": () => new File([], "x").lastModified,
  "Intl": () => new Intl.DateTimeFormat("en", { fractionalSecondDigits: 3, second: "numeric", minute: "numeric" }).format(),
  "toLocaleString": () => new Date().toLocaleString("en", { fractionalSecondDigits: 3, second: "numeric" }),
  "Reflect.construct": () => Reflect.construct(Date, []).getTime(),
};
test("every clock stands still while code runs, and not from one turn to the next", async () => {
  const before = Object.entries(clocks).map(([name, read]) => [name, read()]);
  work();
  for (const [name, value] of before) assertEq(clocks[name](), value, name);
  const start = Date.now();
  await new Promise((done) => setTimeout(done, 1));
  assertEq(Date.now() - start >= 5, true, `the work took ${Date.now() - start} ms`);
});
test("microtasks are no clock", async () => {
  const start = performance.now();
  for (let i = 0; i < 5; i++) {
    work();
    await null;
    assertEq(performance.now(), start);
  }
});
test("timers that were due do not run inside code", async () => {
  let ticks = 0;
  const id = setInterval(() => ticks++, 1);
  work();
  await null;
  assertEq(ticks, 0);
  clearInterval(id);
});
test("there is no memory that two threads share", () => {
  assertEq(typeof SharedArrayBuffer, "undefined");
  let memory;
  try {
    memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  } catch {}
  assertEq(memory === undefined || memory.buffer instanceof ArrayBuffer, true);
  assertEq(typeof Worker, "undefined");
});
test("Atomics wait for nobody", () => {
  assertThrows(() => Atomics.wait(new Int32Array(4), 0, 0, 10), TypeError);
  assertEq(typeof Atomics.waitAsync, "undefined");
});
test("there are no timings of resources, and no other clocks", () => {
  for (const name of ["getEntries", "getEntriesByName", "mark", "measure"]) assertEq(performance[name], undefined, name);
  assertEq(typeof PerformanceObserver, "undefined");
  assertEq(typeof Temporal, "undefined");
  assertEq(typeof process === "undefined" || process.hrtime === undefined, true);
});
