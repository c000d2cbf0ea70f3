// EventSource. https://html.spec.whatwg.org/#server-sent-events  Over fetch(); EventSource.from(stream) reads what is there, as
// Workers have it.
const {
  MathMin, Number, PromisePrototypeThen, PromiseResolve, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeToLowerCase, SymbolDispose, TypeError,
} = primordials;
const lazy = internal.load, core = internal.core;
const { constants, dictionary, illegalInvocation, isObject, kInternal, record, required, usvString } = lazy("webidl");
const { Event, EventTarget, defineHandler, dispatch, trusted } = lazy("events");

const CONNECTING = 0, OPEN = 1, CLOSED = 2;
const RETRY_MS = 2000, RETRY_MOST_MS = 60000;
const EVENT_CHARS = 32 * 1024 * 1024; // of one event; a stream that goes on longer is an error

// Section 9.2.6: text in, events out. give(type, data, id); retry(ms).
class Parser {
  constructor(give, retry) {
    this.give = give;
    this.retry = retry;
    this.line = ""; // the beginning of one
    this.afterCr = false;
    this.data = "";
    this.any = false; // there was a data field
    this.type = "";
    this.id = "";
  }
  feed(text) {
    let at = 0;
    const end = text.length;
    if (this.afterCr && end > 0) {
      if (text[0] === "\n") at = 1;
      this.afterCr = false;
    }
    while (at < end) {
      let stop = at;
      while (stop < end && text[stop] !== "\n" && text[stop] !== "\r") stop++;
      const piece = StringPrototypeSlice(text, at, stop);
      if (this.line.length + this.data.length + piece.length > EVENT_CHARS) throw new TypeError("The event is too large.");
      this.line = this.line === "" ? piece : this.line + piece;
      if (stop === end) return;
      const line = this.line;
      this.line = "";
      this.take(line);
      if (text[stop] === "\r") {
        if (stop + 1 === end) this.afterCr = true;
        else if (text[stop + 1] === "\n") stop++;
      }
      at = stop + 1;
    }
  }
  take(line) {
    if (line === "") return this.dispatch();
    const colon = StringPrototypeIndexOf(line, ":");
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : StringPrototypeSlice(line, 0, colon);
    let value = colon < 0 ? "" : StringPrototypeSlice(line, colon + 1);
    if (value[0] === " ") value = StringPrototypeSlice(value, 1);
    switch (field) {
      case "event": this.type = value; break;
      case "data":
        this.data = this.any ? `${this.data}\n${value}` : value;
        this.any = true;
        break;
      case "id": if (StringPrototypeIndexOf(value, "\0") < 0) this.id = value; break;
      case "retry": if (RegExpPrototypeExec(/^[0-9]+$/, value) !== null) this.retry(Number(value)); break;
    }
  }
  dispatch() {
    const { data, type, any } = this;
    this.data = this.type = "";
    this.any = false;
    this.give(any ? type || "message" : null, data, this.id);
  }
}
record(Parser);

class State {
  constructor() {
    this.public = null;
    this.url = "";
    this.origin = "";
    this.ready = CONNECTING;
    this.credentials = false;
    this.fetcher = undefined;
    this.lastId = "";
    this.retryMs = RETRY_MS;
    this.timer = 0;
    this.controller = null; // of the fetch under way
    this.reader = null;
  }
}
record(State);

const fire = (s, event) => dispatch(s.public, trusted(event));

function close(s) {
  s.ready = CLOSED;
  if (s.timer !== 0) core.timerClear(s.timer);
  s.timer = 0;
  const { controller } = s;
  s.controller = null;
  if (controller !== null) lazy("events").abortSignal(controller, undefined);
}
function fail(s, message) {
  if (s.ready === CLOSED) return;
  close(s);
  const { ErrorEvent } = lazy("events_kinds");
  fire(s, new ErrorEvent("error", { __proto__: null, message, error: new TypeError(message) }));
}
// The connection has ended, or never was: once more, later.
function again(s) {
  if (s.ready === CLOSED) return;
  s.ready = CONNECTING;
  fire(s, new Event("error"));
  if (s.ready !== CONNECTING) return;
  s.timer = core.timer(s.retryMs, () => {
    s.timer = 0;
    connect(s);
  });
}

function listen(s, stream, ended) {
  const parser = new Parser((type, data, id) => {
    s.lastId = id;
    if (type === null || s.ready !== OPEN) return;
    const { MessageEvent } = lazy("events_kinds");
    fire(s, new MessageEvent(type, { __proto__: null, data, origin: s.origin, lastEventId: id }));
  }, (ms) => {
    s.retryMs = MathMin(ms, RETRY_MOST_MS);
  });
  parser.id = s.lastId;
  const reader = lazy("streams").reader(stream), decoder = new (lazy("encoding").TextDecoder)();
  const decode = (bytes) => decoder.decode(bytes, { __proto__: null, stream: true });
  const next = () => PromisePrototypeThen(reader.read(), ({ done, value }) => {
    if (s.ready !== OPEN) return;
    if (done) return ended();
    parser.feed(typeof value === "string" ? value : decode(value));
    return next();
  });
  PromisePrototypeThen(next(), undefined, () => ended());
}

function connect(s) {
  const list = { __proto__: null, accept: "text/event-stream", "cache-control": "no-cache" };
  if (s.lastId !== "") list["last-event-id"] = s.lastId;
  const signal = (s.controller = lazy("events").newSignal()), init = { __proto__: null, headers: list, signal };
  const asked = s.fetcher === undefined ? lazy("fetch").fetch(s.url, init) : s.fetcher.fetch(s.url, init);
  PromisePrototypeThen(PromiseResolve(asked), (response) => {
    if (s.ready === CLOSED) return;
    const type = response.headers.get("content-type") ?? "";
    if (response.status === 204) return fail(s, "The server asked not to be asked again.");
    if (response.status !== 200) return fail(s, `The response has the status ${response.status}.`);
    if (RegExpPrototypeExec(/^text\/event-stream(?:[ \t]*;|[ \t]*$)/, StringPrototypeToLowerCase(type)) === null)
      return fail(s, "The response is not of the type text/event-stream.");
    s.ready = OPEN;
    fire(s, new Event("open"));
    if (s.ready !== OPEN) return;
    if (response.body === null) return again(s);
    listen(s, response.body, () => again(s));
  }, () => again(s));
}

let stateOf;
function own(v) {
  const s = isObject(v) ? stateOf(v) : undefined;
  if (s === undefined) throw illegalInvocation();
  return s;
}

class EventSource extends EventTarget {
  #s;
  static {
    stateOf = (v) => (#s in v ? v.#s : undefined);
  }
  constructor(url, eventSourceInitDict = undefined) {
    if (url === kInternal) {
      super();
      this.#s = eventSourceInitDict;
      eventSourceInitDict.public = this;
      return;
    }
    required(arguments.length, 1, "EventSource");
    let parsed;
    const text = usvString(url), init = dictionary(eventSourceInitDict, "The init");
    try {
      parsed = internal.natives.parseURL(text);
    } catch {
      throw new (lazy("domexception").DOMException)(`Cannot open an EventSource to '${text}'. The URL is invalid.`, "SyntaxError");
    }
    if (init !== undefined && init.withCredentials)
      throw new (lazy("domexception").DOMException)("The init.withCredentials option is not supported. It must be false or undefined.", "NotSupportedError");
    core.needEvent("EventSource");
    super();
    const s = (this.#s = new State());
    s.public = this;
    s.url = parsed;
    s.origin = RegExpPrototypeExec(/^[a-z]+:\/\/[^/]*/, parsed)?.[0] ?? "null";
    s.fetcher = init?.fetcher;
    s.timer = core.timer(0, () => {
      s.timer = 0;
      connect(s);
    });
  }
  static from(stream) {
    const streams = lazy("streams");
    if (!streams.isReadableStream(stream)) throw new TypeError("EventSource.from() needs a ReadableStream.");
    if (streams.isLocked(stream) || streams.isDisturbed(stream)) throw new TypeError("This ReadableStream is disturbed.");
    const s = new State();
    s.ready = OPEN;
    const source = new EventSource(kInternal, s);
    listen(s, stream, () => fail(s, "The stream has ended."));
    return source;
  }
  get url() { return own(this).url; }
  get withCredentials() { return own(this).credentials; }
  get readyState() { return own(this).ready; }
  close() {
    close(own(this));
  }
  [SymbolDispose]() {
    close(own(this));
  }
}
constants(EventSource, { __proto__: null, CONNECTING, OPEN, CLOSED });
defineHandler(EventSource, "onopen");
defineHandler(EventSource, "onmessage");
defineHandler(EventSource, "onerror");
internal.shape(EventSource, "EventSource");

return { EventSource, Parser };
