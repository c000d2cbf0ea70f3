// node:timers/promises
const { Promise } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors"), web = lazy("timers");

function check(options) {
  errors().validateObject(options, "options");
  errors().validateAbortSignal(options.signal, "options.signal");
  if (options.ref !== undefined) errors().validateBoolean(options.ref, "options.ref");
  return options.signal;
}
function wait(start, clear, value, options) {
  let signal;
  try {
    signal = check(options);
  } catch (e) {
    return Promise.reject(e);
  }
  if (signal?.aborted) return Promise.reject(errors().abortError(signal));
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clear(id);
      reject(errors().abortError(signal));
    };
    const id = start(() => {
      signal?.removeEventListener("abort", aborted);
      resolve(value);
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}
function setTimeout(ms = undefined, value = undefined, options = {}) {
  try {
    if (ms !== undefined) errors().validateNumber(ms, "delay");
  } catch (e) {
    return Promise.reject(e);
  }
  return wait((fn) => web.setTimeout(fn, ms >= 1 ? ms : 1), web.clearTimeout, value, options);
}
function setImmediate(value = undefined, options = {}) {
  return wait((fn) => web.setImmediate(fn), web.clearImmediate, value, options);
}
async function* setInterval(ms = undefined, value = undefined, options = {}) {
  const signal = check(options);
  if (ms !== undefined) errors().validateNumber(ms, "delay");
  if (signal?.aborted) throw errors().abortError(signal);
  let ready = 0, wake, failure;
  const id = web.setInterval(() => {
    ready++;
    wake?.();
  }, ms >= 1 ? ms : 1);
  const aborted = () => {
    failure = errors().abortError(signal);
    web.clearInterval(id); // what it has counted is still given out
    wake?.();
  };
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    for (;;) {
      if (ready === 0 && failure === undefined) await new Promise((resolve) => { wake = resolve; });
      for (; ready > 0; ready--) yield value;
      if (failure !== undefined) throw failure;
    }
  } finally {
    web.clearInterval(id);
    signal?.removeEventListener("abort", aborted);
  }
}
class Scheduler {
  #own;
  constructor(token) {
    if (token !== internal.token) throw errors().typeError("ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
    this.#own = true;
  }
  #check() {
    if (this.#own !== true) throw errors().typeError("ERR_INVALID_THIS", 'Value of "this" must be of type Scheduler');
  }
  yield() {
    this.#check();
    return setImmediate();
  }
  wait(ms, options = undefined) {
    this.#check();
    return setTimeout(ms, undefined, options === undefined ? {} : options);
  }
}
return { setTimeout, setInterval, setImmediate, scheduler: new Scheduler(internal.token) };
