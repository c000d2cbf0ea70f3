import { deepStrictEqual, match, strictEqual } from "node:assert";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { jwt, sign } from "hono/jwt";
import { stream, streamSSE } from "hono/streaming";
import { validator } from "hono/validator";

const app = new Hono();
app.use("/api/*", cors({ origin: "https://a.example", allowMethods: ["GET", "POST"] }));
app.use("/tagged", etag());
app.use("/secret/*", jwt({ secret: "s3cret", alg: "HS256" }));
app.get("/", (c) => c.text("Hello"));
app.get("/user/:id{[0-9]+}", (c) => c.json({ id: c.req.param("id"), q: c.req.queries("q") ?? [] }));
app.get("/tagged", (c) => c.text("same"));
app.get("/secret/me", (c) => c.json(c.get("jwtPayload")));
app.get("/page", (c) => c.html(html`<p>${"<b>"}</p>`));
app.get("/cookie", (c) => {
  setCookie(c, "seen", "1", { httpOnly: true, path: "/" });
  return c.text(getCookie(c, "who") ?? "nobody");
});
app.post("/form", validator("form", (v, c) => (v.name ? { name: v.name } : c.text("no name", 400))), (c) =>
  c.json(c.req.valid("form")));
app.get("/sse", (c) => streamSSE(c, async (s) => {
  for (let i = 0; i < 3; i++) await s.writeSSE({ data: `n${i}`, id: `${i}` });
}));
app.get("/stream", (c) => stream(c, async (s) => {
  await s.write("a");
  await s.pipe(new Response("bc").body);
}));
app.get("/fail", () => {
  throw new HTTPException(418, { message: "teapot" });
});
app.notFound((c) => c.text("nothing here", 404));

export const routes = {
  async test() {
    strictEqual(await (await app.request("/")).text(), "Hello");
    deepStrictEqual(await (await app.request("/user/42?q=1&q=2")).json(), { id: "42", q: ["1", "2"] });
    strictEqual((await app.request("/user/x")).status, 404);
    strictEqual(await (await app.request("/page")).text(), "<p>&lt;b&gt;</p>");
    const failed = await app.request("/fail");
    strictEqual(failed.status, 418);
    strictEqual(await failed.text(), "teapot");
  },
};
export const middleware = {
  async test() {
    const preflight = await app.request("/api/x", { method: "OPTIONS", headers: { origin: "https://a.example" } });
    strictEqual(preflight.status, 204);
    strictEqual(preflight.headers.get("access-control-allow-origin"), "https://a.example");
    const first = await app.request("/tagged"), tag = first.headers.get("etag");
    match(tag, /^"[0-9a-f]{40}"$/);
    strictEqual((await app.request("/tagged", { headers: { "if-none-match": tag } })).status, 304);
    strictEqual((await app.request("/secret/me")).status, 401);
    const token = await sign({ sub: "ada" }, "s3cret");
    const me = await app.request("/secret/me", { headers: { authorization: `Bearer ${token}` } });
    deepStrictEqual(await me.json(), { sub: "ada" });
    const cookie = await app.request("/cookie", { headers: { cookie: "who=ada" } });
    strictEqual(await cookie.text(), "ada");
    strictEqual(cookie.headers.get("set-cookie"), "seen=1; Path=/; HttpOnly");
  },
};
export const bodies = {
  async test() {
    const body = new FormData();
    body.append("name", "Ada");
    deepStrictEqual(await (await app.request("/form", { method: "POST", body })).json(), { name: "Ada" });
    strictEqual((await app.request("/form", { method: "POST", body: new URLSearchParams() })).status, 400);
    const sse = await app.request("/sse");
    match(sse.headers.get("content-type"), /^text\/event-stream/);
    strictEqual(await sse.text(), "data: n0\nid: 0\n\ndata: n1\nid: 1\n\ndata: n2\nid: 2\n\n");
    strictEqual(await (await app.request("/stream")).text(), "abc");
  },
};
