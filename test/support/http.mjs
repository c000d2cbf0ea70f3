// An HTTP client that hides nothing: field lines as they came, bytes as they came, no redirects, no decoding.
import { request as httpRequest, Agent } from "node:http";

/** {status, reason, headers: Map of lower-case name -> [values], raw: [[name, value]], body: Buffer, text, trailers} */
export function request(url, { method = "GET", headers = {}, body, agent = false, signal, setHost } = {}) {
  return new Promise((done, fail) => {
    const options = { method, headers, agent, signal };
    if (setHost !== undefined) options.setHost = setHost;
    const outgoing = httpRequest(url, options, (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("error", fail);
      incoming.on("end", () => done(answer(incoming, Buffer.concat(chunks))));
    });
    outgoing.on("error", fail);
    if (body && typeof body.pipe === "function") body.pipe(outgoing);
    else outgoing.end(body);
  });
}

function answer(incoming, body) {
  const raw = [];
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) raw.push([incoming.rawHeaders[i], incoming.rawHeaders[i + 1]]);
  const headers = new Map();
  for (const [name, value] of raw) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return {
    status: incoming.statusCode,
    reason: incoming.statusMessage,
    raw,
    headers,
    header: (name) => headers.get(name)?.join(", "),
    trailers: incoming.trailers,
    body,
    text: body.toString("utf8"),
    json: () => JSON.parse(body.toString("utf8")),
  };
}

export const keepAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
