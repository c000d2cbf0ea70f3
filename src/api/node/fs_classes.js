// node:fs Stats, Dirent, Dir.
const { constants } = internal.load("node/fs_constants");
const errors = internal.load("node/errors");
const { S_IFMT, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFLNK, S_IFSOCK, UV_DIRENT_FILE, UV_DIRENT_DIR, UV_DIRENT_LINK, UV_DIRENT_CHAR } = constants;

const kinds = {
  file: [S_IFREG, UV_DIRENT_FILE, "isFile"], dir: [S_IFDIR, UV_DIRENT_DIR, "isDirectory"],
  link: [S_IFLNK, UV_DIRENT_LINK, "isSymbolicLink"], device: [S_IFCHR, UV_DIRENT_CHAR, "isCharacterDevice"],
};

// Who may: everybody may read; write where it can be written.
function modeOf(node) {
  return kinds[node.kind][0] | (node.writable && node.kind !== "link" ? 0o666 : 0o444) & (node.kind === "link" ? 0o444 : 0o777);
}

class Stats {
  constructor(node, bigint = false) {
    const n = bigint ? BigInt : Number;
    const mtime = Math.trunc(node.mtime);
    this.dev = n(node.kind === "device" ? 1 : 0);
    this.ino = n(0);
    this.mode = n(modeOf(node));
    this.nlink = n(node.names ?? 1);
    this.uid = this.gid = this.rdev = n(0);
    this.size = n(node.size);
    this.blksize = this.blocks = n(0);
    this.atimeMs = n(0);
    this.mtimeMs = n(mtime);
    this.ctimeMs = n(mtime);
    this.birthtimeMs = n(0);
    if (bigint) {
      this.atimeNs = 0n;
      this.mtimeNs = this.ctimeNs = BigInt(mtime) * 1000000n;
      this.birthtimeNs = 0n;
    }
    this.atime = new Date(0);
    this.mtime = new Date(mtime);
    this.ctime = new Date(mtime);
    this.birthtime = new Date(0);
  }
}
const tests = { isFile: S_IFREG, isDirectory: S_IFDIR, isBlockDevice: S_IFBLK, isCharacterDevice: S_IFCHR, isSymbolicLink: S_IFLNK, isFIFO: S_IFIFO, isSocket: S_IFSOCK };
for (const name of Object.keys(tests))
  Object.defineProperty(Stats.prototype, name, { __proto__: null, writable: true, configurable: true, value: { [name]() {
    return (Number(this.mode) & S_IFMT) === tests[name];
  } }[name] });

const kKind = Symbol("kind");
class Dirent {
  constructor(name, node, parentPath) {
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    Object.defineProperty(this, kKind, { __proto__: null, value: node.kind });
  }
}
for (const name of Object.keys(tests))
  Object.defineProperty(Dirent.prototype, name, { __proto__: null, writable: true, configurable: true, value: { [name]() {
    return kinds[this[kKind]][2] === name;
  } }[name] });

// A directory that is being read: what was there when it was opened.
class Dir {
  #path;
  #entries;
  #at = 0;
  #closed = false;
  constructor(path, entries) {
    this.#path = path;
    this.#entries = entries;
  }
  get path() {
    return this.#path;
  }
  #open() {
    if (this.#closed) throw errors.error("ERR_DIR_CLOSED", "Directory handle was closed");
  }
  readSync() {
    this.#open();
    return this.#entries[this.#at++] ?? null;
  }
  read(callback) {
    this.#open();
    if (callback === undefined) return Promise.resolve(this.readSync());
    errors.validateFunction(callback, "callback");
    const entry = this.readSync();
    internal.load("node/process").nextTick(callback, null, entry);
  }
  closeSync() {
    this.#open();
    this.#closed = true;
  }
  close(callback) {
    if (callback === undefined) {
      try {
        this.closeSync();
      } catch (error) {
        return Promise.reject(error);
      }
      return Promise.resolve();
    }
    errors.validateFunction(callback, "callback");
    this.closeSync();
    internal.load("node/process").nextTick(callback, null);
  }
  async *[Symbol.asyncIterator]() {
    try {
      for (let entry; (entry = this.readSync()) !== null; ) yield entry;
    } finally {
      if (!this.#closed) this.closeSync();
    }
  }
  async [Symbol.asyncDispose]() {
    if (!this.#closed) this.closeSync();
  }
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    if (!this.#closed) this.closeSync();
  }
}
Object.defineProperty(Dir.prototype, "entries", { __proto__: null, writable: true, configurable: true, value: Dir.prototype[Symbol.asyncIterator] });

return { Stats, Dirent, Dir };
