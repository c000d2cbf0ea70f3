// Web Crypto, a case many times over. GET /<case>?times=N does it N times; /empty does nothing, for what a request costs.
const { subtle } = crypto;
const bytes = (n) => new Uint8Array(n).map((_, i) => i);
const token = new TextEncoder().encode("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0");
const es256 = { name: "ECDSA", hash: "SHA-256" }, rs256 = "RSASSA-PKCS1-v1_5";
const make = {
  empty: async () => async () => {},
  es256_verify: async () => {
    const { publicKey, privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const signature = await subtle.sign(es256, privateKey, token);
    return async () => {
      if (!(await subtle.verify(es256, publicKey, signature, token))) throw new Error("not valid");
    };
  },
  es256_sign: async () => {
    const { privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    return () => subtle.sign(es256, privateKey, token);
  },
  rs256_verify: async () => {
    const how = { name: rs256, hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
    const { publicKey, privateKey } = await subtle.generateKey(how, false, ["sign", "verify"]), signature = await subtle.sign(rs256, privateKey, token);
    return async () => {
      if (!(await subtle.verify(rs256, publicKey, signature, token))) throw new Error("not valid");
    };
  },
  hs256_sign: async () => {
    const key = await subtle.importKey("raw", bytes(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return () => subtle.sign("HMAC", key, token);
  },
  sha256_64: async () => ((data) => () => subtle.digest("SHA-256", data))(bytes(64)),
  sha256_16k: async () => ((data) => () => subtle.digest("SHA-256", data))(bytes(16384)),
  aes_gcm_1k: async () => gcm(1024),
  aes_gcm_64k: async () => gcm(65536),
};
async function gcm(size) {
  const key = await subtle.importKey("raw", bytes(32), "AES-GCM", false, ["encrypt"]), iv = bytes(12), data = bytes(size);
  return () => subtle.encrypt({ name: "AES-GCM", iv }, key, data);
}
const ready = {};
export default {
  async fetch(request) {
    const url = new URL(request.url), name = url.pathname.slice(1), times = Number(url.searchParams.get("times"));
    const run = await (ready[name] ??= make[name]());
    for (let i = 0; i < times; i++) await run();
    return new Response(name);
  },
};
