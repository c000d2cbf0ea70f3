// Reads the URL, the method and a header, answers JSON with two headers of its own.
export default {
  async fetch(request) {
    const url = new URL(request.url);
    const body = { path: url.pathname, method: request.method, agent: request.headers.get("user-agent") ?? "none", ok: true };
    return new Response(JSON.stringify(body), {
      headers: { "content-type": "application/json", "x-served-by": "bench", "cache-control": "no-store" },
    });
  },
};
