/* Crypto by published vectors (Wycheproof, test/vectors/crypto): right ones must be accepted, subtly wrong ones refused.
 * It could pass wrongly if rows were skipped or refused for another reason than the one meant: rows of each kind are
 * counted, and every key must import. A row that the publisher calls "acceptable" may be refused, but not be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/cipher.h"
#include "crypto/derive.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "test/support/tsv.h"

struct run {
    struct tsv t;
    struct crypto_key *key; /* of the last `key` row */
    unsigned wrong, long_ivs, refused_iterations;
};

static bool is(const struct run *r, size_t field, const char *text) {
    return span_eq(r->t.fields[field], span_of(text));
}

static void expect(struct run *r, bool accepted) {
    size_t result = r->t.count - 2;
    if (is(r, result, "acceptable") || accepted == is(r, result, "valid")) return;
    fprintf(stderr, "line %u (%.*s) is %s\n", r->t.line, SPAN_FMT(r->t.fields[r->t.count - 1]),
            accepted ? "accepted" : "refused");
    r->wrong++;
}

static enum crypto_hash hash_at(const struct run *r, size_t field) {
    enum crypto_hash hash = CRYPTO_SHA1;
    check(crypto_hash_of(r->t.fields[field], &hash));
    return hash;
}

static uint64_t number_at(const struct run *r, size_t field) {
    uint64_t n = 0;
    check(span_to_u64(r->t.fields[field], &n));
    return n;
}

static enum crypto_curve curve_of(struct span name) {
    if (span_eq(name, SPAN("P-256"))) return CRYPTO_P256;
    if (span_eq(name, SPAN("P-384"))) return CRYPTO_P384;
    return span_eq(name, SPAN("P-521")) ? CRYPTO_P521 : CRYPTO_CURVE_NONE;
}

/* key, type, curve, spki, pkcs8, n or x, e or y: the forms must be the same key. */
static void key_row(struct run *r) {
    bool ec = is(r, 1, "EC"), rsa = is(r, 1, "RSA");
    enum crypto_key_type type = ec ? CRYPTO_KEY_EC : rsa ? CRYPTO_KEY_RSA : CRYPTO_KEY_ED25519;
    enum crypto_curve curve = curve_of(r->t.fields[2]);
    struct span spki = tsv_hex(&r->t, 3), pkcs8 = tsv_hex(&r->t, 4), a = tsv_hex(&r->t, 5),
                b = tsv_hex(&r->t, 6);
    crypto_key_free(r->key);
    enum err e = pkcs8.len ? crypto_key_import_pkcs8(type, curve, pkcs8, &r->key)
                           : crypto_key_import_spki(type, curve, spki, &r->key);
    if (e) fail_msg("line %u: the key is refused", r->t.line);
    struct buf der = BUF_INIT;
    assert_int_equal(crypto_key_export_spki(r->key, &der), ERR_OK);
    if (spki.len) assert_true(span_eq(buf_span(&der), spki));
    if (a.len) {
        struct crypto_key *again = NULL;
        e = ec    ? crypto_key_import_ec(curve, &(struct crypto_ec_parts){.x = a, .y = b}, &again)
            : rsa ? crypto_key_import_rsa(&(struct crypto_rsa_parts){.n = a, .e = b}, &again)
                  : crypto_key_import_okp(type, &(struct crypto_okp_parts){.x = a}, &again);
        assert_int_equal(e, ERR_OK);
        struct buf same = BUF_INIT;
        assert_int_equal(crypto_key_export_spki(again, &same), ERR_OK);
        assert_true(span_eq(buf_span(&same), buf_span(&der)));
        buf_free(&same);
        crypto_key_free(again);
    }
    buf_free(&der);
}

/* The hash of MGF1 in a field that is often empty. */
static bool mgf1_at(const struct run *r, size_t field, enum crypto_hash *ret) {
    if (!r->t.fields[field].len) return false;
    return *ret = hash_at(r, field), true;
}

/* signature, scheme, hash, salt, hash of MGF1, message, signature */
static void signature_row(struct run *r) {
    struct crypto_sign how = {.scheme = is(r, 1, "ECDSA")   ? CRYPTO_SIGN_ECDSA
                                        : is(r, 1, "PKCS1") ? CRYPTO_SIGN_RSA_PKCS1
                                        : is(r, 1, "PSS")   ? CRYPTO_SIGN_RSA_PSS
                                                            : CRYPTO_SIGN_ED25519};
    if (r->t.fields[2].len) how.hash = hash_at(r, 2);
    how.salt_bytes = number_at(r, 3);
    how.has_mgf1 = mgf1_at(r, 4, &how.mgf1);
    bool valid = false;
    struct span message = tsv_hex(&r->t, 5), signature = tsv_hex(&r->t, 6);
    assert_int_equal(crypto_verify(r->key, &how, message, signature, &valid), ERR_OK);
    expect(r, valid);
}

/* mac, hash, key, message, tag (perhaps the start of it) */
static void mac_row(struct run *r) {
    unsigned char mac[CRYPTO_DIGEST_MAX];
    enum crypto_hash hash = hash_at(r, 1);
    struct span key = tsv_hex(&r->t, 2), message = tsv_hex(&r->t, 3), tag = tsv_hex(&r->t, 4);
    size_t len = crypto_hmac(hash, key, message, mac);
    expect(r, span_eq(span_first(span_make(mac, len), tag.len), tag));
    assert_int_equal(crypto_hmac_verify(hash, key, message, tag),
                     tag.len == len && is(r, r->t.count - 2, "valid"));
}

/* cipher, mode, key, iv, additional data, message, ciphertext */
static void cipher_row(struct run *r) {
    struct crypto_key *key = crypto_key_from_secret(tsv_hex(&r->t, 2));
    struct crypto_cipher how = {.scheme = is(r, 1, "GCM")   ? CRYPTO_AES_GCM
                                          : is(r, 1, "CBC") ? CRYPTO_AES_CBC
                                                            : CRYPTO_AES_KW,
                                .tag_bytes = 16,
                                .iv = tsv_hex(&r->t, 3),
                                .aad = tsv_hex(&r->t, 4)};
    struct span message = tsv_hex(&r->t, 5), coded = tsv_hex(&r->t, 6);
    struct buf to = BUF_INIT;
    enum err e = crypto_decrypt(key, &how, coded, &to);
    if (e) assert_int_equal(to.len, 0);
    expect(r, !e && span_eq(buf_span(&to), message));
    to.len = 0;
    bool same = crypto_encrypt(key, &how, message, &to) == ERR_OK && span_eq(buf_span(&to), coded);
    if (is(r, r->t.count - 2, "valid")) assert_true(same);
    r->long_ivs += how.scheme == CRYPTO_AES_GCM && how.iv.len > 128;
    buf_free(&to);
    crypto_key_free(key);
}

/* oaep, hash, hash of MGF1, label, message, ciphertext */
static void oaep_row(struct run *r) {
    struct crypto_cipher how = {.scheme = CRYPTO_RSA_OAEP, .hash = hash_at(r, 1), .aad = tsv_hex(&r->t, 3)};
    how.has_mgf1 = mgf1_at(r, 2, &how.mgf1);
    struct buf to = BUF_INIT;
    struct span message = tsv_hex(&r->t, 4);
    enum err e = crypto_decrypt(r->key, &how, tsv_hex(&r->t, 5), &to);
    expect(r, !e && span_eq(buf_span(&to), message));
    buf_free(&to);
}

/* hkdf, hash, secret, salt, info, size, output */
static void hkdf_row(struct run *r) {
    struct buf to = BUF_INIT;
    enum err e = crypto_hkdf(hash_at(r, 1), tsv_hex(&r->t, 2), tsv_hex(&r->t, 3), tsv_hex(&r->t, 4),
                             number_at(r, 5), &to);
    expect(r, !e && span_eq(buf_span(&to), tsv_hex(&r->t, 6)));
    buf_free(&to);
}

/* pbkdf2, hash, password, salt, iterations, size, output */
static void pbkdf2_row(struct run *r) {
    struct buf to = BUF_INIT;
    enum err e = crypto_pbkdf2(hash_at(r, 1), tsv_hex(&r->t, 2), tsv_hex(&r->t, 3), number_at(r, 4),
                               number_at(r, 5), &to);
    if (number_at(r, 4) > LIMIT_CRYPTO_PBKDF2_ITERATIONS) {
        assert_int_equal(e, ERR_TOO_LARGE);
        r->refused_iterations++;
    } else {
        expect(r, !e && span_eq(buf_span(&to), tsv_hex(&r->t, 6)));
    }
    buf_free(&to);
}

static void agreed(struct run *r, struct crypto_key *own, struct crypto_key *peer, struct span shared) {
    struct buf to = BUF_INIT;
    enum err e = own && peer ? crypto_agree(own, peer, &to) : ERR_INVALID;
    if (!e && !span_eq(buf_span(&to), shared)) r->wrong++;
    expect(r, !e);
    buf_free(&to);
    crypto_key_free(own);
    crypto_key_free(peer);
}

/* x25519, public, private, shared. The JWK form would want the own public key, PKCS #8 does not. */
static void x25519_row(struct run *r) {
    struct crypto_key *own = NULL, *peer = NULL;
    char der[48] = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20};
    struct span secret = tsv_hex(&r->t, 2);
    check(secret.len == 32);
    memcpy(der + 16, secret.ptr, 32);
    assert_int_equal(crypto_key_import_pkcs8(CRYPTO_KEY_X25519, CRYPTO_CURVE_NONE, span_make(der, 48), &own),
                     ERR_OK);
    (void)!crypto_key_import_raw(CRYPTO_KEY_X25519, CRYPTO_CURVE_NONE, tsv_hex(&r->t, 1), &peer);
    agreed(r, own, peer, tsv_hex(&r->t, 3));
}

/* x25519asn, SubjectPublicKeyInfo, PKCS #8, shared */
static void x25519asn_row(struct run *r) {
    struct crypto_key *own = NULL, *peer = NULL;
    (void)!crypto_key_import_pkcs8(CRYPTO_KEY_X25519, CRYPTO_CURVE_NONE, tsv_hex(&r->t, 2), &own);
    (void)!crypto_key_import_spki(CRYPTO_KEY_X25519, CRYPTO_CURVE_NONE, tsv_hex(&r->t, 1), &peer);
    agreed(r, own, peer, tsv_hex(&r->t, 3));
}

/* x25519jwk, kind and curve, x of the other; own x, d; shared */
static void x25519jwk_row(struct run *r) {
    struct crypto_key *own = NULL, *peer = NULL;
    struct crypto_okp_parts theirs = {.x = tsv_hex(&r->t, 2)},
                            ours = {.x = tsv_hex(&r->t, 3), .d = tsv_hex(&r->t, 4)};
    if (is(r, 1, "OKP X25519")) (void)!crypto_key_import_okp(CRYPTO_KEY_X25519, &theirs, &peer);
    assert_int_equal(crypto_key_import_okp(CRYPTO_KEY_X25519, &ours, &own), ERR_OK);
    agreed(r, own, peer, tsv_hex(&r->t, 5));
}

/* ecdh, own curve, curve of the other, x, y; own x, y, d; shared */
static void ecdh_row(struct run *r) {
    struct crypto_key *own = NULL, *peer = NULL;
    struct crypto_ec_parts theirs = {.x = tsv_hex(&r->t, 3), .y = tsv_hex(&r->t, 4)};
    struct crypto_ec_parts ours = {.x = tsv_hex(&r->t, 5), .y = tsv_hex(&r->t, 6), .d = tsv_hex(&r->t, 7)};
    (void)!crypto_key_import_ec(curve_of(r->t.fields[2]), &theirs, &peer);
    assert_int_equal(crypto_key_import_ec(curve_of(r->t.fields[1]), &ours, &own), ERR_OK);
    agreed(r, own, peer, tsv_hex(&r->t, 8));
}

static void all_rows_hold(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*run)(struct run *);
        unsigned rows;
    } kinds[] = {{"key", key_row, 741},
                 {"signature", signature_row, 8839},
                 {"mac", mac_row, 1040},
                 {"cipher", cipher_row, 697},
                 {"oaep", oaep_row, 1098},
                 {"hkdf", hkdf_row, 339},
                 {"pbkdf2", pbkdf2_row, 298},
                 {"x25519", x25519_row, 518},
                 {"x25519asn", x25519asn_row, 537},
                 {"x25519jwk", x25519jwk_row, 531},
                 {"ecdh", ecdh_row, 1802}};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    unsigned seen[KINDS] = {0};
    struct run r = {0};
    for (tsv_open(&r.t, VECTORS "/crypto/wycheproof.tsv.gz"); tsv_next(&r.t);) {
        size_t kind = 0;
        while (kind < KINDS && !is(&r, 0, kinds[kind].name)) kind++;
        assert_true(kind < KINDS);
        seen[kind]++;
        kinds[kind].run(&r);
    }
    for (size_t i = 0; i < KINDS; i++)
        if (seen[i] != kinds[i].rows) fail_msg("%u rows of %s", seen[i], kinds[i].name);
    assert_int_equal(r.wrong, 0);
    assert_int_equal(r.long_ivs, 3);           /* 257 bytes: more than the library takes */
    assert_int_equal(r.refused_iterations, 1); /* 2^24 */
    crypto_key_free(r.key);
    tsv_close(&r.t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_rows_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
