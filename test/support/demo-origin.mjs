// The examples' origin (examples/origin), run by node: a real HTTP server on loopback that owes nothing to Cusp.
import { webcrypto } from "node:crypto";
import { Readable } from "node:stream";
import { join } from "node:path";
import { origin, root } from "./cusp.mjs";

globalThis.crypto ??= webcrypto;
let copies = 0;

/** Each call is an origin with counters of its own. `.hits` lists what it was asked. */
export async function demoOrigin(t) {
  const { default: worker } = await import(`${join(root, "examples/origin/src/index.js")}?copy=${copies++}`);
  const hits = [];
  const server = await origin(t, async (incoming, outgoing) => {
    hits.push(`${incoming.method} ${incoming.url}`);
    const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).filter(([, value]) => typeof value === "string"),
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
    });
    const response = await worker.fetch(request);
    for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
    const cookie = response.headers.get("set-cookie");
    if (cookie) outgoing.setHeader("set-cookie", cookie);
    outgoing.writeHead(response.status);
    if (!response.body) return outgoing.end();
    const body = Readable.fromWeb(response.body);
    outgoing.on("close", () => body.destroy());
    body.on("error", () => outgoing.destroy());
    body.pipe(outgoing);
  });
  server.hits = hits;
  return server;
}
