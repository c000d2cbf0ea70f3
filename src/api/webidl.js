// What every class of the Web APIs needs to have the shape that Web IDL gives it, and conversions of arguments.
// Loaded by nearly everything: keep it small. https://webidl.spec.whatwg.org/
const {
  MathFloor,
  MathTrunc,
  Number,
  NumberIsFinite,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  ReflectOwnKeys,
  String,
  StringPrototypeCharCodeAt,
  StringPrototypeToWellFormed,
  Symbol,
  TypeError,
} = primordials;

// `new C(kInternal, ...)` skips the public constructor. Never reaches user code.
const kInternal = Symbol('internal');

// For classes of our own records: without Object.prototype behind them, what users put there is never reached.
function record(Class) {
  ObjectSetPrototypeOf(Class.prototype, null);
}

function isObject(v) {
  return (typeof v === 'object' && v !== null) || typeof v === 'function';
}

function illegalInvocation() {
  return new TypeError('Illegal invocation');
}
function illegalConstructor() {
  return new TypeError('Illegal constructor');
}

// Web IDL constants: on the interface object and on its prototype.
function constants(C, table) {
  const names = ReflectOwnKeys(table);
  for (let i = 0; i < names.length; i++) {
    const d = { __proto__: null, value: table[names[i]], enumerable: true };
    ObjectDefineProperty(C, names[i], d);
    ObjectDefineProperty(C.prototype, names[i], d);
  }
}

function required(count, need, what) {
  if (count < need)
    throw new TypeError(`${what}: ${need} argument${need > 1 ? 's' : ''} required, but only ${count} present`);
}

// A dictionary argument: undefined and null are the empty one.
function dictionary(v, what) {
  if (v === undefined || v === null) return undefined;
  if (!isObject(v)) throw new TypeError(`${what} is not an object`);
  return v;
}

function callback(v, what) {
  if (v === undefined) return undefined;
  if (typeof v !== 'function') throw new TypeError(`${what} is not a function`);
  return v;
}

function domString(v) {
  if (typeof v === 'string') return v;
  if (typeof v === 'symbol') throw new TypeError('Cannot convert a symbol to a string');
  return String(v);
}
function usvString(v) {
  return StringPrototypeToWellFormed(typeof v === 'string' ? v : domString(v));
}
// One Latin-1 character per byte.
function byteString(v, what) {
  const s = domString(v);
  for (let i = 0; i < s.length; i++) if (StringPrototypeCharCodeAt(s, i) > 255) throw new TypeError(`${what} has a character above U+00FF`);
  return s;
}

// Integer conversions, section 3.2.4: modulo 2^bits, or with bounds.
function unsignedLong(v) {
  return Number(v) >>> 0;
}
function unsignedShort(v) {
  return Number(v) & 0xffff;
}
function enforceRange(v, max, what, min = 0) {
  const n = MathTrunc(Number(v)) + 0;
  if (!NumberIsFinite(n) || n < min || n > max) throw new TypeError(`${what} is outside the range ${min} to ${max}`);
  return n;
}
// [Clamp] long long: NaN is 0, halves go to even.
function clampLongLong(v) {
  const n = Number(v);
  if (n !== n) return 0;
  if (n <= -9007199254740991) return -9007199254740991;
  if (n >= 9007199254740991) return 9007199254740991;
  const f = MathFloor(n);
  const rest = n - f;
  return (rest < 0.5 || (rest === 0.5 && f % 2 === 0) ? f : f + 1) + 0;
}
// unsigned long long, no attribute.
function unsignedLongLong(v) {
  let n = MathTrunc(Number(v)) + 0;
  if (!NumberIsFinite(n)) return 0;
  n %= 18446744073709551616;
  return n < 0 ? n + 18446744073709551616 : n;
}

return {
  kInternal,
  record,
  isObject,
  illegalInvocation,
  illegalConstructor,
  constants,
  required,
  dictionary,
  callback,
  domString,
  usvString,
  byteString,
  unsignedLong,
  unsignedShort,
  unsignedLongLong,
  enforceRange,
  clampLongLong,
};
