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
    n += h->url.len + h->method.len + h->reason.len + h->extra.len;
    for (size_t i = 0; i < h->field_count; i++) n += h->fields[i].name.len + h->fields[i].value.len;
    return n;
}

uint32_t head_pack(const struct head *h, unsigned body_kind, struct buf *to) {
    uint16_t *start = (uint16_t *)(void *)buf_reserve(to, units_at_most(h) * 2), *at = start;
    *at++ = (uint16_t)h->field_count;
    at = put_u32(at, h->url.len);
    *at++ = (uint16_t)h->method.len;
    *at++ = (uint16_t)h->reason.len;
    uint16_t *extra_len = at;
    at += 2;
    *at++ = h->status;
    *at++ = h->flags;
    *at++ = (uint16_t)body_kind;
    at = put_u64(at, h->body_length);
    uint16_t *row = at;
    at += PACKED_FIELD * h->field_count;
    at = put_text(put_text(put_text(at, h->url), h->method), h->reason);
    size_t extra = utf8_to_utf16(h->extra, at);
    put_u32(extra_len, extra);
    at += extra;
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
