#include "crypto/sign.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "base/check.h"
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

/* A context that is ready to sign or to verify; NULL when the key and the parameters do not go together. */
static EVP_MD_CTX *begin(const struct crypto_key *key, const struct crypto_sign *how, bool to_sign) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *params = NULL; /* belongs to ctx */
    check(ctx != NULL);
    bool pure = how->scheme == CRYPTO_SIGN_ED25519 || how->scheme == CRYPTO_SIGN_ED448;
    const EVP_MD *md = pure ? NULL : evp_hash(how->hash);
    bool ok = to_sign ? EVP_DigestSignInit(ctx, &params, md, NULL, key->pkey) == 1
                      : EVP_DigestVerifyInit(ctx, &params, md, NULL, key->pkey) == 1;
    if (ok && how->scheme == CRYPTO_SIGN_RSA_PKCS1)
        ok = EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PADDING) == 1;
    if (ok && how->scheme == CRYPTO_SIGN_RSA_PSS)
        ok = how->salt_bytes <= EVP_MAX_MD_SIZE * 64 &&
             EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(params, (int)how->salt_bytes) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(params, how->has_mgf1 ? evp_hash(how->mgf1) : md) == 1;
    if (ok) return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
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

/* r || s to DER, into `to`; returns its length, 0 when it is none. */
static size_t der_ecdsa(const struct crypto_key *key, struct span raw, unsigned char to[160]) {
    size_t len = evp_curve_bytes(key->curve);
    if (raw.len != 2 * len) return 0;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(evp_bytes(raw), (int)len, NULL),
           *s = BN_bin2bn(evp_bytes(raw) + len, (int)len, NULL);
    check(sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1);
    int size = i2d_ECDSA_SIG(sig, NULL);
    check(size > 0 && size <= 160);
    unsigned char *at = to;
    size = i2d_ECDSA_SIG(sig, &at);
    ECDSA_SIG_free(sig);
    return (size_t)size;
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
    EVP_MD_CTX *ctx = begin(key, how, true);
    size_t len = 0;
    bool ok = ctx && EVP_DigestSign(ctx, NULL, &len, evp_bytes(data), data.len) == 1;
    if (ok && how->scheme == CRYPTO_SIGN_ECDSA) {
        unsigned char der[160];
        check(len <= sizeof der);
        ok = EVP_DigestSign(ctx, der, &len, evp_bytes(data), data.len) == 1 &&
             add_raw_ecdsa(key, span_make(der, len), to);
    } else if (ok) {
        ok = EVP_DigestSign(ctx, (unsigned char *)buf_reserve(to, len), &len, evp_bytes(data), data.len) == 1;
        if (ok) buf_added(to, len);
    }
    EVP_MD_CTX_free(ctx);
    return evp_done(ok, ERR_INVALID);
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
    if ((how->scheme == CRYPTO_SIGN_ED25519 || how->scheme == CRYPTO_SIGN_ED448) &&
        small_order(key, signature))
        return *ret_valid = false, ERR_OK;
    unsigned char der[160];
    if (how->scheme == CRYPTO_SIGN_ECDSA) {
        signature = span_make(der, der_ecdsa(key, signature, der));
        if (!signature.len) return *ret_valid = false, ERR_OK;
    }
    EVP_MD_CTX *ctx = begin(key, how, false);
    *ret_valid =
        ctx && EVP_DigestVerify(ctx, evp_bytes(signature), signature.len, evp_bytes(data), data.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ERR_OK;
}
