// Blob, File, FormData, multipart. It could pass wrongly if the random bodies never parsed: the number that do is checked.
const form = () => $internal.load("form");
const utf8 = (s) => new TextEncoder().encode(s);
test("Blob", async () => {
  const b = new Blob(["a\r\nb", new Uint8Array([1, 2]).subarray(1), new Blob(["\u00e9"])], { type: "Text/X" });
  assertDeepEq([b.size, b.type], [7, "text/x"]);
  assertDeepEq([...(await b.bytes())], [97, 13, 10, 98, 2, 0xc3, 0xa9]);
  assertEq(await b.slice(-2).text(), "\u00e9");
  assertEq(b.slice(1, -3, "A/B").type, "a/b");
  assertEq(b.slice(5, 2).size, 0);
  assertEq((await new Blob(["x\r\ny\rz"], { endings: "native" }).text()), "x\ny\nz");
  assertEq(new Blob([], { type: "\u00e9" }).type, "");
  let n = 0;
  for await (const chunk of new Blob(["x".repeat(200000)]).stream()) n += chunk.length;
  assertEq(n, 200000);
  assertThrows(() => new Blob("text"), TypeError);
  const f = new File(["1"], "name", { lastModified: 5 });
  assertDeepEq([f.name, f.lastModified, f instanceof Blob], ["name", 5, true]);
  assertThrows(() => Reflect.get(File.prototype, "name", new Blob()), TypeError);
});
test("FormData", () => {
  const f = new FormData();
  f.append("a", 1);
  f.append("b", new Blob(["x"], { type: "t/t" }));
  f.append("a", "2");
  assertDeepEq(f.getAll("a"), ["1", "2"]);
  assertDeepEq([f.get("b").name, f.get("b").type], ["blob", "t/t"]);
  f.set("a", "3");
  assertDeepEq([...f.keys()], ["a", "b"]);
  f.set("b", new File(["y"], "old"), "new");
  assertEq(f.get("b").name, "new");
  f.delete("a");
  assertEq(f.has("a"), false);
  assertThrows(() => f.append("a", "text", "file"), TypeError);
});
test("multipart there and back", async () => {
  const f = new FormData();
  f.append('na"me\r\n', "line\nline");
  f.append("empty", "");
  f.append("file", new File([new Uint8Array([13, 10, 45, 45, 0])], 'f"\n.bin', { type: "a/b" }));
  f.append("none", new File([], ""));
  const { bytes, boundary } = form().toMultipart(f);
  const g = form().parse(`multipart/form-data; boundary=${boundary}`, bytes);
  assertDeepEq([...g.keys()], ["na%22me%0D%0A", "empty", "file", "none"]);
  assertEq(g.get("na%22me%0D%0A"), "line\r\nline");
  assertEq(g.get("empty"), "");
  assertDeepEq([g.get("file").name, g.get("file").type], ["f%22%0A.bin", "a/b"]);
  assertDeepEq([...(await g.get("file").bytes())], [13, 10, 45, 45, 0]);
  assertEq(g.get("none").size, 0);
});
test("multipart as others write it", () => {
  const text = 'preamble\r\n--X \r\nContent-Disposition: FORM-DATA; filename=plain.txt; name=a\r\n\r\nhi\r\n--X\r\n' +
    'X-Other: 1\r\ncontent-disposition:form-data;name="b"\r\n\r\n\r\n--X--\r\nepilogue';
  const f = form().parse('Multipart/Form-Data; charset=x; boundary="X"', utf8(text));
  assertDeepEq([f.get("a").name, f.get("a").type, f.get("b")], ["plain.txt", "text/plain", ""]);
  assertDeepEq([...form().parse("multipart/form-data; boundary=X", utf8("--X--\r\n"))], []);
});
test("multipart with quoted-pairs", () => {
  const nameOf = (text) => form().parse("multipart/form-data; boundary=X",
    utf8(`--X\r\nContent-Disposition: form-data; filename="${text}"; name="n"\r\n\r\n\r\n--X--`)).get("n").name;
  assertEq(nameOf(String.raw`a\"b\\c`), String.raw`a"b\c`);
  assertEq(nameOf(String.raw`C:\dir\file`), String.raw`C:\dir\file`);
  assertEq(nameOf(String.raw`\\\"; name=\"x`), String.raw`\"; name="x`);
  assertEq(nameOf("%22%0a"), "%22%0a");
  const backslash = new FormData();
  backslash.set("a", new File([], "a\\"));
  assertThrows(() => new Response(backslash), TypeError);
  backslash.set("a", new File([], "a\\b"));
  assertEq(form().toMultipart(backslash).bytes.length > 0, true);
});
test("a urlencoded form is UTF-8, whatever it says of itself", () => {
  const parse = (charset) => form().parse(`application/x-www-form-urlencoded; charset=${charset}`, utf8("a=\u00e9")).get("a");
  for (const charset of ["UTF8", "big5", "none-such"]) assertEq(parse(charset), "\u00e9");
});
test("multipart with lines that end with LF alone", () => {
  const body = "--X\nContent-Disposition: form-data; name=a\n\none\n--X\r\ncontent-disposition:form-data;name=b\n\r\ntwo\r\nlines\r\n--X\n" +
    "Content-Disposition: form-data; name=c\r\n\n\n--X\nContent-Disposition: form-data; name=d\n\n--X--";
  assertDeepEq([...form().parse("multipart/form-data; boundary=X", utf8(body))], [["a", "one"], ["b", "two\r\nlines"], ["c", ""], ["d", ""]]);
});
test("multipart that is refused", () => {
  const refuse = (text, type = "multipart/form-data; boundary=X") => assertThrows(() => form().parse(type, utf8(text)), TypeError);
  refuse("");
  refuse("--X");
  refuse("--Y--\r\n");
  refuse("--Xmore\r\n\r\n");
  refuse('--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end');
  refuse("--X\r\n\r\nno name\r\n--X--");
  refuse('--X\r\nContent-Disposition: form-data; name="a\r\n\r\n\r\n--X--');
  refuse(`--X\r\nX: ${"y".repeat(20000)}\r\n\r\n\r\n--X--`);
  refuse("--X--", "multipart/form-data");
  refuse("--X--", "text/plain");
  assertThrows(() => form().parse(null, utf8("")), TypeError);
  refuse('--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(10001) + "--X--");
});
test("multipart: damaged bodies give a FormData or a TypeError", () => {
  const f = new FormData();
  for (let i = 0; i < 5; i++) f.append(`n${i}`, i % 2 ? "v".repeat(i * 7) : new File(["data"], `f${i}`));
  const { bytes, boundary } = form().toMultipart(f);
  let seed = 1;
  const random = (n) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
  let parsed = 0;
  for (let round = 0; round < 1500; round++) {
    const copy = bytes.slice(0, round % 3 === 0 ? random(bytes.length) : bytes.length);
    for (let k = random(4); k > 0 && copy.length > 0; k--) copy[random(copy.length)] = [13, 10, 45, 34, 59, 0, 255, 58][random(8)];
    try {
      form().parse(`multipart/form-data; boundary=${boundary}`, copy);
      parsed++;
    } catch (e) {
      assert(e instanceof TypeError, String(e));
    }
  }
  assert(parsed > 100 && parsed < 1500, `${parsed} parsed`);
});
test("urlencoded forms", () => {
  const f = form().parse("application/x-www-form-urlencoded;charset=UTF-8", utf8("a=1&b=%C3%A9+x&a=2&c"));
  assertDeepEq([...f], [["a", "1"], ["b", "\u00e9 x"], ["a", "2"], ["c", ""]]);
});
test("performance and navigator", () => {
  assertEq(performance.timeOrigin, 0);
  assertEq(performance.now(), Date.now());
  assert(performance instanceof EventTarget);
  assertEq(navigator.userAgent, "Cloudflare-Workers");
  assertThrows(() => new Navigator(), TypeError);
});
