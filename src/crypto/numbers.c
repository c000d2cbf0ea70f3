#include "crypto/numbers.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/evp.h"

enum { CURVE_NAME = 64 };

/* NULL when it is longer than any number here. Secret numbers are wiped when they are freed, and computed with in
 * constant time. */
static BIGNUM *number_of(struct span s) {
    while (s.len > 1 && !s.ptr[0]) s = span_from(s, 1);
    if (s.len > LIMIT_CRYPTO_PRIME_BITS / 8) return NULL;
    BIGNUM *bn = BN_bin2bn(evp_bytes(s), (int)s.len, NULL);
    check(bn != NULL);
    return bn;
}

static void add_number(const BIGNUM *bn, size_t len, struct buf *to) {
    size_t own = (size_t)BN_num_bytes(bn);
    if (len < own) len = own;
    check(BN_bn2binpad(bn, (unsigned char *)buf_reserve(to, len + 1), (int)len) >= 0);
    buf_added(to, len);
}

/* --- Primes ------------------------------------------------------------------------------------------------------ */

enum err crypto_prime_new(size_t bits, bool safe, struct span add, struct span rem, struct buf *to) {
    if (bits > LIMIT_CRYPTO_PRIME_BITS) return ERR_TOO_LARGE;
    BIGNUM *a = add.len ? number_of(add) : NULL, *r = rem.len ? number_of(rem) : NULL, *p = BN_secure_new();
    check(p != NULL);
    bool ok = bits > 0 && (!add.len || (a && (size_t)BN_num_bits(a) <= bits)) && (!rem.len || r) &&
              (!a || !r || BN_cmp(a, r) > 0);
    ok = ok && BN_generate_prime_ex(p, (int)bits, safe, a, r, NULL) == 1;
    if (ok) add_number(p, (bits + 7) / 8, to);
    BN_clear_free(p);
    BN_free(a);
    BN_free(r);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_prime_check(struct span number, bool *ret_prime) {
    BIGNUM *n = number_of(number);
    if (!n) return ERR_TOO_LARGE;
    BN_CTX *ctx = BN_CTX_new();
    check(ctx != NULL);
    *ret_prime = BN_check_prime(n, ctx, NULL) == 1;
    BN_CTX_free(ctx);
    BN_free(n);
    return evp_done(true, ERR_OK);
}

/* --- Diffie-Hellman ---------------------------------------------------------------------------------------------- */

enum err crypto_dh_group(struct span name, struct buf *to) {
    static const struct {
        const char *name;
        BIGNUM *(*prime)(BIGNUM *);
    } groups[] = {{"modp1", BN_get_rfc2409_prime_768},   {"modp2", BN_get_rfc2409_prime_1024},
                  {"modp5", BN_get_rfc3526_prime_1536},  {"modp14", BN_get_rfc3526_prime_2048},
                  {"modp15", BN_get_rfc3526_prime_3072}, {"modp16", BN_get_rfc3526_prime_4096},
                  {"modp17", BN_get_rfc3526_prime_6144}, {"modp18", BN_get_rfc3526_prime_8192}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (!span_eq_nocase(name, span_of(groups[i].name))) continue;
        BIGNUM *p = groups[i].prime(NULL);
        check(p != NULL);
        add_number(p, 0, to);
        BN_free(p);
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

enum { NOT_PRIME = 1, NOT_SAFE = 2, UNCHECKED_GENERATOR = 4, BAD_GENERATOR = 8 };

/* 2 and 5 generate the large subgroup of a safe prime when it leaves these rests; others are not looked into. */
static int check_generator(const BIGNUM *p, const BIGNUM *g) {
    BIGNUM *below = BN_dup(p);
    check(below && BN_sub_word(below, 1) == 1);
    bool sane = BN_cmp(g, BN_value_one()) > 0 && BN_cmp(g, below) < 0;
    BN_free(below);
    return sane ? 0 : BAD_GENERATOR;
}

int crypto_dh_check(struct span prime, struct span generator) {
    BIGNUM *p = number_of(prime), *g = number_of(generator);
    BN_CTX *ctx = BN_CTX_new();
    check(ctx != NULL);
    int wrong = !p || !g ? NOT_PRIME : check_generator(p, g);
    if (p && g && BN_check_prime(p, ctx, NULL) != 1) wrong |= NOT_PRIME;
    if (!wrong) {
        BIGNUM *half = BN_dup(p);
        check(half && BN_rshift1(half, half) == 1);
        if (BN_check_prime(half, ctx, NULL) != 1) wrong |= NOT_SAFE;
        BN_free(half);
    }
    BN_CTX_free(ctx);
    BN_free(p);
    BN_free(g);
    ERR_clear_error();
    return wrong;
}

enum err crypto_dh_private(struct span prime, struct buf *to) {
    BIGNUM *p = number_of(prime), *x = BN_secure_new();
    check(x != NULL);
    bool ok = p && BN_num_bits(p) > 2 && BN_sub_word(p, 3) == 1 && BN_priv_rand_range(x, p) == 1 &&
              BN_add_word(x, 2) == 1;
    if (ok) add_number(x, 0, to);
    BN_clear_free(x);
    BN_free(p);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_dh_power(struct span base, struct span exponent, struct span prime, bool padded,
                         struct buf *to) {
    BIGNUM *p = number_of(prime), *b = number_of(base), *x = number_of(exponent), *r = BN_secure_new();
    BN_CTX *ctx = BN_CTX_new();
    check(r && ctx);
    if (x) BN_set_flags(x, BN_FLG_CONSTTIME);
    bool ok =
        p && b && x && BN_is_odd(p) && !BN_is_one(p) && BN_mod_exp_mont_consttime(r, b, x, p, ctx, NULL) == 1;
    if (ok) add_number(r, padded ? (size_t)BN_num_bytes(p) : 0, to);
    BN_CTX_free(ctx);
    BN_clear_free(r);
    BN_clear_free(x);
    BN_free(b);
    BN_free(p);
    return evp_done(ok, ERR_INVALID);
}

int crypto_dh_public_range(struct span prime, struct span public) {
    BIGNUM *p = number_of(prime), *y = number_of(public);
    int where = !p || !y ? 1 : BN_cmp(y, BN_value_one()) <= 0 ? -1 : 0;
    if (where == 0) {
        check(BN_sub_word(p, 1) == 1);
        if (BN_cmp(y, p) >= 0) where = 1;
    }
    BN_free(p);
    BN_free(y);
    return where;
}

/* --- Elliptic curves ----------------------------------------------------------------------------------------------- */

static EC_GROUP *group_of(struct span name) {
    char text[CURVE_NAME];
    if (!name.len || name.len >= sizeof text) return NULL;
    memcpy(text, name.ptr, name.len);
    text[name.len] = 0;
    int nid = EC_curve_nist2nid(text);
    if (nid == NID_undef) nid = OBJ_sn2nid(text);
    EC_GROUP *group = nid == NID_undef ? NULL : EC_GROUP_new_by_curve_name(nid);
    ERR_clear_error();
    return group;
}

static size_t field_bytes(const EC_GROUP *g) { return ((size_t)EC_GROUP_get_degree(g) + 7) / 8; }

/* 1 <= x < order. */
static bool private_fits(const EC_GROUP *g, const BIGNUM *x) {
    return x && !BN_is_zero(x) && BN_cmp(x, EC_GROUP_get0_order(g)) < 0;
}

static bool add_point(const EC_GROUP *g, const EC_POINT *p, enum crypto_point_form form, BN_CTX *ctx,
                      struct buf *to) {
    size_t cap = 1 + 2 * field_bytes(g);
    size_t n = EC_POINT_point2oct(g, p, (point_conversion_form_t)form, (unsigned char *)buf_reserve(to, cap),
                                  cap, ctx);
    buf_added(to, n);
    return n > 0;
}

enum err crypto_curve_private(struct span curve, struct buf *to) {
    EC_GROUP *g = group_of(curve);
    if (!g) return ERR_UNSUPPORTED;
    BIGNUM *x = BN_secure_new();
    check(x != NULL);
    do check(BN_priv_rand_range(x, EC_GROUP_get0_order(g)) == 1);
    while (BN_is_zero(x));
    add_number(x, ((size_t)BN_num_bits(EC_GROUP_get0_order(g)) + 7) / 8, to);
    BN_clear_free(x);
    EC_GROUP_free(g);
    return ERR_OK;
}

enum err crypto_curve_public(struct span curve, struct span private, enum crypto_point_form form,
                             struct buf *to) {
    EC_GROUP *g = group_of(curve);
    if (!g) return ERR_UNSUPPORTED;
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *p = EC_POINT_new(g);
    BIGNUM *x = number_of(private);
    check(ctx && p);
    bool ok =
        private_fits(g, x) && EC_POINT_mul(g, p, x, NULL, NULL, ctx) == 1 && add_point(g, p, form, ctx, to);
    BN_clear_free(x);
    EC_POINT_free(p);
    BN_CTX_free(ctx);
    EC_GROUP_free(g);
    return evp_done(ok, ERR_INVALID);
}

/* A point of the curve that is not infinity; the decoder looks whether it is on it. */
static bool read_point(const EC_GROUP *g, EC_POINT *p, struct span from, BN_CTX *ctx) {
    return EC_POINT_oct2point(g, p, evp_bytes(from), from.len, ctx) == 1 && !EC_POINT_is_at_infinity(g, p);
}

enum err crypto_curve_point(struct span curve, struct span point, enum crypto_point_form form,
                            struct buf *to) {
    EC_GROUP *g = group_of(curve);
    if (!g) return ERR_UNSUPPORTED;
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *p = EC_POINT_new(g);
    check(ctx && p);
    bool ok = read_point(g, p, point, ctx) && add_point(g, p, form, ctx, to);
    EC_POINT_free(p);
    BN_CTX_free(ctx);
    EC_GROUP_free(g);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_curve_agree(struct span curve, struct span private, struct span point, struct buf *to) {
    EC_GROUP *g = group_of(curve);
    if (!g) return ERR_UNSUPPORTED;
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *p = EC_POINT_new(g), *shared = EC_POINT_new(g);
    BIGNUM *k = number_of(private), *x = BN_secure_new();
    check(ctx && p && shared && x);
    bool ok = private_fits(g, k) && read_point(g, p, point, ctx) &&
              EC_POINT_mul(g, shared, NULL, p, k, ctx) == 1 && !EC_POINT_is_at_infinity(g, shared) &&
              EC_POINT_get_affine_coordinates(g, shared, x, NULL, ctx) == 1;
    if (ok) add_number(x, field_bytes(g), to);
    BN_clear_free(k);
    BN_clear_free(x);
    EC_POINT_clear_free(shared);
    EC_POINT_free(p);
    BN_CTX_free(ctx);
    EC_GROUP_free(g);
    return evp_done(ok, ERR_INVALID);
}
