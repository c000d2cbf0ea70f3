/* A span: bytes that somebody else owns, by pointer and length.
 *
 * Cusp passes text and bytes as spans up to the border of the OS, because nearly all of them are slices of a
 * larger buffer and may hold NUL. A span never owns: it is valid as long as what it points into, which the
 * header that hands it out says. `ptr` may be NULL only when `len` is 0. Pure functions, any thread. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *ptr;
    size_t len;
};

#define SPAN(literal) ((struct span){"" literal "", sizeof(literal) - 1})
#define SPAN_NONE     ((struct span){NULL, 0})
/* For printf: printf("%.*s", SPAN_FMT(s)). */
#define SPAN_FMT(s) (int)(s).len, (s).len ? (s).ptr : ""

static inline struct span span_make(const void *ptr, size_t len) { return (struct span){ptr, len}; }
static inline struct span span_of(const char *cstr) { return (struct span){cstr, cstr ? strlen(cstr) : 0}; }
static inline bool span_eq(struct span a, struct span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline struct span span_from(struct span s, size_t start) {
    return start >= s.len ? SPAN_NONE : (struct span){s.ptr + start, s.len - start};
}
static inline struct span span_first(struct span s, size_t n) {
    return (struct span){s.ptr, n < s.len ? n : s.len};
}
static inline bool span_starts(struct span s, struct span prefix) {
    return s.len >= prefix.len && span_eq(span_first(s, prefix.len), prefix);
}
static inline bool span_ends(struct span s, struct span suffix) {
    return s.len >= suffix.len && span_eq(span_from(s, s.len - suffix.len), suffix);
}

/* ASCII only: locale never matters on the wire. */
static inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }
static inline bool ascii_is_digit(char c) { return c >= '0' && c <= '9'; }

/* Equal but for ASCII case: header names, schemes, hosts. */
bool span_eq_nocase(struct span a, struct span b);
/* Index of the first `c` / `needle`, or s.len when there is none. */
size_t span_index(struct span s, char c);
size_t span_find(struct span s, struct span needle);
/* Without leading and trailing SP and HTAB (RFC 9110 OWS). */
struct span span_trim(struct span s);
/* Splits at the first `c`: returns what is before it, leaves the rest in *s. With no `c` left returns all and
 * leaves *s with ptr NULL, so `while (s.ptr) part = span_cut(&s, ',')` visits every part, the empty ones too.
 */
struct span span_cut(struct span *s, char c);
/* Decimal digits only, no sign, no blanks, all of the span; false when malformed or beyond 2^63-1. */
bool span_to_u64(struct span s, uint64_t *ret_value);
/* 64-bit hash, good for tables, seeded by nobody: not for adversarial keys without a bound on their count. */
uint64_t span_hash(struct span s);

#endif
