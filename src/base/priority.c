#include "base/priority.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Measured: 4 and 10 ms are alike, at 50 what runs behind another thread behind waits long enough to hold up those in front (the
 * engine's collector stops them for a moment). */
#define TURN_NS 4000000u

/* struct sched_attr of sched_setattr(2), its first form. The C library does not have it everywhere, and the kernel's own header cannot
 * be included beside <sched.h>. */
struct turns {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

void priority_behind(int nice) {
    struct turns turns = {.size = sizeof turns, .policy = SCHED_OTHER, .nice = nice, .runtime_ns = TURN_NS};
    /* 0 is the calling thread: the sandbox allows no other. */
    if (sched_getscheduler(0) != SCHED_OTHER || syscall(SYS_sched_setattr, 0, &turns, 0) != 0)
        (void)setpriority(PRIO_PROCESS, 0, nice);
}
