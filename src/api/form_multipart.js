// multipart/form-data: parsing (RFC 7578, RFC 2046 section 5.1.1; the steps are those of the Fetch standard) and the
// encoding algorithm of HTML. Work is linear in the bytes; parts and their header sections are bounded.
const {
  ArrayPrototypePush,
  DateNow,
  MathFloor,
  MathRandom,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  TypeError,
  TypedArrayPrototypeIndexOf,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice,
  TypedArrayPrototypeSubarray,
  Uint8Array,
} = primordials;
const lazy = internal.load;
const { decodeKeepingBOM, encode } = lazy('encoding');
const { blobBytes, describe, newFile } = lazy('blob');
const { viewByteLength } = lazy('bytes');

const MAX_PARTS = 10000;
const MAX_HEAD_BYTES = 16 * 1024; // of one part
const MAX_BOUNDARY = 200; // RFC 2046 allows 70
const CR = 13;
const LF = 10;
const DASH = 45;
const QUOTE = 34;

const malformed = (why) => new TypeError(`The multipart/form-data body is malformed: ${why}.`);

const isBlank = (c) => c === 32 || c === 9 || c === LF || c === CR;
function trim(s) {
  let from = 0;
  let to = s.length;
  while (from < to && isBlank(StringPrototypeCharCodeAt(s, from))) from++;
  while (to > from && isBlank(StringPrototypeCharCodeAt(s, to - 1))) to--;
  return StringPrototypeSlice(s, from, to);
}
// --- Parsing -------------------------------------------------------------------------------------------------------

function startsAt(bytes, at, what) {
  const n = viewByteLength(what);
  if (at + n > viewByteLength(bytes)) return false;
  for (let i = 0; i < n; i++) if (bytes[at + i] !== what[i]) return false;
  return true;
}
// Lines end with CRLF, or with LF alone as some senders have it.
//
// Index of the LF before "--" boundary from `at` on, -1 when there is none.
function findDelimiter(bytes, at, delimiter) {
  for (;;) {
    at = TypedArrayPrototypeIndexOf(bytes, LF, at);
    if (at < 0 || startsAt(bytes, at + 1, delimiter)) return at;
    at++;
  }
}
// Where the line break before `at`, the index of a LF, begins; not before `from`.
const breakAt = (bytes, at, from) => (at > from && bytes[at - 1] === CR ? at - 1 : at);
// The end of the line that begins at `at`: the index of its LF.
function lineEnd(bytes, at, limit) {
  const end = TypedArrayPrototypeIndexOf(bytes, LF, at);
  if (end < 0) throw malformed('a header line does not end');
  if (end > limit) throw malformed('the headers of a part are too long');
  return end;
}

// name="..." of a Content-Disposition; undefined when it is not there.
function dispositionParameter(value, wanted) {
  let at = StringPrototypeIndexOf(value, ';');
  while (at >= 0 && at < value.length) {
    at++;
    while (isBlank(StringPrototypeCharCodeAt(value, at))) at++;
    const start = at;
    while (at < value.length && value[at] !== '=' && value[at] !== ';') at++;
    if (value[at] !== '=') continue;
    const name = StringPrototypeToLowerCase(trim(StringPrototypeSlice(value, start, at)));
    at++;
    const from = at;
    let text;
    if (value[at] === '"') {
      const end = quoteEnd(value, at + 1);
      if (end < 0) throw malformed('a quote does not end');
      text = unquote(StringPrototypeSlice(value, at + 1, end));
      at = end + 1;
      while (at < value.length && value[at] !== ';') at++;
    } else {
      while (at < value.length && value[at] !== ';') at++;
      text = trim(StringPrototypeSlice(value, from, at));
    }
    if (name === wanted) return text;
  }
  return undefined;
}
// A quoted-string's quoted-pairs undone: a backslash before another one, or before a quote. Elsewhere it stands for itself, as in the
// names of files that browsers send. %22, %0D and %0A stay as they are, as in other runtimes.
const isPair = (s, at) => s[at] === '\\' && (s[at + 1] === '\\' || s[at + 1] === '"');
function unquote(s) {
  let out = '';
  let from = 0;
  for (let at = StringPrototypeIndexOf(s, '\\'); at >= 0; at = StringPrototypeIndexOf(s, '\\', at + 1)) {
    if (!isPair(s, at)) continue;
    out += StringPrototypeSlice(s, from, at);
    from = ++at;
  }
  return out + StringPrototypeSlice(s, from);
}
// Where the quoted-string ends that begins before `at`; -1: nowhere.
function quoteEnd(s, at) {
  while (at < s.length && s[at] !== '"') at += isPair(s, at) ? 2 : 1;
  return at < s.length ? at : -1;
}

// The header lines of a part; leaves `at` behind the empty line.
function parseHead(bytes, at) {
  const head = { __proto__: null, name: undefined, filename: undefined, type: undefined, at: 0 };
  const limit = at + MAX_HEAD_BYTES;
  for (;;) {
    const end = lineEnd(bytes, at, limit), stop = breakAt(bytes, end, at);
    if (stop === at) {
      head.at = end + 1;
      return head;
    }
    const line = decodeKeepingBOM(TypedArrayPrototypeSubarray(bytes, at, stop));
    at = end + 1;
    const colon = StringPrototypeIndexOf(line, ':');
    if (colon < 1) throw malformed('a header line has no name');
    const field = StringPrototypeToLowerCase(trim(StringPrototypeSlice(line, 0, colon)));
    const value = trim(StringPrototypeSlice(line, colon + 1));
    if (field === 'content-type') {
      head.type = value;
    } else if (field === 'content-disposition') {
      const semicolon = StringPrototypeIndexOf(value, ';');
      const kind = semicolon < 0 ? value : trim(StringPrototypeSlice(value, 0, semicolon));
      if (StringPrototypeToLowerCase(kind) !== 'form-data')
        throw new TypeError('Content-Disposition header for FormData part must have the value "form-data", possibly ' +
          `followed by parameters. Got: "${kind}"`);
      head.name = dispositionParameter(value, 'name');
      head.filename = dispositionParameter(value, 'filename');
    }
  }
}

// Flat entries: [name, string or File, ...]. By the flag formdata_parser_converts_files_to_strings a file is its text.
function parse(bytes, boundary) {
  if (boundary === '' || boundary.length > MAX_BOUNDARY) throw malformed('the boundary has a bad length');
  const delimiter = encode(`--${boundary}`);
  const skip = viewByteLength(delimiter) + 1;
  const entries = [], takesFiles = internal.flag('formdata_parser_supports_files');
  // The first delimiter stands at the start, or behind a preamble that is ignored.
  let at = -1;
  if (!startsAt(bytes, 0, delimiter) && (at = findDelimiter(bytes, 0, delimiter)) < 0) throw malformed('the boundary does not appear in it');
  for (let parts = 0; ; parts++) {
    at += skip;
    if (bytes[at] === DASH && bytes[at + 1] === DASH) return entries;
    while (bytes[at] === 32 || bytes[at] === 9) at++; // RFC 2046 transport padding
    if (bytes[at] === CR) at++;
    if (bytes[at] !== LF) throw malformed('a boundary line has more on it');
    if (parts === MAX_PARTS) throw malformed('it has too many parts');
    const head = parseHead(bytes, at + 1);
    if (head.name === undefined) throw malformed('a part has no name');
    // The line break before the delimiter of an empty part is the one that ends the headers.
    const next = findDelimiter(bytes, head.at - 1, delimiter);
    if (next < 0) throw malformed('a part does not end');
    const from = next < head.at ? next : head.at, end = breakAt(bytes, next, from);
    ArrayPrototypePush(entries, head.name);
    if (head.filename === undefined || !takesFiles) {
      ArrayPrototypePush(entries, decodeKeepingBOM(TypedArrayPrototypeSubarray(bytes, from, end)));
    } else {
      const content = TypedArrayPrototypeSlice(bytes, from, end);
      ArrayPrototypePush(entries, newFile(content, head.type ?? 'text/plain', head.filename, DateNow()));
    }
    at = next;
  }
}

// --- Serialising ---------------------------------------------------------------------------------------------------

// Lone CRs and LFs become CRLF.
function crlf(s) {
  if (StringPrototypeIndexOf(s, '\n') < 0 && StringPrototypeIndexOf(s, '\r') < 0) return s;
  let out = '';
  let from = 0;
  for (let i = 0; i < s.length; i++) {
    const c = StringPrototypeCharCodeAt(s, i);
    if (c !== CR && c !== LF) continue;
    out += StringPrototypeSlice(s, from, i) + '\r\n';
    if (c === CR && StringPrototypeCharCodeAt(s, i + 1) === LF) i++;
    from = i + 1;
  }
  return out + StringPrototypeSlice(s, from);
}
function escape(s) {
  // It would take the quote that ends it for its own.
  if (s[s.length - 1] === '\\') throw new TypeError("Name or filename can't end with backslash");
  let out = '';
  let from = 0;
  for (let i = 0; i < s.length; i++) {
    const c = StringPrototypeCharCodeAt(s, i);
    if (c !== CR && c !== LF && c !== QUOTE) continue;
    out += StringPrototypeSlice(s, from, i) + (c === CR ? '%0D' : c === LF ? '%0A' : '%22');
    from = i + 1;
  }
  return from === 0 ? s : out + StringPrototypeSlice(s, from);
}
function makeBoundary() {
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  let text = '----formdata-cusp-';
  for (let i = 0; i < 24; i++) text += alphabet[MathFloor(MathRandom() * 62)];
  return text;
}

function serialize(entries) {
  const boundary = makeBoundary();
  const parts = [];
  let text = '';
  for (let i = 0; i < entries.length; i += 2) {
    const name = escape(crlf(entries[i]));
    const value = entries[i + 1];
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
    if (typeof value === 'string') {
      text += `\r\n\r\n${crlf(value)}\r\n`;
      continue;
    }
    const file = describe(value);
    text += `; filename="${escape(file.name)}"\r\nContent-Type: ${file.type || 'application/octet-stream'}\r\n\r\n`;
    ArrayPrototypePush(parts, encode(text));
    ArrayPrototypePush(parts, blobBytes(value));
    text = '\r\n';
  }
  ArrayPrototypePush(parts, encode(`${text}--${boundary}--\r\n`));
  let total = 0;
  for (let i = 0; i < parts.length; i++) total += viewByteLength(parts[i]);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    TypedArrayPrototypeSet(bytes, parts[i], at);
    at += viewByteLength(parts[i]);
  }
  return { __proto__: null, bytes, boundary };
}

return { parse, serialize };
