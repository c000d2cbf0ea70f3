/* `cusp dev`: prepare, serve, watch, prepare again. */
#include "cli/dev.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/dev_options.h"
#include "cli/terminal.h"
#include "control/prepare.h"
#include "edge/edge.h"
#include "edge/routes.h"
#include "js/engine.h"
#include "loop/file.h"
#include "loop/signals.h"
#include "loop/tcp.h"
#include "loop/watch.h"
#include "state/cache_store.h"
#include "worker/worker.h"

enum { WORKER = 1, ACCOUNT = 1, QUIET_MS = 80, DRAIN_MS = 2000 };

struct dev {
    struct dev_options options;
    struct arena arena;
    struct terminal terminal;
    struct loop *loop;
    struct kv_store *kv;
    struct api_pool *pool;
    struct cache_store *cache;
    struct edge *edge;
    struct worker *worker;
    struct watch *watch;
    struct prepare *preparing;
    bool stale; /* a file changed while preparing */
    bool ready; /* "Ready on" was printed */
    bool draining;
    int socket;      /* bound before the first preparation, so that a taken port is told at once */
    const char *dir; /* of the project */
    const char *code_dir, *kv_dir, *cache_dir;
    struct signals *on_term, *on_int;
    int exit_status;
};

static void prepare(struct dev *d);

/* -- Once a version is there --------------------------------------------------------------------------------------- */

static void print_ready(struct dev *d) {
    if (d->ready) return;
    d->ready = true;
    struct span ip = span_of(d->options.ip);
    bool v6 = span_index(ip, ':') < ip.len;
    printf("Ready on http://%s%s%s:%u\n", v6 ? "[" : "", d->options.ip, v6 ? "]" : "", edge_port(d->edge, 0));
    fflush(stdout);
}

static void listen_now(struct dev *d) {
    if (d->socket < 0) return;
    struct problem p;
    enum err e = edge_listen(d->edge, d->socket, &p);
    d->socket = -1;
    if (!e) {
        print_ready(d);
        return;
    }
    terminal_error(&d->terminal, span_of(p.text));
    d->exit_status = 1;
    loop_stop(d->loop);
}

/* Packages are thousands of files that change when package.json does. A project may itself lie in a package: what counts is
 * below it. */
static bool is_of_package(const struct dev *d, struct span path) {
    struct span dir = span_of(d->dir), inside = span_starts(path, dir) ? span_from(path, dir.len) : path;
    return span_find(inside, SPAN("/node_modules/")) < inside.len;
}

/* After a failure the earlier files are watched on: the bundler says nothing about what it read then. */
static void watch_inputs(struct dev *d, const struct prepared *result) {
    if (!result->err) watch_clear(d->watch);
    for (size_t i = 0; i < result->input_count; i++) {
        if (is_of_package(d, span_of(result->inputs[i]))) continue;
        if (watch_add(d->watch, result->inputs[i])) {
            terminal_warn(&d->terminal, SPAN("too many files to watch all of them"));
            break;
        }
    }
}

/* A project that never ran ends the command, with a status that a script can see; a running one shows the failure to whoever asks. */
static void on_failure(struct dev *d, struct span text) {
    terminal_error(&d->terminal, text);
    if (d->ready) {
        edge_worker_failed(d->edge, WORKER, ERR_WORKER_START, text);
        return;
    }
    d->exit_status = 1;
    loop_stop(d->loop);
}

static enum err set_routes(struct dev *d, struct span name, struct problem *p);

static void on_version(struct dev *d, const char *id, struct span name) {
    struct problem p = {0};
    enum err e = set_routes(d, name, &p);
    if (!e) e = worker_start(d->worker, WORKER, id, &p);
    if (e) {
        on_failure(d, span_of(p.text));
        return;
    }
    edge_worker_ready(d->edge, WORKER, id);
    if (d->ready) terminal_note(&d->terminal, SPAN("reloaded"));
    listen_now(d);
}

static void on_prepared(void *arg, const struct prepared *result) {
    struct dev *d = arg;
    d->preparing = NULL;
    for (size_t i = 0; i < result->warning_count; i++)
        terminal_warn(&d->terminal, span_of(result->warnings[i]));
    watch_inputs(d, result);
    if (result->err)
        on_failure(d, result->text);
    else
        on_version(d, result->id, result->name);
    if (d->stale) prepare(d);
}

static void prepare(struct dev *d) {
    struct prepare_request request = {
        .path = d->options.target,
        .environment = d->options.environment,
        .vars = d->options.vars,
        .var_count = d->options.var_count,
        .dev = true,
        /* A developer's machine, debugger and first compilation are slower than production: only what the project asks for is kept. */
        .plan_limits = {.cpu_ms = (uint32_t)LIMIT_WORKER_CPU_MOST_MS},
        .code_dir = d->code_dir,
    };
    d->stale = false;
    d->preparing = prepare_start(d->loop, &request, on_prepared, d);
}

static void on_change(void *arg) {
    struct dev *d = arg;
    if (d->preparing)
        d->stale = true;
    else
        prepare(d);
}

/* -- What a person sees ---------------------------------------------------------------------------------------------- */

static void on_log(void *arg, uint32_t worker, int level, struct span request, struct span text) {
    struct dev *d = arg;
    terminal_console(&d->terminal, level, text);
}

static void on_request(void *arg, const struct edge_request_log *r) {
    struct dev *d = arg;
    terminal_request(&d->terminal, r->method, r->url, r->status, r->wall_us);
}

/* -- Start and end ------------------------------------------------------------------------------------------------------ */

static void on_drained(void *arg) { loop_stop(((struct dev *)arg)->loop); }

static void on_signal(void *arg, int signal_number) {
    struct dev *d = arg;
    if (d->draining || !d->ready) {
        loop_stop(d->loop);
        return;
    }
    d->draining = true;
    edge_drain(d->edge, DRAIN_MS, on_drained, d);
}

static enum err state_dir(struct dev *d, const char *root, const char *name, const char **ret,
                          struct problem *p) {
    *ret = file_join(&d->arena, span_of(root), span_of(name)).ptr;
    enum err e = file_mkdirs(*ret, 0755, p);
    if (!e && access(*ret, R_OK | W_OK | X_OK))
        e = problem(p, ERR_PERMISSION,
                    "state directory %s: you may not read and write it; `chown` it or use --state", *ret);
    return e;
}

static enum err open_state(struct dev *d, struct problem *p) {
    const char *root = d->options.state;
    struct span target;
    enum err e = file_realpath(d->options.target, &d->arena, &target, p);
    if (e) return e;
    d->dir = arena_copy(&d->arena, file_is_directory(target.ptr) ? target : file_dirname(target)).ptr;
    if (!root) root = file_join(&d->arena, span_of(d->dir), SPAN(".cusp")).ptr;
    e = state_dir(d, root, "code", &d->code_dir, p);
    if (!e) e = state_dir(d, root, "kv", &d->kv_dir, p);
    if (!e) e = state_dir(d, root, "cache", &d->cache_dir, p);
    if (!e) e = kv_open(d->kv_dir, &(struct kv_options){.durability = KV_DURABLE_CRASH}, &d->kv, p);
    if (!e) e = cache_store_open(&(struct cache_options){.dir = d->cache_dir}, &d->cache, p);
    return e;
}

/* name: the Worker's, by which its service bindings find it. */
static enum err set_routes(struct dev *d, struct span name, struct problem *p) {
    struct routes_builder *b = routes_builder_new();
    struct routes_worker worker = {
        .number = WORKER, .account = ACCOUNT, .state = ROUTES_PREPARE, .name = name};
    const struct routes *routes;
    enum err e = routes_add_worker(b, &worker, p);
    if (e) {
        routes_builder_free(b);
        return e;
    }
    routes_set_default(b, WORKER);
    e = routes_build(b, &routes, p);
    if (e) return e;
    edge_set_routes(d->edge, routes);
    routes_unref(routes);
    return ERR_OK;
}

static enum err open_rooms(struct dev *d, struct problem *p) {
    struct link *near, *far;
    struct edge_config edge = {.loop = d->loop,
                               .colo = "DEV",
                               .dev = true,
                               .cache = d->cache,
                               .on_log = on_log,
                               .on_request = on_request,
                               .arg = d};
    if (d->options.quiet) edge.on_request = NULL;
    d->edge = edge_new(&edge);
    link_pair(d->loop, &near, &far);
    enum err e = api_pool_new(&d->pool);
    if (e) return problem(p, e, "no thread for spare isolates: %s", err_sentence(e));
    struct worker_config worker = {.loop = d->loop,
                                   .link = far,
                                   .code_dir = d->code_dir,
                                   .kv = d->kv,
                                   .colo = "DEV",
                                   .dev = true,
                                   .pool = d->pool};
    d->worker = worker_new(&worker);
    edge_link_up(d->edge, ACCOUNT, near);
    return set_routes(d, SPAN("worker"), p);
}

static enum err start(struct dev *d, struct problem *p) {
    struct tcp_bind_options bind = {0};
    enum err e = tcp_bind(span_of(d->options.ip), d->options.port, &bind, &d->socket, p);
    if (!e) e = js_engine_init(NULL, p);
    if (!e) e = open_state(d, p);
    if (!e) e = open_rooms(d, p);
    if (!e) e = signals_open(d->loop, SIGTERM, on_signal, d, &d->on_term);
    if (!e) e = signals_open(d->loop, SIGINT, on_signal, d, &d->on_int);
    if (e) return e;
    d->watch = watch_new(d->loop, QUIET_MS, on_change, d);
    prepare(d);
    return ERR_OK;
}

/* Also after a start that failed half way. */
static void close_rooms(struct dev *d) {
    prepare_cancel(d->preparing);
    watch_free(d->watch);
    worker_free(d->worker);
    edge_free(d->edge);
    signals_close(d->on_term);
    signals_close(d->on_int);
    api_pool_free(d->pool);
    kv_close(d->kv);    /* its last writes are told to the loop */
    loop_free(d->loop); /* closes come through */
    cache_store_close(d->cache);
    if (d->socket >= 0) close(d->socket);
    arena_free(&d->arena);
}

int dev_main(int argc, char **argv) {
    struct dev d = {.arena = ARENA_INIT, .socket = -1};
    struct problem p = {0};
    if (dev_options_read(argc, argv, &d.arena, &d.options, &p)) {
        fprintf(stderr, "cusp dev: %s\n", p.text);
        arena_free(&d.arena);
        return 2;
    }
    log_setup("cusp", LOG_WARN, false);
    terminal_setup(&d.terminal);
    d.loop = loop_new();
    enum err e = start(&d, &p);
    if (e) {
        terminal_error(&d.terminal, span_of(p.text[0] ? p.text : err_sentence(e)));
        d.exit_status = 1;
    } else {
        loop_run(d.loop);
    }
    close_rooms(&d);
    return d.exit_status;
}
