// Holds every #include in src/ against src/rooms.txt: which room may include which, and which room owns a vendor header.
// Prints each breach with file and line; exits 1 when there is one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const root = process.argv[2] ?? ".";
const rooms = new Map();
const vendors = []; // [prefix, room]
for (const line of readFileSync(join(root, "src/rooms.txt"), "utf8").split("\n")) {
  const m = /^(\w+):\s*([^|]*)\|(.*)$/.exec(line);
  if (!m) continue;
  rooms.set(m[1], new Set(m[2].split(/\s+/).filter(Boolean)));
  for (const prefix of m[3].split(/\s+/).filter(Boolean)) vendors.push([prefix, m[1]]);
}

function* sources(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.[ch]$/.test(name)) yield path;
  }
}

const breaches = [];
let checked = 0;
for (const path of sources(join(root, "src"))) {
  const inside = relative(join(root, "src"), path);
  const room = inside.includes("/") ? inside.split("/")[0] : "main";
  if (!rooms.has(room)) breaches.push(`${inside}: room '${room}' is not in src/rooms.txt`);
  readFileSync(path, "utf8").split("\n").forEach((line, index) => {
    const m = /^\s*#\s*include\s+[<"]([^>"]+)[>"]/.exec(line);
    if (!m) return;
    checked++;
    const target = m[1].split("/")[0];
    const at = `${inside}:${index + 1}`;
    if (line.includes('"') && target !== room && rooms.has(target) && !rooms.get(room)?.has(target))
      breaches.push(`${at}: room '${room}' may not include "${m[1]}"`);
    for (const [prefix, owner] of vendors)
      if (m[1].startsWith(prefix) && owner !== room && !rooms.has(target))
        breaches.push(`${at}: <${m[1]}> belongs to room '${owner}'`);
  });
}
for (const breach of breaches) console.error(breach);
console.log(`rooms: ${checked} includes checked, ${breaches.length} breaches`);
process.exit(breaches.length || checked === 0 ? 1 : 0);
