/* The walls around a process. User code is somebody else's code; when an isolate is escaped (a bug in the engine), what is left
 * must be worth nothing: no network, no other account's files, no other program, no other process.
 *
 *   sandbox_enter()  first thing in a worker process, before any thread and any file: descriptors, limits, namespaces with a root
 *                    of its own, an unprivileged user without capabilities, no_new_privs, Landlock, not dumpable
 *   sandbox_calls()  last thing before user code, for all threads: seccomp-bpf, the list of calls.c. What is not on it fails with
 *                    EPERM and is named once in the log; what has no honest use here kills the process
 *   sandbox_helper() edge and control, which read no user code but bytes of strangers: a weaker set, see there
 *
 * Everything that needs more (the KV map, the pipe to the parent, the engine's JIT region) is opened between the first two.
 * Descriptors that the parent sends later arrive by recvmsg(2), which is allowed; making sockets is not.
 *
 * A layer that this kernel, or this user on it, does not have is left out; what was applied is in *ret_layers, and `cusp doctor`
 * says what is missing and why. Failure to apply a layer that is there is an error: do not run user code then. All of it is for
 * ever. Each function writes `problem` only on failure. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <sys/types.h>

#include "base/err.h"

// clang-format off
/*      name        text             what it takes away                                                                        */
#define SANDBOX_LAYERS(X)                                                                                                    \
    X(NO_NEW_PRIVS, "no_new_privs",  "set-user-id programs give nothing")                                                    \
    X(USER,         "user",          "root: it became the unprivileged user, without any capability")                        \
    X(USER_NS,      "userns",        "a user namespace of its own: its user is nobody anywhere else")                        \
    X(MOUNT_NS,     "root",          "a root directory of its own: its two directories and what the engine reads")           \
    X(NET_NS,       "netns",         "no network interface, no abstract socket of others")                                   \
    X(IPC_NS,       "ipcns",         "no System V IPC of others")                                                            \
    X(UTS_NS,       "utsns",         "a host name of its own")                                                               \
    X(LANDLOCK,     "landlock",      "files: two directories and what the engine reads; no TCP; no signals to others")       \
    X(SECCOMP,      "seccomp",       "the system calls of calls.c, with checked arguments")
// clang-format on

enum {
#define X(name, text, what) SANDBOX_##name##_row,
    SANDBOX_LAYERS(X)
#undef X
        SANDBOX_LAYER_COUNT
};
enum sandbox_layer {
#define X(name, text, what) SANDBOX_##name = 1 << SANDBOX_##name##_row,
    SANDBOX_LAYERS(X)
#undef X
};

enum sandbox_choice { SANDBOX_AUTO, SANDBOX_ON, SANDBOX_OFF };

enum { SANDBOX_FDS = 16 };

struct sandbox {
    const char *dir;       /* the account's; becomes the current directory, so the next two are names in it */
    const char *read_only; /* "code" */
    const char *read_write; /* "kv" */
    uid_t uid;              /* whom root becomes; 0: stays what it is. Ignored when not root */
    gid_t gid;
    bool
        must_become; /* it is an error when that can't be (a container that has no such user); false: goes on without the layer */
    enum sandbox_choice
        namespaces; /* AUTO: those that can be had. ON: it is an error when one can't. OFF: none */
    const int
        *fds; /* descriptors to keep beside 0, 1, 2: up to SANDBOX_FDS, ascending. All others are closed */
    size_t fd_count;
};

/* Also: stdin and stdout are /dev/null, no descriptor can be read that should only be written (a terminal as stderr), umask 077, core dumps
 * off, RLIMIT_FSIZE. `read_write` and what lies in it are given to uid:gid, `read_only` becomes searchable to gid. Afterwards
 * the current directory is `dir`, or the new root that looks the same. */
MUST_USE enum err sandbox_enter(const struct sandbox *walls, unsigned *ret_layers, struct problem *p);

/* `who` (static) names the process in the line about a refused call; as_json as in base/log.h. */
MUST_USE enum err sandbox_calls(const char *who, bool as_json, unsigned *ret_layers, struct problem *p);

/* For edge (no programs, no files but those listed) and control (files everywhere, writing only in its directories, programs: the
 * bundler inherits these walls; no network). Before threads. The calls that kill are those of calls.c that neither needs. */
struct sandbox_helper {
    const char *const *read_only, *const
                                      *read_write; /* NULL-terminated; those that do not exist are left out */
    bool connect;                                  /* TCP to others */
    bool programs;                                 /* execve(2), fork(2) */
};
MUST_USE enum err sandbox_helper(const struct sandbox_helper *walls, unsigned *ret_layers, struct problem *p);

/* "no_new_privs landlock seccomp" */
void sandbox_layers_text(unsigned layers, char *out, size_t out_bytes);

#endif
