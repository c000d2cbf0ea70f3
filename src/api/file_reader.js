// FileReader (File API section 6) and ProgressEvent (XHR section 5).
const { Number, NumberIsFinite, RegExpPrototypeExec, StringFromCharCode, TypeError, TypedArrayPrototypeGetBuffer, Uint8ArrayPrototypeToBase64, uncurryThis } =
  primordials;
const lazy = internal.load;
const { drain } = internal.natives;
const { constants, dictionary, domString, illegalInvocation, isObject, required } = lazy('webidl');
const { Event, EventTarget, defineHandler, dispatch, trusted } = lazy('events');

function finite(v) {
  v = Number(v);
  if (!NumberIsFinite(v)) throw new TypeError('The value is not a finite number');
  return v;
}

class ProgressEvent extends Event {
  #d;
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'ProgressEvent');
    super(type, eventInitDict);
    const d = { __proto__: null, computable: false, loaded: 0, total: 0 };
    const init = dictionary(eventInitDict, 'The init');
    if (init !== undefined) {
      d.computable = !!init.lengthComputable;
      const { loaded } = init;
      if (loaded !== undefined) d.loaded = finite(loaded);
      const { total } = init;
      if (total !== undefined) d.total = finite(total);
    }
    this.#d = d;
  }
  static #own(v) {
    if (!isObject(v) || !(#d in v)) throw illegalInvocation();
    return v.#d;
  }
  get lengthComputable() {
    return ProgressEvent.#own(this).computable;
  }
  get loaded() {
    return ProgressEvent.#own(this).loaded;
  }
  get total() {
    return ProgressEvent.#own(this).total;
  }
}
internal.shape(ProgressEvent, 'ProgressEvent');

const EMPTY = 0, LOADING = 1, DONE = 2;
const BUFFER = 0, BINARY = 1, TEXT = 2, URL = 3;

// --- What a read gives ----------------------------------------------------------------------------------------------------

// The byte order mark decides, then the label, then the charset of the Blob's type, then UTF-8.
function decodeText(bytes, label, type) {
  const { TextDecoder } = lazy('encoding');
  let decoder;
  const use = (name) => {
    if (decoder !== undefined || name === undefined) return;
    try {
      decoder = new TextDecoder(name);
    } catch {
      decoder = undefined;
    }
  };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) use('utf-16be');
  if (bytes[0] === 0xff && bytes[1] === 0xfe) use('utf-16le');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) use('utf-8');
  use(label);
  const { parameter, parse } = lazy('mime'), mime = decoder === undefined ? parse(type) : null;
  if (mime !== null) use(parameter(mime, 'charset'));
  use('utf-8');
  return uncurryThis(TextDecoder.prototype.decode)(decoder, bytes);
}
function binaryString(bytes) {
  let s = '';
  for (let i = 0; i < bytes.length; i++) s += StringFromCharCode(bytes[i]);
  return s;
}
function packaged(d, how, label) {
  switch (how) {
    case BUFFER: return TypedArrayPrototypeGetBuffer(d.copy());
    case BINARY: return binaryString(d.bytes);
    case TEXT: return decodeText(d.bytes, label, d.type);
    default: return `data:${d.type === '' ? 'application/octet-stream' : d.type};base64,${Uint8ArrayPrototypeToBase64(d.bytes)}`;
  }
}

// --- FileReader -------------------------------------------------------------------------------------------------------------

let own;
class FileReader extends EventTarget {
  #state = EMPTY;
  #result = null;
  #error = null;
  #reading = null; // stands for the read under way; tasks of an older one do nothing
  static {
    own = (v) => {
      if (!isObject(v) || !(#state in v)) throw illegalInvocation();
      return v;
    };
  }
  get readyState() {
    return own(this).#state;
  }
  get result() {
    return own(this).#result;
  }
  get error() {
    return own(this).#error;
  }
  readAsArrayBuffer(blob) {
    own(this).#read(blob, BUFFER, arguments.length, undefined);
  }
  readAsBinaryString(blob) {
    own(this).#read(blob, BINARY, arguments.length, undefined);
  }
  readAsText(blob, encoding = undefined) {
    own(this).#read(blob, TEXT, arguments.length, encoding === undefined ? undefined : domString(encoding));
  }
  readAsDataURL(blob) {
    own(this).#read(blob, URL, arguments.length, undefined);
  }
  abort() {
    const r = own(this);
    r.#result = null;
    if (r.#state !== LOADING) return;
    r.#state = DONE;
    r.#reading = null;
    r.#fire('abort', 0, 0);
    if (r.#state !== LOADING) r.#fire('loadend', 0, 0);
  }
  #fire(type, loaded, total) {
    dispatch(this, trusted(new ProgressEvent(type, { __proto__: null, lengthComputable: total > 0, loaded, total })));
  }
  #read(blob, how, count, label) {
    required(count, 1, 'FileReader');
    if (!lazy('blob').isBlob(blob)) throw new TypeError('The parameter 1 is not of type Blob');
    if (this.#state === LOADING)
      throw new (lazy('domexception').DOMException)('The FileReader is reading already', 'InvalidStateError');
    const d = lazy('blob').describe(blob), { size } = d, token = {};
    this.#state = LOADING;
    this.#result = this.#error = null;
    this.#reading = token;
    const step = (fn) => lazy('core').timer(0, () => {
      if (this.#reading === token) fn();
    });
    step(() => this.#fire('loadstart', 0, size));
    if (size > 0) step(() => this.#fire('progress', size, size));
    step(() => {
      this.#state = DONE;
      this.#reading = null;
      let type = 'load';
      try {
        this.#result = packaged(d, how, label);
      } catch (e) {
        this.#error = new (lazy('domexception').DOMException)(`The Blob cannot be read: ${e.message}`, 'NotReadableError');
        type = 'error';
      }
      this.#fire(type, size, size);
      drain(); // listeners are called with nothing below them: their microtasks come before the next event
      if (this.#state !== LOADING) this.#fire('loadend', size, size);
    });
  }
}
const HANDLERS = ['onloadstart', 'onprogress', 'onload', 'onabort', 'onerror', 'onloadend'];
for (let i = 0; i < HANDLERS.length; i++) defineHandler(FileReader, HANDLERS[i]);
constants(FileReader, { __proto__: null, EMPTY, LOADING, DONE });
internal.shape(FileReader, 'FileReader');

return { FileReader, ProgressEvent };
