/* How near a worker process is to its memory ceiling, and what is to be done about it. The kernel's answer to a process above its
 * ceiling is SIGKILL for all that run in it; before that, the process gives up what it needs least:
 *
 *   TIGHT     from 70 % on: half of the isolates that have nothing to do, those idle longest first
 *   CRITICAL  from 85 % on: all of those; and whoever holds nearly as much as the largest isolate is ended (its events get 503),
 *             busy or not
 *   LOST      above 100 % for PRESSURE_LOST_LOOKS looks in spite of all that: the process had better end itself, while it can still
 *             say why
 *
 * A level is left only when memory has come down to 5 % below where it begins. Pure functions over numbers; one thread. */
#ifndef WORKER_PRESSURE_H
#define WORKER_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pressure_level { PRESSURE_NONE, PRESSURE_TIGHT, PRESSURE_CRITICAL, PRESSURE_LOST };

enum {
    PRESSURE_LOOK_MS = 50,
    PRESSURE_LOST_LOOKS = 20,
    PRESSURE_ACT_LOOKS = 4, /* looks from one measure to the next, so that it can take effect */
};

struct pressure {
    uint64_t ceiling_bytes; /* 0: none */
    enum pressure_level level;
    unsigned looks_over, looks_since_act;
};

/* One look at the process's resident memory. True: it is time to act on p->level. */
bool pressure_look(struct pressure *p, uint64_t rss_bytes);
/* CRITICAL: who holds this much is ended. `largest_bytes` is what the largest isolate holds. Never so little that it would
 * hit isolates of the common size. */
uint64_t pressure_hog_bytes(const struct pressure *p, uint64_t largest_bytes);
const char *pressure_text(enum pressure_level level);

/* Far from its ceiling a process still gives back isolates at rest, because a start costs a millisecond or two: above
 * LIMIT_IDLE_PROCESS_BYTES those at rest for LIMIT_IDLE_MS, above LIMIT_IDLE_PROCESS_MOST_BYTES those at rest for LIMIT_IDLE_MOMENT_MS.
 * No more than the excess is worth: what is freed shows in resident memory only after a trim, so it goes in rounds of counting how
 * many are to go, freeing them a few a look, trimming, and looking again. Zeroed to begin with. */
struct retirement {
    size_t owed;      /* of this round, still to go */
    unsigned rest_ms; /* how long they must have rested */
    bool freed;       /* some in this round: it ends with a trim */
};
/* One look, every PRESSURE_LOOK_MS: how many to free now (crew_retire() with r->rest_ms), 0 most of the time. */
size_t retirement_look(struct retirement *r, uint64_t rss_bytes);
/* How many of those there were. True: the round is over, and it is time to trim. */
bool retirement_done(struct retirement *r, size_t asked, size_t freed);

#endif
