// HTMLRewriter against workerd's and against html-rewriter-wasm (npm), which are the same engine, years apart: random documents, selectors
// and edits, cut in pieces; output and everything that handlers see must be the same as on workerd, and nearly always as in the other.
// Could pass wrongly: if most documents failed everywhere, so those are counted; and if nothing matched, so the handlers' calls are.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { dev, root } from "../support/cusp.mjs";
import { workerd } from "../support/workerd.mjs";
import { install, pieces } from "./html/handlers.js";

const CASES = 1000;
let seed = 20;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
const pick = (list) => list[random(list.length)];

const tags = ["div", "p", "a", "li", "ul", "span", "b", "table", "td", "br", "img", "x-card", "blockquote", "title", "textarea", "script",
  "style", "svg", "math", "foreignObject", "mi", "path", "desc", "template", "h1"];
const attributes = ["", " id=a", ' id="b"', " class='x y'", " CLASS=x", " href=/a/b", ' data-v="one two"', " lang=en-US", " hidden", " a=b/c", " x = 'y>z'",
  ' title="é&amp;"', " a b c", " =odd"];
const texts = ["text", " ", "é€𝄞", "a < b", "&amp; &lt;x", "<!-- c -->", "<!---->", "<!x>", "<?pi?>", "</>", "</ x>", "\r\n", "<![CDATA[ ]] > ]]>", "<p", "</nowhere>",
  "<!-- <p> --!>", "1 > 2", "\0"];

function node(depth) {
  const kind = random(10);
  if (kind < 4 || depth > 5) return pick(texts).replace(/^<p$/, random(8) ? "q" : "<p");
  const name = pick(tags), shown = random(6) ? name : name.toUpperCase(), open = `<${shown}${pick(attributes)}${random(3) ? "" : pick(attributes)}`;
  if (kind === 4) return `${open}/>`;
  let inside = "";
  for (let i = random(4); i > 0; i--) inside += node(depth + 1);
  return `${open}>${inside}${random(8) ? `</${shown}${random(9) ? "" : " x"}>` : ""}`;
}

const selectors = ["*", "div", "p", "li", "a[href]", ".x", "#a", "div p", "div > p", "ul li", "[data-v~=two]", "[lang|=en]", "p:not(.x)", "span, b", "td",
  "*:first-child", "li:nth-child(2n+1)", "p:nth-of-type(2)", "svg *", "path", "x-card", "title", "script", "[a^=b]", "[title*='é']", "div div > span"];
const edits = ["set", "drop", "rename", "before", "after", "prepend", "append", "replace", "inner", "remove", "unwrap", "end", "comments", "text"];

function makeCase() {
  let html = random(3) ? "<!DOCTYPE html>" : pick(["", "<!doctype HTML PUBLIC 'a' \"b\">", "<!DOCTYPE>", "\ufeff"]);
  for (let i = random(6) + 1; i > 0; i--) html += node(0);
  const handlers = Array.from({ length: random(3) + 1 }, () => [pick(selectors), Array.from({ length: random(3) + 1 }, () => pick(edits))]);
  if (random(4) === 0) handlers.push([null, ["comments", "text"]]);
  return { html, handlers, cut: pick([1, 2, 7, 64, 100000]) };
}

const require = createRequire(join(root, "test/package.json"));
async function inWasm(cases) {
  const { HTMLRewriter } = require("html-rewriter-wasm");
  const results = [];
  for (const spec of cases) {
    const log = [], out = [];
    const rewriter = install(new HTMLRewriter((chunk) => out.push(Buffer.from(chunk))), spec, log);
    try {
      for (const piece of pieces(spec)) await rewriter.write(piece);
      await rewriter.end();
      results.push([Buffer.concat(out).toString(), log]);
    } catch (e) {
      results.push([null, String(e.message ?? e)]);
    } finally {
      rewriter.free();
    }
  }
  return results;
}
const ask = async (port, cases) => (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(cases) })).json();

// In foreign content we follow the HTML standard more closely: <svg/> is over at once (the other engine takes the script behind it for
// markup), and a tag of HTML ends all of an <svg> in a <math>, not only the inner one.
const foreign = [/<(svg|math)\b(?:"[^"]*"|'[^']*'|[^>"'])*\/>/i, /<(svg|math)\b(?:(?!<\/(svg|math))[^])*<(svg|math)\b/i];
const meant = ({ html }) => foreign.some((pattern) => pattern.test(html));

test("documents come out as of the others", async (t) => {
  const cases = Array.from({ length: CASES }, makeCase), main = join(root, "test/differential/html/worker.js");
  const [cusp, { html: port }, wasm] = await Promise.all([dev(t, main, { args: ["--quiet"] }), workerd(t, [{ name: "html", main }]), inWasm(cases)]);
  const ours = [], theirs = [];
  for (let at = 0; at < CASES; at += 50) {
    ours.push(...await ask(cusp.port, cases.slice(at, at + 50)));
    theirs.push(...await ask(port, cases.slice(at, at + 50)));
  }
  let calls = 0, failed = 0, wasmAgreed = 0;
  const problems = [];
  const same = (a, b) => (a[0] === null || b[0] === null ? a[0] === b[0] : JSON.stringify(a) === JSON.stringify(b));
  for (let i = 0; i < CASES; i++) {
    if (theirs[i][0] === null) failed++;
    else calls += theirs[i][1].length;
    if (!same(theirs[i], ours[i]) && !meant(cases[i]))
      problems.push(`${JSON.stringify(cases[i])}\n  workerd: ${JSON.stringify(theirs[i])}\n  cusp: ${JSON.stringify(ours[i])}`);
    if (same(wasm[i], ours[i])) wasmAgreed++; // the older one; where the two differ, workerd's counts
  }
  assert.ok(calls > CASES, `only ${calls} calls`);
  assert.ok(failed < CASES / 3, `${failed} failed`);
  assert.ok(wasmAgreed > 0.97 * CASES, `${wasmAgreed} as html-rewriter-wasm`);
  assert.ok(!problems.length, `${problems.length} differ:\n${problems.slice(0, 3).join("\n")}`);
});
