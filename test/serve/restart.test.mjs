// What a restart knows of the life before it. Could pass wrongly: control would prepare again from the memo anyway, so control is
// stopped before the first request; if that still waited for it, there would be no answer.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { scratch, serve, sleep } from "../support/cusp.mjs";
import { children, configuration, eventually, get, text } from "../support/serve.mjs";

async function again(t, workers, change = () => {}) {
  const dir = scratch(t);
  const toml = configuration(dir, workers);
  const first = await serve(t, toml, { dir });
  for (const name of Object.keys(workers)) assert.equal((await get(first, `${name}.test`)).status, 200);
  await first.stop();
  await sleep(50);
  change(dir);
  return serve(t, toml, { dir });
}

const two = { a: { script: text("a"), routes: ["a.test/*"] }, b: { script: text("b"), routes: ["b.test/*"] } };

test("the first request of a Worker that was prepared before needs no answer from control", async (t) => {
  const p = await again(t, two);
  await p.until(/known from before.*?count["=: ]+2/);
  await eventually(() => children(p).worker.length === 1, 10_000); // its process is up before anybody has asked
  process.kill(children(p).control[0], "SIGSTOP");
  assert.equal((await get(p, "a.test")).text, "a");
  assert.equal((await get(p, "b.test")).text, "b");
});

test("one whose files have changed meanwhile is prepared, the other is known", async (t) => {
  const p = await again(t, two, (dir) => writeFileSync(`${dir}/a/i.js`, text("new")));
  await p.until(/known from before.*?count["=: ]+1/);
  assert.equal((await get(p, "a.test")).text, "new");
  assert.equal((await get(p, "b.test")).text, "b");
});

test("a reload finds that a Worker nobody has asked for yet has changed, and so has one that is in use", async (t) => {
  const p = await again(t, two);
  await p.until(/known from before/);
  assert.equal((await get(p, "b.test")).text, "b");
  for (const name of ["a", "b"]) writeFileSync(`${p.dir}/${name}/i.js`, text(`newer ${name}`));
  p.signal("SIGHUP");
  await p.until(/configuration reloaded/);
  await eventually(async () => (await get(p, "b.test")).text === "newer b");
  await eventually(async () => (await get(p, "a.test")).text === "newer a");
});
