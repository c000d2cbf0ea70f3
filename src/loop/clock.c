#include "loop/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint64_t clock_monotonic_ns(void) { return (uint64_t)read_ns(CLOCK_MONOTONIC); }
uint64_t clock_thread_cpu_ns(void) { return (uint64_t)read_ns(CLOCK_THREAD_CPUTIME_ID); }
uint64_t clock_process_cpu_ns(void) { return (uint64_t)read_ns(CLOCK_PROCESS_CPUTIME_ID); }
int64_t clock_realtime_ns(void) { return read_ns(CLOCK_REALTIME); }
int64_t clock_realtime_ms(void) { return read_ns(CLOCK_REALTIME) / 1000000; }
