// TextEncoderStream and TextDecoderStream. https://encoding.spec.whatwg.org/#interface-textencoderstream
const { StringPrototypeCharCodeAt, StringPrototypeSlice } = primordials;
const lazy = internal.load;
const { domString, illegalInvocation, isObject } = lazy('webidl');
const { Decoding, nameOf, convertBytes, encode } = lazy('encoding');
const { createTransform } = lazy('streams_transform');
const { Uint8Array } = primordials;

// A high surrogate at the end of a chunk waits for its other half.
function encoderSteps(controller) {
  let pending = '';
  return {
    __proto__: null,
    transform(chunk) {
      let s = pending + domString(chunk);
      pending = '';
      if (s === '') return;
      const last = StringPrototypeCharCodeAt(s, s.length - 1);
      if (last >= 0xd800 && last <= 0xdbff) {
        pending = StringPrototypeSlice(s, s.length - 1);
        s = StringPrototypeSlice(s, 0, s.length - 1);
      }
      if (s !== '') controller.enqueue(encode(s));
    },
    flush() {
      if (pending === '') return;
      const bytes = new Uint8Array(3);
      bytes[0] = 0xef;
      bytes[1] = 0xbf;
      bytes[2] = 0xbd;
      controller.enqueue(bytes);
    },
  };
}

class TextEncoderStream {
  #t = createTransform(encoderSteps);
  static #own(v) {
    if (!isObject(v) || !(#t in v)) throw illegalInvocation();
    return v.#t;
  }
  get encoding() {
    TextEncoderStream.#own(this);
    return 'utf-8';
  }
  get readable() {
    return TextEncoderStream.#own(this).readable.public;
  }
  get writable() {
    return TextEncoderStream.#own(this).writable.public;
  }
}
internal.shape(TextEncoderStream, 'TextEncoderStream');

class TextDecoderStream {
  #d;
  #t;
  constructor(label = undefined, options = undefined) {
    const d = new Decoding(label, options);
    this.#d = d;
    this.#t = createTransform((controller) => ({
      __proto__: null,
      transform(chunk) {
        const text = d.add(convertBytes(chunk), false);
        if (text !== '') controller.enqueue(text);
      },
      flush() {
        const text = d.add(new Uint8Array(0), true);
        if (text !== '') controller.enqueue(text);
      },
    }));
  }
  static #own(v) {
    if (!isObject(v) || !(#t in v)) throw illegalInvocation();
    return v;
  }
  get encoding() {
    return nameOf(TextDecoderStream.#own(this).#d.encoding);
  }
  get fatal() {
    return TextDecoderStream.#own(this).#d.fatal;
  }
  get ignoreBOM() {
    return TextDecoderStream.#own(this).#d.ignoreBOM;
  }
  get readable() {
    return TextDecoderStream.#own(this).#t.readable.public;
  }
  get writable() {
    return TextDecoderStream.#own(this).#t.writable.public;
  }
}
internal.shape(TextDecoderStream, 'TextDecoderStream');

return { TextEncoderStream, TextDecoderStream };
