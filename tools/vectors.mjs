// Turns published JSON test vectors into the tab-separated files that the unit tests read (test/support/tsv.h),
// so that they need no JSON parser. Usage:
//   node tools/vectors.mjs url <folder of the URL vectors> test/vectors/url
//   node tools/vectors.mjs text <folder with base64.json> test/vectors/text
//   node tools/vectors.mjs crypto <folder of the Wycheproof vectors> test/vectors/crypto
// test/vectors/SOURCES.md says where the inputs come from.
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

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
  writeFileSync(join(to, name), `# ${head}\n${lines.join('\n')}\n`);
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

function text() {
  write('base64.tsv', 'forgiving base64, bytes in hex (null: failure)', read('base64.json').map(([coded, bytes]) =>
    [coded, bytes && Buffer.from(bytes).toString('hex')]));
}

({ url, text })[kind]();
