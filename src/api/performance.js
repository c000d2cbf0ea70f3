// performance. https://w3c.github.io/hr-time/  As in Workers: timeOrigin is 0 and now() is the wall clock, which stands
// still while code runs (js/clock_freeze.c), so that nobody can time their neighbours. Marks, measures and what looks at
// them: user_timing.js, performance_observer.js.
const { DateNow, TypeError } = primordials;
const lazy = internal.load;
const { domString, illegalConstructor, illegalInvocation, isObject, kInternal, required } = lazy('webidl');
const { EventTarget, defineHandler } = lazy('events');

let isPerformance;
function check(v) {
  if (!isPerformance(v)) throw illegalInvocation();
}
class Performance extends EventTarget {
  #brand;
  static {
    isPerformance = (v) => isObject(v) && #brand in v;
  }
  constructor(token = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    super();
  }
  get timeOrigin() {
    check(this);
    return 0;
  }
  now() {
    check(this ?? performance);
    return lazy('core').isReady ? DateNow() : 0; // as Workers: no clock at the top level
  }
  toJSON() {
    check(this);
    return { timeOrigin: 0 };
  }
  mark(markName, markOptions = undefined) {
    check(this);
    required(arguments.length, 1, 'mark');
    return lazy('user_timing').mark(markName, markOptions);
  }
  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    check(this);
    required(arguments.length, 1, 'measure');
    return lazy('user_timing').measure(measureName, startOrMeasureOptions, endMark);
  }
  clearMarks(markName = undefined) {
    check(this);
    lazy('user_timing').clear('mark', markName === undefined ? undefined : domString(markName));
  }
  clearMeasures(measureName = undefined) {
    check(this);
    lazy('user_timing').clear('measure', measureName === undefined ? undefined : domString(measureName));
  }
  getEntries() {
    check(this);
    return lazy('user_timing').entries(undefined, undefined);
  }
  getEntriesByType(type) {
    check(this);
    required(arguments.length, 1, 'getEntriesByType');
    return lazy('user_timing').entries(undefined, domString(type));
  }
  getEntriesByName(name, type = undefined) {
    check(this);
    required(arguments.length, 1, 'getEntriesByName');
    name = domString(name);
    return lazy('user_timing').entries(name, type === undefined ? undefined : domString(type));
  }
  // Fetches leave no entries behind: nothing to clear, nothing that could be full.
  clearResourceTimings() {
    check(this);
  }
  setResourceTimingBufferSize(maxSize) {
    check(this);
    required(arguments.length, 1, 'setResourceTimingBufferSize');
    if (typeof maxSize === 'symbol') throw new TypeError('Cannot convert a symbol to a number');
  }
}
defineHandler(Performance, 'onresourcetimingbufferfull');
internal.shape(Performance, 'Performance');
const performance = new Performance(kInternal);

return { Performance, performance };
