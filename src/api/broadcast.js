// BroadcastChannel among the channels of one isolate. https://html.spec.whatwg.org/#broadcasting-to-other-browsing-contexts
const { ArrayPrototypeIndexOf, ArrayPrototypePush, ArrayPrototypeSplice } = primordials;
const lazy = internal.load;
const { domString, illegalInvocation, isObject, record, required } = lazy("webidl");
const { EventTarget, defineHandler, dispatch, trusted } = lazy("events");

class State {
  constructor(name, channel) {
    this.name = name;
    this.channel = channel;
    this.closed = false;
  }
}
record(State);

const open = []; // all channels, oldest first

let stateOf;
function own(v) {
  if (!isObject(v)) throw illegalInvocation();
  const s = stateOf(v);
  if (s === undefined) throw illegalInvocation();
  return s;
}

class BroadcastChannel extends EventTarget {
  #s;
  static {
    stateOf = (v) => (#s in v ? v.#s : undefined);
  }
  constructor(name) {
    required(arguments.length, 1, "BroadcastChannel");
    name = domString(name);
    super();
    this.#s = new State(name, this);
    ArrayPrototypePush(open, this.#s);
  }
  get name() {
    return own(this).name;
  }
  postMessage(message) {
    const s = own(this);
    required(arguments.length, 1, "postMessage");
    if (s.closed) throw new (lazy("domexception").DOMException)("The channel is closed", "InvalidStateError");
    const data = lazy("clone").write(message);
    for (let i = 0; i < open.length; i++) {
      const to = open[i];
      if (to === s || to.name !== s.name) continue;
      lazy("messages").task(() => {
        if (to.closed) return;
        const { MessageEvent } = lazy("events_kinds");
        dispatch(to.channel, trusted(new MessageEvent("message", { __proto__: null, data: lazy("clone").read(data) })));
      });
    }
  }
  close() {
    const s = own(this);
    if (s.closed) return;
    s.closed = true;
    ArrayPrototypeSplice(open, ArrayPrototypeIndexOf(open, s), 1);
  }
}
defineHandler(BroadcastChannel, "onmessage");
defineHandler(BroadcastChannel, "onmessageerror");
internal.shape(BroadcastChannel, "BroadcastChannel");

return { BroadcastChannel };
