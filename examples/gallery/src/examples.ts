export interface Example {
  name: string;
  about: string;
  links: Record<string, string>; // what it shows -> where; absolute paths on the example's own host
}

export const examples: Example[] = [
  { name: "hello", about: "The smallest Worker.", links: { "Hello": "/", "Hello, Ada": "/?name=Ada" } },
  {
    name: "auth-gateway",
    about: "Tokens checked against KV, then against the auth service; requests routed to two services.",
    links: { "without a token": "/catalog/items" },
  },
  { name: "ab-test", about: "A weighted cookie decides which variant of the page a visitor sees.", links: { "the page": "/" } },
  {
    name: "geo",
    about: "A page from a template, for where the visitor is.",
    links: { "here": "/", "as seen from Japan": "/?country=JP", "from France": "/?country=FR" },
  },
  {
    name: "api-gateway",
    about: "A regional API behind the cache, with X-Cache and Server-Timing.",
    links: { "product 1": "/api/products/1", "product 2": "/api/products/2" },
  },
  { name: "kv-read-through", about: "An API's answers, kept in KV for a minute.", links: { "product 7": "/api/products/7" } },
  { name: "jwt", about: "JSON Web Tokens verified by jose, the issuer's keys kept in KV.", links: { "without a token": "/" } },
  { name: "hono", about: "Notes in KV with the Hono framework and JSX.", links: { "the notes": "/" } },
  { name: "itty", about: "A JSON API with itty-router.", links: { "the todos": "/todos" } },
  {
    name: "graphql",
    about: "A GraphQL API with npm's graphql.",
    links: { "books and their authors": "/?query={books{title,author{name}}}" },
  },
  { name: "coalesce", about: "Requests for the same thing share one call; clients have token buckets.", links: { "a quote": "/quotes/ACME" } },
  { name: "carts", about: "Objects and functions in calls between Workers.", links: { "a receipt": "/?item=book&item=pen", "an empty cart": "/" } },
  { name: "chat", about: "Rooms over WebSockets.", links: { "the lobby": "/" } },
  { name: "rewriter", about: "A page changed as it flows by, with HTMLRewriter.", links: { "the page": "/?name=Ada" } },
  {
    name: "stream-through",
    about: "Large bodies pass through without being held in memory.",
    links: { "1 MB": "/files/1mb", "1 MB in capitals": "/upper/files/1mb" },
  },
  { name: "origin", about: "The servers that the others stand in front of.", links: { "how often each was asked": "/asked" } },
];
