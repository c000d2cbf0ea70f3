// Globals that are loaded when first touched look like any other. Could pass wrongly if the name had been touched before: the
// test takes one that nothing touches.
test("nothing is shared between threads", () => {
  assertEq(typeof SharedArrayBuffer, "undefined");
  assertThrows(() => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }), TypeError);
  assertThrows(() => Atomics.wait(new Int32Array(new ArrayBuffer(4)), 0, 0), TypeError);
});
test("a descriptor never shows how a global is loaded", () => {
  // A name that nothing touched before: were it loaded, this would pass with an accessor too.
  const d = Object.getOwnPropertyDescriptor(globalThis, "EventSource");
  assertEq(d.value, EventSource);
  assertDeepEq([d.writable, d.enumerable, d.configurable, d.get], [true, false, true, undefined]);
  assertEq(Reflect.getOwnPropertyDescriptor(globalThis, "console").enumerable, false);
  let runs = 0;
  Object.defineProperty(globalThis, "ownAccessor", { get: () => ++runs, configurable: true });
  assertEq(typeof Object.getOwnPropertyDescriptor(globalThis, "ownAccessor").get, "function");
  assertEq(runs, 0);
  delete globalThis.ownAccessor;
  assertEq(Object.getOwnPropertyDescriptor({}, "a"), undefined);
  assertThrows(() => Object.getOwnPropertyDescriptor(null, "a"), TypeError);
});
