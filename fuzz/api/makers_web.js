// Well-formed things of the Web APIs in every state they may be in: what members are called on. Each maker takes randomness; one that gives a
// promise is waited for elsewhere (world.js). Runs inside the isolate.
import { connect } from "cloudflare:sockets";
import { RpcTarget } from "cloudflare:workers";
import module from "random.wasm";

const drain = (r, stream) => (async () => { const reader = stream.getReader(); for (let i = r.below(5); i > 0; i--) await reader.read(); })().catch(() => {});

export function webMakers(w) {
  const { randomness } = w;
  const V = (r, name) => w.values.value(r, name, 2);
  const S = (r) => w.values.string(r);
  const B = (r) => w.values.buffer(r);
  const bytes = (r) => { const b = B(r); return b instanceof ArrayBuffer || b.buffer?.resizable ? new Uint8Array(8) : b; };
  const F = (r) => w.values.callback(r);
  let instance;
  w.memory = () => (w.wasmMemory ??= new WebAssembly.Memory({ initial: 1, maximum: 4 }));

  // -- streams ------------------------------------------------------------------------------------------------------------------------
  function source(r, byte) {
    const seed = r.seed();
    const act = (c) => {
      const k = randomness(seed + w.calls++);
      w.keep(c);
      if (c.byobRequest && k.chance(0.7)) {
        w.keep(c.byobRequest);
        const { view } = c.byobRequest;
        w.keep(view);
        if (k.chance(0.2)) w.side(k);
        if (k.chance(0.4)) return c.byobRequest.respond(k.below(view.byteLength + 2));
        if (k.chance(0.3)) return c.byobRequest.respondWithNewView(k.chance(0.5) ? view.subarray(0, k.below(9)) : B(k));
      }
      switch (k.below(8)) {
        case 0: return c.close();
        case 1: return c.error(w.thrown);
        case 2: return w.side(k);
        case 3: return w.tick(1).then(() => c.enqueue(byte ? B(k) : V(k, "chunk")));
        case 4: return undefined;
        default: return c.enqueue(byte ? bytes(k) : V(k, "chunk"));
      }
    };
    const out = { pull: act };
    if (r.chance(0.4)) out.start = act;
    if (r.chance(0.4)) out.cancel = F(r);
    if (byte) out.type = "bytes";
    if (byte && r.chance(0.3)) out.autoAllocateChunkSize = r.pick([1, 8, 1024]);
    return out;
  }
  const strategy = (r) => r.pick([undefined, {}, { highWaterMark: r.pick([0, 1, 10, Infinity]) }, new CountQueuingStrategy({ highWaterMark: 2 }), new ByteLengthQueuingStrategy({ highWaterMark: 100 }), { size: F(r), highWaterMark: 3 }]);
  const sink = (r) => r.pick([undefined, {}, { write: F(r) }, { write: F(r), close: F(r), abort: F(r), start: F(r) }, { start: (c) => w.keep(c), write() { throw w.thrown; } }]);
  const transformer = (r) => r.pick([undefined, {}, { transform: F(r), flush: F(r) }, { start: (c) => w.keep(c), transform: (chunk, c) => { w.keep(c); c.enqueue(chunk); if (r.chance(0.2)) w.side(r); } }]);
  function spoil(r, s) {
    if (s.readable) w.keep(s.readable), w.keep(s.writable);
    if (r.chance(0.15) && s.cancel) w.quiet(s.cancel("spoilt"));
    if (r.chance(0.1) && s.tee) s.tee().forEach(w.keep);
    if (r.chance(0.1) && s.getReader) drain(r, s);
    if (r.chance(0.15) && s.getWriter) { const x = s.getWriter(); for (let i = 0; i < 3; i++) w.quiet(x.write(V(r, "chunk"))); if (r.chance(0.5)) x.releaseLock(); }
    return s;
  }
  const readable = (r) => spoil(r, r.pick([
    () => new ReadableStream(source(r, false), strategy(r)), () => new ReadableStream(source(r, true), r.pick([undefined, { highWaterMark: 10 }])), () => new Response(V(r, "body")).body, () => w.values.buffer && new Blob([B(r), S(r)]).stream(),
    () => ReadableStream.from([1, "a", new Uint8Array(3)]), () => new IdentityTransformStream().readable, () => new CompressionStream("gzip").readable, () => new Request("http://a.test", { method: "POST", body: S(r) }).body,
    () => w.lateStream ?? new ReadableStream(),
  ])());
  const transform = (r) => spoil(r, r.pick([
    () => new TransformStream(transformer(r), strategy(r), strategy(r)), () => new IdentityTransformStream(), () => new FixedLengthStream(r.below(20)), () => new TextEncoderStream(), () => new TextDecoderStream(r.pick(["utf-8", "shift_jis", "utf-16le"])),
    () => new CompressionStream(r.pick(["gzip", "deflate", "deflate-raw", "brotli", "zstd"])), () => new DecompressionStream(r.pick(["gzip", "deflate", "deflate-raw", "brotli", "zstd"])),
  ])());
  const writable = (r) => spoil(r, r.pick([() => new WritableStream(sink(r), strategy(r)), () => transform(r).writable, () => new crypto.DigestStream(r.pick(["SHA-256", "MD5"]))])());

  // -- keys ---------------------------------------------------------------------------------------------------------------------------
  const generated = [
    [{ name: "AES-GCM", length: 128 }, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]], [{ name: "AES-CBC", length: 256 }, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]], [{ name: "AES-CTR", length: 128 }, ["encrypt", "decrypt"]],
    [{ name: "AES-KW", length: 128 }, ["wrapKey", "unwrapKey"]], [{ name: "HMAC", hash: "SHA-256" }, ["sign", "verify"]], [{ name: "ECDSA", namedCurve: "P-256" }, ["sign", "verify"]], [{ name: "ECDSA", namedCurve: "P-521" }, ["sign", "verify"]],
    [{ name: "ECDH", namedCurve: "P-256" }, ["deriveBits", "deriveKey"]], [{ name: "Ed25519" }, ["sign", "verify"]], [{ name: "X25519" }, ["deriveBits"]],
    [{ name: "RSA-PSS", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, ["sign", "verify"]], [{ name: "RSA-OAEP", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" }, ["encrypt", "decrypt"]],
  ];
  const cryptoKey = async (r) => {
    if (r.chance(0.3)) return crypto.subtle.importKey("raw", new Uint8Array(r.pick([0, 1, 16, 32])), r.pick(["PBKDF2", "HKDF"]), false, ["deriveBits", "deriveKey"]);
    const [algorithm, usages] = r.pick(generated);
    const made = await crypto.subtle.generateKey(algorithm, r.chance(0.7), usages);
    return made.privateKey ? (r.chance(0.5) ? made.privateKey : made.publicKey) : made;
  };

  // -- HTML ---------------------------------------------------------------------------------------------------------------------------
  const html = "<!doctype html><html><head><title>a &amp; b</title></head><body class='c'><p id=x>text<a href='/y'>link</a><!-- comment --><br/><script>if (a<b) {}</script></body></html>";
  const rewriter = (r) => {
    const seed = r.seed();
    const act = (token) => { const k = randomness(seed + w.calls++); w.keep(token); w.poke(k, token); if (k.chance(0.2)) w.side(k); if (k.chance(0.1)) throw w.thrown; if (k.chance(0.2)) return w.tick(0).then(() => w.poke(k, token)); };
    const out = new HTMLRewriter().on(r.pick(["*", "a", "p > a", "title", "script", "[href]"]), { element(e) { act(e); try { e.onEndTag?.(act); } catch {} }, text: act, comments: act });
    return r.chance(0.5) ? out.onDocument({ doctype: act, text: act, comments: act, end: act }) : out;
  };
  const rewritten = (r) => { const out = rewriter(r).transform(new Response(r.chance(0.7) ? html : html.repeat(20) + S(r))); w.quiet(out.text().catch(() => {})); return out; };

  const pair = (r) => { const p = new WebSocketPair(); if (r.chance(0.8)) p[0].accept(); if (r.chance(0.7)) p[1].accept(); p[0].addEventListener("message", F(r)); w.keep(p[1]); w.quiet(w.tick(5)); return p[0]; };
  const headers = (r) => { const h = new Headers({ "content-type": "text/html; charset=utf-8", "x-a": "b" }); if (r.chance(0.5)) h.append("set-cookie", "a=b"), h.append("set-cookie", "c=d"); return h; };
  const request = (r) => r.pick([() => new Request(w.url(r)), () => new Request(w.options.origin + "/echo", { method: "POST", body: V(r, "body") ?? "x", headers: headers(r), signal: r.chance(0.2) ? AbortSignal.timeout(1) : undefined }), () => new Request(w.options.origin + "/chunks", { redirect: r.pick(["follow", "manual"]) })])();
  const response = (r) => r.pick([() => new Response(V(r, "body"), { status: r.pick([200, 201, 404]), headers: headers(r) }), () => Response.json({ a: [1] }), () => Response.redirect("http://a.test/"), () => Response.error(), () => new Response(html, { headers: { "content-type": "text/html" } }), () => new Response(readable(r))])();
  const form = (r) => { const f = new FormData(); f.append("a", S(r)); if (r.chance(0.6)) f.append("b", new Blob([S(r)]), "b.txt"); return f; };
  const wasm = () => (instance ??= new WebAssembly.Instance(module));
  class Target extends RpcTarget { echo(v) { return v; } get value() { return 5; } call(f) { return f?.(this); } }

  return {
    URL: (r) => new URL(r.pick(["http://a.test/b/../c?d=e#f", "blob:http://a/1", "data:,x", "file:///a/b", "http://[::1]:8080/"])), URLSearchParams: (r) => { const u = new URL("http://a/?b=c&d=e&b=1"); return r.chance(0.5) ? u.searchParams : new URLSearchParams(S(r)); },
    URLPattern: (r) => r.pick([() => new URLPattern("/a/:id(\\d+)?/*", "http://a.test"), () => new URLPattern({ pathname: "/(.*)", search: "*" }), () => new URLPattern()])(),
    Headers: headers, Request: request, Response: response, FormData: form, Blob: (r) => new Blob([S(r), B(r)], { type: "text/plain" }).slice(r.below(9), r.pick([undefined, 5, -2, 1e9])), File: (r) => new File([S(r)], S(r), { lastModified: 5 }),
    AbortController: () => new AbortController(), AbortSignal: (r) => r.pick([() => AbortSignal.abort(w.thrown), () => AbortSignal.timeout(r.below(5)), () => { const c = new AbortController(); w.keep(c); return c.signal; }, () => AbortSignal.any([AbortSignal.timeout(1), new AbortController().signal])])(),
    Event: (r) => r.pick([() => new Event("a", { cancelable: true, bubbles: true }), () => new CustomEvent("a", { detail: {} }), () => new MessageEvent("message", { data: 1 }), () => new ErrorEvent("error", { error: w.thrown }), () => new CloseEvent("close", { code: 1000 })])(),
    EventTarget: (r) => { const t = new EventTarget(); t.addEventListener("a", F(r), { once: true, signal: r.chance(0.2) ? AbortSignal.timeout(1) : undefined }); return t; },
    TextEncoder: () => new TextEncoder(), TextDecoder: (r) => { const d = new TextDecoder(r.pick(["utf-8", "utf-16le", "utf-16be", "shift_jis", "gb18030", "iso-2022-jp", "big5", "euc-jp", "euc-kr", "windows-1252", "x-user-defined"]), { fatal: r.chance(0.3), ignoreBOM: r.chance(0.3) }); if (r.chance(0.5)) w.quiet(d.decode(B(r), { stream: true })); return d; },
    ReadableStream: readable, WritableStream: writable, TransformStream: transform, "bytes ReadableStream": (r) => new ReadableStream(source(r, true)), "read Response": (r) => { const x = response(r); w.quiet(x.text()); return x; },
    reader: (r) => readable(r).getReader(), "byob reader": (r) => new ReadableStream(source(r, true)).getReader({ mode: "byob" }), writer: (r) => writable(r).getWriter(), "async iterator": (r) => readable(r).values({ preventCancel: r.chance(0.5) }),
    controllers: (r) => { let c; new ReadableStream({ start(x) { c = x; }, type: r.chance(0.5) ? "bytes" : undefined }); return c; }, "byob request": (r) => { let c; const s = new ReadableStream({ type: "bytes", start(x) { c = x; } }); w.quiet(s.getReader({ mode: "byob" }).read(new Uint8Array(9))); return c.byobRequest; },
    "writable controller": () => { let c; new WritableStream({ start(x) { c = x; } }); return c; }, "transform controller": () => { let c; new TransformStream({ start(x) { c = x; } }); return c; },
    strategies: (r) => r.pick([new CountQueuingStrategy({ highWaterMark: 1 }), new ByteLengthQueuingStrategy({ highWaterMark: 1 })]), piped: (r) => { const out = readable(r).pipeThrough(transform(r)); if (r.chance(0.5)) w.quiet(out.pipeTo(writable(r), { signal: r.chance(0.3) ? AbortSignal.timeout(2) : undefined })); return out; },
    CryptoKey: cryptoKey, SubtleCrypto: () => crypto.subtle, Crypto: () => crypto, DigestStream: (r) => new crypto.DigestStream(r.pick(["SHA-1", "SHA-256", "SHA-512", "MD5"])), jwk: (r) => ({ kty: r.pick(["oct", "EC", "RSA", "OKP"]), k: "AAAAAAAAAAAAAAAAAAAAAA", crv: r.pick(["P-256", "Ed25519"]), x: S(r), y: S(r), n: S(r), e: "AQAB", d: r.chance(0.5) ? S(r) : undefined }),
    HTMLRewriter: rewriter, rewritten, WebSocket: pair, "remote WebSocket": (r) => new WebSocket("ws" + w.options.origin.slice(4) + "/ws"), MessagePort: (r) => { const c = new MessageChannel(); c.port1.onmessage = F(r); w.keep(c.port2); c.port2.postMessage(1); return c.port1; }, MessageChannel: () => new MessageChannel(),
    BroadcastChannel: (r) => { const c = new BroadcastChannel(r.pick(["a", "b"])); c.onmessage = F(r); return c; }, EventSource: (r) => (r.chance(0.5) && EventSource.from ? EventSource.from(readable(r)) : new EventSource(w.options.origin + "/events")), DOMException: () => new DOMException("a", "DataCloneError"),
    caches: () => caches, Cache: (r) => (r.chance(0.5) ? caches.default : caches.open("named")), KvNamespace: () => w.env.KV, Fetcher: () => w.env.SELF, RpcStub: (r) => w.env.RPC, "rpc result": (r) => w.env.RPC.echo(V(r, "any")), "rpc target": () => new Target(), fetched: (r) => fetch(request(r), r.chance(0.2) ? { signal: AbortSignal.timeout(2) } : undefined),
    Socket: (r) => { const s = connect(r.pick([w.options.socket, "127.0.0.1:1", { hostname: "localhost", port: 1 }]), { allowHalfOpen: r.chance(0.5), secureTransport: r.pick(["off", "on", "starttls"]) }); s.opened?.catch?.(() => {}); s.closed?.catch?.(() => {}); return s; },
    FileReader: (r) => { const f = new FileReader(); f.onload = F(r); f.readAsText(new Blob([S(r)])); return f; }, performance: (r) => { performance.mark("a"); performance.measure("b"); return performance; }, PerformanceEntry: () => performance.mark("m", { detail: 1 }), PerformanceObserver: (r) => { const o = new PerformanceObserver(F(r)); o.observe({ entryTypes: ["mark", "measure"] }); return o; },
    navigator: () => navigator, scheduler: () => scheduler, ctx: () => w.ctx, console: () => console, timer: (r) => setTimeout(F(r), r.below(5)), interval: (r) => { const i = setInterval(F(r), 1); setTimeout(() => clearInterval(i), 20); return i; }, immediate: (r) => setImmediate(F(r)),
    "WebAssembly.Module": () => module, "WebAssembly.Instance": wasm, "WebAssembly.Memory": () => w.memory(), "WebAssembly.Table": () => new WebAssembly.Table({ initial: 2, element: "anyfunc" }), "WebAssembly.Global": () => new WebAssembly.Global({ value: "i32", mutable: true }, 1), "wasm run": (r) => wasm().exports.f(r.below(9)), navigation: () => globalThis,
    URLSearchParamsIterator: () => new URLSearchParams("a=b").entries(), HeadersIterator: (r) => headers(r).entries(), FormDataIterator: (r) => form(r).keys(),
  };
}
