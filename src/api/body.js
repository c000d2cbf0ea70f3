// Bodies of requests and responses (Fetch section 5.2): one small record whatever it holds; a ReadableStream is made only
// when somebody asks for one, and native bodies stay in C until somebody reads them. What is done with them: body_more.js.
const { ObjectDefineProperty, PromiseReject } = primordials;
const lazy = internal.load;

// Kinds; STRING, BYTES and NATIVE are those of enum send_kind in flow.h.
const STRING = 1, BYTES = 2, NATIVE = 3, STREAM = 4;
const TEXT = 0, BUFFER = 1, RAW = 2, JSON = 3, BLOB = 4, FORM = 5; // the first three: enum collect
const USED = "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

class Body {
  // data: the string, the bytes (ours), a handle or ticket; for STREAM it is `stream`.
  constructor(kind, data) {
    this.kind = kind;
    this.data = data;
    this.stream = null;
    this.signal = undefined; // that of the fetch() it came from
    this.onEnd = undefined; // called when all of it has been read
    this.used = false;
    this.inline = false; // NATIVE: all of it is in C already
    this.text = null; // NATIVE, when small and ASCII: the same as a string
  }
}

// Defines Body's members on a class; bodyFor(o) is its Body or null (TypeError for other objects), typeFor(o) the content
// type or null.
function mixin(Class, bodyFor, typeFor) {
  const read = (o, how) => {
    try {
      const b = bodyFor(o);
      return lazy("body_more").consume(b, how, how >= BLOB ? typeFor(o) : null);
    } catch (e) {
      return PromiseReject(e);
    }
  };
  internal.copy(Class.prototype, {
    get body() {
      const b = bodyFor(this);
      return b === null ? null : lazy("body_more").streamOf(b);
    },
    get bodyUsed() {
      const b = bodyFor(this);
      return b !== null && (b.used || (b.stream !== null && lazy("body_more").isUsed(b)));
    },
    arrayBuffer() { return read(this, BUFFER); },
    blob() { return read(this, BLOB); },
    bytes() { return read(this, RAW); },
    formData() { return read(this, FORM); },
    json() { return read(this, JSON); },
    text() { return read(this, TEXT); },
  });
}
// Used, or locked by a reader.
const isUnusable = (b) => b.used || (b.stream !== null && lazy("body_more").isUnusable(b));

const exports = { Body, STRING, BYTES, NATIVE, STREAM, TEXT, BUFFER, RAW, JSON, BLOB, FORM, USED, isUnusable, mixin };
for (const key of ["extract", "typeOfLast", "streamOf", "isUsed", "clone", "consume", "outgoing", "pump", "copyBytes"])
  ObjectDefineProperty(exports, key, { __proto__: null, get: () => lazy("body_more")[key] });
return exports;
