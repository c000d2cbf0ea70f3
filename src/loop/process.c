#include "loop/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/channel.h"
#include "loop/inside.h"

enum { FDS_MAX = 64, FD_NUMBER_MAX = 255, CHILD_FDS = FDS_MAX + 3 };

struct process {
    uv_poll_t poll;
    struct loop *loop;
    pid_t pid;
    int pidfd;
    bool exited, closing;
    struct stream *in, *out, *err;
    void (*on_exit)(void *arg, int status, int signal);
    void *arg;
};

/* What the child needs, all prepared before fork(): after it only async-signal-safe calls are allowed. */
struct plan {
    const struct process_options *options;
    char **env;
    char path[4096];
    struct process_fd fds[CHILD_FDS];
    size_t fd_count;
    int own
        [6]; /* our ends and the child's ends of captured pipes, /dev/null; closed when done, -1 when none */
    int report[2];
    pid_t parent;
};

enum { OWN_IN = 0, OWN_OUT = 1, OWN_ERR = 2, CHILD_END = 3 };

/* In the child. */

_Noreturn static void child_fail(struct plan *plan, int number) {
    ssize_t ignored = write(plan->report[1], &number, sizeof number);
    (void)ignored;
    _exit(127);
}

static void default_signals(void) {
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    for (int n = 1; n < NSIG; n++) sigaction(n, &dfl, NULL); /* KILL and STOP refuse; fine */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First all sources above every target, so that no dup2() overwrites one that is still needed. */
static void place_fds(struct plan *plan) {
    int lifted[CHILD_FDS];
    for (size_t i = 0; i < plan->fd_count; i++) {
        lifted[i] = fcntl(plan->fds[i].from, F_DUPFD_CLOEXEC, FD_NUMBER_MAX + 1);
        if (lifted[i] < 0) child_fail(plan, errno);
    }
    int report = fcntl(plan->report[1], F_DUPFD_CLOEXEC, FD_NUMBER_MAX + 1);
    if (report < 0) child_fail(plan, errno);
    plan->report[1] = report;
    close_range(3, FD_NUMBER_MAX, CLOSE_RANGE_CLOEXEC); /* also what others forgot to mark */
    close_range(FD_NUMBER_MAX + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    for (size_t i = 0; i < plan->fd_count; i++) /* dup2() clears close-on-exec */
        if (dup2(lifted[i], plan->fds[i].to) < 0) child_fail(plan, errno);
}

_Noreturn static void child_main(struct plan *plan) {
    const struct process_options *o = plan->options;
    if (!o->outlive_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != plan->parent) _exit(127); /* it died before prctl() */
    }
    if (o->new_group) setpgid(0, 0);
    default_signals();
    place_fds(plan);
    if (o->cwd && chdir(o->cwd) != 0) child_fail(plan, -errno);
    execve(plan->path, (char *const *)o->argv, plan->env);
    child_fail(plan, errno);
}

/* Before fork(). */

static bool find_in_path(const char *name, char *ret, size_t size) {
    struct span rest = span_of(getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
    while (rest.ptr) {
        struct span dir = span_cut(&rest, ':');
        int n = snprintf(ret, size, "%.*s/%s", SPAN_FMT(dir), name);
        if (dir.len && n > 0 && (size_t)n < size && access(ret, X_OK) == 0) return true;
    }
    return false;
}

static int find_program(struct plan *plan, const char *path) {
    if (strlen(path) >= sizeof plan->path) return ENAMETOOLONG;
    if (!strchr(path, '/')) return find_in_path(path, plan->path, sizeof plan->path) ? 0 : ENOENT;
    memcpy(plan->path, path, strlen(path) + 1);
    return 0;
}

static bool lists(const struct process_options *o, int to) {
    for (size_t i = 0; i < o->fd_count; i++)
        if (o->fds[i].to == to) return true;
    return false;
}

static void plan_fd(struct plan *plan, int from, int to) {
    check(plan->fd_count < CHILD_FDS);
    plan->fds[plan->fd_count++] = (struct process_fd){from, to};
}

/* One captured standard stream: a pipe; `ours` is its index in own[]. */
static int plan_pipe(struct plan *plan, int ours, int to) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return errno;
    bool child_reads = to == 0;
    plan->own[ours] = fds[child_reads ? 1 : 0];
    plan->own[ours + CHILD_END] = fds[child_reads ? 0 : 1];
    plan_fd(plan, plan->own[ours + CHILD_END], to);
    return 0;
}

static int plan_standard_fds(struct plan *plan) {
    const struct process_options *o = plan->options;
    int number = 0;
    if (o->capture_input) {
        number = plan_pipe(plan, OWN_IN, 0);
    } else if (!lists(o, 0)) {
        plan->own[OWN_IN + CHILD_END] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (plan->own[OWN_IN + CHILD_END] < 0) return errno;
        plan_fd(plan, plan->own[OWN_IN + CHILD_END], 0);
    }
    for (int to = 1; to <= 2 && number == 0; to++) {
        if (o->capture_output) {
            number = plan_pipe(plan, to, to);
        } else if (!lists(o, to)) {
            plan_fd(plan, to, to);
        }
    }
    return number;
}

static int plan_fds(struct plan *plan) {
    const struct process_options *o = plan->options;
    check(o->fd_count <= FDS_MAX);
    for (size_t i = 0; i < o->fd_count; i++) {
        int to = o->fds[i].to;
        check(to >= 0 && to <= FD_NUMBER_MAX);
        check(!(to == 0 && o->capture_input) && !((to == 1 || to == 2) && o->capture_output));
        plan_fd(plan, o->fds[i].from, to);
    }
    return plan_standard_fds(plan);
}

static void close_fd(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void plan_close(struct plan *plan) {
    for (int i = 0; i < 6; i++) close_fd(&plan->own[i]);
    close_fd(&plan->report[0]);
    close_fd(&plan->report[1]);
}

/* After fork(), in the parent. */

/* exec's errno, negative when chdir() failed; 0 when the program runs. */
static int read_report(struct plan *plan) {
    close_fd(&plan->report[1]);
    int number = 0;
    ssize_t n;
    do n = read(plan->report[0], &number, sizeof number);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof number ? number : 0;
}

static int fork_child(struct plan *plan, pid_t *ret_pid) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* none of our handlers may run in the child */
    plan->parent = getpid();
    pid_t pid = fork();
    if (pid == 0) child_main(plan);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) return number;
    number = read_report(plan);
    if (number != 0) waitpid(pid, NULL, 0);
    *ret_pid = pid;
    return number;
}

static int launch(struct plan *plan, pid_t *ret_pid) {
    int number = find_program(plan, plan->options->path);
    if (number == 0 && pipe2(plan->report, O_CLOEXEC) != 0) number = errno;
    if (number == 0) number = plan_fds(plan);
    return number == 0 ? fork_child(plan, ret_pid) : number;
}

/* Watching. */

static void on_process_closed(uv_handle_t *h) { mem_free(h->data); }

static void on_pidfd(uv_poll_t *poll, int status, int events) {
    struct process *pr = poll->data;
    int wait_status = 0;
    if (waitpid(pr->pid, &wait_status, WNOHANG) != pr->pid) return;
    pr->exited = true;
    uv_poll_stop(&pr->poll);
    loop_touch(pr->loop);
    if (!pr->on_exit) return;
    if (WIFEXITED(wait_status)) {
        pr->on_exit(pr->arg, WEXITSTATUS(wait_status), 0);
    } else {
        pr->on_exit(pr->arg, -1, WTERMSIG(wait_status));
    }
}

static struct stream *take_stream(struct loop *loop, int *fd) {
    struct stream *s = NULL;
    if (*fd < 0) return NULL;
    check(channel_open(loop, *fd, &s) == ERR_OK);
    *fd = -1;
    return s;
}

static int watch_child(struct loop *loop, struct plan *plan, pid_t pid, struct process **ret_process) {
    int pidfd = pidfd_open(pid, 0); /* close-on-exec by itself */
    if (pidfd < 0) return errno;
    struct process *pr = mem_alloc(sizeof *pr);
    pr->loop = loop;
    pr->pid = pid;
    pr->pidfd = pidfd;
    pr->on_exit = plan->options->on_exit;
    pr->arg = plan->options->arg;
    check(uv_poll_init(&loop->uv, &pr->poll, pidfd) == 0);
    pr->poll.data = pr;
    uv_poll_start(&pr->poll, UV_READABLE, on_pidfd);
    pr->in = take_stream(loop, &plan->own[OWN_IN]);
    pr->out = take_stream(loop, &plan->own[OWN_OUT]);
    pr->err = take_stream(loop, &plan->own[OWN_ERR]);
    *ret_process = pr;
    return 0;
}

static void kill_and_reap(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

enum err process_spawn(struct loop *loop, const struct process_options *options, struct process **ret_process,
                       struct problem *p) {
    struct plan plan = {.options = options,
                        .env = options->env ? (char **)options->env : environ,
                        .own = {-1, -1, -1, -1, -1, -1},
                        .report = {-1, -1}};
    pid_t pid = 0;
    int number = launch(&plan, &pid);
    if (number == 0) {
        number = watch_child(loop, &plan, pid, ret_process);
        if (number != 0) kill_and_reap(pid);
    }
    plan_close(&plan);
    if (number < 0)
        return problem(p, err_from_errno(-number), "cannot start %s in the directory %s: %s", options->path,
                       options->cwd, uv_strerror(number));
    if (number > 0)
        return problem(p, err_from_errno(number), "cannot start %s: %s", options->path, uv_strerror(-number));
    return ERR_OK;
}

pid_t process_pid(const struct process *pr) { return pr->pid; }
void process_hand_over(struct process *pr, void *arg) { pr->arg = arg; }
bool process_kill(struct process *pr, int signal) { return !pr->exited && kill(pr->pid, signal) == 0; }
struct stream *process_stdin(struct process *pr) {
    return pr->in;
}
struct stream *process_stdout(struct process *pr) {
    return pr->out;
}
struct stream *process_stderr(struct process *pr) {
    return pr->err;
}

void process_free(struct process *pr) {
    if (!pr || pr->closing) return;
    pr->closing = true;
    if (!pr->exited) kill_and_reap(pr->pid);
    uv_close((uv_handle_t *)&pr->poll, on_process_closed);
    /* Only now: libuv names the descriptor to the kernel once more, and its number may be a connection's by then. */
    close_fd(&pr->pidfd);
}
