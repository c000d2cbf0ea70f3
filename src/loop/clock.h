/* Clocks. Pure reads of the system's clocks; any thread. For code on a loop, loop_now_ms() (loop/loop.h) is
 * cheaper and does not move during a callback. */
#ifndef LOOP_CLOCK_H
#define LOOP_CLOCK_H

#include <stdint.h>

uint64_t clock_monotonic_ns(void);   /* never goes back; no relation to the date */
uint64_t clock_thread_cpu_ns(void);  /* CPU time of the calling thread */
uint64_t clock_process_cpu_ns(void); /* CPU time of all threads of this process */
int64_t clock_realtime_ms(void);     /* ms since 1970-01-01T00:00:00Z; may jump */
int64_t clock_realtime_ns(void);

#endif
