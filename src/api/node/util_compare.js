// Deep equality: util.isDeepStrictEqual(), assert.deepEqual() and its kin. https://nodejs.org/api/assert.html
const { Object } = primordials;
const types = internal.load("node/util_types");

const STRICT = 0, LOOSE = 1, PARTIAL = 2;
const own = (o, key) => Object.prototype.hasOwnProperty.call(o, key);
const enumerable = (o, key) => Object.prototype.propertyIsEnumerable.call(o, key);
const isIndex = (k) => /^(0|[1-9]\d{0,9})$/.test(k) && +k < 4294967295;

class Comparison {
  constructor(mode) {
    this.mode = mode;
    this.strict = mode !== LOOSE;
    this.pairs = []; // objects that are being compared: a circle must have the same shape on both sides
  }

  equal(a, b) {
    if (a === b) return a !== 0 || Object.is(a, b) || !this.strict;
    if (this.strict) {
      if (typeof a !== "object" || a === null) return typeof a === "number" && a !== a && b !== b && typeof b === "number";
      if (typeof b !== "object" || b === null) return false;
      if (this.mode === STRICT && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    } else {
      if (a === null || typeof a !== "object")
        return (b === null || typeof b !== "object") && (a == b || (a !== a && b !== b)); // eslint-disable-line eqeqeq
      if (b === null || typeof b !== "object") return false;
    }
    return this.objects(a, b);
  }

  objects(a, b) {
    const tagA = Object.prototype.toString.call(a);
    if (tagA !== Object.prototype.toString.call(b)) return false;
    if (Array.isArray(a)) {
      if (!Array.isArray(b) || (this.mode === PARTIAL ? a.length < b.length : a.length !== b.length)) return false;
      return this.arrays(a, b);
    }
    if (Array.isArray(b)) return false;
    if (tagA === "[object Object]") {
      if (types.isNativeError(a) !== types.isNativeError(b)) return false;
      return this.keyed(a, b, "none");
    }
    if (types.isDate(a)) {
      if (!types.isDate(b)) return false;
      const x = Date.prototype.getTime.call(a), y = Date.prototype.getTime.call(b);
      if (!(x === y || (x !== x && y !== y))) return false;
    } else if (types.isRegExp(a)) {
      if (!types.isRegExp(b) || a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
    } else if (types.isNativeError(a) || a instanceof Error) {
      if ((!types.isNativeError(b) && !(b instanceof Error)) || !this.errors(a, b)) return false;
    } else if (types.isArrayBufferView(a)) {
      if (!types.isArrayBufferView(b) || types.typedName(a) !== types.typedName(b)) return false;
      const float = !this.strict && /^Float/.test(types.typedName(a) ?? "");
      if (this.mode === PARTIAL ? a.byteLength < b.byteLength : a.byteLength !== b.byteLength) return false;
      if (float || (this.mode === PARTIAL && types.typedName(a))) {
        for (let i = 0; i < b.length; i++) if (a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i])) return false;
      } else if (!sameBytes(a, b)) return false;
      return this.keyed(a, b, "none", true);
    } else if (types.isSet(a)) {
      if (!types.isSet(b) || (this.mode === PARTIAL ? types.sizeOf(a) < types.sizeOf(b) : types.sizeOf(a) !== types.sizeOf(b))) return false;
      return this.keyed(a, b, "set");
    } else if (types.isMap(a)) {
      if (!types.isMap(b) || (this.mode === PARTIAL ? types.sizeOf(a) < types.sizeOf(b) : types.sizeOf(a) !== types.sizeOf(b))) return false;
      return this.keyed(a, b, "map");
    } else if (types.isAnyArrayBuffer(a)) {
      if (!types.isAnyArrayBuffer(b) || a.byteLength !== b.byteLength || !sameBytes(new Uint8Array(a), new Uint8Array(b))) return false;
    } else if (types.isBoxedPrimitive(a)) {
      if (!types.isBoxedPrimitive(b) || !Object.is(types.unbox(a), types.unbox(b))) return false;
    } else if (types.isWeakMap(a) || types.isWeakSet(a) || types.isPromise(a)) {
      return false; // they are not the same object
    } else if (tagA === "[object URL]") {
      if (a.href !== b.href) return false;
    } else if (types.isArrayBufferView(b) || types.isSet(b) || types.isMap(b) || types.isDate(b) || types.isRegExp(b) || types.isAnyArrayBuffer(b) ||
      types.isBoxedPrimitive(b) || types.isNativeError(b)) return false;
    return this.keyed(a, b, "none");
  }

  errors(a, b) {
    const missing = (key) => this.mode === PARTIAL && !own(b, key);
    if (!missing("message") && (a.message !== b.message || (this.mode !== PARTIAL && enumerable(a, "message") !== enumerable(b, "message")))) return false;
    if (!missing("name") && (a.name !== b.name)) return false;
    for (const key of ["cause", "errors"]) {
      if (missing(key)) continue;
      if (own(a, key) !== own(b, key) || (own(a, key) && !this.equal(a[key], b[key]))) return false;
    }
    return true;
  }

  // Own enumerable keys that matter: symbols too when strict; of an array or typed array, not its items.
  keysOf(o, items) {
    let keys = Object.keys(o);
    if (items) keys = keys.filter((k) => !isIndex(k));
    if (types.isNativeError(o)) keys = keys.filter((k) => k !== "line" && k !== "column" && k !== "sourceURL");
    if (this.strict) keys = keys.concat(Object.getOwnPropertySymbols(o).filter((s) => enumerable(o, s)));
    return keys;
  }

  keyed(a, b, kind, items = false) {
    const keys = this.keysOf(b, items);
    if (this.mode !== PARTIAL && this.keysOf(a, items).length !== keys.length) return false;
    for (const key of keys) if (!enumerable(a, key) && !(this.mode === PARTIAL && own(a, key))) return false;
    return this.guarded(a, b, () => {
      for (const key of keys) if (!this.equal(a[key], b[key])) return false;
      if (kind === "set") return this.sets(a, b);
      if (kind === "map") return this.maps(a, b);
      return true;
    });
  }
  arrays(a, b) {
    const keys = this.keysOf(b, true);
    if (this.mode !== PARTIAL && this.keysOf(a, true).length !== keys.length) return false;
    for (const key of keys) if (!enumerable(a, key)) return false;
    return this.guarded(a, b, () => {
      for (const key of keys) if (!this.equal(a[key], b[key])) return false;
      if (this.mode === PARTIAL) return this.subsequence(a, b);
      for (let i = 0; i < a.length; i++) {
        const there = own(a, i);
        if (there !== own(b, i) && this.strict) return false;
        if (there || own(b, i)) {
          if (!this.equal(a[i], b[i])) return false;
        } else if (a.length > 10000) {
          const next = Object.keys(a).filter(isIndex).map(Number).find((n) => n > i);
          const other = Object.keys(b).filter(isIndex).map(Number).find((n) => n > i);
          if (next !== other && this.strict) return false;
          const at = Math.min(next ?? a.length, other ?? a.length);
          if (at >= a.length) break;
          i = at - 1;
        }
      }
      return true;
    });
  }
  // Every item of b in a, in that order.
  subsequence(a, b) {
    let at = 0;
    for (let i = 0; i < b.length; i++) {
      while (at < a.length && !this.equal(a[at], b[i])) at++;
      if (at++ >= a.length) return false;
    }
    return true;
  }
  guarded(a, b, fn) {
    for (const [x, y] of this.pairs) {
      if (x === a || y === b) {
        if (x === a && y === b) return true;
        if (x === a && y !== b) return this.pairs.some(([p, q]) => p === a && q === b) || this.deeper(a, b, fn);
      }
    }
    return this.deeper(a, b, fn);
  }
  deeper(a, b, fn) {
    if (this.pairs.length > 2000) return false;
    this.pairs.push([a, b]);
    const result = fn();
    this.pairs.pop();
    return result;
  }

  // Items that are not in the other one as they are must have an equal there, each another one.
  sets(a, b) {
    const left = [];
    for (const v of Set.prototype.values.call(b)) {
      if (Set.prototype.has.call(a, v)) continue;
      if (this.strict && (typeof v !== "object" || v === null)) return false;
      left.push(v);
    }
    if (left.length === 0) return true;
    const free = [...Set.prototype.values.call(a)].filter((v) => !Set.prototype.has.call(b, v));
    return this.matched(free, left, (x, y) => this.equal(x, y));
  }
  maps(a, b) {
    const left = [];
    for (const [key, v] of Map.prototype.entries.call(b)) {
      const there = Map.prototype.has.call(a, key);
      if (there && this.equal(Map.prototype.get.call(a, key), v)) continue;
      if (this.strict && (typeof key !== "object" || key === null)) return false;
      if (there && typeof key === "object") return false;
      left.push([key, v]);
    }
    if (left.length === 0) return true;
    const free = [...Map.prototype.entries.call(a)].filter(([key]) => !Map.prototype.has.call(b, key) || !this.strict);
    return this.matched(free, left, (x, y) => this.equal(x[0], y[0]) && this.equal(x[1], y[1]));
  }
  matched(free, wanted, same) {
    for (const w of wanted) {
      const at = free.findIndex((f) => same(f, w));
      if (at < 0) return false;
      free.splice(at, 1);
    }
    return true;
  }
}
function sameBytes(a, b) {
  const view = (v) => (v instanceof Uint8Array ? v : new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  const x = view(a), y = view(b);
  for (let i = 0; i < y.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
const isDeepStrictEqual = (a, b) => new Comparison(STRICT).equal(a, b);
const isDeepEqual = (a, b) => new Comparison(LOOSE).equal(a, b);
const isPartialStrictEqual = (a, b) => new Comparison(PARTIAL).equal(a, b);
return { isDeepStrictEqual, isDeepEqual, isPartialStrictEqual };
