#include "edge/inside.h"

#include "base/check.h"
#include "crypto/tls.h"
#include "edge/cache.h"
#include "edge/connection.h"
#include "edge/dial.h"
#include "edge/egress_policy.h"
#include "edge/fetch.h"
#include "edge/peer.h"
#include "edge/request.h"
#include "edge/websocket.h"
#include "link/messages.h"
#include "loop/clock.h"

static struct deadline_queue *clock_of(struct edge *edge, uint32_t ms, uint64_t otherwise_ms,
                                       void (*on_due)(void *arg, struct deadline *d)) {
    return deadline_queue_new(edge->loop, ms ? ms : otherwise_ms, on_due, edge);
}

struct edge *edge_new(const struct edge_config *config) {
    struct edge *edge = NEW(struct edge);
    struct loop *loop = config->loop;
    edge->config = *config;
    edge->loop = loop;
    edge->count = config->counters ? config->counters : &edge->uncounted;
    edge->workers = map_new();
    edge->accounts = map_new();
    edge->requests = SLAB_INIT;
    edge->url = URL_INIT;
    edge->limits = h1_limits_default();
    list_init(&edge->peers);
    list_init(&edge->listeners);
    list_init(&edge->connections);
    list_init(&edge->cache_ops);
    list_init(&edge->websockets);
    list_init(&edge->dials);
    edge->dials_of = map_new();
    edge->answers = h1_limits_default();
    edge->answers.body_bytes = UINT64_MAX;
    const struct edge_timeouts *t = &config->timeouts;
    edge->head_timeout = clock_of(edge, t->head, LIMIT_HTTP_HEAD_MS, connection_read_due);
    edge->body_timeout = clock_of(edge, t->body, LIMIT_HTTP_BODY_IDLE_MS, connection_read_due);
    edge->idle_timeout = clock_of(edge, t->idle, LIMIT_HTTP_IDLE_MS, connection_read_due);
    edge->write_timeout = clock_of(edge, t->write, LIMIT_HTTP_WRITE_IDLE_MS, connection_write_due);
    edge->prepare_timeout = clock_of(edge, t->prepare, LIMIT_EDGE_PREPARE_MS, request_prepare_due);
    edge->ping_timeout = clock_of(edge, t->ping, LIMIT_WEBSOCKET_PING_MS, websocket_ping_due);
    edge->close_timeout = clock_of(edge, t->close, LIMIT_WEBSOCKET_CLOSE_MS, websocket_close_due);
    edge->dial_timeout = deadline_queue_new(loop, LIMIT_FETCH_CONNECT_MS, dial_due, edge);
    crypto_random(&edge->ray, sizeof edge->ray);
    edge->egress = egress_new(edge);
    return edge;
}

static void close_listeners(struct edge *edge) {
    while (!list_empty(&edge->listeners)) {
        struct edge_listener *l = LIST_ITEM(edge->listeners.next, struct edge_listener, node);
        list_remove(&l->node);
        tcp_listener_close(l->tcp);
        mem_free(l);
    }
}

/* Frees what does not need the loop any more. A connection's memory goes when its socket has closed. */
static void free_rest(struct edge *edge) {
    requests_free_spare(edge);
    workers_free(edge);
    routes_unref(edge->routes);
    slab_free(&edge->requests);
    map_free(edge->dials_of);
    tls_trust_free(edge->trust);
    buf_free(&edge->scratch);
    url_free(&edge->url);
    mem_free(edge);
}

static void free_timers(struct edge *edge) {
    deadline_queue_free(edge->head_timeout);
    deadline_queue_free(edge->body_timeout);
    deadline_queue_free(edge->idle_timeout);
    deadline_queue_free(edge->write_timeout);
    deadline_queue_free(edge->prepare_timeout);
    deadline_queue_free(edge->ping_timeout);
    deadline_queue_free(edge->dial_timeout);
    deadline_queue_free(edge->close_timeout);
    timer_free(edge->drain_timer);
    if (edge->on_drained) deferred_cancel(&edge->drained);
}

void edge_free(struct edge *edge) {
    if (!edge) return;
    edge->freeing = true;
    close_listeners(edge);
    LIST_EACH(node, &edge->connections) connection_kill(LIST_ITEM(node, struct connection, node));
    while (!list_empty(&edge->peers)) peer_free(LIST_ITEM(edge->peers.next, struct peer, node));
    dials_free(edge);
    egress_free(edge->egress);
    edge->egress = NULL;
    websockets_free(edge);
    free_timers(edge);
    edge_look_drained(edge);
}

void edge_look_drained(struct edge *edge) {
    if (edge->freeing) {
        bool gone = list_empty(&edge->connections) && list_empty(&edge->cache_ops) &&
                    list_empty(&edge->dials) && !edge->egress;
        if (gone) free_rest(edge);
        return;
    }
    if (edge->draining && edge->on_drained && list_empty(&edge->connections) && !edge->count->open_requests &&
        list_empty(&edge->cache_ops))
        loop_defer(edge->loop, &edge->drained);
}

enum err edge_listen(struct edge *edge, int fd, struct problem *p) {
    struct edge_listener *l = NEW(struct edge_listener);
    l->edge = edge;
    enum err e = tcp_listener_open(edge->loop, fd, connection_accept, l, &l->tcp, p);
    if (e) {
        mem_free(l);
        return e;
    }
    list_push(&edge->listeners, &l->node);
    return ERR_OK;
}

uint16_t edge_port(const struct edge *edge, size_t i) {
    LIST_EACH(node, &edge->listeners) {
        if (i-- == 0) return tcp_listener_port(LIST_ITEM(node, struct edge_listener, node)->tcp);
    }
    return 0;
}

enum err edge_config_check(const struct edge_config *config, struct problem *p) {
    struct egress_policy *policy;
    enum err e = egress_policy_new(config->egress.deny_private, config->egress.allow,
                                   config->egress.allow_count, &policy, p);
    if (!e) egress_policy_free(policy);
    return e;
}

/* -- Date and ray: asked for by every request -- */

struct span edge_date(struct edge *edge) {
    uint64_t now_ms = loop_now_ms(edge->loop);
    if (now_ms == edge->date_at_ms) return span_make(edge->date, sizeof edge->date);
    edge->date_at_ms = now_ms;
    int64_t now_s = loop_clock_realtime_ms(edge->loop) / 1000;
    if (now_s != edge->date_s) {
        edge->date_s = now_s;
        http_date_format(edge->date, now_s);
    }
    return span_make(edge->date, sizeof edge->date);
}

/* A counter from a secret start, mixed by splitmix64's finaliser, which is a bijection: no repeats. */
void edge_next_ray(struct edge *edge, char to[16]) {
    uint64_t z = edge->ray += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    for (int i = 0; i < 16; i++, z >>= 4) to[i] = "0123456789abcdef"[z & 15];
}

/* -- Draining -- */

static void on_drained(void *arg) {
    struct edge *edge = arg;
    void (*tell)(void *) = edge->on_drained;
    if (!tell) return;
    edge->on_drained = NULL;
    timer_stop(edge->drain_timer);
    tell(edge->drain_arg);
}

static void on_drain_due(void *arg) {
    struct edge *edge = arg;
    loop_defer(edge->loop, &edge->drained);
}

void edge_drain(struct edge *edge, uint64_t within_ms, void (*tell)(void *arg), void *arg) {
    check(!edge->draining);
    edge->draining = true;
    edge->on_drained = tell;
    edge->drain_arg = arg;
    close_listeners(edge);
    deferred_init(&edge->drained, on_drained, edge);
    edge->drain_timer = timer_new(edge->loop, on_drain_due, edge);
    timer_start(edge->drain_timer, within_ms, 0);
    LIST_EACH(node, &edge->connections) {
        struct connection *c = LIST_ITEM(node, struct connection, node);
        if (connection_idle(c)) connection_close_idle(c);
    }
    websockets_drain(edge);
    edge_look_drained(edge);
}

void edge_stats(const struct edge *edge, struct edge_stats *ret) {
    const struct counters_edge_block *c = edge->count;
    *ret = (struct edge_stats){.connections = c->connections,
                               .requests = c->requests,
                               .rejected = c->rejected,
                               .shed = c->shed,
                               .failed = c->failed,
                               .subrequests = c->subrequests,
                               .bytes_in = c->bytes_in,
                               .bytes_out = c->bytes_out,
                               .open_connections = (uint32_t)c->open_connections,
                               .open_requests = (uint32_t)c->open_requests,
                               .open_fetches = (uint32_t)c->open_fetches};
}
