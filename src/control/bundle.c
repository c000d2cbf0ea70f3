#include "control/bundle.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "loop/file.h"

/* -- Finding it --------------------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define PLATFORM "linux-x64"
#elif defined(__aarch64__)
#define PLATFORM "linux-arm64"
#else
#define PLATFORM "none"
#endif

/* npm's package is a small script around the program, which lies in a package of its own: that one starts faster. */
static const char *look_upwards(struct arena *arena, struct span dir) {
    for (;;) {
        const char *own = file_join(arena, dir, SPAN("node_modules/@esbuild/" PLATFORM "/bin/esbuild")).ptr;
        if (access(own, X_OK) == 0) return own;
        const char *script = file_join(arena, dir, SPAN("node_modules/.bin/esbuild")).ptr;
        if (access(script, X_OK) == 0) return script;
        struct span up = file_dirname(dir);
        if (span_eq(up, dir) || span_eq(dir, SPAN("."))) return NULL;
        dir = up;
    }
}

static const char *look_in_path(struct arena *arena) {
    struct span path = span_of(getenv("PATH"));
    while (path.ptr) {
        struct span dir = span_cut(&path, ':');
        const char *program = file_join(arena, dir.len ? dir : SPAN("."), SPAN("esbuild")).ptr;
        if (access(program, X_OK) == 0) return program;
    }
    return NULL;
}

enum err bundle_find(const char *dir, struct arena *arena, const char **ret_path, struct problem *p) {
    const char *found = getenv("CUSP_ESBUILD");
    if (found && access(found, X_OK))
        return problem(p, ERR_NOT_FOUND, "CUSP_ESBUILD: %s can't be run", found);
    struct span program;
    struct problem ignored;
    if (!found) found = look_upwards(arena, span_of(dir));
    if (!found && file_realpath("/proc/self/exe", arena, &program, &ignored) == ERR_OK)
        found = look_upwards(arena, file_dirname(program));
    if (!found) found = look_in_path(arena);
    if (!found)
        return problem(p, ERR_NOT_FOUND,
                       "esbuild is not here: run `npm install --save-dev esbuild` in %s, or set CUSP_ESBUILD "
                       "to its path",
                       dir);
    *ret_path = found;
    return ERR_OK;
}

/* -- Its command line ---------------------------------------------------------------------------------------------- */

struct arguments {
    struct arena *arena;
    struct buf list; /* const char * */
};

static void add(struct arguments *a, const char *text) { buf_add(&a->list, span_make(&text, sizeof text)); }

static void add_span(struct arguments *a, const char *option, struct span value) {
    if (value.len) add(a, arena_printf(a->arena, "%s%.*s", option, SPAN_FMT(value)).ptr);
}

static void add_pairs(struct arguments *a, const char *option, const struct project_pair *pairs,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        add(a, arena_printf(a->arena, "%s%.*s=%.*s", option, SPAN_FMT(pairs[i].key), SPAN_FMT(pairs[i].value))
                   .ptr);
}

static bool defines(const struct project *project, struct span key) {
    for (size_t i = 0; i < project->define_count; i++)
        if (span_eq(project->define[i].key, key)) return true;
    return false;
}

static void add_rules(struct arguments *a, const struct project *project) {
    for (size_t i = 0; i < project->rule_count; i++) {
        const struct project_rule *rule = &project->rules[i];
        bool earlier = false;
        for (size_t k = 0; k < i; k++) earlier |= span_eq(project->rules[k].extension, rule->extension);
        if (earlier) continue;
        bool script = rule->kind == VERSION_ESM || rule->kind == VERSION_CJS;
        if (script && span_eq(rule->extension, SPAN(".ts"))) continue;
        add(a, arena_printf(a->arena, "--loader:%.*s=%s", SPAN_FMT(rule->extension), script ? "jsx" : "copy")
                   .ptr);
    }
}

/* Modules of node that code may import without "node:"; with nodejs_compat they are the platform's, not npm's. */
static const char *const node_modules[] = {"assert",
                                           "async_hooks",
                                           "buffer",
                                           "child_process",
                                           "cluster",
                                           "console",
                                           "constants",
                                           "crypto",
                                           "dgram",
                                           "diagnostics_channel",
                                           "dns",
                                           "domain",
                                           "events",
                                           "fs",
                                           "http",
                                           "http2",
                                           "https",
                                           "inspector",
                                           "module",
                                           "net",
                                           "os",
                                           "path",
                                           "perf_hooks",
                                           "process",
                                           "punycode",
                                           "querystring",
                                           "readline",
                                           "repl",
                                           "stream",
                                           "string_decoder",
                                           "sys",
                                           "timers",
                                           "tls",
                                           "trace_events",
                                           "tty",
                                           "url",
                                           "util",
                                           "v8",
                                           "vm",
                                           "wasi",
                                           "worker_threads",
                                           "zlib"};

static void add_externals(struct arguments *a, const struct project *project) {
    add(a, "--external:node:*");
    add(a, "--external:cloudflare:*");
    add(a, "--external:workerd:*");
    if (!project->node_compat) return;
    /* CommonJS packages say require("events"): esbuild leaves that to a `require` that it hopes to find. js/core.js has $m.r. */
    add(a, "--banner:js=var require=$m.r;");
    for (size_t i = 0; i < sizeof node_modules / sizeof *node_modules; i++) {
        add(a, arena_printf(a->arena, "--external:%s", node_modules[i]).ptr);
        add(a, arena_printf(a->arena, "--external:%s/*", node_modules[i]).ptr);
    }
}

const char *const *bundle_arguments(const struct project *project, const char *esbuild, const char *out_dir,
                                    bool dev, struct arena *arena) {
    static const char *const always[] = {"--bundle",
                                         "--format=esm",
                                         "--target=es2024",
                                         "--platform=neutral",
                                         "--conditions=workerd,worker,browser",
                                         "--main-fields=browser,module,main",
                                         "--sourcemap=external",
                                         "--sources-content=true",
                                         "--log-level=warning",
                                         "--color=false",
                                         "--log-limit=20",
                                         "--entry-names=index",
                                         "--asset-names=[name]-[hash]",
                                         "--loader:.js=jsx",
                                         "--loader:.mjs=jsx",
                                         "--loader:.cjs=jsx"};
    struct arguments a = {arena, BUF_INIT};
    add(&a, esbuild);
    add(&a, project->main);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) add(&a, always[i]);
    add_span(&a, "--outdir=", span_of(out_dir));
    add(&a, arena_printf(arena, "--metafile=%s/meta.json", out_dir).ptr);
    add_rules(&a, project);
    add_externals(&a, project);
    add_pairs(&a, "--define:", project->define, project->define_count);
    add_pairs(&a, "--alias:", project->alias, project->alias_count);
    if (!defines(project, SPAN("process.env.NODE_ENV")))
        add(&a, dev ? "--define:process.env.NODE_ENV=\"development\""
                    : "--define:process.env.NODE_ENV=\"production\"");
    if (!defines(project, SPAN("navigator.userAgent")))
        add(&a, "--define:navigator.userAgent=\"Cloudflare-Workers\"");
    add_span(&a, "--jsx-factory=", project->jsx_factory);
    add_span(&a, "--jsx-fragment=", project->jsx_fragment);
    add_span(&a, "--tsconfig=", project->tsconfig);
    if (project->minify) add(&a, "--minify");
    if (project->keep_names) add(&a, "--keep-names");
    add(&a, NULL);
    const char *const *argv = (const char *const *)arena_copy(arena, buf_span(&a.list)).ptr;
    buf_free(&a.list);
    return argv;
}
