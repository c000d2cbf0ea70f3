// AbortController and AbortSignal. https://dom.spec.whatwg.org/#aborting-ongoing-activities
const {
  ArrayPrototypePush,
  ReflectApply,
  Set,
  SetIteratorPrototypeNext,
  SetPrototypeAdd,
  SetPrototypeDelete,
  SetPrototypeGetSize,
  SetPrototypeValues,
  SymbolIterator,
  TypeError,
  WeakRef,
  WeakRefPrototypeDeref,
} = primordials;
const lazy = internal.load;
const { enforceRange, illegalConstructor, illegalInvocation, isObject, kInternal, record, required } = lazy('webidl');
const { Event, EventTarget, defineHandler, dispatch, hasListeners, trusted } = lazy('events');

const NOT_ABORTED = { __proto__: null };

class SignalState {
  constructor() {
    this.reason = NOT_ABORTED;
    this.algorithms = undefined; // Set of functions
    this.composite = false;
    this.sources = undefined; // of a composite one: array of signals, none of them composite
    this.dependents = undefined; // array of WeakRef to composite signals
    this.kept = undefined; // Set of the dependents that somebody listens to
  }
}
record(SignalState);

let stateOf;
function own(v) {
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

class AbortSignal extends EventTarget {
  #s;
  static {
    stateOf = (v) => (isObject(v) && #s in v ? v.#s : undefined);
  }
  constructor(token = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    super();
    this.#s = new SignalState();
  }
  static abort(reason = undefined) {
    const signal = newSignal();
    stateOf(signal).reason = reason === undefined ? abortError() : reason;
    return signal;
  }
  static timeout(milliseconds) {
    required(arguments.length, 1, 'AbortSignal.timeout');
    const ms = enforceRange(milliseconds, 9007199254740991, 'milliseconds');
    const signal = newSignal();
    lazy('core').timer(ms, () => {
      const { DOMException } = lazy('domexception');
      abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    });
    return signal;
  }
  static any(signals) {
    required(arguments.length, 1, 'AbortSignal.any');
    return dependentSignal(convertSignals(signals));
  }
  get aborted() {
    return own(this).reason !== NOT_ABORTED;
  }
  get reason() {
    const { reason } = own(this);
    return reason === NOT_ABORTED ? undefined : reason;
  }
  throwIfAborted() {
    const { reason } = own(this);
    if (reason !== NOT_ABORTED) throw reason;
  }
}
defineHandler(AbortSignal, 'onabort');
internal.shape(AbortSignal, 'AbortSignal');

function abortError() {
  const { DOMException } = lazy('domexception');
  return new DOMException('The operation was aborted', 'AbortError');
}

function newSignal() {
  return new AbortSignal(kInternal);
}
function isAbortSignal(v) {
  return stateOf(v) !== undefined;
}
function isAborted(signal) {
  return stateOf(signal).reason !== NOT_ABORTED;
}
function reasonOf(signal) {
  const { reason } = stateOf(signal);
  return reason === NOT_ABORTED ? undefined : reason;
}

// sequence<AbortSignal>
function convertSignals(v) {
  if (!isObject(v)) throw new TypeError('The argument is not iterable');
  const method = v[SymbolIterator];
  if (typeof method !== 'function') throw new TypeError('The argument is not iterable');
  const iterator = ReflectApply(method, v, []);
  if (!isObject(iterator)) throw new TypeError('The iterator is not an object');
  const { next } = iterator;
  const signals = [];
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError('The iterator result is not an object');
    if (result.done) return signals;
    const { value } = result;
    if (!isAbortSignal(value)) throw new TypeError('An item is not an AbortSignal');
    ArrayPrototypePush(signals, value);
  }
}

// "Create a dependent abort signal". The result is held weakly by its sources until somebody listens to it.
function dependentSignal(signals) {
  const result = newSignal();
  const state = stateOf(result);
  for (let i = 0; i < signals.length; i++) {
    const { reason } = stateOf(signals[i]);
    if (reason !== NOT_ABORTED) {
      state.reason = reason;
      return result;
    }
  }
  state.composite = true;
  state.sources = [];
  const ref = new WeakRef(result);
  for (let i = 0; i < signals.length; i++) {
    const s = stateOf(signals[i]);
    if (!s.composite) {
      link(state, signals[i], ref);
    } else {
      for (let k = 0; k < s.sources.length; k++) link(state, s.sources[k], ref);
    }
  }
  return result;
}
function link(state, source, ref) {
  for (let i = 0; i < state.sources.length; i++) if (state.sources[i] === source) return;
  ArrayPrototypePush(state.sources, source);
  const s = stateOf(source);
  s.dependents = sweep(s.dependents);
  ArrayPrototypePush(s.dependents, ref);
}
// Forgets collected signals whenever the list has doubled.
function sweep(list) {
  if (list === undefined) return [];
  const n = list.length;
  if (n < 16 || (n & (n - 1)) !== 0) return list;
  const alive = [];
  for (let i = 0; i < n; i++) if (WeakRefPrototypeDeref(list[i]) !== undefined) ArrayPrototypePush(alive, list[i]);
  return alive;
}
// Somebody waits for `signal`: its sources must keep it alive.
function keep(signal, state) {
  if (!state.composite || state.reason !== NOT_ABORTED) return;
  for (let i = 0; i < state.sources.length; i++) {
    const s = stateOf(state.sources[i]);
    SetPrototypeAdd((s.kept ??= new Set()), signal);
  }
}
function unkeep(signal, state) {
  if (!state.composite || state.algorithms !== undefined || hasListeners(signal, 'abort')) return;
  for (let i = 0; i < state.sources.length; i++) {
    const { kept } = stateOf(state.sources[i]);
    if (kept !== undefined) SetPrototypeDelete(kept, signal);
  }
}
function listened(target) {
  const state = stateOf(target);
  if (state !== undefined) keep(target, state);
}

// fn(reason) runs before the public event.
function onAbort(signal, fn) {
  const state = stateOf(signal);
  if (state.reason !== NOT_ABORTED) return;
  SetPrototypeAdd((state.algorithms ??= new Set()), fn);
  keep(signal, state);
}
function offAbort(signal, fn) {
  const state = stateOf(signal);
  if (state.algorithms === undefined) return;
  SetPrototypeDelete(state.algorithms, fn);
  if (SetPrototypeGetSize(state.algorithms) > 0) return;
  state.algorithms = undefined;
  unkeep(signal, state);
}

function abortSignal(signal, reason) {
  const state = stateOf(signal);
  if (state.reason !== NOT_ABORTED) return;
  state.reason = reason === undefined ? abortError() : reason;
  const due = [];
  const { dependents } = state;
  if (dependents !== undefined) {
    for (let i = 0; i < dependents.length; i++) {
      const d = WeakRefPrototypeDeref(dependents[i]);
      if (d === undefined || isAborted(d)) continue;
      stateOf(d).reason = state.reason;
      ArrayPrototypePush(due, d);
    }
    state.dependents = state.kept = undefined;
  }
  runAbortSteps(signal, state);
  for (let i = 0; i < due.length; i++) runAbortSteps(due[i], stateOf(due[i]));
}
function runAbortSteps(signal, state) {
  const { algorithms, reason } = state;
  if (algorithms !== undefined) {
    state.algorithms = undefined;
    const it = SetPrototypeValues(algorithms);
    for (;;) {
      const { done, value } = SetIteratorPrototypeNext(it);
      if (done) break;
      value(reason);
    }
  }
  if (hasListeners(signal, 'abort')) dispatch(signal, trusted(new Event('abort')));
}

let signalOf;
class AbortController {
  #signal = newSignal();
  static {
    signalOf = (v) => {
      if (!isObject(v) || !(#signal in v)) throw illegalInvocation();
      return v.#signal;
    };
  }
  get signal() {
    return signalOf(this);
  }
  abort(reason = undefined) {
    abortSignal(signalOf(this), reason);
  }
}
internal.shape(AbortController, 'AbortController');

return {
  AbortController,
  AbortSignal,
  newSignal,
  abortSignal,
  abortError,
  isAbortSignal,
  isAborted,
  reasonOf,
  onAbort,
  offAbort,
  listened,
  dependentSignal,
};
