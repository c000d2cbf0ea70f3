// docs/api.md says what the runtime really has. It could pass wrongly if the tool found nothing at all: so the page must name what every
// Worker uses, as supported.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { binary, root } from "../support/cusp.mjs";

test("the inventory of APIs is true", () => {
  execFileSync(process.execPath, [join(root, "tools/api-inventory.mjs"), "--check", "--cusp", binary], { stdio: ["ignore", "inherit", "inherit"] });
  const page = readFileSync(join(root, "docs/api.md"), "utf8");
  for (const line of [/^\| `Headers` \| [^|]*`getSetCookie`/m, /^\| `Request` \| [^|]*`arrayBuffer`/m, /^\| `KVNamespace` \| [^|]*`put`/m])
    assert.match(page, line);
});
