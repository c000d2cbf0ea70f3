/* What the parent concludes from a pulse. It could pass wrongly if only clear cases were tried: each verdict has a neighbour here
 * that just misses it. The pulse is this process's own, and other threads are lanes of it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/serve_watch.h"

static struct pulse *page;
static struct watch watch;
static uint64_t now_ms;
static uint32_t worker;

static int group_setup(void **state) {
    (void)state;
    int fd;
    return pulse_create(&page, &fd) || pulse_adopt(fd) || pulse_join();
}

static int setup(void **state) {
    (void)state;
    now_ms = 1000000;
    worker = 0;
    watch_begin(&watch, now_ms);
    return 0;
}

/* Looks for `ms`; the pages are as they are. The last verdict, or the first that is not well. */
static enum watch_verdict look_for(uint64_t ms, bool beating) {
    enum watch_verdict v = WATCH_WELL;
    for (uint64_t end = now_ms + ms; now_ms < end && v == WATCH_WELL;) {
        now_ms += LIMIT_WATCH_LOOK_MS;
        if (beating) pulse_beat();
        v = watch_look(&watch, page, now_ms, &worker);
    }
    return v;
}

/* A lane's CPU clock, as if it had run. */
static void burn(uint64_t ms) { page->lane[0].cpu_ns += ms * 1000000; }

static void silence_is_noticed_after_its_time(void **state) {
    (void)state;
    assert_int_equal(look_for(60000, true), WATCH_WELL);
    assert_int_equal(look_for(LIMIT_WATCH_SILENT_MS - LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, true), WATCH_WELL);
    assert_int_equal(look_for(LIMIT_WATCH_SILENT_MS, false), WATCH_SILENT);
}

static void a_parent_that_slept_blames_nobody(void **state) {
    (void)state;
    look_for(1000, true);
    now_ms += 3600 * 1000;
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
}

static void a_lane_that_steps_is_under_control(void **state) {
    (void)state;
    pulse_enter(pulse_here(), 5);
    pulse_allow(pulse_here(), 50);
    for (int i = 0; i < 100; i++) {
        pulse_step(pulse_here());
        burn(LIMIT_WATCH_GRACE_MS);
        assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
        pulse_beat();
    }
    pulse_leave(pulse_here());
}

/* burn() is what a beat would have brought; a real one in between would undo it, so the heart is moved by hand. */
static void a_lane_that_burns_beyond_its_limit_is_stuck(void **state) {
    (void)state;
    pulse_enter(pulse_here(), 6);
    pulse_allow(pulse_here(), 1000);
    look_for(LIMIT_WATCH_LOOK_MS, false);
    page->beats++;
    burn(1u << 20); /* what the lane had used before this turn: must not count */
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
    page->beats++;
    burn(1000 + LIMIT_WATCH_GRACE_MS - 1);
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
    page->beats++;
    burn(1);
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_STUCK);
    assert_int_equal(worker, 6);
    pulse_leave(pulse_here());
}

static void one_that_waits_without_cpu_is_stuck_much_later(void **state) {
    (void)state;
    pulse_enter(pulse_here(), 7);
    pulse_allow(pulse_here(), 50);
    for (uint64_t ms = 0; ms < LIMIT_WATCH_BLOCKED_MS; ms += LIMIT_WATCH_LOOK_MS) {
        page->beats++;
        assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_WELL);
    }
    page->beats++;
    look_for(LIMIT_WATCH_LOOK_MS, false);
    page->beats++;
    assert_int_equal(look_for(LIMIT_WATCH_LOOK_MS, false), WATCH_STUCK);
    pulse_leave(pulse_here());
}

/* -- Other lanes --------------------------------------------------------------------------------------------------- */

/* Threads that are inside a Worker until they are let go. */
struct other {
    pthread_t thread;
    uint32_t worker;
    pthread_barrier_t in, out;
};

static void *be_inside(void *arg) {
    struct other *o = arg;
    if (pulse_join()) abort();
    pulse_enter(pulse_here(), o->worker);
    pthread_barrier_wait(&o->in);
    pthread_barrier_wait(&o->out);
    pulse_leave(pulse_here());
    return NULL;
}

static void start(struct other *o, uint32_t number) {
    o->worker = number;
    pthread_barrier_init(&o->in, NULL, 2);
    pthread_barrier_init(&o->out, NULL, 2);
    assert_int_equal(pthread_create(&o->thread, NULL, be_inside, o), 0);
    pthread_barrier_wait(&o->in);
}

static void stop(struct other *o) {
    pthread_barrier_wait(&o->out);
    pthread_join(o->thread, NULL);
    pthread_barrier_destroy(&o->in);
    pthread_barrier_destroy(&o->out);
}

static struct death examine(struct death_facts facts) {
    struct death d;
    if (!facts.now_ns) facts.now_ns = pulse_clock_ns();
    death_examine(page, &facts, &d);
    return d;
}

static void nobody_is_suspected_when_nobody_ran(void **state) {
    (void)state;
    struct death d = examine((struct death_facts){.status = -1, .signal = SIGSEGV});
    assert_int_equal(d.cause, DEATH_CRASH);
    assert_int_equal(d.count, 0);
    assert_false(d.certain);
}

static void the_only_one_inside_it_was(void **state) {
    (void)state;
    struct other a, b;
    start(&a, 11);
    start(&b, 11); /* the same one in two lanes */
    struct death d = examine((struct death_facts){.status = -1, .signal = SIGILL});
    assert_true(d.certain);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.suspects[0], 11);
    d = examine((struct death_facts){.status = 1});
    assert_true(d.certain && d.cause == DEATH_CRASH);
    d = examine((struct death_facts){.status = -1, .signal = SIGKILL});
    assert_int_equal(d.cause, DEATH_OUTSIDE);
    assert_int_equal(d.count, 0);
    d = examine((struct death_facts){.status = -1, .signal = SIGKILL, .out_of_memory = true});
    assert_true(d.certain && d.cause == DEATH_MEMORY);
    d = examine((struct death_facts){.status = -1, .signal = SIGKILL, .killed = WATCH_SILENT});
    assert_int_equal(d.cause, DEATH_SILENT);
    assert_false(d.certain); /* it may have been stopped from outside */
    assert_int_equal(d.count, 1);
    stop(&a);
    stop(&b);
}

static void of_several_nobody_is_certain_but_one_that_stands_out(void **state) {
    (void)state;
    struct other a, b;
    start(&a, 21);
    usleep(300000);
    start(&b, 22);
    uint64_t now_ns = pulse_clock_ns() + 5 * 1000000;
    struct death d = examine((struct death_facts){.status = -1, .signal = SIGSEGV, .now_ns = now_ns});
    assert_true(d.certain);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.suspects[0], 21);
    assert_in_range(d.inside_ms, 250, 60000);
    d = examine((struct death_facts){.status = -1, .signal = SIGSYS, .now_ns = now_ns}); /* takes no time */
    assert_false(d.certain);
    assert_int_equal(d.count, 2);
    d = examine((struct death_facts){.status = -1, .signal = SIGSEGV, .now_ns = now_ns + 100 * 1000000ull});
    assert_false(d.certain);
    assert_int_equal(d.count, 2);
    assert_int_equal(d.suspects[0], 21);
    assert_int_equal(d.suspects[1], 22);
    d = examine((struct death_facts){.signal = SIGKILL, .killed = WATCH_STUCK, .stuck_worker = 22});
    assert_true(d.certain && d.count == 1 && d.suspects[0] == 22);
    stop(&a);
    stop(&b);
}

static void the_lane_that_crashed_says_so(void **state) {
    (void)state;
    struct other a, b;
    start(&a, 31);
    start(&b, 32);
    size_t last = pulse_lanes(page) - 1; /* b's */
    page->lane[last].signal = SIGSEGV;
    struct death d = examine((struct death_facts){.status = -1, .signal = SIGSEGV});
    assert_true(d.certain && d.count == 1 && d.suspects[0] == 32);
    stop(&b);
    d = examine((struct death_facts){.status = -1, .signal = SIGSEGV}); /* it crashed outside of any Worker */
    assert_int_equal(d.count, 0);
    page->lane[last].signal = 0;
    stop(&a);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        CASE(silence_is_noticed_after_its_time),
        CASE(a_parent_that_slept_blames_nobody),
        CASE(a_lane_that_steps_is_under_control),
        CASE(a_lane_that_burns_beyond_its_limit_is_stuck),
        CASE(one_that_waits_without_cpu_is_stuck_much_later),
        CASE(nobody_is_suspected_when_nobody_ran),
        CASE(the_only_one_inside_it_was),
        CASE(of_several_nobody_is_certain_but_one_that_stands_out),
        CASE(the_lane_that_crashed_says_so),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
