// The same fixture, the same requests: Cusp answers as workerd does, in status, header lines, framing and bytes.
// Could pass wrongly: if both failed alike. A fixture that throws everywhere would agree with itself; so the status of most is asserted
// to be 200 by the comparison with workerd, which is the oracle, and a waiver that is not needed fails the test.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { scratch, serve, write } from "../support/cusp.mjs";
import { workerd } from "../support/workerd.mjs";
import { fixtureOrigin } from "./origin.mjs";
import { ask, compare, readFixtures, wranglerConfig } from "./runner.mjs";
import { waivers } from "./waivers.mjs";

const fixtures = readFixtures();
const hostOf = ({ name }) => `${name}.test`;
test("fixtures answer as on workerd", { concurrency: 1 }, async (t) => {
  const dir = scratch(t);
  const origin = await fixtureOrigin(t);
  for (const fixture of fixtures) if (fixture.vars.ORIGIN) fixture.vars.ORIGIN = origin.url;
  for (const fixture of fixtures) write(dir, `${fixture.name}/wrangler.json`, wranglerConfig(fixture));
  const toml = fixtures.map((f) => `[[worker]]\nname = "${f.name}"\npath = "${join(dir, f.name)}"\nroutes = ["${hostOf(f)}/*"]\n`).join("\n");
  const [cusp, ports] = await Promise.all([serve(t, `threads = 1\n[egress]\nallow_private = true\n${toml}`, { dir }), workerd(t, fixtures)]);
  const needed = new Set();

  for (const fixture of fixtures)
    await t.test(`${fixture.name}: ${fixture.about}`, async () => {
      const problems = [];
      for (const spec of fixture.requests) {
        const host = hostOf(fixture);
        const theirs = await ask(ports[fixture.name], host, { ...spec, after: spec.after }).catch((e) => ({ failed: e.code ?? e.message }));
        const ours = await ask(cusp.port, host, spec).catch((e) => ({ failed: e.code ?? e.message }));
        const where = `${spec.method ?? "GET"} ${spec.path ?? "/"}`;
        const found = theirs.failed || ours.failed ? (theirs.failed === ours.failed ? [] : [["connection", theirs.failed ?? `status ${theirs.status}`, ours.failed ?? `status ${ours.status}: ${ours.body.slice(0, 200)}`]]) : compare(theirs, ours);
        for (const [what, a, b] of found) {
          const keys = [`${fixture.name}/${what}`, `${fixture.name}${spec.path ?? "/"}: ${what}`];
          const waiver = keys.find((key) => key in waivers);
          if (waiver) needed.add(waiver);
          else problems.push(`${where}  ${what}\n      workerd: ${a}\n      cusp:    ${b}`);
        }
      }
      const log = cusp.output.split("\n").filter((line) => line.includes(`"${fixture.name}"`) || line.includes("isolate ended"));
      assert.equal(problems.length, 0, `\n  ${problems.join("\n  ")}\n${log.join("\n")}\n`);
    });

  await t.test("every waiver is needed", () => {
    assert.deepEqual(Object.keys(waivers).filter((key) => !needed.has(key)), []);
  });
});
