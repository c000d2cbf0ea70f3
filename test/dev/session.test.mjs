// A session of `cusp dev`: reload on save, errors with their place, console output.
// Could pass wrongly: reload tests would pass on a server that is down between two requests, so requests are sent all the time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dev, scratch, sleep, write } from "../support/cusp.mjs";
import { keepAlive, request } from "../support/http.mjs";

const config = JSON.stringify({ name: "p", main: "src/index.js", compatibility_date: "2025-09-01" });

async function eventually(check, ms = 30_000) {
  for (const end = Date.now() + ms; ; await sleep(30)) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error("it never happened");
  }
}

test("a saved file is served without a request failing on the way", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "import { v } from './lib.js'; export default { fetch: () => new Response(v) };", "src/lib.js": "export const v = 'one';" });
  const p = await dev(t, dir);
  const seen = new Set();
  let stop = false;
  const failures = [];
  const agent = keepAlive();
  const load = (async () => {
    while (!stop) {
      const r = await request(p.url, { agent }).catch((e) => ({ status: e.code }));
      if (r.status !== 200) failures.push(r.status);
      else seen.add(r.text);
    }
  })();
  await eventually(() => seen.has("one"));
  write(dir, "src/lib.js", "export const v = 'two';");
  await eventually(() => seen.has("two"));
  stop = true;
  await load;
  agent.destroy();
  assert.deepEqual(failures, []);
});

test("a broken save shows the error to whoever asks, a mended one serves again on the same port", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export default { fetch: () => new Response('good') };" });
  const p = await dev(t, dir);
  write(dir, "src/index.js", "export default { fetch: () => new Response('bad };");
  await eventually(async () => (await request(p.url)).status === 500);
  assert.match((await request(p.url)).text, /src\/index\.js:1:\d+/);
  assert.match(p.output, /Unterminated string/);
  write(dir, "src/index.js", "export default { fetch: () => new Response('mended') };");
  await eventually(async () => (await request(p.url)).text === "mended");
});

test("saves in quick succession, good and broken, lose no request", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export default { fetch: () => new Response('0') };" });
  const p = await dev(t, dir, { args: ["--quiet"] });
  let stop = false;
  const odd = [];
  const client = async () => {
    while (!stop) {
      const r = await Promise.race([request(p.url).catch((e) => ({ status: e.code })), sleep(20_000).then(() => ({ status: "no answer" }))]);
      if (r.status !== 200 && r.status !== 500) odd.push(r.status);
      await sleep(Math.random() * 3); // connections come at odd moments
    }
  };
  const clients = [1, 2, 3, 4].map(client);
  for (let i = 1; i <= 20; i++) {
    write(dir, "src/index.js", i % 3 === 1 ? "export default {" : `export default { fetch: () => new Response('${i}') };`);
    await sleep(100 + Math.random() * 200);
  }
  await eventually(async () => (await request(p.url)).text === "20");
  stop = true;
  await Promise.all(clients);
  assert.deepEqual(odd, []);
  assert.equal(p.child.exitCode, null);
});

test("a change of the configuration is a change too", async (t) => {
  const withVar = (v) => JSON.stringify({ ...JSON.parse(config), vars: { V: v } });
  const dir = scratch(t, { "wrangler.json": withVar("one"), "src/index.js": "export default { fetch: (_, env) => new Response(env.V) };" });
  const p = await dev(t, dir);
  assert.equal((await request(p.url)).text, "one");
  write(dir, "wrangler.json", withVar("two"));
  await eventually(async () => (await request(p.url)).text === "two");
});

test("an uncaught error is shown with its original file, line, column and a code frame", async (t) => {
  const dir = scratch(t, {
    "wrangler.json": JSON.stringify({ ...JSON.parse(config), main: "src/index.ts" }),
    "src/index.ts": "import { fail } from './deep';\n\ninterface Unused { a: string }\n\nexport default {\n  fetch(): Response {\n    const text: string = fail('over here');\n    return new Response(text);\n  },\n};\n",
    "src/deep.ts": "type Text = string;\n\nexport function fail(what: Text): never {\n  throw new RangeError(`it broke ${what}`);\n}\n",
  });
  const p = await dev(t, dir);
  const r = await request(p.url);
  assert.equal(r.status, 500);
  assert.match(r.text, /RangeError: it broke over here/);
  await p.until(/it broke over here/);
  await p.until(/src\/deep\.ts:4:\d+/);
  await p.until(/src\/index\.ts:7:\d+/);
  assert.match(p.output, /throw new RangeError/);
});

test("a script without a handler says so to whoever asks", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export const x = 1;" });
  const r = await request((await dev(t, dir)).url);
  assert.equal(r.status, 500);
  assert.match(r.text, /Handler does not export a fetch\(\) function/);
});

test("an unhandled rejection is shown", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export default { fetch() { Promise.reject(new Error('nobody caught me')); return new Response('ok'); } };" });
  const p = await dev(t, dir);
  assert.equal((await request(p.url)).text, "ok");
  await p.until(/nobody caught me/);
  await p.until(/src\/index\.js:1:\d+/);
});

test("console output shows what objects are made of", async (t) => {
  const dir = scratch(t, {
    "wrangler.json": config,
    "src/index.js": `export default { fetch(request) {
  console.log("plain", 1, true, null, undefined, 1n, Symbol("s"));
  console.log({ a: { b: [1, 2, { c: 3 }] }, text: "x" }, [1, "two"]);
  console.log(new Map([["k", new Set([1])]]), new Date(0), /re/g, class Foo {}, function bar() {});
  console.log("%s is %d years and %o", "Ada", 36, { x: 1 });
  const loop = {}; loop.self = loop; console.log(loop);
  console.log(new Headers({ a: "1" }), new URL("http://a/b"));
  console.error(new TypeError("shown whole"));
  console.warn("warned"); console.debug("debugged"); console.info("informed");
  return new Response("ok");
} };`,
  });
  const p = await dev(t, dir);
  await request(p.url);
  await p.until(/informed/);
  assert.match(p.output, /plain 1 true null undefined 1n Symbol\(s\)/);
  assert.match(p.output, /\{ a: \{ b: \[ 1, 2, .*\] \}, text: 'x' \} \[ 1, 'two' \]/);
  assert.match(p.output, /Map\(1\) \{ 'k' => Set\(1\) \{ 1 \} \} 1970-01-01T00:00:00\.000Z \/re\/g \[class Foo\] \[Function: bar\]/);
  assert.match(p.output, /Ada is 36 years and \{ x: 1 \}/);
  assert.match(p.output, /<ref \*1> \{ self: \[Circular \*1\] \}/);
  assert.match(p.output, /Headers/);
  assert.match(p.output, /TypeError: shown whole/);
  assert.match(p.output, /debugged/);
  assert.match(p.output, /warned/);
});

test("a Worker can't drive the terminal", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export default { fetch() { console.log('a\\x1b[2Jb\\x07c'); return new Response('ok'); } };" });
  const p = await dev(t, dir);
  await request(p.url);
  await p.until(/b.*c/);
  assert.ok(!/[\x1b\x07]/.test(p.output));
});

test("SIGINT ends it with status 0", async (t) => {
  const dir = scratch(t, { "wrangler.json": config, "src/index.js": "export default { fetch: () => new Response('ok') };" });
  const p = await dev(t, dir);
  p.signal("SIGINT");
  assert.deepEqual(await p.exited, { code: 0, signal: null });
});
