#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

char *buf_reserve(struct buf *b, size_t more) {
    check(more < SIZE_MAX / 4);
    if (!b->ptr || b->cap - b->len < more) { /* never NULL, even for nothing */
        size_t cap = b->cap ? b->cap * 2 : 256;
        while (cap - b->len < more) cap *= 2;
        b->ptr = mem_resize(b->ptr, cap);
        b->cap = cap;
    }
    return b->ptr + b->len;
}

void buf_add(struct buf *b, struct span s) {
    if (s.len == 0) return;
    memcpy(buf_reserve(b, s.len), s.ptr, s.len);
    b->len += s.len;
}

void buf_add_char(struct buf *b, char c) {
    *buf_reserve(b, 1) = c;
    b->len++;
}

void buf_add_u64(struct buf *b, uint64_t value) {
    char digits[20];
    size_t n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    char *at = buf_reserve(b, n);
    for (size_t i = 0; i < n; i++) at[i] = digits[n - 1 - i];
    b->len += n;
}

void buf_printf(struct buf *b, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    check(len >= 0);
    vsnprintf(buf_reserve(b, (size_t)len + 1), (size_t)len + 1, format, again);
    va_end(again);
    b->len += (size_t)len;
}

void buf_drop(struct buf *b, size_t n) {
    check(n <= b->len);
    if (n == 0) return;
    memmove(b->ptr, b->ptr + n, b->len - n);
    b->len -= n;
}

const char *buf_cstr(struct buf *b) {
    *buf_reserve(b, 1) = 0;
    return b->ptr;
}

void buf_free(struct buf *b) {
    mem_free(b->ptr);
    *b = BUF_INIT;
}
