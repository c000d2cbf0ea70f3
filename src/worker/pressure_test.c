/* The levels of memory pressure: when each begins and ends, and how often there is something to do. Who retires when far from that.
 *
 * How this could pass wrongly: levels could be right and nobody be told, so every look's answer is checked as well. Retirement could
 * bring memory down by freeing all there is: the process played here has more isolates than need go, and the rest are counted. */
#include "worker/pressure.h"

#include "base/limits.h"

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

/* A process as retirement sees it: what was freed is still resident until the next trim. */
struct played {
    size_t resting, freed, trims;
    uint64_t base_bytes, isolate_bytes, kept_bytes; /* kept: freed, not given back */
    unsigned rested_ms;                             /* all of them */
};

static uint64_t rss_of(const struct played *p) {
    return p->base_bytes + p->resting * p->isolate_bytes + p->kept_bytes;
}

static void look(struct played *p, struct retirement *r) {
    size_t most = retirement_look(r, rss_of(p)), n = p->rested_ms < r->rest_ms ? 0 : most;
    if (!most) return;
    if (n > p->resting) n = p->resting;
    p->resting -= n;
    p->freed += n;
    p->kept_bytes += n * p->isolate_bytes;
    if (!retirement_done(r, most, n)) return;
    p->kept_bytes = 0;
    p->trims++;
}

enum { MIB = 1 << 20 };

static void a_thousand_at_rest_come_down(void **state) {
    struct played p = {.resting = 1000, .base_bytes = 80 * MIB, .isolate_bytes = 2 * MIB, .rested_ms = 2900};
    struct retirement r = {0};
    (void)state;
    for (unsigned i = 0; i < 100; i++) look(&p, &r);
    assert_int_equal(p.freed, 0); /* they had something to do a moment ago */
    p.rested_ms = 3000;
    for (unsigned i = 0; i < 200; i++) look(&p, &r); /* ten seconds */
    assert_true(rss_of(&p) <= LIMIT_IDLE_PROCESS_MOST_BYTES);
    assert_true(rss_of(&p) > LIMIT_IDLE_PROCESS_MOST_BYTES - 8 * MIB); /* and no further */
    assert_in_range(p.trims, 1, 4);
}

static void after_a_minute_they_come_down_further(void **state) {
    struct played p = {.resting = 300, .base_bytes = 80 * MIB, .isolate_bytes = 2 * MIB, .rested_ms = 59900};
    struct retirement r = {0};
    (void)state;
    for (unsigned i = 0; i < 100; i++) look(&p, &r);
    assert_int_equal(p.freed, 0);
    p.rested_ms = 60000;
    for (unsigned i = 0; i < 100; i++) look(&p, &r);
    assert_true(rss_of(&p) <= LIMIT_IDLE_PROCESS_BYTES);
    assert_true(rss_of(&p) > LIMIT_IDLE_PROCESS_BYTES - 8 * MIB);
}

/* Its memory is elsewhere: whoever rests is freed once, and then there is nothing to do at every look but to see that. */
static void a_process_that_does_not_come_down(void **state) {
    struct played p = {.resting = 20, .base_bytes = 2000u * MIB, .isolate_bytes = 2 * MIB, .rested_ms = 5000};
    struct retirement r = {0};
    (void)state;
    for (unsigned i = 0; i < 100; i++) look(&p, &r);
    assert_int_equal(p.freed, 20);
    assert_int_equal(p.trims, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels),
                                       cmocka_unit_test(acts_again_while_it_lasts),
                                       cmocka_unit_test(lost_only_when_it_stays),
                                       cmocka_unit_test(hogs),
                                       cmocka_unit_test(no_ceiling),
                                       cmocka_unit_test(a_thousand_at_rest_come_down),
                                       cmocka_unit_test(after_a_minute_they_come_down_further),
                                       cmocka_unit_test(a_process_that_does_not_come_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
