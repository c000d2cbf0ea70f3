// The client's requests go to a fetch() that answers as the service does.
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import OpenAI from "openai";

const event = (o) => `data: ${typeof o === "string" ? o : JSON.stringify(o)}\n\n`;
const chunk = (content) => ({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] });

async function service(url, init) {
  const request = new Request(url, init), path = new URL(request.url).pathname;
  strictEqual(request.headers.get("authorization"), "Bearer key");
  if (path === "/v1/models") return Response.json({ error: { message: "slow down", type: "rate" } }, { status: 429, headers: { "retry-after-ms": "1" } });
  if (path === "/v1/files") {
    const form = await request.formData(), file = form.get("file");
    return Response.json({ id: "f", filename: file.name, bytes: file.size, purpose: form.get("purpose"), text: await file.text() });
  }
  const body = await request.json();
  if (!body.stream) return Response.json({ id: "1", object: "chat.completion", created: 1, model: body.model, choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: `You said: ${body.messages[0].content}` } }] });
  const text = ["Hel", "lo, \u00e4\u20ac", "!"].map((s) => event(chunk(s))).join("") + event("[DONE]");
  const bytes = new TextEncoder().encode(text), step = 7;
  let at = 0;
  const stream = new ReadableStream({
    pull(c) {
      if (at >= bytes.length) c.close();
      else c.enqueue(bytes.slice(at, (at += step)));
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}
const client = () => new OpenAI({ apiKey: "key", baseURL: "https://api.example/v1", fetch: service, maxRetries: 1 });

export const completions = {
  async test() {
    const messages = [{ role: "user", content: "hi" }];
    const whole = await client().chat.completions.create({ model: "m", messages });
    strictEqual(whole.choices[0].message.content, "You said: hi");
    const stream = await client().chat.completions.create({ model: "m", messages, stream: true });
    let text = "";
    for await (const part of stream) text += part.choices[0].delta.content;
    strictEqual(text, "Hello, \u00e4\u20ac!");
    const { data, response } = await client().chat.completions.create({ model: "m", messages }).withResponse();
    ok(response.ok && data.id === "1");
  },
};
export const failures = {
  async test() {
    await rejects(client().models.list(), (e) => e instanceof OpenAI.RateLimitError && e.status === 429 && /slow down/.test(e.message));
    const late = new OpenAI({ apiKey: "key", baseURL: "https://api.example/v1", timeout: 20, maxRetries: 0,
      fetch: (url, { signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))) });
    await rejects(late.models.list(), OpenAI.APIConnectionTimeoutError);
  },
};
export const uploads = {
  async test() {
    const file = await OpenAI.toFile(new TextEncoder().encode("content"), "notes.txt", { type: "text/plain" });
    const made = await client().files.create({ file, purpose: "assistants" });
    deepStrictEqual(made, { id: "f", filename: "notes.txt", bytes: 7, purpose: "assistants", text: "content" });
  },
};
