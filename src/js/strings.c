#include "js/room.h"

#include "base/check.h"
#include "base/mem.h"
#include "text/utf8.h"

/* Into the engine: ASCII and Latin-1 become 8-bit strings (half the memory, and property names are that) by one copy. Where
 * that way is closed (js_caps.narrow_strings), only short ASCII does: the engine's own UTF-8 conversion is slow (1.5 ns a
 * byte). Everything else is converted here and handed over as UTF-16. */

enum { SHORT_BYTES = 64, STACK_UNITS = 1024 };

JSStringRef jsc_string_utf16(const uint16_t *units, size_t count) {
    return JSStringCreateWithCharacters(units, count);
}

JSStringRef jsc_string(struct span utf8) {
    if (js_caps.narrow_strings && utf8.len && utf8_is_ascii(utf8)) return direct_narrow(utf8);
    if (utf8.len <= SHORT_BYTES && utf8_is_ascii(utf8) && (!utf8.len || !memchr(utf8.ptr, 0, utf8.len))) {
        char text[SHORT_BYTES + 1];
        if (utf8.len) memcpy(text, utf8.ptr, utf8.len);
        text[utf8.len] = 0;
        return JSStringCreateWithUTF8CString(text);
    }
    uint16_t stack[STACK_UNITS];
    uint16_t *units = utf8.len <= STACK_UNITS ? stack : mem_array(utf8.len, sizeof *units);
    JSStringRef made = jsc_string_utf16(units, utf8_to_utf16(utf8, units));
    if (units != stack) mem_free(units);
    return made;
}

static js_val value_of(js_ctx c, JSStringRef text) {
    js_val v = JSValueMakeString(c, text);
    JSStringRelease(text);
    return v;
}

js_val js_str(js_ctx c, struct span utf8) { return value_of(c, jsc_string(utf8)); }
js_val js_str_name(js_ctx c, enum js_name name) { return JSValueMakeString(c, js_engine.names[name]); }
js_val js_str_utf16(js_ctx c, const uint16_t *units, size_t count) {
    return value_of(c, jsc_string_utf16(units, count));
}

js_val js_str_latin1(js_ctx c, struct span latin1) {
    if (js_caps.narrow_strings && latin1.len) return value_of(c, direct_narrow(latin1));
    if (utf8_is_ascii(latin1)) return js_str(c, latin1);
    uint16_t stack[STACK_UNITS];
    uint16_t *units = latin1.len <= STACK_UNITS ? stack : mem_array(latin1.len, sizeof *units);
    latin1_to_utf16(latin1, units);
    js_val v = js_str_utf16(c, units, latin1.len);
    if (units != stack) mem_free(units);
    return v;
}

/* --- Out ------------------------------------------------------------------------------------------------------- */

/* The engine's inside, as engine.c has found it to be: see test_string_layout there. */
struct string_impl {
    uint32_t references, length;
    const void *data;
    uint32_t flags;
};
enum { STRING_IS_8_BIT = 4 };

static void look_at(const struct string_impl *impl, struct js_chars *s) {
    bool narrow = impl->flags & STRING_IS_8_BIT;
    s->count = impl->length;
    s->latin1 = narrow ? impl->data : NULL;
    s->utf16 = narrow ? NULL : impl->data;
}

bool js_chars_look(struct js_chars *s) {
    s->count = JSStringGetLength(s->held);
    s->latin1 = NULL;
    s->utf16 = NULL;
    if (!js_caps.string_layout || s->count == 0) {
        s->utf16 = JSStringGetCharactersPtr(s->held);
        return true;
    }
    const struct string_impl *impl;
    memcpy(&impl, (const char *)s->held + 8, sizeof impl);
    if (!impl || impl->length != s->count)
        return false; /* cannot happen after the self-test; in it, it may */
    look_at(impl, s);
    return true;
}

bool js_chars_in_place(js_val v, struct js_chars *ret) {
    const struct string_impl *impl;
    if (!js_caps.string_cell || !js_is_cell(v) || ((const unsigned char *)v)[5] != js_caps.string_type)
        return false;
    memcpy(&impl, (const char *)v + 8, sizeof impl);
    if (!impl || ((uintptr_t)impl & 7)) return false; /* a rope */
    *ret = (struct js_chars){0};
    return look_at(impl, ret), true;
}

bool js_chars_open(js_ctx c, js_val v, struct js_chars *ret, js_val *exc) {
    if (js_chars_in_place(v, ret)) return true;
    JSStringRef held = JSValueToStringCopy(c, v, exc);
    if (!held) {
        if (!*exc) js_throw_range(c, exc, "the string is too long");
        return false;
    }
    struct js_chars s = {.held = held};
    check(js_chars_look(&s));
    return *ret = s, true;
}

void js_chars_close(struct js_chars *s) {
    if (s->held) JSStringRelease(s->held);
    *s = (struct js_chars){0};
}

size_t js_chars_utf8_len(const struct js_chars *s) {
    return s->latin1 ? latin1_to_utf8_length(span_make(s->latin1, s->count))
                     : utf16_to_utf8_length(s->utf16, s->count);
}

size_t js_chars_utf8(const struct js_chars *s, char *room) {
    return s->latin1 ? latin1_to_utf8(span_make(s->latin1, s->count), room)
                     : utf16_to_utf8(s->utf16, s->count, room);
}

bool js_to_utf8_arena(js_ctx c, js_val v, struct arena *a, struct span *ret, js_val *exc) {
    struct js_chars s;
    if (!js_chars_open(c, v, &s, exc)) return false;
    size_t len = js_chars_utf8_len(&s);
    char *room = arena_alloc(a, len + 1);
    check(js_chars_utf8(&s, room) == len);
    room[len] = 0;
    js_chars_close(&s);
    return *ret = span_make(room, len), true;
}

bool js_to_utf8_buf(js_ctx c, js_val v, struct buf *append_to, js_val *exc) {
    struct js_chars s;
    if (!js_chars_open(c, v, &s, exc)) return false;
    char *room = buf_reserve(append_to, js_chars_utf8_len(&s));
    buf_added(append_to, js_chars_utf8(&s, room));
    js_chars_close(&s);
    return true;
}

bool js_to_utf8(js_ctx c, js_val v, char *room, size_t cap, struct span *ret, js_val *exc) {
    struct js_chars s;
    if (!js_chars_open(c, v, &s, exc)) return false;
    size_t len = js_chars_utf8_len(&s);
    bool fits = len < cap;
    if (fits) room[js_chars_utf8(&s, room)] = 0;
    js_chars_close(&s);
    if (!fits) return js_throw_range(c, exc, "the text takes more than %zu bytes", cap ? cap - 1 : 0), false;
    return *ret = span_make(room, len), true;
}

static bool units_to_latin1(const uint16_t *units, size_t count, char *room) {
    uint16_t all = 0;
    for (size_t i = 0; i < count; i++) {
        all |= units[i];
        room[i] = (char)units[i];
    }
    return all < 256;
}

bool js_to_latin1_buf(js_ctx c, js_val v, struct buf *append_to, js_val *exc) {
    struct js_chars s;
    if (!js_chars_open(c, v, &s, exc)) return false;
    char *room = buf_reserve(append_to, s.count);
    bool fits = true;
    if (s.latin1)
        memcpy(room, s.latin1, s.count);
    else
        fits = units_to_latin1(s.utf16, s.count, room);
    if (fits) buf_added(append_to, s.count);
    js_chars_close(&s);
    if (!fits) js_throw_type(c, exc, "the string has a character that does not fit into one byte");
    return fits;
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

js_val js_json_parse(js_ctx c, struct span utf8, js_val *exc) {
    JSStringRef text = jsc_string(utf8);
    js_val v = JSValueMakeFromJSONString(c, text);
    JSStringRelease(text);
    return v ? v : js_throw(c, exc, JS_SYNTAX_ERROR, "the text is not JSON");
}

bool js_json_stringify(js_ctx c, js_val v, struct buf *append_to, js_val *exc) {
    JSStringRef text = JSValueCreateJSONString(c, v, 0, exc);
    if (!text) {
        if (!*exc) js_throw_type(c, exc, "the value has no JSON form");
        return false;
    }
    struct js_chars s = {.held = text};
    check(js_chars_look(&s));
    char *room = buf_reserve(append_to, js_chars_utf8_len(&s));
    buf_added(append_to, js_chars_utf8(&s, room));
    js_chars_close(&s);
    return true;
}
