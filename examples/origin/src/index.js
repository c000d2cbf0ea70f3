// The servers that the other examples stand in front of: small, slow on purpose, and counting how often they are asked,
// so that a cache hit can be seen.

// A key pair for demonstrations. It is public: never use it for anything else.
const KEY = {"kty":"EC","crv":"P-256","x":"Z1KNzWzelUshlC9jYWLjMhfkl0F0G8APPfBzRLRWt9A","y":"mBe-Vu00LPJOB2T_E97kcKPSfflgjHzD5QoP8KJBUuQ","d":"2uJhcU6hVe5NEyxWjSCeweE4oG_hJ3_6NoYl335C35Y"};
const KEY_ID = "demo-1";

const USERS = {
  "ada-secret": { id: "ada", plan: "pro" },
  "bob-secret": { id: "bob", plan: "free" },
};

const asked = new Map();
function count(path) {
  const n = (asked.get(path) ?? 0) + 1;
  asked.set(path, n);
  return n;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const routes = [
  // Who does this token belong to?
  ["GET", /^\/auth\/verify$/, (request) => {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    const user = USERS[token];
    return user ? Response.json(user) : Response.json({ error: "no such token" }, { status: 401 });
  }],

  // Two services behind a gateway.
  ["GET", /^\/catalog\/items$/, () => Response.json({ items: ["kettle", "toaster"] })],
  ["GET", /^\/orders\/mine$/, (request) =>
    Response.json({ user: request.headers.get("x-user-id"), orders: [{ id: 1, item: "kettle" }] })],
  ["POST", /^\/orders$/, async (request) => {
    const { item } = await request.json();
    return Response.json({ user: request.headers.get("x-user-id"), ordered: item }, { status: 201 });
  }],

  // Two variants of a page, each with a cookie of its own.
  ["GET", /^\/(a|b)\/(.*)$/, (_request, [, variant, page]) =>
    new Response(`<h1>Shop, variant ${variant}, page /${page}</h1>\n`, {
      headers: { "content-type": "text/html; charset=utf-8", "set-cookie": "session=s1; Path=/; HttpOnly" },
    })],

  // An API worth caching.
  ["GET", /^\/api\/products\/(\d+)$/, async (request, [path, id]) => {
    await sleep(50);
    return Response.json(
      { id: Number(id), name: `Product ${id}`, asked: count(path), region: request.headers.get("x-region") ?? undefined },
      { headers: { "cache-control": "public, max-age=60" } },
    );
  }],
  ["GET", /^\/api\/private$/, () =>
    Response.json({ secret: count("/api/private") }, { headers: { "cache-control": "private, no-store" } })],

  // Slow: what coalescing is for.
  ["GET", /^\/quotes\/(\w+)$/, async (_request, [path, symbol]) => {
    const n = count(path);
    await sleep(200);
    return Response.json({ symbol, asked: n });
  }],

  // Tokens, and the key that verifies them.
  ["GET", /^\/login$/, async (request) => new Response(await issue(new URL(request.url).searchParams))],
  ["GET", /^\/\.well-known\/jwks\.json$/, () => {
    const { d, ...publicKey } = KEY;
    count("/.well-known/jwks.json");
    return Response.json({ keys: [{ ...publicKey, kid: KEY_ID, alg: "ES256", use: "sig" }] });
  }],

  // A large file, made while it is sent.
  ["GET", /^\/files\/(\d+)mb$/, (_request, [, mb]) => new Response(largeFile(Number(mb)))],

  ["GET", /^\/asked$/, () => Response.json(Object.fromEntries(asked))],
];

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const utf8 = new TextEncoder();

async function issue(params) {
  const now = Math.floor(Date.now() / 1000);
  const lifetime = Number(params.get("lifetime") ?? 3600);
  const part = (value) => base64url(utf8.encode(JSON.stringify(value)));
  const text = `${part({ alg: "ES256", kid: KEY_ID })}.${part({
    iss: "https://login.example.com",
    aud: "shop",
    sub: params.get("user") ?? "nobody",
    iat: now,
    exp: now + lifetime,
  })}`;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", KEY, algorithm, false, ["sign"]);
  return `${text}.${base64url(await crypto.subtle.sign(algorithm, key, utf8.encode(text)))}`;
}

// Lines of 64 bytes, 16 KiB at a time, only as fast as they are taken.
function largeFile(mb) {
  const chunk = utf8.encode("The quick brown fox jumps over the lazy dog. 0123456789 abcdefg\n".repeat(256));
  let left = mb * 64;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk.slice());
      else controller.close();
    },
  });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    for (const [method, pattern, answer] of routes) {
      const match = pattern.exec(pathname);
      if (match && method === request.method) return answer(request, match);
    }
    return Response.json({ error: `nothing at ${request.method} ${pathname}` }, { status: 404 });
  },
};
