#include "worker/isolates.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pulse.h"
#include "loop/clock.h"

enum { QUIET_MS = 2000 }; /* without events for this long: give memory back */

/* -- Callbacks of api -------------------------------------------------------------------------------------
 */

/* api knows its isolate as `struct api`, worker as `struct resident`; while api_new() runs there is no
 * resident with that api yet, so `arg` is the resident and carries both. */
struct resident_arg {
    struct worker *worker;
    struct counters_row *row;
    struct resident resident;
};

static struct resident_arg *arg_of(struct resident *r) { return LIST_ITEM(r, struct resident_arg, resident); }

static uint64_t on_stream_open(void *arg, struct api *api) {
    struct resident_arg *ra = arg;
    return streams_open(ra->worker, &ra->resident);
}

static void on_stream_close(void *arg, uint64_t stream) {
    struct resident_arg *ra = arg;
    streams_close(ra->worker, stream);
}

/* Why an isolate ended early, for those who look at the Worker's numbers. */
static uint64_t *ending(struct counters_row *row, enum err why) {
    switch (why) {
    case ERR_WORKER_CPU: return &row->ended_cpu;
    case ERR_WORKER_MEMORY: return &row->ended_memory;
    case ERR_WORKER_START: return &row->ended_startup;
    default: return &row->ended_aborted;
    }
}

static void on_unbegun(void *arg, const struct message *m) {
    struct resident_arg *ra = arg;
    unbegun_add(ra->worker, m);
    loop_defer(ra->worker->config.loop, &ra->worker->sweep);
}

static void log_end(uint32_t number, const struct api *api) {
    struct api_end end;
    api_end(api, &end);
    if (end.memory_limit_bytes)
        LOG(LOG_WARN, "isolate ended", LOG_N("worker", number), LOG_S("cause", span_of(end.cause)),
            LOG_N("heap_mb", end.heap_bytes >> 20), LOG_N("limit_mb", end.memory_limit_bytes >> 20),
            LOG_N("process_mb", end.process_bytes >> 20));
    else
        LOG(LOG_WARN, "isolate ended", LOG_N("worker", number), LOG_S("cause", span_of(end.cause)),
            LOG_N("cpu_ms", end.cpu_ns / 1000000), LOG_N("limit_ms", end.limit_ns / 1000000));
}

static void on_condemned(void *arg, struct api *api, enum err why) {
    struct resident_arg *ra = arg;
    if (ra->resident.condemned) return;
    ra->resident.condemned = true;
    ra->worker->stats.condemned++;
    count(ending(ra->row, why), 1);
    uint32_t number = ra->resident.definition ? ra->resident.definition->number : 0;
    log_end(number, api);
    loop_defer(ra->worker->config.loop, &ra->worker->sweep);
}

static void on_idle(void *arg, struct api *api) {
    struct resident_arg *ra = arg;
    ra->resident.idle = true;
    struct definition *d = ra->resident.definition;
    struct worker *w = ra->worker;
    if (!d || d->forgotten || w->stats.isolates > w->config.isolates_max)
        loop_defer(ra->worker->config.loop, &ra->worker->sweep);
}

/* -- Residents ------------------------------------------------------------------------------------------- */

static void resident_free(struct worker *w, struct resident *r) {
    if (r->definition && r->definition->resident == r) r->definition->resident = NULL;
    list_remove(&r->by_use);
    list_remove(&r->dirty);
    api_free(r->api);
    streams_drop_all(w, r);
    w->stats.isolates--;
    counters_isolate_give(r->shown);
    gauge(&counters_of(w->counters)->lane.isolates, w->stats.isolates);
    mem_free(arg_of(r));
}

static enum err resident_new(struct worker *w, struct definition *d, struct problem *p) {
    const struct version *version;
    uint64_t began_ns = clock_monotonic_ns();
    if (!d->row) d->row = counters_row(w->counters, d->number);
    enum err e = version_load(w->config.code_dir, d->id, &version, p);
    if (e) { /* not ERR_NOT_FOUND: the Worker is known, its code is gone */
        w->stats.start_failures++;
        count(&d->row->start_failures, 1);
        return ERR_WORKER_START;
    }
    struct resident_arg *ra = NEW(struct resident_arg);
    ra->worker = w;
    ra->row = d->row;
    ra->resident.definition = d;
    list_init(&ra->resident.by_use);
    list_init(&ra->resident.dirty);
    ra->resident.shown = counters_isolate_take(w->counters, d->number, d->id);
    struct api_config config = {
        .loop = w->config.loop,
        .link = w->config.link,
        .version = version,
        .kv = w->config.kv,
        .worker = d->number,
        .colo = w->config.colo,
        .row = d->row,
        .desk = w->config.desk,
        .shown = ra->resident.shown,
        .dev = w->config.dev,
        .pool = w->config.pool,
        .stream_open = on_stream_open,
        .stream_close = on_stream_close,
        .on_unbegun = on_unbegun,
        .on_condemned = on_condemned,
        .on_idle = on_idle,
        .arg = ra,
    };
    pulse_enter(pulse_here(), d->number);
    e = api_new(&config, &ra->resident.api, p);
    pulse_leave(pulse_here());
    version_unref(version);
    if (e) {
        w->stats.start_failures++;
        count(&d->row->start_failures, 1);
        counters_isolate_give(ra->resident.shown);
        mem_free(ra);
        return e;
    }
    d->resident = &ra->resident;
    list_push(&w->residents, &ra->resident.by_use);
    w->stats.isolates++;
    w->stats.cold_starts++;
    count(&d->row->cold_starts, 1);
    histogram_add(&d->row->cold_start, clock_monotonic_ns() - began_ns);
    gauge(&counters_of(w->counters)->lane.isolates, w->stats.isolates);
    if (w->stats.isolates > w->config.isolates_max) loop_defer(w->config.loop, &w->sweep);
    return ERR_OK;
}

/* Frees what has to go. Runs from the loop, so no isolate is on the stack. */
static void sweep(void *arg) {
    struct worker *w = arg;
    LIST_EACH(node, &w->residents) {
        struct resident *r = LIST_ITEM(node, struct resident, by_use);
        struct api_stats stats;
        api_stats(r->api, &stats);
        bool unwanted = !r->definition || r->definition->forgotten;
        bool too_many = w->stats.isolates > w->config.isolates_max;
        if (!r->condemned && (stats.in_flight || !(unwanted || too_many))) continue;
        if (!r->condemned && !unwanted) {
            w->stats.evictions++;
            count(&r->definition->row->evictions, 1);
        }
        struct definition *d = r->definition;
        resident_free(w, r);
        if (d && d->forgotten && !d->resident) {
            w->definitions[d->number] = NULL;
            mem_free(d);
        }
    }
    if (unbegun_dispatch(w)) isolates_turn(w);
}

static void on_quiet(void *arg) {
    struct worker *w = arg;
    LIST_EACH(node, &w->residents) {
        struct resident *r = LIST_ITEM(node, struct resident, by_use);
        if (r->idle && !r->condemned) api_trim(r->api);
    }
}

/* -- Definitions ------------------------------------------------------------------------------------------
 */

enum err isolates_define(struct worker *w, uint32_t number, struct span version_id) {
    if (number >= LIMIT_WORKERS || version_id.len != 32) return ERR_TOO_LARGE;
    if (number >= w->definition_cap) {
        size_t cap = w->definition_cap ? w->definition_cap : 64;
        while (cap <= number) cap *= 2;
        w->definitions = mem_resize(w->definitions, cap * sizeof(struct definition *));
        memset(w->definitions + w->definition_cap, 0,
               (cap - w->definition_cap) * sizeof(struct definition *));
        w->definition_cap = cap;
    }
    struct definition *d = w->definitions[number];
    if (!d) d = w->definitions[number] = NEW(struct definition);
    d->number = number;
    d->forgotten = false;
    if (d->resident &&
        memcmp(d->id, version_id.ptr, 32) != 0) { /* a new version: the old isolate finishes what it has */
        d->resident->definition = NULL;
        d->resident = NULL;
        loop_defer(w->config.loop, &w->sweep);
    }
    memcpy(d->id, version_id.ptr, 32);
    return ERR_OK;
}

void isolates_forget(struct worker *w, uint32_t number) {
    struct definition *d = number < w->definition_cap ? w->definitions[number] : NULL;
    if (!d) return;
    d->forgotten = true;
    if (d->resident) {
        loop_defer(w->config.loop, &w->sweep);
        return;
    }
    w->definitions[number] = NULL;
    mem_free(d);
}

enum err isolates_get(struct worker *w, uint32_t number, struct resident **ret, struct problem *p) {
    struct definition *d = number < w->definition_cap ? w->definitions[number] : NULL;
    if (!d) return problem(p, ERR_NOT_FOUND, "worker %u was never defined", number);
    if (d->resident && d->resident->condemned) {
        d->resident->definition = NULL;
        d->resident = NULL;
    }
    if (!d->resident) {
        enum err e = resident_new(w, d, p);
        if (e) return e;
    }
    struct resident *r = d->resident;
    r->idle = false;
    list_remove(&r->by_use);
    list_push(&w->residents, &r->by_use);
    *ret = r;
    return ERR_OK;
}

/* -- Turns ------------------------------------------------------------------------------------------------
 */

void isolates_touch(struct worker *w, struct resident *r) {
    if (r->dirty.next != &r->dirty) return;
    list_push(&w->dirty, &r->dirty);
    count(&counters_of(w->counters)->lane.queue_length, 1);
}

void isolates_turn(struct worker *w) {
    struct counters_lane_block *lane = &counters_of(w->counters)->lane;
    struct list *node = list_first(&w->dirty);
    if (!node) return;
    uint64_t began_ns = clock_monotonic_ns();
    for (; node; node = list_first(&w->dirty)) {
        struct resident *r = LIST_ITEM(node, struct resident, dirty);
        list_remove(&r->dirty);
        count(&lane->queue_length, -1ull);
        if (r->condemned) continue;
        api_turn(r->api);
        count(&lane->turns, 1);
    }
    gauge(&lane->queue_length, 0);
    count(&lane->busy_ns, clock_monotonic_ns() - began_ns);
}

void isolates_setup(struct worker *w) {
    list_init(&w->residents);
    list_init(&w->dirty);
    list_init(&w->unbegun);
    deferred_init(&w->sweep, sweep, w);
    w->quiet = loop_idle_new(w->config.loop, QUIET_MS, on_quiet, w);
    if (!w->config.isolates_max) w->config.isolates_max = LIMIT_ISOLATES;
}

void isolates_close(struct worker *w) {
    struct list *node;
    while ((node = list_first(&w->residents))) resident_free(w, LIST_ITEM(node, struct resident, by_use));
    for (size_t i = 0; i < w->definition_cap; i++) mem_free(w->definitions[i]);
    mem_free(w->definitions);
    mem_free(w->owners);
    slab_free(&w->own_streams);
    deferred_cancel(&w->sweep);
    loop_idle_free(w->quiet);
    unbegun_drop(w);
}
