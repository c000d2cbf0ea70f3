// Integers and floats in and out of a Buffer: readInt32LE() and its forty kin.
const { Float32Array, Float64Array, Uint8Array, BigInt, Number } = primordials;
const errors = () => internal.load("node/errors");

const f64 = new Float64Array(1), bytes64 = new Uint8Array(f64.buffer), f32 = new Float32Array(1), bytes32 = new Uint8Array(f32.buffer);

function badIndex(value, most, name = "offset") {
  if (Math.floor(value) !== value) {
    errors().validateNumber(value, name);
    throw errors().outOfRange(name, "an integer", value);
  }
  if (most < 0) throw errors().rangeError("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  throw errors().outOfRange(name, `>= 0 and <= ${most}`, value);
}
// Whether `size` bytes are there; throws when not.
function check(b, offset, size) {
  if (typeof offset !== "number") throw errors().invalidArgType("offset", "number", offset);
  if (!(offset >= 0 && offset + size <= b.length && offset % 1 === 0)) badIndex(offset, b.length - size);
}
function checkSize(size) {
  if (typeof size !== "number") throw errors().outOfRange("byteLength", ">= 1 and <= 6", size);
  if (!(size >= 1 && size <= 6 && size % 1 === 0)) {
    if (size % 1 !== 0) throw errors().outOfRange("byteLength", "an integer", size);
    throw errors().outOfRange("byteLength", ">= 1 and <= 6", size);
  }
}
function checkValue(value, min, max, size) {
  if (value <= max && value >= min) return;
  if (!(value > max || value < min)) return; // NaN becomes 0
  const n = typeof min === "bigint" ? "n" : "";
  let range;
  if (size > 4 || n) {
    const bits = size * 8;
    range = min == 0 ? `>= 0${n} and < 2${n} ** ${bits}${n}` : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  } else range = `>= ${min}${n} and <= ${max}${n}`;
  throw errors().outOfRange("value", range, value);
}

function readUint(b, offset, size, little) {
  check(b, offset, size);
  let v = 0;
  for (let i = 0; i < size; i++) v = v * 256 + b[little ? offset + size - 1 - i : offset + i];
  return v;
}
function readInt(b, offset, size, little) {
  const v = readUint(b, offset, size, little), half = 2 ** (8 * size - 1);
  return v >= half ? v - 2 * half : v;
}
function writeInt(b, value, offset, size, little, min, max) {
  value = +value;
  checkValue(value, min, max, size);
  check(b, offset, size);
  if (value !== value) value = 0;
  value = Math.trunc(value);
  if (value < 0) value += 2 ** (8 * size);
  for (let i = 0; i < size; i++) {
    b[little ? offset + i : offset + size - 1 - i] = value % 256;
    value = Math.floor(value / 256);
  }
  return offset + size;
}
function readFloat(b, offset, little, room, view) {
  check(b, offset, view.length);
  for (let i = 0; i < view.length; i++) view[i] = b[little ? offset + i : offset + view.length - 1 - i];
  return room[0];
}
function writeFloat(b, value, offset, little, room, view) {
  value = +value;
  check(b, offset, view.length);
  room[0] = value;
  for (let i = 0; i < view.length; i++) b[little ? offset + i : offset + view.length - 1 - i] = view[i];
  return offset + view.length;
}
function readBig(b, offset, little, signed) {
  if (offset === undefined) throw errors().invalidArgType("offset", "number", offset);
  check(b, offset, 8);
  const first = readUint(b, offset, 4, little), second = readUint(b, offset + 4, 4, little);
  const v = (BigInt(little ? second : first) << 32n) + BigInt(little ? first : second);
  return signed ? BigInt.asIntN(64, v) : v;
}
function writeBig(b, value, offset, little, min, max) {
  if (typeof value !== "bigint") throw errors().invalidArgType("value", "bigint", value);
  checkValue(value, min, max, 8);
  check(b, offset, 8);
  const low = Number(value & 0xffffffffn), high = Number((value >> 32n) & 0xffffffffn);
  writeInt(b, little ? low : high, offset, 4, little, 0, 0xffffffff);
  writeInt(b, little ? high : low, offset + 4, 4, little, 0, 0xffffffff);
  return offset + 8;
}

function install(proto) {
  const put = (name, fn) => {
    Object.defineProperty(fn, "name", { __proto__: null, value: name, configurable: true });
    proto[name] = fn;
    if (name.includes("UInt")) proto[name.replace("UInt", "Uint")] = fn;
  };
  for (const little of [true, false]) {
    const end = little ? "LE" : "BE";
    for (const size of [1, 2, 4]) {
      const bits = size * 8, tail = size === 1 ? "8" : bits + end, full = 2 ** bits;
      if (size === 1 && !little) continue;
      put(`readUInt${tail}`, function (offset = 0) { return readUint(this, offset, size, little); });
      put(`readInt${tail}`, function (offset = 0) { return readInt(this, offset, size, little); });
      put(`writeUInt${tail}`, function (value, offset = 0) { return writeInt(this, value, offset, size, little, 0, full - 1); });
      put(`writeInt${tail}`, function (value, offset = 0) { return writeInt(this, value, offset, size, little, -full / 2, full / 2 - 1); });
    }
    put(`readUInt${end}`, function (offset, size) {
      if (offset === undefined) throw errors().invalidArgType("offset", "number", offset);
      checkSize(size);
      return readUint(this, offset, size, little);
    });
    put(`readInt${end}`, function (offset, size) {
      if (offset === undefined) throw errors().invalidArgType("offset", "number", offset);
      checkSize(size);
      return readInt(this, offset, size, little);
    });
    put(`writeUInt${end}`, function (value, offset, size) {
      checkSize(size);
      return writeInt(this, value, offset, size, little, 0, 2 ** (8 * size) - 1);
    });
    put(`writeInt${end}`, function (value, offset, size) {
      checkSize(size);
      return writeInt(this, value, offset, size, little, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1);
    });
    put(`readFloat${end}`, function (offset = 0) { return readFloat(this, offset, little, f32, bytes32); });
    put(`readDouble${end}`, function (offset = 0) { return readFloat(this, offset, little, f64, bytes64); });
    put(`writeFloat${end}`, function (value, offset = 0) { return writeFloat(this, value, offset, little, f32, bytes32); });
    put(`writeDouble${end}`, function (value, offset = 0) { return writeFloat(this, value, offset, little, f64, bytes64); });
    put(`readBigUInt64${end}`, function (offset = 0) { return readBig(this, offset, little, false); });
    put(`readBigInt64${end}`, function (offset = 0) { return readBig(this, offset, little, true); });
    put(`writeBigUInt64${end}`, function (value, offset = 0) { return writeBig(this, value, offset, little, 0n, 2n ** 64n - 1n); });
    put(`writeBigInt64${end}`, function (value, offset = 0) { return writeBig(this, value, offset, little, -(2n ** 63n), 2n ** 63n - 1n); });
  }
}
return { install };
