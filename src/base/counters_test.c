/* base/counters: it could pass wrongly if writer and reader shared a mapping, so the reader always opens the file by itself, and
 * a "process" that dies is a mapping that goes without a word. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/counters.h"

static struct counters_file *open_file(int fd, bool write) {
    struct counters_file *f;
    assert_int_equal(counters_open(fd, write, &f), ERR_OK);
    return f;
}

static const struct counters_row *row_of(const struct counters_lane *lane, uint32_t worker) {
    for (size_t i = 0; i < counters_rows_used(lane); i++)
        if (lane->rows[i].worker == worker) return &lane->rows[i];
    return NULL;
}

static void counters_outlive_the_process_gauges_do_not(void **state) {
    (void)state;
    int fd;
    assert_int_equal(counters_create(2, &fd), ERR_OK);
    struct counters_file *reader = open_file(fd, false);
    assert_int_equal(counters_lanes(reader), 2);
    assert_null(counters_lane(reader, 2));
    const struct counters_lane *seen = counters_lane(reader, 1);
    for (unsigned life = 1; life <= 3; life++) {
        struct counters_file *f = open_file(fd, true);
        struct counters *c = counters_take(counters_lane(f, 1));
        count(&counters_row(c, 7)->requests, 5);
        count(&counters_of(c)->lane.turns, 2);
        gauge(&counters_of(c)->lane.queue_length, 9);
        struct counters_isolate *i = counters_isolate_take(c, 7, "0123456789abcdef0123456789abcdef");
        gauge(&i->heap_bytes, 1000);
        assert_int_equal(row_of(seen, 7)->requests, 5 * life);
        assert_int_equal(seen->lane.turns, 2 * life);
        assert_int_equal(counters_isolates_high(seen), 1);
        assert_int_equal(seen->isolates[0].heap_bytes, 1000);
        assert_memory_equal(seen->isolates[0].version, "0123456789abcdef0123456789abcdef", 32);
        struct counters_file *next = open_file(fd, true); /* the first was killed: nothing was given back */
        assert_int_equal(counters_isolates_high(seen), 0);
        assert_int_equal(seen->lane.queue_length, 0);
        assert_int_equal(seen->alive, 0);
        counters_close(next);
        counters_give(c); /* of a process that is no more: only so that nothing leaks here */
        counters_close(f);
    }
    assert_int_equal(counters_rows_used(seen), 2); /* others, 7 */
    assert_int_equal(counters_rows_used(counters_lane(reader, 0)), 0);
    counters_close(reader);
    close(fd);
}

static void workers_beyond_the_last_row_are_counted_together(void **state) {
    (void)state;
    struct counters_file *f = counters_private(1);
    struct counters *c = counters_take(counters_lane(f, 0));
    uint64_t sum = 0;
    for (uint32_t worker = 1; worker < COUNTERS_ROWS + 100; worker++)
        count(&counters_row(c, worker)->requests, 1);
    assert_int_equal(counters_rows_used(counters_of(c)), COUNTERS_ROWS);
    assert_int_equal(row_of(counters_of(c), 0)->requests, 100);
    for (size_t i = 0; i < COUNTERS_ROWS; i++) sum += counters_of(c)->rows[i].requests;
    assert_int_equal(sum, COUNTERS_ROWS + 99);
    assert_ptr_equal(counters_row(c, 77), counters_row(c, 77));
    counters_give(c);
    counters_close(f);
}

static void isolate_slots_are_bounded_and_used_again(void **state) {
    (void)state;
    static struct counters_isolate *slots[COUNTERS_ISOLATES];
    struct counters_file *f = counters_private(1);
    struct counters *c = counters_take(counters_lane(f, 0));
    for (int round = 0; round < 1000; round++) /* one at a time: readers look at few */
        counters_isolate_give(counters_isolate_take(c, 1, "v"));
    assert_true(counters_isolates_high(counters_of(c)) <= 2);
    for (size_t i = 0; i < COUNTERS_ISOLATES; i++)
        assert_non_null(slots[i] = counters_isolate_take(c, (uint32_t)i, "v"));
    assert_null(counters_isolate_take(c, 1, "v"));
    counters_isolate_give(slots[1000]);
    assert_ptr_equal(counters_isolate_take(c, 5, "v"), slots[1000]);
    counters_give(c);
    counters_close(f);
}

/* What a worker process that was taken over could do to its reader. */
static void a_hostile_writer_cannot_lead_the_reader_astray(void **state) {
    (void)state;
    int fd;
    assert_int_equal(counters_create(1, &fd), ERR_OK);
    struct counters_file *f = open_file(fd, true);
    struct counters_lane *lane = counters_lane(f, 0);
    lane->rows_used = UINT64_MAX;
    lane->isolates_high = UINT64_MAX;
    assert_int_equal(counters_rows_used(lane), COUNTERS_ROWS);
    assert_int_equal(counters_isolates_high(lane), COUNTERS_ISOLATES);
    assert_int_equal(ftruncate(fd, 4096), -1); /* the reader would get SIGBUS */
    counters_close(f);
    uint64_t lanes = 500;
    assert_int_equal(pwrite(fd, &lanes, sizeof lanes, 8), sizeof lanes);
    assert_int_equal(counters_open(fd, false, &f), ERR_INVALID);
    close(fd);
    fd = memfd_create("not sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(counters_open(fd, false, &f), ERR_INVALID);
    close(fd);
}

static void histogram_buckets_have_inclusive_upper_bounds(void **state) {
    (void)state;
    struct histogram h = {0};
    histogram_add(&h, 0);
    histogram_add(&h, 50 * 1000);
    histogram_add(&h, 50 * 1000 + 1);
    histogram_add(&h, 40000000000);
    assert_int_equal(h.buckets[0], 2);
    assert_int_equal(h.buckets[1], 1);
    assert_int_equal(h.buckets[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(h.sum_ns, 100001 + 40000000000);
    for (int i = 1; i < HISTOGRAM_BOUNDS; i++)
        assert_true(histogram_bounds_us[i - 1] < histogram_bounds_us[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_outlive_the_process_gauges_do_not),
        cmocka_unit_test(workers_beyond_the_last_row_are_counted_together),
        cmocka_unit_test(isolate_slots_are_bounded_and_used_again),
        cmocka_unit_test(a_hostile_writer_cannot_lead_the_reader_astray),
        cmocka_unit_test(histogram_buckets_have_inclusive_upper_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
