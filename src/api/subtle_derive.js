// generateKey(), deriveBits(), deriveKey().
const { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeSlice, MathCeil, Uint8Array } = primordials;
const lazy = internal.load;
const {
  make, recordOf, error, notSupported, usagesOf, algorithmOf, hashOf, curveOf, members, integer, optional, copyOf, bigInteger, use, isAes, isKdf, DERIVE_BITS,
  DERIVE_KEY, SECRET, RSA, EC, MAC, KMAC, CURVES,
} = lazy("subtle_key");
const { natives: n, settle } = lazy("subtle");
const { fromHandle, publicOf, importParams, importWith, RAW_SECRET } = lazy("subtle_import");

// --- Generation ---------------------------------------------------------------------------------------------------------
// The parameters of a new key, or of the key that one derives, each read once.
function generateParams(alg, identifier) {
  const algorithm = members(identifier);
  const p = { __proto__: null };
  if (isKdf(alg)) return p;
  if (alg.type === RSA) {
    p.bits = integer(algorithm.modulusLength, 0xffffffff, "modulusLength");
    p.exponent = bigInteger(algorithm.publicExponent);
    p.hash = hashOf(algorithm.hash);
  } else if (alg.type === EC) p.curve = curveOf(algorithm.namedCurve);
  else if (alg.kind === MAC) {
    p.hash = hashOf(algorithm.hash);
    p.length = optional(algorithm.length, 0xffffffff, "length");
  } else if (alg.kind === KMAC) p.length = optional(algorithm.length, 0xffffffff, "length");
  else if (isAes(alg)) p.length = integer(algorithm.length, 65535, "length");
  return p;
}
// The number that a public exponent is, as text: 3 and 65537 are what anybody uses, and others make slow or weak keys.
function exponentOf(bytes) {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + bytes[i];
  return value;
}
// OperationError when there can be no such key.
function generateCheck(alg, p) {
  if (isKdf(alg)) throw notSupported(`${alg.name} keys cannot be generated.`);
  if (isAes(alg) && p.length !== 128 && p.length !== 192 && p.length !== 256) throw error("OperationError", `An AES key must have 128, 192 or 256 bits, not ${p.length}.`);
  if (p.length === 0) throw error("OperationError", `A key of ${alg.name} cannot be empty.`);
  if (p.length > 65536 * 8) throw error("OperationError", `${p.length} bits is longer than this platform allows.`);
  if (alg.type !== RSA) return;
  const e = exponentOf(p.exponent);
  if (e !== 3 && e !== 65537) throw error("OperationError", `The "publicExponent" must be either 3 or 65537, but got ${e}.`);
  if (p.bits < 1024 || p.bits > 16384) throw error("OperationError", `A modulus has 1024 to 16384 bits, not ${p.bits}.`);
}
const lengthOf = (alg, p) => p.length ?? (alg.kind === MAC ? p.hash.block : alg.kind === KMAC && alg.name === "KMAC128" ? 128 : 256);

async function generateKey(algorithm, extractable, keyUsages) {
  const usages = usagesOf(keyUsages), alg = algorithmOf(algorithm), p = generateParams(alg, algorithm);
  if (usages & ~(alg.own | alg.pub)) throw error("SyntaxError", `A key usage is not possible with ${alg.name}.`);
  generateCheck(alg, p);
  if (!(usages & alg.own)) throw error("SyntaxError", `A ${alg.type === SECRET ? "secret" : "private"} key needs at least one usage.`);
  if (alg.type === SECRET) {
    p.length = lengthOf(alg, p);
    return make(n.generateSecret(MathCeil(p.length / 8)), "secret", extractable, alg, usages, p);
  }
  const handle = await settle(alg.type === RSA ? n.generateRsa(p.bits, p.exponent) : n.generate(alg.type, alg.type === EC ? CURVES[p.curve] : 0));
  return {
    publicKey: fromHandle(publicOf(handle), false, true, alg, usages & alg.pub, p),
    privateKey: fromHandle(handle, true, extractable, alg, usages & alg.own, p),
  };
}

// --- Derivation ----------------------------------------------------------------------------------------------------------
function deriveParams(alg, identifier) {
  const algorithm = members(identifier);
  const p = { __proto__: null, hash: null, info: null, salt: null, iterations: 0, peer: null };
  if (!isKdf(alg)) p.peer = recordOf(algorithm.public);
  else {
    p.hash = hashOf(algorithm.hash);
    if (alg.name === "HKDF") p.info = copyOf(algorithm.info, "info");
    else p.iterations = integer(algorithm.iterations, 0xffffffff, "iterations");
    p.salt = copyOf(algorithm.salt, "salt");
  }
  return p;
}
// What can be told without the key.
function deriveCheck(alg, p, bits) {
  if (!isKdf(alg)) {
    if (p.peer.type !== "public") throw error("InvalidAccessError", "The other side's key must be a public one.");
    if (p.peer.alg !== alg) throw error("InvalidAccessError", "The keys are not of the same algorithm.");
    return;
  }
  if (bits === null || bits % 8 !== 0) throw error("OperationError", "The length must be a multiple of 8 bits.");
  if (alg.name === "PBKDF2" && p.iterations === 0) throw error("OperationError", "PBKDF2 needs at least one iteration.");
}

// The first `bits` bits of what two keys agree on.
async function agreed(p, k, bits) {
  if (k.type !== "private") throw error("InvalidAccessError", "The key must be a private one.");
  if (p.peer.curve !== k.curve) throw error("InvalidAccessError", "The keys are not of the same curve.");
  const secret = await settle(n.agree(k.handle, p.peer.handle)), bytes = ArrayBufferPrototypeGetByteLength(secret);
  if (bits === null) return secret;
  const length = MathCeil(bits / 8);
  if (length > bytes) throw error("OperationError", `The keys agree on ${bytes * 8} bits only.`);
  const part = ArrayBufferPrototypeSlice(secret, 0, length);
  if (bits % 8 !== 0) {
    const view = new Uint8Array(part);
    view[length - 1] &= 0xff << (8 - (bits % 8));
  }
  return part;
}
function derive(alg, p, k, bits) {
  deriveCheck(alg, p, bits);
  if (!isKdf(alg)) return agreed(p, k, bits);
  return settle(n.derive(alg.name === "HKDF" ? 0 : 1, p.hash.id, k.handle, p.salt, p.info, p.iterations, bits / 8));
}
async function deriveBits(algorithm, baseKey, length) {
  const k = recordOf(baseKey), bits = length === null || length === undefined ? null : integer(length, 0xffffffff, "length");
  const alg = algorithmOf(algorithm, DERIVE_BITS), p = deriveParams(alg, algorithm);
  return derive(alg, p, use(k, alg, DERIVE_BITS, "deriveBits"), bits);
}
// How many bits a key of that type takes; null: as many as there are.
function keyLength(type, p) {
  if (type.type !== SECRET) throw notSupported(`${type.name} keys cannot be derived.`);
  if (isKdf(type)) return null;
  generateCheck(type, p);
  return lengthOf(type, p);
}
async function deriveKey(algorithm, baseKey, keyType, extractable, keyUsages) {
  const k = recordOf(baseKey), usages = usagesOf(keyUsages), alg = algorithmOf(algorithm, DERIVE_KEY), p = deriveParams(alg, algorithm);
  const type = algorithmOf(keyType);
  if (type.type !== SECRET) throw notSupported(`${type.name} keys cannot be derived.`);
  const params = importParams(type, keyType), typeParams = generateParams(type, keyType);
  use(k, alg, DERIVE_KEY, "deriveKey");
  const bits = keyLength(type, typeParams), secret = await derive(alg, p, k, bits);
  return importWith(RAW_SECRET, new Uint8Array(secret), type, params, extractable, usages);
}

return { generateKey, deriveBits, deriveKey, generateParams, generateCheck, deriveParams, deriveCheck, keyLength };
