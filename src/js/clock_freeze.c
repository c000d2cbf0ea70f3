#include "js/guard.h"

#include "base/check.h"
#include <dlfcn.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Date.now(), new Date() and Intl read CLOCK_REALTIME by clock_gettime. Spectre-class attacks need a clock, so it stands
 * still while tenant code runs: no patching of JavaScript, no loss of compiled code. All other clocks pass through:
 * the CPU limit depends on them. */

typedef int clock_gettime_fn(clockid_t id, struct timespec *at);
static clock_gettime_fn *libc_clock; /* set by the constructor below, before main */
static _Thread_local uint64_t frozen_ns;

__attribute__((constructor)) static void find_clock(void) {
    *(void **)&libc_clock = dlsym(RTLD_NEXT, "clock_gettime");
}

static int true_clock(clockid_t id, struct timespec *at) {
    return libc_clock ? libc_clock(id, at) : (int)syscall(SYS_clock_gettime, id, at);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *at) {
    if (frozen_ns && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        at->tv_sec = (time_t)(frozen_ns / 1000000000u);
        at->tv_nsec = (long)(frozen_ns % 1000000000u);
        return 0;
    }
    return true_clock(id, at);
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone; /* obsolete: Linux fills it with zeros */
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

void clock_freeze(uint64_t unix_ns) { frozen_ns = unix_ns; }
uint64_t clock_frozen(void) { return frozen_ns; }

uint64_t clock_real_ns(void) {
    struct timespec now;
    check(true_clock(CLOCK_REALTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool clock_freeze_works(void) {
    clock_gettime_fn *seen = NULL;
    struct timespec at = {0};
    *(void **)&seen = dlsym(RTLD_DEFAULT, "clock_gettime");
    uint64_t before = frozen_ns;
    clock_freeze(1234567890ull * 1000000000u);
    if (seen) seen(CLOCK_REALTIME, &at);
    clock_freeze(before);
    return at.tv_sec == 1234567890;
}
