// Timers of user code and of our own (HTML section 8.6, as Workers have them). Loaded when the first one is wanted.
const {
  ArrayPrototypePop, ArrayPrototypePush, Error, MathMax, MathMin, Promise, ReflectApply, TypeError, globalThis,
} = primordials;
const lazy = internal.load, core = internal.core, token = internal.token, SafeMap = internal.SafeMap;
const { armTimer, drain } = internal.natives;
const out = internal.shared[1], OUT_BUSY = 2;

// --- Timers ---------------------------------------------------------------------------------------------------------
// A heap by (due, seq). Cleared ones stay until they surface, or until they are most of it.
let seq = 0, armed = -1, dead = 0;
let heap = [];
const timers = new SafeMap(); // id -> timer
const before = (a, b) => a.due < b.due || (a.due === b.due && a.seq < b.seq);

function heapUp(t) {
  let i = heap.length;
  ArrayPrototypePush(heap, t);
  while (i > 0) {
    const up = (i - 1) >> 1;
    if (!before(t, heap[up])) break;
    heap[i] = heap[up];
    i = up;
  }
  heap[i] = t;
}
function heapPop() {
  const top = heap[0], t = ArrayPrototypePop(heap), n = heap.length;
  if (n === 0) return top;
  let i = 0;
  for (;;) {
    let c = 2 * i + 1;
    if (c >= n) break;
    if (c + 1 < n && before(heap[c + 1], heap[c])) c++;
    if (!before(heap[c], t)) break;
    heap[i] = heap[c];
    i = c;
  }
  heap[i] = t;
  return top;
}
function arm() {
  while (heap.length > 0 && heap[0].fn === null) heapPop(), dead--;
  const due = heap.length > 0 ? heap[0].due : -1;
  if (due === armed) return;
  armed = due;
  armTimer(due < 0 ? -1 : MathMax(0, due - internal.now));
}
function schedule(fn, ms, args, repeat, counted) {
  if (counted && out[OUT_BUSY] >= internal.limits.timers) throw new Error("Too many timers.");
  const t = { __proto__: null, due: internal.now + ms, seq: ++seq, fn, args, repeat: repeat ? MathMax(1, ms) : 0, counted, event: core.current(), frame: internal.frame };
  if (counted) out[OUT_BUSY]++;
  timers.set(t.seq, t);
  heapUp(t);
  if (heap[0] === t) arm();
  return t.seq;
}
function clear(id) {
  const t = timers.get(id);
  if (t === undefined) return;
  timers.delete(id);
  if (t.counted) out[OUT_BUSY]--;
  t.fn = t.args = t.event = null;
  if (heap[0] === t) {
    dead++;
    arm();
  } else if (++dead > 64 && dead > heap.length >> 1) {
    const old = heap;
    heap = [];
    dead = 0;
    for (let i = 0; i < old.length; i++) if (old[i].fn !== null) heapUp(old[i]);
  }
}
function fire(t) {
  const { fn, args } = t, id = t.seq0 ?? t.seq;
  const late = t.counted && t.event !== null && !core.isLive(t.event); // its event is over, and so are its timers
  if (t.repeat > 0 && !late) {
    t.seq0 = id;
    t.due = internal.now + t.repeat;
    t.seq = ++seq;
    heapUp(t);
  } else {
    timers.delete(id);
    if (t.counted) out[OUT_BUSY]--;
  }
  if (late) return;
  core.become(t.event);
  try {
    if (t.frame !== undefined) lazy("node/async_context").run(t.frame, fn, globalThis, args ?? []);
    else if (args === undefined) fn();
    else ReflectApply(fn, globalThis, args);
  } catch (e) {
    core.report(e);
  }
}
function runTimers() {
  const last = seq;
  armed = -1;
  for (let first = true; heap.length > 0 && heap[0].due <= internal.now && heap[0].seq <= last; ) {
    const t = heapPop();
    if (t.fn === null) {
      dead--;
      continue;
    }
    if (!first) drain(); // the microtasks of one callback run before the next
    first = false;
    if (t.fn !== null) fire(t); // those microtasks may have cleared it
    else dead--;
  }
  arm();
}
// Web IDL's long: what is beyond 24.8 days wraps round, as it does everywhere.
function longDelay(ms) {
  ms |= 0;
  return ms > 0 ? ms : 0;
}
function delay(ms) {
  ms = +ms;
  return ms >= 1 ? MathMin(ms - (ms % 1), 0x7fffffffffff) : 0;
}
function callback(fn, name) {
  core.needEvent(name);
  if (typeof fn !== "function")
    throw new TypeError(`Failed to execute '${name}' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Function'.`);
}
const { setTimeout, setInterval, clearTimeout, clearInterval, setImmediate } = {
  setTimeout(fn, ms = 0, ...args) {
    callback(fn, "setTimeout");
    return schedule(fn, longDelay(ms), args.length > 0 ? args : undefined, false, true);
  },
  setInterval(fn, ms = 0, ...args) {
    callback(fn, "setInterval");
    return schedule(fn, longDelay(ms), args.length > 0 ? args : undefined, true, true);
  },
  clearTimeout(id = undefined) {
    if (id !== undefined && id !== null) clear(+id);
  },
  clearInterval(id = undefined) {
    if (id !== undefined && id !== null) clear(+id);
  },
  setImmediate(fn, ...args) {
    callback(fn, "setImmediate");
    return schedule(fn, 0, args.length > 0 ? args : undefined, false, true);
  },
};
const later = (ms, fn) => schedule(fn, ms, undefined, false, false);
const timer = (ms, fn) => schedule(fn, ms, undefined, false, true);

class Scheduler {
  constructor(t) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
  wait(ms, options = undefined) {
    return new Promise((ok, failed) => {
      core.needEvent("scheduler.wait");
      const signal = options?.signal;
      if (signal === undefined) {
        schedule(ok, delay(ms), undefined, false, true);
        return;
      }
      signal.throwIfAborted();
      const ev = lazy("events");
      const stop = (reason) => {
        clear(id);
        failed(reason);
      };
      const id = schedule(() => {
        ev.offAbort(signal, stop);
        ok();
      }, delay(ms), undefined, false, true);
      ev.onAbort(signal, stop);
    });
  }
}
internal.shape(Scheduler, "Scheduler");

return {
  setTimeout, setInterval, clearTimeout, clearInterval, setImmediate, clearImmediate: clearTimeout, scheduler: new Scheduler(token),
  run: runTimers, later, laterClear: clear, timer, timerClear: clear,
};
