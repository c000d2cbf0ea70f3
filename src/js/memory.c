#include "js/room.h"

#include "base/check.h"
#include "js/alloc_hooks.h"
#include "js/guard.h"
#include "js/monitor.h"
#include <dlfcn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* JSC::Heap::size(): bytes that the last collection found alive and what they hold outside. 10 ns a block of 16 KB. */
static size_t (*heap_size)(void *heap);
static ptrdiff_t
    heap_offset; /* of JSC::Heap in JSC::VM, which a context group is. Both written once, before threads */

static _Atomic uint64_t give_up_above; /* 0: the process has room */
static atomic_uint threads_inside;     /* share the blame for the growth of the process */

/* --- From inside the engine's allocator ------------------------------------------------------------------------- */

/* While the process starts: what the hooks are told, and what they answer. */
static struct {
    bool on, refuse;
    void *heap;
    unsigned asked;
} trial;

static void took(void *heap, size_t bytes) {
    struct isolate *iso = isolate_tls;
    if (iso && iso->memory.heap == heap)
        iso->memory.taken_bytes += bytes;
    else if (trial.on)
        trial.heap = heap;
}

static bool may_take(size_t bytes) {
    struct isolate *iso = isolate_tls;
    if (trial.on) return trial.asked++, !trial.refuse;
    if (!iso || !iso->config.memory_limit_bytes) return true;
    uint64_t limit = iso->config.memory_limit_bytes;
    return bytes <= limit && isolate_memory_now(iso) + iso->memory.page_bytes + bytes <= 3 * limit;
}

/* Pages of a memory of WebAssembly: their owner may be collected when the isolate is freed, outside of it. */
static void pages(ptrdiff_t bytes) {
    struct isolate *iso = isolate_tls;
    if (!iso) return;
    struct meter *m = &iso->memory;
    if (bytes >= 0)
        m->page_bytes += (uint64_t)bytes;
    else
        m->page_bytes -= m->page_bytes < (uint64_t)-bytes ? m->page_bytes : (uint64_t)-bytes;
}

static const struct alloc_hooks hooks = {took, may_take, pages};

/* --- What the collector knows ----------------------------------------------------------------------------------- */

static size_t read_stat(js_ctx c, js_obj stats, enum js_name name) {
    js_val exc = NULL, v = js_get(c, stats, name, &exc);
    double n = 0;
    return v && js_to_number(c, v, &n, &exc) && n > 0 ? (size_t)n : 0;
}

/* Alive at the last collection. The engine counts a memory of WebAssembly twice once JavaScript has seen its buffer,
 * which is as good as always: once is taken off. may_take() bounds what somebody could gain by that. */
static uint64_t alive(const struct isolate *iso) {
    const struct meter *m = &iso->memory;
    uint64_t size = m->heap ? heap_size(m->heap)
                            : read_stat(iso->ctx, JSGetMemoryUsageStatistics(iso->ctx), JS_NAME_heapSize);
    return size - (m->page_bytes < size ? m->page_bytes : 0);
}

static void on_collection(JSContextGroupRef group, void *data) {
    struct meter *m = &((struct isolate *)data)->memory;
    (void)group;
    m->collections++;
    if (!m->heap) return; /* asking costs a walk: measure() does, when it has to */
    m->alive_bytes = alive(data);
    m->taken_bytes = 0;
}

/* A collection of everything, and what is left. */
static uint64_t measure(struct isolate *iso) {
    JSSynchronousGarbageCollectForDebugging(iso->ctx); /* despite its name the only plain full collection */
    iso->memory.alive_bytes = alive(iso);
    iso->memory.taken_bytes = 0;
    return iso->memory.alive_bytes;
}

uint64_t isolate_memory_now(const struct isolate *iso) {
    return iso->memory.alive_bytes + iso->memory.taken_bytes;
}

/* --- What only the process knows ------------------------------------------------------------------------------- */

/* Memory that this thread was the first to touch. */
static uint64_t touched_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) ? 0 : (uint64_t)usage.ru_minflt * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What an entry may add to the process. A sanitizer adds its share to every page. */
static uint64_t growth_allowed(uint64_t limit) { return (JS_MMAP_GUARD ? 2 : 4) * limit + (16u << 20); }

static uint64_t growth_since(uint64_t now, uint64_t then) { return now > then ? now - then : 0; }

/* Has the process grown because of this entry, by more than its heap explains? */
static bool grew_too_much(struct isolate *iso) {
    struct meter *m = &iso->memory;
    uint64_t limit = iso->config.memory_limit_bytes, rss = js_engine_rss_bytes();
    if (!rss) return false;
    if (!m->entry_rss_bytes) { /* the first look */
        m->entry_rss_bytes = rss;
        m->entry_touched_bytes = m->looked_touched_bytes = touched_bytes();
        return false;
    }
    uint64_t growth = growth_since(rss, m->entry_rss_bytes);
    if (growth <= growth_allowed(limit)) return false;
    uint64_t touched = touched_bytes();
    bool ours = atomic_load(&threads_inside) <= 1 || touched - m->entry_touched_bytes >= growth / 2;
    if (!ours || touched - m->looked_touched_bytes < limit) return false;
    m->looked_touched_bytes = touched;
    measure(iso);
    js_engine_trim();
    return growth_since(js_engine_rss_bytes(), m->entry_rss_bytes) > growth_allowed(limit);
}

/* --- The limit ---------------------------------------------------------------------------------------------------- */

static bool heap_too_large(struct isolate *iso) {
    struct meter *m = &iso->memory;
    uint64_t limit = iso->config.memory_limit_bytes;
    if (m->heap ? isolate_memory_now(iso) <= m->look_at_bytes : m->collections < m->look_at_collections)
        return false;
    uint64_t size = measure(iso);
    m->look_at_bytes = (size > limit ? size : limit) + limit / 4;
    m->look_at_collections = m->collections + 8;
    return size > limit;
}

static bool condemn(struct isolate *iso) {
    iso->memory.verdict = (struct isolate_memory_verdict){.limit_bytes = iso->config.memory_limit_bytes,
                                                          .heap_bytes = isolate_memory_now(iso),
                                                          .process_bytes = js_engine_rss_bytes()};
    return true;
}

bool memory_given_up(struct isolate *iso) {
    uint64_t most = atomic_load_explicit(&give_up_above, memory_order_relaxed);
    if (!(most && isolate_memory_now(iso) >= most) &&
        !atomic_load_explicit(&iso->memory.give_up, memory_order_relaxed))
        return false;
    return condemn(iso);
}

bool memory_exceeded(struct isolate *iso) {
    if (memory_given_up(iso)) return true;
    if (!iso->config.memory_limit_bytes) return false;
    return (heap_too_large(iso) || grew_too_much(iso)) && condemn(iso);
}

void memory_entry_begins(struct isolate *iso) { iso->memory.entry_rss_bytes = 0; }

void memory_enter(struct isolate *iso) {
    (void)iso;
    atomic_fetch_add_explicit(&threads_inside, 1, memory_order_relaxed);
}

void memory_leave(struct isolate *iso) {
    atomic_fetch_sub_explicit(&threads_inside, 1, memory_order_relaxed);
    if (iso->verdict != JS_FINE) return;
    if (memory_given_up(iso) || (iso->config.memory_limit_bytes && heap_too_large(iso) && condemn(iso)))
        iso->verdict = JS_MEMORY_LIMIT;
}

void isolate_memory_give_up(struct isolate *iso) {
    atomic_store(&iso->memory.give_up, true);
    monitor_hurry();
}

void memory_give_up_above(uint64_t bytes) {
    if (atomic_exchange(&give_up_above, bytes) != bytes && bytes) monitor_hurry();
}

void isolate_set_memory_limit(struct isolate *iso, uint64_t bytes) {
    iso->config.memory_limit_bytes = bytes;
    iso->memory.look_at_bytes = bytes + bytes / 4;
}

/* --- Birth and death ------------------------------------------------------------------------------------------------ */

void memory_begin(struct isolate *iso) {
    struct meter *m = &iso->memory;
    if (js_caps.heap_meter) m->heap = (char *)iso->group + heap_offset;
    m->look_at_collections = 8;
    isolate_set_memory_limit(iso, iso->config.memory_limit_bytes);
    JSContextGroupAddHeapFinalizer(iso->group, on_collection, iso);
}

void memory_end(struct isolate *iso) { JSContextGroupRemoveHeapFinalizer(iso->group, on_collection, iso); }

/* --- The start of the process --------------------------------------------------------------------------------------- */

void memory_hook(void) {
    alloc_hooks_set(&hooks);
    trial.on = true;
}

/* Where is the heap, seen from the group? What the hooks were told while the context was made says so; what the public
 * statistics say of its size proves it. */
bool memory_try_meter(JSContextRef c) {
    ptrdiff_t offset = (char *)trial.heap - (char *)JSContextGetGroup(c);
    *(void **)&heap_size = dlsym(RTLD_DEFAULT, "_ZN3JSC4Heap4sizeEv");
    if (!trial.heap || !heap_size || offset <= 0 || offset > 64 * 1024) return false;
    heap_offset = offset;
    JSSynchronousGarbageCollectForDebugging(c);
    size_t told = read_stat((js_ctx)c, JSGetMemoryUsageStatistics(c), JS_NAME_heapSize);
    return told > 0 && heap_size(trial.heap) == told;
}

bool memory_try_refusal(JSContextRef c, JSValueRef (*evaluate)(JSContextRef c, const char *text)) {
    static const char *const takes[] = {"'a'.repeat(4e6)", "new Uint8Array(4e6)",
                                        "new WebAssembly.Memory({initial: 64})"};
    bool all = true;
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        char text[128];
        snprintf(text, sizeof text, "try { %s; 0 } catch (e) { e instanceof RangeError }", takes[i]);
        trial.refuse = true;
        JSValueRef v = evaluate(c, text);
        trial.refuse = false;
        all = all && v && JSValueIsBoolean(c, v) && JSValueToBoolean(c, v);
    }
    return all;
}

void memory_hooked(void) { trial.on = false; }

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
    measure(iso);
    isolate_leave(iso);
}

void isolate_forget_code(struct isolate *iso) {
    enum { EVEN_WHILE_COLLECTING = 0 };
    check(!iso->entry_depth);
    isolate_enter(iso);
    if (js_engine.delete_code) js_engine.delete_code(iso->group, EVEN_WHILE_COLLECTING);
    measure(iso);
    isolate_leave(iso);
}

void isolate_memory_verdict(const struct isolate *iso, struct isolate_memory_verdict *ret) {
    *ret = iso->memory.verdict;
}
