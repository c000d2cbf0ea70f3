// node:crypto: what its files have, each loaded when something of it is touched. https://nodejs.org/api/crypto.html
const { ObjectDefineProperty } = primordials;
const lazy = internal.load;
const { notImplemented } = lazy("node/errors");

const GROUPS = [
  ["crypto_hash", "Hash Hmac createHash createHmac hash"],
  ["crypto_keys", "KeyObject SecretKeyObject PublicKeyObject PrivateKeyObject createSecretKey createPublicKey createPrivateKey generateKey generateKeySync generateKeyPair generateKeyPairSync"],
  ["crypto_sign", "Sign Verify createSign createVerify sign verify Certificate"],
  ["crypto_cipher", "Cipheriv Decipheriv createCipheriv createDecipheriv Cipher Decipher createCipher createDecipher getCiphers getCipherInfo publicEncrypt privateDecrypt privateEncrypt publicDecrypt"],
  ["crypto_derive", "hkdf hkdfSync pbkdf2 pbkdf2Sync scrypt scryptSync"],
  ["crypto_random", "randomBytes pseudoRandomBytes prng rng randomFill randomFillSync randomInt randomUUID generatePrime generatePrimeSync checkPrime checkPrimeSync timingSafeEqual"],
  ["crypto_dh", "DiffieHellman DiffieHellmanGroup createDiffieHellman createDiffieHellmanGroup getDiffieHellman diffieHellman ECDH createECDH getCurves"],
  ["crypto_x509", "X509Certificate"],
];
const exports = {};
for (const [file, names] of GROUPS)
  for (const name of names.split(" "))
    ObjectDefineProperty(exports, name, {
      __proto__: null, configurable: true, enumerable: true,
      get() {
        const value = lazy(`node/${file}`)[name];
        ObjectDefineProperty(exports, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
        return value;
      },
      set(value) {
        ObjectDefineProperty(exports, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
      },
    });
const put = (name, get) => ObjectDefineProperty(exports, name, { __proto__: null, get, configurable: true, enumerable: true });

const HASHES = ["RSA-MD5", "RSA-SHA1", "RSA-SHA224", "RSA-SHA256", "RSA-SHA384", "RSA-SHA512", "RSA-SHA512/256", "md5", "sha1", "sha224", "sha256",
                "sha3-224", "sha3-256", "sha3-384", "sha3-512", "sha384", "sha512", "sha512-224", "sha512-256"];
exports.getHashes = () => HASHES.slice();
put("webcrypto", () => lazy("crypto").crypto);
put("subtle", () => lazy("crypto").crypto.subtle);
exports.getRandomValues = (array) => lazy("crypto").crypto.getRandomValues(array);

exports.constants = {
  __proto__: null,
  DH_CHECK_P_NOT_SAFE_PRIME: 2, DH_CHECK_P_NOT_PRIME: 1, DH_UNABLE_TO_CHECK_GENERATOR: 4, DH_NOT_SUITABLE_GENERATOR: 8, RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_X931_PADDING: 5, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2, POINT_CONVERSION_COMPRESSED: 2, POINT_CONVERSION_UNCOMPRESSED: 4, POINT_CONVERSION_HYBRID: 6,
  defaultCoreCipherList: "", TLS1_VERSION: 769, TLS1_1_VERSION: 770, TLS1_2_VERSION: 771, TLS1_3_VERSION: 772, ENGINE_METHOD_ALL: 65535, ENGINE_METHOD_NONE: 0,
};
exports.fips = false;
exports.getFips = () => 0;
exports.setFips = (on) => {
  if (on) throw notImplemented("crypto.setFips");
};
exports.setEngine = () => {
  throw notImplemented("crypto.setEngine");
};
exports.secureHeapUsed = () => ({ total: 0, used: 0, utilization: 0, min: 0 });

return exports;
