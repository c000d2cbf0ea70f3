/* A head from a peer that lies: reading stays inside, and what was read is written as it was. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "link/head.h"

static bool inside(struct span part, struct span all) {
    return !part.len || (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct http_field fields[64];
    struct span all = span_make(data, size), rest;
    struct head h;
    if (head_read(all, fields, 64, &h, &rest)) return 0;
    check(inside(h.url, all) && inside(h.method, all) && inside(h.reason, all) && inside(h.extra, all));
    for (size_t i = 0; i < h.field_count; i++)
        check(inside(fields[i].name, all) && inside(fields[i].value, all));
    check(head_size(&h) + rest.len == size);
    char *again = malloc(size + 1);
    check(head_write(&h, again) == again + (size - rest.len));
    struct head second;
    struct http_field others[64];
    check(head_read(span_make(again, size - rest.len), others, 64, &second, &rest) == ERR_OK);
    check(span_eq(second.url, h.url) && second.field_count == h.field_count && second.worker == h.worker);
    free(again);
    return 0;
}
