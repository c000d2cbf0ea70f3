/* Inside of project reading: shared by project.c, project_bindings.c, project_keys.c. */
#ifndef CONTROL_PROJECT_INT_H
#define CONTROL_PROJECT_INT_H

#include "base/buf.h"
#include "conf/conf.h"
#include "control/project.h"

struct reading {
    const struct prepare_request *request;
    struct arena *arena;
    struct project *project;
    const struct conf *top; /* the file's root; NULL for a bare script */
    const struct conf *env; /* [env.NAME], or NULL */
    struct problem *p;
    struct buf warnings; /* const char * */
    struct buf files;    /* const char * */
    struct buf bindings; /* struct version_binding */
    struct buf blobs;    /* struct version_module */
};

void project_warn(struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void project_file(struct reading *r, const char *path);
/* The table that has an inheritable key: the environment's if it names it, else the top level. */
const struct conf *project_inherit(const struct reading *r, const char *key);
/* The table that non-inheritable keys come from. */
const struct conf *project_own(const struct reading *r);
/* Absolute and NUL-terminated. */
const char *project_path(struct reading *r, struct span name);

/* Warns of keys that are unknown, unsupported, or not inherited. (project_keys.c) */
void project_check_keys(struct reading *r);
/* vars, .dev.vars, --var, kv_namespaces, blobs. (project_bindings.c) */
MUST_USE enum err project_read_bindings(struct reading *r);
/* The text of a .dev.vars file; `path` is what problems call it. Appends to r->bindings. */
MUST_USE enum err project_parse_dev_vars(struct reading *r, const char *path, struct span text);

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum err try_err = (call);                                                                           \
        if (try_err) return try_err;                                                                         \
    } while (0)

#endif
