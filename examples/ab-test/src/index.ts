// A visitor is given a variant by weight, keeps it in a cookie, and sees the origin's page of that variant. The
// cookie is appended: the origin's own Set-Cookie stays.

interface Env {
  ORIGIN: string;
  WEIGHTS: Record<string, number>;
}

const COOKIE = "variant";
const MONTH_S = 30 * 24 * 3600;

export default {
  async fetch(request, env): Promise<Response> {
    const kept = readCookie(request, COOKIE);
    const variant = kept && Object.hasOwn(env.WEIGHTS, kept) ? kept : draw(env.WEIGHTS);

    const url = new URL(request.url);
    const page = await fetch(new URL(`/${variant}${url.pathname}${url.search}`, env.ORIGIN), {
      method: request.method,
      headers: request.headers,
      body: request.body,
    });

    const response = new Response(page.body, page);
    response.headers.set("x-variant", variant);
    if (variant !== kept)
      response.headers.append("set-cookie", `${COOKIE}=${variant}; Path=/; Max-Age=${MONTH_S}; SameSite=Lax`);
    return response;
  },
} satisfies ExportedHandler<Env>;

function readCookie(request: Request, name: string): string | undefined {
  for (const pair of request.headers.get("cookie")?.split(";") ?? []) {
    const [key, ...value] = pair.trim().split("=");
    if (key === name) return value.join("=");
  }
}

function draw(weights: Record<string, number>): string {
  const entries = Object.entries(weights);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let ticket = Math.random() * total;
  for (const [variant, weight] of entries) {
    ticket -= weight;
    if (ticket < 0) return variant;
  }
  return entries[0][0];
}
