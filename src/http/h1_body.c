#include "http/h1_int.h"
#include "http/scan.h"

/* At most 16 hex digits: more than any length that fits 64 bits, and a bound on leading zeros. */
#define SIZE_DIGITS 16
/* A body of many tiny chunks may not carry a full-length extension in each. */
#define EXT_TOTAL_FACTOR 16

/* Hands out what is there of `left`, and moves on to `next` when that is all of it. */
static enum h1_event take_data(struct h1 *p, struct span input, size_t at, size_t *ret_used,
                               enum h1_state next) {
    size_t n = input.len - at;
    if (n > p->left) n = (size_t)p->left;
    p->body = span_make(input.ptr + at, n);
    p->left -= n;
    if (!p->left) p->state = (uint8_t)next;
    *ret_used = at + n;
    return H1_BODY;
}

enum h1_event h1_feed_length(struct h1 *p, struct span input, size_t *ret_used) {
    if (input.len == 0) {
        *ret_used = 0;
        return H1_NEED_MORE;
    }
    return take_data(p, input, 0, ret_used, H1_S_END);
}

/* What is within the limit is handed out before what is not is refused, however the bytes come. */
enum h1_event h1_feed_until_close(struct h1 *p, struct span input, size_t *ret_used) {
    uint64_t room = p->limits->body_bytes - p->body_seen;
    *ret_used = 0;
    if (input.len == 0) return H1_NEED_MORE;
    if (room == 0) return h1_fail(p, 502, "the body is larger than the limit");
    p->body = span_first(input, room < input.len ? (size_t)room : input.len);
    p->body_seen += p->body.len;
    *ret_used = p->body.len;
    return H1_BODY;
}

static int hex_value(char c) {
    if (ascii_is_digit(c)) return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- the line before a chunk's data, one byte at a time: it is short, and pieces may end anywhere --- */

static enum h1_event step_size(struct h1 *p, char c) {
    int digit = hex_value(c);
    if (digit >= 0) {
        if (p->digits++ == SIZE_DIGITS) return h1_fail(p, 400, "the size of a chunk is too large");
        p->left = p->left << 4 | (uint64_t)digit;
        return H1_NEED_MORE;
    }
    if (!p->digits || (c != '\r' && c != ';')) return h1_fail(p, 400, "the size of a chunk is malformed");
    p->state = c == '\r' ? H1_S_SIZE_LF : H1_S_EXT_NAME_FIRST;
    p->ext = 0;
    return H1_NEED_MORE;
}

/* After a name, a value or a closing quote: what may follow. -1: nothing of the kind. */
static int after_ext(char c, bool name) {
    if (c == '\r') return H1_S_SIZE_LF;
    if (c == ';') return H1_S_EXT_NAME_FIRST;
    return c == '=' && name ? H1_S_EXT_VALUE_FIRST : -1;
}

/* *( ";" name [ "=" ( token / quoted-string ) ] ), RFC 9112 section 7.1.1 without its optional blanks. */
static int next_ext_state(enum h1_state state, char c) {
    bool token = char_is(c, CHAR_TOKEN);
    switch (state) {
    case H1_S_EXT_NAME_FIRST: return token ? H1_S_EXT_NAME : -1;
    case H1_S_EXT_NAME: return token ? H1_S_EXT_NAME : after_ext(c, true);
    case H1_S_EXT_VALUE_FIRST: return c == '"' ? H1_S_EXT_QUOTED : token ? H1_S_EXT_VALUE : -1;
    case H1_S_EXT_VALUE: return token ? H1_S_EXT_VALUE : after_ext(c, false);
    case H1_S_EXT_QUOTED:
        if (c == '"') return H1_S_EXT_END;
        if (c == '\\') return H1_S_EXT_ESCAPE;
        return char_is(c, CHAR_VALUE) ? H1_S_EXT_QUOTED : -1;
    case H1_S_EXT_ESCAPE: return char_is(c, CHAR_VALUE) ? H1_S_EXT_QUOTED : -1;
    default: return after_ext(c, false);
    }
}

static enum h1_event step_ext(struct h1 *p, char c) {
    int next = next_ext_state((enum h1_state)p->state, c);
    if (next < 0) return h1_fail(p, 400, "an extension of a chunk is malformed");
    uint32_t limit = p->limits->chunk_ext_bytes;
    if (++p->ext > limit || ++p->exts > (uint64_t)limit * EXT_TOTAL_FACTOR) {
        return h1_fail(p, 400, "the extensions of chunks are larger than the limit");
    }
    p->state = (uint8_t)next;
    return H1_NEED_MORE;
}

static enum h1_event step_size_lf(struct h1 *p, char c) {
    if (c != '\n') return h1_fail(p, 400, "the size of a chunk ends with a bare CR");
    p->digits = 0;
    if (!p->left) {
        h1_begin_trailers(p);
        return H1_NEED_MORE;
    }
    if (p->left > p->limits->body_bytes - p->body_seen)
        return h1_fail(p, 413, "the body is larger than the limit");
    p->body_seen += p->left;
    p->state = H1_S_DATA;
    return H1_NEED_MORE;
}

static enum h1_event step_data_end(struct h1 *p, char c) {
    if (c != (p->state == H1_S_DATA_CR ? '\r' : '\n'))
        return h1_fail(p, 400, "the data of a chunk does not end with CR LF");
    p->state = p->state == H1_S_DATA_CR ? H1_S_DATA_LF : H1_S_SIZE;
    return H1_NEED_MORE;
}

static enum h1_event step(struct h1 *p, char c) {
    switch (p->state) {
    case H1_S_SIZE: return step_size(p, c);
    case H1_S_SIZE_LF: return step_size_lf(p, c);
    case H1_S_DATA_CR:
    case H1_S_DATA_LF: return step_data_end(p, c);
    default: return step_ext(p, c);
    }
}

enum h1_event h1_feed_chunked(struct h1 *p, struct span input, size_t *ret_used) {
    size_t at = 0;
    enum h1_event event = H1_NEED_MORE;
    while (at < input.len && event == H1_NEED_MORE && p->state != H1_S_TRAILERS) {
        if (p->state == H1_S_DATA) return take_data(p, input, at, ret_used, H1_S_DATA_CR);
        event = step(p, input.ptr[at++]);
    }
    *ret_used = at;
    return event;
}
