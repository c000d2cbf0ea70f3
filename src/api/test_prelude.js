// What a test file sees (api_js_test.c puts this text before it). Tests run one after the other inside one request.
const $tests = [];
const handlers = {};
function test(name, fn) { $tests.push([name, fn]); }
function fail(message) { throw new Error(message); }
const show = (v) => { try { return $internal.load("inspect").inspect(v, { depth: 6 }); } catch { return String(v); } };
function assert(condition, message = "assertion failed") { if (!condition) fail(message); }
function assertEq(actual, wanted, message = "") {
  if (!Object.is(actual, wanted)) fail(`${message} got ${show(actual)}, want ${show(wanted)}`);
}
function $same(a, b, seen = new Map()) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Map || a instanceof Set) return a.size === b.size && $same([...a], [...b], seen);
  if (a instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof ArrayBuffer) return $same(new Uint8Array(a), new Uint8Array(b), seen);
  const ka = Reflect.ownKeys(a), kb = Reflect.ownKeys(b);
  if (Error.isError(a) && a.message !== b.message) return false;
  return ka.length === kb.length && ka.every((k) => Object.hasOwn(b, k) && (Error.isError(a) || $same(a[k], b[k], seen)));
}
function assertDeepEq(actual, wanted, message = "") {
  if (!$same(actual, wanted)) fail(`${message} got ${show(actual)}, want ${show(wanted)}`);
}
function $matches(error, Class) {
  if (Class === undefined) return true;
  if (typeof Class === "string") return error?.name === Class || String(error?.message).includes(Class);
  return Class instanceof RegExp ? Class.test(String(error)) : error instanceof Class;
}
function assertThrows(fn, Class) {
  let result;
  try { result = fn(); } catch (e) {
    if (!$matches(e, Class)) fail(`threw ${show(e)}, want ${Class.name ?? Class}`);
    return e;
  }
  fail(`did not throw but gave ${show(result)}`);
}
async function assertRejects(promise, Class) {
  let result;
  try { result = await (typeof promise === "function" ? promise() : promise); } catch (e) {
    if (!$matches(e, Class)) fail(`rejected with ${show(e)}, want ${Class.name ?? Class}`);
    return e;
  }
  fail(`did not reject but gave ${show(result)}`);
}
async function $runAll(request, env, ctx) {
  const done = [];
  let n = 0;
  Object.assign(globalThis, { $request: request, $env: env, $ctx: ctx });
  if ($tests.length === 0) console.log("$not ok - no tests in this file");
  for (const [name, fn] of $tests) {
    n++;
    const limit = new Promise((_, no) => done.push(setTimeout(() => no(new Error("took longer than 5 s")), 5000)));
    try {
      await Promise.race([(async () => fn(request, env, ctx))(), limit]);
      console.log(`$ok ${n} - ${name}`);
    } catch (e) {
      console.log(`$not ok ${n} - ${name}: ${e?.name}: ${e?.message}\n${e?.stack}`);
    }
    clearTimeout(done.pop());
  }
  console.log(`$1..${n}`);
  console.log("$done");
  return new Response("ran");
}
export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/loop/")) return handlers[url.pathname.slice(6)](request, env, ctx);
    return $runAll(request, env, ctx);
  },
};
