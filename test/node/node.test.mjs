// Modules of Node.js in Workers: streams.js beside this file, run by `cusp test`, and a client of node:http, node:net against a
// server that is really there. Could pass wrongly if no test ran at all: their number is compared.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Process, scratch } from "../support/cusp.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

async function run(t, file) {
  const p = new Process(t, ["test", file]);
  const { code, signal } = await p.exited;
  assert.equal(signal, null, p.output);
  return { code, output: p.output, passed: [...p.output.matchAll(/^\S+ PASS$/gm)].length };
}

const listen = (t, server) => new Promise((resolve) => {
  t.after(() => server.close());
  server.listen(0, "127.0.0.1", () => resolve(server.address().port));
});

test("streams, compression, files and servers", async (t) => {
  const { code, output, passed } = await run(t, `${here}streams.js`);
  assert.equal(code, 0, output);
  assert.equal(passed, readFileSync(`${here}streams.js`, "utf8").match(/^export const \w+ = /gm).length);
});

test("http.request() talks to a real server", async (t) => {
  const port = await listen(t, createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => (body += chunk));
    req.on("end", () => {
      res.setHeader("set-cookie", ["a=1", "b=2"]);
      res.setHeader("x-method", req.method);
      res.setHeader("x-type", req.headers["content-type"] ?? "none");
      if (req.url === "/moved") res.writeHead(302, { location: "/elsewhere" });
      res.end(`${req.url} ${body}`);
    });
  }));
  const dir = scratch(t, { "wrangler.toml": 'name = "client"\nmain = "client.js"\ncompatibility_date = "2025-09-01"\ncompatibility_flags = ["nodejs_compat"]\n',
    "client.js": `
import http from "node:http";
import assert from "node:assert";
const ask = (options, body) => new Promise((resolve, reject) => {
  const req = http.request({ hostname: "127.0.0.1", port: ${port}, ...options }, (res) => {
    let text = "";
    res.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => resolve({ res, text })).on("error", reject);
  });
  req.on("error", reject);
  req.end(body);
});
export const gets = { async test() {
  const { res, text } = await ask({ path: "/x?y=1" });
  assert.strictEqual(res.statusCode, 200);
  assert.strictEqual(text, "/x?y=1 ");
  assert.deepStrictEqual(res.headers["set-cookie"], ["a=1", "b=2"]);
} };
export const posts = { async test() {
  const { res, text } = await ask({ path: "/p", method: "POST", headers: { "content-type": "text/plain" } }, "hello");
  assert.strictEqual(text, "/p hello");
  assert.strictEqual(res.headers["x-method"], "POST");
  assert.strictEqual(res.headers["x-type"], "text/plain");
} };
export const doesNotFollow = { async test() {
  const { res } = await ask({ path: "/moved" });
  assert.strictEqual(res.statusCode, 302);
  assert.strictEqual(res.headers.location, "/elsewhere");
} };
export const tellsWhatFailed = { async test() {
  await assert.rejects(ask({ port: 1 }));
} };
` });
  const { code, output, passed } = await run(t, `${dir}/client.js`);
  assert.equal(code, 0, output);
  assert.equal(passed, 4);
});

test("net.connect() talks to a real server", async (t) => {
  const port = await listen(t, createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
  const dir = scratch(t, { "wrangler.toml": 'name = "tcp"\nmain = "tcp.js"\ncompatibility_date = "2025-09-01"\ncompatibility_flags = ["nodejs_compat"]\n',
    "tcp.js": `
import net from "node:net";
import assert from "node:assert";
export const echoes = { async test() {
  const socket = net.connect(${port}, "127.0.0.1");
  let got = "";
  socket.setEncoding("utf8").on("data", (chunk) => (got += chunk));
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write("ping ");
  socket.end("pong");
  await new Promise((resolve, reject) => socket.on("close", resolve).on("error", reject));
  assert.strictEqual(got, "ping pong");
  assert.strictEqual(socket.bytesWritten, 9);
  assert.strictEqual(socket.bytesRead, 9);
} };
` });
  const { code, output, passed } = await run(t, `${dir}/tcp.js`);
  assert.equal(code, 0, output);
  assert.equal(passed, 1);
});
