// What the programs talk to: an HTTP origin on loopback with answers good and bad, and a TCP port that gives back what it gets.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTcp } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";

const text = "text of the origin. ".repeat(50);
const later = (ms, fn) => setTimeout(fn, ms).unref();
const answers = {
  "/": (q, a) => a.end(text),
  "/gzip": (q, a) => a.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text)),
  "/br": (q, a) => a.writeHead(200, { "content-encoding": "br" }).end(brotliCompressSync(text)),
  "/zstd": (q, a) => a.writeHead(200, { "content-encoding": "zstd" }).end("not zstd"),
  "/chunks": (q, a) => { for (let i = 0; i < 5; i++) later(i, () => a.write(`${i} ${text}`)); later(8, () => a.end()); },
  "/reset": (q, a) => { a.writeHead(200, { "content-length": "100000" }); a.write(text); later(2, () => q.socket.resetAndDestroy()); },
  "/redirect": (q, a) => a.writeHead(302, { location: "/gzip" }).end(),
  "/loop": (q, a) => a.writeHead(307, { location: "/loop" }).end(),
  "/slow": (q, a) => later(60, () => a.end("slow")),
  "/empty": (q, a) => a.writeHead(204).end(),
  "/headers": (q, a) => { for (let i = 0; i < 90; i++) a.setHeader(`x-${i}`, "y".repeat(i)); a.setHeader("set-cookie", ["a=b", "c=d"]); a.end(); },
  "/broken": (q, a) => { q.socket.end("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\n\x1f\x8b\x08zz"); },
  "/events": (q, a) => { a.writeHead(200, { "content-type": "text/event-stream" }); a.write("retry: 1\nid: \u00e9\ndata: a\ndata: b\n\nevent: x\n\n"); later(5, () => a.end("data: cut")); },
  "/cached": (q, a) => a.writeHead(200, { "cache-control": "max-age=60", etag: "\"a\"" }).end(text),
  "/range": (q, a) => a.writeHead(206, { "content-range": "bytes 0-9/1000", "cache-control": "max-age=60" }).end("0123456789"),
  "/multipart": (q, a) => a.writeHead(200, { "content-type": "multipart/form-data; boundary=x" }).end("--x\r\ncontent-disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--x--\r\n"),
  "/echo": (q, a) => q.pipe(a),
};

/** A WebSocket that answers its opening with a frame or two, some of them wrong. */
function upgrade(request, socket) {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.on("error", () => {});
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`);
  const frames = [Buffer.from([0x81, 2, 0x68, 0x69]), Buffer.from([0x82, 3, 1, 2, 3]), Buffer.from([0x89, 0]), Buffer.from([0x01, 1, 0x61, 0x80, 1, 0x62]), Buffer.from([0x81, 1, 0xff]), Buffer.from([0x88, 2, 3, 0xe8]), Buffer.from([0xc1, 1, 0])];
  const wrong = upgrade.count++ % 4;
  socket.write(Buffer.concat(wrong === 3 ? frames : frames.slice(0, 4)));
  later(20, () => socket.end(frames[5]));
}
upgrade.count = 0;

const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

export async function startOrigin() {
  const http = createServer((q, a) => {
    q.on("error", () => {});
    a.on("error", () => {});
    (answers[new URL(q.url, "http://a").pathname] ?? ((_, b) => b.writeHead(404).end("no")))(q, a);
  });
  http.on("upgrade", upgrade);
  http.on("connection", (s) => s.on("error", () => {}));
  const tcp = createTcp((s) => { s.on("error", () => {}); s.pipe(s); });
  const ports = [await listening(http), await listening(tcp)];
  const close = () => { http.closeAllConnections(); http.close(); tcp.close(); };
  return { origin: `http://127.0.0.1:${ports[0]}`, socket: `127.0.0.1:${ports[1]}`, close };
}
