/* Crypto: what the vectors do not reach: signing and keys of our own making, every form of every key, counters that
 * wrap, random bytes. It could pass wrongly if signing and verifying were wrong in the same way; vectors_test.c holds
 * verifying against others' signatures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "crypto/cipher.h"
#include "crypto/derive.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "crypto/xof.h"

static struct crypto_key *new_key(enum crypto_key_type type, enum crypto_curve curve) {
    struct crypto_key *key = NULL;
    if (type == CRYPTO_KEY_SECRET) return crypto_key_generate_secret(32);
    enum err e = type == CRYPTO_KEY_RSA ? crypto_key_generate_rsa(2048, SPAN("\x01\x00\x01"), &key)
                                        : crypto_key_generate(type, curve, &key);
    assert_int_equal(e, ERR_OK);
    return key;
}

static struct crypto_key *again_by_parts(const struct crypto_key *key, struct arena *a) {
    struct crypto_key *again = NULL;
    if (crypto_key_type(key) == CRYPTO_KEY_RSA) {
        struct crypto_rsa_parts parts;
        assert_int_equal(crypto_key_export_rsa(key, a, &parts), ERR_OK);
        assert_int_equal(crypto_key_import_rsa(&parts, &again), ERR_OK);
    } else if (crypto_key_type(key) == CRYPTO_KEY_EC) {
        struct crypto_ec_parts parts;
        assert_int_equal(crypto_key_export_ec(key, a, &parts), ERR_OK);
        assert_int_equal(crypto_key_import_ec(crypto_key_curve(key), &parts, &again), ERR_OK);
    } else {
        struct crypto_okp_parts parts;
        assert_int_equal(crypto_key_export_okp(key, a, &parts), ERR_OK);
        assert_int_equal(crypto_key_import_okp(crypto_key_type(key), &parts, &again), ERR_OK);
    }
    return again;
}

/* A signature by `signer` is good for `verifier`, and only as it is. */
static void sign_and_verify(const struct crypto_key *signer, const struct crypto_key *verifier,
                            struct crypto_sign how) {
    struct buf sig = BUF_INIT;
    struct span data = SPAN("header.payload");
    bool valid = false;
    assert_int_equal(crypto_sign(signer, &how, data, &sig), ERR_OK);
    assert_int_equal(crypto_verify(verifier, &how, data, buf_span(&sig), &valid), ERR_OK);
    assert_true(valid);
    assert_int_equal(crypto_verify(verifier, &how, SPAN("header.payloae"), buf_span(&sig), &valid), ERR_OK);
    assert_false(valid);
    sig.ptr[sig.len / 2] ^= 1;
    assert_int_equal(crypto_verify(verifier, &how, data, buf_span(&sig), &valid), ERR_OK);
    assert_false(valid);
    sig.ptr[sig.len / 2] ^= 1;
    sig.len--;
    assert_int_equal(crypto_verify(verifier, &how, data, buf_span(&sig), &valid), ERR_OK);
    assert_false(valid);
    assert_int_equal(crypto_verify(verifier, &how, data, SPAN_NONE, &valid), ERR_OK);
    assert_false(valid);
    buf_free(&sig);
}

/* Every form a key can leave in must come back as the same key. */
static void all_forms(const struct crypto_key *key, struct crypto_sign how) {
    struct arena a = ARENA_INIT;
    struct buf spki = BUF_INIT, pkcs8 = BUF_INIT, raw = BUF_INIT;
    struct crypto_key *public, *from[5] = {0};
    enum crypto_key_type type = crypto_key_type(key);
    enum crypto_curve curve = crypto_key_curve(key);
    assert_int_equal(crypto_key_public(key, &public), ERR_OK);
    assert_false(crypto_key_is_private(public));
    assert_true(crypto_key_is_private(key));
    assert_int_equal(crypto_key_export_spki(key, &spki), ERR_OK);
    assert_int_equal(crypto_key_export_pkcs8(key, &pkcs8), ERR_OK);
    assert_int_equal(crypto_key_export_pkcs8(public, &raw), ERR_INVALID);
    assert_int_equal(crypto_key_import_spki(type, curve, buf_span(&spki), &from[0]), ERR_OK);
    assert_int_equal(crypto_key_import_pkcs8(type, curve, buf_span(&pkcs8), &from[1]), ERR_OK);
    from[2] = again_by_parts(key, &a);
    from[3] = again_by_parts(public, &a);
    if (type == CRYPTO_KEY_RSA) {
        assert_int_equal(crypto_key_export_raw(public, &raw), ERR_INVALID);
        from[4] = crypto_key_ref(public);
    } else {
        assert_int_equal(crypto_key_export_raw(public, &raw), ERR_OK);
        assert_int_equal(crypto_key_import_raw(type, curve, buf_span(&raw), &from[4]), ERR_OK);
        raw.ptr[0] = 5;
        if (type == CRYPTO_KEY_EC)
            assert_int_equal(crypto_key_import_raw(type, curve, buf_span(&raw), &from[4]), ERR_INVALID);
    }
    for (size_t i = 0; i < 5; i++) {
        bool is_private = i == 1 || i == 2;
        assert_int_equal(crypto_key_is_private(from[i]), is_private);
        assert_int_equal(crypto_key_bits(from[i]), crypto_key_bits(key));
        if (type != CRYPTO_KEY_X25519 && type != CRYPTO_KEY_X448)
            sign_and_verify(is_private ? from[i] : key, from[i], how);
        struct buf other = BUF_INIT;
        assert_int_equal(crypto_sign(public, &how, SPAN("x"), &other),
                         ERR_INVALID); /* not with a public key */
        buf_free(&other);
        crypto_key_free(from[i]);
    }
    buf_add_char(&spki, 0); /* what follows a key is no part of it */
    buf_add_char(&pkcs8, 0);
    struct crypto_key *none = NULL;
    assert_int_equal(crypto_key_import_spki(type, curve, buf_span(&spki), &none), ERR_INVALID);
    assert_int_equal(crypto_key_import_pkcs8(type, curve, buf_span(&pkcs8), &none), ERR_INVALID);
    spki.len /= 2;
    assert_int_equal(crypto_key_import_spki(type, curve, buf_span(&spki), &none), ERR_INVALID);
    assert_null(none);
    crypto_key_free(public);
    buf_free(&spki);
    buf_free(&pkcs8);
    buf_free(&raw);
    arena_free(&a);
}

static void keys_keep_their_identity(void **state) {
    (void)state;
    static const struct {
        enum crypto_key_type type;
        enum crypto_curve curve;
        struct crypto_sign how;
    } rows[] = {
        {CRYPTO_KEY_RSA,
         CRYPTO_CURVE_NONE,
         {.scheme = CRYPTO_SIGN_RSA_PKCS1, .hash = CRYPTO_SHA256, .salt_bytes = 0}},
        {CRYPTO_KEY_RSA,
         CRYPTO_CURVE_NONE,
         {.scheme = CRYPTO_SIGN_RSA_PSS, .hash = CRYPTO_SHA512, .salt_bytes = 17}},
        {CRYPTO_KEY_EC, CRYPTO_P256, {.scheme = CRYPTO_SIGN_ECDSA, .hash = CRYPTO_SHA256, .salt_bytes = 0}},
        {CRYPTO_KEY_EC, CRYPTO_P384, {.scheme = CRYPTO_SIGN_ECDSA, .hash = CRYPTO_SHA1, .salt_bytes = 0}},
        {CRYPTO_KEY_EC, CRYPTO_P521, {.scheme = CRYPTO_SIGN_ECDSA, .hash = CRYPTO_SHA512, .salt_bytes = 0}},
        {CRYPTO_KEY_ED25519,
         CRYPTO_CURVE_NONE,
         {.scheme = CRYPTO_SIGN_ED25519, .hash = CRYPTO_SHA256, .salt_bytes = 0}},
        {CRYPTO_KEY_ED448, CRYPTO_CURVE_NONE, {.scheme = CRYPTO_SIGN_ED448}},
        {CRYPTO_KEY_X448, CRYPTO_CURVE_NONE, {.scheme = CRYPTO_SIGN_ED25519}},
        {CRYPTO_KEY_X25519, CRYPTO_CURVE_NONE, {.scheme = CRYPTO_SIGN_ED25519}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crypto_key *key = new_key(rows[i].type, rows[i].curve);
        all_forms(key, rows[i].how);
        crypto_key_free(key);
    }
    struct crypto_key *secret = new_key(CRYPTO_KEY_SECRET, CRYPTO_CURVE_NONE);
    sign_and_verify(secret, secret,
                    (struct crypto_sign){.scheme = CRYPTO_SIGN_HMAC, .hash = CRYPTO_SHA384, .salt_bytes = 0});
    crypto_key_free(secret);
}

static void keys_of_another_kind_are_refused(void **state) {
    (void)state;
    struct crypto_key *p256 = new_key(CRYPTO_KEY_EC, CRYPTO_P256),
                      *p384 = new_key(CRYPTO_KEY_EC, CRYPTO_P384);
    struct crypto_key *none = NULL;
    struct buf der = BUF_INIT;
    struct arena a = ARENA_INIT;
    bool valid;
    assert_int_equal(crypto_key_export_spki(p256, &der), ERR_OK);
    assert_int_equal(crypto_key_import_spki(CRYPTO_KEY_EC, CRYPTO_P384, buf_span(&der), &none), ERR_INVALID);
    assert_int_equal(crypto_key_import_spki(CRYPTO_KEY_RSA, CRYPTO_CURVE_NONE, buf_span(&der), &none),
                     ERR_INVALID);
    assert_int_equal(crypto_agree(p256, p384, &der), ERR_INVALID);
    struct crypto_sign how = {.scheme = CRYPTO_SIGN_RSA_PKCS1, .hash = CRYPTO_SHA256, .salt_bytes = 0};
    assert_int_equal(crypto_sign(p256, &how, SPAN("x"), &der), ERR_INVALID);
    assert_int_equal(crypto_verify(p256, &how, SPAN("x"), SPAN("y"), &valid), ERR_INVALID);
    struct crypto_ec_parts parts, other;
    assert_int_equal(crypto_key_export_ec(p256, &a, &parts), ERR_OK);
    crypto_key_free(p384);
    p384 = new_key(CRYPTO_KEY_EC, CRYPTO_P256);
    assert_int_equal(crypto_key_export_ec(p384, &a, &other), ERR_OK);
    parts.d = other.d; /* not the private key of this point */
    assert_int_equal(crypto_key_import_ec(CRYPTO_P256, &parts, &none), ERR_INVALID);
    parts = other;
    parts.y = parts.x; /* not on the curve */
    parts.d = SPAN_NONE;
    assert_int_equal(crypto_key_import_ec(CRYPTO_P256, &parts, &none), ERR_INVALID);
    assert_int_equal(crypto_key_import_rsa(
                         &(struct crypto_rsa_parts){.n = SPAN("\xff\xff\xff"), .e = SPAN("\x02")}, &none),
                     ERR_INVALID);
    assert_int_equal(crypto_key_generate_rsa(2048, SPAN("\x02"), &none), ERR_INVALID);
    assert_int_equal(crypto_key_generate_rsa(512, SPAN("\x03"), &none), ERR_INVALID);
    assert_null(none);
    crypto_key_free(p256);
    crypto_key_free(p384);
    buf_free(&der);
    arena_free(&a);
}

/* With a counter of few bits the blocks must come in the order that single blocks have. */
static void narrow_counters_wrap(void **state) {
    (void)state;
    struct crypto_key *key = crypto_key_from_secret(SPAN("0123456789abcdef"));
    static const unsigned widths[] = {1, 3, 8, 11, 63, 64, 65, 100, 127, 128};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        unsigned bits = widths[w];
        unsigned char block[16];
        memset(block, 0xA5, sizeof block);
        for (unsigned i = 0; i < bits; i++) block[15 - i / 8] |= (unsigned char)(1u << i % 8);
        block[15] &= (unsigned char)(bits > 1 ? 0xFE : 0xFF); /* wraps after two blocks, or one */
        char zeros[96] = {0};
        size_t len = bits == 1 ? 32 : 96;
        struct buf whole = BUF_INIT, single = BUF_INIT;
        struct crypto_cipher how = {
            .scheme = CRYPTO_AES_CTR, .iv = span_make(block, 16), .counter_bits = bits};
        assert_int_equal(crypto_encrypt(key, &how, span_make(zeros, len - 5), &whole), ERR_OK);
        assert_int_equal(whole.len, len - 5);
        for (size_t at = 0; at < len; at += 16) {
            assert_int_equal(crypto_encrypt(key, &how, span_make(zeros, 16), &single), ERR_OK);
            for (unsigned i = 0; i < bits; i++) { /* add one to the low bits */
                block[15 - i / 8] ^= (unsigned char)(1u << i % 8);
                if (block[15 - i / 8] & 1u << i % 8) break;
            }
        }
        assert_memory_equal(whole.ptr, single.ptr, whole.len);
        if (bits == 3) {
            char many[16 * 9] = {0};
            assert_int_equal(crypto_encrypt(key, &how, span_make(many, sizeof many), &whole), ERR_INVALID);
        }
        buf_free(&whole);
        buf_free(&single);
    }
    crypto_key_free(key);
}

static void ciphers_round_trip(void **state) {
    (void)state;
    struct crypto_key *aes = crypto_key_generate_secret(32),
                      *rsa = new_key(CRYPTO_KEY_RSA, CRYPTO_CURVE_NONE), *public;
    assert_int_equal(crypto_key_public(rsa, &public), ERR_OK);
    struct crypto_cipher rows[] = {
        {.scheme = CRYPTO_AES_GCM, .iv = SPAN("0123456789ab"), .aad = SPAN("seen"), .tag_bytes = 12},
        {.scheme = CRYPTO_AES_CBC, .iv = SPAN("0123456789abcdef")},
        {.scheme = CRYPTO_AES_CTR, .iv = SPAN("0123456789abcdef"), .counter_bits = 64},
        {.scheme = CRYPTO_AES_KW},
        {.scheme = CRYPTO_RSA_OAEP, .hash = CRYPTO_SHA256, .aad = SPAN("label")}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_rsa = rows[i].scheme == CRYPTO_RSA_OAEP;
        struct span data = SPAN("twenty-four bytes of it.");
        struct buf coded = BUF_INIT, plain = BUF_INIT;
        buf_lit(&coded, "kept");
        assert_int_equal(crypto_encrypt(is_rsa ? public : aes, &rows[i], data, &coded), ERR_OK);
        assert_int_equal(crypto_decrypt(is_rsa ? rsa : aes, &rows[i], span_from(buf_span(&coded), 4), &plain),
                         ERR_OK);
        assert_true(span_eq(buf_span(&plain), data));
        assert_int_equal(crypto_encrypt(is_rsa ? aes : rsa, &rows[i], data, &coded), ERR_INVALID);
        rows[i].iv.len = 0;
        if (!is_rsa && rows[i].scheme != CRYPTO_AES_KW)
            assert_int_equal(crypto_encrypt(aes, &rows[i], data, &coded), ERR_INVALID);
        buf_free(&coded);
        buf_free(&plain);
    }
    assert_int_equal(crypto_decrypt(public, &rows[4], SPAN("x"), &(struct buf){0}), ERR_INVALID);
    crypto_key_free(aes);
    crypto_key_free(rsa);
    crypto_key_free(public);
}

static void digests_come_in_pieces(void **state) {
    (void)state;
    static const char *const abc[] = {
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
        "900150983cd24fb0d6963f7d28e17f72",
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        ("b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
         "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"),
        "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"};
    for (int h = 0; h < CRYPTO_HASH_COUNT; h++) {
        unsigned char once[CRYPTO_DIGEST_MAX], pieces[CRYPTO_DIGEST_MAX];
        char hex[2 * CRYPTO_DIGEST_MAX + 1];
        size_t len = crypto_digest((enum crypto_hash)h, SPAN("abc"), once);
        assert_int_equal(len, crypto_hash_bytes((enum crypto_hash)h));
        for (size_t i = 0; i < len; i++) snprintf(hex + 2 * i, 3, "%02x", once[i]);
        assert_string_equal(hex, abc[h]);
        struct crypto_digest *d = crypto_digest_new((enum crypto_hash)h);
        crypto_digest_add(d, SPAN("a"));
        crypto_digest_add(d, SPAN_NONE);
        crypto_digest_add(d, SPAN("bc"));
        assert_int_equal(crypto_digest_finish(d, pieces), len);
        assert_memory_equal(once, pieces, len);
        crypto_digest_free(d);
        enum crypto_hash found;
        assert_true(crypto_hash_of(span_of(crypto_hash_name((enum crypto_hash)h)), &found) &&
                    (int)found == h);
    }
    enum crypto_hash found;
    assert_true(crypto_hash_of(SPAN("sha-256"), &found) && found == CRYPTO_SHA256);
    assert_false(crypto_hash_of(SPAN("SHA256"), &found));
    crypto_digest_free(NULL);
}

static void assert_hex(struct buf *b, const char *expected) {
    char hex[256] = "";
    assert_true(b->len < sizeof hex / 2);
    for (size_t i = 0; i < b->len; i++) snprintf(hex + 2 * i, 3, "%02x", (unsigned char)b->ptr[i]);
    assert_string_equal(hex, expected);
    b->len = 0;
}

/* The samples of NIST SP 800-185, and SHAKE128 of nothing (FIPS 202). */
static void sponges(void **state) {
    (void)state;
    struct buf to = BUF_INIT;
    struct span data = SPAN("\0\1\2\3"), email = SPAN("Email Signature");
    assert_int_equal(crypto_cshake(128, SPAN_NONE, email, data, 32, &to), ERR_OK);
    assert_hex(&to, "c1c36925b6409a04f1b504fcbca9d82b4017277cb5ed2b2065fc1d3814d5aaf5");
    assert_int_equal(crypto_cshake(256, SPAN_NONE, email, data, 64, &to), ERR_OK);
    assert_hex(&to, "d008828e2b80ac9d2218ffee1d070c48b8e4c87bff32c9699d5b6896eee0edd1"
                    "64020e2be0560858d9c00c037e34a96937c561a74c412bb4c746469527281c8c");
    assert_int_equal(crypto_cshake(128, SPAN_NONE, SPAN_NONE, SPAN_NONE, 16, &to), ERR_OK);
    assert_hex(&to, "7f9c2ba4e88f827d616045507605853e");
    assert_int_equal(crypto_cshake(128, SPAN_NONE, email, data, 0, &to), ERR_OK);
    assert_int_equal(to.len, 0);
    assert_int_equal(crypto_cshake(128, SPAN_NONE, email, data, LIMIT_CRYPTO_XOF_BYTES + 1, &to),
                     ERR_INVALID);
    char secret[32];
    for (int i = 0; i < 32; i++) secret[i] = (char)(0x40 + i);
    struct crypto_key *key = crypto_key_from_secret(span_make(secret, 32));
    struct crypto_sign how = {.scheme = CRYPTO_SIGN_KMAC128, .out_bytes = 32};
    assert_int_equal(crypto_sign(key, &how, data, &to), ERR_OK);
    assert_hex(&to, "e5780b0d3ea6f7d3a429c5706aa43a00fadbd7d49628839e3187243f456ee14e");
    how.customization = SPAN("My Tagged Application");
    assert_int_equal(crypto_sign(key, &how, data, &to), ERR_OK);
    assert_hex(&to, "3b1fba963cd8b0b59e8c1a6d71888b7143651af8ba0a7070c0979e2811324aa5");
    sign_and_verify(key, key, how);
    how = (struct crypto_sign){
        .scheme = CRYPTO_SIGN_KMAC256, .out_bytes = 64, .customization = how.customization};
    assert_int_equal(crypto_sign(key, &how, data, &to), ERR_OK);
    assert_hex(&to, "20c570c31346f703c9ac36c61c03cb64c3970d0cfc787e9b79599d273a68d2f7"
                    "f69d4cc3de9d104a351689f27cf6f5951f0103f33f4f24871024d9c27773a8dd");
    crypto_key_free(key);
    buf_free(&to);
}

/* RFC 7253 appendix A, the second sample; RFC 8439 section 2.8.2, the tag. */
static void other_aeads(void **state) {
    (void)state;
    struct buf to = BUF_INIT;
    char bytes[32];
    for (int i = 0; i < 32; i++) bytes[i] = (char)i;
    struct crypto_key *key = crypto_key_from_secret(span_make(bytes, 16));
    struct crypto_cipher how = {.scheme = CRYPTO_AES_OCB,
                                .iv = SPAN("\xBB\xAA\x99\x88\x77\x66\x55\x44\x33\x22\x11\x01"),
                                .aad = span_make(bytes, 8),
                                .tag_bytes = 16};
    assert_int_equal(crypto_encrypt(key, &how, span_make(bytes, 8), &to), ERR_OK);
    assert_hex(&to, "6820b3657b6f615a5725bda0d3b4eb3a257c9af1f8f03009");
    how.tag_bytes = 13;
    assert_int_equal(crypto_encrypt(key, &how, span_make(bytes, 8), &to), ERR_INVALID);
    crypto_key_free(key);
    for (int i = 0; i < 32; i++) bytes[i] = (char)(0x80 + i);
    key = crypto_key_from_secret(span_make(bytes, 32));
    how = (struct crypto_cipher){.scheme = CRYPTO_CHACHA,
                                 .iv = SPAN("\x07\0\0\0\x40\x41\x42\x43\x44\x45\x46\x47"),
                                 .aad = SPAN("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7"),
                                 .tag_bytes = 16};
    struct span text =
        SPAN("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
             "future, sunscreen would be it.");
    struct buf clear = BUF_INIT;
    assert_int_equal(crypto_encrypt(key, &how, text, &to), ERR_OK);
    assert_int_equal(crypto_decrypt(key, &how, buf_span(&to), &clear), ERR_OK);
    assert_true(span_eq(buf_span(&clear), text));
    to.ptr[3] ^= 1;
    assert_int_equal(crypto_decrypt(key, &how, buf_span(&to), &clear), ERR_CORRUPT);
    memmove(to.ptr, to.ptr + to.len - 16, 16);
    to.len = 16;
    assert_hex(&to, "1ae10b594f09e26a7e902ecbd0600691");
    crypto_key_free(key);
    buf_free(&to);
    buf_free(&clear);
}

static void random_bytes_differ(void **state) {
    (void)state;
    static struct crypto_random_stock stock;
    char seen[2000][36];
    for (size_t i = 0; i < 2000; i++) {
        crypto_uuid(i % 2 ? &stock : NULL, seen[i]);
        assert_true(seen[i][14] == '4' && strchr("89ab", seen[i][19]) && seen[i][8] == '-' &&
                    seen[i][23] == '-');
        for (size_t j = 0; j < i; j++) assert_memory_not_equal(seen[i], seen[j], 36);
    }
    unsigned char large[300] = {0}, zeros[300] = {0};
    crypto_random_small(&stock, large, sizeof large);
    assert_memory_not_equal(large, zeros, sizeof large);
    crypto_random_small(&stock, large, 0);
    assert_true(crypto_equal(SPAN("abc"), SPAN("abc")));
    assert_false(crypto_equal(SPAN("abc"), SPAN("abd")));
    assert_false(crypto_equal(SPAN("abc"), SPAN("ab")));
    assert_true(crypto_equal(SPAN_NONE, SPAN("")));
}

static void limits_hold(void **state) {
    (void)state;
    struct buf to = BUF_INIT;
    assert_int_equal(crypto_hkdf(CRYPTO_SHA256, SPAN("k"), SPAN_NONE, SPAN_NONE, 255 * 32 + 1, &to),
                     ERR_INVALID);
    assert_int_equal(crypto_pbkdf2(CRYPTO_SHA256, SPAN("p"), SPAN("s"), 0, 32, &to), ERR_INVALID);
    assert_int_equal(crypto_pbkdf2(CRYPTO_SHA256, SPAN("p"), SPAN("s"), 10000001, 32, &to), ERR_TOO_LARGE);
    assert_int_equal(crypto_pbkdf2(CRYPTO_SHA256, SPAN_NONE, SPAN_NONE, 1, 0, &to), ERR_OK);
    assert_int_equal(to.len, 0);
    buf_free(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_keep_their_identity),
        cmocka_unit_test(keys_of_another_kind_are_refused),
        cmocka_unit_test(narrow_counters_wrap),
        cmocka_unit_test(ciphers_round_trip),
        cmocka_unit_test(digests_come_in_pieces),
        cmocka_unit_test(sponges),
        cmocka_unit_test(other_aeads),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
