// The origin that fixtures fetch() from: echoes, redirects, streams, and answers that are cut short.
import { gzipSync } from "node:zlib";
import { origin } from "../support/cusp.mjs";

// Of the two clients' own: not of the Worker.
const OWN = new Set(["host", "connection", "user-agent", "accept", "accept-encoding", "cdn-loop", "cf-connecting-ip", "cf-ray", "cf-visitor", "cf-ew-via", "cf-worker",
  "x-real-ip", "x-forwarded-for", "x-forwarded-proto", "transfer-encoding", "expect"]);

export function fixtureOrigin(t) {
  return origin(t, (incoming, outgoing) => {
    const url = new URL(incoming.url, "http://origin");
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => answer(url, incoming, Buffer.concat(chunks), outgoing));
  });
}

function answer(url, incoming, body, outgoing) {
  const [, first, second] = url.pathname.split("/");
  const own = (value, name) => value !== undefined && !(OWN.has(name) && !(name === "user-agent" && value === "mine") && !(name === "accept" && value === "text/x"));
  switch (first) {
    case "echo": {
      const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name, value]) => own(value, name)).sort());
      outgoing.setHeader("content-type", "application/json");
      return outgoing.end(JSON.stringify({ method: incoming.method, url: incoming.url, headers, body: body.toString() }));
    }
    case "echo-body": return outgoing.end(body);
    case "echo-method": return outgoing.end(`${incoming.method} ${body}`);
    case "status": outgoing.statusCode = Number(second); return outgoing.end(["204", "304"].includes(second) ? undefined : `status ${second}`);
    case "redirect": outgoing.writeHead(Number(second), { location: url.searchParams.get("to") ?? incoming.url }); return outgoing.end("moved");
    case "headers":
      outgoing.writeHead(200, [["X-One", "1"], ["x-two", "a"], ["x-two", "b"], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"], ["Content-Type", "text/plain"], ["ETag", '"e"'], ["Content-Length", "4"]].flat());
      return outgoing.end("body");
    case "gzip": outgoing.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" }); return outgoing.end(gzipSync("compressed text ".repeat(100)));
    case "large": { let n = 0; const more = () => { while (n++ < 40) if (!outgoing.write(Buffer.alloc(25000, n))) return outgoing.once("drain", more); outgoing.end(); }; return more(); }
    case "endless": { const more = () => { while (!outgoing.destroyed) if (!outgoing.write(Buffer.alloc(1000, 65))) return outgoing.once("drain", more); }; return more(); }
    case "cut": outgoing.writeHead(200, { "content-length": "100" }); outgoing.write("only this"); return setTimeout(() => outgoing.destroy(), 20);
    case "slow": return setTimeout(() => outgoing.end("late"), 500);
    default: outgoing.statusCode = 404; return outgoing.end();
  }
}
