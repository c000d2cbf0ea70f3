// The kinds of events beyond Event: CustomEvent, ErrorEvent, PromiseRejectionEvent, MessageEvent, CloseEvent.
// https://dom.spec.whatwg.org/#interface-customevent https://html.spec.whatwg.org/#errorevent
const { ObjectFreeze, Promise, ReflectGetOwnPropertyDescriptor, TypeError, uncurryThis } = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalInvocation, isObject, required, unsignedLong, unsignedShort, usvString } =
  lazy('webidl');
const { Event } = lazy('events');
const initEvent = uncurryThis(Event.prototype.initEvent);
const eventPhase = uncurryThis(ReflectGetOwnPropertyDescriptor(Event.prototype, 'eventPhase').get);

class CustomEvent extends Event {
  #detail;
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'CustomEvent');
    super(type, eventInitDict);
    const detail = dictionary(eventInitDict, 'The init')?.detail;
    this.#detail = detail === undefined ? null : detail;
  }
  get detail() {
    if (!isObject(this) || !(#detail in this)) throw illegalInvocation();
    return this.#detail;
  }
  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    if (!isObject(this) || !(#detail in this)) throw illegalInvocation();
    required(arguments.length, 1, 'initCustomEvent');
    type = domString(type);
    if (eventPhase(this) !== 0) return; // it is being dispatched
    initEvent(this, type, bubbles, cancelable);
    this.#detail = detail;
  }
}
internal.shape(CustomEvent, 'CustomEvent');

class ErrorEvent extends Event {
  #d;
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'ErrorEvent');
    super(type, eventInitDict);
    const d = { __proto__: null, colno: 0, error: undefined, filename: '', lineno: 0, message: '' };
    const init = dictionary(eventInitDict, 'The init');
    if (init !== undefined) {
      const { colno } = init;
      if (colno !== undefined) d.colno = unsignedLong(colno);
      d.error = init.error;
      const { filename } = init;
      if (filename !== undefined) d.filename = usvString(filename);
      const { lineno } = init;
      if (lineno !== undefined) d.lineno = unsignedLong(lineno);
      const { message } = init;
      if (message !== undefined) d.message = domString(message);
    }
    this.#d = d;
  }
  static #own(v) {
    if (!isObject(v) || !(#d in v)) throw illegalInvocation();
    return v.#d;
  }
  get message() {
    return ErrorEvent.#own(this).message;
  }
  get filename() {
    return ErrorEvent.#own(this).filename;
  }
  get lineno() {
    return ErrorEvent.#own(this).lineno;
  }
  get colno() {
    return ErrorEvent.#own(this).colno;
  }
  get error() {
    return ErrorEvent.#own(this).error;
  }
}
internal.shape(ErrorEvent, 'ErrorEvent');

class PromiseRejectionEvent extends Event {
  #promise;
  #reason;
  constructor(type, eventInitDict) {
    required(arguments.length, 2, 'PromiseRejectionEvent');
    super(type, eventInitDict);
    const init = dictionary(eventInitDict, 'The init');
    const promise = init?.promise;
    if (promise === undefined) throw new TypeError('promise is required');
    this.#promise = promise;
    this.#reason = init.reason;
  }
  get promise() {
    if (!isObject(this) || !(#promise in this)) throw illegalInvocation();
    return this.#promise;
  }
  get reason() {
    if (!isObject(this) || !(#promise in this)) throw illegalInvocation();
    return this.#reason;
  }
}
internal.shape(PromiseRejectionEvent, 'PromiseRejectionEvent');

class MessageEvent extends Event {
  #d;
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'MessageEvent');
    super(type, eventInitDict);
    const d = { __proto__: null, data: null, lastEventId: '', origin: '', ports: undefined, source: null };
    const init = dictionary(eventInitDict, 'The init');
    if (init !== undefined) {
      const { data } = init;
      if (data !== undefined) d.data = data;
      const { lastEventId } = init;
      if (lastEventId !== undefined) d.lastEventId = domString(lastEventId);
      const { origin } = init;
      if (origin !== undefined) d.origin = usvString(origin);
      const { ports } = init;
      if (ports !== undefined) d.ports = lazy('messages').convertPorts(ports);
      const { source } = init;
      if (source !== undefined && source !== null) {
        if (!lazy('messages').isPort(source)) throw new TypeError('The source is not a MessagePort');
        d.source = source;
      }
    }
    d.ports = ObjectFreeze(d.ports ?? []);
    this.#d = d;
  }
  static #own(v) {
    if (!isObject(v) || !(#d in v)) throw illegalInvocation();
    return v.#d;
  }
  get data() {
    return MessageEvent.#own(this).data;
  }
  get origin() {
    return MessageEvent.#own(this).origin;
  }
  get lastEventId() {
    return MessageEvent.#own(this).lastEventId;
  }
  get source() {
    return MessageEvent.#own(this).source;
  }
  get ports() {
    return MessageEvent.#own(this).ports;
  }
  initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null, ports = []) {
    MessageEvent.#own(this);
    required(arguments.length, 1, 'initMessageEvent');
    type = domString(type);
    origin = usvString(origin);
    lastEventId = domString(lastEventId);
    if (source !== undefined && source !== null && !lazy('messages').isPort(source)) throw new TypeError('The source is not a MessagePort');
    ports = ObjectFreeze(lazy('messages').convertPorts(ports));
    if (eventPhase(this) !== 0) return;
    initEvent(this, type, bubbles, cancelable);
    this.#d = { __proto__: null, data, lastEventId, origin, ports, source: source ?? null };
  }
}
internal.shape(MessageEvent, 'MessageEvent');

class CloseEvent extends Event {
  #d;
  constructor(type, eventInitDict = undefined) {
    required(arguments.length, 1, 'CloseEvent');
    super(type, eventInitDict);
    const d = { __proto__: null, code: 0, reason: '', wasClean: false };
    const init = dictionary(eventInitDict, 'The init');
    if (init !== undefined) {
      const { code } = init;
      if (code !== undefined) d.code = unsignedShort(code);
      const { reason } = init;
      if (reason !== undefined) d.reason = usvString(reason);
      d.wasClean = !!init.wasClean;
    }
    this.#d = d;
  }
  static #own(v) {
    if (!isObject(v) || !(#d in v)) throw illegalInvocation();
    return v.#d;
  }
  get wasClean() {
    return CloseEvent.#own(this).wasClean;
  }
  get code() {
    return CloseEvent.#own(this).code;
  }
  get reason() {
    return CloseEvent.#own(this).reason;
  }
}
internal.shape(CloseEvent, 'CloseEvent');

return { CustomEvent, ErrorEvent, PromiseRejectionEvent, MessageEvent, CloseEvent };
