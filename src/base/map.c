#include "base/map.h"

#include "base/check.h"
#include "base/mem.h"

/* Robin-hood free linear probing with backward-shift deletion: simple, and misses end at the first empty
 * slot. */
struct slot {
    uint64_t hash; /* 0 means empty */
    void *value;
    char *key;
    size_t key_len;
};

struct map {
    struct slot *slots;
    size_t mask, count;
};

enum { FIRST_SLOTS = 16 };

struct map *map_new(void) {
    struct map *m = NEW(struct map);
    m->slots = mem_array(FIRST_SLOTS, sizeof *m->slots);
    m->mask = FIRST_SLOTS - 1;
    return m;
}

void map_free(struct map *m) {
    if (!m) return;
    for (size_t i = 0; i <= m->mask; i++) mem_free(m->slots[i].key);
    mem_free(m->slots);
    mem_free(m);
}

size_t map_count(const struct map *m) { return m->count; }

static uint64_t hash_of(struct span key) {
    uint64_t hash = span_hash(key);
    return hash ? hash : 1;
}

static struct slot *find(const struct map *m, struct span key, uint64_t hash) {
    size_t i = hash & m->mask;
    while (m->slots[i].hash) {
        struct slot *s = &m->slots[i];
        if (s->hash == hash && span_eq(span_make(s->key, s->key_len), key)) return s;
        i = (i + 1) & m->mask;
    }
    return &m->slots[i];
}

static void grow(struct map *m) {
    struct slot *old = m->slots;
    size_t old_mask = m->mask;
    m->mask = m->mask * 2 + 1;
    m->slots = mem_array(m->mask + 1, sizeof *m->slots);
    for (size_t i = 0; i <= old_mask; i++) {
        if (!old[i].hash) continue;
        size_t at = old[i].hash & m->mask;
        while (m->slots[at].hash) at = (at + 1) & m->mask;
        m->slots[at] = old[i];
    }
    mem_free(old);
}

void *map_get(const struct map *m, struct span key) { return find(m, key, hash_of(key))->value; }

void *map_put(struct map *m, struct span key, void *value) {
    check(value != NULL);
    uint64_t hash = hash_of(key);
    struct slot *s = find(m, key, hash);
    if (s->hash) {
        void *before = s->value;
        s->value = value;
        return before;
    }
    if ((m->count + 1) * 4 > (m->mask + 1) * 3) {
        grow(m);
        s = find(m, key, hash);
    }
    *s = (struct slot){hash, value, mem_cstr(key), key.len};
    m->count++;
    return NULL;
}

void *map_remove(struct map *m, struct span key) {
    struct slot *s = find(m, key, hash_of(key));
    if (!s->hash) return NULL;
    void *before = s->value;
    mem_free(s->key);
    size_t hole = (size_t)(s - m->slots);
    for (size_t i = (hole + 1) & m->mask; m->slots[i].hash; i = (i + 1) & m->mask) {
        size_t home = m->slots[i].hash & m->mask;
        if (((i - home) & m->mask) < ((i - hole) & m->mask)) continue; /* it may not move before its home */
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole] = (struct slot){0};
    m->count--;
    return before;
}

static struct span u64_key(const uint64_t *key) { return span_make(key, sizeof *key); }

void *map_get_u64(const struct map *m, uint64_t key) { return map_get(m, u64_key(&key)); }
void *map_put_u64(struct map *m, uint64_t key, void *value) { return map_put(m, u64_key(&key), value); }
void *map_remove_u64(struct map *m, uint64_t key) { return map_remove(m, u64_key(&key)); }

bool map_each(const struct map *m, size_t *at, struct span *ret_key, void **ret_value) {
    for (; *at <= m->mask; (*at)++) {
        const struct slot *s = &m->slots[*at];
        if (!s->hash) continue;
        if (ret_key) *ret_key = span_make(s->key, s->key_len);
        *ret_value = s->value;
        (*at)++;
        return true;
    }
    return false;
}
