/* X.509 certificates as node:crypto shows them (RFC 5280). Nothing is kept: every function reads the DER that
 * crypto_certificate_der() gave, 20 us each time, so that a tenant's certificates take no memory here. What else is given
 * for DER is ERR_INVALID. Any thread. */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "crypto/key.h"

/* PEM (the first certificate in it) or DER, to DER. */
MUST_USE enum err crypto_certificate_der(struct span bytes, struct buf *to);

enum crypto_certificate_part {
    CRYPTO_CERTIFICATE_PEM,
    CRYPTO_CERTIFICATE_SUBJECT, /* lines like "CN=name", RFC 2253 escapes; not found: it has no fields */
    CRYPTO_CERTIFICATE_ISSUER,
    CRYPTO_CERTIFICATE_ALT_NAMES, /* "DNS:a, IP Address:1.2.3.4"; quoted as JSON where it could be misread */
    CRYPTO_CERTIFICATE_INFO_ACCESS, /* lines like "OCSP - URI:http://a/" */
    CRYPTO_CERTIFICATE_FROM,        /* "Nov 16 18:42:21 2018 GMT" */
    CRYPTO_CERTIFICATE_TO,
    CRYPTO_CERTIFICATE_SERIAL,    /* hexadecimal, upper case */
    CRYPTO_CERTIFICATE_USAGES,    /* extended key usages: OIDs with spaces between */
    CRYPTO_CERTIFICATE_ALGORITHM, /* of the signature: OpenSSL's long name */
    CRYPTO_CERTIFICATE_ALGORITHM_OID,
    CRYPTO_CERTIFICATE_PARTS
};
/* ERR_NOT_FOUND: it has none. */
MUST_USE enum err crypto_certificate_part(struct span der, enum crypto_certificate_part part, struct buf *to);

bool crypto_certificate_is_ca(struct span der);

enum crypto_certificate_name { CRYPTO_NAME_HOST, CRYPTO_NAME_EMAIL, CRYPTO_NAME_IP, CRYPTO_NAMES };
/* Whether it was made for this name (RFC 6125); of a host, *to gets the name in the certificate that matched. `flags` are
 * OpenSSL's X509_CHECK_FLAG_x. */
bool crypto_certificate_is_for(struct span der, enum crypto_certificate_name kind, struct span name,
                               unsigned flags, struct buf *to);
/* Whether names and identifiers say that `issuer` issued it; signatures are not looked at. */
bool crypto_certificate_issued_by(struct span der, struct span issuer);
/* Whether its signature is by this key, public or private. */
bool crypto_certificate_signed_by(struct span der, const struct crypto_key *key);

#endif
