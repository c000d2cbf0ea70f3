/* Key derivation: HKDF (RFC 5869), PBKDF2 (RFC 8018), and key agreement: ECDH, X25519 and X448. Pure, any thread.
 * Bits are appended. PBKDF2 takes as long as its iterations ask: bound them before calling. */
#ifndef CRYPTO_DERIVE_H
#define CRYPTO_DERIVE_H

#include "crypto/digest.h"
#include "crypto/key.h"

/* len is at most 255 digests, info at most LIMIT_CRYPTO_HKDF_INFO_BYTES; ERR_INVALID else. */
MUST_USE enum err crypto_hkdf(enum crypto_hash hash, struct span secret, struct span salt, struct span info,
                              size_t len, struct buf *to);
/* ERR_INVALID for 0 iterations, ERR_TOO_LARGE beyond LIMIT_CRYPTO_PBKDF2_ITERATIONS. */
MUST_USE enum err crypto_pbkdf2(enum crypto_hash hash, struct span password, struct span salt,
                                uint64_t iterations, size_t len, struct buf *to);
/* The whole shared secret: the x coordinate, or 32 or 56 bytes. ERR_INVALID when the keys do not fit together or
 * the result is all zero (RFC 7748 section 6.1). */
MUST_USE enum err crypto_agree(const struct crypto_key *own, const struct crypto_key *peer, struct buf *to);

#endif
