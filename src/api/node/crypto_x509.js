// X509Certificate. https://nodejs.org/api/crypto.html#class-x509certificate  The object keeps the DER; C reads it for each
// question (crypto/certificate.h), and what was asked once is remembered here.
const { Date, Error, Symbol } = primordials;
const lazy = internal.load;
const { coded, invalidArgType, invalidArgValue, validateBoolean, validateObject, validateOneOf, validateString } = lazy("node/errors");
const { isBytes, toBytes, encoded } = lazy("node/crypto_base");
const keys = lazy("node/crypto_keys");
const { Buffer } = lazy("node/buffer");

// enum crypto_certificate_part.
const PEM = 0, SUBJECT = 1, ISSUER = 2, ALT_NAMES = 3, INFO_ACCESS = 4, FROM = 5, TO = 6, SERIAL = 7, USAGES = 8, ALGORITHM = 9, ALGORITHM_OID = 10;
// enum crypto_certificate_name.
const HOST = 0, EMAIL = 1, IP = 2;
// OpenSSL's X509_CHECK_FLAG_x.
const ALWAYS_SUBJECT = 1, NO_WILDCARDS = 2, NO_PARTIAL = 4, MULTI_LABEL = 8, SINGLE_LABEL = 16, NEVER_SUBJECT = 32;

function option(options, name, otherwise) {
  const v = options[name];
  if (v === undefined) return otherwise;
  validateBoolean(v, `options.${name}`);
  return v;
}
function flagsOf(options, isHost) {
  if (options === undefined) return 0;
  validateObject(options, "options");
  const { subject = "default" } = options;
  validateOneOf(subject, "options.subject", ["default", "always", "never"]);
  let flags = subject === "always" ? ALWAYS_SUBJECT : subject === "never" ? NEVER_SUBJECT : 0;
  if (!isHost) return flags;
  if (!option(options, "wildcards", true)) flags |= NO_WILDCARDS;
  if (!option(options, "partialWildcards", true)) flags |= NO_PARTIAL;
  if (option(options, "multiLabelWildcards", false)) flags |= MULTI_LABEL;
  if (option(options, "singleLabelSubdomains", false)) flags |= SINGLE_LABEL;
  return flags;
}

// "CN=a\nOU=b\nOU=c" as { CN: "a", OU: ["b", "c"] }, as TLS sockets show it.
const plain = (value) => value.replace(/\\([0-9A-F]{2}|.)/g, (_, c) => (c.length === 2 ? String.fromCharCode(parseInt(c, 16)) : c));
function fieldsOf(text) {
  if (text === undefined) return undefined;
  const fields = { __proto__: null };
  for (const line of text.split("\n")) {
    const at = line.indexOf("="), name = line.slice(0, at), value = plain(line.slice(at + 1));
    if (fields[name] === undefined) fields[name] = value;
    else if (typeof fields[name] === "string") fields[name] = [fields[name], value];
    else fields[name].push(value);
  }
  return fields;
}
// "OCSP - URI:http://a/" lines as { "OCSP - URI": ["http://a/"] }.
function accessOf(text) {
  if (text === undefined) return undefined;
  const found = { __proto__: null };
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    if (at >= 0) (found[line.slice(0, at)] ??= []).push(line.slice(at + 1));
  }
  return found;
}
function legacyKey(key) {
  const jwk = key.export({ format: "jwk" }), number = (v) => Buffer.from(v, "base64url");
  if (jwk.kty === "RSA")
    return {
      modulus: number(jwk.n).toString("hex").toUpperCase(), bits: key.asymmetricKeyDetails.modulusLength,
      exponent: `0x${BigInt(`0x${number(jwk.e).toString("hex")}`).toString(16)}`, pubkey: key.export({ format: "der", type: "spki" }),
    };
  if (jwk.kty !== "EC") return {};
  const x = number(jwk.x), y = number(jwk.y);
  return {
    bits: { __proto__: null, "P-256": 256, "P-384": 384, "P-521": 521 }[jwk.crv], pubkey: Buffer.concat([Buffer.from([4]), x, y]),
    asn1Curve: key.asymmetricKeyDetails.namedCurve, nistCurve: jwk.crv,
  };
}

let derOf;
class X509Certificate {
  #der;
  #parts = [];
  #key;
  static {
    derOf = (v) => (typeof v === "object" && v !== null && #der in v ? v.#der : undefined);
  }
  constructor(buffer) {
    if (typeof buffer !== "string" && !isBytes(buffer)) throw invalidArgType("buffer", ["string", "Buffer", "TypedArray", "DataView"], buffer);
    this.#der = natives.der(toBytes(buffer, "buffer"));
    if (this.#der === undefined) throw coded(Error, "ERR_OSSL_PEM_NO_START_LINE", "Failed to parse X509 certificate");
  }
  #part(which) {
    const parts = this.#parts;
    if (!(which in parts)) {
      const bytes = natives.part(this.#der, which);
      parts[which] = bytes === undefined ? undefined : encoded(bytes, "utf8");
    }
    return parts[which];
  }
  #digest(name) {
    return lazy("node/crypto_hash").hash(name, this.#der).toUpperCase().replace(/..(?!$)/g, "$&:");
  }
  get subject() { return this.#part(SUBJECT); }
  get subjectAltName() { return this.#part(ALT_NAMES); }
  get issuer() { return this.#part(ISSUER); }
  get issuerCertificate() {
    this.#der;
    return undefined;
  }
  get infoAccess() { return this.#part(INFO_ACCESS); }
  get validFrom() { return this.#part(FROM); }
  get validTo() { return this.#part(TO); }
  get validFromDate() { return new Date(this.validFrom); }
  get validToDate() { return new Date(this.validTo); }
  get fingerprint() { return this.#digest("sha1"); }
  get fingerprint256() { return this.#digest("sha256"); }
  get fingerprint512() { return this.#digest("sha512"); }
  get keyUsage() { return this.#part(USAGES)?.split(" "); }
  get extKeyUsage() { return this.keyUsage; }
  get serialNumber() { return this.#part(SERIAL); }
  get signatureAlgorithm() { return this.#part(ALGORITHM); }
  get signatureAlgorithmOid() { return this.#part(ALGORITHM_OID); }
  get raw() { return Buffer.from(this.#der); }
  get publicKey() { return (this.#key ??= keys.createPublicKey(this.#part(PEM))); }
  get ca() { return natives.isCa(this.#der); }
  checkHost(name, options = undefined) {
    validateString(name, "name");
    const found = natives.isFor(this.#der, HOST, Buffer.from(name), flagsOf(options, true));
    return found === undefined ? undefined : found.length === 0 ? name : encoded(found, "utf8");
  }
  checkEmail(email, options = undefined) {
    validateString(email, "email");
    return natives.isFor(this.#der, EMAIL, Buffer.from(email), flagsOf(options, false)) === undefined ? undefined : email;
  }
  checkIP(ip, options = undefined) {
    validateString(ip, "ip");
    return natives.isFor(this.#der, IP, Buffer.from(ip), flagsOf(options, false)) === undefined ? undefined : ip;
  }
  checkIssued(otherCert) {
    const other = derOf(otherCert);
    if (other === undefined) throw invalidArgType("otherCert", "X509Certificate", otherCert);
    return natives.issuedBy(this.#der, other);
  }
  checkPrivateKey(privateKey) {
    if (!keys.isKeyObject(privateKey)) throw invalidArgType("privateKey", "KeyObject", privateKey);
    if (privateKey.type !== "private") throw invalidArgValue("privateKey", privateKey);
    return lazy("node/crypto_base").n.keySame(keys.handleOf(this.publicKey), keys.publicOf(keys.handleOf(privateKey)));
  }
  verify(publicKey) {
    if (!keys.isKeyObject(publicKey)) throw invalidArgType("publicKey", "KeyObject", publicKey);
    if (publicKey.type !== "public") throw invalidArgValue("publicKey", publicKey);
    return natives.signedBy(this.#der, keys.handleOf(publicKey));
  }
  toString() { return this.#part(PEM); }
  toJSON() { return this.#part(PEM); }
  toLegacyObject() {
    return {
      subject: fieldsOf(this.subject), issuer: fieldsOf(this.issuer), subjectaltname: this.subjectAltName, infoAccess: accessOf(this.infoAccess), ca: this.ca,
      ...legacyKey(this.publicKey), valid_from: this.validFrom, valid_to: this.validTo, fingerprint: this.fingerprint, fingerprint256: this.fingerprint256,
      fingerprint512: this.fingerprint512, ext_key_usage: this.keyUsage, serialNumber: this.serialNumber, raw: this.raw,
    };
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    if (depth < 0) return this;
    const { subject, subjectAltName, issuer, infoAccess, validFrom, validTo, fingerprint, fingerprint256, fingerprint512, keyUsage, serialNumber } = this;
    const shown = { subject, subjectAltName, issuer, infoAccess, validFrom, validTo, fingerprint, fingerprint256, fingerprint512, keyUsage, serialNumber };
    return `X509Certificate ${inspect({ ...shown, publicKey: this.publicKey }, options)}`;
  }
}

return { X509Certificate };
