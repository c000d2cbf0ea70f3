/* atob() and btoa(): strings whose characters are bytes. Both natives give null for what they cannot convert; the
 * JavaScript side makes the DOMException. */
#include "text/base64.h"
#include "api/builtins.h"
#include "api/scratch.h"

/* One byte a character; false when a character does not fit. `room` has s->count bytes. */
static bool narrow(const struct js_chars *s, char *room) {
    if (s->latin1) {
        memcpy(room, s->latin1, s->count);
        return true;
    }
    uint16_t all = 0;
    for (size_t i = 0; i < s->count; i++) {
        all |= s->utf16[i];
        room[i] = (char)s->utf16[i];
    }
    return all < 0x100;
}

/* The characters as bytes. False with *exc unset: some are above U+00FF. */
static bool bytes_of(js_ctx c, js_val v, struct scratch *room, struct span *ret, js_val *exc) {
    struct js_chars s;
    if (!js_chars_open(c, v, &s, exc)) return false;
    char *to = scratch_get(c, room, s.count + 1, exc);
    bool fits = to && narrow(&s, to);
    if (fits) *ret = span_make(to, s.count);
    js_chars_close(&s);
    return fits;
}

static JS_NATIVE(native_decode) {
    SCRATCH(room);
    SCRATCH(out);
    struct span text = SPAN_NONE;
    js_val result = js_null(c);
    if (argc > 0 && bytes_of(c, argv[0], &room, &text, exc)) {
        char *to = scratch_get(c, &out, base64_decoded_max(text.len), exc);
        size_t n;
        if (to && base64_decode(text, to, &n) == ERR_OK) result = js_str_latin1(c, span_make(to, n));
    }
    scratch_free(&out);
    scratch_free(&room);
    return *exc ? NULL : result;
}

static JS_NATIVE(native_encode) {
    SCRATCH(room);
    SCRATCH(out);
    struct span bytes = SPAN_NONE;
    js_val result = js_null(c);
    if (argc > 0 && bytes_of(c, argv[0], &room, &bytes, exc)) {
        char *to = scratch_get(c, &out, base64_encoded_length(bytes.len) + 1, exc);
        if (to) result = js_str_latin1(c, span_make(to, base64_encode(bytes, to)));
    }
    scratch_free(&out);
    scratch_free(&room);
    return *exc ? NULL : result;
}

const struct js_native_row api_natives_base64[] = {
    {"decode", native_decode, 1}, {"encode", native_encode, 1}, {NULL, NULL, 0}};
