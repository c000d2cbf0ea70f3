/* The walls of a worker process, tried from inside. It could pass wrongly if an escape failed for another reason than the wall (no such
 * file, no permission anyway), so each one is first tried without walls, where it must succeed, unless that needs luck. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "worker/sandbox.h"

static char dir[] = "/tmp/cusp-sandbox-XXXXXX", code[64], kv[64], other[64];

/* How an attempt ended: 0 it worked, an errno, or 1000 + the signal that killed it. */
typedef int attempt_fn(void);
enum { KILLED = 1000 };

static int outcome_of(attempt_fn *attempt, bool walls, unsigned *ret_layers) {
    int report[2];
    assert_int_equal(pipe(report), 0);
    pid_t child = fork();
    if (child == 0) {
        unsigned layers = 0;
        struct problem p;
        if (walls && (sandbox_files(&(struct sandbox){code, kv}, &layers, &p) || sandbox_calls(&layers, &p)))
            _exit(99);
        if (write(report[1], &layers, sizeof layers) < 0) _exit(98);
        int result = attempt();
        if (write(report[1], &result, sizeof result) < 0) _exit(98);
        _exit(0);
    }
    close(report[1]);
    unsigned layers = 0;
    int result = -1, status;
    assert_int_equal(read(report[0], &layers, sizeof layers), sizeof layers);
    bool told = read(report[0], &result, sizeof result) == sizeof result;
    close(report[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (ret_layers) *ret_layers = layers;
    if (WIFSIGNALED(status)) return KILLED + WTERMSIG(status);
    assert_true(told);
    return result;
}

static int open_result(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? errno : 0;
}

static int read_code(void) { return open_result(code, O_RDONLY | O_DIRECTORY); }
static int read_passwd(void) { return open_result("/etc/passwd", O_RDONLY); }
static int read_other_account(void) { return open_result(other, O_RDONLY); }
static int write_kv(void) {
    char path[80];
    snprintf(path, sizeof path, "%s/new", kv);
    return open_result(path, O_RDWR | O_CREAT);
}
static int write_code(void) {
    char path[80];
    snprintf(path, sizeof path, "%s/new", code);
    return open_result(path, O_RDWR | O_CREAT);
}
static int climb_out(void) {
    char path[80];
    snprintf(path, sizeof path, "%s/../other", kv);
    return open_result(path, O_RDONLY);
}
static int make_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0; }
static int make_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0; }
static int run_program(void) {
    char *argv[] = {"true", NULL}, *env[] = {NULL};
    execve("/bin/true", argv, env);
    return errno;
}
static int make_process(void) {
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child < 0 ? errno : 0;
}
static int trace(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0) ? errno : 0; }
static int signal_parent(void) { return kill(getppid(), 0) ? errno : 0; }
static int use_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL) < 0 ? errno : 0; }
static void *nothing(void *arg) { return arg; }
static int make_thread(void) {
    pthread_t thread;
    int e = pthread_create(&thread, NULL, nothing, NULL);
    return e ? e : pthread_join(thread, NULL);
}
static int escape_by_thread_result;
static void *open_passwd_in_thread(void *arg) {
    escape_by_thread_result = read_passwd();
    return arg;
}
static int escape_by_thread(void) {
    pthread_t thread;
    int e = pthread_create(&thread, NULL, open_passwd_in_thread, NULL);
    if (!e) e = pthread_join(thread, NULL);
    return e ? e : escape_by_thread_result;
}

static void what_a_worker_process_needs_still_works(void **state) {
    assert_int_equal(outcome_of(read_code, true, NULL), 0);
    assert_int_equal(outcome_of(write_kv, true, NULL), 0);
    assert_int_equal(outcome_of(make_thread, true, NULL), 0);
}

static void files_elsewhere_are_out_of_reach(void **state) {
    unsigned layers;
    static attempt_fn *const attempts[] = {read_passwd, read_other_account, write_code, climb_out,
                                           escape_by_thread};
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        assert_int_equal(outcome_of(attempts[i], false, NULL), 0);
        int walled = outcome_of(attempts[i], true, &layers);
        if (!(layers & SANDBOX_LANDLOCK)) skip(); /* this kernel has none */
        assert_int_equal(walled, EACCES);
        char made[80];
        snprintf(made, sizeof made, "%s/new", code);
        unlink(made);
    }
}

static void forbidden_calls_kill_the_process(void **state) {
    static attempt_fn *const attempts[] = {make_socket, make_unix_socket, run_program, make_process,
                                           trace,       use_io_uring};
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        unsigned layers;
        int walled = outcome_of(attempts[i], true, &layers);
        if (!(layers & SANDBOX_SECCOMP)) skip();
        assert_int_equal(walled, KILLED + SIGSYS);
    }
    assert_int_equal(outcome_of(make_socket, false, NULL), 0);
    assert_int_equal(outcome_of(make_process, false, NULL), 0);
}

static void other_processes_are_not_signalled(void **state) {
    assert_int_equal(outcome_of(signal_parent, false, NULL), 0);
    unsigned layers;
    int walled = outcome_of(signal_parent, true, &layers);
    if (!(layers & SANDBOX_SECCOMP)) skip();
    assert_int_equal(walled, EPERM);
}

static int setup(void **state) {
    assert_non_null(mkdtemp(dir));
    snprintf(code, sizeof code, "%s/code", dir);
    snprintf(kv, sizeof kv, "%s/kv", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    int fd = open(other, O_CREAT | O_RDWR, 0600);
    close(fd);
    return mkdir(code, 0700) || mkdir(kv, 0700) || fd < 0;
}

static int teardown(void **state) {
    char command[80];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_worker_process_needs_still_works),
        cmocka_unit_test(files_elsewhere_are_out_of_reach),
        cmocka_unit_test(forbidden_calls_kill_the_process),
        cmocka_unit_test(other_processes_are_not_signalled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
