/* The engine's own allocation functions, seen and refused (alloc_hooks.c). Private to the room.
 *
 * Ours come before the engine's (interpose.h). These are of use:
 *   JSC::Heap::didAllocate           every byte that the collector will have to deal with, as it is taken
 *   bmalloc_try_allocate_casual (up to 2.52), WTF::tryFastMalloc and its kin (from 2.54 on), Gigacage::tryMalloc,
 *   Gigacage::tryZeroedMalloc, Gigacage::tryRealloc, bmalloc::api::tryLargeZeroedMemalignVirtual
 *                                    large blocks for callers that can be told no, and then throw a RangeError:
 *                                    strings and arrays; array buffers; memories of WebAssembly
 * Callers that can't be told no use other functions: refusing those ends the process, so they are left alone up to the
 * cap of mmap_guard.c. No header promises any of this: memory.c finds out at the start what holds. */
#ifndef JS_ALLOC_HOOKS_H
#define JS_ALLOC_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All run inside of the engine's allocator, on whatever thread allocates: no call of the engine, no lock, no memory. */
struct alloc_hooks {
    void (*took)(void *heap, size_t bytes);
    bool (*may_take)(size_t bytes); /* asked from ALLOC_LARGE_BYTES on */
    void (*pages)(ptrdiff_t bytes); /* a memory of WebAssembly, or a resizable buffer, came or went */
};
enum { ALLOC_LARGE_BYTES = 1 << 20 };

/* Once, before threads. `hooks` stays. */
void alloc_hooks_set(const struct alloc_hooks *hooks);

#endif
