// fetch() of an https origin: HTTP/2 where the origin offers it, HTTP/1.1 where not, and no answer at all from an origin whose authority
// is unknown. It could pass wrongly if certificates were not looked at, so the same origin is asked with and without its authority; or if
// the protocol were assumed, so the origin says which one it spoke.
import test from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import { join } from "node:path";
import { atEnd, scratch, serve } from "../support/cusp.mjs";
import { configuration, get } from "../support/serve.mjs";

const script = `export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  try {
    const r = await fetch(searchParams.get("to") + pathname, { method: request.method, body: request.body, headers: { "x-from": "worker" } });
    return new Response(r.body, { status: r.status, headers: { "x-said": r.headers.get("x-said") } });
  } catch (e) { return new Response(e.name + ": " + e.message, { status: 502 }); }
} };`;

function certificates(dir) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority");
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "req.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl("x509", "-req", "-in", "req.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", "cert.pem", "-copy_extensions", "copy");
  return { key: readFileSync(join(dir, "key.pem")), cert: readFileSync(join(dir, "cert.pem")) };
}

async function listen(t, server) {
  const sessions = new Set();
  server.on("session", (s) => (sessions.add(s), s.on("close", () => sessions.delete(s))));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => (sessions.forEach((s) => s.destroy()), server.closeAllConnections?.(), new Promise((done) => server.close(done))));
  return `https://127.0.0.1:${server.address().port}`;
}

function answer(request, response) {
  const chunks = [];
  request.on("data", (d) => chunks.push(d));
  request.on("end", () => {
    response.writeHead(request.url === "/teapot" ? 418 : 200, { "x-said": `${request.httpVersion} ${request.headers["x-from"]}` });
    response.end(request.method === "POST" ? Buffer.concat(chunks).toString().toUpperCase() : "x".repeat(200_000));
  });
}

test("fetch() of https origins", async (t) => {
  const dir = scratch(t);
  const pair = certificates(dir);
  const h2 = await listen(t, createSecureServer({ ...pair, allowHTTP1: true }, answer));
  const h1 = await listen(t, createServer(pair, answer));
  const workers = { proxy: { script } };
  const knows = await serve(t, configuration(dir, workers, `threads = 1\n[egress]\nallow_private = true\nca_file = "ca.pem"\n`), { dir });
  const stranger = scratch(t);
  const doesNot = await serve(t, configuration(stranger, workers, `threads = 1\n[egress]\nallow_private = true\n`), { dir: stranger });
  const ask = (p, to, path, options) => get(p, "default.test", `${path}?to=${to}`, options);

  await t.test("HTTP/2, a large body, many at once on one connection", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(knows, h2, "/big")));
    for (const r of all) assert.deepEqual([r.status, r.header("x-said"), r.text.length], [200, "2.0 worker", 200_000]);
  });
  await t.test("HTTP/2, a request body and a status", async () => {
    const r = await ask(knows, h2, "/", { method: "POST", body: "shout" });
    assert.deepEqual([r.status, r.text], [200, "SHOUT"]);
    assert.equal((await ask(knows, h2, "/teapot")).status, 418);
  });
  await t.test("HTTP/1.1 where the origin has no other", async () => {
    const r = await ask(knows, h1, "/big");
    assert.deepEqual([r.status, r.header("x-said"), r.text.length], [200, "1.1 worker", 200_000]);
  });
  await t.test("an unknown authority is no origin", async () => {
    for (const to of [h2, h1]) {
      const r = await ask(doesNot, to, "/big");
      assert.deepEqual([r.status, /^TypeError: /.test(r.text)], [502, true], r.text);
    }
  });
  await t.test("a certificate for another name is refused", async () => {
    const r = await ask(knows, h2.replace("127.0.0.1", "127.0.0.2"), "/big");
    assert.equal(r.status, 502, r.text);
  });
});
