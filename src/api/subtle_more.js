// SubtleCrypto.supports() and getPublicKey(). https://wicg.github.io/webcrypto-modern-algos/
const lazy = internal.load;
const {
  recordOf, error, notSupported, usagesOf, algorithmOf, integer, isKdf, isObject, ENCRYPT, DECRYPT, SIGN, VERIFY, DERIVE_KEY, DERIVE_BITS, WRAP, UNWRAP,
  SECRET,
} = lazy("subtle_key");

function getPublicKey(key, keyUsages) {
  const k = recordOf(key), usages = usagesOf(keyUsages);
  if (k.alg.type === SECRET) throw notSupported(`${k.alg.name} keys have no public half.`);
  if (k.type !== "private") throw error("InvalidAccessError", "The key must be a private one.");
  if (usages & ~k.alg.pub) throw error("SyntaxError", `A key usage is not possible with a public ${k.alg.name} key.`);
  const { fromHandle, publicOf } = lazy("subtle_import");
  return fromHandle(publicOf(k.handle), false, true, k.alg, usages, k);
}

const ciphers = (usage) => (algorithm) => {
  const { cipherParams, cipherCheck } = lazy("subtle_cipher"), alg = algorithmOf(algorithm, usage);
  cipherCheck(alg, cipherParams(alg, algorithm));
};
const signs = (usage) => (algorithm) => {
  lazy("subtle").signParams(algorithmOf(algorithm, usage), algorithm);
};
function derives(usage, algorithm, bits) {
  const { deriveParams, deriveCheck } = lazy("subtle_derive"), alg = algorithmOf(algorithm, usage), p = deriveParams(alg, algorithm);
  deriveCheck(alg, p, bits);
  if (!isKdf(alg) && bits !== null && bits > { __proto__: null, "P-256": 256, "P-384": 384, "P-521": 528, X25519: 256, X448: 448 }[p.peer.curve ?? alg.name])
    throw error("OperationError", "The keys do not agree on so many bits.");
}
function imports(algorithm) {
  lazy("subtle_import").importParams(algorithmOf(algorithm), algorithm);
}
const exportable = (algorithm) => {
  if (isKdf(algorithmOf(algorithm))) throw notSupported("Such keys cannot be exported.");
};

// By operation: throws when it cannot be. The second argument is a length, or the algorithm of the other key.
const OPERATIONS = {
  __proto__: null,
  encrypt: ciphers(ENCRYPT),
  decrypt: ciphers(DECRYPT),
  sign: signs(SIGN),
  verify: signs(VERIFY),
  digest(algorithm) { lazy("subtle").digestParams(algorithm); },
  generateKey(algorithm) {
    const { generateParams, generateCheck } = lazy("subtle_derive"), alg = algorithmOf(algorithm);
    generateCheck(alg, generateParams(alg, algorithm));
  },
  importKey: imports,
  exportKey: exportable,
  getPublicKey(algorithm) {
    if (algorithmOf(algorithm).type === SECRET) throw notSupported("Such keys have no public half.");
  },
  deriveBits(algorithm, more) {
    derives(DERIVE_BITS, algorithm, more === null || more === undefined ? null : integer(more, 0xffffffff, "length"));
  },
  deriveKey(algorithm, more) {
    const { generateParams, keyLength } = lazy("subtle_derive"), type = algorithmOf(more);
    imports(more);
    derives(DERIVE_KEY, algorithm, keyLength(type, generateParams(type, more)));
  },
  wrapKey(algorithm, more) {
    ciphers(WRAP)(algorithm);
    if (isObject(more) || typeof more === "string") exportable(more);
  },
  unwrapKey(algorithm, more) {
    ciphers(UNWRAP)(algorithm);
    if (isObject(more) || typeof more === "string") imports(more);
  },
};

function supports(operation, algorithm, more) {
  const check = OPERATIONS[`${operation}`];
  if (check === undefined) return false;
  try {
    check(algorithm, more);
    return true;
  } catch {
    return false;
  }
}

return { getPublicKey, supports };
