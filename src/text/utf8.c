#include "text/utf8.h"

#include "text/utf8_step.h"

bool utf8_is_ascii_long(struct span s) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t i = 0;
#ifdef TEXT_X86
    for (; s.len - i >= 64; i += 64) {
        const __m128i *at = (const __m128i *)(const void *)(p + i);
        __m128i first = _mm_or_si128(_mm_loadu_si128(at), _mm_loadu_si128(at + 1));
        __m128i second = _mm_or_si128(_mm_loadu_si128(at + 2), _mm_loadu_si128(at + 3));
        if (_mm_movemask_epi8(_mm_or_si128(first, second))) return false;
    }
#endif
    return ascii_run(p + i, s.len - i) == s.len - i;
}

/* Units of text that is known to be well-formed: one for each byte that begins a code point, two for four bytes. */
static size_t units_of_valid(const unsigned char *p, size_t len) {
    size_t units = 0, i = 0;
#ifdef TEXT_X86
    const __m128i continues = _mm_set1_epi8((char)0xBF), four = _mm_set1_epi8((char)0xF0),
                  zero = _mm_setzero_si128();
    __m128i sums = zero;
    for (; len - i >= 16; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i begins =
            _mm_cmpgt_epi8(bytes, continues); /* as signed numbers, 0x80 to 0xBF are the lowest */
        __m128i pairs = _mm_cmpeq_epi8(_mm_max_epu8(bytes, four), bytes);
        __m128i count = _mm_sub_epi8(zero, _mm_add_epi8(begins, pairs)); /* true is -1 */
        sums = _mm_add_epi64(sums, _mm_sad_epu8(count, zero));
    }
    units = (size_t)_mm_cvtsi128_si64(sums) + (size_t)_mm_cvtsi128_si64(_mm_srli_si128(sums, 8));
#endif
    for (; i < len; i++) units += (size_t)((p[i] & 0xC0) != 0x80) + (size_t)(p[i] >= 0xF0);
    return units;
}

size_t utf8_to_utf16_length(struct span s) {
    if (utf8_is_ascii(s)) return s.len;
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (utf8_valid(s)) return units_of_valid(p, s.len);
    size_t units = 0;
    for (size_t i = 0; i < s.len;) {
        uint32_t code = UTF8_REPLACEMENT;
        int step = utf8_step(p + i, s.len - i, &code);
        units += step == 4 ? 2 : 1;
        i += (size_t)(step < 0 ? -step : step);
    }
    return units;
}

/* Stops at the first malformed byte when `fatal`; returns whether it got to the end. */
static inline bool to_utf16(struct span s, bool fatal, uint16_t *to, size_t *ret_units) {
    const unsigned char *p = (const unsigned char *)s.ptr, *end = p + s.len;
    uint16_t *at = to;
    while (p < end) {
        size_t run = ascii_widen(p, (size_t)(end - p), at);
        p += run;
        at += run;
        /* Text outside ASCII has spaces and stops in it: stay here until a run of ASCII pays for the vectors.
         */
        for (unsigned plain = 0; p < end && plain < 8;) {
            if (*p < 0x80) {
                *at++ = *p++;
                plain++;
                continue;
            }
            plain = 0;
            uint32_t code = UTF8_REPLACEMENT;
            int step = utf8_step(p, (size_t)(end - p), &code);
            if (step < 0 && fatal) return false;
            at += utf16_put(code, at);
            p += step < 0 ? -step : step;
        }
    }
    *ret_units = (size_t)(at - to);
    return true;
}

size_t utf8_to_utf16_any(struct span s, uint16_t *to) {
    size_t units = 0;
    if (s.len) (void)to_utf16(s, false, to, &units);
    return units;
}

enum err utf8_to_utf16_fatal(struct span s, uint16_t *to, size_t *ret_units) {
    size_t units = 0;
    if (s.len && !to_utf16(s, true, to, &units)) return ERR_INVALID;
    *ret_units = units;
    return ERR_OK;
}

size_t utf8_to_utf8(struct span s, char *to) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    char *at = to;
    for (size_t i = 0; i < s.len;) {
        size_t good = utf8_valid_prefix(span_from(s, i));
        memcpy(at, p + i, good);
        at += good;
        i += good;
        if (i == s.len) break;
        uint32_t code;
        i += (size_t)-utf8_step(p + i, s.len - i, &code); /* it is malformed here */
        at += utf8_put(UTF8_REPLACEMENT, at);
    }
    return (size_t)(at - to);
}

size_t latin1_to_utf8_length(struct span s) {
    size_t high = 0;
    for (size_t i = 0; i < s.len; i++) high += (unsigned char)s.ptr[i] >> 7;
    return s.len + high;
}

size_t latin1_to_utf8(struct span s, char *to) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    char *at = to;
    for (size_t i = 0; i < s.len;) {
        size_t run = ascii_run(p + i, s.len - i);
        memcpy(at, p + i, run);
        at += run;
        i += run;
        for (; i < s.len && p[i] >= 0x80; i++) at += utf8_put(p[i], at);
    }
    return (size_t)(at - to);
}

void latin1_to_utf16(struct span s, uint16_t *to) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t i = 0;
#ifdef TEXT_X86
    for (; s.len - i >= 16; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i)), zero = _mm_setzero_si128();
        _mm_storeu_si128((__m128i *)(void *)(to + i), _mm_unpacklo_epi8(bytes, zero));
        _mm_storeu_si128((__m128i *)(void *)(to + i + 8), _mm_unpackhi_epi8(bytes, zero));
    }
#endif
    for (; i < s.len; i++) to[i] = p[i];
}
