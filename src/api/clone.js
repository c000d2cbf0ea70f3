// structuredClone(). https://html.spec.whatwg.org/#safe-passing-of-structured-data
// Two passes, as in the standard: `write` walks the value (user getters run here) and makes records; `read` makes the new
// values out of them. In between, what is to be transferred is detached.
const {
  ArrayBuffer,
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetMaxByteLength,
  ArrayBufferPrototypeGetResizable,
  ArrayBufferPrototypeSlice,
  ArrayIsArray,
  ArrayPrototypePush,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  DataView,
  DataViewPrototypeGetByteLength,
  Date,
  DatePrototypeGetTime,
  Error,
  ErrorIsError,
  EvalError,
  Map,
  MapPrototypeEntries,
  MapPrototypeGet,
  MapPrototypeGetSize,
  MapPrototypeHas,
  MapPrototypeSet,
  NumberPrototypeValueOf,
  Object,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ObjectKeys,
  RangeError,
  ReferenceError,
  ReflectApply,
  ReflectGetPrototypeOf,
  RegExp,
  RegExpPrototypeGetFlags,
  RegExpPrototypeGetSource,
  Set,
  SetPrototypeAdd,
  SetPrototypeGetSize,
  SetPrototypeHas,
  SetPrototypeValues,
  String,
  StringPrototypeValueOf,
  SymbolIterator,
  SymbolPrototypeValueOf,
  SyntaxError,
  TypeError,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeIncludes,
  URIError,
  MapIteratorPrototypeNext,
  SetIteratorPrototypeNext,
} = primordials;
const lazy = internal.load;
const { dictionary, isObject, required } = lazy('webidl');
const { copyBytes, isBuffer, isDetached, transferBuffer, viewBuffer, viewByteLength, viewByteOffset } = lazy('bytes');

function cloneError(what) {
  const { DOMException } = lazy('domexception');
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

const objectPrototype = Object.prototype;
const arrayPrototype = primordials.Array.prototype;
const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

// What a method of the language's says about its `this`: undefined when it is of another kind.
function probe(method, v) {
  try {
    return method(v);
  } catch {
    return undefined;
  }
}

// Prototypes of the language whose objects have hidden state that cannot be cloned.
let opaque;
function makeOpaque() {
  opaque = new Set();
  const names = ['Promise', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry'];
  for (let i = 0; i < names.length; i++) SetPrototypeAdd(opaque, primordials[names[i]].prototype);
  const others = [function* () {}.prototype, (async function* () {}).prototype];
  for (let i = 0; i < others.length; i++) SetPrototypeAdd(opaque, ReflectGetPrototypeOf(others[i]));
  SetPrototypeAdd(opaque, primordials.IteratorPrototype);
  SetPrototypeAdd(opaque, primordials.AsyncIteratorPrototype);
  const wasm = primordials.WebAssembly;
  if (wasm === undefined) return;
  const kinds = ['Module', 'Instance', 'Memory', 'Table', 'Global', 'Exception', 'Tag'];
  for (let i = 0; i < kinds.length; i++) if (wasm[kinds[i]] !== undefined) SetPrototypeAdd(opaque, wasm[kinds[i]].prototype);
}
// An object of a class of the platform's, or of the language's with hidden state.
function isPlatform(v) {
  if (opaque === undefined) makeOpaque();
  for (let p = ReflectGetPrototypeOf(v); p !== null && p !== objectPrototype; p = ReflectGetPrototypeOf(p))
    if (SetPrototypeHas(opaque, p) || internal.isShaped?.(p)) return true;
  return false;
}

// --- Writing -------------------------------------------------------------------------------------------------------

class Writer {
  // foreign(object, record, writer): fills the record of what structuredClone() does not take, or throws; null: nobody does.
  constructor(transfers, foreign = null) {
    this.memory = new Map(); // object -> record
    this.foreign = foreign;
    for (let i = 0; i < transfers.length; i++)
      MapPrototypeSet(this.memory, transfers[i].object, transfers[i]);
  }
  write(v) {
    if (typeof v === 'symbol') throw cloneError('A symbol');
    if (typeof v === 'function' && this.foreign === null) throw cloneError('A function');
    if (!isObject(v)) return v;
    const known = MapPrototypeGet(this.memory, v);
    if (known !== undefined) return known;
    const record = { __proto__: null, kind: '', made: undefined };
    if (typeof v === 'function') this.fillForeign(v, record);
    else this.fill(v, record);
    return record;
  }
  fillForeign(v, record) {
    this.remember(v, record, 'foreign');
    this.foreign(v, record, this);
  }
  remember(v, record, kind) {
    record.kind = kind;
    MapPrototypeSet(this.memory, v, record);
  }
  fill(v, record) {
    const proto = ReflectGetPrototypeOf(v);
    if (ArrayIsArray(v)) {
      this.remember(v, record, 'array');
      record.length = v.length;
      this.fillProperties(v, record);
    } else if (proto === objectPrototype || proto === null) {
      if (this.fillSpecial(v, record, false)) return;
      this.remember(v, record, 'object');
      this.fillProperties(v, record);
    } else if (!this.fillSpecial(v, record, true)) {
      if (this.foreign !== null) return this.fillForeign(v, record);
      if (isPlatform(v)) throw cloneError('An object of this class');
      this.remember(v, record, 'object');
      this.fillProperties(v, record);
    }
  }
  // Everything but arrays and plain objects. `likely` is false for objects whose prototype is Object.prototype: there only
  // the checks that cost nothing are made.
  fillSpecial(v, record, likely) {
    if (ArrayBufferIsView(v)) {
      this.fillView(v, record);
      return true;
    }
    if (ErrorIsError(v)) {
      if (lazy('domexception').isDOMException(v)) this.fillDOMException(v, record);
      else this.fillError(v, record);
      return true;
    }
    if (!likely) return false;
    if (probe(MapPrototypeGetSize, v) !== undefined) this.fillMap(v, record);
    else if (probe(SetPrototypeGetSize, v) !== undefined) this.fillSet(v, record);
    else if (isBuffer(v)) this.fillBuffer(v, record);
    else return this.fillRare(v, record);
    return true;
  }
  fillRare(v, record) {
    const time = probe(DatePrototypeGetTime, v);
    if (time !== undefined) {
      this.remember(v, record, 'date');
      record.value = time;
      return true;
    }
    const source = v === RegExp.prototype ? undefined : probe(RegExpPrototypeGetSource, v);
    if (source !== undefined) {
      this.remember(v, record, 'regexp');
      record.value = source;
      record.flags = RegExpPrototypeGetFlags(v);
      return true;
    }
    const boxed =
      probe(BooleanPrototypeValueOf, v) ?? probe(NumberPrototypeValueOf, v) ?? probe(StringPrototypeValueOf, v) ?? probe(BigIntPrototypeValueOf, v);
    if (boxed !== undefined) {
      this.remember(v, record, 'boxed');
      record.value = boxed;
      return true;
    }
    if (probe(SymbolPrototypeValueOf, v) !== undefined) throw cloneError('A symbol');
    const blob = lazy('blob');
    if (!blob.isBlob(v)) return false;
    this.remember(v, record, 'blob');
    record.value = v;
    return true;
  }
  fillBuffer(v, record) {
    if (isDetached(v)) throw cloneError('A detached ArrayBuffer');
    this.remember(v, record, 'buffer');
    if (ArrayBufferPrototypeGetResizable(v)) {
      record.max = ArrayBufferPrototypeGetMaxByteLength(v);
      const length = ArrayBufferPrototypeGetByteLength(v);
      record.value = new ArrayBuffer(length, { __proto__: null, maxByteLength: record.max });
      copyBytes(record.value, 0, v, 0, length);
    } else {
      record.value = ArrayBufferPrototypeSlice(v, 0);
    }
  }
  fillView(v, record) {
    const tag = TypedArrayPrototypeGetSymbolToStringTag(v);
    const buffer = viewBuffer(v);
    if (isDetached(buffer) && !MapPrototypeHas(this.memory, buffer)) throw cloneError('A view of a detached ArrayBuffer');
    if (outOfBounds(v, tag)) throw cloneError('A view that is out of bounds');
    record.make = tag === undefined ? DataView : primordials[tag];
    record.offset = viewByteOffset(v);
    record.count = isLengthTracking(v, tag, buffer)
      ? undefined
      : tag === undefined
        ? viewByteLength(v)
        : TypedArrayPrototypeGetLength(v);
    record.buffer = this.write(buffer);
    this.remember(v, record, 'view');
  }
  fillMap(v, record) {
    this.remember(v, record, 'map');
    const copy = [];
    const it = MapPrototypeEntries(v);
    for (;;) {
      const { done, value } = MapIteratorPrototypeNext(it);
      if (done) break;
      ArrayPrototypePush(copy, value[0]);
      ArrayPrototypePush(copy, value[1]);
    }
    for (let i = 0; i < copy.length; i++) copy[i] = this.write(copy[i]);
    record.value = copy;
  }
  fillSet(v, record) {
    this.remember(v, record, 'set');
    const copy = [];
    const it = SetPrototypeValues(v);
    for (;;) {
      const { done, value } = SetIteratorPrototypeNext(it);
      if (done) break;
      ArrayPrototypePush(copy, value);
    }
    for (let i = 0; i < copy.length; i++) copy[i] = this.write(copy[i]);
    record.value = copy;
  }
  fillError(v, record) {
    this.remember(v, record, 'error');
    const name = v.name === undefined ? 'Error' : String(v.name);
    record.name = name in ERRORS ? name : 'Error';
    const message = ObjectGetOwnPropertyDescriptor(v, 'message');
    record.message = message !== undefined && 'value' in message ? String(message.value) : undefined;
    const stack = ObjectGetOwnPropertyDescriptor(v, 'stack');
    record.stack = typeof stack?.value === 'string' ? stack.value : undefined;
    const cause = ObjectGetOwnPropertyDescriptor(v, 'cause');
    record.hasCause = cause !== undefined && 'value' in cause;
    record.cause = record.hasCause ? this.write(cause.value) : undefined;
  }
  fillDOMException(v, record) {
    this.remember(v, record, 'domexception');
    const { name, message } = lazy('domexception').describe(v);
    record.name = name;
    record.message = message;
    const stack = ObjectGetOwnPropertyDescriptor(v, 'stack');
    record.stack = typeof stack?.value === 'string' ? stack.value : undefined;
  }
  fillProperties(v, record) {
    const keys = ObjectKeys(v);
    const kept = [];
    const values = [];
    record.keys = kept;
    record.values = values;
    for (let i = 0; i < keys.length; i++) {
      if (!ObjectHasOwn(v, keys[i])) continue;
      const value = this.write(v[keys[i]]);
      ArrayPrototypePush(kept, keys[i]);
      ArrayPrototypePush(values, value);
    }
  }
}
lazy('webidl').record(Writer);

function outOfBounds(v, tag) {
  if (tag === undefined) return probe(DataViewPrototypeGetByteLength, v) === undefined;
  // A view that its shrunken buffer no longer holds says 0 for everything, as an empty one does; but it cannot be searched.
  return TypedArrayPrototypeGetLength(v) === 0 && probe(search, v) === undefined;
}
const search = (v) => TypedArrayPrototypeIncludes(v, 0);
// A view made without a length over a resizable buffer follows it. There is no question to ask, but one that does ends
// where the buffer ends, and the clone may as well.
function isLengthTracking(v, tag, buffer) {
  if (isDetached(buffer) || !ArrayBufferPrototypeGetResizable(buffer)) return false;
  return viewByteOffset(v) + viewByteLength(v) === ArrayBufferPrototypeGetByteLength(buffer);
}

// --- Reading ---------------------------------------------------------------------------------------------------------

function put(object, key, value) {
  if (key in object) ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

function read(record) {
  if (!isObject(record)) return record;
  if (record.made !== undefined) return record.made;
  return (record.made = READERS[record.kind](record));
}

function readProperties(record, object) {
  record.made = object; // it may contain itself
  const { keys, values } = record;
  for (let i = 0; i < keys.length; i++) put(object, keys[i], read(values[i]));
  return object;
}
function restoreStack(record, error) {
  if (record.stack !== undefined)
    ObjectDefineProperty(error, 'stack', { __proto__: null, value: record.stack, writable: true, configurable: true });
  return error;
}

const READERS = {
  __proto__: null,
  object: (r) => readProperties(r, {}),
  array(r) {
    const array = [];
    array.length = r.length;
    return readProperties(r, array);
  },
  map(r) {
    const map = (r.made = new Map());
    for (let i = 0; i < r.value.length; i += 2) {
      const key = read(r.value[i]);
      MapPrototypeSet(map, key, read(r.value[i + 1]));
    }
    return map;
  },
  set(r) {
    const set = (r.made = new Set());
    for (let i = 0; i < r.value.length; i++) SetPrototypeAdd(set, read(r.value[i]));
    return set;
  },
  date: (r) => new Date(r.value),
  regexp: (r) => new RegExp(r.value, r.flags),
  boxed: (r) => Object(r.value),
  buffer: (r) => r.value,
  port: (r) => r.value,
  foreign: (r) => r.reader(r.type, read(r.value)),
  view: (r) => (r.count === undefined ? new r.make(read(r.buffer), r.offset) : new r.make(read(r.buffer), r.offset, r.count)),
  blob: (r) => lazy('blob').copyOf(r.value),
  error(r) {
    const error = new ERRORS[r.name](r.message);
    r.made = error;
    if (r.hasCause)
      ObjectDefineProperty(error, 'cause', { __proto__: null, value: read(r.cause), writable: true, configurable: true });
    return restoreStack(r, error);
  },
  domexception(r) {
    const { DOMException } = lazy('domexception');
    return restoreStack(r, new DOMException(r.message, r.name));
  },
};

// --- Transferring ----------------------------------------------------------------------------------------------------

// sequence<object>
function convertTransfer(v) {
  if (v === undefined) return [];
  const method = isObject(v) ? v[SymbolIterator] : undefined;
  if (typeof method !== 'function') throw new TypeError('The transfer list is not iterable');
  const iterator = ReflectApply(method, v, []);
  if (!isObject(iterator)) throw new TypeError('The iterator is not an object');
  const { next } = iterator;
  const list = [];
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError('The iterator result is not an object');
    if (result.done) return list;
    if (!isObject(result.value)) throw new TypeError('An item of the transfer list is not an object');
    ArrayPrototypePush(list, result.value);
  }
}
function checkTransfer(list) {
  const records = [];
  const seen = new Set();
  for (let i = 0; i < list.length; i++) {
    const object = list[i];
    const isPort = !isBuffer(object);
    if (isPort && !lazy('messages').isPort(object)) throw cloneError('A value of the transfer list that is not transferable');
    if (SetPrototypeHas(seen, object)) throw cloneError('A value that is twice in the transfer list');
    SetPrototypeAdd(seen, object);
    ArrayPrototypePush(records, { __proto__: null, kind: isPort ? 'port' : 'buffer', made: undefined, object, value: undefined });
  }
  return records;
}
function detach(records) {
  for (let i = 0; i < records.length; i++) {
    if (records[i].kind === 'port') {
      const { isDetached: isPortDetached, transferPort } = lazy('messages');
      if (isPortDetached(records[i].object)) throw cloneError('A detached MessagePort');
      records[i].value = transferPort(records[i].object);
      continue;
    }
    if (isDetached(records[i].object)) throw cloneError('A detached ArrayBuffer');
    try {
      records[i].value = transferBuffer(records[i].object);
    } catch {
      throw cloneError('An ArrayBuffer that cannot be detached');
    }
  }
}

function clone(value, transfer) {
  if (!isObject(value) && transfer.length === 0 && typeof value !== 'symbol') return value;
  const records = checkTransfer(transfer);
  const record = new Writer(records).write(value);
  detach(records);
  return read(record);
}

const { structuredClone } = {
  structuredClone(value, options = undefined) {
    required(arguments.length, 1, 'structuredClone');
    const transfer = convertTransfer(dictionary(options, 'The options')?.transfer);
    return clone(value, transfer);
  },
};

// For MessagePort.postMessage(): { data, ports }.
function cloneMessage(value, transfer, port) {
  const records = checkTransfer(convertTransfer(transfer));
  for (let i = 0; i < records.length; i++) if (records[i].object === port) throw cloneError('The port itself');
  const record = new Writer(records).write(value);
  detach(records);
  const ports = [];
  for (let i = 0; i < records.length; i++) if (records[i].kind === 'port') ArrayPrototypePush(ports, records[i].value);
  return { __proto__: null, data: read(record), ports };
}

// For wire.js: the records, and what they stand for.
const write = (value, foreign) => new Writer([], foreign).write(value);

return { structuredClone, cloneMessage, write, read };
