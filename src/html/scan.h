/* Looking for a byte, with vectors where the machine has them. For this room's own files. */
#ifndef HTML_SCAN_H
#define HTML_SCAN_H

#include "base/span.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The first `c` in [at, end), or end. What is sought is mostly near, so 64 bytes are looked at here before memchr() is
 * called, which is quicker from there on. */
static inline size_t scan_byte(const unsigned char *base, size_t at, size_t end, unsigned char c) {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8((char)c);
    for (int i = 0; i < 4 && end - at >= 16; i++, at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(base + at));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));
        if (mask) return at + (size_t)__builtin_ctz(mask);
    }
#endif
    if (end - at < 16) {
        for (; at < end; at++) {
            if (base[at] == c) return at;
        }
        return end;
    }
    const unsigned char *found = memchr(base + at, c, end - at);
    return found ? (size_t)(found - base) : end;
}

#endif
