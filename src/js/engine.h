/* The JavaScript engine as a process-wide thing: start-up, what it can do, what it costs the process.
 *
 * Call js_engine_init() once, in main, before threads are started and before any other js_ call. It scrubs
 * JSC_* from the environment, sets the engine's options (they freeze at the first isolate), tries out every
 * fact about the engine that no public header promises, and remembers which hold in `js_caps`. Code that
 * relies on one of them has a slower or weaker fallback. A process that never runs JavaScript (edge, control)
 * must not call it: it costs 30 MB.
 *
 * Two functions of libc are replaced in any program that links this room, and behave as before on threads
 * that are not inside an isolate: mmap (js/mmap_guard.c)            refuses single mappings above a cap, so
 * that a giant array is a RangeError clock_gettime, gettimeofday (js/clock_freeze.c)   the wall clock stands
 * still inside an isolate, so that code cannot time its neighbours; CLOCK_MONOTONIC and CPU clocks keep
 * running
 */
#ifndef JS_ENGINE_H
#define JS_ENGINE_H

#include "base/err.h"

struct js_engine_options {
    uint64_t
        ram_hint_bytes; /* how much memory the engine believes in (the whole process); it decides how much garbage may
                                pile up before a collection. 0: 1 GB. With 64 MB a hello world spends a fifth of
                                its time collecting; idle isolates are collected by the host whatever this says */
    uint64_t mmap_cap_bytes; /* largest single mapping made inside an isolate; 0: 1 GB; less than 512 MB makes
                                some engine paths abort the process */
};

/* What holds in this engine. Written by js_engine_init() only, before threads; read anywhere. */
struct js_caps {
    bool nan_box;      /* numbers, booleans, undefined and null can be made and read inline */
    bool drain_inside; /* microtasks run inside the entry: endless promise chains are stopped too. When false
                          they can only be stopped by killing the process */
    bool forget_code;  /* isolate_forget_code() has an effect */
    bool release_memory; /* js_engine_trim() has an effect */
    bool string_layout;  /* text is read out of the engine without a copy */
    bool string_cell;    /* and without a call of it: a string that is in one piece is read where it is */
    unsigned char string_type; /* of cells that are strings, then */
    bool narrow_strings;       /* text that fits into Latin-1 becomes 8-bit strings, with one copy */
    bool direct;               /* natives are called as the engine's own functions are (JS_DIRECT) */
    bool view_layout;          /* bytes are read without pinning the buffer */
    bool mmap_guard;           /* giant allocations fail instead of succeeding (off in sanitizer builds) */
    bool heap_meter;           /* what each isolate holds is known all the time (memory.h) */
    bool large_refused;        /* an isolate is refused single blocks above its limit, by RangeError */
    bool clock_freeze;         /* the wall clock stands still inside an isolate */
    bool interrupt; /* the monitor can interrupt an entry; else the engine's own timer does, coarsely */
};
extern struct js_caps js_caps;

/* ERR_UNSUPPORTED when the library cannot run here at all (no executable memory: *p says so). Idempotent. */
MUST_USE enum err js_engine_init(const struct js_engine_options *options, struct problem *p);
/* "nan_box=1 drain_inside=1 ..." for the start-up log and bug reports. */
struct span js_engine_caps_text(char *room, size_t cap);
/* The library's version, "2.50.6". */
void js_engine_version(char *room, size_t cap);

/* Gives memory that the engine's allocator has cached back to the OS (1-5 ms). After isolates were freed or
 * collected, from any thread. */
void js_engine_trim(void);
/* The same, unless it was done less than LIMIT_TRIM_PAUSE_MS ago: for each of many isolates that were collected. The engine's
 * allocator gives back what was missed by itself some seconds later. */
void js_engine_trim_at_times(void);

/* Resident memory of the process, 2 us; 0 when unknown. Works behind the sandbox's walls. Any thread. */
uint64_t js_engine_rss_bytes(void);

/* The real wall clock, also inside an isolate: nanoseconds since 1970. */
uint64_t js_clock_real_ns(void);

#endif
