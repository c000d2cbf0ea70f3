#include "text/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { BAD = 0x80, WHITE = 0x81, PAD = 0x82 }; /* what is not a digit has the high bit */

#define LETTERS                                                                                              \
    [0 ... 255] = BAD, ['A'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
           22, 23, 24, 25, ['a'] = 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,   \
           44, 45, 46, 47, 48, 49, 50, 51, ['0'] = 52, 53, 54, 55, 56, 57, 58, 59, 60, 61
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* the range first, then the digits over it */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
static const unsigned char digits[256] = {
    LETTERS,        ['+'] = 62,     ['/'] = 63,     ['='] = PAD,   [' '] = WHITE,
    ['\t'] = WHITE, ['\n'] = WHITE, ['\f'] = WHITE, ['\r'] = WHITE};
static const unsigned char digits_url[256] = {LETTERS, ['-'] = 62, ['_'] = 63};
#pragma GCC diagnostic pop

static size_t encode(struct span s, const char *with, bool pad, char *to) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    char *at = to;
    size_t i = 0;
    for (; s.len - i >= 3; i += 3) {
        unsigned three = (unsigned)p[i] << 16 | (unsigned)p[i + 1] << 8 | p[i + 2];
        *at++ = with[three >> 18];
        *at++ = with[three >> 12 & 63];
        *at++ = with[three >> 6 & 63];
        *at++ = with[three & 63];
    }
    size_t left = s.len - i;
    if (!left) return (size_t)(at - to);
    unsigned rest = (unsigned)p[i] << 16 | (left == 2 ? (unsigned)p[i + 1] << 8 : 0);
    *at++ = with[rest >> 18];
    *at++ = with[rest >> 12 & 63];
    if (left == 2)
        *at++ = with[rest >> 6 & 63];
    else if (pad)
        *at++ = '=';
    if (pad) *at++ = '=';
    return (size_t)(at - to);
}

size_t base64_encode(struct span s, char *to) { return encode(s, alphabet, true, to); }
size_t base64url_encode(struct span s, char *to) { return encode(s, alphabet_url, false, to); }

/* As many whole groups of four digits as there are; returns how many bytes were read. */
static size_t decode_groups(struct span s, const unsigned char *table, char **at) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    char *out = *at;
    size_t i = 0;
    for (; s.len - i >= 4; i += 4) {
        unsigned a = table[p[i]], b = table[p[i + 1]], c = table[p[i + 2]], d = table[p[i + 3]];
        if ((a | b | c | d) & 0x80) break;
        unsigned three = a << 18 | b << 12 | c << 6 | d;
        *out++ = (char)(three >> 16);
        *out++ = (char)(three >> 8);
        *out++ = (char)three;
    }
    *at = out;
    return i;
}

enum err base64_decode(struct span s, char *to, size_t *ret_len) {
    char *at = to;
    size_t i = 0, pads = 0;
    unsigned bits = 0, count = 0; /* digits of the group at hand */
    while (i < s.len) {
        if (count == 0 && pads == 0) {
            i += decode_groups(span_from(s, i), digits, &at);
            if (i == s.len) break;
        }
        unsigned digit = digits[(unsigned char)s.ptr[i++]];
        if (digit == WHITE) continue;
        if (digit == PAD && pads < 2) {
            pads++;
            continue;
        }
        if ((digit & 0x80) || pads) return ERR_INVALID;
        bits = bits << 6 | digit;
        if (++count < 4) continue;
        *at++ = (char)(bits >> 16);
        *at++ = (char)(bits >> 8);
        *at++ = (char)bits;
        count = bits = 0;
    }
    if (count == 1 || (pads && count + pads != 4)) return ERR_INVALID;
    if (count >= 2) *at++ = (char)(bits >> (count == 2 ? 4 : 10));
    if (count == 3) *at++ = (char)(bits >> 2);
    *ret_len = (size_t)(at - to);
    return ERR_OK;
}

enum err base64url_decode(struct span s, char *to, size_t *ret_len) {
    char *at = to;
    size_t i = decode_groups(s, digits_url, &at), left = s.len - i;
    if (left == 1 || left > 3) return ERR_INVALID;
    if (left) {
        unsigned bits = 0;
        for (; i < s.len; i++) {
            unsigned digit = digits_url[(unsigned char)s.ptr[i]];
            if (digit & 0x80) return ERR_INVALID;
            bits = bits << 6 | digit;
        }
        if (bits & (left == 2 ? 0xF : 3)) return ERR_INVALID;
        *at++ = (char)(bits >> (left == 2 ? 4 : 10));
        if (left == 3) *at++ = (char)(bits >> 2);
    }
    *ret_len = (size_t)(at - to);
    return ERR_OK;
}
