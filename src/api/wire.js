// Values as bytes, for calls between isolates: what structuredClone() takes, written down.
//
//   u32 length of the JSON   the JSON, UTF-8   the bytes of all buffers and blobs, one behind the other
//
// The JSON is [value, [record, ...]]. A value is a JSON string, finite number, boolean or null, or an array: ["u"] undefined,
// ["n", text] the other numbers, ["i", text] a BigInt, ["r", i] record i. Records are clone.js's, with values in place of theirs.
const {
  ArrayPrototypePush, BigInt, JSONParse, JSONStringify, Map, MapPrototypeGet, MapPrototypeSet, Number,
  NumberIsFinite, ObjectIs, String, TypeError, Uint8Array, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSubarray,
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
      default: throw new TypeError("This value cannot be sent to another Worker.");
    }
    return id;
  }
}
lazy("webidl").record(Writer);

function encode(value) {
  const writer = new Writer();
  const root = writer.value(lazy("clone").write(value));
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

class Reader {
  constructor(bytes) {
    const length = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24);
    const both = JSONParse(lazy("encoding").decode(TypedArrayPrototypeSubarray(bytes, 4, 4 + length))), records = both[1];
    this.bytes = bytes;
    this.at = 4 + length;
    this.root = both[0];
    this.list = records;
    for (let i = 0; i < records.length; i++) records[i].made = undefined;
    for (let i = 0; i < records.length; i++) this.record(records[i]);
  }
  value(v) {
    if (typeof v !== "object" || v === null) return v;
    switch (v[0]) {
      case "u": return undefined;
      case "n": return Number(v[1]);
      case "i": return BigInt(v[1]);
      default: return this.list[v[1]];
    }
  }
  values(list) {
    for (let i = 0; i < list.length; i++) list[i] = this.value(list[i]);
    return list;
  }
  slice(place) {
    return TypedArrayPrototypeSubarray(this.bytes, this.at + place[0], this.at + place[0] + place[1]);
  }
  // What is in `r` becomes what clone.js's readers want.
  record(r) {
    switch (r.kind) {
      case "array":
      case "object": this.values(r.values); break;
      case "map":
      case "set": r.value = this.values(r.values); break;
      case "regexp":
      case "date":
      case "boxed": r.value = this.value(r.value); break;
      case "buffer": {
        const part = this.slice(r.bytes), length = TypedArrayPrototypeGetLength(part);
        const copy = r.max === undefined ? new Uint8Array(length)
          : new Uint8Array(new primordials.ArrayBuffer(length, { __proto__: null, maxByteLength: r.max }));
        TypedArrayPrototypeSet(copy, part);
        r.value = TypedArrayPrototypeGetBuffer(copy);
        break;
      }
      case "view":
        r.make = primordials[r.make];
        r.buffer = this.list[r.buffer];
        break;
      case "blob": {
        const part = this.slice(r.bytes), copy = new Uint8Array(TypedArrayPrototypeGetLength(part));
        TypedArrayPrototypeSet(copy, part);
        r.value = lazy("blob").newBlob(copy, r.type);
        break;
      }
      case "error": r.cause = this.value(r.cause); break;
    }
  }
}
lazy("webidl").record(Reader);

function decode(bytes) {
  const reader = new Reader(bytes);
  return lazy("clone").read(reader.value(reader.root));
}

return { encode, decode };
