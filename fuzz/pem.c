/* Key files from strangers, as node:crypto reads them: PEM or DER, public or private, with and without a passphrase; SPKAC; points of
 * curves. Whatever is read must be written and read again as the same key. The first byte chooses. */
#include "crypto/pem.h"
#include "base/check.h"
#include "crypto/numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(struct crypto_key *key, bool pem) {
    bool is_private = crypto_key_is_private(key);
    struct buf out = BUF_INIT;
    struct crypto_key *copy = NULL;
    enum crypto_key_form form = is_private ? CRYPTO_FORM_PKCS8 : CRYPTO_FORM_SPKI;
    if (crypto_pem_write(key, pem, form, SPAN_NONE, SPAN_NONE, &out) == ERR_OK) {
        check(crypto_pem_read(is_private, pem, form, buf_span(&out), SPAN_NONE, &copy) == ERR_OK);
        check(crypto_key_same(key, copy));
    }
    crypto_key_free(copy);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 8192) return 0;
    struct span s = span_make(data + 1, size - 1);
    struct crypto_key *key = NULL;
    struct buf out = BUF_INIT;
    bool pem = data[0] & 1, is_private = data[0] & 2;
    switch (data[0] >> 5) {
    case 0:
        (void)!crypto_spkac_verify(s);
        (void)!crypto_spkac_public(s, &out);
        (void)!crypto_spkac_challenge(s, &out);
        break;
    case 1: (void)!crypto_curve_point(SPAN("P-256"), s, CRYPTO_POINT_COMPRESSED, &out); break;
    default: {
        enum crypto_key_form form = (enum crypto_key_form)((data[0] >> 2) % 5);
        struct span pass = data[0] & 0x80 ? SPAN("pass") : SPAN_NONE;
        if (crypto_pem_read(is_private, pem, form, s, pass, &key) == ERR_OK) again(key, pem);
    }
    }
    crypto_key_free(key);
    buf_free(&out);
    return 0;
}
