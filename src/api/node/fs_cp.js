// node:fs cp(): a tree to another place.
const volume = internal.load("node/fs_volume");
const { walk, find, fail } = volume;
const { plainOptions, boolean } = internal.load("node/fs_prepare");
const errors = internal.load("node/errors");
const { validateFunction, validateInteger } = errors;

function problem(code, text, path, errno) {
  const e = errors.error(`ERR_FS_CP_${code}`, `${text}: ${path}`);
  e.errno = errno;
  e.syscall = "cp";
  e.path = path;
  return e;
}

function prepare(from, to, options) {
  const o = plainOptions(options);
  boolean(o, "dereference", "errorOnExist", "force", "preserveTimestamps", "recursive", "verbatimSymlinks");
  if (o.filter !== undefined) validateFunction(o.filter, "options.filter");
  if (o.mode !== undefined) validateInteger(o.mode, "options.mode", 0, 7);
  if (o.dereference === true && o.verbatimSymlinks === true)
    throw errors.typeError("ERR_INCOMPATIBLE_OPTION_PAIR", 'Option "dereference" cannot be used in combination with option "verbatimSymlinks"');
  return () => {
    const source = volume.normal(from), dest = volume.normal(to);
    const node = find(from, "cp", o.dereference === true);
    check(node, source, dest, o);
    copy(source, dest, o);
  };
}

function check(node, source, dest, o) {
  const there = walkOrNone(dest, o);
  if (there !== undefined) {
    if (there === node) throw problem("EINVAL", "src and dest cannot be the same", dest, -22);
    if (node.kind === "dir" && there.kind !== "dir") throw problem("DIR_TO_NON_DIR", `cannot overwrite non-directory ${dest} with directory`, source, -21);
    if (node.kind !== "dir" && there.kind === "dir") throw problem("NON_DIR_TO_DIR", `cannot overwrite directory ${dest} with non-directory`, source, -20);
  }
  if (node.kind === "dir" && !o.recursive) throw errors.error("ERR_FS_EISDIR", `Recursive option not enabled, cannot copy a directory: cp ${source}`);
  if (node.kind === "dir" && `${dest}/`.startsWith(`${source}/`)) throw problem("EINVAL", `cannot copy ${source} to a subdirectory of self`, dest, -22);
}

function walkOrNone(path, o) {
  try {
    return walk(path, "cp", o.dereference === true).node;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function copy(source, dest, o) {
  if (o.filter) {
    const kept = o.filter(source, dest);
    if (typeof kept?.then === "function") throw errors.invalidArgValue("options.filter", o.filter, "must not give a promise here");
    if (!kept) return;
  }
  const node = find(source, "cp", o.dereference === true);
  const base = internal.load("node/fs_prepare").prepare;
  const parent = dest.slice(0, dest.lastIndexOf("/")) || "/";
  if (parent !== "/" && walkOrNone(parent, { dereference: true }) === undefined) base.mkdir(parent, { recursive: true })();
  if (node.kind === "dir") {
    if (walkOrNone(dest, o) === undefined) base.mkdir(dest)();
    for (const name of [...node.entries.keys()]) copy(`${source}/${name}`, `${dest}/${name}`, o);
  } else {
    const there = walkOrNone(dest, { dereference: false });
    if (there !== undefined) {
      if (o.force === false) {
        if (o.errorOnExist) throw problem("EEXIST", "target already exists", dest, -17);
        return;
      }
      if (there.kind === "dir") throw problem("NON_DIR_TO_DIR", `cannot overwrite directory ${dest} with non-directory`, source, -20);
      base.unlink(dest)();
    }
    if (node.kind === "link") {
      const { target } = node;
      base.symlink(o.verbatimSymlinks || target[0] === "/" ? target : `${source.slice(0, source.lastIndexOf("/"))}/${target}`, dest)();
    } else {
      base.copyFile(source, dest, o.mode)();
    }
  }
  if (o.preserveTimestamps && node.kind !== "link") {
    const copied = find(dest, "cp");
    if (copied.space !== undefined) copied.mtime = node.mtime;
  }
}

return { prepare };
