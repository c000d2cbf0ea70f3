/* Large numbers, big-endian: primes, Diffie-Hellman in prime fields, and elliptic curves by their names. For node:crypto.
 * Any thread. Outputs are appended. A prime takes up to minutes at LIMIT_CRYPTO_PRIME_BITS: bound it before calling. */
#ifndef CRYPTO_NUMBERS_H
#define CRYPTO_NUMBERS_H

#include "base/buf.h"
#include "base/err.h"

/* p % add == rem when add is not empty (1 when rem is empty). ERR_INVALID: there is no such prime to look for. */
MUST_USE enum err crypto_prime_new(size_t bits, bool safe, struct span add, struct span rem, struct buf *to);
/* ERR_TOO_LARGE beyond LIMIT_CRYPTO_PRIME_BITS. */
MUST_USE enum err crypto_prime_check(struct span number, bool *ret_prime);

/* The prime of "modp14" and its kin (RFC 2409, RFC 3526); ERR_UNSUPPORTED. Their generator is 2. */
MUST_USE enum err crypto_dh_group(struct span name, struct buf *to);
/* What speaks against these parameters: DH_CHECK_P_NOT_PRIME 1, P_NOT_SAFE_PRIME 2, UNABLE_TO_CHECK_GENERATOR 4,
 * NOT_SUITABLE_GENERATOR 8. */
int crypto_dh_check(struct span prime, struct span generator);
/* A private key below the prime, at random. */
MUST_USE enum err crypto_dh_private(struct span prime, struct buf *to);
/* base ^ exponent mod prime, as long as the prime when `padded`. In constant time for the exponent. ERR_INVALID for a prime
 * that is even or too large. */
MUST_USE enum err crypto_dh_power(struct span base, struct span exponent, struct span prime, bool padded,
                                  struct buf *to);
/* -1: below 2, 1: above prime - 2, 0: a public key that may be used. */
int crypto_dh_public_range(struct span prime, struct span public);

enum crypto_point_form {
    CRYPTO_POINT_COMPRESSED = 2,
    CRYPTO_POINT_UNCOMPRESSED = 4,
    CRYPTO_POINT_HYBRID = 6
};
/* `curve` by any of its names. ERR_UNSUPPORTED: there is none. */
MUST_USE enum err crypto_curve_private(struct span curve, struct buf *to); /* at random */
MUST_USE enum err crypto_curve_public(struct span curve, struct span private, enum crypto_point_form form,
                                      struct buf *to);
/* A point in another form; ERR_INVALID: it is not on the curve. */
MUST_USE enum err crypto_curve_point(struct span curve, struct span point, enum crypto_point_form form,
                                     struct buf *to);
/* The x coordinate of private * point. */
MUST_USE enum err crypto_curve_agree(struct span curve, struct span private, struct span point,
                                     struct buf *to);

#endif
