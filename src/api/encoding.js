// TextEncoder, TextDecoder. https://encoding.spec.whatwg.org/  Encodings: utf-8, utf-16le, utf-16be, windows-1252; labels
// of others are a RangeError. Bytes are converted in C; short ASCII text stays here.
const {
  Float64Array,
  RangeError,
  StringPrototypeCharCodeAt,
  StringFromCharCode,
  TypeError,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
} = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalInvocation, isObject, required } = lazy('webidl');
const { asBytes, viewByteLength } = lazy('bytes');

const SHORT = 24; // characters that are worth a loop here instead of a call of C

// --- Labels --------------------------------------------------------------------------------------------------

const UTF8 = 0;
const UTF16LE = 1;
const UTF16BE = 2;
const WINDOWS1252 = 3;
const NAMES = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];
let labels;
function makeLabels() {
  labels = { __proto__: null };
  const add = (encoding, list) => {
    for (let i = 0; i < list.length; i++) labels[list[i]] = encoding;
  };
  add(UTF8, ['unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'utf-8', 'utf8', 'x-unicode20utf8']);
  add(UTF16LE, ['csunicode', 'iso-10646-ucs-2', 'ucs-2', 'unicode', 'unicodefeff', 'utf-16', 'utf-16le']);
  add(UTF16BE, ['unicodefffe', 'utf-16be']);
  add(WINDOWS1252, ['ansi_x3.4-1968', 'ascii', 'cp1252', 'cp819', 'csisolatin1', 'ibm819', 'iso-8859-1', 'iso-ir-100']);
  add(WINDOWS1252, ['iso8859-1', 'iso88591', 'iso_8859-1', 'iso_8859-1:1987', 'l1', 'latin1', 'us-ascii']);
  add(WINDOWS1252, ['windows-1252', 'x-cp1252']);
}
const isSpace = (code) => code === 32 || (code >= 9 && code <= 13 && code !== 11);
function encodingOf(label) {
  if (label === 'utf-8') return UTF8;
  if (labels === undefined) makeLabels();
  let from = 0;
  let to = label.length;
  while (from < to && isSpace(StringPrototypeCharCodeAt(label, from))) from++;
  while (from < to && isSpace(StringPrototypeCharCodeAt(label, to - 1))) to--;
  // Not toLowerCase() of all of Unicode: the Kelvin sign is no k.
  let name = '';
  for (let i = from; i < to; i++) {
    const code = StringPrototypeCharCodeAt(label, i);
    if (code > 127) return undefined;
    name += StringFromCharCode(code >= 65 && code <= 90 ? code | 32 : code);
  }
  return labels[name];
}

// --- Strings and bytes, also for other built-ins -------------------------------------------------------------

function encode(s) {
  const n = s.length;
  if (n <= SHORT) {
    const bytes = new Uint8Array(n);
    let i = 0;
    for (; i < n; i++) {
      const code = StringPrototypeCharCodeAt(s, i);
      if (code > 127) break;
      bytes[i] = code;
    }
    if (i === n) return bytes;
  }
  return new Uint8Array(natives.encode(s));
}
// UTF-8 without its byte order mark, malformed sequences as U+FFFD ("UTF-8 decode").
function decode(bytes) {
  return natives.decode(bytes, false, false);
}
// The same with the byte order mark left in ("UTF-8 decode without BOM").
function decodeKeepingBOM(bytes) {
  return natives.decode(bytes, false, true);
}

const high = [
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
];
function decodeWindows1252(bytes) {
  const n = viewByteLength(bytes);
  let text = '';
  for (let i = 0; i < n; i++) {
    const b = bytes[i];
    text += StringFromCharCode(b >= 0x80 && b < 0xa0 ? high[b - 0x80] : b);
  }
  return text;
}

// --- The classes ---------------------------------------------------------------------------------------------

const counts = new Float64Array(2);

class TextEncoder {
  #brand;
  get encoding() {
    if (!isObject(this) || !(#brand in this)) throw illegalInvocation();
    return 'utf-8';
  }
  encode(input = undefined) {
    if (!isObject(this) || !(#brand in this)) throw illegalInvocation();
    return input === undefined ? new Uint8Array(0) : encode(domString(input));
  }
  encodeInto(source, destination) {
    if (!isObject(this) || !(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, 'encodeInto');
    source = domString(source);
    if (!isObject(destination) || TypedArrayPrototypeGetSymbolToStringTag(destination) !== 'Uint8Array')
      throw new TypeError('The destination is not a Uint8Array');
    natives.encodeInto(source, destination, counts);
    return { read: counts[0], written: counts[1] };
  }
}
internal.shape(TextEncoder, 'TextEncoder');

// What a TextDecoder and a TextDecoderStream share.
class Decoding {
  constructor(label, options) {
    label = label === undefined ? 'utf-8' : domString(label);
    options = dictionary(options, 'The options');
    this.fatal = options === undefined ? false : !!options.fatal;
    this.ignoreBOM = options === undefined ? false : !!options.ignoreBOM;
    const encoding = encodingOf(label);
    if (encoding === undefined) throw new RangeError(`"${label}" is not a supported encoding.`);
    this.encoding = encoding;
    this.handle = undefined; // state in C, of encodings other than UTF-8 and of streams
    this.streaming = false;
  }
  add(bytes, last) {
    const { encoding } = this;
    if (encoding === WINDOWS1252) return decodeWindows1252(bytes);
    let text;
    if (encoding === UTF8 && last && !this.streaming) {
      text = natives.decode(bytes, this.fatal, this.ignoreBOM);
    } else {
      this.handle ??= natives.decoder(encoding, this.fatal, this.ignoreBOM);
      text = natives.decodeMore(this.handle, bytes, last);
      this.streaming = !last && text !== null;
    }
    if (text === null) throw new TypeError('The encoded data was not valid for encoding ' + NAMES[encoding]);
    return text;
  }
}
lazy('webidl').record(Decoding);

const nothing = new Uint8Array(0);
function convertBytes(v) {
  const bytes = asBytes(v);
  if (bytes === undefined) throw new TypeError('The input is neither an ArrayBuffer nor a view of one');
  return bytes;
}

class TextDecoder {
  #d;
  constructor(label = undefined, options = undefined) {
    this.#d = new Decoding(label, options);
  }
  static #own(v) {
    if (!isObject(v) || !(#d in v)) throw illegalInvocation();
    return v.#d;
  }
  get encoding() {
    return NAMES[TextDecoder.#own(this).encoding];
  }
  get fatal() {
    return TextDecoder.#own(this).fatal;
  }
  get ignoreBOM() {
    return TextDecoder.#own(this).ignoreBOM;
  }
  decode(input = undefined, options = undefined) {
    const d = TextDecoder.#own(this);
    const bytes = input === undefined ? nothing : convertBytes(input);
    options = dictionary(options, 'The options');
    return d.add(bytes, options === undefined || !options.stream);
  }
}
internal.shape(TextDecoder, 'TextDecoder');

return {
  TextEncoder,
  TextDecoder,
  Decoding,
  NAMES,
  convertBytes,
  encode,
  decode,
  decodeKeepingBOM,
  get TextEncoderStream() {
    return lazy('encoding_streams').TextEncoderStream;
  },
  get TextDecoderStream() {
    return lazy('encoding_streams').TextDecoderStream;
  },
};
