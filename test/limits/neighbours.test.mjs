// A light Worker is answered, every time, beside Workers that loop, hoard, recurse or never start.
// It could pass wrongly if the hostile ones did not run at all, so what their own clients saw is looked at; or if the light one lived in
// another process, so it is asked in both places. How late its answers are is the benchmark's business (make bench B=neighbour).
import test from "node:test";
import assert from "node:assert/strict";
import { scratch, serve, write } from "../support/cusp.mjs";
import { hostile, hostileFiles } from "../support/hostile.mjs";
import { attack, steady } from "../support/load.mjs";
import { children, eventually } from "../support/serve.mjs";

const beside = ["empty-loop", "await-for-ever", "timers-again", "getter-in-header", "regexp-backref", "sort-numbers", "start-loop", "start-bomb", "wasm-loop", "wasm-start", "array-bomb", "huge-buffer", "hoarder", "endless-body", "log-flood", "recursion-caught"];
const light = `export default { fetch: () => new Response("light") };`;

test("neighbours are answered whatever a Worker does", async (t) => {
  const dir = scratch(t);
  let toml = "threads = 1\nlimits = { cpu_ms = 50 }\n";
  const add = (name, account) => (toml += `[[worker]]\nname = "${name}"\naccount = "${account}"\npath = "${name}/i.js"\nroutes = ["${name}.test/*"]\n`);
  for (const [name, account] of [["near", "one"], ["far", "two"]]) write(dir, `${name}/i.js`, light), add(name, account);
  for (const name of beside) {
    for (const [file, content] of Object.entries(hostileFiles(name))) write(dir, `${name}/${file}`, content);
    add(name, "one");
  }
  const p = await serve(t, toml, { dir });
  for (const host of ["near.test", "far.test"]) assert.equal((await steady(p.port, host, { rate: 50, ms: 1000 })).failed, 0);
  const first = children(p);

  for (const name of beside)
    await t.test(`beside ${name}`, async () => {
      const attacking = attack(p.port, `${name}.test`, { clients: 2, patienceMs: 10_000 });
      const [near, far] = await Promise.all([steady(p.port, "near.test", { rate: 100, ms: 1500 }), steady(p.port, "far.test", { rate: 100, ms: 1500 })]);
      if (hostile[name].ends !== "any") await eventually(() => Object.keys(attacking.seen).length > 0);
      const seen = await attacking.stop();
      assert.deepEqual(near.errors, {}, `same account; the hostile one's clients saw ${JSON.stringify(seen)}`);
      assert.deepEqual(far.errors, {}, "another account");
      const { ends } = hostile[name];
      const answers = Object.keys(seen).join(", ");
      if (ends === "cpu") assert.match(answers, /503 \(1102\)/);
      if (ends === "memory" || ends === "start") assert.match(answers, /50[03] \(110[12]\)/);
    });

  const now = children(p);
  assert.deepEqual([now.edge, now.control], [first.edge, first.control], "edge and control were never started anew");
});
