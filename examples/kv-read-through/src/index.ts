// An API's answers, kept in KV for a while. The first reader waits for the API, everybody after that reads KV; the write
// happens after the response has gone out. DELETE forgets an answer.

interface Env {
  ANSWERS: KVNamespace;
  ORIGIN: string;
  TTL_S: number;
}

interface Metadata {
  type: string;
  storedAt: number;
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const key = pathname + search;
    if (request.method === "DELETE") {
      await env.ANSWERS.delete(key);
      return new Response(null, { status: 204 });
    }
    if (request.method !== "GET")
      return new Response("method not allowed\n", { status: 405, headers: { allow: "GET, DELETE" } });

    const { value, metadata } = await env.ANSWERS.getWithMetadata<Metadata>(key, "stream");
    if (value && metadata) {
      const age = Math.round((Date.now() - metadata.storedAt) / 1000);
      return new Response(value, { headers: { "content-type": metadata.type, age: String(age), "x-source": "kv" } });
    }

    const response = await fetch(new URL(key, env.ORIGIN));
    if (!response.ok) return response;
    const body = await response.arrayBuffer();
    const type = response.headers.get("content-type") ?? "application/octet-stream";
    ctx.waitUntil(
      env.ANSWERS.put(key, body, { expirationTtl: env.TTL_S, metadata: { type, storedAt: Date.now() } satisfies Metadata }),
    );
    return new Response(body, { headers: { "content-type": type, age: "0", "x-source": "origin" } });
  },
} satisfies ExportedHandler<Env>;
