#include "worker/isolates.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pulse.h"
#include "js/engine.h"
#include "loop/clock.h"
#include "loop/timer.h"

enum {
    QUIET_MS = 2000,    /* nothing happens on the loop for this long: give memory back */
    REST_MS = 200,      /* without an event for this long: where other lanes find it */
    REST_LOOK_MS = 100, /* looks for those */
    PATIENCE_TURNS =
        256, /* a proven one that is never quiet: others start in the fast lane, it finishes where it is */
};

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
    ra->resident.given--; /* it waits on, for another isolate */
    ra->worker->lane->waiting--;
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
    if (ra->resident.record && why != ERR_INTERNAL)
        verdict_expose(&ra->resident.record->verdict, clock_monotonic_ns());
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

static void on_wake(void *arg, struct api *api) {
    struct resident_arg *ra = arg;
    if (!ra->resident.condemned) lane_wake(ra->worker->lane, &ra->resident.seat);
}

/* -- Residents ------------------------------------------------------------------------------------------- */

/* Events that its JavaScript has seen meanwhile, or never will (`all`), no longer wait. */
static void settle(struct worker *w, struct resident *r, bool all) {
    struct api_stats stats = {.begun = 0};
    if (!all) api_stats(r->api, &stats);
    uint64_t now = all ? r->given : stats.begun - r->begun_before;
    uint32_t n = (uint32_t)(now - r->settled);
    r->settled = now;
    w->lane->waiting -= n;
    if (w->is_slow && n) relay_report(w, r->definition, n, r->seat.mean_ns);
}

/* Everything but its api. */
static void resident_drop(struct worker *w, struct resident *r) {
    settle(w, r, true);
    if (r->definition && r->definition->resident == r) r->definition->resident = NULL;
    list_remove(&r->by_use);
    list_remove(&r->leaving);
    lane_leave(w->lane, &r->seat);
    streams_drop_all(w, r);
    w->stats.isolates--;
    counters_isolate_give(r->shown);
    gauge(&counters_of(w->counters)->lane.isolates, w->stats.isolates);
    record_release(r->record);
    version_unref(r->version);
    mem_free(arg_of(r));
}

static void resident_free(struct worker *w, struct resident *r) {
    api_free(r->api);
    if (r->record) atomic_fetch_sub(&r->record->isolates, 1);
    resident_drop(w, r);
}

static struct api_config api_config_of(struct worker *w, struct resident_arg *ra) {
    return (struct api_config){
        .loop = w->config.loop,
        .link = w->config.link,
        .version = ra->resident.version,
        .kv = w->config.kv,
        .worker = ra->resident.definition->number,
        .colo = w->config.colo,
        .row = ra->row,
        .desk = w->config.desk,
        .shown = ra->resident.shown,
        .dev = w->config.dev,
        .gc = w->config.gc,
        .pool = w->config.pool,
        .stream_open = on_stream_open,
        .stream_close = on_stream_close,
        .on_unbegun = on_unbegun,
        .on_condemned = on_condemned,
        .on_idle = on_idle,
        .on_wake = on_wake,
        .arg = ra,
    };
}

static struct resident_arg *resident_alloc(struct worker *w, struct definition *d) {
    struct resident_arg *ra = NEW(struct resident_arg);
    ra->worker = w;
    ra->row = d->row;
    ra->resident.definition = d;
    list_init(&ra->resident.by_use);
    list_init(&ra->resident.leaving);
    seat_init(&ra->resident.seat);
    ra->resident.shown = counters_isolate_take(w->counters, d->number, d->id);
    return ra;
}

/* A new isolate, in ra->resident.api. What it costs is remembered for the next time. */
static enum err resident_start(struct worker *w, struct resident_arg *ra, struct problem *p) {
    struct definition *d = ra->resident.definition;
    uint64_t began_ns = clock_monotonic_ns(), cpu_ns = clock_thread_cpu_ns();
    enum err e = version_load(w->config.code_dir, d->id, &ra->resident.version, p);
    if (e) return ERR_WORKER_START; /* not ERR_NOT_FOUND: the Worker is known, its code is gone */
    struct api_config config = api_config_of(w, ra);
    pulse_enter(pulse_here(), d->number);
    e = api_new(&config, &ra->resident.api, p);
    pulse_leave(pulse_here());
    if (!e && d->record) atomic_fetch_add(&d->record->isolates, 1);
    if (d->record) verdict_started(&d->record->verdict, clock_thread_cpu_ns() - cpu_ns);
    if (e) return e;
    w->stats.cold_starts++;
    count(&d->row->cold_starts, 1);
    histogram_add(&d->row->cold_start, clock_monotonic_ns() - began_ns);
    return ERR_OK;
}

/* One that rests, as it was. */
static bool resident_wake(struct worker *w, struct resident_arg *ra) {
    struct rest rest;
    if (!record_take(ra->resident.definition->record, &rest)) return false;
    ra->resident.api = rest.api;
    ra->resident.version = rest.version;
    struct api_config config = api_config_of(w, ra);
    api_attach(rest.api, &config);
    w->stats.taken++;
    return true;
}

static enum err resident_new(struct worker *w, struct definition *d, struct problem *p) {
    if (!d->row) d->row = counters_row(w->counters, d->number);
    struct resident_arg *ra = resident_alloc(w, d);
    enum err e = resident_wake(w, ra) ? ERR_OK : resident_start(w, ra, p);
    if (e) {
        w->stats.start_failures++;
        count(&d->row->start_failures, 1);
        counters_isolate_give(ra->resident.shown);
        version_unref(ra->resident.version);
        mem_free(ra);
        return e;
    }
    struct resident *r = &ra->resident;
    struct api_stats stats;
    api_stats(r->api, &stats);
    r->begun_before = stats.begun;
    if (d->record) r->record = crew_record(w->config.crew, d->number, d->id);
    d->resident = r;
    list_push(&w->residents, &r->by_use);
    w->stats.isolates++;
    gauge(&counters_of(w->counters)->lane.isolates, w->stats.isolates);
    if (w->rest && !timer_active(w->rest)) timer_start(w->rest, REST_LOOK_MS, 0);
    if (w->stats.isolates > w->config.isolates_max) loop_defer(w->config.loop, &w->sweep);
    return ERR_OK;
}

/* -- Leaving for another lane ------------------------------------------------------------------------------ */

/* From here on another lane may take it. Not inside one of its turns. */
static void resident_rest(struct worker *w, struct resident *r) {
    if (!api_detach(r->api)) return;
    struct record *record = r->record;
    record_rest(record, (struct rest){r->api, version_ref(r->version)});
    w->stats.rested++;
    resident_drop(w, r);
}

/* Is this the wrong lane for it? */
static bool belongs_elsewhere(const struct worker *w, const struct resident *r) {
    return r->record && (w->is_slow || w->relays) && verdict_is_short(&r->record->verdict) == w->is_slow;
}

static void leave_soon(struct worker *w, struct resident *r) {
    if (!list_empty(&r->leaving)) return;
    list_push(&w->leaving, &r->leaving);
    loop_defer(w->config.loop, &w->leave);
}

static void on_leave(void *arg) {
    struct worker *w = arg;
    struct list *node;
    while ((node = list_first(&w->leaving))) {
        struct resident *r = LIST_ITEM(node, struct resident, leaving);
        list_remove(node);
        bool wanted = r->definition && !r->definition->forgotten && !r->condemned;
        if (wanted && belongs_elsewhere(w, r)) resident_rest(w, r);
    }
}

/* After a turn: does it show what it is? */
static void judge(struct worker *w, struct resident *r, const struct lane_used *used) {
    struct verdict *v = &r->record->verdict;
    enum verdict_news news = verdict_turn(v, &r->trial, used->cpu_ns, used->things, used->now_ns);
    bool quiet = api_quiet(r->api);
    if (news == VERDICT_PROVEN && (quiet || ++r->proven_turns > PATIENCE_TURNS))
        verdict_prove(v, used->now_ns);
    if (news == VERDICT_EXPOSED)
        LOG(LOG_INFO, "a Worker is no longer short",
            LOG_N("worker", r->definition ? r->definition->number : 0), LOG_N("cpu_us", used->cpu_ns / 1000));
    if (quiet && belongs_elsewhere(w, r)) leave_soon(w, r);
}

static void on_rest(void *arg) {
    struct worker *w = arg;
    uint64_t now_ms = loop_now_ms(w->config.loop);
    LIST_EACH(node, &w->residents) {
        struct resident *r = LIST_ITEM(node, struct resident, by_use);
        if (now_ms - r->used_ms < REST_MS) break; /* those behind it were used later */
        if (r->definition && !r->definition->forgotten && !r->condemned) resident_rest(w, r);
    }
    if (!list_empty(&w->residents)) timer_start(w->rest, REST_LOOK_MS, 0);
}

static void definition_free(struct worker *w, struct definition *d) {
    w->definitions[d->number] = NULL;
    relay_void(d);
    record_release(d->record);
    mem_free(d);
}

/* Frees what has to go. Runs from the loop, so no isolate is on the stack. */
static void sweep(void *arg) {
    struct worker *w = arg;
    LIST_EACH(node, &w->residents) {
        struct resident *r = LIST_ITEM(node, struct resident, by_use);
        struct api_stats stats;
        api_stats(r->api, &stats);
        bool unwanted = !r->definition || r->definition->forgotten;
        bool too_many = w->stats.isolates > w->config.isolates_max || w->relieve;
        if (!r->condemned && (stats.in_flight || !(unwanted || too_many))) continue;
        if (!r->condemned && !unwanted) {
            w->stats.evictions++;
            w->relieve -= w->relieve > 0;
            count(&r->definition->row->evictions, 1);
        }
        struct definition *d = r->definition;
        resident_free(w, r);
        if (d && d->forgotten && !d->resident) definition_free(w, d);
    }
    w->relieve = 0; /* there are no more that are idle */
    if (unbegun_dispatch(w)) isolates_turn(w);
}

void worker_relieve(struct worker *w, bool all) {
    size_t idle = 0;
    LIST_EACH(node, &w->residents) {
        struct api_stats stats;
        api_stats(LIST_ITEM(node, struct resident, by_use)->api, &stats);
        idle += !stats.in_flight;
    }
    w->relieve = all ? idle : (idle + 1) / 2;
    if (idle) loop_defer(w->config.loop, &w->sweep);
}

static void on_quiet(void *arg) {
    struct worker *w = arg;
    LIST_EACH(node, &w->residents) {
        struct resident *r = LIST_ITEM(node, struct resident, by_use);
        if (r->idle && !r->condemned) api_trim(r->api);
    }
    js_engine_trim();
}

/* -- Definitions ------------------------------------------------------------------------------------------
 */

/* The old isolate finishes what it has. */
static void set_version(struct worker *w, struct definition *d, struct span id) {
    if (d->resident) {
        d->resident->definition = NULL;
        d->resident = NULL;
        loop_defer(w->config.loop, &w->sweep);
    }
    relay_void(d);
    record_clear(d->record);
    record_release(d->record);
    memcpy(d->id, id.ptr, 32);
    d->record = crew_record(w->config.crew, d->number, d->id);
    relay_define(w, d);
}

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
    bool same = d && memcmp(d->id, version_id.ptr, 32) == 0;
    if (!d) d = w->definitions[number] = NEW(struct definition);
    d->number = number;
    d->forgotten = false;
    if (!same) set_version(w, d, version_id);
    return ERR_OK;
}

struct definition *isolates_find(const struct worker *w, uint32_t number) {
    return number < w->definition_cap ? w->definitions[number] : NULL;
}

void isolates_forget(struct worker *w, uint32_t number) {
    struct definition *d = isolates_find(w, number);
    if (!d) return;
    d->forgotten = true;
    relay_forget(w, d);
    record_clear(d->record);
    if (d->resident)
        loop_defer(w->config.loop, &w->sweep);
    else
        definition_free(w, d);
}

enum err isolates_get(struct worker *w, uint32_t number, struct resident **ret, struct problem *p) {
    struct definition *d = isolates_find(w, number);
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
    r->used_ms = loop_now_ms(w->config.loop);
    list_remove(&r->by_use);
    list_push(&w->residents, &r->by_use);
    *ret = r;
    return ERR_OK;
}

/* -- Turns ------------------------------------------------------------------------------------------------
 */

enum err isolates_event(struct worker *w, struct resident *r, const struct message *m) {
    if (w->lane->waiting >= LIMIT_LANE_WAITING) return ERR_OVERLOAD;
    enum err e = api_request(r->api, m);
    if (e) return e;
    r->given++;
    w->lane->waiting++;
    isolates_touch(w, r);
    return ERR_OK;
}

void isolates_touch(struct worker *w, struct resident *r) {
    lane_enter(w->lane, &r->seat);
    gauge(&counters_of(w->counters)->lane.queue_length, w->lane->ready_count);
}

bool isolates_seat_turn(struct seat *s, unsigned rows, struct lane_used *used) {
    struct resident *r = LIST_ITEM(s, struct resident, seat);
    struct worker *w = arg_of(r)->worker;
    struct counters_lane_block *shown = &counters_of(w->counters)->lane;
    struct api_stats before, after;
    used->now_ns = w->lane->now_ns;
    if (r->condemned) return false;
    if (w->is_slow) crew_slow_load(w->config.crew, w->slow_index, w->lane->ready_count + 1);
    api_stats(r->api, &before);
    bool more = api_turn_some(r->api, rows);
    api_stats(r->api, &after);
    *used = (struct lane_used){after.cpu_ns - before.cpu_ns, (unsigned)(after.things - before.things),
                               clock_monotonic_ns()};
    settle(w, r, r->condemned);
    if (r->record && !r->condemned) judge(w, r, used);
    if (w->is_slow) crew_slow_load(w->config.crew, w->slow_index, w->lane->ready_count + more);
    count(&shown->turns, 1);
    count(&shown->busy_ns, used->now_ns - w->lane->now_ns);
    gauge(&shown->queue_length, w->lane->ready_count);
    return more;
}

void isolates_turn(struct worker *w) { lane_run(w->lane); }

void isolates_setup(struct worker *w) {
    struct loop *loop = w->config.loop;
    list_init(&w->residents);
    list_init(&w->unbegun);
    list_init(&w->leaving);
    deferred_init(&w->sweep, sweep, w);
    deferred_init(&w->leave, on_leave, w);
    if (!w->lane) {
        lane_init(&w->own_lane, loop, false, isolates_seat_turn);
        w->lane = &w->own_lane;
    }
    if (w->config.crew) w->rest = timer_new(loop, on_rest, w);
    w->quiet = loop_idle_new(loop, QUIET_MS, on_quiet, w);
    if (!w->config.isolates_max) w->config.isolates_max = LIMIT_ISOLATES;
}

void isolates_close(struct worker *w) {
    struct list *node;
    while ((node = list_first(&w->residents))) resident_free(w, LIST_ITEM(node, struct resident, by_use));
    for (size_t i = 0; i < w->definition_cap; i++)
        if (w->definitions[i]) definition_free(w, w->definitions[i]);
    mem_free(w->definitions);
    mem_free(w->owners);
    slab_free(&w->own_streams);
    deferred_cancel(&w->sweep);
    deferred_cancel(&w->leave);
    timer_free(w->rest);
    if (w->lane == &w->own_lane) lane_end(w->lane);
    loop_idle_free(w->quiet);
    unbegun_drop(w);
}
