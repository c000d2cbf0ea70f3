// fetch() (Fetch section 5.6): a request as a message to edge, which owns the network.
const { JSONStringify, PromisePrototypeThen, RegExpPrototypeExec, TypeError, Promise } = primordials;
const lazy = internal.load, core = internal.core;
const { answer, cancel } = internal.natives;
const { Request, parts } = lazy("request");
const { fetched } = lazy("response");
const { join } = lazy("headers");
const { STREAM } = lazy("body");
const { outgoing, pump } = lazy("body_more");

const MANUAL = 1, FAIL = 2; // HEAD_REDIRECT_*

// Waits for the answer to what `handle` asked; an aborted signal ends it. Resolves to what answer() gives.
function exchange(handle, signal) {
  return new Promise((ok, fail) => {
    if (signal === null || signal === undefined) {
      core.wait(answer(handle), ok, fail);
      return;
    }
    const { onAbort } = lazy("events");
    onAbort(signal, (reason) => {
      fail(reason);
      cancel(handle); // the body too, when the answer has come
    });
    core.wait(answer(handle), ok, fail);
  });
}

function send(request) {
  const r = parts(request), { signal } = r;
  if (signal !== null && signal.aborted) throw signal.reason;
  if (RegExpPrototypeExec(/^https?:/, r.url) === null) throw new TypeError(`Fetch API cannot load: ${r.url}`);
  const event = core.eventNow();
  if (event !== null) core.countFetch(event);
  let kind = 0, value = null, length = -1;
  const stream = r.body === null ? null : r.body.stream;
  if (r.body !== null) ({ kind, value, length } = outgoing(r.body));
  const flags = r.redirect === "manual" ? MANUAL : r.redirect === "error" ? FAIL : 0;
  const cf = r.cf === undefined || r.cf === null ? "" : JSONStringify(r.cf) ?? "";
  const handle = internal.natives.fetch(r.method, r.url, join(r.list), flags, cf, kind, value, length);
  if (kind === STREAM) PromisePrototypeThen(pump(stream, handle, () => {}), undefined, () => {});
  return PromisePrototypeThen(exchange(handle, signal), (text) => {
    const response = fetched(text, handle, true);
    const b = signal === null ? null : bodyOf(response);
    if (b !== null) b.signal = signal; // reads that fail are the abort's then
    return response;
  });
}
const bodyOf = (response) => lazy("response").parts(response).body;

async function fetch(input, init = undefined) {
  core.needEvent("fetch");
  if (arguments.length === 0) throw new TypeError("Failed to execute 'fetch': 1 argument required, but only 0 present.");
  return send(new Request(input, init));
}

return { fetch, exchange };
