/* What the parent of `cusp serve` and its children say to one another, over fdpass (loop/fdpass.h): one small
 * struct a message, descriptors attached. Only these rows exist; who gets another one is wrong and says so in
 * the log. */
#ifndef CLI_SERVE_MESSAGES_H
#define CLI_SERVE_MESSAGES_H

#include "base/err.h"
#include "loop/fdpass.h"
#include "loop/loop.h"

/* P parent, E edge, W worker process, C control. */
// clang-format off
/*    name          way     fields and descriptors */
#define SERVE_MESSAGES_TABLE(X)                                                                                              \
    X(PLAN,         "P>EC", "fd: the plan (cli/serve_config.h) in a sealed memory file. The first message, and after each reload") \
    X(LISTEN,       "P>E",  "fds: listening sockets of edge thread `lane`")                                                  \
    X(UP,           "E>P",  "it accepts connections")                                                                        \
    X(WANT_ACCOUNT, "E>P",  "number: an account whose worker process must be up; answered by LINKs. err: how its last link broke, PROTOCOL: it is to be killed")                         \
    X(LINK,         "P>EW", "number: the account, lane: which thread; fd: one end of the link between the two")              \
    X(PREPARE,      "E>P>C", "number: a Worker that has no version yet")                                                     \
    X(READY,        "C>P>E", "number: that Worker, text: its version's id")                                                  \
    X(FAILED,       "C>P>E", "number: that Worker, err, text: why it can't run")                                             \
    X(QUARANTINE,   "P>E",  "number: a Worker that is held back, ms: for how long (0: no more); before the LINKs of a new process") \
    X(KNOWN,        "C>P>E", "text: struct known_version (cli/serve_known.h), many: Workers that need no PREPARE, or need it again, unasked") \
    X(DRAIN,        "P>E",  "ms: finish what is under way within")                                                          \
    X(DRAINED,      "E>P",  "nothing is under way any more")                                                                 \
    X(MEMORY,       "P>W",  "number: its memory ceiling in MB")                                                              \
    X(STOP,         "P>EWC", "exit now, in order")                                                                           \
    X(ADMIN,        "P>C",  "fd: the admin listener's socket")                                                             \
    X(COUNTERS,     "P>C",  "lane: a process's role, number: its account; text: its name; fd: its counters (base/counters.h)") \
    X(PROFILE,      "C>P>W", "number: a Worker, lane: its account, ms: how long; fd: where the profile goes (cli/serve_profile.h)") \
    X(PROFILED,     "W>P>C", "number: that Worker, lane: its account, ms: size in bytes, or err and text: why there is none") \
    X(PROCESS,      "P>C",  "lane, number: which process; text: \"PID STARTS\", pid 0: it is down")
// clang-format on

enum serve_type {
    SERVE_NONE,
#define X(name, way, meaning) SERVE_##name,
    SERVE_MESSAGES_TABLE(X)
#undef X
        SERVE_TYPES
};

/* Exit status of a worker process that was above its memory ceiling and could not help it. */
enum { SERVE_EXIT_MEMORY = 86 };

/* What a process is, in COUNTERS and PROCESS. */
enum serve_role { SERVE_ROLE_PARENT, SERVE_ROLE_EDGE, SERVE_ROLE_CONTROL, SERVE_ROLE_WORKER, SERVE_ROLES };

struct serve_message {
    uint32_t type, number, lane, err, ms;
    struct span text; /* valid during the call */
};

struct serve_pipe;

typedef void serve_message_fn(void *arg, const struct serve_message *m, const int *fds, size_t fd_count);

/* Owns fd. on_down: the other side is gone, once. */
MUST_USE enum err serve_pipe_open(struct loop *loop, int fd, serve_message_fn *on_message,
                                  void (*on_down)(void *arg), void *arg, struct serve_pipe **ret);
/* In order, never lost while the other side lives: what the socket does not take waits here. Descriptors are
 * duplicated when they must wait, so the caller may close its own at once. */
void serve_pipe_send(struct serve_pipe *pipe, const struct serve_message *m, const int *fds, size_t fd_count);
/* Whom it calls from now on; on_down gets the new arg too. */
void serve_pipe_hand_over(struct serve_pipe *pipe, serve_message_fn *on_message, void *arg);
void serve_pipe_close(struct serve_pipe *pipe);

#endif
