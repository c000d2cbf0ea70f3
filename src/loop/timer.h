/* Timers with millisecond resolution, on a loop's thread. O(log n) to start and stop. For many equal timeouts
 * that are nearly always cancelled (one per connection), use loop/deadline.h. */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include "loop/loop.h"

struct timer;

struct timer *timer_new(struct loop *loop, void (*on_due)(void *arg), void *arg);
/* Starts or restarts. repeat_ms 0: once. on_due may start it again or free it. after_ms counts from
 * loop_now_ms(). */
void timer_start(struct timer *t, uint64_t after_ms, uint64_t repeat_ms);
void timer_stop(struct timer *t); /* fine when it is not running */
bool timer_active(const struct timer *t);
void timer_free(struct timer *t);

#endif
