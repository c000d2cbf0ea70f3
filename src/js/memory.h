/* The memory of an isolate: what it has taken, and giving it back. */
#ifndef JS_MEMORY_H
#define JS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct isolate;

struct isolate_memory {
    size_t heap_bytes, capacity_bytes, extra_bytes, objects; /* as of the last collection */
    uint64_t collections;
};
/* Walks the heap: 0.1 ms plus 50 ns an object. Never per request. Enters by itself. */
void isolate_memory(struct isolate *iso, struct isolate_memory *ret);
/* A full collection, for an isolate that went idle (0.1-1 ms). Then js_engine_trim(), once for many of them. */
void isolate_collect(struct isolate *iso);

#endif
