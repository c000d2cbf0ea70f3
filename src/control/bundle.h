/* esbuild, as a child process: its command line for a project, and what it left behind as modules of a version.
 *
 * Modules that are no JavaScript (text, data, Wasm) stay files: esbuild copies them beside the bundle under a name with a hash and
 * imports them by that name, and so they become modules of the version; Wasm
 * after it was metered (wasm/wasm.h). `no_bundle` projects are bundled all the same: the result
 * behaves as the module graph would, and one form of Worker is enough for the engine. BLOCKING but for bundle_arguments(). */
#ifndef CONTROL_BUNDLE_H
#define CONTROL_BUNDLE_H

#include "control/project.h"

/* Where esbuild is: $CUSP_ESBUILD, then node_modules from `dir` upwards, then from the program's own directory upwards,
 * then PATH. */
MUST_USE enum err bundle_find(const char *dir, struct arena *arena, const char **ret_path, struct problem *p);

/* argv, NULL-terminated, in `arena`. The child must run in project->dir; out_dir is a scratch directory. */
const char *const *bundle_arguments(const struct project *project, const char *esbuild, const char *out_dir,
                                    bool dev, struct arena *arena);

struct bundle {
    const struct version_module *modules; /* the first is the main one */
    size_t module_count;
    bool service_worker;       /* the script exports nothing: it listens for events */
    const char *const *inputs; /* absolute: every file that went into it */
    size_t input_count;
};

/* Reads what esbuild wrote to out_dir. */
MUST_USE enum err bundle_collect(const struct project *project, const char *out_dir, struct arena *arena,
                                 struct bundle *ret, struct problem *p);

#endif
