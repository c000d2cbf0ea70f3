// Every example does what its docs page says: the page's commands are run, what they print is compared with what the page shows.
// Could pass wrongly: a page without commands would be vacuous (refused below), and a line that is all "..." would match anything.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dev, root } from "../support/cusp.mjs";
import { demoOrigin } from "../support/demo-origin.mjs";
import { expectedPattern, readPage, runStep } from "../support/docs.mjs";
import { originVars } from "../support/examples.mjs";

const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
  .map((entry) => entry.name);

for (const name of examples)
  test(`the page of ${name} tells the truth`, async (t) => {
    const page = readPage(join(root, "examples", name, "README.md"));
    assert.ok(page.steps.length, "a page shows at least one command");
    assert.ok(page.servers.some(({ example }) => example === name), "a page says how its example is started");

    const ports = {};
    const origin = name === "origin" ? null : page.servers.find(({ example }) => example === "origin");
    if (origin) ports[origin.port] = (await demoOrigin(t)).port;
    const own = page.servers.find(({ example }) => example === name);
    const args = origin ? originVars(name, `http://127.0.0.1:${ports[origin.port]}`) : [];
    const server = await dev(t, join(root, "examples", name), { args });
    ports[own.port] = server.port;

    for (const step of page.steps) {
      assert.ok(step.expected, `the page shows what this prints: ${step.command}`);
      assert.match(await runStep(step, ports), expectedPattern(step.expected), `${step.command}\n${server.output.slice(-2000)}`);
    }
  });
