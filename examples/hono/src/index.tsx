// Notes, kept in KV, with the Hono framework: middleware, typed bindings, a validator and server-side JSX.

import { Hono } from "hono";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { validator } from "hono/validator";

interface Bindings {
  NOTES: KVNamespace;
}

interface Note {
  text: string;
}

const app = new Hono<{ Bindings: Bindings }>();

app.use(async (c, next) => {
  const started = Date.now();
  await next();
  c.header("server-timing", `app;dur=${Date.now() - started}`);
});
app.use("/api/*", cors({ origin: "https://notes.example.com" }));

app.get("/", etag(), async (c) => {
  const { keys } = await c.env.NOTES.list();
  return c.html(
    <html lang="en">
      <head>
        <title>Notes</title>
      </head>
      <body>
        <h1>{keys.length} notes</h1>
        <ul>
          {keys.map((key) => (
            <li>
              <a href={`/api/notes/${key.name}`}>{key.name}</a>
            </li>
          ))}
        </ul>
      </body>
    </html>,
  );
});

const note = validator("json", (value): Note => {
  if (typeof value.text !== "string" || !value.text) throw new HTTPException(400, { message: "`text` is missing" });
  return { text: value.text };
});

app
  .get("/api/notes/:id", async (c) => {
    const found = await c.env.NOTES.get<Note>(c.req.param("id"), "json");
    return found ? c.json(found) : c.notFound();
  })
  .put("/api/notes/:id", note, async (c) => {
    await c.env.NOTES.put(c.req.param("id"), JSON.stringify(c.req.valid("json")));
    return c.body(null, 201);
  })
  .delete("/api/notes/:id", async (c) => {
    await c.env.NOTES.delete(c.req.param("id"));
    return c.body(null, 204);
  });

app.notFound((c) => c.json({ error: `nothing at ${c.req.path}` }, 404));
app.onError((error, c) =>
  c.json({ error: error.message }, error instanceof HTTPException ? error.status : 500),
);

export default app;
