/* Hosts (section 3): domains, IPv4 in all the forms that the web ever accepted, IPv6, opaque hosts. */
#include "http/url_parts.h"
#include "text/idna.h"
#include "text/utf8.h"

/* Section 3.2: what no host may hold (1), and what no domain may (2). */
static const unsigned char forbidden[256] = {
    [0] = 3,   [1 ... 8] = 2, ['\t'] = 3, ['\n'] = 3, [0xB ... 0xC] = 2, ['\r'] = 3, [0xE ... 0x1F] = 2,
    [' '] = 3, ['#'] = 3,     ['/'] = 3,  [':'] = 3,  ['<'] = 3,         ['>'] = 3,  ['?'] = 3,
    ['@'] = 3, ['['] = 3,     ['\\'] = 3, [']'] = 3,  ['^'] = 3,         ['|'] = 3,  ['%'] = 2,
    [0x7F] = 2};

static bool has_forbidden(struct span s, bool in_domain) {
    unsigned char all = 0;
    for (size_t i = 0; i < s.len; i++) all |= forbidden[(unsigned char)s.ptr[i]];
    return all & (in_domain ? 2 : 1);
}

enum { IPV4_TOO_LARGE = 33 };

/* Section 3.5, "IPv4 number parser". Saturates at 2^33. */
static bool ipv4_number(struct span s, uint64_t *ret_value) {
    unsigned radix = 10;
    if (s.len == 0) return false;
    if (s.len >= 2 && s.ptr[0] == '0') {
        bool hex = ascii_lower(s.ptr[1]) == 'x';
        radix = hex ? 16 : 8;
        s = span_from(s, hex ? 2 : 1);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = ascii_lower(s.ptr[i]);
        unsigned digit = ascii_is_digit(c)      ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 99;
        if (digit >= radix) return false;
        value = value * radix + digit;
        if (value >> IPV4_TOO_LARGE) value = 1ull << IPV4_TOO_LARGE;
    }
    *ret_value = value;
    return true;
}

/* "Ends in a number": then it is an IPv4 address or nothing. */
static bool ends_in_number(struct span s) {
    if (s.len && s.ptr[s.len - 1] == '.') s.len--;
    size_t start = s.len;
    while (start > 0 && s.ptr[start - 1] != '.') start--;
    struct span last = span_from(s, start);
    bool digits = last.len > 0;
    for (size_t i = 0; i < last.len; i++) digits = digits && ascii_is_digit(last.ptr[i]);
    uint64_t value;
    return digits || ipv4_number(last, &value);
}

static enum err ipv4_parse(struct span s, struct buf *to) {
    uint64_t address = 0, value = 0;
    if (s.ptr[s.len - 1] == '.') s.len--;
    for (unsigned part = 0; s.ptr; part++) {
        if (part == 4 || !ipv4_number(span_cut(&s, '.'), &value)) return ERR_INVALID;
        if (s.ptr) { /* not the last */
            if (value > 255) return ERR_INVALID;
            address |= value << (24 - 8 * part);
        } else {
            if (value >> (32 - 8 * part)) return ERR_INVALID; /* the last one fills what is left */
            address |= value;
        }
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_add_u64(to, address >> shift & 255);
        if (shift) buf_add_char(to, '.');
    }
    return ERR_OK;
}

static int hex_digit(struct span s, size_t at) {
    if (at >= s.len) return -1;
    char c = ascii_lower(s.ptr[at]);
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The dotted decimal end of an IPv6 address, from s[at] to its end: pieces [*piece] and the next. */
static bool ipv6_embedded(struct span s, size_t at, uint16_t pieces[8], unsigned *piece) {
    if (*piece > 6) return false;
    unsigned seen = 0;
    for (; at < s.len; seen++) {
        if (seen > 0 && (seen == 4 || s.ptr[at++] != '.')) return false;
        unsigned value = 0, digits = 0;
        for (; at < s.len && ascii_is_digit(s.ptr[at]); at++, digits++) {
            if (digits > 0 && value == 0) return false; /* leading zero */
            value = value * 10 + (unsigned)(s.ptr[at] - '0');
            if (value > 255) return false;
        }
        if (!digits) return false;
        pieces[*piece] = (uint16_t)(pieces[*piece] << 8 | value);
        if (seen == 1 || seen == 3) ++*piece;
    }
    return seen == 4;
}

static bool ipv6_parse(struct span s, uint16_t pieces[8]) {
    unsigned piece = 0;
    int compress = -1;
    size_t at = 0;
    if (s.len && s.ptr[0] == ':') {
        if (s.len < 2 || s.ptr[1] != ':') return false;
        at = 2;
        compress = (int)++piece;
    }
    while (at < s.len) {
        if (piece == 8) return false;
        if (s.ptr[at] == ':') {
            if (compress >= 0) return false;
            at++;
            compress = (int)++piece;
            continue;
        }
        unsigned value = 0, len = 0;
        for (; len < 4 && hex_digit(s, at) >= 0; len++) value = value << 4 | (unsigned)hex_digit(s, at++);
        if (at < s.len && s.ptr[at] == '.') {
            if (len == 0 || !ipv6_embedded(s, at - len, pieces, &piece)) return false;
            break;
        }
        if (at < s.len && (s.ptr[at] != ':' || ++at == s.len)) return false;
        pieces[piece++] = (uint16_t)value;
    }
    if (compress < 0) return piece == 8;
    for (unsigned from = piece, end = 8; from > (unsigned)compress && end != from;) { /* to the end */
        pieces[--end] = pieces[--from];
        pieces[from] = 0;
    }
    return true;
}

/* Section 3.6, "IPv6 serializer": the first longest run of zeros, if longer than one, becomes "::". */
static void ipv6_write(const uint16_t pieces[8], struct buf *to) {
    unsigned best = 8, best_len = 1;
    for (unsigned i = 0; i < 8; i++) {
        unsigned len = 0;
        while (i + len < 8 && pieces[i + len] == 0) len++;
        if (len > best_len) best = i, best_len = len;
        i += len;
    }
    buf_add_char(to, '[');
    for (unsigned i = 0; i < 8; i++) {
        if (i == best) {
            buf_add(to, i == 0 ? SPAN("::") : SPAN(":"));
            i += best_len - 1;
            continue;
        }
        bool begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            unsigned digit = pieces[i] >> shift & 15u;
            begun |= digit || !shift;
            if (begun) buf_add_char(to, "0123456789abcdef"[digit]);
        }
        if (i < 7) buf_add_char(to, ':');
    }
    buf_add_char(to, ']');
}

/* Removes percent-encoding. Bytes that are then no UTF-8 would be U+FFFD, which no domain may hold. */
static enum err domain_ascii(struct span s, struct buf *to) {
    if (span_index(s, '%') == s.len) return utf8_valid(s) ? idna_to_ascii(s, to) : ERR_INVALID;
    struct buf plain = BUF_INIT;
    url_percent_decode(s, &plain);
    enum err e = utf8_valid(buf_span(&plain)) ? idna_to_ascii(buf_span(&plain), to) : ERR_INVALID;
    buf_free(&plain);
    return e;
}

static enum err domain_parse(struct span s, struct buf *to, enum url_host *ret_kind) {
    size_t before = to->len;
    enum err e = domain_ascii(s, to);
    if (e) return e;
    struct span ascii = span_from(buf_span(to), before);
    if (has_forbidden(ascii, true)) return ERR_INVALID;
    if (!ends_in_number(ascii)) return *ret_kind = URL_HOST_DOMAIN, ERR_OK;
    struct buf address = BUF_INIT;
    e = ipv4_parse(ascii, &address);
    if (!e) {
        to->len = before;
        buf_add(to, buf_span(&address));
        *ret_kind = URL_HOST_IPV4;
    }
    buf_free(&address);
    return e;
}

enum err url_host_parse(struct span s, bool special, struct buf *to, enum url_host *ret_kind) {
    size_t before = to->len;
    if (s.len && s.ptr[0] == '[') {
        uint16_t pieces[8] = {0};
        if (s.ptr[s.len - 1] != ']' || !ipv6_parse((struct span){s.ptr + 1, s.len - 2}, pieces))
            return ERR_INVALID;
        ipv6_write(pieces, to);
        return *ret_kind = URL_HOST_IPV6, ERR_OK;
    }
    if (special) {
        enum err e = domain_parse(s, to, ret_kind);
        if (e) to->len = before;
        return e;
    }
    if (has_forbidden(s, false)) return ERR_INVALID;
    url_percent_encode(s, URL_SET_C0, to);
    *ret_kind = s.len ? URL_HOST_OPAQUE : URL_HOST_EMPTY;
    return ERR_OK;
}

enum err url_parse_host(struct span input, struct buf *to, enum url_host *ret_kind) {
    return url_host_parse(input, true, to, ret_kind);
}
