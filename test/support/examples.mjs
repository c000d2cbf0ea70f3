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
  "stream-through": { main: "src/index.ts", vars: (o) => ({ ORIGIN: o }) },
  gallery: { main: "src/index.ts" },
};

export const exampleNames = Object.keys(table);

/** For support/workerd.mjs. */
export function exampleScript(name, originUrl) {
  const { main, kv, cache, vars } = table[name];
  return { name, main: join(root, "examples", name, main), kv, cache, vars: vars?.(originUrl) };
}

/** Arguments of `cusp dev`: variables that are text are passed, the rest stays as the project's configuration has it. */
export function originVars(name, originUrl) {
  const { vars, passed } = table[name];
  return Object.entries(vars?.(originUrl) ?? {})
    .filter(([key, value]) => typeof value === "string" && (passed?.includes(key) ?? true))
    .flatMap(([key, value]) => ["--var", `${key}=${value}`]);
}
