// What workerd asks for KV and for the cache: two small HTTP services in memory. Only as much as the fixtures use.
import { createServer } from "node:http";
import { atEnd } from "./cusp.mjs";

async function listen(t, handler) {
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => handler(incoming, Buffer.concat(chunks), outgoing));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => new Promise((done) => (server.closeAllConnections?.(), server.close(done))));
  return { port: server.address().port };
}

/** GET, PUT, DELETE /key?urlencoded=true, GET /?prefix=... as workerd's KvNamespace sends them. */
export function kvService(t) {
  const store = new Map();
  return listen(t, (incoming, body, outgoing) => {
    const url = new URL(incoming.url, "http://kv");
    const key = decodeURIComponent(url.pathname.slice(1));
    const found = store.get(key);
    if (incoming.method === "PUT") {
      store.set(key, { body, metadata: incoming.headers["cf-kv-metadata"] });
      return outgoing.end();
    }
    if (incoming.method === "DELETE") {
      store.delete(key);
      return outgoing.end();
    }
    if (!key) {
      const prefix = url.searchParams.get("prefix") ?? "";
      const keys = [...store]
        .filter(([name]) => name.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { metadata }]) => ({ name, ...(metadata && { metadata: JSON.parse(metadata) }) }));
      return outgoing.end(JSON.stringify({ keys, list_complete: true, cacheStatus: null }));
    }
    if (!found) {
      outgoing.statusCode = 404;
      return outgoing.end();
    }
    if (found.metadata) outgoing.setHeader("cf-kv-metadata", found.metadata);
    outgoing.end(found.body);
  });
}

/** GET with only-if-cached, PUT with a whole response as the body (never chunked, whatever its head says), PURGE. */
export function cacheService(t) {
  const store = new Map();
  return listen(t, (incoming, body, outgoing) => {
    const key = incoming.url;
    if (incoming.method === "PUT") {
      const end = body.indexOf("\r\n\r\n");
      const [statusLine, ...fields] = body.subarray(0, end).toString("latin1").split("\r\n");
      const headers = fields.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
      const control = headers.find(([name]) => name.toLowerCase() === "cache-control")?.[1] ?? "";
      if (!/private|no-store/.test(control) && /max-age|s-maxage/.test(control))
        store.set(key, {
          status: Number(statusLine.split(" ")[1]),
          headers: headers.filter(([name]) => name.toLowerCase() !== "transfer-encoding"),
          body: body.subarray(end + 4),
        });
      outgoing.statusCode = 204;
      return outgoing.end();
    }
    if (incoming.method === "PURGE") {
      outgoing.statusCode = store.delete(key) ? 200 : 404;
      return outgoing.end();
    }
    const found = store.get(key);
    if (!found) {
      outgoing.writeHead(504, { "cf-cache-status": "MISS" });
      return outgoing.end();
    }
    for (const [name, value] of found.headers) outgoing.setHeader(name, value);
    outgoing.setHeader("cf-cache-status", "HIT");
    outgoing.statusCode = found.status;
    outgoing.end(found.body);
  });
}
