/* From a Worker project as a user wrote it to a version that runs: read its configuration
 * (control/project.h), bundle it (control/bundle.h), write the version file (state/version.h).
 *
 * The same door for `cusp dev` (which prepares again whenever a file changes) and for `cusp serve` (which
 * prepares at the first request, so that ten thousand deployed Workers do not slow the boot). The result is
 * remembered in `memo_file`: when neither the configuration nor any input file has changed since (size and
 * mtime), the version is given again without bundling.
 *
 * Loop's thread. Bundling runs in a child process, file reading and writing on the pool: the loop never
 * waits. */
#ifndef CONTROL_PREPARE_H
#define CONTROL_PREPARE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/worker_limits.h"
#include "loop/loop.h"

struct prepare;

struct prepare_var {
    struct span name, value;
};

struct prepare_request {
    const char *path;               /* a project directory, a configuration file, or a script */
    const char *environment;        /* [env.NAME] of the configuration; NULL: the top level */
    const struct prepare_var *vars; /* from the command line; they win over the configuration */
    size_t var_count;
    bool dev;                                     /* .dev.vars is read, source maps keep their sources */
    struct worker_limits plan_limits, own_limits; /* the operator's: before and after the project's own */
    const char *code_dir;                         /* where the version file goes */
    const char *memo_file;                        /* NULL: prepare from scratch */
};

/* What came of it. Everything in it is in `arena` and dies with the call that hands it over. */
struct prepared {
    enum err err;
    struct span text;        /* when err: what to mend, with file, line and column, possibly many lines */
    char id[33];             /* the version */
    struct span name;        /* the Worker's */
    const char *config_path; /* NULL when there is no configuration */
    const char *const
        *inputs; /* every file that was read or looked for; on failure what is known of them, and
                                  directories where a missing one may come: watch these */
    size_t input_count;
    const char *const *warnings; /* unknown and unsupported keys, what the bundler warned of */
    size_t warning_count;
    const struct span *crons; /* triggers.crons */
    size_t cron_count;
    bool from_memo;
};

/* Is there a version that was made of the same request and of files that have not changed since? Then its id. Reads the memo and the
 * times of the files; any thread, waits for the disk. The text of `request` must be there meanwhile; `arena` is for scratch. */
bool prepare_recall(const struct prepare_request *request, struct arena *arena, char ret_id[33]);

/* on_done comes exactly once, from the loop, unless prepare_cancel() came first. */
struct prepare *prepare_start(struct loop *loop, const struct prepare_request *request,
                              void (*on_done)(void *arg, const struct prepared *result), void *arg);
/* Ends it: kills the bundler. Not after on_done. NULL is fine. */
void prepare_cancel(struct prepare *p);

#endif
