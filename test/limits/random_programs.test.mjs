// Random hostile programs for half a minute: edge, control and the parent stay, a Worker of another account misses no answer.
// It could pass wrongly if the programs never ran: the answers their clients saw are counted. The long form is `make soak T=hostile`.
import test from "node:test";
import assert from "node:assert/strict";
import { atEnd, scratch } from "../support/cusp.mjs";
import { ordeal } from "../support/ordeal.mjs";

test("random hostile programs harm nobody but themselves", async (t) => {
  const dir = scratch(t);
  const result = await ordeal({ dir, after: (fn) => atEnd(t, fn) }, { seed: 20261120, programs: 10, minutes: 0.4, roundMs: 5000 });
  assert.deepEqual(result.lost, [], "processes that ended");
  assert.deepEqual(result.light.errors, {}, "requests of the light Worker");
  assert.ok(result.light.sent > 1000, `${result.light.sent} requests of the light Worker`);
  assert.ok(Object.entries(result.seen).reduce((n, [what, count]) => n + (/^(200|50[03])/.test(what) ? count : 0), 0) > 50, JSON.stringify(result.seen));
  assert.equal(result.exit.code, 0);
});
