/* UTF-8 <-> UTF-16: what every string that crosses into or out of JavaScript goes through.
 *
 * Pure functions on bytes, any thread, no allocation: the caller brings the output, sized by a *_length
 * function (exact) or by the bound that the function names. UTF-16 is in host byte order (little-endian on
 * every machine that Cusp runs on). Long inputs take vector instructions (AVX2 when the machine has it, else
 * SSE2); short ASCII never leaves the caller. Decoding bytes that arrive in pieces, byte order marks and
 * other encodings: text/decoder.h.
 *
 * Malformed UTF-8 becomes U+FFFD once per maximal subpart (WHATWG Encoding, "UTF-8 decoder"; Unicode
 * ch. 3.9). */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include "base/err.h"

#define UTF8_SHORT_BYTES 16 /* up to here the inline paths do not call */

bool utf8_is_ascii_long(struct span s);
bool utf8_valid_long(struct span s);
size_t utf8_to_utf16_any(struct span s, uint16_t *to);

/* No byte above 0x7F. */
static inline bool utf8_is_ascii(struct span s) {
    if (s.len > UTF8_SHORT_BYTES) return utf8_is_ascii_long(s);
    unsigned char all = 0;
    for (size_t i = 0; i < s.len; i++) all |= (unsigned char)s.ptr[i];
    return all < 0x80;
}

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, not cut short. */
static inline bool utf8_valid(struct span s) {
    return s.len <= UTF8_SHORT_BYTES && utf8_is_ascii(s) ? true : utf8_valid_long(s);
}
/* The length of the longest well-formed start of s: s.len when all of it is. */
size_t utf8_valid_prefix(struct span s);

/* Exactly how many UTF-16 units utf8_to_utf16() writes. */
size_t utf8_to_utf16_length(struct span s);
/* Decodes with replacement; returns the units written. s.len units always suffice. */
static inline size_t utf8_to_utf16(struct span s, uint16_t *to) {
    if (s.len > UTF8_SHORT_BYTES || !utf8_is_ascii(s)) return utf8_to_utf16_any(s, to);
    for (size_t i = 0; i < s.len; i++) to[i] = (unsigned char)s.ptr[i];
    return s.len;
}
/* The same, but ERR_INVALID at the first malformed byte (`to` then holds rubbish). */
MUST_USE enum err utf8_to_utf16_fatal(struct span s, uint16_t *to, size_t *ret_units);

/* Lone surrogates count and are written as U+FFFD (a "scalar value string", WebIDL USVString). At most 3
 * bytes a unit. */
size_t utf16_to_utf8_length(const uint16_t *units, size_t count);
size_t utf16_to_utf8(const uint16_t *units, size_t count, char *to);
bool utf16_is_ascii(const uint16_t *units, size_t count);

/* TextEncoder.encodeInto(): whole code points only, as many as fit into `cap` bytes. */
size_t utf16_to_utf8_some(const uint16_t *units, size_t count, char *to, size_t cap, size_t *ret_units_read);

/* Latin-1 bytes, as 8-bit JavaScript strings and HTTP fields are. At most 2 bytes a byte. */
size_t latin1_to_utf8_length(struct span s);
size_t latin1_to_utf8(struct span s, char *to);
void latin1_to_utf16(struct span s, uint16_t *to);

/* Copies s with every maximal subpart replaced; at most 3 bytes a byte. Returns the bytes written. */
size_t utf8_to_utf8(struct span s, char *to);

#endif
