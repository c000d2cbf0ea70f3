// The Cache API of Workers: caches.default, caches.open(). The cache itself and its rules live in edge; here are the checks
// that put() makes before anything is sent, and the way of heads and bodies.
const {
  Map, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet, PromisePrototypeThen, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeTrim, TypeError,
} = primordials;
const lazy = internal.load, token = internal.token, core = internal.core;
const { answer } = internal.natives;
const { Request, isRequest, parts, stateOf, textOf, offsetOf } = lazy("request");
const { join, get } = lazy("headers");

const IGNORE_METHOD = 32, ENCODED = 8; // HEAD_* of link/head.h

function need(given, wanted, name) {
  if (given < wanted)
    throw new TypeError(`Failed to execute '${name}' on 'Cache': ${wanted} argument${wanted > 1 ? "s" : ""} required, but only ${given} present.`);
}
// The request that names an entry, as parts().
function keyOf(input) {
  let r;
  if (isRequest(input)) r = parts(input);
  else {
    try {
      r = parts(new Request(input));
    } catch {
      throw new TypeError("Invalid URL. Cache API keys must be fully-qualified, valid URLs.");
    }
  }
  if (RegExpPrototypeExec(/^https?:/, r.url) === null) throw new TypeError("Invalid URL. Cache API keys must have an http or https URL.");
  const hash = StringPrototypeIndexOf(r.url, "#");
  if (hash >= 0) r.url = StringPrototypeSlice(r.url, 0, hash);
  return r;
}
function count() {
  const event = core.eventNow();
  if (event !== null) core.countFetch(event);
}
function ignoresMethod(options) {
  if (options === undefined || options === null) return false;
  if (typeof options !== "object" && typeof options !== "function") throw new TypeError("The cache query options are not an object.");
  return !!options.ignoreMethod;
}
function variesOnAll(list) {
  const vary = get(list, "vary");
  if (vary === null) return false;
  const names = StringPrototypeSplit(vary, ",");
  for (let i = 0; i < names.length; i++) if (StringPrototypeTrim(names[i]) === "*") return true;
  return false;
}

let store;
class Cache {
  #name;
  constructor(t = undefined, name) {
    if (t !== token) throw new TypeError("Illegal constructor");
    this.#name = name;
  }
  async match(request, options = undefined) {
    const name = this.#name;
    core.needEvent("cache.match");
    need(arguments.length, 1, "match");
    const ignore = ignoresMethod(options), flags = ignore ? IGNORE_METHOD : 0;
    let handle;
    // A client's request cannot have changed: C takes its head as it is.
    if (isRequest(request) && textOf(request) !== null) {
      if (!ignore && stateOf(request).method !== "GET") return undefined;
      count();
      handle = natives.matchPacked(name, textOf(request), offsetOf(request), flags);
    } else {
      const r = keyOf(request);
      if (!ignore && r.method !== "GET") return undefined;
      count();
      handle = natives.match(name, r.method, r.url, join(r.list), flags);
    }
    return (await core.op(answer(handle), handle)) === true ? lazy("response").fetched(handle) : undefined;
  }
  async put(request, response) {
    const name = this.#name;
    core.needEvent("cache.put");
    need(arguments.length, 2, "put");
    const { isResponse } = lazy("response");
    if (!isResponse(response)) throw new TypeError("Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.");
    return store(name, keyOf(request), lazy("response").parts(response));
  }
  async delete(request, options = undefined) {
    const name = this.#name;
    core.needEvent("cache.delete");
    need(arguments.length, 1, "delete");
    const ignore = ignoresMethod(options), r = keyOf(request);
    if (!ignore && r.method !== "GET") return false;
    count();
    const handle = natives.remove(name, r.method, r.url, join(r.list), ignore ? IGNORE_METHOD : 0);
    await core.op(answer(handle), handle);
    return natives.found(handle);
  }
}
internal.shape(Cache, "Cache");

store = async (name, r, response) => {
  if (r.method !== "GET") throw new TypeError("Cannot cache response to non-GET request.");
  if (response.status === 206) throw new TypeError("Cannot cache response to a range request (206 Partial Content).");
  if (variesOnAll(response.list)) throw new TypeError("Cannot cache response with 'Vary: *' header.");
  const body = lazy("body"), b = response.body;
  if (b !== null && body.isUnusable(b)) throw new TypeError(body.USED);
  if (response.status === 304 || response.status === 0) return; // says nothing about the resource
  count();
  let kind = 0, value = null, length = -1;
  const stream = b === null ? null : b.stream;
  if (b !== null) ({ kind, value, length } = body.outgoing(b));
  const handle = natives.put(name, r.method, r.url, join(r.list), 0, response.status, response.reason, join(response.list),
    response.encoded ? ENCODED : 0, kind, value, length);
  const done = core.op(answer(handle), handle);
  if (kind === body.STREAM) PromisePrototypeThen(body.pump(stream, handle, () => {}, true), undefined, () => {});
  await done;
};

let isStorage;
const open = new Map();
class CacheStorage {
  #default = new Cache(token, "");
  constructor(t = undefined) {
    if (t !== token) throw new TypeError("Illegal constructor");
  }
  get default() {
    return this.#default;
  }
  async open(name) {
    this.#default;
    if (arguments.length === 0) throw new TypeError("Failed to execute 'open' on 'CacheStorage': 1 argument required, but only 0 present.");
    const key = `${name}`;
    let cache = MapPrototypeGet(open, key);
    if (cache === undefined) {
      cache = new Cache(token, key);
      if (MapPrototypeGetSize(open) < 100) MapPrototypeSet(open, key, cache);
    }
    return cache;
  }
}
internal.shape(CacheStorage, "CacheStorage");

return { Cache, CacheStorage, caches: new CacheStorage(token) };
