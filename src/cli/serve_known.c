#include "cli/serve_known.h"

#include "base/check.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "loop/work.h"

enum { KNOWN_BATCH = 64 };

struct candidate {
    struct prepare_request request;
    struct known_version version; /* id all zero: its memo is no good */
};

struct known {
    struct loop *loop;
    const struct serve_plan *plan;
    const struct known_events *events;
    void *arg;
    struct map *ids; /* Worker number -> its version's id, as it was told */
    size_t at, found;
    bool on_pool, again, closing;
    /* The piece on the pool: */
    struct arena arena;
    struct candidate batch[KNOWN_BATCH];
    size_t count;
};

struct prepare_request known_request(const struct serve_config *c, const struct serve_worker *w,
                                     struct arena *arena) {
    struct span account = c->accounts[w->account];
    return (struct prepare_request){
        .path = arena_copy(arena, w->path).ptr,
        .environment = w->environment.len ? arena_copy(arena, w->environment).ptr : NULL,
        .plan_limits = c->limits,
        .own_limits = w->limits,
        .code_dir = arena_printf(arena, "%.*s/accounts/%.*s/code", SPAN_FMT(c->state), SPAN_FMT(account)).ptr,
        .memo_file = arena_printf(arena, "%.*s/prepared/%.*s/%.*s.json", SPAN_FMT(c->state),
                                  SPAN_FMT(account), SPAN_FMT(w->name))
                         .ptr,
    };
}

/* -- On the pool ------------------------------------------------------------------------------------------------- */

static void look(void *arg) {
    struct known *k = arg;
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < k->count; i++) {
        struct candidate *c = &k->batch[i];
        char id[33];
        if (prepare_recall(&c->request, &arena, id)) memcpy(c->version.id, id, sizeof c->version.id);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* -- On the loop --------------------------------------------------------------------------------------------------- */

static void next_piece(struct known *k);

/* Keeps the good ones that are news at the front of `list`. */
static size_t sort_out(struct known *k, struct known_version *list) {
    size_t news = 0;
    for (size_t i = 0; i < k->count; i++) {
        const struct known_version *v = &k->batch[i].version;
        const char *told = map_get_u64(k->ids, v->worker);
        if (!v->id[0] && told) {
            mem_free(map_remove_u64(k->ids, v->worker));
            k->events->stale(k->arg, v->worker);
        } else if (v->id[0] && !(told && memcmp(told, v->id, sizeof v->id) == 0)) {
            known_note(k, v->worker, span_make(v->id, sizeof v->id));
            list[news++] = *v;
        }
    }
    return news;
}

static void after_look(void *arg) {
    struct known *k = arg;
    struct known_version list[KNOWN_BATCH];
    k->on_pool = false;
    if (k->closing) return;
    if (k->again) {
        k->again = false;
        k->at = k->found = 0;
    } else {
        size_t news = sort_out(k, list);
        k->found += news;
        if (news) k->events->found(k->arg, list, news);
    }
    next_piece(k);
}

static void next_piece(struct known *k) {
    const struct serve_config *c = serve_plan_config(k->plan);
    arena_reset(&k->arena);
    for (k->count = 0; k->count < KNOWN_BATCH && k->at < c->worker_count; k->at++) {
        const struct serve_worker *w = &c->workers[k->at];
        k->batch[k->count++] =
            (struct candidate){known_request(c, w, &k->arena), {w->number, w->account, {0}}};
    }
    if (!k->count) {
        if (k->found) LOG(LOG_INFO, "workers known from before", LOG_N("count", k->found));
        return;
    }
    k->on_pool = work_run(k->loop, look, after_look, k) == ERR_OK;
    if (!k->on_pool) LOG(LOG_WARN, "workers known from before are not looked for, the pool is full");
}

void known_scan(struct known *k, const struct serve_plan *plan) {
    k->plan = plan;
    if (k->on_pool) { /* what is under way has its own copies */
        k->again = true;
        return;
    }
    k->at = k->found = 0;
    next_piece(k);
}

void known_note(struct known *k, uint32_t worker, struct span id) {
    mem_free(map_put_u64(k->ids, worker, mem_cstr(id)));
}

struct known *known_new(struct loop *loop, const struct known_events *events, void *arg) {
    struct known *k = NEW(struct known);
    *k = (struct known){.loop = loop, .events = events, .arg = arg, .ids = map_new(), .arena = ARENA_INIT};
    return k;
}

void known_free(struct known *k) {
    if (!k) return;
    k->closing = true;
    while (k->on_pool) loop_turn(k->loop, true);
    size_t at = 0;
    struct span key;
    void *id;
    while (map_each(k->ids, &at, &key, &id)) mem_free(id);
    map_free(k->ids);
    arena_free(&k->arena);
    mem_free(k);
}
