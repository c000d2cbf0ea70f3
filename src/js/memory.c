#include "js/room.h"

static atomic_uint threads_inside; /* share the blame for the growth of the process */

void memory_enter(struct isolate *iso) {
    (void)iso;
    atomic_fetch_add_explicit(&threads_inside, 1, memory_order_relaxed);
}

void memory_leave(struct isolate *iso) {
    (void)iso;
    atomic_fetch_sub_explicit(&threads_inside, 1, memory_order_relaxed);
}

void memory_entry_begins(struct isolate *iso) {
    iso->memory.entry_rss_bytes = 0;
    iso->memory.entry_collections = iso->memory.collections;
}

/* --- What the collector knows ------------------------------------------------------------------------------------- */

static size_t read_stat(js_ctx c, js_obj stats, enum js_name name) {
    js_val exc = NULL, v = js_get(c, stats, name, &exc);
    double n = 0;
    return v && js_to_number(c, v, &n, &exc) && n > 0 ? (size_t)n : 0;
}

/* A walk, so only when the cheap signs say that something is wrong. */
static uint64_t heap_bytes(struct isolate *iso) {
    return read_stat(iso->ctx, JSGetMemoryUsageStatistics(iso->ctx), JS_NAME_heapSize);
}

static void on_collection(JSContextGroupRef group, void *data) {
    (void)group;
    ((struct isolate *)data)->memory.collections++;
}

void memory_begin(struct isolate *iso) { JSContextGroupAddHeapFinalizer(iso->group, on_collection, iso); }
void memory_end(struct isolate *iso) { JSContextGroupRemoveHeapFinalizer(iso->group, on_collection, iso); }

/* --- The limit ------------------------------------------------------------------------------------------------------ */

/* The process grew by more than twice the limit during this entry: certainly ours when we are alone, else look. */
bool memory_exceeded(struct isolate *iso) {
    struct meter *m = &iso->memory;
    uint64_t limit = iso->config.memory_limit_bytes, rss = engine_rss_bytes();
    if (!limit || !rss) return false;
    if (!m->entry_rss_bytes) { /* the first look: what it has taken before nobody has measured */
        m->entry_rss_bytes = rss;
        return heap_bytes(iso) > limit;
    }
    uint64_t growth = rss > m->entry_rss_bytes ? rss - m->entry_rss_bytes : 0;
    if (growth > 2 * limit) return atomic_load(&threads_inside) <= 1 || heap_bytes(iso) > limit / 2;
    if (growth <= limit / 2 || m->collections == m->entry_collections) return false;
    m->entry_collections = m->collections;
    return heap_bytes(iso) > limit;
}

/* --- For the host ----------------------------------------------------------------------------------------------------- */

void isolate_memory(struct isolate *iso, struct isolate_memory *ret) {
    isolate_enter(iso);
    js_obj stats = JSGetMemoryUsageStatistics(iso->ctx);
    *ret = (struct isolate_memory){.heap_bytes = read_stat(iso->ctx, stats, JS_NAME_heapSize),
                                   .capacity_bytes = read_stat(iso->ctx, stats, JS_NAME_heapCapacity),
                                   .extra_bytes = read_stat(iso->ctx, stats, JS_NAME_extraMemorySize),
                                   .objects = read_stat(iso->ctx, stats, JS_NAME_objectCount),
                                   .collections = iso->memory.collections};
    isolate_leave(iso);
}

void isolate_collect(struct isolate *iso) {
    isolate_enter(iso);
    JSSynchronousGarbageCollectForDebugging(iso->ctx); /* despite its name the only plain full collection */
    isolate_leave(iso);
}
