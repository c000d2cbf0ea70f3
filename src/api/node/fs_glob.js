// node:fs glob(): *, **, ?, [abc], [!abc], {a,b}, @(a|b) ?(..) *(..) +(..) !(..). A pattern is cut at its slashes; each part is a
// name, "**" or a regular expression, and only directories that can still match are read.
const volume = internal.load("node/fs_volume");
const { plainOptions, pathOf } = internal.load("node/fs_prepare");
const { Dirent } = internal.load("node/fs_classes");
const { validateString, validateArray, invalidArgType, validateBoolean } = internal.load("node/errors");

const MOST_BRACES = 1024; // patterns that one may stand for

// "a{b,c{d,e}}" -> ["ab", "acd", "ace"]
function expand(pattern, out = []) {
  if (out.length > MOST_BRACES) return out;
  let depth = 0, open = -1;
  const commas = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") i++;
    else if (c === "{") {
      if (depth++ === 0) open = i;
    } else if (c === "," && depth === 1) commas.push(i);
    else if (c === "}" && depth > 0 && --depth === 0) {
      const range = /^(-?\d+)\.\.(-?\d+)$/.exec(pattern.slice(open + 1, i));
      if (commas.length === 0 && !range) {
        open = -1;
        continue;
      }
      const head = pattern.slice(0, open), tail = pattern.slice(i + 1);
      if (range) {
        const from = Number(range[1]), to = Number(range[2]), step = from <= to ? 1 : -1;
        for (let n = from, left = MOST_BRACES; left-- > 0 && (step > 0 ? n <= to : n >= to); n += step) expand(head + n + tail, out);
        return out;
      }
      let at = open + 1;
      for (const comma of [...commas, i]) {
        expand(head + pattern.slice(at, comma) + tail, out);
        at = comma + 1;
      }
      return out;
    }
  }
  out.push(pattern);
  return out;
}

const special = /[\\^$.|?*+()[\]{}/]/g;
const quote = (text) => text.replace(special, "\\$&");

// The source of a regular expression for one part of a pattern.
function source(part) {
  let out = "";
  for (let i = 0; i < part.length; i++) {
    const c = part[i];
    if ("@?*+!".includes(c) && part[i + 1] === "(") {
      let depth = 0, end = i + 1;
      for (; end < part.length; end++) if (part[end] === "(") depth++;
        else if (part[end] === ")" && --depth === 0) break;
      if (end < part.length) {
        const body = alternatives(part.slice(i + 2, end)).map(source).join("|");
        if (c === "!") out += `(?!(?:${body})${source(part.slice(end + 1))}$)[^/]*?`;
        else out += `(?:${body})${c === "@" ? "" : c}`;
        i = end;
        continue;
      }
    }
    if (c === "*") {
      while (part[i + 1] === "*") i++;
      out += "[^/]*?";
    } else if (c === "?") {
      out += "[^/]";
    } else if (c === "[") {
      const end = part.indexOf("]", i + 2);
      if (end < 0) {
        out += "\\[";
        continue;
      }
      const body = part.slice(i + 1, end);
      const not = body[0] === "!" || body[0] === "^";
      out += `[${not ? "^" : ""}${(not ? body.slice(1) : body).replace(/[\\\]^]/g, "\\$&")}]`;
      i = end;
    } else if (c === "\\" && i + 1 < part.length) {
      out += quote(part[++i]);
    } else {
      out += quote(c);
    }
  }
  return out;
}

function alternatives(body) {
  const list = [];
  let depth = 0, at = 0;
  for (let i = 0; i < body.length; i++)
    if (body[i] === "(") depth++;
    else if (body[i] === ")") depth--;
    else if (body[i] === "|" && depth === 0) {
      list.push(body.slice(at, i));
      at = i + 1;
    }
  list.push(body.slice(at));
  return list;
}

const STAR = Symbol("**");
const magic = /[*?[\]{}()!+@\\]/;
function compile(pattern) {
  return pattern.split("/").filter((part, i, all) => (part !== "" && part !== ".") || (i === all.length - 1 && part === "")).map((part) => {
    if (part === "**") return STAR;
    if (!magic.test(part)) return part;
    const test = new RegExp(`^(?:${source(part)})$`, "s");
    return { test: (name) => test.test(name) };
  });
}

// A whole path against a pattern.
function matches(parts, names, i = 0, j = 0) {
  for (; i < parts.length; i++, j++) {
    const part = parts[i];
    if (part === STAR) {
      for (let k = j; k <= names.length; k++) if (matches(parts, names, i + 1, k)) return true;
      return false;
    }
    if (j >= names.length || !(typeof part === "string" ? part === names[j] : part.test(names[j]))) return false;
  }
  return j === names.length;
}

function excluder(exclude) {
  if (exclude === undefined || exclude === null) return () => false;
  if (typeof exclude === "function") return (path, entry) => exclude(entry ?? path);
  if (!Array.isArray(exclude)) throw invalidArgType("options.exclude", ["Function", "string[]"], exclude);
  const all = exclude.flatMap((pattern) => expand(pattern)).map(compile);
  return (path) => {
    const names = path.split("/").filter((part) => part !== "");
    return all.some((parts) => matches(parts, names));
  };
}

function check(pattern, options) {
  if (!Array.isArray(pattern)) validateString(pattern, "patterns");
  else pattern.forEach((one, i) => validateString(one, `patterns[${i}]`));
  const o = plainOptions(options);
  if (o.withFileTypes !== undefined) validateBoolean(o.withFileTypes, "options.withFileTypes");
  return o;
}

function globSync(pattern, options) {
  const o = check(pattern, options);
  const cwd = o.cwd === undefined ? internal.load("node/process").cwd() : pathOf(o.cwd, "options.cwd");
  const excluded = excluder(o.exclude), found = new Map();
  for (const one of (Array.isArray(pattern) ? pattern : [pattern]).flatMap((p) => expand(p))) {
    const absolute = one[0] === "/";
    search(compile(one), absolute ? "/" : cwd, absolute ? "/" : "", o, excluded, found);
  }
  return [...found.values()];
}

function search(parts, base, prefix, o, excluded, found) {
  const seen = new Set();
  const give = (shown, node, dir, name) => {
    const path = shown === "" ? "." : shown;
    if (found.has(path)) return;
    const entry = o.withFileTypes ? new Dirent(name || path, node, dir) : undefined;
    if (!excluded(path, entry)) found.set(path, entry ?? path);
  };
  const visit = (i, real, shown, node, dir, name) => {
    const key = `${i} ${shown}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (i === parts.length) return give(shown, node, dir, name);
    const part = parts[i];
    if (part === "") return node.kind === "dir" ? give(`${shown}/`, node, dir, name) : undefined;
    if (node.kind === "link") {
      try {
        node = volume.find(real, "scandir");
      } catch {
        return;
      }
    }
    if (node.kind !== "dir") return part === STAR && i === parts.length - 1 ? give(shown, node, dir, name) : undefined;
    const into = (next, child, childName) => visit(next, real === "/" ? `/${childName}` : `${real}/${childName}`, join(shown, childName), child, real, childName);
    if (part === "..") {
      const up = real.slice(0, real.lastIndexOf("/")) || "/";
      const shownUp = shown === "" || /(^|\/)\.\.$/.test(shown) ? join(shown, "..") : shown.slice(0, Math.max(0, shown.lastIndexOf("/")));
      return visit(i + 1, up, shownUp, volume.find(up, "scandir"), up, "..");
    }
    if (part === STAR) {
      visit(i + 1, real, shown, node, dir, name);
      if (shown !== "" && excluded(shown)) return;
      for (const [childName, child] of node.entries)
        if (child.kind === "dir") into(i, child, childName);
        else {
          into(i + 1, child, childName);
          if (parts[i + 1] !== undefined && one(parts[i + 1], childName)) into(i + 2, child, childName);
        }
      return;
    }
    if (typeof part === "string") {
      const child = node.entries.get(part);
      if (child) into(i + 1, child, part);
      return;
    }
    for (const [childName, child] of node.entries) if (part.test(childName)) into(i + 1, child, childName);
  };
  const one = (part, name) => (typeof part === "string" ? part === name : part !== STAR && part.test(name));
  const join = (a, b) => (a === "" || a.endsWith("/") ? a + b : `${a}/${b}`);
  let top;
  try {
    top = volume.find(base, "scandir");
  } catch {
    return;
  }
  visit(0, volume.normal(base), prefix, top, volume.normal(base), "");
}

async function* iterate(pattern, options) {
  yield* globSync(pattern, options);
}

return { globSync, iterate };
