// A small JSON API with itty-router: about a kilobyte of router.

import { AutoRouter, error, status, withContent, type IRequest } from "itty-router";

interface Env {
  TODOS: KVNamespace;
}

interface Todo {
  title: string;
  done: boolean;
}

const router = AutoRouter({ base: "/todos" });

router
  .get("/", async (_: IRequest, { TODOS }: Env) => {
    const { keys } = await TODOS.list<Todo>();
    return keys.map(({ name, metadata }) => ({ id: name, ...metadata }));
  })
  .get("/:id", async ({ params }: IRequest, { TODOS }: Env) =>
    (await TODOS.get<Todo>(params.id, "json")) ?? error(404, "no such todo"),
  )
  .put("/:id", withContent, async ({ params, content }: IRequest, { TODOS }: Env) => {
    if (typeof content?.title !== "string") return error(400, "`title` is missing");
    const todo: Todo = { title: content.title, done: Boolean(content.done) };
    await TODOS.put(params.id, JSON.stringify(todo), { metadata: todo });
    return status(201);
  })
  .delete("/:id", async ({ params }: IRequest, { TODOS }: Env) => {
    await TODOS.delete(params.id);
    return status(204);
  });

export default { fetch: router.fetch };
