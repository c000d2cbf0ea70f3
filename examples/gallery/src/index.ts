// The page that lists the examples. Each runs on a host of its own: http://NAME.localhost.

import { examples } from "./examples";
import page from "./page.html";

export default {
  async fetch(request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname !== "/") return new Response("not found\n", { status: 404 });
    const port = url.port ? `:${url.port}` : "";
    const list = examples.map(({ name, about, links }) => {
      const anchors = Object.entries(links).map(
        ([text, path]) => `<a href="http://${name}.localhost${port}${path}">${text}</a>`,
      );
      return `<li><b>${name}</b><p>${about}</p><p>${anchors.join(" ")}</p></li>`;
    });
    return new Response(page.replace("<!-- examples -->", list.join("\n")), {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  },
} satisfies ExportedHandler;
