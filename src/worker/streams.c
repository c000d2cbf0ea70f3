/* Which isolate a stream belongs to.
 *
 * Edge numbers its streams out of a slab: the low 32 bits are a small index that it reuses, the rest a
 * generation. So an array by that index, holding the full id, finds the owner without hashing, and an entry
 * needs no removal when its request ends: the next request with that index overwrites it, and until then a
 * late message finds an isolate that does not know the stream. */
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/slab.h"
#include "link/messages.h"
#include "worker/isolates.h"

struct owner {
    uint64_t stream;
    struct resident *resident;
};

enum err streams_adopt(struct worker *w, uint64_t stream, struct resident *r) {
    size_t index = (uint32_t)stream;
    if (index >= LIMIT_LINK_STREAMS) return ERR_OVERLOAD;
    if (index >= w->owner_cap) {
        size_t cap = w->owner_cap ? w->owner_cap : 256;
        while (cap <= index) cap *= 2;
        w->owners = mem_resize(w->owners, cap * sizeof *w->owners);
        memset(w->owners + w->owner_cap, 0, (cap - w->owner_cap) * sizeof *w->owners);
        w->owner_cap = cap;
    }
    w->owners[index] = (struct owner){stream, r};
    return ERR_OK;
}

struct resident *streams_owner(const struct worker *w, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) return slab_get(&w->own_streams, stream & ~STREAM_FROM_WORKER);
    size_t index = (uint32_t)stream;
    if (index >= w->owner_cap || w->owners[index].stream != stream) return NULL;
    return w->owners[index].resident;
}

uint64_t streams_open(struct worker *w, struct resident *r) {
    return slab_add(&w->own_streams, r) | STREAM_FROM_WORKER;
}

void streams_close(struct worker *w, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) slab_remove(&w->own_streams, stream & ~STREAM_FROM_WORKER);
}

void streams_drop_all(struct worker *w, const struct resident *r) {
    for (size_t i = 0; i < w->owner_cap; i++)
        if (w->owners[i].resident == r) w->owners[i] = (struct owner){0};
    /* Its own streams it has closed itself in api_free(); what is left would be a leak there. */
}
