#include "cli/test.h"

#include <signal.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/test_config.h"
#include "cli/test_options.h"
#include "cli/test_report.h"
#include "cli/test_rooms.h"
#include "control/prepare.h"
#include "js/engine.h"
#include "loop/file.h"
#include "loop/signals.h"
#include "loop/timer.h"
#include "loop/watch.h"
#include "state/version.h"

enum { QUIET_MS = 80, DIR_ENTRIES = 100000, DIR_DEPTH = 32 };

struct tester {
    struct test_options options;
    struct arena arena;
    struct loop *loop;
    struct test_report report;
    struct watch *watch;
    struct timer *timer;
    struct test_rooms rooms;
    struct signals *on_term, *on_int;
    bool due, stopped, changed;
};

/* What is waited for has come: loop_run() returns. */
static void wake(struct tester *t, bool *what) {
    *what = true;
    loop_stop(t->loop);
}

static void on_due(void *arg) { wake(arg, &((struct tester *)arg)->due); }
static void on_signal(void *arg, int number) { wake(arg, &((struct tester *)arg)->stopped); }
static void on_change(void *arg) { wake(arg, &((struct tester *)arg)->changed); }

static void on_log(void *arg, uint32_t worker, int level, struct span request, struct span text) {
    test_report_console(&((struct tester *)arg)->report, level, text);
}

static void failed(struct tester *t, struct span service, struct span text) {
    test_report_result(&t->report, &(struct test_result){.service = service, .text = text});
}

/* -- One event ------------------------------------------------------------------------------------------------------- */

/* It may be answered after its time, when nobody waits any more: then it frees itself. */
struct call {
    struct tester *t;
    bool done, left;
    enum err err;
    struct buf text;
};

static void call_free(struct call *c) {
    buf_free(&c->text);
    mem_free(c);
}

static void on_done(void *arg, enum err why, struct span text) {
    struct call *c = arg;
    if (c->left) {
        call_free(c);
        return;
    }
    wake(c->t, &c->done);
    c->err = why;
    buf_add(&c->text, text);
}

/* Runs a test handler, or asks for their names. *ret is the text: of the failure, or the names. */
static enum err call_worker(struct tester *t, uint32_t number, struct span name, struct buf *ret) {
    struct call *c = NEW(struct call);
    c->t = t;
    enum err e = edge_test(t->rooms.edge, number, name, on_done, c);
    if (e) {
        buf_add(ret, span_of(err_sentence(e)));
        call_free(c);
        return e;
    }
    t->due = false;
    timer_start(t->timer, t->options.timeout_ms, 0);
    while (!c->done && !t->due && !t->stopped) loop_run(t->loop);
    timer_stop(t->timer);
    if (!c->done) {
        c->left = true;
        buf_printf(ret, t->stopped ? "stopped" : "no end after %u ms", t->options.timeout_ms);
        return ERR_TIMEOUT;
    }
    e = c->err;
    buf_add(ret, buf_span(&c->text));
    if (e && !ret->len) buf_add(ret, span_of(err_sentence(e)));
    call_free(c);
    return e;
}

/* -- One Worker ------------------------------------------------------------------------------------------------------ */

static bool wanted(const struct tester *t, struct span service, struct span name) {
    if (!t->options.filter) return true;
    struct buf whole = BUF_INIT;
    buf_add(&whole, service);
    buf_add_char(&whole, ':');
    buf_add(&whole, name);
    bool found = span_find(buf_span(&whole), span_of(t->options.filter)) < whole.len;
    buf_free(&whole);
    return found;
}

static void run_test(struct tester *t, uint32_t number, struct span service, struct span name) {
    struct buf text = BUF_INIT;
    uint64_t began = loop_now_ms(t->loop);
    enum err e = call_worker(t, number, name, &text);
    loop_turn(t->loop, false); /* what it wrote to the console last */
    struct test_result result = {.service = service,
                                 .name = name,
                                 .passed = !e,
                                 .text = e ? buf_span(&text) : SPAN_NONE,
                                 .ms = loop_now_ms(t->loop) - began};
    test_report_result(&t->report, &result);
    buf_free(&text);
}

static void run_service(struct tester *t, uint32_t number, const struct test_service *s) {
    struct problem p = {0};
    struct buf names = BUF_INIT;
    if (s->missing.len) {
        failed(t, s->name, s->missing);
        return;
    }
    if (worker_start(t->rooms.worker, number, s->version_id, &p)) {
        failed(t, s->name, span_of(p.text));
        return;
    }
    enum err e = call_worker(t, number, SPAN_NONE, &names);
    if (e) failed(t, s->name, buf_span(&names));
    for (struct span rest = e ? SPAN_NONE : buf_span(&names); rest.len && !t->stopped;) {
        struct span name = span_cut(&rest, '\n');
        if (name.len && wanted(t, s->name, name)) run_test(t, number, s->name, name);
    }
    buf_free(&names);
}

/* -- One target ------------------------------------------------------------------------------------------------------ */

/* As much as there is: tests run alone, and on a developer's machine. */
static struct worker_limits limits(const struct tester *t) {
    uint32_t ms = t->options.timeout_ms, most = (uint32_t)LIMIT_WORKER_CPU_MOST_MS;
    return (struct worker_limits){.cpu_ms = ms < most ? ms : most,
                                  .background_cpu_ms = ms,
                                  .startup_cpu_ms = 10000,
                                  .wait_ms = 24 * 3600 * 1000,
                                  .subrequests = 1000000,
                                  .timers = 1000000,
                                  .log_kb = 65536};
}

struct preparing {
    struct tester *t;
    struct test_service *service; /* to be filled */
    struct arena *arena;
    bool done, failed, plain; /* plain: there is no configuration */
};

static void on_prepared(void *arg, const struct prepared *result) {
    struct preparing *g = arg;
    struct tester *t = g->t;
    wake(t, &g->done);
    for (size_t i = 0; i < result->warning_count; i++)
        terminal_warn(&t->report.terminal, span_of(result->warnings[i]));
    for (size_t i = 0; i < result->input_count && t->watch; i++)
        if (span_find(span_of(result->inputs[i]), SPAN("/node_modules/")) == strlen(result->inputs[i]))
            (void)!watch_add(t->watch, result->inputs[i]);
    g->failed = result->err != ERR_OK;
    if (g->failed) {
        g->service->missing = arena_copy(g->arena, result->text);
        return;
    }
    g->plain = !result->config_path;
    g->service->name = arena_copy(g->arena, result->name);
    memcpy(g->service->version_id, result->id, sizeof g->service->version_id);
}

/* A file without a project's configuration has what tests are written with. */
static const struct span node_flag = {"nodejs_compat", 13};

/* The date on the command line wins over the project's. */
static enum err adjust(struct tester *t, bool plain, struct test_service *s, struct problem *p) {
    const struct version *v;
    enum err e = version_load(t->rooms.code_dir, s->version_id, &v, p);
    if (e) return e;
    struct version changed = *v;
    if (t->options.compat_date) changed.compatibility_date = span_of(t->options.compat_date);
    if (plain) {
        changed.flags = &node_flag;
        changed.flag_count = 1;
    }
    e = version_write(t->rooms.code_dir, &changed, s->version_id, p);
    version_unref(v);
    return e;
}

static enum err prepare_project(struct tester *t, const char *path, struct test_service *s,
                                struct problem *p) {
    struct preparing g = {.t = t, .service = s, .arena = &t->rooms.arena};
    struct prepare_request request = {.path = path,
                                      .environment = t->options.environment,
                                      .dev = true,
                                      .own_limits = limits(t),
                                      .code_dir = t->rooms.code_dir};
    struct prepare *preparing = prepare_start(t->loop, &request, on_prepared, &g);
    while (!g.done && !t->stopped) loop_run(t->loop);
    if (!g.done) prepare_cancel(preparing);
    return g.done && !g.failed && (g.plain || t->options.compat_date) ? adjust(t, g.plain, s, p) : ERR_OK;
}

/* One ES module as it is. */
static enum err unbundled(struct tester *t, const char *path, struct test_service *s, struct problem *p) {
    struct buf text = BUF_INIT;
    enum err e = file_read(path, LIMIT_WORKER_SCRIPT_BYTES, &text, p);
    struct version_module m = {
        .name = file_basename(span_of(path)), .kind = VERSION_ESM, .bytes = buf_span(&text)};
    struct version v = {.name = s->name,
                        .modules = &m,
                        .module_count = 1,
                        .flags = &node_flag,
                        .flag_count = 1,
                        .limits = limits(t)};
    if (t->options.compat_date) v.compatibility_date = span_of(t->options.compat_date);
    if (!e) e = version_write(t->rooms.code_dir, &v, s->version_id, p);
    buf_free(&text);
    return e;
}

static enum err read_target(struct tester *t, const char *path, struct test_config *ret, struct problem *p) {
    struct span name = file_basename(span_of(path));
    if (span_ends(name, SPAN(".json")) && !file_is_directory(path) && !span_starts(name, SPAN("wrangler."))) {
        struct test_config_request request = {path, t->rooms.code_dir, span_of(t->options.compat_date),
                                              limits(t)};
        return test_config_read(&request, &t->rooms.arena, ret, p);
    }
    ret->services = arena_zero(&t->rooms.arena, sizeof *ret->services);
    ret->services->name = span_first(name, span_index(name, '.'));
    bool alone = t->options.no_bundle && !file_is_directory(path);
    return (alone ? unbundled : prepare_project)(t, path, ret->services, p);
}

static void run_target(struct tester *t, const char *path) {
    struct problem p = {0};
    struct test_config config = {0};
    if (t->watch) (void)!watch_add(t->watch, path);
    enum err e = test_rooms_make(&t->rooms, t->loop, &p);
    if (!e) e = read_target(t, path, &config, &p);
    struct test_rooms_config rooms = {.on_log = on_log, .arg = t, .gc = t->options.gc || config.gc};
    if (!e && !t->stopped) e = test_rooms_open(&t->rooms, &rooms, config.services, &p);
    uint32_t number = 1;
    for (const struct test_service *s = config.services; s && !e && !t->stopped; s = s->next, number++)
        run_service(t, number, s);
    if (e) failed(t, span_of(path), span_of(p.text[0] ? p.text : err_sentence(e)));
    test_rooms_close(&t->rooms);
}

/* -- What is to be run ------------------------------------------------------------------------------------------------ */

static bool is_test_file(struct span name) {
    static const struct span ends[] = {
        {".test.js", 8}, {".test.mjs", 9}, {".test.ts", 8}, {".test.mts", 9}, {".test.json", 10}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (span_ends(name, ends[i])) return true;
    return false;
}

static bool is_project(struct tester *t, const char *dir) {
    static const char *const names[] = {"wrangler.toml", "wrangler.json", "wrangler.jsonc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (file_exists(file_join(&t->arena, span_of(dir), span_of(names[i])).ptr)) return true;
    return false;
}

/* A project is a Worker; besides, whatever is called *.test.js in it and below. */
static void run_directory(struct tester *t, const char *dir, unsigned depth) {
    struct file_entry *entries;
    size_t count;
    struct problem p = {0};
    if (file_list(dir, DIR_ENTRIES, &t->arena, &entries, &count, &p)) {
        failed(t, span_of(dir), span_of(p.text));
        return;
    }
    if (is_project(t, dir)) run_target(t, dir);
    for (size_t i = 0; i < count && !t->stopped; i++) {
        const char *path = file_join(&t->arena, span_of(dir), entries[i].name).ptr;
        bool hidden = entries[i].name.ptr[0] == '.' || span_eq(entries[i].name, SPAN("node_modules"));
        if (entries[i].kind == FILE_DIRECTORY && !hidden && depth < DIR_DEPTH)
            run_directory(t, path, depth + 1);
        else if (entries[i].kind == FILE_REGULAR && is_test_file(entries[i].name))
            run_target(t, path);
    }
}

/* True: all passed, and there was something. */
static bool run_all(struct tester *t, struct problem *p) {
    test_report_begin(&t->report, t->options.tap);
    for (size_t i = 0; i < t->options.target_count && !t->stopped; i++) {
        const char *path = t->options.targets[i];
        if (file_is_directory(path))
            run_directory(t, path, 0);
        else
            run_target(t, path);
    }
    enum err e = test_report_end(&t->report, t->options.junit, p);
    bool none = !t->report.passed && !t->report.failed;
    if (e || none)
        terminal_error(&t->report.terminal,
                       e ? span_of(p->text) : SPAN("there is no test to run: no export has test()"));
    bool good = !e && !none && !t->report.failed && !t->stopped;
    test_report_free(&t->report);
    return good;
}

/* -- Start and end ---------------------------------------------------------------------------------------------------- */

static bool run_and_watch(struct tester *t, struct problem *p) {
    bool good = run_all(t, p);
    while (t->options.watch && !t->stopped) {
        while (!t->changed && !t->stopped) loop_run(t->loop);
        t->changed = false;
        if (!t->stopped) good = run_all(t, p);
    }
    return good;
}

int test_main(int argc, char **argv) {
    struct tester t = {.arena = ARENA_INIT};
    struct problem p = {0};
    if (test_options_read(argc, argv, &t.arena, &t.options, &p)) {
        fprintf(stderr, "cusp test: %s\n", p.text);
        arena_free(&t.arena);
        return 2;
    }
    log_setup("cusp", LOG_ERROR, false);
    t.loop = loop_new();
    t.timer = timer_new(t.loop, on_due, &t);
    if (t.options.watch) t.watch = watch_new(t.loop, QUIET_MS, on_change, &t);
    enum err e = js_engine_init(NULL, &p);
    if (!e) e = signals_open(t.loop, SIGTERM, on_signal, &t, &t.on_term);
    if (!e) e = signals_open(t.loop, SIGINT, on_signal, &t, &t.on_int);
    if (e) fprintf(stderr, "cusp test: %s\n", p.text);
    bool good = !e && run_and_watch(&t, &p);
    signals_close(t.on_term);
    signals_close(t.on_int);
    watch_free(t.watch);
    timer_free(t.timer);
    loop_free(t.loop);
    arena_free(&t.arena);
    return good ? 0 : 1;
}
