/* What the files of this room share of OpenSSL. Private: no other header here names one of its types.
 *
 * Algorithms are fetched once, at first need, and kept for the life of the process: fetching by name takes longer than
 * hashing a small message. OpenSSL's queue of errors is emptied by everyone who may have filled it. */
#ifndef CRYPTO_EVP_H
#define CRYPTO_EVP_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>

#include "crypto/digest.h"
#include "crypto/key.h"

enum { EVP_LARGEST = 1 << 30 }; /* one call takes an int of bytes */

enum evp_mode { EVP_MODE_GCM, EVP_MODE_CBC, EVP_MODE_CTR, EVP_MODE_WRAP, EVP_MODE_OCB, EVP_MODE_COUNT };

const EVP_MD *evp_hash(enum crypto_hash hash);
const EVP_CIPHER *evp_chacha(void);
/* NULL when key_bytes is none of 16, 24 and 32. */
const EVP_CIPHER *evp_aes(enum evp_mode mode, size_t key_bytes);

struct crypto_key {
    _Atomic unsigned refs;
    enum crypto_key_type type;
    enum crypto_curve curve;
    bool is_private;
    EVP_PKEY *pkey; /* NULL for secrets */
    unsigned char *secret;
    size_t secret_len;
    _Atomic(struct evp_prepared *) prepared[2]; /* sign.c: for verifying, for signing */
};

/* sign.c */
void evp_prepared_free(struct evp_prepared *p);

/* Takes the EVP_PKEY; checks that it is what it should be. */
enum err evp_key_new(enum crypto_key_type type, enum crypto_curve curve, bool is_private, EVP_PKEY *pkey,
                     struct crypto_key **ret_key);
const char *evp_curve_name(enum crypto_curve curve);
size_t evp_curve_bytes(enum crypto_curve curve); /* of a coordinate */
int evp_raw_type(enum crypto_key_type type);     /* EVP_PKEY_ED25519 and so on */

/* named.c: to be freed; NULL when there is none of this name. */
EVP_MD *evp_digest_named(struct span name);
/* xof.c */
MUST_USE enum err evp_kmac(unsigned bits, struct span key, struct span customization, struct span data,
                           size_t out_bytes, struct buf *to);

static inline enum err evp_done(bool ok, enum err otherwise) {
    if (ok) return ERR_OK;
    ERR_clear_error();
    return otherwise;
}

static inline const unsigned char *evp_bytes(struct span s) {
    return s.len ? (const unsigned char *)s.ptr : (const unsigned char *)"";
}

#endif
