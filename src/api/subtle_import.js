// importKey() and exportKey(): raw, spki, pkcs8, and JWK (RFC 7517, 7518, 8037) with the checks that WebCrypto wants.
const { ArrayPrototypePush, TypeError } = primordials;
const lazy = internal.load;
const {
  make, recordOf, error, notSupported, usagesOf, usageNames, algorithmOf, hashOf, curveOf, optional, isBytes, members, needBytes, bytesOf, isObject, isAes, isKdf,
  isNew, SECRET, RSA, EC, SIGN, CURVES, MAC, KMAC, CHACHA,
} = lazy("subtle_key");

const FORMATS = { __proto__: null, spki: 0, pkcs8: 1, raw: 2, jwk: 3, "raw-public": 4, "raw-secret": 5, "raw-private": 6, "raw-seed": 7 };
const FORMAT_NAMES = ["spki", "pkcs8", "raw", "jwk", "raw-public", "raw-secret", "raw-private", "raw-seed"];
const RAW = 2, JWK = 3, RAW_PUBLIC = 4, RAW_SECRET = 5;
const dataError = (message) => error("DataError", message);

function formatOf(v) {
  const format = FORMATS[`${v}`];
  if (format === undefined) throw new TypeError(`"${v}" is not a key format: raw, raw-public, raw-secret, spki, pkcs8 or jwk.`);
  return format;
}

// --- JWK in ------------------------------------------------------------------------------------------------------------
const STRINGS = ["kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

// The members of a JsonWebKey, each read once.
function readJwk(v, failure = undefined) {
  if (!isObject(v)) {
    if (failure !== undefined) throw error(failure, "The key is no JSON object.");
    if (v !== undefined && v !== null) throw new TypeError("A key in the format \"jwk\" must be an object.");
    return { __proto__: null };
  }
  const jwk = { __proto__: null };
  for (let i = 0; i < STRINGS.length; i++) {
    const value = v[STRINGS[i]];
    if (value !== undefined) jwk[STRINGS[i]] = `${value}`;
  }
  if (v.ext !== undefined) jwk.ext = !!v.ext;
  if (v.oth !== undefined) jwk.oth = true;
  if (v.key_ops !== undefined) {
    if (v.key_ops === null || typeof v.key_ops !== "object") throw new TypeError("JWK: key_ops must be a sequence of strings.");
    jwk.key_ops = [];
    for (const op of v.key_ops) ArrayPrototypePush(jwk.key_ops, `${op}`);
  }
  return jwk;
}

function checkJwk(jwk, kty, alg, extractable, usages) {
  if (jwk.kty !== kty) throw dataError(`JWK: "kty" must be "${kty}" for ${alg.name}.`);
  const use = alg.own & SIGN ? "sig" : "enc";
  if (usages !== 0 && jwk.use !== undefined && jwk.use !== use) throw dataError(`JWK: "use" must be "${use}" for ${alg.name}.`);
  if (jwk.ext === false && extractable) throw dataError("JWK: \"ext\" is false, so the key cannot be extractable.");
  const ops = jwk.key_ops;
  if (ops === undefined) return;
  const wanted = usageNames(usages);
  for (let i = 0; i < ops.length; i++)
    for (let k = i + 1; k < ops.length; k++) if (ops[i] === ops[k]) throw dataError("JWK: \"key_ops\" has a value twice.");
  for (let i = 0; i < wanted.length; i++) {
    let has = false;
    for (let k = 0; k < ops.length && !has; k++) has = ops[k] === wanted[i];
    if (!has) throw dataError(`JWK: "key_ops" does not allow "${wanted[i]}".`);
  }
}

// What JWK calls an algorithm; undefined when it has no name there.
function jwkAlg(alg, hash, length) {
  if (isAes(alg)) return `A${length}${alg.jwk}`;
  if (alg.kind === CHACHA || alg.kind === KMAC) return alg.jwk;
  if (hash === undefined || hash.suffix === "") return undefined;
  if (alg.jwk === "RSA-OAEP") return hash.id === 0 ? "RSA-OAEP" : `RSA-OAEP-${hash.suffix}`;
  return alg.jwk + hash.suffix;
}
function checkAlg(jwk, wanted) {
  if (jwk.alg !== undefined && wanted !== undefined && jwk.alg !== wanted) throw dataError(`JWK: Unrecognized or unimplemented algorithm "${jwk.alg}" for a key that is for "${wanted}".`);
}
const ES = { __proto__: null, "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };

function fromJwk(jwk, alg, more) {
  let handle;
  switch (alg.type) {
    case SECRET:
      if (jwk.k === undefined) throw dataError("JWK: \"k\" is missing.");
      handle = natives.parts(SECRET, 0, jwk.k);
      break;
    case RSA:
      if (jwk.oth !== undefined) throw notSupported("JWK: RSA keys with more than two primes are not supported.");
      checkAlg(jwk, jwkAlg(alg, more.hash, 0));
      if (jwk.n === undefined || jwk.e === undefined) throw dataError("JWK: \"n\" and \"e\" are needed.");
      handle = natives.parts(RSA, 0, jwk.n, jwk.e, jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi);
      break;
    case EC:
      if (jwk.crv !== more.curve) throw dataError(`JWK: "crv" must be "${more.curve}".`);
      if (alg.own & SIGN) checkAlg(jwk, ES[more.curve]);
      if (jwk.x === undefined || jwk.y === undefined) throw dataError("JWK: \"x\" and \"y\" are needed.");
      handle = natives.parts(EC, CURVES[more.curve], jwk.x, jwk.y, jwk.d);
      break;
    default:
      if (jwk.crv !== crvOf(alg)) throw dataError(`JWK: "crv" must be "${crvOf(alg)}".`);
      if (alg.own & SIGN && jwk.alg !== "EdDSA") checkAlg(jwk, crvOf(alg));
      if (jwk.x === undefined) throw dataError("JWK: \"x\" is missing.");
      handle = natives.parts(alg.type, 0, jwk.x, jwk.d);
  }
  if (handle === null) throw dataError(`JWK: the ${alg.name} key is malformed.`);
  return handle;
}
const crvOf = (alg) => (alg.name === "NODE-ED25519" ? "Ed25519" : alg.name);
const ktyOf = (alg) => (alg.type === SECRET ? "oct" : alg.type === RSA ? "RSA" : alg.type === EC ? "EC" : "OKP");

// --- Import ------------------------------------------------------------------------------------------------------------
// The parameters of an import, each read once: { hash, curve, wanted (bits) }.
function importParams(alg, identifier) {
  const algorithm = members(identifier);
  const p = { __proto__: null };
  if (alg.type === RSA || alg.kind === MAC) p.hash = hashOf(algorithm.hash);
  if (alg.type === EC) p.curve = curveOf(algorithm.namedCurve);
  if (alg.kind === MAC || alg.kind === KMAC) p.wanted = optional(algorithm.length, 0xffffffff, "length");
  return p;
}
function macLength(alg, bits, wanted) {
  if (bits === 0) throw dataError(`A key of ${alg.name} cannot be empty.`);
  if (wanted === undefined) return bits;
  if (wanted > bits || wanted <= bits - 8) throw dataError(`The key has ${bits} bits, not ${wanted}.`);
  return wanted;
}

function importSecret(format, data, alg, p, extractable, usages) {
  const raw = format === RAW_SECRET || (format === RAW && !isNew(alg));
  if (!raw && (format !== JWK || isKdf(alg))) throw notSupported(`${alg.name} keys cannot be imported as "${FORMAT_NAMES[format]}".`);
  if (usages & ~alg.own) throw error("SyntaxError", `A key usage is not possible with ${alg.name}.`);
  if (isKdf(alg) && extractable) throw error("SyntaxError", `${alg.name} keys cannot be extractable.`);
  if (format === JWK) checkJwk(data, "oct", alg, extractable, usages);
  const handle = format === JWK ? fromJwk(data, alg, p) : natives.secret(data), bits = natives.bits(handle);
  if (isAes(alg) && bits !== 128 && bits !== 192 && bits !== 256) throw dataError(`An AES key must have 128, 192 or 256 bits, not ${bits}.`);
  if (alg.kind === CHACHA && bits !== 256) throw dataError(`A ChaCha20-Poly1305 key must have 256 bits, not ${bits}.`);
  p.length = alg.kind === MAC || alg.kind === KMAC ? macLength(alg, bits, p.wanted) : bits;
  if (format === JWK) checkAlg(data, jwkAlg(alg, p.hash, bits));
  if (usages === 0) throw error("SyntaxError", "A secret key needs at least one usage.");
  return make(handle, "secret", extractable, alg, usages, p);
}

// `data` is a JWK as readJwk() gives it, or bytes; p what importParams() read.
function importWith(format, data, alg, p, extractable, usages) {
  if (alg.type === SECRET) return importSecret(format, data, alg, p, extractable, usages);
  const raw = format === RAW || format === RAW_PUBLIC;
  if (raw ? alg.type === RSA : format > JWK) throw notSupported(`${alg.name} keys cannot be imported as "${FORMAT_NAMES[format]}".`);
  const isPrivate = format === 1 || (format === JWK && data.d !== undefined);
  if (usages & ~(isPrivate ? alg.own : alg.pub))
    throw error("SyntaxError", `A key usage is not possible with a ${isPrivate ? "private" : "public"} ${alg.name} key.`);
  if (format === JWK) checkJwk(data, ktyOf(alg), alg, extractable, usages);
  const handle = format === JWK ? fromJwk(data, alg, p) : natives.key(raw ? RAW : format, alg.type, alg.type === EC ? CURVES[p.curve] : 0, data);
  if (handle === null) throw dataError(`The ${alg.name} key is malformed or of another kind.`);
  if (isPrivate && usages === 0) throw error("SyntaxError", "A private key needs at least one usage.");
  return fromHandle(handle, isPrivate, extractable, alg, usages, p);
}
function importKey(formatName, keyData, algorithm, extractable, keyUsages) {
  const format = formatOf(formatName), bytes = isBytes(keyData), jwk = bytes ? null : readJwk(keyData), usages = usagesOf(keyUsages);
  const alg = algorithmOf(algorithm), p = importParams(alg, algorithm);
  if (format === JWK && bytes) throw new TypeError("A key in the format \"jwk\" must be an object.");
  if (format !== JWK) needBytes(keyData, "The key");
  return importWith(format, format === JWK ? jwk : bytesOf(keyData, "The key"), alg, p, extractable, usages);
}
function fromHandle(handle, isPrivate, extractable, alg, usages, more) {
  if (alg.type === RSA) {
    more.length = natives.bits(handle);
    more.exponent = natives.exponent(handle);
  }
  return make(handle, isPrivate ? "private" : "public", extractable, alg, usages, more);
}

// --- Export ------------------------------------------------------------------------------------------------------------
const OKP = ["x", "d"];
const NAMES = [["k"], ["n", "e", "d", "p", "q", "dp", "dq", "qi"], ["x", "y", "d"], OKP, OKP, OKP, OKP]; // by type of key

function toJwk(k) {
  const { alg } = k, jwk = { kty: ktyOf(alg), key_ops: usageNames(k.usages) };
  const name = alg.type > EC && alg.own & SIGN ? (alg.name === "NODE-ED25519" ? "EdDSA" : alg.name) : alg.jwk === "" ? undefined : jwkAlg(alg, k.hash, k.length);
  if (name !== undefined) jwk.alg = name;
  jwk.ext = k.extractable;
  if (alg.type === EC) jwk.crv = k.curve;
  else if (alg.type > EC) jwk.crv = crvOf(alg);
  const names = NAMES[alg.type], values = natives.saveParts(k.handle);
  for (let i = 0; i < names.length; i++) if (values[i] !== undefined) jwk[names[i]] = values[i];
  return jwk;
}

function exportRecord(format, k) {
  const { alg } = k, secret = alg.type === SECRET, name = FORMAT_NAMES[format];
  if (isKdf(alg)) throw notSupported(`${alg.name} keys cannot be exported.`);
  const raw = secret ? format === RAW_SECRET || (format === RAW && !isNew(alg)) : alg.type !== RSA && (format === RAW || format === RAW_PUBLIC);
  if (!raw && format !== JWK && (secret || format > 1)) throw notSupported(`${alg.name} keys cannot be exported as "${name}".`);
  if (!k.extractable) throw error("InvalidAccessError", "The key is not extractable.");
  if (format === JWK) return toJwk(k);
  if (k.type !== (secret ? "secret" : format === 1 ? "private" : "public")) throw error("InvalidAccessError", `A ${k.type} key cannot be exported as "${name}".`);
  const bytes = natives.save(raw ? RAW : format, k.handle);
  if (bytes === null) throw error("OperationError", "The key could not be exported.");
  return bytes;
}
const exportKey = (format, key) => {
  const f = formatOf(format);
  return exportRecord(f, recordOf(key));
};

return { importKey, importParams, importWith, exportKey, exportRecord, formatOf, fromHandle, publicOf: natives.public, readJwk, JWK, RAW_SECRET, natives };
