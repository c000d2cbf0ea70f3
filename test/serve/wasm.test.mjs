// WebAssembly that never ends is ended as a CPU limit, and neighbours answer meanwhile. Could pass wrongly: if the Wasm had failed at once
// for another reason; so the answer must be the page of error 1102, and a call that ends must work in the same Worker.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { scratch, serve, sleep, write } from "../support/cusp.mjs";
import { configuration, get, text } from "../support/serve.mjs";

const modules = fileURLToPath(new URL("../wasm/modules/", import.meta.url));
const SCRIPT = `import hostile from "./hostile.wasm"; import start from "./hostile_start.wasm"; import fine from "./control.wasm";
export default { fetch(request) {
  const name = new URL(request.url).pathname.slice(1);
  if (name === "fine") return new Response(String(new WebAssembly.Instance(fine).exports.fac(10n)));
  if (name === "start") return new Response(String(new WebAssembly.Instance(start)));
  for (;;) try { new WebAssembly.Instance(hostile, { env: { js() {} } }).exports[name](1000); } catch {}
} };`;

function project(dir, name) {
  mkdirSync(join(dir, name), { recursive: true });
  for (const file of ["hostile.wasm", "hostile_start.wasm", "control.wasm"]) copyFileSync(modules + file, join(dir, name, file));
}

test("endless WebAssembly ends as error 1102 while another Worker answers", async (t) => {
  const dir = scratch(t);
  project(dir, "hostile");
  const toml = configuration(dir, {
    hostile: { script: SCRIPT, routes: ["hostile.test/*"], more: { limits: { cpu_ms: 50 } } },
    light: { script: text("light") },
  });
  const p = await serve(t, toml, { dir });
  assert.equal((await get(p, "hostile.test", "/fine")).text, "3628800");
  let stopped = false, answers = 0;
  const light = (async () => {
    for (; !stopped; await sleep(5)) {
      assert.equal((await get(p)).text, "light");
      answers++;
    }
  })();
  for (const name of ["loop", "recursion", "table", "tail", "swallow", "exceptions", "import", "fill", "start"]) {
    const before = answers;
    const r = await get(p, "hostile.test", `/${name}`);
    assert.equal(r.status, 503, name);
    assert.match(r.text, /1102/, name);
    for (const end = Date.now() + 5000; answers === before && Date.now() < end; ) await sleep(5);
    assert.ok(answers > before, `${name}: no neighbour was answered`);
  }
  assert.equal((await get(p, "hostile.test", "/fine")).text, "3628800");
  stopped = true;
  await light;
});

test("a module that can't be metered is refused when the Worker is prepared, by name", async (t) => {
  const dir = scratch(t);
  write(dir, "w/threads.wasm", Buffer.from("0061736d01000000050401030102", "hex"));
  const toml = configuration(dir, { w: { script: `import m from "./threads.wasm"; export default { fetch: () => new Response(String(m)) };` } });
  const p = await serve(t, toml, { dir });
  const r = await get(p).catch((e) => ({ status: 0, text: String(e) }));
  assert.notEqual(r.status, 200);
  await p.until(/threads\.wasm\\" is refused: a shared memory is not supported: threads/);
});
