/* Digests, at once or piece by piece. Any thread; a struct crypto_digest has one owner. Nothing here can fail
 * but for lack of memory, which is a check(). MD5 and SHA-1 are for old protocols (ETag, WebSocket), not for
 * trust. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/err.h"

/*      constant  name in WebCrypto  bytes  block bytes */
#define CRYPTO_HASHES(X)                                                                                     \
    X(SHA1, "SHA-1", 20, 64)                                                                                 \
    X(SHA256, "SHA-256", 32, 64)                                                                             \
    X(SHA384, "SHA-384", 48, 128)                                                                            \
    X(SHA512, "SHA-512", 64, 128)                                                                            \
    X(MD5, "MD5", 16, 64)                                                                                    \
    X(SHA3_256, "SHA3-256", 32, 136)                                                                         \
    X(SHA3_384, "SHA3-384", 48, 104)                                                                         \
    X(SHA3_512, "SHA3-512", 64, 72)                                                                          \
    X(SHA224, "SHA-224", 28, 64)                                                                             \
    X(SHA512_224, "SHA-512/224", 28, 128)                                                                    \
    X(SHA512_256, "SHA-512/256", 32, 128)                                                                    \
    X(SHA3_224, "SHA3-224", 28, 144)

enum crypto_hash {
#define X(name, label, bytes, block) CRYPTO_##name,
    CRYPTO_HASHES(X)
#undef X
        CRYPTO_HASH_COUNT
};

#define CRYPTO_DIGEST_MAX 64 /* bytes of the longest digest */

/* By its WebCrypto name, without regard to ASCII case. */
bool crypto_hash_of(struct span name, enum crypto_hash *ret_hash);
const char *crypto_hash_name(enum crypto_hash hash);
size_t crypto_hash_bytes(enum crypto_hash hash);
size_t crypto_hash_block_bytes(enum crypto_hash hash);

/* Returns how many bytes were written: crypto_hash_bytes(hash). */
size_t crypto_digest(enum crypto_hash hash, struct span data, unsigned char to[CRYPTO_DIGEST_MAX]);

struct crypto_digest;
struct crypto_digest *crypto_digest_new(enum crypto_hash hash);
void crypto_digest_add(struct crypto_digest *d, struct span data);
/* After this it can only be freed. */
size_t crypto_digest_finish(struct crypto_digest *d, unsigned char to[CRYPTO_DIGEST_MAX]);
void crypto_digest_free(struct crypto_digest *d); /* NULL is fine */

#endif
