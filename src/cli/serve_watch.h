/* The parent's eyes on one worker process: is it alive, is it stuck, and when it has died, whose fault was it? All of it is read
 * from the process's pulse (base/pulse.h).
 *
 *   silent   no heartbeat for LIMIT_WATCH_SILENT_MS: stopped, or the machine gives it nothing
 *   stuck    a lane is inside one Worker, has not stepped, and has used LIMIT_WATCH_GRACE_MS of CPU more than the entry may; or
 *            LIMIT_WATCH_BLOCKED_MS more of wall time without CPU (it waits for what never comes). While a limit is polled
 *            (JavaScript's tick) a lane steps all the time: only what no limit reaches is found here
 *
 * Time is counted in looks, not by the clock: when the parent itself got no CPU, or the machine slept, one long pause counts as
 * one look. Pure functions; loop's thread. */
#ifndef CLI_SERVE_WATCH_H
#define CLI_SERVE_WATCH_H

#include "base/pulse.h"

/* WATCH_BROKEN is edge's verdict: what came over a link breaks the protocol. */
enum watch_verdict { WATCH_WELL, WATCH_SILENT, WATCH_STUCK, WATCH_BROKEN };

struct watch_lane {
    uint64_t turn, steps, beats, cpu_ns;
    uint64_t observed_ms;
    bool based; /* cpu_ns is of this turn */
};

struct watch {
    uint64_t looked_ms, beats, silent_ms;
    struct watch_lane lanes[PULSE_LANES];
};

/* For a new process. */
void watch_begin(struct watch *w, uint64_t now_ms);
/* To be called every LIMIT_WATCH_LOOK_MS. WATCH_STUCK: *ret_worker is who runs there. */
enum watch_verdict watch_look(struct watch *w, const struct pulse *p, uint64_t now_ms, uint32_t *ret_worker);

// clang-format off
#define DEATH_CAUSES(X)                                                                         \
    X(CRASH,   "crash")   /* a signal that a fault raises, or an exit status: it ended itself */ \
    X(STUCK,   "stuck")   /* WATCH_STUCK, and killed for it */                                   \
    X(SILENT,  "silent")  /* WATCH_SILENT, and killed for it */                                  \
    X(BROKEN, "protocol") /* WATCH_BROKEN, and killed for it: whoever took it over did that, nobody says who */ \
    X(MEMORY,  "memory")  /* the kernel killed it, or it ended itself */                             \
    X(OUTSIDE, "outside") /* somebody sent it a signal: nobody's fault here */
// clang-format on
enum death_cause {
#define X(name, text) DEATH_##name,
    DEATH_CAUSES(X)
#undef X
};
const char *death_cause_text(enum death_cause cause);

/* What is known from outside. */
struct death_facts {
    int status, signal;        /* of its exit */
    enum watch_verdict killed; /* why the parent killed it; WATCH_WELL: it did not */
    uint32_t stuck_worker;     /* WATCH_STUCK */
    bool out_of_memory;        /* the kernel has killed somebody for memory meanwhile */
    uint64_t now_ns;           /* pulse_clock_ns() */
};

struct death {
    enum death_cause cause;
    bool certain; /* the one suspect it was; else one of them, perhaps */
    size_t count;
    uint32_t suspects[PULSE_LANES]; /* distinct Workers, the one that ran longest first */
    uint64_t inside_ms;             /* how long that one had run */
};

/* Who was it? Certain when the lane that crashed said so itself, when the parent killed it for one Worker, when only one Worker
 * ran; and when one ran for long and all others had just begun, unless the kernel killed the process for a forbidden system call
 * (which takes no time). Of a death from outside, or while no user code ran, nobody is suspected. */
void death_examine(const struct pulse *p, const struct death_facts *facts, struct death *ret);

#endif
