/* turnstile: an account has so many places, its others wait in order, and another account does not feel it. It could pass wrongly if
 * places were never given back, so everything that enters is seen to get in, also when those in line give up first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/turnstile.h"

enum { EACH = 3, COUNT = 40 };

static unsigned order[COUNT], in_count;
static void on_in(void *arg) { order[in_count++] = (unsigned)(uintptr_t)arg; }

static void turns(struct loop *loop) {
    for (int i = 0; i < 3; i++) loop_turn(loop, false);
}

static void the_rest_waits_in_order(void **state) {
    (void)state;
    struct loop *loop = loop_new();
    struct turnstile *t = turnstile_new(loop, EACH);
    struct pass all[COUNT], other;
    in_count = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        pass_init(&all[i], on_in, (void *)(uintptr_t)i);
        assert_int_equal(pass_enter(&all[i], t, 7), i < EACH);
    }
    pass_init(&other, on_in, NULL);
    assert_true(pass_enter(&other, t, 8)); /* another account */
    pass_leave(&other);
    turns(loop);
    assert_int_equal(in_count, 0); /* nobody has left yet */
    pass_leave(&all[5]);           /* gives up in the line */
    for (unsigned i = 0; i < EACH; i++) pass_leave(&all[i]);
    assert_int_equal(in_count, 0); /* from the loop, not from inside */
    turns(loop);
    assert_int_equal(in_count, EACH);
    assert_true(order[0] == 3 && order[1] == 4 && order[2] == 6);
    for (unsigned i = 3; i < COUNT; i++) {
        pass_leave(&all[i]);
        if (i == 20) pass_leave(&all[23]); /* its place is free for it, but it was not told so yet */
        turns(loop);
    }
    assert_int_equal(in_count, COUNT - EACH - 2); /* all but those who gave up */
    assert_true(pass_enter(&other, t, 7));        /* every place is free again */
    pass_leave(&other);
    pass_leave(&other);
    turnstile_free(t); /* checks that nobody is left */
    loop_free(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_rest_waits_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
