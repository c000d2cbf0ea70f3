// Test handlers (`cusp test`): which exports of a Worker have one, and calls of them.
const { Error, ReflectOwnKeys, TypeError } = primordials;
const { unit } = internal.load("headers");
const token = internal.token;

class TestController {
  constructor(t) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
}
internal.shape(TestController, "TestController");

// An object with test(), or a class of entrypoints with one.
function has(value) {
  if (typeof value === "function") return typeof value.prototype === "object" && typeof value.prototype?.test === "function";
  return typeof value === "object" && value !== null && typeof value.test === "function";
}

function names(space) {
  let all = "";
  if (space !== null) {
    const keys = ReflectOwnKeys(space);
    for (let i = 0; i < keys.length; i++) if (typeof keys[i] === "string" && has(space[keys[i]])) all += keys[i] + "\n";
  }
  return all;
}

// text at: 4 units that are not used, 1 of length, the export's name (packed.h). None: all of them are told.
async function run(space, ticket, env, ctx, text, at) {
  const name = text.substring(at + 5, at + 5 + unit(text, at + 4));
  if (name === "") {
    natives.names(ticket, names(space));
    return;
  }
  const value = space === null ? undefined : space[name];
  if (!has(value)) throw new Error(`The export "${name}" has no test handler.`);
  const controller = new TestController(token);
  if (typeof value === "function") await new value(ctx, env).test(controller, env, ctx);
  else await value.test(controller, env, ctx);
}

// A full collection, now.
function gc() {
  natives.collect();
}

return { run, gc };
