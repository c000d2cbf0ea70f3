#include "edge/request.h"

#include "edge/service.h"

#include "base/check.h"
#include "edge/fetch.h"
#include "link/messages.h"
#include "loop/clock.h"

enum { SPARE_REQUESTS = 1024, ARENA_KEEP_BYTES = 32 * 1024 };

/* -- Birth and death -- */

struct request *request_new(struct edge *edge, struct connection *conn) {
    struct request *r = edge->spare_requests;
    if (r) {
        edge->spare_requests = r->next_spare;
        edge->spare_count--;
        struct arena arena = r->arena;
        memset(r, 0, sizeof *r);
        r->arena = arena;
    } else {
        r = NEW(struct request);
    }
    r->edge = edge;
    r->conn = conn;
    list_init(&r->wait);
    deadline_init(&r->prepare);
    r->started_us = loop_batch_us(edge->loop);
    count(&edge->count->open_requests, 1);
    count(&edge->count->requests, 1);
    conn->requests++;
    return r;
}

static void request_free(struct request *r) {
    struct edge *edge = r->edge;
    exchange_close(&r->x);
    if (r->x.stream) slab_remove(&edge->requests, r->x.stream);
    if (r->worker) worker_release(edge, r->worker);
    count(&edge->count->open_requests, -1ull);
    if (edge->spare_count < SPARE_REQUESTS && r->arena.used_bytes <= ARENA_KEEP_BYTES) {
        arena_reset(&r->arena);
        r->next_spare = edge->spare_requests;
        edge->spare_requests = r;
        edge->spare_count++;
    } else {
        arena_free(&r->arena);
        mem_free(r);
    }
    edge_look_drained(edge);
}

void requests_free_spare(struct edge *edge) {
    for (struct request *r = edge->spare_requests, *next; r; r = next) {
        next = r->next_spare;
        arena_free(&r->arena);
        mem_free(r);
    }
    edge->spare_requests = NULL;
}

struct span request_id(const struct request *r) {
    return span_make(r->ray, strnlen(r->ray, sizeof r->ray));
}

/* -- The journey -- */

static void journey_receive(struct request *r) { unreachable(); /* request_new() starts there */ }

static void hold(struct request *r);

static struct edge_worker *route(struct request *r) {
    struct edge *edge = r->edge;
    struct connection *c = r->conn;
    struct span host = c->host;
    bool remembered = c->route_generation == edge->routes_generation && c->route_worker &&
                      span_eq(buf_span(&c->route_host), host);
    if (remembered) return c->route_worker;
    if (!edge->routes) return NULL;
    const struct routes_worker *info =
        routes_match(edge->routes, r->secure, host, span_from(r->url, r->target_at));
    struct edge_worker *w = info ? worker_get(edge, info) : NULL;
    if (w && routes_host_is_uniform(edge->routes, r->secure, host)) {
        c->route_generation = edge->routes_generation;
        c->route_worker = w;
        c->route_host.len = 0;
        buf_add(&c->route_host, host);
    }
    return w;
}

static void journey_route(struct request *r) {
    struct edge *edge = r->edge;
    struct edge_worker *w = route(r);
    if (!w) {
        request_fail_with(r, ERR_NOT_FOUND, 404, SPAN("no route matches this URL"));
        return;
    }
    r->worker = w;
    bool room = worker_take(edge, w) && edge->count->open_requests <= LIMIT_EDGE_REQUESTS;
    if (r->loops > LIMIT_EDGE_LOOPS) {
        request_fail_with(r, ERR_OVERLOAD, 508, SPAN("this request has come through here too often: a loop"));
    } else if (w->state == WORKER_FAILED) {
        request_fail_with(r, w->why, 0, arena_copy(&r->arena, buf_span(&w->failure)));
    } else if (worker_held_ms(edge, w)) {
        request_fail(r, ERR_WORKER_HELD);
    } else if (!room) {
        request_fail(r, ERR_OVERLOAD);
    } else {
        request_go(r, worker_dispatchable(edge, w) ? JOURNEY_DISPATCH : JOURNEY_START);
    }
}

/* Its process has gone, and the host does not bring up another. */
static bool is_abandoned(const struct edge *edge, const struct edge_worker *w) {
    return w->state == WORKER_READY && !w->account->peer && !edge->config.on_link_down;
}

static void journey_start(struct request *r) {
    struct account *a = r->worker->account;
    if (is_abandoned(r->edge, r->worker)) {
        request_fail(r, ERR_WORKER_GONE);
        return;
    }
    if (a->waiting_count >= LIMIT_EDGE_WAITING) {
        request_fail(r, ERR_OVERLOAD);
        return;
    }
    hold(r);
    list_push(&a->waiting, &r->wait);
    a->waiting_count++;
    deadline_set(r->edge->prepare_timeout, &r->prepare);
}

static void leave_start(struct request *r) {
    list_remove(&r->wait);
    deadline_clear(&r->prepare);
    r->worker->account->waiting_count--;
}

/* Its head and body will be needed after this call: from here on they are in the arena. */
static void hold(struct request *r) {
    if (r->kept || r->retried) return; /* a second try needs the message only */
    r->kept = true;
    r->fields = http_fields_copy(&r->fields, &r->arena);
    if (r->inline_body.ptr) r->inline_body = arena_copy(&r->arena, r->inline_body);
}

static void journey_dispatch(struct request *r) {
    struct peer *p = r->worker->account->peer;
    if (!link_room(p->link)) {
        request_fail(r, ERR_OVERLOAD);
        return;
    }
    if (r->worker->origin.len) hold(r);
    worker_define(r->worker);
    if (r->retried)
        request_send_again(r);
    else if (request_is_scheduled(r))
        request_send_scheduled(r);
    else
        request_send(r, r->inline_body);
}

static void journey_respond(struct request *r) { r->responded = true; }

void request_cancel_worker(struct request *r) {
    struct body *out = r->out;
    r->out = NULL;
    body_stop(out); /* tells the Worker, when the body is its own */
    if (r->x.peer && r->x.peer->link && !r->done && !out)
        link_send(r->x.peer->link, MESSAGE_CANCEL, 0, r->x.stream, NULL, 0);
}

static void journey_abort(struct request *r) {
    struct connection *c = r->conn;
    request_cancel_worker(r);
    forward_cancel(r);
    c->request = NULL;
    connection_abort(c);
    request_go(r, JOURNEY_FINISH);
}

/* An error page instead of what the Worker would have said; it need not go on. */
static void journey_reject(struct request *r) {
    request_cancel_worker(r);
    forward_cancel(r);
    reject(r);
}

static void write_log(struct request *r) {
    const struct edge_config *config = &r->edge->config;
    if (!config->on_request || r->state == JOURNEY_RECEIVE || !r->ray[0]) return;
    struct edge_request_log log = {
        .id = request_id(r),
        .worker = r->worker ? r->worker->number : 0,
        .method = r->method,
        .url = r->url,
        .client = r->conn && r->conn->has_peer ? span_of(r->conn->peer.host) : SPAN_NONE,
        .status = r->status,
        .text = r->developer,
        .err = r->why,
        .body_in = r->body_in,
        .body_out = r->body_out,
        .wall_us = clock_monotonic_ns() / 1000 - r->started_us,
        .worker_cpu_ns = r->cpu_ns,
    };
    config->on_request(config->arg, &log);
}

/* The connection goes on without it. The exchange stays until DONE; a body that nobody has asked for so far
 * is not kept waiting for somebody. */
static void journey_finish(struct request *r) {
    struct connection *c = r->conn;
    write_log(r);
    r->conn = NULL;
    struct body *unread = r->x.wanted ? NULL : r->x.to_worker;
    if (unread) r->x.to_worker = NULL;
    body_stop(unread);
    bool close = r->close_after, over = r->done || !r->x.peer;
    if (over) request_free(r);
    if (c) connection_request_done(c, close);
}

static void (*const enter[])(struct request *) = {
#define X(name, enter, waits, on_close, on_fail) enter,
    JOURNEY_TABLE(X)
#undef X
};
static const enum journey_state on_close_go[] = {
#define X(name, enter, waits, on_close, on_fail) JOURNEY_##on_close,
    JOURNEY_TABLE(X)
#undef X
};
static const enum journey_state on_fail_go[] = {
#define X(name, enter, waits, on_close, on_fail) JOURNEY_##on_fail,
    JOURNEY_TABLE(X)
#undef X
};

void request_go(struct request *r, enum journey_state to) {
    if (r->state == JOURNEY_START && !list_empty(&r->wait)) leave_start(r);
    r->state = to;
    enter[to](r);
}

void request_fail_with(struct request *r, enum err why, int status, struct span developer) {
    if (r->state == JOURNEY_FINISH) return;
    count(&r->edge->count->failed, 1);
    r->why = why;
    r->reject_status = status;
    r->developer = developer;
    request_go(r, on_fail_go[r->state]);
}

void request_fail(struct request *r, enum err why) { request_fail_with(r, why, 0, SPAN_NONE); }

void request_client_gone(struct request *r) {
    if (r->state == JOURNEY_FINISH) return;
    if (!r->why) r->why = ERR_CANCELLED;
    if (r->state == JOURNEY_DISPATCH || r->state == JOURNEY_FORWARD) {
        request_cancel_worker(r);
        forward_cancel(r);
    }
    request_go(r, on_close_go[r->state]);
}

/* -- Waiting for a Worker -- */

void request_prepare_due(void *edge, struct deadline *d) {
    struct request *r = LIST_ITEM(d, struct request, prepare);
    request_fail_with(r, ERR_WORKER_START, 504, SPAN("the Worker did not start in time"));
}

static void wake(struct request *r) {
    struct edge_worker *w = r->worker;
    if (w->state == WORKER_FAILED)
        request_fail_with(r, w->why, 0, arena_copy(&r->arena, buf_span(&w->failure)));
    else if (worker_held_ms(r->edge, w)) /* what was in the process that died went with it */
        request_fail(r, r->retried ? ERR_WORKER_GONE : ERR_WORKER_HELD);
    else if (is_abandoned(r->edge, w))
        request_fail(r, ERR_WORKER_GONE);
    else if (worker_dispatchable(r->edge, w))
        request_go(r, JOURNEY_DISPATCH);
}

void requests_wake(struct edge *edge, struct account *account) {
    services_wake(edge, account);
    struct list all;
    list_init(&all);
    while (!list_empty(&account->waiting)) {
        struct list *node = account->waiting.next;
        list_remove(node);
        list_push(&all, node);
    }
    while (!list_empty(&all)) {
        struct list *node = all.next;
        list_remove(node);
        list_push(&account->waiting, node);
        wake(LIST_ITEM(node, struct request, wait));
    }
}

/* -- Messages from the Worker -- */

static struct request *of(struct exchange *x) { return LIST_ITEM(x, struct request, x); }

static void on_wanted(struct exchange *x) {
    struct request *r = of(x);
    if (!r->expects_continue || !r->conn || r->responded) return;
    r->expects_continue = false;
    struct span line = SPAN("HTTP/1.1 100 Continue\r\n\r\n");
    connection_write(r->conn, &line, 1);
}

static enum err on_failed(struct request *r, const struct message *m) {
    uint32_t code;
    if (m->payload.len < sizeof code) return ERR_PROTOCOL;
    memcpy(&code, m->payload.ptr, sizeof code);
    enum err why = code > ERR_OK && code < ERR_COUNT ? (enum err)code : ERR_INTERNAL;
    if (r->state != JOURNEY_DISPATCH) return ERR_OK;
    /* Its isolate ended because of another request: it is tried again as it is when its process dies. */
    if (why == ERR_WORKER_GONE && !r->x.to_worker && request_may_retry(r)) {
        exchange_close(&r->x);
        request_retry(r);
        return ERR_OK;
    }
    r->developer = arena_copy(&r->arena, span_from(m->payload, sizeof code));
    if ((m->flags & MESSAGE_PASS_THROUGH) && forward_possible(r)) {
        r->why = why;
        request_go(r, JOURNEY_FORWARD);
    } else {
        request_fail_with(r, why, 0, r->developer);
    }
    return ERR_OK;
}

static enum err on_done(struct request *r, const struct message *m) {
    if (m->payload.len < sizeof r->cpu_ns) return ERR_PROTOCOL;
    memcpy(&r->cpu_ns, m->payload.ptr, sizeof r->cpu_ns);
    r->done = true;
    if (r->state == JOURNEY_FINISH) {
        request_free(r);
    } else if (r->state == JOURNEY_DISPATCH && request_is_scheduled(r)) {
        request_scheduled_done(r);
    } else if (r->state == JOURNEY_DISPATCH) {
        request_fail_with(r, ERR_WORKER_HUNG, 0, SPAN("the Worker ended without a response"));
    } else if (r->x.from_worker) { /* it forgot the end of its body */
        struct body *body = r->x.from_worker;
        r->x.from_worker = NULL;
        body_end(body, ERR_CLOSED);
    }
    return ERR_OK;
}

static enum err on_message(struct exchange *x, const struct message *m) {
    switch (m->type) {
    case MESSAGE_RESPONSE: return respond_message(of(x), m);
    case MESSAGE_FAILED: return on_failed(of(x), m);
    case MESSAGE_DONE: return on_done(of(x), m);
    default: return ERR_PROTOCOL;
    }
}

static void ignore(struct exchange *x) {}

static void on_gone(struct exchange *x) {
    struct request *r = of(x);
    struct body *unread = x->to_worker;
    if (request_may_retry(r)) {
        request_retry(r);
        return;
    }
    x->to_worker = NULL;
    body_stop(unread);
    if (r->state == JOURNEY_FINISH)
        request_free(r);
    else if (r->state == JOURNEY_DISPATCH)
        request_fail(r, ERR_WORKER_GONE);
}

static bool keeps_body(struct exchange *x) { return request_may_retry(of(x)); }

const struct exchange_owner request_owner = {on_wanted, on_message, ignore, ignore, on_gone, keeps_body};

struct span request_id_of(const struct exchange *x) {
    if (!x || x->owner != &request_owner) return SPAN_NONE;
    return request_id(LIST_ITEM(x, struct request, x));
}
