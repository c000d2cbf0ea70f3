// URLSearchParams. https://url.spec.whatwg.org/#interface-urlsearchparams
// The list is flat: [name, value, name, value, ...].
const {
  ArrayPrototypePush,
  ArrayPrototypeSort,
  ArrayPrototypeSplice,
  IteratorPrototype,
  ObjectCreate,
  ObjectDefineProperties,
  ObjectDefineProperty,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  SymbolIterator,
  SymbolToStringTag,
  TypeError,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load;
const { domString, illegalInvocation, isObject, kInternal, record, required, usvString } = lazy('webidl');
const { decodeComponent, encodeComponent, pieceOffsets, pieces } = lazy('url');

class Params {
  constructor(list, update) {
    this.list = list;
    this.update = update; // (search) => changes the URL; undefined when there is none
  }
  changed() {
    if (this.update !== undefined) this.update(serializeList(this.list));
  }
}
record(Params);

// --- application/x-www-form-urlencoded -----------------------------------------------------------------------

const offsets = pieceOffsets(); // the last one: how many names and values

// Methods of strings are called as methods, for the reason that url.js gives.
function parseList(text) {
  // Not empty; and when it was a rope it is in one piece now, as C wants it.
  const decoded = text.charCodeAt(0) >= 0 ? pieces(text) : null;
  if (decoded === null) return parseLong(text);
  const list = [];
  const n = 2 * offsets[256];
  for (let i = 0, k = 0; i < n; i += 2, k++) list[k] = decoded.slice(offsets[i], offsets[i + 1]);
  return list;
}
// What pieces() leaves: long ones, ropes, text beyond ASCII.
function parseLong(text) {
  const list = [];
  const n = text.length;
  for (let at = 0; at < n; ) {
    let equals = -1;
    let coded = false; // a '%' or '+' since the last border
    let name = '';
    const start = at;
    for (; at < n; at++) {
      const c = text.charCodeAt(at);
      if (c === 38) break;
      if (c === 61 && equals < 0) {
        equals = at;
        name = coded ? decodeComponent(text.slice(start, at)) : text.slice(start, at);
        coded = false;
      } else if (c === 37 || c === 43) {
        coded = true;
      }
    }
    if (at > start) {
      const rest = text.slice(equals < 0 ? start : equals + 1, at);
      const decoded = coded ? decodeComponent(rest) : rest;
      ArrayPrototypePush(list, equals < 0 ? decoded : name);
      ArrayPrototypePush(list, equals < 0 ? '' : decoded);
    }
    at++;
  }
  return list;
}

// Letters, digits, * - . _ stand for themselves.
function isPlain(c) {
  return (
    (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 42 || c === 45 || c === 46 || c === 95
  );
}
function encodePart(s) {
  for (let i = 0; i < s.length; i++) if (!isPlain(s.charCodeAt(i))) return encodeComponent(s);
  return s;
}
function serializeList(list) {
  let text = '';
  for (let i = 0; i < list.length; i += 2) {
    if (i > 0) text += '&';
    text += `${encodePart(list[i])}=${encodePart(list[i + 1])}`;
  }
  return text;
}

// --- The constructor's argument -------------------------------------------------------------------------------

function iterate(object, method, each) {
  const iterator = ReflectApply(method, object, []);
  if (!isObject(iterator)) throw new TypeError('The iterator is not an object');
  const { next } = iterator;
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError('The iterator result is not an object');
    if (result.done) return;
    each(result.value);
  }
}
// sequence<sequence<USVString>>
function fromSequence(init, method) {
  const list = [];
  iterate(init, method, (pair) => {
    if (!isObject(pair)) throw new TypeError('An item is not a pair of name and value');
    const inner = pair[SymbolIterator];
    if (typeof inner !== 'function') throw new TypeError('An item is not iterable');
    let n = 0;
    iterate(pair, inner, (v) => {
      const s = usvString(v);
      if (n++ < 2) ArrayPrototypePush(list, s);
    });
    if (n !== 2) throw new TypeError('An item is not a pair of name and value');
  });
  return list;
}
// record<USVString, USVString>: two keys may become the same by the conversion; then the last value counts.
function fromRecord(init) {
  const list = [];
  const keys = ReflectOwnKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const d = ReflectGetOwnPropertyDescriptor(init, keys[i]);
    if (d === undefined || !d.enumerable) continue;
    const name = usvString(keys[i]);
    const value = usvString(init[keys[i]]);
    let at = 0;
    while (at < list.length && list[at] !== name) at += 2;
    list[at] = name;
    list[at + 1] = value;
  }
  return list;
}
function convertInit(init) {
  if (isObject(init)) {
    const method = init[SymbolIterator];
    if (method === undefined || method === null) return fromRecord(init);
    if (typeof method !== 'function') throw new TypeError('The init is not iterable');
    return fromSequence(init, method);
  }
  const text = usvString(init);
  return parseList(StringPrototypeCharCodeAt(text, 0) === 63 ? StringPrototypeSlice(text, 1) : text);
}

// --- The class -------------------------------------------------------------------------------------------------

let paramsOf;
function own(v) {
  const p = paramsOf(v);
  if (p === undefined) throw illegalInvocation();
  return p;
}

class URLSearchParams {
  #p;
  static {
    paramsOf = (v) => (isObject(v) && #p in v ? v.#p : undefined);
  }
  constructor(init = '') {
    this.#p = init === kInternal ? arguments[1] : new Params(convertInit(init), undefined);
  }
  get size() {
    return own(this).list.length / 2;
  }
  append(name, value) {
    const p = own(this);
    required(arguments.length, 2, 'append');
    name = usvString(name);
    value = usvString(value);
    const { list } = p;
    const n = list.length;
    list[n] = name;
    list[n + 1] = value;
    p.changed();
  }
  delete(name, value = undefined) {
    const p = own(this);
    required(arguments.length, 1, 'delete');
    name = usvString(name);
    if (value !== undefined) value = usvString(value);
    const kept = [];
    const { list } = p;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name && (value === undefined || list[i + 1] === value)) continue;
      ArrayPrototypePush(kept, list[i]);
      ArrayPrototypePush(kept, list[i + 1]);
    }
    p.list = kept;
    p.changed();
  }
  get(name) {
    const { list } = own(this);
    required(arguments.length, 1, 'get');
    name = domString(name);
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
    const proper = usvString(name); // what is in the list is; so it matters only now
    if (proper !== name) for (let i = 0; i < list.length; i += 2) if (list[i] === proper) return list[i + 1];
    return null;
  }
  getAll(name) {
    const { list } = own(this);
    required(arguments.length, 1, 'getAll');
    name = usvString(name);
    const values = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) ArrayPrototypePush(values, list[i + 1]);
    return values;
  }
  has(name, value = undefined) {
    const { list } = own(this);
    required(arguments.length, 1, 'has');
    name = usvString(name);
    if (value !== undefined) value = usvString(value);
    for (let i = 0; i < list.length; i += 2)
      if (list[i] === name && (value === undefined || list[i + 1] === value)) return true;
    return false;
  }
  set(name, value) {
    const p = own(this);
    required(arguments.length, 2, 'set');
    name = usvString(name);
    value = usvString(value);
    const { list } = p;
    let found = false;
    for (let i = 0; i < list.length; ) {
      if (list[i] !== name) {
        i += 2;
      } else if (found) {
        ArrayPrototypeSplice(list, i, 2);
      } else {
        found = true;
        list[i + 1] = value;
        i += 2;
      }
    }
    if (!found) {
      ArrayPrototypePush(list, name);
      ArrayPrototypePush(list, value);
    }
    p.changed();
  }
  sort() {
    const p = own(this);
    const { list } = p;
    const pairs = [];
    for (let i = 0; i < list.length; i += 2) ArrayPrototypePush(pairs, { name: list[i], value: list[i + 1] });
    // By code units, stable.
    ArrayPrototypeSort(pairs, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const sorted = [];
    for (let i = 0; i < pairs.length; i++) {
      ArrayPrototypePush(sorted, pairs[i].name);
      ArrayPrototypePush(sorted, pairs[i].value);
    }
    p.list = sorted;
    p.changed();
  }
  toString() {
    return serializeList(own(this).list);
  }
  entries() {
    return iteratorOver(own(this), BOTH);
  }
  forEach(callback, thisArg = undefined) {
    const p = own(this);
    required(arguments.length, 1, 'forEach');
    if (typeof callback !== 'function') throw new TypeError('The callback is not a function');
    for (let i = 0; i < p.list.length; i += 2) ReflectApply(callback, thisArg, [p.list[i + 1], p.list[i], this]);
  }
  keys() {
    return iteratorOver(own(this), KEYS);
  }
  values() {
    return iteratorOver(own(this), VALUES);
  }
}
internal.shape(URLSearchParams, 'URLSearchParams');
ObjectDefineProperty(URLSearchParams.prototype, SymbolIterator, {
  __proto__: null,
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});

// --- Iterators: https://webidl.spec.whatwg.org/#js-iterator-prototype-object ----------------------------------

const BOTH = 0;
const KEYS = 1;
const VALUES = 2;
const cursors = new WeakMap();
const methods = {
  next() {
    const cursor = isObject(this) ? WeakMapPrototypeGet(cursors, this) : undefined;
    if (cursor === undefined) throw illegalInvocation();
    const { list } = cursor.params;
    const { at } = cursor;
    if (at >= list.length) return { value: undefined, done: true };
    cursor.at += 2;
    if (cursor.kind === KEYS) return { value: list[at], done: false };
    if (cursor.kind === VALUES) return { value: list[at + 1], done: false };
    return { value: [list[at], list[at + 1]], done: false };
  },
};
const iteratorPrototype = ObjectCreate(IteratorPrototype);
ObjectDefineProperties(iteratorPrototype, {
  __proto__: null,
  next: { __proto__: null, value: methods.next, writable: true, enumerable: true, configurable: true },
  [SymbolToStringTag]: { __proto__: null, value: 'URLSearchParams Iterator', configurable: true },
});
function iteratorOver(params, kind) {
  const iterator = ObjectCreate(iteratorPrototype);
  WeakMapPrototypeSet(cursors, iterator, { __proto__: null, params, kind, at: 0 });
  return iterator;
}

return {
  URLSearchParams,
  isURLSearchParams: (v) => paramsOf(v) !== undefined,
  serialize: (params) => serializeList(paramsOf(params).list),
  parseList,
  serializeList,
  // The searchParams of a URL: `update(search)` is called when they change.
  attached: (text, update) => new URLSearchParams(kInternal, new Params(parseList(text), update)),
  // The URL's query has changed.
  refresh: (params, text) => {
    paramsOf(params).list = parseList(text);
  },
};
