// SharedArrayBuffer: the class is there for packages that name it, no two threads ever share one. Could pass wrongly if a
// buffer of these tests were not shared at all: the first test asks for its class.
const shared = (n) => new SharedArrayBuffer(n);
test("a shared buffer, of the language and of a memory", () => {
  const bytes = new Uint8Array(shared(4));
  bytes[1] = 7;
  assertEq(bytes.buffer.constructor, SharedArrayBuffer);
  assertEq(Atomics.load(bytes, 1), 7);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  assert(memory.buffer instanceof SharedArrayBuffer);
  assertThrows(() => new WebAssembly.Memory({ initial: 1, shared: true }), TypeError);
  assertThrows(() => shared(1e9), RangeError);
});
test("nobody waits: it would be for ever", () => {
  assertThrows(() => Atomics.wait(new Int32Array(shared(4)), 0, 0), TypeError);
  assertEq(Atomics.notify(new Int32Array(shared(4)), 0), 0);
});
test("what [AllowShared] takes, and what is not so marked", async () => {
  const bytes = new Uint8Array(shared(3));
  assertEq(new TextEncoder().encodeInto("abc", bytes).written, 3);
  assertEq(new TextDecoder().decode(bytes), "abc");
  assertEq(new TextDecoder("utf-16le").decode(new Uint8Array([97, 0])), "a");
  assertEq(new TextDecoder().decode(bytes.buffer), "abc");
  assertThrows(() => crypto.getRandomValues(bytes), TypeError);
  assertThrows(() => new Response(bytes), TypeError);
  assertThrows(() => new Response(new DataView(bytes.buffer)), TypeError);
  assertThrows(() => new Blob([bytes]), TypeError);
  assertEq(await new Response(bytes.buffer).text(), "[object SharedArrayBuffer]"); // no BufferSource: a string
  await assertRejects(crypto.subtle.digest("SHA-256", bytes), TypeError);
  assertEq(new TextDecoder().decode(new Uint8Array(bytes)), "abc"); // nothing above wrote to it
});
test("clones are of one isolate's own memory", () => {
  for (const v of [shared(1), new Uint8Array(shared(1)), new DataView(shared(1)), { deep: [shared(1)] }])
    assertThrows(() => structuredClone(v), "DataCloneError");
  const b = shared(1);
  assertThrows(() => structuredClone(b, { transfer: [b] }), "DataCloneError");
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
