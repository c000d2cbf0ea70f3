/* Workers and accounts as one edge knows them, and their links. */
#include "edge/inside.h"

#include "edge/peer.h"
#include "edge/request.h"
#include "link/messages.h"

struct account *account_get(struct edge *edge, uint32_t number) {
    struct account *a = map_get_u64(edge->accounts, number);
    if (a) return a;
    a = NEW(struct account);
    a->number = number;
    list_init(&a->waiting);
    list_init(&a->calls);
    map_put_u64(edge->accounts, number, a);
    return a;
}

struct edge_worker *worker_find(const struct edge *edge, uint32_t number) {
    return map_get_u64(edge->workers, number);
}

static void set_text(struct buf *to, struct span text) {
    to->len = 0;
    buf_add(to, text);
}

static void set_version(struct edge_worker *w, struct span id) {
    if (id.len != sizeof w->version || memcmp(w->version, id.ptr, id.len) == 0) return;
    memcpy(w->version, id.ptr, id.len);
    w->defined_on = 0;
}

static void set_account(struct edge_worker *w, struct account *a) {
    if (w->account) w->account->requests -= w->requests;
    w->account = a;
    a->requests += w->requests;
}

/* Takes what a snapshot says. An answer of the host (edge_worker_ready) stays in force unless the snapshot
 * brings another version. */
static void worker_update(struct edge *edge, struct edge_worker *w, const struct routes_worker *info) {
    bool same = w->state != WORKER_PREPARE && info->state == ROUTES_PREPARE &&
                (!info->version_id.len || memcmp(w->version, info->version_id.ptr, sizeof w->version) == 0);
    set_account(w, account_get(edge, info->account));
    w->listed = true;
    set_text(&w->name, info->name);
    set_text(&w->origin, info->origin);
    if (same) return;
    set_text(&w->failure, info->failure);
    set_version(w, info->version_id);
    w->why = ERR_WORKER_START;
    w->state = info->state == ROUTES_READY    ? WORKER_READY
               : info->state == ROUTES_FAILED ? WORKER_FAILED
                                              : WORKER_PREPARE;
}

struct edge_worker *worker_get(struct edge *edge, const struct routes_worker *info) {
    struct edge_worker *w = worker_find(edge, info->number);
    if (w) return w;
    w = NEW(struct edge_worker);
    w->number = info->number;
    map_put_u64(edge->workers, w->number, w);
    worker_update(edge, w, info);
    return w;
}

static void free_worker(struct edge_worker *w) {
    buf_free(&w->name);
    buf_free(&w->origin);
    buf_free(&w->failure);
    mem_free(w);
}

static void forget(struct edge *edge, struct edge_worker *w) {
    struct peer *p = w->account->peer;
    uint32_t number = w->number;
    struct span payload = span_make(&number, sizeof number);
    if (p && w->defined_on == p->id) link_send(p->link, MESSAGE_FORGET, 0, 0, &payload, 1);
    map_remove_u64(edge->workers, w->number);
    free_worker(w);
}

bool worker_take(struct edge *edge, struct edge_worker *w) {
    const struct edge_bounds *b = &edge->config.bounds;
    w->requests++;
    w->account->requests++;
    w->used_ms = loop_now_ms(edge->loop);
    return w->requests <= (b->worker_requests ? b->worker_requests : LIMIT_EDGE_WORKER_REQUESTS) &&
           w->account->requests <= (b->account_requests ? b->account_requests : LIMIT_EDGE_ACCOUNT_REQUESTS);
}

void worker_release(struct edge *edge, struct edge_worker *w) {
    w->requests--;
    w->account->requests--;
    if (!w->listed && !w->requests) forget(edge, w);
}

/* Collected first: a map must not change while it is walked. */
static void update_all(struct edge *edge) {
    size_t count = map_count(edge->workers), n = 0, at = 0;
    struct edge_worker **all = mem_array(count + 1, sizeof(struct edge_worker *));
    struct span key;
    void *value;
    while (map_each(edge->workers, &at, &key, &value)) all[n++] = value;
    for (size_t i = 0; i < n; i++) {
        const struct routes_worker *info = routes_worker(edge->routes, all[i]->number);
        all[i]->listed = info != NULL;
        if (info)
            worker_update(edge, all[i], info);
        else if (!all[i]->requests)
            forget(edge, all[i]);
    }
    mem_free(all);
}

void edge_set_routes(struct edge *edge, const struct routes *routes) {
    const struct routes *old = edge->routes;
    edge->routes = routes_ref(routes);
    edge->routes_generation++;
    update_all(edge);
    routes_unref(old);
}

static bool in_use(const struct edge *edge, const struct edge_worker *w) {
    return w->used_ms && loop_now_ms(edge->loop) - w->used_ms < LIMIT_EDGE_WARM_MS;
}

static void warm(struct edge_worker *w) {
    struct peer *p = w->account->peer;
    if (w->state != WORKER_READY || !p || !link_up(p->link) || !link_room(p->link)) return;
    worker_define(w);
    struct span payload = span_make(&w->number, sizeof w->number);
    link_send(p->link, MESSAGE_WARM, 0, 0, &payload, 1);
}

void edge_warm(struct edge *edge, uint32_t number) {
    struct edge_worker *w = worker_named(edge, number);
    if (w) warm(w);
}

/* A new process has no isolates: those that will be asked for soon start before they are. */
static void warm_those_in_use(struct edge *edge, struct account *a) {
    size_t at = 0, left = LIMIT_EDGE_WARM;
    struct span key;
    void *value;
    while (left && map_each(edge->workers, &at, &key, &value)) {
        struct edge_worker *w = value;
        if (w->account != a || !in_use(edge, w)) continue;
        warm(w);
        left--;
    }
}

void edge_link_up(struct edge *edge, uint32_t account, struct link *link) {
    struct account *a = account_get(edge, account);
    if (a->peer) peer_retire(a->peer);
    a->peer = peer_new(edge, a, link);
    requests_wake(edge, a);
    warm_those_in_use(edge, a);
}

struct edge_worker *worker_named(struct edge *edge, uint32_t number) {
    const struct routes_worker *info = edge->routes ? routes_worker(edge->routes, number) : NULL;
    return info ? worker_get(edge, info) : worker_find(edge, number);
}

void edge_worker_ready(struct edge *edge, uint32_t number, const char *version_id) {
    struct edge_worker *w = worker_named(edge, number);
    if (!w) return; /* the routes have changed meanwhile */
    set_version(w, span_of(version_id));
    w->state = WORKER_READY;
    requests_wake(edge, w->account);
    if (in_use(edge, w) && !w->requests && w->account->peer && w->defined_on != w->account->peer->id) warm(w);
}

void edge_worker_failed(struct edge *edge, uint32_t number, enum err why, struct span text) {
    struct edge_worker *w = worker_named(edge, number);
    if (!w) return;
    w->state = WORKER_FAILED;
    w->why = why;
    set_text(&w->failure, text);
    requests_wake(edge, w->account);
}

void edge_worker_quarantine(struct edge *edge, uint32_t number, uint64_t ms) {
    struct edge_worker *w = worker_named(edge, number);
    if (!w) return;
    w->held_until_ms = ms ? loop_now_ms(edge->loop) + ms : 0;
    if (ms) requests_wake(edge, w->account); /* its own fail, the others wait on */
}

uint64_t worker_held_ms(const struct edge *edge, const struct edge_worker *w) {
    if (!w->held_until_ms) return 0;
    uint64_t now_ms = loop_now_ms(edge->loop);
    return w->held_until_ms > now_ms ? w->held_until_ms - now_ms : 0;
}

bool worker_dispatchable(struct edge *edge, struct edge_worker *w) {
    const struct peer *p = w->account->peer;
    if (w->state == WORKER_READY) return p && link_up(p->link); /* a broken one is about to be replaced */
    if (w->state == WORKER_PREPARE && edge->config.prepare) {
        w->state = WORKER_ASKED;
        edge->config.prepare(edge->config.arg, edge, w->number);
    }
    return false;
}

void worker_define(struct edge_worker *w) {
    struct peer *p = w->account->peer;
    if (w->defined_on == p->id) return;
    w->defined_on = p->id;
    uint32_t numbers[2] = {w->number, 0};
    struct span parts[] = {span_make(numbers, sizeof numbers), span_make(w->version, sizeof w->version),
                           buf_span(&w->name)};
    link_send(p->link, MESSAGE_DEFINE, 0, 0, parts, 3);
}

struct span edge_worker_name(const struct edge *edge, uint32_t number) {
    const struct edge_worker *w = worker_find(edge, number);
    return w ? buf_span(&w->name) : SPAN_NONE;
}

void workers_free(struct edge *edge) {
    size_t at = 0;
    struct span key;
    void *value;
    while (map_each(edge->workers, &at, &key, &value)) free_worker(value);
    for (at = 0; map_each(edge->accounts, &at, &key, &value);) mem_free(value);
    map_free(edge->workers);
    map_free(edge->accounts);
}
