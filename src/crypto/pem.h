/* Keys as files carry them, and what OpenSSL does with them beyond Web Crypto: for node:crypto. RSA, DSA, EC on P-224 to
 * P-521, Ed25519, X25519: the kinds that Workers have elsewhere, too. Keys are those of key.h. Any thread. */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include "crypto/key.h"

enum crypto_key_form {
    CRYPTO_FORM_ANY, /* whatever it turns out to be (reading) */
    CRYPTO_FORM_PKCS1,
    CRYPTO_FORM_PKCS8,
    CRYPTO_FORM_SPKI,
    CRYPTO_FORM_SEC1,
};

/* `passphrase` with ptr NULL is none. ERR_INVALID: it is no such key, or the passphrase is wrong or missing. The text of a
 * certificate is a public key, too; a private key where a public one is wanted gives its public half. */
MUST_USE enum err crypto_pem_read(bool is_private, bool pem, enum crypto_key_form form, struct span bytes,
                                  struct span passphrase, struct crypto_key **ret_key);
/* Encrypted when `cipher` is not empty. ERR_INVALID: the key has no such form; ERR_UNSUPPORTED: no such cipher. */
MUST_USE enum err crypto_pem_write(const struct crypto_key *key, bool pem, enum crypto_key_form form,
                                   struct span cipher, struct span passphrase, struct buf *to);

/* The same key: for asymmetric ones, the same public half. */
bool crypto_key_same(const struct crypto_key *a, const struct crypto_key *b);
/* Of a DSA key: bits of the subgroup. */
size_t crypto_key_divisor_bits(const struct crypto_key *key);

struct crypto_pem_sign {
    struct span digest;  /* by OpenSSL's name; empty for Ed25519 */
    bool pss, raw_ecdsa; /* r || s rather than DER */
    bool hashed;         /* data is the digest */
    int salt_bytes; /* PSS: -1 of the digest's length, -2 as long as can be or, verifying, whatever it is */
};
MUST_USE enum err crypto_pem_sign(const struct crypto_key *key, const struct crypto_pem_sign *how,
                                  struct span data, struct buf *to);
MUST_USE enum err crypto_pem_verify(const struct crypto_key *key, const struct crypto_pem_sign *how,
                                    struct span data, struct span signature, bool *ret_valid);

enum crypto_rsa_step {
    CRYPTO_PUBLIC_ENCRYPT,
    CRYPTO_PRIVATE_DECRYPT,
    CRYPTO_PRIVATE_ENCRYPT,
    CRYPTO_PUBLIC_DECRYPT
};
enum {
    CRYPTO_RSA_PKCS1_PAD = 1,
    CRYPTO_RSA_NO_PAD = 3,
    CRYPTO_RSA_OAEP_PAD = 4
}; /* Node.js's numbers, and OpenSSL's */
MUST_USE enum err crypto_rsa_crypt(const struct crypto_key *key, enum crypto_rsa_step step, int padding,
                                   struct span oaep_digest, struct span label, struct span data,
                                   struct buf *to);

MUST_USE enum err crypto_scrypt(struct span password, struct span salt, uint64_t n, uint64_t r, uint64_t p,
                                size_t len, struct buf *to);
/* By the digest's name; SHA-3 and the others, too. */
MUST_USE enum err crypto_named_pbkdf2(struct span digest, struct span password, struct span salt,
                                      uint64_t iterations, size_t len, struct buf *to);
MUST_USE enum err crypto_named_hkdf(struct span digest, struct span secret, struct span salt,
                                    struct span info, size_t len, struct buf *to);
/* Bytes of a digest; 0: no such name. */
size_t crypto_named_digest_bytes(struct span digest);

/* Signed public keys and challenges (SPKAC), base64. */
bool crypto_spkac_verify(struct span text);
MUST_USE enum err crypto_spkac_public(struct span text, struct buf *to); /* PEM */
MUST_USE enum err crypto_spkac_challenge(struct span text, struct buf *to);

#endif
