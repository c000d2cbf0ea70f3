// crypto.subtle: digests, signatures, keys in and out. The keys and signatures were made by another implementation of
// WebCrypto, so that a mistake which signing and verifying share would show.
const KEYS = {
  RS256: {
    spki: "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1czqCRdn3ccBFaakYusimeU-V8A6p3jICRoXKUd6f3YG84BH7m8jnVf1vR5IKB5UogrWYID4ABllpgJFK1_-qxbqbMaNFMUkVPsb2t9XnoMesp7UAOw2-jlQu9tNzDlVjkNgxlZvY5Mm-dKMWbQD1d16BPIPNdXglMR7DoAnvNUui5IPtzEan1Y5PCCOvYbSBivZ1Y7Jf48pIXqm60C8JmcxHvbEXKO9BuqG3EX1mhoOKxE5lEltiHUclwMER2nclpcWfhxUg6ZXcDOjIzs4zwp4wR51if01N676Z9sEZcFnfrRvCa63XAcMhnlzrNsi-D5C6sKbDN6aT2K-M-nvcQIDAQAB",
    pkcs8: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDVzOoJF2fdxwEVpqRi6yKZ5T5XwDqneMgJGhcpR3p_dgbzgEfubyOdV_W9HkgoHlSiCtZggPgAGWWmAkUrX_6rFupsxo0UxSRU-xva31eegx6yntQA7Db6OVC7203MOVWOQ2DGVm9jkyb50oxZtAPV3XoE8g811eCUxHsOgCe81S6Lkg-3MRqfVjk8II69htIGK9nVjsl_jykheqbrQLwmZzEe9sRco70G6obcRfWaGg4rETmUSW2IdRyXAwRHadyWlxZ-HFSDpldwM6MjOzjPCnjBHnWJ_TU3rvpn2wRlwWd-tG8JrrdcBwyGeXOs2yL4PkLqwpsM3ppPYr4z6e9xAgMBAAECggEADzdeNFc9nBh02Jq7gJMvXouYJ2LcUDbPUDjsPnko9aRe50d3sLd2B4jbycg7c3Uaw4BvWuWJTc-0HwYMI50_50mIvETyhCPQK6b5h9c1POgkSaspkVOk4z2ScORK6Hnvv5T51ycOSdeoKPr8SsmxXvzvZiW1WzjSTiEG7w4qhdmQjT_WVxIKV6NS8JcKQVKXDOFT5NgmKaBu3uPuzQ3O28CSCzc-vA0Yz2r9_ZoMhbqmMDYYmpmJuGFlpMuDIQfR6SwoRU5j33MEJpbTb_TFMBEdveZAn7sqVtT4ybXJTc1rPK9YOqYA-VXGrN5jsaQfbk_LO1FcjBxk6T6c5XIPtwKBgQD3jJDTPJu6KaGIopr9eWvDfiImRgQYAvTyXPjB5-jGNxkVXt8zebXslDPQCumTpf3833tQL_llmy1hcuSXA8CeJRJwbekoyAH7Ndwo76KXCEcgRZS2Wvf5MBZO0nFxalH0PcXtk0JZNZNizPsGrlwXHcZCDXgvh3qKudaZtf0aKwKBgQDdGWe1AuWbYUeL-sulyLouR0v59_xLOfNIC0rYbbzVRmDoHu2sy7Bd_XqyapeRu20ODFkU8uP46jHY2GQXS61XcD8fnnmRRJ0TuBQ4R7pEvo1TzjYtez7LQ12Rqv6dEK4ZaB7bzbuG8xZzhfE8d_jnSYFU2UjTI9HOw0xY9W8a0wKBgCeghdJ6wkcDwQr5VKw80qZhu5-6147scj-V6HBJ6nZIfahxHnPECP5NHxovlQKAsO7Y64mDlH3SYGpYFQWjoSLvtkrvHULc-Yw4K_0Vl0ZsGc6ttMeYOlfWfcuyXlyUc3gQp22HhDh5nhVT0N9Z6_37UzBhrZqWKmSoqRTEEDcvAoGBAIkMSVNTM12n5ABpebgOfxFWkkqko5dBmYIrtb4H74fHsyPOoAZ-z5jDGT3kgoULx2Jw1vr8P8E38aP3Jbum5hCP_CCuS652-GKTtLzaASTBdLrg1IZGobq-zA4SDvbusuv-tToMAVR5842yFcEkoH1E-8zLTq_JwTBHsFhn8fGPAoGASHsdO3rUXLi0-5bOn91ZpUm8AIIFIZLmYp5egW783sIeJO4Mqe1l7Ccz01dC2vnZjw6OLHJ1IZw5vL4tNEWgyCrApKDA7XhyWpSLOXQgWZaQlhaIZiwfPn16JbXBaYt9X-7ed7sRqVEIJ4EXUBMLfFuTfAh3CKs4faotUyVXJbE",
    jwk: { kty: "RSA", n: "1czqCRdn3ccBFaakYusimeU-V8A6p3jICRoXKUd6f3YG84BH7m8jnVf1vR5IKB5UogrWYID4ABllpgJFK1_-qxbqbMaNFMUkVPsb2t9XnoMesp7UAOw2-jlQu9tNzDlVjkNgxlZvY5Mm-dKMWbQD1d16BPIPNdXglMR7DoAnvNUui5IPtzEan1Y5PCCOvYbSBivZ1Y7Jf48pIXqm60C8JmcxHvbEXKO9BuqG3EX1mhoOKxE5lEltiHUclwMER2nclpcWfhxUg6ZXcDOjIzs4zwp4wR51if01N676Z9sEZcFnfrRvCa63XAcMhnlzrNsi-D5C6sKbDN6aT2K-M-nvcQ", e: "AQAB", d: "DzdeNFc9nBh02Jq7gJMvXouYJ2LcUDbPUDjsPnko9aRe50d3sLd2B4jbycg7c3Uaw4BvWuWJTc-0HwYMI50_50mIvETyhCPQK6b5h9c1POgkSaspkVOk4z2ScORK6Hnvv5T51ycOSdeoKPr8SsmxXvzvZiW1WzjSTiEG7w4qhdmQjT_WVxIKV6NS8JcKQVKXDOFT5NgmKaBu3uPuzQ3O28CSCzc-vA0Yz2r9_ZoMhbqmMDYYmpmJuGFlpMuDIQfR6SwoRU5j33MEJpbTb_TFMBEdveZAn7sqVtT4ybXJTc1rPK9YOqYA-VXGrN5jsaQfbk_LO1FcjBxk6T6c5XIPtw", p: "94yQ0zybuimhiKKa_Xlrw34iJkYEGAL08lz4wefoxjcZFV7fM3m17JQz0Arpk6X9_N97UC_5ZZstYXLklwPAniUScG3pKMgB-zXcKO-ilwhHIEWUtlr3-TAWTtJxcWpR9D3F7ZNCWTWTYsz7Bq5cFx3GQg14L4d6irnWmbX9Gis", q: "3RlntQLlm2FHi_rLpci6LkdL-ff8SznzSAtK2G281UZg6B7trMuwXf16smqXkbttDgxZFPLj-Oox2NhkF0utV3A_H555kUSdE7gUOEe6RL6NU842LXs-y0Ndkar-nRCuGWge2827hvMWc4XxPHf450mBVNlI0yPRzsNMWPVvGtM", dp: "J6CF0nrCRwPBCvlUrDzSpmG7n7rXjuxyP5XocEnqdkh9qHEec8QI_k0fGi-VAoCw7tjriYOUfdJgalgVBaOhIu-2Su8dQtz5jDgr_RWXRmwZzq20x5g6V9Z9y7JeXJRzeBCnbYeEOHmeFVPQ31nr_ftTMGGtmpYqZKipFMQQNy8", dq: "iQxJU1MzXafkAGl5uA5_EVaSSqSjl0GZgiu1vgfvh8ezI86gBn7PmMMZPeSChQvHYnDW-vw_wTfxo_clu6bmEI_8IK5Lrnb4YpO0vNoBJMF0uuDUhkahur7MDhIO9u6y6_61OgwBVHnzjbIVwSSgfUT7zMtOr8nBMEewWGfx8Y8", qi: "SHsdO3rUXLi0-5bOn91ZpUm8AIIFIZLmYp5egW783sIeJO4Mqe1l7Ccz01dC2vnZjw6OLHJ1IZw5vL4tNEWgyCrApKDA7XhyWpSLOXQgWZaQlhaIZiwfPn16JbXBaYt9X-7ed7sRqVEIJ4EXUBMLfFuTfAh3CKs4faotUyVXJbE" },
    signature: "Ba84pj51arv4bIY_zqGLT_Fc4u7o83j8ZMZqS_173vN0SudU8ZOIhj8hLtpwNELpbSGwoiRUnJh7_Sa12vg7MZwlR7X5GWx6v6GbRyBLu3UCerPtlEsmm6iAvLIizbptPu286_pBkdhkVTzn0lbElSxGvaGlz2agAn3K6MYgmpIOnIoPEMkpISZYrY-Nfs-Ks5GNnA5JtLH8rYWgX3Xxk27gTZYcvDqHTctVUl6FYjZwiRX3HlrSBuF25yweiaZKHuSw1TKBx97F16-1KtpoBXgR0ZdeWOysFkfonAZTw-8LDDlaM6CIRMJoZlLzXDzb_e8l3i82ggnTyM-P1Go1Vg",
    pss: "AEWrJ_HQ12wAAcFviV1ChdTjvAoOvpOJutjJEiXPHdX-6MzCj0R5o8NcX2pH_Qt_RjbJrQRugco-MzvJFmHQcIGzL9ohdNZg2iS9B1Qg4xFL5xQ37xnPj00LzXYZrAloqNXxlYDLxETwM3jxXp4EV-ervB1D7rqPeS8uc8Em8ul23UGptnrneQtk4FmNnmbg7yPoCkykrgLFFVib2WYZcOi8jmknvA8yGjSyxRYQD3NQdOQSrc1MNfQ8_O-CkPlRowi71N_LC5FQANvj0xubFRU4IKPTGIQg2NO6bjINvhS4PoO-wIMDHDZGThbDSt0NLSqRBJS5JUMpfmc0C_5qWQ",
  },
  ES256: {
    spki: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8TQrYBlawfVpYglNyQHyqLxYF9BIYdB_wwPrhevx1ns-2nemyNZq4ZKfMfCXFJjPy3s5r5s1YTereItH3Cs-zA",
    pkcs8: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUkcG_gh1AqhImkeIkmfcxvWTnfcdjT1kuEmr8RgVhnuhRANCAATxNCtgGVrB9WliCU3JAfKovFgX0Ehh0H_DA-uF6_HWez7ad6bI1mrhkp8x8JcUmM_LezmvmzVhN6t4i0fcKz7M",
    jwk: { kty: "EC", x: "8TQrYBlawfVpYglNyQHyqLxYF9BIYdB_wwPrhevx1ns", y: "Ptp3psjWauGSnzHwlxSYz8t7Oa-bNWE3q3iLR9wrPsw", crv: "P-256", d: "UkcG_gh1AqhImkeIkmfcxvWTnfcdjT1kuEmr8RgVhns" },
    signature: "vEN9A4EeSr5fHkyUJKTNVisg5gGql0Dw2adOsuYex48IF98U-vBTbp6b18niF3b4b1_L2PZwQzQpUqX4RYyzNg",
  },
  ES384: {
    spki: "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEi9sX3cJ_eQUfw-xnAD0ImvtIQ2fvvllFs6zAwhLccEbB_FJAdUmANginQYw-Xci_SdsChirqyuLSClVej_1NoHQGJUcdzNKvYJqUXQtaXyuwbtKl9YVHCXupqsj6EXWG",
    pkcs8: "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCRksqf8zl-4k928RqjC5E8I3xatPOWUGOOLcih4zRgXA_j820AfbHm2OdbLLPcB_ShZANiAASL2xfdwn95BR_D7GcAPQia-0hDZ---WUWzrMDCEtxwRsH8UkB1SYA2CKdBjD5dyL9J2wKGKurK4tIKVV6P_U2gdAYlRx3M0q9gmpRdC1pfK7Bu0qX1hUcJe6mqyPoRdYY",
    jwk: { kty: "EC", x: "i9sX3cJ_eQUfw-xnAD0ImvtIQ2fvvllFs6zAwhLccEbB_FJAdUmANginQYw-Xci_", y: "SdsChirqyuLSClVej_1NoHQGJUcdzNKvYJqUXQtaXyuwbtKl9YVHCXupqsj6EXWG", crv: "P-384", d: "kZLKn_M5fuJPdvEaowuRPCN8WrTzllBjji3IoeM0YFwP4_NtAH2x5tjnWyyz3Af0" },
    signature: "hNm3xDl1_vZZKYugl9NZOh02k3gZI9fYBzAudlLfis4iwM0YAyCNXqMo4664xVSdcnFq6eQp1zeEhd_nxtvbpbttkP_RR-wAYlsBlAxXQfJ59uKnF4gekbS7xpXmTLbl",
  },
  ES512: {
    spki: "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBF3tIH5xfDMGLFBjsYqkQ837u0QvK_SO3Cm4Zckcizd6ENNJLXm4MfzysHUQ5U2a44nvxpuyYJXI8i_td_-HoNtAAi3uk1ChxhNlJ151hM0I-YHB5-zOPLkkhKak-h_spgSAnaC9IYJ0JouO7crZ79NT8dBhxozy4dKdVet7P6VnjGQk",
    pkcs8: "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBSv_hmQZLURchEPb0bX28B7ToR8eY_KlXmsxJCAGHXNdtAyNBNAKNnSK6v6ohlU24Dsw8K9Gvo4IWbd_NVCN1lTmhgYkDgYYABAEXe0gfnF8MwYsUGOxiqRDzfu7RC8r9I7cKbhlyRyLN3oQ00ktebgx_PKwdRDlTZrjie_Gm7JglcjyL-13_4eg20ACLe6TUKHGE2UnXnWEzQj5gcHn7M48uSSEpqT6H-ymBICdoL0hgnQmi47tytnv01Px0GHGjPLh0p1V63s_pWeMZCQ",
    jwk: { kty: "EC", x: "ARd7SB-cXwzBixQY7GKpEPN-7tELyv0jtwpuGXJHIs3ehDTSS15uDH88rB1EOVNmuOJ78absmCVyPIv7Xf_h6DbQ", y: "AIt7pNQocYTZSdedYTNCPmBwefszjy5JISmpPof7KYEgJ2gvSGCdCaLju3K2e_TU_HQYcaM8uHSnVXrez-lZ4xkJ", crv: "P-521", d: "AUr_4ZkGS1EXIRD29G19vAe06EfHmPypV5rMSQgBh1zXbQMjQTQCjZ0iur-qIZVNuA7MPCvRr6OCFm3fzVQjdZU5" },
    signature: "AA19lwWXwn81zDhLH9yCBg0OG2EgkNjShAAkAW9h8F2nuAy0TPVhvm5WlZ7c24wp0UlS7fHlSjhtynOk7zYKcpTLAAH5bnFd4ysCKyqGr5xH81NKuySNFv2nNqdaUb2JQqQpVL_77a9aIzH9uczl3E_-jJpP1RQ2Dc6tEm-bH2lMHVNk",
  },
  EdDSA: {
    spki: "MCowBQYDK2VwAyEAcPXH5SPJB8R6rVcMc-dgTalbmdpQ68zDPQ2aiua_8ng",
    pkcs8: "MC4CAQAwBQYDK2VwBCIEILVy4rjJDPN5JlqSSq2-MEcK8-cRl7QCcXJQX59R_57e",
    jwk: { crv: "Ed25519", d: "tXLiuMkM83kmWpJKrb4wRwrz5xGXtAJxclBfn1H_nt4", x: "cPXH5SPJB8R6rVcMc-dgTalbmdpQ68zDPQ2aiua_8ng", kty: "OKP" },
    signature: "nC9TY71-EpTh1t8EAdTWFtkiIVePHi-2LYzO6LihfiLCtbPnZbJtmGCSSfsCZPGdc4Xj3q3ZkjB77Yjh_XfOCg",
  },
};
const { subtle } = crypto;
const utf8 = (s) => new TextEncoder().encode(s);
const hex = (b) => new Uint8Array(b).toHex();
const from = (s) => Uint8Array.fromBase64(s, { alphabet: "base64url" });
const DATA = utf8("header.payload");
const publicOf = ({ d, p, q, dp, dq, qi, ...rest }) => rest;
const ALGS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" }, ES512: { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" }, EdDSA: { name: "Ed25519" },
};

test("shape", () => {
  assertEq(subtle, crypto.subtle);
  assert(subtle instanceof SubtleCrypto);
  assertEq(Object.prototype.toString.call(subtle), "[object SubtleCrypto]");
  assertThrows(() => new SubtleCrypto(), "Illegal constructor");
  assertThrows(() => new CryptoKey(), "Illegal constructor");
  assert(subtle.digest("SHA-256", DATA) instanceof Promise);
});

test("digest", async () => {
  const abc = utf8("abc");
  assertEq(hex(await subtle.digest("SHA-1", abc)), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assertEq(hex(await subtle.digest("sha-256", abc)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assertEq(hex(await subtle.digest({ name: "SHA-384" }, abc.buffer)).slice(0, 32), "cb00753f45a35e8bb5a03d699ac65007");
  assertEq(hex(await subtle.digest("SHA-512", new DataView(abc.buffer))).slice(0, 32), "ddaf35a193617abacc417349ae204131");
  assertEq(hex(await subtle.digest("MD5", new Uint8Array(0))), "d41d8cd98f00b204e9800998ecf8427e");
  const big = new Uint8Array(1 << 20), whole = subtle.digest("SHA-256", big);
  big.fill(1); // it was copied
  assertEq(hex(await whole), "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58");
  await assertRejects(subtle.digest("SHA-9", abc), "NotSupportedError");
  await assertRejects(subtle.digest("SHA-1"), TypeError);
  await assertRejects(subtle.digest("SHA-1", "abc"), TypeError);
  await assertRejects(subtle.digest({}, abc), TypeError);
  await assertRejects(SubtleCrypto.prototype.digest.call({}, "SHA-1", abc), TypeError);
});

test("verify what others signed, by JWK, SPKI and PKCS8", async () => {
  for (const [name, algorithm] of Object.entries(ALGS)) {
    const k = KEYS[name], signature = from(k.signature);
    for (const [format, data] of [["jwk", publicOf(k.jwk)], ["spki", from(k.spki)]]) {
      const key = await subtle.importKey(format, data, algorithm, false, ["verify"]);
      assertEq(key.type, "public", name);
      assertEq(await subtle.verify(algorithm, key, signature, DATA), true, `${name} ${format}`);
      assertEq(await subtle.verify(algorithm, key, signature, utf8("header.payloae")), false, name);
      assertEq(await subtle.verify(algorithm, key, signature.subarray(1), DATA), false, name);
      assertEq(await subtle.verify(algorithm, key, new Uint8Array(0), DATA), false, name);
      await assertRejects(subtle.sign(algorithm, key, DATA), "InvalidAccessError");
    }
    for (const [format, data] of [["jwk", k.jwk], ["pkcs8", from(k.pkcs8)]]) {
      const own = await subtle.importKey(format, data, algorithm, true, ["sign"]);
      assertEq(own.type, "private", name);
      const mine = await subtle.sign(algorithm, own, DATA);
      const key = await subtle.importKey("spki", from(k.spki), algorithm, false, ["verify"]);
      assertEq(await subtle.verify(algorithm, key, mine, DATA), true, `${name} ${format} signed`);
      if (name === "RS256" || name === "EdDSA") assertEq(hex(mine), signature.toHex(), name);
      await assertRejects(subtle.verify(algorithm, own, mine, DATA), "InvalidAccessError");
    }
  }
});

test("RSA-PSS", async () => {
  const algorithm = { name: "rsa-pss", hash: { name: "sha-384" } }, k = KEYS.RS256;
  const key = await subtle.importKey("spki", from(k.spki), algorithm, true, ["verify"]);
  assertEq(await subtle.verify({ name: "RSA-PSS", saltLength: 48 }, key, from(k.pss), DATA), true);
  assertEq(await subtle.verify({ name: "RSA-PSS", saltLength: 32 }, key, from(k.pss), DATA), false);
  await assertRejects(subtle.verify({ name: "RSA-PSS" }, key, from(k.pss), DATA), TypeError);
  const own = await subtle.importKey("pkcs8", from(k.pkcs8), algorithm, false, ["sign"]);
  assertEq(await subtle.verify({ name: "RSA-PSS", saltLength: 0 }, key, await subtle.sign({ name: "RSA-PSS", saltLength: 0 }, own, DATA), DATA), true);
  await assertRejects(subtle.sign({ name: "RSA-PSS", saltLength: 4000 }, own, DATA), "OperationError");
});

test("a key's attributes", async () => {
  const key = await subtle.importKey("spki", from(KEYS.RS256.spki), ALGS.RS256, true, ["verify"]);
  assertDeepEq(key.algorithm, { name: "RSASSA-PKCS1-v1_5", hash: { name: "SHA-256" }, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) });
  assertEq(key.algorithm, key.algorithm);
  assertDeepEq(key.usages, ["verify"]);
  assertEq(key.extractable, true);
  assertEq(Object.prototype.toString.call(key), "[object CryptoKey]");
  assert(key instanceof CryptoKey);
  key.algorithm.name = "HMAC";
  key.usages.push("sign");
  assertEq(await subtle.verify("RSASSA-PKCS1-v1_5", key, from(KEYS.RS256.signature), DATA), true);
  const ec = await subtle.importKey("jwk", KEYS.ES384.jwk, ALGS.ES384, false, ["sign"]);
  assertDeepEq(ec.algorithm, { name: "ECDSA", namedCurve: "P-384" });
  const ed = await subtle.importKey("jwk", KEYS.EdDSA.jwk, "ed25519", false, ["sign"]);
  assertDeepEq(ed.algorithm, { name: "Ed25519" });
});

test("HMAC", async () => {
  // RFC 4231, case 2
  const algorithm = { name: "HMAC", hash: "SHA-256" }, data = utf8("what do ya want for nothing?");
  const key = await subtle.importKey("raw", utf8("Jefe"), algorithm, true, ["sign", "verify"]);
  assertDeepEq(key.algorithm, { name: "HMAC", hash: { name: "SHA-256" }, length: 32 });
  const mac = await subtle.sign("HMAC", key, data);
  assertEq(hex(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assertEq(await subtle.verify("hmac", key, mac, data), true);
  assertEq(await subtle.verify("HMAC", key, new Uint8Array(mac).subarray(0, 31), data), false);
  const jwk = await subtle.exportKey("jwk", key);
  assertDeepEq(jwk, { kty: "oct", key_ops: ["sign", "verify"], alg: "HS256", ext: true, k: "SmVmZQ" });
  assertEq(hex(await subtle.exportKey("raw", key)), hex(utf8("Jefe")));
  const again = await subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
  assertEq(await subtle.verify("HMAC", again, mac, data), true);
  await assertRejects(subtle.exportKey("raw", again), "InvalidAccessError");
  await assertRejects(subtle.importKey("raw", new Uint8Array(0), algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("raw", utf8("x"), algorithm, true, []), "SyntaxError");
  await assertRejects(subtle.importKey("raw", utf8("x"), algorithm, true, ["encrypt"]), "SyntaxError");
  await assertRejects(subtle.importKey("raw", utf8("x"), algorithm, true, ["fly"]), TypeError);
  await assertRejects(subtle.importKey("raw", utf8("x"), "HMAC", true, ["sign"]), TypeError);
  await assertRejects(subtle.importKey("spki", utf8("x"), algorithm, true, ["sign"]), "NotSupportedError");
  await assertRejects(subtle.importKey("pem", utf8("x"), algorithm, true, ["sign"]), TypeError);
  await assertRejects(subtle.importKey("jwk", { ...jwk, alg: "HS512" }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, use: "enc" }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, ext: false }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, key_ops: ["verify"] }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, key_ops: ["sign", "sign"] }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, k: "a+b=" }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", { ...jwk, kty: "RSA" }, algorithm, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("jwk", utf8("x"), algorithm, true, ["sign"]), TypeError);
  await assertRejects(subtle.sign("AES-GCM", key, data), "NotSupportedError");
  await assertRejects(subtle.sign("RSASSA-PKCS1-v1_5", key, data), "InvalidAccessError");
  await assertRejects(subtle.sign("HMAC", {}, data), TypeError);
});

test("JWK and DER that are wrong", async () => {
  const es = publicOf(KEYS.ES256.jwk), rs = publicOf(KEYS.RS256.jwk), ed = publicOf(KEYS.EdDSA.jwk);
  const bad = (jwk, algorithm, Class = "DataError") => assertRejects(subtle.importKey("jwk", jwk, algorithm, true, ["verify"]), Class);
  await bad({ ...es, crv: "P-384" }, ALGS.ES256);
  await bad({ ...es, x: es.y }, ALGS.ES256);
  await bad({ ...es, y: undefined }, ALGS.ES256);
  await bad({ ...es, x: es.x.slice(2) }, ALGS.ES256);
  await bad({ ...es, alg: "ES384" }, ALGS.ES256);
  await bad({ ...es, kty: undefined }, ALGS.ES256);
  await bad(es, { name: "ECDSA", namedCurve: "K-256" }, "NotSupportedError");
  await bad(es, "ECDSA", TypeError);
  await bad({ ...rs, alg: "RS512" }, ALGS.RS256);
  await bad({ ...rs, e: undefined }, ALGS.RS256);
  await bad({ ...rs, n: "" }, ALGS.RS256);
  await bad({ ...ed, crv: "X25519" }, ALGS.EdDSA);
  await bad({ ...ed, x: "AAAA" }, ALGS.EdDSA);
  await bad(null, ALGS.EdDSA);
  await bad(1, ALGS.EdDSA, TypeError);
  await assertRejects(subtle.importKey("spki", from(KEYS.ES256.spki), ALGS.RS256, true, ["verify"]), "DataError");
  await assertRejects(subtle.importKey("spki", from(KEYS.ES384.spki), ALGS.ES256, true, ["verify"]), "DataError");
  await assertRejects(subtle.importKey("spki", from(KEYS.ES256.spki).subarray(1), ALGS.ES256, true, ["verify"]), "DataError");
  await assertRejects(subtle.importKey("pkcs8", from(KEYS.ES256.spki), ALGS.ES256, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("pkcs8", from(KEYS.ES256.pkcs8), ALGS.ES256, true, []), "SyntaxError");
  await assertRejects(subtle.importKey("spki", from(KEYS.ES256.spki), ALGS.ES256, true, ["sign"]), "SyntaxError");
  await assertRejects(subtle.importKey("raw", from(KEYS.RS256.spki), ALGS.RS256, true, ["verify"]), "NotSupportedError");
  assertEq((await subtle.importKey("jwk", { ...ed, alg: "EdDSA", use: "sig", key_ops: ["verify"], ext: true }, ALGS.EdDSA, false, ["verify"])).type, "public");
});

test("export gives what was imported", async () => {
  for (const [name, algorithm] of Object.entries(ALGS)) {
    const k = KEYS[name];
    const own = await subtle.importKey("pkcs8", from(k.pkcs8), algorithm, true, ["sign"]);
    const pub = await subtle.importKey("jwk", publicOf(k.jwk), algorithm, true, ["verify"]);
    const { key_ops, ext, alg, ...jwk } = await subtle.exportKey("jwk", own);
    assertDeepEq(Object.entries(jwk).sort(), Object.entries(k.jwk).sort(), name);
    assertDeepEq(key_ops, ["sign"]);
    assertEq(ext, true);
    assertEq(new Uint8Array(await subtle.exportKey("spki", pub)).toBase64({ alphabet: "base64url", omitPadding: true }), k.spki, name);
    const again = await subtle.importKey("pkcs8", await subtle.exportKey("pkcs8", own), algorithm, false, ["sign"]);
    assertEq(again.type, "private");
    await assertRejects(subtle.exportKey("spki", own), "InvalidAccessError");
    await assertRejects(subtle.exportKey("pkcs8", pub), "InvalidAccessError");
    await assertRejects(subtle.exportKey("jwk", again), "InvalidAccessError");
  }
  const pub = await subtle.importKey("spki", from(KEYS.ES256.spki), ALGS.ES256, true, ["verify"]);
  const raw = new Uint8Array(await subtle.exportKey("raw", pub));
  assertEq(raw.length, 65);
  assertEq((await subtle.importKey("raw", raw, ALGS.ES256, true, ["verify"])).type, "public");
});

test("a JWT, as libraries do it", async () => {
  const jwk = { ...publicOf(KEYS.ES256.jwk), kid: "1", alg: "ES256", use: "sig" };
  const own = await subtle.importKey("jwk", { ...KEYS.ES256.jwk, alg: "ES256" }, ALGS.ES256, false, ["sign"]);
  const part = (o) => utf8(JSON.stringify(o)).toBase64({ alphabet: "base64url", omitPadding: true });
  const input = `${part({ alg: "ES256", kid: "1" })}.${part({ sub: "me" })}`;
  const token = `${input}.${new Uint8Array(await subtle.sign(ALGS.ES256, own, utf8(input))).toBase64({ alphabet: "base64url", omitPadding: true })}`;
  const [h, p, s] = token.split(".");
  const key = await subtle.importKey("jwk", jwk, ALGS.ES256, true, ["verify"]);
  assertEq(await subtle.verify(ALGS.ES256, key, from(s), utf8(`${h}.${p}`)), true);
  assertEq(await subtle.verify(ALGS.ES256, key, from(s), utf8(`${h}.${p}x`)), false);
});

test("timingSafeEqual", () => {
  assertEq(subtle.timingSafeEqual(utf8("abc"), utf8("abc").buffer), true);
  assertEq(subtle.timingSafeEqual(utf8("abc"), utf8("abd")), false);
  assertThrows(() => subtle.timingSafeEqual(utf8("abc"), utf8("ab")), TypeError);
  assertThrows(() => subtle.timingSafeEqual("abc", "abc"), TypeError);
});
