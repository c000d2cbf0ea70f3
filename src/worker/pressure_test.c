/* The levels of memory pressure: when each begins and ends, and how often there is something to do.
 *
 * How this could pass wrongly: levels could be right and nobody be told, so every look's answer is checked as well. */
#include "worker/pressure.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void levels(void **state) {
    struct pressure p = {.ceiling_bytes = 1000};
    (void)state;
    assert_false(pressure_look(&p, 699));
    assert_true(pressure_look(&p, 700)); /* it begins: act at once */
    assert_int_equal(p.level, PRESSURE_TIGHT);
    assert_false(pressure_look(&p, 700));
    assert_true(pressure_look(&p, 850));
    assert_int_equal(p.level, PRESSURE_CRITICAL);
    pressure_look(&p, 801); /* not left yet */
    assert_int_equal(p.level, PRESSURE_CRITICAL);
    pressure_look(&p, 799);
    assert_int_equal(p.level, PRESSURE_TIGHT);
    pressure_look(&p, 651);
    assert_int_equal(p.level, PRESSURE_TIGHT);
    assert_true(pressure_look(&p, 649)); /* it ends: whoever was told is told */
    assert_int_equal(p.level, PRESSURE_NONE);
    assert_false(pressure_look(&p, 649));
}

static void acts_again_while_it_lasts(void **state) {
    struct pressure p = {.ceiling_bytes = 1000};
    unsigned acts = 0;
    (void)state;
    for (unsigned i = 0; i < 10 * PRESSURE_ACT_LOOKS; i++) acts += pressure_look(&p, 750);
    assert_int_equal(acts, 10);
}

static void lost_only_when_it_stays(void **state) {
    struct pressure p = {.ceiling_bytes = 1000};
    (void)state;
    for (unsigned i = 0; i < PRESSURE_LOST_LOOKS - 1; i++) pressure_look(&p, 1100);
    assert_int_equal(p.level, PRESSURE_CRITICAL);
    pressure_look(&p, 990); /* a breath */
    for (unsigned i = 0; i < PRESSURE_LOST_LOOKS - 1; i++) pressure_look(&p, 1100);
    assert_int_equal(p.level, PRESSURE_CRITICAL);
    assert_true(pressure_look(&p, 1100));
    assert_int_equal(p.level, PRESSURE_LOST);
}

static void hogs(void **state) {
    struct pressure p = {.ceiling_bytes = 1000, .level = PRESSURE_TIGHT};
    (void)state;
    assert_int_equal(pressure_hog_bytes(&p, 100 << 20), 0);
    p.level = PRESSURE_CRITICAL;
    assert_int_equal(pressure_hog_bytes(&p, 100 << 20), 75 << 20);
    assert_int_equal(pressure_hog_bytes(&p, 1 << 20), 8 << 20);
}

static void no_ceiling(void **state) {
    struct pressure p = {0};
    (void)state;
    assert_false(pressure_look(&p, UINT64_MAX / 200));
    assert_int_equal(p.level, PRESSURE_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(acts_again_while_it_lasts),
                                       cmocka_unit_test(lost_only_when_it_stays), cmocka_unit_test(hogs),
                                       cmocka_unit_test(no_ceiling)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
