// The examples as a test needs them: where each keeps its script, which bindings it has, and how to point it at an origin.
import { join } from "node:path";
import { root } from "./cusp.mjs";

const table = {
  hello: { main: "src/index.ts" },
  origin: { main: "src/index.js" },
  "auth-gateway": { main: "src/index.ts", kv: ["TOKENS"], vars: (o) => ({ AUTH: o, CATALOG: o, ORDERS: o }) },
  "ab-test": { main: "src/index.ts", vars: (o) => ({ ORIGIN: o, WEIGHTS: { a: 80, b: 20 } }), passed: ["ORIGIN"] },
  geo: { main: "src/index.ts" },
  "api-gateway": { main: "src/index.ts", cache: true, vars: (o) => ({ API: o, API_EU: o }) },
  "kv-read-through": { main: "src/index.ts", kv: ["ANSWERS"], vars: (o) => ({ ORIGIN: o, TTL_S: 120 }), passed: ["ORIGIN"] },
  jwt: {
    main: "src/index.ts",
    kv: ["KEYS"],
    vars: (o) => ({ JWKS_URL: `${o}/.well-known/jwks.json`, ISSUER: "https://login.example.com", AUDIENCE: "shop" }),
  },
  hono: { main: "src/index.tsx", kv: ["NOTES"] },
  itty: { main: "src/index.ts", kv: ["TODOS"] },
  graphql: { main: "src/index.ts" },
  coalesce: { main: "src/index.js", vars: (o) => ({ ORIGIN: o, BURST: 10, PER_SECOND: 1 }), passed: ["ORIGIN"] },
  rewriter: { main: "src/index.ts" },
  "stream-through": { main: "src/index.ts", vars: (o) => ({ ORIGIN: o }) },
  carts: { main: "src/index.ts", entrypoints: { CARTS: "Carts" } },
  chat: { main: "src/index.ts" },
  gallery: { main: "src/index.ts" },
};

export const exampleNames = Object.keys(table);

/** For support/workerd.mjs. */
export function exampleScript(name, originUrl) {
  const { main, kv, cache, vars, entrypoints } = table[name];
  return { name, main: join(root, "examples", name, main), kv, cache, entrypoints, vars: vars?.(originUrl) };
}

/** Arguments of `cusp dev`: variables that are text are passed, the rest stays as the project's configuration has it. */
export function originVars(name, originUrl) {
  const { vars, passed } = table[name];
  return Object.entries(vars?.(originUrl) ?? {})
    .filter(([key, value]) => typeof value === "string" && (passed?.includes(key) ?? true))
    .flatMap(([key, value]) => ["--var", `${key}=${value}`]);
}

const ada = { authorization: "Bearer ada-secret" };
const json = { "content-type": "application/json" };
const requests = {
  hello: ["/", "/?name=%C3%89"],
  origin: ["/api/products/1", "/nothing", { path: "/auth/verify", headers: ada }, { method: "POST", path: "/orders", body: '{"item":"x"}' }, "/a/page", "/files/1mb"],
  "auth-gateway": ["/catalog/items", { path: "/catalog/items", headers: ada }, { path: "/nowhere", headers: ada, after: 100 }, { path: "/orders/mine", headers: ada }, { method: "POST", path: "/orders", headers: ada, body: '{"item":"x"}' }],
  "ab-test": [{ path: "/x", headers: { cookie: "variant=a" } }, { path: "/", headers: { cookie: "other=1; variant=b" } }],
  geo: ["/?country=FR", "/?country=xx", "/?country=%26"],
  "api-gateway": ["/api/products/1", { path: "/api/products/1?utm_source=x", after: 100 }, "/api/nothing", "/else", { method: "POST", path: "/api/products/1", body: "x" }],
  "kv-read-through": ["/api/products/1", { path: "/api/products/1", after: 100 }, { method: "DELETE", path: "/api/products/1" }, { method: "POST", path: "/", body: "x" }, "/missing"],
  jwt: ["/", { path: "/", headers: { authorization: "Bearer a.b.c" } }, { path: "/", headers: { authorization: "Bearer nonsense" } }],
  hono: ["/", { method: "PUT", path: "/api/notes/a", headers: json, body: '{"text":"x"}' }, "/api/notes/a", { method: "PUT", path: "/api/notes/b", headers: json, body: "{" }, "/missing", { method: "OPTIONS", path: "/api/notes/a", headers: { origin: "https://notes.example.com", "access-control-request-method": "PUT" } }, { method: "DELETE", path: "/api/notes/a" }],
  itty: ["/todos", { method: "PUT", path: "/todos/1", headers: json, body: '{"title":"t"}' }, "/todos/1", "/todos", "/todos/9", "/else", { method: "PUT", path: "/todos/1", headers: json, body: "{}" }],
  graphql: [{ method: "POST", path: "/", headers: json, body: '{"query":"{ books { title author { name } } }"}' }, { method: "POST", path: "/", headers: json, body: '{"query":"{"}' }, "/?query={__schema{queryType{name}}}", "/", { method: "PUT", path: "/", body: "x" }],
  coalesce: ["/quotes/ACME", "/missing"],
  "stream-through": ["/files/1mb", "/upper/files/1mb", { method: "PUT", path: "/adler32", repeat: ["abc", 100000] }, "/else"],
  carts: ["/", "/?item=book&item=pen&item=book", "/?item=boat"],
  chat: ["/", "/rooms/a", "/rooms/A", { method: "POST", path: "/rooms/a?name=x", body: "hi" }, "/rooms/a"],
  rewriter: ["/", "/?name=%3Cb%3E%C3%A9", { method: "POST", path: "/", body: "x" }],
  gallery: ["/", "/else"],
};

/** What is asked side by side of Cusp and workerd. */
export const exampleRequests = (name) => requests[name].map((spec) => (typeof spec === "string" ? { path: spec } : spec));
