// console: lines for the person who wrote the Worker. Objects are shown by inspect.js, loaded when the first one comes.
const {
  ArrayPrototypeJoin, ArrayPrototypePush, DateNow, Error, Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, MathMax,
  ObjectDefineProperty, ObjectKeys, StringPrototypePadEnd, StringPrototypeRepeat, StringPrototypeSplit, SymbolToStringTag,
} = primordials;
const { log, logError } = internal.natives;
const core = internal.core, lazy = internal.load;
const DEBUG = 0, INFO = 1, WARN = 2, ERROR = 3;
let indent = "";
const counts = new Map(), times = new Map();

function line(level, text) {
  if (indent !== "") text = indent + ArrayPrototypeJoin(StringPrototypeSplit(text, "\n"), `\n${indent}`);
  log(level, text, core.ticketNow());
}
function write(level, args) {
  let text;
  if (args.length === 1 && typeof args[0] === "string") text = args[0];
  else text = args.length === 0 ? "" : lazy("inspect").format(args);
  line(level, text);
}
function prepend(first, args) {
  const all = [first];
  for (let i = 0; i < args.length; i++) ArrayPrototypePush(all, args[i]);
  return all;
}
function label(v) {
  return v === undefined ? "default" : `${v}`;
}
function elapsed(name) {
  const start = MapPrototypeGet(times, name);
  return start === undefined ? null : `${name}: ${DateNow() - start}ms`;
}

// A table as node draws it.
function table(data, columns) {
  if (typeof data !== "object" || data === null) return write(INFO, [data]);
  const inspect = (v) => lazy("inspect").inspect(v, { depth: 0 });
  const keys = ObjectKeys(data), heads = [], rows = [];
  let values = false;
  for (let i = 0; i < keys.length; i++) {
    const v = data[keys[i]], row = new Map();
    if (typeof v === "object" && v !== null) {
      const own = columns === undefined ? ObjectKeys(v) : columns;
      for (let k = 0; k < own.length; k++) {
        let seen = false;
        for (let h = 0; h < heads.length && !seen; h++) seen = heads[h] === own[k];
        if (!seen) ArrayPrototypePush(heads, own[k]);
        if (own[k] in v) MapPrototypeSet(row, own[k], inspect(v[own[k]]));
      }
    } else {
      values = true;
      MapPrototypeSet(row, core, inspect(v)); // any key that no column has
    }
    ArrayPrototypePush(rows, row);
  }
  const lines = [["(index)"]];
  for (let h = 0; h < heads.length; h++) ArrayPrototypePush(lines[0], heads[h]);
  if (values) ArrayPrototypePush(lines[0], "Values");
  for (let i = 0; i < rows.length; i++) {
    const cells = [keys[i]];
    for (let h = 0; h < heads.length; h++) ArrayPrototypePush(cells, MapPrototypeGet(rows[i], heads[h]) ?? "");
    if (values) ArrayPrototypePush(cells, MapPrototypeGet(rows[i], core) ?? "");
    ArrayPrototypePush(lines, cells);
  }
  const widths = [];
  for (let k = 0; k < lines[0].length; k++) {
    let w = 0;
    for (let i = 0; i < lines.length; i++) w = MathMax(w, lines[i][k].length);
    ArrayPrototypePush(widths, w + 2);
  }
  const rule = (a, b, c) => {
    let s = a;
    for (let k = 0; k < widths.length; k++) s += StringPrototypeRepeat("\u2500", widths[k]) + (k + 1 < widths.length ? b : c);
    return s;
  };
  const cellsOf = (cells) => {
    let s = "\u2502";
    for (let k = 0; k < widths.length; k++) s += StringPrototypePadEnd(` ${cells[k]}`, widths[k]) + "\u2502";
    return s;
  };
  let text = `${rule("\u250c", "\u252c", "\u2510")}\n${cellsOf(lines[0])}\n${rule("\u251c", "\u253c", "\u2524")}`;
  for (let i = 1; i < lines.length; i++) text += `\n${cellsOf(lines[i])}`;
  line(INFO, `${text}\n${rule("\u2514", "\u2534", "\u2518")}`);
}

const console = {
  __proto__: {}, // as the standard's namespace object has it
  log(...args) { write(INFO, args); },
  info(...args) { write(INFO, args); },
  debug(...args) { write(DEBUG, args); },
  warn(...args) { write(WARN, args); },
  error(...args) { write(ERROR, args); },
  dir(value = undefined, options = undefined) { line(INFO, lazy("inspect").inspect(value, options)); },
  dirxml(...args) { write(INFO, args); },
  table(data = undefined, columns = undefined) { table(data, columns); },
  trace(...args) {
    const e = new Error();
    e.name = "Trace";
    e.message = args.length === 0 ? "" : lazy("inspect").format(args);
    logError(DEBUG, "", e, core.ticketNow());
  },
  assert(condition = false, ...args) {
    if (condition) return;
    if (args.length > 0 && typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
    else args = prepend("Assertion failed", args);
    write(ERROR, args);
  },
  group(...args) {
    if (args.length > 0) write(INFO, args);
    indent += "  ";
  },
  groupCollapsed(...args) {
    if (args.length > 0) write(INFO, args);
    indent += "  ";
  },
  groupEnd() { indent = indent.length > 2 ? StringPrototypeRepeat(" ", indent.length - 2) : ""; },
  count(name = undefined) {
    const key = label(name), n = (MapPrototypeGet(counts, key) ?? 0) + 1;
    MapPrototypeSet(counts, key, n);
    line(INFO, `${key}: ${n}`);
  },
  countReset(name = undefined) { MapPrototypeDelete(counts, label(name)); },
  time(name = undefined) { MapPrototypeSet(times, label(name), DateNow()); },
  timeLog(name = undefined, ...args) {
    const text = elapsed(label(name));
    if (text !== null) write(INFO, prepend(text, args));
  },
  timeEnd(name = undefined) {
    const text = elapsed(label(name));
    MapPrototypeDelete(times, label(name));
    if (text !== null) line(INFO, text);
  },
  timeStamp() {}, profile() {}, profileEnd() {}, clear() {},
};
ObjectDefineProperty(console, SymbolToStringTag, { __proto__: null, value: "console", configurable: true });
return { console };
