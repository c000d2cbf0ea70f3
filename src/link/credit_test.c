/* credit: a sender and a receiver that hand each other bytes and grants at random. It could pass wrongly if the two never ran
 * dry: both states, stopped and running, are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "link/credit.h"

static void a_stream_flows_and_never_exceeds_the_window(void **state) {
    enum { WINDOW = 1000, TOTAL = 1000000 };
    for (int start = 0; start < 2; start++) {
        struct credit_sender s;
        struct credit_receiver r;
        credit_sender_init(&s, start ? WINDOW : 0);
        credit_receiver_init(&r, WINDOW, start ? WINDOW : 0);
        uint64_t sent = 0, buffered = 0, consumed = 0, grants = 0, stopped = 0;
        assert_int_equal(credit_take(&s, 5), start ? 5 : 0);
        if (start) assert_int_equal(credit_received(&r, 5), ERR_OK);
        sent = buffered = start ? 5 : 0;
        uint64_t first = credit_open(&r);
        assert_int_equal(first, start ? 0 : WINDOW);
        if (first) assert_int_equal(credit_granted(&s, first), ERR_OK);
        assert_int_equal(credit_open(&r), 0);
        srand(3);
        while (consumed < TOTAL) {
            uint64_t n = credit_take(&s, (uint64_t)(rand() % 700));
            stopped += n == 0;
            assert_int_equal(credit_received(&r, n), ERR_OK);
            sent += n;
            buffered += n;
            assert_true(buffered <= WINDOW);
            uint64_t take = (uint64_t)(rand() % 500);
            if (take > buffered) take = buffered;
            buffered -= take;
            consumed += take;
            uint64_t grant = credit_consumed(&r, take);
            assert_true(grant == 0 || grant >= WINDOW / 2);
            if (grant) assert_int_equal(credit_granted(&s, grant), ERR_OK);
            grants += grant != 0;
        }
        assert_int_equal(sent, consumed + buffered);
        assert_true(stopped > 10 && grants <= 2 * TOTAL / WINDOW + 1);
    }
}

static void lies_are_noticed(void **state) {
    struct credit_sender s;
    struct credit_receiver r;
    credit_sender_init(&s, 10);
    assert_int_equal(credit_granted(&s, 0), ERR_PROTOCOL);
    assert_int_equal(credit_granted(&s, UINT64_MAX), ERR_PROTOCOL);
    assert_int_equal(credit_granted(&s, (1ull << 62) - 5), ERR_PROTOCOL);
    assert_int_equal(credit_take(&s, 100), 10); /* untouched by them */
    credit_receiver_init(&r, 100, 100);
    assert_int_equal(credit_received(&r, 60), ERR_OK);
    assert_int_equal(credit_received(&r, 41), ERR_PROTOCOL);
    assert_int_equal(credit_received(&r, 40), ERR_OK);
    credit_receiver_init(&r, 100, 0);
    assert_int_equal(credit_received(&r, 1), ERR_PROTOCOL); /* nothing was granted yet */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_flows_and_never_exceeds_the_window),
        cmocka_unit_test(lies_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
