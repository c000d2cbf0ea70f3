/* The edge process: main thread for the parent's messages, and for each lane a thread with a loop and a struct edge. What
 * the threads tell the main thread goes by loop_post(), and back the same way. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/serve_children.h"
#include "cli/serve_config.h"
#include "cli/serve_known.h"
#include "cli/serve_messages.h"
#include "cli/serve_plan.h"
#include "edge/edge.h"
#include "edge/routes.h"
#include "loop/file.h"
#include "loop/thread.h"
#include "state/cache_store.h"

struct process_state;

enum { SETTLE_MS = 2000 }; /* for log lines, at the end */

struct lane {
    struct process_state *process;
    unsigned index;
    struct loop *loop;
    struct thread *thread;
    struct edge *edge;
    struct counters *counters;
};

struct process_state {
    struct loop *loop;
    struct serve_pipe *pipe;
    struct serve_plan *plan; /* the newest; earlier ones live on while lanes use their routes */
    struct cache_store *cache;
    struct counters_file *counters; /* of all lanes */
    struct lane *lanes;
    size_t lane_count, draining;
    struct map *asked; /* Worker number -> itself: prepare is under way */
    struct map
        *known; /* Worker number -> the id of its version: prepared earlier, nobody has asked for it yet */
    struct map *versions; /* Worker number -> its version's id, for routes that come later */
};

/* A note from one thread to another: what a lane asks the main thread, or the other way round. */
struct note {
    struct lane *lane;
    struct process_state *process;
    uint32_t number, err, ms;
    int fd;
    const struct routes *routes;
    struct span text; /* owned */
};

static void note_free(struct note *n) {
    mem_free((char *)n->text.ptr);
    mem_free(n);
}

static struct note *note_new(struct lane *lane, uint32_t number) {
    struct note *n = NEW(struct note);
    *n = (struct note){.lane = lane, .process = lane->process, .number = number, .fd = -1};
    return n;
}

static void send(struct process_state *s, enum serve_type type, uint32_t number) {
    serve_pipe_send(s->pipe, &(struct serve_message){.type = type, .number = number}, NULL, 0);
}

/* -- From a lane to the main thread -------------------------------------------------------------------------- */

static void on_ready(struct process_state *s, const struct serve_message *m);

static void main_prepare(void *arg) {
    struct note *n = arg;
    struct process_state *s = n->process;
    const struct serve_worker *w = serve_plan_worker(s->plan, n->number);
    char *known = map_remove_u64(s->known, n->number);
    if (w && known) {
        struct serve_message m = {.type = SERVE_READY, .number = n->number, .text = span_of(known)};
        send(s, SERVE_WANT_ACCOUNT, w->account);
        on_ready(s, &m);
    } else if (w && !map_put_u64(s->asked, n->number, s)) {
        send(s, SERVE_WANT_ACCOUNT, w->account);
        send(s, SERVE_PREPARE, n->number);
    }
    mem_free(known);
    note_free(n);
}

static void lane_prepare(void *arg, struct edge *edge, uint32_t worker) {
    struct lane *lane = arg;
    loop_post(lane->process->loop, main_prepare, note_new(lane, worker));
}

static void main_link_down(void *arg) {
    struct note *n = arg;
    struct serve_message m = {.type = SERVE_WANT_ACCOUNT, .number = n->number, .err = n->err};
    serve_pipe_send(n->process->pipe, &m, NULL, 0);
    note_free(n);
}

static void lane_link_down(void *arg, struct edge *edge, uint32_t account, enum err why, const char *reason) {
    struct lane *lane = arg;
    if (why != ERR_CLOSED)
        LOG(LOG_ERROR, "a worker process broke the protocol", LOG_N("account", account),
            LOG_S("reason", span_of(reason ? reason : "")));
    struct note *n = note_new(lane, account);
    n->err = why;
    loop_post(lane->process->loop, main_link_down, n);
}

static void lane_log(void *arg, uint32_t worker, int level, struct span request, struct span text) {
    struct lane *lane = arg;
    LOG((enum log_level)level, "console", LOG_S("worker", edge_worker_name(lane->edge, worker)),
        LOG_S("req", request), LOG_S("text", text));
}

static void count_request(struct counters_row *row, const struct edge_request_log *r) {
    uint64_t *const classes[] = {&row->responses_none, &row->responses_1xx, &row->responses_2xx,
                                 &row->responses_3xx,  &row->responses_4xx, &row->responses_5xx};
    unsigned class = (unsigned)r->status / 100;
    count(classes[class < sizeof classes / sizeof *classes ? class : 0], 1);
    count(&row->body_in, r->body_in);
    count(&row->body_out, r->body_out);
    histogram_add(&row->response_time, r->wall_us * 1000);
    if (r->err == ERR_OVERLOAD) count(&row->shed, 1);
}

static void lane_request(void *arg, const struct edge_request_log *r) {
    struct lane *lane = arg;
    count_request(counters_row(lane->counters, r->worker), r);
    if (r->err == ERR_OK || r->err == ERR_CANCELLED) return;
    LOG(LOG_WARN, "request failed", LOG_S("req", r->id),
        LOG_S("worker", edge_worker_name(lane->edge, r->worker)), LOG_S("method", r->method),
        LOG_S("url", r->url), LOG_N("status", r->status), LOG_S("err", span_of(err_name(r->err))),
        LOG_S("text", r->text));
}

static void main_drained(void *arg) {
    struct note *n = arg;
    struct process_state *s = n->process;
    check(s->draining > 0);
    if (--s->draining == 0) send(s, SERVE_DRAINED, 0);
    note_free(n);
}

static void lane_drained(void *arg) {
    struct lane *lane = arg;
    loop_post(lane->process->loop, main_drained, note_new(lane, 0));
}

/* -- From the main thread to a lane -------------------------------------------------------------------------- */

static void lane_take_routes(void *arg) {
    struct note *n = arg;
    edge_set_routes(n->lane->edge, n->routes);
    routes_unref(n->routes);
    note_free(n);
}

static void lane_listen(void *arg) {
    struct note *n = arg;
    struct problem p;
    enum err e = edge_listen(n->lane->edge, n->fd, &p);
    if (e) LOG(LOG_ERROR, "can't listen", LOG_S("problem", span_of(p.text)));
    note_free(n);
}

static void lane_link(void *arg) {
    struct note *n = arg;
    struct link *link;
    enum err e = link_open(n->lane->loop, n->fd, &link);
    if (e)
        LOG(LOG_ERROR, "link refused", LOG_S("why", span_of(err_sentence(e))));
    else
        edge_link_up(n->lane->edge, n->number, link);
    note_free(n);
}

static void lane_ready(void *arg) {
    struct note *n = arg;
    edge_worker_ready(n->lane->edge, n->number, n->text.ptr);
    note_free(n);
}

static void lane_failed(void *arg) {
    struct note *n = arg;
    edge_worker_failed(n->lane->edge, n->number, n->err, n->text);
    note_free(n);
}

static void lane_quarantine(void *arg) {
    struct note *n = arg;
    edge_worker_quarantine(n->lane->edge, n->number, n->ms);
    note_free(n);
}

static void lane_drain(void *arg) {
    struct note *n = arg;
    edge_drain(n->lane->edge, n->ms, lane_drained, n->lane);
    note_free(n);
}

static void lane_stop(void *arg) {
    struct lane *lane = arg;
    edge_free(lane->edge);
    lane->edge = NULL;
    loop_stop(lane->loop);
}

static void lane_run(void *arg) { loop_run(((struct lane *)arg)->loop); }

/* -- The main thread ------------------------------------------------------------------------------------------- */

static void tell_all(struct process_state *s, void (*run)(void *), const struct serve_message *m) {
    for (size_t i = 0; i < s->lane_count; i++) {
        struct note *n = note_new(&s->lanes[i], m->number);
        n->err = m->err;
        n->ms = m->ms;
        n->text = span_make(mem_cstr(m->text), m->text.len);
        loop_post(n->lane->loop, run, n);
    }
}

static void add_worker(struct routes_builder *b, struct process_state *s, const struct serve_worker *w) {
    const char *version = map_get_u64(s->versions, w->number);
    struct routes_worker row = {.number = w->number,
                                .account = w->account,
                                .state = version ? ROUTES_READY : ROUTES_PREPARE,
                                .name = w->name,
                                .version_id = span_of(version),
                                .origin = w->origin};
    struct problem p;
    enum err e = routes_add_worker(b, &row, &p);
    for (size_t i = 0; !e && i < w->route_count; i++) e = routes_add(b, w->routes[i], w->number, &p);
    if (!e && w->is_default) routes_set_default(b, w->number);
    if (e) LOG(LOG_ERROR, "route refused", LOG_S("worker", w->name), LOG_S("problem", span_of(p.text)));
}

static void publish_routes(struct process_state *s) {
    struct routes_builder *b = routes_builder_new();
    const struct serve_config *c = serve_plan_config(s->plan);
    for (size_t i = 0; i < c->worker_count; i++) add_worker(b, s, &c->workers[i]);
    const struct routes *routes;
    struct problem p;
    enum err e = routes_build(b, &routes, &p);
    if (e) {
        LOG(LOG_ERROR, "the routes can't be used, the earlier ones stay", LOG_S("problem", span_of(p.text)));
        return;
    }
    for (size_t i = 0; i < s->lane_count; i++) {
        struct note *n = note_new(&s->lanes[i], 0);
        n->routes = routes_ref(routes);
        loop_post(n->lane->loop, lane_take_routes, n);
    }
    routes_unref(routes);
}

/* The last moment with one thread. */
static enum err enter_walls(const struct serve_config *c, const char *cache_dir, struct problem *p) {
    char *ca_file = c->ca_file.len ? mem_cstr(c->ca_file) : NULL, text[128];
    unsigned layers = 0;
    enum err e = serve_walls_edge(cache_dir, ca_file, &layers, p);
    mem_free(ca_file);
    sandbox_layers_text(layers, text, sizeof text);
    if (!e) LOG(LOG_DEBUG, "edge is behind its walls", LOG_S("sandbox", span_of(text)));
    return e;
}

static enum err open_cache(struct process_state *s, struct problem *p) {
    const struct serve_config *c = serve_plan_config(s->plan);
    struct arena arena = ARENA_INIT;
    struct cache_options options = {.dir = file_join(&arena, c->state, SPAN("cache")).ptr};
    enum err e = file_mkdirs(options.dir, 0700, p);
    if (!e) e = enter_walls(c, options.dir, p);
    if (!e) e = cache_store_open(&options, &s->cache, p);
    arena_free(&arena);
    return e;
}

static enum err start_lanes(struct process_state *s) {
    const struct serve_config *c = serve_plan_config(s->plan);
    s->lane_count = c->threads;
    s->lanes = mem_array(s->lane_count, sizeof *s->lanes);
    s->counters = counters_adopt(SERVE_COUNTERS_FD, (uint32_t)s->lane_count);
    const char **allow = mem_array(c->allow_count + 1, sizeof *allow);
    for (size_t i = 0; i < c->allow_count; i++) allow[i] = mem_cstr(c->allow[i]);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < s->lane_count; i++) {
        struct lane *lane = &s->lanes[i];
        *lane = (struct lane){.process = s, .index = (unsigned)i, .loop = loop_new()};
        lane->counters = counters_take(counters_lane(s->counters, (uint32_t)i));
        struct edge_config config = {
            .loop = lane->loop,
            .colo = mem_cstr(c->colo),
            .cache = s->cache,
            .counters = &counters_of(lane->counters)->edge,
            .egress = {.ca_file = c->ca_file.len ? mem_cstr(c->ca_file) : NULL,
                       .deny_private = c->deny_private,
                       .allow = allow,
                       .allow_count = c->allow_count},
            .prepare = lane_prepare,
            .on_link_down = lane_link_down,
            .on_log = lane_log,
            .on_request = lane_request,
            .arg = lane,
        };
        char name[32];
        lane->edge = edge_new(&config);
        snprintf(name, sizeof name, "edge %zu", i);
        e = thread_start(name, 0, lane_run, lane, &lane->thread);
    }
    return e;
}

static void on_plan(struct process_state *s, int fd) {
    struct problem p;
    struct serve_plan *plan;
    enum err e = serve_plan_receive(fd, &plan, &p);
    if (!e && !s->lanes) { /* the first one */
        s->plan = plan;
        log_setup("edge", LOG_INFO, serve_plan_config(plan)->log_json);
        if (!log_write_behind())
            LOG(LOG_WARN, "no thread for log lines: a slow reader of stderr holds up requests");
        e = open_cache(s, &p);
        if (!e) e = start_lanes(s);
    }
    if (e) {
        bool running = s->lanes && s->lanes[0].thread;
        LOG(LOG_ERROR, running ? "the new plan can't be read" : "edge can't start",
            LOG_S("problem", span_of(p.text)));
        if (!running) loop_stop(s->loop);
        return;
    }
    if (s->plan != plan) {
        serve_plan_free(s->plan);
        s->plan = plan;
    }
    publish_routes(s);
}

static void on_listen(struct process_state *s, uint32_t index, const int *fds, size_t fd_count) {
    for (size_t i = 0; i < fd_count; i++) {
        if (index >= s->lane_count) {
            close(fds[i]);
            continue;
        }
        struct note *n = note_new(&s->lanes[index], 0);
        n->fd = fds[i];
        loop_post(n->lane->loop, lane_listen, n);
    }
    if (index + 1 == s->lane_count) send(s, SERVE_UP, 0);
}

static void on_ready(struct process_state *s, const struct serve_message *m) {
    mem_free(map_put_u64(s->versions, m->number, mem_cstr(m->text)));
    map_remove_u64(s->asked, m->number);
    tell_all(s, lane_ready, m);
}

/* What lanes use already changes at once; the rest is kept until somebody asks. */
static void on_known(struct process_state *s, struct span text) {
    struct known_version v;
    for (size_t i = 0; i + sizeof v <= text.len; i += sizeof v) {
        memcpy(&v, text.ptr + i, sizeof v);
        struct span id = span_make(v.id, sizeof v.id);
        struct serve_message m = {.type = SERVE_READY, .number = v.worker, .text = id};
        bool in_use = map_get_u64(s->versions, v.worker) || map_get_u64(s->asked, v.worker);
        if (in_use && !v.id[0] && !map_put_u64(s->asked, v.worker, s))
            send(s, SERVE_PREPARE, v.worker);
        else if (!v.id[0])
            mem_free(map_remove_u64(s->known, v.worker));
        else if (in_use)
            on_ready(s, &m);
        else
            mem_free(map_put_u64(s->known, v.worker, mem_cstr(id)));
    }
}

static void on_failed(struct process_state *s, const struct serve_message *m) {
    map_remove_u64(s->asked, m->number);
    mem_free(map_remove_u64(s->known, m->number));
    tell_all(s, lane_failed, m);
}

static void on_drain(struct process_state *s, const struct serve_message *m) {
    s->draining = s->lane_count;
    tell_all(s, lane_drain, m);
}

static void on_link(struct process_state *s, const struct serve_message *m, int fd) {
    if (m->lane >= s->lane_count) {
        close(fd);
        return;
    }
    struct note *n = note_new(&s->lanes[m->lane], m->number);
    n->fd = fd;
    loop_post(n->lane->loop, lane_link, n);
}

static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct process_state *s = arg;
    if (m->type == SERVE_PLAN && fd_count == 1)
        on_plan(s, fds[0]);
    else if (m->type == SERVE_LISTEN)
        on_listen(s, m->lane, fds, fd_count);
    else if (m->type == SERVE_LINK && fd_count == 1)
        on_link(s, m, fds[0]);
    else if (m->type == SERVE_READY)
        on_ready(s, m);
    else if (m->type == SERVE_KNOWN)
        on_known(s, m->text);
    else if (m->type == SERVE_FAILED)
        on_failed(s, m);
    else if (m->type == SERVE_QUARANTINE)
        tell_all(s, lane_quarantine, m);
    else if (m->type == SERVE_DRAIN)
        on_drain(s, m);
    else if (m->type == SERVE_STOP)
        loop_stop(s->loop);
    else {
        for (size_t i = 0; i < fd_count; i++) close(fds[i]);
        LOG(LOG_ERROR, "unexpected message from the parent", LOG_N("type", m->type));
    }
}

static void on_parent_gone(void *arg) { loop_stop(((struct process_state *)arg)->loop); }

static void stop_lanes(struct process_state *s) {
    for (size_t i = 0; i < s->lane_count; i++) {
        if (!s->lanes[i].thread) continue; /* it did not start */
        loop_post(s->lanes[i].loop, lane_stop, &s->lanes[i]);
        thread_join(s->lanes[i].thread);
        loop_free(s->lanes[i].loop);
    }
}

int serve_edge_main(void) {
    struct process_state s = {
        .loop = loop_new(), .asked = map_new(), .versions = map_new(), .known = map_new()};
    log_setup("edge", LOG_INFO, false);
    enum err e = serve_pipe_open(s.loop, SERVE_PIPE_FD, on_message, on_parent_gone, &s, &s.pipe);
    if (e) return 1;
    loop_run(s.loop);
    stop_lanes(&s);
    serve_pipe_close(s.pipe);
    cache_store_close(s.cache);
    loop_free(s.loop);
    log_settle(SETTLE_MS);
    return 0; /* the rest goes with the process */
}
