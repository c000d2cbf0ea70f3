/* A CPU profile in the format that Chrome opens: Profiler.Profile of the Chrome DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile), as a .cpuprofile file has it.
 *
 * Made of what the engine's sampling profiler gives (js/isolate.h: isolate_profile_take), which is JSON too: stacks with a
 * time stamp, innermost frame first. What this adds:
 *   - the tree of call frames: one node for each function in each stack of callers, with the lines that were hit
 *     (positionTicks);
 *   - places: the Worker's own functions are at their original file and line when there is a source map. The engine names
 *     sources by number only, so the caller says which number the Worker's module has. Functions of Cusp's own built-in
 *     JavaScript have the url "cusp:built-in", those of the engine (JSON.stringify, ...) "native", those of WebAssembly "wasm";
 *   - time in which nothing ran: the engine samples only while JavaScript runs, so a gap of more than IDLE_GAP_US is a sample
 *     of the node (idle).
 * The engine does not say where a function begins: a node's place is the first place in the function that was seen running.
 *
 * Pure: no engine, any thread. Bounded: LIMIT_PROFILE_NODES nodes (deeper stacks are cut, the rest is "(other)"),
 * LIMIT_PROFILE_SAMPLES samples (later ones are dropped). Text that is no such JSON is ERR_INVALID. */
#ifndef JS_CPUPROFILE_H
#define JS_CPUPROFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "js/sourcemap.h"

struct cpuprofile;

struct cpuprofile_module {
    struct span url;             /* of the Worker's module, as the engine has it; copied */
    uint32_t prologue_columns;   /* js/modules.h */
    const struct sourcemap *map; /* may be NULL; must outlive the profile */
};

/* Times are microseconds of CLOCK_MONOTONIC, the clock of the engine's time stamps. */
struct cpuprofile *cpuprofile_new(const struct cpuprofile_module *module, uint64_t start_us);
/* What one isolate_profile_take() gave, in order. */
MUST_USE enum err cpuprofile_add(struct cpuprofile *p, struct span traces, struct problem *why);
size_t cpuprofile_samples(const struct cpuprofile *p);
/* The whole as JSON. */
void cpuprofile_write(const struct cpuprofile *p, uint64_t end_us, struct buf *out);
void cpuprofile_free(struct cpuprofile *p); /* NULL is fine */

#endif
