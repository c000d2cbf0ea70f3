// zod, graphql, drizzle-orm, date-fns
import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert";
import { addMonths, differenceInCalendarDays, eachDayOfInterval, format, formatISO, intervalToDuration, parse } from "date-fns";
import { de } from "date-fns/locale";
import { and, eq, gt, relations, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { GraphQLError, buildSchema, execute, graphql, parse as parseQuery, printSchema, subscribe, validate } from "graphql";
import { z } from "zod";

export const zod = {
  async test() {
    const User = z.object({
      name: z.string().min(2),
      age: z.coerce.number().int().positive(),
      email: z.email().optional(),
      tags: z.array(z.enum(["a", "b"])).default([]),
      when: z.iso.datetime().transform((s) => new Date(s).getTime()),
    });
    deepStrictEqual(User.parse({ name: "Ada", age: "36", when: "1970-01-01T00:00:01Z" }), { name: "Ada", age: 36, tags: [], when: 1000 });
    const bad = User.safeParse({ name: "A", age: -1, email: "x", tags: ["c"], when: "no" });
    strictEqual(bad.success, false);
    deepStrictEqual(bad.error.issues.map((i) => i.path.join(".")).sort(), ["age", "email", "name", "tags.0", "when"]);
    const shape = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), r: z.number() }),
      z.object({ kind: z.literal("box"), w: z.number() }).strict(),
    ]);
    strictEqual(shape.parse({ kind: "box", w: 2 }).w, 2);
    throws(() => shape.parse({ kind: "box", w: 2, x: 1 }), z.ZodError);
    strictEqual(await z.string().refine(async (s) => s === "yes").parseAsync("yes"), "yes");
    deepStrictEqual(z.toJSONSchema(z.object({ a: z.string() })).required, ["a"]);
  },
};
export const graphQL = {
  async test() {
    const schema = buildSchema(`
      type Query { hello(name: String = "world"): String!, people(first: Int!): [Person!]!, broken: String }
      type Person { id: ID!, friends: [Person!]! }
      type Subscription { count: Int! }
    `);
    const person = (id) => ({ id, friends: () => [person(`${id}'`)] });
    const rootValue = {
      hello: ({ name }) => `Hello, ${name}`,
      people: async ({ first }) => Array.from({ length: first }, (_, i) => person(`p${i}`)),
      broken: () => {
        throw new GraphQLError("broken", { extensions: { code: "BAD" } });
      },
    };
    const source = 'query Q($n: Int!) { hello(name: "Ada") people(first: $n) { id friends { ...F } } broken } fragment F on Person { id }';
    const { data, errors } = await graphql({ schema, source, rootValue, variableValues: { n: 2 } });
    deepStrictEqual(JSON.parse(JSON.stringify(data)), {
      hello: "Hello, Ada", broken: null,
      people: [{ id: "p0", friends: [{ id: "p0'" }] }, { id: "p1", friends: [{ id: "p1'" }] }],
    });
    deepStrictEqual(errors.map((e) => [e.message, e.path[0], e.extensions.code]), [["broken", "broken", "BAD"]]);
    match(validate(schema, parseQuery("{ nothing }"))[0].message, /Cannot query field "nothing"/);
    ok(printSchema(schema).includes("hello(name: String = \"world\"): String!"));
    const events = await subscribe({
      schema, document: parseQuery("subscription { count }"),
      rootValue: { count: async function* () { for (let i = 0; i < 3; i++) yield { count: i }; } },
    });
    const seen = [];
    for await (const e of events) seen.push(e.data.count);
    deepStrictEqual(seen, [0, 1, 2]);
    ok(execute);
  },
};
export const drizzleORM = {
  async test() {
    const users = sqliteTable("users", { id: integer("id").primaryKey(), name: text("name").notNull(), born: integer("born", { mode: "timestamp" }) });
    const posts = sqliteTable("posts", { id: integer("id").primaryKey(), author: integer("author").references(() => users.id), title: text("title") });
    const postRelations = relations(posts, ({ one }) => ({ by: one(users, { fields: [posts.author], references: [users.id] }) }));
    const asked = [];
    const db = drizzle(async (query, params, method) => {
      asked.push([query, params, method]);
      return { rows: method === "get" ? [1, "Ada", 0] : [[1, "Ada", 86400]] };
    }, { schema: { users, posts, postRelations } });
    const found = await db.select().from(users).where(and(eq(users.name, "Ada"), gt(users.id, 0))).orderBy(users.id).limit(3);
    deepStrictEqual(found, [{ id: 1, name: "Ada", born: new Date(86400000) }]);
    deepStrictEqual(asked[0], [
      'select "id", "name", "born" from "users" where ("users"."name" = ? and "users"."id" > ?) order by "users"."id" limit ?',
      ["Ada", 0, 3], "all",
    ]);
    const insert = db.insert(users).values({ id: 2, name: "Bob", born: new Date(5000) }).onConflictDoUpdate({ target: users.id, set: { name: sql`excluded.name` } }).toSQL();
    strictEqual(insert.sql, 'insert into "users" ("id", "name", "born") values (?, ?, ?) on conflict ("users"."id") do update set "name" = excluded.name');
    deepStrictEqual(insert.params, [2, "Bob", 5]);
    const joined = db.select({ title: posts.title, name: users.name }).from(posts).leftJoin(users, eq(posts.author, users.id)).toSQL();
    strictEqual(joined.sql, 'select "posts"."title", "users"."name" from "posts" left join "users" on "posts"."author" = "users"."id"');
  },
};
export const dateFns = {
  test() {
    const d = new Date(Date.UTC(2024, 0, 31, 12, 5));
    strictEqual(formatISO(addMonths(d, 1), { representation: "date" }), "2024-02-29");
    strictEqual(format(d, "EEEE, d. MMMM yyyy", { locale: de }), "Mittwoch, 31. Januar 2024");
    strictEqual(differenceInCalendarDays(new Date(2024, 2, 1), new Date(2024, 1, 1)), 29);
    strictEqual(eachDayOfInterval({ start: new Date(2024, 0, 1), end: new Date(2024, 0, 7) }).length, 7);
    deepStrictEqual(intervalToDuration({ start: 0, end: 3_661_000 }), { hours: 1, minutes: 1, seconds: 1 });
    strictEqual(parse("05/02/2024", "dd/MM/yyyy", new Date(0)).getMonth(), 1);
  },
};
