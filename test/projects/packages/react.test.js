import { match, ok, strictEqual } from "node:assert";
import { Suspense, createContext, createElement as h, use, useContext, useId, useMemo } from "react";
import { renderToReadableStream, renderToStaticMarkup, renderToString } from "react-dom/server";

const Theme = createContext("light");
function Item({ n }) {
  const theme = useContext(Theme), id = useId(), square = useMemo(() => n * n, [n]);
  return h("li", { className: theme, "data-id": id, style: { marginTop: 2 } }, square, " & more");
}
const List = () => h(Theme.Provider, { value: "dark" }, h("ul", null, [1, 2, 3].map((n) => h(Item, { key: n, n }))));

export const strings = {
  test() {
    const text = renderToStaticMarkup(h(List));
    strictEqual(text.replace(/ data-id="[^"]*"/g, ""),
      '<ul><li class="dark" style="margin-top:2px">1 &amp; more</li><li class="dark" style="margin-top:2px">4 &amp; more</li>' +
        '<li class="dark" style="margin-top:2px">9 &amp; more</li></ul>');
    match(renderToString(h("p", null, "a", "b")), /^<p>a<!-- -->b<\/p>$/);
  },
};
export const streams = {
  async test() {
    let arrive;
    const data = new Promise((ok) => (arrive = ok));
    const Late = () => h("b", null, use(data));
    const stream = await renderToReadableStream(h("main", null, h(Suspense, { fallback: h("i", null, "wait") }, h(Late))));
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value;
    match(text, /<i>wait<\/i>/);
    ok(!text.includes("here it is"));
    arrive("here it is");
    for (let r; !(r = await reader.read()).done; ) text += r.value;
    match(text, /<b>here it is<\/b>/);
    const response = new Response(await renderToReadableStream(h(List)), { headers: { "content-type": "text/html" } });
    match(await response.text(), /^<ul><li class="dark"/);
  },
};
