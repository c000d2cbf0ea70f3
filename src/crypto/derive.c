#include "crypto/derive.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/evp.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

/* RFC 5869: extract, then expand. */
enum err crypto_hkdf(enum crypto_hash hash, struct span secret, struct span salt, struct span info,
                     size_t len, struct buf *to) {
    size_t size = crypto_hash_bytes(hash);
    if (len > 255 * size || info.len > LIMIT_CRYPTO_HKDF_INFO_BYTES) return ERR_INVALID;
    unsigned char key[CRYPTO_DIGEST_MAX], block[CRYPTO_DIGEST_MAX];
    unsigned char zeros[CRYPTO_DIGEST_MAX] = {0};
    crypto_hmac(hash, salt.len ? salt : span_make(zeros, size), secret, key);
    char *message = mem_alloc(size + info.len + 1);
    for (size_t done = 0, previous = 0; done < len; done += previous) {
        memcpy(message, block, previous);
        if (info.len) memcpy(message + previous, info.ptr, info.len);
        message[previous + info.len] = (char)(done / size + 1);
        previous =
            crypto_hmac(hash, span_make(key, size), span_make(message, previous + info.len + 1), block);
        buf_add(to, span_first(span_make(block, previous), len - done));
    }
    crypto_wipe(message, size + info.len + 1);
    crypto_wipe(key, sizeof key);
    crypto_wipe(block, sizeof block);
    mem_free(message);
    return ERR_OK;
}

enum err crypto_pbkdf2(enum crypto_hash hash, struct span password, struct span salt, uint64_t iterations,
                       size_t len, struct buf *to) {
    if (iterations == 0 || password.len > EVP_LARGEST || salt.len > EVP_LARGEST) return ERR_INVALID;
    if (iterations > LIMIT_CRYPTO_PBKDF2_ITERATIONS || len > LIMIT_CRYPTO_PBKDF2_BYTES) return ERR_TOO_LARGE;
    if (len == 0) return ERR_OK;
    unsigned char *start = (unsigned char *)buf_reserve(to, len);
    bool ok = PKCS5_PBKDF2_HMAC((const char *)evp_bytes(password), (int)password.len, evp_bytes(salt),
                                (int)salt.len, (int)iterations, evp_hash(hash), (int)len, start) == 1;
    if (ok) buf_added(to, len);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_agree(const struct crypto_key *own, const struct crypto_key *peer, struct buf *to) {
    bool may = own->type == CRYPTO_KEY_EC || own->type == CRYPTO_KEY_X25519 || own->type == CRYPTO_KEY_X448;
    if (!may || !own->is_private || peer->type != own->type || peer->curve != own->curve) return ERR_INVALID;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own->pkey, NULL);
    check(ctx != NULL);
    size_t len = 0;
    bool ok = EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer->pkey) == 1 &&
              EVP_PKEY_derive(ctx, NULL, &len) == 1 &&
              EVP_PKEY_derive(ctx, (unsigned char *)buf_reserve(to, len), &len) == 1;
    if (ok) buf_added(to, len);
    EVP_PKEY_CTX_free(ctx);
    return evp_done(ok, ERR_INVALID);
}
