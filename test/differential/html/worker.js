// POST a list of cases; answers with [output, log] of each, or [null, message].
import { install, pieces } from "./handlers.js";

async function one(spec) {
  const log = [];
  try {
    const parts = pieces(spec);
    const body = new ReadableStream({
      pull(c) {
        const { done, value } = parts.next();
        if (done) c.close();
        else c.enqueue(value);
      },
    });
    const out = await install(new HTMLRewriter(), spec, log).transform(new Response(body)).arrayBuffer();
    return [new TextDecoder("utf-8", { ignoreBOM: true }).decode(out), log];
  } catch (e) {
    return [null, String(e.message)];
  }
}

export default {
  async fetch(request) {
    const results = [];
    for (const spec of await request.json()) results.push(await one(spec));
    return Response.json(results);
  },
};
