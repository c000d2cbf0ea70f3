/* Which Workers are held back because they brought their process down, and for how long. The parent owns one table.
 *
 * A death names suspects: the Workers whose code ran when the process died (cli/serve_watch.h).
 *   certain     one Worker, by evidence: it is held back at once, LIMIT_QUARANTINE_FIRST_MS the first time, twice as long
 *               each further time, LIMIT_QUARANTINE_MOST_MS at most
 *   suspicion   several ran and nothing tells which it was: nobody is held back the first time. Whoever is among the suspects
 *               again within LIMIT_QUARANTINE_FORGET_MS is held back as if it were certain; of several, those that were
 *               suspected most often. So a bystander needs the bad luck to be there each time that the culprit strikes
 * Forgiven: whoever has been free for LIMIT_QUARANTINE_FORGET_MS without another death begins anew.
 *
 * Pure: time comes in as ms of one monotonic clock. Bounded by the number of Workers. */
#ifndef CLI_SERVE_QUARANTINE_H
#define CLI_SERVE_QUARANTINE_H

#include "base/span.h"

struct quarantine;

struct quarantine *quarantine_new(void);
void quarantine_free(struct quarantine *q); /* NULL is fine */

/* A process died; `suspects` are distinct. Writes those that are held back from now on to `ret_held` (room for `count`) and
 * returns how many. */
size_t quarantine_death(struct quarantine *q, const uint32_t *suspects, size_t count, bool certain,
                        uint64_t now_ms, uint32_t *ret_held);
/* 0: it is free. */
uint64_t quarantine_left_ms(const struct quarantine *q, uint32_t worker, uint64_t now_ms);
/* How many times in a row it was held back; 0 when nothing is known of it. */
uint32_t quarantine_strikes(const struct quarantine *q, uint32_t worker);
/* Everything about it is forgotten (it has new code). True when it was held back. */
bool quarantine_pardon(struct quarantine *q, uint32_t worker, uint64_t now_ms);
/* Forgets what is over; `freed` is told of each Worker whose time has passed since the last call. */
void quarantine_sweep(struct quarantine *q, uint64_t now_ms, void (*freed)(void *arg, uint32_t worker),
                      void *arg);
/* Calls `each` for all that are held back now. */
void quarantine_each(const struct quarantine *q, uint64_t now_ms,
                     void (*each)(void *arg, uint32_t worker, uint64_t left_ms), void *arg);

#endif
