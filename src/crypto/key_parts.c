/* The parts of JSON Web Keys (RFC 7518 section 6, RFC 8037): numbers in, keys out, and back. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/evp.h"
#include "crypto/random.h"

static const char *const rsa_names[8] = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                         OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                         OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                         OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
enum { N, E, D, P, Q, RSA_PARTS = 8 };

static EVP_PKEY *from_params(const char *algorithm, OSSL_PARAM_BLD *builder, bool is_private) {
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return pkey;
}

/* n = p * q, so that a private key at least belongs to its own public one. */
static bool factors_fit(BIGNUM *const bn[RSA_PARTS]) {
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *product = BN_new();
    bool fit = ctx && product && BN_mul(product, bn[P], bn[Q], ctx) == 1 && BN_cmp(product, bn[N]) == 0 &&
               !BN_is_one(bn[P]) && !BN_is_one(bn[Q]);
    BN_clear_free(product);
    BN_CTX_free(ctx);
    return fit;
}

static EVP_PKEY *rsa_from(BIGNUM *const bn[RSA_PARTS], unsigned count) {
    if (count == RSA_PARTS && !factors_fit(bn)) return NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    check(builder != NULL);
    bool ok = true;
    for (unsigned i = 0; i < count; i++) ok = ok && OSSL_PARAM_BLD_push_BN(builder, rsa_names[i], bn[i]) == 1;
    EVP_PKEY *pkey = ok ? from_params("RSA", builder, count > D) : NULL;
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

enum err crypto_key_import_rsa(const struct crypto_rsa_parts *p, struct crypto_key **ret_key) {
    const struct span parts[RSA_PARTS] = {p->n, p->e, p->d, p->p, p->q, p->dp, p->dq, p->qi};
    unsigned count = 0, present = 0;
    for (unsigned i = 0; i < RSA_PARTS; i++) {
        if (parts[i].len > LIMIT_CRYPTO_RSA_BITS / 8 + 1) return ERR_INVALID;
        if (parts[i].len) present |= 1u << i;
    }
    if (present == 0x03)
        count = 2;
    else if (present == 0x07)
        count = 3;
    else if (present == 0xFF)
        count = RSA_PARTS;
    else
        return ERR_INVALID;
    BIGNUM *bn[RSA_PARTS] = {0};
    for (unsigned i = 0; i < count; i++) {
        bn[i] = i < D ? BN_new() : BN_secure_new();
        check(bn[i] && BN_bin2bn(evp_bytes(parts[i]), (int)parts[i].len, bn[i]));
    }
    EVP_PKEY *pkey = rsa_from(bn, count);
    for (unsigned i = 0; i < count; i++) BN_clear_free(bn[i]);
    return evp_key_new(CRYPTO_KEY_RSA, CRYPTO_CURVE_NONE, count > D, pkey, ret_key);
}

enum err crypto_key_import_ec(enum crypto_curve curve, const struct crypto_ec_parts *p,
                              struct crypto_key **ret_key) {
    size_t len = evp_curve_bytes(curve);
    if (!len || p->x.len != len || p->y.len != len || (p->d.len && p->d.len != len)) return ERR_INVALID;
    unsigned char point[1 + 2 * 66] = {4};
    memcpy(point + 1, p->x.ptr, len);
    memcpy(point + 1 + len, p->y.ptr, len);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *d = p->d.len ? BN_secure_new() : NULL;
    check(builder && (!p->d.len || (d && BN_bin2bn(evp_bytes(p->d), (int)p->d.len, d))));
    bool ok =
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, evp_curve_name(curve), 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * len) == 1 &&
        (!d || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1);
    EVP_PKEY *pkey = ok ? from_params("EC", builder, d != NULL) : NULL;
    OSSL_PARAM_BLD_free(builder);
    bool is_private = d != NULL;
    BN_clear_free(d);
    return evp_key_new(CRYPTO_KEY_EC, curve, is_private, pkey, ret_key);
}

enum err crypto_key_import_okp(enum crypto_key_type type, const struct crypto_okp_parts *p,
                               struct crypto_key **ret_key) {
    if (!p->d.len) return crypto_key_import_raw(type, CRYPTO_CURVE_NONE, p->x, ret_key);
    size_t bytes = crypto_okp_bytes(type);
    if (!bytes || p->d.len != bytes || p->x.len != bytes) return ERR_INVALID;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(evp_raw_type(type), NULL, evp_bytes(p->d), p->d.len);
    unsigned char x[64];
    size_t len = sizeof x;
    bool fits = pkey && EVP_PKEY_get_raw_public_key(pkey, x, &len) == 1 && span_eq(span_make(x, len), p->x);
    if (!fits) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return evp_key_new(type, CRYPTO_CURVE_NONE, true, pkey, ret_key);
}

/* A number of the key in `len` bytes, or in as few as it takes when len is 0. Null when it is not there. */
static struct span number(const struct crypto_key *key, struct arena *a, const char *name, size_t len) {
    BIGNUM *bn = NULL;
    if (!EVP_PKEY_get_bn_param(key->pkey, name, &bn)) return SPAN_NONE;
    if (len == 0) len = (size_t)BN_num_bytes(bn);
    unsigned char *to = arena_alloc(a, len + 1);
    int written = BN_bn2binpad(bn, to, (int)len);
    BN_clear_free(bn);
    return written < 0 ? SPAN_NONE : span_make(to, len);
}

enum err crypto_key_export_rsa(const struct crypto_key *key, struct arena *a,
                               struct crypto_rsa_parts *ret_parts) {
    if (key->type != CRYPTO_KEY_RSA) return ERR_INVALID;
    struct span parts[RSA_PARTS] = {{0}};
    for (unsigned i = 0; i < (key->is_private ? RSA_PARTS : 2); i++)
        parts[i] = number(key, a, rsa_names[i], 0);
    ERR_clear_error();
    *ret_parts = (struct crypto_rsa_parts){parts[0], parts[1], parts[2], parts[3],
                                           parts[4], parts[5], parts[6], parts[7]};
    return ERR_OK;
}

enum err crypto_key_export_ec(const struct crypto_key *key, struct arena *a,
                              struct crypto_ec_parts *ret_parts) {
    if (key->type != CRYPTO_KEY_EC) return ERR_INVALID;
    size_t len = evp_curve_bytes(key->curve);
    struct crypto_ec_parts parts = {.x = number(key, a, OSSL_PKEY_PARAM_EC_PUB_X, len),
                                    .y = number(key, a, OSSL_PKEY_PARAM_EC_PUB_Y, len)};
    if (key->is_private) parts.d = number(key, a, OSSL_PKEY_PARAM_PRIV_KEY, len);
    if (!parts.x.len || !parts.y.len || (key->is_private && !parts.d.len))
        return evp_done(false, ERR_INTERNAL);
    *ret_parts = parts;
    return ERR_OK;
}

enum err crypto_key_export_okp(const struct crypto_key *key, struct arena *a,
                               struct crypto_okp_parts *ret_parts) {
    if (evp_raw_type(key->type) == EVP_PKEY_NONE) return ERR_INVALID;
    size_t len = crypto_okp_bytes(key->type), x = len, d = len;
    unsigned char *bytes = arena_alloc(a, 2 * len);
    if (EVP_PKEY_get_raw_public_key(key->pkey, bytes, &x) != 1 ||
        (key->is_private && EVP_PKEY_get_raw_private_key(key->pkey, bytes + len, &d) != 1))
        return evp_done(false, ERR_INTERNAL);
    *ret_parts = (struct crypto_okp_parts){.x = span_make(bytes, x)};
    if (key->is_private) ret_parts->d = span_make(bytes + len, d);
    return ERR_OK;
}
