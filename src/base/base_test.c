/* base: what every room stands on. It could pass wrongly if the cases were only the easy ones, so the map and
 * the slab are driven at random against a plain array that cannot be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/slab.h"

static void spans_split_and_compare(void **state) {
    (void)state;
    struct span rest = SPAN("a,,b"), part;
    part = span_cut(&rest, ',');
    assert_true(span_eq(part, SPAN("a")));
    part = span_cut(&rest, ',');
    assert_int_equal(part.len, 0);
    part = span_cut(&rest, ',');
    assert_true(span_eq(part, SPAN("b")));
    assert_null(rest.ptr);
    assert_true(span_eq_nocase(SPAN("Content-LENGTH"), SPAN("content-length")));
    assert_false(span_eq_nocase(SPAN("[abc"), SPAN("{abc"))); /* 0x20 apart, but no letters */
    uint64_t n = 7;
    assert_true(span_to_u64(SPAN("9223372036854775807"), &n) && n == INT64_MAX);
    assert_false(span_to_u64(SPAN("9223372036854775808"), &n));
    assert_false(span_to_u64(SPAN("+1"), &n));
    assert_false(span_to_u64(SPAN(""), &n));
    assert_int_equal(n, INT64_MAX);
}

static void the_map_agrees_with_an_array(void **state) {
    (void)state;
    enum { KEYS = 700, STEPS = 200000 };
    struct map *m = map_new();
    static int model[KEYS];
    static char values[STEPS];
    size_t count = 0;
    srand(7);
    for (int step = 0; step < STEPS; step++) {
        int key = rand() % KEYS;
        void *expected = model[key] ? &values[model[key]] : NULL;
        if (rand() % 2) {
            int value = 1 + rand() % (STEPS - 1);
            assert_ptr_equal(map_put_u64(m, (uint64_t)key, &values[value]), expected);
            count += expected == NULL;
            model[key] = value;
        } else {
            assert_ptr_equal(map_remove_u64(m, (uint64_t)key), expected);
            count -= expected != NULL;
            model[key] = 0;
        }
        assert_int_equal(map_count(m), count);
        int probe = rand() % KEYS;
        assert_ptr_equal(map_get_u64(m, (uint64_t)probe), model[probe] ? &values[model[probe]] : NULL);
    }
    size_t at = 0, seen = 0;
    void *value;
    while (map_each(m, &at, NULL, &value)) seen++;
    assert_int_equal(seen, count);
    map_free(m);
}

static void a_stale_handle_finds_nothing(void **state) {
    (void)state;
    struct slab s = SLAB_INIT;
    int things[3];
    uint64_t a = slab_add(&s, &things[0]);
    assert_ptr_equal(slab_get(&s, a), &things[0]);
    assert_ptr_equal(slab_remove(&s, a), &things[0]);
    assert_null(slab_get(&s, a));
    uint64_t b = slab_add(&s, &things[1]);
    assert_int_equal((uint32_t)a, (uint32_t)b); /* the same place, yet another name */
    assert_true(a != b);
    assert_null(slab_get(&s, a));
    assert_null(slab_remove(&s, a));
    assert_null(slab_get(&s, 0));
    assert_null(slab_get(&s, UINT64_MAX));
    for (int i = 0; i < 1000; i++) slab_add(&s, &things[2]);
    assert_ptr_equal(slab_get(&s, b), &things[1]);
    slab_free(&s);
}

static void arenas_and_buffers_keep_what_they_are_given(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct span copies[300];
    for (int i = 0; i < 300; i++) copies[i] = arena_printf(&a, "%0*d", i + 1, i);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(copies[i].len, i + 1);
        assert_int_equal(atoi(copies[i].ptr), i);
    }
    arena_reset(&a);
    assert_int_equal(a.used_bytes, 0);
    arena_free(&a);
    struct buf b = BUF_INIT;
    buf_add_u64(&b, UINT64_MAX);
    buf_printf(&b, "/%d", 5);
    buf_drop(&b, 18);
    assert_true(span_eq(buf_span(&b), SPAN("15/5")));
    buf_free(&b);
    struct bytes *shared = bytes_copy(SPAN("x"));
    bytes_unref(bytes_ref(shared));
    assert_true(span_eq(bytes_span(shared), SPAN("x")));
    bytes_unref(shared);
}

static void tables_are_complete(void **state) {
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        assert_true(err_status((enum err)e) >= 200 && err_status((enum err)e) < 600);
        assert_true(err_sentence((enum err)e)[0] != 0);
    }
    for (int i = 0; i < LIMITS_COUNT; i++) assert_true(limit_rows[i].value > 0 && limit_rows[i].why[0]);
    struct problem p;
    assert_int_equal(problem(&p, ERR_INVALID, "main: %s", "missing"), ERR_INVALID);
    assert_string_equal(p.text, "main: missing");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_split_and_compare),
        cmocka_unit_test(the_map_agrees_with_an_array),
        cmocka_unit_test(a_stale_handle_finds_nothing),
        cmocka_unit_test(arenas_and_buffers_keep_what_they_are_given),
        cmocka_unit_test(tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
