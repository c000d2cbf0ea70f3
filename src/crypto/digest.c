#include "crypto/digest.h"

#include <openssl/hmac.h>
#include <pthread.h>

#include "base/check.h"
#include "crypto/evp.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

static const struct {
    const char *name;
    size_t bytes, block;
} hashes[CRYPTO_HASH_COUNT] = {
#define X(name, label, bytes, block) {label, bytes, block},
    CRYPTO_HASHES(X)
#undef X
};

static struct {
    EVP_MD *hashes[CRYPTO_HASH_COUNT];
    EVP_CIPHER *aes[EVP_MODE_COUNT][3], *chacha;
} fetched; /* written once, before anyone reads it */
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void fetch(void) {
    static const char *const modes[EVP_MODE_COUNT] = {"GCM", "CBC", "CTR", "WRAP", "OCB"};
    for (int i = 0; i < CRYPTO_HASH_COUNT; i++) fetched.hashes[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL);
    for (int mode = 0; mode < EVP_MODE_COUNT; mode++) {
        for (int size = 0; size < 3; size++) {
            char name[] = "AES-128-WRAP";
            memcpy(name + 4, size == 0 ? "128" : size == 1 ? "192" : "256", 3);
            memcpy(name + 8, modes[mode], strlen(modes[mode]) + 1);
            fetched.aes[mode][size] = EVP_CIPHER_fetch(NULL, name, NULL);
            check(fetched.aes[mode][size] != NULL);
        }
    }
    fetched.chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    check(fetched.chacha != NULL);
    ERR_clear_error(); /* MD5 may be absent by policy */
}

const EVP_MD *evp_hash(enum crypto_hash hash) {
    check((unsigned)hash < CRYPTO_HASH_COUNT);
    pthread_once(&fetched_once, fetch);
    check(fetched.hashes[hash] != NULL);
    return fetched.hashes[hash];
}

const EVP_CIPHER *evp_aes(enum evp_mode mode, size_t key_bytes) {
    if (key_bytes != 16 && key_bytes != 24 && key_bytes != 32) return NULL;
    pthread_once(&fetched_once, fetch);
    return fetched.aes[mode][key_bytes / 8 - 2];
}

const EVP_CIPHER *evp_chacha(void) {
    pthread_once(&fetched_once, fetch);
    return fetched.chacha;
}

bool crypto_hash_of(struct span name, enum crypto_hash *ret_hash) {
    for (int i = 0; i < CRYPTO_HASH_COUNT; i++)
        if (span_eq_nocase(name, span_of(hashes[i].name))) return *ret_hash = (enum crypto_hash)i, true;
    return false;
}

const char *crypto_hash_name(enum crypto_hash hash) { return hashes[hash].name; }
size_t crypto_hash_bytes(enum crypto_hash hash) { return hashes[hash].bytes; }
size_t crypto_hash_block_bytes(enum crypto_hash hash) { return hashes[hash].block; }

size_t crypto_digest(enum crypto_hash hash, struct span data, unsigned char to[CRYPTO_DIGEST_MAX]) {
    unsigned len = 0;
    check(EVP_Digest(evp_bytes(data), data.len, to, &len, evp_hash(hash), NULL) == 1);
    return len;
}

/* struct crypto_digest is an EVP_MD_CTX by another name: there is nothing to add to it. */
static EVP_MD_CTX *context(struct crypto_digest *d) { return (EVP_MD_CTX *)(void *)d; }

struct crypto_digest *crypto_digest_new(enum crypto_hash hash) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    check(ctx && EVP_DigestInit_ex2(ctx, evp_hash(hash), NULL) == 1);
    return (struct crypto_digest *)(void *)ctx;
}

void crypto_digest_add(struct crypto_digest *d, struct span data) {
    check(EVP_DigestUpdate(context(d), data.ptr, data.len) == 1);
}

size_t crypto_digest_finish(struct crypto_digest *d, unsigned char to[CRYPTO_DIGEST_MAX]) {
    unsigned len = 0;
    check(EVP_DigestFinal_ex(context(d), to, &len) == 1);
    return len;
}

void crypto_digest_free(struct crypto_digest *d) { EVP_MD_CTX_free(context(d)); }

size_t crypto_hmac(enum crypto_hash hash, struct span key, struct span data,
                   unsigned char to[CRYPTO_DIGEST_MAX]) {
    unsigned len = 0;
    unsigned char short_key[CRYPTO_DIGEST_MAX];
    bool hashed = key.len > hashes[hash].block; /* RFC 2104 section 2; also keeps the length an int */
    if (hashed) key = span_make(short_key, crypto_digest(hash, key, short_key));
    check(HMAC(evp_hash(hash), evp_bytes(key), (int)key.len, evp_bytes(data), data.len, to, &len) != NULL);
    if (hashed) crypto_wipe(short_key, sizeof short_key);
    return len;
}

bool crypto_hmac_verify(enum crypto_hash hash, struct span key, struct span data, struct span mac) {
    unsigned char expected[CRYPTO_DIGEST_MAX];
    return crypto_equal(span_make(expected, crypto_hmac(hash, key, data, expected)), mac);
}
