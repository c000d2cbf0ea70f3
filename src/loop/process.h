/* Child processes: fork and exec. Loop's thread.
 *
 * A child gets default signal handlers, an empty signal mask, only the descriptors that are listed, and
 * (unless told otherwise) SIGKILL when its parent dies. Linux ties that to the thread that spawned it: spawn
 * from a thread that lives as long as the process, normally the main one. Exit is noticed through a pidfd, so
 * it does not depend on SIGCHLD. */
#ifndef LOOP_PROCESS_H
#define LOOP_PROCESS_H

#include <sys/types.h>

#include "loop/loop.h"
#include "loop/stream.h"

struct process;

struct process_fd {
    int from; /* the parent's descriptor; stays the parent's */
    int to;   /* its number in the child: 0..255, each at most once */
};

struct process_options {
    const char *path;        /* the program; without '/' it is looked up in the parent's PATH */
    const char *const *argv; /* NULL-terminated, argv[0] included */
    const char *const *env;  /* NULL-terminated; NULL: the parent's environment */
    const char *cwd;         /* NULL: the parent's */
    const struct process_fd *fds;
    size_t
        fd_count; /* up to 64. 0, 1, 2 that are neither listed nor captured: /dev/null, parent's, parent's */
    bool outlive_parent; /* no SIGKILL at the parent's death */
    /* setpgid(): the terminal's ^C does not reach it. No session of its own: Linux may divide processors among sessions first
     * (autogroup), and then the priorities of threads say nothing to the threads of another one. */
    bool new_group;
    bool capture_output; /* stdout and stderr become streams: process_stdout(), process_stderr() */
    bool capture_input;  /* stdin becomes a stream: process_stdin() */
    /* Once. `status` is the exit status, or -1 when `signal` (not 0) killed it. It can come before the last
     * captured bytes. */
    void (*on_exit)(void *arg, int status, int signal);
    void *arg;
};

/* ERR_NOT_FOUND, ERR_PERMISSION, ... with a problem that names the program (or the directory): exec's failure
 * is reported here, not as an exit. */
MUST_USE enum err process_spawn(struct loop *loop, const struct process_options *options,
                                struct process **ret_process, struct problem *p);
pid_t process_pid(const struct process *pr);
/* False when it has ended already. Never hits another process that got the same number. */
bool process_kill(struct process *pr, int signal);
/* on_exit gets this `arg` from now on. */
void process_hand_over(struct process *pr, void *arg);
/* Ends with the stream's owner calling stream_start(); each stream must be stream_close()d by the caller.
 * NULL when not captured. */
struct stream *process_stdin(struct process *pr);
struct stream *process_stdout(struct process *pr);
struct stream *process_stderr(struct process *pr);
/* Forgets it: no on_exit any more. A child that still runs gets SIGKILL and is reaped. */
void process_free(struct process *pr);

#endif
