// encrypt(), decrypt(), wrapKey(), unwrapKey().
const { JSONParse, JSONStringify, TypedArrayPrototypeGetByteLength } = primordials;
const lazy = internal.load;
const { use, recordOf, error, notSupported, algorithmOf, integer, bytesOf, ENCRYPT, DECRYPT, WRAP, UNWRAP, RSA } = lazy("subtle_key");
const { natives: { crypt }, settle } = lazy("subtle");

const GCM = 0, CBC = 1, CTR = 2, KW = 3;
const operation = (message) => error("OperationError", message);

// The parameters of a cipher, each read once; `data` goes through it.
function run(encrypts, alg, algorithm, k, data) {
  let iv = null, aad = null, number = 0;
  if (alg.type === RSA) {
    if (algorithm.label !== undefined) aad = bytesOf(algorithm.label, "label");
  } else if (alg.scheme === GCM) {
    iv = bytesOf(algorithm.iv, "iv");
    if (algorithm.additionalData !== undefined) aad = bytesOf(algorithm.additionalData, "additionalData");
    const bits = algorithm.tagLength === undefined ? 128 : integer(algorithm.tagLength, 255, "tagLength");
    if (bits !== 32 && bits !== 64 && (bits < 96 || bits > 128 || bits % 8 !== 0)) throw operation(`${bits} is not a length of a tag.`);
    number = bits / 8;
  } else if (alg.scheme === CBC) {
    iv = bytesOf(algorithm.iv, "iv");
    if (TypedArrayPrototypeGetByteLength(iv) !== 16) throw operation("The iv of AES-CBC has 16 bytes.");
  } else if (alg.scheme === CTR) {
    iv = bytesOf(algorithm.counter, "counter");
    if (TypedArrayPrototypeGetByteLength(iv) !== 16) throw operation("The counter of AES-CTR has 16 bytes.");
    number = integer(algorithm.length, 255, "length");
    if (number < 1 || number > 128) throw operation("The counter of AES-CTR has 1 to 128 bits.");
  }
  return settle(crypt(encrypts, k.handle, alg.scheme, iv, aad, number, k.hash === undefined ? 1 : k.hash.id, data));
}

function cipher(algorithm, key, data, usage, what) {
  const bytes = bytesOf(data, "The data"), alg = algorithmOf(algorithm);
  if (!((alg.own | alg.pub) & usage)) throw notSupported(`"${alg.name}" does not ${what}.`);
  return run(usage === ENCRYPT, alg, algorithm, use(key, alg, usage, what), bytes);
}
const encrypt = (algorithm, key, data) => cipher(algorithm, key, data, ENCRYPT, "encrypt");
const decrypt = (algorithm, key, data) => cipher(algorithm, key, data, DECRYPT, "decrypt");

function wrapAlgorithm(algorithm, usage, what) {
  const alg = algorithmOf(algorithm);
  if (!((alg.own | alg.pub) & usage)) throw notSupported(`"${alg.name}" does not ${what}.`);
  return alg;
}
function wrapKey(format, key, wrappingKey, algorithm) {
  const alg = wrapAlgorithm(algorithm, WRAP, "wrap"), k = use(wrappingKey, alg, WRAP, "wrapKey");
  recordOf(key);
  let data = lazy("subtle_import").exportKey(format, key);
  if (`${format}` === "jwk") {
    let text = JSONStringify(data);
    while (alg.scheme === KW && alg.type !== RSA && text.length % 8 !== 0) text += " "; // JSON allows blanks; AES-KW wants blocks
    data = internal.natives.encode(text);
  }
  return run(true, alg, algorithm, k, data);
}
async function unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, keyAlgorithm, extractable, keyUsages) {
  const alg = wrapAlgorithm(unwrapAlgorithm, UNWRAP, "unwrap"), wrapped = bytesOf(wrappedKey, "The wrapped key");
  const k = use(unwrappingKey, alg, UNWRAP, "unwrapKey");
  algorithmOf(keyAlgorithm);
  let data = await run(false, alg, unwrapAlgorithm, k, wrapped);
  if (`${format}` === "jwk") {
    try {
      data = JSONParse(internal.natives.decode(data));
    } catch {
      throw error("DataError", "The unwrapped key is not JSON.");
    }
  }
  return lazy("subtle_import").importKey(format, data, keyAlgorithm, extractable, keyUsages);
}

return { encrypt, decrypt, wrapKey, unwrapKey };
