/* The steps of a preparation, each of which the loop only waits for:
 *
 *   READ     (pool)   memo, configuration, finding esbuild, scratch directory
 *   BUNDLE   (child)  esbuild
 *   COLLECT  (pool)   its output -> version file, memo
 *   DONE     (loop)   on_done */
#include "control/prepare.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "control/bundle.h"
#include "control/memo.h"
#include "control/project.h"
#include "loop/file.h"
#include "loop/process.h"
#include "loop/stream.h"
#include "loop/work.h"

struct prepare {
    struct loop *loop;
    struct prepare_request request;
    struct arena arena;
    struct project project;
    struct prepared result;
    struct problem problem;
    const char *esbuild, *out_dir;
    int64_t began_ms; /* the bundler; ms since 1970 */
    struct process *process;
    struct stream *out, *err; /* the child's */
    struct buf said;          /* what it printed */
    bool exited, succeeded, on_pool, cancelled;
    void (*on_done)(void *arg, const struct prepared *result);
    void *arg;
};

static void prepare_free(struct prepare *p) {
    if (p->out) stream_close(p->out);
    if (p->err) stream_close(p->err);
    process_free(p->process);
    if (p->out_dir) {
        enum err ignored = file_remove_tree(p->out_dir, NULL); /* scratch: the system cleans up what stays */
        (void)ignored;
    }
    buf_free(&p->said);
    arena_free(&p->arena);
    mem_free(p);
}

static void done(struct prepare *p) {
    if (!p->cancelled) {
        if (p->result.err && !p->result.text.len)
            p->result.text = arena_copy(&p->arena, span_of(p->problem.text));
        p->on_done(p->arg, &p->result);
    }
    prepare_free(p);
}

/* -- COLLECT ------------------------------------------------------------------------------------------------------- */

static struct worker_limits limits_of(const struct prepare *p) {
    struct worker_limits l = p->request.plan_limits;
    worker_limits_apply(&l, &p->project.limits);
    worker_limits_apply(&l, &p->request.own_limits);
    return l;
}

static enum err write_version(struct prepare *p, const struct bundle *bundle) {
    const struct project *pr = &p->project;
    struct version v = {
        .name = pr->name,
        .compatibility_date = pr->compatibility_date,
        .flags = pr->flags,
        .flag_count = pr->flag_count,
        .modules = bundle->modules,
        .module_count = bundle->module_count,
        .service_worker = bundle->service_worker,
        .bindings = pr->bindings,
        .binding_count = pr->binding_count,
        .limits = limits_of(p),
    };
    return version_write(p->request.code_dir, &v, p->result.id, &p->problem);
}

/* What has been read by now, and what would have been if it were there: configuration and inputs. */
static void list_inputs(struct prepare *p, const char *const *more, size_t more_count) {
    static const char *const always[] = {"tsconfig.json", "package.json"}; /* the bundler looks for them */
    enum { ALWAYS = sizeof always / sizeof *always };
    size_t count = p->project.file_count;
    const char **list = arena_zero(&p->arena, (count + more_count + ALWAYS + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) list[i] = p->project.files[i];
    for (size_t i = 0; i < more_count; i++) list[count + i] = more[i];
    count += more_count;
    if (p->project.main) list[count++] = p->project.main;
    for (size_t i = 0; p->project.dir && i < ALWAYS; i++)
        list[count++] = file_join(&p->arena, span_of(p->project.dir), span_of(always[i])).ptr;
    p->result.inputs = list;
    p->result.input_count = count;
}

/* "    src/a.ts:3:14:" -> "src/a.ts"; empty when the line is another one. */
static struct span named_file(struct span line) {
    if (!span_starts(line, SPAN("    "))) return SPAN_NONE;
    line = span_trim(line);
    for (int part = 0; part < 3; part++) { /* ":", "14:", "3:" from the end */
        size_t end = line.len;
        while (end && ascii_is_digit(line.ptr[end - 1])) end--;
        if (!end || line.ptr[end - 1] != ':' || (part > 0) != (end < line.len)) return SPAN_NONE;
        line.len = end - 1;
    }
    return line;
}

/* A failed bundler leaves no list of what it read, so a watcher gets what its messages name, and the directories of those: the
 * file that is missing may be created there. */
static void list_inputs_of_failure(struct prepare *p) {
    struct buf list = BUF_INIT;
    struct span text = buf_span(&p->said), dir = span_of(p->project.dir);
    const char *path = arena_copy(&p->arena, file_dirname(span_of(p->project.main))).ptr;
    buf_add(&list, span_make(&path, sizeof path));
    while (text.ptr) {
        struct span name = named_file(span_cut(&text, '\n'));
        if (!name.len) continue;
        struct span whole = file_join(&p->arena, dir, name);
        const char *both[] = {whole.ptr, arena_copy(&p->arena, file_dirname(whole)).ptr};
        buf_add(&list, span_make(both, sizeof both));
    }
    list_inputs(p, (const char *const *)list.ptr, list.len / sizeof path);
    buf_free(&list);
}

static void collect(void *arg) {
    struct prepare *p = arg;
    struct bundle bundle;
    struct problem ignored;
    enum err e = bundle_collect(&p->project, p->out_dir, &p->arena, &bundle, &p->problem);
    if (!e) list_inputs(p, bundle.inputs, bundle.input_count);
    if (!e) e = write_version(p, &bundle);
    /* A memo that can't be written costs time at the next start, nothing else. */
    if (!e && p->request.memo_file) {
        enum err unwritten = memo_write(&p->request, &p->result, p->began_ms, &ignored);
        (void)unwritten;
    }
    p->result.err = e;
    enum err left = file_remove_tree(p->out_dir, &ignored); /* scratch: the system cleans up what stays */
    if (!left) p->out_dir = NULL;
}

static void after_pool(void *arg);

static void on_pool(struct prepare *p, void (*run)(void *)) {
    p->on_pool = true;
    enum err e = work_run(p->loop, run, after_pool, p);
    if (!e) return;
    p->result.err = problem(&p->problem, e, "too many preparations at once; try again");
    loop_post(p->loop, after_pool, p);
}

/* -- BUNDLE -------------------------------------------------------------------------------------------------------- */

/* esbuild's warnings and errors, as it formats them. */
static void take_messages(struct prepare *p) {
    struct span said = arena_copy(&p->arena, span_first(buf_span(&p->said), LIMIT_BUNDLER_OUTPUT_BYTES));
    if (!said.len) return;
    if (!p->succeeded) {
        p->result.text = said;
        return;
    }
    size_t count = p->result.warning_count;
    const char **warnings = arena_zero(&p->arena, (count + 1) * sizeof *warnings);
    for (size_t i = 0; i < count; i++) warnings[i] = p->result.warnings[i];
    warnings[count++] = said.ptr;
    p->result.warnings = warnings;
    p->result.warning_count = count;
}

static void after_bundle(struct prepare *p) {
    if (!p->exited || p->out || p->err) return; /* exit and both ends of output must have come */
    take_messages(p);
    if (p->succeeded) {
        on_pool(p, collect);
        return;
    }
    list_inputs_of_failure(p);
    p->result.err = ERR_INVALID;
    if (!p->result.text.len)
        p->result.err = problem(&p->problem, ERR_INTERNAL, "esbuild failed without a word");
    done(p);
}

static void on_exit_of(void *arg, int status, int signal_number) {
    struct prepare *p = arg;
    p->exited = true;
    p->succeeded = status == 0;
    if (signal_number) buf_printf(&p->said, "esbuild was killed by signal %d\n", signal_number);
    after_bundle(p);
}

static void on_output(void *arg, struct span bytes) {
    struct prepare *p = arg;
    if (p->said.len < LIMIT_BUNDLER_OUTPUT_BYTES) buf_add(&p->said, bytes);
}

static void on_output_end(struct prepare *p, struct stream **stream) {
    stream_close(*stream);
    *stream = NULL;
    after_bundle(p);
}
static void on_out_end(void *arg, enum err why) { on_output_end(arg, &((struct prepare *)arg)->out); }
static void on_err_end(void *arg, enum err why) { on_output_end(arg, &((struct prepare *)arg)->err); }

static const struct stream_events out_events = {.on_read = on_output, .on_end = on_out_end};
static const struct stream_events err_events = {.on_read = on_output, .on_end = on_err_end};

static void bundle(struct prepare *p) {
    struct process_options options = {
        .path = p->esbuild,
        .argv = bundle_arguments(&p->project, p->esbuild, p->out_dir, p->request.dev, &p->arena),
        .cwd = p->project.dir,
        .capture_output = true,
        .on_exit = on_exit_of,
        .arg = p,
    };
    p->began_ms = loop_clock_realtime_ms(p->loop);
    enum err e = process_spawn(p->loop, &options, &p->process, &p->problem);
    if (e) {
        p->result.err = e;
        done(p);
        return;
    }
    p->out = process_stdout(p->process);
    p->err = process_stderr(p->process);
    stream_start(p->out, &out_events, p);
    stream_start(p->err, &err_events, p);
}

/* -- READ ---------------------------------------------------------------------------------------------------------- */

static void read_project(void *arg) {
    struct prepare *p = arg;
    if (memo_recall(&p->request, &p->arena, &p->result) == ERR_OK) return;
    enum err e = project_read(&p->request, &p->arena, &p->project, &p->problem);
    p->result.name = p->project.name;
    p->result.config_path = p->project.config_path;
    p->result.warnings = p->project.warnings;
    p->result.warning_count = p->project.warning_count;
    p->result.crons = p->project.crons;
    p->result.cron_count = p->project.cron_count;
    list_inputs(p, NULL, 0);
    struct span out;
    if (!e) e = bundle_find(p->project.dir, &p->arena, &p->esbuild, &p->problem);
    if (!e) e = file_temp_dir("/tmp/cusp-bundle-", &p->arena, &out, &p->problem);
    if (!e) p->out_dir = out.ptr;
    p->result.err = e;
}

static void after_pool(void *arg) {
    struct prepare *p = arg;
    p->on_pool = false;
    bool finished = p->result.err || p->result.from_memo || p->result.id[0];
    if (finished || p->cancelled)
        done(p);
    else
        bundle(p);
}

/* -- The door ------------------------------------------------------------------------------------------------------ */

static const char *copy_text(struct arena *arena, const char *text) {
    return text ? arena_copy(arena, span_of(text)).ptr : NULL;
}

static void copy_request(struct prepare *p, const struct prepare_request *from) {
    struct prepare_request *r = &p->request;
    *r = *from;
    r->path = copy_text(&p->arena, from->path);
    r->environment = copy_text(&p->arena, from->environment);
    r->code_dir = copy_text(&p->arena, from->code_dir);
    r->memo_file = copy_text(&p->arena, from->memo_file);
    struct prepare_var *vars = arena_zero(&p->arena, (from->var_count + 1) * sizeof *vars);
    for (size_t i = 0; i < from->var_count; i++)
        vars[i] = (struct prepare_var){arena_copy(&p->arena, from->vars[i].name),
                                       arena_copy(&p->arena, from->vars[i].value)};
    r->vars = vars;
}

bool prepare_recall(const struct prepare_request *request, struct arena *arena, char ret_id[33]) {
    struct prepared found = {0};
    if (memo_recall(request, arena, &found)) return false;
    memcpy(ret_id, found.id, sizeof found.id);
    return true;
}

struct prepare *prepare_start(struct loop *loop, const struct prepare_request *request,
                              void (*on_done)(void *arg, const struct prepared *result), void *arg) {
    struct prepare *p = NEW(struct prepare);
    p->loop = loop;
    p->on_done = on_done;
    p->arg = arg;
    copy_request(p, request);
    on_pool(p, read_project);
    return p;
}

void prepare_cancel(struct prepare *p) {
    if (!p) return;
    p->cancelled = true;
    if (!p->on_pool) prepare_free(p); /* else when the pool gives it back */
}
