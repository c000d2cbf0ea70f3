// Who are you, and where to? Tokens are checked against KV first; only an unknown one costs a call to the auth service,
// whose answer is kept for five minutes. Then the request goes to one of two services, which learn who asks from headers
// that a client can't forge.

interface Env {
  TOKENS: KVNamespace;
  AUTH: string;
  CATALOG: string;
  ORDERS: string;
}

interface User {
  id: string;
  plan: "free" | "pro";
}

const TOKEN_TTL_S = 300;

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const token = bearerToken(request);
    if (!token) return refuse(401, "send a token: Authorization: Bearer ...");

    let check: Check;
    try {
      check = await authenticate(token, env, ctx);
    } catch (error) {
      console.error("the auth service failed:", error);
      return refuse(503, "try again later");
    }
    if (!check.user) return refuse(403, "this token is not valid");

    const url = new URL(request.url);
    const service = route(url.pathname, env);
    if (!service) return refuse(404, `no service at ${url.pathname}`);

    const response = await fetch(new URL(url.pathname + url.search, service), forward(request, check.user));
    const answer = new Response(response.body, response);
    answer.headers.set("x-auth", check.from);
    return answer;
  },
} satisfies ExportedHandler<Env>;

function bearerToken(request: Request): string | undefined {
  return request.headers.get("authorization")?.match(/^Bearer ([\w.~+/-]+=*)$/i)?.[1];
}

interface Check {
  user: User | null;
  from: "kv" | "origin";
}

async function authenticate(token: string, env: Env, ctx: ExecutionContext): Promise<Check> {
  const key = await hash(token); // a store that leaks must not leak tokens
  const known = await env.TOKENS.get<User>(key, "json");
  if (known) return { user: known, from: "kv" };

  const response = await fetch(new URL("/auth/verify", env.AUTH), { headers: { authorization: `Bearer ${token}` } });
  if (response.status === 401) return { user: null, from: "origin" };
  if (!response.ok) throw new Error(`status ${response.status}`);
  const user = await response.json<User>();
  ctx.waitUntil(env.TOKENS.put(key, JSON.stringify(user), { expirationTtl: TOKEN_TTL_S }));
  return { user, from: "origin" };
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function route(path: string, env: Env): string | undefined {
  if (path.startsWith("/catalog/")) return env.CATALOG;
  if (path === "/orders" || path.startsWith("/orders/")) return env.ORDERS;
}

function forward(request: Request, user: User): RequestInit {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  headers.set("x-user-id", user.id);
  headers.set("x-user-plan", user.plan);
  return { method: request.method, headers, body: request.body, redirect: "manual" };
}

function refuse(status: number, error: string): Response {
  const headers: HeadersInit = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return Response.json({ error }, { status, headers });
}
