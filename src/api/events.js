// Event and EventTarget. https://dom.spec.whatwg.org/#events  There is no tree: a path is one target.
// The global object is an event target too: called without `this`, the methods mean it.
const {
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  ArrayPrototypeSplice,
  DateNow,
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectSetPrototypeOf,
  ReflectApply,
  StringPrototypeSlice,
  TypeError,
} = primordials;
const lazy = internal.load;
const { constants, dictionary, domString, illegalInvocation, isObject, record, required } = lazy('webidl');

// What an event is made of; `public` is the Event.
class EventState {
  constructor(type, bubbles, cancelable, composed) {
    this.type = type;
    this.bubbles = bubbles;
    this.cancelable = cancelable;
    this.composed = composed;
    this.target = null;
    this.currentTarget = null;
    this.phase = 0;
    this.stop = false;
    this.stopNow = false;
    this.canceled = false;
    this.passive = false;
    this.dispatching = false;
    this.trusted = false;
    this.throws = false; // dispatchEvent() throws what its listeners throw
    this.timeStamp = internal.isPedantic ? DateNow() : 0;
  }
  cancel() {
    if (this.cancelable && !this.passive) this.canceled = true;
  }
}
record(EventState);

let stateOf;
function own(v) {
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}
// [LegacyUnforgeable]: on each event itself, and not configurable.
const trustedDescriptor = ObjectGetOwnPropertyDescriptor(
  {
    get isTrusted() {
      return own(this).trusted;
    },
  },
  'isTrusted',
);
ObjectSetPrototypeOf(trustedDescriptor, null);
trustedDescriptor.configurable = false;

class Event {
  #e;
  static {
    stateOf = (v) => (isObject(v) && #e in v ? v.#e : undefined);
  }
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'Event');
    type = domString(type);
    const init = dictionary(eventInitDict, 'The init');
    let bubbles = false;
    let cancelable = false;
    let composed = false;
    if (init !== undefined) {
      bubbles = !!init.bubbles;
      cancelable = !!init.cancelable;
      composed = !!init.composed;
    }
    this.#e = new EventState(type, bubbles, cancelable, composed);
    ObjectDefineProperty(this, 'isTrusted', trustedDescriptor);
  }
  get type() {
    return own(this).type;
  }
  get target() {
    return own(this).target;
  }
  get srcElement() {
    return own(this).target;
  }
  get currentTarget() {
    const s = own(this);
    return internal.isPedantic ? s.currentTarget : (s.target ?? undefined);
  }
  composedPath() {
    const { currentTarget } = own(this);
    return currentTarget === null ? [] : [currentTarget];
  }
  get eventPhase() {
    return own(this).phase;
  }
  stopPropagation() {
    own(this).stop = true;
  }
  get cancelBubble() {
    return own(this).stop;
  }
  set cancelBubble(v) {
    const s = own(this);
    if (v) s.stop = true;
  }
  stopImmediatePropagation() {
    const s = own(this);
    s.stop = s.stopNow = true;
  }
  get bubbles() {
    return own(this).bubbles;
  }
  get cancelable() {
    return own(this).cancelable;
  }
  get returnValue() {
    return !own(this).canceled;
  }
  set returnValue(v) {
    const s = own(this);
    if (!internal.isPedantic) throw new TypeError('Event.returnValue cannot be set.');
    if (!v) s.cancel();
  }
  preventDefault() {
    own(this).cancel();
  }
  get defaultPrevented() {
    return own(this).canceled;
  }
  get composed() {
    return own(this).composed;
  }
  get timeStamp() {
    return own(this).timeStamp;
  }
  initEvent(type, bubbles = false, cancelable = false) {
    const s = own(this);
    required(arguments.length, 1, 'initEvent');
    type = domString(type);
    if (s.dispatching) return;
    s.type = type;
    s.bubbles = !!bubbles;
    s.cancelable = !!cancelable;
    s.stop = s.stopNow = s.canceled = s.trusted = false;
    s.target = null;
  }
}
internal.shape(Event, 'Event');
constants(Event, { __proto__: null, NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

// --- Targets -------------------------------------------------------------------------------------------------

class Listener {
  constructor(callback, capture, once, passive) {
    this.callback = callback; // a function, an object with handleEvent, or a Handler
    this.capture = capture;
    this.once = once;
    this.passive = passive;
    this.removed = false;
    this.signal = undefined;
    this.onAbort = undefined;
  }
}
record(Listener);

// The listeners of one target; made when the first one is added.
class Target {
  constructor() {
    this.byType = new Map(); // type -> array of Listener
    this.handlers = undefined; // attribute name -> Handler
  }
  add(type, listener) {
    const list = MapPrototypeGet(this.byType, type);
    if (list === undefined) {
      MapPrototypeSet(this.byType, type, [listener]);
      return true;
    }
    for (let i = 0; i < list.length; i++)
      if (list[i].callback === listener.callback && list[i].capture === listener.capture) return false;
    ArrayPrototypePush(list, listener);
    return true;
  }
  remove(type, callback, capture) {
    const list = MapPrototypeGet(this.byType, type);
    if (list === undefined) return;
    for (let i = 0; i < list.length; i++) {
      const l = list[i];
      if (l.callback !== callback || l.capture !== capture) continue;
      l.removed = true;
      ArrayPrototypeSplice(list, i, 1);
      if (l.signal !== undefined) lazy('abort').offAbort(l.signal, l.onAbort);
      return;
    }
  }
  has(type) {
    const list = MapPrototypeGet(this.byType, type);
    return list !== undefined && list.length > 0;
  }
}
record(Target);

// An event handler attribute (onabort): one listener whose function can be changed.
class Handler {
  constructor() {
    this.value = null;
    this.active = false;
  }
}
record(Handler);

function callListener(event, state, listener) {
  const { callback } = listener;
  try {
    if (callback instanceof Handler) {
      if (typeof callback.value !== 'function') return;
      if (ReflectApply(callback.value, state.currentTarget, [event]) === false) state.cancel();
      return;
    }
    if (typeof callback === 'function') {
      ReflectApply(callback, state.currentTarget, [event]);
      return;
    }
    const { handleEvent } = callback;
    if (typeof handleEvent !== 'function') throw new TypeError("The listener's handleEvent is not a function");
    ReflectApply(handleEvent, callback, [event]);
  } catch (e) {
    if (state.throws) throw e;
    lazy('core').report(e);
  }
}

function invoke(event, state, target, capture) {
  const list = MapPrototypeGet(target.byType, state.type);
  if (list === undefined || state.stop) return;
  const copy = ArrayPrototypeSlice(list);
  for (let i = 0; i < copy.length; i++) {
    const l = copy[i];
    if (l.removed || l.capture !== capture) continue;
    if (l.once) target.remove(state.type, l.callback, capture);
    state.passive = l.passive;
    callListener(event, state, l);
    state.passive = false;
    if (state.stopNow) return;
  }
}

// Returns false when a listener called preventDefault().
function dispatch(object, event) {
  const state = stateOf(event);
  const target = peek(object);
  state.dispatching = true;
  state.target = object;
  if (target !== undefined) {
    state.currentTarget = object;
    state.phase = 2;
    invoke(event, state, target, true);
    invoke(event, state, target, false);
  }
  state.phase = 0;
  state.currentTarget = null;
  state.dispatching = state.stop = state.stopNow = false;
  return !state.canceled;
}

// An event of ours: isTrusted.
function trusted(event) {
  stateOf(event).trusted = true;
  return event;
}

let isTarget;
let peek; // the Target of an object, undefined when it has no listeners yet
let listenersOf; // the same, made
const globalTarget = new Target();

function self(v) {
  const object = v ?? internal.global;
  if (!isTarget(object)) throw illegalInvocation();
  return object;
}
function convertCallback(v) {
  if (v === null || v === undefined) return null;
  if (!isObject(v)) throw new TypeError('The listener is neither a function nor an object');
  return v;
}
function convertCapture(options) {
  if (typeof options === 'boolean') return options;
  return isObject(options) ? !!options.capture : !!(options ?? false);
}

// There is no tree in which an event could be captured, and no scrolling to be passive about.
function refuseOptions(options) {
  if (convertCapture(options)) throw new TypeError('addEventListener(): options.capture must be false.');
  if (isObject(options) && options.passive) throw new TypeError('addEventListener(): options.passive must be false.');
}

class EventTarget {
  #t;
  static {
    const { global } = internal;
    isTarget = (v) => isObject(v) && (#t in v || v === global);
    peek = (v) => (v === global ? globalTarget : v.#t);
    listenersOf = (v) => (v === global ? globalTarget : (v.#t ??= new Target()));
  }
  addEventListener(type, callback, options = undefined) {
    const object = self(this);
    required(arguments.length, 2, 'addEventListener');
    type = domString(type);
    callback = convertCallback(callback);
    const listener = new Listener(callback, convertCapture(options), false, false);
    if (!internal.isPedantic) {
      refuseOptions(options);
      if (callback !== null && typeof callback !== 'function' && typeof callback.handleEvent !== 'function')
        throw new TypeError("The listener's handleEvent is not a function");
    }
    if (isObject(options)) {
      listener.once = !!options.once;
      listener.passive = !!options.passive;
      const { signal } = options;
      if (signal !== undefined) {
        if (!lazy('abort').isAbortSignal(signal)) throw new TypeError("The option 'signal' is not an AbortSignal");
        listener.signal = signal;
      }
    }
    if (callback === null) return;
    addListener(object, type, listener);
  }
  removeEventListener(type, callback, options = undefined) {
    const object = self(this);
    required(arguments.length, 2, 'removeEventListener');
    type = domString(type);
    callback = convertCallback(callback);
    const capture = convertCapture(options);
    if (!internal.isPedantic) refuseOptions(options);
    const target = peek(object);
    if (target !== undefined) target.remove(type, callback, capture);
  }
  dispatchEvent(event) {
    const object = self(this);
    required(arguments.length, 1, 'dispatchEvent');
    const state = stateOf(event);
    if (state === undefined) throw new TypeError('The argument is not an Event');
    if (state.dispatching) {
      const { DOMException } = lazy('domexception');
      throw new DOMException('The event is being dispatched', 'InvalidStateError');
    }
    state.trusted = false;
    if (internal.isPedantic) return dispatch(object, event);
    state.throws = true;
    try {
      return dispatch(object, event);
    } finally {
      state.throws = false;
      state.phase = 0;
      state.currentTarget = null;
      state.passive = state.dispatching = state.stop = state.stopNow = false;
    }
  }
}
internal.shape(EventTarget, 'EventTarget');

function addListener(object, type, listener) {
  const { signal } = listener;
  if (signal !== undefined && lazy('abort').isAborted(signal)) return;
  const target = listenersOf(object);
  if (!target.add(type, listener)) return;
  if (signal !== undefined) {
    listener.onAbort = () => target.remove(type, listener.callback, listener.capture);
    lazy('abort').onAbort(signal, listener.onAbort);
  }
  if (type === 'abort') lazy('abort').listened(object);
}

// An event handler IDL attribute, https://html.spec.whatwg.org/#event-handler-idl-attributes
function handlerDescriptor(attribute) {
  const type = StringPrototypeSlice(attribute, 2);
  const holder = {
    get [attribute]() {
      const target = peek(self(this));
      const handler = target?.handlers && MapPrototypeGet(target.handlers, attribute);
      return handler === undefined ? null : handler.value;
    },
    set [attribute](v) {
      const object = self(this);
      const target = listenersOf(object);
      target.handlers ??= new Map();
      let handler = MapPrototypeGet(target.handlers, attribute);
      if (handler === undefined) {
        handler = new Handler();
        MapPrototypeSet(target.handlers, attribute, handler);
      }
      handler.value = isObject(v) ? v : null;
      if (handler.value === null) target.remove(type, handler, false);
      else if (!handler.active) addListener(object, type, new Listener(handler, false, false, false));
      handler.active = handler.value !== null;
    },
  };
  const d = ObjectGetOwnPropertyDescriptor(holder, attribute);
  ObjectSetPrototypeOf(d, null);
  d.enumerable = d.configurable = true;
  return d;
}
function defineHandler(Class, attribute) {
  ObjectDefineProperty(Class.prototype, attribute, handlerDescriptor(attribute));
}
function hasListeners(object, type) {
  const target = peek(object);
  return target !== undefined && target.has(type);
}

const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
return {
  Event,
  EventTarget,
  addEventListener,
  removeEventListener,
  dispatchEvent,
  isEvent: (v) => stateOf(v) !== undefined,
  isTarget,
  dispatch,
  trusted,
  defineHandler,
  handlerDescriptor,
  hasListeners,
  get AbortController() {
    return lazy('abort').AbortController;
  },
  get AbortSignal() {
    return lazy('abort').AbortSignal;
  },
  get DOMException() {
    return lazy('domexception').DOMException;
  },
  newSignal: () => lazy('abort').newSignal(),
  abortSignal: (signal, reason) => lazy('abort').abortSignal(signal, reason),
  isAbortSignal: (v) => lazy('abort').isAbortSignal(v),
  onAbort: (signal, fn) => lazy('abort').onAbort(signal, fn),
  offAbort: (signal, fn) => lazy('abort').offAbort(signal, fn),
  dependentSignal: (signals) => lazy('abort').dependentSignal(signals),
};
