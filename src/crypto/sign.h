/* Signatures: HMAC, RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017), ECDSA (raw r || s, as WebCrypto and JWS have
 * it), Ed25519 and Ed448 (RFC 8032), KMAC (NIST SP 800-185). Pure, any thread. RSA signing takes milliseconds, all else microseconds. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "crypto/digest.h"
#include "crypto/key.h"

enum crypto_sign_scheme {
    CRYPTO_SIGN_HMAC,
    CRYPTO_SIGN_RSA_PKCS1,
    CRYPTO_SIGN_RSA_PSS, /* MGF1 with the same hash unless has_mgf1 */
    CRYPTO_SIGN_ECDSA,
    CRYPTO_SIGN_ED25519, /* hash is not looked at, here and below */
    CRYPTO_SIGN_ED448,
    CRYPTO_SIGN_KMAC128,
    CRYPTO_SIGN_KMAC256,
    CRYPTO_SIGN_SCHEMES
};

struct crypto_sign {
    enum crypto_sign_scheme scheme;
    enum crypto_hash hash;
    size_t salt_bytes; /* RSA-PSS only */
    bool has_mgf1;
    enum crypto_hash mgf1;
    size_t out_bytes;          /* KMAC only: at most LIMIT_CRYPTO_XOF_BYTES */
    struct span customization; /* KMAC only: any */
};

/* Appends the signature. ERR_INVALID when the key is public or of another type, or too small for the hash. */
MUST_USE enum err crypto_sign(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                              struct buf *to);
/* A signature that is wrong in any way is ERR_OK and false; so is one of Ed25519 or Ed448 whose key or first half is a
 * point of small order, which signs anything for anybody. ERR_INVALID is a key of another type. */
MUST_USE enum err crypto_verify(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                                struct span signature, bool *ret_valid);

#endif
