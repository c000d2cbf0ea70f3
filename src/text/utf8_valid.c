/* Is it UTF-8? The vector path classifies every byte by three table look-ups, on the high and the low half of
 * the byte before it and on its own high half: each table says which errors that half leaves possible, so an
 * error is real when all three agree (the method of Keiser and Lemire, "Validating UTF-8 in less than one
 * instruction per byte"). */
#include "text/utf8.h"
#include "text/utf8_step.h"

size_t utf8_valid_prefix(struct span s) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t i = 0;
    while (i < s.len) {
        i += ascii_run(p + i, s.len - i);
        while (i < s.len && p[i] >= 0x80) {
            uint32_t code;
            int step = utf8_step(p + i, s.len - i, &code);
            if (step < 0) return i;
            i += (size_t)step;
        }
    }
    return i;
}

#ifdef TEXT_X86

enum {
    TOO_SHORT = 1,      /* a lead byte, and no continuation after it */
    TOO_LONG = 2,       /* ASCII, and a continuation after it */
    OVERLONG_3 = 4,     /* E0 80..9F */
    TOO_LARGE = 8,      /* F4 90.., F5.. */
    SURROGATE = 16,     /* ED A0.. */
    OVERLONG_2 = 32,    /* C0, C1 */
    OVERLONG_4 = 64,    /* F0 80..8F; with F5.. 80..8F the same bit */
    TWO_CONTINUE = 128, /* continuation twice: right only as the 3rd or 4th byte */
    ANY_LOW =
        TOO_SHORT | TOO_LONG | TWO_CONTINUE, /* the low half of the byte before says nothing about these */
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define B(x)       ((char)(x))

__attribute__((target("avx2"))) static inline __m256i back(__m256i now, __m256i before, const int n) {
    __m256i joint = _mm256_permute2x128_si256(before, now, 0x21);
    switch (n) { /* the distance must be a constant */
    case 1: return _mm256_alignr_epi8(now, joint, 15);
    case 2: return _mm256_alignr_epi8(now, joint, 14);
    default: return _mm256_alignr_epi8(now, joint, 13);
    }
}

/* Non-zero bytes are errors. */
__attribute__((target("avx2"))) static inline __m256i block_errors(__m256i now, __m256i before) {
    const __m256i half = _mm256_set1_epi8(0x0F);
    const __m256i by_high =
        TWICE(B(TOO_LONG), B(TOO_LONG), B(TOO_LONG), B(TOO_LONG), B(TOO_LONG), B(TOO_LONG), B(TOO_LONG),
              B(TOO_LONG), B(TWO_CONTINUE), B(TWO_CONTINUE), B(TWO_CONTINUE), B(TWO_CONTINUE),
              B(TOO_SHORT | OVERLONG_2), B(TOO_SHORT), B(TOO_SHORT | OVERLONG_3 | SURROGATE),
              B(TOO_SHORT | TOO_LARGE | OVERLONG_4));
    const __m256i by_low =
        TWICE(B(ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4), B(ANY_LOW | OVERLONG_2), B(ANY_LOW),
              B(ANY_LOW), B(ANY_LOW | TOO_LARGE), B(ANY_LOW | TOO_LARGE | OVERLONG_4),
              B(ANY_LOW | TOO_LARGE | OVERLONG_4), B(ANY_LOW | TOO_LARGE | OVERLONG_4),
              B(ANY_LOW | TOO_LARGE | OVERLONG_4), B(ANY_LOW | TOO_LARGE | OVERLONG_4),
              B(ANY_LOW | TOO_LARGE | OVERLONG_4), B(ANY_LOW | TOO_LARGE | OVERLONG_4),
              B(ANY_LOW | TOO_LARGE | OVERLONG_4), B(ANY_LOW | TOO_LARGE | OVERLONG_4 | SURROGATE),
              B(ANY_LOW | TOO_LARGE | OVERLONG_4), B(ANY_LOW | TOO_LARGE | OVERLONG_4));
    const __m256i by_next =
        TWICE(B(TOO_SHORT), B(TOO_SHORT), B(TOO_SHORT), B(TOO_SHORT), B(TOO_SHORT), B(TOO_SHORT),
              B(TOO_SHORT), B(TOO_SHORT), B(TOO_LONG | OVERLONG_2 | TWO_CONTINUE | OVERLONG_3 | OVERLONG_4),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUE | OVERLONG_3 | TOO_LARGE),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUE | SURROGATE | TOO_LARGE),
              B(TOO_LONG | OVERLONG_2 | TWO_CONTINUE | SURROGATE | TOO_LARGE), B(TOO_SHORT), B(TOO_SHORT),
              B(TOO_SHORT), B(TOO_SHORT));
    __m256i one = back(now, before, 1);
    __m256i high = _mm256_shuffle_epi8(by_high, _mm256_and_si256(_mm256_srli_epi16(one, 4), half));
    __m256i low = _mm256_shuffle_epi8(by_low, _mm256_and_si256(one, half));
    __m256i next = _mm256_shuffle_epi8(by_next, _mm256_and_si256(_mm256_srli_epi16(now, 4), half));
    __m256i special = _mm256_and_si256(_mm256_and_si256(high, low), next);
    /* Two or three bytes after a lead of three or four, a second continuation must be; elsewhere it must not.
     */
    __m256i third = _mm256_subs_epu8(back(now, before, 2), _mm256_set1_epi8(B(0xE0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(back(now, before, 3), _mm256_set1_epi8(B(0xF0 - 0x80)));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(B(0x80)));
    return _mm256_xor_si256(must, special);
}

__attribute__((target("avx2"))) static bool valid_avx2(const unsigned char *p, size_t len) {
    __m256i before = _mm256_setzero_si256(), errors = before;
    size_t i = 0;
    for (; len - i >= 32; i += 32) {
        __m256i now = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        if (_mm256_movemask_epi8(_mm256_or_si256(now, before)))
            errors = _mm256_or_si256(errors, block_errors(now, before));
        before = now;
        if ((i & 0xFFF) == 0 && !_mm256_testz_si256(errors, errors)) return false;
    }
    /* The rest, padded with ASCII, which also shows a sequence that was cut short. */
    unsigned char rest[32] = {0};
    memcpy(rest, p + i, len - i);
    __m256i now = _mm256_loadu_si256((const __m256i *)(const void *)rest);
    errors = _mm256_or_si256(errors, block_errors(now, before));
    return _mm256_testz_si256(errors, errors);
}

#endif

bool utf8_valid_long(struct span s) {
#ifdef TEXT_X86
    if (s.len >= 64 && __builtin_cpu_supports("avx2")) return valid_avx2((const unsigned char *)s.ptr, s.len);
#endif
    return utf8_valid_prefix(s) == s.len;
}
