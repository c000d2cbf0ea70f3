/* Ceilings: sizes as people write them, and which machines give control groups.
 *
 * How this could pass wrongly: the machine that runs this may have no control groups, so directories that look like
 * one are made; only what the kernel does with the numbers is not seen here. */
#include "cli/serve_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"

#include <cmocka.h>

static void sizes(void **state) {
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"512MB", 512ull << 20}, {"2GB", 2ull << 30}, {"2 GB", 2ull << 30}, {"1048576", 1 << 20}};
    static const char *const bad[] = {
        "", "MB", "1.5GB", "-1MB", "12KB", "99999999999999999999", "99999999999999GB"};
    uint64_t n;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(serve_parse_bytes(span_of(good[i].text), &n), ERR_OK);
        assert_int_equal(n, good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(serve_parse_bytes(span_of(bad[i]), &n), ERR_INVALID);
    assert_true(serve_memory_default() >= LIMIT_MEMORY_CEILING_LEAST_BYTES);
}

/* --- A machine made of files -------------------------------------------------------------------------------------- */

static char root[64];

static void put(const char *path, const char *text) {
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *at = full + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(full, 0755);
        *at = '/';
    }
    FILE *f = fopen(full, "w");
    check(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static const char *get(const char *path) {
    static char text[256];
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    FILE *f = fopen(full, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    return text;
}

static void machine(const char *mountinfo, const char *own, const char *controllers) {
    snprintf(root, sizeof root, "/tmp/cusp-ceilings-XXXXXX");
    check(mkdtemp(root));
    put("proc/self/mountinfo", mountinfo);
    put("proc/self/cgroup", own);
    put("cg/cgroup.controllers", controllers);
    put("cg/cgroup.subtree_control", "");
    put("cg/a/cgroup.controllers", controllers);
    put("cg/a/cgroup.subtree_control", "");
}

static void away(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    check(system(command) == 0);
}

#define MOUNTED "25 1 0:22 / /proc rw - proc proc rw\n30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n"

static void in_a_container(void **state) {
    (void)state;
    machine(MOUNTED, "0::/\n", "cpu memory pids");
    struct ceilings *c = ceilings_new(root, 77);
    assert_string_equal(ceilings_why(c), "");
    assert_int_equal(ceilings_layer(c), MEMORY_LAYER_CGROUP);
    assert_string_equal(get("cg/cgroup.subtree_control"), "+memory");
    static const char *const files[] = {"memory.max", "memory.high", "memory.swap.max", "memory.oom.group",
                                        "cgroup.procs"};
    for (size_t i = 0; i < 5; i++) { /* the kernel makes them with the directory */
        char path[64];
        snprintf(path, sizeof path, "cg/cusp-77-3/%s", files[i]);
        put(path, "");
    }
    ceilings_put(c, 3, 1234, 400 << 20);
    assert_string_equal(get("cg/cusp-77-3/memory.high"), "419430400");
    assert_string_equal(get("cg/cusp-77-3/memory.max"), "524288000");
    assert_string_equal(get("cg/cusp-77-3/memory.oom.group"), "1");
    assert_string_equal(get("cg/cusp-77-3/cgroup.procs"), "1234");
    ceilings_free(c);
    away();
}

static void expect_why(const char *why) {
    struct ceilings *c = ceilings_new(root, 77);
    assert_int_equal(ceilings_layer(c), MEMORY_LAYER_SELF);
    assert_string_equal(ceilings_why(c), why);
    ceilings_put(c, 3, 1234, 400 << 20); /* nothing */
    ceilings_free(c);
    away();
}

static void without(void **state) {
    (void)state;
    machine("25 1 0:22 / /proc rw - proc proc rw\n30 1 0:26 / /cg rw - cgroup cgroup rw,memory\n", "0::/\n",
            "memory");
    expect_why("no control groups of version 2 are mounted");
    machine(MOUNTED, "4:memory:/x\n", "memory");
    expect_why("this process is in no control group of version 2");
    machine(MOUNTED, "0::/\n", "cpu pids");
    expect_why("the memory controller is not available in this control group");
    machine(MOUNTED, "4:pids:/\n0::/a\n", "memory");
    expect_why("this control group is not delegated (systemd: Delegate=yes)");
}

/* Only where the file system of /tmp takes such attributes. */
static void delegated(void **state) {
    char group[128];
    (void)state;
    machine(MOUNTED, "0::/a\n", "memory");
    snprintf(group, sizeof group, "%s/cg/a", root);
    if (setxattr(group, "user.delegate", "1", 1, 0)) {
        away();
        skip();
    }
    struct ceilings *c = ceilings_new(root, 77);
    assert_int_equal(ceilings_layer(c), MEMORY_LAYER_CGROUP);
    assert_string_equal(get("cg/a/cgroup.subtree_control"), "+memory");
    ceilings_free(c);
    away();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes), cmocka_unit_test(in_a_container),
                                       cmocka_unit_test(without), cmocka_unit_test(delegated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
