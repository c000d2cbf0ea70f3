/* Which flags are on. It could pass wrongly if everything were on, or nothing: each kind of row is asked both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/compat.h"

static bool on(const char *date, const char *flag, enum compat asked) {
    struct span flags[] = {span_of(flag)};
    struct version v = {.compatibility_date = span_of(date), .flags = flags, .flag_count = flag[0] != 0};
    return compat_on(&v, asked);
}

static void by_name_and_by_date(void **state) {
    assert_true(on("2020-01-01", "url_standard", COMPAT_URL_STANDARD));
    assert_false(on("2020-01-01", "", COMPAT_URL_STANDARD));
    assert_false(on("2022-10-30", "", COMPAT_URL_STANDARD));
    assert_true(on("2022-10-31", "", COMPAT_URL_STANDARD));
    assert_false(on("2025-01-01", "url_original", COMPAT_URL_STANDARD));
    assert_true(on("", "", COMPAT_URL_STANDARD));
    assert_true(on("2021-01-01", "", COMPAT_PEDANTIC_WPT));
    assert_true(on("", "", COMPAT_PEDANTIC_WPT));
    assert_false(on("", "non_pedantic_wpt", COMPAT_PEDANTIC_WPT));
    assert_false(on("2999-01-01", "", COMPAT_EXPERIMENTAL));
    assert_true(on("2020-01-01", "experimental", COMPAT_EXPERIMENTAL));
}

static void by_another_flag(void **state) {
    assert_true(on("2024-09-23", "nodejs_compat", COMPAT_NODEJS_COMPAT_V2));
    assert_false(on("2024-09-22", "nodejs_compat", COMPAT_NODEJS_COMPAT_V2));
    assert_false(on("2024-09-23", "", COMPAT_NODEJS_COMPAT_V2));
    assert_true(on("2025-08-15", "nodejs_compat", COMPAT_ENABLE_NODEJS_HTTP_MODULES));
    assert_true(on("2025-09-01", "nodejs_compat", COMPAT_ENABLE_NODEJS_HTTP_SERVER_MODULES));
}

static void without_a_date_node_is_asked_for(void **state) {
    assert_false(on("", "", COMPAT_NODEJS_COMPAT));
    assert_false(on("", "", COMPAT_NODEJS_COMPAT_V2));
    assert_true(on("", "nodejs_compat", COMPAT_NODEJS_COMPAT_V2));
    assert_true(on("2026-08-04", "", COMPAT_NODEJS_COMPAT));
    assert_false(on("2026-08-04", "no_nodejs_compat", COMPAT_NODEJS_COMPAT));
}

static void every_row_is_well_formed(void **state) {
    assert_int_equal(compat_find(SPAN("no such flag")), COMPAT_COUNT);
    for (unsigned i = 0; i < COMPAT_COUNT; i++)
        assert_int_equal(compat_find(compat_name((enum compat)i)), i); /* no name is there twice */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name_and_by_date), cmocka_unit_test(by_another_flag),
        cmocka_unit_test(without_a_date_node_is_asked_for), cmocka_unit_test(every_row_is_well_formed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
