/* Turns and shares, with seats that are plain numbers: no isolate, no clock that matters. It could pass wrongly if everybody had so
 * little to do that no order shows: hogs always have more to do than they get. */
#include "loop/testing.h"

#include "loop/clock.h"
#include "worker/lane.h"

struct worker_like {
    struct seat seat;
    uint64_t each_ns; /* CPU of one event, as it claims */
    unsigned queued, most_rows, turns, done;
    uint64_t used_ns;
    bool endless;
};

static struct lane lane;
static unsigned order_count;
static struct worker_like *order[100000];

static bool turn(struct seat *s, unsigned rows, struct lane_used *used) {
    struct worker_like *w = LIST_ITEM(s, struct worker_like, seat);
    unsigned n = w->queued < rows ? w->queued : rows;
    if (order_count < 100000) order[order_count++] = w;
    if (rows > w->most_rows) w->most_rows = rows;
    w->turns++;
    w->done += n;
    if (!w->endless) w->queued -= n;
    used->cpu_ns = n * w->each_ns;
    used->things = n;
    used->now_ns = clock_monotonic_ns();
    w->used_ns += used->cpu_ns;
    return w->queued != 0;
}

static struct worker_like new_one(uint64_t each_us, unsigned queued, bool endless) {
    return (struct worker_like){.each_ns = each_us * 1000, .queued = queued, .endless = endless};
}

static struct loop *setup(bool slow) {
    struct loop *loop = loop_new();
    lane_init(&lane, loop, slow, turn);
    order_count = 0;
    return loop;
}

static void enter(struct worker_like *w) {
    seat_init(&w->seat);
    lane_enter(&lane, &w->seat);
}

static void finish(struct loop *loop) {
    lane_end(&lane);
    loop_free(loop);
}

static void cpu_is_shared_evenly(void **state) {
    struct loop *loop = setup(true);
    struct worker_like hog = new_one(50000, 10, true), middle = new_one(5000, 10, true),
                       light = new_one(100, 100000, true);
    enter(&hog), enter(&middle), enter(&light);
    for (int i = 0; i < 80000; i++) lane_run(&lane);
    uint64_t all = hog.used_ns + middle.used_ns + light.used_ns;
    assert_in_range(hog.used_ns * 100 / all, 30, 37);
    assert_in_range(middle.used_ns * 100 / all, 30, 37);
    assert_in_range(light.used_ns * 100 / all, 30, 37);
    assert_int_equal(hog.most_rows, 4); /* before it was known */
    lane_leave(&lane, &hog.seat), lane_leave(&lane, &middle.seat), lane_leave(&lane, &light.seat);
    finish(loop);
}

/* Between two turns of a hog everybody else has theirs. */
static void a_light_one_waits_for_one_turn_of_a_hog(void **state) {
    struct loop *loop = setup(true);
    struct worker_like hogs[3], light = new_one(100, 1, false);
    for (int i = 0; i < 3; i++) {
        hogs[i] = new_one(50000, 1000, true);
        enter(&hogs[i]);
    }
    for (int i = 0; i < 100; i++) lane_run(&lane);
    for (int i = 0; i < 100; i++) {
        light.queued = 1;
        seat_init(&light.seat); /* time has passed, and it has its credit again */
        unsigned before = light.turns, at = order_count;
        lane_enter(&lane, &light.seat);
        while (light.turns == before) lane_run(&lane);
        assert_int_equal(order_count - at, 1); /* the hog that is inside when it comes has its turn already */
        lane_run(&lane);
    }
    for (int i = 0; i < 3; i++) lane_leave(&lane, &hogs[i].seat);
    finish(loop);
}

static void who_is_alone_owes_nobody(void **state) {
    struct loop *loop = setup(true);
    struct worker_like hog = new_one(900000, 50, false);
    enter(&hog);
    for (int i = 0; i < 50 && hog.queued; i++) lane_run(&lane);
    assert_int_equal(hog.queued, 0);
    finish(loop);
}

/* Going away for a moment does not pay what it owes. */
static void debts_are_kept(void **state) {
    struct loop *loop = setup(true);
    struct worker_like hog = new_one(500000, 1, false), other = new_one(500, 1000, true);
    enter(&hog), enter(&other);
    lane_run(&lane), lane_run(&lane);
    assert_int_equal(hog.turns, 1);
    hog.queued = 1;
    lane_enter(&lane, &hog.seat);
    for (int i = 0; i < 100; i++) lane_run(&lane);
    assert_int_equal(hog.turns, 1);
    for (int i = 0; i < 1000; i++) lane_run(&lane);
    assert_int_equal(hog.turns, 2);
    lane_leave(&lane, &other.seat);
    finish(loop);
}

/* The slow lane looks at what has arrived after every turn; the fast one goes on within its slice. Both finish by themselves. */
static void the_rest_comes_from_the_loop(void **state) {
    for (int slow = 0; slow < 2; slow++) {
        struct loop *loop = setup(slow);
        struct worker_like w = new_one(1000, 30, false);
        enter(&w);
        lane_run(&lane);
        assert_int_equal(slow ? w.turns == 1 : w.turns > 1, 1);
        for (int i = 0; i < 200 && w.queued; i++) loop_turn(loop, false);
        assert_int_equal(w.queued, 0);
        seat_init(&w.seat);
        w.queued = 3;
        lane_wake(&lane, &w.seat);
        assert_int_equal(w.queued, 3); /* not inside the call */
        for (int i = 0; i < 200 && w.queued; i++) loop_turn(loop, false);
        assert_int_equal(w.queued, 0);
        finish(loop);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_is_shared_evenly),
        cmocka_unit_test(a_light_one_waits_for_one_turn_of_a_hog),
        cmocka_unit_test(who_is_alone_owes_nobody),
        cmocka_unit_test(debts_are_kept),
        cmocka_unit_test(the_rest_comes_from_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
