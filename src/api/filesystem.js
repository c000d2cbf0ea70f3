// navigator.storage.getDirectory(): the file system of node:fs (node/fs_volume.js) by the classes of https://fs.spec.whatwg.org/
// With the flag enable_web_file_system only; install() puts the names where they belong. A handle is of a thing, not of a path: what is
// renamed keeps its handles. What a writable stream is given goes to a file aside, which takes the other's place when it is closed.
const {
  ArrayPrototypePush, AsyncIteratorPrototype, MapPrototypeEntries, MapPrototypeGet, MapPrototypeGetSize, MapIteratorPrototypeNext,
  ObjectCreate, ObjectDefineProperty, PromiseReject, PromiseResolve, StringPrototypeIncludes, SymbolAsyncIterator, TypeError, Uint8Array,
  globalThis,
} = primordials;
const lazy = internal.load;
const { dictionary, enforceRange, illegalConstructor, illegalInvocation, isObject, kInternal, required, usvString } = lazy("webidl");
const { asBytes } = lazy("bytes");
const writables = lazy("streams_writable");
const { Deferred } = lazy("streams_core");
const volume = lazy("node/fs_volume");
const MOST_LEVELS = 48, MOST_POSITION = 9007199254740991;

const refuse = (name, message) => {
  const { DOMException } = lazy("domexception");
  return new DOMException(message, name);
};
const notFound = () => refuse("NotFoundError", "Not found");
const readOnly = () => refuse("NoModificationAllowedError", "This part of the file system cannot be changed.");

// Every operation gives a promise; what it throws rejects it. What the volume refuses is a limit (QuotaExceededError).
function promised(fn) {
  try {
    return PromiseResolve(fn());
  } catch (e) {
    return PromiseReject(volume.isSystem(e) ? refuse("QuotaExceededError", e.message) : e);
  }
}

let partsOf; // { node, name } of a handle, or undefined
class FileSystemHandle {
  #h;
  static {
    partsOf = (v) => (isObject(v) && #h in v ? v.#h : undefined);
  }
  constructor(token = undefined, node = undefined, name = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#h = { __proto__: null, node, name };
  }
  get kind() { return own(this).node.kind === "dir" ? "directory" : "file"; }
  get name() { return own(this).name; }
  isSameEntry(other) {
    return promised(() => {
      required(arguments.length, 1, "isSameEntry");
      const that = partsOf(other);
      if (that === undefined) throw new TypeError("The argument is not a FileSystemHandle");
      return own(this).node === that.node;
    });
  }
}
internal.shape(FileSystemHandle, "FileSystemHandle");

function own(v, kind) {
  const h = partsOf(v);
  if (h === undefined || (kind !== undefined && (h.node.kind === "dir") !== (kind === "dir"))) throw illegalInvocation();
  return h;
}
// A link stands for what it names.
function handleOf(node, name) {
  if (node.kind === "link") throw refuse("NotAllowedError", "Links cannot be followed here.");
  return node.kind === "dir" ? new FileSystemDirectoryHandle(kInternal, node, name) : new FileSystemFileHandle(kInternal, node, name);
}

// --- Files -----------------------------------------------------------------------------------------------------------------
class FileSystemFileHandle extends FileSystemHandle {
  getFile() {
    return promised(() => {
      const { node, name } = own(this, "file");
      if (node.unlinked) throw notFound();
      const bytes = new Uint8Array(node.size);
      node.read(0, bytes);
      return lazy("blob").newFile(bytes, "", name, node.mtime);
    });
  }
  createWritable(options = undefined) {
    return promised(() => {
      const { node } = own(this, "file");
      const init = dictionary(options, "The options"), keeps = init !== undefined && !!init.keepExistingData;
      if (node.unlinked) throw notFound();
      if (node.space === undefined) throw readOnly();
      return new FileSystemWritableFileStream(kInternal, new Swap(node, keeps));
    });
  }
}
internal.shape(FileSystemFileHandle, "FileSystemFileHandle");

// What is written, until it is closed. Its bytes count as those of files do (fs_volume.js).
class Swap {
  constructor(node, keeps) {
    this.node = node;
    this.file = new volume.File(node.space);
    this.at = 0;
    if (!keeps || node.size === 0) return;
    const bytes = new Uint8Array(node.size);
    node.read(0, bytes);
    this.file.write(0, bytes);
  }
  write(v) {
    const bytes = lazy("blob").isBlob(v) ? lazy("blob").blobBytes(v) : (asBytes(v) ?? lazy("encoding").encode(usvString(v)));
    this.at += this.file.write(this.at, bytes);
  }
  // What fails is the end of the stream.
  take(v) {
    try {
      this.command(v);
    } catch (e) {
      this.drop();
      throw e;
    }
  }
  command(v) {
    if (!isObject(v) || lazy("blob").isBlob(v) || asBytes(v) !== undefined) return this.write(v);
    const type = `${v.type}`;
    if (type === "truncate") return this.truncate(number(v.size, "size"));
    if (type === "seek") return this.seek(number(v.position, "position"));
    if (type !== "write") throw new TypeError(`"${type}" is no command of a file stream`);
    if (v.data === undefined || v.data === null) throw refuse("SyntaxError", "A write needs data");
    if (v.position !== undefined && v.position !== null) this.seek(number(v.position, "position"));
    this.write(v.data);
  }
  seek(position) { this.at = position; }
  truncate(size) {
    this.file.truncate(size);
    if (this.at > size) this.at = size;
  }
  // Into the place of the old content.
  close() {
    const { node, file } = this;
    if (!node.unlinked) {
      node.truncate(0);
      node.bytes = file.bytes;
      node.size = file.size;
      file.bytes = new Uint8Array(0);
    }
    this.drop();
  }
  drop() {
    const { file } = this;
    if (file === undefined) return;
    this.file = undefined;
    file.space.bytes -= file.bytes.length;
    file.space.entries--;
  }
}
function number(v, name) {
  if (v === undefined || v === null) throw refuse("SyntaxError", `The command needs a ${name}`);
  return enforceRange(v, MOST_POSITION, name);
}

let recordOf;
class FileSystemWritableFileStream extends writables.WritableStream {
  #record;
  static {
    recordOf = (v) => {
      if (!isObject(v) || !(#record in v)) throw illegalInvocation();
      return v.#record;
    };
  }
  constructor(token = undefined, swap = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    const record = writables.createWritable(
      undefined, (chunk) => promised(() => swap.take(chunk)), () => promised(() => swap.close()), () => promised(() => swap.drop()));
    super(kInternal, record);
    this.#record = record;
    record.made = this;
  }
  write(data) {
    return send(this, arguments.length, "write", data);
  }
  seek(position) {
    return send(this, arguments.length, "seek", { __proto__: null, type: "seek", position });
  }
  truncate(size) {
    return send(this, arguments.length, "truncate", { __proto__: null, type: "truncate", size });
  }
}
internal.shape(FileSystemWritableFileStream, "FileSystemWritableFileStream");

// By a writer that lets go again.
function send(stream, given, method, chunk) {
  try {
    const record = recordOf(stream);
    required(given, 1, method);
    const writer = writables.acquireWriter(record), done = new Deferred();
    try {
      writer.write(chunk, done);
    } finally {
      writer.release();
    }
    return done.promise;
  } catch (e) {
    return PromiseReject(e);
  }
}

// --- Directories -------------------------------------------------------------------------------------------------------------
function checkName(v) {
  const name = usvString(v);
  if (name === "" || name === "." || name === ".." || StringPrototypeIncludes(name, "/"))
    throw new TypeError(`"${name}" cannot be the name of a file`);
  return name;
}
// getFileHandle() and getDirectoryHandle().
function child(handle, given, method, v, options, kind) {
  return promised(() => {
    const { node } = own(handle, "dir");
    required(given, 1, method);
    const name = checkName(v), init = dictionary(options, "The options"), creates = init !== undefined && !!init.create;
    let found = MapPrototypeGet(node.entries, name);
    if (found === undefined) {
      if (!creates) throw notFound();
      if (!node.writable) throw readOnly();
      found = volume.put({ __proto__: null, dir: node, name }, kind === "dir" ? new volume.Dir(node.space) : new volume.File(node.space));
    } else if ((found.kind === "dir") !== (kind === "dir")) {
      throw refuse("TypeMismatchError", `"${name}" is ${found.kind === "dir" ? "a directory" : "a file"}`);
    }
    return handleOf(found, name);
  });
}
function iterate(handle, make) {
  const { node } = own(handle, "dir"), entries = MapPrototypeEntries(node.entries), iterator = ObjectCreate(AsyncIteratorPrototype);
  const next = () => promised(() => {
    const { done, value } = MapIteratorPrototypeNext(entries);
    return done ? { done: true, value: undefined } : { done: false, value: make(value[0], value[1]) };
  });
  ObjectDefineProperty(iterator, "next", { __proto__: null, value: next, writable: true, configurable: true, enumerable: true });
  return iterator;
}
// The names from one directory to what is somewhere in it; null: it is not.
function pathTo(dir, wanted, levels) {
  if (dir === wanted) return [];
  if (dir.kind !== "dir" || levels === 0) return null;
  const entries = MapPrototypeEntries(dir.entries);
  for (;;) {
    const { done, value } = MapIteratorPrototypeNext(entries);
    if (done) return null;
    const rest = pathTo(value[1], wanted, levels - 1);
    if (rest === null) continue;
    const path = [value[0]];
    for (let i = 0; i < rest.length; i++) ArrayPrototypePush(path, rest[i]);
    return path;
  }
}

class FileSystemDirectoryHandle extends FileSystemHandle {
  getFileHandle(name, options = undefined) {
    return child(this, arguments.length, "getFileHandle", name, options, "file");
  }
  getDirectoryHandle(name, options = undefined) {
    return child(this, arguments.length, "getDirectoryHandle", name, options, "dir");
  }
  removeEntry(name, options = undefined) {
    return promised(() => {
      const { node: dir } = own(this, "dir");
      required(arguments.length, 1, "removeEntry");
      const text = checkName(name), init = dictionary(options, "The options"), node = MapPrototypeGet(dir.entries, text);
      if (node === undefined) throw notFound();
      if (!dir.writable) throw readOnly();
      if (node.kind === "dir" && MapPrototypeGetSize(node.entries) > 0 && !(init !== undefined && init.recursive))
        throw refuse("InvalidModificationError", `The directory "${text}" is not empty.`);
      volume.removeEntry({ __proto__: null, dir, name: text, node, path: text }, "unlink");
    });
  }
  resolve(possibleDescendant) {
    return promised(() => {
      const { node } = own(this, "dir"), that = partsOf(possibleDescendant);
      required(arguments.length, 1, "resolve");
      if (that === undefined) throw new TypeError("The argument is not a FileSystemHandle");
      return pathTo(node, that.node, MOST_LEVELS);
    });
  }
  entries() { return iterate(this, (name, node) => [name, handleOf(node, name)]); }
  keys() { return iterate(this, (name) => name); }
  values() { return iterate(this, (name, node) => handleOf(node, name)); }
}
internal.shape(FileSystemDirectoryHandle, "FileSystemDirectoryHandle");
ObjectDefineProperty(FileSystemDirectoryHandle.prototype, SymbolAsyncIterator, {
  __proto__: null, value: FileSystemDirectoryHandle.prototype.entries, writable: true, configurable: true,
});

let isStorage;
class StorageManager {
  #brand;
  static {
    isStorage = (v) => isObject(v) && #brand in v;
  }
  constructor(token = undefined) {
    if (token !== kInternal) throw illegalConstructor();
  }
  getDirectory() {
    return promised(() => {
      if (!isStorage(this)) throw illegalInvocation();
      return handleOf(volume.space().root, "");
    });
  }
}
internal.shape(StorageManager, "StorageManager");

function install() {
  const classes = {
    __proto__: null, FileSystemHandle, FileSystemFileHandle, FileSystemDirectoryHandle, FileSystemWritableFileStream, StorageManager,
  };
  for (const name in classes)
    ObjectDefineProperty(globalThis, name, { __proto__: null, value: classes[name], writable: true, configurable: true });
  const storage = new StorageManager(kInternal), { Navigator } = lazy("navigator");
  const holder = {
    get storage() {
      if (!lazy("navigator").isNavigator(this)) throw illegalInvocation();
      return storage;
    },
  };
  internal.copy(Navigator.prototype, holder);
}

return { install };
