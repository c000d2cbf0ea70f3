/* The parent of `cusp serve` from within: what serve.c and serve_children.c share. */
#ifndef CLI_SERVE_PARENT_H
#define CLI_SERVE_PARENT_H

#include "base/counters.h"
#include "base/map.h"
#include "base/pulse.h"
#include "cli/serve_children.h"
#include "cli/serve_config.h"
#include "cli/serve_memory.h"
#include "cli/serve_messages.h"
#include "loop/loop.h"
#include "loop/process.h"
#include "loop/timer.h"

enum { CHILD_ARGS = 9 };

struct serve;
struct spares;
struct supervision;

struct child {
    struct serve *serve;
    char *name;             /* in the log */
    char *argv[CHILD_ARGS]; /* NULL-terminated */
    const char *const *env;
    struct process *process;
    struct serve_pipe *pipe; /* NULL while it is down */
    bool has_pulse;          /* a worker process */
    struct pulse *pulse;     /* of the present process, or of the one that died last */
    bool hidden;             /* a spare one: not shown */
    enum serve_role role;
    uint32_t number; /* a worker process: its account */
    int counters;    /* descriptor of what its lives count in; -1: it counts nothing */
    uint64_t starts;
    struct timer *respawn;
    uint64_t started_ms;
    unsigned deaths;
    serve_message_fn *on_message; /* arg is the child */
    void (*on_up)(struct child *c);
    bool (*on_death)(struct child *c, int status,
                     int signal_number); /* true: explained, it may start again at once; may be NULL */
    void *arg;
};

struct account {
    struct serve *serve;
    uint32_t number;
    struct child *child;
    uint32_t profiled; /* a Worker that control wants a profile of, and waits; 0: none */
};

struct serve {
    struct loop *loop;
    const char *config_path;
    struct serve_numbers numbers;
    struct arena arena; /* of config */
    struct serve_config config;
    const char *const *child_env, *const *worker_env; /* the second is the end of the first */
    size_t child_env_owned;
    struct signals *signals[3];
    int *
        sockets; /* listen_count x threads, kept open for whole life: a dead edge loses no connection attempt */
    size_t socket_count;
    int admin_fd; /* the admin listener's socket; -1: none */
    struct child *edge, *control;
    struct ceilings *ceilings;
    struct supervision *supervision;
    struct spares *spares;
    int counters_fd; /* the parent's own file: what only it sees, as the death of a process while a Worker ran */
    struct counters_file *counters_file;
    struct counters *counters;
    struct map *accounts; /* number -> struct account: those whose process was asked for */
    struct map
        *preparing; /* Workers that control was asked for and has not answered: asked again when it dies */
    struct timer *kill; /* a child that does not stop */
    bool up, draining, stopping;
    int exit_status;
};

/* `lanes`: threads that count (base/counters.h); 0: none. */
struct child *child_new(struct serve *s, const char *name, const char *const *argv, size_t argc,
                        serve_message_fn *on_message, void (*on_up)(struct child *c), enum serve_role role,
                        uint32_t number, uint32_t lanes);
void child_start(struct child *c); /* nothing when it runs */
void child_send(struct child *c, const struct serve_message *m, const int *fds, size_t fd_count);
/* Its process is the one of `from` from now on, which has none then. */
void child_take_over(struct child *c, struct child *from);
void child_free(struct child *c);

/* serve_show.c: what control must know to show numbers. Of one process when it comes or goes; all when control comes up. */
void show_process(struct child *c);
void show_all(struct serve *s);
/* Profiles, on their way between control and a worker process. */
void show_profile(struct serve *s, const struct serve_message *m, int fd);
void show_profiled(struct account *a, const struct serve_message *m);
void show_unprofiled(struct account *a); /* its process has died */
/* The parent's own counters. */
void show_open(struct serve *s);
void show_close(struct serve *s);

/* The process of an account; child_start() it. */
struct account *account_new(struct serve *s, uint32_t number);
/* New links between its lanes and edge's. */
void account_link(struct account *a);

/* Tells all children to stop, and ends those that don't. */
void serve_finish(struct serve *s);
/* A child has ended while stopping. */
void serve_child_gone(struct serve *s);

#endif
