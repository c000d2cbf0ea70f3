#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

enum { FIRST_BYTES = 2048, MOST_BYTES = 256 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size_bytes;
    _Alignas(16) char data[];
};

static void add_block(struct arena *a, size_t need_bytes) {
    size_t size = a->blocks ? a->blocks->size_bytes * 2 : FIRST_BYTES;
    if (size > MOST_BYTES) size = MOST_BYTES;
    if (size < need_bytes) size = need_bytes;
    struct arena_block *block = mem_resize(NULL, sizeof *block + size);
    block->next = a->blocks;
    block->size_bytes = size;
    a->blocks = block;
    a->at = block->data;
    a->end = block->data + size;
}

void *arena_alloc(struct arena *a, size_t size_bytes) {
    check(size_bytes < SIZE_MAX / 2);
    size_t rounded = (size_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (rounded == 0) rounded = ALIGN;
    if ((size_t)(a->end - a->at) < rounded) add_block(a, rounded);
    void *ptr = a->at;
    a->at += rounded;
    a->used_bytes += size_bytes;
    return ptr;
}

void *arena_zero(struct arena *a, size_t size_bytes) {
    return memset(arena_alloc(a, size_bytes), 0, size_bytes);
}

struct span arena_copy(struct arena *a, struct span s) {
    char *copy = arena_alloc(a, s.len + 1);
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = 0;
    return span_make(copy, s.len);
}

struct span arena_printf(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    check(len >= 0);
    char *text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return span_make(text, (size_t)len);
}

void arena_reset(struct arena *a) {
    struct arena_block *keep = a->blocks;
    if (!keep) return;
    for (struct arena_block *b = keep->next, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    keep->next = NULL;
    a->at = keep->data;
    a->end = keep->data + keep->size_bytes;
    a->used_bytes = 0;
}

void arena_free(struct arena *a) {
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    *a = ARENA_INIT;
}
