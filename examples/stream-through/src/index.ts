// Large bodies pass through without being held in memory. /files/... as they are: no byte of them touches JavaScript.
// /upper/files/... through a TransformStream that changes each chunk. PUT /adler32 sums up an upload as it comes in.

interface Env {
  ORIGIN: string;
}

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/adler32" && request.body) return sumUp(request.body);
    if (pathname.startsWith("/files/")) return fetch(new URL(pathname, env.ORIGIN));
    if (pathname.startsWith("/upper/")) {
      const response = await fetch(new URL(pathname.slice("/upper".length), env.ORIGIN));
      const headers = new Headers(response.headers);
      headers.delete("content-length");
      return new Response(response.body!.pipeThrough(upperCase()), { status: response.status, headers });
    }
    return new Response("try /files/10mb\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;

function upperCase(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      const changed = chunk.slice();
      for (let i = 0; i < changed.length; i++) {
        const byte = changed[i];
        if (byte >= 0x61 && byte <= 0x7a) changed[i] = byte - 0x20;
      }
      controller.enqueue(changed);
    },
  });
}

// A rolling Adler-32 and a count: what can be said of a body of any size in constant memory.
async function sumUp(body: ReadableStream<Uint8Array>): Promise<Response> {
  let a = 1;
  let b = 0;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    for (const byte of chunk) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
  }
  return Response.json({ bytes, adler32: ((b * 65536 + a) >>> 0).toString(16).padStart(8, "0") });
}
