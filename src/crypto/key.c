/* Keys: their life, DER and raw forms, generation. The parts of JWKs are in key_parts.c. */
#include "crypto/key.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/evp.h"
#include "crypto/random.h"

static const struct {
    const char *name;
    size_t bytes;
} curves[] = {[CRYPTO_CURVE_NONE] = {"", 0},
              [CRYPTO_P256] = {"prime256v1", 32},
              [CRYPTO_P384] = {"secp384r1", 48},
              [CRYPTO_P521] = {"secp521r1", 66},
              [CRYPTO_P224] = {"secp224r1", 28}};

const char *evp_curve_name(enum crypto_curve curve) { return curves[curve].name; }
size_t evp_curve_bytes(enum crypto_curve curve) { return curves[curve].bytes; }
/* RFC 7748, RFC 8032: keys that are plain bytes. */
static const struct {
    const char *name;
    int evp;
    size_t bytes;
} okp[CRYPTO_KEY_TYPES] = {[CRYPTO_KEY_ED25519] = {"ED25519", EVP_PKEY_ED25519, 32},
                           [CRYPTO_KEY_X25519] = {"X25519", EVP_PKEY_X25519, 32},
                           [CRYPTO_KEY_ED448] = {"ED448", EVP_PKEY_ED448, 57},
                           [CRYPTO_KEY_X448] = {"X448", EVP_PKEY_X448, 56}};

int evp_raw_type(enum crypto_key_type type) { return okp[type].bytes ? okp[type].evp : EVP_PKEY_NONE; }
size_t crypto_okp_bytes(enum crypto_key_type type) { return okp[type].bytes; }

struct crypto_key *crypto_key_ref(struct crypto_key *key) {
    atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

void crypto_key_free(struct crypto_key *key) {
    if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < 2; i++) evp_prepared_free(key->prepared[i]);
    EVP_PKEY_free(key->pkey); /* wipes private parts */
    if (key->secret) crypto_wipe(key->secret, key->secret_len);
    mem_free(key->secret);
    mem_free(key);
}

enum crypto_key_type crypto_key_type(const struct crypto_key *key) { return key->type; }
enum crypto_curve crypto_key_curve(const struct crypto_key *key) { return key->curve; }
bool crypto_key_is_private(const struct crypto_key *key) { return key->is_private; }
struct span crypto_key_secret(const struct crypto_key *key) {
    return span_make(key->secret, key->secret_len);
}
size_t crypto_key_bits(const struct crypto_key *key) {
    return key->pkey ? (size_t)EVP_PKEY_get_bits(key->pkey) : key->secret_len * 8;
}

/* An exponent that is even or 1 is no key; one that is huge is a way to keep a verifier busy. */
static bool rsa_is_sane(const EVP_PKEY *pkey) {
    BIGNUM *e = NULL, *n = NULL;
    bool sane = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) &&
                EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) && BN_is_odd(e) && !BN_is_one(e) &&
                BN_is_odd(n) && BN_num_bits(e) <= (int)LIMIT_CRYPTO_RSA_EXPONENT_BITS &&
                BN_num_bits(n) <= (int)LIMIT_CRYPTO_RSA_BITS && BN_cmp(e, n) < 0;
    BN_free(e);
    BN_free(n);
    return sane;
}

/* A named curve, and a point that is on it; d, when there, belongs to the point. */
static bool ec_is_sane(EVP_PKEY *pkey, enum crypto_curve curve, bool is_private) {
    char name[32];
    size_t len = 0;
    if (!EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &len))
        return false;
    if (strcmp(name, curves[curve].name) != 0) return false;
    if (!EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, name, sizeof name, &len) ||
        strcmp(name, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
        return false;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool sane = ctx && EVP_PKEY_public_check(ctx) == 1 && (!is_private || EVP_PKEY_pairwise_check(ctx) == 1);
    EVP_PKEY_CTX_free(ctx);
    return sane;
}

enum err evp_key_new(enum crypto_key_type type, enum crypto_curve curve, bool is_private, EVP_PKEY *pkey,
                     struct crypto_key **ret_key) {
    bool sane = false;
    switch (type) {
    case CRYPTO_KEY_SECRET: break;
    case CRYPTO_KEY_RSA: sane = pkey && EVP_PKEY_is_a(pkey, "RSA") && rsa_is_sane(pkey); break;
    case CRYPTO_KEY_EC:
        sane = pkey && EVP_PKEY_is_a(pkey, "EC") && ec_is_sane(pkey, curve, is_private);
        break;
    case CRYPTO_KEY_ED25519:
    case CRYPTO_KEY_X25519:
    case CRYPTO_KEY_ED448:
    case CRYPTO_KEY_X448: sane = pkey && EVP_PKEY_is_a(pkey, okp[type].name); break;
    case CRYPTO_KEY_DSA:
        sane = pkey && EVP_PKEY_is_a(pkey, "DSA") && EVP_PKEY_get_bits(pkey) <= (int)LIMIT_CRYPTO_RSA_BITS;
        break;
    case CRYPTO_KEY_TYPES: break;
    }
    ERR_clear_error();
    if (!sane) return EVP_PKEY_free(pkey), ERR_INVALID;
    struct crypto_key *key = NEW(struct crypto_key);
    key->refs = 1;
    key->type = type;
    key->curve = type == CRYPTO_KEY_EC ? curve : CRYPTO_CURVE_NONE;
    key->is_private = is_private;
    key->pkey = pkey;
    *ret_key = key;
    return ERR_OK;
}

struct crypto_key *crypto_key_from_secret(struct span bytes) {
    struct crypto_key *key = NEW(struct crypto_key);
    key->refs = 1;
    key->type = CRYPTO_KEY_SECRET;
    key->is_private = true;
    key->secret = mem_alloc(bytes.len);
    key->secret_len = bytes.len;
    if (bytes.len) memcpy(key->secret, bytes.ptr, bytes.len);
    return key;
}

struct crypto_key *crypto_key_generate_secret(size_t len) {
    struct crypto_key *key = crypto_key_from_secret(SPAN_NONE);
    key->secret = mem_resize(key->secret, len ? len : 1);
    key->secret_len = len;
    crypto_random(key->secret, len);
    return key;
}

enum err crypto_key_import_spki(enum crypto_key_type type, enum crypto_curve curve, struct span der,
                                struct crypto_key **ret_key) {
    const unsigned char *at = evp_bytes(der), *start = at;
    if (der.len > LIMIT_CRYPTO_KEY_BYTES) return ERR_INVALID;
    EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &at, (long)der.len, NULL, NULL);
    if (pkey && at != start + der.len) { /* something follows */
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return evp_key_new(type, curve, false, pkey, ret_key);
}

enum err crypto_key_import_pkcs8(enum crypto_key_type type, enum crypto_curve curve, struct span der,
                                 struct crypto_key **ret_key) {
    const unsigned char *at = evp_bytes(der), *start = at;
    if (der.len > LIMIT_CRYPTO_KEY_BYTES) return ERR_INVALID;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    EVP_PKEY *pkey = info && at == start + der.len ? EVP_PKCS82PKEY_ex(info, NULL, NULL) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return evp_key_new(type, curve, true, pkey, ret_key);
}

static EVP_PKEY *ec_from_point(enum crypto_curve curve, struct span point) {
    size_t len = curves[curve].bytes;
    bool whole = point.len == 1 + 2 * len && point.ptr[0] == 4;
    if (!whole && !(point.len == 1 + len && (point.ptr[0] == 2 || point.ptr[0] == 3))) return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)curves[curve].name,
                                         0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.ptr, point.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

enum err crypto_key_import_raw(enum crypto_key_type type, enum crypto_curve curve, struct span raw,
                               struct crypto_key **ret_key) {
    EVP_PKEY *pkey = NULL;
    if (type == CRYPTO_KEY_EC && curve != CRYPTO_CURVE_NONE && raw.len)
        pkey = ec_from_point(curve, raw);
    else if (okp[type].bytes && raw.len == okp[type].bytes)
        pkey = EVP_PKEY_new_raw_public_key(evp_raw_type(type), NULL, evp_bytes(raw), raw.len);
    return evp_key_new(type, curve, false, pkey, ret_key);
}

static enum err add_der(unsigned char *der, int len, struct buf *to) {
    if (len <= 0) return evp_done(false, ERR_INVALID);
    buf_add(to, span_make(der, (size_t)len));
    OPENSSL_clear_free(der, (size_t)len);
    return ERR_OK;
}

enum err crypto_key_export_spki(const struct crypto_key *key, struct buf *to) {
    unsigned char *der = NULL;
    if (!key->pkey) return ERR_INVALID;
    int len = i2d_PUBKEY(key->pkey, &der);
    return add_der(der, len, to);
}

enum err crypto_key_export_pkcs8(const struct crypto_key *key, struct buf *to) {
    unsigned char *der = NULL;
    if (!key->pkey || !key->is_private) return ERR_INVALID;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
    PKCS8_PRIV_KEY_INFO_free(info);
    return add_der(der, len, to);
}

enum err crypto_key_export_raw(const struct crypto_key *key, struct buf *to) {
    struct arena a = ARENA_INIT;
    enum err e = ERR_OK;
    if (key->type == CRYPTO_KEY_SECRET) {
        buf_add(to, crypto_key_secret(key));
    } else if (key->type == CRYPTO_KEY_EC) {
        struct crypto_ec_parts parts;
        e = key->is_private ? ERR_INVALID : crypto_key_export_ec(key, &a, &parts);
        if (!e) {
            buf_add_char(to, 4);
            buf_add(to, parts.x);
            buf_add(to, parts.y);
        }
    } else {
        struct crypto_okp_parts parts;
        e = key->is_private ? ERR_INVALID : crypto_key_export_okp(key, &a, &parts);
        if (!e) buf_add(to, parts.x);
    }
    arena_free(&a);
    return e;
}

enum err crypto_key_generate_rsa(size_t bits, struct span exponent, struct crypto_key **ret_key) {
    if (bits < 1024 || bits > LIMIT_CRYPTO_RSA_BITS || exponent.len > 64) return ERR_INVALID;
    BIGNUM *e = BN_bin2bn(evp_bytes(exponent), (int)exponent.len, NULL);
    EVP_PKEY *pkey = NULL;
    check(e != NULL);
    if (BN_num_bits(e) >= 2 && BN_is_odd(e) && BN_num_bits(e) <= (int)LIMIT_CRYPTO_RSA_EXPONENT_BITS) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
        if (ctx && EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
            EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1)
            (void)EVP_PKEY_generate(ctx, &pkey);
        EVP_PKEY_CTX_free(ctx);
    }
    BN_free(e);
    return evp_key_new(CRYPTO_KEY_RSA, CRYPTO_CURVE_NONE, true, pkey, ret_key);
}

enum err crypto_key_generate(enum crypto_key_type type, enum crypto_curve curve,
                             struct crypto_key **ret_key) {
    EVP_PKEY *pkey = NULL;
    if (type == CRYPTO_KEY_EC && curve != CRYPTO_CURVE_NONE)
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[curve].name);
    else if (evp_raw_type(type) != EVP_PKEY_NONE)
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, okp[type].name);
    return evp_key_new(type, curve, true, pkey, ret_key);
}

enum err crypto_key_public(const struct crypto_key *key, struct crypto_key **ret_key) {
    struct buf der = BUF_INIT;
    enum err e = crypto_key_export_spki(key, &der);
    if (!e) e = crypto_key_import_spki(key->type, key->curve, buf_span(&der), ret_key);
    buf_free(&der);
    return e;
}
