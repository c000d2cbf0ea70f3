import { deepStrictEqual, strictEqual } from "node:assert";
import { AutoRouter, IttyRouter, StatusError, cors, error, json } from "itty-router";

export default {
  async test() {
    const { preflight, corsify } = cors({ origin: "https://a.example" });
    const router = AutoRouter({ before: [preflight], finally: [corsify], base: "/v1" });
    router
      .get("/todos/:id", ({ id, query }) => ({ id, query }))
      .post("/todos", async (request) => json(await request.json()))
      .get("/files/:path+", ({ params }) => params.path)
      .get("/broken", () => {
        throw new StatusError(402, "pay");
      });
    const call = (path, init) => router.fetch(new Request(`https://x.example/v1${path}`, init));
    const one = await call("/todos/7?a=1&a=2");
    deepStrictEqual(await one.json(), { id: "7", query: { a: ["1", "2"] } });
    const made = await call("/todos", { method: "POST", body: '{"b":1}', headers: { origin: "https://a.example" } });
    strictEqual(made.headers.get("access-control-allow-origin"), "https://a.example");
    deepStrictEqual(await made.json(), { b: 1 });
    strictEqual(await (await call("/files/a/b/c")).json(), "a/b/c");
    deepStrictEqual(await (await call("/broken")).json(), { status: 402, error: "pay" });
    strictEqual((await (await call("/nothing")).json()).status, 404);
    strictEqual((await call("/todos", { method: "OPTIONS", headers: { origin: "https://a.example" } })).status, 204);
    const plain = IttyRouter();
    plain.all("*", () => error(500, "x"));
    strictEqual((await plain.fetch(new Request("https://x.example/"))).status, 500);
  },
};
