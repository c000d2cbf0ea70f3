// HTMLRewriter. It could pass wrongly if handlers never ran: their calls are counted wherever the output would be the same without.
const rewrite = (html, add, init) => {
  const rw = new HTMLRewriter();
  add(rw);
  return rw.transform(new Response(html, init)).text();
};
const on = (selector, handlers) => (rw) => rw.on(selector, handlers);
const enc = new TextEncoder();
const inPieces = (html, size = 1) => {
  const bytes = enc.encode(html);
  let at = 0;
  return new ReadableStream({
    pull(c) {
      if (at >= bytes.length) return c.close();
      c.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
};

test("what no handler wants passes byte by byte, in pieces too", async () => {
  const html = "<!DOCTYPE html>\r\n<p CLASS=a  b='c'>1 < 2 &amp; <!-- x --><br/></P></unknown>\0<script>if (a<b) '</p>'</script><p";
  for (const size of [1, 2, 3, 7, 1000]) {
    const rw = new HTMLRewriter().on("nothing", { element() { fail("called"); } });
    assertEq(await rw.transform(new Response(inPieces(html, size))).text(), html);
  }
  assertEq(await new HTMLRewriter().transform(new Response(html)).text(), html);
});
test("attributes are read, set, removed and iterated", async () => {
  let seen;
  const out = await rewrite("<a HREF='/x' b c=1>t</a>", on("a", {
    element(e) {
      seen = [e.tagName, e.getAttribute("href"), e.getAttribute("B"), e.getAttribute("no"), e.hasAttribute("c"), [...e.attributes],
        e.namespaceURI, e.removed];
      assertEq(e.setAttribute("Href", 'a"b&'), e);
      e.removeAttribute("b");
      e.setAttribute("d", 5);
    },
  }));
  assertDeepEq(seen, ["a", "/x", "", null, true, [["href", "/x"], ["b", ""], ["c", "1"]], "http://www.w3.org/1999/xhtml", false]);
  assertEq(out, '<a HREF="a&quot;b&" c=1 d="5">t</a>');
});
test("content goes where it should, in the documented order", async () => {
  const out = await rewrite("<div>x</div><br>", (rw) => rw.on("div", {
    element(e) {
      e.before("<1>").before("<2>", { html: true });
      e.after("A").after("B");
      e.prepend("p1").prepend("p2");
      e.append("a1").append("a2", { html: true });
    },
  }).on("br", { element(e) { e.before("b").after("c").prepend("never").append("never"); } }));
  assertEq(out, "&lt;1&gt;<2><div>p2p1xa1a2</div>BAb<br>c");
});
test("remove, replace, setInnerContent, removeAndKeepContent; handlers inside run, their edits vanish", async () => {
  let inner = 0;
  const out = await rewrite("<a><i>1</i></a><b><i>2</i></b><c><i>3</i></c><d><i>4</i></d>", (rw) => rw
    .on("a", { element(e) { e.remove(); assertEq(e.removed, true); } })
    .on("b", { element(e) { e.replace("<r>", { html: true }); } })
    .on("c", { element(e) { e.setInnerContent("<n>"); } })
    .on("d", { element(e) { e.removeAndKeepContent(); } })
    .on("i", { element(e) { inner++; e.before("!"); }, text(t) { t.after("?"); } }));
  assertEq(out, "<r><c>&lt;n&gt;</c>!<i>4??</i>");
  assertEq(inner, 4);
});
test("tag names, end tags, onEndTag", async () => {
  const log = [];
  const out = await rewrite("<ul><li>1<li>2</ul><p>x</p>", (rw) => rw.on("li, p", {
    element(e) {
      e.onEndTag(() => { fail("replaced"); });
      e.onEndTag((end) => {
        log.push(end.name);
        end.before("[").after("]");
      });
    },
  }).on("p", { element(e) { e.tagName = "q"; } }));
  assertDeepEq(log, ["ul", "ul", "q"]);
  assertEq(out, "<ul><li>1<li>2[[</ul>]]<q>x[</q>]");
  const bad = rewrite("<br>", on("br", { element(e) { e.onEndTag(() => {}); } }));
  await assertRejects(bad, "No end tag");
});
test("comments, text, doctype and end of the document", async () => {
  const log = [];
  const out = await rewrite("<!DOCTYPE html SYSTEM 'x'><p>a<!--c-->b</p><!--d-->", (rw) => rw.onDocument({
    doctype(d) { log.push(["doctype", d.name, d.publicId, d.systemId]); },
    comments(c) { log.push(["doc", c.text]); },
    end(e) { e.append("<end>", { html: true }).append("<end>"); },
  }).on("p", {
    comments(c) { c.text = `${c.text}!`; },
    text(t) {
      log.push([t.text, t.lastInTextNode]);
      if (t.text === "b") t.replace("<B>", { html: true });
    },
  }));
  assertEq(out, "<!DOCTYPE html SYSTEM 'x'><p>a<!--c!--><B></p><!--d--><end>&lt;end&gt;");
  assertDeepEq(log, [["doctype", "html", null, "x"], ["a", false], ["", true], ["doc", "c!"], ["b", false], ["", true], ["doc", "d"]]);
  await assertRejects(rewrite("<!--x-->", (rw) => rw.onDocument({ comments(c) { c.text = "a-->b"; } })), TypeError);
});
test("text is never cut inside a character", async () => {
  const html = `<p>${"é€𝄞x".repeat(50)}</p>`;
  for (const size of [1, 2, 3, 5]) {
    let all = "";
    const rw = new HTMLRewriter().on("p", { text(t) { all += t.text; assert(!t.text.includes("\ufffd")); } });
    assertEq(await rw.transform(new Response(inPieces(html, size))).text(), html);
    assertEq(all, html.slice(3, -4));
  }
});
test("a handler may wait; others go on meanwhile", async () => {
  const order = [];
  const slow = rewrite("<p>1</p>", on("p", {
    async element(e) { await scheduler.wait(20); order.push("slow"); e.append("!"); },
  }));
  const fast = rewrite("<p>2</p>", on("p", { element(e) { order.push("fast"); e.append("?"); } }));
  assertEq(await fast, "<p>2?</p>");
  assertEq(await slow, "<p>1!</p>");
  assertDeepEq(order, ["fast", "slow"]);
});
test("an error of a handler is the body's", async () => {
  const boom = new Error("boom");
  for (const element of [() => { throw boom; }, async () => { throw boom; }, () => Promise.reject(boom)]) {
    let caught;
    try { await rewrite("<p>", on("p", { element })); } catch (e) { caught = e; }
    assertEq(caught, boom);
  }
});
test("tokens are dead when their handler is done", async () => {
  let kept, iterator, waiting;
  await rewrite("<p a=b>", on("p", { element(e) { kept = e; iterator = e.attributes; } }));
  assertThrows(() => kept.tagName, "no longer valid");
  assertThrows(() => iterator.next(), "no longer valid");
  assertThrows(() => kept.append("x"), "no longer valid");
  await rewrite("<p>", on("p", { async element(e) { waiting = e; await null; assertEq(e.tagName, "p"); } }));
  assertThrows(() => waiting.tagName, "no longer valid");
  assertThrows(() => new (Object.getPrototypeOf(kept).constructor)(), "Illegal constructor");
});
test("streams and responses as content", async () => {
  const out = await rewrite("<p>x</p>", on("p", {
    element(e) {
      e.prepend(inPieces("<é>", 1), { html: true });
      e.append(new Response("<b>"));
      e.after(new Response(null));
      e.before(new Blob(["<s>"]).stream());
    },
  }));
  assertEq(out, "&lt;s&gt;<p><é>x&lt;b&gt;</p>");
  await assertRejects(rewrite("<p>", on("p", { element(e) { e.before(new Response(new Uint8Array([0x61, 0xe2, 0x28, 0xa1]))); } })), "Invalid UTF-8");
});
test("content that is a stream flows; it is not collected", async () => {
  let pulled = 0;
  const long = new ReadableStream({
    pull(c) {
      pulled++;
      c.enqueue(enc.encode("x".repeat(1000)));
    },
  });
  const response = new HTMLRewriter().on("p", { element(e) { e.append(long); } }).transform(new Response("<p></p>"));
  const reader = response.body.getReader();
  let bytes = 0;
  while (bytes < 50000) bytes += (await reader.read()).value.length;
  assert(pulled < 60, `${pulled} chunks pulled`);
  await reader.cancel();
});
test("selectors", async () => {
  const html = '<div id=a class="x y" data-v="one two"><p lang=en-US type=TEXT>1</p><p>2</p><b><p>3</p></b></div>';
  const marks = async (selector) => {
    const hits = [];
    await rewrite(html, on(selector, { element(e) { hits.push(e.tagName + (e.getAttribute("id") ?? "")); } }));
    return hits.join(" ");
  };
  const rows = [["*", "diva p p b p"], ["div > p", "p p"], ["div p", "p p p"], ["#a.x.y", "diva"], ["[data-v~=two]", "diva"],
    ["[data-v~='one two']", ""], ["[lang|=en]", "p"], ["[type=text]", "p"], ["[type=text s]", ""], ["[id='A' i]", "diva"],
    ["[data-v^=on]", "diva"], ["[data-v$=wo]", "diva"], ["[data-v*='e t']", "diva"], ["[data-v*='']", ""],
    ["p:first-child", "p p"], ["p:nth-child(2)", "p"], ["p:nth-of-type(2n)", "p"], ["b:first-of-type", "b"],
    ["p:not([lang])", "p p"], ["p:not(div > p)", null], ["p + p", null], ["p:hover", null], ["", null], ["p >", null], ["a|p", null],
    ["p:not(:first-child, [lang])", "p"], ["P, B", "p p b p"], ["div b > p", "p"], ["\\64iv", "diva"]];
  for (const [selector, wanted] of rows) {
    if (wanted === null) assertThrows(() => new HTMLRewriter().on(selector, {}), TypeError);
    else assertEq(await marks(selector), wanted, selector);
  }
});
test("encodings: text is read and written in the document's", async () => {
  const latin = new Uint8Array([...enc.encode("<p title="), 0xe9, ...enc.encode(">"), 0xfc, ...enc.encode("</p>")]);
  let seen = "";
  const init = { headers: { "content-type": "text/html; charset=iso-8859-1" } };
  const response = new HTMLRewriter().on("p[title=é]", {
    element(e) { seen += e.getAttribute("title"); e.append("ö€漢"); },
    text(t) { seen += t.text; },
  }).transform(new Response(latin, init));
  const bytes = await response.bytes();
  assertEq(new TextDecoder("latin1").decode(bytes), "<p title=é>üö€&#28450;</p>");
  assertEq(seen, "éü");
  const sjis = new Uint8Array([0x3c, 0x70, 0x3e, 0x93, 0xfa, 0x96, 0x7b, 0x3c, 0x2f, 0x70, 0x3e]);
  let text = "";
  const rw = new HTMLRewriter().on("p", { text(t) { text += t.text; } });
  const one = new ReadableStream({ start(c) { for (const b of sjis) c.enqueue(new Uint8Array([b])); c.close(); } });
  assertDeepEq(await rw.transform(new Response(one, { headers: { "content-type": "text/html;charset=Shift_JIS" } })).bytes(), sjis);
  assertEq(text, "日本");
  for (const charset of ["no-such", "utf-16le"])
    assertThrows(() => rw.transform(new Response("x", { headers: { "content-type": `text/html; charset=${charset}` } })), "Parser error");
});
test("the response keeps its status and headers; its length goes", async () => {
  const from = new Response("<p>", { status: 404, statusText: "Nope", headers: { "content-length": "3", "x-a": "b" } });
  const to = new HTMLRewriter().transform(from);
  assertEq(to.status, 404);
  assertEq(to.statusText, "Nope");
  assertEq(to.headers.get("x-a"), "b");
  assertEq(to.headers.get("content-length"), null);
  assertEq(from.bodyUsed, true);
  assertThrows(() => new HTMLRewriter().transform(from), TypeError);
  const empty = new Response(null);
  assertEq(new HTMLRewriter().transform(empty), empty);
  assertThrows(() => new HTMLRewriter().transform(Response.error()), TypeError);
  assertThrows(() => new HTMLRewriter().transform("x"), TypeError);
});
test("nothing is parsed before somebody reads; cancelling reaches the source", async () => {
  let called = 0, cancelled;
  const source = new ReadableStream({
    pull(c) { c.enqueue(enc.encode("<p>")); },
    cancel(reason) { cancelled = reason; },
  });
  const response = new HTMLRewriter().on("p", { element() { called++; } }).transform(new Response(source));
  await scheduler.wait(5);
  assertEq(called, 0);
  const reader = response.body.getReader();
  await reader.read();
  await reader.cancel("enough");
  await scheduler.wait(5);
  assertEq(cancelled, "enough");
  assert(called > 0);
});
test("a tag that is too large for what it may keep is an error; not when nobody wants it", async () => {
  const huge = `<p title="${"x".repeat(4 << 20)}">`;
  assertEq((await rewrite(huge, on("a", { element() {} }))).length, huge.length);
  await assertRejects(rewrite(huge, on("p", { element() {} })), "memory limit");
  await assertRejects(rewrite("<i>".repeat(200000), on("p", { element() {} })), "memory limit");
  await assertRejects(rewrite("<select><style></style></select>", on("p", { element() {} })), "Parser error");
});
test("a Worker that changes the language only hurts itself", async () => {
  const { push } = Array.prototype;
  await null; // the runner has done what it does with arrays
  Array.prototype.push = () => { throw new Error("push"); };
  Array.prototype[Symbol.iterator] = () => { throw new Error("iterator"); };
  let out;
  try {
    out = new HTMLRewriter().on("p", { element(e) { e.setAttribute("a", "b"); } }).transform(new Response("<p>")).text();
    out = await out;
  } finally {
    Array.prototype.push = push;
    Array.prototype[Symbol.iterator] = Array.prototype.values;
  }
  assertEq(out, '<p a="b">');
});
