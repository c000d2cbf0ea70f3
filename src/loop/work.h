/* Work off the loop: a function on the process's pool of threads, its completion on the loop. For files,
 * hashing, bundling: whatever would block. */
#ifndef LOOP_WORK_H
#define LOOP_WORK_H

#include "loop/loop.h"

/* run(arg) on a pool thread, then done(arg) on the loop's thread. Between them `arg` belongs to the pool.
 * done always comes, in no particular order. ERR_OVERLOAD when LIMIT_WORK_QUEUE pieces of this loop wait or
 * run already (neither is called). */
MUST_USE enum err work_run(struct loop *loop, void (*run)(void *arg), void (*done)(void *arg), void *arg);
size_t work_waiting(const struct loop *loop);

#endif
