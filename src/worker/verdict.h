/* Is a Worker short? What decides the lane that it runs in. Pure: no clock, no isolate.
 *
 * A verdict belongs to a version and is shared by the threads of a process; it outlives its isolates. A trial belongs to one
 * isolate: what its entries took of late.
 *
 *     new, or exposed --(VERDICT_TRIAL things in a row, each below VERDICT_SHORT_NS; after exposure also: a pause)--> short
 *     short --(entries too long by VERDICT_OVER_NS in sum, forgotten a little with each entry; or ended by a limit)--> exposed
 *
 * The sum lets one collection or one slow first call pass. The pause doubles with each exposure, from 1 s to 17 min, and is
 * halved when things went well for an hour: so a Worker that is long once in a thousand events costs its neighbours a few
 * entries an hour and not one in a thousand.
 *
 * verdict_is_short(): any thread, no lock. The others: any thread; two that judge the same version in the same moment may each
 * count an exposure, which only makes the pause longer. */
#ifndef WORKER_VERDICT_H
#define WORKER_VERDICT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    VERDICT_TRIAL = 16,
    VERDICT_SHORT_NS = 300 * 1000,
    VERDICT_OVER_NS = 20 * 1000 * 1000,
    VERDICT_PAUSES = 10, /* doublings */
};

struct verdict {
    _Atomic bool is_short;
    _Atomic uint32_t exposures;
    _Atomic uint64_t exposed_ns; /* when last */
    _Atomic uint64_t start_ns;   /* CPU of the last top level; 0: not known */
};

struct trial {
    uint32_t good;    /* things in a row */
    uint64_t over_ns; /* what entries took beyond VERDICT_SHORT_NS a thing */
};

enum verdict_news { VERDICT_SAME, VERDICT_PROVEN, VERDICT_EXPOSED };

static inline bool verdict_is_short(const struct verdict *v) {
    return atomic_load_explicit(&v->is_short, memory_order_relaxed);
}
/* A top level is short too, or not known to be: it may run where others wait. */
static inline bool verdict_start_is_short(const struct verdict *v) {
    uint64_t ns = atomic_load_explicit(&v->start_ns, memory_order_relaxed);
    return ns && ns < VERDICT_SHORT_NS;
}
/* After an entry that took `cpu_ns` for `things` events, timers and operations. VERDICT_PROVEN: it may be declared short
 * (verdict_prove()) as soon as that suits; said after each entry until then. VERDICT_EXPOSED: it no longer is. */
enum verdict_news verdict_turn(struct verdict *v, struct trial *t, uint64_t cpu_ns, unsigned things,
                               uint64_t now_ns);
void verdict_prove(struct verdict *v, uint64_t now_ns);
/* A limit ended it. Nothing changes for one that was not short. */
void verdict_expose(struct verdict *v, uint64_t now_ns);
void verdict_started(struct verdict *v, uint64_t cpu_ns);

#endif
