/* Errands: events of a Worker that no client asked for. SCHEDULED and TEST, each an exchange without bodies, which DONE or FAILED
 * ends. */
#include "base/check.h"
#include "edge/exchange.h"
#include "edge/inside.h"
#include "edge/peer.h"
#include "link/messages.h"

typedef void errand_done(void *arg, enum err why, struct span text);

struct errand {
    struct exchange x;
    struct edge *edge;
    struct edge_worker *worker;
    struct buf text; /* TESTS */
    errand_done *done;
    void *arg;
};

static void end(struct errand *s, enum err why, struct span text) {
    exchange_close(&s->x);
    slab_remove(&s->edge->requests, s->x.stream);
    worker_release(s->edge, s->worker);
    s->done(s->arg, why, text);
    buf_free(&s->text);
    mem_free(s);
}

static enum err on_message(struct exchange *x, const struct message *m) {
    struct errand *s = LIST_ITEM(x, struct errand, x);
    uint32_t code = 0;
    if (m->type == MESSAGE_DONE) {
        end(s, ERR_OK, buf_span(&s->text));
        return ERR_OK;
    }
    if (m->type == MESSAGE_TESTS && !s->text.len) {
        buf_add(&s->text, m->payload);
        return ERR_OK;
    }
    if (m->type != MESSAGE_FAILED || m->payload.len < sizeof code) return ERR_PROTOCOL;
    memcpy(&code, m->payload.ptr, sizeof code);
    end(s, code > ERR_OK && code < ERR_COUNT ? (enum err)code : ERR_INTERNAL,
        span_from(m->payload, sizeof code));
    return ERR_OK;
}

static void ignore(struct exchange *x) {}

static void on_gone(struct exchange *x) { end(LIST_ITEM(x, struct errand, x), ERR_WORKER_GONE, SPAN_NONE); }

static const struct exchange_owner owner = {ignore, on_message, ignore, ignore, on_gone, NULL};

static enum err run(struct edge *edge, uint32_t number, uint8_t type, uint64_t time_ms, struct span text,
                    errand_done *done, void *arg) {
    const struct routes_worker *info = edge->routes ? routes_worker(edge->routes, number) : NULL;
    struct edge_worker *w = info ? worker_get(edge, info) : NULL;
    if (!w) return ERR_NOT_FOUND;
    if (!worker_dispatchable(edge, w) || !link_room(w->account->peer->link)) return ERR_OVERLOAD;
    if (!worker_take(edge, w)) {
        worker_release(edge, w);
        return ERR_OVERLOAD;
    }
    worker_define(w);
    struct errand *s = NEW(struct errand);
    *s = (struct errand){.edge = edge, .worker = w, .done = done, .arg = arg};
    exchange_open(&s->x, w->account->peer, &owner, slab_add(&edge->requests, &s->x));
    uint32_t numbers[2] = {number, 0};
    struct span parts[] = {span_make(numbers, sizeof numbers), span_make(&time_ms, sizeof time_ms), text};
    link_send(w->account->peer->link, type, 0, s->x.stream, parts, 3);
    return ERR_OK;
}

enum err edge_scheduled(struct edge *edge, uint32_t worker, int64_t time_ms, struct span cron,
                        errand_done *done, void *arg) {
    return run(edge, worker, MESSAGE_SCHEDULED, (uint64_t)time_ms, cron, done, arg);
}

enum err edge_test(struct edge *edge, uint32_t worker, struct span name, errand_done *done, void *arg) {
    return run(edge, worker, MESSAGE_TEST, 0, name, done, arg);
}
