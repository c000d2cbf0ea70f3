// Text and bytes, short (JavaScript) and long (C). It could pass wrongly if short and long paths were the same: lengths
// on both sides of every limit are compared with a plain encoder written here.
function plainEncode(s) {
  const out = [];
  for (const ch of s.toWellFormed()) {
    const c = ch.codePointAt(0);
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return out;
}
test("encode and decode agree at all lengths", () => {
  for (const unit of ["a", "\u00e9", "\u20ac", "\u{1f600}", "\ud800", "a\u00e9\u20ac\u{1f600}"]) {
    for (const n of [0, 1, 2, 23, 24, 25, 31, 32, 33, 64, 1000]) {
      const s = unit.repeat(n);
      const bytes = new TextEncoder().encode(s);
      assertDeepEq([...bytes], plainEncode(s));
      assertEq(new TextDecoder().decode(bytes), s.toWellFormed());
    }
  }
});
test("encodeInto stops at whole code points", () => {
  const to = new Uint8Array(5);
  assertDeepEq(new TextEncoder().encodeInto("a\u20acb\u{1f600}", to), { read: 3, written: 5 });
  assertDeepEq(new TextEncoder().encodeInto("\u00e9\u00e9\u00e9", to), { read: 2, written: 4 });
  assertDeepEq(new TextEncoder().encodeInto("abc", to.subarray(1, 3)), { read: 2, written: 2 });
  assertThrows(() => new TextEncoder().encodeInto("a", new Uint16Array(2)), TypeError);
});
test("a stream of pieces", () => {
  const whole = new TextEncoder().encode("\ufeffx\u20ac\u{1f600}y");
  for (let step = 1; step < 6; step++) {
    const d = new TextDecoder();
    let s = "";
    for (let i = 0; i < whole.length; i += step) s += d.decode(whole.subarray(i, i + step), { stream: true });
    assertEq(s + d.decode(), "x\u20ac\u{1f600}y");
  }
});
test("fatal, ignoreBOM, labels", () => {
  const bad = new Uint8Array([0x61, 0xff]);
  assertEq(new TextDecoder().decode(bad), "a\ufffd");
  assertThrows(() => new TextDecoder("utf-8", { fatal: true }).decode(bad), TypeError);
  assertEq(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf])), "\ufeff");
  assertEq(new TextDecoder(" UTF8\n").encoding, "utf-8");
  assertEq(new TextDecoder("latin1").encoding, "windows-1252");
  assertEq(new TextDecoder("latin1").decode(new Uint8Array([0x80, 0xe9])), "\u20ac\u00e9");
  assertEq(new TextDecoder("utf-16le").decode(new Uint8Array([0x61, 0, 0x3d, 0xd8, 0, 0xde])), "a\u{1f600}");
  assertThrows(() => new TextDecoder("no-such"), RangeError);
  assertThrows(() => TextDecoder.prototype.decode.call({}), TypeError);
});
test("TextDecoderStream and TextEncoderStream", async () => {
  const source = new ReadableStream({ start(c) { c.enqueue("\ud83d"); c.enqueue("\ude00\ud800"); c.close(); } });
  let text = "";
  for await (const s of source.pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream())) text += s;
  assertEq(text, "\u{1f600}\ufffd");
});
test("atob and btoa", () => {
  assertEq(btoa("\xff\x00hello"), "/wBoZWxsbw==");
  assertEq(atob(" /wBo\nZWxsbw "), "\xff\x00hello");
  assertThrows(() => btoa("\u20ac"), "InvalidCharacterError");
  assertThrows(() => atob("a"), "InvalidCharacterError");
  const long = "\x80".repeat(5000);
  assertEq(atob(btoa(long)), long);
});

// Bytes of short texts are made in three ways, by length; beside them encodeInto, and back by decode.
test("texts around the lengths at which the way changes", () => {
  const encoder = new TextEncoder(), decoder = new TextDecoder(), room = new Uint8Array(2000);
  for (const unit of ["a", "\u00e9", "\u20ac", "\u{1f600}", "\ud800"])
    for (const n of [0, 1, 23, 24, 25, 99, 149, 150, 151, 299, 300, 301, 400]) {
      const text = ("x" + unit.repeat(n)).slice(0, n === 0 ? 0 : undefined), bytes = encoder.encode(text);
      const { written } = encoder.encodeInto(text, room);
      assertEq(bytes.length, written, JSON.stringify([unit, n]));
      assert(bytes.every((b, i) => b === room[i]), JSON.stringify([unit, n]));
      assertEq(bytes.buffer.byteLength, bytes.length);
      assertEq(decoder.decode(bytes), text.toWellFormed());
    }
});
