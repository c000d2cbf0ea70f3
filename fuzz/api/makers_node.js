// The same of Node.js: streams, hashes, ciphers, key objects, zlib, files, sockets. The modules are those that the program imported (w.modules).
// Runs inside the isolate.
export function nodeMakers(w) {
  const m = (name) => w.modules[`node:${name}`] ?? {};
  const V = (r, name) => w.values.value(r, name, 2);
  const S = (r) => w.values.string(r);
  const B = (r) => w.values.buffer(r);
  const F = (r) => w.values.callback(r);
  const quiet = (x) => { x?.on?.("error", () => {}); return x; };
  const write = (r, s) => { quiet(s); for (let i = r.below(3); i > 0; i--) { try { s.write(V(r, "chunk")); } catch {} } if (r.chance(0.4)) s.end(); if (r.chance(0.5)) s.on("data", F(r)); return s; };
  const read = (r) => { let n = r.below(6); return { read() { if (r.chance(0.1)) w.side(r); this.push(n-- > 0 ? (r.chance(0.8) ? "abc" : V(r, "chunk")) : null); }, objectMode: r.chance(0.2), highWaterMark: r.pick([undefined, 0, 1]) }; };
  const sink = (r) => ({ write(chunk, e, done) { w.keep(done); if (r.chance(0.2)) w.side(r); r.chance(0.7) ? done() : setTimeout(done, 1); }, final: r.chance(0.3) ? (done) => done() : undefined, decodeStrings: r.chance(0.5) });
  const zlibKinds = ["Gzip", "Gunzip", "Deflate", "Inflate", "DeflateRaw", "InflateRaw", "Unzip", "BrotliCompress", "BrotliDecompress", "ZstdCompress", "ZstdDecompress"];
  const zlib = (kind) => (r) => write(r, m("zlib")[`create${kind}`](r.pick([{}, { level: 1 }, { windowBits: 9, memLevel: 1 }, { chunkSize: 64 }, { flush: 2, finishFlush: 2 }, { maxOutputLength: 10 }, V(r, "options")])));
  const pair = (r) => m("crypto").generateKeyPairSync(r.pick(["ed25519", "x25519", "ec"]), { namedCurve: "P-256" });
  const cipher = (r, make, at) => {
    const [name, key, iv] = r.pick([["aes-128-gcm", 16, 12], ["aes-256-cbc", 32, 16], ["aes-128-ctr", 16, 16], ["aes-128-ecb", 16, 0], ["aes-256-ccm", 32, 12], ["chacha20-poly1305", 32, 12], ["aes-128-ocb", 16, 12]]);
    const c = m("crypto")[make](name, new Uint8Array(key), iv ? new Uint8Array(iv) : null, /ccm|ocb/.test(name) ? { authTagLength: 16 } : undefined);
    if (r.chance(0.4)) w.keep(c.update(B(r)));
    if (r.chance(0.2)) c.final();
    return quiet(c);
  };
  const file = (r) => { const fs = m("fs"); const path = r.pick(["/tmp/a", "/tmp/b"]); fs.writeFileSync(path, S(r)); return path; };

  const makers = {
    Buffer: (r) => { const { Buffer } = m("buffer"); return r.pick([() => Buffer.from(S(r).slice(0, 5000), r.pick(["utf8", "hex", "base64", "latin1", "utf16le"])), () => Buffer.alloc(r.below(100), "ab"), () => Buffer.allocUnsafe(r.below(5000)), () => Buffer.from(new ArrayBuffer(16, { maxByteLength: 64 }), 4), () => Buffer.from("abcdef").subarray(2, 4)])(); },
    "node Blob": () => new (m("buffer").Blob)(["a"]), StringDecoder: (r) => { const d = new (m("string_decoder").StringDecoder)(r.pick(["utf8", "utf16le", "base64", "hex", "latin1"])); d.write(B(r)); return d; },
    "node Readable": (r) => quiet(new (m("stream").Readable)(read(r))), "node Writable": (r) => write(r, new (m("stream").Writable)(sink(r))), "node Duplex": (r) => write(r, new (m("stream").Duplex)({ ...read(r), ...sink(r) })),
    "node Transform": (r) => write(r, new (m("stream").Transform)({ transform: (chunk, e, done) => { if (r.chance(0.2)) w.side(r); done(null, chunk); } })), PassThrough: (r) => write(r, new (m("stream").PassThrough)()), "node from": (r) => quiet(m("stream").Readable.from(["a", B(r)])),
    "web to node": (r) => quiet(m("stream").Readable.fromWeb(w.make(r, "ReadableStream"))), "node to web": (r) => m("stream").Readable.toWeb(new (m("stream").Readable)(read(r))), EventEmitter: (r) => { const e = new (m("events"))(); e.on("a", F(r)); e.on("error", () => {}); e.emit("a", e); return e; },
    Hash: (r) => { const h = m("crypto").createHash(r.pick(["sha256", "md5", "shake128", "sha3-512", "blake2b512"])); if (r.chance(0.5)) h.update(B(r)); if (r.chance(0.2)) h.digest(); return quiet(h); }, Hmac: (r) => { const h = m("crypto").createHmac(r.pick(["sha256", "sha1"]), B(r)); if (r.chance(0.5)) h.update(S(r)); return quiet(h); },
    Cipheriv: (r) => cipher(r, "createCipheriv"), Decipheriv: (r) => cipher(r, "createDecipheriv"), Sign: (r) => quiet(m("crypto").createSign(r.pick(["sha256", "RSA-SHA1"])).update(B(r))), Verify: (r) => quiet(m("crypto").createVerify("sha256").update(S(r))),
    KeyObject: (r) => r.pick([() => m("crypto").createSecretKey(new Uint8Array(r.pick([1, 16, 32]))), () => pair(r).privateKey, () => pair(r).publicKey, () => m("crypto").generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey])(), pem: (r) => pair(r).privateKey.export({ type: "pkcs8", format: "pem" }), der: (r) => { const b = pair(r).publicKey.export({ type: "spki", format: "der" }); w.samples.push(b); return b; },
    DiffieHellman: (r) => r.pick([() => m("crypto").createDiffieHellmanGroup("modp5"), () => m("crypto").getDiffieHellman("modp14"), () => m("crypto").createDiffieHellman(Buffer.from("ffffffffffffffc5", "hex"), 2)])(), ECDH: (r) => { const e = m("crypto").createECDH("prime256v1"); if (r.chance(0.6)) e.generateKeys(); return e; },
    X509Certificate: () => new (m("crypto").X509Certificate)(w.options.certificate), bytes: (r) => { w.samples.push(m("zlib").gzipSync(S(r)), m("zlib").brotliCompressSync("aaaa"), m("zlib").zstdCompressSync?.("bbbb")); w.samples = w.samples.filter((s) => s).slice(-8); return B(r); },
    "fs fd": (r) => m("fs").openSync(file(r), r.pick(["r", "r+", "w+", "a+"])), FileHandle: (r) => m("fs").promises.open(file(r), "r+"), Stats: (r) => m("fs").statSync(file(r)), Dir: (r) => { m("fs").mkdirSync("/tmp/d/e", { recursive: true }); return m("fs").opendirSync("/tmp"); }, Dirent: () => m("fs").readdirSync("/", { withFileTypes: true })[0], ReadStream: (r) => quiet(m("fs").createReadStream(file(r), r.chance(0.5) ? { start: 1, end: 3, highWaterMark: 1 } : {})), WriteStream: (r) => write(r, m("fs").createWriteStream("/tmp/w")), StatWatcher: (r) => m("fs").watchFile?.("/tmp/a", F(r)),
    "net Socket": (r) => { const [host, port] = w.options.socket.split(":"); return write(r, m("net").connect({ host, port: Number(port) })); }, "net Server": (r) => quiet(m("net").createServer(F(r))), BlockList: () => { const b = new (m("net").BlockList)(); b.addSubnet("10.0.0.0", 8); return b; }, SocketAddress: () => new (m("net").SocketAddress)({ address: "::1", family: "ipv6" }), TLSSocket: (r) => quiet(m("tls").connect({ host: "127.0.0.1", port: 1 })),
    ClientRequest: (r) => { const q = quiet(m("http").request(w.url(r).startsWith("http:") ? w.options.origin + "/echo" : w.options.origin + "/gzip", { method: r.pick(["GET", "POST"]) }, (i) => { w.keep(i); i.on("data", F(r)); i.on("error", () => {}); })); if (r.chance(0.8)) q.end(r.chance(0.5) ? "body" : undefined); return q; }, "http Server": (r) => { const s = quiet(m("http").createServer((q, a) => { w.poke(r, q); w.poke(r, a); a.end("x"); })); if (r.chance(0.7)) s.listen(r.below(60000) + 1000); return s; }, Agent: () => new (m("http").Agent)({ keepAlive: true }),
    "vm Script": () => new (m("vm").Script)("1"), "vm context": () => m("vm").createContext?.({}), MIMEType: () => new (m("util").MIMEType)("text/html; charset=\"a\""), "legacy Url": (r) => m("url").parse(r.chance(0.5) ? "http://a:b@c.test:80/d?e#f" : S(r), true), "util TextDecoder": () => new (m("util").TextDecoder)(), histogram: (r) => { const h = m("perf_hooks").createHistogram(); h.record(5); return h; }, intervalHistogram: () => m("perf_hooks").monitorEventLoopDelay?.(),
    Channel: (r) => { const c = m("diagnostics_channel").channel("a"); c.subscribe(F(r)); return c; }, TracingChannel: () => m("diagnostics_channel").tracingChannel("t"), AsyncLocalStorage: (r) => { const a = new (m("async_hooks").AsyncLocalStorage)(); a.run(1, F(r)); if (r.chance(0.3)) a.enterWith(2); return a; }, AsyncResource: () => new (m("async_hooks").AsyncResource)("A"), Timeout: (r) => m("timers").setTimeout(F(r), 2), Immediate: (r) => m("timers").setImmediate(F(r)),
    "node MessageChannel": () => new (m("worker_threads").MessageChannel)().port1, Resolver: () => new (m("dns").Resolver)(), readline: (r) => m("readline").createInterface({ input: new (m("stream").PassThrough)() }), "hash stream": (r) => write(r, m("crypto").createHash("sha1")), process: () => m("process").default ?? m("process"), "test context": () => m("test").mock, scrypt: (r) => m("crypto").scryptSync("a", B(r), r.below(64), { N: 2, r: 1, p: 1 }),
  };
  for (const kind of zlibKinds) makers[kind] = zlib(kind);
  return makers;
}
