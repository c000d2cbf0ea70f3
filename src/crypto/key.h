/* Keys: opaque, immutable, reference-counted, any thread. They hold secrets, so they are wiped when the last
 * reference goes, and leave only through the export functions; whether a script may call those (WebCrypto's
 * `extractable`) is the caller's business, like `usages` and which hash a key is bound to.
 *
 * Imports return ERR_INVALID for malformed or inconsistent keys (WebCrypto's DataError) and ERR_UNSUPPORTED
 * for algorithms and curves that are not here. Exports append to a buffer; one that the key cannot do (a
 * private form of a public key) is ERR_INVALID. The JSON around a JWK is done elsewhere: here are its decoded
 * parts (RFC 7518 section 6), big-endian without sign. */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct crypto_key;

enum crypto_key_type {
    CRYPTO_KEY_SECRET, /* bytes: HMAC, AES, HKDF, PBKDF2 */
    CRYPTO_KEY_RSA,
    CRYPTO_KEY_EC, /* ECDSA and ECDH */
    CRYPTO_KEY_ED25519,
    CRYPTO_KEY_X25519,
    CRYPTO_KEY_ED448,
    CRYPTO_KEY_X448,
    CRYPTO_KEY_DSA, /* kept and handed on only: nothing signs with it */
    CRYPTO_KEY_TYPES
};

enum crypto_curve { CRYPTO_CURVE_NONE, CRYPTO_P256, CRYPTO_P384, CRYPTO_P521, CRYPTO_P224, CRYPTO_CURVES };

struct crypto_key *crypto_key_ref(struct crypto_key *key);
void crypto_key_free(struct crypto_key *key); /* drops one reference; NULL is fine */

enum crypto_key_type crypto_key_type(const struct crypto_key *key);
enum crypto_curve crypto_key_curve(const struct crypto_key *key);
bool crypto_key_is_private(const struct crypto_key *key); /* or secret */
/* RSA: of the modulus. EC: of the field. Secrets: of the bytes. */
size_t crypto_key_bits(const struct crypto_key *key);
/* The bytes of a secret key, valid as long as the key. Empty for others. */
struct span crypto_key_secret(const struct crypto_key *key);

/* Secrets. Never fails. */
struct crypto_key *crypto_key_from_secret(struct span bytes);

/* DER. `curve` is looked at for CRYPTO_KEY_EC only. The key inside must be of that type and curve. */
MUST_USE enum err crypto_key_import_spki(enum crypto_key_type type, enum crypto_curve curve, struct span der,
                                         struct crypto_key **ret_key);
MUST_USE enum err crypto_key_import_pkcs8(enum crypto_key_type type, enum crypto_curve curve, struct span der,
                                          struct crypto_key **ret_key);
/* Public keys only. EC: a point, uncompressed or compressed (SEC 1). Others: crypto_okp_bytes(). */
MUST_USE enum err crypto_key_import_raw(enum crypto_key_type type, enum crypto_curve curve, struct span raw,
                                        struct crypto_key **ret_key);

/* Of a public or private key of Ed25519, X25519 (32), X448 (56), Ed448 (57); 0 for other types. */
size_t crypto_okp_bytes(enum crypto_key_type type);

/* The parts of a JWK; absent ones are SPAN_NONE. */
struct crypto_rsa_parts {
    struct span n, e;                /* public */
    struct span d, p, q, dp, dq, qi; /* private: d, and either all five others or none */
};
struct crypto_ec_parts {
    struct span x, y; /* each exactly as long as the field */
    struct span d;    /* private */
};
struct crypto_okp_parts {
    struct span x, d; /* crypto_okp_bytes() each; d is absent in public keys */
};
MUST_USE enum err crypto_key_import_rsa(const struct crypto_rsa_parts *parts, struct crypto_key **ret_key);
MUST_USE enum err crypto_key_import_ec(enum crypto_curve curve, const struct crypto_ec_parts *parts,
                                       struct crypto_key **ret_key);
MUST_USE enum err crypto_key_import_okp(enum crypto_key_type type, const struct crypto_okp_parts *parts,
                                        struct crypto_key **ret_key);

MUST_USE enum err crypto_key_export_spki(const struct crypto_key *key, struct buf *to);
MUST_USE enum err crypto_key_export_pkcs8(const struct crypto_key *key, struct buf *to);
/* What crypto_key_import_raw() takes (points uncompressed), or the bytes of a secret. */
MUST_USE enum err crypto_key_export_raw(const struct crypto_key *key, struct buf *to);
/* Parts live in the arena. Public keys leave the private parts SPAN_NONE. */
MUST_USE enum err crypto_key_export_rsa(const struct crypto_key *key, struct arena *a,
                                        struct crypto_rsa_parts *ret_parts);
MUST_USE enum err crypto_key_export_ec(const struct crypto_key *key, struct arena *a,
                                       struct crypto_ec_parts *ret_parts);
MUST_USE enum err crypto_key_export_okp(const struct crypto_key *key, struct arena *a,
                                        struct crypto_okp_parts *ret_parts);

/* Fresh private keys; the public half is crypto_key_public(). RSA: 1024 <= bits <= LIMIT_CRYPTO_RSA_BITS, and
 * an odd public exponent of at least 3, big-endian; ERR_INVALID else. RSA takes up to seconds: call it where
 * waiting is fine. */
MUST_USE enum err crypto_key_generate_rsa(size_t bits, struct span exponent, struct crypto_key **ret_key);
/* CRYPTO_KEY_EC with a curve, or one of the types that has crypto_okp_bytes(). */
MUST_USE enum err crypto_key_generate(enum crypto_key_type type, enum crypto_curve curve,
                                      struct crypto_key **ret_key);
struct crypto_key *crypto_key_generate_secret(size_t len);
/* The public half of a private key. */
MUST_USE enum err crypto_key_public(const struct crypto_key *key, struct crypto_key **ret_key);

#endif
