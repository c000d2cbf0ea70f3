/* Version files. Could pass wrongly: when damage is only tried where the hash notices it (fuzz/version.c goes on
 * without the hash), or when "written once" is not seen by the file's identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "state/test_dir.h"
#include "state/version.h"

static char *dir;

static const struct span flags[] = {{"nodejs_compat", 13}, {"streams_enable_constructors", 27}};
static const struct version_module modules[] = {
    {{"index.js", 8}, VERSION_ESM, {"export default {}", 17}, {"{\"version\":3}", 13}},
    {{"a.wasm", 6}, VERSION_WASM, {"\0asm\1\0\0\0", 8}, {NULL, 0}},
    {{"empty.txt", 9}, VERSION_TEXT, {NULL, 0}, {NULL, 0}},
};
static const struct version_binding bindings[] = {
    {{"KV", 2}, VERSION_BIND_KV_NAMESPACE, {"0123", 4}, {NULL, 0}},
    {{"GREETING", 8}, VERSION_BIND_PLAIN_TEXT, {"hi", 2}, {NULL, 0}},
};

static struct version sample(void) {
    return (struct version){.name = SPAN("api"),
                            .compatibility_date = SPAN("2025-01-31"),
                            .flags = flags,
                            .flag_count = 2,
                            .modules = modules,
                            .module_count = 3,
                            .main_module = 0,
                            .bindings = bindings,
                            .binding_count = 2,
                            .limits = {.cpu_ms = 50, .log_kb = 7}};
}

static void test_round_trip(void **state) {
    struct version v = sample();
    const struct version *back;
    struct problem p;
    struct stat first, second;
    char id[33], again[33];
    assert_int_equal(version_write(dir, &v, id, &p), ERR_OK);
    stat(test_path(dir, id), &first);
    assert_int_equal(version_write(dir, &v, again, &p), ERR_OK);
    stat(test_path(dir, id), &second);
    assert_string_equal(id, again);
    assert_int_equal(first.st_ino, second.st_ino);
    assert_int_equal(version_load(dir, id, &back, &p), ERR_OK);
    assert_string_equal(back->id, id);
    assert_true(span_eq(back->name, v.name) && span_eq(back->compatibility_date, v.compatibility_date));
    assert_int_equal(back->flag_count, 2);
    assert_true(span_eq(back->flags[1], flags[1]));
    assert_int_equal(back->module_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(span_eq(back->modules[i].name, modules[i].name));
        assert_int_equal(back->modules[i].kind, modules[i].kind);
        assert_true(span_eq(back->modules[i].bytes, modules[i].bytes));
        assert_true(span_eq(back->modules[i].source_map, modules[i].source_map));
    }
    assert_true(span_eq(back->bindings[0].value, SPAN("0123")));
    assert_string_equal(version_binding_name(back->bindings[0].kind), "kv_namespace");
    assert_int_equal(back->limits.cpu_ms, 50);
    assert_int_equal(back->limits.log_kb, 7);
    assert_int_equal(back->limits.subrequests, 0);
    version_unref(version_ref(back));
    unlink(test_path(dir, id)); /* what is mapped stays */
    assert_true(span_eq(back->modules[0].bytes, modules[0].bytes));
    version_unref(back);
    v.name = SPAN("other");
    assert_int_equal(version_write(dir, &v, again, &p), ERR_OK);
    assert_string_not_equal(id, again);
}

static void expect_invalid(const struct version *v, const char *want) {
    struct problem p;
    char id[33];
    assert_int_equal(version_write(dir, v, id, &p), ERR_INVALID);
    assert_string_equal(p.text, want);
}

static void test_invalid(void **state) {
    struct version v = sample();
    v.main_module = 3;
    expect_invalid(&v, "the version has no main module");
    v = sample();
    struct version_module twice[] = {modules[0], modules[0]};
    v.modules = twice;
    v.module_count = 2;
    expect_invalid(&v, "two modules have the name \"index.js\"");
    struct version_binding same[] = {bindings[0], bindings[0]};
    v = sample();
    v.bindings = same;
    expect_invalid(&v, "two bindings have the name \"KV\"");
}

static void test_not_there(void **state) {
    const struct version *v;
    struct problem p;
    struct version s = sample();
    char id[33];
    assert_int_equal(version_load(dir, "00000000000000000000000000000000", &v, &p), ERR_NOT_FOUND);
    assert_int_equal(version_load(dir, "../../../../../../../etc/passwd1", &v, &p), ERR_NOT_FOUND);
    assert_int_equal(version_write(test_path(dir, "none"), &s, id, &p), ERR_NOT_FOUND);
}

/* Every byte of the file, changed and cut. */
static void test_damage(void **state) {
    struct version s = sample();
    const struct version *v;
    struct problem p;
    char id[33], file[4096], damaged[4096];
    assert_int_equal(version_write(dir, &s, id, &p), ERR_OK);
    FILE *f = fopen(test_path(dir, id), "r");
    size_t len = fread(file, 1, sizeof file, f);
    fclose(f);
    unlink(test_path(dir, id));
    for (size_t i = 0; i < len; i++) {
        memcpy(damaged, file, len);
        damaged[i] ^= 0x10;
        test_write_file(test_path(dir, id), damaged, len);
        assert_int_not_equal(version_load(dir, id, &v, &p), ERR_OK);
        test_write_file(test_path(dir, id), file, i);
        assert_int_equal(version_load(dir, id, &v, &p), ERR_CORRUPT);
    }
    char other[33];
    assert_int_equal(version_write(dir, &s, other, &p), ERR_OK); /* and writing mends it */
    assert_string_equal(id, other);
    assert_int_equal(version_load(dir, id, &v, &p), ERR_OK);
    version_unref(v);
    memcpy(other, "00000000000000000000000000000000", 32);
    test_write_file(test_path(dir, other), file, len);
    assert_int_equal(version_load(dir, other, &v, &p), ERR_CORRUPT); /* good bytes under a wrong name */
}

static int make_dir(void **state) { return (dir = test_dir_make()) ? 0 : -1; }
static int remove_dir(void **state) {
    test_dir_remove(dir);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_round_trip), TEST(test_invalid), TEST(test_not_there),
                                       TEST(test_damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
