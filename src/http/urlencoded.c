#include "http/urlencoded.h"

#include "http/url.h"
#include "http/url_parts.h"
#include "text/utf8.h"

/* '+' is a space, then percent-decoding, then UTF-8 decoding. */
static struct span decode(struct arena *a, struct span s) {
    bool plain = true;
    for (size_t i = 0; i < s.len && plain; i++) plain = s.ptr[i] != '+' && s.ptr[i] != '%';
    if (!plain) {
        char *bytes = arena_alloc(a, s.len), *spaced = arena_alloc(a, s.len);
        for (size_t i = 0; i < s.len; i++) spaced[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
        s = span_make(bytes, url_percent_decode_to(span_make(spaced, s.len), bytes));
    }
    if (utf8_valid(s)) return s;
    char *fixed = arena_alloc(a, 3 * s.len);
    return span_make(fixed, utf8_to_utf8(s, fixed));
}

bool urlencoded_next(struct arena *a, struct span *rest, struct span *ret_name, struct span *ret_value) {
    while (rest->ptr) {
        struct span value = span_cut(rest, '&');
        if (value.len == 0) continue;
        struct span name = span_cut(&value, '=');
        *ret_name = decode(a, name);
        *ret_value = decode(a, value);
        return true;
    }
    return false;
}

static void encode(struct buf *to, struct span s) {
    char *start = buf_reserve(to, 3 * s.len), *at = start;
    while (s.len) { /* runs between spaces */
        struct span run = span_first(s, span_index(s, ' '));
        at += url_percent_encode_to(run, URL_SET_URLENCODED, at);
        if (run.len < s.len) *at++ = '+';
        s = span_from(s, run.len + 1);
    }
    buf_added(to, (size_t)(at - start));
}

void urlencoded_add(struct buf *to, bool first, struct span name, struct span value) {
    if (!first) buf_add_char(to, '&');
    encode(to, name);
    buf_add_char(to, '=');
    encode(to, value);
}
