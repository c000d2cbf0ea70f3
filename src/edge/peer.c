#include "edge/peer.h"

#include "edge/cache.h"
#include "edge/request.h"
#include "edge/socket.h"
#include "edge/subrequest.h"
#include "link/messages.h"

struct exchange *peer_exchange(struct peer *p, uint64_t stream) {
    if (stream & STREAM_FROM_WORKER) return map_get_u64(p->streams, stream);
    struct exchange *x = slab_get(&p->edge->requests, stream);
    return x && x->peer == p ? x : NULL;
}

struct edge_worker *peer_worker(const struct peer *p, uint32_t number) {
    struct edge_worker *w = worker_named(p->edge, number);
    return w && w->account == p->account ? w : NULL;
}

bool peer_stream_add(struct peer *p, uint64_t stream, struct exchange *x) {
    if (!(stream & STREAM_FROM_WORKER) || map_get_u64(p->streams, stream)) return false;
    if (map_count(p->streams) >= LIMIT_EDGE_SUBREQUESTS) return false;
    map_put_u64(p->streams, stream, x);
    return true;
}

void peer_stream_remove(struct peer *p, uint64_t stream) { map_remove_u64(p->streams, stream); }

enum err peer_body(struct peer *p, uint8_t flags, struct span rest, struct message_body *ret) {
    *ret = (struct message_body){0};
    uint64_t stream;
    switch (flags & (MESSAGE_BODY_INLINE | MESSAGE_BODY_STREAM | MESSAGE_BODY_SPLICE)) {
    case 0: return rest.len ? ERR_PROTOCOL : ERR_OK;
    case MESSAGE_BODY_INLINE:
        ret->kind = BODY_INLINE;
        ret->bytes = rest;
        return ERR_OK;
    case MESSAGE_BODY_STREAM: ret->kind = BODY_STREAM; return rest.len ? ERR_PROTOCOL : ERR_OK;
    case MESSAGE_BODY_SPLICE:
        if (rest.len != sizeof stream) return ERR_PROTOCOL;
        memcpy(&stream, rest.ptr, sizeof stream);
        ret->kind = BODY_SPLICE;
        ret->source = peer_exchange(p, stream);
        return ERR_OK;
    default: return ERR_PROTOCOL;
    }
}

static enum err on_log(struct peer *p, const struct message *m) {
    uint32_t number;
    if (m->payload.len < 8) return ERR_PROTOCOL;
    memcpy(&number, m->payload.ptr, sizeof number);
    if (!peer_worker(p, number)) return ERR_PROTOCOL;
    struct exchange *x = m->stream && !(m->stream & STREAM_FROM_WORKER) ? peer_exchange(p, m->stream) : NULL;
    int level = (unsigned char)m->payload.ptr[4];
    const struct edge_config *c = &p->edge->config;
    if (c->on_log)
        c->on_log(c->arg, number, level > LOG_ERROR ? LOG_ERROR : level, request_id_of(x),
                  span_from(m->payload, 8));
    return ERR_OK;
}

/* A message for a stream that has ended meanwhile is nobody's fault. */
static enum err to_exchange(struct peer *p, const struct message *m) {
    struct exchange *x = peer_exchange(p, m->stream);
    return x ? exchange_message(x, m) : ERR_OK;
}

static enum err handle(struct peer *p, const struct message *m) {
    switch (m->type) {
    case MESSAGE_RESPONSE:
    case MESSAGE_FAILED:
    case MESSAGE_DONE:
    case MESSAGE_TESTS:
    case MESSAGE_BODY:
    case MESSAGE_BODY_END:
    case MESSAGE_BODY_ERROR:
    case MESSAGE_CREDIT:
    case MESSAGE_SOCKET_TLS:
    case MESSAGE_CANCEL: return to_exchange(p, m);
    case MESSAGE_SOCKET: return socket_start(p, m);
    case MESSAGE_FETCH: return subrequest_start(p, m);
    case MESSAGE_CACHE_MATCH:
    case MESSAGE_CACHE_PUT:
    case MESSAGE_CACHE_DELETE: return cache_start(p, m);
    case MESSAGE_LOG: return on_log(p, m);
    default: return ERR_PROTOCOL; /* not the Worker's to send */
    }
}

static void on_message(void *arg, const struct message *m) {
    struct peer *p = arg;
    enum err e = handle(p, m);
    if (e) peer_down(p, e, "a message that has no place here");
}

static void on_down(void *arg, enum err why, const char *reason) { peer_down(arg, why, reason); }

static const struct link_events events = {MESSAGE_TYPES, on_message, NULL, on_down};

static void break_exchanges(struct peer *p) {
    if (p->link) link_close(p->link);
    p->link = NULL;
    while (!list_empty(&p->exchanges))
        exchange_link_down(LIST_ITEM(p->exchanges.next, struct exchange, node));
}

void peer_free(struct peer *p) {
    break_exchanges(p);
    if (p->account->peer == p) p->account->peer = NULL;
    list_remove(&p->node);
    deferred_cancel(&p->retire);
    map_free(p->streams);
    mem_free(p);
}

static void on_retire(void *arg) {
    struct peer *p = arg;
    if (p->retired && list_empty(&p->exchanges)) peer_free(p);
}

struct peer *peer_new(struct edge *edge, struct account *account, struct link *link) {
    struct peer *p = NEW(struct peer);
    p->edge = edge;
    p->account = account;
    p->link = link;
    p->id = ++edge->peer_ids;
    p->streams = map_new();
    list_init(&p->exchanges);
    list_push(&edge->peers, &p->node);
    deferred_init(&p->retire, on_retire, p);
    link_start(link, &events, p);
    return p;
}

void peer_look_retired(struct peer *p) {
    if (p->retired && list_empty(&p->exchanges)) loop_defer(p->edge->loop, &p->retire);
}

void peer_retire(struct peer *p) {
    p->retired = true;
    peer_look_retired(p);
}

void peer_down(struct peer *p, enum err why, const char *reason) {
    struct edge *edge = p->edge;
    struct account *account = p->account;
    bool current = account->peer == p;
    if (current) account->peer = NULL;
    if (!edge->freeing && (why != ERR_CLOSED || !edge->draining))
        LOG(LOG_WARN, "link_down", LOG_N("account", account->number), LOG_S("err", span_of(err_name(why))),
            LOG_S("reason", span_of(reason)), LOG_N("retired", p->retired));
    break_exchanges(p);
    p->retired = true;
    loop_defer(edge->loop, &p->retire); /* we may be inside one of its callbacks */
    const struct edge_config *c = &edge->config;
    if (!current || edge->freeing) return;
    if (c->on_link_down)
        c->on_link_down(c->arg, edge, account->number, why, reason);
    else
        requests_wake(edge, account); /* they fail: nobody will bring the link up */
}
