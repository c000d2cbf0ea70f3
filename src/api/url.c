/* The C side of url.js: parsing and setting through http/url.h. A parsed URL is handed over as its href (ASCII) and the
 * offsets of its parts, written into an Int32Array of the caller, so that getters need no call. */
#include "http/url.h"
#include "api/builtins.h"
#include "api/scratch.h"
#include "http/urlencoded.h"

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
    PART_COUNT
};

/* Writes the offsets and returns the href. */
static js_val give(js_ctx c, const struct url *u, js_val offsets, js_val *exc) {
    char *to;
    size_t cap;
    int32_t parts[PART_COUNT] = {
        (int32_t)u->scheme_end, (int32_t)u->user_start,
        (int32_t)u->user_end,   (int32_t)u->pass_end,
        (int32_t)u->host_start, (int32_t)u->host_end,
        (int32_t)u->path_start, (int32_t)u->query_start,
        (int32_t)u->hash_start, u->port,
        u->opaque_path ? 1 : 0,
    };
    if (!js_bytes_writable(c, offsets, &to, &cap, exc)) return NULL;
    if (cap < sizeof parts) return js_throw_type(c, exc, "url: no room for the offsets");
    memcpy(to, parts, sizeof parts);
    return js_str_latin1(c, url_href(u));
}

/* `input`, with `base` unless that is undefined, into *u. False: not a URL, or an exception. */
static bool parse(js_ctx c, js_val input, js_val base, struct url *u, js_val *exc) {
    SCRATCH(room);
    SCRATCH(base_room);
    struct span text, base_text;
    struct url b = URL_INIT;
    bool with_base = !js_is_undefined(c, base);
    bool ok = scratch_utf8(c, &room, input, &text, exc);
    if (ok && with_base)
        ok = scratch_utf8(c, &base_room, base, &base_text, exc) && url_parse(base_text, NULL, &b) == ERR_OK;
    ok = ok && url_parse(text, with_base ? &b : NULL, u) == ERR_OK;
    url_free(&b);
    scratch_free(&base_room);
    scratch_free(&room);
    return ok;
}

/* parse(input, base | undefined, offsets) -> href, or null */
static JS_NATIVE(native_parse) {
    if (argc < 3) return js_null(c);
    struct url u = URL_INIT;
    js_val result = js_null(c);
    js_lock(c);
    if (parse(c, argv[0], argv[1], &u, exc)) result = give(c, &u, argv[2], exc);
    js_unlock(c);
    url_free(&u);
    return *exc ? NULL : result;
}

/* canParse(input, base | undefined) -> boolean */
static JS_NATIVE(native_can_parse) {
    if (argc < 2) return js_bool(c, false);
    struct url u = URL_INIT;
    bool ok = parse(c, argv[0], argv[1], &u, exc);
    url_free(&u);
    return *exc ? NULL : js_bool(c, ok);
}

/* origin(href) -> "https://example.com:8080" or "null" */
static JS_NATIVE(native_origin) {
    if (argc < 1) return js_null(c);
    struct url u = URL_INIT;
    struct buf text = BUF_INIT;
    js_val result = js_null(c);
    if (parse(c, argv[0], js_undefined(c), &u, exc)) {
        url_origin(&u, &text);
        result = js_str(c, buf_span(&text));
    }
    buf_free(&text);
    url_free(&u);
    return *exc ? NULL : result;
}

typedef void (*setter)(struct url *u, struct span value);
/* In the order of url.js. */
static const setter setters[] = {url_set_protocol, url_set_username, url_set_password,
                                 url_set_host,     url_set_hostname, url_set_port,
                                 url_set_pathname, url_set_search,   url_set_hash};

/* set(which, href, value, offsets) -> the new href */
static JS_NATIVE(native_set) {
    double which;
    if (argc < 4 || !js_to_number(c, argv[0], &which, exc)) return NULL;
    if (!(which >= 0 && which < (double)(sizeof setters / sizeof *setters)))
        return js_throw_range(c, exc, "url: no such part");
    struct url u = URL_INIT;
    SCRATCH(room);
    struct span value;
    js_val result = js_null(c);
    if (scratch_utf8(c, &room, argv[2], &value, exc) && parse(c, argv[1], js_undefined(c), &u, exc)) {
        setters[(size_t)which](&u, value);
        result = give(c, &u, argv[3], exc);
    }
    scratch_free(&room);
    url_free(&u);
    return *exc ? NULL : result;
}

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

const struct js_native_row api_natives_url[] = {{"parse", native_parse, 3},
                                                {"canParse", native_can_parse, 2},
                                                {"origin", native_origin, 1},
                                                {"set", native_set, 4},
                                                {"decode", native_decode, 1},
                                                {"encode", native_encode, 1},
                                                {NULL, NULL, 0}};
