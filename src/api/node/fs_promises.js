// node:fs/promises: the same as promises, and FileHandle.
const { prepare, pathOf, fdOf, flagsOf, optionsOf } = internal.load("node/fs_prepare");
const { fail } = internal.load("node/fs_volume");
const { constants } = internal.load("node/fs_constants");
const errors = internal.load("node/errors");
const { unsupported } = errors;
const EventEmitter = internal.load("node/events");
const { Buffer } = internal.load("node/buffer");

const promises = { constants };
for (const name of Object.keys(prepare)) {
  if (name === "exists" || name === "close" || /^f(chmod|chown|datasync|stat|sync|truncate|utimes)$/.test(name) || /^(read|write)v?$/.test(name)) continue;
  promises[name] = { [name]: async (...args) => prepare[name](...args.map(handleToFd))() }[name];
}
for (const name of ["writeFile", "appendFile"]) {
  const write = promises[name];
  promises[name] = { [name]: async (file, data, options) => {
    if (data !== null && typeof data === "object" && !ArrayBuffer.isView(data) && (data[Symbol.asyncIterator] || data[Symbol.iterator]))
      data = await collect(data, options);
    await write(file, data, options);
  } }[name];
}
async function collect(source, options) {
  const chunks = [];
  for await (const chunk of source) chunks.push(typeof chunk === "string" ? Buffer.from(chunk, options?.encoding ?? undefined) : chunk);
  return Buffer.concat(chunks);
}

const handleToFd = (v) => (v instanceof FileHandle ? v.fd : v);

class FileHandle extends EventEmitter {
  #fd;
  #web = false; // readableWebStream() was called
  constructor(fd) {
    super();
    this.#fd = fd;
  }
  get fd() {
    return this.#fd < 0 ? undefined : this.#fd;
  }
  // prepare.x on this descriptor
  async #do(name, syscall, ...args) {
    if (this.#fd < 0) throw fail("EBADF", syscall);
    return prepare[name](this.#fd, ...args)();
  }
  async read(buffer, ...rest) {
    if (buffer === undefined || buffer === null || !ArrayBuffer.isView(buffer)) {
      const options = buffer ?? {};
      buffer = options.buffer ?? Buffer.alloc(16384);
      rest = [options.offset, options.length, options.position];
    }
    return { bytesRead: await this.#do("read", "read", buffer, ...rest), buffer };
  }
  async write(buffer, ...rest) {
    return { bytesWritten: await this.#do("write", "write", buffer, ...rest), buffer };
  }
  async readv(buffers, position) {
    return { bytesRead: await this.#do("readv", "read", buffers, position), buffers };
  }
  async writev(buffers, position) {
    return { bytesWritten: await this.#do("writev", "write", buffers, position), buffers };
  }
  readFile(options) {
    return this.#do("readFile", "read", options);
  }
  async writeFile(data, options) {
    await this.#do("writeFile", "write", data, options);
  }
  async appendFile(data, options) {
    await this.#do("writeFile", "write", data, options);
  }
  stat(options) {
    return this.#do("fstat", "fstat", options);
  }
  chmod(mode) {
    return this.#do("fchmod", "fchmod", mode);
  }
  chown(uid, gid) {
    return this.#do("fchown", "fchown", uid, gid);
  }
  sync() {
    return this.#do("fsync", "fsync");
  }
  datasync() {
    return this.#do("fdatasync", "fdatasync");
  }
  truncate(length) {
    return this.#do("ftruncate", "ftruncate", length);
  }
  utimes(atime, mtime) {
    return this.#do("futimes", "futime", atime, mtime);
  }
  createReadStream(options) {
    return new (internal.load("node/fs_streams").ReadStream)(undefined, { ...options, fd: this });
  }
  createWriteStream(options) {
    return new (internal.load("node/fs_streams").WriteStream)(undefined, { ...options, fd: this });
  }
  readableWebStream() {
    const self = this;
    if (this.#fd < 0) throw fail("EBADF", "read");
    if (this.#web) throw errors.error("ERR_INVALID_STATE", "Invalid state: The FileHandle is locked");
    this.#web = true;
    return new ReadableStream({
      type: "bytes",
      async pull(controller) {
        if (self.#fd < 0) return controller.close();
        const { bytesRead, buffer } = await self.read(Buffer.alloc(65536));
        if (bytesRead === 0) {
          await self.close();
          controller.close();
        }
        else controller.enqueue(new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead));
      },
    });
  }
  readLines(options) {
    return internal.load("node/readline").createInterface({ input: this.createReadStream(options) });
  }
  async close() {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    prepare.close(fd)();
    internal.load("node/process").nextTick(() => this.emit("close"));
  }
  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

promises.open = async function open(path, flags, mode) {
  return new FileHandle(prepare.open(path, flags, mode)());
};
promises.glob = function glob(pattern, options) {
  return internal.load("node/fs_glob").iterate(pattern, options);
};
promises.watch = function watch() {
  throw unsupported("fs.watch");
};
Object.defineProperty(promises, "FileHandle", { __proto__: null, enumerable: false, configurable: true, value: FileHandle });
return promises;
