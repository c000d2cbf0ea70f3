// Headers (Fetch section 5.1), as Workers have it: no forbidden names, getAll("set-cookie"). Kept as a flat list
// [lower-case name, value, ...], or as the packed head of a request or response (packed.h) until it is changed or iterated.
const {
  ArrayIsArray, ArrayPrototypePush, ArrayPrototypeJoin, ArrayPrototypeSort, MathImul, ObjectCreate, ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, RegExpPrototypeExec,
  StringPrototypeToLowerCase, SymbolIterator, SymbolToStringTag,
  TypeError, IteratorPrototype, ReflectApply,
} = primordials;
const token = internal.token, SafeMap = internal.SafeMap;
// charCodeAt() and substring() are called as methods here and in request.js and response.js: that is 20 times faster than
// through primordials, these are the paths of every request, and C believes nothing that comes out of them.
const PACKED = 12, FIELD = 4;

// --- Names and values ------------------------------------------------------------------------------------------------
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
class Name {
  constructor(text) {
    this.text = text;
    let h = 0x811c9dc5 | 0;
    for (let i = 0; i < text.length; i++) h = MathImul(h ^ text.charCodeAt(i), 0x01000193);
    this.hash = (h ^ (h >>> 16)) & 0xffff;
  }
}
let known = new SafeMap(), knownCount = 0; // as written -> Name

function nameOf(v) {
  let n = known.get(v);
  if (n !== undefined) return n;
  const s = `${v}`;
  if (RegExpPrototypeExec(TOKEN, s) === null) throw new TypeError(`Invalid header name: '${s}'.`);
  n = new Name(StringPrototypeToLowerCase(s));
  if (s.length < 64) {
    if (++knownCount > 500) {
      known = new SafeMap();
      knownCount = 0;
    }
    known.set(s, n);
  }
  return n;
}
const isBlank = (c) => c === 32 || c === 9 || c === 10 || c === 13;

function valueOf(v) {
  let s = typeof v === "string" ? v : `${v}`;
  let a = 0, b = s.length;
  while (a < b && isBlank(s.charCodeAt(a))) a++;
  while (b > a && isBlank(s.charCodeAt(b - 1))) b--;
  if (a > 0 || b < s.length) s = s.substring(a, b);
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c > 255)
      throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${i} has a value of ${c} which is greater than 255.`);
    if (c === 0 || c === 10 || c === 13) throw new TypeError("Invalid header value.");
  }
  return s;
}

// --- Lists ------------------------------------------------------------------------------------------------------------
function append(list, name, value) {
  const n = list.length;
  list[n] = name;
  list[n + 1] = value;
}
function find(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}
function get(list, name) {
  let found = null;
  for (let i = 0; i < list.length; i += 2)
    if (list[i] === name) found = found === null ? list[i + 1] : `${found}, ${list[i + 1]}`;
  return found;
}
function remove(list, name, from) {
  let to = from;
  for (let i = from; i < list.length; i += 2) {
    if (list[i] === name) continue;
    list[to] = list[i];
    list[to + 1] = list[i + 1];
    to += 2;
  }
  list.length = to;
}
function set(list, name, value) {
  const at = find(list, name);
  if (at < 0) append(list, name, value);
  else {
    list[at + 1] = value;
    remove(list, name, at + 2);
  }
}
function pair(list, p) {
  if ((typeof p !== "object" && typeof p !== "function") || p === null)
    throw new TypeError("Header pairs must be sequences of two items.");
  const both = [];
  if (typeof p[SymbolIterator] !== "function") throw new TypeError("Header pairs must be sequences of two items.");
  for (const x of p) ArrayPrototypePush(both, x);
  if (both.length !== 2) throw new TypeError("Header pairs must be sequences of two items.");
  append(list, nameOf(both[0]).text, valueOf(both[1]));
}
// HeadersInit as a new list.
function fill(init) {
  const list = [];
  if (typeof init !== "object" && typeof init !== "function")
    throw new TypeError("Headers must be a Headers, a sequence of pairs, or an object.");
  const iterate = init[SymbolIterator];
  if (iterate === entries && isHeaders(init)) {
    const from = listOf(init);
    for (let i = 0; i < from.length; i++) ArrayPrototypePush(list, from[i]);
    return list;
  }
  if (iterate !== undefined && iterate !== null) {
    const it = ReflectApply(iterate, init, []);
    for (const p of { [SymbolIterator]: () => it }) pair(list, p);
    return list;
  }
  const keys = ReflectOwnKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i], d = ReflectGetOwnPropertyDescriptor(init, key);
    if (d === undefined || !d.enumerable) continue;
    const n = nameOf(typeof key === "symbol" ? key + "" : key).text, v = valueOf(init[key]);
    set(list, n, v); // names that differ in case only: the last one (they were one key in Web IDL's eyes)
  }
  return list;
}

// --- Packed heads -------------------------------------------------------------------------------------------------------
const unit = (text, at) => text.charCodeAt(at);
const u32 = (text, at) => unit(text, at) | (unit(text, at + 1) << 16);
function fieldsAt(text, at) {
  return at + PACKED + FIELD * unit(text, at) + u32(text, at + 1) + unit(text, at + 3) + unit(text, at + 4);
}
function unpack(text, at) {
  const list = [];
  let row = at + PACKED, p = fieldsAt(text, at);
  for (let n = unit(text, at); n > 0; n--, row += FIELD) {
    const name = p + unit(text, row), value = name + u32(text, row + 1);
    append(list, text.substring(p, name), text.substring(name, value));
    p = value;
  }
  return list;
}
function isAt(text, at, name) {
  for (let i = 0; i < name.length; i++) if (text.charCodeAt(at + i) !== name.charCodeAt(i)) return false;
  return true;
}
function packedGet(text, at, name) {
  let row = at + PACKED, p = fieldsAt(text, at), found = null;
  const hash = name.hash, length = name.text.length;
  for (let n = unit(text, at); n > 0; n--, row += FIELD) {
    const nameLength = unit(text, row), start = p + nameLength;
    p = start + u32(text, row + 1);
    if (unit(text, row + 3) !== hash || nameLength !== length) continue;
    if (!isAt(text, start - nameLength, name.text)) continue;
    const value = text.substring(start, p);
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

// --- The class ------------------------------------------------------------------------------------------------------------
let isHeaders, listOf, fromList, fromPacked, sorted, immutable;

class Headers {
  #list = null;
  #text = null;
  #at = 0;
  #immutable = false;
  #version = 0; // changes since it was made, for iterators
  #sorted = null;
  #sortedVersion = -1;
  constructor(init = undefined, text = undefined, at = 0) {
    if (init === token) {
      if (typeof text === "string") {
        this.#text = text;
        this.#at = at;
        this.#immutable = true;
      } else this.#list = text;
    } else this.#list = init === undefined ? [] : fill(init);
  }
  #write() {
    if (this.#immutable) throw new TypeError("Can't modify immutable headers.");
    this.#version++;
    return this.#read();
  }
  #read() {
    if (this.#list === null) {
      this.#list = unpack(this.#text, this.#at);
      this.#text = null;
    }
    return this.#list;
  }
  append(name, value) {
    need(arguments.length, 2, "append");
    const n = nameOf(name).text, v = valueOf(value);
    append(this.#write(), n, v);
  }
  delete(name) {
    need(arguments.length, 1, "delete");
    const n = nameOf(name).text;
    remove(this.#write(), n, 0);
  }
  get(name) {
    need(arguments.length, 1, "get");
    const n = nameOf(name);
    return this.#list === null ? packedGet(this.#text, this.#at, n) : get(this.#list, n.text);
  }
  getAll(name) {
    need(arguments.length, 1, "getAll");
    if (nameOf(name).text !== "set-cookie")
      throw new TypeError("getAll() can only be used with the header name \"Set-Cookie\".");
    return this.getSetCookie();
  }
  getSetCookie() {
    const list = this.#read(), all = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === "set-cookie") ArrayPrototypePush(all, list[i + 1]);
    return all;
  }
  has(name) {
    need(arguments.length, 1, "has");
    const n = nameOf(name);
    return (this.#list === null ? packedGet(this.#text, this.#at, n) : get(this.#list, n.text)) !== null;
  }
  set(name, value) {
    need(arguments.length, 2, "set");
    const n = nameOf(name).text, v = valueOf(value);
    set(this.#write(), n, v);
  }
  forEach(callback, thisArg = undefined) {
    if (typeof callback !== "function") throw new TypeError("Headers.forEach: the callback is not a function.");
    for (let i = 0, all = sorted(this); i < all.length; i += 2, all = sorted(this))
      ReflectApply(callback, thisArg, [all[i + 1], all[i], this]);
  }
  keys() {
    this.#list;
    return iterator(this, 0);
  }
  values() {
    this.#list;
    return iterator(this, 1);
  }
  entries() {
    this.#list;
    return iterator(this, 2);
  }

  static {
    isHeaders = (v) => typeof v === "object" && v !== null && #list in v;
    listOf = (h) => h.#read();
    fromList = (list) => new Headers(token, list);
    fromPacked = (text, at) => new Headers(token, text, at);
    immutable = (h) => {
      h.#immutable = true;
      return h;
    };
    // Sorted by name, equal names combined but for set-cookie; a flat list.
    sorted = (h) => {
      const list = h.#read();
      if (h.#sortedVersion === h.#version) return h.#sorted;
      const names = [], all = [];
      for (let i = 0; i < list.length; i += 2) {
        let seen = false;
        for (let k = 0; k < names.length && !seen; k++) seen = names[k] === list[i];
        if (!seen) ArrayPrototypePush(names, list[i]);
      }
      ArrayPrototypeSort(names, (a, b) => (a < b ? -1 : 1));
      for (let k = 0; k < names.length; k++) {
        if (names[k] !== "set-cookie") ArrayPrototypePush(all, names[k], get(list, names[k]));
        else
          for (let i = 0; i < list.length; i += 2)
            if (list[i] === "set-cookie") ArrayPrototypePush(all, "set-cookie", list[i + 1]);
      }
      h.#sorted = all;
      h.#sortedVersion = h.#version;
      return all;
    };
  }
}
function need(given, wanted, name) {
  if (given < wanted)
    throw new TypeError(`Failed to execute '${name}' on 'Headers': ${wanted} argument${wanted > 1 ? "s" : ""} required, but only ${given} present.`);
}
internal.shape(Headers, "Headers");
const { entries } = Headers.prototype;
ObjectDefineProperty(Headers.prototype, SymbolIterator, {
  __proto__: null, value: entries, writable: true, configurable: true,
});
ObjectDefineProperty(Headers, "length", { __proto__: null, value: 0, configurable: true });

// Iterators are live: each step looks at the list as it is now. A class that stamps private fields on another object.
let step, stamp;
class Stamp extends (class { constructor(o) { return o; } }) {
  #headers = null;
  #kind = 0;
  #at = 0;
  static {
    stamp = (o, headers, kind) => {
      new Stamp(o);
      o.#headers = headers;
      o.#kind = kind;
      return o;
    };
    step = (o) => {
      if (typeof o !== "object" || o === null || !(#at in o)) throw new TypeError("Illegal invocation");
      const all = o.#headers === null ? [] : sorted(o.#headers), at = o.#at, kind = o.#kind;
      if (at >= all.length) {
        o.#headers = null;
        return { value: undefined, done: true };
      }
      o.#at = at + 2;
      return { value: kind === 2 ? [all[at], all[at + 1]] : all[at + kind], done: false };
    };
  }
}
const iteratorPrototype = ObjectCreate(IteratorPrototype, {
  next: {
    __proto__: null, writable: true, enumerable: true, configurable: true,
    value: { next() { return step(this); } }.next,
  },
  [SymbolToStringTag]: { __proto__: null, value: "Headers Iterator", configurable: true },
});
const iterator = (headers, kind) => stamp(ObjectCreate(iteratorPrototype), headers, kind);

// "name\nvalue\n...", as C reads it (fields.h).
const join = (list) => (list === null || list.length === 0 ? "" : `${ArrayPrototypeJoin(list, "\n")}\n`);

return { Headers, isHeaders, fill, find, get, set, append, valueOf, nameOf, listOf, fromList, fromPacked, immutable, join, fieldsAt, u32, unit };
