// FormData, and what bodies need of forms. https://xhr.spec.whatwg.org/#interface-formdata
const {
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  IteratorPrototype,
  ObjectCreate,
  ObjectDefineProperties,
  ObjectDefineProperty,
  ReflectApply,
  SymbolIterator,
  SymbolToStringTag,
  TypeError,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load;
const { illegalInvocation, isObject, required, usvString } = lazy('webidl');

let entriesOf; // flat: [name, value, name, value, ...]; a value is a string or a File
function own(v) {
  const entries = entriesOf(v);
  if (entries === undefined) throw illegalInvocation();
  return entries;
}

// "Create an entry": the overloads (name, USVString) and (name, Blob, optional filename).
function convertValue(args, count, what) {
  const value = args[1];
  const { isBlob, isFile, withName } = lazy('blob');
  if (!isBlob(value)) {
    if (count > 2) throw new TypeError(`${what}: the value is not a Blob, so it has no file name`);
    return usvString(value);
  }
  if (count > 2 && args[2] !== undefined) return withName(value, usvString(args[2]));
  return isFile(value) ? value : withName(value, 'blob');
}

class FormData {
  #e = [];
  static {
    entriesOf = (v) => (isObject(v) && #e in v ? v.#e : undefined);
  }
  constructor(form = undefined) {
    if (form !== undefined) throw new TypeError('FormData takes no form element here');
  }
  append(name, value, filename = undefined) {
    const entries = own(this);
    required(arguments.length, 2, 'append');
    name = usvString(name);
    value = convertValue([name, value, filename], arguments.length, 'append');
    ArrayPrototypePush(entries, name);
    ArrayPrototypePush(entries, value);
  }
  delete(name) {
    const entries = own(this);
    required(arguments.length, 1, 'delete');
    name = usvString(name);
    for (let i = entries.length - 2; i >= 0; i -= 2) if (entries[i] === name) ArrayPrototypeSplice(entries, i, 2);
  }
  get(name) {
    const entries = own(this);
    required(arguments.length, 1, 'get');
    name = usvString(name);
    for (let i = 0; i < entries.length; i += 2) if (entries[i] === name) return entries[i + 1];
    return null;
  }
  getAll(name) {
    const entries = own(this);
    required(arguments.length, 1, 'getAll');
    name = usvString(name);
    const values = [];
    for (let i = 0; i < entries.length; i += 2) if (entries[i] === name) ArrayPrototypePush(values, entries[i + 1]);
    return values;
  }
  has(name) {
    const entries = own(this);
    required(arguments.length, 1, 'has');
    name = usvString(name);
    for (let i = 0; i < entries.length; i += 2) if (entries[i] === name) return true;
    return false;
  }
  set(name, value, filename = undefined) {
    const entries = own(this);
    required(arguments.length, 2, 'set');
    name = usvString(name);
    value = convertValue([name, value, filename], arguments.length, 'set');
    let found = false;
    for (let i = 0; i < entries.length; ) {
      if (entries[i] !== name) {
        i += 2;
      } else if (found) {
        ArrayPrototypeSplice(entries, i, 2);
      } else {
        found = true;
        entries[i + 1] = value;
        i += 2;
      }
    }
    if (found) return;
    ArrayPrototypePush(entries, name);
    ArrayPrototypePush(entries, value);
  }
  entries() {
    return iteratorOver(own(this), BOTH);
  }
  forEach(callback, thisArg = undefined) {
    const entries = own(this);
    required(arguments.length, 1, 'forEach');
    if (typeof callback !== 'function') throw new TypeError('The callback is not a function');
    for (let i = 0; i < entries.length; i += 2) ReflectApply(callback, thisArg, [entries[i + 1], entries[i], this]);
  }
  keys() {
    return iteratorOver(own(this), KEYS);
  }
  values() {
    return iteratorOver(own(this), VALUES);
  }
}
internal.shape(FormData, 'FormData');
ObjectDefineProperty(FormData.prototype, SymbolIterator, {
  __proto__: null,
  value: FormData.prototype.entries,
  writable: true,
  configurable: true,
});

const BOTH = 0;
const KEYS = 1;
const VALUES = 2;
const cursors = new WeakMap();
const methods = {
  next() {
    const cursor = isObject(this) ? WeakMapPrototypeGet(cursors, this) : undefined;
    if (cursor === undefined) throw illegalInvocation();
    const { at, entries, kind } = cursor;
    if (at >= entries.length) return { value: undefined, done: true };
    cursor.at += 2;
    if (kind === KEYS) return { value: entries[at], done: false };
    if (kind === VALUES) return { value: entries[at + 1], done: false };
    return { value: [entries[at], entries[at + 1]], done: false };
  },
};
const iteratorPrototype = ObjectCreate(IteratorPrototype);
ObjectDefineProperties(iteratorPrototype, {
  __proto__: null,
  next: { __proto__: null, value: methods.next, writable: true, enumerable: true, configurable: true },
  [SymbolToStringTag]: { __proto__: null, value: 'FormData Iterator', configurable: true },
});
function iteratorOver(entries, kind) {
  const iterator = ObjectCreate(iteratorPrototype);
  WeakMapPrototypeSet(cursors, iterator, { __proto__: null, entries, kind, at: 0 });
  return iterator;
}

// --- For bodies --------------------------------------------------------------------------------------------------

function fromEntries(list) {
  const form = new FormData();
  const entries = entriesOf(form);
  for (let i = 0; i < list.length; i++) ArrayPrototypePush(entries, list[i]);
  return form;
}
// The body of Content-Type application/x-www-form-urlencoded.
function parseUrlencoded(bytes) {
  return fromEntries(lazy('urlsearchparams').parseList(lazy('encoding').decodeKeepingBOM(bytes)));
}
// TypeError when the bytes are not multipart/form-data with this boundary.
function parseMultipart(bytes, boundary) {
  return fromEntries(lazy('form_multipart').parse(bytes, boundary));
}
// What Request.formData() does: chooses by the Content-Type (null or a string). TypeError when it is neither kind.
function parse(contentType, bytes) {
  const { extract, parameter } = lazy('mime'), mime = extract(contentType);
  if (mime?.essence === 'multipart/form-data') {
    const boundary = parameter(mime, 'boundary');
    if (boundary === undefined) throw new TypeError('No boundary string in Content-Type: "multipart/form-data".');
    return parseMultipart(bytes, boundary);
  }
  if (mime?.essence === 'application/x-www-form-urlencoded') {
    // The standard reads any such form as UTF-8, whatever it says of itself.
    const charset = internal.isPedantic ? undefined : parameter(mime, 'charset');
    if (charset !== undefined && !lazy('encoding').isUtf8(charset))
      throw new TypeError(`A form in the charset "${charset}" cannot be read: the only one of such forms is UTF-8.`);
    return parseUrlencoded(bytes);
  }
  if (contentType === null) throw new TypeError('Parsing a Body as FormData requires a Content-Type header.');
  throw new TypeError(
    'Unrecognized Content-Type header value. FormData can only parse the following MIME types: ' +
      `multipart/form-data, application/x-www-form-urlencoded. Received: "${contentType}"`,
  );
}

return {
  FormData,
  isFormData: (v) => entriesOf(v) !== undefined,
  parse,
  parseUrlencoded,
  parseMultipart,
  // { bytes, boundary }
  toMultipart: (form) => lazy('form_multipart').serialize(entriesOf(form)),
  isBlob: (v) => lazy('blob').isBlob(v),
  blobBytes: (v) => lazy('blob').blobBytes(v),
  newBlob: (bytes, type) => lazy('blob').newBlob(bytes, type),
  get Blob() {
    return lazy('blob').Blob;
  },
  get File() {
    return lazy('blob').File;
  },
};
