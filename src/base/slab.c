#include "base/slab.h"

#include "base/check.h"
#include "base/mem.h"

struct slab_slot {
    void *value; /* NULL when free */
    uint32_t generation;
    uint32_t next_free; /* index + 1; 0 ends the list */
};

static void grow(struct slab *s) {
    uint32_t cap = s->cap ? s->cap * 2 : 64;
    check(cap > s->cap);
    s->slots = mem_resize(s->slots, cap * sizeof *s->slots);
    for (uint32_t i = s->cap; i < cap; i++)
        s->slots[i] = (struct slab_slot){NULL, 1, i + 1 < cap ? i + 2 : s->free_first};
    s->free_first = s->cap + 1;
    s->cap = cap;
}

uint64_t slab_add(struct slab *s, void *value) {
    check(value != NULL);
    if (!s->free_first) grow(s);
    uint32_t index = s->free_first - 1;
    struct slab_slot *slot = &s->slots[index];
    s->free_first = slot->next_free;
    slot->value = value;
    s->count++;
    return (uint64_t)slot->generation << 32 | index;
}

static struct slab_slot *find(const struct slab *s, uint64_t handle) {
    uint32_t index = (uint32_t)handle;
    if (index >= s->cap) return NULL;
    struct slab_slot *slot = &s->slots[index];
    return slot->value && slot->generation == handle >> 32 ? slot : NULL;
}

void *slab_get(const struct slab *s, uint64_t handle) {
    struct slab_slot *slot = find(s, handle);
    return slot ? slot->value : NULL;
}

void *slab_remove(struct slab *s, uint64_t handle) {
    struct slab_slot *slot = find(s, handle);
    if (!slot) return NULL;
    void *value = slot->value;
    slot->value = NULL;
    slot->generation =
        slot->generation == 0x7fffffff ? 1 : slot->generation + 1; /* top bit stays the caller's */
    slot->next_free = s->free_first;
    s->free_first = (uint32_t)(slot - s->slots) + 1;
    s->count--;
    return value;
}

void *slab_each(const struct slab *s, uint32_t *at) {
    while (*at < s->cap) {
        void *value = s->slots[(*at)++].value;
        if (value) return value;
    }
    return NULL;
}

void slab_free(struct slab *s) {
    mem_free(s->slots);
    *s = SLAB_INIT;
}
