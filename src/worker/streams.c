/* Which isolate a stream belongs to.
 *
 * Edge numbers its streams out of a slab: the low 32 bits are a small index that it reuses, the rest a
 * generation. So an array by that index, holding the full id, finds the owner without hashing, and an entry
 * needs no removal when its request ends: the next request with that index overwrites it, and until then a
 * late message finds an isolate that does not know the stream.
 *
 * An id that is born here has the number of its slow lane, plus one, in bits 20 to 31, above a slab's index: so a port knows
 * whom an answer is for without having heard of the question. */
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/slab.h"
#include "link/messages.h"
#include "worker/isolates.h"

struct owner {
    uint64_t stream;
    struct resident *resident; /* NULL: a slow lane serves it */
    uint32_t lane;             /* which, plus one */
    uint32_t number, version;  /* for whom (struct definition) */
};

enum { TAG_SHIFT = 20, TAG_MASK = 0xfff };

static enum err adopt(struct worker *w, uint64_t stream, struct owner owner) {
    size_t index = (uint32_t)stream;
    if (index >= LIMIT_LINK_STREAMS) return ERR_OVERLOAD;
    if (index >= w->owner_cap) {
        size_t cap = w->owner_cap ? w->owner_cap : 256;
        while (cap <= index) cap *= 2;
        w->owners = mem_resize(w->owners, cap * sizeof *w->owners);
        memset(w->owners + w->owner_cap, 0, (cap - w->owner_cap) * sizeof *w->owners);
        w->owner_cap = cap;
    }
    owner.stream = stream;
    w->owners[index] = owner;
    return ERR_OK;
}

enum err streams_adopt(struct worker *w, uint64_t stream, struct resident *r) {
    return adopt(w, stream, (struct owner){.resident = r});
}

enum err streams_adopt_slow(struct worker *w, uint64_t stream, unsigned lane, const struct definition *d) {
    return adopt(w, stream, (struct owner){.lane = lane + 1, .number = d->number, .version = d->version});
}

static struct owner *find(const struct worker *w, uint64_t stream) {
    size_t index = (uint32_t)stream;
    return index < w->owner_cap && w->owners[index].stream == stream ? &w->owners[index] : NULL;
}

int streams_lane(const struct worker *w, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) return (int)(stream >> TAG_SHIFT & TAG_MASK) - 1;
    const struct owner *o = find(w, stream);
    return o ? (int)o->lane - 1 : -1;
}

bool streams_end_slow(struct worker *w, uint64_t stream, uint32_t *ret_number, uint32_t *ret_version) {
    struct owner *o = stream & STREAM_FROM_WORKER ? NULL : find(w, stream);
    if (!o || !o->lane) return false;
    *ret_number = o->number;
    *ret_version = o->version;
    *o = (struct owner){0};
    return true;
}

static uint64_t handle_of(uint64_t stream) {
    return stream & ~(STREAM_FROM_WORKER | (uint64_t)TAG_MASK << TAG_SHIFT);
}

struct resident *streams_owner(const struct worker *w, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) return slab_get(&w->own_streams, handle_of(stream));
    const struct owner *o = find(w, stream);
    return o ? o->resident : NULL;
}

uint64_t streams_open(struct worker *w, struct resident *r) {
    uint64_t handle = slab_add(&w->own_streams, r), tag = w->is_slow ? w->slow_index + 1 : 0;
    check((uint32_t)handle < 1u << TAG_SHIFT); /* edge cuts the link long before (LIMIT_EDGE_SUBREQUESTS) */
    return handle | tag << TAG_SHIFT | STREAM_FROM_WORKER;
}

void streams_close(struct worker *w, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) slab_remove(&w->own_streams, handle_of(stream));
}

void streams_drop_all(struct worker *w, const struct resident *r) {
    for (size_t i = 0; i < w->owner_cap; i++)
        if (w->owners[i].resident == r) w->owners[i] = (struct owner){0};
    /* Its own streams it has closed itself in api_free(); what is left would be a leak there. */
}
