// atob() and btoa(). https://html.spec.whatwg.org/#atob
const { domString, required } = internal.load('webidl');

function fail(message) {
  const { DOMException } = internal.load('domexception');
  return new DOMException(message, 'InvalidCharacterError');
}

// Methods: what Web IDL calls an operation is no constructor.
const { atob, btoa } = {
  atob(data) {
    required(arguments.length, 1, 'atob');
    const decoded = natives.decode(domString(data));
    if (decoded === null) throw fail('atob() called with invalid base64-encoded data. (Only whitespace, \'+\', \'/\', alphanumeric ASCII, and up to two terminal \'=\' signs when the input data length is divisible by 4 are allowed.)');
    return decoded;
  },
  btoa(data) {
    required(arguments.length, 1, 'btoa');
    const encoded = natives.encode(domString(data));
    if (encoded === null) throw fail('btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.');
    return encoded;
  },
};

return { atob, btoa };
