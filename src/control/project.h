/* A Worker project as its user wrote it: wrangler.toml, wrangler.json or wrangler.jsonc, .dev.vars, or a bare script. Read, checked,
 * and turned into what the bundler and the version need. Pure but for reading files (BLOCKING); any thread.
 *
 * Which configuration: the path itself when it is a file that ends in .toml, .json or .jsonc; in a directory
 * wrangler.json, wrangler.jsonc, wrangler.toml, in this order, as wrangler does. A script needs none.
 *
 * [env.NAME] overrides the top level key by key, but `vars`, `define`, `kv_namespaces` and other bindings are not inherited:
 * an environment that does not name them has none (wrangler's rule; a warning says so). */
#ifndef CONTROL_PROJECT_H
#define CONTROL_PROJECT_H

#include "base/arena.h"
#include "base/err.h"
#include "control/prepare.h"
#include "state/version.h"

struct project_pair {
    struct span key, value;
};

/* rules: which module type a file gets by its name. */
struct project_rule {
    enum version_module_kind kind;
    struct span extension; /* ".txt" */
};

struct project {
    const char *dir;         /* absolute: relative names in the configuration start here */
    const char *config_path; /* NULL for a bare script */
    const char *main;        /* absolute */
    struct span name, compatibility_date;
    const struct span *flags;
    size_t flag_count;
    const struct version_binding *bindings;
    size_t binding_count;
    const struct version_module *blobs; /* of text_blobs, data_blobs, wasm_modules: loaded files */
    size_t blob_count;
    const struct project_rule *rules;
    size_t rule_count;
    const struct project_pair *define, *alias;
    size_t define_count, alias_count;
    struct span jsx_factory, jsx_fragment, tsconfig;
    bool minify, keep_names, node_compat;
    struct worker_limits limits; /* those that it sets */
    const struct span *crons;
    size_t cron_count;
    const char *const *warnings;
    size_t warning_count;
    const char *const *files; /* what was read, or looked for: they decide what a project is */
    size_t file_count;
};

/* Everything in *ret is in `arena`. On failure the problem names file, line, key and remedy, and ret->files is set as far as
 * known, so that a watcher can wait for the mended file. */
MUST_USE enum err project_read(const struct prepare_request *request, struct arena *arena,
                               struct project *ret, struct problem *p);

#endif
