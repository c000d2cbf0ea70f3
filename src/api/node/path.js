// node:path, for POSIX and for Windows. https://nodejs.org/api/path.html
const lazy = internal.load;
const errors = () => lazy("node/errors");
const isString = (v, name) => errors().validateString(v, name);

// "." and ".." of a path worked out. absolute: nothing lies above the root, so ".." there vanishes.
function normalizeParts(path, absolute, separator, isSeparator) {
  const out = [];
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i < path.length && !isSeparator(path.charCodeAt(i))) continue;
    const part = path.slice(start, i);
    start = i + 1;
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length > 0 && out[out.length - 1] !== "..") out.pop();
    else if (!absolute) out.push("..");
  }
  return out.join(separator);
}
const slash = (c) => c === 47, either = (c) => c === 47 || c === 92;
const letter = (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122);

// basename, extname, dirname work on the part behind `root` (the length of "/", "C:\", "\\server\share\").
function baseOf(path, suffix, from, isSep) {
  let end = path.length;
  while (end > from && isSep(path.charCodeAt(end - 1))) end--;
  let start = end;
  while (start > from && !isSep(path.charCodeAt(start - 1))) start--;
  const base = path.slice(start, end);
  return suffix !== undefined && suffix.length < base.length && base.endsWith(suffix) ? base.slice(0, -suffix.length) : suffix === path && base === path ? "" : base;
}
function extOf(base) {
  const dot = base.lastIndexOf(".");
  return dot <= 0 || base === ".." ? "" : base.slice(dot);
}
function formatWith(separator, o) {
  errors().validateObject(o, "pathObject");
  const dir = o.dir || o.root, base = o.base || `${o.name || ""}${o.ext ? (o.ext[0] === "." ? "" : ".") + o.ext : ""}`;
  if (!dir) return base;
  return dir === o.root ? `${dir}${base}` : `${dir}${separator}${base}`;
}
// A glob as a regular expression: * ? ** [..] {a,b}
function globPattern(pattern, win) {
  const sep = win ? "[\\\\/]" : "/", not = win ? "[^\\\\/]" : "[^/]";
  let out = "", depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const ch = pattern[i];
    if (ch === "*") {
      if (pattern[i + 1] === "*") {
        i++;
        if (/[\\/]/.test(pattern[i + 1] ?? "") && (win || pattern[i + 1] === "/")) {
          i++;
          out += `(?:${not}+${sep})*`;
        } else out += ".*";
      } else out += `${not}*`;
    } else if (ch === "?") out += not;
    else if (ch === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) out += "\\[";
      else {
        out += `[${pattern.slice(i + 1, end).replace(/^!/, "^").replace(/\\/g, "\\\\")}]`;
        i = end;
      }
    } else if (ch === "{") {
      out += "(?:";
      depth++;
    } else if (ch === "}" && depth > 0) {
      out += ")";
      depth--;
    } else if (ch === "," && depth > 0) out += "|";
    else if (ch === "/" || (win && ch === "\\")) out += sep;
    else if (ch === "\\" && i + 1 < pattern.length) out += `\\${pattern[++i]}`;
    else out += ch.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }
  return new RegExp(`^${out}$`);
}

const posix = {
  sep: "/", delimiter: ":", win32: null, posix: null,
  resolve(...args) {
    let path = "", absolute = false;
    for (let i = args.length - 1; i >= -1 && !absolute; i--) {
      const part = i >= 0 ? args[i] : "/"; // as in Workers, whatever process.chdir() says
      if (i >= 0) isString(part, `paths[${i}]`);
      if (part.length === 0) continue;
      path = `${part}/${path}`;
      absolute = part[0] === "/";
    }
    path = normalizeParts(path, absolute, "/", slash);
    return absolute ? `/${path}` : path.length > 0 ? path : ".";
  },
  normalize(path) {
    isString(path, "path");
    if (path.length === 0) return ".";
    const absolute = path[0] === "/", trailing = path.endsWith("/");
    let out = normalizeParts(path, absolute, "/", slash);
    if (out.length === 0) return absolute ? "/" : trailing ? "./" : ".";
    if (trailing) out += "/";
    return absolute ? `/${out}` : out;
  },
  isAbsolute(path) {
    isString(path, "path");
    return path[0] === "/";
  },
  join(...args) {
    const parts = [];
    for (const a of args) {
      isString(a, "path");
      if (a.length > 0) parts.push(a);
    }
    return parts.length === 0 ? "." : posix.normalize(parts.join("/"));
  },
  relative(from, to) {
    isString(from, "from");
    isString(to, "to");
    if (from === to) return "";
    const a = posix.resolve(from).split("/").filter(Boolean), b = posix.resolve(to).split("/").filter(Boolean);
    let i = 0;
    while (i < a.length && i < b.length && a[i] === b[i]) i++;
    return [...a.slice(i).map(() => ".."), ...b.slice(i)].join("/");
  },
  toNamespacedPath: (path) => path,
  dirname(path) {
    isString(path, "path");
    if (path.length === 0) return ".";
    let end = path.length;
    while (end > 1 && path[end - 1] === "/") end--;
    while (end > 0 && path[end - 1] !== "/") end--;
    if (end === 0) return ".";
    if (end === 1) return "/";
    return end === 2 && path[0] === "/" ? "//" : path.slice(0, end - 1);
  },
  basename(path, suffix = undefined) {
    if (suffix !== undefined) isString(suffix, "suffix");
    isString(path, "path");
    return baseOf(path, suffix, 0, slash);
  },
  extname(path) {
    isString(path, "path");
    return extOf(baseOf(path, undefined, 0, slash));
  },
  format: (o) => formatWith("/", o),
  parse(path) {
    isString(path, "path");
    const root = path[0] === "/" ? "/" : "", base = baseOf(path, undefined, 0, slash), ext = extOf(base);
    let end = path.length;
    while (end > 0 && path[end - 1] === "/") end--;
    end -= base.length;
    const dir = base === "" || end <= 1 ? root : path.slice(0, end - 1);
    return { root, dir, base, ext, name: ext === "" ? base : base.slice(0, -ext.length) };
  },
  matchesGlob(path, pattern) {
    isString(path, "path");
    isString(pattern, "pattern");
    return globPattern(pattern, false).test(path);
  },
};

// The head of a Windows path: { device: "C:" or "\\server\share", absolute, length }.
function winHead(path, devices = true) {
  const n = path.length, none = { device: "", absolute: false, length: 0, unc: false };
  if (n === 0) return none;
  const c = path.charCodeAt(0);
  if (either(c)) {
    if (n > 1 && either(path.charCodeAt(1))) {
      let at = 2, last = 2;
      while (at < n && !either(path.charCodeAt(at))) at++;
      if (at < n && at !== last) {
        const server = path.slice(last, at);
        last = at;
        while (at < n && either(path.charCodeAt(at))) at++;
        if (at < n && at !== last) {
          last = at;
          while (at < n && !either(path.charCodeAt(at))) at++;
          if (devices && (server === "." || server === "?")) return { device: `\\\\${server}`, absolute: true, length: 4, unc: true, end: 4 };
          return { device: `\\\\${server}\\${path.slice(last, at)}`, absolute: true, length: at, unc: true, end: at };
        }
      }
    }
    return { device: "", absolute: true, length: 1, unc: false };
  }
  if (n > 1 && letter(c) && path[1] === ":") {
    const absolute = n > 2 && either(path.charCodeAt(2));
    return { device: path.slice(0, 2), absolute, length: absolute ? 3 : 2, unc: false };
  }
  return none;
}
const win32 = {
  sep: "\\", delimiter: ";", win32: null, posix: null,
  resolve(...args) {
    let device = "", tail = "", absolute = false;
    for (let i = args.length - 1; i >= -1; i--) {
      let path;
      if (i >= 0) {
        path = args[i];
        isString(path, `paths[${i}]`);
        if (path.length === 0) continue;
      } else if (device.length === 0) path = lazy("node/process").cwd();
      else {
        path = lazy("node/process").cwd();
        if (path.slice(0, 2).toLowerCase() !== device.toLowerCase() && path[2] === "\\" || !/^[a-z]:/i.test(path)) path = `${device}\\`;
      }
      const head = winHead(path);
      if (head.device.length > 0) {
        if (device.length > 0) {
          if (head.device.toLowerCase() !== device.toLowerCase()) continue;
        } else device = head.device;
      }
      if (absolute) {
        if (device.length > 0) break;
      } else {
        tail = `${path.slice(head.length)}\\${tail}`;
        absolute = head.absolute;
        if (absolute && device.length > 0) break;
      }
    }
    tail = normalizeParts(tail, absolute, "\\", either);
    return absolute ? `${device}\\${tail}` : `${device}${tail}` || ".";
  },
  normalize(path) {
    isString(path, "path");
    if (path.length === 0) return ".";
    if (path.length === 1) return path === "/" ? "\\" : path;
    const head = winHead(path);
    if (head.unc && head.length === path.length && head.length > 4) return `${head.device}\\`;
    let tail = head.length < path.length ? normalizeParts(path.slice(head.length), head.absolute, "\\", either) : "";
    if (tail.length === 0 && !head.absolute) tail = ".";
    if (tail.length > 0 && either(path.charCodeAt(path.length - 1))) tail += "\\";
    if (!head.absolute && head.device === "" && path.includes(":")) {
      // "x:stream" must not become a drive
      if (tail.length >= 2 && letter(tail.charCodeAt(0)) && tail[1] === ":") return `.\\${tail}`;
      for (let at = path.indexOf(":"); at >= 0; at = path.indexOf(":", at + 1))
        if (at === path.length - 1 || either(path.charCodeAt(at + 1))) return `.\\${tail}`;
    }
    if (head.device === "") return head.absolute ? `\\${tail}` : tail;
    return head.absolute ? `${head.device}\\${tail}` : `${head.device}${tail}`;
  },
  isAbsolute(path) {
    isString(path, "path");
    return path.length > 0 && (either(path.charCodeAt(0)) || (path.length > 2 && letter(path.charCodeAt(0)) && path[1] === ":" && either(path.charCodeAt(2))));
  },
  join(...args) {
    const parts = [];
    for (const a of args) {
      isString(a, "path");
      if (a.length > 0) parts.push(a);
    }
    if (parts.length === 0) return ".";
    let joined = parts.join("\\");
    // Only a first part that is UNC itself may make the whole one.
    const first = parts[0];
    let needs = true, slashes = 0;
    if (either(first.charCodeAt(0))) {
      slashes++;
      if (first.length > 1 && either(first.charCodeAt(1))) {
        slashes++;
        if (first.length > 2) {
          if (either(first.charCodeAt(2))) slashes++;
          else needs = false;
        }
      }
    }
    if (needs) {
      while (slashes < joined.length && either(joined.charCodeAt(slashes))) slashes++;
      if (slashes >= 2) joined = `\\${joined.slice(slashes)}`;
    }
    return win32.normalize(joined);
  },
  relative(from, to) {
    isString(from, "from");
    isString(to, "to");
    if (from === to) return "";
    const fromPath = win32.resolve(from), toPath = win32.resolve(to);
    if (fromPath.toLowerCase() === toPath.toLowerCase()) return "";
    const split = (p) => p.split("\\").filter(Boolean), a = split(fromPath), b = split(toPath);
    let i = 0;
    while (i < a.length && i < b.length && a[i].toLowerCase() === b[i].toLowerCase()) i++;
    if (i === 0 || (fromPath.startsWith("\\\\") !== toPath.startsWith("\\\\")) || (toPath.startsWith("\\\\") && i < 2)) return toPath;
    return [...a.slice(i).map(() => ".."), ...b.slice(i)].join("\\");
  },
  toNamespacedPath(path) {
    if (typeof path !== "string" || path.length === 0) return path;
    const full = win32.resolve(path);
    if (full.length <= 2) return path;
    if (full.startsWith("\\\\")) return full[2] !== "?" && full[2] !== "." ? `\\\\?\\UNC\\${full.slice(2)}` : full;
    if (letter(full.charCodeAt(0)) && full[1] === ":" && full[2] === "\\") return `\\\\?\\${full}`;
    return full;
  },
  dirname(path) {
    isString(path, "path");
    if (path.length === 0) return ".";
    const head = winHead(path, false);
    if (path.length === 1) return either(path.charCodeAt(0)) ? path : ".";
    let root = head.length;
    if (head.unc) {
      if (root === path.length) return path;
      if (either(path.charCodeAt(root))) root++;
    }
    let end = path.length;
    while (end > root && either(path.charCodeAt(end - 1))) end--;
    while (end > root && !either(path.charCodeAt(end - 1))) end--;
    if (end <= root) return root > 0 ? path.slice(0, root) : ".";
    return path.slice(0, end - 1);
  },
  basename(path, suffix = undefined) {
    if (suffix !== undefined) isString(suffix, "suffix");
    isString(path, "path");
    return baseOf(path, suffix, path.length >= 2 && letter(path.charCodeAt(0)) && path[1] === ":" ? 2 : 0, either);
  },
  extname(path) {
    isString(path, "path");
    return extOf(win32.basename(path));
  },
  format: (o) => formatWith("\\", o),
  parse(path) {
    isString(path, "path");
    if (path.length === 0) return { root: "", dir: "", base: "", ext: "", name: "" };
    const head = winHead(path, false);
    let root = head.length;
    if (head.unc && root < path.length && either(path.charCodeAt(root))) root++;
    const rootText = path.slice(0, root), base = baseOf(path.slice(root), undefined, 0, either), ext = extOf(base);
    let end = path.length;
    while (end > root && either(path.charCodeAt(end - 1))) end--;
    end -= base.length;
    const dir = end > root ? path.slice(0, end - 1) : rootText;
    return { root: rootText, dir, base, ext, name: ext === "" ? base : base.slice(0, -ext.length) };
  },
  matchesGlob(path, pattern) {
    isString(path, "path");
    isString(pattern, "pattern");
    return globPattern(pattern, true).test(path);
  },
};
posix._makeLong = posix.toNamespacedPath;
win32._makeLong = win32.toNamespacedPath;
posix.posix = win32.posix = posix;
posix.win32 = win32.win32 = win32;
return posix;
