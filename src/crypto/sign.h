/* Signatures: HMAC, RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017), ECDSA (raw r || s, as WebCrypto and JWS have
 * it), Ed25519 (RFC 8032). Pure, any thread. RSA signing takes milliseconds, all else microseconds. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "crypto/digest.h"
#include "crypto/key.h"

enum crypto_sign_scheme {
    CRYPTO_SIGN_HMAC,
    CRYPTO_SIGN_RSA_PKCS1,
    CRYPTO_SIGN_RSA_PSS, /* MGF1 with the same hash */
    CRYPTO_SIGN_ECDSA,
    CRYPTO_SIGN_ED25519, /* hash is not looked at */
};

struct crypto_sign {
    enum crypto_sign_scheme scheme;
    enum crypto_hash hash;
    size_t salt_bytes; /* RSA-PSS only */
};

/* Appends the signature. ERR_INVALID when the key is public or of another type, or too small for the hash. */
MUST_USE enum err crypto_sign(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                              struct buf *to);
/* A signature that is wrong in any way is ERR_OK and false. ERR_INVALID is a key of another type. */
MUST_USE enum err crypto_verify(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                                struct span signature, bool *ret_valid);

#endif
