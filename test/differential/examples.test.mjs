// Every example behaves on workerd as its page says (pages.test.mjs: and so it does on Cusp), and both answer the same requests with the
// same status, header lines and bytes.
// Could pass wrongly: KV and the cache of workerd are stand-ins here (support/workerd-services.mjs), so what they do themselves is not
// compared; each of the two has an origin of its own, since the origin counts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { dev, root } from "../support/cusp.mjs";
import { demoOrigin } from "../support/demo-origin.mjs";
import { expectedPattern, readPage, runStep } from "../support/docs.mjs";
import { exampleNames, exampleRequests, exampleScript, originVars } from "../support/examples.mjs";
import { workerd } from "../support/workerd.mjs";
import { ask, compare } from "./runner.mjs";

// Times differ from run to run; the stand-in for the cache sends no Age. A body taken as a stream (of KV, of a clone) has no length on
// Cusp where workerd remembers it; one that was here whole has a length on Cusp where workerd passes the chunks on.
function expected([what, theirs, ours]) {
  if (what === "framing") return [theirs, ours].includes("chunked");
  return what === "headers" && `${theirs} | ${ours}`.split(" | ").filter(Boolean).every((line) => /^(server-timing:|age: \d$)/.test(line));
}

for (const name of exampleNames) {
  test(`workerd runs ${name} as its page says`, async (t) => {
    const page = readPage(join(root, "examples", name, "README.md"));
    const origin = await demoOrigin(t);
    const ports = { 9000: origin.port };
    const own = page.servers.find(({ example }) => example === name);
    ports[own.port] = (await workerd(t, [exampleScript(name, origin.url)]))[name];
    for (const step of page.steps) assert.match(await runStep(step, ports), expectedPattern(step.expected), step.command);
  });

  test(`${name} answers as on workerd`, async (t) => {
    const [theirOrigin, ourOrigin] = [await demoOrigin(t), await demoOrigin(t)];
    const [ports, p] = await Promise.all([
      workerd(t, [exampleScript(name, theirOrigin.url)]),
      dev(t, join(root, "examples", name), { args: ["--quiet", ...originVars(name, ourOrigin.url)] }),
    ]);
    for (const spec of exampleRequests(name)) {
      const theirs = await ask(ports[name], "example.test", spec);
      const ours = await ask(p.port, "example.test", spec);
      const lines = compare(theirs, ours).filter((line) => !expected(line));
      assert.deepEqual(lines, [], `${spec.method ?? "GET"} ${spec.path}`);
    }
  });
}
