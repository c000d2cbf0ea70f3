#include "http/scan.h"

/* tchar without letters and digits: RFC 9110 section 5.6.2 */
#define T (CHAR_TOKEN | CHAR_VALUE | CHAR_TARGET | CHAR_ETAG)
/* VCHAR that is in no smaller class */
#define V (CHAR_VALUE | CHAR_TARGET | CHAR_ETAG)
/* letters and digits; those of hexadecimal numbers */
#define A (CHAR_TOKEN | CHAR_VALUE | CHAR_TARGET | CHAR_HOST | CHAR_ETAG)
#define X (A | CHAR_HEX)
/* unreserved and sub-delims of RFC 3986 that are tchar, and that are not */
#define H (T | CHAR_HOST)
#define S (V | CHAR_HOST)

const uint8_t http_chars[256] = {
    ['\t'] = CHAR_VALUE,
    [' '] = CHAR_VALUE,
    ['!'] = H,
    ['"'] = CHAR_VALUE | CHAR_TARGET,
    ['#'] = CHAR_TOKEN | CHAR_VALUE | CHAR_ETAG,
    ['$'] = H,
    ['%'] = T,
    ['&'] = H,
    ['\''] = H,
    ['('] = S,
    [')'] = S,
    ['*'] = H,
    ['+'] = H,
    [','] = S,
    ['-'] = H,
    ['.'] = H,
    ['/'] = V,
    ['0' ... '9'] = X,
    [':'] = V,
    [';'] = S,
    ['<'] = V,
    ['='] = S,
    ['>'] = V,
    ['?'] = V,
    ['@'] = V,
    ['A' ... 'F'] = X,
    ['G' ... 'Z'] = A,
    ['['] = V,
    ['\\'] = V,
    [']'] = V,
    ['^'] = T,
    ['_'] = H,
    ['`'] = T,
    ['a' ... 'f'] = X,
    ['g' ... 'z'] = A,
    ['{'] = V,
    ['|'] = T,
    ['}'] = V,
    ['~'] = H,
    [0x80 ... 0xff] = CHAR_VALUE | CHAR_ETAG,
};
