// Turns published JSON test vectors into the tab-separated files that the unit tests read (test/support/tsv.h),
// so that they need no JSON parser. Usage:
//   node tools/vectors.mjs url <folder of the URL vectors> test/vectors/url
//   node tools/vectors.mjs urlpattern <folder of the URLPattern vectors> test/vectors/url   (JSON: its test is JavaScript)
//   node tools/vectors.mjs fields <folder of the structured field tests> test/vectors/http
//   node tools/vectors.mjs text <folder with base64.json> test/vectors/text
//   node tools/vectors.mjs http <folder with llhttp-vectors.json> test/vectors/http
//   deno run -A tools/vectors.mjs legacy - test/vectors/text      (asks the TextDecoder of whoever runs it)
//   node tools/vectors.mjs html <folder with html5lib's *.test> test/vectors/html
//   node tools/vectors.mjs lolhtml <folder with selector_matching and element_content_replacement> test/vectors/html
//     (and then gzip -9n test/vectors/html/lol-html.tsv)
//   node tools/vectors.mjs crypto <folder of the Wycheproof vectors> test/vectors/crypto
// test/vectors/SOURCES.md says where the inputs come from.
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [kind, from, to] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(from, name), 'utf8'));

// One field. Lone surrogates become U+FFFD, as WebIDL's USVString has it.
function field(value) {
  if (value === null || value === undefined) return '\\N';
  return value.toWellFormed().replace(/[\\\t\n\r\u0000-\u001f\u007f]/g, (c) =>
    ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c] ??
    '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'));
}

function write(name, head, rows) {
  mkdirSync(to, { recursive: true });
  const lines = rows.map((row) => row.map(field).join('\t').replace(/^#/, '\\x23'));
  const text = `# ${head}\n${lines.join('\n')}\n`;
  writeFileSync(join(to, name), name.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
  console.log(`${name}: ${rows.length} rows`);
}

const objects = (list) => list.filter((row) => typeof row === 'object');
const parts = ['origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];

function url() {
  const parse = ['urltestdata.json', 'urltestdata-javascript-only.json', 'ada_extra_urltestdata.json',
    'ada_long_urltestdata.json'].flatMap((name) => objects(read(name)));
  write('parse.tsv', `input, base, href (null: failure), ${parts.join(', ')}`, parse.map((row) =>
    [row.input, row.base, row.failure ? null : row.href, ...parts.map((part) => row.failure ? null : row[part])]));

  const setters = ['setters_tests.json', 'ada_extra_setters_tests.json'].flatMap((name) =>
    Object.entries(read(name)).filter(([attribute]) => attribute !== 'comment').flatMap(([attribute, rows]) =>
      rows.map((row) => [attribute, row.href, row.new_value, ...Object.entries(row.expected).flat()])));
  write('setters.tsv', 'attribute, href, new value, then pairs of attribute and expected value', setters);

  const hosts = ['toascii.json', 'IdnaTestV2.json', 'IdnaTestV2-removed.json'].flatMap((name) =>
    objects(read(name)).map((row) => [row.input, row.output === '' ? null : row.output, name]));
  write('hosts.tsv', 'domain, ASCII form (null: failure), file', hosts);

  write('percent.tsv', 'input, percent-encoded in UTF-8', objects(read('percent-encoding.json')).map((row) =>
    [row.input, row.output['utf-8']]));
}

function urlpattern() {
  const all = {
    match: read('urlpatterntestdata.json'),
    generate: read('urlpattern-generate-test-data.json'),
    compare: read('urlpattern-compare-test-data.json'),
  };
  const ascii = (s) => s.replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
  const rows = Object.entries(all).map(([name, list]) => `"${name}": [\n${list.map((row) => ascii(JSON.stringify(row))).join(',\n')}\n]`);
  writeFileSync(join(to, 'urlpattern.json'), `{\n${rows.join(',\n')}\n}\n`);
}

// A structure as one line, which structured_fields_test.c reads and writes: i5 d1500 (thousandths) D0.0015 s t b u + hex, o1, @7;
// parameters ";key=value", an inner list "(item item)", members "key:item" with commas between; keys are hex.
function structured(type, value) {
  const hexOf = (s) => Buffer.from(s, 'utf8').toString('hex');
  const base32 = (s) => {
    const out = [];
    let bits = 0, count = 0;
    for (const c of s.replace(/=+$/, '')) {
      bits = (bits << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c);
      if ((count += 5) >= 8) out.push((bits >> (count -= 8)) & 255);
    }
    return Buffer.from(out).toString('hex');
  };
  const bare = (v) => {
    if (typeof v === 'boolean') return `o${Number(v)}`;
    if (typeof v === 'number') return `i${v}`;
    if (typeof v === 'string') return `s${hexOf(v)}`;
    switch (v.__type) {
      case 'decimal': {
        const m = /^(-?)(\d+)\.(\d{1,3})$/.exec(v.value);
        return m ? `d${m[1]}${BigInt(m[2] + m[3].padEnd(3, '0'))}` : `D${v.value}`;
      }
      case 'token': return `t${hexOf(v.value)}`;
      case 'binary': return `b${base32(v.value)}`;
      case 'date': return `@${v.value}`;
      default: return `u${hexOf(v.value)}`;
    }
  };
  const params = (list) => list.map(([key, v]) => `;${hexOf(key)}=${bare(v)}`).join('');
  const member = ([v, p]) => (Array.isArray(v) ? `(${v.map(member).join(' ')})` : bare(v)) + params(p);
  if (type === 'item') return member(value);
  if (type === 'list') return value.map(member).join(',');
  return value.map(([key, m]) => `${hexOf(key)}:${member(m)}`).join(',');
}
function fields() {
  const rows = [];
  for (const dir of ['', 'serialisation-tests'])
    for (const file of readdirSync(join(from, dir)).filter((name) => name.endsWith('.json')).sort()) {
      const source = readFileSync(join(from, dir, file), 'utf8').replace(/"(?:[^"\\]|\\.)*"|-?\d+\.\d+/g, (m) =>
        m[0] === '"' ? m : `{"__type":"decimal","value":"${m}"}`);
      for (const t of JSON.parse(source))
        rows.push([t.name, t.header_type, t.raw && t.raw.join(', '), t.must_fail ? 'must fail' : t.can_fail ? 'can fail' : '',
          t.expected && structured(t.header_type, t.expected), t.must_fail ? null : (t.canonical ?? t.raw).join(', ')]);
    }
  write('structured_fields.tsv', 'name, kind, field (null: only written), outcome, structure, canonical form', rows);
}

function text() {
  write('base64.tsv', 'forgiving base64, bytes in hex (null: failure)', read('base64.json').map(([coded, bytes]) =>
    [coded, bytes && Buffer.from(bytes).toString('hex')]));
}

// Checksums of what a decoder makes of inputs that legacy_test.c makes in the same way.
const LEGACY = ['ibm866', 'iso-8859-2', 'iso-8859-3', 'iso-8859-4', 'iso-8859-5', 'iso-8859-6', 'iso-8859-7', 'iso-8859-8',
  'iso-8859-8-i', 'iso-8859-10', 'iso-8859-13', 'iso-8859-14', 'iso-8859-15', 'iso-8859-16', 'koi8-r', 'koi8-u', 'macintosh',
  'windows-874', 'windows-1250', 'windows-1251', 'windows-1252', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256',
  'windows-1257', 'windows-1258', 'x-mac-cyrillic', 'gbk', 'gb18030', 'big5', 'euc-jp', 'iso-2022-jp', 'shift_jis', 'euc-kr',
  'x-user-defined', 'utf-16le', 'utf-16be'];
const JP = ['\x1b(B', '\x1b(J', '\x1b(I', '\x1b$@', '\x1b$B', '\x1b', '\x1b$', '\x1b(', '!', '0', '~', '\\', '\x0e', '\x80', '\x0a', 'A'];
const inputs = {
  pairs() {
    const bytes = [];
    for (let lead = 0; lead < 256; lead++) for (let trail = 0; trail < 256; trail++) bytes.push(lead, trail, 10);
    return bytes;
  },
  four() {
    const bytes = [];
    for (let a = 0x81; a <= 0xfe; a++) for (let b = 0x30; b <= 0x39; b++) for (let c = 0x81; c <= 0xfe; c += 3)
      for (let d = 0x30; d <= 0x3a; d++) bytes.push(a, b, c, d);
    return bytes;
  },
  three() {
    const bytes = [];
    for (let a = 0xa0; a <= 0xff; a++) for (let b = 0x9f; b <= 0xff; b++) bytes.push(0x8f, a, b, 10);
    return bytes;
  },
  random() {
    const bytes = [];
    let x = 1;
    for (let i = 0; i < 100000; i++) bytes.push((x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24);
    return bytes;
  },
  escapes() {
    const bytes = [];
    let x = 1;
    for (let i = 0; i < 100000; i++)
      for (const c of JP[(x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 28]) bytes.push(c.charCodeAt(0));
    return bytes;
  },
};
function checksum(text) {
  let h = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) h = ((h ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return h.toString(16).padStart(16, '0');
}
function legacy() {
  const rows = [];
  for (const encoding of LEGACY)
    for (const [name, make] of Object.entries(inputs)) {
      if (name === 'four' ? encoding !== 'gb18030' && encoding !== 'gbk' : name === 'three' ? encoding !== 'euc-jp' : name === 'escapes' && encoding !== 'iso-2022-jp') continue;
      const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(new Uint8Array(make()));
      rows.push([encoding, name, String(text.length), checksum(text)]);
    }
  write('legacy.tsv', 'encoding, input (legacy_test.c), units, FNV-1a of them', rows);
}

// What a span of llhttp's log holds. Its offsets count UTF-8 while the input is Latin-1: with bytes outside ASCII only the
// text in the log is right.
function logged(input, offset, length, text) {
  if (text === 'cr' || text === 'lf') return text === 'cr' ? '\r' : '\n';
  const shown = text.slice(1, -1), slice = input.slice(offset, offset + length);
  return slice.replace(/\t/g, '\\t').replace(/\f/g, '\\f') === shown ? slice : shown;
}

function http() {
  const hex = (latin1) => Buffer.from(latin1, 'latin1').toString('hex');
  const rows = read('llhttp-vectors.json').flatMap((v) => {
    const input = Buffer.from(v.inputBase64, 'base64').toString('latin1');
    const events = v.log.flatMap((line) => {
      const span = line.match(/^off=(\d+) len=(\d+) span\[([a-z_.]+)\]=(.*)$/s);
      if (span) return [['event', span[3], hex(logged(input, +span[1], +span[2], span[4]))]];
      if (/ headers complete /.test(line)) return [['event', 'head', '']];
      if (/ message complete$/.test(line)) return [['event', 'end', '']];
      if (/^off=NULL finish=/.test(line)) return [['event', 'finish', hex(line.slice(16))]];
      return [];
    });
    return [['vector', v.file, String(v.line), v.name, v.meta.type, v.verdict, hex(input)], ...events];
  });
  write('llhttp.tsv', 'vector: file, line, name, type, verdict, input in hex; then its events: kind, bytes in hex', rows);
}

// Wycheproof: one file of rows, each of the kind that its first field names. `key` rows hold for the rows after them.
// Unsigned numbers lose their leading zeros; JWK fields become hex.
// The expected tokens as the text that src/html/tokenizer_test.c makes of what it sees.
function tokens(output, unescape) {
  const nul = (s) => (s === null || s === undefined ? '\x1e' : unescape(s));
  let all = '', chars = '';
  for (const [type, ...rest] of output) {
    if (type === 'Character') {
      chars += unescape(rest[0]);
      continue;
    }
    if (chars) all += `T${chars}\n`;
    chars = '';
    if (type === 'StartTag')
      all += `S${unescape(rest[0])}${rest[2] ? '/' : ''}\n` +
        Object.entries(rest[1]).map(([k, v]) => `A${unescape(k)}=${unescape(v)}\n`).sort().join('');
    else if (type === 'EndTag') all += `E${unescape(rest[0])}\n`;
    else if (type === 'Comment') all += `C${unescape(rest[0])}\n`;
    else all += `D${nul(rest[0])}\x1f${nul(rest[1])}\x1f${nul(rest[2])}\x1f${rest[3] ? 1 : 0}\n`;
  }
  return all + (chars ? `T${chars}\n` : '');
}

function html() {
  const rows = readdirSync(from).filter((name) => name.endsWith('.test')).sort().flatMap((name) =>
    (read(name).tests ?? []).flatMap((test) => {
      const unescape = test.doubleEscaped
        ? (s) => s.replace(/\\u([0-9A-Fa-f]{4})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))) : (s) => s;
      return (test.initialStates ?? ['Data state']).map((state) =>
        [name, test.description, state, test.lastStartTag, unescape(test.input), tokens(test.output, unescape)]);
    }));
  write('tokenizer.tsv', 'file, description, initial state, last start tag, input, tokens', rows);
}

function lolhtml() {
  const rows = ['selector_matching', 'element_content_replacement'].flatMap((suite) =>
    readdirSync(join(from, suite)).filter((name) => name.endsWith('-info.json')).sort().flatMap((name) => {
      const info = read(join(suite, name)), text = (file) => readFileSync(join(from, suite, file), 'utf8');
      return [['source', name, text(info.src)],
        ...Object.entries(info.selectors).map(([selector, file]) => ['case', suite, selector, text(file)])];
    }));
  write('lol-html.tsv', 'source: file, HTML; then its cases: suite, selector, what becomes of it', rows);
}

function crypto() {
  const rows = [];
  const hex = (base64url) => base64url === undefined ? '' : Buffer.from(base64url, 'base64url').toString('hex');
  const hash = (name) => name.replace(/^(HMAC)?SHA-?/, 'SHA-');
  const each = (file, row, key) => {
    for (const group of read(`${file}_test.json`).testGroups) {
      if (key) rows.push(['key', ...key(group)]);
      for (const test of group.tests) rows.push([...row(test, group), test.result, `${file} ${test.tcId}`]);
    }
  };
  const ec = (curve) => (g) => ['EC', curve, g.publicKeyDer, '', hex(g.publicKeyJwk?.x), hex(g.publicKeyJwk?.y)];
  const okp = (g) => ['Ed25519', '', g.publicKeyDer, '', hex(g.publicKeyJwk?.x), ''];
  const rsa = (g) => {
    const jwk = g.publicKeyJwk ?? g.keyJwk ?? g.privateKeyJwk;
    return ['RSA', '', g.publicKeyDer ?? '', g.privateKeyPkcs8 ?? '', hex(jwk?.n), hex(jwk?.e)];
  };
  const signed = (scheme) => (t, g) => ['signature', scheme, g.sha ?? '', String(g.sLen ?? 0), g.mgfSha ?? '', t.msg, t.sig];
  const files = (pattern) => readdirSync(from).filter((name) => pattern.test(name)).map((name) => name.replace('_test.json', '')).sort();
  for (const [bits, sha] of [[256, 256], [384, 384], [521, 512]])
    each(`ecdsa_secp${bits}r1_sha${sha}_p1363`, signed('ECDSA'), ec(`P-${bits}`));
  for (const file of files(/^rsa_signature_/)) each(file, signed('PKCS1'), rsa);
  for (const file of files(/^rsa_pss_(?!.*(_params|shake))/)) each(file, signed('PSS'), rsa);
  each('ed25519', signed('Ed25519'), okp);
  for (const file of files(/^hmac_/)) {
    const sha = 'SHA-' + file.slice(8).replace('_', '/');
    each(file, (t) => ['mac', sha, t.key, t.msg, t.tag]);
  }
  each('aes_gcm', (t) => ['cipher', 'GCM', t.key, t.iv, t.aad, t.msg, t.ct + t.tag]);
  each('aes_cbc_pkcs5', (t) => ['cipher', 'CBC', t.key, t.iv, '', t.msg, t.ct]);
  each('aes_wrap', (t) => ['cipher', 'KW', t.key, '', '', t.msg, t.ct]);
  for (const file of files(/^rsa_oaep_/)) each(file, (t, g) => ['oaep', g.sha, g.mgfSha, t.label, t.msg, t.ct], rsa);
  for (const sha of [1, 256, 384, 512])
    each(`hkdf_sha${sha}`, (t) => ['hkdf', `SHA-${sha}`, t.ikm, t.salt, t.info, String(t.size), t.okm]);
  for (const sha of [1, 224, 256, 384, 512])
    each(`pbkdf2_hmacsha${sha}`, (t) =>
      ['pbkdf2', `SHA-${sha}`, t.password, t.salt, String(t.iterationCount), String(t.dkLen), t.dk]);
  each('x25519', (t) => ['x25519', t.public, t.private, t.shared]);
  each('x25519_asn', (t) => ['x25519asn', t.public, t.private, t.shared]);
  each('x25519_jwk', (t) => ['x25519jwk', `${t.public.kty ?? ''} ${t.public.crv ?? ''}`, hex(t.public.x), hex(t.private.x), hex(t.private.d), t.shared]);
  for (const bits of [256, 384, 521])
    each(`ecdh_secp${bits}r1_webcrypto`, (t) => ['ecdh', `P-${bits}`, t.public.crv ?? '', hex(t.public.x), hex(t.public.y),
      hex(t.private.x), hex(t.private.y), hex(t.private.d), t.shared]);
  write('wycheproof.tsv.gz', 'kind, then its fields in hex (see crypto/vectors_test.c), result, file and number', rows);
}

({ url, urlpattern, fields, text, http, html, lolhtml, crypto, legacy })[kind]();
