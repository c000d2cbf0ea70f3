// MIME types: parsing and serialising, and the one of a body's headers. https://mimesniff.spec.whatwg.org/#understanding-mime-types
// https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
const { ArrayPrototypePush, RegExpPrototypeExec, StringPrototypeCharCodeAt, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeToLowerCase } =
  primordials;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/; // HTTP quoted-string token code points
const SEMICOLON = 59, QUOTE = 34, BACKSLASH = 92, EQUALS = 61, COMMA = 44, SLASH = 47;

const isToken = (s) => RegExpPrototypeExec(TOKEN, s) !== null;
const isBlank = (c) => c === 32 || c === 9 || c === 10 || c === 13;
const at = StringPrototypeCharCodeAt;
function trimEnd(s) {
  let to = s.length;
  while (to > 0 && isBlank(at(s, to - 1))) to--;
  return StringPrototypeSlice(s, 0, to);
}
function trim(s) {
  let from = 0;
  while (from < s.length && isBlank(at(s, from))) from++;
  return trimEnd(StringPrototypeSlice(s, from));
}

// An HTTP quoted string from its quote at `i`: its value, and where it ended.
function quoted(s, i) {
  let value = '';
  for (i++; i < s.length; i++) {
    const c = at(s, i);
    if (c === QUOTE) return { __proto__: null, value, end: i + 1 };
    if (c === BACKSLASH && i + 1 < s.length) i++;
    value += s[i];
  }
  return { __proto__: null, value, end: i };
}

function parameters(s, i, into) {
  while (i < s.length) {
    i++; // the semicolon
    while (i < s.length && isBlank(at(s, i))) i++;
    const start = i;
    while (i < s.length && at(s, i) !== SEMICOLON && at(s, i) !== EQUALS) i++;
    const name = StringPrototypeToLowerCase(StringPrototypeSlice(s, start, i));
    if (at(s, i) !== EQUALS) continue;
    i++;
    let value;
    if (at(s, i) === QUOTE) {
      ({ value, end: i } = quoted(s, i));
      while (i < s.length && at(s, i) !== SEMICOLON) i++;
    } else {
      const from = i;
      while (i < s.length && at(s, i) !== SEMICOLON) i++;
      value = trimEnd(StringPrototypeSlice(s, from, i));
      if (value === '') continue;
    }
    if (isToken(name) && RegExpPrototypeExec(VALUE, value) !== null && parameterOf(into, name) === undefined) {
      ArrayPrototypePush(into, name);
      ArrayPrototypePush(into, value);
    }
  }
}
function parameterOf(parameters, name) {
  for (let i = 0; i < parameters.length; i += 2) if (parameters[i] === name) return parameters[i + 1];
  return undefined;
}

// { essence, parameters: [name, value, ...] }, or null.
function parse(text) {
  const s = trim(text);
  let end = 0;
  while (end < s.length && at(s, end) !== SEMICOLON) end++;
  let slash = 0;
  while (slash < end && at(s, slash) !== SLASH) slash++;
  const type = StringPrototypeSlice(s, 0, slash), subtype = trimEnd(StringPrototypeSlice(s, slash + 1, end));
  if (slash === end || !isToken(type) || !isToken(subtype)) return null;
  const mime = { __proto__: null, essence: StringPrototypeToLowerCase(`${type}/${subtype}`), parameters: [] };
  parameters(s, end, mime.parameters);
  return mime;
}

function serialize(mime) {
  let s = mime.essence;
  const p = mime.parameters;
  for (let i = 0; i < p.length; i += 2) {
    const value = isToken(p[i + 1]) ? p[i + 1] : `"${StringPrototypeReplaceAll(StringPrototypeReplaceAll(p[i + 1], '\\', '\\\\'), '"', '\\"')}"`;
    s += `;${p[i]}=${value}`;
  }
  return s;
}

// "Get, decode and split": the values of a combined header.
function split(text) {
  const values = [];
  let from = 0;
  for (let i = 0; ; ) {
    const c = i < text.length ? at(text, i) : COMMA;
    if (c === QUOTE) {
      i = quoted(text, i).end;
      continue;
    }
    if (c === COMMA) {
      ArrayPrototypePush(values, trim(StringPrototypeSlice(text, from, i)));
      from = i + 1;
      if (i >= text.length) return values;
    }
    i++;
  }
}

// The MIME type that the Content-Type headers say (combined in one string, or null), or null.
function extract(contentType) {
  if (contentType === null) return null;
  const values = split(contentType);
  let found = null, charset;
  for (let i = 0; i < values.length; i++) {
    const mime = parse(values[i]);
    if (mime === null || mime.essence === '*/*') continue;
    const own = parameterOf(mime.parameters, 'charset');
    if (found === null || mime.essence !== found.essence) charset = own;
    else if (own !== undefined) charset = own;
    else if (charset !== undefined) {
      ArrayPrototypePush(mime.parameters, 'charset');
      ArrayPrototypePush(mime.parameters, charset);
    }
    found = mime;
  }
  return found;
}

return {
  parse,
  serialize,
  extract,
  parameter: (mime, name) => parameterOf(mime.parameters, name),
};
