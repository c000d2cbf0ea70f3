/* The pulse of a worker process: two pages of shared memory in which it says, without a system call, that it lives and whose code
 * each of its threads runs right now. The parent maps the same pages and reads them at any moment, above all after the process has
 * died: so it knows whom to blame (cli/serve_watch.h, cli/serve_quarantine.h).
 *
 *     parent: pulse_create() -> descriptor -> child: pulse_adopt(), once, before any thread
 *     each thread that runs user code:  pulse_join() once; then
 *                                       pulse_enter(pulse_here(), worker) ... pulse_leave(pulse_here())
 *     whoever polls a limit in between: pulse_step(): "this thread is under control, its limits will end it"
 *     one thread that does nothing else for long: pulse_beat(), every LIMIT_PULSE_BEAT_MS
 *
 * A lane that is inside for long without a step is one that no limit reaches: an operation of the engine that does not poll. The
 * parent kills the process then. Entering nests (a start-up inside a turn); the outermost counts.
 *
 * Threads: enter, leave, step, allow: the lane's own. beat: one. read: any process that has the pages. A reader may see a moment
 * that has just passed, never a mixture of two. What it reads was written by a process that may have been taken over: numbers are
 * to be checked, nothing more rests on them than whom to blame within one account.
 *
 * Without pulse_adopt() (`cusp dev`, tests) pulse_here() is NULL and all of it does nothing. */
#ifndef BASE_PULSE_H
#define BASE_PULSE_H

#include <stdatomic.h>

#include "base/err.h"

enum { PULSE_LANES = 127 };

struct pulse_lane {
    _Alignas(64) _Atomic uint64_t turn; /* odd: inside. Each enter and each leave adds one */
    _Atomic uint64_t steps;             /* ever */
    _Atomic uint64_t since_ns;          /* CLOCK_MONOTONIC of the last enter, some ms coarse */
    _Atomic uint64_t cpu_ns;            /* of the thread at the last beat */
    _Atomic uint32_t worker;            /* stays after leave: who was the last */
    _Atomic uint32_t allowed_ms;        /* CPU that the entry may take */
    _Atomic int32_t signal;             /* this thread itself crashed of it: pulse_crashed() */
    int32_t cpu_clock;                  /* clockid_t in the lane's process */
    uint32_t depth;                     /* the lane's own */
};

struct pulse {
    _Alignas(64) _Atomic uint64_t beats;
    _Atomic uint32_t lanes; /* that have joined */
    struct pulse_lane lane[PULSE_LANES];
};

/* The parent's. The descriptor is the caller's. */
MUST_USE enum err pulse_create(struct pulse **ret, int *ret_fd);
void pulse_unmap(struct pulse *p); /* NULL is fine */

/* The child's: maps fd, closes it, and remembers it as the process's own for what follows. ERR_IO: not such pages. */
MUST_USE enum err pulse_adopt(int fd);
void pulse_beat(void);
/* This thread becomes a lane for the rest of its life. ERR_OVERLOAD: there are PULSE_LANES. */
MUST_USE enum err pulse_join(void);

/* NULL: this thread is no lane. */
extern _Thread_local struct pulse_lane *pulse_tls;
static inline struct pulse_lane *pulse_here(void) { return pulse_tls; }

/* All take NULL. */
void pulse_enter(struct pulse_lane *lane, uint32_t worker);
void pulse_leave(struct pulse_lane *lane);
static inline void pulse_step(struct pulse_lane *lane) {
    if (lane) atomic_fetch_add_explicit(&lane->steps, 1, memory_order_relaxed);
}
/* Inside: from here to the next step this much CPU is in order. Until it is said: LIMIT_WORKER_CPU_MS. */
static inline void pulse_allow(struct pulse_lane *lane, uint32_t cpu_ms) {
    if (lane) atomic_store_explicit(&lane->allowed_ms, cpu_ms, memory_order_relaxed);
}
/* From a signal handler on the thread that crashed. */
void pulse_crashed(struct pulse_lane *lane, int signal);

/* What a lane does. */
struct pulse_moment {
    bool inside;
    uint32_t worker, allowed_ms;
    int signal; /* not 0: this thread crashed */
    uint64_t turn, steps, since_ns, cpu_ns;
};
size_t pulse_lanes(const struct pulse *p);
void pulse_read(const struct pulse *p, size_t lane, struct pulse_moment *ret);
uint64_t pulse_beats(const struct pulse *p);
uint64_t pulse_clock_ns(void); /* the clock of since_ns */

#endif
