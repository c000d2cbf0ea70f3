/* Percent-encoding (section 1.3): the sets, as one table of bits, and what follows from them. */
#include "http/url.h"
#include "http/url_parts.h"

#define BIT(set)                (1u << URL_SET_##set)
#define ONE_OF_2(c, a, b)       ((c) == (a) || (c) == (b))
#define ONE_OF_4(c, a, b, d, e) (ONE_OF_2(c, a, b) || ONE_OF_2(c, d, e))

/* Each set is the one before it and some more, in the words of the standard. */
#define IN_C0(c)            ((c) <= 0x1F || (c) > 0x7E)
#define IN_FRAGMENT(c)      (IN_C0(c) || ONE_OF_4(c, ' ', '"', '<', '>') || (c) == '`')
#define IN_QUERY(c)         (IN_C0(c) || ONE_OF_4(c, ' ', '"', '<', '>') || (c) == '#')
#define IN_SPECIAL_QUERY(c) (IN_QUERY(c) || (c) == '\'')
#define IN_PATH(c)          (IN_QUERY(c) || ONE_OF_4(c, '?', '`', '{', '}') || (c) == '^')
#define IN_USERINFO(c)                                                                                       \
    (IN_PATH(c) || ONE_OF_4(c, '/', ':', ';', '=') || ONE_OF_4(c, '@', '[', '\\', ']') || (c) == '|')
#define IN_COMPONENT(c)  (IN_USERINFO(c) || ONE_OF_4(c, '$', '%', '&', '+') || (c) == ',')
#define IN_URLENCODED(c) (IN_COMPONENT(c) || ONE_OF_4(c, '!', '\'', '(', ')') || (c) == '~')

#define SETS(c)                                                                                              \
    (unsigned char)((IN_C0(c) ? BIT(C0) : 0) | (IN_FRAGMENT(c) ? BIT(FRAGMENT) : 0) |                        \
                    (IN_QUERY(c) ? BIT(QUERY) : 0) | (IN_SPECIAL_QUERY(c) ? BIT(SPECIAL_QUERY) : 0) |        \
                    (IN_PATH(c) ? BIT(PATH) : 0) | (IN_USERINFO(c) ? BIT(USERINFO) : 0) |                    \
                    (IN_COMPONENT(c) ? BIT(COMPONENT) : 0) | (IN_URLENCODED(c) ? BIT(URLENCODED) : 0))

#define IS_LOWER_HOST(c)                                                                                     \
    (((c) >= 'a' && (c) <= 'z') || ((c) >= '0' && (c) <= '9') || (c) == '-' || (c) == '.' || (c) == '_')
#define PLAIN(c)                                                                                             \
    (unsigned char)((IS_LOWER_HOST(c) ? URL_PLAIN_HOST : 0) |                                                \
                    (!IN_PATH(c) && (c) != '/' && (c) != '\\' ? URL_PLAIN_SEGMENT : 0) |                     \
                    (!IN_SPECIAL_QUERY(c) ? URL_PLAIN_QUERY : 0) | (!IN_FRAGMENT(c) ? URL_PLAIN_HASH : 0))

#define FOUR(f, c)       f(c), f((c) + 1), f((c) + 2), f((c) + 3)
#define SIXTEEN(f, c)    FOUR(f, c), FOUR(f, (c) + 4), FOUR(f, (c) + 8), FOUR(f, (c) + 12)
#define SIXTY_FOUR(f, c) SIXTEEN(f, c), SIXTEEN(f, (c) + 16), SIXTEEN(f, (c) + 32), SIXTEEN(f, (c) + 48)
#define ALL_BYTES(f)     SIXTY_FOUR(f, 0), SIXTY_FOUR(f, 64), SIXTY_FOUR(f, 128), SIXTY_FOUR(f, 192)

const unsigned char url_set_bits[256] = {ALL_BYTES(SETS)};
const unsigned char url_plain_chars[256] = {ALL_BYTES(PLAIN)};

size_t url_percent_encode_to(struct span s, enum url_set set, char *to) {
    static const char hex[] = "0123456789ABCDEF";
    char *at = to;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (!url_in_set(c, set)) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    return (size_t)(at - to);
}

static int hex_value(char c) {
    if (ascii_is_digit(c)) return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t url_percent_decode_to(struct span s, char *to) {
    char *at = to;
    for (size_t i = 0; i < s.len; i++) {
        int high = -1, low = -1;
        if (s.ptr[i] == '%' && s.len - i > 2) {
            high = hex_value(s.ptr[i + 1]);
            low = hex_value(s.ptr[i + 2]);
        }
        if (high < 0 || low < 0) {
            *at++ = s.ptr[i];
            continue;
        }
        *at++ = (char)(high << 4 | low);
        i += 2;
    }
    return (size_t)(at - to);
}

void url_percent_encode(struct span s, enum url_set set, struct buf *to) {
    buf_added(to, url_percent_encode_to(s, set, buf_reserve(to, 3 * s.len)));
}

void url_percent_decode(struct span s, struct buf *to) {
    buf_added(to, url_percent_decode_to(s, buf_reserve(to, s.len)));
}
