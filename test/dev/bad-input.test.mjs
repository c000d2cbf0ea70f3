// Whatever a person gets wrong is told in one message that says where and what to do, with an exit status that a script can see.
// Could pass wrongly: a crash has a status too, so the status is compared exactly and the words are looked for.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { atEnd, Process, scratch } from "../support/cusp.mjs";

async function fails(t, args, { env, cwd } = {}) {
  const p = new Process(t, ["dev", ...args], { env, cwd });
  const late = setTimeout(() => p.signal("SIGKILL"), 60_000);
  const { code, signal } = await p.exited;
  clearTimeout(late);
  assert.equal(signal, null, p.output);
  assert.doesNotMatch(p.output, /Ready on/);
  const errors = p.output.split("\n").filter((line) => /^cusp( dev)?:? /.test(line) && !/warning/i.test(line));
  assert.equal(errors.length, 1, `one message:\n${p.output}`);
  return { code, output: p.output };
}
const good = "export default { fetch: () => new Response('ok') };";
const toml = (more = "") => `name = "p"\nmain = "src/index.js"\ncompatibility_date = "2025-09-01"\n${more}`;
const start = (t, files, more = []) => fails(t, [scratch(t, files), "--port", "0", ...more]);

test("a broken wrangler.toml is told by line and column", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": 'name = "p"\nmain = "unfinished\n', "src/index.js": good });
  assert.equal(code, 1);
  assert.match(output, /wrangler\.toml:2/);
});

test("a broken wrangler.jsonc is told by line and column", async (t) => {
  const { code, output } = await start(t, { "wrangler.jsonc": '{ "name": "p",\n  "main": }', "src/index.js": good });
  assert.equal(code, 1);
  assert.match(output, /wrangler\.jsonc:2/);
});

test("a key of the wrong type is named", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": 'name = "p"\nmain = 5\n', "src/index.js": good });
  assert.equal(code, 1);
  assert.match(output, /main/);
  assert.match(output, /string/);
});

test("a configuration without main says so", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": 'name = "p"\n' });
  assert.equal(code, 1);
  assert.match(output, /`main` is missing/);
});

test("a main that does not exist is named", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml() });
  assert.equal(code, 1);
  assert.match(output, /wrangler\.toml:2.*src\/index\.js.*does not exist/);
});

test("a folder with nothing in it says what is looked for", async (t) => {
  const { code, output } = await start(t, {});
  assert.equal(code, 1);
  assert.match(output, /no wrangler\.toml/);
});

test("a path that is not there is named", async (t) => {
  const { code, output } = await fails(t, ["/nonexistent/project", "--port", "0"]);
  assert.equal(code, 1);
  assert.match(output, /\/nonexistent\/project/);
});

test("a syntax error is shown at its place", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": "export default {\n  fetch( { }\n};\n" });
  assert.equal(code, 1);
  assert.match(output, /src\/index\.js:\d+:\d+/);
});

test("an import that does not exist is named", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": "import x from 'not-installed';\n" + good });
  assert.equal(code, 1);
  assert.match(output, /not-installed/);
});

test("a script that throws while it starts is shown at its place", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": "const config = undefined;\nexport const port = config.port;\n" + good });
  assert.equal(code, 1);
  assert.match(output, /TypeError/);
  assert.match(output, /src\/index\.js:2:\d+/);
});

test("an unknown binding type is refused by name", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml('[[unsafe.bindings]]\nname = "X"\ntype = "quantum"\n'), "src/index.js": good });
  assert.equal(code, 1);
  assert.match(output, /`X` to `quantum`/);
});

test("an environment that does not exist is named", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": good }, ["--env", "production"]);
  assert.equal(code, 1);
  assert.match(output, /\[env\.production\]/);
});

test("a broken .dev.vars is told by line", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": good, ".dev.vars": "A=1\nnonsense\n" });
  assert.equal(code, 1);
  assert.match(output, /\.dev\.vars:2/);
});

test("a port in use is named, and what to do", async (t) => {
  const other = createServer();
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  atEnd(t, () => new Promise((done) => other.close(done)));
  const { port } = other.address();
  const { code, output } = await fails(t, [scratch(t, { "wrangler.toml": toml(), "src/index.js": good }), "--port", String(port)]);
  assert.equal(code, 1);
  assert.match(output, new RegExp(`port ${port}: another program uses it; stop that program`));
});

test("an address that is not this machine's is refused", async (t) => {
  const { code, output } = await start(t, { "wrangler.toml": toml(), "src/index.js": good }, ["--ip", "192.0.2.1"]);
  assert.equal(code, 1);
  assert.match(output, /192\.0\.2\.1/);
});

test("a state directory that is a file is named", async (t) => {
  const dir = scratch(t, { "wrangler.toml": toml(), "src/index.js": good, state: "a file" });
  const { code, output } = await fails(t, [dir, "--port", "0", "--state", `${dir}/state`]);
  assert.equal(code, 1);
  assert.match(output, new RegExp(`${dir}/state`));
});

test("a state directory that may not be read is named", { skip: process.getuid() === 0 && "root may read everything" }, async (t) => {
  const { chmodSync, mkdirSync } = await import("node:fs");
  const dir = scratch(t, { "wrangler.toml": toml(), "src/index.js": good });
  mkdirSync(`${dir}/state`);
  chmodSync(`${dir}/state`, 0);
  const { code, output } = await fails(t, [dir, "--port", "0", "--state", `${dir}/state`]);
  assert.equal(code, 1);
  assert.match(output, new RegExp(`${dir}/state`));
});

test("an unknown option is wrong usage", async (t) => {
  const { code, output } = await fails(t, [".", "--prot", "80"]);
  assert.equal(code, 2);
  assert.match(output, /--prot/);
});

test("a port that is no number is wrong usage", async (t) => {
  const { code, output } = await fails(t, [".", "--port", "http"]);
  assert.equal(code, 2);
  assert.match(output, /--port.*http/);
});

test("esbuild that can't be run is named", async (t) => {
  const dir = scratch(t, { "wrangler.toml": toml(), "src/index.js": good });
  const { code, output } = await fails(t, [dir, "--port", "0"], { env: { CUSP_ESBUILD: "/nonexistent" } });
  assert.equal(code, 1);
  assert.match(output, /CUSP_ESBUILD: \/nonexistent/);
});
