// node:tty: no descriptor is a terminal.
const { Duplex } = internal.load("node/stream");

class ReadStream extends Duplex {
  isRaw = false;
  isTTY = false;
  constructor(fd, options) {
    super({ ...options, read() {}, write: (chunk, encoding, callback) => callback() });
    this.fd = fd;
  }
  setRawMode(mode) {
    this.isRaw = mode;
    return this;
  }
}

class WriteStream extends Duplex {
  columns = 0;
  rows = 0;
  constructor(fd, options) {
    super({ ...options, read() {}, write: (chunk, encoding, callback) => callback() });
    this.fd = fd;
  }
  getColorDepth() {
    return 8;
  }
  hasColors() {
    return false;
  }
  getWindowSize() {
    return [this.columns, this.rows];
  }
  _refreshSize() {}
}
WriteStream.prototype.isTTY = true;
for (const name of ["cursorTo", "moveCursor", "clearLine", "clearScreenDown"])
  WriteStream.prototype[name] = { [name](...args) {
    const callback = args[args.length - 1];
    if (typeof callback === "function") callback();
    return false;
  } }[name];

return { isatty: () => false, ReadStream, WriteStream };
