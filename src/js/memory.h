/* The memory of an isolate: what it has taken, its limit, and giving it back.
 *
 * The limit (struct isolate_config, memory_limit_bytes) bounds what the collector finds alive: objects, and what they
 * hold outside the heap (strings, array buffers, memories of WebAssembly). Garbage comes on top of it, so a process
 * sees up to about twice the limit, and for the length of one built-in operation more (docs/memory.md has figures).
 *
 * How it is kept. The engine's allocator is hooked (alloc_hooks.h), so every isolate knows at the cost of an addition
 * what it has taken since its last collection. When that and what was alive then come to 1.25 x the limit,
 * the next look (in the middle of a long entry, or at the end of any) collects and measures: more than the limit
 * alive, and the isolate is condemned (JS_MEMORY_LIMIT). So one that hoards 1 MB a request is found as well as one
 * that fills memory in a loop, and nobody else ever is: the figure is the isolate's own.
 * What the heap doesn't know of (compiled code, ICU, regular expressions, tables) shows in the memory of the process
 * only. An entry during which that grew by 2 x the limit more, most of it by pages that this very thread touched
 * first, is ended too, unless a collection and a trim bring it back.
 *
 * A single block above the limit, or one with which the isolate would hold three times its limit, is refused at once:
 * JavaScript sees RangeError. Only callers inside the engine that can cope are refused.
 *
 * Thread: the isolate's, except where it says any. */
#ifndef JS_MEMORY_H
#define JS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct isolate;

struct isolate_memory {
    size_t heap_bytes, capacity_bytes, extra_bytes, objects; /* as of the last collection */
    uint64_t collections;
};
/* Walks the heap: 0.1 ms plus 50 ns an object. Never per request. Enters by itself. */
void isolate_memory(struct isolate *iso, struct isolate_memory *ret);

/* What it may hold now: alive at its last collection plus all taken since. Costs nothing. 0 where the allocator could
 * not be hooked (js_caps.heap_meter). */
uint64_t isolate_memory_now(const struct isolate *iso);

/* What it may hold from now on; 0: as much as there is. Before the Worker's code runs. */
void isolate_set_memory_limit(struct isolate *iso, uint64_t bytes);

/* A full collection, for an isolate that went idle (0.1-1 ms). Then js_engine_trim(), once for many of them. */
void isolate_collect(struct isolate *iso);
/* The same, and all compiled code goes: each function is compiled anew when it is called next. For an isolate whose set-up is done
 * and will not run again: that code is a tenth of its memory. Not inside an entry. */
void isolate_forget_code(struct isolate *iso);

/* The figures that condemned it, for the log. Zero unless its verdict is JS_MEMORY_LIMIT. */
struct isolate_memory_verdict {
    uint64_t limit_bytes;
    uint64_t heap_bytes;    /* alive */
    uint64_t process_bytes; /* resident, of the whole process */
};
void isolate_memory_verdict(const struct isolate *iso, struct isolate_memory_verdict *ret);

/* The process has no room for this one any more: the running or the next entry ends as JS_TERMINATED, its verdict
 * JS_MEMORY_LIMIT. Any thread. */
void isolate_memory_give_up(struct isolate *iso);
/* The same for every isolate that holds this much or more, from now on until 0 is said: while a process is short of
 * memory. Any thread. */
void memory_give_up_above(uint64_t bytes);

#endif
