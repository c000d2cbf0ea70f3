/* Digests, MACs and ciphers by the names that OpenSSL gives them, piece by piece: what Node.js offers beyond Web Crypto.
 * Any thread, one owner each. ERR_UNSUPPORTED: no such name. Outputs are appended; on failure they are as before. */
#ifndef CRYPTO_NAMED_H
#define CRYPTO_NAMED_H

#include "base/buf.h"
#include "base/err.h"

/* A digest, or an HMAC. */
struct crypto_hasher;
MUST_USE enum err crypto_hasher_new(struct span name, struct crypto_hasher **ret_hasher);
MUST_USE enum err crypto_hasher_new_hmac(struct span name, struct span key,
                                         struct crypto_hasher **ret_hasher);
/* As it is now. Digests only; NULL for an HMAC. */
struct crypto_hasher *crypto_hasher_copy(const struct crypto_hasher *h);
void crypto_hasher_add(struct crypto_hasher *h, struct span data);
/* `out_bytes` other than the digest's own: ERR_INVALID unless it is a SHAKE, then at most LIMIT_CRYPTO_XOF_BYTES. SIZE_MAX is
 * its own length. After this it can only be freed. */
MUST_USE enum err crypto_hasher_finish(struct crypto_hasher *h, size_t out_bytes, struct buf *to);
void crypto_hasher_free(struct crypto_hasher *h);

struct crypto_named_cipher {
    char name[48]; /* lower case */
    const char *mode;
    int nid;
    size_t key_bytes, iv_bytes, block_bytes;
    bool authenticated;
};
/* With keys and ivs of these sizes (SIZE_MAX: its own): ERR_INVALID when it takes none such. */
MUST_USE enum err crypto_cipher_of(struct span name, size_t key_bytes, size_t iv_bytes,
                                   struct crypto_named_cipher *ret_cipher);

/* One message through a cipher. ERR_CORRUPT: it does not decrypt. */
struct crypto_flow;
/* `tag_bytes`: of what crypto_flow_tag() gives; 0 is 16. ERR_INVALID: a key or iv of a wrong size, or a tag. */
MUST_USE enum err crypto_flow_new(struct span name, bool encrypt, struct span key, struct span iv,
                                  size_t tag_bytes, struct crypto_flow **ret_flow);
void crypto_flow_free(struct crypto_flow *f);
void crypto_flow_padding(struct crypto_flow *f, bool on);
/* Before data. */
MUST_USE enum err crypto_flow_aad(struct crypto_flow *f, struct span aad);
/* Decrypting: what must come out. 4, 8, 12 to 16 bytes. */
MUST_USE enum err crypto_flow_expect(struct crypto_flow *f, struct span tag);
MUST_USE enum err crypto_flow_add(struct crypto_flow *f, struct span data, struct buf *to);
MUST_USE enum err crypto_flow_finish(struct crypto_flow *f, struct buf *to);
/* After an encryption; ERR_INVALID else. */
MUST_USE enum err crypto_flow_tag(const struct crypto_flow *f, struct buf *to);

#endif
