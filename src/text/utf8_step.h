/* One code point at a time, and runs of ASCII: what the files of this room share. Not for other rooms. */
#ifndef TEXT_UTF8_STEP_H
#define TEXT_UTF8_STEP_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define TEXT_X86 1
#endif

#define UTF8_REPLACEMENT 0xFFFDu

/* Decodes what starts at p; left is at least 1. Returns how many bytes that took, or, malformed, minus the
 * length of the maximal subpart: the longest start of a well-formed sequence, else one byte. */
static inline int utf8_step(const unsigned char *p, size_t left, uint32_t *code) {
    unsigned lead = p[0];
    if (lead < 0x80) return *code = lead, 1;
    if (lead < 0xC2 || lead > 0xF4) return -1;
    if (lead < 0xE0) {
        if (left < 2 || (p[1] & 0xC0) != 0x80) return -1;
        return *code = (lead & 0x1F) << 6 | (p[1] & 0x3Fu), 2;
    }
    /* The second byte keeps out overlong forms, surrogates and what is above U+10FFFF (Unicode table 3-7). */
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (left < 2 || p[1] < low || p[1] > high) return -1;
    if (left < 3 || (p[2] & 0xC0) != 0x80) return -2;
    if (lead < 0xF0) return *code = (lead & 0xF) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu), 3;
    if (left < 4 || (p[3] & 0xC0) != 0x80) return -3;
    *code = (lead & 7) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    return 4;
}

static inline size_t utf8_put(uint32_t code, char *to) {
    if (code < 0x80) return to[0] = (char)code, 1;
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static inline size_t utf16_put(uint32_t code, uint16_t *to) {
    if (code < 0x10000) return to[0] = (uint16_t)code, 1;
    to[0] = (uint16_t)(0xD7C0 + (code >> 10)); /* 0xD800 - (0x10000 >> 10) */
    to[1] = (uint16_t)(0xDC00 | (code & 0x3FF));
    return 2;
}

static inline uint64_t text_load8(const void *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* How many bytes at the start are ASCII. */
static inline size_t ascii_run(const unsigned char *p, size_t len) {
    size_t i = 0;
#ifdef TEXT_X86
    for (; len - i >= 16; i += 16) {
        int mask = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + i)));
        if (mask) return i + (size_t)__builtin_ctz((unsigned)mask);
    }
#else
    while (len - i >= 8 && !(text_load8(p + i) & 0x8080808080808080u)) i += 8;
#endif
    while (i < len && p[i] < 0x80) i++;
    return i;
}

/* Copies the ASCII start of p to UTF-16; returns its length. */
static inline size_t ascii_widen(const unsigned char *p, size_t len, uint16_t *to) {
    size_t i = 0;
#ifdef TEXT_X86
    for (; len - i >= 16; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i)), zero = _mm_setzero_si128();
        if (_mm_movemask_epi8(bytes)) break;
        _mm_storeu_si128((__m128i *)(void *)(to + i), _mm_unpacklo_epi8(bytes, zero));
        _mm_storeu_si128((__m128i *)(void *)(to + i + 8), _mm_unpackhi_epi8(bytes, zero));
    }
#endif
    for (; i < len && p[i] < 0x80; i++) to[i] = p[i];
    return i;
}

#endif
