/* Private to the room: the inner loops. Each returns the first byte in [p, end) that is not of its class, or `end`.
 * Sixteen bytes a step where SSE2 exists (every x86-64), byte by byte from a table elsewhere and near the end. */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { CHAR_TOKEN = 1, CHAR_VALUE = 2, CHAR_TARGET = 4, CHAR_HOST = 8, CHAR_HEX = 16, CHAR_ETAG = 32 };

/* Which classes a byte belongs to; chars.c. */
extern const uint8_t http_chars[256];

static inline int char_is(char c, int class) { return http_chars[(uint8_t)c] & class; }

static inline const char *scan_table(const char *p, const char *end, int class) {
    while (p < end && char_is(*p, class)) p++;
    return p;
}

#ifdef __SSE2__
/* Bytes of `v` between lo and hi, both inclusive: 0xff, others 0. */
static inline __m128i scan_between(__m128i v, char lo, char hi) {
    __m128i shifted = _mm_sub_epi8(v, _mm_set1_epi8(lo));
    return _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8((char)(hi - lo))), shifted);
}
#endif

/* tchar. The fast step knows letters, digits and '-'; the table decides the rest. */
static inline const char *scan_token(const char *p, const char *end) {
#ifdef __SSE2__
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i ok = scan_between(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');
        ok = _mm_or_si128(ok, scan_between(v, '0', '9'));
        ok = _mm_or_si128(ok, _mm_cmpeq_epi8(v, _mm_set1_epi8('-')));
        unsigned bad = (unsigned)_mm_movemask_epi8(ok) ^ 0xffff;
        if (!bad) {
            p += 16;
            continue;
        }
        p += __builtin_ctz(bad);
        if (!char_is(*p, CHAR_TOKEN)) return p;
        p++;
    }
#endif
    return scan_table(p, end, CHAR_TOKEN);
}

/* What a field value may hold: HTAB, SP, VCHAR, obs-text. */
static inline const char *scan_value(const char *p, const char *end) {
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i low = _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')), scan_between(v, 0, 0x1f));
        unsigned bad = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f))));
        if (bad) return p + __builtin_ctz(bad);
    }
#endif
    return scan_table(p, end, CHAR_VALUE);
}

/* What a request target may hold: 0x21-0x7e but '#'. */
static inline const char *scan_target(const char *p, const char *end) {
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i bad_bytes = _mm_cmplt_epi8(v, _mm_set1_epi8(0x21)); /* signed: 0x80-0xff too */
        bad_bytes = _mm_or_si128(bad_bytes, _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)));
        bad_bytes = _mm_or_si128(bad_bytes, _mm_cmpeq_epi8(v, _mm_set1_epi8('#')));
        unsigned bad = (unsigned)_mm_movemask_epi8(bad_bytes);
        if (bad) return p + __builtin_ctz(bad);
    }
#endif
    return scan_table(p, end, CHAR_TARGET);
}

#endif
