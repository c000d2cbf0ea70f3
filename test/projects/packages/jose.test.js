import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import * as jose from "jose";

const encode = (s) => new TextEncoder().encode(s);

// RFC 7515, appendix A.1
export const rfc7515 = {
  async test() {
    const jws =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const key = await jose.importJWK({
      kty: "oct", alg: "HS256",
      k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    });
    const { payload } = await jose.compactVerify(jws, key);
    deepStrictEqual(JSON.parse(new TextDecoder().decode(payload)), {
      iss: "joe", exp: 1300819380, "http://example.com/is_root": true,
    });
    await rejects(jose.jwtVerify(jws, key), { code: "ERR_JWT_EXPIRED" });
    await rejects(jose.compactVerify(`${jws.slice(0, -2)}AA`, key), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
  },
};
export const signatures = {
  async test() {
    for (const alg of ["ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA"]) {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
      const jwt = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg }).setIssuer("me").setExpirationTime("2h").sign(privateKey);
      const known = await jose.importSPKI(await jose.exportSPKI(publicKey), alg);
      const { payload, protectedHeader } = await jose.jwtVerify(jwt, known, { issuer: "me" });
      strictEqual(payload.a, 1);
      strictEqual(protectedHeader.alg, alg);
      const set = jose.createLocalJWKSet({ keys: [{ ...(await jose.exportJWK(publicKey)), alg }] });
      strictEqual((await jose.jwtVerify(jwt, set)).payload.iss, "me");
      await rejects(jose.jwtVerify(jwt, known, { issuer: "you" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
    }
  },
};
export const encryption = {
  async test() {
    const pair = await jose.generateKeyPair("ECDH-ES+A256KW");
    const rsa = await jose.generateKeyPair("RSA-OAEP-256");
    const kinds = [
      ["ECDH-ES+A256KW", "A256GCM", pair.publicKey, pair.privateKey],
      ["RSA-OAEP-256", "A128CBC-HS256", rsa.publicKey, rsa.privateKey],
      ["dir", "A256GCM", encode("0123456789abcdef0123456789abcdef"), encode("0123456789abcdef0123456789abcdef")],
      ["PBES2-HS256+A128KW", "A128GCM", encode("password"), encode("password")],
    ];
    for (const [alg, enc, to, from] of kinds) {
      const jwe = await new jose.CompactEncrypt(encode("secret")).setProtectedHeader({ alg, enc }).encrypt(to);
      const { plaintext } = await jose.compactDecrypt(jwe, from, { keyManagementAlgorithms: [alg] });
      strictEqual(new TextDecoder().decode(plaintext), "secret");
    }
  },
};
