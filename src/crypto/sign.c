#include "crypto/sign.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "base/mem.h"
#include "crypto/evp.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

static bool key_fits(const struct crypto_key *key, const struct crypto_sign *how, bool to_sign) {
    static const enum crypto_key_type types[] = {
        [CRYPTO_SIGN_HMAC] = CRYPTO_KEY_SECRET,     [CRYPTO_SIGN_RSA_PKCS1] = CRYPTO_KEY_RSA,
        [CRYPTO_SIGN_RSA_PSS] = CRYPTO_KEY_RSA,     [CRYPTO_SIGN_ECDSA] = CRYPTO_KEY_EC,
        [CRYPTO_SIGN_ED25519] = CRYPTO_KEY_ED25519, [CRYPTO_SIGN_ED448] = CRYPTO_KEY_ED448,
        [CRYPTO_SIGN_KMAC128] = CRYPTO_KEY_SECRET,  [CRYPTO_SIGN_KMAC256] = CRYPTO_KEY_SECRET};
    return key->type == types[how->scheme] && (key->is_private || !to_sign);
}

/* --- Over a digest: ECDSA and RSA ------------------------------------------------------------------------------- */

/* A context that is ready. Making one takes a third of the time of an ECDSA verification, so each key keeps one of each kind,
 * which whoever needs it takes out and puts back: threads do not wait for one another. */
struct evp_prepared {
    EVP_PKEY_CTX *ctx;
    struct crypto_sign how;
};

void evp_prepared_free(struct evp_prepared *p) {
    if (!p) return;
    EVP_PKEY_CTX_free(p->ctx);
    mem_free(p);
}

static bool is_like(const struct crypto_sign *a, const struct crypto_sign *b) {
    return a->scheme == b->scheme && a->hash == b->hash && a->salt_bytes == b->salt_bytes &&
           a->has_mgf1 == b->has_mgf1 && a->mgf1 == b->mgf1;
}

static bool set_up(EVP_PKEY_CTX *ctx, const struct crypto_sign *how, bool to_sign) {
    const EVP_MD *md = evp_hash(how->hash);
    if ((to_sign ? EVP_PKEY_sign_init(ctx) : EVP_PKEY_verify_init(ctx)) != 1) return false;
    if (how->scheme == CRYPTO_SIGN_ECDSA) return EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
    if (how->scheme == CRYPTO_SIGN_RSA_PKCS1)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
    return how->salt_bytes <= EVP_MAX_MD_SIZE * 64 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)how->salt_bytes) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, how->has_mgf1 ? evp_hash(how->mgf1) : md) == 1;
}

/* NULL when the key and the parameters do not go together. */
static struct evp_prepared *take(const struct crypto_key *key, const struct crypto_sign *how, bool to_sign) {
    struct crypto_key *k = (struct crypto_key *)(uintptr_t)key; /* what it keeps is not part of what it is */
    struct evp_prepared *p = atomic_exchange_explicit(&k->prepared[to_sign], NULL, memory_order_acq_rel);
    if (p && is_like(&p->how, how)) return p;
    evp_prepared_free(p);
    p = NEW(struct evp_prepared);
    p->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    p->how = *how;
    p->how.customization = SPAN_NONE; /* not ours */
    check(p->ctx != NULL);
    if (set_up(p->ctx, how, to_sign)) return p;
    evp_prepared_free(p);
    return NULL;
}
static void put_back(const struct crypto_key *key, struct evp_prepared *p, bool to_sign) {
    struct crypto_key *k = (struct crypto_key *)(uintptr_t)key;
    evp_prepared_free(atomic_exchange_explicit(&k->prepared[to_sign], p, memory_order_acq_rel));
}

/* DER to r || s. */
static bool add_raw_ecdsa(const struct crypto_key *key, struct span der, struct buf *to) {
    size_t len = evp_curve_bytes(key->curve);
    const unsigned char *at = evp_bytes(der);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    unsigned char *raw = (unsigned char *)buf_reserve(to, 2 * len);
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)len) == (int)len &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + len, (int)len) == (int)len;
    if (ok) buf_added(to, 2 * len);
    ECDSA_SIG_free(sig);
    return ok;
}

/* An unsigned number of `len` bytes as an INTEGER (X.690 section 8.3), at `to`; returns the bytes written. */
static size_t der_integer(const unsigned char *from, size_t len, unsigned char *to) {
    while (len > 1 && !*from) from++, len--;
    size_t sign = *from >> 7; /* its first bit would mean minus */
    to[0] = 2;
    to[1] = (unsigned char)(len + sign);
    to[2] = 0;
    memcpy(to + 2 + sign, from, len);
    return 2 + sign + len;
}

/* r || s to DER, into `to`; returns its length, 0 when it is none. */
static size_t der_ecdsa(const struct crypto_key *key, struct span raw, unsigned char to[160]) {
    size_t len = evp_curve_bytes(key->curve);
    if (raw.len != 2 * len) return 0;
    unsigned char numbers[2 * (66 + 3)];
    size_t size = der_integer(evp_bytes(raw), len, numbers);
    size += der_integer(evp_bytes(raw) + len, len, numbers + size);
    size_t head = size < 128 ? 2 : 3;
    to[0] = 0x30;
    to[1] = head == 2 ? (unsigned char)size : 0x81;
    to[head - 1] = (unsigned char)size;
    memcpy(to + head, numbers, size);
    return head + size;
}

static bool sign_digest(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                        struct buf *to) {
    unsigned char digest[CRYPTO_DIGEST_MAX], der[160];
    bool ecdsa = how->scheme == CRYPTO_SIGN_ECDSA;
    size_t hashed = crypto_digest(how->hash, data, digest), len = (size_t)EVP_PKEY_get_size(key->pkey);
    struct evp_prepared *p = take(key, how, true);
    if (!p) return false;
    check(!ecdsa || len <= sizeof der);
    bool ok =
        EVP_PKEY_sign(p->ctx, ecdsa ? der : (unsigned char *)buf_reserve(to, len), &len, digest, hashed) == 1;
    if (ok && ecdsa)
        ok = add_raw_ecdsa(key, span_make(der, len), to);
    else if (ok)
        buf_added(to, len);
    put_back(key, p, true);
    return ok;
}

static bool verify_digest(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                          struct span signature) {
    unsigned char digest[CRYPTO_DIGEST_MAX], der[160];
    if (how->scheme == CRYPTO_SIGN_ECDSA) {
        signature = span_make(der, der_ecdsa(key, signature, der));
        if (!signature.len) return false;
    }
    struct evp_prepared *p = take(key, how, false);
    if (!p) return false;
    size_t hashed = crypto_digest(how->hash, data, digest);
    bool valid = EVP_PKEY_verify(p->ctx, evp_bytes(signature), signature.len, digest, hashed) == 1;
    put_back(key, p, false);
    return valid;
}

/* --- Over the data itself: Ed25519 and Ed448 ------------------------------------------------------------------------ */

static bool is_pure(const struct crypto_sign *how) {
    return how->scheme == CRYPTO_SIGN_ED25519 || how->scheme == CRYPTO_SIGN_ED448;
}

static bool sign_pure(const struct crypto_key *key, struct span data, struct buf *to) {
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    check(ctx != NULL);
    bool ok =
        EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
        EVP_DigestSign(ctx, (unsigned char *)buf_reserve(to, len), &len, evp_bytes(data), data.len) == 1;
    if (ok) buf_added(to, len);
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool verify_pure(const struct crypto_key *key, struct span data, struct span signature) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    check(ctx != NULL);
    bool valid = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
                 EVP_DigestVerify(ctx, evp_bytes(signature), signature.len, evp_bytes(data), data.len) == 1;
    EVP_MD_CTX_free(ctx);
    return valid;
}

/* y of the points whose order divides the cofactor, little-endian, without the sign of x; what a decoder would take
 * for one of them modulo the prime, too. RFC 8032 sections 5.1 and 5.2. */
static bool is_small(const unsigned char *point, size_t len) {
    static const unsigned char order8[2][32] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
         0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
         0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
    unsigned char y[57];
    memcpy(y, point, len);
    y[len - 1] &= 0x7F;
    if (len == 32 && (memcmp(y, order8[0], 32) == 0 || memcmp(y, order8[1], 32) == 0)) return true;
    /* 0, 1, p - 1, p, p + 1: the same byte nearly everywhere */
    size_t top = len == 32 ? 31 : 55; /* of the field; Ed448 has one more byte for the sign, 0 here */
    unsigned char middle = y[1], last = len == 32 && middle == 0xFF ? 0x7F : middle;
    if ((middle != 0 && middle != 0xFF) || y[top] != last || (len == 57 && y[56])) return false;
    for (size_t i = 1; i < top; i++) /* p of Ed448 is 2^448 - 2^224 - 1 */
        if (y[i] != (len == 57 && i == 28 && middle && y[28] == 0xFE ? 0xFE : middle)) return false;
    if (!middle) return y[0] <= 1 && (len == 32 || y[28] == 0);
    return len == 32 ? y[0] >= 0xEC && y[0] <= 0xEE : y[0] >= 0xFE;
}

static bool small_order(const struct crypto_key *key, struct span signature) {
    unsigned char public[57];
    size_t len = sizeof public;
    if (EVP_PKEY_get_raw_public_key(key->pkey, public, &len) != 1) return true;
    return signature.len != 2 * len || is_small(public, len) || is_small(evp_bytes(signature), len);
}

enum err crypto_sign(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                     struct buf *to) {
    if (!key_fits(key, how, true)) return ERR_INVALID;
    if (how->scheme == CRYPTO_SIGN_HMAC) {
        unsigned char mac[CRYPTO_DIGEST_MAX];
        buf_add(to, span_make(mac, crypto_hmac(how->hash, crypto_key_secret(key), data, mac)));
        return ERR_OK;
    }
    if (how->scheme >= CRYPTO_SIGN_KMAC128)
        return evp_kmac(how->scheme == CRYPTO_SIGN_KMAC128 ? 128 : 256, crypto_key_secret(key),
                        how->customization, data, how->out_bytes, to);
    return evp_done(is_pure(how) ? sign_pure(key, data, to) : sign_digest(key, how, data, to), ERR_INVALID);
}

enum err crypto_verify(const struct crypto_key *key, const struct crypto_sign *how, struct span data,
                       struct span signature, bool *ret_valid) {
    if (!key_fits(key, how, false)) return ERR_INVALID;
    if (how->scheme == CRYPTO_SIGN_HMAC) {
        *ret_valid = crypto_hmac_verify(how->hash, crypto_key_secret(key), data, signature);
        return ERR_OK;
    }
    if (how->scheme >= CRYPTO_SIGN_KMAC128) {
        struct buf mac = BUF_INIT;
        enum err e = crypto_sign(key, how, data, &mac);
        if (!e) *ret_valid = crypto_equal(buf_span(&mac), signature);
        buf_free(&mac);
        return e;
    }
    if (is_pure(how))
        *ret_valid = !small_order(key, signature) && verify_pure(key, data, signature);
    else
        *ret_valid = verify_digest(key, how, data, signature);
    ERR_clear_error();
    return ERR_OK;
}
