// A GraphQL API with npm's `graphql`: POST {"query": ..., "variables": ...}, or GET ?query=...

import { graphql } from "graphql";
import { schema } from "./schema";

interface Query {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

export default {
  async fetch(request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "POST")
      return new Response(null, { status: 405, headers: { allow: "GET, POST" } });
    const question = await read(request);
    if (!question) return Response.json({ errors: [{ message: "`query` is missing" }] }, { status: 400 });
    const result = await graphql({
      schema,
      source: question.query,
      variableValues: question.variables,
      operationName: question.operationName,
    });
    return Response.json(result, { status: result.data === undefined ? 400 : 200 });
  },
} satisfies ExportedHandler;

async function read(request: Request): Promise<Query | null> {
  try {
    if (request.method === "POST") {
      const body = await request.json<Query>();
      return typeof body.query === "string" ? body : null;
    }
    const params = new URL(request.url).searchParams;
    const query = params.get("query");
    return query ? { query, variables: JSON.parse(params.get("variables") ?? "{}") } : null;
  } catch {
    return null;
  }
}
