// One address for an API that runs in many regions. Answers to GET come from the cache when they can; X-Cache says
// whether they did, Server-Timing says where the time went.

interface Env {
  API: string; // anywhere
  API_EU?: string; // and in Europe
}

const TRACKING = ["utm_source", "utm_medium", "utm_campaign", "fbclid", "gclid"];

export default {
  async fetch(request, env, ctx): Promise<Response> {
    if (!new URL(request.url).pathname.startsWith("/api/")) return new Response("not found\n", { status: 404 });
    const region = nearest(request, env);
    if (request.method !== "GET") return ask(request, region, env);

    const started = Date.now();
    const key = cacheKey(request, region);
    const hit = await caches.default.match(key);
    const looked = Date.now();
    if (hit) return label(hit, "HIT", { cache: looked - started });

    const response = await ask(request, region, env);
    const asked = Date.now();
    if (response.ok) ctx.waitUntil(caches.default.put(key, response.clone()));
    return label(response, "MISS", { cache: looked - started, origin: asked - looked });
  },
} satisfies ExportedHandler<Env>;

function nearest(request: Request, env: Env): string {
  return request.cf?.continent === "EU" && env.API_EU ? "eu" : "default";
}

function ask(request: Request, region: string, env: Env): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const upstream = new Request(new URL(pathname + search, region === "eu" ? env.API_EU : env.API), request);
  upstream.headers.set("x-region", region);
  return fetch(upstream);
}

// The same question in other words has the same answer: parameters are sorted, those for tracking left out.
function cacheKey(request: Request, region: string): Request {
  const url = new URL(request.url);
  for (const name of TRACKING) url.searchParams.delete(name);
  url.searchParams.sort();
  url.searchParams.set("region", region);
  return new Request(url);
}

function label(response: Response, cache: "HIT" | "MISS", times: Record<string, number>): Response {
  const labelled = new Response(response.body, response);
  labelled.headers.set("x-cache", cache);
  labelled.headers.set("server-timing", Object.entries(times).map(([name, ms]) => `${name};dur=${ms}`).join(", "));
  return labelled;
}
