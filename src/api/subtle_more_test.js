// crypto.subtle: ciphers, derivation, generation, wrapping. Vectors are those of the named specifications; round trips
// alone would pass with any reversible nonsense.
const { subtle } = crypto;
const utf8 = (s) => new TextEncoder().encode(s);
const hex = (b) => new Uint8Array(b).toHex();
const unhex = (s) => Uint8Array.fromHex(s);
const aes = (name, key, usages = ["encrypt", "decrypt"]) => subtle.importKey("raw", unhex(key), name, true, usages);

test("AES-CBC, NIST SP 800-38A F.2.1", async () => {
  const key = await aes("AES-CBC", "2b7e151628aed2a6abf7158809cf4f3c"), iv = unhex("000102030405060708090a0b0c0d0e0f");
  const sealed = await subtle.encrypt({ name: "AES-CBC", iv }, key, unhex("6bc1bee22e409f96e93d7e117393172a"));
  assertEq(hex(sealed).slice(0, 32), "7649abac8119b246cee98e9b12e9197d");
  assertEq(sealed.byteLength, 32);
  assertEq(hex(await subtle.decrypt({ name: "AES-CBC", iv }, key, sealed)), "6bc1bee22e409f96e93d7e117393172a");
  await assertRejects(subtle.decrypt({ name: "AES-CBC", iv }, key, new Uint8Array(sealed).subarray(1)), "OperationError");
  await assertRejects(subtle.encrypt({ name: "AES-CBC", iv: iv.subarray(1) }, key, iv), "OperationError");
  await assertRejects(subtle.encrypt({ name: "AES-CBC" }, key, iv), TypeError);
});

test("AES-CTR, NIST SP 800-38A F.5.1", async () => {
  const key = await aes("AES-CTR", "2b7e151628aed2a6abf7158809cf4f3c"), counter = unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  const sealed = await subtle.encrypt({ name: "AES-CTR", counter, length: 128 }, key, unhex("6bc1bee22e409f96e93d7e117393172a"));
  assertEq(hex(sealed), "874d6191b620e3261bef6864990db6ce");
  await assertRejects(subtle.encrypt({ name: "AES-CTR", counter, length: 0 }, key, counter), "OperationError");
  await assertRejects(subtle.encrypt({ name: "AES-CTR", counter, length: 129 }, key, counter), "OperationError");
});

test("AES-GCM, McGrew and Viega's case 4", async () => {
  const key = await aes("AES-GCM", "feffe9928665731c6d6a8f9467308308");
  const how = { name: "AES-GCM", iv: unhex("cafebabefacedbaddecaf888"), additionalData: unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2") };
  const data = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const sealed = await subtle.encrypt(how, key, data);
  assertEq(hex(sealed).slice(-32), "5bc94fbc3221a5db94fae95ae7121a47");
  assertEq(hex(sealed).slice(0, 32), "42831ec2217774244b7221b784d0d49c");
  assertEq(hex(await subtle.decrypt(how, key, sealed)), hex(data));
  const broken = new Uint8Array(sealed);
  broken[3] ^= 1;
  await assertRejects(subtle.decrypt(how, key, broken), "OperationError");
  await assertRejects(subtle.decrypt({ ...how, additionalData: data }, key, sealed), "OperationError");
  await assertRejects(subtle.decrypt(how, key, broken.subarray(0, 5)), "OperationError");
  await assertRejects(subtle.encrypt({ ...how, tagLength: 100 }, key, data), "OperationError");
  assertEq((await subtle.encrypt({ ...how, tagLength: 96 }, key, data)).byteLength, data.length + 12);
  const big = crypto.getRandomValues(new Uint8Array(60000)), all = new Uint8Array(600000).map((_, i) => big[i % 60000]);
  assertDeepEq(new Uint8Array(await subtle.decrypt(how, key, await subtle.encrypt(how, key, all))), all);
  await assertRejects(subtle.encrypt(how, await aes("AES-GCM", "feffe9928665731c6d6a8f9467308308", ["decrypt"]), data), "InvalidAccessError");
  await assertRejects(aes("AES-GCM", "feff"), "DataError");
  await assertRejects(aes("AES-GCM", "feffe9928665731c6d6a8f9467308308", ["sign"]), "SyntaxError");
  assertDeepEq(key.algorithm, { name: "AES-GCM", length: 128 });
});

test("HKDF, RFC 5869 case 1; PBKDF2, RFC 6070 with 4096 iterations", async () => {
  const key = await subtle.importKey("raw", unhex("0b".repeat(22)), "HKDF", false, ["deriveBits", "deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: unhex("000102030405060708090a0b0c"), info: unhex("f0f1f2f3f4f5f6f7f8f9") };
  assertEq(hex(await subtle.deriveBits(how, key, 42 * 8)), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  await assertRejects(subtle.deriveBits(how, key, 42), "OperationError");
  await assertRejects(subtle.deriveBits(how, key, null), "OperationError");
  await assertRejects(subtle.deriveBits(how, key, 256 * 32 * 8), "OperationError");
  await assertRejects(subtle.deriveBits({ ...how, salt: undefined }, key, 256), TypeError);
  await assertRejects(subtle.importKey("raw", unhex("0b"), "HKDF", true, ["deriveBits"]), "SyntaxError");
  const derived = await subtle.deriveKey(how, key, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  assertEq(hex(await subtle.exportKey("raw", derived)), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  const mac = await subtle.deriveKey(how, key, { name: "HMAC", hash: "SHA-512" }, true, ["sign"]);
  assertEq(mac.algorithm.length, 1024);
  const password = await subtle.importKey("raw", utf8("password"), "PBKDF2", false, ["deriveBits"]);
  const slow = { name: "PBKDF2", hash: "SHA-1", salt: utf8("salt"), iterations: 4096 };
  assertEq(hex(await subtle.deriveBits(slow, password, 160)), "4b007901b765489abead49d926f721d065a429c1");
  assertEq(hex(await subtle.deriveBits({ ...slow, iterations: 2 }, password, 160)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
  await assertRejects(subtle.deriveBits({ ...slow, iterations: 0 }, password, 160), "OperationError");
  await assertRejects(subtle.deriveBits({ ...slow, iterations: 4000000000 }, password, 160), "NotSupportedError");
  await assertRejects(subtle.deriveBits({ ...slow, iterations: 10000 }, password, 8 << 20), "NotSupportedError"); // a day of work
  await assertRejects(subtle.deriveKey(slow, password, { name: "AES-GCM", length: 256 }, true, ["encrypt"]), "InvalidAccessError");
});

test("X25519, RFC 7748 section 6.1", async () => {
  const bob = { d: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", x: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" };
  const alice = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
  const own = await subtle.importKey("jwk", { kty: "OKP", crv: "X25519", d: b64(bob.d), x: b64(bob.x) }, "X25519", false, ["deriveBits"]);
  const peer = await subtle.importKey("raw", unhex(alice), "X25519", false, []);
  assertEq(hex(await subtle.deriveBits({ name: "X25519", public: peer }, own, 256)), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  const bad = (jwk) => assertRejects(subtle.importKey("jwk", { kty: "OKP", crv: "X25519", ...jwk }, "X25519", false, ["deriveBits"]), "DataError");
  await bad({ d: b64(bob.d).slice(4), x: b64(bob.x) });
  await bad({ d: b64(bob.d), x: b64(alice) });
});
const b64 = (h) => unhex(h).toBase64({ alphabet: "base64url", omitPadding: true });

test("agreement on all curves", async () => {
  for (const algorithm of [{ name: "ECDH", namedCurve: "P-256" }, { name: "ECDH", namedCurve: "P-384" }, { name: "ECDH", namedCurve: "P-521" }, { name: "X25519" }]) {
    const a = await subtle.generateKey(algorithm, false, ["deriveBits", "deriveKey"]), b = await subtle.generateKey(algorithm, true, ["deriveBits"]);
    assertEq(a.publicKey.extractable, true);
    assertEq(a.privateKey.extractable, false);
    assertDeepEq(a.publicKey.usages, []);
    const one = await subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey, null);
    const two = await subtle.deriveBits({ name: algorithm.name, public: a.publicKey }, b.privateKey, null);
    assertEq(hex(one), hex(two));
    assertEq(hex(await subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey, 128)), hex(one).slice(0, 32));
    const some = new Uint8Array(await subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey, 13));
    assertEq(some.length, 2);
    assertEq(some[1] & 7, 0);
    await assertRejects(subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey, 9999), "OperationError");
    await assertRejects(subtle.deriveBits({ name: algorithm.name, public: b.privateKey }, a.privateKey, 128), "InvalidAccessError");
    const k1 = await subtle.deriveKey({ name: algorithm.name, public: b.publicKey }, a.privateKey, { name: "AES-CTR", length: 128 }, true, ["encrypt"]);
    assertEq(hex(await subtle.exportKey("raw", k1)), hex(one).slice(0, 32));
    const raw = await subtle.exportKey("raw", b.publicKey);
    const copy = await subtle.importKey("raw", raw, algorithm, true, []);
    assertEq(hex(await subtle.deriveBits({ name: algorithm.name, public: copy }, a.privateKey, null)), hex(one));
  }
});

test("generated keys work", async () => {
  for (const [gen, how] of [
    [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, "RSASSA-PKCS1-v1_5"],
    [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-512" }], [{ name: "ECDSA", namedCurve: "P-521" }, { name: "ECDSA", hash: "SHA-256" }],
    ["Ed25519", "Ed25519"],
  ]) {
    const { publicKey, privateKey } = await subtle.generateKey(gen, false, ["sign", "verify"]);
    const signature = await subtle.sign(how, privateKey, utf8("x"));
    assertEq(await subtle.verify(how, publicKey, signature, utf8("x")), true);
    assertEq(await subtle.verify(how, publicKey, signature, utf8("y")), false);
  }
  const key = await subtle.generateKey({ name: "HMAC", hash: "SHA-384" }, true, ["sign", "verify"]);
  assertEq(key.algorithm.length, 1024);
  assertEq((await subtle.exportKey("raw", key)).byteLength, 128);
  assertEq((await subtle.generateKey({ name: "AES-GCM", length: 192 }, true, ["encrypt"])).algorithm.length, 192);
  await assertRejects(subtle.generateKey({ name: "AES-GCM", length: 100 }, true, ["encrypt"]), "OperationError");
  await assertRejects(subtle.generateKey({ name: "AES-GCM", length: 128 }, true, []), "SyntaxError");
  await assertRejects(subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]), "SyntaxError");
  await assertRejects(subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["encrypt"]), "SyntaxError");
  await assertRejects(subtle.generateKey("HKDF", true, ["deriveBits"]), "NotSupportedError");
  await assertRejects(subtle.generateKey({ name: "RSA-PSS", modulusLength: 64, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign"]), "OperationError");
});

test("RSA-OAEP", async () => {
  const { publicKey, privateKey } = await subtle.generateKey(
    { name: "RSA-OAEP", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
  const sealed = await subtle.encrypt({ name: "RSA-OAEP", label: utf8("l") }, publicKey, utf8("secret"));
  assertEq(sealed.byteLength, 128);
  assertEq(new TextDecoder().decode(await subtle.decrypt({ name: "RSA-OAEP", label: utf8("l") }, privateKey, sealed)), "secret");
  await assertRejects(subtle.decrypt("RSA-OAEP", privateKey, sealed), "OperationError");
  await assertRejects(subtle.encrypt("RSA-OAEP", publicKey, new Uint8Array(100)), "OperationError");
  assertEq((await subtle.exportKey("jwk", publicKey)).alg, "RSA-OAEP-256");
});

test("wrapping; AES-KW by RFC 3394 section 4.1", async () => {
  const kek = await aes("AES-KW", "000102030405060708090a0b0c0d0e0f", ["wrapKey", "unwrapKey"]);
  const key = await aes("AES-CBC", "00112233445566778899aabbccddeeff");
  const wrapped = await subtle.wrapKey("raw", key, kek, "AES-KW");
  assertEq(hex(wrapped), "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
  const back = await subtle.unwrapKey("raw", wrapped, kek, "AES-KW", "AES-CBC", true, ["encrypt"]);
  assertEq(hex(await subtle.exportKey("raw", back)), "00112233445566778899aabbccddeeff");
  for (const how of ["AES-KW", { name: "AES-GCM", iv: new Uint8Array(12) }]) {
    const w = typeof how === "string" ? kek : await aes("AES-GCM", "000102030405060708090a0b0c0d0e0f", ["wrapKey", "unwrapKey"]);
    const { privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
    const parcel = await subtle.wrapKey("jwk", privateKey, w, how);
    const again = await subtle.unwrapKey("jwk", parcel, w, how, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
    assertDeepEq(await subtle.exportKey("jwk", again), await subtle.exportKey("jwk", privateKey));
    new Uint8Array(parcel)[0] ^= 1;
    await assertRejects(subtle.unwrapKey("jwk", parcel, w, how, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]), "OperationError");
  }
  await assertRejects(subtle.wrapKey("raw", await subtle.importKey("raw", new Uint8Array(16), "AES-CBC", false, ["encrypt"]), kek, "AES-KW"), "InvalidAccessError");
  await assertRejects(subtle.encrypt("AES-KW", kek, new Uint8Array(16)), "NotSupportedError");
});

// FIPS 202, NIST SP 800-185, RFC 7253, RFC 8439, RFC 8032 section 7.4, RFC 7748 section 6.2.
test("newer algorithms", async () => {
  assertEq(hex(await subtle.digest("sha3-256", utf8("abc"))), "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  const four = unhex("00010203"), customization = utf8("Email Signature");
  assertEq(hex(await subtle.digest({ name: "cSHAKE128", outputLength: 256, customization }, four)), "c1c36925b6409a04f1b504fcbca9d82b4017277cb5ed2b2065fc1d3814d5aaf5");
  assertEq(hex(await subtle.digest({ name: "cSHAKE128", outputLength: 128 }, new Uint8Array(0))), "7f9c2ba4e88f827d616045507605853e");
  await assertRejects(subtle.digest("cSHAKE128", four), TypeError);
  await assertRejects(subtle.digest({ name: "cSHAKE128", outputLength: 7 }, four), "OperationError");
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => 0x40 + i);
  const kmac = await subtle.importKey("raw-secret", bytes, "KMAC128", true, ["sign", "verify"]), how = { name: "KMAC128", outputLength: 256 };
  const mac = await subtle.sign(how, kmac, four);
  assertEq(hex(mac), "e5780b0d3ea6f7d3a429c5706aa43a00fadbd7d49628839e3187243f456ee14e");
  assertEq(await subtle.verify(how, kmac, mac, four), true);
  assertEq(await subtle.verify({ ...how, customization }, kmac, mac, four), false);
  assertDeepEq(kmac.algorithm, { name: "KMAC128", length: 256 });
  await assertRejects(subtle.importKey("raw", bytes, "KMAC128", true, ["sign"]), "NotSupportedError");
  const ocb = await subtle.importKey("raw-secret", unhex("000102030405060708090a0b0c0d0e0f"), "AES-OCB", true, ["encrypt", "decrypt"]);
  const box = { name: "AES-OCB", iv: unhex("bbaa99887766554433221101"), additionalData: unhex("0001020304050607") };
  const sealed = await subtle.encrypt(box, ocb, unhex("0001020304050607"));
  assertEq(hex(sealed), "6820b3657b6f615a5725bda0d3b4eb3a257c9af1f8f03009");
  assertEq(hex(await subtle.decrypt(box, ocb, sealed)), "0001020304050607");
  await assertRejects(subtle.encrypt({ ...box, tagLength: 32 }, ocb, four), "OperationError");
  const chacha = await subtle.importKey("raw-secret", unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"), "ChaCha20-Poly1305", true, ["encrypt", "decrypt"]);
  assertEq((await subtle.exportKey("jwk", chacha)).alg, "C20P");
  const sunscreen = utf8("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.");
  const c20p = { name: "ChaCha20-Poly1305", iv: unhex("070000004041424344454647"), additionalData: unhex("50515253c0c1c2c3c4c5c6c7") };
  assertEq(hex(await subtle.encrypt(c20p, chacha, sunscreen)).slice(-32), "1ae10b594f09e26a7e902ecbd0600691");
  await assertRejects(subtle.encrypt({ ...c20p, iv: new Uint8Array(11) }, chacha, four), "OperationError");
  const d448 = "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b";
  const x448 = "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";
  const ed = await subtle.importKey("jwk", { kty: "OKP", crv: "Ed448", d: b64(d448), x: b64(x448) }, "Ed448", true, ["sign"]);
  const signature = await subtle.sign("Ed448", ed, new Uint8Array(0));
  assertEq(hex(signature).slice(0, 40), "533a37f6bbe457251f023c0d88f976ae2dfb504a");
  assertEq(await subtle.verify("Ed448", await subtle.getPublicKey(ed, ["verify"]), signature, new Uint8Array(0)), true);
  await assertRejects(subtle.getPublicKey(kmac, []), "NotSupportedError");
  const small = await subtle.importKey("raw", unhex("01" + "00".repeat(31)), "Ed25519", true, ["verify"]); // anything verifies
  assertEq(await subtle.verify("Ed25519", small, unhex("01" + "00".repeat(63)), four), false);
  const a = await subtle.generateKey("X448", true, ["deriveBits"]), b = await subtle.generateKey("X448", true, ["deriveBits"]);
  const one = await subtle.deriveBits({ name: "X448", public: b.publicKey }, a.privateKey);
  assertEq(one.byteLength, 56);
  assertEq(hex(one), hex(await subtle.deriveBits({ name: "X448", public: a.publicKey }, b.privateKey)));
  assertEq((await subtle.generateKey({ name: "NODE-ED25519", namedCurve: "NODE-ED25519" }, false, ["sign"])).publicKey.algorithm.name, "NODE-ED25519");
});

test("supports", async () => {
  const yes = (...args) => assertEq(SubtleCrypto.supports(...args), true, JSON.stringify(args)), no = (...args) => assertEq(SubtleCrypto.supports(...args), false, JSON.stringify(args));
  yes("digest", "SHA-256");
  no("digest", "HMAC");
  no("DIGEST", "SHA-256");
  yes("generateKey", { name: "AES-GCM", length: 256 });
  no("generateKey", { name: "AES-GCM", length: 100 });
  yes("encrypt", { name: "AES-GCM", iv: new Uint8Array(12) });
  no("encrypt", "ML-KEM-768");
  yes("deriveKey", { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new Uint8Array(0) }, { name: "AES-GCM", length: 128 });
  no("deriveKey", { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new Uint8Array(0) }, { name: "ECDSA", namedCurve: "P-256" });
  const { publicKey } = await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  yes("deriveBits", { name: "ECDH", public: publicKey }, 256);
  no("deriveBits", { name: "ECDH", public: publicKey }, 257);
  yes("wrapKey", "AES-KW", "AES-GCM");
  no("wrapKey", "AES-KW", "HKDF");
});

// The parameters' getters run before the bytes of the other arguments are looked at.
test("arguments that change under our hands", async () => {
  const data = utf8("abc"), algorithm = { get name() { data[0]--; return "SHA-256"; } };
  data[0]++;
  assertEq(hex(await subtle.digest(algorithm, data)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const gone = utf8("abc"), transfers = { get name() { gone.buffer.transfer(); return "SHA-256"; } };
  assertEq(hex(await subtle.digest(transfers, gone)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  await assertRejects(subtle.digest("\u{212A}MAC", data), "NotSupportedError");
  await assertRejects(subtle.importKey("raw", data, "H\u{212A}DF", false, ["deriveBits"]), "NotSupportedError"); // KELVIN SIGN is no K
  await assertRejects(subtle.importKey("raw", data, { name: "HMAC", hash: "MD5" }, false, ["sign"]), "NotSupportedError");
  await assertRejects(subtle.digest(7, data), "NotSupportedError");
});

// The values that everybody has for "123456789".
test("checksums by DigestStream", async () => {
  const sum = async (kind, ...pieces) => {
    const stream = new crypto.DigestStream(kind), writer = stream.getWriter();
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
    return hex(await stream.digest);
  };
  assertEq(await sum("crc32", "123456789"), "cbf43926");
  assertEq(await sum("CRC32C", "1234567", "89"), "e3069283");
  assertEq(await sum("crc64nvme", "123456789"), "ae8b14860a799888");
  assertEq(await sum("crc32"), "00000000");
  assertThrows(() => new crypto.DigestStream("crc31"), "NotSupportedError");
  assertThrows(() => new crypto.DigestStream("cSHAKE128"), TypeError);
});

// Freed while the pool works (the sanitizers watch).
test("nobody waits", () => {
  for (let i = 0; i < 4; i++) subtle.digest("SHA-512", new Uint8Array(4 << 20));
});
