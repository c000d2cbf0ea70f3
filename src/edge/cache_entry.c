/* How a response is kept in the cache store: see cache.h. */
#include "edge/cache.h"

enum { TIMES_BYTES = 16 };

void cache_entry_write(const struct head *response, int64_t request_s, int64_t response_s, struct buf *to) {
    int64_t times[2] = {request_s, response_s};
    size_t size = TIMES_BYTES + head_size(response);
    char *at = buf_reserve(to, size);
    memcpy(at, times, sizeof times);
    head_write(response, at + sizeof times);
    buf_added(to, size);
}

bool cache_entry_read(struct span head, struct cache_entry *ret) {
    int64_t times[2];
    struct span rest;
    if (head.len < sizeof times) return false;
    memcpy(times, head.ptr, sizeof times);
    if (head_read(span_from(head, sizeof times), ret->fields, REQUEST_FIELDS, &ret->head, &rest) || rest.len)
        return false;
    for (size_t i = 0; i < ret->head.field_count; i++) ret->fields[i].id = http_name_of(ret->fields[i].name);
    ret->list = (struct http_fields){ret->fields, ret->head.field_count, REQUEST_FIELDS};
    ret->cached = (struct http_cached){ret->head.status, &ret->list, times[0], times[1]};
    return true;
}

/* Fields, one after the other: u32 length, name, u32 length, value. */
static void put(struct buf *to, struct span s) {
    uint32_t len = (uint32_t)s.len;
    buf_add(to, span_make(&len, sizeof len));
    buf_add(to, s);
}

static bool take(struct span *from, struct span *ret) {
    uint32_t len;
    if (from->len < sizeof len) return false;
    memcpy(&len, from->ptr, sizeof len);
    if (len > from->len - sizeof len) return false;
    *ret = span_make(from->ptr + sizeof len, len);
    *from = span_make(from->ptr + sizeof len + len, from->len - sizeof len - len);
    return true;
}

void cache_variant_write(const struct http_fields *response, const struct http_fields *request,
                         struct buf *to) {
    if (!http_fields_find_id(response, HTTP_NAME_VARY)) return;
    HTTP_FIELDS_EACH(f, response) {
        if (f->id != HTTP_NAME_VARY) continue;
        put(to, f->name);
        put(to, f->value);
    }
    HTTP_FIELDS_EACH(f, request) {
        if (!http_fields_list_has(response, HTTP_NAME_VARY, f->name)) continue;
        put(to, f->name);
        put(to, f->value);
    }
}

bool cache_variant_fits(void *request, struct span variant) {
    struct http_field fields[REQUEST_FIELDS * 2];
    size_t count = 0, vary = 0;
    while (variant.len) {
        struct http_field *f = &fields[count];
        if (count == REQUEST_FIELDS * 2 || !take(&variant, &f->name) || !take(&variant, &f->value))
            return false;
        f->id = http_name_of(f->name);
        vary += f->id == HTTP_NAME_VARY && vary == count;
        count++;
    }
    if (!count) return true;
    struct http_fields response = {fields, vary, vary};
    struct http_fields stored = {fields + vary, count - vary, count - vary};
    return http_vary_matches(&response, &stored, request);
}
