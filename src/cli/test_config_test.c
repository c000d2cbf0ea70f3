/* What a JSON configuration of tests may say of limits. It could pass wrongly if the limits were looked at before they went through the
 * version file that the Worker is started from: they are read from there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/test_config.h"
#include "loop/file.h"
#include "state/version.h"

static enum err read_limits_of(const char *text, struct worker_limits *ret, struct problem *p) {
    struct arena arena = ARENA_INIT;
    struct span dir;
    struct test_config config = {0};
    const struct version *v;
    const char *tmp = getenv("TMPDIR");
    char prefix[256];
    snprintf(prefix, sizeof prefix, "%s/cusp-test-config-", tmp && tmp[0] ? tmp : "/tmp");
    assert_int_equal(file_temp_dir(prefix, &arena, &dir, p), ERR_OK);
    struct test_config_request request = {"f", dir.ptr, SPAN_NONE, {.cpu_ms = 30000, .timers = 7}};
    enum err e = test_config_parse(&request, span_of(text), &arena, &config, p);
    if (!e) {
        assert_int_equal(version_load(dir.ptr, config.services->version_id, &v, p), ERR_OK);
        *ret = v->limits;
        version_unref(v);
    }
    struct problem ignored;
    assert_int_equal(file_remove_tree(dir.ptr, &ignored), ERR_OK);
    arena_free(&arena);
    return e;
}

#define WORKER(limits) "{\"services\":[{\"name\":\"a\",\"worker\":{\"serviceWorkerScript\":\"\"" limits "}}]}"

static void limits_of_its_own_win(void **state) {
    struct worker_limits l;
    struct problem p = {0};
    assert_int_equal(read_limits_of(WORKER(",\"limits\":{\"cpu_ms\":50,\"memory_mb\":32}"), &l, &p), ERR_OK);
    assert_int_equal(l.cpu_ms, 50);
    assert_int_equal(l.memory_mb, 32);
    assert_int_equal(l.timers, 7); /* those that it says nothing of stay */
    assert_int_equal(read_limits_of(WORKER(""), &l, &p), ERR_OK);
    assert_int_equal(l.cpu_ms, 30000);
}

static void limits_are_judged(void **state) {
    struct worker_limits l;
    struct problem p = {0};
    static const char *const bad[] = {WORKER(",\"limits\":{\"cpu_ms\":0}"),
                                      WORKER(",\"limits\":{\"memory_mb\":1e9}"), WORKER(",\"limits\":[1]"),
                                      WORKER(",\"limits\":{\"cpu_ms\":\"5\"}")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_limits_of(bad[i], &l, &p), ERR_INVALID);
        assert_non_null(strstr(p.text, "limits"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_of_its_own_win),
                                       cmocka_unit_test(limits_are_judged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
