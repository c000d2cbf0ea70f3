// Values as text for people, in the manner of node's util.inspect: used by console and by tests. Getters are not called,
// proxies are looked through no further than their traps allow, and nothing here throws at a hostile object.
const {
  ArrayIsArray, ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayPrototypeIncludes, ArrayPrototypeJoin, ArrayPrototypePop,
  ArrayPrototypePush, ArrayPrototypeSlice, BooleanPrototypeValueOf, DatePrototypeGetTime, DatePrototypeToISOString, ErrorIsError, JSONStringify, MapPrototypeEntries,
  MapPrototypeGetSize, MapIteratorPrototypeNext, MathMin, NumberIsInteger, Object, ObjectGetOwnPropertyDescriptor, ObjectGetPrototypeOf,
  ReflectOwnKeys, RegExpPrototypeExec, RegExpPrototypeToString, SetIteratorPrototypeNext, SetPrototypeGetSize, SetPrototypeValues,
  String, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeStartsWith,
  SymbolPrototypeToString, SymbolToStringTag, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag, Uint8Array, WeakMap, parseFloat, parseInt,
  FunctionPrototypeToString, Number,
} = primordials;
const WIDTH = 72, MANY = 100, LONG = 10000;

function quote(s) {
  const q = !StringPrototypeIncludes(s, "'") ? "'" : !StringPrototypeIncludes(s, '"') ? '"' : !StringPrototypeIncludes(s, "`") ? "`" : "'";
  let body = StringPrototypeSlice(JSONStringify(s), 1, -1);
  body = StringPrototypeReplaceAll(body, '\\"', '"');
  if (q === "'") body = StringPrototypeReplaceAll(body, "'", "\\'");
  return q + body + q;
}
const keyText = (k) =>
  typeof k === "symbol" ? `[${SymbolPrototypeToString(k)}]` : RegExpPrototypeExec(/^[A-Za-z_$][\w$]*$/, k) !== null ? k : quote(k);

function primitive(v, top) {
  switch (typeof v) {
    case "string": return top ? v : quote(v.length > LONG ? `${StringPrototypeSlice(v, 0, LONG)}... ${v.length - LONG} more characters` : v);
    case "number": return v === 0 && 1 / v < 0 ? "-0" : `${v}`;
    case "bigint": return `${v}n`;
    case "symbol": return SymbolPrototypeToString(v);
    default: return `${v}`;
  }
}

const tried = (fn, v) => {
  try {
    return fn(v);
  } catch {
    return undefined;
  }
};
const ownValue = (o, key) => {
  const d = ObjectGetOwnPropertyDescriptor(o, key);
  return d !== undefined && "value" in d ? d.value : undefined;
};

// The name of the class of an object, or null for one without a prototype.
function className(o) {
  for (let p = o, i = 0; p !== null && i < 50; p = ObjectGetPrototypeOf(p), i++) {
    const c = ownValue(p, "constructor");
    if (typeof c === "function") {
      const n = ownValue(c, "name");
      if (typeof n === "string" && n !== "") return n;
    }
  }
  return null;
}
function tagOf(o, name) {
  for (let p = o, i = 0; p !== null && i < 50; p = ObjectGetPrototypeOf(p), i++) {
    const t = ownValue(p, SymbolToStringTag);
    if (typeof t === "string") return t !== "" && t !== name ? ` [${t}]` : "";
  }
  return "";
}
function prefix(o, name, plain) {
  const tag = tagOf(o, name);
  if (name === null) return `[${plain}: null prototype]${tag} `;
  return name === plain && tag === "" && plain === "Object" ? "" : `${name}${tag} `;
}

class Inspector {
  constructor(depth) {
    this.depth = depth;
    this.seen = [];
    this.circular = [];
  }

  show(v, level) {
    if (typeof v !== "object" && typeof v !== "function" || v === null) return primitive(v, false);
    if (ArrayPrototypeIncludes(this.seen, v)) {
      if (!ArrayPrototypeIncludes(this.circular, v)) ArrayPrototypePush(this.circular, v);
      return `[Circular *${this.mark(v)}]`;
    }
    ArrayPrototypePush(this.seen, v);
    let text;
    try {
      text = this.object(v, level);
    } catch (e) {
      text = "[Object: it cannot be inspected]";
    }
    ArrayPrototypePop(this.seen);
    if (ArrayPrototypeIncludes(this.circular, v)) text = `<ref *${this.mark(v)}> ${text}`;
    return text;
  }
  mark(v) {
    for (let i = 0; i < this.circular.length; i++) if (this.circular[i] === v) return i + 1;
    return 0;
  }

  object(o, level) {
    const name = className(o);
    if (typeof o === "function") return this.braces(o, this.fn(o, name), level, true);
    if (ErrorIsError(o)) return this.error(o, level);
    if (ArrayIsArray(o)) return this.array(o, name, level);
    const typed = tried(TypedArrayPrototypeGetSymbolToStringTag, o);
    if (typed !== undefined) return this.typed(o, typed, level);
    let n = tried(MapPrototypeGetSize, o);
    if (n !== undefined) return this.map(o, name, n, level);
    n = tried(SetPrototypeGetSize, o);
    if (n !== undefined) return this.set(o, name, n, level);
    n = tried(DatePrototypeGetTime, o);
    if (n !== undefined) return this.braces(o, n === n ? DatePrototypeToISOString(o) : "Invalid Date", level, true);
    const re = name !== "Object" ? ownValue(o, "lastIndex") : undefined;
    if (typeof re === "number") {
      const s = tried(RegExpPrototypeToString, o);
      if (s !== undefined) return this.braces(o, s, level, true);
    }
    n = tried(ArrayBufferPrototypeGetByteLength, o);
    if (n !== undefined) return this.buffer(o, n);
    if (name === "Promise" || name === "WeakMap" || name === "WeakSet" || name === "WeakRef") return `${name} { <items unknown> }`;
    for (const [Class, proto] of boxes) {
      const v = tried(proto, o);
      if (v !== undefined) return `[${Class}: ${primitive(v, false)}]`;
    }
    return this.fields(o, prefix(o, name, "Object"), level);
  }

  fn(f, name) {
    const source = FunctionPrototypeToString(f), own = ownValue(f, "name");
    const label = typeof own === "string" && own !== "" ? own : "";
    if (StringPrototypeStartsWith(source, "class")) {
      const base = ObjectGetPrototypeOf(f), from = typeof base === "function" ? ownValue(base, "name") : "";
      return `[class ${label === "" ? "(anonymous)" : label}${from ? ` extends ${from}` : ""}]`;
    }
    return `[${name === null ? "Function (null prototype)" : name}${label === "" ? " (anonymous)" : `: ${label}`}]`;
  }

  error(e, level) {
    const text = internal.natives.errorText(e);
    const keys = [], own = ReflectOwnKeys(e);
    for (let i = 0; i < own.length; i++) {
      const d = ObjectGetOwnPropertyDescriptor(e, own[i]);
      if (d !== undefined && d.enumerable && own[i] !== "line" && own[i] !== "column" && own[i] !== "sourceURL" && own[i] !== "stack")
        ArrayPrototypePush(keys, own[i]);
    }
    if (keys.length === 0) return level > 0 && !StringPrototypeIncludes(text, "\n") ? `[${text}]` : text;
    return `${text} ${this.list(this.members(e, keys, level), "{", "}", level)}`;
  }

  members(o, keys, level) {
    const items = [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i], d = ObjectGetOwnPropertyDescriptor(o, key);
      if (d === undefined) continue;
      const value = "value" in d ? this.show(d.value, level + 1)
        : d.get !== undefined ? (d.set !== undefined ? "[Getter/Setter]" : "[Getter]") : "[Setter]";
      ArrayPrototypePush(items, `${d.enumerable ? keyText(key) : `[${typeof key === "symbol" ? SymbolPrototypeToString(key) : key}]`}: ${value}`);
    }
    return items;
  }
  // Enumerable keys; without array indexes if so asked.
  keys(o, indexes) {
    const own = ReflectOwnKeys(o), keys = [];
    for (let i = 0; i < own.length; i++) {
      const key = own[i];
      if (!indexes && typeof key === "string" && RegExpPrototypeExec(/^(?:0|[1-9]\d*)$/, key) !== null) continue;
      const d = ObjectGetOwnPropertyDescriptor(o, key);
      if (d !== undefined && d.enumerable) ArrayPrototypePush(keys, key);
    }
    return keys;
  }
  fields(o, before, level) {
    const keys = this.keys(o, true);
    // (an event's one own property)
    if (keys.length === 0 || (keys.length === 1 && keys[0] === "isTrusted")) {
      const web = this.web(o, before, level);
      if (web !== undefined) return web;
    }
    if (keys.length === 0) {
      return `${before}{}`;
    }
    if (level > this.depth) return before === "" ? "[Object]" : `[${StringPrototypeSlice(before, 0, -1)}]`;
    return before + this.list(this.members(o, keys, level), "{", "}", level);
  }
  // Objects of the Web APIs: what follows the name.
  web(o, before, level) {
    const seen = internal.load("inspect_web").view(o);
    if (seen === undefined) return undefined;
    const { members, pairs } = seen, items = [];
    if (level > this.depth) return `${before}{}`;
    if (pairs === undefined) {
      for (let i = 0; i < members.length; i++) ArrayPrototypePush(items, `${members[i][0]}: ${this.show(members[i][1], level + 1)}`);
      return before + this.list(items, "{", "}", level);
    }
    for (let i = 0; i < pairs.length; i++)
      ArrayPrototypePush(items, `${this.show(pairs[i][0], level + 1)} => ${this.show(pairs[i][1], level + 1)}`);
    return `${StringPrototypeSlice(before, 0, -1)}(${pairs.length}) ${this.list(items, "{", "}", level)}`;
  }
  braces(o, before, level, onlyIfAny) {
    const keys = this.keys(o, true);
    if (keys.length === 0 && onlyIfAny) return before;
    if (level > this.depth) return before;
    return `${before} ${this.list(this.members(o, keys, level), "{", "}", level)}`;
  }

  array(a, name, level) {
    const before = name === "Array" ? "" : `${name === null ? "[Array(" : `${name}(`}${a.length})${name === null ? ": null prototype]" : ""} `;
    if (a.length === 0 && this.keys(a, false).length === 0) return `${before}[]`;
    if (level > this.depth) return "[Array]";
    const items = [], n = a.length;
    let holes = 0, i = 0;
    const flush = () => {
      if (holes > 0) ArrayPrototypePush(items, `<${holes} empty item${holes > 1 ? "s" : ""}>`);
      holes = 0;
    };
    for (; i < n && items.length < MANY; i++) {
      const d = ObjectGetOwnPropertyDescriptor(a, i);
      if (d === undefined) {
        if (++holes > 1e6) break;
        continue;
      }
      flush();
      ArrayPrototypePush(items, "value" in d ? this.show(d.value, level + 1) : "[Getter]");
    }
    flush();
    if (i < n) ArrayPrototypePush(items, `... ${n - i} more item${n - i > 1 ? "s" : ""}`);
    const extra = this.members(a, this.keys(a, false), level);
    for (let k = 0; k < extra.length; k++) ArrayPrototypePush(items, extra[k]);
    return before + this.list(items, "[", "]", level);
  }
  typed(a, name, level) {
    const n = TypedArrayPrototypeGetLength(a), items = [];
    for (let i = 0; i < n && i < MANY; i++) ArrayPrototypePush(items, primitive(a[i], false));
    if (n > MANY) ArrayPrototypePush(items, `... ${n - MANY} more item${n - MANY > 1 ? "s" : ""}`);
    return `${name}(${n}) ${items.length === 0 ? "[]" : this.list(items, "[", "]", level)}`;
  }
  buffer(b, n) {
    let text = "";
    const u = new Uint8Array(b, 0, MathMin(n, 50));
    for (let i = 0; i < TypedArrayPrototypeGetLength(u); i++) text += (i > 0 ? " " : "") + (u[i] < 16 ? "0" : "") + hex(u[i]);
    if (n > 50) text += ` ... ${n - 50} more bytes`;
    return `ArrayBuffer { [Uint8Contents]: <${text}>, byteLength: ${n} }`;
  }
  map(m, name, n, level) {
    if (level > this.depth) return `[${name}]`;
    const items = [], it = MapPrototypeEntries(m);
    for (let r = MapIteratorPrototypeNext(it), i = 0; !r.done && i < MANY; r = MapIteratorPrototypeNext(it), i++)
      ArrayPrototypePush(items, `${this.show(r.value[0], level + 1)} => ${this.show(r.value[1], level + 1)}`);
    if (n > MANY) ArrayPrototypePush(items, `... ${n - MANY} more items`);
    return `${name}(${n}) ${this.list(items, "{", "}", level)}`;
  }
  set(s, name, n, level) {
    if (level > this.depth) return `[${name}]`;
    const items = [], it = SetPrototypeValues(s);
    for (let r = SetIteratorPrototypeNext(it), i = 0; !r.done && i < MANY; r = SetIteratorPrototypeNext(it), i++)
      ArrayPrototypePush(items, this.show(r.value, level + 1));
    if (n > MANY) ArrayPrototypePush(items, `... ${n - MANY} more items`);
    return `${name}(${n}) ${this.list(items, "{", "}", level)}`;
  }

  // On one line if it fits and is simple enough, else an item a line; numbers of long arrays in groups.
  list(items, open, close, level) {
    if (items.length === 0) return open + close;
    let total = items.length + open.length;
    let multi = false;
    for (let i = 0; i < items.length; i++) {
      total += items[i].length + 1;
      if (StringPrototypeIncludes(items[i], "\n")) multi = true;
    }
    if (!multi && total + level * 2 <= WIDTH + 4 && (open === "{" || items.length <= 6 || total <= WIDTH))
      return `${open} ${ArrayPrototypeJoin(items, ", ")} ${close}`;
    const pad = "\n" + spaces(level + 1);
    let text = open;
    if (open === "[" && !multi && items.length > 6) {
      let row = "";
      for (let i = 0; i < items.length; i++) {
        const item = items[i] + (i + 1 < items.length ? "," : "");
        if (row !== "" && row.length + item.length + 1 > WIDTH) {
          text += pad + row;
          row = "";
        }
        row += (row === "" ? "" : " ") + item;
      }
      return `${text}${pad}${row}\n${spaces(level)}${close}`;
    }
    for (let i = 0; i < items.length; i++) text += pad + items[i] + (i + 1 < items.length ? "," : "");
    return `${text}\n${spaces(level)}${close}`;
  }
}
const uncurry = primordials.uncurryThis;
const boxes = [["Number", uncurry(Number.prototype.valueOf)], ["String", uncurry(String.prototype.valueOf)],
  ["Boolean", uncurry(primordials.Boolean.prototype.valueOf)], ["Symbol", uncurry(primordials.Symbol.prototype.valueOf)],
  ["BigInt", uncurry(primordials.BigInt.prototype.valueOf)]];
const toHex = uncurry(Number.prototype.toString);
const hex = (n) => toHex(n, 16);
const spaces = (level) => {
  let s = "";
  for (let i = 0; i < level; i++) s += "  ";
  return s;
};
internal.apply = (fn, self) => primordials.ReflectApply(fn, self, []);

function inspect(value, options = undefined) {
  if (typeof value !== "object" && typeof value !== "function" || value === null) return primitive(value, false);
  const depth = options === undefined || options === null || options.depth === undefined ? 2 : options.depth === null ? Infinity : +options.depth;
  return new Inspector(depth).show(value, 0);
}

// The console's formatter: %s %d %i %f %j %o %O %c %%, then the rest with blanks between.
function format(args) {
  let text = "", next = 0;
  if (typeof args[0] === "string") {
    const f = args[0];
    next = 1;
    let from = 0;
    for (let at = StringPrototypeIndexOf(f, "%"); at >= 0 && at + 1 < f.length; at = StringPrototypeIndexOf(f, "%", at)) {
      const c = f[at + 1];
      let put;
      if (c === "%") put = "%";
      else if (next < args.length) put = directive(c, args[next]);
      if (put === undefined) {
        at++;
        continue;
      }
      if (c !== "%") next++;
      text += StringPrototypeSlice(f, from, at) + put;
      from = at += 2;
    }
    text += StringPrototypeSlice(f, from);
  }
  for (let i = next; i < args.length; i++) {
    if (i > 0) text += " ";
    text += typeof args[i] === "string" ? args[i] : inspect(args[i]);
  }
  return text;
}
function directive(c, v) {
  switch (c) {
    case "s":
      if (typeof v === "string") return v;
      return typeof v === "object" && v !== null ? inspect(v, { depth: 0 }) : primitive(v, true);
    case "d": return typeof v === "bigint" ? `${v}n` : typeof v === "symbol" || typeof v === "object" ? "NaN" : primitive(Number(v), true);
    case "i": return typeof v === "bigint" ? `${v}n` : typeof v === "symbol" || typeof v === "object" ? "NaN" : primitive(parseInt(v), true);
    case "f": return typeof v === "symbol" ? "NaN" : primitive(parseFloat(v), true);
    case "j": return tried(JSONStringify, v) ?? "[Circular]";
    case "o": return inspect(v, { depth: 4 });
    case "O": return inspect(v);
    case "c": return "";
    default: return undefined;
  }
}
return { inspect, format };
