// Embeds built-in JavaScript in the binary: wraps each file into a function, minifies it, writes C arrays.
//
//   node tools/embed.mjs --symbol api_sources --out api_js.c --header api_js.h src/api/url.js src/api/fetch.js ...
//   node tools/embed.mjs --check            exit 0 when esbuild is there
//
// What a built-in file looks like, and what it gets: src/js/builtins.h. Names are not shortened: those of classes and
// functions can be seen by users. The text must be ASCII, because the engine then reads it where it lies.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

let esbuild;
try {
  esbuild = await import("esbuild");
} catch {
  console.error("embed: esbuild is not installed. Run `npm ci` in the top directory of the source tree.");
  process.exit(1);
}

const options = { files: [] };
for (let i = 2; i < process.argv.length; i++) {
  const arg = process.argv[i];
  if (arg === "--check") process.exit(0);
  if (arg.startsWith("--")) options[arg.slice(2)] = process.argv[++i];
  else options.files.push(arg);
}
if (!options.symbol || !options.out || !options.header) {
  console.error("usage: embed.mjs --symbol NAME --out FILE.c --header FILE.h FILE.js...");
  process.exit(2);
}

function compile(file) {
  const body = readFileSync(file, "utf8");
  // The body starts on line 1 so that positions in messages are those of the file.
  // Assigned to a name, because the minifier drops a function that nobody uses.
  const text = `$f=function(primordials, natives, internal) { "use strict"; ${body}\n}`;
  const code = esbuild.transformSync(text, {
    sourcefile: file,
    loader: "js",
    charset: "ascii",
    target: "es2022",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "warning",
  }).code;
  const match = /^\$f=([^]*\});\s*$/.exec(code);
  if (!match) throw new Error(`${file}: the minified text is not one function`);
  return `(${match[1]})`;
}

// One string literal a line; C allows long ones, but compilers are faster with an array of short ones.
function literal(text) {
  const lines = [];
  for (let at = 0; at < text.length; at += 100) {
    const part = text.slice(at, at + 100);
    lines.push('    "' + part.replace(/["\\]/g, "\\$&").replace(/\?/g, "\\?").replace(/\n/g, "\\n").replace(/\t/g, "\\t") + '"');
  }
  return lines.join("\n");
}

// Code that fetches what the files take from `primordials` by name. Straight-line code, because working it out from the
// names in a fresh isolate would take a millisecond. p: the object, u: uncurryThis, g: getOwnPropertyDescriptor,
// T: %TypedArray%.
const lower = (s) => s[0].toLowerCase() + s.slice(1);
const member = (rest) => (rest.startsWith("Symbol") ? `[Symbol.${lower(rest.slice(6))}]` : `.${lower(rest)}`);
const known = (owner) => (owner === "TypedArray" ? Object.getPrototypeOf(Uint8Array) : globalThis[owner]);

function primordial(name) {
  const parts = /^(\w+?)Prototype(\w+)$/.exec(name);
  if (parts && known(parts[1])) {
    const [, owner, rest] = parts, js = owner === "TypedArray" ? "T" : owner;
    const key = rest.startsWith("Symbol") ? Symbol[lower(rest.slice(6))] : lower(rest);
    const isMethod = typeof Object.getOwnPropertyDescriptor(known(owner).prototype, key)?.value === "function";
    if (isMethod || !rest.startsWith("Get")) return `u(${js}.prototype${member(rest)})`;
    const getter = rest.slice(3);
    const text = getter.startsWith("Symbol") ? member(getter).slice(1, -1) : JSON.stringify(lower(getter));
    return `u(g(${js}.prototype,${text}).get)`;
  }
  for (let i = name.length - 1; i > 0; i--) {
    const owner = name.slice(0, i), rest = name.slice(i);
    if (!/[A-Z]/.test(rest[0]) || !known(owner)) continue;
    if (rest in known(owner)) return `${owner}.${rest}`; // Math.PI
    return `${owner}.${lower(rest)}`;
  }
  throw new Error(`primordials has no ${name}: see src/js/primordials.js`);
}

function primordialsCode(names) {
  const file = readFileSync(new URL("../src/js/primordials.js", import.meta.url), "utf8");
  const there = new Set([...file.matchAll(/\bp\.(\w+) =/g)].map((m) => m[1]));
  for (const list of file.matchAll(/of \[([^\]]*)\]/g)) for (const m of list[1].matchAll(/"(\w+)"/g)) there.add(m[1]);
  for (const name of ["uncurryThis", "globalThis"]) there.add(name);
  const lines = [...names].sort().filter((name) => !there.has(name)).map((name) => `p.${name}=${primordial(name)};`);
  return `(function(p,u,g,T){"use strict";${lines.join("")}})`;
}

// Which those are.
function primordialsOf(text, into) {
  for (const m of text.matchAll(/\{([^{}]*)\}\s*=\s*primordials\b/g))
    for (const part of m[1].split(",")) {
      const name = part.split(":")[0].trim();
      if (name) into.add(name);
    }
  for (const m of text.matchAll(/\bprimordials\.(\w+)/g)) into.add(m[1]);
}

// "url" of src/api/url.js, "node/url" of src/api/node/url.js.
function builtinName(file) {
  const at = /(?:^|\/)src\/\w+\/(.+)\.js$/.exec(file);
  return at ? at[1] : basename(file, ".js");
}

const rows = [];
const primordials = new Set();
const later = new Set(); // what those in sub-folders name: an isolate that never loads them must not pay for it
let failed = false;
for (const file of options.files) {
  try {
    const code = compile(file);
    if (/[^\x09\x0a\x20-\x7e]/.test(code)) throw new Error(`${file}: the minified text is not printable ASCII`);
    const name = builtinName(file);
    rows.push({ name, code });
    primordialsOf(code, name.includes("/") ? later : primordials);
  } catch (e) {
    failed = true;
    console.error(e.message);
  }
}
const base = readFileSync(new URL("../src/js/primordials.js", import.meta.url), "utf8");
for (const name of later)
  if (!primordials.has(name) && !new RegExp(`\\bp\\.${name} =|[^\\w]${name}[^\\w]`).test(base)) {
    failed = true;
    console.error(`primordials.${name}: no file outside of the sub-folders names it, so those in them cannot have it`);
  }
if (failed) process.exit(1);
if (primordials.size) rows.push({ name: "$primordials", code: primordialsCode(primordials) });

const header = basename(options.header);
writeFileSync(options.header,
  `/* Generated by tools/embed.mjs. */\n#pragma once\n#include "js/builtins.h"\n` +
  `extern const struct js_source ${options.symbol}[];\nextern const size_t ${options.symbol}_count;\n`);
writeFileSync(options.out,
  `/* Generated by tools/embed.mjs. */\n#include "${header}"\n` +
  `const struct js_source ${options.symbol}[] = {\n` +
  rows.map((r) => `    {"${r.name}",\n${literal(r.code)},\n     ${r.code.length}},\n`).join("") +
  `    {0}};\nconst size_t ${options.symbol}_count = ${rows.length};\n`);
