#include "text/idna.h"

#include <pthread.h>
#include <unicode/uidna.h>

#include "base/check.h"
#include "base/limits.h"
#include "text/utf8.h"

/* ICU reports everything that UTS #46 can object to; these the URL Standard does not ask for. */
enum {
    IGNORED_ERRORS = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
                     UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4,
};

static UIDNA *handle; /* written once, before anyone reads it */
static pthread_once_t handle_once = PTHREAD_ONCE_INIT;

static void open_handle(void) {
    UErrorCode status = U_ZERO_ERROR;
    handle = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                 UIDNA_NONTRANSITIONAL_TO_UNICODE,
                             &status);
    check(U_SUCCESS(status)); /* its data is part of the ICU library: without it the installation is broken */
}

typedef int32_t convert_fn(const UIDNA *, const char *, int32_t, char *, int32_t, UIDNAInfo *, UErrorCode *);

/* Appends what ICU makes of it; returns its complaints. */
static uint32_t convert(convert_fn *by, struct span domain, struct buf *to) {
    pthread_once(&handle_once, open_handle);
    check(domain.len < INT32_MAX / 8);
    size_t room = domain.len + 64;
    for (;;) {
        UIDNAInfo info = UIDNA_INFO_INITIALIZER;
        UErrorCode status = U_ZERO_ERROR;
        char *at = buf_reserve(to, room);
        int32_t len = by(handle, domain.ptr, (int32_t)domain.len, at, (int32_t)room, &info, &status);
        if (status == U_BUFFER_OVERFLOW_ERROR && (size_t)len > room) {
            room = (size_t)len;
            continue;
        }
        check(U_SUCCESS(status));
        buf_added(to, (size_t)len);
        return info.errors;
    }
}

static void add_lower(struct span ascii, struct buf *to) {
    char *at = buf_reserve(to, ascii.len);
    for (size_t i = 0; i < ascii.len; i++) at[i] = ascii_lower(ascii.ptr[i]);
    buf_added(to, ascii.len);
}

enum err idna_to_ascii(struct span domain, struct buf *to) {
    if (domain.len == 0) return ERR_INVALID;
    if (utf8_is_ascii(domain)) return add_lower(domain, to), ERR_OK;
    if (domain.len > LIMIT_HOST_BYTES) return ERR_INVALID;
    size_t before = to->len;
    if ((convert(uidna_nameToASCII_UTF8, domain, to) & ~(uint32_t)IGNORED_ERRORS) || to->len == before) {
        to->len = before;
        return ERR_INVALID;
    }
    return ERR_OK;
}

void idna_to_unicode(struct span domain, struct buf *to) {
    size_t at = span_find(domain, SPAN("--")); /* "xn--" in any case */
    if ((at == domain.len && utf8_is_ascii(domain)) || domain.len > LIMIT_HOST_BYTES)
        return add_lower(domain, to);
    (void)convert(uidna_nameToUnicodeUTF8, domain, to);
}
