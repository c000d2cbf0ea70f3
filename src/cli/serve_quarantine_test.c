/* The quarantine table. It could pass wrongly if time stood still in it: every case moves a clock of its own past both sides of
 * each border. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/serve_quarantine.h"

static struct quarantine *q;
static uint32_t held[8];

static int setup(void **state) {
    (void)state;
    q = quarantine_new();
    return 0;
}
static int teardown(void **state) {
    (void)state;
    quarantine_free(q);
    return 0;
}

static size_t certain(uint32_t worker, uint64_t now_ms) {
    return quarantine_death(q, &worker, 1, true, now_ms, held);
}

static void the_time_doubles_up_to_the_most(void **state) {
    (void)state;
    uint64_t now = 5000, expected = LIMIT_QUARANTINE_FIRST_MS;
    for (int i = 0; i < 14; i++) {
        assert_int_equal(certain(7, now), 1);
        assert_int_equal(held[0], 7);
        assert_int_equal(quarantine_left_ms(q, 7, now), expected);
        assert_int_equal(quarantine_left_ms(q, 7, now + expected - 1), 1);
        assert_int_equal(quarantine_left_ms(q, 7, now + expected), 0);
        assert_int_equal(quarantine_left_ms(q, 8, now), 0);
        now += expected;
        expected = expected * 2 < LIMIT_QUARANTINE_MOST_MS ? expected * 2 : LIMIT_QUARANTINE_MOST_MS;
    }
    assert_int_equal(quarantine_strikes(q, 7), 14);
}

static void it_is_forgiven_after_a_quiet_time(void **state) {
    (void)state;
    certain(7, 0);
    certain(7, 2000);
    uint64_t end = 2000 + 2 * LIMIT_QUARANTINE_FIRST_MS;
    certain(7, end + LIMIT_QUARANTINE_FORGET_MS - 1); /* not quite */
    assert_int_equal(quarantine_strikes(q, 7), 3);
    uint64_t now =
        end + LIMIT_QUARANTINE_FORGET_MS - 1 + 4 * LIMIT_QUARANTINE_FIRST_MS + LIMIT_QUARANTINE_FORGET_MS;
    certain(7, now);
    assert_int_equal(quarantine_strikes(q, 7), 1);
    assert_int_equal(quarantine_left_ms(q, 7, now), LIMIT_QUARANTINE_FIRST_MS);
}

static void one_of_several_is_held_back_when_it_is_there_again(void **state) {
    (void)state;
    uint32_t first[] = {1, 2}, second[] = {2, 3, 4};
    assert_int_equal(quarantine_death(q, first, 2, false, 1000, held), 0);
    assert_int_equal(quarantine_left_ms(q, 1, 1000), 0);
    assert_int_equal(quarantine_death(q, second, 3, false, 2000, held), 1);
    assert_int_equal(held[0], 2);
    assert_int_equal(quarantine_left_ms(q, 3, 2000), 0);
    assert_int_equal(quarantine_left_ms(q, 2, 2000), LIMIT_QUARANTINE_FIRST_MS);
}

static void the_most_suspected_alone(void **state) {
    (void)state;
    uint32_t a[] = {1, 2}, b[] = {1, 3}, c[] = {4, 3};
    quarantine_death(q, a, 2, false, 0, held);
    assert_int_equal(quarantine_death(q, b, 2, false, 1, held), 1); /* 1: twice */
    assert_int_equal(held[0], 1);
    assert_int_equal(quarantine_death(q, c, 2, false, 2, held), 1); /* 3: twice; 4: once */
    assert_int_equal(held[0], 3);
}

static void suspicion_fades(void **state) {
    (void)state;
    uint32_t pair[] = {1, 2};
    quarantine_death(q, pair, 2, false, 1000, held);
    assert_int_equal(quarantine_death(q, pair, 2, false, 1000 + LIMIT_QUARANTINE_FORGET_MS, held), 0);
    assert_int_equal(quarantine_death(q, pair, 2, false, 1001 + LIMIT_QUARANTINE_FORGET_MS, held), 2);
}

static void note(void *arg, uint32_t worker) { *(uint32_t *)arg = *(uint32_t *)arg * 10 + worker; }

static void add(void *arg, uint32_t worker, uint64_t left_ms) {
    *(uint64_t *)arg += worker * 100000 + left_ms;
}

static void who_is_free_again_is_told_once(void **state) {
    (void)state;
    uint32_t told = 0;
    uint64_t sum = 0;
    certain(7, 0);
    quarantine_each(q, 100, add, &sum);
    assert_int_equal(sum, 700000 + LIMIT_QUARANTINE_FIRST_MS - 100);
    quarantine_sweep(q, LIMIT_QUARANTINE_FIRST_MS - 1, note, &told);
    assert_int_equal(told, 0);
    quarantine_sweep(q, LIMIT_QUARANTINE_FIRST_MS, note, &told);
    quarantine_sweep(q, LIMIT_QUARANTINE_FIRST_MS + 1, note, &told);
    assert_int_equal(told, 7);
    assert_int_equal(quarantine_strikes(q, 7), 1); /* free, not forgotten */
    quarantine_sweep(q, LIMIT_QUARANTINE_FIRST_MS + LIMIT_QUARANTINE_FORGET_MS, note, &told);
    assert_int_equal(quarantine_strikes(q, 7), 0);
}

static void a_pardon_is_complete(void **state) {
    (void)state;
    certain(7, 0);
    assert_true(quarantine_pardon(q, 7, 10));
    assert_int_equal(quarantine_left_ms(q, 7, 10), 0);
    assert_false(quarantine_pardon(q, 7, 10));
    certain(7, 20);
    assert_int_equal(quarantine_strikes(q, 7), 1);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(the_time_doubles_up_to_the_most),
        CASE(it_is_forgiven_after_a_quiet_time),
        CASE(one_of_several_is_held_back_when_it_is_there_again),
        CASE(the_most_suspected_alone),
        CASE(suspicion_fades),
        CASE(who_is_free_again_is_told_once),
        CASE(a_pardon_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
