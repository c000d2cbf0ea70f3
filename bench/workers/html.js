// Rewrites a page of 1 MB as often as it is asked to and throws the result away; says how many bytes and handler calls it was.
const words = "the quick brown fox jumps over the lazy dog while rewriters look at every single tag of a page".split(" ");
let seed = 7;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
const sentence = (n) => Array.from({ length: n }, () => words[random(words.length)]).join(" ");
let page = "<!DOCTYPE html><html lang=en><head><title>Page</title><meta charset=utf-8><style>p{margin:0}</style></head><body>";
while (page.length < 1 << 20)
  page += `<div class="card c${random(9)}" id="n${page.length}"><h2>${sentence(5)}</h2>\n<p>${sentence(40)} <b>${sentence(3)}</b> ${sentence(20)}</p>
<ul class='list'><li>${sentence(8)}</li><li><a class="link external" href="https://example.com/${random(1e6)}/page.html?x=1">${sentence(4)}</a></li></ul>
<img src="/images/${random(1e6)}.jpg" alt="${sentence(4)}" width=320 height=200><!-- ${sentence(6)} --></div>\n`;
page += "</body></html>";
const bytes = new TextEncoder().encode(page), chunks = [];
for (let at = 0; at < bytes.length; at += 65536) chunks.push(bytes.subarray(at, at + 65536));
const source = () => {
  let at = 0;
  return new ReadableStream({
    pull(c) {
      if (at < chunks.length) c.enqueue(chunks[at++]);
      else c.close();
    },
  });
};

let calls = 0;
const add = {
  nothing: (rw) => rw.on("x-none", { element() { calls++; } }),
  links: (rw) => rw.on("a", { element(e) { calls++; e.getAttribute("href"); } }),
  links_set: (rw) => rw.on("a[href]", { element(e) { calls++; e.setAttribute("href", e.getAttribute("href").replace("http:", "https:")); } }),
  text: (rw) => rw.on("p", { text(t) { calls++; t.text; } }),
  everything: (rw) => rw.on("*", { element() { calls++; } }),
  classes: (rw) => rw.on(".card .no-such, #nowhere > li", { element() { calls++; } }),
};

export default {
  async fetch(request) {
    const url = new URL(request.url), times = Number(url.searchParams.get("times") ?? 1), name = url.pathname.slice(1);
    if (name === "page") return new Response(bytes);
    if (!add[name]) return new Response("no such case", { status: 404 });
    calls = 0;
    let total = 0;
    for (let i = 0; i < times; i++) {
      const reader = add[name](new HTMLRewriter()).transform(new Response(source())).body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        total += value.length;
      }
    }
    return Response.json({ bytes: total, calls });
  },
};
