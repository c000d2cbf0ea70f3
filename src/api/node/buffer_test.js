// node:buffer: known answers of Node.js for each encoding, number and search. It could pass wrongly if encode and decode
// shared a mistake; so both ways are held against literals.
let Buffer, transcode, isUtf8, isAscii;
test("the module loads", () => { ({ Buffer, transcode, isUtf8, isAscii } = $internal.load("node/buffer")); });

test("text in every encoding", () => {
  const hex = (s, e) => Buffer.from(s, e).toString("hex");
  assertEq(hex("h\u00e9\u20ac\u{1f600}"), "68c3a9e282acf09f9880");
  assertEq(hex("\ud800x"), "efbfbd78");
  assertEq(hex("h\u00e9", "latin1"), "68e9");
  assertEq(hex("h\u00e9", "utf16le"), "6800e900");
  assertEq(hex("0aFFg1", "hex"), "0aff");
  assertEq(hex("_-8A\nYQ==YQ", "base64"), "ffef0061");
  assertEq(hex("aGk=", "base64"), "6869");
  assertEq(hex("aGk", "base64url"), "6869");
  const b = Buffer.from([0xff, 0xef, 0x00, 0x61]);
  assertEq(b.toString("base64"), "/+8AYQ==");
  assertEq(b.toString("base64url"), "_-8AYQ");
  assertEq(b.toString("hex"), "ffef0061");
  assertEq(b.toString("latin1"), "\u00ff\u00ef\0a");
  assertEq(b.toString("ascii"), "\x7fo\0a");
  assertEq(b.toString("utf16le"), "\uefff\u6100");
  assertEq(b.toString(), "\ufffd\ufffd\0a");
  assertEq(b.subarray(1).toString("utf16le"), "\u00ef");
});
test("a write never cuts a character", () => {
  const b = Buffer.alloc(4, "x");
  assertEq(b.write("a\u20ac\u20ac"), 4);
  assertEq(b.toString(), "a\u20ac");
  assertEq(Buffer.alloc(3).write("\u00e9\u00e9", 0), 2);
  assertEq(Buffer.alloc(3).write("ab", "utf16le"), 2);
});
test("searching: forwards, backwards, by units of UTF-16", () => {
  const b = Buffer.from("this is a buffer, this is");
  assertEq(b.indexOf("is"), 2);
  assertEq(b.lastIndexOf("is"), 23);
  assertEq(b.indexOf("is", -4), 23);
  assertEq(b.indexOf("", 5), 5);
  assertEq(b.indexOf(0x62), 10);
  assertEq(b.indexOf(Buffer.from("nothing")), -1);
  assertEq(Buffer.from("\u0161a", "utf16le").indexOf("a", 0, "utf16le"), 2);
  assert(b.includes("buffer"));
});
test("fill, compare, swap, concat", () => {
  assertEq(Buffer.alloc(5, "ab").toString(), "ababa");
  assertEq(Buffer.alloc(3, "6162", "hex").toString(), "aba");
  assertEq(Buffer.compare(Buffer.from("a"), Buffer.from("b")), -1);
  assertEq(Buffer.from([1, 2, 3, 4]).swap16().toString("hex"), "02010403");
  assertThrows(() => Buffer.alloc(3).swap16(), RangeError);
  assertEq(Buffer.concat([Buffer.from("ab"), Buffer.from("cd")], 3).toString(), "abc");
});
test("numbers", () => {
  const b = Buffer.alloc(16);
  b.writeUInt32LE(0xdeadbeef, 0);
  assertEq(b.readInt32BE(0), -272716322);
  b.writeIntBE(-2, 1, 6);
  assertEq(b.toString("hex", 1, 7), "fffffffffffe");
  assertEq(b.readIntBE(1, 6), -2);
  b.writeDoubleBE(0.1, 8);
  assertEq(b.toString("hex", 8), "3fb999999999999a");
  b.writeFloatLE(1.5, 8);
  assertEq(b.readFloatLE(8), 1.5);
  b.writeBigInt64LE(-5n, 8);
  assertEq(b.readBigUInt64LE(8), 18446744073709551611n);
  assertThrows(() => b.readUInt8(16), RangeError);
  assertThrows(() => b.writeUInt8(256, 0), RangeError);
  assertThrows(() => b.readUInt8("0"), TypeError);
});
test("offsets that lie are clamped", () => {
  const b = Buffer.from("abc");
  assertEq(b.toString("latin1", -9, 99), "abc");
  assertEq(b.toString("latin1", NaN, 2), "ab");
  assertThrows(() => b.latin1Slice(0, 9), RangeError);
  assertEq(b.indexOf("c", 1e12), -1);
  assertEq(b.copy(Buffer.alloc(1), 0, 1), 1);
});
test("isUtf8, isAscii, transcode", () => {
  assert(isUtf8(Buffer.from("\u20ac")) && !isUtf8(Buffer.from([0xc3])));
  assert(isAscii(Buffer.from("a")) && !isAscii(Buffer.from([0x80])));
  assertEq(transcode(Buffer.from("\u20ac"), "utf8", "latin1").toString("latin1"), "?");
});
test("arguments that take the bytes away while they are converted", () => {
  for (const method of ["utf8Write", "hexWrite", "ucs2Write", "latin1Slice", "indexOf", "fill", "write", "toString", "compare", "copy"]) {
    const b = Buffer.from(new ArrayBuffer(4096));
    b.fill("a");
    let room;
    const evil = { valueOf() { room ??= b.buffer.transfer(8192); return 1; }, toString() { room ??= b.buffer.transfer(8192); return "1"; } };
    try {
      if (method.endsWith("Slice") || method === "toString") b[method](method === "toString" ? "latin1" : evil, evil, evil);
      else if (method === "compare" || method === "copy") b[method](Buffer.alloc(8), evil, evil);
      else b[method]("aa", evil, evil);
    } catch (e) {
      assert(Error.isError(e), method);
    }
  }
});
test("whatever it is given, it throws an Error or answers", () => {
  const rnd = (n) => Math.floor(Math.random() * n), pick = (a) => a[rnd(a.length)];
  const encodings = ["utf8", "hex", "base64", "base64url", "latin1", "ascii", "utf16le", undefined, "x", 5];
  const numbers = [0, 1, 2, 3, 7, 8, -1, 100, 4096, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 1.5, undefined, null, "3"];
  let b;
  const make = () => pick([() => Buffer.alloc(rnd(64)), () => Buffer.from("h\u00e9\u20ac\u{1f600}".repeat(rnd(20))), () => Buffer.from(new ArrayBuffer(5000), rnd(99)),
    () => Buffer.from(new ArrayBuffer(64, { maxByteLength: 8192 }))])();
  const evil = () => ({ valueOf() {
    if (b.buffer.resizable) b.buffer.resize(rnd(8192));
    else if (!b.buffer.detached && rnd(2)) b.buffer.transfer(rnd(3) * 5000);
    return pick(numbers.slice(0, 9));
  } });
  const text = () => pick(["", "a", "\u00e9\u20ac", "\u{1f600}\ud800", "6162zz", "YWJj=", "x".repeat(rnd(3000)), "\u0100".repeat(rnd(50))]);
  const value = () => pick([text, () => pick(numbers), make, evil, () => pick(encodings), () => new Uint8Array(rnd(9)), () => 5n, () => ({})])();
  const methods = Object.getOwnPropertyNames(Buffer.prototype).filter((n) => typeof Buffer.prototype[n] === "function" && n !== "constructor");
  for (let i = 0; i < 5000; i++) {
    b = make();
    try {
      b[pick(methods)](...Array.from({ length: rnd(5) }, value));
    } catch (e) {
      assert(Error.isError(e) && e.name !== "ReferenceError", `${e}`);
    }
  }
});
