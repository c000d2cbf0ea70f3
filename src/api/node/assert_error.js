// assert.AssertionError and what it says.
const { Error, ObjectDefineProperty } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

const HEADS = {
  __proto__: null,
  deepStrictEqual: "Expected values to be strictly deep-equal:", partialDeepStrictEqual: "Expected values to be partially and strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":', deepEqual: "Expected values to be loosely deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:', notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":', notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: "Values identical but not reference-equal:", notDeepEqualUnequal: "Expected values not to be loosely deep-equal:",
};
const show = (v) =>
  lazy("node/util_inspect").inspect(v, {
    compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false, showProxy: false, sorted: true, getters: true,
    breakLength: Infinity, noStack: true,
  });

// The longest common subsequence as rows of [" " | "+" | "-", line]; too much for it: all of one, then all of the other.
function diff(a, b) {
  const rows = [];
  let start = 0, endA = a.length, endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) endA--, endB--;
  for (let i = 0; i < start; i++) rows.push([" ", a[i]]);
  const n = endA - start, m = endB - start;
  if (n * m > 1e6) {
    for (let i = start; i < endA; i++) rows.push(["+", a[i]]);
    for (let i = start; i < endB; i++) rows.push(["-", b[i]]);
  } else {
    const table = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
    for (let i = n - 1; i >= 0; i--)
      for (let j = m - 1; j >= 0; j--)
        table[i][j] = a[start + i] === b[start + j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    let i = 0, j = 0;
    while (i < n || j < m)
      if (i < n && j < m && a[start + i] === b[start + j]) rows.push([" ", a[start + i++]]), j++;
      else if (i < n && (j === m || table[i + 1][j] >= table[i][j + 1])) rows.push(["+", a[start + i++]]);
      else rows.push(["-", b[start + j++]]);
  }
  for (let i = endA; i < a.length; i++) rows.push([" ", a[i]]);
  return rows;
}
// Runs of more than five equal lines become "...".
function shorten(rows) {
  const out = [];
  for (let i = 0; i < rows.length; ) {
    let k = i;
    while (k < rows.length && rows[k][0] === " ") k++;
    if (k - i > 5) {
      const head = 2, tail = 2;
      for (let x = i; x < i + head; x++) out.push(`  ${rows[x][1]}`);
      out.push("...");
      for (let x = k - tail; x < k; x++) out.push(`  ${rows[x][1]}`);
    } else for (let x = i; x < k; x++) out.push(`  ${rows[x][1]}`);
    for (i = k; i < rows.length && rows[i][0] !== " "; i++) out.push(`${rows[i][0]} ${rows[i][1]}`);
  }
  return out;
}
const simple = (v) => (typeof v !== "object" || v === null) && typeof v !== "function";
function describe(actual, expected, operator) {
  const a = show(actual).split("\n"), b = show(expected).split("\n");
  let head = HEADS[operator];
  if (operator === "strictEqual" && ((typeof actual === "object" && actual !== null && typeof expected === "object" && expected !== null) ||
    (typeof actual === "function" && typeof expected === "function"))) head = HEADS.strictEqualObject;
  if (a.length === 1 && b.length === 1 && a[0] !== b[0] && simple(actual) && simple(expected) && (actual !== 0 || expected !== 0)) {
    const length = a[0].length + b[0].length;
    if (length <= 12 || (length < 80 && operator !== "deepEqual")) {
      if (typeof actual !== "string" && typeof expected !== "string" || length <= 12) return `${head}\n\n${a[0]} !== ${b[0]}\n`;
    }
  }
  if (a.join("\n") === b.join("\n") && operator !== "partialDeepStrictEqual") {
    if (typeof actual === "object" && actual !== null) {
      return `${HEADS.notIdentical}\n\n${a.join("\n")}\n`;
    }
  }
  const rows = shorten(diff(a, b)), skipped = rows.includes("...");
  return `${head}\n+ actual - expected${skipped ? "\n... Skipped lines" : ""}\n\n${rows.join("\n")}\n`;
}

class AssertionError extends Error {
  constructor(options) {
    errors().validateObject(options, "options");
    const { message, operator, actual, expected } = options;
    if (message != null) super(String(message));
    else if (operator === "deepStrictEqual" || operator === "strictEqual" || operator === "partialDeepStrictEqual") super(describe(actual, expected, operator));
    else if (operator === "notDeepStrictEqual" || operator === "notStrictEqual") {
      let head = HEADS[operator];
      const lines = show(actual).split("\n");
      if (operator === "notStrictEqual" && ((typeof actual === "object" && actual !== null) || typeof actual === "function")) head = HEADS.notStrictEqualObject;
      if (lines.length > 50) {
        lines.length = 47;
        lines[46] = "...";
      }
      super(lines.length === 1 ? `${head}${lines[0].length > 5 ? "\n\n" : " "}${lines[0]}` : `${head}\n\n${lines.join("\n")}\n`);
    } else {
      let a = show(actual), b = show(expected);
      const known = HEADS[operator];
      if (operator === "notDeepEqual" && a === b) {
        let text = `${known}\n\n${a}`;
        if (text.length > 1024) text = `${text.slice(0, 1021)}...`;
        super(text);
      } else {
        if (a.length > 512) a = `${a.slice(0, 509)}...`;
        if (b.length > 512) b = `${b.slice(0, 509)}...`;
        if (operator === "deepEqual") a = `${known}\n\n${a}\n\nshould loosely deep-equal\n\n`;
        else if (operator === "notDeepEqual") a = `${HEADS.notDeepEqualUnequal}\n\n${a}\n\nshould not loosely deep-equal\n\n`;
        else b = ` ${operator} ${b}`;
        super(`${a}${b}`);
      }
    }
    this.generatedMessage = message == null;
    ObjectDefineProperty(this, "name", { __proto__: null, value: "AssertionError", writable: true, configurable: true, enumerable: false });
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    if (typeof this.stack === "string") {
      const stack = this.stack.split("\n").filter((l) => !l.includes("@cusp:node/assert"));
      ObjectDefineProperty(this, "stack", { __proto__: null, value: stack.join("\n"), writable: true, configurable: true, enumerable: false });
    }
  }
  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}
return { AssertionError };
