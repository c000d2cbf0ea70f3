// node:string_decoder: bytes that arrive in pieces, characters that come out whole. https://nodejs.org/api/string_decoder.html
const { ArrayBufferIsView } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors"), { Buffer } = lazy("node/buffer");
const kState = Symbol("kNativeDecoder");
const NAMES = { __proto__: null, "utf-8": "utf8", ucs2: "utf16le", "ucs-2": "utf16le", "utf-16le": "utf16le", binary: "latin1" };

// How many bytes at the end of b begin a UTF-8 character that is not complete; ret[0] its length.
function utf8Tail(b) {
  for (let back = 1; back <= Math.min(3, b.length); back++) {
    const c = b[b.length - back];
    if ((c & 0xc0) === 0x80) continue;
    const need = c >= 0xf8 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1; // as its bits say, valid or not
    if (need <= back) return [0, 0];
    return [back, need];
  }
  return [0, 0];
}
function StringDecoder(encoding = undefined) {
  let name = encoding === undefined || encoding === null || encoding === "" ? "utf8" : `${encoding}`.toLowerCase();
  if (!Buffer.isEncoding(name)) throw errors().typeError("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
  this.encoding = NAMES[name] ?? name;
  this.lastChar = (this[kState] = Buffer.alloc(7)).subarray(0, 4);
  this.lastNeed = 0;
  this.lastTotal = 0;
}
const held = (d) => d.lastTotal - d.lastNeed;
function hold(d, bytes, need) {
  d.lastChar.set(bytes, 0);
  d.lastTotal = need;
  d.lastNeed = need - bytes.length;
}
StringDecoder.prototype.write = function (chunk) {
  if (typeof chunk === "string") return chunk;
  if (!ArrayBufferIsView(chunk)) throw errors().invalidArgType("buf", ["Buffer", "TypedArray", "DataView"], chunk);
  if (!(this instanceof StringDecoder) || this.lastChar === undefined) throw errors().typeError("ERR_INVALID_THIS", 'Value of "this" must be of type StringDecoder');
  const own = this[kState];
  if (typeof own !== "object" || own === null) throw errors().invalidArgType("decoder", "Buffer", own);
  if (own.length < 7) throw errors().error("ERR_INVALID_STATE", "Invalid StringDecoder");
  let b = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (b.length === 0) return "";
  const kept = held(this);
  if (kept > 0) {
    b = Buffer.concat([this.lastChar.subarray(0, kept), b]);
    this.lastNeed = this.lastTotal = 0;
  }
  let back = 0, need = 0;
  switch (this.encoding) {
    case "utf8":
      [back, need] = utf8Tail(b);
      break;
    case "utf16le":
      back = b.length % 2;
      need = 2;
      if (kept >= 2 && b.length < 4) back = b.length; // still that half
      else if (back === 0 && (b[b.length - back - 1] & 0xfc) === 0xd8) { // the first half of a pair
        back = 2;
      }
      if (back >= 2) need = 4;
      break;
    case "base64": case "base64url":
      back = b.length % 3;
      need = 3;
      break;
    default: return b.toString(this.encoding);
  }
  if (back > 0) hold(this, b.subarray(b.length - back), need);
  return b.toString(this.encoding, 0, b.length - back);
};
StringDecoder.prototype.end = function (chunk = undefined) {
  const text = chunk === undefined ? "" : this.write(chunk), kept = held(this);
  if (kept === 0) return text;
  const rest = this.lastChar.subarray(0, this.encoding === "utf16le" ? kept & ~1 : kept).toString(this.encoding);
  this.lastNeed = this.lastTotal = 0;
  return text + rest;
};
StringDecoder.prototype.text = function (chunk, offset = undefined) {
  this.lastNeed = this.lastTotal = 0;
  return this.write(chunk.slice(offset));
};
return { StringDecoder };
