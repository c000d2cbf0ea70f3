// The tables of the legacy encodings (src/text/legacy.c).
//
//   node tools/encoding-tables.mjs --make DIR src/text/indexes.bin    from the Encoding Standard's index-*.txt in DIR
//   node tools/encoding-tables.mjs --c src/text/indexes.bin OUT.c      at build time
//
// indexes.bin: one line of JSON, [[name, count], ...], then the tables one after the other as little-endian 16-bit numbers.
// 0 where an index has no entry. Big5 has letters of plane 2: their low 16 bits, and a bit each in big5_plane2. A range of
// gb18030 is two numbers: pointer, code point (the one above the BMP is code).
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SINGLE = ["ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8",
  "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "koi8-r", "koi8-u", "macintosh", "windows-874",
  "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
  "windows-1257", "windows-1258", "x-mac-cyrillic"];

function readIndex(dir, name) {
  const rows = [];
  for (const line of readFileSync(join(dir, `index-${name}.txt`), "utf8").split("\n")) {
    const m = /^\s*(\d+)\t0x([0-9A-F]+)/.exec(line);
    if (m) rows.push([Number(m[1]), parseInt(m[2], 16)]);
  }
  if (!rows.length) throw new Error(`index-${name}.txt has no rows`);
  return rows;
}

function table(rows, size) {
  const t = new Uint16Array(size ?? rows.at(-1)[0] + 1);
  for (const [pointer, code] of rows) t[pointer] = code & 0xffff;
  return t;
}

function make(dir, out) {
  readdirSync(dir);
  const tables = [];
  for (const name of ["gb18030", "jis0208", "jis0212", "euc-kr"]) {
    const rows = readIndex(dir, name);
    if (rows.some(([, code]) => code > 0xffff)) throw new Error(`${name}: above the BMP`);
    tables.push([name.replace("-", "_"), table(rows)]);
  }
  const big5 = readIndex(dir, "big5");
  const bits = new Uint16Array((big5.at(-1)[0] >> 4) + 1);
  for (const [pointer, code] of big5) {
    if (code > 0xffff && code >> 16 !== 2) throw new Error("big5: not plane 2");
    if (code > 0xffff) bits[pointer >> 4] |= 1 << (pointer & 15);
  }
  tables.push(["big5", table(big5)], ["big5_plane2", bits]);
  const ranges = readIndex(dir, "gb18030-ranges").filter(([, code]) => code < 0x10000);
  tables.push(["gb18030_ranges", Uint16Array.from(ranges.flat())]);
  const single = new Uint16Array(SINGLE.length * 128);
  SINGLE.forEach((name, i) => single.set(table(readIndex(dir, name), 128), i * 128));
  tables.push(["single_byte", single]);
  const head = JSON.stringify(tables.map(([name, t]) => [name, t.length])) + "\n";
  writeFileSync(out, Buffer.concat([Buffer.from(head), ...tables.map(([, t]) => Buffer.from(t.buffer))]));
}

function toC(from, out) {
  const bytes = readFileSync(from);
  let at = bytes.indexOf(10) + 1;
  let text = '#include "text/legacy_tables.h"\n';
  for (const [name, count] of JSON.parse(bytes.subarray(0, at).toString())) {
    const numbers = [];
    for (let i = 0; i < count; i++, at += 2) numbers.push(bytes.readUInt16LE(at));
    text += `const uint16_t text_${name}[${count}] = {${numbers.join(",")}};\n`;
    text += `const size_t text_${name}_count = ${count};\n`;
  }
  writeFileSync(out, text);
}

const [mode, from, to] = process.argv.slice(2);
if (mode === "--make") make(from, to);
else if (mode === "--c") toC(from, to);
else throw new Error("usage: see the top of this file");
