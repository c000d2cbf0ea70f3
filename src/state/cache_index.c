/* The index and the two SIEVE queues. Everything here runs under the store's lock. */
#include "base/check.h"
#include "base/mem.h"
#include "state/cache_object.h"

/* Seeded, since names come from clients: they must not be able to choose colliding ones. */
uint64_t cache_hash(const struct cache_store *s, struct cache_key key) {
    uint64_t parts[3] = {s->seed, span_hash(key.zone), 0};
    uint64_t a = s->seed ^ key.name.len, b = ~s->seed;
    const char *p = key.name.ptr;
    size_t left = key.name.len;
    for (; left > 0; p += left < 8 ? left : 8, left -= left < 8 ? left : 8) {
        uint64_t word = 0;
        memcpy(&word, p, left < 8 ? left : 8);
        __uint128_t product = (__uint128_t)(a ^ word) * (b | 1);
        a = (uint64_t)product ^ (uint64_t)(product >> 64) ^ s->seed;
        b += 0x9e3779b97f4a7c15u ^ a;
    }
    parts[2] = a ^ b;
    uint64_t hash = span_hash(span_make(parts, sizeof parts));
    return hash ? hash : 1;
}

static bool is_key(const struct cache_object *o, struct cache_key key) {
    return span_eq(o->name, key.name) && span_eq(o->zone, key.zone);
}

struct cache_object *cache_find(struct cache_store *s, struct cache_key key, uint64_t hash,
                                cache_match_fn *match, void *user) {
    struct cache_object *o = map_get_u64(s->index, hash);
    for (; o; o = o->next)
        if (is_key(o, key) && (!match || match(user, o->variant))) return o;
    return NULL;
}

struct cache_object *cache_find_born(struct cache_store *s, uint64_t hash, uint64_t born) {
    struct cache_object *o = map_get_u64(s->index, hash);
    while (o && o->born != born) o = o->next;
    return o;
}

static struct span copy_behind(char **to, struct span s) {
    char *start = *to;
    if (s.len) memcpy(start, s.ptr, s.len);
    *to += s.len;
    return span_make(start, s.len);
}

/* Keeps the chain in order of age, newest first. */
static void chain(struct cache_store *s, struct cache_object *o) {
    struct cache_object *first = map_get_u64(s->index, o->hash), *at = first;
    if (!first || first->born < o->born) {
        o->next = first;
        map_put_u64(s->index, o->hash, o);
        return;
    }
    while (at->next && at->next->born > o->born) at = at->next;
    o->next = at->next;
    at->next = o;
}

static void unchain(struct cache_store *s, struct cache_object *o) {
    struct cache_object *at = map_get_u64(s->index, o->hash);
    if (at == o) {
        if (o->next)
            map_put_u64(s->index, o->hash, o->next);
        else
            map_remove_u64(s->index, o->hash);
        return;
    }
    while (at->next != o) at = at->next;
    at->next = o->next;
}

struct cache_object *cache_insert(struct cache_store *s, struct cache_key key, struct span variant,
                                  uint64_t born, uint64_t expires_ms) {
    struct cache_object *o = mem_alloc(sizeof *o + key.zone.len + key.name.len + variant.len);
    char *to = (char *)(o + 1);
    o->hash = cache_hash(s, key);
    o->born = born;
    o->expires_ms = expires_ms;
    o->zone = copy_behind(&to, key.zone);
    o->name = copy_behind(&to, key.name);
    o->variant = copy_behind(&to, variant);
    list_init(&o->in_memory);
    list_init(&o->on_disk);
    chain(s, o);
    return o;
}

static void sieve_add(struct cache_sieve *sieve, struct list *node, uint64_t bytes) {
    list_push(&sieve->queue, node);
    sieve->bytes += bytes;
    sieve->objects++;
}

static void sieve_remove(struct cache_sieve *sieve, struct list *node, uint64_t bytes) {
    if (sieve->hand == node) sieve->hand = node->next;
    list_remove(node);
    sieve->bytes -= bytes;
    sieve->objects--;
}

static bool sieve_is_over(const struct cache_sieve *sieve) {
    return sieve->objects > 0 && (sieve->bytes > sieve->most_bytes || sieve->objects > sieve->most_objects);
}

void cache_add_memory(struct cache_store *s, struct cache_object *o, struct bytes *head, struct bytes *body) {
    check(!o->body);
    o->head = bytes_ref(head);
    o->body = bytes_ref(body);
    o->memory_bytes = sizeof *o + bytes_span(head).len + bytes_span(body).len + o->name.len + o->zone.len;
    o->visited_memory = false;
    sieve_add(&s->memory, &o->in_memory, o->memory_bytes);
}

void cache_add_disk(struct cache_store *s, struct cache_object *o, uint64_t file_bytes) {
    check(!o->disk_bytes);
    o->disk_bytes = file_bytes;
    o->file = cache_name((struct cache_key){o->zone, o->name}, o->born);
    sieve_add(&s->disk, &o->on_disk, file_bytes);
}

static void leave_memory(struct cache_store *s, struct cache_object *o) {
    if (!o->body) return;
    sieve_remove(&s->memory, &o->in_memory, o->memory_bytes);
    bytes_unref(o->head);
    bytes_unref(o->body);
    o->head = o->body = NULL;
    o->memory_bytes = 0;
}

static void leave_disk(struct cache_store *s, struct cache_object *o, struct buf *doomed) {
    if (!o->disk_bytes) return;
    sieve_remove(&s->disk, &o->on_disk, o->disk_bytes);
    o->disk_bytes = 0;
    buf_add(doomed, span_make(&o->file, sizeof o->file));
}

static void drop_if_nowhere(struct cache_store *s, struct cache_object *o) {
    if (o->body || o->disk_bytes) return;
    unchain(s, o);
    mem_free(o);
}

void cache_forget(struct cache_store *s, struct cache_object *o, struct buf *doomed) {
    leave_memory(s, o);
    leave_disk(s, o, doomed);
    drop_if_nowhere(s, o);
}

/* Moves the hand from old to new; gives visited objects a second chance. The queue is not empty. */
static struct list *sieve_victim(struct cache_sieve *sieve, bool memory) {
    for (struct list *at = sieve->hand;; at = at->next) {
        if (at == &sieve->queue) continue; /* past the newest: on to the oldest */
        struct cache_object *o = memory ? LIST_ITEM(at, struct cache_object, in_memory)
                                        : LIST_ITEM(at, struct cache_object, on_disk);
        bool *visited = memory ? &o->visited_memory : &o->visited_disk;
        if (!*visited) {
            sieve->hand = at->next;
            return at;
        }
        *visited = false;
    }
}

void cache_evict(struct cache_store *s, struct buf *doomed) {
    while (sieve_is_over(&s->memory)) {
        struct cache_object *o = LIST_ITEM(sieve_victim(&s->memory, true), struct cache_object, in_memory);
        leave_memory(s, o);
        drop_if_nowhere(s, o);
        s->stats.evicted_memory++;
    }
    while (sieve_is_over(&s->disk)) {
        struct cache_object *o = LIST_ITEM(sieve_victim(&s->disk, false), struct cache_object, on_disk);
        leave_disk(s, o, doomed);
        drop_if_nowhere(s, o);
        s->stats.evicted_disk++;
    }
}

void cache_trim_variants(struct cache_store *s, const struct cache_object *o, struct buf *doomed) {
    unsigned variants = 1;
    for (struct cache_object *at = map_get_u64(s->index, o->hash), *next; at; at = next) {
        next = at->next;
        if (at == o || !is_key(at, (struct cache_key){o->zone, o->name})) continue;
        bool replaced = at->born < o->born && span_eq(at->variant, o->variant);
        if (replaced || ++variants > LIMIT_CACHE_VARIANTS) cache_forget(s, at, doomed);
    }
}

bool cache_is_purged(struct cache_store *s, struct span zone, uint64_t born) {
    const struct cache_purge *purge = map_get(s->purged, zone);
    return purge && born < purge->before;
}
