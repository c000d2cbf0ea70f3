// AsyncLocalStorage across everything that runs later. It could pass wrongly if nothing ever changed the store: each test has two
// stores that take turns, and looks at the outside too.
let AsyncLocalStorage, AsyncResource, als;
test("the module loads", () => {
  ({ AsyncLocalStorage, AsyncResource } = $internal.load("node/async_hooks"));
  als = new AsyncLocalStorage();
});
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));
// fn in two contexts at a time; each result must be its own.
async function both(fn) {
  const results = await Promise.all([als.run("a", fn), als.run("b", fn)]);
  assertDeepEq(results, ["a", "b"]);
  assertEq(als.getStore(), undefined);
}

test("await of promises, settled or not", () => both(async () => {
  await sleep(2);
  await Promise.resolve();
  await sleep(1);
  return als.getStore();
}));
test("await of what is no promise", () => both(async () => {
  for (let i = 0; i < 8; i++) {
    const before = als.getStore();
    await i;
    assertEq(als.getStore(), before);
  }
  await null;
  return als.getStore();
}));
test("a promise that another context resolves", async () => {
  let resolve;
  const p = new Promise((ok) => { resolve = ok; });
  const seen = als.run("a", async () => {
    await p;
    return als.getStore();
  });
  const then = als.run("b", () => p.then(() => als.getStore()));
  await als.run("c", async () => resolve());
  assertEq(await seen, "a");
  assertEq(await then, "b");
});
test("timers, microtasks, catch and finally", () => both(() => new Promise((ok, fail) => {
  queueMicrotask(() => {
    const first = als.getStore();
    setTimeout(() => {
      Promise.reject(new Error("x")).catch(() => als.getStore()).finally(() => {
        if (als.getStore() !== first) fail(new Error("finally"));
      }).then(ok, fail);
    }, 1);
  });
})));
test("thenables and asynchronous iteration", () => both(async () => {
  const got = await { then(ok) { ok(als.getStore()); } };
  for await (const x of (async function* () { yield 1; await sleep(1); yield als.getStore(); })()) if (x !== 1) assertEq(x, got);
  return als.getStore();
}));
test("exit, enterWith, snapshot, bind, nesting", async () => {
  await als.run("outer", async () => {
    const snapshot = AsyncLocalStorage.snapshot(), bound = AsyncResource.bind(() => als.getStore());
    als.run("inner", () => {
      assertEq(als.getStore(), "inner");
      assertEq(snapshot(() => als.getStore()), "outer");
      assertEq(bound(), "outer");
      assertEq(als.exit(() => als.getStore()), undefined);
    });
    als.enterWith("entered");
    await sleep(1);
    assertEq(als.getStore(), "entered");
  });
});
test("a store does not survive the exception that leaves run()", () => {
  assertThrows(() => als.run("x", () => { throw new Error("y"); }));
  assertEq(als.getStore(), undefined);
});
test("promises stay what they are", async () => {
  class Mine extends Promise {}
  const p = Mine.resolve(1);
  assert(p instanceof Mine && p.then(() => 1) instanceof Mine);
  assertEq(Promise.resolve(1).constructor, Promise);
  assertEq(await p, 1);
});
test("nothing goes on for ever when contexts have ended", async () => {
  for (let i = 0; i < 100; i++) als.run(i, () => Promise.resolve(i).then(() => als.getStore()));
  await sleep(1); // the microtasks of this turn came to an end
});
test("an interval that is aborted gives out what it had counted, and ends", async () => {
  const { setInterval: every, setTimeout: wait } = $internal.load("node/timers_promises"), stop = new AbortController();
  let n = 0, name;
  try {
    for await (const x of every(2, "x", { signal: stop.signal })) {
      assertEq(x, "x");
      await wait(7);
      if (++n === 2) stop.abort();
    }
  } catch (e) {
    ({ name } = e);
  }
  assertEq(name, "AbortError");
  assert(n > 2, `${n}`);
});
