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

#endif
