#include "worker/crew.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/priority.h"
#include "base/pulse.h"
#include "js/engine.h"
#include "loop/clock.h"
#include "loop/thread.h"
#include "loop/timer.h"
#include "worker/isolates.h"

/* A thread of ten niceness has a tenth of the weight of one at 0 when both want the processor, and gives way when that wakes.
 * Not SCHED_IDLE: under load a new Worker would never get out of its trial, and an engine's collector that stops a thread for a moment
 * would wait for it. */
enum { LANE_NICE = 10, TRIM_MS = 1000, TRIM_AFTER_MS = 2000 };

struct resting {
    struct rest rest;
    struct record *record;
    struct list of_record, by_age;
    uint64_t since_ns;
};

struct slow_worker {
    struct slow_lane *lane;
    struct list node;
    struct worker *worker;
};

struct slow_lane {
    struct crew *crew;
    unsigned index;
    struct loop *loop;
    struct thread *thread;
    struct lane lane;
    struct list workers; /* struct slow_worker */
    struct timer *trim;  /* of the first one */
    _Atomic unsigned seats;
    bool trimmed; /* some, since the engine gave back what it could */
};

struct crew {
    struct crew_config config; /* its strings are the caller's */
    pthread_mutex_t lock;
    struct map *records;
    /* struct resting.by_age, the oldest first: they are trimmed in that order, so all of `trimmed` rest longer than all of `rests` */
    struct list trimmed, rests;
    size_t rest_count;
    unsigned slow_count, next_slow;
    struct slow_lane slow[];
};

/* -- Records ------------------------------------------------------------------------------------------------- */

static struct span key_of(const struct record *r) { return span_make(r->key, sizeof r->key); }

struct record *crew_record(struct crew *crew, uint32_t number, const char *id) {
    if (!crew) return NULL;
    char key[36];
    memcpy(key, &number, 4);
    memcpy(key + 4, id, 32);
    pthread_mutex_lock(&crew->lock);
    struct record *r = map_get(crew->records, span_make(key, sizeof key));
    if (!r) {
        r = NEW(struct record);
        r->crew = crew;
        memcpy(r->key, key, sizeof key);
        list_init(&r->rests);
        if (crew->slow_count) r->slow_lane = crew->next_slow++ % crew->slow_count;
        map_put(crew->records, key_of(r), r);
    }
    r->refs++;
    pthread_mutex_unlock(&crew->lock);
    return r;
}

/* Unlocked. Its record may be gone. */
static void resting_free(struct resting *g) {
    api_free(g->rest.api);
    version_unref(g->rest.version);
    mem_free(g);
}

/* Locked. */
static void unlink_resting(struct resting *g) {
    list_remove(&g->of_record);
    list_remove(&g->by_age);
    atomic_fetch_sub(&g->record->resting, 1);
    g->record->crew->rest_count--;
}

/* Locked: all that rests, into `out`. */
static void take_all(struct record *r, struct list *out) {
    struct list *node;
    list_init(out);
    while ((node = list_first(&r->rests))) {
        struct resting *g = LIST_ITEM(node, struct resting, of_record);
        unlink_resting(g);
        atomic_fetch_sub(&r->isolates, 1);
        list_push(out, &g->of_record);
    }
}

static void free_all(struct list *all) {
    struct list *node;
    while ((node = list_first(all))) {
        list_remove(node);
        resting_free(LIST_ITEM(node, struct resting, of_record));
    }
}

void record_clear(struct record *r) {
    struct list all;
    if (!r) return;
    pthread_mutex_lock(&r->crew->lock);
    take_all(r, &all);
    pthread_mutex_unlock(&r->crew->lock);
    free_all(&all);
}

void record_release(struct record *r) {
    struct list all;
    if (!r) return;
    struct crew *crew = r->crew;
    list_init(&all);
    pthread_mutex_lock(&crew->lock);
    bool last = --r->refs == 0;
    if (last) {
        map_remove(crew->records, key_of(r));
        take_all(r, &all);
    }
    pthread_mutex_unlock(&crew->lock);
    free_all(&all);
    if (last) mem_free(r);
}

/* -- Rest ---------------------------------------------------------------------------------------------------- */

/* Locked: who rests longest; NULL: nobody. */
static struct resting *longest(const struct crew *crew) {
    const struct list *from = list_empty(&crew->trimmed) ? &crew->rests : &crew->trimmed;
    return list_empty(from) ? NULL : LIST_ITEM(from->next, struct resting, by_age);
}

/* Locked. */
static void give_up(struct resting *g) {
    unlink_resting(g);
    atomic_fetch_sub(&g->record->isolates, 1);
}

void record_rest(struct record *r, struct rest rest) {
    struct crew *crew = r->crew;
    struct resting *g = NEW(struct resting), *old = NULL;
    *g = (struct resting){.rest = rest, .record = r, .since_ns = clock_monotonic_ns()};
    pthread_mutex_lock(&crew->lock);
    list_push(r->rests.next, &g->of_record); /* in front: the newest is the warmest */
    list_push(&crew->rests, &g->by_age);
    atomic_fetch_add(&r->resting, 1);
    if (++crew->rest_count > crew->config.isolates_max) {
        old = longest(crew);
        give_up(old);
    }
    pthread_mutex_unlock(&crew->lock);
    if (old) resting_free(old);
}

bool record_take(struct record *r, struct rest *ret) {
    if (!r || !atomic_load_explicit(&r->resting, memory_order_relaxed)) return false;
    pthread_mutex_lock(&r->crew->lock);
    struct list *first = list_first(&r->rests);
    struct resting *g = first ? LIST_ITEM(first, struct resting, of_record) : NULL;
    if (g) unlink_resting(g);
    pthread_mutex_unlock(&r->crew->lock);
    if (!g) return false;
    *ret = g->rest;
    mem_free(g);
    return true;
}

/* One that has rested for a while, out of the list: nobody can take it meanwhile. */
static struct resting *untrimmed(struct crew *crew) {
    uint64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&crew->lock);
    struct list *first = list_first(&crew->rests);
    struct resting *g = first ? LIST_ITEM(first, struct resting, by_age) : NULL;
    if (g && now_ns - g->since_ns < TRIM_AFTER_MS * 1000000ull) g = NULL;
    if (g) {
        g->record->refs++; /* it may be forgotten while it is ours */
        unlink_resting(g);
    }
    pthread_mutex_unlock(&crew->lock);
    return g;
}

static void rest_trimmed(struct crew *crew, struct resting *g) {
    struct record *r = g->record;
    pthread_mutex_lock(&crew->lock);
    list_push(&r->rests, &g->of_record);
    list_push(&crew->trimmed, &g->by_age);
    atomic_fetch_add(&r->resting, 1);
    crew->rest_count++;
    pthread_mutex_unlock(&crew->lock);
    record_release(r);
}

static void on_trim(void *arg) {
    struct slow_lane *lane = arg;
    struct resting *g = lane->lane.ready_count ? NULL : untrimmed(lane->crew);
    if (!g) {
        if (lane->trimmed) js_engine_trim(); /* once for all of them */
        lane->trimmed = false;
        timer_start(lane->trim, TRIM_MS, 0);
        return;
    }
    api_trim(g->rest.api);
    lane->trimmed = true;
    rest_trimmed(lane->crew, g);
    /* The next one. Not after 0 ms: libuv 1.44 runs such a timer again before it polls, and what waits for this lane would wait for all
     * of them. */
    timer_start(lane->trim, 1, 0);
}

/* -- Short of memory ------------------------------------------------------------------------------------------- */

enum { RELIEVE_MOST = 64 }; /* each takes half a millisecond */

/* NULL: nobody has rested that long. */
static struct resting *take_longest(struct crew *crew, uint64_t rest_ns) {
    pthread_mutex_lock(&crew->lock);
    struct resting *g = longest(crew);
    if (g && clock_monotonic_ns() - g->since_ns < rest_ns) g = NULL;
    if (g) give_up(g);
    pthread_mutex_unlock(&crew->lock);
    return g;
}

size_t crew_retire(struct crew *crew, unsigned rest_ms, size_t most) {
    struct resting *g;
    size_t n = 0;
    for (; crew && n < most && (g = take_longest(crew, rest_ms * 1000000ull)); n++) resting_free(g);
    return n;
}

static void relieve_slow(struct slow_lane *lane, bool all) {
    LIST_EACH(node, &lane->workers) {
        worker_relieve(LIST_ITEM(node, struct slow_worker, node)->worker, all);
    }
}
static void relieve_half(void *arg) { relieve_slow(arg, false); }
static void relieve_all(void *arg) { relieve_slow(arg, true); }

void crew_relieve(struct crew *crew, bool all) {
    struct crew_stats stats;
    if (!crew) return;
    crew_stats(crew, &stats);
    size_t most = all ? stats.resting : (stats.resting + 1) / 2;
    crew_retire(crew, 0, most > RELIEVE_MOST ? RELIEVE_MOST : most);
    for (unsigned i = 0; i < crew->slow_count; i++)
        loop_post(crew->slow[i].loop, all ? relieve_all : relieve_half, &crew->slow[i]);
}

/* -- Slow lanes ---------------------------------------------------------------------------------------------- */

unsigned crew_slow_lanes(const struct crew *crew) { return crew ? crew->slow_count : 0; }
struct loop *crew_slow_loop(const struct crew *crew, unsigned lane) {
    return crew->slow[lane].loop;
}
void crew_slow_load(struct crew *crew, unsigned lane, unsigned seats) {
    atomic_store_explicit(&crew->slow[lane].seats, seats, memory_order_relaxed);
}

static unsigned seats_of(const struct crew *crew, unsigned lane) {
    return atomic_load_explicit(&crew->slow[lane].seats, memory_order_relaxed);
}

unsigned record_slow_lane(struct record *r) {
    const struct crew *crew = r->crew;
    unsigned own = atomic_load_explicit(&r->slow_lane, memory_order_relaxed), best = own;
    if (atomic_load_explicit(&r->slow_requests, memory_order_relaxed) || !seats_of(crew, own)) return own;
    for (unsigned i = 0; i < crew->slow_count; i++)
        if (seats_of(crew, i) < seats_of(crew, best)) best = i;
    atomic_store_explicit(&r->slow_lane, best, memory_order_relaxed);
    return best;
}

struct serve {
    struct slow_lane *lane;
    struct link *link;
};

static void slow_down(void *arg) {
    struct slow_worker *s = arg;
    list_remove(&s->node);
    worker_free(s->worker);
    mem_free(s);
}

static void slow_serve(void *arg) {
    struct serve *serve = arg;
    struct slow_lane *lane = serve->lane;
    const struct crew_config *c = &lane->crew->config;
    struct slow_worker *s = NEW(struct slow_worker);
    *s = (struct slow_worker){.lane = lane};
    list_push(&lane->workers, &s->node);
    struct worker_config config = {.loop = lane->loop,
                                   .link = serve->link,
                                   .code_dir = c->code_dir,
                                   .kv = c->kv,
                                   .colo = c->colo,
                                   .dev = c->dev,
                                   .pool = c->pool,
                                   .isolates_max = c->isolates_max,
                                   .crew = lane->crew,
                                   .desk = c->desk,
                                   .counters = c->counters ? c->counters[lane->index] : NULL,
                                   .on_down = slow_down,
                                   .arg = s};
    mem_free(serve);
    s->worker = worker_new_slow(&config, &lane->lane, lane->index);
}

void crew_slow_serve(struct crew *crew, unsigned lane, struct link *link) {
    struct serve *serve = NEW(struct serve);
    *serve = (struct serve){&crew->slow[lane], link};
    loop_post(serve->lane->loop, slow_serve, serve);
}

static void slow_stop(void *arg) {
    struct slow_lane *lane = arg;
    struct list *node;
    while ((node = list_first(&lane->workers))) slow_down(LIST_ITEM(node, struct slow_worker, node));
    timer_free(lane->trim);
    lane_end(&lane->lane);
    loop_stop(lane->loop);
}

static void slow_run(void *arg) {
    struct slow_lane *lane = arg;
    priority_behind(LANE_NICE);
    check(pulse_join() == ERR_OK);
    if (lane->trim) timer_start(lane->trim, TRIM_MS, 0);
    loop_run(lane->loop);
}

/* -- Birth and death ------------------------------------------------------------------------------------------ */

unsigned crew_slow_default(void) {
    unsigned wanted = 2 * thread_cpu_count();
    return wanted > LIMIT_LANES_SLOW ? (unsigned)LIMIT_LANES_SLOW : wanted;
}

static enum err slow_start(struct crew *crew, unsigned i) {
    struct slow_lane *lane = &crew->slow[i];
    char name[16];
    *lane = (struct slow_lane){.crew = crew, .index = i, .loop = loop_new()};
    list_init(&lane->workers);
    lane_init(&lane->lane, lane->loop, true, isolates_seat_turn);
    if (i == 0) lane->trim = timer_new(lane->loop, on_trim, lane);
    crew->slow_count = i + 1;
    snprintf(name, sizeof name, "slow %u", i);
    return thread_start(name, 0, slow_run, lane, &lane->thread);
}

enum err crew_new(const struct crew_config *config, struct crew **ret) {
    check(config->slow_lanes <= LIMIT_LANES_SLOW);
    struct crew *crew = mem_alloc(sizeof *crew + config->slow_lanes * sizeof *crew->slow);
    crew->config = *config;
    if (!crew->config.isolates_max) crew->config.isolates_max = LIMIT_ISOLATES;
    check(pthread_mutex_init(&crew->lock, NULL) == 0);
    crew->records = map_new();
    list_init(&crew->rests);
    list_init(&crew->trimmed);
    enum err e = ERR_OK;
    for (unsigned i = 0; !e && i < config->slow_lanes; i++) e = slow_start(crew, i);
    if (e) {
        crew_stop(crew);
        crew_free(crew);
        return e;
    }
    *ret = crew;
    return ERR_OK;
}

void crew_stop(struct crew *crew) {
    if (!crew) return;
    for (unsigned i = 0; i < crew->slow_count; i++) {
        struct slow_lane *lane = &crew->slow[i];
        if (lane->thread) loop_post(lane->loop, slow_stop, lane);
        thread_join(lane->thread);
        if (!lane->thread) timer_free(lane->trim);
        lane->thread = NULL;
    }
}

void crew_free(struct crew *crew) {
    if (!crew) return;
    for (unsigned i = 0; i < crew->slow_count; i++) loop_free(crew->slow[i].loop);
    check(map_count(crew->records) == 0 && !crew->rest_count); /* every struct worker is gone */
    map_free(crew->records);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew);
}

void crew_stats(struct crew *crew, struct crew_stats *ret) {
    pthread_mutex_lock(&crew->lock);
    *ret = (struct crew_stats){.resting = crew->rest_count, .records = map_count(crew->records)};
    pthread_mutex_unlock(&crew->lock);
}
