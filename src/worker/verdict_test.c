/* Verdicts. It could pass wrongly if a Worker stayed short whatever it did, or never became it: each test looks at both sides of
 * its border. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/verdict.h"

static const uint64_t MS = 1000 * 1000, S = 1000 * 1000 * 1000ull;

static enum verdict_news light(struct verdict *v, struct trial *t, unsigned times, uint64_t now) {
    enum verdict_news news = VERDICT_SAME;
    for (unsigned i = 0; i < times; i++) news = verdict_turn(v, t, MS / 10, 1, now);
    return news;
}

static void proven_after_enough_events(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    assert_false(verdict_is_short(&v));
    assert_int_equal(light(&v, &t, VERDICT_TRIAL - 1, 1), VERDICT_SAME);
    assert_int_equal(light(&v, &t, 1, 1), VERDICT_PROVEN);
    assert_false(verdict_is_short(&v)); /* when it suits */
    assert_int_equal(light(&v, &t, 1, 1), VERDICT_PROVEN);
    verdict_prove(&v, 1);
    assert_true(verdict_is_short(&v));
    assert_int_equal(light(&v, &t, 100, 1), VERDICT_SAME);
}

static void one_long_event_begins_the_count_anew(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    light(&v, &t, VERDICT_TRIAL - 1, 1);
    verdict_turn(&v, &t, 50 * MS, 1, 1);
    assert_int_equal(light(&v, &t, VERDICT_TRIAL - 1, 1), VERDICT_SAME);
    assert_int_equal(light(&v, &t, 1, 1), VERDICT_PROVEN);
}

/* Many short events in one entry are not a long one. */
static void an_entry_is_judged_by_what_it_did(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    assert_int_equal(verdict_turn(&v, &t, 25 * MS, 200, 1), VERDICT_PROVEN);
    verdict_prove(&v, 1);
    for (int i = 0; i < 100; i++) assert_int_equal(verdict_turn(&v, &t, 25 * MS, 200, 1), VERDICT_SAME);
    assert_int_equal(verdict_turn(&v, &t, 25 * MS, 1, 1), VERDICT_EXPOSED);
}

static void a_slip_is_forgiven_a_habit_is_not(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    verdict_prove(&v, 1);
    for (int i = 0; i < 20; i++) { /* 12 ms too long, once in a hundred */
        assert_int_equal(verdict_turn(&v, &t, 13 * MS, 1, 1), VERDICT_SAME);
        light(&v, &t, 100, 1);
    }
    assert_true(verdict_is_short(&v));
    assert_int_equal(verdict_turn(&v, &t, 13 * MS, 1, 1), VERDICT_SAME);
    assert_int_equal(verdict_turn(&v, &t, 13 * MS, 1, 1), VERDICT_EXPOSED);
    assert_false(verdict_is_short(&v));
}

static void each_exposure_makes_the_pause_longer(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    uint64_t now = 100 * S, pause = S;
    verdict_prove(&v, now);
    for (int i = 0; i < 14; i++) {
        assert_int_equal(verdict_turn(&v, &t, 50 * MS, 1, now), VERDICT_EXPOSED);
        assert_int_equal(light(&v, &t, 1000, now + pause - 1), VERDICT_SAME);
        assert_int_equal(light(&v, &t, 1, now + pause), VERDICT_PROVEN);
        now += pause;
        verdict_prove(&v, now);
        if (i < VERDICT_PAUSES) pause *= 2;
    }
    assert_int_equal(pause, S << VERDICT_PAUSES);
}

static void good_conduct_is_counted(void **state) {
    struct verdict v = {0};
    struct trial t = {0};
    for (int i = 0; i < 8; i++) {
        verdict_prove(&v, 100 * S);
        verdict_expose(&v, 100 * S);
        verdict_expose(&v, 100 * S); /* once is once */
    }
    verdict_prove(&v, 100 * S);
    assert_int_equal(verdict_turn(&v, &t, 50 * MS, 1, 4000 * S), VERDICT_EXPOSED);
    assert_int_equal(light(&v, &t, 100, 4015 * S), VERDICT_SAME); /* the fifth exposure's: 16 s, not 256 */
    assert_int_equal(light(&v, &t, 1, 4016 * S), VERDICT_PROVEN);
}

static void a_start_is_long_until_it_is_known(void **state) {
    struct verdict v = {0};
    assert_false(verdict_start_is_short(&v));
    verdict_started(&v, 0);
    assert_true(verdict_start_is_short(&v));
    verdict_started(&v, 3 * MS);
    assert_false(verdict_start_is_short(&v));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proven_after_enough_events),
        cmocka_unit_test(one_long_event_begins_the_count_anew),
        cmocka_unit_test(an_entry_is_judged_by_what_it_did),
        cmocka_unit_test(a_slip_is_forgiven_a_habit_is_not),
        cmocka_unit_test(each_exposure_makes_the_pause_longer),
        cmocka_unit_test(good_conduct_is_counted),
        cmocka_unit_test(a_start_is_long_until_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
