/* A thread behind has the niceness that it asked for, and nobody else in the process.
 *
 * How this could pass wrongly: a niceness of the whole process would be the thread's too, so another thread's is looked at; longer
 * turns are only a wish, so on a kernel that knows them they are read back. */
#include "base/priority.h"

#include "base/check.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
    int nice;
    uint64_t turn_ns;
};

static struct seen look(void) {
    uint64_t attr[6] = {0}; /* struct sched_attr; sched_runtime is the fourth */
    struct seen seen = {.nice = getpriority(PRIO_PROCESS, 0)};
    if (syscall(SYS_sched_getattr, 0, attr, (unsigned)sizeof attr, 0) == 0) seen.turn_ns = attr[3];
    return seen;
}

static void *behind(void *arg) {
    priority_behind(7);
    *(struct seen *)arg = look();
    return NULL;
}

static void test_behind(void **state) {
    (void)state;
    struct seen before = look(), there = {0};
    if (before.nice > 7) skip(); /* somebody has lowered all of this process: it may not rise */
    pthread_t thread;
    check(pthread_create(&thread, NULL, behind, &there) == 0);
    pthread_join(thread, NULL);
    struct seen after = look();
    assert_int_equal(there.nice, 7);
    assert_int_equal(after.nice, before.nice);
    assert_int_equal(after.turn_ns, before.turn_ns);
    struct utsname system;
    unsigned major = 0, minor = 0;
    check(uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2);
    bool knows = major > 6 || (major == 6 && minor >= 12);
    if (knows && sched_getscheduler(0) == SCHED_OTHER) assert_int_equal(there.turn_ns, 4000000);
}

int main(void) {
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
