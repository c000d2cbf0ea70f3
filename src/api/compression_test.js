// CompressionStream and DecompressionStream. It could pass wrongly if the two shared a mistake: known streams made elsewhere
// are decoded too; and if the large path (the pool) were never taken: sizes on both sides of the border are used.
const FORMATS = ["gzip", "deflate", "deflate-raw", "brotli", "zstd"];
const hex = (s) => Uint8Array.from(s.match(/../g), (b) => parseInt(b, 16));
const HELLO = {
  gzip: "1f8b0800000000000003cb48cdc9c9070086a6103605000000",
  deflate: "789ccb48cdc9c907 00062c0215".replace(" ", ""),
  "deflate-raw": "cb48cdc9c90700",
  brotli: "0b028068656c6c6f03",
  zstd: "28b52ffd200529000068656c6c6f",
};
async function through(stream, chunks) {
  const writer = stream.writable.getWriter();
  const out = [];
  const wrote = (async () => {
    for (const c of chunks) await writer.write(c);
    await writer.close();
  })();
  wrote.catch(() => {});
  for await (const c of stream.readable) {
    assert(c instanceof Uint8Array);
    out.push(c);
  }
  await wrote;
  return out;
}
function join(chunks) {
  const whole = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const c of chunks) {
    whole.set(c, at);
    at += c.length;
  }
  return whole;
}
function sample(n) {
  const bytes = new Uint8Array(n);
  let seed = 7;
  for (let i = 0; i < n; i++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    bytes[i] = i % 3 ? 97 + ((seed >> 16) % 5) : i;
  }
  return bytes;
}
const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

test("known streams, whole and byte by byte", async () => {
  for (const f of FORMATS) {
    const bytes = hex(HELLO[f]);
    assertEq(new TextDecoder().decode(join(await through(new DecompressionStream(f), [bytes]))), "hello");
    const single = Array.from(bytes, (b) => new Uint8Array([b]).buffer);
    assertEq(new TextDecoder().decode(join(await through(new DecompressionStream(f), single))), "hello");
  }
});
test("there and back, small and large, in one chunk and in many", async () => {
  for (const f of FORMATS) {
    for (const n of [0, 1, 1000, 70000, 600000]) {
      const bytes = sample(n);
      const packed = join(await through(new CompressionStream(f), [bytes]));
      assert(n < 1000 || packed.length < n * 0.8, `${f} ${n}: ${packed.length}`);
      const pieces = [];
      for (let i = 0; i < packed.length; i += 999) pieces.push(packed.subarray(i, i + 999));
      assert(same(join(await through(new DecompressionStream(f), [packed])), bytes), `${f} ${n} whole`);
      assert(same(join(await through(new DecompressionStream(f), pieces)), bytes), `${f} ${n} pieces`);
    }
  }
});
test("the output of one small chunk waits for its reader", async () => {
  const zeros = new Uint8Array(8 << 20);
  for (const f of FORMATS) {
    const bomb = join(await through(new CompressionStream(f), [zeros]));
    const d = new DecompressionStream(f);
    const writer = d.writable.getWriter();
    let written = false;
    writer.write(bomb).then(() => (written = true), () => {});
    const reader = d.readable.getReader();
    let { value } = await reader.read();
    assert(value.length <= 256 * 1024);
    await new Promise((r) => setTimeout(r, 20));
    assert(!written, f); // most of it is still to come
    let n = value.length;
    writer.close();
    for (;;) {
      const r = await reader.read();
      if (r.done) break;
      n += r.value.length;
    }
    assertEq(n, zeros.length);
    assert(written);
  }
});
test("a reader that goes away in the middle", async () => {
  const packed = join(await through(new CompressionStream("gzip"), [new Uint8Array(4 << 20)]));
  const d = new DecompressionStream("gzip");
  const writer = d.writable.getWriter();
  const wrote = writer.write(packed);
  const reader = d.readable.getReader();
  await reader.read();
  await reader.cancel("enough");
  await wrote;
  await assertRejects(writer.close());
});
test("data that is cut short, damaged, or followed by more", async () => {
  for (const f of FORMATS) {
    const bytes = hex(HELLO[f]);
    await assertRejects(through(new DecompressionStream(f), [bytes.subarray(0, bytes.length - 1)]), TypeError);
    await assertRejects(through(new DecompressionStream(f), []), TypeError);
    await assertRejects(through(new DecompressionStream(f), [bytes, new Uint8Array(1)]), TypeError);
    const d = new DecompressionStream(f);
    const reader = d.readable.getReader();
    d.writable.getWriter().write(join([bytes, bytes])).catch(() => {}); // a second gzip member, too
    assertEq(new TextDecoder().decode((await reader.read()).value), "hello");
    await assertRejects(reader.read(), TypeError);
    await assertRejects(through(new DecompressionStream(f), [new Uint8Array(40).fill(0x5a)]), TypeError);
  }
});
test("arguments", async () => {
  for (const C of [CompressionStream, DecompressionStream]) {
    assertThrows(() => new C(), TypeError);
    assertThrows(() => new C("GZIP"), TypeError);
    assertThrows(() => new C("__proto__"), TypeError);
    assertThrows(() => Object.getOwnPropertyDescriptor(C.prototype, "readable").get.call({}), TypeError);
    for (const chunk of [undefined, null, 1, "text", {}, [65]]) {
      const s = new C("gzip");
      const read = s.readable.getReader().read();
      await assertRejects(s.writable.getWriter().write(chunk), TypeError);
      await assertRejects(read, TypeError);
    }
  }
});
test("what open streams hold is bounded", async () => {
  const kept = [];
  const packed = join(await through(new CompressionStream("zstd"), [sample(300000)]));
  let refused = false;
  for (let i = 0; i < 3000 && !refused; i++) {
    const s = new CompressionStream("gzip");
    kept.push(s);
    s.readable.getReader().read().catch(() => {});
    await s.writable.getWriter().write(new Uint8Array(10)).catch((e) => (refused = e instanceof RangeError));
  }
  assert(refused && kept.length > 100, kept.length);
  assert(packed.length > 0);
});
