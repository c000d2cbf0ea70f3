// Marks and measures, and the list of what was measured. https://w3c.github.io/user-timing/
// https://w3c.github.io/performance-timeline/  Loaded by the first performance.mark() or whoever names the classes.
const { ArrayPrototypePush, ArrayPrototypeShift, DateNow, Number, NumberIsFinite, TypeError } = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalConstructor, illegalInvocation, isObject, kInternal, required } = lazy('webidl');

const MAX_ENTRIES = 10000; // LIMIT_PERFORMANCE_ENTRIES

// Entries in the order of their start; of those with the same start, the older one first. Most come at the end.
function insert(list, entry) {
  let i = list.length;
  ArrayPrototypePush(list, entry);
  for (const at = startOf(entry); i > 0 && startOf(list[i - 1]) > at; i--) list[i] = list[i - 1];
  list[i] = entry;
}
// Those of a list with this name and type; undefined is any.
function filter(list, name, type) {
  const found = [];
  for (let i = 0; i < list.length; i++) {
    const d = dataOf(list[i]);
    if ((name === undefined || d.name === name) && (type === undefined || d.type === type)) ArrayPrototypePush(found, list[i]);
  }
  return found;
}

// --- Classes -----------------------------------------------------------------------------------------------------------

let dataOf;
const startOf = (entry) => dataOf(entry).start;
function own(v, type) {
  const d = isObject(v) ? dataOf(v) : undefined;
  if (d === undefined || (type !== undefined && d.type !== type)) throw illegalInvocation();
  return d;
}

class PerformanceEntry {
  #d; // { name, type, start, duration, detail }
  constructor(token = undefined, d = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#d = d;
  }
  static {
    dataOf = (v) => (#d in v ? v.#d : undefined);
  }
  get name() {
    return own(this).name;
  }
  get entryType() {
    return own(this).type;
  }
  get startTime() {
    return own(this).start;
  }
  get duration() {
    return own(this).duration;
  }
  toJSON() {
    const { name, type, start, duration, detail } = own(this);
    return { name, entryType: type, startTime: start, duration, detail };
  }
}
internal.shape(PerformanceEntry, 'PerformanceEntry');

const detailOf = (v) => (v === undefined || v === null ? null : lazy('clone').structuredClone(v));

function time(v) {
  if (typeof v !== 'number') v = Number(v);
  if (!NumberIsFinite(v)) throw new TypeError('The time is not a finite number');
  return v;
}

// The constructor's steps: the record of a mark.
function markData(name, options) {
  name = domString(name);
  const init = dictionary(options, 'The mark options');
  let detail, start;
  if (init !== undefined) {
    ({ detail } = init);
    start = init.startTime;
    if (start !== undefined) start = time(start);
  }
  if (start === undefined) start = DateNow();
  else if (start < 0) throw new TypeError(`The start time ${start} of mark '${name}' is negative`);
  return { __proto__: null, name, type: 'mark', start, duration: 0, detail: detailOf(detail) };
}

class PerformanceMark extends PerformanceEntry {
  constructor(markName, markOptions = undefined) {
    required(arguments.length, 1, 'PerformanceMark');
    super(kInternal, markName === kInternal ? markOptions : markData(markName, markOptions));
  }
  get detail() {
    return own(this, 'mark').detail;
  }
}
internal.shape(PerformanceMark, 'PerformanceMark');

class PerformanceMeasure extends PerformanceEntry {
  constructor(token = undefined, d = undefined) {
    super(token, d);
  }
  get detail() {
    return own(this, 'measure').detail;
  }
}
internal.shape(PerformanceMeasure, 'PerformanceMeasure');

// Workers have the class; no such entries are ever made here.
class PerformanceResourceTiming extends PerformanceEntry {
  constructor(token = undefined, d = undefined) {
    super(token, d);
  }
}
internal.shape(PerformanceResourceTiming, 'PerformanceResourceTiming');

// --- The timeline --------------------------------------------------------------------------------------------------------

const timeline = [];
let observers = null; // performance_observer.js, once there is one

function add(entry) {
  if (timeline.length >= MAX_ENTRIES) ArrayPrototypeShift(timeline);
  insert(timeline, entry);
  if (observers !== null) observers.notify(entry);
  return entry;
}

const mark = (name, options) => add(new PerformanceMark(name, options));

// (DOMString or DOMHighResTimeStamp) as a time; a name is that of the latest mark.
function timestamp(v) {
  if (typeof v === 'number') {
    if (time(v) < 0) throw new TypeError(`The time ${v} is negative`);
    return v;
  }
  const name = domString(v);
  for (let i = timeline.length - 1; i >= 0; i--) {
    const d = dataOf(timeline[i]);
    if (d.type === 'mark' && d.name === name) return d.start;
  }
  throw new (lazy('domexception').DOMException)(`The mark '${name}' does not exist.`, 'SyntaxError');
}

function measure(name, from, endMark) {
  name = domString(name);
  if (endMark !== undefined) endMark = domString(endMark);
  let start, end, duration, detail;
  if (isObject(from)) {
    ({ detail, duration, end, start } = from);
    if (duration !== undefined) duration = time(duration);
    if (end !== undefined && typeof end !== 'number') end = domString(end);
    if (start !== undefined && typeof start !== 'number') start = domString(start);
    if (start !== undefined || end !== undefined || duration !== undefined || detail !== undefined) {
      if (endMark !== undefined) throw new TypeError('A measure with options takes no end mark');
      if (start === undefined && end === undefined) throw new TypeError('The measure options have neither a start nor an end');
      if (start !== undefined && end !== undefined && duration !== undefined)
        throw new TypeError('The measure options have a start, an end and a duration');
    }
  } else if (from !== undefined && from !== null) start = domString(from);
  if (endMark !== undefined) end = endMark;
  // The end comes first: it is what fails when both are wrong.
  let to;
  if (end !== undefined) to = timestamp(end);
  else if (start !== undefined && duration !== undefined) to = timestamp(start) + timestamp(duration);
  else to = DateNow();
  let at;
  if (start !== undefined) at = timestamp(start);
  else at = duration !== undefined ? to - timestamp(duration) : 0;
  const d = { __proto__: null, name, type: 'measure', start: at, duration: to - at, detail: detailOf(detail) };
  return add(new PerformanceMeasure(kInternal, d));
}

function clear(type, name) {
  let to = 0;
  for (let i = 0; i < timeline.length; i++) {
    const d = dataOf(timeline[i]);
    if (d.type !== type || (name !== undefined && d.name !== name)) timeline[to++] = timeline[i];
  }
  timeline.length = to;
}

return {
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceResourceTiming,
  MAX_ENTRIES,
  mark,
  measure,
  clear,
  insert,
  filter,
  typeOf: (entry) => dataOf(entry).type,
  entries: (name, type) => filter(timeline, name, type),
  // observer.notify(entry) is called for each new entry from here on.
  observe(observer) {
    observers = observer;
  },
};
