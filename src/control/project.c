#include "control/project.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "control/project_int.h"
#include "loop/file.h"

void project_warn(struct reading *r, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *copy = arena_copy(r->arena, span_of(text)).ptr;
    buf_add(&r->warnings, span_make(&copy, sizeof copy));
}

void project_file(struct reading *r, const char *path) { buf_add(&r->files, span_make(&path, sizeof path)); }

const struct conf *project_inherit(const struct reading *r, const char *key) {
    return r->env && conf_find(r->env, span_of(key)) ? r->env : r->top;
}

const struct conf *project_own(const struct reading *r) { return r->env ? r->env : r->top; }

const char *project_path(struct reading *r, struct span name) {
    return file_join(r->arena, span_of(r->project->dir), name).ptr;
}

/* -- Which file ------------------------------------------------------------------------------------------------------- */

static bool is_config(struct span path) {
    return span_ends(path, SPAN(".toml")) || span_ends(path, SPAN(".json")) ||
           span_ends(path, SPAN(".jsonc"));
}

static const char *find_config(struct reading *r) {
    static const char *const names[] = {"wrangler.json", "wrangler.jsonc", "wrangler.toml"};
    for (size_t i = 0; i < 3; i++) {
        const char *path = project_path(r, span_of(names[i]));
        project_file(r, path);
        if (file_exists(path)) return path;
    }
    return NULL;
}

/* A directory without a configuration: package.json's main, or a file with one of the usual names. */
static const char *guess_main(struct reading *r) {
    static const char *const names[] = {"src/index.ts",  "src/index.js", "src/index.tsx", "src/worker.ts",
                                        "src/worker.js", "index.ts",     "index.js",      "index.mjs",
                                        "worker.ts",     "worker.js"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = project_path(r, span_of(names[i]));
        if (file_exists(path)) return path;
    }
    return NULL;
}

static enum err locate(struct reading *r) {
    struct span real;
    struct project *pr = r->project;
    TRY(file_realpath(r->request->path, r->arena, &real, r->p));
    if (file_is_directory(real.ptr)) {
        pr->dir = real.ptr;
        pr->config_path = find_config(r);
        if (pr->config_path) return ERR_OK;
        pr->main = guess_main(r);
        if (pr->main) return ERR_OK;
        return problem(
            r->p, ERR_NOT_FOUND,
            "%s: no wrangler.toml, wrangler.json or wrangler.jsonc here, and no src/index.ts or the like; "
            "name a script: cusp dev script.js",
            real.ptr);
    }
    pr->dir = arena_copy(r->arena, file_dirname(real)).ptr;
    if (is_config(real))
        pr->config_path = real.ptr;
    else
        pr->main = real.ptr;
    project_file(r, real.ptr);
    return ERR_OK;
}

static enum err parse_config(struct reading *r) {
    const char *path = r->project->config_path;
    struct buf text = BUF_INIT;
    enum err e = file_read(path, LIMIT_CONFIG_BYTES, &text, r->p);
    if (!e && span_ends(span_of(path), SPAN(".toml")))
        e = conf_parse_toml(r->arena, path, buf_span(&text), &r->top, r->p);
    else if (!e)
        e = conf_parse_jsonc(r->arena, path, buf_span(&text), &r->top, r->p);
    buf_free(&text);
    TRY(e);
    if (r->top->type != CONF_TABLE) return problem(r->p, ERR_INVALID, "%s: must hold an object", path);
    if (!r->request->environment) return ERR_OK;
    const struct conf *environments = NULL;
    TRY(conf_read_table(r->top, "env", &environments, r->p));
    r->env = conf_find(environments, span_of(r->request->environment));
    if (!r->env || r->env->type != CONF_TABLE)
        return problem(r->p, ERR_NOT_FOUND, "%s: there is no [env.%s]; add it or leave --env out", path,
                       r->request->environment);
    return ERR_OK;
}

/* -- Keys ---------------------------------------------------------------------------------------------------------------- */

static enum err read_inherited_string(struct reading *r, const char *key, struct span *ret) {
    return conf_read_string(project_inherit(r, key), key, ret, r->p);
}

static enum err read_main(struct reading *r) {
    struct span main = SPAN_NONE;
    TRY(read_inherited_string(r, "main", &main));
    if (!main.len)
        return problem(r->p, ERR_NOT_FOUND,
                       "%s: `main` is missing; add main = \"src/index.js\", the script to run",
                       r->project->config_path);
    r->project->main = project_path(r, main);
    if (!file_exists(r->project->main)) {
        project_file(r, r->project->main);
        return problem(r->p, ERR_NOT_FOUND, "%s:%u: `main` names %s, which does not exist",
                       r->project->config_path, conf_find(project_inherit(r, "main"), SPAN("main"))->line,
                       r->project->main);
    }
    return ERR_OK;
}

static enum err rule_kind(const struct conf *type, enum version_module_kind *ret, struct problem *p) {
    static const struct {
        const char *name;
        enum version_module_kind kind;
    } kinds[] = {{"ESModule", VERSION_ESM},
                 {"CommonJS", VERSION_CJS},
                 {"Text", VERSION_TEXT},
                 {"Data", VERSION_DATA},
                 {"CompiledWasm", VERSION_WASM}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!span_eq(type->text, span_of(kinds[i].name))) continue;
        *ret = kinds[i].kind;
        return ERR_OK;
    }
    return conf_problem(type, p,
                        "must be \"ESModule\", \"CommonJS\", \"Text\", \"Data\" or \"CompiledWasm\"");
}

/* A glob says which files; what decides in practice is its ending: "**" + "/" + "*.md". */
static enum err read_rule(struct reading *r, const struct conf *item, struct buf *rules) {
    const struct conf *type, *globs;
    struct project_rule rule;
    if (item->type != CONF_TABLE) return conf_problem(item, r->p, "must be a table with `type` and `globs`");
    TRY(conf_need(item, "type", CONF_STRING, &type, r->p));
    TRY(rule_kind(type, &rule.kind, r->p));
    TRY(conf_need(item, "globs", CONF_ARRAY, &globs, r->p));
    CONF_EACH(glob, globs) {
        if (glob->type != CONF_STRING) return conf_problem(glob, r->p, "must be a string");
        struct span text = glob->text;
        if (span_ends(text, SPAN("?module"))) text.len -= 7;
        size_t dot = text.len;
        while (dot && text.ptr[dot - 1] != '.' && text.ptr[dot - 1] != '/') dot--;
        if (dot < 2 || text.ptr[dot - 1] != '.' || text.ptr[dot - 2] != '*') {
            project_warn(r,
                         "%s:%u: the glob \"%.*s\" does not end in *.extension: Cusp decides by the "
                         "extension, so it has no effect",
                         r->project->config_path, glob->line, SPAN_FMT(glob->text));
            continue;
        }
        rule.extension = arena_copy(r->arena, span_from(text, dot - 1));
        buf_add(rules, span_make(&rule, sizeof rule));
    }
    return ERR_OK;
}

static enum err read_rules(struct reading *r) {
    static const struct project_rule defaults[] = {{VERSION_TEXT, {".txt", 4}},
                                                   {VERSION_TEXT, {".html", 5}},
                                                   {VERSION_TEXT, {".sql", 4}},
                                                   {VERSION_DATA, {".bin", 4}},
                                                   {VERSION_WASM, {".wasm", 5}}};
    struct buf rules = BUF_INIT;
    const struct conf *list = NULL;
    enum err e = r->top ? conf_read_array(project_inherit(r, "rules"), "rules", &list, r->p) : ERR_OK;
    CONF_EACH(item, list) {
        if (!e) e = read_rule(r, item, &rules);
    }
    buf_add(&rules, span_make(defaults, sizeof defaults)); /* the first rule of an extension wins */
    struct span copy = arena_copy(r->arena, buf_span(&rules));
    r->project->rules = (const struct project_rule *)copy.ptr;
    r->project->rule_count = copy.len / sizeof *defaults;
    buf_free(&rules);
    return e;
}

static enum err read_pairs(struct reading *r, const struct conf *table, const char *key,
                           const struct project_pair **ret, size_t *ret_count) {
    const struct conf *pairs = NULL;
    TRY(conf_read_table(table, key, &pairs, r->p));
    struct project_pair *list = arena_zero(r->arena, (conf_count(pairs) + 1) * sizeof *list);
    size_t n = 0;
    CONF_EACH(item, pairs) {
        if (item->type != CONF_STRING) return conf_problem(item, r->p, "must be a string");
        list[n++] = (struct project_pair){item->key, item->text};
    }
    *ret = list;
    *ret_count = n;
    return ERR_OK;
}

/* "2025-01-31", a day that exists. */
static bool is_date(struct span d) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.len != 10 || d.ptr[4] != '-' || d.ptr[7] != '-') return false;
    uint64_t year, month, day;
    if (!span_to_u64(span_first(d, 4), &year) || !span_to_u64(span_make(d.ptr + 5, 2), &month) ||
        !span_to_u64(span_make(d.ptr + 8, 2), &day))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (day < 29 || month != 2 || leap);
}

/* cpu_ms is that of any event; no request gets more than the platform allows one, so a cron trigger may have more. */
static enum err read_limits(struct reading *r) {
    struct worker_limits *l = &r->project->limits;
    int64_t cpu_ms = 0, subrequests = 0;
    TRY(conf_read_integer(project_inherit(r, "limits"), "limits.cpu_ms", 1,
                          (int64_t)LIMIT_WORKER_BACKGROUND_CPU_MOST_MS, &cpu_ms, r->p));
    TRY(conf_read_integer(project_inherit(r, "limits"), "limits.subrequests", 1,
                          worker_limits_rows[WORKER_LIMITS_subrequests].most, &subrequests, r->p));
    l->background_cpu_ms = (uint32_t)cpu_ms;
    l->cpu_ms =
        cpu_ms > (int64_t)LIMIT_WORKER_CPU_MOST_MS ? (uint32_t)LIMIT_WORKER_CPU_MOST_MS : (uint32_t)cpu_ms;
    l->subrequests = (uint32_t)subrequests;
    return ERR_OK;
}

static enum err read_flags(struct reading *r) {
    struct project *pr = r->project;
    struct span *flags = NULL, *crons = NULL;
    TRY(read_inherited_string(r, "compatibility_date", &pr->compatibility_date));
    struct span d = pr->compatibility_date;
    if (d.len && !is_date(d))
        return conf_problem(conf_find(project_inherit(r, "compatibility_date"), SPAN("compatibility_date")),
                            r->p, "must be a date as \"2025-01-31\"");
    if (!d.len)
        project_warn(r, "%s: `compatibility_date` is missing; the newest behaviour is used", pr->config_path);
    TRY(conf_read_strings(project_inherit(r, "compatibility_flags"), "compatibility_flags", r->arena, &flags,
                          &pr->flag_count, r->p));
    pr->flags = flags;
    for (size_t i = 0; i < pr->flag_count; i++)
        pr->node_compat |= span_starts(flags[i], SPAN("nodejs_compat"));
    TRY(conf_read_strings(project_inherit(r, "triggers"), "triggers.crons", r->arena, &crons, &pr->cron_count,
                          r->p));
    pr->crons = crons;
    if (pr->cron_count && !r->request->dev)
        project_warn(r,
                     "%s: `triggers.crons` are not run by this version of `cusp serve`; the scheduled "
                     "handler never starts",
                     pr->config_path);
    return read_limits(r);
}

static enum err read_config(struct reading *r) {
    struct project *pr = r->project;
    TRY(parse_config(r));
    project_check_keys(r);
    TRY(read_inherited_string(r, "name", &pr->name));
    TRY(read_main(r));
    TRY(read_flags(r));
    TRY(read_inherited_string(r, "jsx_factory", &pr->jsx_factory));
    TRY(read_inherited_string(r, "jsx_fragment", &pr->jsx_fragment));
    TRY(read_inherited_string(r, "tsconfig", &pr->tsconfig));
    TRY(conf_read_bool(project_inherit(r, "minify"), "minify", &pr->minify, r->p));
    TRY(conf_read_bool(project_inherit(r, "keep_names"), "keep_names", &pr->keep_names, r->p));
    TRY(read_pairs(r, project_own(r), "define", &pr->define, &pr->define_count));
    return read_pairs(r, project_inherit(r, "alias"), "alias", &pr->alias, &pr->alias_count);
}

static void hand_over(struct reading *r) {
    struct project *pr = r->project;
    struct {
        struct buf *from;
        const void **to;
        size_t *count;
        size_t size;
    } lists[] = {
        {&r->warnings, (const void **)&pr->warnings, &pr->warning_count, sizeof(char *)},
        {&r->files, (const void **)&pr->files, &pr->file_count, sizeof(char *)},
        {&r->bindings, (const void **)&pr->bindings, &pr->binding_count, sizeof(struct version_binding)},
        {&r->blobs, (const void **)&pr->blobs, &pr->blob_count, sizeof(struct version_module)},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        *lists[i].to = arena_copy(r->arena, buf_span(lists[i].from)).ptr;
        *lists[i].count = lists[i].from->len / lists[i].size;
        buf_free(lists[i].from);
    }
}

enum err project_read(const struct prepare_request *request, struct arena *arena, struct project *ret,
                      struct problem *p) {
    *ret = (struct project){0};
    struct reading r = {.request = request, .arena = arena, .project = ret, .p = p};
    enum err e = locate(&r);
    if (!e && ret->config_path) e = read_config(&r);
    if (!e && !ret->name.len) { /* as `wrangler dev script.js` does: the file's or directory's name */
        struct span base = file_basename(span_of(ret->config_path ? ret->dir : ret->main));
        ret->name = arena_copy(arena, span_first(base, span_index(base, '.')));
    }
    if (!e) e = read_rules(&r);
    if (!e) e = project_read_bindings(&r);
    hand_over(&r);
    return e;
}
