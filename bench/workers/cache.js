export default {
  async fetch(request, env, ctx) {
    const cache = caches.default;
    let response = await cache.match(request);
    if (!response) {
      response = new Response("Hello World\n", { headers: { "cache-control": "max-age=600" } });
      ctx.waitUntil(cache.put(request, response.clone()));
    }
    return response;
  },
};
