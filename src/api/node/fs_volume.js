// The file system of an isolate, as node:fs sees it: /bundle, the Worker's modules, cannot be changed; /tmp is memory, each event
// has its own and it is gone with the event; /dev has null, zero, full and random. Here are the tree, paths, descriptors and the
// limits; nothing of it checks arguments (fs_prepare.js does).
const core = internal.core;
const { MOST_BYTES, MOST_FILE, MOST_ENTRIES, MOST_FDS } = natives.limits();
const MOST_PATH = 4096, MOST_SEGMENTS = 48, MOST_LINKS = 32;

const numbers = { EPERM: 1, ENOENT: 2, EIO: 5, EBADF: 9, EACCES: 13, EEXIST: 17, EXDEV: 18, ENOTDIR: 20, EISDIR: 21, EINVAL: 22, EMFILE: 24, EFBIG: 27,
                  ENOSPC: 28, EROFS: 30, ENAMETOOLONG: 36, ENOTEMPTY: 39, ELOOP: 40, ENOTSUP: 95 };
const texts = { EPERM: "operation not permitted", ENOENT: "no such file or directory", EIO: "i/o error", EBADF: "bad file descriptor",
                EACCES: "permission denied", EEXIST: "file already exists", EXDEV: "cross-device link not permitted", ENOTDIR: "not a directory",
                EISDIR: "illegal operation on a directory", EINVAL: "invalid argument", EMFILE: "too many open files", EFBIG: "file too large",
                ENOSPC: "no space left on device", EROFS: "read-only file system", ENAMETOOLONG: "name too long", ENOTEMPTY: "directory not empty",
                ELOOP: "too many symbolic links encountered", ENOTSUP: "operation not supported on socket" };

const kSystem = Symbol("system error");
function fail(code, syscall, path, dest) {
  const where = path === undefined ? "" : ` '${path}'${dest === undefined ? "" : ` -> '${dest}'`}`;
  const e = new Error(`${code}: ${texts[code]}, ${syscall}${where}`);
  e.errno = -numbers[code];
  e.code = code;
  e.syscall = syscall;
  if (path !== undefined) e.path = path;
  if (dest !== undefined) e.dest = dest;
  Object.defineProperty(e, kSystem, { __proto__: null, value: true });
  return e;
}
// Errors that callbacks get; all others are of the arguments, and thrown.
const isSystem = (e) => e !== null && typeof e === "object" && e[kSystem] === true;
function limit(message, code = "EFBIG") {
  const e = new Error(message);
  e.code = code;
  Object.defineProperty(e, kSystem, { __proto__: null, value: true });
  return e;
}

// ---- Nodes. `space` is the /tmp that pays for a node; undefined: it cannot be changed.

const now = () => Date.now();

class Node {
  constructor(space) {
    this.space = space;
    this.mtime = 0; // until something is written
    if (!space) return;
    if (space.entries >= MOST_ENTRIES) throw fail("ENOSPC", "open");
    space.entries++;
  }
  get writable() {
    return this.space !== undefined;
  }
  touch() {
    this.mtime = now();
  }
}

class Dir extends Node {
  kind = "dir";
  entries = new Map();
  get size() {
    return 0;
  }
}

class Link extends Node {
  kind = "link";
  constructor(space, target) {
    super(space);
    this.target = target;
  }
  get size() {
    return 0;
  }
}

const none = new Uint8Array(0);
class File extends Node {
  kind = "file";
  size = 0;
  names = 1; // hard links
  bytes = none; // its first bytes; what is beyond, up to size, is zeros
  read(at, into) {
    const end = Math.min(this.size, at + into.length), count = Math.max(0, end - at);
    const have = Math.max(0, Math.min(this.bytes.length, at + count) - at);
    if (have > 0) into.set(this.bytes.subarray(at, at + have));
    if (count > have) into.fill(0, have, count);
    return count;
  }
  write(at, from) {
    const end = at + from.length;
    if (end > MOST_FILE) throw limit("File size limit exceeded");
    if (end > this.bytes.length) this.#grow(end);
    this.bytes.set(from, at);
    if (end > this.size) this.size = end;
    this.touch();
    return from.length;
  }
  truncate(size) {
    if (size > MOST_FILE) throw limit("File size limit exceeded");
    if (size < this.bytes.length) {
      if (size === 0) {
        this.space.bytes -= this.bytes.length;
        this.bytes = none;
      } else {
        this.bytes.fill(0, size);
      }
    }
    this.size = size;
    this.touch();
  }
  #grow(least) {
    const wanted = Math.min(MOST_FILE, Math.max(least, Math.min(this.bytes.length * 2, this.bytes.length + (1 << 20)), 256));
    if (this.space.bytes + wanted - this.bytes.length > MOST_BYTES) throw fail("ENOSPC", "write");
    const more = new Uint8Array(wanted);
    more.set(this.bytes.subarray(0, Math.min(this.size, this.bytes.length)));
    this.space.bytes += wanted - this.bytes.length;
    this.bytes = more;
  }
}

class BundleFile extends Node {
  kind = "file";
  #index;
  #bytes;
  constructor(index, size) {
    super(undefined);
    this.#index = index;
    this.size = size;
  }
  get bytes() {
    return (this.#bytes ??= new Uint8Array(natives.module(this.#index)));
  }
  read(at, into) {
    const part = this.bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  }
}

class Device extends Node {
  kind = "device";
  size = 0;
  constructor(name) {
    super(undefined);
    this.name = name;
  }
  get writable() {
    return true;
  }
  read(at, into) {
    if (this.name === "null") return 0;
    if (this.name !== "random") into.fill(0);
    else for (let i = 0; i < into.length; i += 65536) internal.load("crypto").crypto.getRandomValues(into.subarray(i, i + 65536));
    return into.length;
  }
  write(at, from) {
    if (this.name === "full") throw fail("ENOSPC", "write");
    return from.length;
  }
  truncate() {}
}

// ---- What all events of the isolate share, and what each has

// Descriptors 0, 1, 2.
class Standard extends Node {
  kind = "device";
  name = "null";
  size = 0;
  constructor(fd) {
    super(undefined);
    this.fd = fd;
  }
  get writable() {
    return this.fd > 0;
  }
  read() {
    return 0;
  }
  write(at, from) {
    return internal.load("node/stdio").write(this.fd, from);
  }
  truncate() {}
}

function readOnlyDir(names, make) {
  const dir = new Dir(undefined);
  for (const name of names) dir.entries.set(name, make(name));
  return dir;
}

let sharedDirs;
function shared() {
  if (sharedDirs) return sharedDirs;
  const bundle = new Dir(undefined), list = natives.modules(); // [name, size, ...]
  for (let i = 0; i < list.length; i += 2) {
    let dir = bundle;
    const parts = list[i].split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    const name = parts.pop();
    for (const part of parts) {
      let next = dir.entries.get(part);
      if (next === undefined || next.kind !== "dir") dir.entries.set(part, (next = new Dir(undefined)));
      dir = next;
    }
    if (name !== undefined) dir.entries.set(name, new BundleFile(i / 2, list[i + 1]));
  }
  sharedDirs = { bundle, dev: readOnlyDir(["null", "zero", "full", "random"], (name) => new Device(name)) };
  return sharedDirs;
}

class Space {
  bytes = 0;
  entries = 0;
  constructor() {
    this.tmp = new Dir(this);
    const { bundle, dev } = shared();
    this.root = new Dir(undefined);
    this.root.entries.set("bundle", bundle);
    this.root.entries.set("tmp", this.tmp);
    this.root.entries.set("dev", dev);
    this.fds = new Map();
    this.nextFd = 3;
    this.temporary = 0; // names of mkdtemp()
  }
}
const spaces = new WeakMap(); // event -> Space
let outside; // of top-level code
function space() {
  const event = core.current();
  if (event === null) return (outside ??= new Space());
  let s = spaces.get(event);
  if (s === undefined) spaces.set(event, (s = new Space()));
  return s;
}

// ---- Paths

// An absolute path without ".", "..", "//".
function normal(path) {
  if (path.length > MOST_PATH) throw limit("File path is too long", "ENAMETOOLONG");
  const full = path[0] === "/" ? path : `${internal.load("node/process").cwd()}/${path}`;
  const parts = [];
  for (const part of full.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  if (parts.length > MOST_SEGMENTS) throw limit("File path has too many segments", "ENAMETOOLONG");
  return `/${parts.join("/")}`;
}

// { node, dir, name }: what is there (or undefined), and where. `follow`: through a link at the end too. Throws when a directory on
// the way is missing or none.
function walk(path, syscall, follow = true, budget = { links: 0 }) {
  const s = space(), full = normal(path);
  let dir = s.root, node = s.root, name = "";
  const parts = full === "/" ? [] : full.slice(1).split("/");
  for (let i = 0; i < parts.length; i++) {
    if (node.kind === "link") throw fail("ELOOP", syscall, full);
    if (node.kind !== "dir") throw fail("ENOTDIR", syscall, full);
    dir = node;
    name = parts[i];
    node = dir.entries.get(name);
    const last = i === parts.length - 1;
    if (node === undefined && !last) throw fail("ENOENT", syscall, full);
    if (node?.kind === "link" && (!last || follow)) {
      if (++budget.links > MOST_LINKS) throw fail("ELOOP", syscall, full);
      const target = node.target[0] === "/" ? node.target : `/${parts.slice(0, i).join("/")}/${node.target}`;
      const there = walk([target, ...parts.slice(i + 1)].join("/"), syscall, follow, budget);
      return there;
    }
  }
  return { node, dir, name, path: full };
}

function find(path, syscall, follow = true) {
  const { node, path: full } = walk(path, syscall, follow);
  if (node === undefined) throw fail("ENOENT", syscall, full);
  return node;
}

// Where something new may be put.
function place(path, syscall, follow = true) {
  const at = walk(path, syscall, follow);
  if (at.name === "") throw fail(at.node ? "EEXIST" : "EINVAL", syscall, at.path);
  if (at.node === undefined && !at.dir.writable) throw fail("EPERM", syscall, at.path);
  return at;
}

function put(at, node) {
  at.dir.entries.set(at.name, node);
  at.dir.touch();
  return node;
}

// Gives back what a tree held. Bytes of a file that is still open stay counted until it is closed.
function release(node) {
  const { space: s } = node;
  if (s === undefined) return;
  s.entries--;
  if (node.kind === "dir") for (const child of node.entries.values()) release(child);
  if (node.kind !== "file" || --node.names > 0) return;
  node.unlinked = true;
  settle(node);
}

function removeEntry(at, syscall) {
  if (!at.dir.writable) throw fail("EPERM", syscall, at.path);
  at.dir.entries.delete(at.name);
  at.dir.touch();
  release(at.node);
}

// A file that nobody can reach any more gives back its bytes.
function settle(file) {
  if (!file.unlinked || file.opens > 0 || file.bytes === none) return;
  file.space.bytes -= file.bytes.length;
  file.bytes = none;
}

// ---- Descriptors

const standard = [];
class Descriptor {
  constructor(node, path, { read, write, append }) {
    this.node = node;
    this.path = path;
    this.readable = read;
    this.writable = write;
    this.append = append;
    this.position = 0;
  }
}

function openNode(node, path, access) {
  const s = space();
  if (s.fds.size >= MOST_FDS) throw fail("EMFILE", "open", path);
  const fd = s.nextFd++;
  node.opens = (node.opens ?? 0) + 1;
  s.fds.set(fd, new Descriptor(node, path, access));
  return fd;
}

function descriptor(fd, syscall) {
  if (fd <= 2) return (standard[fd] ??= new Descriptor(new Standard(fd), undefined, { read: fd === 0, write: fd > 0, append: false }));
  const d = space().fds.get(fd) ?? outside?.fds.get(fd);
  if (d === undefined) throw fail("EBADF", syscall);
  return d;
}

function closeFd(fd) {
  const s = space(), d = s.fds.get(fd);
  if (d === undefined) return false;
  s.fds.delete(fd);
  d.node.opens--;
  if (d.node.kind === "file" && d.node.space) settle(d.node);
  return true;
}

return { fail, isSystem, limit, space, normal, walk, find, place, put, removeEntry, openNode, descriptor, closeFd, Dir, File, Link, MOST_FILE };
