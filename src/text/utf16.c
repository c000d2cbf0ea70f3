/* The way out of JavaScript: UTF-16 to UTF-8. Lone surrogates become U+FFFD. */
#include "text/utf8.h"
#include "text/utf8_step.h"

static inline bool is_surrogate(uint32_t unit) { return (unit & 0xF800) == 0xD800; }

/* The code point at units[*at]; moves *at past it. */
static inline uint32_t code_at(const uint16_t *units, size_t count, size_t *at) {
    uint32_t unit = units[(*at)++];
    if (!is_surrogate(unit)) return unit;
    if (unit >= 0xDC00 || *at == count || (units[*at] & 0xFC00) != 0xDC00) return UTF8_REPLACEMENT;
    return 0x10000 + ((unit & 0x3FF) << 10) + (units[(*at)++] & 0x3FFu);
}

static inline size_t utf8_bytes(uint32_t code) {
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool utf16_is_ascii(const uint16_t *units, size_t count) {
    size_t i = 0;
#ifdef TEXT_X86
    for (; count - i >= 16; i += 16) {
        const __m128i *at = (const __m128i *)(const void *)(units + i);
        __m128i over = _mm_and_si128(_mm_or_si128(_mm_loadu_si128(at), _mm_loadu_si128(at + 1)),
                                     _mm_set1_epi16((short)0xFF80));
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(over, _mm_setzero_si128())) != 0xFFFF) return false;
    }
#endif
    while (i < count && units[i] < 0x80) i++;
    return i == count;
}

/* Adds the bytes of the units before the first surrogate, or before the block that it is in; returns how many units
 * those were. */
static size_t count_plain(const uint16_t *units, size_t count, size_t *bytes) {
    size_t i = 0;
#ifdef TEXT_X86
    const __m128i zero = _mm_setzero_si128();
    for (; count - i >= 8; i += 8) {
        __m128i unit = _mm_loadu_si128((const __m128i *)(const void *)(units + i));
        __m128i top = _mm_and_si128(unit, _mm_set1_epi16((short)0xF800));
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(top, _mm_set1_epi16((short)0xD800)))) return i;
        __m128i one_byte = _mm_cmpeq_epi16(_mm_subs_epu16(unit, _mm_set1_epi16(0x7F)), zero); /* true is -1 */
        __m128i most_two = _mm_cmpeq_epi16(top, zero);
        __m128i sums = _mm_sad_epu8(_mm_sub_epi16(zero, _mm_add_epi16(one_byte, most_two)), zero);
        *bytes += 24 - (size_t)(_mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_srli_si128(sums, 8)));
    }
#endif
    for (; i < count && !is_surrogate(units[i]); i++) *bytes += utf8_bytes(units[i]);
    return i;
}

size_t utf16_to_utf8_length(const uint16_t *units, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count;) {
        i += count_plain(units + i, count - i, &bytes);
        size_t stop = count - i < 8 ? count : i + 8; /* over the block with the surrogate */
        while (i < stop) bytes += utf8_bytes(code_at(units, count, &i));
    }
    return bytes;
}

/* Copies the ASCII start; returns its length. */
static inline size_t ascii_narrow(const uint16_t *units, size_t count, char *to) {
    size_t i = 0;
#ifdef TEXT_X86
    const __m128i high = _mm_set1_epi16((short)0xFF80);
    for (; count - i >= 16; i += 16) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)(units + i));
        __m128i second = _mm_loadu_si128((const __m128i *)(const void *)(units + i + 8));
        __m128i over = _mm_and_si128(_mm_or_si128(first, second), high);
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(over, _mm_setzero_si128())) != 0xFFFF) break;
        _mm_storeu_si128((__m128i *)(void *)(to + i), _mm_packus_epi16(first, second));
    }
#endif
    for (; i < count && units[i] < 0x80; i++) to[i] = (char)units[i];
    return i;
}

size_t utf16_to_utf8(const uint16_t *units, size_t count, char *to) {
    char *at = to;
    for (size_t i = 0; i < count;) {
        size_t run = ascii_narrow(units + i, count - i, at);
        at += run;
        i += run;
        for (unsigned plain = 0; i < count && plain < 8;) {
            plain = units[i] < 0x80 ? plain + 1 : 0;
            at += utf8_put(code_at(units, count, &i), at);
        }
    }
    return (size_t)(at - to);
}

size_t utf16_to_utf8_some(const uint16_t *units, size_t count, char *to, size_t cap, size_t *ret_units_read) {
    size_t sure = cap / 3 < count ? cap / 3 : count; /* this many units fit whatever they are */
    if (sure && sure < count && (units[sure - 1] & 0xFC00) == 0xD800) sure--; /* do not cut a pair */
    size_t written = utf16_to_utf8(units, sure, to), i = sure;
    while (i < count) {
        size_t next = i;
        uint32_t code = code_at(units, count, &next);
        if (utf8_bytes(code) > cap - written) break;
        written += utf8_put(code, to + written);
        i = next;
    }
    *ret_units_read = i;
    return written;
}
