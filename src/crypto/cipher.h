/* Encryption, as WebCrypto has it: AES-GCM, AES-CBC, AES-CTR, AES-KW, RSA-OAEP,
 * AES-OCB, ChaCha20-Poly1305. Pure, any thread, one call a
 * message. Outputs are appended; on failure *to is as before. ERR_INVALID: a parameter of a wrong size or a
 * key of another type. ERR_CORRUPT: the ciphertext does not decrypt (wrong key, wrong tag, wrong padding);
 * which, is not told. */
#ifndef CRYPTO_CIPHER_H
#define CRYPTO_CIPHER_H

#include "crypto/digest.h"
#include "crypto/key.h"

enum crypto_cipher_scheme {
    CRYPTO_AES_GCM,
    CRYPTO_AES_CBC,  /* PKCS#7 padding; iv is 16 bytes */
    CRYPTO_AES_CTR,  /* iv is the 16-byte counter block */
    CRYPTO_AES_KW,   /* RFC 3394; data is a multiple of 8 bytes, at least 16 */
    CRYPTO_RSA_OAEP, /* aad is the label; MGF1 with the same hash unless has_mgf1 */
    CRYPTO_AES_OCB,  /* RFC 7253 */
    CRYPTO_CHACHA,   /* ChaCha20-Poly1305, RFC 8439 */
    CRYPTO_CIPHERS
};

struct crypto_cipher {
    enum crypto_cipher_scheme scheme;
    struct span iv;  /* GCM: 1 to LIMIT_CRYPTO_GCM_IV_BYTES. OCB: 1 to 15. ChaCha20: 12 */
    struct span aad; /* GCM, OCB, ChaCha20, and the label of OAEP */
    unsigned
        tag_bytes; /* GCM: 4, 8, 12 to 16. OCB: 8, 12, 16. ChaCha20: 16. It is the end of the ciphertext */
    unsigned
        counter_bits; /* CTR: 1 to 128, how much of the block counts; more data than that covers is refused */
    enum crypto_hash hash; /* OAEP */
    bool has_mgf1;
    enum crypto_hash mgf1;
};

MUST_USE enum err crypto_encrypt(const struct crypto_key *key, const struct crypto_cipher *how,
                                 struct span data, struct buf *to);
MUST_USE enum err crypto_decrypt(const struct crypto_key *key, const struct crypto_cipher *how,
                                 struct span data, struct buf *to);

#endif
