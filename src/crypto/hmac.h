/* HMAC (RFC 2104). Any thread. Keys of any length, the empty one too. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/digest.h"

/* Returns crypto_hash_bytes(hash). */
size_t crypto_hmac(enum crypto_hash hash, struct span key, struct span data,
                   unsigned char to[CRYPTO_DIGEST_MAX]);
/* Compares in constant time; a `mac` of another length than the digest's is false. */
bool crypto_hmac_verify(enum crypto_hash hash, struct span key, struct span data, struct span mac);

#endif
