// The short form of `make fuzz F=api`: a few batches of random programs over every API, always of the same seeds, in the binary under test.
// It could pass wrongly if the programs did nothing (so what they called is counted), if what went wrong was not seen (so ends of all kinds
// are judged), or if a seed did not give the same program again.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Campaign, program, verdict } from "../../fuzz/api/campaign.mjs";
import { binary } from "../support/cusp.mjs";

const small = { members: ["fetch", "new URL", "URL#href", "URL#href=", "btoa"], classes: { URL: ["URL"] } };

test("random programs over every API find nothing", async (t) => {
  const said = [];
  const keep = mkdtempSync(join(tmpdir(), "cusp-found-"));
  const campaign = new Campaign({ cusp: binary, keep, log: (text) => said.push(text) });
  t.after(() => (campaign.close(), rmSync(keep, { recursive: true, force: true })));
  await campaign.open();
  const { members } = campaign.inventory;
  assert.ok(members.length > 2000, `only ${members.length} members`);
  for (const known of ["fetch", "new URL", "URL#href=", "SubtleCrypto#encrypt", "node:zlib.gzipSync", "new WebSocketPair", "~Element#setAttribute"])
    assert.ok(members.includes(known), known);
  for (const from of [1, 13]) await campaign.batch(Array.from({ length: 12 }, (_, n) => from + n));
  assert.deepEqual([...campaign.findings.keys()], [], said.join("\n"));
  const { called, returned } = campaign.coverage();
  assert.ok(called > 150 && returned > 80, `${called} members called, ${returned} returned`);
});

test("what ends badly is made small and kept", async (t) => {
  const keep = mkdtempSync(join(tmpdir(), "cusp-found-"));
  t.after(() => rmSync(keep, { recursive: true, force: true }));
  const campaign = new Campaign({ cusp: "none", keep });
  campaign.inventory = small;
  campaign.run = async (programs) => ({ code: 0, signal: programs.some((p) => p.steps.some(([path]) => path === "atob")) ? "SIGABRT" : null, output: "", hung: false });
  const programs = [7, 8, 9].map((seed) => program(small, seed));
  assert.ok(programs[1].steps.length > 3);
  programs[1].steps.splice(3, 0, ["atob", 5, []]);
  await campaign.found(programs, "SIGABRT", "said");
  const { file } = campaign.findings.get("SIGABRT");
  const kept = JSON.parse(readFileSync(`${file}.json`, "utf8"));
  assert.deepEqual(kept.map((p) => [p.seed, p.steps]), [[8, [["atob", 5, []]]]]);
  assert.equal(readFileSync(`${file}.txt`, "utf8"), "said");
});

test("ends are judged", () => {
  const end = { code: 0, signal: null, output: "p1:default PASS", hung: false };
  assert.equal(verdict(end), null);
  assert.equal(verdict({ ...end, code: 1, output: "p1:default FAIL" }), null);
  assert.match(verdict({ ...end, hung: true }), /^hang/);
  assert.match(verdict({ ...end, code: 99, output: "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n    #0 0x1 in f ../../src/edge/a.c:8\n" }), /^ERROR: AddressSanitizer: heap-use-after-free .* \| f edge\/a.c:8$/);
  assert.match(verdict({ ...end, code: 99, output: "../../src/a.c:1:2: runtime error: shift exponent 64\n" }), /runtime error/);
  assert.match(verdict({ ...end, code: null, signal: "SIGABRT", output: "cusp: check failed: n > 0 (a.c:5)" }), /^SIGABRT .*check failed/);
  assert.match(verdict({ ...end, code: 3 }), /3/);
});

test("a seed gives the same program again", () => {
  assert.deepEqual(program(small, 42), program(small, 42));
  assert.notDeepEqual(program(small, 42).steps, program(small, 43).steps);
});
