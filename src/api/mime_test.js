// Could pass wrongly if only the essence were compared: parameters and their quoting are what parsers get wrong.
const mime = {
  parse: (s) => $internal.load("mime").parse(s),
  serialize: (m) => $internal.load("mime").serialize(m),
  extract: (s) => $internal.load("mime").extract(s),
};
const again = (text) => {
  const m = mime.parse(text);
  return m === null ? null : mime.serialize(m);
};

test("MIME types: parsed and written again", () => {
  assertEq(again(" TEXT/HTML ; Charset=GBK ;x"), "text/html;charset=GBK");
  assertEq(again('a/b;x="p\\"q\\\\";x=2;y="a b"'), 'a/b;x="p\\"q\\\\";y="a b"');
  assertEq(again('a/b;x=;y="";z="open'), 'a/b;y="";z=open');
  assertEq(again("a/b;bad name=1;ok=(;also=\u00e9"), 'a/b;ok="(";also="\u00e9"');
  for (const text of ["", "text", "/b", "a/", "a b/c", "a/b c", "a/b\u0100"]) assertEq(again(text), null, text);
});

test("MIME types: the one of several Content-Type headers", () => {
  const of = (text) => {
    const m = mime.extract(text);
    return m === null ? null : mime.serialize(m);
  };
  assertEq(of(null), null);
  assertEq(of("text/html;charset=gbk, text/html"), "text/html;charset=gbk");
  assertEq(of("text/html;charset=gbk;a=b, text/html;x=y"), "text/html;x=y;charset=gbk");
  assertEq(of("text/html;charset=gbk, image/png, text/html"), "text/html");
  assertEq(of('text/html;x=",text/plain", */*, bad'), 'text/html;x=",text/plain"');
});

test("a body's Blob has the MIME type of the headers", async () => {
  const type = async (v) => (await new Response("x", { headers: { "content-type": v } }).blob()).type;
  assertEq(await type("Text/Plain; Charset=UTF-8"), "text/plain;charset=UTF-8");
  assertEq(await type("nonsense"), "");
});
