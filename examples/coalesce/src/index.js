// Two guards for a slow origin, in plain JavaScript: requests for the same thing at the same time share one call, and
// each client has a bucket of tokens that refills slowly. Both live in the isolate's memory: they are as exact as one
// isolate is, and cost nothing.

import { Flights } from "./flights.js";
import { Buckets } from "./buckets.js";

const flights = new Flights();
let buckets;

export default {
  async fetch(request, env) {
    buckets ??= new Buckets({ burst: env.BURST, perSecond: env.PER_SECOND });
    const client = request.headers.get("x-api-key") ?? request.headers.get("cf-connecting-ip") ?? "unknown";
    const { allowed, left, retryAfterS } = buckets.take(client, Date.now());
    if (!allowed)
      return new Response("slow down\n", { status: 429, headers: { "retry-after": String(retryAfterS) } });

    const { pathname, search } = new URL(request.url);
    const { value, shared } = await flights.join(pathname + search, () => ask(env.ORIGIN, pathname + search));
    return new Response(value.body, {
      status: value.status,
      headers: { "content-type": value.type, "x-shared": String(shared), "x-ratelimit-remaining": String(left) },
    });
  },
};

// Read whole: a body can be streamed to one reader only, and many are waiting.
async function ask(origin, path) {
  const response = await fetch(new URL(path, origin));
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "application/octet-stream",
    body: await response.arrayBuffer(),
  };
}
