// WebSockets of clients, WebSockets that a Worker opens, and those that pass through, frame by frame.
// It could pass wrongly if both ends were ours: so the other end is support/websocket.mjs, which writes bytes by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dev, scratch, sleep } from "../support/cusp.mjs";
import { BINARY, CLOSE, PING, PONG, TEXT, closeFrame, deflate, frame, origin, upgrade } from "../support/websocket.mjs";
import { request } from "../support/http.mjs";

const SCRIPT = `
const all = {};
const pair = () => Object.values(new WebSocketPair());
export default { async fetch(req) {
  const url = new URL(req.url), to = url.searchParams.get("to");
  const seen = (all[url.searchParams.get("k")] ??= []); // of one test
  switch (url.pathname) {
    case "/seen": return Response.json(seen.splice(0));
    case "/pass": return fetch(new Request(to, req));
    case "/join": return fetch(to, { headers: { Upgrade: "websocket" } });
    case "/no": return new Response("no", { status: 404 });
    case "/client": {
      const ws = new WebSocket(to, url.searchParams.has("chat") ? ["chat", "other"] : []), log = [];
      await new Promise((done) => {
        ws.onopen = () => { log.push("open", ws.protocol); ws.send("hi"); ws.send(new Uint8Array([1, 2, 3])); };
        ws.onmessage = (e) => log.push(typeof e.data === "string" ? e.data : [...new Uint8Array(e.data)]);
        ws.onerror = () => log.push("error");
        ws.onclose = (e) => { log.push("close", e.code, e.reason, e.wasClean); done(); };
      });
      return Response.json(log);
    }
    case "/ask": {
      const r = await fetch(to, { headers: { Upgrade: "websocket", "x-mine": "1" } });
      if (!r.webSocket) return Response.json([r.status, r.headers.get("x-why"), await r.text()]);
      r.webSocket.accept();
      r.webSocket.send("question");
      const answer = await new Promise((done) => r.webSocket.addEventListener("message", (e) => done(e.data)));
      r.webSocket.close(4000, "enough");
      return Response.json([r.status, answer]);
    }
  }
  if (req.headers.get("upgrade") !== "websocket") return new Response("a WebSocket, please", { status: 426 });
  const [client, server] = pair();
  if (url.pathname === "/never") { setTimeout(() => server.accept(), 300); }
  else if (url.pathname === "/forgotten") {}
  else if (url.pathname === "/early") { server.accept(); server.send("one"); server.send("two"); server.close(4001, "early"); }
  else if (url.pathname === "/flood") { server.accept(); const chunk = "x".repeat(65536); let n = 0; try { for (; n < 4000; n++) server.send(chunk); } catch (e) { seen.push(e.name); } server.addEventListener("close", (e) => seen.push("flood " + e.code)); }
  else if (url.pathname === "/slow") { server.accept(); server.addEventListener("message", (e) => { seen.push(e.data.length); }); }
  else if (url.pathname === "/order") { server.accept(); let n = 0; server.addEventListener("message", async (e) => { const k = n++; await null; seen.push(k); if (k === 199) server.send(JSON.stringify(seen)); }); }
  else {
    server.accept();
    server.addEventListener("message", (e) => server.send(e.data));
    server.addEventListener("close", (e) => seen.push(["close", e.code, e.reason, e.wasClean]));
    server.addEventListener("error", (e) => seen.push(["error"]));
  }
  return new Response(null, { status: 101, webSocket: client, headers: { "x-mine": "yes", "sec-websocket-protocol": req.headers.get("sec-websocket-protocol") ?? "none" } });
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
const open = (t, path = "/", options) => upgrade(t, `${p.url}${path}${path.includes("?") ? "&" : "?"}k=${encodeURIComponent(t.name)}`, options);
const seen = async (t) => JSON.parse((await request(`${p.url}/seen?k=${encodeURIComponent(t.name)}`)).text);
/** What the Worker noted of this test, once it has noted something. */
async function noted(t) {
  for (let i = 0; i < 500; i++, await sleep(10)) {
    const s = await seen(t);
    if (s.length) return s;
  }
  throw new Error("nothing was noted");
}

test("the handshake", async (t) => {
  const good = await open(t, "/", { headers: { "sec-websocket-protocol": "chat" } });
  assert.deepEqual([good.status, good.right, good.headers["x-mine"], good.headers["sec-websocket-protocol"]], [101, true, "yes", "chat"]);
  assert.equal(good.headers["sec-websocket-extensions"], undefined);
  assert.equal((await open(t, "/no")).status, 404);
  for (const headers of [{ "sec-websocket-key": "short" }, { "sec-websocket-version": "8" }, { "sec-websocket-key": undefined }, { upgrade: "h2c" }]) {
    const r = await open(t, "/", { headers });
    assert.equal(r.status, 426, JSON.stringify(headers)); // no WebSocket for the Worker either
  }
  const deflated = await open(t, "/", { offer: "permessage-deflate; client_max_window_bits" });
  assert.match(deflated.headers["sec-websocket-extensions"], /^permessage-deflate; server_max_window_bits=12; client_max_window_bits=12$/);
});

test("messages of all sizes, in one frame and in many, with and without compression", async (t) => {
  for (const offer of [undefined, "permessage-deflate; server_no_context_takeover"]) {
    const { end } = await open(t, "/", { offer });
    for (const n of [0, 1, 125, 126, 127, 128, 65535, 65536, 200_000, 3_000_000]) {
      const text = "abcä€😀".repeat(n).slice(0, n).replace(/[\ud800-\udbff]$/, ".");
      end.send(TEXT, text);
      const m = await end.message();
      assert.deepEqual([m.opcode, m.payload.toString() === text], [TEXT, true], `${n}`);
      const bytes = Buffer.alloc(n, 7);
      end.write(frame(BINARY, bytes.subarray(0, n >> 1), { fin: false }), frame(PING, "p"), frame(0, bytes.subarray(n >> 1)));
      const b = await end.message();
      assert.deepEqual([b.opcode, b.payload.equals(bytes)], [BINARY, true], `${n}`);
    }
    if (offer) {
      end.send(TEXT, deflate("compressed ".repeat(100)), { rsv: 4 });
      assert.equal((await end.message()).payload.toString(), "compressed ".repeat(100));
    }
    end.write(closeFrame(1000, "bye"));
    assert.deepEqual(await end.message(), { code: 1000, reason: "" });
    assert.equal(await end.next(), null);
    assert.deepEqual(await noted(t), [["close", 1000, "bye", true]]);
  }
});

test("pings are answered, also between the frames of a message", async (t) => {
  const { end } = await open(t);
  end.send(PING, "are you there");
  const f = await end.next();
  assert.deepEqual([f.opcode, f.payload.toString(), f.masked], [PONG, "are you there", false]);
  end.send(PONG, "unasked");
  end.send(TEXT, "still");
  assert.equal((await end.message()).payload.toString(), "still");
});

test("a peer that breaks the protocol is told so, and the Worker hears of it", async (t) => {
  const cases = [
    [frame(TEXT, "x", { mask: false }), 1002],
    [frame(TEXT, "x", { rsv: 4 }), 1002],
    [frame(3, ""), 1002],
    [frame(0, ""), 1002],
    [frame(PING, "x".repeat(126)), 1002],
    [frame(CLOSE, "x"), 1002],
    [closeFrame(1005), 1002],
    [frame(TEXT, Buffer.from([0xed, 0xa0, 0x80])), 1007],
    [closeFrame(1000, Buffer.from([0xff])), 1007],
  ];
  for (const [bytes, code] of cases) {
    const { end } = await open(t);
    end.write(bytes);
    assert.equal((await end.message()).code, code, bytes.toString("hex"));
    assert.equal(await end.next(), null);
    assert.deepEqual(await noted(t), [["error"], ["close", 1006, "", false]], bytes.toString("hex"));
  }
  const { end } = await open(t);
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 1, 2, 3, 4]); // 2 GB
  end.write(head);
  assert.equal((await end.message()).code, 1009);
});

test("a client that goes without a word", async (t) => {
  const { end } = await open(t);
  end.send(TEXT, "x");
  await end.message();
  end.socket.destroy();
  assert.deepEqual((await noted(t))[0].slice(0, 2), ["close", 1006]);
});

test("what a Worker sends before its response comes after it", async (t) => {
  const { end } = await open(t, "/early");
  assert.deepEqual([(await end.message()).payload.toString(), (await end.message()).payload.toString()], ["one", "two"]);
  assert.deepEqual(await end.message(), { code: 4001, reason: "early" });
  end.write(closeFrame(4001));
  assert.equal(await end.next(), null);
});

test("a Worker that accepts late, or never", async (t) => {
  const late = await open(t, "/never");
  late.end.write(closeFrame(1000));
  assert.equal((await late.end.message()).code, 1000);
  assert.equal(await late.end.next(), null);
  const { end } = await open(t, "/forgotten");
  assert.equal((await end.message()).code, 1011); // nothing could ever happen to it
  assert.equal(await end.next(), null);
});

test("messages are events: in order, microtasks of one before the next", async (t) => {
  const { end } = await open(t, "/order");
  end.socket.write(Buffer.concat(Array.from({ length: 200 }, (_, i) => frame(TEXT, String(i)))));
  assert.deepEqual(JSON.parse((await end.message()).payload.toString()), Array.from({ length: 200 }, (_, i) => i));
});

test("a client that does not read costs bounded memory: the WebSocket fails", async (t) => {
  const { end } = await open(t, "/flood");
  end.socket.pause();
  let all = [];
  for (let i = 0; i < 200 && !all.includes("flood 1006"); i++) {
    all.push(...(await seen(t)));
    await sleep(20);
  }
  assert.ok(all.includes("flood 1006"), JSON.stringify(all));
});

test("a Worker's WebSocket", async (t) => {
  const o = await origin(t, async (end) => {
    const a = await end.next(), b = await end.next();
    assert.deepEqual([a.masked, b.masked], [true, true]);
    end.send(TEXT, `got ${a.payload}`);
    end.send(BINARY, b.payload);
    end.write(closeFrame(4444, "that is all", { mask: false }));
    await end.message();
    end.socket.end();
  }, { headers: (r) => (r.headers["sec-websocket-protocol"] ? { "sec-websocket-protocol": "chat" } : {}) });
  const ask = async (path) => JSON.parse((await request(p.url + path)).text);
  assert.deepEqual(await ask(`/client?to=${o.url.replace("http", "ws")}`), ["open", "", "got hi", [1, 2, 3], "close", 4444, "that is all", true]);
  assert.deepEqual(await ask(`/client?chat=1&to=${o.url}`), ["open", "chat", "got hi", [1, 2, 3], "close", 4444, "that is all", true]);
  const wrong = await origin(t, () => {}, { headers: () => ({ "sec-websocket-accept": "wrong" }) });
  assert.deepEqual(await ask(`/client?to=${wrong.url}`), ["error", "close", 1006, "", false]);
  const strange = await origin(t, () => {}, { headers: () => ({ "sec-websocket-protocol": "unasked" }) });
  assert.deepEqual(await ask(`/client?to=${strange.url}`), ["error", "close", 1006, "", false]);
  assert.deepEqual(await ask("/client?to=http://127.0.0.1:1/"), ["error", "close", 1006, "", false]);
});

test("fetch() with Upgrade: a WebSocket, or any other response", async (t) => {
  let last;
  const o = await origin(t, async (end, r) => {
    end.send(TEXT, `answer to ${(await end.message()).payload}, ${r.headers["x-mine"]}`);
    last = await end.message();
    end.write(closeFrame(last.code, "", { mask: false }));
    end.socket.end();
  });
  assert.deepEqual(JSON.parse((await request(`${p.url}/ask?to=${o.url}`)).text), [101, "answer to question, 1"]);
  for (let i = 0; !last && i < 100; i++) await sleep(20);
  assert.deepEqual(last, { code: 4000, reason: "enough" });
  const no = await origin(t, () => {}, { headers: () => ({ refuse: true }) });
  assert.deepEqual(JSON.parse((await request(`${p.url}/ask?to=${no.url}`)).text), [403, "test", "go away"]);
});

test("a WebSocket that passes through is not touched where both sides agreed on the same", async (t) => {
  for (const [path, offer, raw] of [["/pass", undefined, true], ["/pass", "x-unknown", true], ["/pass", "permessage-deflate", true], ["/join", undefined, false]]) {
    let asked;
    const o = await origin(t, async (end, r) => {
      asked = r.headers["sec-websocket-extensions"];
      const f = await end.next();
      end.write(frame(f.opcode, f.payload, { rsv: f.rsv, fin: f.fin, mask: false }));
      end.send(TEXT, (await end.message()).payload);
      end.write(closeFrame((await end.message()).code, "", { mask: false }));
      end.socket.end();
    }, { headers: (r) => (r.headers["sec-websocket-extensions"] ? { "sec-websocket-extensions": r.headers["sec-websocket-extensions"].split(";")[0] } : {}) });
    const { end, right, headers } = await open(t, `${path}?to=${o.url}`, { offer });
    assert.ok(right);
    assert.equal(headers["sec-websocket-extensions"], offer);
    if (path === "/pass") assert.equal(asked, offer);
    if (raw && offer === "x-unknown") {
      end.send(5, "a frame of tomorrow", { rsv: 7 });
      const f = await end.next();
      assert.deepEqual([f.opcode, f.rsv, f.payload.toString()], [5, 7, "a frame of tomorrow"]);
    } else {
      end.send(TEXT, "hello");
      assert.equal((await end.message()).payload.toString(), "hello");
    }
    const long = "long ".repeat(50_000);
    end.send(TEXT, long);
    assert.equal((await end.message()).payload.toString(), long);
    end.write(closeFrame(4321));
    assert.equal((await end.message()).code, 4321);
    assert.equal(await end.next(), null);
  }
});
