/* Keys from strangers: whatever bytes are imported as, either nothing or a key that exports to something which imports
 * again, and that can be used without harm. The first byte chooses the type, the curve and the form. */
#include "base/check.h"
#include "crypto/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct crypto_key *key, enum crypto_key_type type, enum crypto_curve curve) {
    static const enum crypto_sign_scheme schemes[] = {CRYPTO_SIGN_RSA_PKCS1, CRYPTO_SIGN_RSA_PSS,
                                                      CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_ED25519};
    struct buf der = BUF_INIT;
    struct crypto_key *again = NULL;
    bool valid = false;
    check(crypto_key_export_spki(key, &der) == ERR_OK);
    check(crypto_key_import_spki(type, curve, buf_span(&der), &again) == ERR_OK);
    check(crypto_key_bits(again) == crypto_key_bits(key));
    for (size_t i = 0; i < 4 && crypto_key_bits(key) <= 4096; i++) {
        struct crypto_sign how = {.scheme = schemes[i], .hash = CRYPTO_SHA256, .salt_bytes = 32};
        if (crypto_verify(key, &how, SPAN("data"), buf_span(&der), &valid) == ERR_OK) check(!valid);
    }
    crypto_key_free(again);
    buf_free(&der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 4096) return 0;
    static const enum crypto_key_type types[] = {CRYPTO_KEY_RSA, CRYPTO_KEY_EC, CRYPTO_KEY_ED25519,
                                                 CRYPTO_KEY_X448};
    enum crypto_key_type type = types[data[0] & 3];
    enum crypto_curve curve =
        type == CRYPTO_KEY_EC ? (enum crypto_curve)(1 + (data[0] >> 2) % 3) : CRYPTO_CURVE_NONE;
    struct span s = span_make(data + 1, size - 1);
    struct crypto_key *key = NULL;
    enum err e;
    switch (data[0] >> 5) {
    case 0: e = crypto_key_import_raw(type, curve, s, &key); break;
    case 1: e = crypto_key_import_pkcs8(type, curve, s, &key); break;
    case 2: {
        struct span n = span_first(s, s.len / 2), rest = span_from(s, s.len / 2);
        e = crypto_key_import_rsa(&(struct crypto_rsa_parts){.n = n, .e = rest}, &key);
        type = CRYPTO_KEY_RSA;
        curve = CRYPTO_CURVE_NONE;
        break;
    }
    default: e = crypto_key_import_spki(type, curve, s, &key); break;
    }
    check((e == ERR_OK) == (key != NULL));
    if (!e) use(key, type, curve);
    crypto_key_free(key);
    return 0;
}
