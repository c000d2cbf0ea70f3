/* The event loop: everything that waits in Cusp waits here. One loop per thread; a loop and all that was
 * opened on it (streams, timers, ...) belong to the thread that runs it. Only loop_post() and
 * loop_stop_from_any_thread() may be called from others.
 *
 * Rules that hold for the whole room:
 *  - Callbacks run from the loop, never inside the call that asked for them.
 *  - `x_close(x)` / `x_free(x)` accept NULL, may be called inside any callback, also of the same object, and
 * end all of its callbacks but the one that says "closed". Memory is returned later, by the loop.
 *  - Everything opened on a loop must be closed before loop_free() (a leftover is a bug: check()).
 *
 * One iteration: due timers; poll (reads, accepts); then deferred work in rounds until nothing new is
 * deferred, at most LOOP_ROUNDS; then one write for each stream that was written to. What is left goes on in
 * the next iteration, which does not block. So all that arrives in one poll is handled as one batch, and
 * pipelined answers leave in one write. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/err.h"
#include "base/list.h"

struct loop;

enum { LOOP_ROUNDS = 8 };

struct loop *loop_new(void); /* also makes the process ignore SIGPIPE */
/* Runs the callbacks of closes under way, then frees. */
void loop_free(struct loop *loop);
/* Runs until loop_stop(). The loop waits for ever when nothing is open; it does not return by itself. */
void loop_run(struct loop *loop);
/* One iteration; blocks until something happens if `wait`. For tests, and for rooms that drive a loop
 * themselves. */
void loop_turn(struct loop *loop, bool wait);
/* loop_run() returns after this iteration. Kept when called before loop_run(). */
void loop_stop(struct loop *loop);
void loop_stop_from_any_thread(struct loop *loop);

/* Monotonic milliseconds, read once an iteration. */
uint64_t loop_now_ms(const struct loop *loop);
/* Monotonic microseconds, read once after each poll, when first asked for: when what the poll brought came, not when its turn in
 * the batch came. Two clocks a request were 1 % of a small one. */
uint64_t loop_batch_us(struct loop *loop);
/* The date in ms since 1970, read now. */
int64_t loop_clock_realtime_ms(const struct loop *loop);

/* Work to be run once at the end of this iteration. Embed it; no allocation. */
struct deferred {
    struct list node;
    void (*run)(void *arg);
    void *arg;
};
void deferred_init(struct deferred *d, void (*run)(void *arg), void *arg);
/* Nothing happens when it is waiting already. Deferring itself again from run() is fine: it comes in the next
 * round. */
void loop_defer(struct loop *loop, struct deferred *d);
/* Fine when it is not waiting. Must be done before its memory goes. */
void deferred_cancel(struct deferred *d);
bool deferred_waits(const struct deferred *d);

/* From any thread: run(arg) on the loop's thread, in the order of the calls. What is still waiting in
 * loop_free() is run there. The caller bounds how many it posts; a million waiting is a bug. */
void loop_post(struct loop *loop, void (*run)(void *arg), void *arg);

/* Idle time: run(arg) once whenever nothing has happened on the loop for `quiet_ms` (garbage collection,
 * trimming). Timers do not count as something; reads, writes, deferred and posted work do. Costs nothing per
 * iteration. */
struct loop_idle;
struct loop_idle *loop_idle_new(struct loop *loop, uint64_t quiet_ms, void (*run)(void *arg), void *arg);
void loop_idle_free(struct loop_idle *idle);

#endif
