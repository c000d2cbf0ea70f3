// One page, changed for whoever asks while it flows by.
import page from "./page.html";

// What <x-include> may ask for. A Response's body goes into the page as it comes.
async function fragment(name: string | null): Promise<Response> {
  if (name === "footer") return new Response("<footer>Made of <b>parts</b>.</footer>");
  return new Response("<!-- no such part -->");
}

class Links {
  count = 0;
  element(link: Element) {
    this.count++;
    if (/^https?:/.test(link.getAttribute("href") ?? "")) link.setAttribute("rel", "noopener");
  }
}

export default {
  async fetch(request): Promise<Response> {
    const visitor = new URL(request.url).searchParams.get("name") ?? "you";
    const links = new Links();
    return new HTMLRewriter()
      .on("script", { element: (script) => void script.setAttribute("nonce", "abc123") })
      .on("x-visitor", {
        element(e) {
          e.setInnerContent(visitor); // escaped
          e.removeAndKeepContent();
        },
      })
      .on("a[href]", links)
      .on("img:not([loading])", { element: (img) => void img.setAttribute("loading", "lazy") })
      .on("x-include", {
        async element(e) {
          e.replace(await fragment(e.getAttribute("src")), { html: true });
        },
      })
      .onDocument({
        comments: (comment) => void comment.remove(),
        end: (end) => void end.append(`<!-- ${links.count} links -->\n`, { html: true }),
      })
      .transform(new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }));
  },
} satisfies ExportedHandler;
