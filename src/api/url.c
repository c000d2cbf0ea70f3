/* The C side of url.js: parsing and setting through http/url.h. A parsed URL is handed over as its href (ASCII) and the
 * offsets of its parts, written into an Int32Array that both share, so that getters need no call. */
#include "http/url.h"
#include "api/builtins.h"
#include "api/core.h"
#include "api/scratch.h"
#include "base/mem.h"
#include "http/urlencoded.h"
#include "text/utf8.h"

/* The same numbers are in url.js. */
enum part {
    PART_SCHEME_END,
    PART_USER_START,
    PART_USER_END,
    PART_PASS_END,
    PART_HOST_START,
    PART_HOST_END,
    PART_PATH_START,
    PART_QUERY_START,
    PART_HASH_START,
    PART_PORT,
    PART_OPAQUE,
    PART_SCHEME, /* enum url_scheme */
    PART_COUNT
};

/* pieces() gives up beyond that; JavaScript can do without. */
enum { PIECES_MAX = 128, PIECES_TEXT_BYTES = 1024 };

/* What an isolate's parses write to and reuse. Kept in struct api; the offsets are memory that JavaScript sees as well. */
struct url_desk {
    int32_t parts[PART_COUNT];
    int32_t pieces[2 * PIECES_MAX + 1]; /* where each name and value begins and ends; last, how many */
    struct url url, base;
};

void url_desk_free(struct url_desk *d) {
    if (!d) return;
    url_free(&d->url);
    url_free(&d->base);
    mem_free(d);
}

static struct url_desk *desk_here(void) {
    struct api *api = api_here();
    if (!api->url_desk) {
        api->url_desk = NEW(struct url_desk);
        api->url_desk->url = api->url_desk->base = URL_INIT;
    }
    return api->url_desk;
}

static js_val shared(js_ctx c, int32_t *of, size_t count, js_val *exc) {
    js_obj buffer = js_buffer_over(c, of, count * sizeof *of, NULL, NULL, exc);
    return buffer ? js_int32_of_buffer(c, buffer, 0, count, exc) : NULL;
}

/* offsets() -> Int32Array, where parse() and set() put them */
static JS_NATIVE(native_offsets) { return shared(c, desk_here()->parts, PART_COUNT, exc); }
/* pieceOffsets() -> Int32Array, where pieces() puts them, and behind them how many */
static JS_NATIVE(native_piece_offsets) { return shared(c, desk_here()->pieces, 2 * PIECES_MAX + 1, exc); }

/* Memory that one long URL took is not kept for the next. */
static void tidy(struct url_desk *d) {
    enum { KEEP_BYTES = 4096 };
    if (d->url.href.cap > KEEP_BYTES) url_free(&d->url);
    if (d->base.href.cap > KEEP_BYTES) url_free(&d->base);
}

static void put_parts(struct url_desk *d, const struct url *u) {
    int32_t parts[PART_COUNT] = {
        (int32_t)u->scheme_end, (int32_t)u->user_start,
        (int32_t)u->user_end,   (int32_t)u->pass_end,
        (int32_t)u->host_start, (int32_t)u->host_end,
        (int32_t)u->path_start, (int32_t)u->query_start,
        (int32_t)u->hash_start, u->port,
        u->opaque_path ? 1 : 0, (int32_t)u->scheme,
    };
    memcpy(d->parts, parts, sizeof parts);
}

/* Writes the offsets and returns the href, or true when it is the same as `input`. */
static js_val give(js_ctx c, struct url_desk *d, struct span input) {
    const struct url *u = &d->url;
    put_parts(d, u);
    js_val v = span_eq(url_href(u), input) ? js_bool(c, true) : js_str_latin1(c, url_href(u));
    tidy(d);
    return v;
}

/* A string as UTF-8; ASCII, as nearly all are, where it is. */
struct text {
    struct js_chars chars;
    struct scratch room;
};
static bool text_open(js_ctx c, struct text *t, js_val v, struct span *ret, js_val *exc) {
    t->room.heap = NULL;
    t->chars = (struct js_chars){0};
    if (!js_chars_open(c, v, &t->chars, exc)) return false;
    if (t->chars.latin1 && utf8_is_ascii(span_make(t->chars.latin1, t->chars.count)))
        return *ret = span_make(t->chars.latin1, t->chars.count), true;
    size_t len = js_chars_utf8_len(&t->chars);
    char *room = scratch_get(c, &t->room, len, exc);
    if (room) *ret = span_make(room, js_chars_utf8(&t->chars, room));
    return room != NULL;
}
static void text_close(struct text *t) {
    js_chars_close(&t->chars);
    scratch_free(&t->room);
}

/* An ASCII string where it is, without a call of the engine. */
static bool text_here(js_val v, struct span *ret) {
    struct js_chars s;
    if (!js_chars_in_place(v, &s) || !s.latin1) return false;
    return *ret = span_make(s.latin1, s.count), true; /* beyond ASCII no URL is normal */
}

/* A URL in its normal form, in `ret`: its href is the text itself, not to be written or freed. */
static bool is_normal(js_val v, struct url *ret) {
    struct span text;
    *ret = URL_INIT;
    if (!text_here(v, &text) || !url_scan_normal(text, ret) || ret->path_start == ret->query_start)
        return false;
    ret->href = (struct buf){.ptr = (char *)(uintptr_t)text.ptr, .len = text.len};
    return true;
}

/* A base: *ret is `normal`, which borrows its text from the string, or the desk's. NULL: not a URL, or an exception. */
static const struct url *parse_base(js_ctx c, js_val base, struct url_desk *d, struct url *normal,
                                    js_val *exc) {
    struct text t;
    struct span text;
    if (is_normal(base, normal)) return normal;
    bool ok = text_open(c, &t, base, &text, exc) && url_parse(text, NULL, &d->base) == ERR_OK;
    text_close(&t);
    return ok ? &d->base : NULL;
}

/* parse(input, base | undefined) -> href, true when that is the input, or null */
static JS_NATIVE(native_parse) {
    struct url_desk *d = desk_here();
    struct url normal;
    const struct url *base = NULL;
    struct text t;
    struct span text;
    js_val result = js_null(c), input = js_arg(c, argc, argv, 0);
    bool with_base = !js_is_undefined(c, js_arg(c, argc, argv, 1));
    if (!with_base && is_normal(input, &normal)) return put_parts(d, &normal), js_bool(c, true);
    if (with_base && !(base = parse_base(c, argv[1], d, &normal, exc))) return *exc ? NULL : result;
    if (text_open(c, &t, input, &text, exc) && url_parse(text, base, &d->url) == ERR_OK)
        result = give(c, d, text);
    text_close(&t);
    return *exc ? NULL : result;
}
JS_DIRECT(native_parse)

/* canParse(input, base | undefined) -> boolean */
static JS_NATIVE(native_can_parse) {
    struct url_desk *d = desk_here();
    struct url normal;
    const struct url *base = NULL;
    struct text t;
    struct span text;
    js_val input = js_arg(c, argc, argv, 0);
    bool with_base = !js_is_undefined(c, js_arg(c, argc, argv, 1));
    if (!with_base && is_normal(input, &normal)) return js_bool(c, true);
    if (with_base && !(base = parse_base(c, argv[1], d, &normal, exc)))
        return *exc ? NULL : js_bool(c, false);
    bool ok = text_open(c, &t, input, &text, exc) && url_parse(text, base, &d->url) == ERR_OK;
    text_close(&t);
    tidy(d);
    return *exc ? NULL : js_bool(c, ok);
}
JS_DIRECT(native_can_parse)

/* origin(href) -> "https://example.com:8080" or "null" */
static JS_NATIVE(native_origin) {
    struct url_desk *d = desk_here();
    struct buf text = BUF_INIT;
    js_val result = js_null(c);
    struct url normal;
    const struct url *url = parse_base(c, js_arg(c, argc, argv, 0), d, &normal, exc);
    if (url) {
        url_origin(url, &text);
        result = js_str(c, buf_span(&text));
    }
    buf_free(&text);
    return *exc ? NULL : result;
}

typedef void (*setter)(struct url *u, struct span value);
/* In the order of url.js. */
static const setter setters[] = {url_set_protocol, url_set_username, url_set_password,
                                 url_set_host,     url_set_hostname, url_set_port,
                                 url_set_pathname, url_set_search,   url_set_hash};

/* set(which, href, value) -> the new href, or true when it is as before */
static JS_NATIVE(native_set) {
    double which;
    if (argc < 3 || !js_to_number(c, argv[0], &which, exc)) return NULL;
    if (!(which >= 0 && which < (double)(sizeof setters / sizeof *setters)))
        return js_throw_range(c, exc, "url: no such part");
    struct url_desk *d = desk_here();
    struct text t, v;
    struct span href, value;
    js_val result = js_null(c);
    if (text_open(c, &t, argv[1], &href, exc)) {
        if (text_open(c, &v, argv[2], &value, exc) && url_parse(href, NULL, &d->url) == ERR_OK) {
            setters[(size_t)which](&d->url, value);
            result = give(c, d, href);
        }
        text_close(&v);
    }
    text_close(&t);
    return *exc ? NULL : result;
}
JS_DIRECT(native_set)

/* --- application/x-www-form-urlencoded --- */

/* The names and values of a query, as bytes of `text` one behind the other. */
struct pieces {
    int32_t *at; /* in struct url_desk: begin and end of each */
    size_t count, len;
    char text[PIECES_TEXT_BYTES];
};

static void add_piece(struct pieces *p, struct span s) {
    char *to = p->text + p->len;
    p->at[2 * p->count] = (int32_t)p->len;
    for (size_t i = 0; i < s.len; i++) to[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
    struct buf decoded = {.ptr = to, .cap = s.len}; /* never longer, so in place */
    if (memchr(to, '%', s.len))
        url_percent_decode(span_make(to, s.len), &decoded);
    else
        decoded.len = s.len;
    p->len += decoded.len;
    p->at[2 * p->count++ + 1] = (int32_t)p->len;
}

/* False: too many of them. */
static bool take_pieces(struct pieces *p, struct span query) {
    while (query.ptr) {
        struct span value = span_cut(&query, '&');
        if (!value.len) continue;
        if (p->count + 2 > PIECES_MAX) return false;
        struct span name = span_cut(&value, '=');
        add_piece(p, name);
        add_piece(p, value.ptr ? value : SPAN(""));
    }
    return true;
}

/* Beyond ASCII, offsets are those of UTF-16. */
static js_val wide_pieces(js_ctx c, struct pieces *p) {
    uint16_t units[PIECES_TEXT_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < 2 * p->count; i += 2) {
        struct span s = span_make(p->text + p->at[i], (size_t)(p->at[i + 1] - p->at[i]));
        p->at[i] = (int32_t)count;
        count += utf8_to_utf16(s, units + count);
        p->at[i + 1] = (int32_t)count;
    }
    return js_str_utf16(c, units, count);
}

/* pieces(query) -> its names and values in one string, their offsets in pieceOffsets(); null: too long or too many for
 * that, or beyond ASCII */
static JS_NATIVE(native_pieces) {
    struct url_desk *d = desk_here();
    struct pieces p;
    p.at = d->pieces;
    p.count = p.len = 0;
    struct span query;
    if (!text_here(js_arg(c, argc, argv, 0), &query) || query.len > sizeof p.text || !utf8_is_ascii(query) ||
        !take_pieces(&p, query))
        return js_null(c);
    d->pieces[2 * PIECES_MAX] = (int32_t)p.count;
    struct span text = span_make(p.text, p.len);
    return utf8_is_ascii(text) ? js_str(c, text) : wide_pieces(c, &p);
}
JS_DIRECT(native_pieces)

/* decode(component) -> string: '+' is a space, %XX a byte, the bytes are UTF-8 */
static JS_NATIVE(native_decode) {
    SCRATCH(room);
    SCRATCH(pairs);
    struct span text;
    js_val result = NULL;
    if (argc > 0 && scratch_utf8(c, &room, argv[0], &text, exc)) {
        struct arena a = ARENA_INIT;
        struct span name, value;
        char *one = scratch_get(c, &pairs, text.len + 1, exc);
        if (one) {
            one[0] = '='; /* one pair without a name, so that an '=' in the component means itself */
            memcpy(one + 1, text.ptr, text.len);
            struct span rest = span_make(one, text.len + 1);
            result = urlencoded_next(&a, &rest, &name, &value) ? js_str(c, value) : js_str(c, SPAN_NONE);
        }
        arena_free(&a);
    }
    scratch_free(&pairs);
    scratch_free(&room);
    return *exc ? NULL : result;
}
JS_DIRECT(native_decode)

/* encode(string) -> its application/x-www-form-urlencoded form */
static JS_NATIVE(native_encode) {
    SCRATCH(room);
    struct span text;
    struct buf out = BUF_INIT;
    js_val result = NULL;
    if (argc > 0 && scratch_utf8(c, &room, argv[0], &text, exc)) {
        urlencoded_add(&out, true, SPAN_NONE, text); /* "=value" */
        result = js_str_latin1(c, span_from(buf_span(&out), 1));
    }
    buf_free(&out);
    scratch_free(&room);
    return *exc ? NULL : result;
}
JS_DIRECT(native_encode)

const struct js_native_row api_natives_url[] = {
    {"offsets", native_offsets, 0},
    {"parse", native_parse, 2, JS_DIRECT_OF(native_parse)},
    {"canParse", native_can_parse, 2, JS_DIRECT_OF(native_can_parse)},
    {"origin", native_origin, 1},
    {"set", native_set, 3, JS_DIRECT_OF(native_set)},
    {"pieceOffsets", native_piece_offsets, 0},
    {"pieces", native_pieces, 1, JS_DIRECT_OF(native_pieces)},
    {"decode", native_decode, 1, JS_DIRECT_OF(native_decode)},
    {"encode", native_encode, 1, JS_DIRECT_OF(native_encode)},
    {NULL, NULL, 0}};
