/* process: children of /bin/sh. It could pass wrongly if the child did not really run, so each proves it by what it writes
 * or how it exits. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "loop/process.h"
#include "loop/testing.h"

struct child {
    struct loop *loop;
    struct process *process;
    struct buf out, err;
    int exits, status, signal, open_streams;
    bool free_in_exit;
};
struct output {
    struct child *child;
    struct stream *s;
    struct buf *to;
};

static void maybe_done(struct child *c) {
    if (c->exits && c->open_streams == 0) loop_stop(c->loop);
}
static void on_exit_status(void *arg, int status, int signal) {
    struct child *c = arg;
    c->exits++;
    c->status = status;
    c->signal = signal;
    if (c->free_in_exit) process_free(c->process);
    maybe_done(c);
}
static void output_read(void *arg, struct span bytes) { buf_add(((struct output *)arg)->to, bytes); }
static void output_end(void *arg, enum err why) {
    struct output *o = arg;
    stream_close(o->s);
    o->child->open_streams--;
    maybe_done(o->child);
}

static enum err run(struct child *c, struct process_options *o, struct problem *p) {
    static const struct stream_events events = {.on_read = output_read, .on_end = output_end};
    o->on_exit = on_exit_status;
    o->arg = c;
    enum err e = process_spawn(c->loop, o, &c->process, p);
    if (e) return e;
    struct output out = {c, process_stdout(c->process), &c->out},
                  err = {c, process_stderr(c->process), &c->err};
    if (o->capture_output) {
        c->open_streams = 2;
        stream_start(out.s, &events, &out);
        stream_start(err.s, &events, &err);
    }
    if (o->capture_input) {
        struct stream *in = process_stdin(c->process);
        struct span text = SPAN("said\n");
        stream_write(in, &text, 1);
        stream_close(in);
    }
    test_run(c->loop);
    return ERR_OK;
}

static void finish(struct child *c) {
    if (!c->free_in_exit) process_free(c->process);
    buf_free(&c->out);
    buf_free(&c->err);
    loop_free(c->loop);
}

static void output_input_environment_and_directory(void **state) {
    struct child c = {.loop = loop_new()};
    const char *argv[] = {"sh", "-c", "read x; echo $x $A; pwd; echo bad >&2; exit 7", NULL};
    const char *env[] = {"A=b", NULL};
    struct process_options o = {
        .path = "sh", .argv = argv, .env = env, .cwd = "/usr", .capture_output = true, .capture_input = true};
    assert_int_equal(run(&c, &o, NULL), ERR_OK);
    assert_true(span_eq(buf_span(&c.out), SPAN("said b\n/usr\n")));
    assert_true(span_eq(buf_span(&c.err), SPAN("bad\n")));
    assert_true(c.exits == 1 && c.status == 7 && c.signal == 0);
    assert_false(process_kill(c.process, SIGTERM)); /* it is gone */
    finish(&c);
}

/* Also two that are exchanged, and one that lies where another goes. */
static void descriptors_are_inherited_where_asked(void **state) {
    struct child c = {.loop = loop_new(), .free_in_exit = true};
    int a[2], b[2];
    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    int leaked = fcntl(a[0], F_DUPFD, 100); /* not close-on-exec, and not listed */
    char script[200];
    snprintf(
        script, sizeof script,
        "echo first >&%d; echo second >&%d; echo third >&200; test -e /proc/self/fd/%d && exit 9; exit 0",
        b[1], a[1], leaked);
    const char *argv[] = {"bash", "-c", script, NULL};
    struct process_fd fds[] = {{a[1], b[1]}, {b[1], a[1]}, {a[1], 200}};
    struct process_options o = {.path = "/bin/bash", .argv = argv, .fds = fds, .fd_count = 3};
    assert_int_equal(run(&c, &o, NULL), ERR_OK);
    assert_int_equal(c.status, 0);
    char got[64] = {0};
    assert_int_equal(read(a[0], got, sizeof got), 12);
    assert_string_equal(got, "first\nthird\n");
    assert_int_equal(read(b[0], got, sizeof got), 7);
    for (int i = 0; i < 2; i++) close(a[i]), close(b[i]);
    close(leaked);
    finish(&c);
}

static void what_cannot_start_says_why(void **state) {
    struct child c = {.loop = loop_new()};
    struct problem p;
    const char *argv[] = {"x", NULL};
    struct process_options o = {.path = "/no/such/program", .argv = argv};
    assert_int_equal(run(&c, &o, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, "/no/such/program"));
    o.path = "no-such-program-anywhere";
    assert_int_equal(run(&c, &o, &p), ERR_NOT_FOUND);
    o.path = "/etc/passwd";
    assert_int_equal(run(&c, &o, &p), ERR_PERMISSION);
    o.path = "/bin/sh";
    o.cwd = "/no/such/directory";
    assert_int_equal(run(&c, &o, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, "/no/such/directory"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
    assert_int_equal(c.exits, 0);
    c.free_in_exit = true;
    finish(&c);
}

static void a_killed_child_reports_the_signal(void **state) {
    struct child c = {.loop = loop_new()};
    const char *argv[] = {"sh", "-c", "kill -TERM $$; sleep 50", NULL};
    struct process_options o = {.path = "sh", .argv = argv, .new_group = true};
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL); /* must not be inherited */
    assert_int_equal(run(&c, &o, NULL), ERR_OK);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    assert_true(c.status == -1 && c.signal == SIGTERM);
    finish(&c);
}

static void a_group_of_its_own_in_the_same_session(void **state) {
    struct loop *loop = loop_new();
    const char *argv[] = {"sleep", "1000", NULL};
    struct process_options o = {.path = "sleep", .argv = argv, .new_group = true};
    struct process *pr;
    assert_int_equal(process_spawn(loop, &o, &pr, NULL), ERR_OK);
    assert_int_equal(getpgid(process_pid(pr)), process_pid(pr));
    assert_int_equal(getsid(process_pid(pr)), getsid(0));
    process_free(pr);
    loop_free(loop);
}

static void freeing_kills(void **state) {
    struct loop *loop = loop_new();
    const char *argv[] = {"sleep", "1000", NULL};
    struct process_options o = {.path = "sleep", .argv = argv};
    struct process *pr;
    assert_int_equal(process_spawn(loop, &o, &pr, NULL), ERR_OK);
    pid_t pid = process_pid(pr);
    assert_int_equal(kill(pid, 0), 0);
    process_free(pr);
    assert_int_equal(kill(pid, 0), -1);
    loop_free(loop);
}

/* The child of a child that is killed must die, too. */
static void children_die_with_their_parent(void **state) {
    int pids[2];
    assert_int_equal(pipe(pids), 0);
    pid_t middle = fork();
    if (middle == 0) {
        struct loop *loop = loop_new();
        const char *argv[] = {"sleep", "1000", NULL};
        struct process_options o = {.path = "sleep", .argv = argv};
        struct process *pr;
        if (process_spawn(loop, &o, &pr, NULL) != ERR_OK) _exit(1);
        pid_t pid = process_pid(pr);
        if (write(pids[1], &pid, sizeof pid) != sizeof pid) _exit(1);
        pause();
    }
    pid_t grandchild = 0;
    assert_int_equal(read(pids[0], &grandchild, sizeof grandchild), sizeof grandchild);
    kill(middle, SIGKILL);
    waitpid(middle, NULL, 0);
    char state_path[64];
    snprintf(state_path, sizeof state_path, "/proc/%d/stat", grandchild);
    bool gone = false;
    for (int i = 0; i < 500 && !gone; i++) { /* gone, or a zombie that init has not reaped */
        FILE *f = fopen(state_path, "r");
        char status = 'Z';
        if (f && fscanf(f, "%*d %*s %c", &status) != 1) status = 'Z';
        if (f) fclose(f);
        gone = status == 'Z';
        if (!gone) usleep(10000);
    }
    assert_true(gone);
    close(pids[0]);
    close(pids[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_input_environment_and_directory),
        cmocka_unit_test(descriptors_are_inherited_where_asked),
        cmocka_unit_test(what_cannot_start_says_why),
        cmocka_unit_test(a_killed_child_reports_the_signal),
        cmocka_unit_test(a_group_of_its_own_in_the_same_session),
        cmocka_unit_test(freeing_kills),
        cmocka_unit_test(children_die_with_their_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
