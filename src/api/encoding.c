/* The C side of encoding.js: text/utf8.h and text/decoder.h. */
#include "api/builtins.h"
#include "api/scratch.h"
#include "base/mem.h"
#include "text/decoder.h"
#include "text/utf8.h"

static const struct js_kind decoder_kind = {"TextDecoder", mem_free};

/* encode(string) -> ArrayBuffer of its UTF-8 */
static JS_NATIVE(native_encode) {
    struct js_chars s;
    if (argc < 1 || !js_chars_open(c, argv[0], &s, exc)) return NULL;
    size_t len = js_chars_utf8_len(&s);
    char *room = malloc(len ? len : 1);
    if (room) js_chars_utf8(&s, room);
    js_chars_close(&s);
    if (!room) return js_throw_range(c, exc, "Out of memory");
    return js_buffer_take_malloc(c, room, len, exc);
}

/* utf8Length(string) -> bytes that it takes in UTF-8 */
static JS_NATIVE(native_utf8_length) {
    struct js_chars s;
    if (argc < 1 || !js_chars_open(c, argv[0], &s, exc)) return NULL;
    size_t len = js_chars_utf8_len(&s);
    js_chars_close(&s);
    return js_number(c, (double)len);
}
JS_DIRECT(native_utf8_length)

/* Whole code points of Latin-1 text, as many as fit. */
static size_t latin1_some(const uint8_t *from, size_t count, char *to, size_t cap, size_t *ret_read) {
    size_t i = 0, n = 0;
    for (; i < count; i++) {
        uint8_t b = from[i];
        if (n + (b < 0x80 ? 1 : 2) > cap) break;
        if (b < 0x80) {
            to[n++] = (char)b;
        } else {
            to[n++] = (char)(0xC0 | b >> 6);
            to[n++] = (char)(0x80 | (b & 0x3F));
        }
    }
    *ret_read = i;
    return n;
}

/* encodeInto(string, view, Float64Array result): result[0] code units read, result[1] bytes written */
static JS_NATIVE(native_encode_into) {
    struct js_chars s;
    char *to, *result;
    size_t cap, result_len, read = 0, written = 0;
    if (argc < 3 || !js_bytes_writable(c, argv[2], &result, &result_len, exc)) return NULL;
    if (result_len < 2 * sizeof(double)) return js_throw_type(c, exc, "encodeInto: no room for the result");
    if (!js_chars_open(c, argv[0], &s, exc)) return NULL;
    if (js_bytes_writable(c, argv[1], &to, &cap, exc)) {
        if (s.latin1)
            written = latin1_some(s.latin1, s.count, to, cap, &read);
        else
            written = utf16_to_utf8_some(s.utf16, s.count, to, cap, &read);
        double pair[2] = {(double)read, (double)written};
        memcpy(result, pair, sizeof pair);
    }
    js_chars_close(&s);
    return NULL;
}
JS_DIRECT(native_encode_into)

/* decode(bytes, fatal, keep BOM) -> string, null when fatal and malformed: UTF-8 that is there as a whole */
static JS_NATIVE(native_decode) {
    struct span s;
    if (argc < 3 || !js_bytes_of(c, argv[0], &s, exc)) return NULL;
    if (js_to_bool(c, argv[1]) && !utf8_valid(s)) return js_null(c);
    if (!js_to_bool(c, argv[2]) && span_starts(s, SPAN("\xEF\xBB\xBF"))) s = span_from(s, 3);
    return js_str(c, s);
}
JS_DIRECT(native_decode)

/* encodingOf(label) -> number, undefined when it is none that text can be decoded by */
static JS_NATIVE(native_encoding_of) {
    SCRATCH(room);
    struct span label;
    enum text_encoding encoding;
    bool known = scratch_utf8(c, &room, js_arg(c, argc, argv, 0), &label, exc) &&
                 text_encoding_of(label, &encoding) && encoding != TEXT_REPLACEMENT;
    scratch_free(&room);
    return known ? js_int(c, (int32_t)encoding) : js_undefined(c);
}

/* encodingName(number) -> string */
static JS_NATIVE(native_encoding_name) {
    int32_t encoding;
    if (!js_arg_int(c, argc, argv, 0, &encoding, exc)) return NULL;
    if (encoding < 0 || encoding >= TEXT_ENCODING_COUNT) return js_throw_range(c, exc, "no such encoding");
    return js_str(c, span_of(text_encoding_name((enum text_encoding)encoding)));
}

/* decoder(encoding number, fatal, keep BOM) -> handle */
static JS_NATIVE(native_decoder) {
    double encoding;
    if (argc < 3 || !js_to_number(c, argv[0], &encoding, exc)) return NULL;
    if (!(encoding >= 0 && encoding < TEXT_ENCODING_COUNT)) return js_throw_range(c, exc, "no such encoding");
    struct decoder *d = NEW(struct decoder);
    decoder_init(d, (enum text_encoding)encoding, js_to_bool(c, argv[1]), js_to_bool(c, argv[2]));
    return js_handle_new(c, &decoder_kind, d);
}

/* decodeMore(handle, bytes, last) -> string, null when fatal and malformed */
static JS_NATIVE(native_decode_more) {
    struct decoder *d = argc < 3 ? NULL : js_handle_get(c, argv[0], &decoder_kind);
    struct span s;
    if (!d) return js_throw_type(c, exc, "Illegal invocation");
    if (!js_bytes_of(c, argv[1], &s, exc)) return NULL;
    SCRATCH(room);
    js_val result = js_null(c);
    uint16_t *units = (uint16_t *)(void *)scratch_get(c, &room, decoder_room(d, s.len) * sizeof *units, exc);
    size_t count;
    if (units && decoder_add(d, s, js_to_bool(c, argv[2]), units, &count) == ERR_OK)
        result = js_str_utf16(c, units, count);
    scratch_free(&room);
    return *exc ? NULL : result;
}

const struct js_native_row api_natives_encoding[] = {
    {"encode", native_encode, 1},
    {"utf8Length", native_utf8_length, 1, JS_DIRECT_OF(native_utf8_length)},
    {"encodeInto", native_encode_into, 3, JS_DIRECT_OF(native_encode_into)},
    {"decode", native_decode, 3, JS_DIRECT_OF(native_decode)},
    {"decoder", native_decoder, 3},
    {"decodeMore", native_decode_more, 3},
    {"encodingOf", native_encoding_of, 1},
    {"encodingName", native_encoding_name, 1},
    {NULL, NULL, 0}};
