// The HTTP/1.1 server as a client sees it: framing, connections, refusals, limits, slow and leaving clients.
// Could pass wrongly: raw answers are compared from their first byte, else a stray earlier answer would do.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { atEnd, dev, raw, scratch, sleep } from "../support/cusp.mjs";
import { request } from "../support/http.mjs";

const SCRIPT = `
let aborted = 0, pulled = 0;
const text = new TextEncoder();
export default { async fetch(request) {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo": return new Response(request.body, { headers: { "x-length": request.headers.get("content-length") ?? "none" } });
    case "/read": return new Response(request.method + " " + await request.text());
    case "/ignore": return new Response("ignored");
    case "/url": return new Response(request.url);
    case "/stream": return new Response(new ReadableStream({ start(c) { c.enqueue(text.encode("one")); c.enqueue(text.encode("two")); c.close(); } }));
    case "/large": { let left = Number(url.searchParams.get("mb")) * 16; const chunk = new Uint8Array(65536).fill(97); return new Response(new ReadableStream({ pull(c) { if (left-- > 0) { pulled++; c.enqueue(chunk.slice()); } else c.close(); } })); }
    case "/pulled": return new Response(String(pulled));
    case "/fail": return new Response(new ReadableStream({ pull(c) { c.enqueue(text.encode("part")); c.error(new Error("broken")); } }));
    case "/wait": request.signal.addEventListener("abort", () => aborted++); await new Promise((r) => setTimeout(r, 3000)); return new Response("late");
    case "/endless": return new Response(new ReadableStream({ async pull(c) { await new Promise((r) => setTimeout(r, 5)); c.enqueue(text.encode("x")); }, cancel() { aborted += 100; } }));
    case "/aborted": return new Response(String(aborted));
    default: return new Response("hello");
  }
} };`;

const ends = [];
const life = { after: (f) => ends.push(f) };
let p;
before(async () => {
  p = await dev(life, `${scratch(life, { "i.js": SCRIPT })}/i.js`, { args: ["--quiet"] });
});
after(async () => {
  for (const f of ends.reverse()) await f();
});

const send = (text, options) => raw(p.port, text, { ms: 400, ...options });
const statuses = (answer) => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => Number(m[1]));
const H = "Host: a.test\r\n";
const run = (command, args) => new Promise((done) => execFile(command, args, { encoding: "buffer", maxBuffer: 1 << 28 }, (error, out, err) => done({ code: error?.code ?? 0, out, err: err.toString() })));

test("a connection serves one request after another", async () => {
  const answer = await send(`GET / HTTP/1.1\r\n${H}\r\n`);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 5\r\n\r\nhello$/i);
  const socket = connect(p.port, "127.0.0.1");
  let got = "";
  socket.on("data", (chunk) => (got += chunk));
  for (let i = 1; i <= 3; i++) {
    socket.write(`GET / HTTP/1.1\r\n${H}\r\n`);
    while (got.split("hello").length <= i) await sleep(5);
  }
  socket.destroy();
});

test("pipelined requests are answered in order", async () => {
  const paths = ["/url?1", "/read", "/url?2", "/stream", "/url?3"];
  const answer = await send(paths.map((path) => `GET ${path} HTTP/1.1\r\n${H}\r\n`).join(""));
  assert.deepEqual(statuses(answer), [200, 200, 200, 200, 200]);
  const order = ["url?1", "GET ", "url?2", "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", "url?3"].map((mark) => answer.indexOf(mark));
  assert.deepEqual([...order].sort((a, b) => a - b), order);
});

test("pipelined requests with bodies keep their borders", async () => {
  const one = (body) => `POST /read HTTP/1.1\r\n${H}Content-Length: ${body.length}\r\n\r\n${body}`;
  const answer = await send(one("first") + `POST /ignore HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nwaste\r\n0\r\n\r\n` + one("third"));
  assert.match(answer, /POST first[\s\S]*ignored[\s\S]*POST third$/);
});

test("Connection: close is obeyed and answered", async () => {
  const answer = await send(`GET / HTTP/1.1\r\n${H}Connection: close\r\n\r\nGET / HTTP/1.1\r\n${H}\r\n`, { ms: 3000 });
  assert.deepEqual(statuses(answer), [200]);
  assert.match(answer, /connection: close/i);
});

test("chunked bodies come in, with extensions and trailers", async () => {
  const answer = await send(`POST /read HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nX-Trailer: 1\r\n\r\n`);
  assert.match(answer, /POST Wikipedia$/);
});

test("a stream goes out in chunks, to HTTP/1.0 until the connection closes", async () => {
  assert.match(await send(`GET /stream HTTP/1.1\r\n${H}\r\n`), /Transfer-Encoding: chunked\r\n[\s\S]*\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/i);
  const old = await send("GET /stream HTTP/1.0\r\nHost: a.test\r\n\r\n", { ms: 3000 });
  assert.doesNotMatch(old, /transfer-encoding/i);
  assert.match(old, /\r\n\r\nonetwo$/);
});

test("HTTP/1.0 closes, unless it asks to stay", async () => {
  assert.deepEqual(statuses(await send("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", { ms: 3000 })), [200]);
  assert.deepEqual(statuses(await send(`GET / HTTP/1.0\r\n${H}Connection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n${H}Connection: keep-alive\r\n\r\n`)), [200, 200]);
});

test("HEAD has the head of GET and no body", async () => {
  const answer = await send(`HEAD / HTTP/1.1\r\n${H}\r\nGET / HTTP/1.1\r\n${H}\r\n`);
  assert.deepEqual(statuses(answer), [200, 200]);
  assert.equal(answer.split("hello").length, 2);
  assert.match(answer.slice(0, answer.indexOf("\r\n\r\n")), /Content-Length: 5/i);
});

test("the absolute form of a target wins over Host", async () => {
  const answer = await send("GET http://other.test/url?q HTTP/1.1\r\nHost: a.test\r\n\r\n");
  assert.match(answer, /http:\/\/other\.test\/url\?q$/);
});

test("Expect: 100-continue gets its 100 before the body is sent", async () => {
  const { out, err } = await run("curl", ["-sv", "-H", "Expect: 100-continue", "--expect100-timeout", "20", "--data-binary", "x".repeat(2000), `${p.url}/read`]);
  assert.match(err, /HTTP\/1\.1 100 Continue[\s\S]*HTTP\/1\.1 200/i);
  assert.equal(out.toString(), `POST ${"x".repeat(2000)}`);
});

test("a body that nobody reads is not asked for by 100 Continue", async () => {
  const answer = await send(`POST /ignore HTTP/1.1\r\n${H}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n`, { ms: 800 });
  assert.deepEqual(statuses(answer), [200]);
});

const POST = (fields, body = "") => `POST /read HTTP/1.1\r\n${H}${fields}\r\n\r\n${body}`;
for (const [what, text, status] of [
  ["two Content-Lengths that differ", POST("Content-Length: 3\r\nContent-Length: 4", "abcd"), 400],
  ["two Content-Lengths that agree", POST("Content-Length: 3\r\nContent-Length: 3", "abc"), 400],
  ["a list as Content-Length", POST("Content-Length: 3, 3", "abc"), 400],
  ["Content-Length beside Transfer-Encoding", POST("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400],
  ["a signed Content-Length", POST("Content-Length: +3", "abc"), 400],
  ["a Content-Length that is no number", POST("Content-Length: 0x3", "abc"), 400],
  ["a Transfer-Encoding that is not chunked", POST("Transfer-Encoding: gzip", ""), 501],
  ["chunked that is not last", POST("Transfer-Encoding: chunked, identity", "0\r\n\r\n"), [400, 501]],
  ["a folded header line", `GET / HTTP/1.1\r\n${H}X-A: 1\r\n 2\r\n\r\n`, 400],
  ["a space before the colon", `GET / HTTP/1.1\r\n${H}X-A : 1\r\n\r\n`, 400],
  ["a bare LF in the head", `GET / HTTP/1.1\n${H}\n`, 400],
  ["a bare CR in a value", `GET / HTTP/1.1\r\n${H}X-A: 1\r2\r\n\r\n`, 400],
  ["a NUL in a value", `GET / HTTP/1.1\r\n${H}X-A: 1\0\r\n\r\n`, 400],
  ["no Host in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `GET / HTTP/1.1\r\n${H}Host: b.test\r\n\r\n`, 400],
  ["a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
  ["a chunk size that is none", POST("Transfer-Encoding: chunked", "zz\r\n"), 400],
  ["a chunk longer than its size", POST("Transfer-Encoding: chunked", "3\r\nabcdef\r\n0\r\n\r\n"), 400],
  ["a chunk size that overflows", POST("Transfer-Encoding: chunked", "fffffffffffffffff\r\n"), [400, 413]],
  ["a method that is no token", `G@T / HTTP/1.1\r\n${H}\r\n`, 400],
  ["another major version", `GET / HTTP/3.0\r\n${H}\r\n`, [400, 505]],
  ["a target that is none", `GET nothing HTTP/1.1\r\n${H}\r\n`, 400],
  ["a target that is too long", `GET /${"a".repeat(20_000)} HTTP/1.1\r\n${H}\r\n`, 414],
  ["a head that is too large", `GET / HTTP/1.1\r\n${H}${"X-A: ".concat("v".repeat(1000), "\r\n").repeat(80)}\r\n`, 431],
  ["too many header lines", `GET / HTTP/1.1\r\n${H}${"X-A: 1\r\n".repeat(300)}\r\n`, 431],
  ["a body that is too large", POST("Content-Length: 999999999999"), 413],
])
  test(`${what}: refused, and nothing after it is believed`, async () => {
    const answer = await send(`${text}GET /smuggled HTTP/1.1\r\n${H}\r\n`, { ms: 3000 });
    const [first, ...rest] = statuses(answer);
    assert.ok([status].flat().includes(first), `${what}: ${answer.slice(0, 200)}`);
    assert.deepEqual(rest, []);
  });

test("an upload of 64 MB comes back whole", async () => {
  const chunk = Buffer.alloc(1 << 20, "0123456789abcdef");
  const total = 64;
  const hash = createHash("sha256");
  const sent = createHash("sha256");
  await new Promise((done, fail) => {
    const socket = connect(p.port, "127.0.0.1");
    let head = "";
    let left = total << 20;
    socket.on("data", (bytes) => {
      if (head.endsWith("\r\n\r\n")) return take(bytes);
      const text = bytes.toString("latin1");
      const end = (head + text).indexOf("\r\n\r\n");
      if (end < 0) return (head += text);
      const skip = end + 4 - head.length;
      head = (head + text).slice(0, end + 4);
      take(bytes.subarray(skip));
    });
    const take = (bytes) => {
      hash.update(bytes);
      left -= bytes.length;
      if (left <= 0) socket.end(), done();
    };
    socket.on("error", fail);
    socket.write(`POST /echo HTTP/1.1\r\n${H}Content-Length: ${total << 20}\r\n\r\n`);
    let n = 0;
    const more = () => {
      while (n++ < total) {
        sent.update(chunk);
        if (!socket.write(chunk)) return socket.once("drain", more);
      }
    };
    more();
  });
  assert.equal(hash.digest("hex"), sent.digest("hex"));
});

test("a client that does not read slows the Worker down, in bounded memory", async (t) => {
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p.pid}/status`, "utf8"))[1]) / 1024;
  await request(`${p.url}/large?mb=1`);
  const from = Number((await request(`${p.url}/pulled`)).text);
  const earlier = rss();
  const socket = connect(p.port, "127.0.0.1");
  atEnd(t, () => socket.destroy());
  socket.write(`GET /large?mb=400 HTTP/1.1\r\n${H}\r\n`);
  socket.pause();
  await sleep(1500);
  const first = Number((await request(`${p.url}/pulled`)).text) - from;
  await sleep(500);
  const second = Number((await request(`${p.url}/pulled`)).text) - from;
  assert.equal(second, first, "the producer stands still");
  assert.ok(first < 16 * 64, `${first} chunks of 64 KiB were made`);
  assert.ok(rss() - earlier < 100, `${(rss() - earlier).toFixed(0)} MB more`);
});

// One that only ends its sending side may still be listening: it gets its answer. So a client has left when it resets, or when
// a write to it fails.
test("a client that leaves aborts request.signal", async () => {
  const earlier = Number((await request(`${p.url}/aborted`)).text);
  const socket = connect(p.port, "127.0.0.1");
  socket.write(`GET /wait HTTP/1.1\r\n${H}\r\n`);
  await sleep(200);
  socket.resetAndDestroy();
  for (let i = 0; ; i++) {
    if (Number((await request(`${p.url}/aborted`)).text) === earlier + 1) break;
    assert.ok(i < 100, "the signal is aborted");
    await sleep(20);
  }
});

test("a client that has ended its sending side still gets its answer", async () => {
  const socket = connect({ port: p.port, host: "127.0.0.1", allowHalfOpen: true });
  let got = "";
  socket.on("data", (chunk) => (got += chunk));
  socket.end(`GET / HTTP/1.1\r\n${H}\r\n`);
  await new Promise((done) => socket.on("end", done));
  assert.match(got, /hello$/);
});

test("a client that leaves cancels the response's stream", async () => {
  const earlier = Number((await request(`${p.url}/aborted`)).text);
  const socket = connect(p.port, "127.0.0.1");
  socket.write(`GET /endless HTTP/1.1\r\n${H}\r\n`);
  await sleep(200);
  socket.destroy();
  for (let i = 0; ; i++) {
    if (Number((await request(`${p.url}/aborted`)).text) >= earlier + 100) break;
    assert.ok(i < 100, "the stream is cancelled");
    await sleep(20);
  }
});

test("a stream that fails midway does not look complete", async () => {
  const answer = await send(`GET /fail HTTP/1.1\r\n${H}\r\n`, { ms: 3000 });
  assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/);
});

test("a head that does not come in time is 408", { timeout: 60_000 }, async () => {
  const answer = await send("GET / HTTP/1.1\r\nHost: a", { ms: 30_000 });
  assert.deepEqual(statuses(answer), [408]);
});

test("a thousand connections at once are served", async () => {
  const answers = await Promise.all(Array.from({ length: 1000 }, () => request(p.url)));
  assert.ok(answers.every((r) => r.text === "hello"));
});
