// Workers KV (class KvNamespace): a namespace of the account's store (state/kv.h). Reads are done at once, in C, without a
// copy but the value's; writes end when they are on disk. Errors have the words of Workers.
const {
  ArrayBufferIsView, ArrayIsArray, ArrayPrototypePush, DateNow, Error, JSONParse, JSONStringify, Map, MapPrototypeSet,
  MathMin, MathTrunc, Number, NumberIsFinite, NumberIsNaN, PromiseReject, PromiseResolve, ReflectApply, TypeError,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { op, needEvent } = core;
const { read, readText, readMany, write, list, chunk } = natives;

const TEXT = 0, JSON = 1, BUFFER = 2, STREAM = 3; // as kv.c has them
const { kvTtlMin: MIN_TTL, kvBulk: BULK_KEYS, kvList: LIST_KEYS } = internal.limits;

const refuse = (method, status, text) => new Error(`KV ${method} failed: ${status} ${text}`);
const isObject = (v) => (typeof v === "object" && v !== null) || typeof v === "function";

// --- Reading ------------------------------------------------------------------------------------------------------------
function typeNumber(type) {
  switch (type) {
    case undefined: case "text": return TEXT;
    case "json": return JSON;
    case "arrayBuffer": return BUFFER;
    case "stream": return STREAM;
    default: throw new TypeError("Unknown response type. Possible types are \"text\", \"arrayBuffer\", \"json\", and \"stream\".");
  }
}
// The second argument of get(): a type, or { type, cacheTtl }.
function typeOf(options, method) {
  if (options === undefined || options === null) return TEXT;
  if (typeof options === "string") return typeNumber(options);
  if (!isObject(options)) return typeNumber(`${options}`);
  const { cacheTtl, type } = options;
  if (cacheTtl !== undefined && cacheTtl !== null && !(+cacheTtl >= MIN_TTL))
    throw refuse(method, 400, `Invalid cache_ttl of ${cacheTtl}. Cache TTL must be at least ${MIN_TTL}.`);
  return typeNumber(type === undefined || type === null ? undefined : `${type}`);
}

// A large value goes out piece by piece, out of memory that C holds.
function streamOf(held) {
  return lazy("streams").newNativeReadable({
    __proto__: null,
    pull(controller) {
      const piece = chunk(held);
      if (piece === null) controller.close();
      else controller.enqueue(piece);
    },
  });
}
function convert(v, how) {
  if (v === null) return null;
  return how === JSON ? JSONParse(v) : how === STREAM ? streamOf(v) : v;
}
const metadataOf = (text) => (text === null ? null : JSONParse(text));

function getMany(ns, keys, options, withMetadata) {
  const how = typeOf(options, "GET_BULK"), args = [ns];
  if (how > JSON) {
    const type = how === BUFFER ? "arrayBuffer" : "stream";
    throw refuse("GET_BULK", 400, `"${type}" is not a valid type. Use "json" or "text"`);
  }
  const count = keys.length;
  if (count > BULK_KEYS) throw refuse("GET_BULK", 400, `You can request a maximum of ${BULK_KEYS} keys`);
  if (count < 1) throw refuse("GET_BULK", 400, "You must request a minimum of 1 key");
  for (let i = 0; i < count; i++) ArrayPrototypePush(args, `${keys[i]}`);
  const found = ReflectApply(readMany, undefined, args), all = new Map();
  for (let i = 0; i < count; i++) {
    let value = found[2 * i];
    if (value !== null && how === JSON) {
      try {
        value = JSONParse(value);
      } catch {
        throw refuse("GET_BULK", 400, "At least one of the requested keys corresponds to a non-json value");
      }
    }
    MapPrototypeSet(all, args[i + 1], withMetadata ? { value, metadata: metadataOf(found[2 * i + 1]), cacheStatus: null } : value);
  }
  return all;
}

// --- Writing ------------------------------------------------------------------------------------------------------------
// parseInt of what the author gave: Workers send it as text.
const integer = (v) => MathTrunc(Number(v));

function expirationOf(options) {
  const { expiration, expirationTtl } = options, now = MathTrunc(DateNow() / 1000);
  if (expirationTtl !== undefined && expirationTtl !== null) {
    const ttl = integer(expirationTtl);
    if (!NumberIsFinite(ttl) || ttl <= 0)
      throw refuse("PUT", 400, `Invalid expiration_ttl of ${expirationTtl}. Please specify integer greater than 0.`);
    if (ttl < MIN_TTL)
      throw refuse("PUT", 400, `Invalid expiration_ttl of ${expirationTtl}. Expiration TTL must be at least ${MIN_TTL}.`);
    return now + ttl;
  }
  if (expiration === undefined || expiration === null) return 0;
  const at = integer(expiration);
  if (!NumberIsFinite(at) || at <= now)
    throw refuse("PUT", 400, `Invalid expiration of ${expiration}. Please specify integer greater than the current number of seconds since the UNIX epoch.`);
  if (at < now + MIN_TTL)
    throw refuse("PUT", 400, `Invalid expiration of ${expiration}. Expiration times must be at least ${MIN_TTL} seconds in the future.`);
  return at;
}

async function put(ns, key, value, options) {
  let expires = 0, metadata = "";
  natives.checkKey(key, "PUT");
  if (options !== undefined && options !== null) {
    if (!isObject(options)) throw new TypeError("KV put() options must be an object.");
    expires = MathMin(expirationOf(options), 9007199254740991);
    if (options.metadata !== undefined && options.metadata !== null) metadata = JSONStringify(options.metadata) ?? "";
  }
  if (typeof value !== "string" && isObject(value)) {
    if (lazy("streams").isReadableStream(value)) {
      const body = lazy("body");
      value = await body.consume(body.extract(value), 2, null); // as bytes (enum collect)
    } else if (!ArrayBufferIsView(value) && !lazy("bytes").isBuffer(value))
      throw new TypeError("KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.");
  } else value = `${value}`;
  return op(write(ns, key, value, expires, metadata));
}

// --- Listing ------------------------------------------------------------------------------------------------------------
function page(ns, options) {
  let prefix = "", cursor = "", limit = LIST_KEYS;
  if (options !== undefined && options !== null) {
    if (!isObject(options)) throw new TypeError("KV list() options must be an object.");
    if (options.limit !== undefined && options.limit !== null) {
      const n = integer(options.limit);
      if (n < 0 || NumberIsNaN(n)) throw refuse("GET", 400, `Invalid key_count_limit of ${options.limit}. Please specify an integer greater than 0.`);
      if (n > LIST_KEYS) throw refuse("GET", 400, `Invalid key_count_limit of ${options.limit}. Please specify an integer less than ${LIST_KEYS}.`);
      if (n > 0) limit = n;
    }
    if (options.prefix !== undefined && options.prefix !== null) prefix = `${options.prefix}`;
    if (options.cursor !== undefined && options.cursor !== null) cursor = `${options.cursor}`;
  }
  const flat = list(ns, prefix, cursor, limit), keys = [];
  for (let i = 1; i < flat.length; i += 3) {
    const key = { name: flat[i] };
    if (flat[i + 1] !== 0) key.expiration = flat[i + 1];
    if (flat[i + 2] !== null) key.metadata = JSONParse(flat[i + 2]);
    ArrayPrototypePush(keys, key);
  }
  if (flat[0] === null) return { keys, list_complete: true, cacheStatus: null };
  return { keys, list_complete: false, cursor: flat[0], cacheStatus: null };
}

// --- The class ----------------------------------------------------------------------------------------------------------
const illegal = () => new TypeError("Illegal invocation");
function need(given, wanted, name) {
  if (given < wanted)
    throw new TypeError(`Failed to execute '${name}' on 'KvNamespace': ${wanted} argument${wanted > 1 ? "s" : ""} required, but only ${given} present.`);
}

class KvNamespace {
  #ns; // its number in kv.c
  constructor(t, ns) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#ns = ns;
  }
  get(key, options = undefined) {
    if (!(#ns in this)) throw illegal();
    try {
      needEvent("KV get");
      if (typeof key === "string" && options === undefined) return PromiseResolve(readText(this.#ns, key));
      need(arguments.length, 1, "get");
      if (ArrayIsArray(key)) return PromiseResolve(getMany(this.#ns, key, options, false));
      const how = typeOf(options, "GET");
      return PromiseResolve(convert(read(this.#ns, `${key}`, how), how));
    } catch (e) {
      return PromiseReject(e);
    }
  }
  getWithMetadata(key, options = undefined) {
    if (!(#ns in this)) throw illegal();
    try {
      needEvent("KV getWithMetadata");
      need(arguments.length, 1, "getWithMetadata");
      if (ArrayIsArray(key)) return PromiseResolve(getMany(this.#ns, key, options, true));
      const how = typeOf(options, "GET"), found = read(this.#ns, `${key}`, how | 4); // with metadata
      return PromiseResolve(found === null ? { value: null, metadata: null, cacheStatus: null }
        : { value: convert(found[0], how), metadata: metadataOf(found[1]), cacheStatus: null });
    } catch (e) {
      return PromiseReject(e);
    }
  }
  put(key, value, options = undefined) {
    if (!(#ns in this)) throw illegal();
    try {
      needEvent("KV put");
      need(arguments.length, 2, "put");
      return put(this.#ns, `${key}`, value, options);
    } catch (e) {
      return PromiseReject(e);
    }
  }
  delete(key) {
    if (!(#ns in this)) throw illegal();
    try {
      needEvent("KV delete");
      need(arguments.length, 1, "delete");
      key = `${key}`;
      natives.checkKey(key, "DELETE");
      return op(write(this.#ns, key));
    } catch (e) {
      return PromiseReject(e);
    }
  }
  list(options = undefined) {
    if (!(#ns in this)) throw illegal();
    try {
      needEvent("KV list");
      return PromiseResolve(page(this.#ns, options));
    } catch (e) {
      return PromiseReject(e);
    }
  }
}
internal.shape(KvNamespace, "KvNamespace");

const make = (name, id) => new KvNamespace(token, natives.open(id));
return { KvNamespace, make };
