/* node:crypto's X509Certificate: what C reads of a certificate (crypto/certificate.h). The DER is the object's own. */
#include "api/builtins.h"
#include "api/core.h"
#include "api/node/crypto.h"
#include "crypto/certificate.h"

/* The bytes of *out, or undefined when there are none. */
static js_val bytes_or_none(js_ctx c, enum err e, struct buf *out, js_val *exc) {
    js_val v = e == ERR_OK ? (js_val)js_uint8_copy(c, buf_span(out), exc) : js_undefined(c);
    buf_free(out);
    return v;
}

/* der(bytes of PEM or DER) */
static JS_NATIVE(native_der) {
    struct span bytes;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &bytes)) return NULL;
    enum err e = crypto_certificate_der(bytes, &out);
    return bytes_or_none(c, e, &out, exc);
}
/* part(der, which) */
static JS_NATIVE(native_part) {
    struct span der;
    int32_t part;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &der) || !ENUM(1, CRYPTO_CERTIFICATE_PARTS, &part)) return NULL;
    enum err e = crypto_certificate_part(der, (enum crypto_certificate_part)part, &out);
    return bytes_or_none(c, e, &out, exc);
}
/* isCa(der) */
static JS_NATIVE(native_is_ca) {
    struct span der;
    return BYTES(0, &der) ? js_bool(c, crypto_certificate_is_ca(der)) : NULL;
}
/* isFor(der, kind, name, flags): the name that matched, empty when the certificate does not tell; undefined: it is not */
static JS_NATIVE(native_is_for) {
    struct span der, name;
    int32_t kind, flags;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &der) || !ENUM(1, CRYPTO_NAMES, &kind) || !BYTES(2, &name) || !ENUM(3, 64, &flags))
        return NULL;
    bool is = crypto_certificate_is_for(der, (enum crypto_certificate_name)kind, name, (unsigned)flags, &out);
    return bytes_or_none(c, is ? ERR_OK : ERR_NOT_FOUND, &out, exc);
}
/* issuedBy(der, issuer's der) */
static JS_NATIVE(native_issued_by) {
    struct span der, issuer;
    if (!BYTES(0, &der) || !BYTES(1, &issuer)) return NULL;
    return js_bool(c, crypto_certificate_issued_by(der, issuer));
}
/* signedBy(der, key) */
static JS_NATIVE(native_signed_by) {
    struct crypto_key *key = KEY(1);
    struct span der;
    if (!key || !BYTES(0, &der)) return NULL;
    return js_bool(c, crypto_certificate_signed_by(der, key));
}

const struct js_native_row api_natives_node_crypto_x509[] = {{"der", native_der, 1},
                                                             {"part", native_part, 2},
                                                             {"isCa", native_is_ca, 1},
                                                             {"isFor", native_is_for, 4},
                                                             {"issuedBy", native_issued_by, 2},
                                                             {"signedBy", native_signed_by, 2},
                                                             {NULL, NULL, 0}};
