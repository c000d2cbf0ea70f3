// util.inspect(), util.format(). https://nodejs.org/api/util.html#utilinspectobject-options
// The layout rules are Node.js's: a line breaks where its width would, arrays of more than six go into columns.
const { Error, Object, ObjectDefineProperty, Symbol } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");
const types = lazy("node/util_types");

const kCustom = Symbol.for("nodejs.util.inspect.custom");
const defaults = Object.seal({
  showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100, maxStringLength: 10000,
  breakLength: 80, compact: 3, sorted: false, getters: false, numericSeparator: false,
});
const ansi = (a, b) => [a, b];
const colors = Object.assign({ __proto__: null }, {
  reset: ansi(0, 0), bold: ansi(1, 22), dim: ansi(2, 22), italic: ansi(3, 23), underline: ansi(4, 24), blink: ansi(5, 25), inverse: ansi(7, 27),
  hidden: ansi(8, 28), strikethrough: ansi(9, 29), doubleunderline: ansi(21, 24), black: ansi(30, 39), red: ansi(31, 39), green: ansi(32, 39),
  yellow: ansi(33, 39), blue: ansi(34, 39), magenta: ansi(35, 39), cyan: ansi(36, 39), white: ansi(37, 39), bgBlack: ansi(40, 49), bgRed: ansi(41, 49),
  bgGreen: ansi(42, 49), bgYellow: ansi(43, 49), bgBlue: ansi(44, 49), bgMagenta: ansi(45, 49), bgCyan: ansi(46, 49), bgWhite: ansi(47, 49),
  framed: ansi(51, 54), overlined: ansi(53, 55), gray: ansi(90, 39), redBright: ansi(91, 39), greenBright: ansi(92, 39), yellowBright: ansi(93, 39),
  blueBright: ansi(94, 39), magentaBright: ansi(95, 39), cyanBright: ansi(96, 39), whiteBright: ansi(97, 39), bgGray: ansi(100, 49),
  bgRedBright: ansi(101, 49), bgGreenBright: ansi(102, 49), bgYellowBright: ansi(103, 49), bgBlueBright: ansi(104, 49), bgMagentaBright: ansi(105, 49),
  bgCyanBright: ansi(106, 49), bgWhiteBright: ansi(107, 49),
});
for (const [alias, name] of [["grey", "gray"], ["blackBright", "gray"], ["bgGrey", "bgGray"], ["bgBlackBright", "bgGray"], ["faint", "dim"],
  ["crossedout", "strikethrough"], ["strikeThrough", "strikethrough"], ["crossedOut", "strikethrough"], ["conceal", "hidden"],
  ["swapColors", "inverse"], ["swapcolors", "inverse"], ["doubleUnderline", "doubleunderline"]])
  ObjectDefineProperty(colors, alias, {
    __proto__: null, configurable: true, enumerable: false, get() { return this[name]; }, set(v) { this[name] = v; },
  });
const styles = Object.assign({ __proto__: null }, {
  special: "cyan", number: "yellow", bigint: "yellow", boolean: "yellow", undefined: "grey", null: "bold", string: "green", symbol: "green",
  date: "magenta", regexp: "red", module: "underline",
});
const ansiPattern = /[\u001B\u009B][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/g;
const stripVTControlCharacters = (s) => {
  errors().validateString(s, "str");
  return s.replace(ansiPattern, "");
};

// Columns that a text takes on a terminal: wide East Asian characters take two, marks none.
function getStringWidth(text, remove = true) {
  if (remove) text = text.replace(ansiPattern, "");
  let width = 0;
  for (const ch of text.normalize("NFC")) {
    const c = ch.codePointAt(0);
    if (c >= 0x1100 && (c <= 0x115f || c === 0x2329 || c === 0x232a || (c >= 0x2e80 && c <= 0x3247 && c !== 0x303f) || (c >= 0x3250 && c <= 0x4dbf) ||
      (c >= 0x4e00 && c <= 0xa4c6) || (c >= 0xa960 && c <= 0xa97c) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
      (c >= 0xfe10 && c <= 0xfe19) || (c >= 0xfe30 && c <= 0xfe6b) || (c >= 0xff01 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
      (c >= 0x1b000 && c <= 0x1b001) || (c >= 0x1f200 && c <= 0x1f251) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd)))
      width += 2;
    else if (!(c <= 0x1f || (c >= 0x7f && c <= 0x9f) || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x20d0 && c <= 0x20ff) ||
      (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xfe20 && c <= 0xfe2f) || (c >= 0xe0100 && c <= 0xe01ef)))
      width++;
  }
  return width;
}

// --- Primitives ---------------------------------------------------------------------------------------------------------
const escapes = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\" };
function quote(s) {
  let q = "'";
  if (s.includes("'")) q = !s.includes('"') ? '"' : !s.includes("`") && !s.includes("${") ? "`" : "'";
  let out = "";
  for (let i = 0; i < s.length; i++) {
    const u = s.charCodeAt(i), ch = s[i];
    if (ch === q && q === "'") out += "\\'";
    else if (u < 0x20 || (u >= 0x7f && u <= 0x9f) || u === 0x5c) out += escapes[ch] ?? `\\x${u.toString(16).toUpperCase().padStart(2, "0")}`;
    else if ((u & 0xf800) === 0xd800) {
      if (u < 0xdc00 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) out += ch + s[++i];
      else out += `\\u${u.toString(16).toUpperCase()}`;
    } else out += ch;
  }
  return q + out + q;
}
const separated = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, "_");
function number(n, separator) {
  if (!separator) return Object.is(n, -0) ? "-0" : `${n}`;
  const [whole, fraction] = `${n}`.split(".");
  if (/e|N|I/.test(`${n}`)) return `${n}`;
  const head = Object.is(n, -0) ? "-0" : whole.replace(/\d+/, separated);
  return fraction === undefined ? head : `${head}.${fraction.replace(/(\d{3})(?=\d)/g, "$1_")}`;
}
function primitive(style, v, ctx) {
  switch (typeof v) {
    case "string": {
      let tail = "";
      if (v.length > ctx.maxStringLength) {
        const left = v.length - ctx.maxStringLength;
        v = v.slice(0, ctx.maxStringLength);
        tail = `... ${left} more character${left > 1 ? "s" : ""}`;
      }
      if (ctx.compact !== true && v.length > 16 && v.length > ctx.breakLength - ctx.indentation - 4)
        return v.split(/(?<=\n)/).map((l) => style(quote(l), "string")).join(` +\n${" ".repeat(ctx.indentation + 2)}`) + tail;
      return style(quote(v), "string") + tail;
    }
    case "number": return style(number(v, ctx.numericSeparator), "number");
    case "bigint": return style(`${ctx.numericSeparator ? `${v}`.replace(/\d+/, separated) : v}n`, "bigint");
    case "boolean": return style(`${v}`, "boolean");
    case "undefined": return style("undefined", "undefined");
    case "symbol": return style(v.toString().replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`), "symbol");
    default: return style("null", "null");
  }
}

// --- Which class, which keys -----------------------------------------------------------------------------------------------
const own = (o, key) => Object.prototype.hasOwnProperty.call(o, key);
function isInstance(o, C) {
  try {
    return o instanceof C;
  } catch {
    return false;
  }
}
const wellKnown = new Map(); // prototype -> name of the class, for objects whose constructor is gone
for (const name of ["Object", "Array", "ArrayBuffer", "Date", "Error", "Function", "Map", "Promise", "RegExp", "Set", "WeakMap", "WeakSet"])
  wellKnown.set(primordials[name].prototype, name);

const builtIn = (ctor) => wellKnown.has(ctor.prototype) || primordials.globalThis[ctor.name] === ctor;
function constructorName(o, ctx, level, protoProps) {
  let first;
  const start = o;
  let at = o;
  while (at || typeof at === "undefined") {
    const d = Object.getOwnPropertyDescriptor(at, "constructor");
    if (d !== undefined && typeof d.value === "function" && d.value.name !== "" && isInstance(start, d.value)) {
      if (protoProps !== undefined && (first !== at || !builtIn(d.value))) protoKeys(ctx, start, first || start, level, protoProps);
      return String(d.value.name);
    }
    at = Object.getPrototypeOf(at);
    if (first === undefined) first = at;
    if (at === null) break;
  }
  if (first === null) return null;
  const fallback = internalName(start);
  if (level > ctx.depth && ctx.depth !== null) return `${fallback} <Complex prototype>`;
  const protoName = constructorName(first, ctx, level + 1, protoProps);
  if (protoName === null) return `${fallback} <${inspect(first, { ...ctx, customInspect: false, depth: -1, circular: undefined, seen: [], indentation: 0 })}>`;
  return `${fallback} <${protoName}>`;
}
const internalName = (o) => Object.prototype.toString.call(o).slice(8, -1);
function protoKeys(ctx, main, o, level, out) {
  let depth = 0, keys;
  const seen = new Set();
  do {
    if (depth !== 0 || main === o) {
      o = Object.getPrototypeOf(o);
      if (o === null) break;
      const d = Object.getOwnPropertyDescriptor(o, "constructor");
      if (d !== undefined && typeof d.value === "function" && builtIn(d.value)) break;
    }
    if (depth > 0) for (const k of keys) seen.add(k);
    keys = Reflect.ownKeys(o);
    ctx.seen.push(main);
    for (const key of keys) {
      if (key === "constructor" || own(main, key) || seen.has(key)) continue;
      const d = Object.getOwnPropertyDescriptor(o, key);
      if (typeof d.value === "function") continue;
      const text = property(ctx, o, level, key, 0, d, main);
      out.push(ctx.colors ? `\u001b[2m${text}\u001b[22m` : text);
    }
    ctx.seen.pop();
  } while (++depth !== 3);
}
function prefixOf(name, tag, fallback, size = "") {
  if (name === null) return tag !== "" && fallback !== tag ? `[${fallback}${size}: null prototype] [${tag}] ` : `[${fallback}${size}: null prototype] `;
  return tag !== "" && name !== tag ? `${name}${size} [${tag}] ` : `${name}${size} `;
}
function keysOf(o, hidden) {
  const symbols = Object.getOwnPropertySymbols(o);
  if (hidden) return [...Object.getOwnPropertyNames(o), ...symbols];
  let keys;
  try {
    keys = Object.keys(o);
  } catch {
    keys = Object.getOwnPropertyNames(o);
  }
  return [...keys, ...symbols.filter((s) => Object.prototype.propertyIsEnumerable.call(o, s))];
}
const isIndex = (k) => typeof k === "string" && /^(0|[1-9]\d{0,9})$/.test(k) && +k < 4294967295;
const nonIndex = (o, hidden) => keysOf(o, hidden).filter((k) => !isIndex(k));

// --- Values ------------------------------------------------------------------------------------------------------------------
function value(ctx, v, level, typed = false) {
  if (typeof v !== "object" && typeof v !== "function") return primitive(ctx.style, v, ctx);
  if (v === null) return ctx.style("null", "null");
  const self = v;
  if (types.isProxy(v)) {
    if (ctx.showProxy) return proxyText(ctx, v, level);
    while (types.isProxy(v)) v = types.proxyTarget(v);
    if (v === null) return ctx.style("<Revoked Proxy>", "special");
  }
  if (ctx.customInspect) {
    const custom = v[kCustom];
    if (typeof custom === "function" && custom !== inspect && !(v.constructor && v.constructor.prototype === v)) {
      const depth = ctx.depth === null ? null : ctx.depth - level;
      const text = custom.call(self, depth, userOptions(ctx), inspect);
      if (text !== self) return typeof text !== "object" ? `${text}`.replaceAll("\n", `\n${" ".repeat(ctx.indentation)}`) : value(ctx, text, level);
    }
  }
  if (ctx.seen.includes(v)) {
    ctx.circular ??= new Map();
    let index = ctx.circular.get(v);
    if (index === undefined) ctx.circular.set(v, (index = ctx.circular.size + 1));
    return ctx.style(`[Circular *${index}]`, "special");
  }
  return raw(ctx, v, level, typed);
}
function userOptions(ctx) {
  const options = { ...ctx.given };
  for (const key of Object.keys(defaults)) options[key] = ctx[key];
  options.stylize = ctx.style;
  delete options.seen;
  return options;
}

function classText(fn, name, tag) {
  const hasName = own(fn, "name");
  let text = `[class ${(hasName && fn.name) || "(anonymous)"}`;
  if (name !== "Function" && name !== null) text += ` [${name}]`;
  if (tag !== "" && name !== tag) text += ` [${tag}]`;
  if (name !== null) {
    const parent = Object.getPrototypeOf(fn)?.name;
    if (parent) text += ` extends ${parent}`;
  } else text += " extends null";
  return `${text}]`;
}
function functionText(fn, name, tag) {
  const source = Function.prototype.toString.call(fn);
  if (/^class[\s{]/.test(source) && source.endsWith("}")) return classText(fn, name, tag);
  const head = /^(async\b)?\s*(?:function)?\s*(\*)?/.exec(source), kind = `${head[1] ? "Async" : ""}${head[2] ? "Generator" : ""}Function`;
  let text = `[${kind}`;
  if (name === null) text += " (null prototype)";
  text += fn.name === "" ? " (anonymous)" : `: ${typeof fn.name === "string" ? fn.name : inspect(fn.name)}`;
  text += "]";
  if (name !== kind && name !== null && name !== "Function") text += ` ${name}`;
  if (tag !== "" && name !== tag) text += ` [${tag}]`;
  return text;
}
function errorText(ctx, e, name, tag, keys) {
  const get = (k) => {
    try {
      return e[k];
    } catch {
      return undefined;
    }
  };
  const eName = get("name") != null ? String(get("name")) : name === null ? "Error" : name, message = get("message");
  let stack = get("stack");
  const hasOwnStack = typeof stack === "string" && stack !== "";
  // The engine's stack has no head line: made here as V8 has it.
  const code = typeof get("code") === "string" && own(e, "code") && e.code.startsWith("ERR_") ? ` [${e.code}]` : "";
  let head;
  const text = message === undefined ? "" : String(message);
  const className = name === null ? `[${internalName(e)}: null prototype]` : eName;
  head = `${className}${code}${text !== "" ? `: ${text}` : ""}`;
  const frames = [];
  if (hasOwnStack) {
    if (!isOurStack(stack)) head = stack; // somebody has set it
    else
      for (const line of stack.split("\n")) {
        const at = /^(.*)@(.*)$/.exec(line);
        if (at === null) frames.push(`    at ${line}`);
        else if (!at[2].startsWith("cusp:")) frames.push(at[1] === "" ? `    at ${at[2]}` : `    at ${at[1]} (${at[2]})`);
      }
  }
  for (const key of ["name", "message", "stack"]) {
    const at = keys.indexOf(key);
    if (at >= 0 && (key === "stack" || head.includes(String(e[key])))) keys.splice(at, 1);
  }
  if ("cause" in e && !keys.includes("cause")) keys.push("cause");
  if (Array.isArray(get("errors")) && !keys.includes("errors")) keys.push("errors");
  let all = frames.length > 0 && !ctx.given.noStack ? `${head}\n${frames.join("\n")}` : hasOwnStack && head === stack ? head : `[${head}]`;
  if (ctx.indentation !== 0) all = all.replaceAll("\n", `\n${" ".repeat(ctx.indentation)}`);
  return all;
}
const isOurStack = (stack) => !/^\s*\w*Error\b.*(:|$)/.test(stack.split("\n")[0]) && /^[^\n]*(@[^\n]*|\[native code\]|^\w+ code)?/.test(stack) && !/^\s+at /m.test(stack);

function raw(ctx, v, level, typed) {
  let keys, protoProps;
  if (ctx.showHidden && (level <= ctx.depth || ctx.depth === null)) protoProps = [];
  const name = constructorName(v, ctx, level, protoProps);
  if (protoProps !== undefined && protoProps.length === 0) protoProps = undefined;
  let tag = v[Symbol.toStringTag];
  if (typeof tag !== "string" || (tag !== "" && (ctx.showHidden ? own(v, Symbol.toStringTag) : Object.prototype.propertyIsEnumerable.call(v, Symbol.toStringTag))))
    tag = "";
  let base = "", format = () => [], braces, noEntries = true, extras = "object";
  const filter = ctx.showHidden;
  if ((Symbol.iterator in v || name === null) && !types.isArgumentsObject(v)) {
    noEntries = false;
    if (Array.isArray(v)) {
      const p = name !== "Array" || tag !== "" ? prefixOf(name, tag, "Array", `(${v.length})`) : "";
      keys = nonIndex(v, filter);
      braces = [`${p}[`, "]"];
      if (v.length === 0 && keys.length === 0 && protoProps === undefined) return `${braces[0]}]`;
      extras = "array";
      format = arrayItems;
    } else if (types.isSet(v)) {
      const size = types.sizeOf(v);
      keys = keysOf(v, filter);
      format = (c, s, l) => setItems(c, s, l);
      if (size === 0 && keys.length === 0 && protoProps === undefined) return `${prefixOf(name, tag, "Set", `(${size})`)}{}`;
      braces = [`${prefixOf(name, tag, "Set", `(${size})`)}{`, "}"];
    } else if (types.isMap(v)) {
      const size = types.sizeOf(v);
      keys = keysOf(v, filter);
      format = (c, m, l) => mapItems(c, m, l);
      if (size === 0 && keys.length === 0 && protoProps === undefined) return `${prefixOf(name, tag, "Map", `(${size})`)}{}`;
      braces = [`${prefixOf(name, tag, "Map", `(${size})`)}{`, "}"];
    } else if (types.isTypedArray(v)) {
      keys = nonIndex(v, filter);
      const fallback = name === null ? types.typedName(v) : "";
      const size = types.lengthOf(v);
      braces = [`${prefixOf(name, tag, fallback, `(${size})`)}[`, "]"];
      if (size === 0 && keys.length === 0 && !ctx.showHidden) return `${braces[0]}]`;
      format = (c, t, l) => typedItems(c, t, l, size);
      extras = "array";
    } else if (types.isMapIterator(v)) {
      keys = keysOf(v, filter);
      braces = [`[${tag}] {`, "}"];
      format = () => [ctx.style("<items unknown>", "special")];
    } else if (types.isSetIterator(v)) {
      keys = keysOf(v, filter);
      braces = [`[${tag}] {`, "}"];
      format = () => [ctx.style("<items unknown>", "special")];
    } else noEntries = true;
  }
  if (noEntries) {
    if (types.isArgumentsObject(v)) {
      keys = keysOf(v, filter);
      braces = [`${name === "Object" ? "[Arguments] " : prefixOf(name, tag, "Arguments")}{`, "}"];
      if (keys.length === 0 && protoProps === undefined) return `${braces[0]}}`;
    } else if (typeof v === "function") {
      keys = keysOf(v, filter);
      base = functionText(v, name, tag);
      braces = ["{", "}"];
      if (keys.length === 0 && protoProps === undefined) return ctx.style(base, "special");
    } else if (types.isRegExp(v)) {
      keys = keysOf(v, filter).filter((k) => k !== "lastIndex" || ctx.showHidden);
      base = RegExp.prototype.toString.call(name !== null ? v : new RegExp(v));
      const p = prefixOf(name, tag, "RegExp");
      if (p !== "RegExp ") base = `${p}${base}`;
      braces = ["{", "}"];
      if ((keys.length === 0 && protoProps === undefined) || (level > ctx.depth && ctx.depth !== null)) return ctx.style(base, "regexp");
    } else if (types.isDate(v)) {
      keys = keysOf(v, filter);
      const time = Date.prototype.getTime.call(v);
      base = Number.isNaN(time) ? Date.prototype.toString.call(v) : Date.prototype.toISOString.call(v);
      const p = prefixOf(name, tag, "Date");
      if (p !== "Date ") base = `${p}${base}`;
      braces = ["{", "}"];
      if (keys.length === 0 && protoProps === undefined) return ctx.style(base, "date");
    } else if (types.isNativeError(v) || isInstance(v, Error)) {
      keys = keysOf(v, filter);
      if (!filter) keys = keys.filter((k) => !["line", "column", "sourceURL"].includes(k));
      base = errorText(ctx, v, name, tag, keys);
      braces = ["{", "}"];
      if (keys.length === 0 && protoProps === undefined) return base;
    } else if (types.isAnyArrayBuffer(v)) {
      keys = keysOf(v, filter);
      const p = prefixOf(name, tag, types.isSharedArrayBuffer(v) ? "SharedArrayBuffer" : "ArrayBuffer");
      braces = [`${p}{`, "}"];
      if (!typed) format = bufferItems;
      else if (keys.length === 0 && protoProps === undefined) return `${p}{ byteLength: ${number(v.byteLength, false)} }`;
      keys.unshift("byteLength");
    } else if (types.isDataView(v)) {
      keys = ["byteLength", "byteOffset", "buffer", ...keysOf(v, filter)];
      braces = [`${prefixOf(name, tag, "DataView")}{`, "}"];
    } else if (types.isPromise(v)) {
      keys = keysOf(v, filter);
      braces = [`${prefixOf(name, tag, "Promise")}{`, "}"];
      format = promiseItems;
    } else if (types.isWeakSet(v)) {
      keys = keysOf(v, filter);
      braces = [`${prefixOf(name, tag, "WeakSet")}{`, "}"];
      format = () => [ctx.style("<items unknown>", "special")];
    } else if (types.isWeakMap(v)) {
      keys = keysOf(v, filter);
      braces = [`${prefixOf(name, tag, "WeakMap")}{`, "}"];
      format = () => [ctx.style("<items unknown>", "special")];
    } else if (types.isBoxedPrimitive(v)) {
      keys = keysOf(v, filter);
      base = boxText(ctx, v, keys, name, tag);
      keys = typeof types.unbox(v) === "string" ? keys.filter((k) => !isIndex(k) && (k !== "length" || ctx.showHidden)) : keys;
      braces = ["{", "}"];
      if (keys.length === 0 && protoProps === undefined) return base;
    } else {
      keys = keysOf(v, filter);
      if (types.isModuleNamespaceObject(v)) {
        braces = [`${prefixOf(name, tag, "Module")}{`, "}"];
        keys = Object.keys(v);
      } else {
        const web = internal.load("inspect_web").view(v);
        if ((web === undefined || web.pairs?.length === 0) && keys.length === 0 && protoProps === undefined)
          return web === undefined ? `${plainPrefix(v, name, tag)}{}` : `${prefixOf(name, tag, "Object", "(0)")}{}`;
        braces = [`${plainPrefix(v, name, tag)}{`, "}"];
        if (web !== undefined) {
          if (web.pairs !== undefined) braces[0] = `${prefixOf(name, tag, "Object", `(${web.pairs.length})`)}{`;
          format = (c, o, depth) => webItems(c, o, depth, web);
        }
      }
    }
  }
  if (level > ctx.depth && ctx.depth !== null) {
    const text = (name === null ? `[${internalName(v)}: null prototype]` : prefixOf(name, tag, Array.isArray(v) ? "Array" : "Object").slice(0, -1));
    return ctx.style(`[${name === null ? text.slice(1, -1) : text}]`, "special");
  }
  level += 1;
  ctx.seen.push(v);
  ctx.current = level;
  let out;
  const before = ctx.indentation;
  try {
    out = format(ctx, v, level);
    for (const key of keys) out.push(property(ctx, v, level, key, extras === "array" ? 1 : 0));
    if (protoProps !== undefined) out.push(...protoProps);
  } catch (e) {
    ctx.indentation = before;
    ctx.seen.pop();
    if (e instanceof RangeError && /stack/i.test(e.message)) return ctx.style(`[${name}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`, "special");
    throw e;
  }
  if (ctx.circular !== undefined) {
    const index = ctx.circular.get(v);
    if (index !== undefined) {
      const mark = ctx.style(`<ref *${index}>`, "special");
      if (ctx.compact !== true) base = base === "" ? mark : `${mark} ${base}`;
      else braces[0] = `${mark} ${braces[0]}`;
    }
  }
  ctx.seen.pop();
  if (ctx.sorted) {
    const order = ctx.sorted === true ? undefined : ctx.sorted;
    if (extras === "object") out.sort(order);
    else if (keys.length > 1) out.splice(out.length - keys.length, keys.length, ...out.slice(out.length - keys.length).sort(order));
  }
  return oneLine(ctx, out, base, braces, extras, level, v);
}
const plainPrefix = (v, name, tag) => (name === "Object" && (tag === "" || tag === "Object") ? "" : prefixOf(name, tag, "Object"));
// What a proxy stands for, without running its traps.
function proxyText(ctx, v, level) {
  const target = types.proxyTarget(v);
  if (target === null) return ctx.style("<Revoked Proxy>", "special");
  if (level > ctx.depth && ctx.depth !== null) return ctx.style("Proxy [Array]", "special");
  ctx.indentation += 2;
  const out = [value(ctx, target, level + 1), ctx.style("<handler>", "special")];
  ctx.indentation -= 2;
  return oneLine(ctx, out, "", ["Proxy [", "]"], "array", level + 1, undefined);
}
function boxText(ctx, v, keys, name, tag) {
  const inner = types.unbox(v), type = typeof inner, Type = type === "bigint" ? "BigInt" : type[0].toUpperCase() + type.slice(1);
  let text = `[${Type}`;
  if (Type !== name) text += name === null ? " (null prototype)" : ` (${name})`;
  text += `: ${primitive((s) => s, inner, { ...ctx, breakLength: Infinity })}]`;
  if (tag !== "" && tag !== name) text += ` [${tag}]`;
  return keys.length !== 0 && type !== "string" ? text : ctx.style(text, type);
}
const more = (n) => `... ${n} more item${n > 1 ? "s" : ""}`;
function arrayItems(ctx, a, level) {
  const most = Math.min(Math.max(0, ctx.maxArrayLength), a.length), out = [];
  let i = 0;
  for (; i < a.length && out.length < most; i++) {
    if (own(a, i)) {
      out.push(property(ctx, a, level, `${i}`, 1));
      continue;
    }
    let holes = 1;
    if (a.length - i > 1000) { // do not walk over a million holes
      const next = Object.keys(a).find((k) => isIndex(k) && +k > i);
      holes = (next === undefined ? a.length : +next) - i;
    } else while (i + holes < a.length && !own(a, i + holes)) holes++;
    out.push(ctx.style(`<${holes} empty item${holes > 1 ? "s" : ""}>`, "undefined"));
    i += holes - 1;
  }
  if (i < a.length) out.push(more(a.length - i));
  return out;
}
function typedItems(ctx, t, level, length) {
  const most = Math.min(Math.max(0, ctx.maxArrayLength), length), out = [];
  const big = typeof t[0] === "bigint";
  for (let i = 0; i < most; i++) out.push(ctx.style(big ? `${t[i]}n` : number(t[i], ctx.numericSeparator), big ? "bigint" : "number"));
  if (length > most) out.push(more(length - most));
  if (ctx.showHidden) {
    ctx.indentation += 2;
    for (const key of ["BYTES_PER_ELEMENT", "length", "byteLength", "byteOffset", "buffer"]) out.push(`[${key}]: ${value(ctx, t[key], level, true)}`);
    ctx.indentation -= 2;
  }
  return out;
}
function setItems(ctx, s, level) {
  const out = [], most = Math.min(Math.max(0, ctx.maxArrayLength), types.sizeOf(s));
  let i = 0;
  ctx.indentation += 2;
  for (const v of Set.prototype.values.call(s)) {
    if (i++ >= most) break;
    out.push(value(ctx, v, level));
  }
  ctx.indentation -= 2;
  if (types.sizeOf(s) > most) out.push(more(types.sizeOf(s) - most));
  return out;
}
function mapItems(ctx, m, level) {
  const out = [], most = Math.min(Math.max(0, ctx.maxArrayLength), types.sizeOf(m));
  let i = 0;
  ctx.indentation += 2;
  for (const [k, v] of Map.prototype.entries.call(m)) {
    if (i++ >= most) break;
    out.push(`${value(ctx, k, level)} => ${value(ctx, v, level)}`);
  }
  ctx.indentation -= 2;
  if (types.sizeOf(m) > most) out.push(more(types.sizeOf(m) - most));
  return out;
}
// Objects of the Web APIs (inspect_web.js).
function webItems(ctx, o, level, web) {
  const out = [];
  if (web.members !== undefined) {
    for (const [key, v] of web.members) out.push(property(ctx, o, level, key, 0, { value: v, enumerable: true }));
    return out;
  }
  ctx.indentation += 2;
  for (const [k, v] of web.pairs) out.push(`${value(ctx, k, level)} => ${value(ctx, v, level)}`);
  ctx.indentation -= 2;
  return out;
}
function promiseItems(ctx, p, level) {
  const state = types.promiseState(p);
  if (state === undefined) return [ctx.style("<state unknown>", "special")];
  if (state[0] === 0) return [ctx.style("<pending>", "special")];
  ctx.indentation += 2;
  const text = value(ctx, state[1], level);
  ctx.indentation -= 2;
  return [state[0] === 2 ? `${ctx.style("<rejected>", "special")} ${text}` : text];
}
function bufferItems(ctx, b) {
  let bytes;
  try {
    bytes = new Uint8Array(b);
  } catch {
    return [ctx.style("(detached)", "special")];
  }
  const shown = Math.min(Math.max(0, ctx.maxArrayLength), bytes.length);
  let text = "";
  for (let i = 0; i < shown; i++) text += `${i > 0 ? " " : ""}${bytes[i].toString(16).padStart(2, "0")}`;
  const left = bytes.length - shown;
  if (left > 0) text += ` ... ${left} more byte${left > 1 ? "s" : ""}`;
  return [`${ctx.style("[Uint8Contents]", "special")}: <${text}>`];
}
function property(ctx, o, level, key, kind, d = undefined, original = o) {
  let text, separator = " ";
  d ??= Object.getOwnPropertyDescriptor(o, key) ?? { value: o[key], configurable: true, enumerable: true };
  if ("value" in d) {
    const wide = ctx.compact !== true || kind !== 0 ? 2 : 3;
    ctx.indentation += wide;
    text = value(ctx, d.value, level);
    if (wide === 3 && ctx.breakLength < getStringWidth(text, ctx.colors)) separator = `\n${" ".repeat(ctx.indentation)}`;
    ctx.indentation -= wide;
  } else if (d.get !== undefined) {
    const label = d.set !== undefined ? "Getter/Setter" : "Getter";
    if (ctx.getters && (ctx.getters === true || (ctx.getters === "get" && d.set === undefined) || (ctx.getters === "set" && d.set !== undefined))) {
      try {
        const got = d.get.call(original);
        ctx.indentation += 2;
        if (got === null) text = `${ctx.style(`[${label}:`, "special")} ${ctx.style("null", "null")}${ctx.style("]", "special")}`;
        else if (typeof got === "object") text = `${ctx.style(`[${label}]`, "special")} ${value(ctx, got, level)}`;
        else text = `${ctx.style(`[${label}:`, "special")} ${primitive(ctx.style, got, ctx)}${ctx.style("]", "special")}`;
        ctx.indentation -= 2;
      } catch (e) {
        text = `[${label}: <Inspection threw (${e.message})>]`;
      }
    } else text = ctx.style(`[${label}]`, "special");
  } else text = d.set !== undefined ? ctx.style("[Setter]", "special") : ctx.style("undefined", "undefined");
  if (kind === 1 && isIndex(key)) return text;
  let label;
  if (typeof key === "symbol") {
    label = ctx.style(primitive((s) => s, key, ctx), "symbol");
    if (d.enumerable === false) label = `[${label}]`;
  }
  else if (key === "__proto__") label = "['__proto__']";
  else if (d.enumerable === false) label = `[${key.replace(/[\x00-\x1f\x27\x5c\x7f-\x9f]/g, (c) => escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)}]`;
  else if (/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key)) label = ctx.style(key, "name");
  else label = ctx.style(quote(key), "string");
  return `${label}:${separator}${text}`;
}

// --- Layout --------------------------------------------------------------------------------------------------------------------
function columns(ctx, out, v) {
  let total = 0, longest = 0, i = 0, length = out.length;
  if (ctx.maxArrayLength < out.length) length--; // "... more items"
  const space = 2, sizes = [];
  for (; i < length; i++) {
    const n = ctx.colors ? getStringWidth(out[i]) : out[i].length;
    sizes.push(n);
    total += n + space;
    if (longest < n) longest = n;
  }
  const width = longest + space;
  if (!(width * 3 + ctx.indentation < ctx.breakLength && (total / width > 5 || longest <= 6))) return out;
  const bias = Math.sqrt(width - total / out.length), biased = Math.max(width - 3 - bias, 1);
  const count = Math.min(Math.round(Math.sqrt(2.5 * biased * length) / biased), Math.floor((ctx.breakLength - ctx.indentation) / width),
    ctx.compact * 4, 15);
  if (count <= 1) return out;
  const rows = [], widths = [];
  for (let c = 0; c < count; c++) {
    let w = 0;
    for (let k = c; k < length; k += count) if (sizes[k] > w) w = sizes[k];
    widths.push(w + space);
  }
  let pad = String.prototype.padStart;
  if (v !== undefined) for (let k = 0; k < out.length; k++) if (typeof v[k] !== "number" && typeof v[k] !== "bigint") {
    pad = String.prototype.padEnd;
    break;
  }
  for (let k = 0; k < length; k += count) {
    const end = Math.min(k + count, length);
    let row = "", j = k;
    for (; j < end - 1; j++) row += pad.call(`${out[j]}, `, widths[j - k] + out[j].length - sizes[j], " ");
    row += pad === String.prototype.padStart ? pad.call(out[j], widths[j - k] + out[j].length - sizes[j] - space, " ") : out[j];
    rows.push(row);
  }
  if (ctx.maxArrayLength < out.length) rows.push(out[length]);
  return rows;
}
function oneLine(ctx, out, base, braces, extras, level, v) {
  if (ctx.compact !== true) {
    if (typeof ctx.compact === "number" && ctx.compact >= 1) {
      const entries = out.length;
      if (extras === "array" && entries > 6) out = columns(ctx, out, v);
      if (ctx.current - level < ctx.compact && entries === out.length) {
        const start = out.length + ctx.indentation + braces[0].length + base.length + 10;
        if (fits(ctx, out, start, base)) {
          const joined = out.join(", ");
          if (!joined.includes("\n")) return `${base ? `${base} ` : ""}${braces[0]} ${joined} ${braces[1]}`;
        }
      }
    }
    const indentation = `\n${" ".repeat(ctx.indentation)}`;
    return `${base ? `${base} ` : ""}${braces[0]}${indentation}  ${out.join(`,${indentation}  `)}${indentation}${braces[1]}`;
  }
  if (fits(ctx, out, 0, base)) return `${braces[0]}${base ? ` ${base}` : ""} ${out.join(", ")} ${braces[1]}`;
  const indentation = `\n${" ".repeat(ctx.indentation)}`;
  const line = base === "" && braces[0].length === 1 ? " " : `${base ? ` ${base}` : ""}\n${" ".repeat(ctx.indentation)}  `;
  return `${braces[0]}${line}${out.join(`,${indentation}  `)} ${braces[1]}`;
}
function fits(ctx, out, start, base) {
  let total = out.length + start;
  if (total + out.length > ctx.breakLength) return false;
  for (const part of out) {
    total += ctx.colors ? part.replace(ansiPattern, "").length : part.length;
    if (total > ctx.breakLength) return false;
  }
  return base === "" || !base.includes("\n");
}

function inspect(v, options = undefined) {
  const ctx = { ...defaults, seen: [], indentation: 0, current: 0, circular: undefined, style: (s) => s, given: {} };
  if (arguments.length > 1 && arguments.length > 2) {
    if (arguments[2] !== undefined) ctx.depth = arguments[2];
    if (arguments.length > 3 && arguments[3] !== undefined) ctx.colors = arguments[3];
  }
  if (typeof options === "boolean") ctx.showHidden = options;
  else if (options) {
    for (const key of Object.keys(options))
      if (own(defaults, key) || key === "stylize") ctx[key] = options[key];
      else if (ctx.given[key] === undefined) ctx.given[key] = options[key];
  }
  if (ctx.colors)
    ctx.style = (s, kind) => {
      const c = colors[styles[kind]];
      return c === undefined ? s : `\u001b[${c[0]}m${s}\u001b[${c[1]}m`;
    };
  if (ctx.maxArrayLength === null) ctx.maxArrayLength = Infinity;
  if (ctx.maxStringLength === null) ctx.maxStringLength = Infinity;
  return value(ctx, v, 0);
}
inspect.custom = kCustom;
ObjectDefineProperty(inspect, "defaultOptions", {
  __proto__: null,
  get: () => defaults,
  set(options) {
    errors().validateObject(options, "options");
    Object.assign(defaults, options);
  },
});
inspect.colors = colors;
inspect.styles = styles;

// --- format() ---------------------------------------------------------------------------------------------------------------------
function hasOwnText(v) {
  if (typeof v.toString !== "function") return false;
  if (own(v, "toString")) return true;
  let at = v;
  do at = Object.getPrototypeOf(at);
  while (at !== null && !own(at, "toString"));
  if (at === null) return false;
  const d = Object.getOwnPropertyDescriptor(at, "constructor");
  return !(d !== undefined && typeof d.value === "function" && (wellKnown.has(at) || /^(Symbol|Number|String|Boolean|BigInt)$/.test(d.value.name) || types.isTypedArray(v)));
}
function formatWithOptions(options, ...args) {
  errors().validateObject(options, "inspectOptions", { array: true, fn: true });
  const first = args[0];
  let used = 0, text = "", join = "";
  const simple = (v) => {
    if (typeof v === "number") return number(v, options.numericSeparator ?? defaults.numericSeparator);
    return `${(options.numericSeparator ?? defaults.numericSeparator) ? `${v}`.replace(/\d+/, separated) : v}n`;
  };
  if (typeof first === "string") {
    if (args.length === 1) return first;
    text = first.replace(/%[sjdOoifc%]/g, (m) => {
      if (m === "%%") return "%";
      if (used + 1 >= args.length) return m;
      const v = args[++used];
      switch (m) {
        case "%s":
          if (typeof v === "number" || typeof v === "bigint") return simple(v);
          if (types.isProxy(v)) return inspect(v, { ...options, depth: 0, colors: false, compact: 3 });
          if (typeof v !== "object" || v === null || hasOwnText(v)) return typeof v === "symbol" ? v.toString() : String(v);
          return inspect(v, { ...options, depth: 0, colors: false, compact: 3 });
        case "%j":
          try {
            return JSON.stringify(v);
          } catch (e) {
            if (/circular|cyclic/i.test(e.message)) return "[Circular]";
            throw e;
          }
        case "%d": return typeof v === "bigint" ? simple(v) : typeof v === "symbol" ? "NaN" : simple(Number(v));
        case "%O": return inspect(v, options);
        case "%o": return inspect(v, { ...options, showHidden: true, showProxy: true, depth: 4 });
        case "%i": return typeof v === "bigint" ? simple(v) : typeof v === "symbol" ? "NaN" : simple(parseInt(v));
        case "%f": return typeof v === "symbol" ? "NaN" : simple(parseFloat(v));
        default: return "";
      }
    });
    // %% alone stays when nothing follows in Node.js; with arguments it becomes %.
    used++;
    join = " ";
  }
  for (; used < args.length; used++) {
    const v = args[used];
    text += join + (typeof v === "string" ? v : inspect(v, { ...options, compact: 3, colors: options.colors ?? false, depth: options.depth ?? 2 }));
    join = " ";
  }
  return text;
}
const format = (...args) => formatWithOptions({}, ...args);

return { inspect, format, formatWithOptions, stripVTControlCharacters, getStringWidth, colors };
