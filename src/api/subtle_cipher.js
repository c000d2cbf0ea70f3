// encrypt(), decrypt(), wrapKey(), unwrapKey().
const { JSONParse, JSONStringify } = primordials;
const lazy = internal.load;
const {
  use, recordOf, error, algorithmOf, integer, optional, members, needBytes, bytesOf, copyOf, optionalCopy, usagesOf, ENCRYPT, DECRYPT, WRAP, UNWRAP, RSA,
} = lazy("subtle_key");
const { natives: { crypt }, settle } = lazy("subtle");

const GCM = 0, CBC = 1, CTR = 2, KW = 3, OCB = 5;
const operation = (message) => error("OperationError", message);

// The parameters of a cipher, each read once: { iv, aad, number: bits of the tag or of the counter }.
function cipherParams(alg, identifier) {
  const algorithm = members(identifier);
  const p = { __proto__: null, iv: null, aad: null, number: 0 };
  if (alg.type === RSA) p.aad = optionalCopy(algorithm.label, "label");
  else if (alg.scheme === CTR) {
    p.iv = copyOf(algorithm.counter, "counter");
    p.number = integer(algorithm.length, 255, "length");
  } else if (alg.scheme === CBC) p.iv = copyOf(algorithm.iv, "iv");
  else if (alg.scheme !== KW) {
    p.aad = optionalCopy(algorithm.additionalData, "additionalData");
    p.iv = copyOf(algorithm.iv, "iv");
    p.number = optional(algorithm.tagLength, 255, "tagLength") ?? 128;
  }
  return p;
}
const tagFits = (alg, bits) =>
  bits === 128 || (alg.scheme === GCM && (bits === 32 || bits === 64 || (bits >= 96 && bits <= 120 && bits % 8 === 0))) ||
  (alg.scheme === OCB && (bits === 64 || bits === 96));

// OperationError when they cannot be.
function cipherCheck(alg, { iv, number }) {
  if (alg.type === RSA || alg.scheme === KW) return;
  if (alg.scheme === CBC || alg.scheme === CTR) {
    if (iv.length !== 16) throw operation(`The ${alg.scheme === CBC ? "iv" : "counter"} of ${alg.name} has 16 bytes.`);
    if (alg.scheme === CTR && (number < 1 || number > 128)) throw operation("The counter of AES-CTR has 1 to 128 bits.");
    return;
  }
  if (iv.length === 0) throw operation(`${alg.name} IV must not be empty.`);
  if (alg.scheme === OCB ? iv.length > 15 : alg.scheme !== GCM && iv.length !== 12) throw operation(`${iv.length} bytes is not the size of an iv of ${alg.name}.`);
  if (!tagFits(alg, number)) throw operation(`${number} is not a length of a tag of ${alg.name}.`);
}
function run(encrypts, alg, p, k, data) {
  cipherCheck(alg, p);
  const number = alg.type === RSA || alg.scheme === CTR ? p.number : p.number / 8;
  return settle(crypt(encrypts, k.handle, alg.scheme, p.iv, p.aad, number, k.hash === undefined ? 1 : k.hash.id, data));
}

function cipher(algorithm, key, data, usage, what) {
  const k = recordOf(key);
  needBytes(data, "The data");
  const alg = algorithmOf(algorithm, usage), p = cipherParams(alg, algorithm), bytes = bytesOf(data, "The data");
  return run(usage === ENCRYPT, alg, p, use(k, alg, usage, what), bytes);
}
const encrypt = (algorithm, key, data) => cipher(algorithm, key, data, ENCRYPT, "encrypt");
const decrypt = (algorithm, key, data) => cipher(algorithm, key, data, DECRYPT, "decrypt");

function wrapKey(formatName, key, wrappingKey, algorithm) {
  const { formatOf, exportRecord, JWK } = lazy("subtle_import");
  const format = formatOf(formatName), k = recordOf(key), w = recordOf(wrappingKey);
  const alg = algorithmOf(algorithm, WRAP), p = cipherParams(alg, algorithm);
  use(w, alg, WRAP, "wrapKey");
  let data = exportRecord(format, k);
  if (format === JWK) {
    let text = JSONStringify(data);
    while (alg.scheme === KW && alg.type !== RSA && text.length % 8 !== 0) text += " "; // JSON allows blanks; AES-KW wants blocks
    data = internal.natives.encode(text);
  }
  return run(true, alg, p, w, data);
}
async function unwrapKey(formatName, wrappedKey, unwrappingKey, unwrapAlgorithm, keyAlgorithm, extractable, keyUsages) {
  const { formatOf, importParams, importWith, readJwk, JWK } = lazy("subtle_import");
  const format = formatOf(formatName), k = recordOf(unwrappingKey);
  needBytes(wrappedKey, "The wrapped key");
  const usages = usagesOf(keyUsages), alg = algorithmOf(unwrapAlgorithm, UNWRAP), p = cipherParams(alg, unwrapAlgorithm);
  const keyAlg = algorithmOf(keyAlgorithm), params = importParams(keyAlg, keyAlgorithm), wrapped = bytesOf(wrappedKey, "The wrapped key");
  let data = await run(false, alg, p, use(k, alg, UNWRAP, "unwrapKey"), wrapped);
  if (format === JWK) {
    try {
      data = JSONParse(internal.natives.decode(data));
    } catch {
      throw error("DataError", "The unwrapped key is not JSON.");
    }
    data = readJwk(data, "DataError");
  }
  return importWith(format, data, keyAlg, params, extractable, usages);
}

return { encrypt, decrypt, wrapKey, unwrapKey, cipherParams, cipherCheck };
