/* Certificates from strangers, as node:crypto reads them: every part and every question. What was read once must be read again from
 * its own DER. */
#include "crypto/certificate.h"
#include "base/buf.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 8192) return 0;
    struct buf der = BUF_INIT, text = BUF_INIT;
    if (crypto_certificate_der(span_make(data, size), &der) == ERR_OK) {
        struct span own = buf_span(&der);
        struct buf again = BUF_INIT;
        check(crypto_certificate_der(own, &again) == ERR_OK && span_eq(own, buf_span(&again)));
        for (int i = 0; i < CRYPTO_CERTIFICATE_PARTS; i++)
            (void)!crypto_certificate_part(own, (enum crypto_certificate_part)i, &text);
        for (int i = 0; i < CRYPTO_NAMES; i++)
            (void)crypto_certificate_is_for(own, (enum crypto_certificate_name)i, SPAN("a.example.com"), 0,
                                            &text);
        (void)crypto_certificate_is_ca(own);
        (void)crypto_certificate_issued_by(own, own);
        buf_free(&again);
    }
    buf_free(&der);
    buf_free(&text);
    return 0;
}
