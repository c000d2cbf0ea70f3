#include "crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/check.h"
#include "crypto/evp.h"

enum { OID_TEXT = 128 }; /* of an OID in digits; longer ones are cut */

/* --- In and out ------------------------------------------------------------------------------------------------------- */

static BIO *reading(struct span s) {
    BIO *bio = BIO_new_mem_buf(evp_bytes(s), (int)s.len);
    check(bio != NULL);
    return bio;
}

static X509 *of_der(struct span der) {
    const unsigned char *at = evp_bytes(der);
    X509 *x = der.len && der.len <= EVP_LARGEST ? d2i_X509(NULL, &at, (long)der.len) : NULL;
    ERR_clear_error();
    return x;
}

static X509 *of_pem(struct span text) {
    if (!text.len || text.len > EVP_LARGEST) return NULL;
    BIO *bio = reading(text);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return x;
}

/* Takes the memory BIO over. */
static enum err written(BIO *bio, bool ok, struct buf *to) {
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    if (ok && len > 0) buf_add(to, span_make(text, (size_t)len));
    BIO_free(bio);
    return evp_done(ok, ERR_INVALID);
}

static BIO *writing(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    check(bio != NULL);
    return bio;
}

enum err crypto_certificate_der(struct span bytes, struct buf *to) {
    X509 *x = of_pem(bytes);
    if (!x) x = of_der(bytes);
    if (!x) return ERR_INVALID;
    BIO *bio = writing();
    enum err e = written(bio, i2d_X509_bio(bio, x) == 1, to);
    X509_free(x);
    return e;
}

/* --- Parts ------------------------------------------------------------------------------------------------------------ */

static enum err distinguished(const X509_NAME *name, struct buf *to) {
    if (X509_NAME_entry_count(name) == 0) return ERR_NOT_FOUND;
    unsigned long flags = ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT |
                          XN_FLAG_SEP_MULTILINE | XN_FLAG_FN_SN;
    BIO *bio = writing();
    return written(bio, X509_NAME_print_ex(bio, name, 0, flags) >= 0, to);
}

static enum err time_text(const ASN1_TIME *t, struct buf *to) {
    BIO *bio = writing();
    return written(bio, ASN1_TIME_print(bio, t) == 1, to);
}

/* Names come from whoever had the certificate made: one with a comma in it must not read as two. */
static bool is_plain(unsigned char c) { return c >= ' ' && c <= '~' && !strchr(",\"\\'", c); }

static void add_name_text(struct buf *to, const char *prefix, struct span text) {
    bool plain = true;
    for (size_t i = 0; i < text.len && plain; i++) plain = is_plain((unsigned char)text.ptr[i]);
    buf_add(to, span_of(prefix));
    if (plain) {
        buf_add(to, text);
        return;
    }
    buf_add_char(to, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') buf_add_char(to, '\\');
        if (c >= ' ' && c <= '~' && c != ',')
            buf_add_char(to, (char)c);
        else
            buf_printf(to, "\\u%04x", c);
    }
    buf_add_char(to, '"');
}

static void add_ip(struct buf *to, const ASN1_OCTET_STRING *ip) {
    const unsigned char *b = ASN1_STRING_get0_data(ip);
    int len = ASN1_STRING_length(ip);
    if (len == 4) {
        buf_printf(to, "IP Address:%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    } else if (len == 16) {
        buf_lit(to, "IP Address:");
        for (int i = 0; i < 16; i += 2)
            buf_printf(to, "%s%X", i ? ":" : "", (unsigned)(b[i] << 8 | b[i + 1]));
    } else {
        buf_printf(to, "IP Address:<invalid length=%d>", len);
    }
}

static void add_oid(struct buf *to, const ASN1_OBJECT *object) {
    char text[OID_TEXT];
    if (OBJ_obj2txt(text, sizeof text, object, 1) > 0) buf_add(to, span_of(text));
}

static void add_directory_name(struct buf *to, const X509_NAME *name) {
    struct buf text = BUF_INIT;
    BIO *bio = writing();
    if (written(bio, X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0, &text) ==
        ERR_OK)
        add_name_text(to, "DirName:", buf_span(&text));
    buf_free(&text);
}

static struct span asn1_span(const ASN1_STRING *s) {
    return span_make((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static void add_general_name(struct buf *to, const GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DNS: add_name_text(to, "DNS:", asn1_span(name->d.dNSName)); break;
    case GEN_EMAIL: add_name_text(to, "email:", asn1_span(name->d.rfc822Name)); break;
    case GEN_URI: add_name_text(to, "URI:", asn1_span(name->d.uniformResourceIdentifier)); break;
    case GEN_IPADD: add_ip(to, name->d.iPAddress); break;
    case GEN_DIRNAME: add_directory_name(to, name->d.directoryName); break;
    case GEN_RID:
        buf_lit(to, "Registered ID:");
        add_oid(to, name->d.registeredID);
        break;
    default: buf_lit(to, "othername:<unsupported>");
    }
}

static enum err alt_names(const X509 *x, struct buf *to) {
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    if (!names) return evp_done(false, ERR_NOT_FOUND);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (i) buf_lit(to, ", ");
        add_general_name(to, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
    return ERR_OK;
}

static enum err info_access(const X509 *x, struct buf *to) {
    AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    if (!list) return evp_done(false, ERR_NOT_FOUND);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list); i++) {
        if (i) buf_add_char(to, '\n');
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(list, i);
        char method[OID_TEXT];
        if (OBJ_obj2txt(method, sizeof method, d->method, 0) <= 0) continue;
        buf_add(to, span_of(method));
        buf_lit(to, " - ");
        add_general_name(to, d->location);
    }
    AUTHORITY_INFO_ACCESS_free(list);
    return ERR_OK;
}

static enum err usages(const X509 *x, struct buf *to) {
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    if (!list) return evp_done(false, ERR_NOT_FOUND);
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
        if (i) buf_add_char(to, ' ');
        add_oid(to, sk_ASN1_OBJECT_value(list, i));
    }
    EXTENDED_KEY_USAGE_free(list);
    return ERR_OK;
}

static enum err serial(X509 *x, struct buf *to) {
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get_serialNumber(x), NULL);
    char *text = n ? BN_bn2hex(n) : NULL;
    if (text) buf_add(to, span_of(text));
    enum err e = evp_done(text != NULL, ERR_NOT_FOUND);
    OPENSSL_free(text);
    BN_free(n);
    return e;
}

static enum err algorithm(const X509 *x, bool digits, struct buf *to) {
    int nid = X509_get_signature_nid(x);
    const X509_ALGOR *how = X509_get0_tbs_sigalg(x);
    const char *name = nid == NID_undef ? NULL : OBJ_nid2ln(nid);
    if (digits)
        add_oid(to, how->algorithm);
    else if (name)
        buf_add(to, span_of(name));
    return evp_done(digits || name, ERR_NOT_FOUND);
}

static enum err part_of(X509 *x, enum crypto_certificate_part part, struct buf *to) {
    switch (part) {
    case CRYPTO_CERTIFICATE_PEM: {
        BIO *bio = writing();
        return written(bio, PEM_write_bio_X509(bio, x) == 1, to);
    }
    case CRYPTO_CERTIFICATE_SUBJECT: return distinguished(X509_get_subject_name(x), to);
    case CRYPTO_CERTIFICATE_ISSUER: return distinguished(X509_get_issuer_name(x), to);
    case CRYPTO_CERTIFICATE_ALT_NAMES: return alt_names(x, to);
    case CRYPTO_CERTIFICATE_INFO_ACCESS: return info_access(x, to);
    case CRYPTO_CERTIFICATE_FROM: return time_text(X509_get0_notBefore(x), to);
    case CRYPTO_CERTIFICATE_TO: return time_text(X509_get0_notAfter(x), to);
    case CRYPTO_CERTIFICATE_SERIAL: return serial(x, to);
    case CRYPTO_CERTIFICATE_USAGES: return usages(x, to);
    case CRYPTO_CERTIFICATE_ALGORITHM: return algorithm(x, false, to);
    case CRYPTO_CERTIFICATE_ALGORITHM_OID: return algorithm(x, true, to);
    default: return ERR_INVALID;
    }
}

enum err crypto_certificate_part(struct span der, enum crypto_certificate_part part, struct buf *to) {
    X509 *x = of_der(der);
    enum err e = x ? part_of(x, part, to) : ERR_INVALID;
    X509_free(x);
    return e;
}

/* --- Questions ---------------------------------------------------------------------------------------------------------- */

bool crypto_certificate_is_ca(struct span der) {
    X509 *x = of_der(der);
    bool is = x && X509_check_ca(x) == 1;
    X509_free(x);
    ERR_clear_error();
    return is;
}

static bool is_host(X509 *x, struct span name, unsigned flags, struct buf *to) {
    char *peer = NULL;
    bool is = X509_check_host(x, (const char *)evp_bytes(name), name.len, flags, &peer) == 1;
    if (is && peer) buf_add(to, span_of(peer));
    OPENSSL_free(peer);
    return is;
}

static bool is_ip(X509 *x, struct span name, unsigned flags) {
    char text[64]; /* an address of IPv6 takes 45 */
    if (name.len >= sizeof text) return false;
    memcpy(text, evp_bytes(name), name.len);
    text[name.len] = '\0';
    return X509_check_ip_asc(x, text, flags) == 1;
}

bool crypto_certificate_is_for(struct span der, enum crypto_certificate_name kind, struct span name,
                               unsigned flags, struct buf *to) {
    X509 *x = name.len && !memchr(name.ptr, '\0', name.len) ? of_der(der) : NULL;
    bool is = false;
    if (x && kind == CRYPTO_NAME_HOST) is = is_host(x, name, flags, to);
    if (x && kind == CRYPTO_NAME_EMAIL) is = X509_check_email(x, name.ptr, name.len, flags) == 1;
    if (x && kind == CRYPTO_NAME_IP) is = is_ip(x, name, flags);
    X509_free(x);
    ERR_clear_error();
    return is;
}

bool crypto_certificate_issued_by(struct span der, struct span issuer) {
    X509 *x = of_der(der), *by = of_der(issuer);
    bool is = x && by && X509_check_issued(by, x) == X509_V_OK;
    X509_free(x);
    X509_free(by);
    ERR_clear_error();
    return is;
}

bool crypto_certificate_signed_by(struct span der, const struct crypto_key *key) {
    X509 *x = key->pkey ? of_der(der) : NULL;
    bool is = x && X509_verify(x, key->pkey) == 1;
    X509_free(x);
    ERR_clear_error();
    return is;
}
