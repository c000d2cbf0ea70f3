#include "conf/json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "text/utf8.h"

enum { DEPTH_MAX = 127 };

static bool get(const struct json_writer *w, const uint64_t bits[2]) {
    return bits[w->depth / 64] >> (w->depth % 64) & 1;
}

static void set(const struct json_writer *w, uint64_t bits[2], bool on) {
    uint64_t bit = (uint64_t)1 << (w->depth % 64);
    bits[w->depth / 64] = on ? bits[w->depth / 64] | bit : bits[w->depth / 64] & ~bit;
}

/* What goes before a value: a comma in an array, nothing after a key. */
static void before_value(struct json_writer *w) {
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    check(!get(w, w->is_object));                 /* a value in an object needs a key */
    check(w->depth > 0 || !get(w, w->has_items)); /* one value at the top */
    if (get(w, w->has_items)) buf_add_char(w->out, ',');
    set(w, w->has_items, true);
}

static void begin(struct json_writer *w, char opening, bool object) {
    before_value(w);
    check(w->depth < DEPTH_MAX);
    w->depth++;
    set(w, w->has_items, false);
    set(w, w->is_object, object);
    buf_add_char(w->out, opening);
}

static void end(struct json_writer *w, char closing, bool object) {
    check(w->depth > 0 && !w->after_key && get(w, w->is_object) == object);
    w->depth--;
    buf_add_char(w->out, closing);
}

void json_begin_object(struct json_writer *w) { begin(w, '{', true); }
void json_end_object(struct json_writer *w) { end(w, '}', true); }
void json_begin_array(struct json_writer *w) { begin(w, '[', false); }
void json_end_array(struct json_writer *w) { end(w, ']', false); }

void json_key(struct json_writer *w, struct span key) {
    check(get(w, w->is_object) && !w->after_key);
    if (get(w, w->has_items)) buf_add_char(w->out, ',');
    set(w, w->has_items, true);
    json_quote(w->out, key);
    buf_add_char(w->out, ':');
    w->after_key = true;
}

static void add_escape(struct buf *out, unsigned char c) {
    static const char names[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *name = c ? strchr(names, c) : NULL;
    if (!name) {
        buf_printf(out, "\\u%04x", c);
        return;
    }
    buf_add_char(out, '\\');
    buf_add_char(out, letters[name - names]);
}

/* Valid UTF-8. */
static void add_escaped(struct buf *out, struct span text) {
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        buf_add(out, span_make(text.ptr + from, i - from));
        add_escape(out, c);
        from = i + 1;
    }
    buf_add(out, span_from(text, from));
}

void json_quote(struct buf *out, struct span text) {
    buf_add_char(out, '"');
    if (utf8_valid(text)) {
        add_escaped(out, text);
    } else {
        struct buf fixed = BUF_INIT;
        buf_added(&fixed, utf8_to_utf8(text, buf_reserve(&fixed, text.len * 3)));
        add_escaped(out, buf_span(&fixed));
        buf_free(&fixed);
    }
    buf_add_char(out, '"');
}

void json_string(struct json_writer *w, struct span text) {
    before_value(w);
    json_quote(w->out, text);
}

void json_integer(struct json_writer *w, int64_t value) {
    before_value(w);
    buf_printf(w->out, "%lld", (long long)value);
}

void json_float(struct json_writer *w, double value) {
    char text[40] = "null";
    before_value(w);
    for (int digits = 15; isfinite(value) && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    buf_add(w->out, span_of(text));
}

void json_bool(struct json_writer *w, bool value) {
    before_value(w);
    buf_add(w->out, value ? SPAN("true") : SPAN("false"));
}

void json_null(struct json_writer *w) {
    before_value(w);
    buf_lit(w->out, "null");
}

void json_raw(struct json_writer *w, struct span json) {
    before_value(w);
    buf_add(w->out, json);
}

void json_conf(struct json_writer *w, const struct conf *value) {
    switch (value->type) {
    case CONF_NULL: json_null(w); break;
    case CONF_BOOL: json_bool(w, value->boolean); break;
    case CONF_INTEGER: json_integer(w, value->integer); break;
    case CONF_FLOAT: json_float(w, value->number); break;
    case CONF_STRING:
    case CONF_DATETIME: json_string(w, value->text); break;
    case CONF_ARRAY:
        json_begin_array(w);
        CONF_EACH(item, value) json_conf(w, item);
        json_end_array(w);
        break;
    case CONF_TABLE:
        json_begin_object(w);
        CONF_EACH(item, value) {
            json_key(w, item->key);
            json_conf(w, item);
        }
        json_end_object(w);
        break;
    }
}
