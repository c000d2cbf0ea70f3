// node:querystring. https://nodejs.org/api/querystring.html
const lazy = internal.load;
const hex = (c) => (c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1);

// Bytes of a text with %XX; what is no escape stays.
function unescapeBuffer(s, plusIsSpace = false) {
  const { Buffer } = lazy("node/buffer"), out = Buffer.allocUnsafe(s.length);
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    let c = s.charCodeAt(i);
    if (plusIsSpace && c === 43) c = 32;
    else if (c === 37 && i + 2 < s.length) {
      const high = hex(s.charCodeAt(i + 1)), low = hex(s.charCodeAt(i + 2));
      if (high >= 0 && low >= 0) {
        c = high * 16 + low;
        i += 2;
      }
    }
    out[n++] = c;
  }
  return out.slice(0, n);
}
function unescape(s, plusIsSpace = false) {
  try {
    return decodeURIComponent(s);
  } catch {
    return unescapeBuffer(s, plusIsSpace).toString();
  }
}
function escape(s) {
  if (typeof s !== "string") s = typeof s === "object" ? String(s) : `${s}`;
  let out = "", from = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    // A-Z a-z 0-9 ! ' ( ) * - . _ ~
    if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 33 || (c >= 39 && c <= 42) || c === 45 || c === 46 || c === 95 || c === 126) continue;
    out += s.slice(from, i);
    if (c >= 0xd800 && c < 0xe000) {
      if (c >= 0xdc00 || i + 1 >= s.length || (s.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) {
        if (i + 1 < s.length && c < 0xdc00) {
          // a pair is taken as it comes
          const code = 0x10000 + ((c & 0x3ff) << 10) + (s.charCodeAt(++i) & 0x3ff);
          out += encodeURIComponent(String.fromCodePoint(code));
          from = i + 1;
          continue;
        }
        throw lazy("node/errors").uriError("ERR_INVALID_URI", "URI malformed");
      }
      out += encodeURIComponent(s.slice(i, i + 2));
      i++;
    } else out += encodeURIComponent(s[i]);
    from = i + 1;
  }
  return out + s.slice(from);
}
function primitive(v) {
  if (typeof v === "string") return v;
  if (typeof v === "number" && Number.isFinite(v)) return `${v}`;
  return typeof v === "bigint" || typeof v === "boolean" ? `${v}` : "";
}
function stringify(o, sep = "&", eq = "=", options = undefined) {
  if (o === null || typeof o !== "object") return "";
  sep ||= "&";
  eq ||= "=";
  const encode = typeof options?.encodeURIComponent === "function" ? options.encodeURIComponent : module.escape;
  const text = (v) => (typeof v === "number" && Math.abs(v) < 1e21 ? (Number.isFinite(v) ? `${v}` : "") : typeof v === "boolean" ? `${v}` : encode(primitive(v)));
  const out = [];
  for (const key of Object.keys(o)) {
    const k = encode(primitive(key)) + eq, v = o[key];
    if (Array.isArray(v)) for (const item of v) out.push(k + text(item));
    else out.push(k + text(v));
  }
  return out.join(sep);
}
function parse(s, sep = "&", eq = "=", options = undefined) {
  const out = { __proto__: null };
  if (typeof s !== "string" || s.length === 0) return out;
  sep = sep ? `${sep}` : "&";
  eq = eq ? `${eq}` : "=";
  let most = 1000;
  if (typeof options?.maxKeys === "number") most = options.maxKeys > 0 ? options.maxKeys : Infinity;
  const custom = options?.decodeURIComponent, decode = typeof custom === "function" ? custom : module.unescape;
  const text = (v) => {
    v = v.replaceAll("+", custom && custom !== unescape ? "%20" : " ");
    if (decode === module.unescape && typeof custom !== "function" && !/%[\da-f]{2}/i.test(v)) return v;
    try {
      return decode(v);
    } catch {
      return unescape(v, true);
    }
  };
  for (const pair of s.split(sep)) {
    if (most-- <= 0) break;
    if (pair === "") continue;
    const at = pair.indexOf(eq), key = text(at < 0 ? pair : pair.slice(0, at)), value = at < 0 ? "" : text(pair.slice(at + eq.length));
    if (out[key] === undefined) out[key] = value;
    else if (Array.isArray(out[key])) out[key].push(value);
    else out[key] = [out[key], value];
  }
  return out;
}
const module = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
return module;
