// Many Workers behind one server: routes, accounts, lazy start, the sandbox.
// Could pass wrongly: a route test would pass if every Worker answered alike, so each answers with its own name.
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort, origin, Process, root, scratch, serve, withTime, write } from "../support/cusp.mjs";
import { children, configuration, get, isDebug, serveWorkers, text } from "../support/serve.mjs";

test("the most specific route wins", async (t) => {
  const p = await serveWorkers(t, {
    host: { script: text("host"), routes: ["shop.test/*"] },
    path: { script: text("path"), routes: ["shop.test/api/*"] },
    exact: { script: text("exact"), routes: ["shop.test/api/health"] },
    wild: { script: text("wild"), routes: ["*.test/*"] },
    deep: { script: text("deep"), routes: ["*.eu.test/*"] },
    rest: { script: text("rest"), isDefault: true },
  });
  const expected = {
    "shop.test/": "host", "shop.test/api/x": "path", "shop.test/api/health": "exact", "shop.test/api/health?q": "path", "other.test/api/": "wild",
    "a.eu.test/": "deep", "a.b.eu.test/x": "deep", "test/": "rest", "elsewhere.example/": "rest", "SHOP.test:8080/": "host",
  };
  for (const [where, who] of Object.entries(expected)) {
    const slash = where.indexOf("/");
    assert.equal((await get(p, where.slice(0, slash), where.slice(slash))).text, who, where);
  }
});

test("what no route matches is 404 when there is no default", async (t) => {
  const p = await serveWorkers(t, { a: { script: text("a"), routes: ["a.test/*"] } });
  assert.equal((await get(p, "b.test")).status, 404);
  assert.equal((await get(p, "a.test")).status, 200);
});

test("accounts have processes of their own, and KV of their own under the same name", async (t) => {
  const script = "export default { async fetch(request, { KV }) { const v = new URL(request.url).searchParams.get('put'); if (v) await KV.put('k', v); return new Response(await KV.get('k')); } };";
  const p = await serveWorkers(t, {
    red: { script, kv: ["KV"], routes: ["red.test/*"], account: "red" },
    pink: { script, kv: ["KV"], routes: ["pink.test/*"], account: "red" },
    blue: { script, kv: ["KV"], routes: ["blue.test/*"], account: "blue" },
  });
  assert.equal((await get(p, "red.test", "/?put=mine")).text, "mine");
  assert.equal((await get(p, "pink.test")).text, "mine", "one account shares its namespaces");
  assert.equal((await get(p, "blue.test")).text, "", "another account does not");
  assert.equal((await get(p, "blue.test", "/?put=other")).text, "other");
  assert.equal((await get(p, "red.test")).text, "mine");
  assert.equal(children(p).worker.length, 2);
});

test("ten thousand Workers do not slow the start, and each of them answers", async (t) => {
  const measure = async (count) => {
    const dir = scratch(t);
    write(dir, "w/i.js", "export default { fetch: (request) => new Response(new URL(request.url).host) };");
    let toml = "threads = 1\n";
    for (let i = 0; i < count; i++) toml += `[[worker]]\nname = "w${i}"\npath = "w/i.js"\nroutes = ["w${i}.test/*"]\naccount = "a${i % 7}"\n`;
    const started = performance.now();
    const p = await serve(t, toml, { dir });
    return { p, ms: performance.now() - started };
  };
  const few = await measure(10);
  await few.p.stop();
  const many = await measure(10_000);
  for (const i of [0, 4321, 9999]) assert.equal((await get(many.p, `w${i}.test`)).text, `w${i}.test`);
  const allowed = 2 * few.ms + (isDebug ? 4000 : 300);
  assert.ok(many.ms < allowed, `10 Workers: ${few.ms.toFixed(0)} ms, 10,000: ${many.ms.toFixed(0)} ms`);
  t.diagnostic(`Ready with 10 Workers after ${few.ms.toFixed(0)} ms, with 10,000 after ${many.ms.toFixed(0)} ms`);
});

test("a Worker that can't be prepared fails alone, and is tried again once its files have changed", async (t) => {
  const dir = scratch(t);
  const p = await serve(t, configuration(dir, { good: { script: text("good"), routes: ["good.test/*"] }, bad: { script: "export default {", routes: ["bad.test/*"] } }), { dir });
  assert.equal((await get(p, "bad.test")).status, 500);
  assert.equal((await get(p, "good.test")).text, "good");
  write(dir, "bad/i.js", text("mended"));
  p.signal("SIGHUP");
  for (let i = 0; ; i++) {
    if ((await get(p, "bad.test")).text === "mended") break;
    assert.ok(i < 500, "it is served after SIGHUP");
    await new Promise((done) => setTimeout(done, 20));
  }
});

test("an error's text is for the log, not for clients", async (t) => {
  const p = await serveWorkers(t, { a: { script: "export default { fetch() { throw new Error('secret detail'); } };" } });
  const r = await get(p);
  assert.equal(r.status, 500);
  assert.doesNotMatch(r.text, /secret/);
  await p.until(/secret detail/);
});

test("the worker process is in its sandbox", { skip: isDebug && "the sanitizers need what the sandbox forbids" }, async (t) => {
  const p = await serveWorkers(t, { a: { script: text("a") } });
  assert.equal((await get(p)).text, "a");
  const [worker] = children(p).worker;
  const status = readFileSync(`/proc/${worker}/status`, "utf8");
  assert.match(status, /^NoNewPrivs:\s*1$/m);
  assert.match(status, /^Seccomp:\s*2$/m);
});

test("a Worker can't reach private addresses unless the configuration allows it", async (t) => {
  const script = (port) => `export default { async fetch() { try { return new Response((await fetch("http://127.0.0.1:${port}/")).status); } catch (e) { return new Response(e.name + ": " + e.message); } } };`;
  let hits = 0;
  const o = await origin(t, (_, outgoing) => (hits++, outgoing.end("inside")));
  const p = await serveWorkers(t, { a: { script: script(o.port) } });
  assert.match((await get(p)).text, /^TypeError/);
  assert.equal(hits, 0);
  const q = await serveWorkers(t, { a: { script: script(o.port) } }, `threads = 1\n[egress]\nallow = ["127.0.0.1:${o.port}"]\n`);
  assert.equal((await get(q)).text, "200");
});

test("a Worker's origin may be private, its own requests and its failing open reach it, and nobody else's do", async (t) => {
  const o = await origin(t, (incoming, outgoing) => outgoing.end(`origin ${incoming.method} ${incoming.url}`));
  const dir = scratch(t);
  const other = `export default { async fetch() { try { return new Response(await (await fetch("${o.url}/")).text()); } catch (e) { return new Response(e.name); } } };`;
  const script = "export default { fetch(request, env, ctx) { if (new URL(request.url).pathname === '/own') return fetch(request); ctx.passThroughOnException(); throw new Error('x'); } };";
  const toml = configuration(dir, { other: { script: other, routes: ["other.test/*"] }, a: { script, routes: ["a.test/*"] } });
  const p = await serve(t, `${toml}origin = "${o.url}"\n`, { dir });
  for (let i = 0; i < 3; i++) {
    assert.equal((await get(p, "a.test", "/path?q")).text, "origin GET /path?q");
    assert.equal((await get(p, "a.test", "/own")).text, "origin GET /own");
    assert.equal((await get(p, "other.test")).text, "TypeError", "not even over the connection that is open");
  }
});

for (const [what, toml, pattern] of [
  ["a broken cusp.toml", "[[worker]\n", /cusp\.toml:\d+/],
  ["a configuration without Workers", "", /no \[\[worker\]\]/],
  ["a Worker without a path", '[[worker]]\nname = "a"\ndefault = true\n', /path/],
  ["a Worker without routes", '[[worker]]\nname = "a"\npath = "a.js"\n', /routes/],
  ["two Workers of one name", '[[worker]]\nname = "a"\npath = "a.js"\ndefault = true\n[[worker]]\nname = "a"\npath = "b.js"\nroutes = ["b.test/*"]\n', /name/],
  ["a route that is none", '[[worker]]\nname = "a"\npath = "a.js"\nroutes = ["a.test/*/b"]\n', /a\.test\/\*\/b/],
])
  test(`${what} is refused in one message with status 1`, async (t) => {
    const dir = scratch(t, { "cusp.toml": `listen = ["127.0.0.1:0"]\n${toml}` });
    const p = new Process(t, ["serve", "--config", `${dir}/cusp.toml`]);
    const late = setTimeout(() => p.signal("SIGKILL"), 60_000);
    assert.deepEqual(await p.exited, { code: 1, signal: null }, p.output);
    clearTimeout(late);
    assert.match(p.output, pattern);
    assert.ok(existsSync(dir));
  });

test("a configuration file that is not there is named", async (t) => {
  const p = new Process(t, ["serve", "--config", "/nonexistent/cusp.toml"]);
  assert.deepEqual(await p.exited, { code: 1, signal: null });
  assert.match(p.output, /\/nonexistent\/cusp\.toml/);
});

test("the gallery serves every example on a host of its own, origin included", async (t) => {
  const dir = scratch(t);
  const port = await freePort();
  // A copy of the examples whose gallery is this port's.
  cpSync(join(root, "examples"), dir, { recursive: true, filter: (path) => !/node_modules|\.cusp/.test(path) });
  symlinkSync(join(root, "examples/node_modules"), join(dir, "node_modules"));
  for (const path of ["gallery.toml", ...readdirSync(dir).flatMap((name) => ["wrangler.toml", "wrangler.jsonc"].map((file) => `${name}/${file}`))]) {
    if (!existsSync(join(dir, path))) continue;
    writeFileSync(join(dir, path), readFileSync(join(dir, path), "utf8").replaceAll("localhost:8787", `localhost:${port}`).replaceAll("1]:8787", `1]:${port}`).replaceAll("0.0.1:8787", `0.0.1:${port}`));
  }
  writeFileSync(join(dir, "gallery.toml"), withTime(readFileSync(join(dir, "gallery.toml"), "utf8")));
  const p = new Process(t, ["serve", "--config", join(dir, "gallery.toml")]);
  await p.until(/Ready on/);
  p.url = `http://127.0.0.1:${port}`;
  const page = (await get(p, `localhost:${port}`)).text;
  const links = [...page.matchAll(/href="http:\/\/([\w-]+)\.localhost:\d+([^"]*)"/g)];
  assert.ok(links.length > 15);
  for (const [, name, path] of links) {
    const { status, text } = await get(p, `${name}.localhost:${port}`, encodeURI(path));
    const refused = ["auth-gateway", "jwt"].includes(name);
    assert.equal(status, refused ? 401 : 200, `${name}${path}: ${text}\n${p.output.slice(-6000)}`);
  }
});
