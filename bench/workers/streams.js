// Kernels of bench/streams.mjs: /?kernel=NAME&n=TIMES runs one that many times. Each moves 1,000 chunks.
const CHUNKS = 1000, chunk = new Uint8Array(1024);
function numbers() {
  let left = CHUNKS;
  return new ReadableStream({
    pull(c) {
      if (left-- > 0) c.enqueue(left);
      else c.close();
    },
  });
}
function bytes() {
  let left = CHUNKS;
  return new ReadableStream({
    type: "bytes",
    pull(c) {
      if (left-- > 0) c.enqueue(chunk.slice());
      else {
        c.close();
        c.byobRequest?.respond(0);
      }
    },
  });
}
async function count(stream) {
  const reader = stream.getReader();
  let n = 0;
  while (!(await reader.read()).done) n++;
  return n;
}
const kernels = {
  "read 1,000 chunks": () => count(numbers()),
  "for await, 1,000 chunks": async () => {
    let n = 0;
    for await (const _ of numbers()) n++;
    return n;
  },
  "1,000 chunks through a TransformStream": () =>
    count(numbers().pipeThrough(new TransformStream({ transform: (v, c) => c.enqueue(v + 1) }))),
  "pipeTo, 1,000 chunks": async () => {
    let n = 0;
    await numbers().pipeTo(new WritableStream({ write: () => void n++ }));
    return n;
  },
  "1,000 chunks written": async () => {
    let n = 0;
    const writer = new WritableStream({ write: () => void n++ }).getWriter();
    for (let i = 0; i < CHUNKS; i++) await writer.write(i);
    await writer.close();
    return n;
  },
  "byte stream, 1 MB": () => count(bytes()),
  "byte stream, BYOB, 1 MB": async () => {
    const reader = bytes().getReader({ mode: "byob" });
    let n = 0, buffer = new ArrayBuffer(4096);
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return n;
      n += value.byteLength;
      buffer = value.buffer;
    }
  },
  "tee, 1,000 chunks": async () => {
    const [a, b] = numbers().tee();
    const both = await Promise.all([count(a), count(b)]);
    return both[0] + both[1];
  },
  "Response.text() of a stream, 1 MB": async () => (await new Response(bytes()).text()).length,
};
export default {
  async fetch(request) {
    const q = new URL(request.url).searchParams;
    const kernel = kernels[q.get("kernel")];
    if (!kernel) return Response.json(Object.keys(kernels));
    let sum = 0;
    for (let i = Number(q.get("n")); i > 0; i--) sum += await kernel();
    return new Response(String(sum));
  },
};
