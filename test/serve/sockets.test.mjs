// WebSockets and connect() under `cusp serve`: budgets, ends of processes, draining, the policy of addresses, TLS.
// It could pass wrongly if nothing had been open: each story first sees a message go through.
import test from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TLSSocket, createServer as createTlsServer } from "node:tls";
import { atEnd, scratch, serve } from "../support/cusp.mjs";
import { children, configuration, get } from "../support/serve.mjs";
import { TEXT, closeFrame, origin, upgrade } from "../support/websocket.mjs";

const echo = `export default { async fetch(req) {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", (e) => {
    if (e.data === "burn") for (;;);
    let n = 0;
    if (e.data === "work") while (n < 3e6) n++;
    server.send(e.data);
  });
  server.addEventListener("close", (e) => console.log("the close event", e.code));
  return new Response(null, { status: 101, webSocket: client });
} };`;

const outward = `import { connect } from "cloudflare:sockets";
const encode = (s) => new TextEncoder().encode(s), decode = (b) => new TextDecoder().decode(b);
async function write(s, text) { const w = s.writable.getWriter(); await w.write(encode(text)); w.releaseLock(); }
async function read(s) { const r = s.readable.getReader(); const { value, done } = await r.read(); r.releaseLock(); return done ? null : decode(value); }
const what = {
  async plain(port) {
    const s = connect({ hostname: "127.0.0.1", port }), info = await s.opened, w = s.writable.getWriter();
    const whole = new Response(s.readable).text();
    await w.write(encode("hello ")); await w.write(encode("x".repeat(6e5))); await w.close();
    const text = await whole; await s.closed;
    return [text.length, text.slice(0, 6), info.remoteAddress === "127.0.0.1:" + port, s.secureTransport, s.upgraded];
  },
  async tls(port) { const s = connect("localhost:" + port, { secureTransport: "on" }); await write(s, "secret"); const t = await read(s); await s.close(); await s.closed; return [t]; },
  async start(port) {
    const s = connect("localhost:" + port, { secureTransport: "starttls" });
    await write(s, "STARTTLS"); const a = await read(s); const t = s.startTls(); await write(t, "inside"); const b = await read(t); await t.close();
    return [a, b, s.upgraded, t.secureTransport];
  },
  async half(port) { const s = connect("127.0.0.1:" + port, { allowHalfOpen: true }); await write(s, "x"); const a = await read(s), end = await read(s); await write(s, "after"); await s.close(); return [a, end]; },
  async refused() { const s = connect("127.0.0.1:1"); await s.opened; },
  async ws(port) { return await new Promise((done) => { const ws = new WebSocket("ws://127.0.0.1:" + port); ws.onopen = () => done(["open"]); ws.onerror = (e) => done(["error"]); }); },
  async wss(port) { return await new Promise((done) => { const ws = new WebSocket("wss://localhost:" + port); ws.onmessage = (e) => { ws.close(); done([e.data]); }; ws.onerror = (e) => done(["error"]); }); },
};
export default { async fetch(req) {
  const { pathname, searchParams } = new URL(req.url);
  try { return Response.json(await what[pathname.slice(1)](+searchParams.get("port"))); } catch (e) { return new Response(e.name + ": " + e.message, { status: 500 }); }
} };`;

const open = (t, p) => upgrade(t, `${p.url}/`, { host: "default.test" });

async function greet(end) {
  end.send(TEXT, "hello");
  assert.equal((await end.message()).payload.toString(), "hello");
}

test("each message has a CPU budget of its own; one that burns it ends the Worker", async (t) => {
  const dir = scratch(t), p = await serve(t, configuration(dir, { echo: { script: echo } }), { dir });
  const { end } = await open(t, p), other = await open(t, p);
  await greet(other.end);
  for (let i = 0; i < 60; i++) {
    end.send(TEXT, "work");
    assert.equal((await end.message()).payload.toString(), "work");
  }
  end.send(TEXT, "burn");
  assert.equal((await end.message()).code, 1011);
  assert.equal((await other.end.message()).code, 1011);
  await greet((await open(t, p)).end);
});

test("a worker process that dies takes its WebSockets with it, each with a close frame", async (t) => {
  const dir = scratch(t), p = await serve(t, configuration(dir, { echo: { script: echo } }), { dir });
  const { end } = await open(t, p);
  await greet(end);
  for (const pid of children(p).worker) process.kill(pid, "SIGKILL");
  assert.equal((await end.message()).code, 1011);
  assert.equal(await end.next(), null);
});

test("SIGTERM: clients are told 1001, Workers hear their answer", async (t) => {
  const dir = scratch(t), p = await serve(t, configuration(dir, { echo: { script: echo } }), { dir });
  const { end } = await open(t, p), silent = await open(t, p);
  await greet(end);
  await greet(silent.end);
  p.signal("SIGTERM");
  assert.deepEqual(await end.message(), { code: 1001, reason: "" });
  end.write(closeFrame(1001));
  assert.equal(await end.next(), null);
  assert.equal((await silent.end.message()).code, 1001);
  assert.equal((await p.exited).code, 0); // the silent one has a few seconds
  assert.match(p.output, /the close event 1001/);
});

function certificates(dir) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority");
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "req.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl("x509", "-req", "-in", "req.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", "cert.pem", "-copy_extensions", "copy");
  return { key: readFileSync(join(dir, "key.pem")), cert: readFileSync(join(dir, "cert.pem")) };
}

async function listen(t, server) {
  const all = new Set();
  server.on("connection", (s) => (all.add(s), s.on("error", () => {})));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => (all.forEach((s) => s.destroy()), new Promise((done) => server.close(done))));
  return server.address().port;
}

test("connect() and WebSockets of a Worker", async (t) => {
  const dir = scratch(t), pair = certificates(dir);
  const workers = { outward: { script: outward } };
  const p = await serve(t, configuration(dir, workers, 'threads = 1\n[egress]\nallow_private = true\nca_file = "ca.pem"\n'), { dir });
  const ask = async (p, path, port = 0) => {
    const r = await get(p, "default.test", `/${path}?port=${port}`);
    return r.status === 200 ? JSON.parse(r.text) : r.text;
  };
  const plain = await listen(t, createServer({ allowHalfOpen: true }, (s) => s.pipe(s)));
  const tls = await listen(t, createTlsServer(pair, (s) => s.on("error", () => {}).pipe(s)));
  const start = await listen(t, createServer((s) => s.once("data", (d) => {
    s.write(`${d}?`);
    const inner = new TLSSocket(s, { isServer: true, ...pair });
    inner.on("error", () => {}).on("data", (x) => inner.write(`got ${x}`));
  })));

  await t.test("bytes both ways, more than any window", async () => {
    assert.deepEqual(await ask(p, "plain", plain), [600_006, "hello ", true, "off", false]);
  });
  await t.test("TLS from the beginning, and later", async () => {
    assert.deepEqual(await ask(p, "tls", tls), ["secret"]);
    assert.deepEqual(await ask(p, "start", start), ["STARTTLS?", "got inside", true, "on"]);
  });
  await t.test("a peer that does not speak TLS, and one that nobody vouches for", async () => {
    assert.match(await ask(p, "tls", plain), /^Error: /);
    const stranger = scratch(t), q = await serve(t, configuration(stranger, workers, "threads = 1\n[egress]\nallow_private = true\n"), { dir: stranger });
    assert.match(await ask(q, "tls", tls), /^Error: .*(certificate|issuer)/);
  });
  await t.test("half open: the peer has finished, we have not", async () => {
    let after;
    const port = await listen(t, createServer({ allowHalfOpen: true }, (s) => {
      s.once("data", () => s.end("bye"));
      s.on("data", (d) => (after = String(d)));
    }));
    assert.deepEqual(await ask(p, "half", port), ["bye", null]);
    for (let i = 0; after !== "after" && i < 200; i++) await new Promise((r) => setTimeout(r, 10));
    assert.equal(after, "after");
  });
  await t.test("nobody there", async () => {
    assert.match(await ask(p, "refused"), /cannot connect to the specified address/);
  });
  await t.test("wss", async () => {
    const { createServer: https } = await import("node:https");
    const { createHash } = await import("node:crypto");
    const server = https(pair);
    server.on("upgrade", (r, s) => {
      const accept = createHash("sha1").update(`${r.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      s.write(`HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      s.write(Buffer.concat([Buffer.from([0x81, 6]), Buffer.from("sealed")]));
      s.on("error", () => {});
    });
    assert.deepEqual(await ask(p, "wss", await listen(t, server)), ["sealed"]);
  });
  await t.test("the policy of addresses holds for them", async () => {
    const ws = await origin(t, () => {});
    assert.deepEqual(await ask(p, "ws", ws.port), ["open"]);
    const other = scratch(t), strict = await serve(t, configuration(other, workers, "threads = 1\n"), { dir: other });
    assert.deepEqual(await ask(strict, "ws", ws.port), ["error"]);
    assert.match(await ask(strict, "plain", plain), /this address may not be reached/);
  });
});
