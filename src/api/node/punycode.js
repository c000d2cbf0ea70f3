// node:punycode: RFC 3492.
const errors = {
  __proto__: null, overflow: "Overflow: input needs wider integers to process", "not-basic": "Illegal input >= 0x80 (not a basic code point)",
  "invalid-input": "Invalid input",
};
const BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128, MOST = 2147483647;
const fail = (kind) => {
  throw new RangeError(errors[kind]);
};
function adapt(delta, points, first) {
  delta = first ? Math.floor(delta / DAMP) : delta >> 1;
  delta += Math.floor(delta / points);
  let k = 0;
  for (; delta > ((BASE - TMIN) * TMAX) >> 1; k += BASE) delta = Math.floor(delta / (BASE - TMIN));
  return Math.floor(k + ((BASE - TMIN + 1) * delta) / (delta + SKEW));
}
const threshold = (k, bias) => (k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias);
const ucs2 = {
  decode(s) {
    const out = [];
    for (const ch of s) out.push(ch.codePointAt(0));
    return out;
  },
  encode: (codes) => String.fromCodePoint(...codes),
};
function decode(input) {
  const out = [];
  const basic = Math.max(0, input.lastIndexOf("-"));
  for (let i = 0; i < basic; i++) {
    if (input.charCodeAt(i) >= 128) fail("not-basic");
    out.push(input.charCodeAt(i));
  }
  let n = FIRST, i = 0, bias = BIAS;
  for (let at = basic > 0 ? basic + 1 : 0; at < input.length; ) {
    const old = i;
    for (let w = 1, k = BASE; ; k += BASE) {
      if (at >= input.length) fail("invalid-input");
      const c = input.charCodeAt(at++);
      const digit = c >= 48 && c < 58 ? c - 22 : c >= 65 && c < 91 ? c - 65 : c >= 97 && c < 123 ? c - 97 : BASE;
      if (digit >= BASE) fail("invalid-input");
      if (digit > Math.floor((MOST - i) / w)) fail("overflow");
      i += digit * w;
      const t = threshold(k, bias);
      if (digit < t) break;
      if (w > Math.floor(MOST / (BASE - t))) fail("overflow");
      w *= BASE - t;
    }
    const count = out.length + 1;
    bias = adapt(i - old, count, old === 0);
    if (Math.floor(i / count) > MOST - n) fail("overflow");
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff) fail("invalid-input");
    out.splice(i++, 0, n);
  }
  return String.fromCodePoint(...out);
}
function encode(text) {
  const input = ucs2.decode(text);
  let out = "";
  for (const c of input) if (c < 128) out += String.fromCharCode(c);
  const basic = out.length;
  let done = basic, n = FIRST, delta = 0, bias = BIAS;
  if (basic > 0) out += "-";
  while (done < input.length) {
    let next = MOST;
    for (const c of input) if (c >= n && c < next) next = c;
    if (next - n > Math.floor((MOST - delta) / (done + 1))) fail("overflow");
    delta += (next - n) * (done + 1);
    n = next;
    for (const c of input) {
      if (c < n && ++delta > MOST) fail("overflow");
      if (c !== n) continue;
      let q = delta;
      for (let k = BASE; ; k += BASE) {
        const t = threshold(k, bias);
        if (q < t) break;
        const digit = t + ((q - t) % (BASE - t));
        out += String.fromCharCode(digit < 26 ? digit + 97 : digit + 22);
        q = Math.floor((q - t) / (BASE - t));
      }
      out += String.fromCharCode(q < 26 ? q + 97 : q + 22);
      bias = adapt(delta, done + 1, done === basic);
      delta = 0;
      done++;
    }
    delta++;
    n++;
  }
  return out;
}
// The labels of a domain, also of one in an e-mail address; the four dots of IDNA2003.
function labels(domain, fn) {
  const at = domain.indexOf("@"), head = at < 0 ? "" : domain.slice(0, at + 1);
  return head + domain.slice(at + 1).replace(/[\u3002\uFF0E\uFF61]/g, ".").split(".").map(fn).join(".");
}
return {
  version: "2.3.1", ucs2, decode, encode,
  toASCII: (domain) => labels(domain, (l) => (/[^\0-\x7F]/.test(l) ? `xn--${encode(l)}` : l)),
  toUnicode: (domain) => labels(domain, (l) => (l.startsWith("xn--") ? decode(l.slice(4).toLowerCase()) : l)),
};
