// What fetch() answers without the network: data: URLs (Fetch section 6) and blob: URLs (File API section 8), and the
// isolate's store of those.
const {
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  ReflectApply,
  RegExpPrototypeExec,
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  TypeError,
  TypedArrayPrototypeSubarray,
  Uint8Array,
  Uint8ArrayFromBase64,
} = primordials;
const lazy = internal.load;
const { Body, BYTES } = lazy('body');
const { local } = lazy('response');

function hexDigit(c) {
  if (c >= 48 && c <= 57) return c - 48;
  c |= 32;
  return c >= 97 && c <= 102 ? c - 87 : -1;
}
// The bytes of ASCII text with percent-encoded ones undone.
function percentDecode(s) {
  const bytes = new Uint8Array(s.length);
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    let c = StringPrototypeCharCodeAt(s, i);
    if (c === 37) {
      const high = hexDigit(StringPrototypeCharCodeAt(s, i + 1)), low = hexDigit(StringPrototypeCharCodeAt(s, i + 2));
      if (high >= 0 && low >= 0) {
        c = high * 16 + low;
        i += 2;
      }
    }
    bytes[n++] = c;
  }
  return TypedArrayPrototypeSubarray(bytes, 0, n);
}
function latin1(bytes) {
  let s = '';
  for (let i = 0; i < bytes.length; i++) s += StringFromCharCode(bytes[i]);
  return s;
}
// Forgiving-base64 decode; null when it is none.
function base64(s) {
  try {
    return Uint8ArrayFromBase64(s);
  } catch {
    return null;
  }
}

// { type, bytes } of a data: URL without its fragment, or null.
function dataURL(url) {
  const comma = StringPrototypeIndexOf(url, ',');
  if (comma < 0) return null;
  let type = RegExpPrototypeExec(/^[\t\n\f\r ]*([^]*?)[\t\n\f\r ]*$/, StringPrototypeSlice(url, 5, comma))[1];
  const rest = StringPrototypeSlice(url, comma + 1);
  const m = RegExpPrototypeExec(/^([^]*); *base64$/i, type);
  let bytes;
  if (m === null) bytes = percentDecode(rest);
  else {
    type = m[1];
    bytes = base64(StringPrototypeIndexOf(rest, '%') < 0 ? rest : latin1(percentDecode(rest)));
    if (bytes === null) return null;
  }
  const { parse, serialize } = lazy('mime');
  const mime = parse(type[0] === ';' ? `text/plain${type}` : type);
  return { __proto__: null, type: mime === null ? 'text/plain;charset=US-ASCII' : serialize(mime), bytes };
}

// --- blob: URLs ----------------------------------------------------------------------------------------------------------

const urls = new Map(); // URL -> Blob
const withoutFragment = (url) => {
  const hash = StringPrototypeIndexOf(url, '#');
  return hash < 0 ? url : StringPrototypeSlice(url, 0, hash);
};
function createObjectURL(v) {
  if (!lazy('blob').isBlob(v)) throw new TypeError("Failed to execute 'createObjectURL' on 'URL': parameter 1 is not of type 'Blob'.");
  const { Crypto, crypto } = lazy('crypto');
  const url = `blob:null/${ReflectApply(Crypto.prototype.randomUUID, crypto, [])}`;
  MapPrototypeSet(urls, url, v);
  return url;
}
// The Blob of a URL, or undefined. A Request finds it when it is made: it may be revoked before it is fetched.
const blobOf = (url) => MapPrototypeGet(urls, withoutFragment(url));

function range(list, size) {
  const value = lazy('headers').get(list, 'range');
  if (value === null) return null;
  const m = RegExpPrototypeExec(/^bytes=[\t ]*(\d*)[\t ]*-[\t ]*(\d*)$/, value);
  if (m === null || (m[1] === '' && m[2] === '')) throw new TypeError('The range of the blob: URL is malformed');
  let from = +m[1], to = m[2] === '' || +m[2] >= size ? size - 1 : +m[2];
  if (m[1] === '') {
    from = size - +m[2] < 0 ? 0 : size - +m[2];
    to = size - 1;
  }
  if (from >= size || from > to) throw new TypeError('The range lies outside the blob');
  return { __proto__: null, from, to };
}
function fetchBlob(url, blob, r) {
  if (blob === undefined || r.method !== 'GET') throw new TypeError(`Fetch API cannot load: ${url}`);
  const { bytes, size, type } = lazy('blob').describe(blob);
  const part = range(r.list, size);
  if (part === null) {
    const list = ['content-length', `${size}`, 'content-type', type];
    return local(url, 200, 'OK', list, new Body(BYTES, bytes));
  }
  const { from, to } = part;
  const list = ['content-length', `${to - from + 1}`, 'content-type', type, 'content-range', `bytes ${from}-${to}/${size}`];
  return local(url, 206, 'Partial Content', list, new Body(BYTES, TypedArrayPrototypeSubarray(bytes, from, to + 1)));
}

// The response to a request (request.js, parts()) for a data: or blob: URL.
function fetchLocal(r) {
  const url = withoutFragment(r.url);
  if (StringPrototypeSlice(url, 0, 5) === 'blob:') return fetchBlob(url, r.blob, r);
  const data = dataURL(url);
  if (data === null) throw new TypeError(`Fetch API cannot load: ${StringPrototypeSlice(url, 0, 100)}`);
  return local(url, 200, 'OK', ['content-type', data.type], r.method === 'HEAD' ? null : new Body(BYTES, data.bytes));
}

return {
  fetchLocal,
  blobOf,
  createObjectURL,
  revokeObjectURL: (url) => void MapPrototypeDelete(urls, url),
};
