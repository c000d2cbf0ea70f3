// node:perf_hooks: the global performance and its classes, and what Node.js adds to them. The clock stands still while JavaScript
// runs, and there is no event loop of the Worker's own: its figures are zero.
const { absentAll } = internal.load("node/codes");
const { performance, Performance } = internal.load("performance");

class PerformanceNodeTiming {
  name = "node";
  entryType = "node";
  startTime = 0;
  duration = performance.now();
  nodeStart = 0;
  v8Start = 0;
  bootstrapComplete = 0;
  environment = 0;
  loopStart = 0;
  loopExit = 0;
  idleTime = 0;
  uvMetricsInfo = { loopCount: 0, events: 0, eventsWaiting: 0 };
  toJSON() {
    return { ...this };
  }
}

// Events of a page, of which there are none: a Map that cannot be written.
class EventCounts {
  get size() {
    return 0;
  }
  get() {}
  has() {
    return false;
  }
  entries() {
    return new Map().entries();
  }
  keys() {
    return new Map().keys();
  }
  values() {
    return new Map().values();
  }
  forEach() {}
  [Symbol.iterator]() {
    return this.entries();
  }
}
const eventCounts = new EventCounts();

const eventLoopUtilization = () => ({ idle: 0, active: 0, utilization: 0 });
const timerify = (fn) => fn;
const more = {
  eventLoopUtilization, timerify, markResourceTiming() {},
  get eventCounts() {
    return eventCounts;
  },
  get nodeTiming() {
    return new PerformanceNodeTiming();
  },
};
const own = Object.getOwnPropertyDescriptors(more);
for (const name of Object.keys(own)) if (!(name in Performance.prototype)) Object.defineProperty(Performance.prototype, name, own[name]);

const constants = {};
function number(prefix, words, values) {
  words.split(" ").forEach((word, i) => (constants[`NODE_PERFORMANCE_${prefix}${word}`] = values ? values[i] : i));
}
number("GC_", "MAJOR MINOR INCREMENTAL WEAKCB", [4, 1, 8, 16]);
number("GC_FLAGS_", "NO CONSTRUCT_RETAINED FORCED SYNCHRONOUS_PHANTOM_PROCESSING ALL_AVAILABLE_GARBAGE ALL_EXTERNAL_MEMORY SCHEDULE_IDLE",
       [0, 2, 4, 8, 16, 32, 64]);
number("ENTRY_TYPE_", "GC HTTP HTTP2 NET DNS");
number("MILESTONE_", "TIME_ORIGIN_TIMESTAMP TIME_ORIGIN ENVIRONMENT NODE_START V8_START LOOP_START LOOP_EXIT BOOTSTRAP_COMPLETE");
Object.freeze(constants);

const exports = { performance, Performance, eventLoopUtilization, timerify, constants, ...absentAll("createHistogram monitorEventLoopDelay") };
for (const name of ["PerformanceEntry", "PerformanceMark", "PerformanceMeasure", "PerformanceObserver", "PerformanceObserverEntryList",
                    "PerformanceResourceTiming"])
  Object.defineProperty(exports, name, { __proto__: null, enumerable: true, configurable: true, get: () => globalThis[name] });
return exports;
