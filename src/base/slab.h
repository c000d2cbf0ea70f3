/* A slab: a table of things that are named by a 64-bit handle instead of a pointer, so that a stale or forged
 * handle (a late message, a peer that lies) finds nothing rather than freed memory. Handle = generation << 32
 * | index; never 0. O(1), one owner. Values are the caller's. */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "base/span.h"

struct slab_slot;

struct slab {
    struct slab_slot *slots;
    uint32_t cap, count, free_first;
};

#define SLAB_INIT ((struct slab){0})

/* value must not be NULL. */
uint64_t slab_add(struct slab *s, void *value);
/* NULL when the handle names nothing any more. */
void *slab_get(const struct slab *s, uint64_t handle);
void *slab_remove(struct slab *s, uint64_t handle);
/* uint32_t at = 0; while ((p = slab_each(s, &at))) ...; removing the one just returned is fine. */
void *slab_each(const struct slab *s, uint32_t *at);
void slab_free(struct slab *s);

#endif
