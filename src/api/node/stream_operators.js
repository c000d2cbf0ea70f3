// node:stream Readable's operators: map, filter, reduce, take ... over its async iterator.
const { codes, AbortError } = internal.load("node/codes");
const { validateAbortSignal, validateInteger, validateObject } = internal.load("node/errors");
const { finished } = internal.load("node/stream_end");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS, ERR_OUT_OF_RANGE } = codes;

const kEmpty = Symbol("kEmpty"), kEof = Symbol("kEof");
const nop = () => {};

function check(fn, options) {
  if (typeof fn !== "function") throw new ERR_INVALID_ARG_TYPE("fn", ["Function", "AsyncFunction"], fn);
  checkOptions(options);
}

function checkOptions(options) {
  if (options != null) validateObject(options, "options");
  if (options?.signal != null) validateAbortSignal(options.signal, "options.signal");
}

const aborted = (options) => {
  if (options?.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason });
};

// fn runs for up to `concurrency` values at a time; what it gives comes in the order of the values.
function map(fn, options) {
  check(fn, options);
  let concurrency = 1;
  if (options?.concurrency != null) concurrency = Math.floor(options.concurrency);
  let highWaterMark = concurrency - 1;
  if (options?.highWaterMark != null) highWaterMark = Math.floor(options.highWaterMark);
  validateInteger(concurrency, "options.concurrency", 1);
  validateInteger(highWaterMark, "options.highWaterMark", 0);
  highWaterMark += concurrency;
  return mapped.call(this, fn, options, concurrency, highWaterMark);
}

async function* mapped(fn, options, concurrency, highWaterMark) {
  const signal = AbortSignal.any([options?.signal].filter(Boolean));
  const stream = this, queue = [], info = { signal };
  let next, resume, done = false, running = 0;
  const fail = () => {
    done = true;
    settled();
  };
  const settled = () => {
    running -= 1;
    wakePump();
  };
  const wakePump = () => {
    if (resume && !done && running < concurrency && queue.length < highWaterMark) {
      resume();
      resume = null;
    }
  };
  const pump = async () => {
    try {
      for await (let value of stream) {
        if (done) return;
        aborted({ signal });
        try {
          value = fn(value, info);
          if (value === kEmpty) continue;
          value = Promise.resolve(value);
        } catch (error) {
          value = Promise.reject(error);
        }
        running += 1;
        value.then(settled, fail);
        queue.push(value);
        next?.();
        next = null;
        if (!done && (queue.length >= highWaterMark || running >= concurrency)) await new Promise((resolve) => (resume = resolve));
      }
      queue.push(kEof);
    } catch (error) {
      const value = Promise.reject(error);
      value.then(settled, fail);
      queue.push(value);
    } finally {
      done = true;
      next?.();
      next = null;
    }
  };
  pump();
  try {
    for (;;) {
      while (queue.length > 0) {
        const value = await queue[0];
        if (value === kEof) return;
        aborted({ signal });
        if (value !== kEmpty) yield value;
        queue.shift();
        wakePump();
      }
      await new Promise((resolve) => (next = resolve));
    }
  } finally {
    done = true;
    resume?.();
    resume = null;
  }
}

function filter(fn, options) {
  check(fn, options);
  return map.call(this, async (value, info) => ((await fn(value, info)) ? value : kEmpty), options);
}

async function* flatten(values) {
  for await (const value of values) yield* value;
}

function flatMap(fn, options) {
  return flatten(map.call(this, fn, options));
}

async function forEach(fn, options) {
  check(fn, options);
  for await (const unused of map.call(this, async (value, info) => {
    await fn(value, info);
    return kEmpty;
  }, options));
}

async function some(fn, options) {
  check(fn, options);
  for await (const unused of filter.call(this, fn, options)) return true;
  return false;
}

async function every(fn, options) {
  check(fn, options);
  return !(await some.call(this, async (...args) => !(await fn(...args)), options));
}

async function find(fn, options) {
  for await (const value of filter.call(this, fn, options)) return value;
  return undefined;
}

async function toArray(options) {
  checkOptions(options);
  const list = [];
  for await (const value of this) {
    aborted(options);
    list.push(value);
  }
  return list;
}

async function reduce(fn, initial, options) {
  check(fn, options);
  let has = arguments.length > 1;
  if (options?.signal?.aborted) {
    const error = new AbortError(undefined, { cause: options.signal.reason });
    this.once("error", nop);
    await finished(this.destroy(error)).catch(nop);
    throw error;
  }
  const ac = new AbortController(), signal = ac.signal;
  options?.signal?.addEventListener("abort", () => ac.abort(), { once: true });
  let any = false;
  try {
    for await (const value of this) {
      any = true;
      aborted(options);
      if (has) {
        initial = await fn(initial, value, { signal });
      } else {
        initial = value;
        has = true;
      }
    }
    if (!any && !has) throw Object.assign(new TypeError("Reduce of an empty stream requires an initial value"), { code: "ERR_MISSING_ARGS" });
  } finally {
    ac.abort();
  }
  return initial;
}

function toCount(number) {
  number = Number(number);
  if (Number.isNaN(number)) return 0;
  if (number < 0) throw new ERR_OUT_OF_RANGE("number", ">= 0", number);
  return number;
}

function drop(number, options) {
  checkOptions(options);
  number = toCount(number);
  return async function* () {
    aborted(options);
    for await (const value of this) {
      aborted(options);
      if (number-- <= 0) yield value;
    }
  }.call(this);
}

function take(number, options) {
  checkOptions(options);
  number = toCount(number);
  return async function* () {
    aborted(options);
    for await (const value of this) {
      aborted(options);
      if (number-- > 0) yield value;
      if (number <= 0) return;
    }
  }.call(this);
}

function asIndexedPairs(options) {
  checkOptions(options);
  return async function* () {
    let index = 0;
    for await (const value of this) {
      aborted(options);
      yield [index++, value];
    }
  }.call(this);
}

function compose(stream, options) {
  checkOptions(options);
  const base = internal.load("node/stream_base");
  if (base.isNode(stream) && !base.isWritable(stream)) throw new ERR_INVALID_ARG_VALUE("stream", stream, "must be writable");
  const composed = internal.load("node/stream_pipeline").compose(this, stream);
  if (options?.signal) internal.load("node/stream_end").addAbortSignal(options.signal, composed);
  return composed;
}

return {
  streams: { asIndexedPairs, drop, filter, flatMap, map, take, compose },
  promises: { every, forEach, reduce, toArray, some, find },
};
