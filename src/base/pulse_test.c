/* pulse: what one process writes another reads. It could pass wrongly if writer and reader shared the mapping, so the reader has a
 * mapping of its own and the crash happens in a child that is really killed. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/pulse.h"

static struct pulse *page; /* the parent's mapping */

static int setup(void **state) {
    (void)state;
    int fd;
    return pulse_create(&page, &fd) || pulse_adopt(fd);
}

static void a_lane_that_is_not_inside_blames_nobody(void **state) {
    (void)state;
    struct pulse_moment m;
    pulse_enter(pulse_here(), 7); /* this thread has not joined: nothing happens */
    assert_null(pulse_here());
    assert_int_equal(pulse_join(), ERR_OK);
    assert_int_equal(pulse_lanes(page), 1);
    pulse_read(page, 0, &m);
    assert_false(m.inside);
    pulse_enter(pulse_here(), 7);
    pulse_leave(pulse_here());
    pulse_read(page, 0, &m);
    assert_false(m.inside);
    assert_int_equal(m.worker, 7); /* the last one */
    assert_int_equal(m.turn, 2);
}

static void the_outermost_entry_counts(void **state) {
    (void)state;
    struct pulse_moment m;
    uint64_t before = pulse_clock_ns();
    pulse_enter(pulse_here(), 8);
    pulse_allow(pulse_here(), 50);
    pulse_enter(pulse_here(), 9);
    pulse_leave(pulse_here());
    pulse_step(pulse_here());
    pulse_read(page, 0, &m);
    assert_true(m.inside);
    assert_int_equal(m.worker, 8);
    assert_int_equal(m.allowed_ms, 50);
    assert_int_equal(m.steps, 1);
    assert_true(m.since_ns >= before && m.since_ns <= pulse_clock_ns());
    pulse_leave(pulse_here());
    pulse_enter(pulse_here(), 10); /* what was allowed to one is not allowed to the next */
    pulse_read(page, 0, &m);
    assert_int_equal(m.allowed_ms, LIMIT_WORKER_CPU_MS);
    pulse_leave(pulse_here());
}

static void a_beat_brings_the_lanes_cpu_time(void **state) {
    (void)state;
    struct pulse_moment m = {0}, later;
    uint64_t beats = pulse_beats(page);
    pulse_enter(pulse_here(), 3);
    pulse_beat();
    pulse_read(page, 0, &m);
    for (volatile int i = 0; i < 20000000;) i = i + 1;
    pulse_beat();
    pulse_read(page, 0, &later);
    pulse_leave(pulse_here());
    assert_int_equal(pulse_beats(page), beats + 2);
    assert_true(later.cpu_ns > m.cpu_ns + 1000000);
    assert_true(later.cpu_ns < m.cpu_ns + 60000000000u);
}

static void the_dead_still_say_who_it_was(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        pulse_enter(pulse_here(), 77);
        pulse_crashed(pulse_here(), SIGSEGV);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    struct pulse_moment m;
    pulse_read(page, 0, &m);
    assert_true(m.inside);
    assert_int_equal(m.worker, 77);
    assert_int_equal(m.signal, SIGSEGV);
}

static void *join_too_many(void *arg) {
    (void)arg;
    return (void *)(intptr_t)pulse_join();
}

static void lanes_are_bounded(void **state) {
    (void)state;
    intptr_t last = ERR_OK;
    for (int i = 0; i < PULSE_LANES + 2; i++) {
        pthread_t t;
        void *result;
        assert_int_equal(pthread_create(&t, NULL, join_too_many, NULL), 0);
        assert_int_equal(pthread_join(t, &result), 0);
        last = (intptr_t)result;
    }
    assert_int_equal(last, ERR_OVERLOAD);
    assert_int_equal(pulse_lanes(page), PULSE_LANES);
}

static void a_file_that_is_too_small_is_refused(void **state) {
    (void)state;
    char path[] = "/tmp/pulse-test-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    assert_int_equal(pulse_adopt(fd), ERR_IO);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_that_is_not_inside_blames_nobody),
        cmocka_unit_test(the_outermost_entry_counts),
        cmocka_unit_test(a_beat_brings_the_lanes_cpu_time),
        cmocka_unit_test(the_dead_still_say_who_it_was),
        cmocka_unit_test(lanes_are_bounded),
        cmocka_unit_test(a_file_that_is_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
