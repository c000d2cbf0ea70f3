#include "js/alloc_hooks.h"

#include "js/interpose.h"

static const struct alloc_hooks none;
static const struct alloc_hooks *hooks = &none; /* written once, before threads */

void alloc_hooks_set(const struct alloc_hooks *set) { hooks = set; }

static bool refused(size_t bytes) {
    return bytes >= ALLOC_LARGE_BYTES && hooks->may_take && !hooks->may_take(bytes);
}

#define DID_ALLOCATE "_ZN3JSC4Heap11didAllocateEm"
void engine_did_allocate(void *heap, size_t bytes) REPLACES(DID_ALLOCATE);
void engine_did_allocate(void *heap, size_t bytes) {
    static _Atomic(void *) cached;
    void (*real)(void *, size_t);
    *(void **)&real = function_behind(&cached, DID_ALLOCATE);
    real(heap, bytes);
    if (hooks->took) hooks->took(heap, bytes);
}

#define TRY_ALLOCATE "bmalloc_try_allocate_casual"
void *engine_try_allocate(size_t bytes, unsigned mode) REPLACES(TRY_ALLOCATE);
void *engine_try_allocate(size_t bytes, unsigned mode) {
    static _Atomic(void *) cached;
    void *(*real)(size_t, unsigned);
    if (refused(bytes)) return NULL;
    *(void **)&real = function_behind(&cached, TRY_ALLOCATE);
    return real(bytes, mode);
}

/* 2.54 has none of that name; its callers call these. The result is an object in memory that the caller names: on x86-64 its address is
 * the first argument and the answer. C can't say so elsewhere: there js_caps.large_refused is false with that engine. */
#if defined(__x86_64__)
#define TRY_FASTS(X)                                                                                         \
    X(fast, "_ZN3WTF13tryFastMallocEm")                                                                      \
    X(fast_zeroed, "_ZN3WTF19tryFastZeroedMallocEm")                                                         \
    X(compact, "_ZN3WTF20tryFastCompactMallocEm")                                                            \
    X(compact_zeroed, "_ZN3WTF26tryFastCompactZeroedMallocEm")
#define X(name, symbol)                                                                                      \
    void **engine_try_##name(void **answer, size_t bytes) REPLACES(symbol);                                  \
    void **engine_try_##name(void **answer, size_t bytes) {                                                  \
        static _Atomic(void *) cached;                                                                       \
        void **(*real)(void **, size_t);                                                                     \
        if (refused(bytes)) return *answer = NULL, answer;                                                   \
        *(void **)&real = function_behind(&cached, symbol);                                                  \
        return real(answer, bytes);                                                                          \
    }
TRY_FASTS(X)
#undef X

#define TRY_FAST_GROWS(X)                                                                                    \
    X(fast_grow, "_ZN3WTF14tryFastReallocEPvm") X(compact_grow, "_ZN3WTF21tryFastCompactReallocEPvm")
#define X(name, symbol)                                                                                      \
    void **engine_try_##name(void **answer, void *at, size_t bytes) REPLACES(symbol);                        \
    void **engine_try_##name(void **answer, void *at, size_t bytes) {                                        \
        static _Atomic(void *) cached;                                                                       \
        void **(*real)(void **, void *, size_t);                                                             \
        if (refused(bytes)) return *answer = NULL, answer;                                                   \
        *(void **)&real = function_behind(&cached, symbol);                                                  \
        return real(answer, at, bytes);                                                                      \
    }
TRY_FAST_GROWS(X)
#undef X
#endif

#define TRY_CAGED "_ZN8Gigacage9tryMallocENS_4KindEm"
void *engine_try_caged(unsigned kind, size_t bytes) REPLACES(TRY_CAGED);
void *engine_try_caged(unsigned kind, size_t bytes) {
    static _Atomic(void *) cached;
    void *(*real)(unsigned, size_t);
    if (refused(bytes)) return NULL;
    *(void **)&real = function_behind(&cached, TRY_CAGED);
    return real(kind, bytes);
}

#define TRY_ZEROED "_ZN8Gigacage15tryZeroedMallocENS_4KindEm"
void *engine_try_zeroed(unsigned kind, size_t bytes) REPLACES(TRY_ZEROED);
void *engine_try_zeroed(unsigned kind, size_t bytes) {
    static _Atomic(void *) cached;
    void *(*real)(unsigned, size_t);
    if (refused(bytes)) return NULL;
    *(void **)&real = function_behind(&cached, TRY_ZEROED);
    return real(kind, bytes);
}

#define TRY_GROW "_ZN8Gigacage10tryReallocENS_4KindEPvm"
void *engine_try_grow(unsigned kind, void *at, size_t bytes) REPLACES(TRY_GROW);
void *engine_try_grow(unsigned kind, void *at, size_t bytes) {
    static _Atomic(void *) cached;
    void *(*real)(unsigned, void *, size_t);
    if (refused(bytes)) return NULL;
    *(void **)&real = function_behind(&cached, TRY_GROW);
    return real(kind, at, bytes);
}

#define TRY_PAGES "_ZN7bmalloc3api29tryLargeZeroedMemalignVirtualEmmNS_21CompactAllocationModeENS_8HeapKindE"
void *engine_try_pages(size_t alignment, size_t bytes, unsigned mode, unsigned kind) REPLACES(TRY_PAGES);
void *engine_try_pages(size_t alignment, size_t bytes, unsigned mode, unsigned kind) {
    static _Atomic(void *) cached;
    void *(*real)(size_t, size_t, unsigned, unsigned);
    if (refused(bytes)) return NULL;
    *(void **)&real = function_behind(&cached, TRY_PAGES);
    void *at = real(alignment, bytes, mode, kind);
    if (at && hooks->pages) hooks->pages((ptrdiff_t)bytes);
    return at;
}

#define FREE_PAGES "_ZN7bmalloc3api16freeLargeVirtualEPvmNS_8HeapKindE"
void engine_free_pages(void *at, size_t bytes, unsigned kind) REPLACES(FREE_PAGES);
void engine_free_pages(void *at, size_t bytes, unsigned kind) {
    static _Atomic(void *) cached;
    void (*real)(void *, size_t, unsigned);
    *(void **)&real = function_behind(&cached, FREE_PAGES);
    real(at, bytes, kind);
    if (hooks->pages) hooks->pages(-(ptrdiff_t)bytes);
}
