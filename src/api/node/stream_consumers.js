// node:stream/consumers: all of a stream (of Node.js, of the web, anything iterable) as one value.
async function bytes(stream) {
  const { Buffer } = internal.load("node/buffer");
  const chunks = [];
  for await (const chunk of stream)
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : ArrayBuffer.isView(chunk)
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.from(new Uint8Array(chunk)));
  return Buffer.concat(chunks);
}

async function buffer(stream) {
  return bytes(stream);
}

async function arrayBuffer(stream) {
  const all = await bytes(stream);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength);
}

async function text(stream) {
  const decoder = new TextDecoder();
  let out = "";
  for await (const chunk of stream) out += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  return out + decoder.decode();
}

async function json(stream) {
  return JSON.parse(await text(stream));
}

async function blob(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Blob(chunks);
}

return { arrayBuffer, blob, buffer, json, text };
