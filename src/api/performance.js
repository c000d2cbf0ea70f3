// performance. https://w3c.github.io/hr-time/  As in Workers: timeOrigin is 0 and now() is the wall clock, which stands
// still while code runs (js/clock_freeze.c), so that nobody can time their neighbours.
const { DateNow } = primordials;
const lazy = internal.load;
const { illegalConstructor, illegalInvocation, isObject, kInternal } = lazy('webidl');
const { EventTarget } = lazy('events');

let isPerformance;
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
    if (!isPerformance(this)) throw illegalInvocation();
    return 0;
  }
  now() {
    if (!isPerformance(this ?? performance)) throw illegalInvocation();
    return DateNow();
  }
  toJSON() {
    if (!isPerformance(this)) throw illegalInvocation();
    return { timeOrigin: 0 };
  }
}
internal.shape(Performance, 'Performance');
const performance = new Performance(kInternal);

return { Performance, performance };
