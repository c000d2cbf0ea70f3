// What node:fs can do: prepare.x(...arguments) checks the arguments and gives a function that does it. So fs.xSync() is
// prepare.x(...)(), fs.x() checks at once and answers later, and fs.promises.x() rejects.
const volume = internal.load("node/fs_volume");
const { fail, limit, space, walk, find, place, put, removeEntry, openNode, descriptor, closeFd, Dir, File, Link, MOST_FILE } = volume;
const errors = internal.load("node/errors");
const { validateInteger, validateUint32, validateBoolean, validateObject, validateString, validateFunction, validateArray, validateOneOf,
        invalidArgType, invalidArgValue, outOfRange } = errors;
const { Buffer } = internal.load("node/buffer");
const { constants } = internal.load("node/fs_constants");
const { Stats, Dirent, Dir: OpenDir } = internal.load("node/fs_classes");
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, F_OK, R_OK, W_OK, X_OK, COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;

// ---- Arguments

function pathOf(value, name = "path") {
  if (value instanceof URL) {
    if (value.protocol !== "file:") throw errors.typeError("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
    if (value.hostname !== "") throw errors.typeError("ERR_INVALID_FILE_URL_HOST", "File URL host must be \"localhost\" or empty");
    if (/%2f/i.test(value.pathname)) throw errors.typeError("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
    value = decodeURIComponent(value.pathname);
  } else if (ArrayBuffer.isView(value)) {
    value = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }
  if (typeof value !== "string") throw invalidArgType(name, ["string", "Buffer", "URL"], value);
  if (value.includes("\0")) throw invalidArgValue(name, value, "must be a string, Uint8Array, or URL without null bytes");
  return value;
}

function fdOf(fd) {
  validateInteger(fd, "fd", 0, 2147483647);
  return fd;
}

function modeOf(mode, name = "mode", otherwise) {
  if (mode === undefined || mode === null) {
    if (otherwise !== undefined) return otherwise;
    throw invalidArgType(name, ["integer", "string"], mode);
  }
  if (typeof mode === "string") {
    if (!/^[0-7]+$/.test(mode)) throw invalidArgValue(name, mode, "must be a 32-bit unsigned integer or an octal string");
    return Number.parseInt(mode, 8);
  }
  validateUint32(mode, name);
  return mode;
}

const flagNames = {
  __proto__: null, r: O_RDONLY, rs: O_RDONLY, "r+": O_RDWR, "rs+": O_RDWR, w: O_TRUNC | O_CREAT | O_WRONLY, wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  "w+": O_TRUNC | O_CREAT | O_RDWR, "wx+": O_TRUNC | O_CREAT | O_RDWR | O_EXCL, a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL, as: O_APPEND | O_CREAT | O_WRONLY, "a+": O_APPEND | O_CREAT | O_RDWR,
  "ax+": O_APPEND | O_CREAT | O_RDWR | O_EXCL, "as+": O_APPEND | O_CREAT | O_RDWR,
};
function flagsOf(flags, otherwise = "r") {
  if (flags == null) flags = otherwise;
  if (typeof flags === "number") {
    errors.validateInt32(flags, "flags");
    return flags;
  }
  const name = typeof flags === "string" ? flags.replace(/^(x)([wa])/, "$2$1").replace(/^s([ra])/, "$1s") : "";
  const value = flagNames[name];
  if (value === undefined) throw invalidArgValue("flags", flags);
  return value;
}

function encodingOf(encoding) {
  if (encoding == null || encoding === "buffer" || (typeof encoding === "string" && Buffer.isEncoding(encoding))) return encoding;
  throw invalidArgValue("encoding", encoding, "is invalid encoding");
}

// A string is the encoding.
function optionsOf(options, defaults = {}) {
  if (options == null || typeof options === "function") return defaults;
  if (typeof options === "string") options = { encoding: options };
  else validateObject(options, "options");
  encodingOf(options.encoding);
  if (options.signal !== undefined) errors.validateAbortSignal(options.signal, "options.signal");
  const all = { ...defaults };
  for (const key in options) all[key] = options[key]; // inherited ones too
  return all;
}

function plainOptions(options) {
  if (options === undefined || options === null) return {};
  validateObject(options, "options");
  return options;
}

const boolean = (options, ...names) => {
  for (const name of names) if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
};

const encoded = (text, encoding) => (encoding === "buffer" ? Buffer.from(text) : encoding && encoding !== "utf8" ? Buffer.from(text).toString(encoding) : text);

// Milliseconds of a time as utimes() takes it: a Date, milliseconds (as in Workers; Node.js has seconds), or a text of them.
function timeOf(value, name) {
  if (value instanceof Date) {
    return value.getTime();
  }
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "bigint") return Number(number);
  if (typeof number !== "number" || Number.isNaN(number)) {
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return Date.parse(value);
    throw invalidArgType(name, ["Date", "number", "string"], value);
  }
  return Number.isFinite(number) ? Math.trunc(number) : NaN;
}

function bytesOf(data, encoding, name = "data") {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" || encoding == null ? "utf8" : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType(name, ["string", "Buffer", "TypedArray", "DataView"], data);
}

function views(list, name = "buffers") {
  if (!Array.isArray(list)) throw invalidArgType(name, "ArrayBufferView[]", list);
  for (const view of list) if (!ArrayBuffer.isView(view)) throw invalidArgType(name, "ArrayBufferView[]", list);
  return list.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

// null: where the descriptor stands
function positionOf(position) {
  if (position === undefined || position === null) return null;
  if (typeof position === "bigint") {
    if (position > 0xffffffffn) throw fail("EINVAL", "write");
    return position < 0n ? null : Number(position);
  }
  validateInteger(position, "position", -1, 0xffffffff);
  return position < 0 ? null : position;
}

// ---- Opening, reading, writing

function openFile(path, flags, syscall = "open") {
  const access = flags & 3, read = access === O_RDONLY || access === O_RDWR, write = access === O_WRONLY || access === O_RDWR;
  const at = (flags & O_CREAT) !== 0 ? walk(path, syscall) : walk(path, syscall);
  let { node } = at;
  if (node !== undefined && (flags & O_EXCL) !== 0 && (flags & O_CREAT) !== 0) throw fail("EEXIST", syscall, at.path);
  if (node === undefined) {
    if ((flags & O_CREAT) === 0) throw fail("ENOENT", syscall, at.path);
    if (!at.dir.writable) throw fail("EPERM", syscall, at.path);
    node = put(at, new File(space()));
    return { node, path: at.path, access: { read, write, append: (flags & O_APPEND) !== 0 } };
  }
  if (write) {
    if (node.kind === "dir") throw fail("EISDIR", syscall, at.path);
    if (!node.writable) throw fail("EPERM", syscall, at.path);
  }
  if (write && (flags & O_TRUNC) !== 0 && node.kind === "file") node.truncate(0);
  return { node, path: at.path, access: { read, write, append: (flags & O_APPEND) !== 0 } };
}

function readFrom(fd, into, position, syscall = "read") {
  const d = descriptor(fd, syscall);
  if (!d.readable) throw fail("EBADF", syscall);
  if (d.node.kind === "dir") throw fail("EISDIR", syscall);
  const count = d.node.read(position ?? d.position, into);
  if (position === null) d.position += count;
  return count;
}

function writeTo(fd, from, position, syscall = "write") {
  const d = descriptor(fd, syscall);
  if (!d.writable) throw fail("EBADF", syscall);
  const at = d.append ? d.node.size : position ?? d.position;
  const count = d.node.write(at, from);
  if (position === null || d.append) d.position = at + count;
  return count;
}

// read(fd, buffer, offset, length, position) and its other forms
function readArguments(fd, buffer, offset, length, position) {
  fdOf(fd);
  if (!ArrayBuffer.isView(buffer)) throw invalidArgType("buffer", ["Buffer", "TypedArray", "DataView"], buffer);
  if (offset !== null && typeof offset === "object") ({ offset, length, position } = offset);
  if (offset == null) offset = 0;
  else validateInteger(offset, "offset", 0);
  if (offset > buffer.byteLength) throw outOfRange("offset", `>= 0 && <= ${buffer.byteLength}`, offset);
  if (length == null) length = buffer.byteLength - offset;
  else validateInteger(length, "length", 0);
  if (length > buffer.byteLength - offset) throw outOfRange("length", `<= ${buffer.byteLength - offset}`, length);
  return { into: new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length), at: positionOf(position) };
}

const outside = (name) => errors.rangeError("ERR_BUFFER_OUT_OF_BOUNDS", name === undefined ? "Attempt to access memory outside buffer bounds" : `"${name}" is outside of buffer bounds`);

function writeArguments(fd, data, offset, length, position) {
  fdOf(fd);
  if (typeof data === "string") {
    // (fd, string, position, encoding)
    if (offset !== null && typeof offset === "object") ({ position: offset, encoding: length } = offset);
    if (offset !== undefined && offset !== null && typeof offset !== "number" && typeof offset !== "bigint") throw invalidArgType("position", ["integer", "bigint"], offset);
    return { from: Buffer.from(data, typeof length === "string" ? encodingOf(length) : "utf8"), at: positionOf(offset) };
  }
  if (!ArrayBuffer.isView(data)) throw invalidArgType("buffer", ["string", "Buffer", "TypedArray", "DataView"], data);
  if (offset !== null && typeof offset === "object") ({ offset, length, position } = offset);
  if (offset == null) offset = 0;
  else if (typeof offset !== "number") throw invalidArgType("offset", "integer", offset);
  else validateInteger(offset, "offset", 0);
  if (offset > data.byteLength) throw outside("offset");
  if (length == null) length = data.byteLength - offset;
  else if (typeof length !== "number") throw invalidArgType("length", "integer", length);
  else validateInteger(length, "length", 0);
  if (length > data.byteLength - offset) throw outside("length");
  return { from: new Uint8Array(data.buffer, data.byteOffset + offset, length), at: positionOf(position) };
}

function wholeOf(node, path) {
  if (node.kind === "dir") throw fail("EISDIR", "read", path);
  if (node.kind === "device") {
    if (node.name === "null") return Buffer.alloc(0);
    throw fail("EINVAL", "read", path); // it has no end
  }
  const all = Buffer.alloc(node.size);
  node.read(0, all);
  return all;
}

// Data into a file by path or descriptor: how many bytes.
function putData(target, data, flags) {
  if (typeof target === "number") return writeTo(target, data, null);
  const { node, access } = openFile(target, flags);
  return node.write(access.append ? node.size : 0, data);
}

function fileArguments(file, data, options, flag) {
  const o = optionsOf(options, { encoding: "utf8", flag });
  boolean(o, "flush");
  if (o.mode !== undefined) modeOf(o.mode);
  const target = typeof file === "number" ? fdOf(file) : pathOf(file);
  return { target, bytes: bytesOf(data, o.encoding), flags: flagsOf(o.flag, flag) };
}

// ---- Directories

function entriesOf(path, { withFileTypes, recursive, encoding }, syscall = "scandir") {
  const list = [];
  const top = find(path, syscall);
  if (top.kind !== "dir") throw fail("ENOTDIR", syscall, path);
  const base = volume.normal(path);
  const add = (dir, from, prefix) => {
    for (const [name, node] of dir.entries) {
      list.push(withFileTypes ? new Dirent(encoded(name, encoding), node, from) : encoded(prefix + name, encoding));
      if (recursive && node.kind === "dir") add(node, from === "/" ? `/${name}` : `${from}/${name}`, `${prefix}${name}/`);
    }
  };
  add(top, base, "");
  return list;
}

function remove(path, { recursive, force }, syscall) {
  let at;
  try {
    at = walk(path, syscall, false);
    if (at.node === undefined) throw fail("ENOENT", syscall, at.path);
  } catch (error) {
    if (force && error.code === "ENOENT") return;
    throw error;
  }
  if (at.name === "") throw fail("EPERM", syscall, at.path);
  if (at.node.kind === "dir" && !recursive && at.node.entries.size > 0) throw fail("ENOTEMPTY", syscall, at.path);
  removeEntry(at, syscall);
}

function removeOptions(options) {
  const o = plainOptions(options);
  boolean(o, "recursive", "force");
  if (o.maxRetries !== undefined) validateUint32(o.maxRetries, "options.maxRetries");
  if (o.retryDelay !== undefined) errors.validateInt32(o.retryDelay, "options.retryDelay", 0);
  return o;
}

function makeDirs(path) {
  const full = volume.normal(path), parts = full === "/" ? [] : full.slice(1).split("/");
  let first, at = "";
  for (const part of parts) {
    at += `/${part}`;
    const here = walk(at, "mkdir");
    if (here.node === undefined) {
      if (!here.dir.writable) throw fail("EPERM", "mkdir", full);
      put(here, new Dir(space()));
      first ??= at;
    } else if (here.node.kind !== "dir") {
      throw fail(at === full ? "EEXIST" : "ENOTDIR", "mkdir", full);
    }
  }
  return first;
}

function statOptions(options, name = "options") {
  const o = plainOptions(options);
  boolean(o, "bigint", "throwIfNoEntry");
  return o;
}

function statOf(path, o, follow, syscall) {
  if (o.throwIfNoEntry === false) {
    let node;
    try {
      ({ node } = walk(path, syscall, follow));
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    }
    return node === undefined ? undefined : new Stats(node, o.bigint);
  }
  return new Stats(find(path, syscall, follow), o.bigint);
}

function copy(from, to, mode) {
  const source = find(from, "copyfile");
  if (source.kind === "dir") throw fail("EISDIR", "copyfile", from, to);
  const at = walk(to, "copyfile");
  if (at.node !== undefined && (mode & COPYFILE_EXCL) !== 0) throw fail("EEXIST", "copyfile", from, to);
  const { node } = openFile(to, O_WRONLY | O_CREAT, "copyfile");
  if (node === source) return;
  const all = wholeOf(source, from);
  node.truncate(0);
  node.write(0, all);
}

const ignoreMode = (syscall, follow) => (path, mode) => {
  path = pathOf(path);
  modeOf(mode);
  return () => void find(path, syscall, follow);
};
const ignoreOwner = (syscall, follow) => (path, uid, gid) => {
  path = pathOf(path);
  validateInteger(uid, "uid", -1, 0xffffffff);
  validateInteger(gid, "gid", -1, 0xffffffff);
  return () => void find(path, syscall, follow);
};
const times = (syscall, follow) => (path, atime, mtime) => {
  path = pathOf(path);
  timeOf(atime, "atime");
  const ms = timeOf(mtime, "mtime");
  return () => {
    checkTime(ms);
    setTime(find(path, syscall, follow), ms, syscall, path);
  };
};
function checkTime(ms) {
  if (Number.isNaN(ms)) throw new TypeError("The value cannot be converted because it is not a valid time.");
}
function setTime(node, ms, syscall, path) {
  if (node.space === undefined) throw fail("EPERM", syscall, path);
  node.mtime = ms;
}

const prepare = {
  access(path, mode = F_OK) {
    path = pathOf(path);
    validateInteger(mode, "mode", 0, R_OK | W_OK | X_OK);
    return () => {
      const node = find(path, "access");
      if ((mode & X_OK) !== 0 || ((mode & W_OK) !== 0 && !node.writable)) throw fail("ENOENT", "access", path);
    };
  },
  appendFile(file, data, options) {
    const { target, bytes, flags } = fileArguments(file, data, options, "a");
    return () => putData(target, bytes, flags);
  },
  chmod: ignoreMode("chmod", true),
  lchmod: ignoreMode("lchmod", false),
  fchmod(fd, mode) {
    fdOf(fd);
    modeOf(mode);
    return () => void descriptor(fd, "fstat");
  },
  chown: ignoreOwner("chown", true),
  lchown: ignoreOwner("lchown", false),
  fchown(fd, uid, gid) {
    fdOf(fd);
    validateInteger(uid, "uid", -1, 0xffffffff);
    validateInteger(gid, "gid", -1, 0xffffffff);
    return () => void descriptor(fd, "fstat");
  },
  close(fd) {
    fdOf(fd);
    return () => void closeFd(fd);
  },
  copyFile(from, to, mode = 0) {
    from = pathOf(from, "src");
    to = pathOf(to, "dest");
    if (typeof mode !== "number" || !Number.isInteger(mode) || mode < 0 || mode > 7) throw invalidArgValue("mode", mode);
    return () => {
      if ((mode & COPYFILE_FICLONE_FORCE) !== 0) throw errors.unsupported("COPYFILE_FICLONE_FORCE");
      copy(from, to, mode);
    };
  },
  cp: (from, to, options) => internal.load("node/fs_cp").prepare(pathOf(from, "src"), pathOf(to, "dest"), options),
  exists(path) {
    path = pathOf(path);
    return () => {
      try {
        return walk(path, "access").node !== undefined;
      } catch {
        return false;
      }
    };
  },
  fdatasync(fd) {
    fdOf(fd);
    return () => void descriptor(fd, "fdatasync");
  },
  fstat(fd, options) {
    fdOf(fd);
    const o = statOptions(options);
    return () => new Stats(descriptor(fd, "fstat").node, o.bigint);
  },
  fsync(fd) {
    fdOf(fd);
    return () => void descriptor(fd, "fsync");
  },
  ftruncate(fd, length = 0) {
    fdOf(fd);
    validateInteger(length ?? 0, "len", 0);
    return () => {
      const d = descriptor(fd, "ftruncate");
      if (!d.writable) throw fail("EINVAL", "ftruncate");
      d.node.truncate(length ?? 0);
    };
  },
  futimes(fd, atime, mtime) {
    fdOf(fd);
    timeOf(atime, "atime");
    const ms = timeOf(mtime, "mtime");
    return () => {
      checkTime(ms);
      setTime(descriptor(fd, "futime").node, ms, "futime");
    };
  },
  link(from, to) {
    from = pathOf(from, "existingPath");
    to = pathOf(to, "newPath");
    return () => {
      const node = find(from, "link", false);
      if (node.kind === "dir") throw fail("EPERM", "link", from, to);
      const at = place(to, "link", false);
      if (at.node !== undefined) throw fail("EEXIST", "link", from, to);
      if (node.space !== undefined) {
        node.space.entries++;
        if (node.kind === "file") node.names++;
      }
      put(at, node);
    };
  },
  lstat(path, options) {
    path = pathOf(path);
    const o = statOptions(options);
    return () => statOf(path, o, false, "lstat");
  },
  lutimes: times("lutime", false),
  mkdir(path, options) {
    path = pathOf(path);
    let recursive = false;
    if (typeof options === "number") modeOf(options);
    else if (typeof options === "string") {
      if (!/^[0-7]+$/.test(options)) throw invalidArgType("options", ["Object", "integer"], options);
    } else {
      const o = plainOptions(options);
      boolean(o, "recursive");
      if (o.mode !== undefined) modeOf(o.mode, "options.mode");
      recursive = o.recursive === true;
    }
    return () => {
      if (recursive) return makeDirs(path);
      const at = walk(path, "mkdir");
      if (at.node?.kind === "dir" && at.node.writable) return undefined; // as it should be
      if (at.node !== undefined) throw fail("EEXIST", "mkdir", at.path);
      if (!at.dir.writable) throw fail("EPERM", "mkdir", at.path);
      put(at, new Dir(space()));
      return undefined;
    };
  },
  mkdtemp(prefix, options) {
    prefix = pathOf(prefix, "prefix");
    const o = optionsOf(options);
    return () => {
      for (;;) {
        const path = `${prefix}${String(++space().temporary).padStart(6, "0")}`;
        const at = walk(path, "mkdtemp");
        if (at.node !== undefined) continue;
        if (!at.dir.writable) throw fail("EPERM", "mkdtemp", at.path);
        put(at, new Dir(space()));
        return encoded(path, o.encoding);
      }
    };
  },
  open(path, flags, mode) {
    path = pathOf(path);
    flags = flagsOf(flags);
    if (mode !== undefined && mode !== null) modeOf(mode);
    return () => {
      const { node, path: full, access } = openFile(path, flags);
      return openNode(node, full, access);
    };
  },
  opendir(path, options) {
    path = pathOf(path);
    const o = optionsOf(options);
    boolean(o, "recursive");
    if (o.bufferSize !== undefined) validateUint32(o.bufferSize, "options.bufferSize", true);
    return () => new OpenDir(path, entriesOf(path, { ...o, withFileTypes: true }, "opendir"));
  },
  read(fd, buffer, offset, length, position) {
    const { into, at } = readArguments(fd, buffer, offset, length, position);
    return () => readFrom(fd, into, at);
  },
  readFile(file, options) {
    const o = optionsOf(options, { encoding: null, flag: "r" });
    const target = typeof file === "number" ? fdOf(file) : pathOf(file);
    const flags = flagsOf(o.flag);
    return () => {
      const node = typeof target === "number" ? descriptor(target, "read").node : openFile(target, flags).node;
      const all = wholeOf(node, typeof target === "number" ? undefined : target);
      return o.encoding && o.encoding !== "buffer" ? all.toString(o.encoding) : all;
    };
  },
  readdir(path, options) {
    path = pathOf(path);
    const o = optionsOf(options, { encoding: "utf8" });
    boolean(o, "withFileTypes", "recursive");
    return () => entriesOf(path, o);
  },
  readlink(path, options) {
    path = pathOf(path);
    const o = optionsOf(options);
    return () => {
      const node = find(path, "readlink", false);
      if (node.kind !== "link") throw fail("EINVAL", "readlink", path);
      return encoded(node.target, o.encoding);
    };
  },
  readv(fd, buffers, position) {
    fdOf(fd);
    const list = views(buffers), at = positionOf(position);
    return () => {
      let total = 0;
      for (const into of list) {
        const count = readFrom(fd, into, at === null ? null : at + total);
        total += count;
        if (count < into.length) break;
      }
      return total;
    };
  },
  realpath(path, options) {
    path = pathOf(path);
    const o = optionsOf(options);
    return () => {
      const at = walk(path, "realpath");
      if (at.node === undefined) throw fail("ENOENT", "realpath", at.path);
      return encoded(at.path, o.encoding);
    };
  },
  rename(from, to) {
    from = pathOf(from, "oldPath");
    to = pathOf(to, "newPath");
    return () => {
      const source = walk(from, "rename", false);
      if (source.node === undefined) throw fail("ENOENT", "rename", source.path, to);
      if (!source.dir.writable || source.name === "") throw fail("EPERM", "rename", source.path, to);
      const at = place(to, "rename", false);
      if (!at.dir.writable) throw fail("EPERM", "rename", source.path, to);
      if (at.node === source.node) return;
      if (at.path.startsWith(`${source.path}/`)) throw fail("EINVAL", "rename", source.path, to);
      if (at.node !== undefined) {
        if (at.node.kind === "dir" && source.node.kind !== "dir") throw fail("EISDIR", "rename", source.path, to);
        if (at.node.kind !== "dir" && source.node.kind === "dir") throw fail("ENOTDIR", "rename", source.path, to);
        if (at.node.kind === "dir" && at.node.entries.size > 0) throw fail("ENOTEMPTY", "rename", source.path, to);
        removeEntry(at, "rename");
      }
      source.dir.entries.delete(source.name);
      source.dir.touch();
      put(at, source.node);
    };
  },
  rm(path, options) {
    path = pathOf(path);
    const o = removeOptions(options);
    return () => remove(path, o, "rm");
  },
  rmdir(path, options) {
    path = pathOf(path);
    const o = removeOptions(options);
    return () => {
      const node = find(path, "rmdir", false);
      if (node.kind !== "dir") throw fail("ENOTDIR", "rmdir", path);
      remove(path, { recursive: o.recursive }, "rmdir");
    };
  },
  stat(path, options) {
    path = pathOf(path);
    const o = statOptions(options);
    return () => statOf(path, o, true, "stat");
  },
  statfs(path, options) {
    path = pathOf(path);
    const o = plainOptions(options);
    boolean(o, "bigint");
    const zero = o.bigint ? 0n : 0; // there are no blocks
    return () => ({ type: zero, bsize: zero, blocks: zero, bfree: zero, bavail: zero, files: zero, ffree: zero });
  },
  symlink(target, path, type) {
    target = pathOf(target, "target");
    path = pathOf(path);
    if (type !== undefined && type !== null) validateOneOf(type, "type", ["dir", "file", "junction"]);
    return () => {
      const at = place(path, "symlink", false);
      if (at.node !== undefined) throw fail("EEXIST", "symlink", target, path);
      put(at, new Link(space(), target));
    };
  },
  truncate(path, length = 0) {
    path = pathOf(path);
    validateInteger(length ?? 0, "len", 0);
    return () => {
      const { node } = openFile(path, O_WRONLY, "open");
      node.truncate(length ?? 0);
    };
  },
  unlink(path) {
    path = pathOf(path);
    return () => {
      const at = walk(path, "unlink", false);
      if (at.node === undefined) throw fail("ENOENT", "unlink", at.path);
      if (at.node.kind === "dir") throw fail("EPERM", "unlink", at.path);
      removeEntry(at, "unlink");
    };
  },
  utimes: times("utime", true),
  write(fd, data, offset, length, position) {
    const { from, at } = writeArguments(fd, data, offset, length, position);
    return () => writeTo(fd, from, at);
  },
  writeFile(file, data, options) {
    const { target, bytes, flags } = fileArguments(file, data, options, "w");
    return () => putData(target, bytes, flags);
  },
  writev(fd, buffers, position) {
    fdOf(fd);
    const list = views(buffers), at = positionOf(position);
    return () => {
      let total = 0;
      descriptor(fd, "write");
      for (const from of list) total += writeTo(fd, from, at === null ? null : at + total);
      return total;
    };
  },
};

return { prepare, pathOf, fdOf, flagsOf, optionsOf, plainOptions, boolean, entriesOf, positionOf, readFrom, writeTo };
