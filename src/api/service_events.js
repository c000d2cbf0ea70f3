// scheduled() and queue() of a service binding (compatibility flag service_binding_extra_handlers): the handlers of these names are
// called as by their trigger, and what came of it is told. The call travels as one of a method does (service.js, rpc.js).
const {
  ArrayBufferIsView, ArrayIsArray, ArrayPrototypePush, Date, DateNow, DatePrototypeGetTime, Error, Number, NumberIsFinite, String, TypeError,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;

const isRecord = (v) => typeof v === "object" && v !== null;
const delayOf = (options) => (isRecord(options) && options.delaySeconds !== undefined ? Number(options.delaySeconds) : undefined);
const timeOf = (v) => {
  const time = typeof v === "object" && v !== null ? DatePrototypeGetTime(v) : Number(v);
  if (!NumberIsFinite(time)) throw new TypeError("The time is not a Date and not a number of milliseconds.");
  return time;
};

// --- The caller's side: arguments as records of plain values -------------------------------------------------------------------------
function scheduledArgs(options) {
  const time = isRecord(options) ? options.scheduledTime : undefined, cron = isRecord(options) ? options.cron : undefined;
  return [{ time: time === undefined ? DateNow() : timeOf(time), cron: cron === undefined ? "" : String(cron) }];
}
function queueArgs(name, messages, metadata) {
  if (!ArrayIsArray(messages)) throw new TypeError("Failed to execute 'queue' on 'Fetcher': parameter 2 is not an array of messages.");
  const all = [];
  for (let i = 0; i < messages.length; i++) {
    const m = messages[i], given = isRecord(m) ? m : {};
    if ((given.body === undefined) === (given.serializedBody === undefined))
      throw new TypeError("Expected one of body or serializedBody for each message");
    ArrayPrototypePush(all, {
      id: String(given.id), time: timeOf(given.timestamp), attempts: Number(given.attempts), body: given.body, serialized: given.serializedBody,
    });
  }
  const metrics = isRecord(metadata) && isRecord(metadata.metrics) ? metadata.metrics : {}, oldest = metrics.oldestMessageTimestamp;
  return [String(name), all, {
    count: Number(metrics.backlogCount ?? 0), bytes: Number(metrics.backlogBytes ?? 0), oldest: oldest === undefined ? undefined : timeOf(oldest),
  }];
}
const argsOf = (kind, given) => (kind === "scheduled" ? scheduledArgs(given[0]) : queueArgs(given[0], given[1], given[2]));

// --- A batch of messages ---------------------------------------------------------------------------------------------------------------
// What a consumer decided. The first decision about a message stands, and goes before one about the batch.
class Decisions {
  constructor() {
    this.ackAll = false;
    this.retryAll = false;
    this.delay = undefined;
    this.acked = [];
    this.retried = [];
    this.decided = new internal.SafeMap();
  }
  decide(id) {
    if (this.decided.has(id)) return false;
    this.decided.set(id, true);
    return true;
  }
}
lazy("webidl").record(Decisions);
const withDelay = (o, delay) => {
  if (delay !== undefined) o.delaySeconds = delay;
  return o;
};

class Message {
  #m;
  #decisions;
  constructor(t, m, decisions) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#m = m;
    this.#decisions = decisions;
  }
  get id() { return this.#m.id; }
  get timestamp() { return this.#m.timestamp; }
  get body() { return this.#m.body; }
  get attempts() { return this.#m.attempts; }
  ack() {
    const d = this.#decisions;
    if (d.decide(this.#m.id)) ArrayPrototypePush(d.acked, this.#m.id);
  }
  retry(options = undefined) {
    const d = this.#decisions, delay = delayOf(options);
    if (d.decide(this.#m.id)) ArrayPrototypePush(d.retried, withDelay({ msgId: this.#m.id }, delay));
  }
}
internal.shape(Message, "Message");

class MessageBatch {
  #queue;
  #messages;
  #metadata;
  #decisions;
  constructor(t, queue, messages, metadata, decisions) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#queue = queue;
    this.#messages = messages;
    this.#metadata = metadata;
    this.#decisions = decisions;
  }
  get messages() { return this.#messages; }
  get queue() { return this.#queue; }
  get metadata() { return this.#metadata; }
  ackAll() {
    const d = this.#decisions;
    if (!d.retryAll) d.ackAll = true;
  }
  retryAll(options = undefined) {
    const d = this.#decisions, delay = delayOf(options);
    if (d.ackAll || d.retryAll) return;
    d.retryAll = true;
    d.delay = delay;
  }
}
internal.shape(MessageBatch, "MessageBatch");

// serializedBody: bytes in the form of wire.js.
function bodyOf(m) {
  if (m.serialized === undefined) return m.body;
  const bytes = lazy("bytes").asBytes(m.serialized);
  if (bytes === undefined || (!ArrayBufferIsView(m.serialized) && !lazy("bytes").isBuffer(m.serialized)))
    throw new TypeError("serializedBody is neither an ArrayBuffer nor a view of one.");
  try {
    return lazy("wire").decode(bytes);
  } catch {
    throw new (lazy("domexception").DOMException)("Unable to deserialize cloned data.", "DataCloneError");
  }
}
function batchOf(args, decisions) {
  const messages = [], metrics = args[2];
  for (let i = 0; i < args[1].length; i++) {
    const m = args[1][i];
    ArrayPrototypePush(messages, new Message(token, {
      __proto__: null, id: m.id, timestamp: new Date(m.time), attempts: m.attempts, body: bodyOf(m),
    }, decisions));
  }
  const metadata = {
    metrics: {
      backlogCount: metrics.count, backlogBytes: metrics.bytes,
      oldestMessageTimestamp: metrics.oldest === undefined ? undefined : new Date(metrics.oldest),
    },
  };
  return new MessageBatch(token, args[0], messages, metadata, decisions);
}

// --- The side that is called --------------------------------------------------------------------------------------------------------------
// A root for rpc.js's serve(): the handlers of `object`, an instance of a class of entrypoints or an object of handlers.
class Events {
  constructor(object, isClass, env, ctx) {
    this.object = object;
    this.isClass = isClass;
    this.env = env;
    this.ctx = ctx;
  }
  async deliver(path, args) {
    const kind = path[0];
    if (path.length !== 1 || !ArrayIsArray(args) || (kind !== "scheduled" && kind !== "queue")) throw new TypeError("This message of another Worker is malformed.");
    if (typeof this.object[kind] !== "function") throw new Error(`Handler does not export a ${kind}() function.`);
    return kind === "scheduled" ? this.scheduled(args[0]) : this.queue(args);
  }
  // "ok", or "exception" when the handler threw; then it is in the log.
  async run(kind, event) {
    try {
      await (this.isClass ? this.object[kind](event) : this.object[kind](event, this.env, this.ctx));
      return "ok";
    } catch (e) {
      core.report(e);
      return "exception";
    }
  }
  async scheduled({ time, cron }) {
    const { newScheduled, isNotRetried } = lazy("worker"), controller = newScheduled(time, cron);
    const outcome = await this.run("scheduled", controller);
    return { outcome, noRetry: isNotRetried(controller) };
  }
  async queue(args) {
    const decisions = new Decisions();
    let batch, outcome = "exception";
    try {
      batch = batchOf(args, decisions);
    } catch (e) {
      core.report(e);
    }
    if (batch !== undefined) outcome = await this.run("queue", batch);
    return {
      outcome, ackAll: decisions.ackAll, retryBatch: withDelay({ retry: decisions.retryAll }, decisions.delay), explicitAcks: decisions.acked,
      retryMessages: decisions.retried,
    };
  }
}
lazy("webidl").record(Events);

return { argsOf, Events };
