// WebSocket frames by hand, for both ends, so that tests say what is on the wire and can break any rule (RFC 6455, 7692).
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "node:net";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { atEnd } from "./cusp.mjs";

export const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

/** One frame. options: fin, rsv (1 to 7), mask (true: a random one) */
export function frame(opcode, payload = "", { fin = true, rsv = 0, mask = true } = {}) {
  payload = Buffer.from(payload);
  const n = payload.length, wide = n < 126 ? 0 : n < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + wide);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (wide === 0 ? n : wide === 2 ? 126 : 127);
  if (wide === 2) head.writeUInt16BE(n, 2);
  if (wide === 8) head.writeBigUInt64BE(BigInt(n), 2);
  if (!mask) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, Buffer.from(payload.map((b, i) => b ^ key[i & 3]))]);
}
export const closeFrame = (code, reason = "", options) => {
  const head = Buffer.alloc(code === undefined ? 0 : 2);
  if (code !== undefined) head.writeUInt16BE(code);
  return frame(CLOSE, Buffer.concat([head, Buffer.from(reason)]), options);
};
export const deflate = (text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
export const inflate = (bytes) => inflateRawSync(Buffer.concat([bytes, Buffer.from([0, 0, 255, 255])]), { finishFlush: constants.Z_SYNC_FLUSH });

/** An end of a connection: frames as they come, and what was sent, in the order of the wire. */
export class End {
  constructor(socket, { head = Buffer.alloc(0), mask = true } = {}) {
    this.socket = socket;
    this.mask = mask;
    this.bytes = head;
    this.frames = [];
    this.waiting = [];
    this.closed = new Promise((done) => socket.on("close", done));
    socket.on("data", (d) => {
      this.bytes = Buffer.concat([this.bytes, d]);
      this.#parse();
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#give(null));
    this.#parse();
  }
  #parse() {
    for (;;) {
      const b = this.bytes;
      if (b.length < 2) return;
      const short = b[1] & 127, wide = short === 126 ? 2 : short === 127 ? 8 : 0, masked = b[1] >> 7;
      const at = 2 + wide + 4 * masked;
      if (b.length < at) return;
      const n = wide === 0 ? short : wide === 2 ? b.readUInt16BE(2) : Number(b.readBigUInt64BE(2));
      if (b.length < at + n) return;
      let payload = Buffer.from(b.subarray(at, at + n));
      if (masked) payload = payload.map((v, i) => v ^ b[at - 4 + (i & 3)]);
      this.bytes = b.subarray(at + n);
      this.#give({ fin: b[0] >> 7 === 1, rsv: (b[0] >> 4) & 7, opcode: b[0] & 15, masked: masked === 1, payload });
    }
  }
  #give(f) {
    if (this.waiting.length) this.waiting.shift()(f);
    else this.frames.push(f);
  }
  /** The next frame; null at the end of the connection. */
  next(ms = 20_000) {
    if (this.frames.length) return Promise.resolve(this.frames.shift());
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error("no frame")), ms);
      this.waiting.push((f) => (clearTimeout(timer), done(f)));
    });
  }
  /** The next message: {opcode, payload}, or the close as {code, reason}; null at the end. Pings are skipped. */
  async message() {
    const parts = [];
    let kind = 0, rsv = 0;
    for (;;) {
      const f = await this.next();
      if (f === null) return null;
      if (f.opcode === CLOSE) return { code: f.payload.length ? f.payload.readUInt16BE(0) : undefined, reason: f.payload.subarray(2).toString() };
      if (f.opcode >= 8) continue;
      if (f.opcode) [kind, rsv] = [f.opcode, f.rsv];
      parts.push(f.payload);
      const all = Buffer.concat(parts);
      if (f.fin) return { opcode: kind, payload: rsv & 4 ? inflate(all) : all };
    }
  }
  write(...parts) {
    for (const p of parts) this.socket.write(p);
  }
  send(opcode, payload, options) {
    this.write(frame(opcode, payload, { mask: this.mask, ...options }));
  }
}

const accept = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** A client's handshake with url (http://127.0.0.1:port/path). {status, headers, end}: end is null when it was no 101. */
export async function upgrade(t, url, { host, headers = {}, offer } = {}) {
  const { hostname, port, pathname, search } = new URL(url);
  const key = randomBytes(16).toString("base64");
  const socket = connect(port, hostname);
  atEnd(t, () => socket.destroy());
  const all = { host: host ?? `${hostname}:${port}`, upgrade: "websocket", connection: "Upgrade", "sec-websocket-version": "13", "sec-websocket-key": key, ...headers };
  if (offer) all["sec-websocket-extensions"] = offer;
  let head = `GET ${pathname}${search} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(all)) if (value !== undefined) head += `${name}: ${value}\r\n`;
  socket.write(`${head}\r\n`);
  let got = Buffer.alloc(0);
  while (!got.includes("\r\n\r\n")) {
    const d = await new Promise((done, fail) => {
      socket.once("data", done);
      socket.once("end", () => fail(new Error(`it closed after ${JSON.stringify(got.toString())}`)));
      socket.once("error", fail);
    });
    socket.removeAllListeners("end").removeAllListeners("error");
    got = Buffer.concat([got, d]);
  }
  const at = got.indexOf("\r\n\r\n"), lines = got.subarray(0, at).toString().split("\r\n"), answer = {};
  for (const line of lines.slice(1)) answer[line.slice(0, line.indexOf(":")).toLowerCase()] = line.slice(line.indexOf(":") + 1).trim();
  const status = Number(lines[0].split(" ")[1]);
  const right = status === 101 && answer["sec-websocket-accept"] === accept(key);
  return { status, headers: answer, right, end: status === 101 ? new End(socket, { head: got.subarray(at + 4) }) : null };
}

/** A server of WebSockets: on(end, request) for each. Gives {url, port}. */
export async function origin(t, on, { headers = () => ({}) } = {}) {
  const server = createServer((request, response) => response.writeHead(403).end("go away"));
  server.on("upgrade", (request, socket, head) => {
    const all = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": accept(request.headers["sec-websocket-key"]), ...headers(request) };
    if (all.refuse) return socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nX-Why: test\r\n\r\ngo away");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`);
    on(new End(socket, { head, mask: false }), request);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => (server.closeAllConnections(), server.close()));
  return { port: server.address().port, url: `http://127.0.0.1:${server.address().port}/` };
}
