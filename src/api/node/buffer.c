/* The C side of node/buffer.js: text to bytes and back in the encodings of Node.js, searching, comparing. Every offset
 * and length is checked here again: JavaScript is not believed. Numbers are converted before bytes are looked up, because a
 * conversion may run code that takes the bytes away. */
#include "api/builtins.h"
#include "api/scratch.h"
#include "text/base64.h"
#include "text/utf8.h"

/* The same numbers are in buffer.js. */
enum encoding { ENC_UTF8, ENC_HEX, ENC_BASE64, ENC_BASE64URL, ENC_LATIN1, ENC_ASCII, ENC_UTF16, ENC_COUNT };

static bool arg_encoding(js_ctx c, js_val v, enum encoding *ret, js_val *exc) {
    int32_t n;
    if (!js_is_int(v, &n) || n < 0 || n >= ENC_COUNT) return js_throw_type(c, exc, "no such encoding"), false;
    *ret = (enum encoding)n;
    return true;
}

/* A number as an index into `len` bytes: 0..len. */
static size_t index_in(double n, size_t len) { return n >= (double)len ? len : n > 0 ? (size_t)n : 0; }

static inline unsigned unit_at(const struct js_chars *s, size_t i) {
    return s->latin1 ? s->latin1[i] : s->utf16[i];
}

/* --- Text to bytes ------------------------------------------------------------------------------------------------ */

static inline int hex_digit(unsigned u) {
    if (u - '0' < 10) return (int)(u - '0');
    unsigned letter = u | 0x20;
    return letter - 'a' < 6 ? (int)(letter - 'a' + 10) : -1;
}

/* Pairs of digits, as far as they are. */
static size_t from_hex(const struct js_chars *s, char *to, size_t cap) {
    size_t n = 0;
    for (; n < cap && 2 * n + 1 < s->count; n++) {
        int high = hex_digit(unit_at(s, 2 * n)), low = hex_digit(unit_at(s, 2 * n + 1));
        if (high < 0 || low < 0) break;
        to[n] = (char)(high << 4 | low);
    }
    return n;
}

static inline int base64_digit(unsigned u) {
    if (u - 'A' < 26) return (int)(u - 'A');
    if (u - 'a' < 26) return (int)(u - 'a' + 26);
    if (u - '0' < 10) return (int)(u - '0' + 52);
    if (u == '+' || u == '-') return 62;
    return u == '/' || u == '_' ? 63 : -1;
}

/* Both alphabets; what belongs to neither is skipped, '=' ends it (as in Node.js, not as in RFC 4648). */
static size_t from_base64(const struct js_chars *s, char *to, size_t cap) {
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->count && n < cap; i++) {
        unsigned u = unit_at(s, i);
        int digit = base64_digit(u);
        if (digit < 0) {
            if (u == '=') break;
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        to[n++] = (char)(bits >> have);
    }
    return n;
}

static size_t from_units(const struct js_chars *s, char *to, size_t cap) {
    size_t n = s->count < cap ? s->count : cap;
    if (s->latin1 && n)
        memcpy(to, s->latin1, n);
    else if (s->utf16)
        for (size_t i = 0; i < n; i++) to[i] = (char)s->utf16[i];
    return n;
}

static size_t from_utf16(const struct js_chars *s, char *to, size_t cap) {
    size_t n = s->count < cap / 2 ? s->count : cap / 2;
    if (s->utf16 && n)
        memcpy(to, s->utf16, 2 * n);
    else if (s->latin1)
        for (size_t i = 0; i < n; i++) to[2 * i] = (char)s->latin1[i], to[2 * i + 1] = 0;
    return 2 * n;
}

/* Whole characters only. */
static size_t from_utf8(const struct js_chars *s, char *to, size_t cap) {
    size_t read, n = 0;
    if (s->utf16) return utf16_to_utf8_some(s->utf16, s->count, to, cap, &read);
    for (size_t i = 0; i < s->count; i++) {
        uint8_t b = s->latin1[i];
        if (n + (b < 0x80 ? 1 : 2) > cap) break;
        if (b >= 0x80) to[n++] = (char)(0xC0 | b >> 6);
        to[n++] = (char)(b < 0x80 ? b : 0x80 | (b & 0x3F));
    }
    return n;
}

static size_t from_text(const struct js_chars *s, enum encoding e, char *to, size_t cap) {
    switch (e) {
    case ENC_HEX: return from_hex(s, to, cap);
    case ENC_BASE64:
    case ENC_BASE64URL: return from_base64(s, to, cap);
    case ENC_LATIN1:
    case ENC_ASCII: return from_units(s, to, cap);
    case ENC_UTF16: return from_utf16(s, to, cap);
    default: return from_utf8(s, to, cap);
    }
}

static size_t room_for(const struct js_chars *s, enum encoding e) {
    switch (e) {
    case ENC_HEX: return s->count / 2;
    case ENC_BASE64:
    case ENC_BASE64URL: return base64_decoded_max(s->count);
    case ENC_LATIN1:
    case ENC_ASCII: return s->count;
    case ENC_UTF16: return 2 * s->count;
    default: return js_chars_utf8_len(s);
    }
}

/* decode(string, encoding) -> ArrayBuffer */
static JS_NATIVE(native_decode) {
    enum encoding e;
    struct js_chars s;
    if (argc < 2 || !arg_encoding(c, argv[1], &e, exc) || !js_chars_open(c, argv[0], &s, exc)) return NULL;
    size_t cap = room_for(&s, e);
    char *room = malloc(cap ? cap : 1);
    size_t n = room ? from_text(&s, e, room, cap) : 0;
    js_chars_close(&s);
    if (!room) return js_throw_range(c, exc, "Out of memory");
    char *exact = n < cap ? realloc(room, n ? n : 1) : NULL;
    return js_buffer_take_malloc(c, exact ? exact : room, n, exc);
}

/* write(view, string, encoding, offset, length) -> bytes written */
static JS_NATIVE(native_write) {
    enum encoding e;
    struct js_chars s;
    char *to;
    double from, most;
    size_t len, n = 0;
    if (argc < 5 || !arg_encoding(c, argv[2], &e, exc) || !js_to_number(c, argv[3], &from, exc) ||
        !js_to_number(c, argv[4], &most, exc) || !js_chars_open(c, argv[1], &s, exc))
        return NULL;
    if (js_bytes_writable(c, argv[0], &to, &len, exc)) {
        size_t offset = index_in(from, len);
        n = from_text(&s, e, to + offset, index_in(most, len - offset));
    }
    js_chars_close(&s);
    return *exc ? NULL : js_number(c, (double)n);
}

/* utf8Length(string) -> bytes */
static JS_NATIVE(native_utf8_length) {
    struct js_chars s;
    if (argc < 1 || !js_chars_open(c, argv[0], &s, exc)) return NULL;
    size_t n = js_chars_utf8_len(&s);
    js_chars_close(&s);
    return js_number(c, (double)n);
}

/* --- Bytes to text ------------------------------------------------------------------------------------------------ */

static js_val to_hex(js_ctx c, struct span s, js_val *exc) {
    static const char digits[] = "0123456789abcdef";
    SCRATCH(room);
    char *to = scratch_get(c, &room, 2 * s.len, exc);
    for (size_t i = 0; to && i < s.len; i++) {
        to[2 * i] = digits[(uint8_t)s.ptr[i] >> 4];
        to[2 * i + 1] = digits[s.ptr[i] & 15];
    }
    js_val text = to ? js_str_latin1(c, span_make(to, 2 * s.len)) : NULL;
    scratch_free(&room);
    return text;
}

static js_val to_base64(js_ctx c, struct span s, bool url, js_val *exc) {
    SCRATCH(room);
    char *to = scratch_get(c, &room, base64_encoded_length(s.len), exc);
    size_t n = !to ? 0 : url ? base64url_encode(s, to) : base64_encode(s, to);
    js_val text = to ? js_str_latin1(c, span_make(to, n)) : NULL;
    scratch_free(&room);
    return text;
}

static js_val to_ascii(js_ctx c, struct span s, js_val *exc) {
    SCRATCH(room);
    char *to = scratch_get(c, &room, s.len, exc);
    for (size_t i = 0; to && i < s.len; i++) to[i] = s.ptr[i] & 0x7F;
    js_val text = to ? js_str_latin1(c, span_make(to, s.len)) : NULL;
    scratch_free(&room);
    return text;
}

static js_val to_utf16(js_ctx c, struct span s, js_val *exc) {
    SCRATCH(room); /* a copy, because bytes need not be aligned */
    char *to = scratch_get(c, &room, s.len, exc);
    if (to) memcpy(to, s.ptr, s.len & ~(size_t)1);
    js_val text = to ? js_str_utf16(c, (const uint16_t *)(const void *)to, s.len / 2) : NULL;
    scratch_free(&room);
    return text;
}

/* text(view, encoding, start, end) -> string */
static JS_NATIVE(native_text) {
    enum encoding e;
    struct span s;
    double from, to;
    if (argc < 4 || !arg_encoding(c, argv[1], &e, exc) || !js_to_number(c, argv[2], &from, exc) ||
        !js_to_number(c, argv[3], &to, exc) || !js_bytes_of(c, argv[0], &s, exc))
        return NULL;
    size_t start = index_in(from, s.len), end = index_in(to, s.len);
    s = end > start ? span_make(s.ptr + start, end - start) : SPAN_NONE;
    if (!s.len) return js_str(c, s);
    switch (e) {
    case ENC_HEX: return to_hex(c, s, exc);
    case ENC_BASE64: return to_base64(c, s, false, exc);
    case ENC_BASE64URL: return to_base64(c, s, true, exc);
    case ENC_LATIN1: return js_str_latin1(c, s);
    case ENC_ASCII: return to_ascii(c, s, exc);
    case ENC_UTF16: return to_utf16(c, s, exc);
    default: return js_str(c, s);
    }
}

/* --- Comparing and searching -------------------------------------------------------------------------------------- */

/* compare(a, b) -> -1, 0, 1 */
static JS_NATIVE(native_compare) {
    struct span a, b;
    if (argc < 2 || !js_bytes_of(c, argv[0], &a, exc) || !js_bytes_of(c, argv[1], &b, exc)) return NULL;
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least ? memcmp(a.ptr, b.ptr, least) : 0;
    if (!order) order = a.len < b.len ? -1 : a.len > b.len;
    return js_int(c, order < 0 ? -1 : order > 0);
}

static double search(struct span s, struct span what, size_t from, bool backwards, size_t step) {
    if (what.len > s.len) return -1;
    size_t last = s.len - what.len;
    if (backwards) {
        for (size_t i = from < last ? from : last;; i--) {
            if (i % step == 0 && memcmp(s.ptr + i, what.ptr, what.len) == 0) return (double)i;
            if (!i) return -1;
        }
    }
    while (from <= last) {
        const char *at = memmem(s.ptr + from, s.len - from, what.ptr, what.len);
        if (!at) return -1;
        size_t i = (size_t)(at - s.ptr);
        if (i % step == 0) return (double)i;
        from = i + 1;
    }
    return -1;
}

/* indexOf(view, bytes, from, backwards, step) -> index or -1; a match begins at a multiple of step. Neither is empty. */
static JS_NATIVE(native_index_of) {
    struct span s, what;
    double from;
    if (argc < 5 || !js_to_number(c, argv[2], &from, exc) || !js_bytes_of(c, argv[0], &s, exc) ||
        !js_bytes_of(c, argv[1], &what, exc))
        return NULL;
    int32_t step;
    if (!js_is_int(argv[4], &step) || step < 1 || step > 2 || !what.len) return js_int(c, -1);
    return js_number(c, search(s, what, index_in(from, s.len), js_to_bool(c, argv[3]), (size_t)step));
}

/* fill(view, bytes, start, end): bytes over and over; not empty */
static JS_NATIVE(native_fill) {
    char *to;
    double from, until;
    size_t len;
    struct span what;
    if (argc < 4 || !js_to_number(c, argv[2], &from, exc) || !js_to_number(c, argv[3], &until, exc) ||
        !js_bytes_of(c, argv[1], &what, exc) || !js_bytes_writable(c, argv[0], &to, &len, exc))
        return NULL;
    size_t start = index_in(from, len), end = index_in(until, len);
    if (!what.len || start >= end) return NULL;
    char *at = to + start;
    size_t room = end - start, done = what.len < room ? what.len : room;
    memmove(at, what.ptr, done); /* the pattern may lie in the view itself */
    while (done < room) {
        size_t n = done < room - done ? done : room - done;
        memcpy(at + done, at, n);
        done += n;
    }
    return NULL;
}

/* isUtf8(view), isAscii(view) */
static JS_NATIVE(native_is_utf8) {
    struct span s;
    if (argc < 1 || !js_bytes_of(c, argv[0], &s, exc)) return NULL;
    return js_bool(c, utf8_valid(s));
}
static JS_NATIVE(native_is_ascii) {
    struct span s;
    if (argc < 1 || !js_bytes_of(c, argv[0], &s, exc)) return NULL;
    unsigned all = 0;
    for (size_t i = 0; i < s.len; i++) all |= (uint8_t)s.ptr[i];
    return js_bool(c, all < 0x80);
}

const struct js_native_row api_natives_node_buffer[] = {{"decode", native_decode, 2},
                                                        {"write", native_write, 5},
                                                        {"utf8Length", native_utf8_length, 1},
                                                        {"text", native_text, 4},
                                                        {"compare", native_compare, 2},
                                                        {"indexOf", native_index_of, 5},
                                                        {"fill", native_fill, 4},
                                                        {"isUtf8", native_is_utf8, 1},
                                                        {"isAscii", native_is_ascii, 1},
                                                        {NULL, NULL, 0}};
