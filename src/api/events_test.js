// Events, abort signals, DOMException. It could pass wrongly if a listener never ran: each counts its calls.
test("listeners: order, once, objects, removal while dispatching", () => {
  const target = new EventTarget();
  const log = [];
  const removed = () => log.push("removed");
  target.addEventListener("x", () => { log.push("bubble"); target.removeEventListener("x", removed); });
  target.addEventListener("x", removed);
  target.addEventListener("x", { handleEvent(e) { log.push(this === e.currentTarget ? "wrong" : "object"); } }, { once: true });
  target.addEventListener("x", () => log.push("capture"), true);
  assertEq(target.dispatchEvent(new Event("x")), true);
  target.dispatchEvent(new Event("x"));
  assertDeepEq(log, ["capture", "bubble", "object", "capture", "bubble"]);
});
test("preventDefault, passive, stopImmediatePropagation", () => {
  const target = new EventTarget();
  target.addEventListener("a", (e) => e.preventDefault(), { passive: true });
  assertEq(target.dispatchEvent(new Event("a", { cancelable: true })), true);
  target.addEventListener("a", (e) => { e.preventDefault(); e.stopImmediatePropagation(); });
  target.addEventListener("a", () => fail("stopped"));
  const event = new Event("a", { cancelable: true });
  assertEq(target.dispatchEvent(event), false);
  assertEq(event.defaultPrevented, true);
  assertEq(event.isTrusted, false);
  assertThrows(() => Object.defineProperty(event, "isTrusted", { value: true }), TypeError);
});
test("an event cannot be dispatched twice at once", () => {
  const target = new EventTarget();
  let error;
  target.addEventListener("x", (e) => { try { target.dispatchEvent(e); } catch (x) { error = x; } });
  target.dispatchEvent(new Event("x"));
  assertEq(error.name, "InvalidStateError");
});
test("kinds of events", () => {
  assertEq(new CustomEvent("c", { detail: 7 }).detail, 7);
  const e = new ErrorEvent("error", { message: "m", lineno: 3, error: 5 });
  assertDeepEq([e.message, e.lineno, e.colno, e.error, e.filename], ["m", 3, 0, 5, ""]);
  assertThrows(() => new PromiseRejectionEvent("x"), TypeError);
  assertEq(new MessageEvent("message", { data: 1 }).data, 1);
  assertEq(new CloseEvent("close", { code: 70000 }).code, 4464);
});
test("AbortController", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const log = [];
  signal.onabort = (e) => log.push(`on ${e.isTrusted}`);
  signal.addEventListener("abort", () => log.push("listener"));
  $internal.load("abort").onAbort(signal, (reason) => log.push(`inner ${reason.name}`));
  controller.abort();
  controller.abort("again");
  assertDeepEq(log, ["inner AbortError", "on true", "listener"]);
  assertEq(signal.reason.code, 20);
  assertThrows(() => signal.throwIfAborted(), "AbortError");
  assertEq(AbortSignal.abort(3).reason, 3);
  assertThrows(() => new AbortSignal(), TypeError);
});
test("AbortSignal.timeout and any", async () => {
  const signal = AbortSignal.timeout(1);
  const combined = AbortSignal.any([new AbortController().signal, signal]);
  await new Promise((resolve) => combined.addEventListener("abort", resolve));
  assertEq(combined.reason.name, "TimeoutError");
  assertEq(combined.reason, signal.reason);
  assertEq(AbortSignal.any([combined]).aborted, true);
});
test("a listener goes with its signal", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let n = 0;
  target.addEventListener("x", () => n++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  controller.abort();
  target.dispatchEvent(new Event("x"));
  assertEq(n, 1);
});
test("DOMException is an error", () => {
  const e = new DOMException("words", "NotFoundError");
  assertEq(e.code, 8);
  assertEq(String(e), "NotFoundError: words");
  assert(e instanceof Error && Error.isError(e) && typeof e.stack === "string");
  assert(!e.stack.includes("cusp:"), "its stack begins where it was made");
  assertEq(Object.hasOwn(e, "message"), false);
  assertEq(DOMException.ABORT_ERR, 20);
  assertEq(new DOMException().name, "Error");
});
test("MessageChannel delivers clones in order", async () => {
  const { port1, port2 } = new MessageChannel();
  const got = [];
  port1.postMessage({ a: 1 });
  port1.postMessage(new Map([[1, 2]]));
  await new Promise((resolve) => {
    port2.onmessage = (e) => { got.push(e.data); if (got.length === 2) resolve(); };
  });
  assertDeepEq(got, [{ a: 1 }, new Map([[1, 2]])]);
  assertThrows(() => port1.postMessage(() => {}), "DataCloneError");
});
