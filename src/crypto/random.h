/* Unpredictable bytes, from the kernel (getrandom(2)). Any thread. Never fails: without randomness nothing is
 * safe, so that is a check(). */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/span.h"

void crypto_random(void *to, size_t len);

/* A stock for callers that take a few bytes at a time (a UUID, a request id): one system call per 512 bytes.
 * One owner, not thread-safe. Bytes are wiped as they are handed out. Must not be carried across fork(). */
struct crypto_random_stock {
    unsigned char bytes[512];
    unsigned left;
};
void crypto_random_small(struct crypto_random_stock *stock, void *to, size_t len);

/* A version 4 UUID (RFC 9562), 36 lower-case characters, no NUL. `stock` may be NULL. */
void crypto_uuid(struct crypto_random_stock *stock, char to[36]);

/* Same length and bytes, in a time that depends on the lengths alone. */
bool crypto_equal(struct span a, struct span b);
/* Overwrites; the compiler does not leave it out. */
void crypto_wipe(void *ptr, size_t len);

#endif
