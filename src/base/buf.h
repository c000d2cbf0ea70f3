/* A growing byte buffer with one owner. Bytes are appended at the end and taken from the front. Not
 * thread-safe. Pointers into it are valid until the next call that may grow it. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
    char *ptr;
    size_t len, cap;
};

#define BUF_INIT ((struct buf){0})

static inline struct span buf_span(const struct buf *b) { return (struct span){b->ptr, b->len}; }

/* Room for at least `more` bytes after len; returns where they start. Then set len yourself (buf_added). */
char *buf_reserve(struct buf *b, size_t more);
static inline void buf_added(struct buf *b, size_t n) { b->len += n; }
void buf_add(struct buf *b, struct span s);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t value); /* decimal */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops n bytes (<= len) from the front; moves the rest. */
void buf_drop(struct buf *b, size_t n);
/* Appends a NUL that is not counted in len, and returns ptr. */
const char *buf_cstr(struct buf *b);
void buf_free(struct buf *b);

#define buf_lit(b, literal) buf_add((b), SPAN(literal))

#endif
