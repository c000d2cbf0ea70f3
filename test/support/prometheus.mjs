// A strict reader of Prometheus' text exposition format 0.0.4, and what docs/metrics.md must say of it.
import assert from "node:assert/strict";

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function readLabels(text, at, line) {
  const labels = {};
  if (text[at] !== "{") return { labels, at };
  for (at++; text[at] !== "}"; ) {
    const equals = text.indexOf("=", at);
    const name = text.slice(at, equals);
    assert.match(name, LABEL, line);
    assert.equal(text[equals + 1], '"', line);
    let value = "";
    for (at = equals + 2; text[at] !== '"'; at++) {
      assert.ok(at < text.length, line);
      if (text[at] !== "\\") value += text[at];
      else {
        const escaped = { n: "\n", "\\": "\\", '"': '"' }[text[++at]];
        assert.ok(escaped !== undefined, `${line}: escape`);
        value += escaped;
      }
    }
    assert.ok(!(name in labels), `${line}: label twice`);
    labels[name] = value;
    at++;
    if (text[at] === ",") at++;
    else assert.equal(text[at], "}", line);
  }
  return { labels, at: at + 1 };
}

function readSample(line) {
  const end = line.search(/[{ ]/);
  assert.ok(end > 0, line);
  const name = line.slice(0, end);
  assert.match(name, NAME, line);
  const { labels, at } = readLabels(line, end, line);
  assert.equal(line[at], " ", line);
  const text = line.slice(at + 1);
  assert.match(text, /^[0-9]+(\.[0-9]+)?$/, line); // Cusp has no negative numbers, exponents, time stamps
  return { name, labels, value: Number(text), key: `${name}{${Object.entries(labels).map(([k, v]) => `${k}=${v}`).sort()}}` };
}

function checkHistogram(family) {
  const series = new Map();
  for (const s of family.samples) {
    const { le, ...rest } = s.labels;
    const key = JSON.stringify(rest);
    if (!series.has(key)) series.set(key, { buckets: [] });
    const one = series.get(key);
    if (s.name === `${family.name}_bucket`) one.buckets.push({ le: le === "+Inf" ? Infinity : Number(le), value: s.value });
    else one[s.name.slice(family.name.length + 1)] = s.value;
  }
  for (const { buckets, sum, count } of series.values()) {
    assert.ok(sum !== undefined && buckets.at(-1).le === Infinity && buckets.at(-1).value === count, family.name);
    for (let i = 1; i < buckets.length; i++) assert.ok(buckets[i].le > buckets[i - 1].le && buckets[i].value >= buckets[i - 1].value, family.name);
  }
}

/** -> Map name -> {name, help, type, samples: [{name, labels, value, key}]}. Throws at whatever the format does not allow. */
export function parse(text) {
  const families = new Map();
  const seen = new Set();
  assert.ok(text.endsWith("\n"));
  let family;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      assert.ok(!families.has(help[1]), `${help[1]} comes twice`);
      families.set(help[1], (family = { name: help[1], help: help[2], samples: [] }));
    } else if (type) {
      assert.equal(type[1], family.name);
      assert.ok(!family.type);
      family.type = type[2];
    } else {
      const sample = readSample(line);
      const base = family.type === "histogram" ? sample.name.replace(/_(bucket|sum|count)$/, "") : sample.name;
      assert.equal(base, family.name, `${line} stands in another family`);
      assert.ok(!seen.has(sample.key), `${sample.key} comes twice`);
      seen.add(sample.key);
      family.samples.push(sample);
    }
  }
  for (const f of families.values()) {
    assert.ok(f.type && f.help, f.name);
    assert.equal(f.type === "counter", f.name.endsWith("_total"), `${f.name}: counters end in _total, and only they`);
    if (f.type === "histogram") checkHistogram(f);
  }
  return families;
}

/** The sum of a family's samples whose labels are these. */
export function sum(families, name, labels = {}) {
  const wanted = Object.entries(labels);
  return families.get(name).samples.filter((s) => wanted.every(([k, v]) => s.labels[k] === v)).reduce((all, s) => all + s.value, 0);
}

const labelsOf = [
  [/^cusp_worker_terminations_total$/, "account, worker, cause"],
  [/^cusp_worker_responses_total$/, "account, worker, class"],
  [/^cusp_worker_/, "account, worker"],
  [/^cusp_lane_/, "process, lane"],
  [/^cusp_edge_/, "lane"],
  [/^cusp_process_/, "process"],
  [/^cusp_build_info$/, "version"],
];

/** The table of docs/metrics.md. */
export function table(families) {
  let out = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const f of families.values()) {
    const labels = labelsOf.find(([pattern]) => pattern.test(f.name))[1];
    const real = f.samples.length && Object.keys(f.samples[0].labels).filter((l) => l !== "le").join(", ");
    if (real) assert.equal(real, labels, f.name);
    out += `| \`${f.name}\` | ${f.type} | ${labels} | ${f.help} |\n`;
  }
  return out;
}
