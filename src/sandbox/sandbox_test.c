/* Every escape that we could think of, tried from inside. It could pass wrongly if an attempt failed for another reason than the wall
 * (no such file, no permission anyway), so each one is first made without walls, where it must succeed unless its row says that this user
 * could not anyway; and if a wall were only held up by another one, so the same attempts are made with the system calls unfiltered, as root
 * and as an ordinary user, with namespaces and without. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/escapes.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

enum { NOBODY = 65534, FAILED_TO_ENTER = 99 };

struct mode {
    const char *name;
    bool ordinary; /* root becomes somebody else first */
    enum sandbox_choice namespaces;
    bool calls;
};
static const struct mode open_house = {"without walls", false, SANDBOX_OFF, false};
static const struct mode open_ordinary = {"without walls, ordinary user", true, SANDBOX_OFF, false};
static const struct mode modes[] = {
    {"root or whoever runs this, all layers", false, SANDBOX_AUTO, true},
    {"without namespaces", false, SANDBOX_OFF, true},
    {"without seccomp", false, SANDBOX_AUTO, false},
    {"with Landlock alone", false, SANDBOX_OFF, false},
    {"ordinary user, all layers", true, SANDBOX_AUTO, true},
    {"ordinary user, without namespaces", true, SANDBOX_OFF, true},
    {"ordinary user, without seccomp", true, SANDBOX_AUTO, false},
    {"ordinary user, with Landlock alone", true, SANDBOX_OFF, false},
};

static char top[] = "/tmp/cusp-sandbox-XXXXXX";

static void become_ordinary(void) {
    if (geteuid()) return;
    if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
        _exit(97);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static unsigned enter(const struct mode *mode, const char *account, int report) {
    struct problem p = {0};
    unsigned layers = 0;
    struct sandbox walls = {.dir = account,
                            .read_only = "code",
                            .read_write = "kv",
                            .uid = NOBODY,
                            .gid = NOBODY,
                            .must_become = true,
                            .namespaces = mode->namespaces,
                            .fds = &report,
                            .fd_count = 1};
    enum err e = sandbox_enter(&walls, &layers, &p);
    escapes_between();
    if (!e && mode->calls) e = sandbox_calls("the test", false, &layers, &p);
    if (e) {
        fprintf(stderr, "%s: %s\n", mode->name, p.text);
        _exit(FAILED_TO_ENTER);
    }
    return layers;
}

struct report {
    unsigned layers;
    int outcome;
};

static _Noreturn void in_child(const struct mode *mode, escape_fn *attempt, int report) {
    struct report r = {0};
    char account[80];
    setsid();
    snprintf(account, sizeof account, "%s/%s", top, mode->ordinary ? "ordinary" : "first");
    if (mode->ordinary) become_ordinary();
    escapes_before(account, top);
    if (mode != &open_house && mode != &open_ordinary)
        r.layers = enter(mode, account, report);
    else if (chdir(account))
        _exit(96);
    else
        escapes_between();
    if (write(report, &r.layers, sizeof r.layers) < 0) _exit(98);
    r.outcome = attempt();
    if (write(report, &r.outcome, sizeof r.outcome) < 0) _exit(98);
    _exit(0);
}

/* 0 it worked, an errno, or KILLED + the signal. */
static int outcome_of(const struct mode *mode, escape_fn *attempt, unsigned *ret_layers) {
    int report[2], status, outcome = -1;
    unsigned layers = 0;
    assert_int_equal(pipe(report), 0);
    pid_t child = fork();
    if (child == 0) in_child(mode, attempt, report[1]);
    close(report[1]);
    bool entered = read(report[0], &layers, sizeof layers) == sizeof layers;
    bool told = read(report[0], &outcome, sizeof outcome) == sizeof outcome;
    close(report[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    kill(-child, SIGKILL); /* its sibling */
    if (!entered) fail_msg("%s: it could not enter, status %d", mode->name, status);
    *ret_layers = layers;
    if (WIFSIGNALED(status)) return KILLED + WTERMSIG(status);
    assert_true(told);
    return outcome;
}

/* What a row expects here. ANYTHING: nobody can say. */
static int expected(const struct escape *row, unsigned layers) {
    int want = layers & SANDBOX_SECCOMP ? row->filtered : row->unfiltered;
    bool has_root = layers & SANDBOX_MOUNT_NS, landlock = layers & SANDBOX_LANDLOCK;
    if (want == OUT_OF_REACH) return has_root ? ENOENT : landlock ? EACCES : ANYTHING;
    if (want == NO_NETWORK)
        return landlock_abi() >= 4 ? EACCES : layers & SANDBOX_NET_NS ? ENETUNREACH : ANYTHING;
    if (want == NOT_MADE) return landlock ? EACCES : has_root ? EROFS : ANYTHING;
    if (want == NOT_OURS) return layers & SANDBOX_USER || landlock_abi() >= 6 ? EPERM : ANYTHING;
    return want;
}

static bool check_row(const struct escape *row, const struct mode *mode, size_t *judged) {
    unsigned layers;
    int outcome = outcome_of(mode, row->attempt, &layers), want = expected(row, layers);
    if (want == ANYTHING) return true;
    ++*judged;
    if (outcome == want) return true;
    char text[128];
    sandbox_layers_text(layers, text, sizeof text);
    print_error("%s, %s [%s]: it ended with %d (%s), expected %d\n", row->name, mode->name, text, outcome,
                outcome < KILLED ? strerror(outcome) : "killed", want);
    return false;
}

static void every_escape_ends_as_its_row_says(void **state) {
    size_t judged = 0;
    bool fine = true;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (size_t i = 0; i < escape_count; i++) fine &= check_row(&escapes[i], &modes[m], &judged);
    print_message("%zu escapes, %zu judged\n", escape_count, judged);
    assert_true(fine);
    assert_true(judged > escape_count * 4);
}

static void without_walls_the_attempts_work(void **state) {
    for (size_t i = 0; i < escape_count; i++) {
        unsigned layers;
        if (escapes[i].open == WORKS || (escapes[i].open == WORKS_FOR_ROOT && geteuid() == 0)) {
            int outcome = outcome_of(&open_house, escapes[i].attempt, &layers);
            if (outcome) fail_msg("%s: %d without walls", escapes[i].name, outcome);
        }
        if (escapes[i].open == WORKS) {
            int outcome = outcome_of(&open_ordinary, escapes[i].attempt, &layers);
            if (outcome) fail_msg("%s: %d without walls, ordinary user", escapes[i].name, outcome);
        }
    }
}

static void the_layers_are_those_of_this_machine(void **state) {
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
        unsigned layers;
        assert_int_equal(outcome_of(&modes[m], escape_nothing, &layers), 0);
        assert_true(layers & SANDBOX_NO_NEW_PRIVS);
        assert_int_equal(!!(layers & SANDBOX_LANDLOCK), landlock_abi() > 0);
        if (geteuid() == 0) assert_int_equal(!!(layers & SANDBOX_USER), !modes[m].ordinary);
        if (modes[m].namespaces == SANDBOX_OFF) assert_false(layers & SANDBOX_MOUNT_NS);
    }
}

static void a_refused_call_is_named_once(void **state) {
    int report[2], status;
    char text[2048] = "";
    assert_int_equal(pipe(report), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(report[1], STDERR_FILENO);
        struct problem p;
        unsigned layers = 0;
        /* sandbox_enter() has done so before: without it only root may set a filter */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || sandbox_calls("the test", true, &layers, &p) ||
            !(layers & SANDBOX_SECCOMP))
            _exit(FAILED_TO_ENTER);
        for (int i = 0; i < 3; i++)
            if (fcntl(0, F_SETOWN, 1) != -1 || errno != EPERM) _exit(1);
        _exit(0);
    }
    close(report[1]);
    for (size_t at = 0;;) {
        ssize_t n = read(report[0], text + at, sizeof text - 1 - at);
        if (n <= 0) break;
        at += (size_t)n;
    }
    close(report[0]);
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_string_equal(
        text,
        "{\"level\":\"error\",\"who\":\"the test\",\"event\":\"the sandbox refused a system call\",\"call\":"
        "\"fcntl\",\"arguments\":\"0 8 1\"}\n");
}

static int make(const char *name, const char *sub, mode_t mode, bool ordinary) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s%s", top, name, sub);
    if (mkdir(path, mode)) return -1;
    return ordinary && geteuid() == 0 ? chown(path, NOBODY, NOBODY) : 0;
}

static int make_account(const char *name, bool ordinary) {
    char path[128];
    if (make(name, "", 0755, ordinary) || make(name, "/code", 0755, ordinary) ||
        make(name, "/kv", 0755, ordinary))
        return -1;
    snprintf(path, sizeof path, "%s/%s/code/version", top, name);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, "text", 4) != 4) return -1;
    return close(fd);
}

static int setup(void **state) {
    umask(022);
    if (!mkdtemp(top) || chmod(top, 0755)) return -1;
    return make_account("first", false) || make_account("ordinary", true) || make_account("other", false);
}

static int teardown(void **state) {
    char command[80];
    snprintf(command, sizeof command, "rm -r %s", top);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layers_are_those_of_this_machine),
        cmocka_unit_test(without_walls_the_attempts_work),
        cmocka_unit_test(every_escape_ends_as_its_row_says),
        cmocka_unit_test(a_refused_call_is_named_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
