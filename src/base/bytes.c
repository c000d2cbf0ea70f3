#include "base/bytes.h"

#include <stdatomic.h>

#include "base/check.h"
#include "base/mem.h"

struct bytes {
    atomic_size_t refs;
    size_t len;
    char data[];
};

struct bytes *bytes_new(size_t len, char **ret_data) {
    struct bytes *b = mem_resize(NULL, sizeof *b + len);
    atomic_init(&b->refs, 1);
    b->len = len;
    *ret_data = b->data;
    return b;
}

struct bytes *bytes_copy(struct span s) {
    char *data;
    struct bytes *b = bytes_new(s.len, &data);
    if (s.len) memcpy(data, s.ptr, s.len);
    return b;
}

struct bytes *bytes_ref(struct bytes *b) {
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void bytes_unref(struct bytes *b) {
    if (!b) return;
    size_t before = atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel);
    check(before > 0);
    if (before == 1) mem_free(b);
}

struct span bytes_span(const struct bytes *b) {
    return span_make(b->data, b->len);
}
