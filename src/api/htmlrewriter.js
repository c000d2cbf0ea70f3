// HTMLRewriter: handlers for what selectors find in HTML that flows by. The work is done in C (html/rewriter.h), which says what
// there is to do next; here handlers are called, awaited, and bytes handed on. The tokens they get: htmlrewriter_tokens.js.
const {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayPrototypePush, Map, MapPrototypeDelete,
  MapPrototypeGet, PromisePrototypeThen, PromiseWithResolvers, ReflectApply, RegExpPrototypeExec, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypeError, Uint8Array, WeakMap, WeakMapPrototypeGet, WeakMapPrototypeSet,
} = primordials;
const lazy = internal.load, token = internal.token;
const { check, make, on, feed, feedFlow, finish, next, output, waiting, send, close, write } = natives;
internal.htmlrewriter = natives;

// enum html_event, enum html_what
const MORE = 0, FULL = 1, STREAM = 2, ON_ELEMENT = 3, ON_TEXT = 4, ON_COMMENT = 5, ON_DOCTYPE = 6, ON_END_TAG = 7, ON_END = 8, DONE = 9;
const ELEMENTS = 1, COMMENTS = 2, TEXTS = 4, DOCTYPES = 8, ENDS = 16;
const PIECE = 262144; // bytes that are here already are fed in such pieces; and how far a stream is read ahead
const AHEAD_CHUNKS = 16;

const isThenable = (v) => (typeof v === "object" && v !== null) || typeof v === "function";
const noop = () => {};

// --- Where the bytes come from: feed(handle) gives true, a promise when they must be awaited, and tells the end ------------------
class BytesInput {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  feed(handle) {
    const left = TypedArrayPrototypeGetByteLength(this.bytes) - this.at;
    if (left === 0) return finish(handle);
    const n = left < PIECE ? left : PIECE;
    feed(handle, new Uint8Array(TypedArrayPrototypeGetBuffer(this.bytes), TypedArrayPrototypeGetByteOffset(this.bytes) + this.at, n));
    this.at += n;
  }
  cancel() {}
}

// A body that is still in C, of a fetch() or of the request.
class FlowInput {
  constructor(handle, body) {
    this.flow = handle;
    this.signal = body.signal;
    this.onEnd = body.onEnd;
  }
  feed(handle) {
    let got;
    try {
      got = feedFlow(handle, this.flow);
    } catch (e) {
      throw this.problem(e);
    }
    if (got === true) return undefined;
    if (got === false) return this.onEnd === undefined ? undefined : this.onEnd();
    return PromisePrototypeThen(internal.core.op(got, this.flow), noop, (e) => {
      throw this.problem(e);
    });
  }
  problem(e) {
    return this.signal !== undefined && this.signal.aborted ? this.signal.reason : e;
  }
  cancel() {
    internal.natives.bodyCancel(this.flow);
  }
}

const { isBuffer, viewByteLength } = lazy("bytes");
// Of a chunk of a stream; -1: it is none.
const sizeOf = (v) => (ArrayBufferIsView(v) ? viewByteLength(v) : isBuffer(v) ? ArrayBufferPrototypeGetByteLength(v) : -1);
const notBytes = () =>
  new TypeError("This ReadableStream did not return bytes: a body's chunks must be ArrayBuffers or views of them.");

// A stream of JavaScript. It is read ahead a little from the start, as a pipe would, so that whoever writes into it need not
// wait for somebody to read the output; parsed is only what that asks for.
class StreamInput {
  constructor(stream) {
    this.reader = lazy("streams").reader(stream);
    this.queue = [];
    this.bytes = 0;
    this.ended = this.failed = this.reading = this.cancelled = false;
    this.problem = undefined;
    this.arrived = null;
    this.ahead();
  }
  async ahead() {
    if (this.reading) return;
    this.reading = true;
    try {
      while (!this.cancelled && !this.ended && this.queue.length < AHEAD_CHUNKS && this.bytes < PIECE) {
        const { done, value } = await this.reader.read();
        if (done) this.ended = true;
        else {
          const size = sizeOf(value);
          if (size < 0) throw notBytes();
          ArrayPrototypePush(this.queue, value);
          this.bytes += size;
        }
        this.arrived?.();
      }
    } catch (e) {
      this.failed = true;
      this.problem = e;
      this.arrived?.();
    }
    this.reading = false;
    if (this.cancelled) this.stop();
  }
  feed(handle) {
    if (this.queue.length > 0) {
      for (let i = 0; i < this.queue.length; i++) feed(handle, this.queue[i]);
      this.queue = [];
      this.bytes = 0;
      this.ahead();
      return undefined;
    }
    if (this.failed) throw this.problem;
    if (this.ended) return finish(handle);
    const { promise, resolve } = PromiseWithResolvers();
    this.arrived = resolve;
    this.ahead();
    return promise;
  }
  stop() {
    if (this.ended || this.failed) return;
    const p = this.reader.cancel(this.reason);
    if (p !== undefined) PromisePrototypeThen(p, noop, noop);
  }
  cancel(reason) {
    this.cancelled = true;
    this.reason = reason;
    if (!this.reading) this.stop();
  }
}

function inputOf(body) {
  const stream = body.stream, { kind, value } = lazy("body_more").outgoing(body);
  switch (kind) {
    case 1: return new BytesInput(lazy("encoding").encode(value));
    case 2: return new BytesInput(value);
    case 3: return new FlowInput(value, body);
    default: return new StreamInput(stream);
  }
}

// --- One document ---------------------------------------------------------------------------------------------------------------
class Run {
  constructor(handle, list, input) {
    this.handle = handle;
    this.list = list;
    this.input = input;
    this.streams = [];
    this.endTags = new Map();
    this.nextEnd = 1;
    this.inserting = null;
    this.cancelled = false;
    this.tokens = lazy("htmlrewriter_tokens");
  }
  // Calls the handler; a promise when it must be awaited.
  call(event, number) {
    const row = this.tokens[event - ON_ELEMENT], t = new row[0](token, this);
    let fn, self, result;
    if (event === ON_END_TAG) {
      fn = MapPrototypeGet(this.endTags, number);
      MapPrototypeDelete(this.endTags, number);
    } else {
      const handlers = this.list[number];
      self = handlers.self;
      fn = handlers[event];
    }
    try {
      result = ReflectApply(fn, self, [t]);
    } catch (e) {
      row[1](t);
      throw e;
    }
    if (isThenable(result)) return this.later(result, row[1], t);
    row[1](t);
    return undefined;
  }
  async later(result, end, t) {
    try {
      await result;
    } finally {
      end(t);
    }
  }
  // A chunk of the content stream whose place this is.
  async more() {
    const { reader, isHTML } = this.inserting, { done, value } = await reader.read();
    if (this.cancelled) return;
    if (done) this.inserting = null;
    else if (sizeOf(value) < 0) throw notBytes();
    if (!write(this.handle, done ? null : value, isHTML)) throw new TypeError("Parser error: Invalid UTF-8");
  }
  // Until there is output to take (false), or no more will come (true).
  async step() {
    const { handle } = this;
    while (!this.cancelled) {
      if (this.inserting !== null) {
        await this.more();
        if (waiting(handle)) return false;
        continue;
      }
      const code = next(handle), event = code & 15, number = code >> 4;
      let wait;
      if (event === FULL) return false;
      if (event === DONE) return true;
      if (event === MORE) {
        if (waiting(handle)) return false;
        wait = this.input.feed(handle);
      } else if (event === STREAM) {
        const { stream, isHTML } = this.streams[number];
        this.streams[number] = undefined;
        this.inserting = { __proto__: null, reader: lazy("streams").reader(stream), isHTML };
      } else wait = this.call(event, number);
      if (wait !== undefined) await wait;
    }
    return true;
  }
  async pull(controller) {
    try {
      const end = await this.step();
      if (this.cancelled) return;
      const bytes = output(this.handle);
      if (bytes !== null) controller.enqueue(bytes);
      if (!end) return;
      close(this.handle);
      controller.close();
    } catch (e) {
      this.input.cancel(e);
      throw e;
    }
  }
  cancel(reason) {
    this.cancelled = true;
    this.input.cancel(reason);
  }
  // To a client (or an origin) without streams in between: the bytes stay in C. The steps are those of pump() in body_more.js.
  async pump(to, onStop) {
    const { core } = internal, { sendable, sendEnd, sendError } = internal.natives;
    let stopped = false;
    const stop = () => {
      if (stopped) return;
      stopped = true;
      sendError(to);
      this.cancel(new TypeError("The client has disconnected."));
    };
    onStop(stop);
    try {
      for (let end = false; !end;) {
        end = await this.step();
        if (stopped) return;
        let more = send(this.handle, to);
        if (more === false) more = await core.op(sendable(to), to);
        if (stopped) return;
        if (more !== true) { // the client has gone
          stopped = true;
          return this.cancel(new TypeError("The client has disconnected."));
        }
      }
      stopped = true;
      sendEnd(to);
      const id = sendable(to);
      if (id !== 0) await core.op(id);
    } catch (e) {
      if (stopped) return;
      stopped = true;
      this.input.cancel(e);
      sendError(to);
      core.report(e);
    }
  }
}

const runs = new WeakMap(); // stream that transform() made -> its Run
// The run behind a stream that nobody has touched; the stream is locked and disturbed from now on. Else undefined.
function take(stream) {
  const run = WeakMapPrototypeGet(runs, stream), streams = lazy("streams");
  if (run === undefined || streams.isLocked(stream) || streams.isDisturbed(stream)) return undefined;
  streams.reader(stream);
  return run;
}
internal.rewriting = take;

// --- The class ------------------------------------------------------------------------------------------------------------------
const CHARSET = /;[ \t]*charset=[ \t]*(?:"([^"]*)"|([^;,"\s]+))/i;
function charsetOf(list) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== "content-type") continue;
    const m = RegExpPrototypeExec(CHARSET, list[i + 1]);
    if (m !== null) return m[1] ?? m[2];
  }
  return "utf-8";
}

// The functions of a handlers object, by event; `self` is the object, which is what they are called on.
function handlersOf(selector, object, names) {
  if ((typeof object !== "object" && typeof object !== "function") || object === null)
    throw new TypeError("The handlers of an HTMLRewriter must be an object.");
  const handlers = { __proto__: null, selector, self: object, what: 0 };
  for (let i = 0; i < names.length; i += 3) {
    const fn = object[names[i]];
    if (fn === undefined) continue;
    if (typeof fn !== "function") throw new TypeError(`The handler '${names[i]}' of an HTMLRewriter is not a function.`);
    handlers[names[i + 1]] = fn;
    handlers.what |= names[i + 2];
  }
  return handlers;
}
const OF_ELEMENTS = ["element", ON_ELEMENT, ELEMENTS, "comments", ON_COMMENT, COMMENTS, "text", ON_TEXT, TEXTS];
const OF_DOCUMENT = ["doctype", ON_DOCTYPE, DOCTYPES, "comments", ON_COMMENT, COMMENTS, "text", ON_TEXT, TEXTS, "end", ON_END, ENDS];

class HTMLRewriter {
  #list = [];
  on(selector, handlers) {
    if (arguments.length < 2) throw new TypeError("Failed to execute 'on' on 'HTMLRewriter': 2 arguments are required.");
    selector = `${selector}`;
    check(selector);
    ArrayPrototypePush(this.#list, handlersOf(selector, handlers, OF_ELEMENTS));
    return this;
  }
  onDocument(handlers) {
    ArrayPrototypePush(this.#list, handlersOf(null, handlers, OF_DOCUMENT));
    return this;
  }
  transform(response) {
    const list = this.#list, from = lazy("response");
    if (!from.isResponse(response))
      throw new TypeError("Failed to execute 'transform' on 'HTMLRewriter': parameter 1 is not of type 'Response'.");
    if (response.type === "error") throw new TypeError("HTMLRewriter cannot transform an error response");
    const { list: head, body, status, reason, encoded } = from.parts(response);
    if (body === null) return response;
    // Nothing may throw once the body is taken.
    const { isUnusable, USED } = lazy("body");
    if (isUnusable(body)) throw new TypeError(USED);
    const handle = make(charsetOf(head)), own = [], fields = [];
    for (let i = 0; i < list.length; i++) {
      on(handle, list[i].selector, list[i].what);
      own[i] = list[i];
    }
    for (let i = 0; i < head.length; i += 2) // its length will be another one
      if (head[i] !== "content-length") ArrayPrototypePush(fields, head[i], head[i + 1]);
    const run = new Run(handle, own, inputOf(body));
    const stream = lazy("streams").newNativeReadable({
      pull: (controller) => run.pull(controller),
      cancel: (reason) => run.cancel(reason),
    });
    WeakMapPrototypeSet(runs, stream, run);
    return new from.Response(stream, {
      __proto__: null, status, statusText: reason, headers: lazy("headers").fromList(fields), cf: response.cf,
      encodeBody: encoded ? "manual" : "automatic",
    });
  }
}
internal.shape(HTMLRewriter, "HTMLRewriter");
return { HTMLRewriter };
