// node:buffer. https://nodejs.org/api/buffer.html  Numbers in and out are in buffer_numbers.js; bytes and text in buffer.c.
const {
  ArrayBuffer, ArrayBufferIsView, Error, Number, Object, ObjectDefineProperty, Symbol, Uint8Array,
} = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

// The same numbers as enum encoding in buffer.c.
const UTF8 = 0, HEX = 1, BASE64 = 2, BASE64URL = 3, LATIN1 = 4, ASCII = 5, UTF16 = 6;
const CODES = {
  __proto__: null, utf8: UTF8, "utf-8": UTF8, hex: HEX, base64: BASE64, base64url: BASE64URL, latin1: LATIN1, binary: LATIN1, ascii: ASCII,
  ucs2: UTF16, "ucs-2": UTF16, utf16le: UTF16, "utf-16le": UTF16,
};
const NAMES = ["utf8", "hex", "base64", "base64url", "latin1", "ascii", "utf16le"];
const kMaxLength = 2 ** 31 - 1, kStringMaxLength = 536870888;

const codeOf = (name) => CODES[name] ?? CODES[`${name}`.toLowerCase()];
const unknown = (encoding) => errors().typeError("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
function encodingOf(name) {
  const code = typeof name === "string" ? codeOf(name) : undefined;
  if (code === undefined) throw unknown(name);
  return code;
}

class FastBuffer extends Uint8Array {}
const proto = FastBuffer.prototype;
function Buffer(value, encodingOrOffset = undefined, length = undefined) {
  if (typeof value === "number") {
    if (typeof encodingOrOffset === "string") throw errors().invalidArgType("string", "string", value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = proto;
ObjectDefineProperty(proto, "constructor", { __proto__: null, value: Buffer, writable: true, configurable: true });
ObjectDefineProperty(Buffer, Symbol.species, { __proto__: null, configurable: true, get: () => FastBuffer });
ObjectDefineProperty(Buffer, "prototype", { __proto__: null, writable: false });

const isU8 = (v) => v instanceof Uint8Array || (ArrayBufferIsView(v) && Object.prototype.toString.call(v) === "[object Uint8Array]");
const isAnyBuffer = (v) => v instanceof ArrayBuffer || ["[object ArrayBuffer]", "[object SharedArrayBuffer]"].includes(Object.prototype.toString.call(v));

// --- Making -------------------------------------------------------------------------------------------------------------
function checkSize(size) {
  if (typeof size !== "number") throw errors().invalidArgType("size", "number", size);
  if (!(size >= 0 && size <= kMaxLength)) throw errors().outOfRange("size", `>= 0 && <= ${kMaxLength}`, size);
}
function fromText(text, encoding) {
  let code = UTF8;
  if (typeof encoding === "string" && encoding !== "") {
    code = codeOf(encoding);
    if (code === undefined) throw unknown(encoding);
  }
  return text === "" ? new FastBuffer() : new FastBuffer(natives.decode(text, code));
}
function fromArrayBuffer(buffer, offset, length) {
  if (offset === undefined) offset = 0;
  else {
    offset = +offset;
    if (offset !== offset) offset = 0;
  }
  const most = buffer.byteLength - offset;
  if (most < 0) throw errors().rangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
  if (length === undefined) length = most;
  else {
    length = +length;
    if (!(length > 0)) length = 0;
    else if (length > most) throw errors().rangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
  }
  return new FastBuffer(buffer, offset, length);
}
function fromArrayLike(list) {
  if (!(list.length > 0)) return new FastBuffer();
  if (list.length > kMaxLength) throw errors().outOfRange("length", `<= ${kMaxLength}`, list.length);
  const b = new FastBuffer(list.length);
  b.set(list, 0);
  return b;
}
function fromObject(o) {
  if (o.length !== undefined || isAnyBuffer(o.buffer)) return typeof o.length !== "number" ? new FastBuffer() : fromArrayLike(o);
  if (o.type === "Buffer" && Array.isArray(o.data)) return fromArrayLike(o.data);
  return undefined;
}
function badSource(value) {
  const e = errors().typeError("ERR_INVALID_ARG_TYPE",
    "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object." + errors().received(value));
  return e;
}
function from(value, encodingOrOffset = undefined, length = undefined) {
  if (typeof value === "string") return fromText(value, encodingOrOffset);
  if (typeof value === "object" && value !== null) {
    if (isAnyBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const plain = value.valueOf?.();
    if (plain != null && plain !== value && (typeof plain === "string" || typeof plain === "object"))
      return from(plain, encodingOrOffset, length);
    const b = fromObject(value);
    if (b !== undefined) return b;
    if (typeof value[Symbol.toPrimitive] === "function") {
      const primitive = value[Symbol.toPrimitive]("string");
      if (typeof primitive === "string") return fromText(primitive, encodingOrOffset);
    }
  }
  throw badSource(value);
}
function fillWith(buffer, value, offset, end, encoding) {
  if (typeof value === "string") {
    if (offset === undefined || typeof offset === "string") {
      encoding = offset;
      offset = end = undefined;
    } else if (typeof end === "string") {
      encoding = end;
      end = undefined;
    }
    if (encoding !== undefined && typeof encoding !== "string") throw errors().invalidArgType("encoding", "string", encoding);
    const code = encoding === undefined || encoding === "" ? UTF8 : codeOf(encoding);
    if (code === undefined) throw unknown(encoding);
    if (value.length === 0) value = 0;
    else if (value.length === 1) {
      const unit = value.charCodeAt(0);
      if ((code === UTF8 && unit < 128) || code === LATIN1) value = unit & 255;
    }
    encoding = code;
  } else encoding = undefined;
  if (offset === undefined) {
    offset = 0;
    end = buffer.length;
  } else {
    errors().validateNumber(offset, "offset", 0);
    if (end === undefined) end = buffer.length;
    else errors().validateNumber(end, "end", 0, buffer.length);
    if (offset >= end) return buffer;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null || typeof value === "symbol" || typeof value === "function") {
    Uint8Array.prototype.fill.call(buffer, +value & 255, offset, end);
    return buffer;
  }
  let bytes;
  if (typeof value === "string") bytes = fromText(value, NAMES[encoding]);
  else if (isU8(value)) bytes = value;
  else if (typeof value === "object") {
    Uint8Array.prototype.fill.call(buffer, +value & 255, offset, end);
    return buffer;
  } else {
    Uint8Array.prototype.fill.call(buffer, Number(value) & 255, offset, end);
    return buffer;
  }
  if (bytes.length === 0) throw errors().invalidArgValue("value", value);
  natives.fill(buffer, bytes, offset, end);
  return buffer;
}
function byteLength(value, encoding = undefined) {
  if (typeof value !== "string") {
    if (ArrayBufferIsView(value) || isAnyBuffer(value)) return value.byteLength;
    throw errors().invalidArgType("string", ["string", "Buffer", "ArrayBuffer"], value);
  }
  const n = value.length;
  switch (encoding ? codeOf(encoding) : UTF8) {
    case HEX: return n >>> 1;
    case BASE64: case BASE64URL: {
      let bytes = n;
      if (value.charCodeAt(bytes - 1) === 61) bytes--;
      if (bytes > 1 && value.charCodeAt(bytes - 1) === 61) bytes--;
      return (bytes * 3) >>> 2;
    }
    case LATIN1: case ASCII: return n;
    case UTF16: return 2 * n;
    default: return natives.utf8Length(value);
  }
}
function concat(list, length = undefined) {
  errors().validateArray(list, "list");
  if (list.length === 0) return new FastBuffer();
  if (length === undefined) {
    length = 0;
    for (let i = 0; i < list.length; i++) if (list[i].length) length += list[i].length;
  } else errors().validateInteger(length, "length", 0);
  const b = Buffer.allocUnsafe(length);
  const parts = []; // looked at before any is copied: a getter may change another one
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    const part = list[i];
    if (!isU8(part)) throw errors().invalidArgType(`list[${i}]`, ["Buffer", "Uint8Array"], part);
    parts.push(part);
  }
  for (const part of parts) {
    if (at + part.length > length) {
      if (at < length) b.set(part.subarray(0, length - at), at);
      at = length;
      break;
    }
    b.set(part, at);
    at += part.length;
  }
  if (at < length) Uint8Array.prototype.fill.call(b, 0, at, length);
  return b;
}
function compare(a, b) {
  if (!isU8(a)) throw errors().invalidArgType("buf1", ["Buffer", "Uint8Array"], a);
  if (!isU8(b)) throw errors().invalidArgType("buf2", ["Buffer", "Uint8Array"], b);
  return a === b ? 0 : natives.compare(a, b);
}
const statics = {
  poolSize: 8192,
  from,
  of(...items) {
    const b = new FastBuffer(items.length);
    for (let i = 0; i < items.length; i++) b[i] = items[i];
    return b;
  },
  alloc(size, fill = undefined, encoding = undefined) {
    checkSize(size);
    const b = new FastBuffer(size);
    if (fill === undefined || fill === 0 || size === 0) return b;
    if (typeof fill === "string" && encoding !== undefined && typeof encoding !== "string") throw errors().invalidArgType("encoding", "string", encoding);
    return fillWith(b, fill, encoding);
  },
  allocUnsafe(size) {
    checkSize(size);
    return new FastBuffer(size);
  },
  allocUnsafeSlow(size) {
    checkSize(size);
    return new FastBuffer(size);
  },
  isBuffer: (b) => b instanceof Buffer,
  isEncoding: (name) => typeof name === "string" && name.length !== 0 && codeOf(name) !== undefined,
  compare, concat, byteLength,
  copyBytesFrom(view, offset = undefined, length = undefined) {
    if (!ArrayBufferIsView(view) || view instanceof DataView) throw errors().invalidArgType("view", ["TypedArray"], view);
    if (view.length === 0) return new FastBuffer();
    if (offset !== undefined) errors().validateInteger(offset, "offset", 0);
    else offset = 0;
    if (length !== undefined) errors().validateInteger(length, "length", 0);
    if (offset >= view.length) return new FastBuffer();
    const part = view.slice(offset, length === undefined ? view.length : offset + length);
    return new FastBuffer(part.buffer, part.byteOffset, part.byteLength);
  },
};
for (const key of Object.keys(statics)) Buffer[key] = statics[key];

// --- Bytes to text and back ------------------------------------------------------------------------------------------------
function clampIndex(v, missing, length) {
  if (v === undefined) return missing;
  v = +v;
  if (!(v > 0)) return 0;
  return v >= length ? length : Math.trunc(v);
}
function checkThis(b) {
  if (!isU8(b)) throw errors().typeError("ERR_INVALID_ARG_TYPE", "argument must be a buffer");
}
function textOf(b, code, start, end) {
  const n = end - start;
  if (n > kStringMaxLength || (code === HEX && n > kStringMaxLength / 2))
    throw errors().error("ERR_STRING_TOO_LONG", `Cannot create a string longer than 0x${kStringMaxLength.toString(16)} characters`);
  return n <= 0 ? "" : natives.text(b, code, start, end);
}
function sliceOf(name, code) {
  return {
    [name](start = undefined, end = undefined) {
      checkThis(this);
      const n = this.length;
      const index = (v, missing) => {
        if (v === undefined) return missing;
        v = Math.trunc(+v) || 0;
        if (v < 0) throw errors().rangeError("ERR_OUT_OF_RANGE", "Index out of range");
        return v;
      };
      const from = index(start, 0);
      let to = index(end, n);
      if (to < from) to = from;
      if (to > n || from > n) throw errors().rangeError("ERR_OUT_OF_RANGE", "Index out of range");
      return textOf(this, code, from, to);
    },
  }[name];
}
function writeOf(name, code) {
  return {
    [name](text, offset = undefined, length = undefined) {
      checkThis(this);
      if (typeof text !== "string") throw errors().invalidArgType("argument", "string", text);
      offset = offset === undefined ? 0 : +offset;
      length = length === undefined ? this.length - offset : +length;
      if (offset < 0 || offset > this.length) throw errors().rangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
      if (length < 0 || length > this.length - offset) throw errors().rangeError("ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
      return natives.write(this, text, code, offset, length);
    },
  }[name];
}
function bytesToSwap(b, size) {
  if (b.length % size !== 0) throw errors().rangeError("ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${8 * size}-bits`);
  for (let i = 0; i < b.length; i += size)
    for (let low = i, high = i + size - 1; low < high; low++, high--) {
      const t = b[low];
      b[low] = b[high];
      b[high] = t;
    }
  return b;
}
function find(b, value, from, encoding, backwards) {
  checkThis(b);
  if (typeof from === "string") {
    encoding = from;
    from = undefined;
  } else if (from > 0x7fffffff) from = 0x7fffffff;
  else if (from < -0x80000000) from = -0x80000000;
  from = +from;
  if (from !== from) from = backwards ? b.length : 0;
  from = Math.trunc(from);
  const n = b.length;
  let bytes, step = 1;
  if (typeof value === "number") {
    value &= 255;
    if (from < 0) from += n;
    if (backwards) return from < 0 ? -1 : Uint8Array.prototype.lastIndexOf.call(b, value, from);
    return Uint8Array.prototype.indexOf.call(b, value, from < 0 ? 0 : from);
  }
  if (typeof value === "string") {
    const code = encoding === undefined ? UTF8 : codeOf(encoding);
    if (code === undefined) throw unknown(encoding);
    bytes = fromText(value, NAMES[code]);
    if (code === UTF16) step = 2;
  } else if (isU8(value)) {
    bytes = value;
    if (encoding !== undefined && codeOf(encoding) === UTF16) step = 2;
  } else throw errors().invalidArgType("value", ["number", "string", "Buffer", "Uint8Array"], value);
  if (from < 0) from += n;
  if (from < 0) {
    if (backwards) return -1;
    from = 0;
  }
  if (bytes.length === 0) return from > n ? n : from;
  if (n === 0 || (!backwards && from + bytes.length > n) || (step === 2 && (n < 2 || bytes.length < 2))) return -1;
  if (step === 2 && bytes.length % 2 === 1) bytes = bytes.subarray(0, bytes.length - 1);
  return natives.indexOf(b, bytes, from, backwards, step);
}
const kInspect = Symbol.for("nodejs.util.inspect.custom");
let inspectMax = 50;

const methods = {
  toString(encoding = undefined, start = undefined, end = undefined) {
    const n = this.length;
    if (arguments.length === 0) return textOf(this, UTF8, 0, n);
    start = clampIndex(start, 0, n);
    end = clampIndex(end, n, n);
    if (start >= n || end <= start) {
      return "";
    }
    let code = UTF8;
    if (encoding !== undefined) {
      code = codeOf(encoding);
      if (code === undefined) throw unknown(encoding);
    }
    return textOf(this, code, start, end);
  },
  write(text, offset = undefined, length = undefined, encoding = undefined) {
    if (offset === undefined) {
      offset = 0;
      length = this.length;
    } else if (length === undefined && typeof offset === "string") {
      encoding = offset;
      offset = 0;
      length = this.length;
    } else {
      errors().validateInteger(offset, "offset", 0, this.length);
      const rest = this.length - offset;
      if (length === undefined) length = rest;
      else if (typeof length === "string") {
        encoding = length;
        length = rest;
      } else {
        errors().validateInteger(length, "length", 0, this.length);
        if (length > rest) length = rest;
      }
    }
    if (typeof text !== "string") throw errors().invalidArgType("argument", "string", text);
    const code = !encoding ? UTF8 : codeOf(encoding);
    if (code === undefined) throw unknown(encoding);
    return natives.write(this, text, code, offset, length);
  },
  equals(other) {
    if (!isU8(other)) throw errors().invalidArgType("otherBuffer", ["Buffer", "Uint8Array"], other);
    return this === other || (this.byteLength === other.byteLength && natives.compare(this, other) === 0);
  },
  compare(target, targetStart = undefined, targetEnd = undefined, start = undefined, end = undefined) {
    if (!isU8(target)) throw errors().invalidArgType("target", ["Buffer", "Uint8Array"], target);
    if (targetStart === undefined) targetStart = 0;
    else errors().validateInteger(targetStart, "targetStart", 0);
    if (targetEnd === undefined) targetEnd = target.length;
    else errors().validateInteger(targetEnd, "targetEnd", 0, target.length);
    if (start === undefined) start = 0;
    else errors().validateInteger(start, "sourceStart", 0);
    if (end === undefined) end = this.length;
    else errors().validateInteger(end, "sourceEnd", 0, this.length);
    if (start >= end) return targetStart >= targetEnd ? 0 : -1;
    if (targetStart >= targetEnd) return 1;
    return natives.compare(this.subarray(start, end), target.subarray(targetStart, targetEnd));
  },
  copy(target, targetStart = undefined, start = undefined, end = undefined) {
    if (!isU8(this)) throw errors().invalidArgType("source", ["Buffer", "Uint8Array"], this);
    if (!ArrayBufferIsView(target)) throw errors().invalidArgType("target", ["Buffer", "Uint8Array"], target);
    const integer = (v, missing) => {
      if (v === undefined) return missing;
      v = +v;
      return v !== v ? missing : Math.trunc(v);
    };
    targetStart = integer(targetStart, 0);
    if (targetStart < 0) throw errors().outOfRange("targetStart", ">= 0", targetStart);
    start = integer(start, 0);
    if (start < 0 || start > kMaxLength) throw errors().outOfRange("sourceStart", ">= 0", start);
    end = integer(end, this.length);
    if (end < 0) throw errors().outOfRange("sourceEnd", ">= 0", end);
    const room = isU8(target) ? target : new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    if (targetStart >= room.length || start >= end) return 0;
    const n = Math.min(end - start, room.length - targetStart, this.length - start);
    if (n <= 0) return 0;
    room.set(Uint8Array.prototype.subarray.call(this, start, start + n), targetStart);
    return n;
  },
  slice(start = undefined, end = undefined) {
    return this.subarray(start, end);
  },
  subarray(start = undefined, end = undefined) {
    const n = this.length;
    const index = (v, missing) => {
      if (v === undefined) return missing;
      v = Math.trunc(+v) || 0;
      return v < 0 ? Math.max(0, v + n) : Math.min(v, n);
    };
    const from = index(start, 0), to = index(end, n);
    return new FastBuffer(this.buffer, this.byteOffset + from, to > from ? to - from : 0);
  },
  fill(value, offset = undefined, end = undefined, encoding = undefined) {
    return fillWith(this, value, offset, end, encoding);
  },
  indexOf(value, from = undefined, encoding = undefined) {
    return find(this, value, from, encoding, false);
  },
  lastIndexOf(value, from = undefined, encoding = undefined) {
    return find(this, value, from, encoding, true);
  },
  includes(value, from = undefined, encoding = undefined) {
    return find(this, value, from, encoding, false) !== -1;
  },
  swap16() { return bytesToSwap(this, 2); },
  swap32() { return bytesToSwap(this, 4); },
  swap64() { return bytesToSwap(this, 8); },
  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  },
  [kInspect](depth, options) {
    const shown = Math.min(inspectMax, this.length);
    let text = textOf(this, HEX, 0, shown).replace(/(.{2})/g, "$1 ").trim();
    if (this.length > shown) text += ` ... ${this.length - shown} more byte${this.length - shown > 1 ? "s" : ""}`;
    const extras = [];
    if (options) {
      const { inspect } = lazy("node/util");
      for (const key of Object.keys(this))
        if (!/^\d+$/.test(key)) extras.push(`${key}: ${inspect(this[key], { ...options, depth: options.depth ?? 2, compact: true, breakLength: Infinity })}`);
    }
    if (extras.length > 0) text += (this.length > 0 ? ", " : "") + extras.join(", ");
    return `<${this.constructor?.name ?? "Buffer"}${text === "" ? " " : ` ${text}`}>`;
  },
  asciiSlice: sliceOf("asciiSlice", ASCII), base64Slice: sliceOf("base64Slice", BASE64), base64urlSlice: sliceOf("base64urlSlice", BASE64URL),
  latin1Slice: sliceOf("latin1Slice", LATIN1), hexSlice: sliceOf("hexSlice", HEX), ucs2Slice: sliceOf("ucs2Slice", UTF16), utf8Slice: sliceOf("utf8Slice", UTF8),
  asciiWrite: writeOf("asciiWrite", ASCII), base64Write: writeOf("base64Write", BASE64), base64urlWrite: writeOf("base64urlWrite", BASE64URL),
  latin1Write: writeOf("latin1Write", LATIN1), hexWrite: writeOf("hexWrite", HEX), ucs2Write: writeOf("ucs2Write", UTF16), utf8Write: writeOf("utf8Write", UTF8),
};
methods.toLocaleString = methods.toString;
methods.inspect = methods[kInspect];
for (const key of Reflect.ownKeys(methods)) proto[key] = methods[key];
for (const key of ["parent", "offset"])
  ObjectDefineProperty(proto, key, {
    __proto__: null, enumerable: true, configurable: true,
    get() {
      return this instanceof Buffer ? (key === "parent" ? this.buffer : this.byteOffset) : undefined;
    },
  });
lazy("node/buffer_numbers").install(proto);

// --- The module -----------------------------------------------------------------------------------------------------------
function SlowBuffer(size) {
  checkSize(size);
  return new FastBuffer(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

function viewOf(input, name) {
  if (ArrayBufferIsView(input) || isAnyBuffer(input)) {
    if (input.detached === true || input.buffer?.detached === true) throw errors().error("ERR_INVALID_STATE", "Cannot validate on a detached buffer");
    return input;
  }
  throw errors().invalidArgType(name, ["ArrayBuffer", "Buffer", "TypedArray"], input);
}
function transcode(source, fromEncoding, toEncoding) {
  if (!isU8(source)) throw errors().invalidArgType("source", ["Buffer", "Uint8Array"], source);
  const usable = (e) => {
    const code = typeof e === "string" ? codeOf(e) : undefined;
    return code === UTF8 || code === UTF16 || code === LATIN1 || code === ASCII ? code : undefined;
  };
  const from = usable(fromEncoding), to = usable(toEncoding);
  const failed = () => {
    const e = new Error("Unable to transcode buffer [U_ILLEGAL_ARGUMENT_ERROR]");
    e.code = "U_ILLEGAL_ARGUMENT_ERROR";
    e.errno = 1;
    return e;
  };
  if (from === undefined || to === undefined) throw failed();
  if (source.length === 0) return new FastBuffer();
  if ((from === UTF16 && source.length % 2 === 1) || (from === UTF8 && to === UTF16 && !natives.isUtf8(source))) throw failed();
  if (from === to && from !== UTF8) return Buffer.from(source);
  const text = natives.text(source, from === ASCII ? LATIN1 : from, 0, source.length);
  if (to === LATIN1 || to === ASCII) {
    const most = to === ASCII ? 127 : 255, out = [];
    for (const ch of text) out.push(ch.codePointAt(0) > most ? 63 : ch.codePointAt(0));
    return Buffer.from(out);
  }
  return fromText(text, NAMES[to]);
}
const constants = Object.defineProperties({}, {
  MAX_LENGTH: { __proto__: null, value: kMaxLength, enumerable: true },
  MAX_STRING_LENGTH: { __proto__: null, value: kStringMaxLength, enumerable: true },
});
const module = {
  Buffer, SlowBuffer, transcode, constants, kMaxLength, kStringMaxLength,
  isUtf8: (input) => natives.isUtf8(viewOf(input, "input")),
  isAscii: (input) => natives.isAscii(viewOf(input, "input")),
  get INSPECT_MAX_BYTES() { return inspectMax; },
  set INSPECT_MAX_BYTES(n) {
    errors().validateNumber(n, "INSPECT_MAX_BYTES", 0);
    inspectMax = n;
  },
  get Blob() { return lazy("blob").Blob; },
  get File() { return lazy("blob").File; },
  get atob() { return lazy("base64").atob; },
  get btoa() { return lazy("base64").btoa; },
  resolveObjectURL: () => undefined,
};
return module;
