// Kernels of bench/encoding.mjs: /?kernel=NAME&n=TIMES runs one that many times.
const encoder = new TextEncoder(), decoder = new TextDecoder(), fatal = new TextDecoder("utf-8", { fatal: true });
const ascii = "The quick brown fox jumps over the lazy dog. 0123456789\n".repeat(1200);
const latin = "D\u00e9j\u00e0 vu: na\u00efve caf\u00e9s, fa\u00e7ades, \u00fcber stra\u00dfen, \u00e5rs\u00f8n. ".repeat(1200);
const cjk = "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3068\u4e2d\u6587\u53e5\u5b50\uff0c\ud55c\uad6d\uc5b4. ".repeat(2500);
const emoji = "ok \u{1f600}\u{1f680} text \u{1f4a1} ".repeat(3500);
const bytes = {};
for (const [name, text] of Object.entries({ ascii, latin, cjk, emoji })) bytes[name] = encoder.encode(text);
const short = "content-type: text/html", shortBytes = encoder.encode(short);
const gbk = new Uint8Array(65536).map((_, i) => (i % 2 ? 0xa1 + ((i * 7) % 90) : 0xb0 + (i % 60)));
const into = new Uint8Array(300000);
const legacy = {};
for (const label of ["windows-1252", "gbk"]) {
  try {
    legacy[label] = new TextDecoder(label);
  } catch {}
}
const kernels = {
  "decode 64 KB ascii": () => decoder.decode(bytes.ascii).length,
  "decode 80 KB latin": () => decoder.decode(bytes.latin).length,
  "decode 100 KB cjk": () => decoder.decode(bytes.cjk).length,
  "decode 80 KB emoji": () => decoder.decode(bytes.emoji).length,
  "decode fatal 64 KB ascii": () => fatal.decode(bytes.ascii).length,
  "decode 23 bytes": () => {
    let n = 0;
    for (let i = 0; i < 100; i++) n += decoder.decode(shortBytes).length;
    return n;
  },
  "encode 64 KB ascii": () => encoder.encode(ascii).length,
  "encode 80 KB latin": () => encoder.encode(latin).length,
  "encode 100 KB cjk": () => encoder.encode(cjk).length,
  "encode 23 characters": () => {
    let n = 0;
    for (let i = 0; i < 100; i++) n += encoder.encode(short).length;
    return n;
  },
  "encodeInto 100 KB cjk": () => encoder.encodeInto(cjk, into).written,
  "windows-1252, 80 KB": () => legacy["windows-1252"].decode(bytes.latin).length,
  "gbk, 64 KB": () => legacy.gbk.decode(gbk).length,
};
export default {
  async fetch(request) {
    const q = new URL(request.url).searchParams;
    const kernel = kernels[q.get("kernel")];
    if (!kernel) return Response.json(Object.keys(kernels));
    let sum = 0;
    for (let i = Number(q.get("n")); i > 0; i--) sum += kernel();
    return new Response(String(sum));
  },
};
