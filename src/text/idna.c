#include "text/idna.h"

#include <pthread.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "text/utf8.h"
#include "text/utf8_step.h"

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

/* What UTS #46 of Unicode 15.1 and 16 changed for code points that are older, so that an older ICU gives the same
 * answers: letters that became mapped, controls and fillers that became ignored, the capital sharp s that maps to the
 * small one. Doing this first is harmless where ICU knows it. */
static const struct {
    uint32_t first, last, to; /* `to` is what `first` becomes; 0: nothing */
} since_unicode_15[] = {
    {0x4C0, 0x4C0, 0x4CF},       {0x10A0, 0x10C5, 0x2D00},   {0x115F, 0x1160, 0},
    {0x17B4, 0x17B5, 0},         {0x180E, 0x180E, 0},        {0x1E9E, 0x1E9E, 0xDF},
    {0x2061, 0x2063, 0},         {0x206A, 0x206F, 0},        {0x2132, 0x2132, 0x214E},
    {0x2183, 0x2183, 0x2184},    {0x3164, 0x3164, 0},        {0xFFA0, 0xFFA0, 0},
    {0x1D173, 0x1D17A, 0},       {0x2F868, 0x2F868, 0x36FC}, {0x2F874, 0x2F874, 0x5F53},
    {0x2F91F, 0x2F91F, 0x243AB}, {0x2F95F, 0x2F95F, 0x7AEE}, {0x2F9BF, 0x2F9BF, 0x45D7},
};

/* Returns the length of what it writes; no code point grows. */
static size_t map_newer(struct span domain, char *to) {
    const unsigned char *p = (const unsigned char *)domain.ptr;
    char *at = to;
    for (size_t i = 0; i < domain.len;) {
        uint32_t code = 0;
        int len = utf8_step(p + i, domain.len - i, &code);
        check(len > 0); /* the caller's promise */
        i += (size_t)len;
        size_t row = 0, rows = sizeof since_unicode_15 / sizeof *since_unicode_15;
        while (row < rows && code > since_unicode_15[row].last) row++;
        if (row < rows && code >= since_unicode_15[row].first) {
            if (since_unicode_15[row].to == 0) continue;
            code = since_unicode_15[row].to + (code - since_unicode_15[row].first);
        }
        at += utf8_put(code, at);
    }
    return (size_t)(at - to);
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

unsigned idna_unicode_version(void) {
    UVersionInfo version;
    u_getUnicodeVersion(version);
    return version[0];
}

enum err idna_to_ascii(struct span domain, struct buf *to) {
    if (domain.len == 0) return ERR_INVALID;
    if (utf8_is_ascii(domain)) return add_lower(domain, to), ERR_OK;
    if (domain.len > LIMIT_HOST_BYTES) return ERR_INVALID;
    size_t before = to->len;
    char *mapped = mem_alloc(domain.len);
    size_t len = map_newer(domain, mapped);
    uint32_t errors =
        len ? convert(uidna_nameToASCII_UTF8, span_make(mapped, len), to) & ~(uint32_t)IGNORED_ERRORS : 0;
    mem_free(mapped);
    if (!errors && to->len > before) return ERR_OK;
    to->len = before;
    return ERR_INVALID;
}

void idna_to_unicode(struct span domain, struct buf *to) {
    size_t at = span_find(domain, SPAN("--")); /* "xn--" in any case */
    if ((at == domain.len && utf8_is_ascii(domain)) || domain.len > LIMIT_HOST_BYTES)
        return add_lower(domain, to);
    (void)convert(uidna_nameToUnicodeUTF8, domain, to);
}
