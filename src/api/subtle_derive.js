// generateKey(), deriveBits(), deriveKey().
const { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeSlice, MathCeil, Uint8Array } = primordials;
const lazy = internal.load;
const {
  make, recordOf, error, notSupported, usagesOf, algorithmOf, hashOf, curveOf, integer, bytesOf, use, isAes, isKdf, DERIVE_BITS, DERIVE_KEY, SECRET, RSA,
  EC, CURVES,
} = lazy("subtle_key");
const { natives: n, settle } = lazy("subtle");
const { fromHandle, publicOf, importKey } = lazy("subtle_import");

// --- Generation ---------------------------------------------------------------------------------------------------------
function aesLength(algorithm) {
  const bits = integer(algorithm.length, 65535, "length");
  if (bits !== 128 && bits !== 192 && bits !== 256) throw error("OperationError", `An AES key must have 128, 192 or 256 bits, not ${bits}.`);
  return bits;
}
function hmacLength(algorithm, hash) {
  if (algorithm.length === undefined) return hash.block;
  const bits = integer(algorithm.length, 65536 * 8, "length");
  if (bits === 0) throw error("OperationError", "An HMAC key cannot be empty.");
  return bits;
}
function generateSecret(alg, algorithm, extractable, usages) {
  if (isKdf(alg)) throw notSupported(`${alg.name} keys cannot be generated.`);
  const more = { __proto__: null };
  if (!isAes(alg)) more.hash = hashOf(algorithm.hash);
  if (usages & ~alg.own) throw error("SyntaxError", `A key usage is not possible with ${alg.name}.`);
  more.length = isAes(alg) ? aesLength(algorithm) : hmacLength(algorithm, more.hash);
  if (usages === 0) throw error("SyntaxError", "A secret key needs at least one usage.");
  return make(n.generateSecret(MathCeil(more.length / 8)), "secret", extractable, alg, usages, more);
}

async function generateKey(algorithm, extractable, keyUsages) {
  const usages = usagesOf(keyUsages), alg = algorithmOf(algorithm);
  if (alg.type === SECRET) return generateSecret(alg, algorithm, extractable, usages);
  const more = { __proto__: null };
  let bits = 0, exponent;
  if (alg.type === RSA) {
    bits = integer(algorithm.modulusLength, 0xffffffff, "modulusLength");
    exponent = bytesOf(algorithm.publicExponent, "publicExponent");
    more.hash = hashOf(algorithm.hash);
  }
  if (alg.type === EC) more.curve = curveOf(algorithm.namedCurve);
  if (usages & ~(alg.own | alg.pub)) throw error("SyntaxError", `A key usage is not possible with ${alg.name}.`);
  if (!(usages & alg.own)) throw error("SyntaxError", "A private key needs at least one usage.");
  const handle = await settle(alg.type === RSA ? n.generateRsa(bits, exponent) : n.generate(alg.type, alg.type === EC ? CURVES[more.curve] : 0));
  return {
    publicKey: fromHandle(publicOf(handle), false, true, alg, usages & alg.pub, more),
    privateKey: fromHandle(handle, true, extractable, alg, usages & alg.own, more),
  };
}

// --- Derivation ----------------------------------------------------------------------------------------------------------
// The first `bits` bits of what two keys agree on.
async function agreed(alg, algorithm, k, bits) {
  const peer = recordOf(algorithm.public);
  if (peer.type !== "public") throw error("InvalidAccessError", "The other side's key must be a public one.");
  if (peer.alg !== alg || peer.curve !== k.curve) throw error("InvalidAccessError", "The keys are not of the same algorithm or curve.");
  if (k.type !== "private") throw error("InvalidAccessError", "The key must be a private one.");
  const secret = await settle(n.agree(k.handle, peer.handle)), bytes = ArrayBufferPrototypeGetByteLength(secret);
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
function derive(alg, algorithm, k, bits) {
  if (!isKdf(alg)) return agreed(alg, algorithm, k, bits);
  if (bits === null || bits % 8 !== 0) throw error("OperationError", "The length must be a multiple of 8 bits.");
  const hash = hashOf(algorithm.hash), salt = bytesOf(algorithm.salt, "salt");
  if (alg.name === "HKDF") return settle(n.derive(0, hash.id, k.handle, salt, bytesOf(algorithm.info, "info"), 0, bits / 8));
  const iterations = integer(algorithm.iterations, 0xffffffff, "iterations");
  if (iterations === 0) throw error("OperationError", "PBKDF2 needs at least one iteration.");
  return settle(n.derive(1, hash.id, k.handle, salt, null, iterations, bits / 8));
}
function derivation(algorithm, baseKey, usage, what) {
  const alg = algorithmOf(algorithm);
  if (!(alg.own & usage)) throw notSupported(`"${alg.name}" does not derive.`);
  return { __proto__: null, alg, k: use(baseKey, alg, usage, what) };
}
async function deriveBits(algorithm, baseKey, length) {
  const bits = length === null || length === undefined ? null : integer(length, 0xffffffff, "length");
  const d = derivation(algorithm, baseKey, DERIVE_BITS, "deriveBits");
  return derive(d.alg, algorithm, d.k, bits);
}
async function deriveKey(algorithm, baseKey, keyType, extractable, keyUsages) {
  const d = derivation(algorithm, baseKey, DERIVE_KEY, "deriveKey"), type = algorithmOf(keyType);
  if (type.type !== SECRET) throw notSupported(`${type.name} keys cannot be derived.`);
  const bits = isKdf(type) ? null : isAes(type) ? aesLength(keyType) : hmacLength(keyType, hashOf(keyType.hash));
  usagesOf(keyUsages);
  return importKey("raw", await derive(d.alg, algorithm, d.k, bits), keyType, extractable, keyUsages);
}

return { generateKey, deriveBits, deriveKey };
