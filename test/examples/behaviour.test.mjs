// What the examples' pages promise beyond what a command shows: failures of the origin, weights, sharing, bounded memory.
// Could pass wrongly: "the origin was not asked" needs the origin's own count, which is node's here, not Cusp's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dev, root } from "../support/cusp.mjs";
import { demoOrigin } from "../support/demo-origin.mjs";
import { originVars } from "../support/examples.mjs";
import { request } from "../support/http.mjs";
import { TEXT, closeFrame, upgrade } from "../support/websocket.mjs";

async function start(t, name, more = []) {
  const origin = await demoOrigin(t);
  const p = await dev(t, join(root, "examples", name), { args: ["--quiet", ...originVars(name, origin.url), ...more] });
  return { origin, p, get: (path, options) => request(p.url + path, options) };
}
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

test("auth-gateway: a token known to KV is let in while the auth service is down, another is not", async (t) => {
  const { origin, p, get } = await start(t, "auth-gateway", ["--var", "CATALOG=http://127.0.0.1:1"]);
  assert.equal((await get("/orders/mine", bearer("ada-secret"))).status, 200);
  assert.equal(origin.hits.filter((hit) => hit.endsWith("/auth/verify")).length, 1);
  assert.equal((await get("/orders/mine", bearer("ada-secret"))).header("x-auth"), "kv");
  assert.equal(origin.hits.filter((hit) => hit.endsWith("/auth/verify")).length, 1);
  await new Promise((done) => (origin.closeAllConnections?.(), origin.close(done)));
  const r = await get("/orders/mine", bearer("bob-secret"));
  assert.deepEqual([r.status, r.json()], [503, { error: "try again later" }]);
  assert.match(p.output, /the auth service failed/);
});

test("ab-test: new visitors are spread by the weights", async (t) => {
  const { get } = await start(t, "ab-test");
  const seen = { a: 0, b: 0 };
  for (let i = 0; i < 200; i++) seen[(await get("/")).header("x-variant")]++;
  assert.ok(seen.b > 15 && seen.b < 70, `80:20 gave ${seen.a}:${seen.b}`);
});

test("coalesce: a hundred requests at once are one call", async (t) => {
  const { origin, get } = await start(t, "coalesce");
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => get("/quotes/ACME", { headers: { "x-api-key": `client ${i}` } })));
  assert.ok(answers.every((r) => r.status === 200 && r.json().asked === 1));
  assert.equal(answers.filter((r) => r.header("x-shared") === "false").length, 1);
  assert.equal(origin.hits.length, 1);
});

test("stream-through: a body of 300 MB needs no memory of that size", async (t) => {
  const { p, get } = await start(t, "stream-through");
  const rss = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${p.pid}/status`, "utf8"))[1]) / 1024;
  await get("/upper/files/1mb");
  const earlier = rss();
  assert.equal((await get("/files/300mb")).body.length, 300 << 20);
  assert.ok(rss() - earlier < 64, `${(rss() - earlier).toFixed(0)} MB more`);
});

test("jwt: when the issuer rotates its keys, they are fetched again", async (t) => {
  const { origin, p, get } = await start(t, "jwt");
  const token = (await request(`${origin.url}/login?user=ada`)).text;
  for (let i = 0; i < 3; i++) assert.equal((await get("/", bearer(token))).status, 200);
  const asked = () => origin.hits.filter((hit) => hit.includes("jwks")).length;
  assert.equal(asked(), 1);
  const [head, ...rest] = token.split(".");
  const otherHead = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(head, "base64url")), kid: "new-key" })).toString("base64url");
  assert.equal((await get("/", bearer([otherHead, ...rest].join(".")))).status, 401);
  assert.equal(asked(), 2, p.output);
});

test("chat: everybody in the room hears it, nobody else, and those who have left are gone", async (t) => {
  const { p, get } = await start(t, "chat");
  const join = async (room, name) => (await upgrade(t, `${p.url}/rooms/${room}?name=${name}`)).end;
  const heard = async (end) => JSON.parse((await end.message()).payload.toString());
  const ada = await join("lobby", "Ada"), bob = await join("lobby", "Bob"), eve = await join("cellar", "Eve");
  ada.send(TEXT, "hello");
  for (const end of [ada, bob]) assert.deepEqual(await heard(end), { from: "Ada", text: "hello" });
  const late = await join("lobby", "Zoe");
  assert.deepEqual(await heard(late), { from: "Ada", text: "hello" });
  assert.deepEqual((await get("/rooms/lobby")).json().members, ["Ada", "Bob", "Zoe"]);
  bob.write(closeFrame(1000));
  assert.equal((await bob.message()).code, 1000);
  assert.equal(await bob.next(), null);
  late.socket.destroy();
  for (let i = 0; (await get("/rooms/lobby")).json().members.length > 1 && i < 200; i++) await new Promise((r) => setTimeout(r, 10));
  assert.deepEqual((await get("/rooms/lobby")).json().members, ["Ada"]);
  eve.send(TEXT, "mine");
  assert.deepEqual(await heard(eve), { from: "Eve", text: "mine" });
});
