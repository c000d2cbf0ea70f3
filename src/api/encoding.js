// TextEncoder, TextDecoder. https://encoding.spec.whatwg.org/  Bytes are converted in C; short ASCII text stays here.
const {
  Float64Array,
  RangeError,
  TypeError,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
} = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalInvocation, isObject, required } = lazy('webidl');
const { asBytes } = lazy('bytes');

const SHORT = 24; // characters that are worth a loop here instead of a call of C
const SMALL = 300; // characters of which the bytes lie in the heap

// --- Labels --------------------------------------------------------------------------------------------------

const UTF8 = 0; // the numbers are those of enum text_encoding
const names = ['utf-8']; // those asked for, by number

// The number of a label that TextDecoder takes, or undefined.
function encodingOf(label) {
  if (label === 'utf-8') return UTF8;
  const encoding = natives.encodingOf(label);
  if (encoding !== undefined) names[encoding] ??= natives.encodingName(encoding);
  return encoding;
}
const nameOf = (encoding) => names[encoding];

// --- Strings and bytes, also for other built-ins -------------------------------------------------------------

function encode(s) {
  const n = s.length;
  if (n <= SHORT) {
    const bytes = new Uint8Array(n);
    let i = 0;
    for (; i < n; i++) {
      const code = s.charCodeAt(i); // as a method, for the reason that url.js gives
      if (code > 127) break;
      bytes[i] = code;
    }
    if (i === n) return bytes;
  }
  if (n <= SMALL) {
    const bytes = new Uint8Array(natives.utf8Length(s));
    natives.encodeInto(s, bytes, counts);
    return bytes;
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

const counts = new Float64Array(2);

// --- The classes ---------------------------------------------------------------------------------------------

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
    let text;
    if (encoding === UTF8 && last && !this.streaming) {
      text = natives.decode(bytes, this.fatal, this.ignoreBOM);
    } else {
      this.handle ??= natives.decoder(encoding, this.fatal, this.ignoreBOM);
      text = natives.decodeMore(this.handle, bytes, last);
      this.streaming = !last && text !== null;
    }
    if (text === null) throw new TypeError('The encoded data was not valid for encoding ' + nameOf(encoding));
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
    return nameOf(TextDecoder.#own(this).encoding);
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
  isUtf8: (label) => encodingOf(label) === UTF8,
  TextEncoder,
  TextDecoder,
  Decoding,
  nameOf,
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
