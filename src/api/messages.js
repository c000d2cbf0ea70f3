// MessageChannel and MessagePort inside one isolate. https://html.spec.whatwg.org/#message-channels
// A message is a structured clone, delivered in a later task. Waiting for one counts as waiting: an isolate with messages is not hung.
const { ArrayPrototypePush, ArrayPrototypeShift, ReflectApply, SymbolIterator, TypeError } = primordials;
const lazy = internal.load;
const { dictionary, illegalConstructor, illegalInvocation, isObject, kInternal, record, required } = lazy('webidl');
const { Event, EventTarget, dispatch, handlerDescriptor, trusted } = lazy('events');

// Messages of all ports and channels are delivered in the order in which they were posted: what is there when the task comes, in one.
let tasks = [];
function task(fn) {
  ArrayPrototypePush(tasks, fn);
  if (tasks.length > 1) return;
  lazy('core').timer(0, () => {
    const now = tasks;
    tasks = [];
    for (let i = 0; i < now.length; i++) now[i]();
  });
}

class PortState {
  constructor() {
    this.port = undefined;
    this.other = undefined; // PortState; undefined once closed or detached
    this.queue = []; // clones of messages that wait for start() or for their turn
    this.started = false;
    this.detached = false;
    this.take = () => {
      if (!this.started || this.queue.length === 0) return;
      const { data, ports } = ArrayPrototypeShift(this.queue);
      const { MessageEvent } = lazy('events_kinds');
      dispatch(this.port, trusted(new MessageEvent('message', { __proto__: null, data, ports })));
    };
  }
  deliver(message) {
    ArrayPrototypePush(this.queue, message);
    if (this.started) task(this.take);
  }
  start() {
    if (this.started) return;
    this.started = true;
    for (let i = 0; i < this.queue.length; i++) task(this.take);
  }
  close() {
    const { other } = this;
    this.other = undefined;
    this.detached = true;
    if (other === undefined) return;
    other.other = undefined;
    if (!internal.isPedantic) task(() => dispatch(this.port, trusted(new Event('close'))));
    task(() => dispatch(other.port, trusted(new Event('close'))));
  }
}
record(PortState);

let stateOf;
function own(v) {
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

// (message, transfer) and (message, { transfer })
function transferOf(v) {
  if (v === undefined || v === null) return undefined;
  dictionary(v, 'The options');
  const method = v[SymbolIterator];
  return method === undefined || method === null ? v.transfer : v;
}

class MessagePort extends EventTarget {
  #s;
  static {
    stateOf = (v) => (isObject(v) && #s in v ? v.#s : undefined);
  }
  constructor(token = undefined, state = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    super();
    this.#s = state;
    state.port = this;
  }
  postMessage(message, transferOrOptions = undefined) {
    const s = own(this);
    required(arguments.length, 1, 'postMessage');
    const { cloneMessage } = lazy('clone');
    const clone = cloneMessage(message, transferOf(transferOrOptions), this);
    if (s.other !== undefined) s.other.deliver(clone);
  }
  start() {
    own(this).start();
  }
  close() {
    own(this).close();
  }
  get onmessage() {
    return ReflectApply(onmessage.get, this, []);
  }
  set onmessage(v) {
    ReflectApply(onmessage.set, this, [v]);
    own(this).start();
  }
}
const onmessage = handlerDescriptor('onmessage');
lazy('events').defineHandler(MessagePort, 'onmessageerror');
lazy('events').defineHandler(MessagePort, 'onclose');
internal.shape(MessagePort, 'MessagePort');

function entangle() {
  const a = new PortState();
  const b = new PortState();
  a.other = b;
  b.other = a;
  return [new MessagePort(kInternal, a), new MessagePort(kInternal, b)];
}

let channelOf;
class MessageChannel {
  #ports = entangle();
  static {
    channelOf = (v) => {
      if (!isObject(v) || !(#ports in v)) throw illegalInvocation();
      return v.#ports;
    };
  }
  get port1() {
    return channelOf(this)[0];
  }
  get port2() {
    return channelOf(this)[1];
  }
}
internal.shape(MessageChannel, 'MessageChannel');

// Transfer: the old object lets go, a new one takes its place with the messages that wait.
function transferPort(port) {
  const old = stateOf(port);
  const s = new PortState();
  s.queue = old.queue;
  s.other = old.other;
  if (s.other !== undefined) s.other.other = s;
  old.queue = [];
  old.other = undefined;
  old.started = false;
  old.detached = true;
  return new MessagePort(kInternal, s);
}

// sequence<MessagePort>
function convertPorts(v) {
  const method = isObject(v) ? v[SymbolIterator] : undefined;
  if (typeof method !== 'function') throw new TypeError('The ports are not iterable');
  const iterator = ReflectApply(method, v, []);
  const { next } = iterator;
  const ports = [];
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError('The iterator result is not an object');
    if (result.done) return ports;
    if (stateOf(result.value) === undefined) throw new TypeError('An item is not a MessagePort');
    ArrayPrototypePush(ports, result.value);
  }
}

return {
  MessageChannel,
  MessagePort,
  isPort: (v) => stateOf(v) !== undefined,
  isDetached: (port) => stateOf(port).detached,
  transferPort,
  convertPorts,
  task,
};
