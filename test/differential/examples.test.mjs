// Every example behaves on workerd as its page says, and so (pages.test.mjs) as it does on Cusp.
// Could pass wrongly: KV and the cache are stand-ins here (support/workerd-services.mjs), so what they do themselves is not compared.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/cusp.mjs";
import { demoOrigin } from "../support/demo-origin.mjs";
import { expectedPattern, readPage, runStep } from "../support/docs.mjs";
import { exampleNames, exampleScript } from "../support/examples.mjs";
import { workerd } from "../support/workerd.mjs";

for (const name of exampleNames)
  test(`workerd runs ${name} as its page says`, async (t) => {
    const page = readPage(join(root, "examples", name, "README.md"));
    const origin = await demoOrigin(t);
    const ports = { 9000: origin.port };
    const own = page.servers.find(({ example }) => example === name);
    ports[own.port] = (await workerd(t, [exampleScript(name, origin.url)]))[name];
    for (const step of page.steps) assert.match(await runStep(step, ports), expectedPattern(step.expected), step.command);
  });
