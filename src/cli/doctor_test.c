/* What `cusp doctor` makes of machines that are not this one. It could pass wrongly if every row were judged by the same fact: each case
 * changes one fact of a good machine and expects exactly the rows that depend on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/doctor.h"
#include "sandbox/sandbox.h"

static struct doctor_facts good(void) {
    return (struct doctor_facts){
        .walls = true,
        .layers = SANDBOX_NO_NEW_PRIVS | SANDBOX_USER_NS | SANDBOX_MOUNT_NS | SANDBOX_NET_NS |
                  SANDBOX_IPC_NS | SANDBOX_UTS_NS | SANDBOX_LANDLOCK | SANDBOX_SECCOMP,
        .landlock_abi = 7,
        .engine = true,
        .caps = {.drain_inside = true,
                 .interrupt = true,
                 .mmap_guard = true,
                 .heap_meter = true,
                 .large_refused = true,
                 .clock_freeze = true},
        .cgroup2 = true,
        .cgroup_memory = true,
        .cgroup_pids = true,
        .cgroup_writable = true,
        .open_files = 1 << 20,
        .listen_backlog = 4096,
        .cpus = 2,
        .kernel = "Linux 6.12.0",
        .clock_source = "tsc",
        .huge_pages = "always [madvise] never",
    };
}

static enum doctor_verdict verdict_of(const struct doctor_line *lines, const char *name) {
    for (size_t i = 0; i < DOCTOR_LINES; i++)
        if (strcmp(lines[i].name, name) == 0) return lines[i].verdict;
    fail_msg("there is no row %s", name);
    return DOCTOR_OK;
}

/* Exactly this row, and this exit status. */
static void expect(const struct doctor_facts *f, const char *name, enum doctor_verdict verdict) {
    struct doctor_line lines[DOCTOR_LINES];
    int status = doctor_judge(f, lines);
    assert_int_equal(verdict_of(lines, name), verdict);
    assert_int_equal(status, verdict == DOCTOR_MISSING);
    for (size_t i = 0; i < DOCTOR_LINES; i++) {
        assert_true(lines[i].found[0]);
        assert_true(lines[i].meaning[0] && lines[i].remedy[0]);
        if (strcmp(lines[i].name, name) != 0 && lines[i].verdict != DOCTOR_OK)
            fail_msg("%s: also %s", name, lines[i].name);
    }
}

static void a_good_machine_is_ready(void **state) {
    struct doctor_facts f = good();
    expect(&f, "sandbox", DOCTOR_OK);
}

#define CASE(change, name, verdict)                                                                          \
    do {                                                                                                     \
        struct doctor_facts f = good();                                                                      \
        change;                                                                                              \
        expect(&f, name, verdict);                                                                           \
    } while (0)

static void each_lack_is_named(void **state) {
    CASE(f.walls = false;
         snprintf(f.walls_problem, sizeof f.walls_problem, "why"), "sandbox", DOCTOR_MISSING);
    CASE(f.layers &= ~(unsigned)SANDBOX_SECCOMP, "system calls", DOCTOR_MISSING);
    CASE(f.layers &= ~(unsigned)SANDBOX_LANDLOCK; f.landlock_abi = 0, "files", DOCTOR_WEAK);
    CASE(f.landlock_abi = 3, "files", DOCTOR_WEAK);
    CASE(f.root = true, "user", DOCTOR_MISSING);
    CASE(f.root = true; f.layers |= SANDBOX_USER, "user", DOCTOR_OK);
    CASE(f.layers &= ~(unsigned)SANDBOX_NET_NS, "namespaces", DOCTOR_WEAK);
    CASE(f.engine = false;
         snprintf(f.engine_problem, sizeof f.engine_problem, "why"), "engine", DOCTOR_MISSING);
    CASE(f.caps.drain_inside = false, "CPU limit", DOCTOR_MISSING);
    CASE(f.caps.interrupt = false, "CPU limit", DOCTOR_WEAK);
    CASE(f.caps.mmap_guard = false, "memory limit", DOCTOR_MISSING);
    CASE(f.caps.large_refused = false, "memory limit", DOCTOR_WEAK);
    CASE(f.caps.heap_meter = false, "memory limit", DOCTOR_WEAK);
    CASE(f.caps.mmap_guard = false; f.sanitizers = true, "memory limit", DOCTOR_WEAK);
    CASE(f.caps.clock_freeze = false, "frozen clock", DOCTOR_MISSING);
    CASE(f.cgroup_writable = false, "cgroup", DOCTOR_WEAK);
    CASE(f.cgroup_memory = false, "cgroup", DOCTOR_WEAK);
    CASE(f.open_files = 16384, "open files", DOCTOR_WEAK);
    CASE(f.open_files = 1024, "open files", DOCTOR_MISSING);
    CASE(f.listen_backlog = 128, "listen backlog", DOCTOR_WEAK);
    CASE(snprintf(f.clock_source, sizeof f.clock_source, "hpet"), "clock", DOCTOR_WEAK);
    CASE(f.overcommit = 2, "memory", DOCTOR_MISSING);
    CASE(snprintf(f.huge_pages, sizeof f.huge_pages, "always madvise [never]"), "memory", DOCTOR_WEAK);
}

static void without_landlock_and_root_directory_files_are_open(void **state) {
    struct doctor_facts f = good();
    struct doctor_line lines[DOCTOR_LINES];
    f.layers = SANDBOX_NO_NEW_PRIVS | SANDBOX_SECCOMP; /* Debian 11 with user namespaces off */
    f.landlock_abi = 0;
    assert_int_equal(doctor_judge(&f, lines), 1);
    assert_int_equal(verdict_of(lines, "files"), DOCTOR_MISSING);
    assert_int_equal(verdict_of(lines, "namespaces"), DOCTOR_WEAK);
}

static void it_is_said_for_machines_too(void **state) {
    struct doctor_facts f = good();
    struct doctor_line lines[DOCTOR_LINES];
    struct buf out = BUF_INIT;
    f.listen_backlog = 128;
    doctor_judge(&f, lines);
    doctor_write(lines, true, &out);
    const char *text = buf_cstr(&out);
    assert_non_null(
        strstr(text, "{\"name\":\"system calls\",\"verdict\":\"ok\",\"found\":\"filters are applied\"}"));
    assert_non_null(
        strstr(text, "{\"name\":\"listen backlog\",\"verdict\":\"weak\",\"found\":\"128\",\"meaning\":\""));
    buf_free(&out);
}

static void this_machine_can_be_examined(void **state) {
    struct doctor_facts f;
    struct doctor_line lines[DOCTOR_LINES];
    doctor_examine(&f);
    doctor_judge(&f, lines);
    assert_true(f.walls);
    assert_true(f.layers & SANDBOX_NO_NEW_PRIVS);
    assert_true(f.engine);
    assert_true(f.open_files > 0 && f.cpus > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_machine_is_ready),
        cmocka_unit_test(each_lack_is_named),
        cmocka_unit_test(without_landlock_and_root_directory_files_are_open),
        cmocka_unit_test(it_is_said_for_machines_too),
        cmocka_unit_test(this_machine_can_be_examined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
