/* An arena: many allocations with one lifetime (a request, a parsed file), freed whole. Not thread-safe: it
 * belongs to whoever owns the lifetime. Memory is not zeroed. Blocks grow geometrically from `first_bytes`.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_block;

/* Embed it or put it on the stack; ARENA_INIT is empty and owns nothing yet. */
struct arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;
    size_t used_bytes; /* sum of what was asked for: callers bound it */
};

#define ARENA_INIT ((struct arena){0})

/* 16-byte aligned. Never fails (base/mem.h). */
void *arena_alloc(struct arena *a, size_t size_bytes);
void *arena_zero(struct arena *a, size_t size_bytes);
/* Copies; the result is followed by a NUL so that it may cross the border of the OS. */
struct span arena_copy(struct arena *a, struct span s);
struct span arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Empties it but keeps one block for reuse. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_zero((a), sizeof(type)))

#endif
