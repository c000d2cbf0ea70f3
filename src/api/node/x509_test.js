// X509Certificate, by what Node.js says of the same certificates: they were made by OpenSSL for this test, and their keys are
// nowhere else. Could pass wrongly if everything matched everything: each question is asked with the answer no, too.
const LEAF = `-----BEGIN CERTIFICATE-----
MIICljCCAjygAwIBAgIFAKvN7wEwCgYIKoZIzj0EAwIwLjELMAkGA1UEBhMCSVMx
DTALBgNVBAoMBFRlc3QxEDAOBgNVBAMMB1Rlc3QgQ0EwIBcNMjYxMTIxMDQzOTQ2
WhgPMjEyNjEwMjgwNDM5NDZaMFExCzAJBgNVBAYTAklTMRMwEQYDVQQKDApMZWFm
LCBJbmMuMQowCAYDVQQLDAFhMQowCAYDVQQLDAFiMRUwEwYDVQQDDAxsZWFmLmV4
YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQljIForyq+XEmXBVHrLp9L
HMP2x+bxtyLSrH8bD/K+gUTmTeCTxe4EWmStcOXH7WLCTBAEsBUjg/sQCExHtM0C
o4IBIDCCARwwXgYDVR0RBFcwVYINKi5leGFtcGxlLmNvbYIBYYIGYi5ldmlshwR/
AAABhxAgAQ24AAAAAAAAAAAAAAABhhFodHRwOi8vYS5leGFtcGxlL4EObWVAZXhh
bXBsZS5jb20wHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMFAGCCsGAQUF
BwEBBEQwQjAgBggrBgEFBQcwAYYUaHR0cDovL29jc3AuZXhhbXBsZS8wHgYIKwYB
BQUHMAKGEmh0dHA6Ly9jYS5leGFtcGxlLzAJBgNVHRMEAjAAMB0GA1UdDgQWBBTy
DFttaUssniNr9BdKzZ6jwNvc4TAfBgNVHSMEGDAWgBQ4Hc4+/PXzdtnoBDoQjxYo
OZFxeDAKBggqhkjOPQQDAgNIADBFAiEAjp9JKRAly5qKWxzwhuO7CrBdhiRJ/aec
RZ+EnhxmdXsCIGYScYa+Rbu2THAEOBchkJovCEjcvOQAte8ZwlPps5aI
-----END CERTIFICATE-----
`;
const CA = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUagAwIBAgIBATAKBggqhkjOPQQDAjAuMQswCQYDVQQGEwJJUzENMAsG
A1UECgwEVGVzdDEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjEwNDM5NDZaGA8y
MTI2MTAyODA0Mzk0NlowLjELMAkGA1UEBhMCSVMxDTALBgNVBAoMBFRlc3QxEDAO
BgNVBAMMB1Rlc3QgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASSgBuV+x2Y
k0+eJLpsB3qlXFtWtHqcRQ7Fvw/VoKVUSCoUVrA9tmFVqYLcmvpSF/au6TV8+ruF
trSJ4Mm6SaeVo1MwUTAdBgNVHQ4EFgQUOB3OPvz183bZ6AQ6EI8WKDmRcXgwHwYD
VR0jBBgwFoAUOB3OPvz183bZ6AQ6EI8WKDmRcXgwDwYDVR0TAQH/BAUwAwEB/zAK
BggqhkjOPQQDAgNIADBFAiEAvVc/F99RuWUStMYZUoGXcLKFQEAQApayqu9VlkNm
H1QCIGKRZeXLrvPlnardB6WdyGfEPJ2Z6FR5gIYKDsKQw2tl
-----END CERTIFICATE-----
`;
const LEAF_KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIGbZ9dcGIELHU+1LRq6ac8zWYsblBAz7sfGJAFEQSIvqoAoGCCqGSM49
AwEHoUQDQgAEJYyBaK8qvlxJlwVR6y6fSxzD9sfm8bci0qx/Gw/yvoFE5k3gk8Xu
BFpkrXDlx+1iwkwQBLAVI4P7EAhMR7TNAg==
-----END EC PRIVATE KEY-----
`;
// Its one DNS name is "a, DNS:b.evil".
const MISLEADING = "MIIBlTCCATygAwIBAgIBAjAKBggqhkjOPQQDAjAuMQswCQYDVQQGEwJJUzENMAsGA1UECgwEVGVzdDEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjEwNDQwMTNaGA8yMTI2MTAyODA0NDAxM1owDDEKMAgGA1UEAwwBdzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCWMgWivKr5cSZcFUesun0scw/bH5vG3ItKsfxsP8r6BROZN4JPF7gRaZK1w5cftYsJMEASwFSOD+xAITEe0zQKjazBpMCcGA1UdEQQgMB6CDWEsIEROUzpiLmV2aWyBDXhAZXhhbXBsZS5jb20wHQYDVR0OBBYEFPIMW21pSyyeI2v0F0rNnqPA29zhMB8GA1UdIwQYMBaAFDgdzj789fN22egEOhCPFig5kXF4MAoGCCqGSM49BAMCA0cAMEQCIBr4Q0QsPAg46x0dG/dkxsMJQYPm6yD+TZry3cAYkJR5AiB6pqDV6wJXTW2T6b/NycxRgEA8O2xK42nhwTRtzX3xcQ==";
let c, Buffer, leaf, ca;
const it = (name, fn) => test(name, () => {
  c ??= $internal.load("node/crypto");
  Buffer ??= $internal.load("node/buffer").Buffer;
  leaf ??= new c.X509Certificate(LEAF);
  ca ??= new c.X509Certificate(Buffer.from(CA));
  return fn();
});

it("what a certificate says", () => {
  assertEq(leaf.subject, "C=IS\nO=Leaf\\, Inc.\nOU=a\nOU=b\nCN=leaf.example");
  assertEq(leaf.issuer, "C=IS\nO=Test\nCN=Test CA");
  assertEq(leaf.subjectAltName, "DNS:*.example.com, DNS:a, DNS:b.evil, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:http://a.example/, email:me@example.com");
  assertEq(leaf.infoAccess, "OCSP - URI:http://ocsp.example/\nCA Issuers - URI:http://ca.example/");
  assertDeepEq([leaf.validFrom, leaf.validTo], ["Nov 21 04:39:46 2026 GMT", "Oct 28 04:39:46 2126 GMT"]);
  assertEq(leaf.validFromDate.toISOString(), "2026-11-21T04:39:46.000Z");
  assertEq(leaf.fingerprint, "EE:24:D0:C4:75:5D:D2:91:D2:6E:D6:D2:68:F9:02:86:18:C8:8B:3C");
  assertEq(leaf.fingerprint256, "3F:13:E2:86:3F:1B:A1:D5:4C:1C:05:50:E4:71:96:38:27:DB:E9:81:51:E4:B2:5C:F0:61:70:33:EF:7A:A4:BC");
  assertDeepEq(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assertDeepEq([leaf.serialNumber, leaf.ca, ca.ca], ["ABCDEF01", false, true]);
  assertDeepEq([leaf.signatureAlgorithm, leaf.signatureAlgorithmOid], ["ecdsa-with-SHA256", "1.2.840.10045.4.3.2"]);
  assertDeepEq([ca.subjectAltName, ca.keyUsage, ca.infoAccess, ca.issuerCertificate], [undefined, undefined, undefined, undefined]);
  assertEq(new c.X509Certificate(Buffer.from(MISLEADING, "base64")).subjectAltName, 'DNS:"a\\u002c DNS:b.evil", email:x@example.com');
});
it("in and out", () => {
  assertEq(leaf.toString(), LEAF);
  assertEq(JSON.parse(JSON.stringify({ leaf })).leaf, LEAF);
  assertEq(new c.X509Certificate(leaf.raw).fingerprint, leaf.fingerprint);
  assert(leaf.raw !== leaf.raw);
  for (const bad of ["x", "", LEAF.slice(0, 300), Buffer.alloc(20)]) assertThrows(() => new c.X509Certificate(bad));
  for (const bad of [undefined, 1, {}]) assertEq(assertThrows(() => new c.X509Certificate(bad), TypeError).code, "ERR_INVALID_ARG_TYPE");
  const d = Object.getOwnPropertyDescriptor(c.X509Certificate.prototype, "subject");
  assertThrows(() => d.get.call({}), TypeError);
});
it("names that it is for", () => {
  assertDeepEq([leaf.checkHost("x.example.com"), leaf.checkHost("x.y.example.com"), leaf.checkHost("example.com")], ["*.example.com", undefined, undefined]);
  assertDeepEq([leaf.checkHost("leaf.example"), leaf.checkHost("leaf.example", { subject: "always" })], [undefined, "leaf.example"]);
  assertEq(leaf.checkHost("x.example.com", { wildcards: false }), undefined);
  assertEq(leaf.checkHost("x.example.com\0.evil"), undefined);
  assertDeepEq([leaf.checkEmail("me@example.com"), leaf.checkEmail("you@example.com")], ["me@example.com", undefined]);
  assertDeepEq([leaf.checkIP("127.0.0.1"), leaf.checkIP("2001:db8::1"), leaf.checkIP("1.1.1.1"), leaf.checkIP("x".repeat(99))], ["127.0.0.1", "2001:db8::1", undefined, undefined]);
  assertThrows(() => leaf.checkHost("a", { subject: "sometimes" }));
  assertThrows(() => leaf.checkHost("a", { wildcards: 1 }), TypeError);
});
it("keys and issuers", () => {
  const key = c.createPrivateKey(LEAF_KEY), other = c.generateKeyPairSync("ec", { namedCurve: "P-256" });
  assertDeepEq([leaf.checkPrivateKey(key), leaf.checkPrivateKey(other.privateKey)], [true, false]);
  assertThrows(() => leaf.checkPrivateKey(leaf.publicKey));
  assertDeepEq([leaf.checkIssued(ca), ca.checkIssued(leaf), ca.checkIssued(ca)], [true, false, true]);
  assertDeepEq([leaf.verify(ca.publicKey), leaf.verify(leaf.publicKey), ca.verify(ca.publicKey)], [true, false, true]);
  assertThrows(() => leaf.checkIssued(LEAF), TypeError);
  assertEq(leaf.publicKey.asymmetricKeyType, "ec");
});
it("as TLS sockets show it", () => {
  const legacy = leaf.toLegacyObject();
  assertDeepEq([legacy.subject.O, legacy.subject.OU, legacy.issuer.CN], ["Leaf, Inc.", ["a", "b"], "Test CA"]);
  assertDeepEq(legacy.infoAccess["OCSP - URI"], ["http://ocsp.example/"]);
  assertDeepEq([legacy.bits, legacy.asn1Curve, legacy.nistCurve, legacy.serialNumber, legacy.ca], [256, "prime256v1", "P-256", "ABCDEF01", false]);
  assertEq(legacy.pubkey.toString("hex").slice(0, 10), "04258c8168");
});
