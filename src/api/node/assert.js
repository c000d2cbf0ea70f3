// node:assert. https://nodejs.org/api/assert.html
const { Error, ErrorIsError, Object, RegExp } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors"), compare = () => lazy("node/util_compare"), { AssertionError } = lazy("node/assert_error");
const inspect = (v) => lazy("node/util_inspect").inspect(v);

function failWith(options) {
  if (ErrorIsError(options.message)) throw options.message;
  throw new AssertionError(options);
}
function both(n) {
  if (n < 2) throw errors().missingArgs("actual", "expected");
}
function truthy(fn, count, value, message) {
  if (value) return;
  let generated = false;
  if (count === 0) {
    generated = true;
    message = "No value argument passed to `assert.ok()`";
  } else if (message == null) {
    generated = true;
    message = "The expression evaluated to a falsy value:\n\n  assert.ok(" + inspect(value) + ")\n";
  } else if (ErrorIsError(message)) throw message;
  const e = new AssertionError({ actual: value, expected: true, message, operator: "==" });
  e.generatedMessage = generated;
  throw e;
}
function assert(value, message) {
  truthy(assert, arguments.length, value, message);
}
function ok(value, message) {
  truthy(ok, arguments.length, value, message);
}
function fail(actual, expected, message, operator) {
  const n = arguments.length;
  let generated = false, internalMessage;
  if (actual == null && n <= 1) {
    internalMessage = "Failed";
    generated = n === 0 || actual === undefined;
  } else if (n === 1) {
    message = actual;
    actual = undefined;
  } else if (n === 2) operator = "!=";
  if (ErrorIsError(message)) throw message;
  const options = { actual, expected, operator: operator === undefined ? "fail" : operator };
  if (message !== undefined) options.message = message;
  else if (internalMessage !== undefined) options.message = internalMessage;
  const e = new AssertionError(options);
  if (generated || internalMessage !== undefined) e.generatedMessage = true;
  throw e;
}
const looseEqual = (a, b) => a == b || (a !== a && b !== b); // eslint-disable-line eqeqeq
function compareBy(name, operator, test) {
  return {
    [name](actual, expected, message = undefined) {
      both(arguments.length);
      if (!test(actual, expected)) failWith({ actual, expected, message, operator });
    },
  }[name];
}
const compared = {
  equal: compareBy("equal", "==", looseEqual),
  notEqual: compareBy("notEqual", "!=", (a, b) => !looseEqual(a, b)),
  deepEqual: compareBy("deepEqual", "deepEqual", (a, b) => compare().isDeepEqual(a, b)),
  notDeepEqual: compareBy("notDeepEqual", "notDeepEqual", (a, b) => !compare().isDeepEqual(a, b)),
  deepStrictEqual: compareBy("deepStrictEqual", "deepStrictEqual", (a, b) => compare().isDeepStrictEqual(a, b)),
  notDeepStrictEqual: compareBy("notDeepStrictEqual", "notDeepStrictEqual", (a, b) => !compare().isDeepStrictEqual(a, b)),
  strictEqual: compareBy("strictEqual", "strictEqual", Object.is),
  notStrictEqual: compareBy("notStrictEqual", "notStrictEqual", (a, b) => !Object.is(a, b)),
  partialDeepStrictEqual: compareBy("partialDeepStrictEqual", "partialDeepStrictEqual", (a, b) => compare().isPartialStrictEqual(a, b)),
};

// --- throws(), rejects() ---------------------------------------------------------------------------------------------------
const NONE = {};
// What an object of expected properties says of one of them; `shown`: the two objects as the message shows them.
function compareKey(actual, expected, key, message, keys, name) {
  if (key in actual && compare().isDeepStrictEqual(actual[key], expected[key])) return;
  if (key in actual && typeof actual[key] === "string" && lazy("node/util_types").isRegExp(expected[key]) && RegExp.prototype.test.call(expected[key], actual[key])) return;
  if (message) {
    if (ErrorIsError(message)) throw message;
    throw new AssertionError({ actual, expected, message, operator: name });
  }
  const pick = (o, other) => {
    const shown = {};
    for (const k of keys)
      if (k in o) shown[k] = other !== undefined && typeof o[k] === "string" && lazy("node/util_types").isRegExp(other[k]) && other[k].test(o[k]) ? other[k] : o[k];
    return shown;
  };
  const e = new AssertionError({ actual: pick(actual, expected), expected: pick(expected), operator: "deepStrictEqual" });
  e.actual = actual;
  e.expected = expected;
  e.operator = name;
  throw e;
}
function checkException(actual, expected, message, name) {
  let generated = false, failed = false;
  if (typeof expected !== "function") {
    if (lazy("node/util_types").isRegExp(expected)) {
      const text = String(actual);
      if (RegExp.prototype.exec.call(expected, text) !== null) return;
      if (!message) {
        generated = true;
        message = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`;
      }
      failed = true;
    } else if (typeof actual !== "object" || actual === null) {
      const e = new AssertionError({ actual, expected, message, operator: "deepStrictEqual" });
      e.operator = name;
      throw e;
    } else {
      const keys = Object.keys(expected).filter((k) => !ErrorIsError(expected) || !["line", "column", "sourceURL"].includes(k));
      if (ErrorIsError(expected)) {
        for (const k of ["name", "message"]) if (!keys.includes(k)) keys.push(k);
      } else if (keys.length === 0) throw errors().invalidArgValue("error", expected, "may not be an empty object");
      for (const key of keys) compareKey(actual, expected, key, message, keys, name);
      return;
    }
  } else if (expected.prototype !== undefined && actual instanceof expected) return;
  else if (Object.prototype.isPrototypeOf.call(Error, expected) || expected === Error) {
    if (!message) {
      generated = true;
      message = `The error is expected to be an instance of "${expected.name}". Received `;
      if (ErrorIsError(actual)) message += `"${actual.name}"`;
      else message += `"${inspect(actual)}"`;
      if (ErrorIsError(actual)) message += `\n\nError message:\n\n${actual.message}`;
    }
    failed = true;
  } else {
    const result = expected.call({}, actual);
    if (result !== true) {
      if (!message) {
        generated = true;
        message = `The ${expected.name ? `"${expected.name}" ` : ""}validation function is expected to return "true". Received ${inspect(result)}`;
        if (ErrorIsError(actual)) message += `\n\nCaught error:\n\n${actual}`;
      }
      failed = true;
    }
  }
  if (!failed) return;
  if (ErrorIsError(message)) throw message;
  const e = new AssertionError({ actual, expected, message, operator: name });
  e.generatedMessage = generated;
  throw e;
}
function thrownBy(fn) {
  errors().validateFunction(fn, "fn");
  try {
    fn();
  } catch (e) {
    return { e };
  }
  return NONE;
}
async function rejectionOf(fn) {
  let promise;
  if (typeof fn === "function") {
    promise = fn();
    if (promise === null || typeof promise !== "object" || typeof promise.then !== "function" || typeof promise.catch !== "function")
      throw errors().typeError("ERR_INVALID_RETURN_VALUE",
        `Expected instance of Promise to be returned from the "promiseFn" function but got ${promise === null || promise === undefined ? promise : typeof promise === "object" ? `an instance of ${promise.constructor?.name}` : `type ${typeof promise}`}.`);
  } else if (fn !== null && typeof fn === "object" && typeof fn.then === "function" && typeof fn.catch === "function") promise = fn;
  else throw errors().invalidArgType("promiseFn", ["Function", "Promise"], fn);
  try {
    await promise;
  } catch (e) {
    return { e };
  }
  return NONE;
}
function expectsError(name, caught, args) {
  let [error, message] = args;
  if (typeof error === "string") {
    if (args.length > 1) throw errors().invalidArgType("error", ["Object", "Error", "Function", "RegExp"], error);
    const { e } = caught;
    if (caught !== NONE && ((e !== null && typeof e === "object" && e.message === error) || e === error))
      throw errors().typeError("ERR_AMBIGUOUS_ARGUMENT",
        `The "error/message" argument is ambiguous. The error ${e !== null && typeof e === "object" ? "message " : ""}"${error}" is identical to the message.`);
    message = error;
    error = undefined;
  } else if (error != null && typeof error !== "object" && typeof error !== "function")
    throw errors().invalidArgType("error", ["Object", "Error", "Function", "RegExp"], error);
  if (caught === NONE) {
    let details = error?.name ? ` (${error.name})` : "";
    details += message ? `: ${message}` : ".";
    if (ErrorIsError(message)) throw message;
    const e = new AssertionError({
      actual: undefined, expected: error, operator: name, message: `Missing expected ${name === "rejects" ? "rejection" : "exception"}${details}`,
    });
    e.generatedMessage = !message;
    throw e;
  }
  if (error) checkException(caught.e, error, message, name);
}
function expectsNoError(name, caught, args) {
  if (caught === NONE) return;
  let [error, message] = args;
  if (typeof error === "string") {
    message = error;
    error = undefined;
  }
  const { e } = caught;
  const matches = () => {
    if (typeof error === "function") return (error.prototype !== undefined && e instanceof error) || (!Object.prototype.isPrototypeOf.call(Error, error) && error.call({}, e) === true);
    if (lazy("node/util_types").isRegExp(error)) return RegExp.prototype.exec.call(error, String(e)) !== null;
    throw errors().invalidArgType("expected", ["Function", "RegExp"], error);
  };
  if (!error || matches()) {
    const details = message ? `: ${message}` : ".";
    if (ErrorIsError(message)) throw message;
    const thrown = new AssertionError({
      actual: e, expected: error, operator: name,
      message: `Got unwanted ${name === "doesNotReject" ? "rejection" : "exception"}${details}\nActual message: "${e?.message}"`,
    });
    thrown.generatedMessage = !message;
    throw thrown;
  }
  throw e;
}
function matching(name, wanted) {
  return {
    [name](string, regexp, message = undefined) {
      if (!lazy("node/util_types").isRegExp(regexp)) throw errors().invalidArgType("regexp", "RegExp", regexp);
      if (typeof string === "string" && (RegExp.prototype.exec.call(regexp, string) !== null) === wanted) return;
      if (ErrorIsError(message)) throw message;
      const generated = message == null;
      message ??= typeof string !== "string" ? `The "string" argument must be of type string. Received type ${typeof string} (${inspect(string)})` :
        `${wanted ? "The input did not match the regular expression " : "The input was expected to not match the regular expression "}${inspect(regexp)}. Input:\n\n${inspect(string)}\n`;
      const e = new AssertionError({ actual: string, expected: regexp, message, operator: name });
      e.generatedMessage = generated;
      throw e;
    },
  }[name];
}

// Counts calls; verify() at the end. Deprecated in Node.js, still there.
class CallTracker {
  #all = new Map();
  calls(fn, expected = 1) {
    if (typeof fn === "number") {
      expected = fn;
      fn = () => {};
    } else if (fn === undefined) fn = () => {};
    errors().validateInteger(expected, "expected", 1);
    const record = { expected, calls: [], name: fn.name || "calls", stack: new Error() };
    const tracked = new Proxy(fn, {
      __proto__: null,
      apply(f, self, args) {
        record.calls.push(Object.freeze({ thisArg: self, arguments: Object.freeze([...args]) }));
        return Reflect.apply(f, self, args);
      },
    });
    this.#all.set(tracked, record);
    return tracked;
  }
  #of(tracked) {
    const record = this.#all.get(tracked);
    if (record === undefined) throw errors().invalidArgValue("tracked", tracked, "is not a tracked function");
    return record;
  }
  getCalls(tracked) { return Object.freeze([...this.#of(tracked).calls]); }
  reset(tracked = undefined) {
    for (const r of tracked === undefined ? this.#all.values() : [this.#of(tracked)]) r.calls.length = 0;
  }
  report() {
    const out = [];
    for (const r of this.#all.values())
      if (r.calls.length !== r.expected)
        out.push({
          message: `Expected the ${r.name} function to be executed ${r.expected} time(s) but was executed ${r.calls.length} time(s).`,
          actual: r.calls.length, expected: r.expected, operator: r.name, stack: r.stack,
        });
    return out;
  }
  verify() {
    const all = this.report();
    if (all.length === 0) return;
    throw new AssertionError({ message: all.length === 1 ? all[0].message : "Functions were not called the expected number of times", actual: undefined, expected: undefined, operator: "verify" });
  }
}

const own = {
  fail, AssertionError, ok, ...compared,
  throws(fn, ...args) { expectsError("throws", thrownBy(fn), args); },
  async rejects(fn, ...args) { expectsError("rejects", await rejectionOf(fn), args); },
  doesNotThrow(fn, ...args) { expectsNoError("doesNotThrow", thrownBy(fn), args); },
  async doesNotReject(fn, ...args) { expectsNoError("doesNotReject", await rejectionOf(fn), args); },
  ifError(err) {
    if (err === null || err === undefined) return;
    let message = "ifError got unwanted exception: ";
    if (typeof err === "object" && typeof err.message === "string") message += err.message.length === 0 && err.constructor ? err.constructor.name : err.message;
    else message += inspect(err);
    const e = new AssertionError({ actual: err, expected: null, operator: "ifError", message });
    e.generatedMessage = true;
    throw e;
  },
  match: matching("match", true),
  doesNotMatch: matching("doesNotMatch", false),
  CallTracker,
};
Object.assign(assert, own);
function strict(value, message) {
  truthy(strict, arguments.length, value, message);
}
Object.assign(strict, own, {
  equal: own.strictEqual, deepEqual: own.deepStrictEqual, notEqual: own.notStrictEqual, notDeepEqual: own.notDeepStrictEqual,
});
assert.strict = strict;
strict.strict = strict;
return assert;
