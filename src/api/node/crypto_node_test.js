// node:crypto by published vectors and by what Node.js gives (its texts and codes); round trips where there is randomness.
let c, Buffer;
const it = (name, fn) => test(name, () => {
  c ??= $internal.load("node/crypto");
  Buffer ??= $internal.load("node/buffer").Buffer;
  return fn();
});
const code = (fn) => {
  try {
    fn();
  } catch (e) {
    return e.code ?? e.message;
  }
  return "nothing was thrown";
};

it("hashes", () => {
  assertEq(c.createHash("sha256").update("abc").digest("hex"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assertEq(c.hash("md5", "abc"), "900150983cd24fb0d6963f7d28e17f72");
  assertEq(c.createHash("shake128", { outputLength: 16 }).digest("hex"), "7f9c2ba4e88f827d616045507605853e");
  assertEq(c.createHmac("sha256", "Jefe").update("what do ya want ").update("for nothing?").digest("hex"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const a = c.createHash("sha1").update("a"), b = a.copy().update("bc");
  assertEq(b.digest("hex"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assertEq(a.update("bc").digest("hex"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assertEq(code(() => a.digest()), "ERR_CRYPTO_HASH_FINALIZED");
  assertEq(code(() => c.createHash("x")), "ERR_CRYPTO_INVALID_DIGEST");
  assert(c.Hash("sha1") instanceof c.Hash);
  for (const name of c.getHashes()) assert(c.createHash(name).digest().length >= 16, name);
});

it("ciphers: NIST SP 800-38A F.2.1, McGrew and Viega's case 3", () => {
  const key = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex"), iv = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const cbc = c.createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
  assertEq(cbc.update("6bc1bee22e409f96e93d7e117393172a", "hex", "hex") + cbc.final("hex"), "7649abac8119b246cee98e9b12e9197d");
  const k = Buffer.from("feffe9928665731c6d6a8f9467308308", "hex"), nonce = Buffer.from("cafebabefacedbaddecaf888", "hex");
  const gcm = c.createCipheriv("aes-128-gcm", k, nonce);
  const sealed = gcm.update("d9313225f88406e5a55909c5aff5269a", "hex", "hex") + gcm.final("hex");
  assertEq(sealed, "42831ec2217774244b7221b784d0d49c");
  const open = (tag) => {
    const d = c.createDecipheriv("aes-128-gcm", k, nonce);
    if (tag) d.setAuthTag(tag);
    return d.update(sealed, "hex", "hex") + d.final("hex");
  };
  assertEq(open(gcm.getAuthTag()), "d9313225f88406e5a55909c5aff5269a");
  const wrong = gcm.getAuthTag();
  wrong[0] ^= 1;
  assertThrows(() => open(wrong), "OperationError");
  assertThrows(() => open(null), "OperationError"); // never without one
  assertEq(code(() => c.createCipheriv("aes-128-cbc", k, nonce)), "ERR_CRYPTO_INVALID_IV");
  assertEq(code(() => c.createCipheriv("aes-128-cbc", nonce, iv)), "ERR_CRYPTO_INVALID_KEYLEN");
  assertEq(code(() => c.createCipheriv("rot13", k, iv)), "ERR_CRYPTO_UNKNOWN_CIPHER");
  for (const name of c.getCiphers()) {
    const info = c.getCipherInfo(name), secret = c.randomBytes(info.keyLength), vector = info.ivLength ? c.randomBytes(info.ivLength) : null;
    if (info.mode === "wrap") continue;
    const e = c.createCipheriv(name, secret, vector), text = Buffer.concat([e.update("some text"), e.final()]), d = c.createDecipheriv(name, secret, vector);
    if (/gcm|ocb|poly/.test(name)) d.setAuthTag(e.getAuthTag());
    assertEq(d.update(text, null, "utf8") + d.final("utf8"), "some text", name);
  }
});

it("derivation: RFC 6070, RFC 7914, RFC 5869", async () => {
  assertEq(c.pbkdf2Sync("password", "salt", 4096, 20, "sha1").toString("hex"), "4b007901b765489abead49d926f721d065a429c1");
  assertEq(c.scryptSync("password", "NaCl", 64, { N: 1024, r: 8, p: 16 }).toString("hex").slice(0, 32), "fdbabe1c9d3472007856e7190d01e9fe");
  const ikm = Buffer.alloc(22, 0x0b), salt = Buffer.from("000102030405060708090a0b0c", "hex"), info = Buffer.from("f0f1f2f3f4f5f6f7f8f9", "hex");
  assertEq(Buffer.from(c.hkdfSync("sha256", ikm, salt, info, 42)).toString("hex"), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const later = await new Promise((ok, fail) => c.pbkdf2("password", "salt", 4096, 20, "sha1", (e, v) => (e ? fail(e) : ok(v))));
  assertEq(later.toString("hex"), "4b007901b765489abead49d926f721d065a429c1");
  assertEq(code(() => c.pbkdf2Sync("p", "s", 10000000, 20, "sha1")), "ERR_OUT_OF_RANGE"); // seconds of an isolate's thread
  assertEq(code(() => c.scryptSync("p", "s", 64, { N: 1 << 20, r: 8 })), "ERR_CRYPTO_INVALID_SCRYPT_PARAMS");
});

it("keys and signatures", async () => {
  for (const [type, options, digest] of [["rsa", { modulusLength: 2048 }, "sha256"], ["ec", { namedCurve: "P-256" }, "sha384"], ["ec", { namedCurve: "secp521r1" }, "sha256"], ["ed25519", undefined, null]]) {
    const { publicKey, privateKey } = c.generateKeyPairSync(type, options), data = Buffer.from("data");
    const signature = c.sign(digest, data, privateKey);
    assertEq(c.verify(digest, data, publicKey, signature), true, type);
    assertEq(c.verify(digest, Buffer.from("date"), publicKey, signature), false, type);
    for (const format of ["pem", "der"]) {
      const own = c.createPrivateKey({ key: privateKey.export({ type: "pkcs8", format }), format, type: "pkcs8" });
      const pub = c.createPublicKey({ key: publicKey.export({ type: "spki", format }), format, type: "spki" });
      assert(own.equals(privateKey) && pub.equals(publicKey) && c.createPublicKey(own).equals(pub));
      assert(c.verify(digest, data, pub, c.sign(digest, data, own)));
    }
    const locked = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open" });
    assert(c.createPrivateKey({ key: locked, passphrase: "open" }).equals(privateKey));
    assertEq(code(() => c.createPrivateKey({ key: locked, passphrase: "shut" })), "ERR_CRYPTO_INVALID_KEY");
    assertEq(code(() => c.createPrivateKey(locked)), "ERR_CRYPTO_INVALID_KEY");
    assert(c.createPrivateKey({ key: privateKey.export({ format: "jwk" }), format: "jwk" }).equals(privateKey));
    assertEq(code(() => c.createPrivateKey(publicKey.export({ type: "spki", format: "pem" }))), "ERR_CRYPTO_INVALID_KEY");
  }
  const { publicKey, privateKey } = c.generateKeyPairSync("ec", { namedCurve: "P-256" });
  const raw = c.sign("sha256", Buffer.from("x"), { key: privateKey, dsaEncoding: "ieee-p1363" });
  assertEq(raw.length, 64);
  const web = await crypto.subtle.importKey("spki", publicKey.export({ type: "spki", format: "der" }), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  assertEq(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, web, raw, Buffer.from("x")), true);
  const rsa = c.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pss = { key: rsa.privateKey, padding: c.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  assert(c.verify("sha256", Buffer.from("x"), { ...pss, key: rsa.publicKey }, c.sign("sha256", Buffer.from("x"), pss)));
  assertEq(c.privateDecrypt(rsa.privateKey, c.publicEncrypt(rsa.publicKey, Buffer.from("hello"))).toString(), "hello");
  assertEq(c.publicDecrypt(rsa.publicKey, c.privateEncrypt(rsa.privateKey, Buffer.from("hello"))).toString(), "hello");
  const sealed = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
  assertThrows(() => c.KeyObject.from(sealed).export()); // what is not extractable stays in
});

it("agreement", () => {
  const a = c.createECDH("secp256k1"), b = c.createECDH("secp256k1");
  a.generateKeys();
  b.generateKeys();
  assertEq(a.computeSecret(b.getPublicKey(null, "compressed"), null, "hex"), b.computeSecret(a.getPublicKey("hex"), "hex", "hex"));
  assertEq(code(() => a.computeSecret(Buffer.alloc(65, 4))), "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY");
  assertEq(code(() => c.createECDH("x")), "ERR_CRYPTO_INVALID_CURVE");
  const x = c.getDiffieHellman("modp14"), y = c.createDiffieHellman(x.getPrime());
  x.generateKeys();
  y.generateKeys();
  assertEq(x.computeSecret(y.getPublicKey("hex"), "hex", "hex"), y.computeSecret(x.getPublicKey()).toString("hex"));
  assertEq(y.verifyError, 0);
  const one = c.generateKeyPairSync("x25519"), two = c.generateKeyPairSync("x25519");
  assertDeepEq(c.diffieHellman({ privateKey: one.privateKey, publicKey: two.publicKey }), c.diffieHellman({ privateKey: two.privateKey, publicKey: one.publicKey }));
});

it("random numbers and primes", async () => {
  assertEq(c.randomBytes(70000).length, 70000);
  for (let i = 0; i < 100; i++) assert(c.randomInt(3) < 3);
  assertEq(code(() => c.randomInt(5, 5)), "ERR_OUT_OF_RANGE");
  assertEq(c.generatePrimeSync(3, { bigint: true }), 7n);
  assert(c.checkPrimeSync(2n ** 127n - 1n) && !c.checkPrimeSync(2n ** 127n + 1n));
  assertEq(code(() => c.generatePrimeSync(8193)), "ERR_OUT_OF_RANGE");
  const prime = await new Promise((ok, fail) => c.generatePrime(64, { safe: true, bigint: true }, (e, v) => (e ? fail(e) : ok(v))));
  assert(c.checkPrimeSync(prime) && c.checkPrimeSync((prime - 1n) / 2n));
  assertEq(code(() => c.timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2))), "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
});
