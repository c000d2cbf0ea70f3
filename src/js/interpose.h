/* Private to the room: functions of the engine's library that ours come before (alloc_hooks.c, traps.c).
 *
 * The library calls its exported functions through its linkage table, so a function of the same name in the executable is
 * called instead, as with mmap. The linker exports a name from an executable only when a library there and then asks for it;
 * meson.build has it export all names below, so that a program built with one version of the engine gets along with
 * the next. What a version does not have is never called. No header promises any of this: js_caps says what holds. */
#ifndef JS_INTERPOSE_H
#define JS_INTERPOSE_H

#include <dlfcn.h>
#include <stdatomic.h>

#define REPLACES(symbol) __asm__(symbol) __attribute__((visibility("default"), used))

/* The library's own function behind ours, NULL when it has none. Looked up at the first call, which may come before main. */
static inline void *function_behind(_Atomic(void *) *cached, const char *name) {
    void *fn = atomic_load_explicit(cached, memory_order_relaxed);
    if (!fn) atomic_store_explicit(cached, fn = dlsym(RTLD_NEXT, name), memory_order_relaxed);
    return fn;
}

#endif
