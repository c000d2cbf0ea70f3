#include "base/span.h"

bool span_eq_nocase(struct span a, struct span b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) return false;
    return true;
}

size_t span_index(struct span s, char c) {
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t span_find(struct span s, struct span needle) {
    if (needle.len == 0) return 0;
    const char *at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

static bool is_ows(char c) { return c == ' ' || c == '\t'; }

struct span span_trim(struct span s) {
    while (s.len && is_ows(s.ptr[0])) s = (struct span){s.ptr + 1, s.len - 1};
    while (s.len && is_ows(s.ptr[s.len - 1])) s.len--;
    return s;
}

struct span span_cut(struct span *s, char c) {
    size_t at = span_index(*s, c);
    struct span head = span_first(*s, at);
    *s = at == s->len ? SPAN_NONE : (struct span){s->ptr + at + 1, s->len - at - 1};
    return head;
}

bool span_to_u64(struct span s, uint64_t *ret_value) {
    uint64_t value = 0;
    if (s.len == 0) return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > ((uint64_t)INT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

/* wyhash-like folding: one multiply per 8 bytes. */
static uint64_t fold(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t span_hash(struct span s) {
    uint64_t hash = 0x9e3779b97f4a7c15u ^ s.len;
    const char *p = s.ptr;
    size_t left = s.len;
    for (; left >= 8; p += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        hash = fold(hash ^ word, 0xa0761d6478bd642fu);
    }
    uint64_t tail = 0;
    if (left) memcpy(&tail, p, left);
    return fold(hash ^ tail, 0xe7037ed1a0b428dbu);
}
