// fetch() (Fetch section 5.6): a request as a message to edge, which owns the network.
const { JSONStringify, PromisePrototypeThen, RegExpPrototypeExec, StringPrototypeToLowerCase, TypeError, Promise } = primordials;
const lazy = internal.load, core = internal.core;
const { answer, cancel } = internal.natives;
const { Request, parts } = lazy("request");
const { fetched } = lazy("response");
const { join } = lazy("headers");
const { STREAM } = lazy("body");
const { outgoing, pump } = lazy("body_more");

const MANUAL = 1, FAIL = 2, UPGRADE = 64; // HEAD_REDIRECT_*, HEAD_UPGRADE

function wantsSocket(list) {
  for (let i = 0; i < list.length; i += 2)
    if (list[i] === "upgrade") return StringPrototypeToLowerCase(list[i + 1]) === "websocket";
  return false;
}
const SERVICE = 128; // HEAD_SERVICE

// Waits for the answer to what `handle` asked; an aborted signal ends it, and the body that comes with it. Resolves to what
// answer() gives. `listen` gets a function that ends the listening.
function exchange(handle, signal, listen) {
  return new Promise((ok, fail) => {
    if (signal !== null && signal !== undefined) {
      const { onAbort, offAbort } = lazy("events");
      const stop = (reason) => {
        fail(reason);
        cancel(handle);
      };
      onAbort(signal, stop);
      if (listen !== undefined) listen(() => offAbort(signal, stop));
    }
    core.wait(answer(handle), ok, fail, handle);
  });
}

// service: whom to ask in place of the network (service.js); undefined: nobody. upgrade: the answer may be a WebSocket.
function send(request, service, upgrade = false) {
  const r = parts(request), { signal } = r;
  if (signal !== null && signal.aborted) throw signal.reason;
  if (service === undefined && RegExpPrototypeExec(/^https?:/, r.url) === null) {
    if (RegExpPrototypeExec(/^(?:data|blob):/, r.url) !== null) return lazy("fetch_local").fetchLocal(r);
    throw new TypeError(`Fetch API cannot load: ${r.url}`);
  }
  if (r.cache === "no-store" && typeof r.cf === "object" && r.cf !== null && r.cf.cacheTtl !== undefined && r.cf.cacheTtl !== -1)
    throw new TypeError(`cf.cacheTtl: ${r.cf.cacheTtl}, is not compatible with cache: no-store.`);
  const event = core.eventNow();
  if (event !== null) core.countFetch(event);
  let kind = 0, value = null, length = -1;
  const stream = r.body === null ? null : r.body.stream;
  if (r.body !== null) ({ kind, value, length } = outgoing(r.body));
  let flags = r.redirect === "manual" ? MANUAL : r.redirect === "error" ? FAIL : 0;
  if (upgrade || (kind === 0 && wantsSocket(r.list))) flags |= UPGRADE;
  const cf = r.cf === undefined || r.cf === null ? "" : JSONStringify(r.cf) ?? "";
  const handle = service === undefined
    ? internal.natives.fetch(r.method, r.url, join(r.list), flags, cf, kind, value, length)
    : internal.natives.fetch(r.method, r.url, join(r.list), SERVICE | (flags & UPGRADE), cf, kind, value, length, service);
  if (kind === STREAM) PromisePrototypeThen(pump(stream, handle, () => {}), undefined, () => {});
  let unlisten = null;
  return PromisePrototypeThen(exchange(handle, signal, (fn) => (unlisten = fn)), () => {
    const response = fetched(handle);
    if (unlisten === null) return response;
    const b = bodyOf(response);
    if (b === null || b.inline) unlisten();
    else {
      b.signal = signal; // reads that fail are the abort's then
      b.onEnd = unlisten;
    }
    return response;
  }, (e) => {
    if (unlisten !== null) unlisten();
    throw e;
  });
}
const bodyOf = (response) => lazy("response").parts(response).body;

async function fetch(input, init = undefined) {
  core.needEvent("fetch");
  if (arguments.length === 0) throw new TypeError("Failed to execute 'fetch': 1 argument required, but only 0 present.");
  return send(new Request(input, init));
}

return { fetch, exchange, send };
