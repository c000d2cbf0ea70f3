// Random arguments, by what they are for: the name of a parameter or of a dictionary's member says what would be well formed; a quarter of
// the time something else is given. Runs inside the isolate.
const HUGE = [65535, 65536, 65537, 1 << 20, (1 << 24) + 1];
const NUMBERS = [
  0, -0, 1, -1, 2, 3, 7, 8, 12, 15, 16, 17, 31, 32, 63, 64, 127, 128, 255, 256, 1000, 4096, 32767, 65535, 65536, 65537, 1e6, 2 ** 31 - 1, 2 ** 31, -(2 ** 31),
  2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, NaN, Infinity, -Infinity, 0.5, 1e-7, 1.7976931348623157e308,
];
const LENGTHS = [0, 1, 2, 3, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 100, 128, 255, 256, 257, 1000, 4096, 65536, 1 << 20];
const STRINGS = [
  "", "a", "ab", "0", "-1", "1e400", "0x10", "null", "NaN", "\0", "a\0b", "\ud800", "\udfff\ud83d", "x\udc00y", "\u00e9", "\u65e5\u672c\u8a9e", "\ufdfa", "\u{1f600}", "\ufeff",
  "a\r\nb: c", "__proto__", "constructor", "then", "toString", "a=b&c=%zz%00&d", "/a/../%2e%2e/b?c#d", "//", ":", "[::1]", "xn--a", "\u212a.\u00df", "*", "text/html",
  "TEXT/HTML; charset=shift_jis", "multipart/form-data; boundary=x", "--x\r\ncontent-disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--x--", "application/json",
  "{\"a\":[1,{\"b\":null}]}", "[[[[", "<a href='x'>b</a><!-- c --><p>", "aGVsbG8=", "aGVs bG8", "=", "deadbeef", "abc", "a.b[c=\"d\"] > e:nth-child(2n+1)", "%s %d %j %o %O %c %%",
  "/tmp/a", "/tmp/b/c", "..", "/bundle", "/dev/null", "SELECT", "(a+)+$", ":id(\\d+)?", "{/:a}?", "Sat, 21 Nov 2026 00:00:00 GMT", "2026-11-21", "max-age=60", "a, b;q=0.1, \"c", "bytes=0-1,5-",
];
const LISTS = {
  label: ["utf-8", "utf8", "utf-16le", "utf-16be", "shift_jis", "gb18030", "big5", "euc-kr", "iso-2022-jp", "windows-1252", "x-user-defined", "replacement", "latin1", "ascii", "base64", "base64url", "hex", "ucs2", "binary", "buffer"],
  format: ["gzip", "deflate", "deflate-raw", "brotli", "zstd", "raw", "jwk", "spki", "pkcs8", "pem", "der", "raw-public", "raw-seed", "text", "html"],
  hash: ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5", "sha256", "sha512", "md5", "shake128", "blake2b512", "ripemd160", "SHA3-256", "cSHAKE128", "sha512-256"],
  curve: ["P-256", "P-384", "P-521", "prime256v1", "secp256k1", "secp521r1", "X25519", "Ed25519", "Ed448", "X448"],
  algorithm: ["AES-GCM", "AES-CBC", "AES-CTR", "AES-KW", "RSA-OAEP", "RSA-PSS", "RSASSA-PKCS1-v1_5", "ECDSA", "ECDH", "Ed25519", "X25519", "HMAC", "HKDF", "PBKDF2", "SHA-256", "aes-256-gcm",
    "aes-128-cbc", "aes-256-ctr", "aes-128-ccm", "chacha20-poly1305", "aes-128-ecb", "id-aes256-wrap", "aes-256-xts", "aes-128-ocb", "des-ede3-cbc", "sha256", "sha512", "md5", "rsa", "ec", "ed25519", "x25519", "dsa", "dh", "hmac", "rsa-pss", "argon2id", "scrypt"],
  usage: ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"],
  method: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "x-y"],
  event: ["data", "end", "error", "close", "finish", "drain", "readable", "abort", "message", "open", "unhandledrejection", "connect", "request", "pipe", "newListener", "timeout"],
  selector: ["*", "a", "a[href]", "a[href^='x' i]", "p > a", "div p", ".c#d", "a:not(.b)", "p:nth-child(2n+1)", "p:first-of-type", "a|b", ">", "[", "a".repeat(3000)],
  name: ["a", "b", "content-type", "content-length", "set-cookie", "host", "x-a", "name", "value", "href", "then", "AES-GCM", "SHA-256", "HMAC", "ECDSA", "P-256", "KV"],
  flag: ["r", "w", "a", "r+", "w+", "ax", "wx+", "byob", "bytes", "manual", "follow", "error", "json", "text", "arrayBuffer", "stream", "default", "no-store", "transparent", "half", "open", "public", "private", "secret"],
};
// A name of a parameter or member, and what is well formed there. The first that fits.
const HINTS = [
  [/^(signal|abortSignal)$/, "signal"],
  [/^(url|input|base|baseURL|href|specifier|referrer|location|origin|from)$/i, "url"],
  [/^(key|unwrappingKey|wrappingKey|baseKey|privateKey|publicKey|public|keyObject|otherKeyObject|thisKey|secret|prime|generator)$/i, "key"],
  [/(algorithm|cipher)s?$/i, "algorithm"],
  [/^(hash|digest|mgf1Hash|oaepHash|hashAlgorithm|mgf1HashAlgorithm|functionName)$/i, "hash"],
  [/curve/i, "curve"],
  [/^(usages|keyUsages|key_ops)$/i, "usages"],
  [/^(iv|counter|salt|info|label|additionalData|data|bytes|buf|buffer|chunk|view|array|source|signature|wrappedKey|cipherText|plaintext|ciphertext|context|customization|aad|authTag|tag|nonce|typedArray|a|b|buf1|buf2|target|dictionary|content|contents|bufferSource|keyData|ikm|password|passphrase|seed|mutable|list|buffers|arrayBuffer|sourceEnd|publicExponent|cert|ca)$/i, "bytes"],
  [/^(encoding|inputEncoding|outputEncoding|label|fromEncoding|toEncoding|enc|charset|defaultEncoding)$/i, "label"],
  [/^(format|compression)$/i, "format"],
  [/^(init|options|opts|option|config|eventInitDict|strategy|writableStrategy|readableStrategy|queuingStrategy|underlyingSource|underlyingSink|transformer|params|attributes|properties|descriptor|source|sink|env|filter|handlers)/i, "dict"],
  [/^(callback|cb|listener|handler|fn|func|done|next|resolve|reject|executor|start|pull|cancel|write|close|abort|transform|flush|onerror|on[a-z]+|predicate|comparator|size|replacer|iterator|reviver|reducer|promiseFn|task|compare|lookup|final|read|destroy|construct)$/i, "function"],
  [/(length|size|offset|position|start|end|ms|delay|timeout|index|count|limit|max|min|iterations|cost|code|port|fd|mode|flags?|value|depth|number|bits|saltLength|modulusLength|tagLength|N|r|p|n|level|memLevel|windowBits|strategy|highWaterMark|byteLength|byteOffset|time|status|uid|gid|atime|mtime|hi|lo|radix|keylen|width|height|family|parallelCount|blockSize|maxmem|chunkSize|limit)$/i, "number"],
  [/^(promise|thenable)$/i, "promise"],
  [/^(headers|values|entries|pairs|trailers)$/i, "headers"],
  [/^(body|bodyInit|text|html)$/i, "body"],
  [/^(stream|readable|writable|destination|dest|streams|transferable|src)$/i, "stream"],
  [/^(transfer|ports|transferList|transferables)$/i, "transfer"],
  [/^(selector|selectors)$/i, "selector"],
  [/^(event|type|eventName|eventType)$/i, "event"],
  [/^(method)$/i, "method"],
  [/^(name|property|prop|attribute|header|field|keyName|symbol)$/i, "name"],
  [/^(kind|redirect|cache|duplex|endings|mode|recurse|recursive|fatal|ignoreBOM|stream|capture|once|passive|bubbles|cancelable|composed|extractable|force|preventClose|preventAbort|preventCancel|objectMode|allowHalfOpen|emitClose|autoDestroy|ignoreCase|signed|withFileTypes|bigint|isRaw)$/i, "flag"],
  [/^(path|file|filename|dir|dirname|oldPath|newPath|existingPath|prefix|src|dest)$/i, "path"],
  [/^(request|req|response|res|info|requestInfo)$/i, "request"],
  [/^(blob|blobs|files|parts|blobParts|fileBits)$/i, "parts"],
  [/^(options|obj|object|target|value|val|v|detail|reason|error|err|message|msg|x|arg|args|args0|item|data)$/i, "any"],
];

const { apply, construct } = Reflect;
const ProxyClass = Proxy;
const { ArrayBuffer: BufferClass, Uint8Array: Bytes, DataView: View } = globalThis;
const VIEWS = [Bytes, Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int32Array, Float32Array, Float64Array, BigInt64Array];
const hintOf = new Map();

export function hintFor(name) {
  if (!hintOf.has(name)) hintOf.set(name, HINTS.find(([shape]) => shape.test(name))?.[1] ?? "any");
  return hintOf.get(name);
}

/** What makes values. `w` is the world (world.js): its pool, its side effects, its makers. */
export function valuesOf(w) {
  const string = (r) => {
    const kind = r.below(20);
    if (kind < 14) return r.pick(STRINGS);
    if (kind < 16) return r.pick(STRINGS) + r.pick(STRINGS);
    if (kind < 17) return r.pick(["x", "\u0100", "\ud800", "a/", "%41", "<b>", "\n", "("]).repeat(r.pick(HUGE) >> r.below(8));
    return r.pick(LISTS[r.pick(["label", "format", "hash", "algorithm", "event", "name", "flag"])]);
  };
  const number = (r) => (r.chance(0.6) ? r.below(r.pick([2, 4, 20, 300, 70000])) : r.pick(NUMBERS));

  function fill(r, bytes) {
    const kind = r.below(5);
    if (kind === 0) return bytes;
    if (kind === 1 && w.samples.length) {
      const sample = r.pick(w.samples);
      for (let i = 0; i < bytes.length && i < sample.length; i++) bytes[i] = sample[i];
      return bytes;
    }
    for (let i = 0; i < bytes.length && i < 5000; i++) bytes[i] = kind === 2 ? 0x61 + (i % 26) : r.below(256);
    return bytes;
  }
  /** A buffer or view of any kind; it stays known, so that a side effect may detach or resize it while it is used. */
  function buffer(r) {
    if (w.buffers.length && r.chance(0.2)) return r.pick(w.buffers);
    const length = r.pick(LENGTHS);
    const resizable = r.chance(0.25);
    const memory = r.chance(0.05) && w.memory ? w.memory().buffer : resizable ? new BufferClass(length, { maxByteLength: length * 2 + 64 }) : new BufferClass(length);
    fill(r, new Bytes(memory));
    const out = view(r, memory, memory.byteLength);
    if (w.buffers.length < 64) w.buffers.push(out);
    if (resizable && r.chance(0.3)) memory.resize(r.below(length + 32));
    if (r.chance(0.06)) w.detach(memory);
    return out;
  }
  function view(r, memory, length) {
    const kind = r.below(10);
    if (kind === 0) return memory;
    if (kind === 1) return new View(memory, r.below(length + 1));
    if (kind === 2 && globalThis.Buffer) return globalThis.Buffer.from(memory, r.below(length + 1));
    const Class = kind < 7 ? Bytes : r.pick(VIEWS);
    const size = Class.BYTES_PER_ELEMENT;
    const at = r.chance(0.5) ? 0 : size * r.below(length / size + 1);
    if (r.chance(0.5) && length % size === 0) return new Class(memory, at);
    return new Class(memory, at, r.below((length - at) / size + 1));
  }

  /** A dictionary with whatever is asked of it: the same key gives the same for ever, half of them nothing. */
  function dict(r, depth) {
    const seed = r.seed();
    if (r.chance(0.15)) return r.pick([{}, undefined, null, [], () => {}]);
    const evil = r.chance(0.1);
    const given = Object.create(null);
    const of = (key) => {
      if (typeof key !== "string") return undefined;
      if (key in given) return given[key];
      let hash = seed;
      for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0;
      const k = w.randomness(hash);
      given[key] = undefined;
      if (evil && k.chance(0.3)) w.side(k);
      return (given[key] = k.chance(0.5) ? undefined : value(k, key, depth + 1));
    };
    return new ProxyClass({}, {
      get: (t, key) => of(key),
      has: (t, key) => of(key) !== undefined,
      ownKeys: () => ["a", "type", "headers", "x-b"].slice(0, r.below(5)),
      getOwnPropertyDescriptor: (t, key) => ({ value: of(key), configurable: true, enumerable: true, writable: true }),
    });
  }
  function callback(r) {
    const seed = r.seed();
    return function (...args) {
      const k = w.randomness(seed + w.calls++);
      for (let i = 0; i < args.length && i < 4; i++) {
        if (args[i] !== null && (typeof args[i] === "object" || typeof args[i] === "function")) {
          if (k.chance(0.5)) w.poke(k, args[i]);
          if (k.chance(0.1)) w.keep(args[i]);
          if (typeof args[i] === "function" && k.chance(0.6)) args[i]();
        }
      }
      if (k.chance(0.15)) w.side(k);
      if (k.chance(0.5)) return undefined;
      return k.chance(0.3) ? w.tick(k.below(3)) : value(k, "any", 3);
    };
  }
  /** A primitive inside an object that does something when it is asked for it. */
  function wrapped(r, inner) {
    const seed = r.seed();
    const give = () => {
      w.side(w.randomness(seed + w.calls++));
      return inner;
    };
    return r.pick([{ toString: give, valueOf: give }, { [Symbol.toPrimitive]: give }, { __proto__: null, toString: give }]);
  }
  function list(r, hint, depth) {
    const out = [];
    for (let i = r.below(r.chance(0.05) ? 2000 : 4); i > 0; i--) out.push(value(r, hint, depth + 1));
    if (r.chance(0.1)) return (function* () { for (const v of out) { if (r.chance(0.2)) w.side(r); yield v; } })();
    if (r.chance(0.05)) out.length += 5;
    return out;
  }
  function any(r, depth) {
    switch (r.below(depth > 3 ? 8 : 22)) {
      case 0: return undefined;
      case 1: return null;
      case 2: return r.chance(0.5);
      case 3: case 4: return number(r);
      case 5: case 6: return string(r);
      case 7: return r.pick([0n, -1n, 2n ** 63n, 2n ** 64n, -(2n ** 64n), 1n << 4096n]);
      case 8: return r.pick([Symbol("s"), Symbol.iterator, Symbol.asyncIterator]);
      case 9: case 10: return buffer(r);
      case 11: return dict(r, depth);
      case 12: return callback(r);
      case 13: return list(r, "any", depth);
      case 14: return r.pick([new Date(NaN), new Date(0), /a*/g, new Error("e"), new Map([[1, { a: 1 }]]), new Set(["a"]), new WeakMap(), Object(1n), class {}, Promise.resolve(1), new Proxy({}, {}), globalThis, new Number(5), (function* () { yield 1; })()]);
      case 15: return wrapped(r, r.chance(0.5) ? number(r) : string(r));
      case 16: return { a: any(r, depth + 1), b: any(r, depth + 1) };
      case 17: return new ProxyClass(function () {}, { get() { throw w.thrown; }, getPrototypeOf() { w.side(r); return null; }, ownKeys() { w.side(r); return []; } });
      default: return w.pool.length && r.chance(0.5) ? r.pick(w.pool) : w.make(r);
    }
  }
  const subtleParameters = (r, depth) => ({
    name: r.pick(LISTS.algorithm), hash: r.pick(LISTS.hash), namedCurve: r.pick(LISTS.curve), length: r.pick([128, 192, 256, 64, 8, 1, number(r)]), iv: fixed(r, 12, 16), counter: fixed(r, 16, 15),
    salt: buffer(r), info: buffer(r), iterations: r.pick([1, 10, 1000, number(r)]), tagLength: r.pick([undefined, 128, 32, 96, number(r)]), additionalData: r.chance(0.5) ? undefined : buffer(r),
    saltLength: r.pick([0, 20, 32, number(r)]), modulusLength: r.pick([1024, 2048, 512, number(r)]), publicExponent: r.pick([new Bytes([1, 0, 1]), new Bytes([3]), buffer(r)]), label: buffer(r), public: value(r, "key", depth + 1),
  });
  function fixed(r, usual, other) {
    return r.chance(0.8) ? new Bytes(r.chance(0.9) ? usual : other) : buffer(r);
  }
  const byHint = {
    any, string, number: (r) => number(r), bytes: (r) => (r.chance(0.8) ? buffer(r) : string(r)), dict, function: callback,
    signal: (r) => w.make(r, "AbortSignal"), stream: (r) => w.make(r, r.pick(["ReadableStream", "WritableStream", "TransformStream", "node Readable", "node Writable", "node Duplex"])),
    url: (r) => (r.chance(0.5) ? w.url(r) : r.chance(0.3) ? w.make(r, r.pick(["URL", "Request"])) : string(r)),
    key: (r) => w.make(r, r.pick(["CryptoKey", "CryptoKey", "KeyObject", "jwk", "pem", "bytes"])),
    algorithm: (r, depth) => (r.chance(0.4) ? r.pick(LISTS.algorithm) : r.chance(0.5) ? subtleParameters(r, depth) : r.pick(LISTS.hash)),
    usages: (r) => LISTS.usages.filter(() => r.chance(0.4)),
    promise: (r) => r.pick([() => Promise.resolve(1), () => Promise.reject(w.thrown), () => new Promise(() => {}), () => w.tick(1), () => ({ then: callback(r) })])(),
    headers: (r, depth) => r.pick([() => ({ [string(r).slice(0, 40)]: string(r), "x-a": "b" }), () => [["content-type", "text/html"], [string(r), string(r)]], () => w.make(r, "Headers"), () => dict(r, depth)])(),
    body: (r) => r.pick([string, buffer, () => w.make(r, r.pick(["ReadableStream", "Blob", "FormData", "URLSearchParams"])), () => null])(r),
    transfer: (r) => r.pick([() => [], () => w.buffers.slice(0, 2), () => [buffer(r)], () => [w.make(r, r.pick(["MessagePort", "ReadableStream", "WritableStream", "TransformStream"]))]])(),
    path: (r) => r.pick(["/tmp/a", "/tmp/b", "/tmp/b/c", "/tmp", "/bundle", "/bundle/worker", "/dev/null", "/dev/zero", "/dev/random", "", "\0", "/tmp/" + "d/".repeat(600)]),
    request: (r) => (r.chance(0.5) ? w.make(r, r.pick(["Request", "Response"])) : w.url(r)),
    parts: (r, depth) => list(r, "body", depth), flag: (r) => (r.chance(0.5) ? r.chance(0.5) : r.pick(LISTS.flag)),
  };
  function formed(r, hint, depth) {
    const list = LISTS[hint];
    if (list && !byHint[hint]) return r.pick(list);
    return (byHint[hint] ?? any)(r, depth);
  }
  /** A value for a parameter or member of this name. */
  function value(r, name, depth = 0) {
    if (depth > 5) return undefined;
    const v = r.chance(0.78) ? formed(r, hintFor(name), depth) : any(r, depth);
    return r.chance(0.04) && typeof v !== "object" && typeof v !== "function" ? wrapped(r, v) : v;
  }
  /** Arguments for parameters of these names; sometimes too few, sometimes more than anybody asks for. */
  function args(r, names) {
    const count = r.chance(0.75) ? names.length : r.chance(0.5) ? r.below(names.length + 1) : names.length + r.below(3);
    const out = [];
    for (let i = 0; i < count; i++) {
      const v = value(r, names[i] ?? "any", 0);
      out[i] = v;
    }
    return out;
  }
  return { value, args, any, string, number, buffer, dict, callback, list, apply, construct };
}
