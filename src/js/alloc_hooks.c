#include "js/alloc_hooks.h"

#include <dlfcn.h>
#include <stdatomic.h>

static const struct alloc_hooks none;
static const struct alloc_hooks *hooks = &none; /* written once, before threads */

void alloc_hooks_set(const struct alloc_hooks *set) { hooks = set; }

/* The library's own function behind ours. Looked up at the first call, which may come before main. */
static void *behind(_Atomic(void *) *cached, const char *name) {
    void *fn = atomic_load_explicit(cached, memory_order_relaxed);
    if (!fn) atomic_store_explicit(cached, fn = dlsym(RTLD_NEXT, name), memory_order_relaxed);
    return fn;
}

static bool refused(size_t bytes) {
    return bytes >= ALLOC_LARGE_BYTES && hooks->may_take && !hooks->may_take(bytes);
}

#define REPLACES(symbol) __asm__(symbol) __attribute__((visibility("default"), used))

#define DID_ALLOCATE "_ZN3JSC4Heap11didAllocateEm"
void engine_did_allocate(void *heap, size_t bytes) REPLACES(DID_ALLOCATE);
void engine_did_allocate(void *heap, size_t bytes) {
    static _Atomic(void *) cached;
    void (*real)(void *, size_t);
    *(void **)&real = behind(&cached, DID_ALLOCATE);
    real(heap, bytes);
    if (hooks->took) hooks->took(heap, bytes);
}

#define TRY_ALLOCATE "bmalloc_try_allocate_casual"
void *engine_try_allocate(size_t bytes, unsigned mode) REPLACES(TRY_ALLOCATE);
void *engine_try_allocate(size_t bytes, unsigned mode) {
    static _Atomic(void *) cached;
    void *(*real)(size_t, unsigned);
    if (refused(bytes)) return NULL;
    *(void **)&real = behind(&cached, TRY_ALLOCATE);
    return real(bytes, mode);
}

#define TRY_ZEROED "_ZN8Gigacage15tryZeroedMallocENS_4KindEm"
void *engine_try_zeroed(unsigned kind, size_t bytes) REPLACES(TRY_ZEROED);
void *engine_try_zeroed(unsigned kind, size_t bytes) {
    static _Atomic(void *) cached;
    void *(*real)(unsigned, size_t);
    if (refused(bytes)) return NULL;
    *(void **)&real = behind(&cached, TRY_ZEROED);
    return real(kind, bytes);
}

#define TRY_GROW "_ZN8Gigacage10tryReallocENS_4KindEPvm"
void *engine_try_grow(unsigned kind, void *at, size_t bytes) REPLACES(TRY_GROW);
void *engine_try_grow(unsigned kind, void *at, size_t bytes) {
    static _Atomic(void *) cached;
    void *(*real)(unsigned, void *, size_t);
    if (refused(bytes)) return NULL;
    *(void **)&real = behind(&cached, TRY_GROW);
    return real(kind, at, bytes);
}

#define TRY_PAGES "_ZN7bmalloc3api29tryLargeZeroedMemalignVirtualEmmNS_21CompactAllocationModeENS_8HeapKindE"
void *engine_try_pages(size_t alignment, size_t bytes, unsigned mode, unsigned kind) REPLACES(TRY_PAGES);
void *engine_try_pages(size_t alignment, size_t bytes, unsigned mode, unsigned kind) {
    static _Atomic(void *) cached;
    void *(*real)(size_t, size_t, unsigned, unsigned);
    if (refused(bytes)) return NULL;
    *(void **)&real = behind(&cached, TRY_PAGES);
    void *at = real(alignment, bytes, mode, kind);
    if (at && hooks->pages) hooks->pages((ptrdiff_t)bytes);
    return at;
}

#define FREE_PAGES "_ZN7bmalloc3api16freeLargeVirtualEPvmNS_8HeapKindE"
void engine_free_pages(void *at, size_t bytes, unsigned kind) REPLACES(FREE_PAGES);
void engine_free_pages(void *at, size_t bytes, unsigned kind) {
    static _Atomic(void *) cached;
    void (*real)(void *, size_t, unsigned);
    *(void **)&real = behind(&cached, FREE_PAGES);
    real(at, bytes, kind);
    if (hooks->pages) hooks->pages(-(ptrdiff_t)bytes);
}
