/* Shared by the tests of loop/ and link/: a loop that fails the test instead of hanging. Only x_test.c may include
 * it. */
#ifndef LOOP_TESTING_H
#define LOOP_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "loop/loop.h"
#include "loop/timer.h"

enum { TEST_PATIENCE_MS = 20000 };

struct test_guard {
    struct timer *timer;
    struct loop *loop;
    bool late;
};

static inline void test_guard_due(void *arg) {
    struct test_guard *g = arg;
    g->late = true;
    loop_stop(g->loop);
}

/* loop_run(), at most `ms`; true when loop_stop() ended it. */
static inline bool test_run_for(struct loop *loop, uint64_t ms) {
    struct test_guard g = {.loop = loop};
    loop_turn(loop, false); /* makes the cached time current */
    g.timer = timer_new(loop, test_guard_due, &g);
    timer_start(g.timer, ms, 0);
    loop_run(loop);
    timer_free(g.timer);
    return !g.late;
}

static inline void test_run(struct loop *loop) { assert_true(test_run_for(loop, TEST_PATIENCE_MS)); }

#endif
