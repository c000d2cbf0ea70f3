// Values as bytes, for calls between isolates: what structuredClone() takes, written down, and what somebody else knows how to
// put into words (rpc_values.js: stubs, streams, requests).
//
//   u32 length of the JSON   the JSON, UTF-8   the bytes of all buffers and blobs, one behind the other
//
// The JSON is [value, [record, ...]]. A value is a JSON string, finite number, boolean or null, or an array: ["u"] undefined,
// ["n", text] the other numbers, ["i", text] a BigInt, ["r", i] record i. Records are clone.js's, with values in place of theirs.
//
// Bytes come from another isolate of the account, and nothing in them is believed: what is not of this form is a TypeError.
const {
  ArrayBuffer, ArrayIsArray, ArrayPrototypePush, BigInt, JSONParse, JSONStringify, Map, MapPrototypeGet, MapPrototypeSet, Number,
  NumberIsFinite, NumberIsInteger, ObjectIs, ObjectSetPrototypeOf, String, TypeError, Uint8Array, TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSubarray,
} = primordials;
const lazy = internal.load;

class Writer {
  constructor() {
    this.ids = new Map(); // clone.js's record -> its number
    this.records = [];
    this.buffers = [];
    this.size = 0;
  }
  value(v) {
    switch (typeof v) {
      case "undefined": return ["u"];
      case "bigint": return ["i", String(v)];
      case "number": return NumberIsFinite(v) && !ObjectIs(v, -0) ? v : ["n", ObjectIs(v, -0) ? "-0" : String(v)];
      case "object": return v === null ? null : ["r", this.record(v)];
      default: return v;
    }
  }
  values(list) {
    const all = [];
    for (let i = 0; i < list.length; i++) ArrayPrototypePush(all, this.value(list[i]));
    return all;
  }
  bytes(bytes) {
    const at = this.size;
    this.size += TypedArrayPrototypeGetLength(bytes);
    ArrayPrototypePush(this.buffers, bytes);
    return [at, TypedArrayPrototypeGetLength(bytes)];
  }
  record(r) {
    const known = MapPrototypeGet(this.ids, r);
    if (known !== undefined) return known;
    const id = this.records.length, out = { __proto__: null, kind: r.kind };
    MapPrototypeSet(this.ids, r, id);
    ArrayPrototypePush(this.records, out);
    switch (r.kind) {
      case "array":
        out.length = r.length; // falls through
      case "object":
        out.keys = r.keys;
        out.values = this.values(r.values);
        break;
      case "map":
      case "set": out.values = this.values(r.value); break;
      case "regexp":
        out.flags = r.flags; // falls through
      case "date":
      case "boxed": out.value = this.value(r.value); break;
      case "buffer":
        out.bytes = this.bytes(new Uint8Array(r.value));
        out.max = r.max;
        break;
      case "view":
        out.make = r.make.name;
        out.offset = r.offset;
        out.count = r.count;
        out.buffer = this.record(r.buffer);
        break;
      case "blob": {
        const { blobBytes } = lazy("blob");
        out.bytes = this.bytes(blobBytes(r.value));
        out.type = r.value.type;
        break;
      }
      case "error":
        out.hasCause = r.hasCause;
        out.cause = this.value(r.cause); // falls through
      case "domexception":
        out.name = r.name;
        out.message = r.message;
        out.stack = r.stack;
        break;
      case "foreign":
        out.type = r.type;
        out.value = this.value(r.value);
        break;
      default: throw new TypeError("This value cannot be sent to another Worker.");
    }
    return id;
  }
}
lazy("webidl").record(Writer);

// foreign: as clone.js's Writer has it.
function encode(value, foreign = null) {
  const writer = new Writer();
  const root = writer.value(lazy("clone").write(value, foreign));
  const text = lazy("encoding").encode(JSONStringify([root, writer.records]));
  const length = TypedArrayPrototypeGetLength(text), all = new Uint8Array(4 + length + writer.size);
  for (let i = 0; i < 4; i++) all[i] = length >>> (8 * i);
  TypedArrayPrototypeSet(all, text, 4);
  for (let i = 0, at = 4 + length; i < writer.buffers.length; i++) {
    TypedArrayPrototypeSet(all, writer.buffers[i], at);
    at += TypedArrayPrototypeGetLength(writer.buffers[i]);
  }
  return all;
}

const malformed = () => new TypeError("This message of another Worker is malformed.");
const isIndex = (n, end) => NumberIsInteger(n) && n >= 0 && n < end;
const isText = (v) => v === undefined || typeof v === "string";
const VIEWS = {
  __proto__: null, DataView: true, Int8Array: true, Uint8Array: true, Uint8ClampedArray: true, Int16Array: true, Uint16Array: true,
  Int32Array: true, Uint32Array: true, Float16Array: true, Float32Array: true, Float64Array: true, BigInt64Array: true,
  BigUint64Array: true,
};
const ERRORS = {
  __proto__: null, Error: true, EvalError: true, RangeError: true, ReferenceError: true, SyntaxError: true, TypeError: true,
  URIError: true,
};

class Reader {
  constructor(bytes, foreign) {
    const size = TypedArrayPrototypeGetLength(bytes);
    const length = size < 4 ? -1 : bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24);
    if (!isIndex(length, size - 3)) throw malformed();
    const both = parse(TypedArrayPrototypeSubarray(bytes, 4, 4 + length));
    if (!ArrayIsArray(both) || both.length !== 2 || !ArrayIsArray(both[1])) throw malformed();
    const records = both[1];
    this.bytes = bytes;
    this.at = 4 + length;
    this.size = size - this.at;
    this.root = both[0];
    this.list = records;
    this.foreign = foreign;
    for (let i = 0; i < records.length; i++) {
      if (typeof records[i] !== "object" || records[i] === null) throw malformed();
      ObjectSetPrototypeOf(records[i], null);
      records[i].made = undefined;
    }
    for (let i = 0; i < records.length; i++) this.record(records[i]);
  }
  value(v) {
    if (typeof v !== "object" || v === null) return v;
    if (!ArrayIsArray(v) || v.length === 0) throw malformed();
    const text = v[1];
    switch (v[0]) {
      case "u": return undefined;
      case "n":
        if (v.length === 2 && typeof text === "string") return Number(text);
        throw malformed();
      case "i":
        if (v.length === 2 && typeof text === "string") return BigInt(text);
        throw malformed();
      case "r":
        if (v.length === 2) return this.recordAt(text);
        throw malformed();
      default: throw malformed();
    }
  }
  recordAt(i) {
    if (!isIndex(i, this.list.length)) throw malformed();
    return this.list[i];
  }
  values(list) {
    if (!ArrayIsArray(list)) throw malformed();
    for (let i = 0; i < list.length; i++) list[i] = this.value(list[i]);
    return list;
  }
  properties(r) {
    const { keys } = r;
    if (!ArrayIsArray(keys)) throw malformed();
    this.values(r.values);
    if (keys.length !== r.values.length) throw malformed();
    for (let i = 0; i < keys.length; i++) if (typeof keys[i] !== "string") throw malformed();
  }
  slice(place) {
    if (!ArrayIsArray(place) || place.length !== 2 || !isIndex(place[0], this.size + 1) || !isIndex(place[1], this.size - place[0] + 1))
      throw malformed();
    return TypedArrayPrototypeSubarray(this.bytes, this.at + place[0], this.at + place[0] + place[1]);
  }
  copy(place, max) {
    const part = this.slice(place), length = TypedArrayPrototypeGetLength(part);
    if (max !== undefined && !(NumberIsInteger(max) && max >= length)) throw malformed();
    const copy = max === undefined ? new Uint8Array(length) : new Uint8Array(new ArrayBuffer(length, { __proto__: null, maxByteLength: max }));
    TypedArrayPrototypeSet(copy, part);
    return copy;
  }
  // What is in `r` becomes what clone.js's readers want.
  record(r) {
    switch (r.kind) {
      case "array":
        if (!isIndex(r.length, 4294967296)) throw malformed(); // falls through
      case "object": this.properties(r); break;
      case "map":
        r.value = this.values(r.values);
        if (r.value.length % 2 !== 0) throw malformed();
        break;
      case "set": r.value = this.values(r.values); break;
      case "regexp":
      case "date":
      case "boxed":
        r.value = this.value(r.value);
        if ((typeof r.value === "object" && r.value !== null) || !isText(r.flags)) throw malformed();
        break;
      case "buffer": r.value = TypedArrayPrototypeGetBuffer(this.copy(r.bytes, r.max)); break;
      case "view":
        r.buffer = this.recordAt(r.buffer);
        if (typeof r.make !== "string" || VIEWS[r.make] !== true || r.buffer.kind !== "buffer") throw malformed();
        if (!NumberIsInteger(r.offset) || (r.count !== undefined && !NumberIsInteger(r.count))) throw malformed();
        r.make = primordials[r.make];
        break;
      case "blob":
        if (typeof r.type !== "string") throw malformed();
        r.value = lazy("blob").newBlob(this.copy(r.bytes), r.type);
        break;
      case "error":
        if (typeof r.name !== "string" || ERRORS[r.name] !== true) throw malformed();
        r.cause = this.value(r.cause); // falls through
      case "domexception":
        if (!isText(r.name) || !isText(r.message) || !isText(r.stack)) throw malformed();
        break;
      case "foreign":
        if (this.foreign === null || typeof r.type !== "string") throw malformed();
        r.value = this.value(r.value);
        r.reader = this.foreign;
        break;
      default: throw malformed();
    }
  }
}
lazy("webidl").record(Reader);

function parse(bytes) {
  try {
    return JSONParse(lazy("encoding").decode(bytes));
  } catch {
    throw malformed();
  }
}

// foreign(type, value): what such a record stands for.
function decode(bytes, foreign = null) {
  const reader = new Reader(bytes, foreign);
  return lazy("clone").read(reader.value(reader.root));
}

return { encode, decode };
