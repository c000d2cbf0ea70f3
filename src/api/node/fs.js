// node:fs. What it does is in fs_prepare.js; here it becomes sync functions and functions with a callback.
const { prepare, pathOf, optionsOf } = internal.load("node/fs_prepare");
const { isSystem } = internal.load("node/fs_volume");
const { Stats, Dirent, Dir } = internal.load("node/fs_classes");
const { constants } = internal.load("node/fs_constants");
const { validateFunction, validateObject, validateString, unsupported } = internal.load("node/errors");
const { nextTick } = internal.load("node/process");
const streams = () => internal.load("node/fs_streams");

const fs = {};
const named = (name, fn) => Object.defineProperty(fn, "name", { __proto__: null, value: name, configurable: true });

// callback(error, ...results(value))
function later(run, callback, results) {
  let value;
  try {
    value = run();
  } catch (error) {
    return nextTick(callback, error);
  }
  if (results) nextTick(() => callback(null, ...results(value)));
  else if (value === undefined) nextTick(callback, null);
  else nextTick(callback, null, value);
}

// What a callback gets besides the value.
const more = { read: 1, readv: 1, write: 1, writev: 1 };
for (const name of Object.keys(prepare)) {
  fs[`${name}Sync`] = named(`${name}Sync`, (...args) => prepare[name](...args)());
  fs[name] = named(name, (...args) => {
    let callback = args[args.length - 1];
    const has = typeof callback === "function";
    if (has) args.pop();
    else if (args.length > 0 && name === "close" && args.length === 1) callback = () => {};
    const run = prepare[name](...args);
    validateFunction(has || name === "close" ? callback : undefined, "callback");
    later(run, callback, more[name] ? (count) => [count, args[1]] : undefined);
  });
}

fs.existsSync = named("existsSync", (path) => {
  try {
    return prepare.exists(path)();
  } catch {
    return false;
  }
});
fs.exists = named("exists", (path, callback) => {
  validateFunction(callback, "callback");
  const there = fs.existsSync(path);
  nextTick(callback, there);
});
Object.defineProperty(fs.exists, Symbol.for("nodejs.util.promisify.custom"), { __proto__: null, value: async (path) => fs.existsSync(path) });

// read(fd), read(fd, options), read(fd, buffer, ...): without a buffer it makes one.
fs.read = named("read", (fd, buffer, ...rest) => {
  if (typeof buffer === "function" || (typeof buffer === "object" && buffer !== null && !ArrayBuffer.isView(buffer))) {
    const options = typeof buffer === "function" ? {} : buffer;
    const callback = typeof buffer === "function" ? buffer : rest[0];
    const { buffer: into = internal.load("node/buffer").Buffer.alloc(16384), offset, length, position } = options;
    return fs.read(fd, into, offset, length, position, callback);
  }
  const callback = rest.pop();
  const run = prepare.read(fd, buffer, ...rest);
  validateFunction(callback, "callback");
  later(run, callback, (count) => [count, buffer]);
});
for (const [name, key] of [["read", "bytesRead"], ["write", "bytesWritten"], ["readv", "bytesRead"], ["writev", "bytesWritten"]])
  Object.defineProperty(fs[name], Symbol.for("nodejs.util.promisify.custom"), {
    __proto__: null,
    value: async (fd, buffer, ...rest) => ({ [key]: prepare[name](fd, buffer, ...rest)(), [key.startsWith("bytes") && name.endsWith("v") ? "buffers" : "buffer"]: buffer }),
  });

fs.realpathSync.native = fs.realpathSync;
fs.realpath.native = fs.realpath;

fs.openAsBlob = named("openAsBlob", (path, options = {}) => {
  path = pathOf(path);
  validateObject(options, "options");
  if (options.type !== undefined) validateString(options.type, "options.type");
  return new Blob([prepare.readFile(path)()], { type: options.type ?? "" });
});

fs.globSync = named("globSync", (pattern, options) => internal.load("node/fs_glob").globSync(pattern, options));
fs.glob = named("glob", (pattern, options, callback) => {
  if (typeof options === "function") {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, "callback");
  const glob = internal.load("node/fs_glob");
  let found;
  try {
    found = glob.globSync(pattern, options);
  } catch (error) {
    if (!isSystem(error)) throw error;
    return nextTick(callback, error);
  }
  nextTick(callback, null, found);
});

for (const name of ["watch", "watchFile", "unwatchFile"])
  fs[name] = named(name, () => {
    throw unsupported(`fs.${name}`);
  });

fs.createReadStream = function createReadStream(path, options) {
  return new (streams().ReadStream)(path, options);
};
fs.createWriteStream = function createWriteStream(path, options) {
  return new (streams().WriteStream)(path, options);
};
for (const [name, Class] of [["ReadStream", "ReadStream"], ["FileReadStream", "ReadStream"], ["WriteStream", "WriteStream"], ["FileWriteStream", "WriteStream"]])
  Object.defineProperty(fs, name, { __proto__: null, enumerable: true, configurable: true, get: () => streams()[Class] });

Object.assign(fs, { Stats, Dirent, Dir, constants, F_OK: constants.F_OK, R_OK: constants.R_OK, W_OK: constants.W_OK, X_OK: constants.X_OK });
Object.defineProperty(fs, "promises", { __proto__: null, enumerable: true, configurable: true, get: () => internal.load("node/fs_promises") });
return fs;
