#include "link/head.h"

#include "base/check.h"

static char *put(char *to, const void *value, size_t size) {
    memcpy(to, value, size);
    return to + size;
}
static char *put_u16(char *to, size_t value) {
    check(value <= UINT16_MAX);
    return put(to, &(uint16_t){(uint16_t)value}, 2);
}
static char *put_u32(char *to, size_t value) {
    check(value <= UINT32_MAX);
    return put(to, &(uint32_t){(uint32_t)value}, 4);
}
static char *put_span(char *to, struct span s) { return s.len ? put(to, s.ptr, s.len) : to; }

static size_t text_size(const struct head *h) {
    size_t size = h->url.len + h->method.len + h->reason.len + h->extra.len;
    for (size_t i = 0; i < h->field_count; i++) size += h->fields[i].name.len + h->fields[i].value.len;
    return size;
}

size_t head_size(const struct head *h) {
    return HEAD_FIXED_BYTES + HEAD_FIELD_BYTES * h->field_count + text_size(h);
}

char *head_write(const struct head *h, char *to) {
    to = put_u32(to, h->worker);
    to = put_u16(to, h->status);
    to = put_u16(to, h->flags);
    to = put(to, &h->body_length, 8);
    to = put_u32(to, h->url.len);
    to = put_u32(to, h->extra.len);
    to = put_u16(to, h->method.len);
    to = put_u16(to, h->reason.len);
    to = put_u16(to, h->field_count);
    to = put_u16(to, 0);
    to = put_u32(to, text_size(h));
    to = put_u32(to, 0);
    for (size_t i = 0; i < h->field_count; i++) {
        to = put_u32(to, h->fields[i].name.len);
        to = put_u32(to, h->fields[i].value.len);
    }
    to = put_span(put_span(put_span(put_span(to, h->url), h->method), h->reason), h->extra);
    for (size_t i = 0; i < h->field_count; i++)
        to = put_span(put_span(to, h->fields[i].name), h->fields[i].value);
    return to;
}

static uint16_t get_u16(const char *at) {
    uint16_t value;
    memcpy(&value, at, 2);
    return value;
}
static uint32_t get_u32(const char *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

/* Takes n bytes of *left, or says no. */
static bool take(struct span *left, size_t n, struct span *ret) {
    if (n > left->len) return false;
    *ret = span_first(*left, n);
    *left = (struct span){left->ptr + n, left->len - n};
    return true;
}

enum err head_read(struct span payload, struct http_field *fields, size_t cap, struct head *ret,
                   struct span *ret_rest) {
    struct span left = payload, fixed, table, text;
    if (!take(&left, HEAD_FIXED_BYTES, &fixed)) return ERR_INVALID;
    const char *at = fixed.ptr;
    struct head h = {.worker = get_u32(at), .status = get_u16(at + 4), .flags = get_u16(at + 6)};
    memcpy(&h.body_length, at + 8, 8);
    h.field_count = get_u16(at + 28);
    if (h.field_count > cap) return ERR_TOO_LARGE;
    if (!take(&left, h.field_count * HEAD_FIELD_BYTES, &table)) return ERR_INVALID;
    if (!take(&left, get_u32(at + 32), &text)) return ERR_INVALID;
    if (!take(&text, get_u32(at + 16), &h.url) || !take(&text, get_u16(at + 24), &h.method) ||
        !take(&text, get_u16(at + 26), &h.reason) || !take(&text, get_u32(at + 20), &h.extra))
        return ERR_INVALID;
    for (size_t i = 0; i < h.field_count; i++) {
        const char *row = table.ptr + i * HEAD_FIELD_BYTES;
        if (!take(&text, get_u32(row), &fields[i].name) || !take(&text, get_u32(row + 4), &fields[i].value))
            return ERR_INVALID;
        fields[i].id = http_name_of(fields[i].name);
    }
    if (text.len) return ERR_INVALID;
    h.fields = fields;
    *ret = h;
    *ret_rest = left;
    return ERR_OK;
}
