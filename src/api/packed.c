#include "api/packed.h"

#include "text/utf8.h"

static uint16_t *put_u32(uint16_t *at, size_t n) {
    *at++ = (uint16_t)n;
    *at++ = (uint16_t)(n >> 16);
    return at;
}
static uint16_t *put_u64(uint16_t *at, uint64_t n) { return put_u32(put_u32(at, n & 0xFFFFFFFF), n >> 32); }

static uint16_t *put_text(uint16_t *at, struct span s) {
    latin1_to_utf16(s, at);
    return at + s.len;
}

/* The name in lower case, and its hash. */
static uint16_t *put_name(uint16_t *at, struct span name, uint16_t *ret_hash) {
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char ch = (unsigned char)ascii_lower(name.ptr[i]);
        hash = (hash ^ ch) * 0x01000193;
        *at++ = ch;
    }
    *ret_hash = (uint16_t)(hash ^ hash >> 16);
    return at;
}

static size_t units_at_most(const struct head *h) {
    size_t n = PACKED_FIXED + PACKED_FIELD * h->field_count;
    n += h->url.len + h->method.len + h->reason.len;
    for (size_t i = 0; i < h->field_count; i++) n += h->fields[i].name.len + h->fields[i].value.len;
    return n;
}

uint32_t head_pack(const struct head *h, unsigned body_kind, struct buf *to) {
    uint16_t *start = (uint16_t *)(void *)buf_reserve(to, units_at_most(h) * 2), *at = start;
    *at++ = (uint16_t)h->field_count;
    at = put_u32(at, h->url.len);
    *at++ = (uint16_t)h->method.len;
    *at++ = (uint16_t)h->reason.len;
    *at++ = h->status;
    *at++ = h->flags;
    *at++ = (uint16_t)body_kind;
    at = put_u64(at, h->body_length);
    uint16_t *row = at;
    at += PACKED_FIELD * h->field_count;
    at = put_text(put_text(put_text(at, h->url), h->method), h->reason);
    for (size_t i = 0; i < h->field_count; i++, row += PACKED_FIELD) {
        row[0] = (uint16_t)h->fields[i].name.len;
        put_u32(row + 1, h->fields[i].value.len);
        at = put_name(at, h->fields[i].name, row + 3);
        at = put_text(at, h->fields[i].value);
    }
    uint32_t offset = (uint32_t)(to->len / 2);
    buf_added(to, (size_t)(at - start) * 2);
    return offset;
}

static size_t get_u32(const uint16_t *at) { return at[0] | (size_t)at[1] << 16; }

/* `units` of *text as bytes at *to, or says no. */
static bool take(const uint16_t **text, size_t *left, size_t units, char **to, struct span *ret) {
    if (units > *left) return false;
    for (size_t i = 0; i < units; i++) (*to)[i] = (char)(*text)[i];
    *ret = span_make(*to, units);
    *to += units;
    *text += units;
    *left -= units;
    return true;
}

bool head_unpack(const uint16_t *text, size_t count, size_t at, struct arena *a, struct http_field *fields,
                 size_t cap, struct head *ret) {
    struct span skipped;
    if (at > count || count - at < PACKED_FIXED) return false;
    const uint16_t *head = text + at, *row = head + PACKED_FIXED;
    size_t n = head[0], left = count - at - PACKED_FIXED;
    if (n > cap || left < n * PACKED_FIELD) return false;
    const uint16_t *from = row + n * PACKED_FIELD;
    left -= n * PACKED_FIELD;
    size_t total = get_u32(head + 1) + head[3] + head[4];
    for (size_t i = 0; i < n; i++) total += row[i * PACKED_FIELD] + get_u32(row + i * PACKED_FIELD + 1);
    if (total > left) return false;
    char *to = arena_alloc(a, total + 1);
    *ret = (struct head){.fields = fields, .field_count = n};
    if (!take(&from, &left, get_u32(head + 1), &to, &ret->url) ||
        !take(&from, &left, head[3], &to, &ret->method) || !take(&from, &left, head[4], &to, &skipped))
        return false;
    for (size_t i = 0; i < n; i++, row += PACKED_FIELD) {
        if (!take(&from, &left, row[0], &to, &fields[i].name) ||
            !take(&from, &left, get_u32(row + 1), &to, &fields[i].value))
            return false;
        fields[i].id = HTTP_NAME_OTHER;
    }
    return true;
}

bool body_pack(struct span body, struct buf *to) {
    if (body.len > PACKED_BODY_MAX || !utf8_is_ascii(body)) return false;
    put_text((uint16_t *)(void *)buf_reserve(to, body.len * 2), body);
    buf_added(to, body.len * 2);
    return true;
}

uint32_t scheduled_pack(uint64_t time_ms, struct span cron, struct buf *to) {
    if (cron.len > UINT16_MAX) cron.len = UINT16_MAX;
    uint16_t *start = (uint16_t *)(void *)buf_reserve(to, (5 + cron.len) * 2), *at = put_u64(start, time_ms);
    uint32_t offset = (uint32_t)(to->len / 2);
    uint16_t *length = at++;
    size_t units = utf8_to_utf16(cron, at);
    *length = (uint16_t)units;
    buf_added(to, (5 + units) * 2);
    return offset;
}
