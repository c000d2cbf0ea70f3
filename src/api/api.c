#include "api/core.h"
#include "api/pool.h"
#include "base/pulse.h"

#include "js/engine.h"
#include "loop/clock.h"
#include <stdio.h>

void api_wake(struct api *api) {
    if (!api->config.loop || api->condemned || api->closing) return;
    if (api->config.on_wake)
        api->config.on_wake(api->config.arg, api);
    else
        loop_defer(api->config.loop, &api->turn_soon);
}

static void turn_soon(void *arg) { api_turn(arg); }

/* Not a turn from here: due timers are run in one go, with the time as it was, until none is due. One that arms
 * itself again with 0 ms would be due for ever, and nothing else would ever happen on this loop. */
static void on_timer(void *arg) {
    struct api *api = arg;
    event_queue(api, EVENT_TIMER, 0, 0, 0);
    api_wake(api);
}

/* --- The end ------------------------------------------------------------------------------------------------ */

static enum err verdict_err(const struct api *api) {
    return isolate_verdict(api->iso) == JS_MEMORY_LIMIT ? ERR_WORKER_MEMORY : ERR_WORKER_CPU;
}

/* Whoever is to blame hears why. What had not begun begins in another isolate. The others, who had, share its end. */
static void end_events(struct api *api, enum err why) {
    char text[160];
    const struct meter_state *m = &api->meter;
    event_give_back(api);
    if (why != ERR_WORKER_CPU || !m->over) {
        event_fail_all(api, why, span_of(err_sentence(why)));
        return;
    }
    int n = snprintf(text, sizeof text, "Worker exceeded CPU time limit: %.1f ms used, %.0f ms allowed.",
                     (double)m->over_ns / 1e6, (double)m->over_limit_ns / 1e6);
    struct slot *guilty = m->offender < 0 ? NULL : slot_of(api, m->offender);
    if (guilty) event_fail(api, guilty, why, span_make(text, (size_t)n), false);
    event_fail_all(
        api, ERR_WORKER_GONE,
        SPAN("Another event of this Worker exceeded its CPU time limit, which ended the isolate of both."));
}

void api_condemn(struct api *api, enum err why) {
    if (api->condemned) return;
    api->condemned = true;
    if (api->timer) timer_stop(api->timer);
    if (api->waits) timer_stop(api->waits);
    api->now_ns = 0;
    end_events(api, why);
    if (api->config.on_condemned) api->config.on_condemned(api->config.arg, api, why);
}

void api_end(const struct api *api, struct api_end *ret) {
    *ret = (struct api_end){.cause = "internal"};
    if (isolate_verdict(api->iso) == JS_MEMORY_LIMIT) {
        struct isolate_memory_verdict v;
        isolate_memory_verdict(api->iso, &v);
        ret->cause = "memory";
        ret->heap_bytes = v.heap_bytes;
        ret->memory_limit_bytes = v.limit_bytes;
        ret->process_bytes = v.process_bytes;
    } else if (isolate_verdict(api->iso) == JS_ABORTED) {
        ret->cause = "aborted";
    } else if (api->meter.over || isolate_verdict(api->iso) == JS_CPU_LIMIT) {
        ret->cause = "cpu";
        ret->cpu_ns = api->meter.over_ns;
        ret->limit_ns = api->meter.over_limit_ns;
    }
}

static void orphan_streams(struct api *api) {
    size_t at = 0;
    void *value;
    struct flow *open[64];
    size_t n;
    do { /* the map may not change while it is walked */
        for (at = n = 0; n < 64 && map_each(api->streams, &at, NULL, &value);) open[n++] = value;
        for (size_t i = 0; i < n; i++) {
            struct flow *s = open[i];
            if (s->is_fetch) link_send(api->config.link, MESSAGE_CANCEL, 0, s->id, NULL, 0);
            flow_close(s, ERR_CANCELLED);
        }
    } while (n);
}

void api_free(struct api *api) {
    if (!api) return;
    api->closing = true;
    deferred_cancel(&api->turn_soon);
    timer_free(api->timer);
    timer_free(api->waits);
    if (api->streams) {
        event_fail_all(api, ERR_WORKER_GONE, span_of(err_sentence(ERR_WORKER_GONE)));
        orphan_streams(api);
    }
    op_drop_all(api);
    meter_close(api);
    kv_mail_leave(api->kv_mail);
    if (api->iso) {
        isolate_enter(api->iso);
        js_unprotect(api->c, api->turn);
        js_unprotect(api->c, api->hung);
        js_unprotect(api->c, api->start);
        js_unprotect(api->c, api->rejected);
        js_unprotect(api->c, api->prepare);
        js_unprotect(api->c, api->rehearsed);
        profile_leave(api);
        isolate_profile_stop(api->iso);
        isolate_leave(api->iso);
        isolate_free(api->iso);
    }
    while (api->dropped) {
        struct flow *s = api->dropped;
        api->dropped = s->next_dropped;
        flow_unref(s);
    }
    url_desk_free(api->url_desk);
    event_free_all(api);
    map_free(api->streams);
    js_rewritten_free(&api->script);
    modules_free(api);
    sourcemap_free(api->map);
    mem_free(api->start_error);
    arena_free(&api->start_arena);
    buf_free(&api->queue);
    buf_free(&api->text);
    mem_free(api->events);
    mem_free(api->out);
    mem_pages_free(api->bytes, OUT_BYTES);
    version_unref(api->config.version);
    mem_free(api);
}

/* --- Birth -------------------------------------------------------------------------------------------------- */

/* All that does not depend on the Worker: the isolate, and the built-ins that every Worker needs. */
enum err api_blank(struct api **ret, struct problem *p) {
    struct api *api = NEW(struct api);
    struct isolate_config config = {.name = "worker",
                                    .memory_limit_bytes = LIMIT_WORKER_MEMORY_BYTES,
                                    .builtins = &api->builtins,
                                    .on_rejection = report_rejection,
                                    .on_look = meter_look,
                                    .data = api};
    api->events = mem_array(EVENT_ROWS * EVENT_INTS, sizeof(int32_t));
    api->out = mem_array(OUT_INTS, sizeof(int32_t));
    api->bytes = mem_pages(OUT_BYTES); /* most never write more than the first of them */
    api->streams = map_new();
    deferred_init(&api->turn_soon, turn_soon, api);
    api_builtins(&api->builtins);
    enum err e = isolate_new(&config, &api->iso, p);
    if (e != ERR_OK) return api_free(api), e;
    worker_limits_resolve(&api->limits);
    api->c = isolate_ctx(api->iso);
    check(api->turn && api->hung && api->start && api->rejected && api->prepare && api->rehearsed);
    /* What set the built-ins up does not run again. What is made from here on fills the gaps between what stays. */
    isolate_forget_code(api->iso);
    e = start_rehearse(api, p);
    if (e != ERR_OK) return api_free(api), e;
    isolate_collect(api->iso); /* the Worker does not inherit garbage, nor its own first collection so soon */
    *ret = api;
    return ERR_OK;
}

/* --- Which loop --------------------------------------------------------------------------------------------- */

bool api_quiet(const struct api *api) {
    return api->start_state == START_READY && !api->condemned && !api->closing && !api->in_turn &&
           !api->in_flight && !api->queue.len && !api->ops_count && !api->out[OUT_BUSY] &&
           !map_count(api->streams) && !deferred_waits(&api->turn_soon) &&
           !(api->timer && timer_active(api->timer));
}

bool api_detach(struct api *api) {
    if (!api_quiet(api)) return false;
    const struct version *version = api->config.version;
    flow_drop_dead(api);
    timer_free(api->timer);
    timer_free(api->waits);
    api->timer = api->waits = NULL;
    meter_close(api);
    kv_mail_leave(api->kv_mail); /* it knows the loop */
    api->kv_mail = NULL;
    api->config = (struct api_config){.version = version};
    return true;
}

void api_attach(struct api *api, const struct api_config *config) {
    const struct version *version = api->config.version;
    check(!api->config.loop && (!version || version == config->version));
    api->config = *config;
    api->config.version = version;
    api->timer = timer_new(config->loop, on_timer, api);
    api->waits = timer_new(config->loop, meter_waits, api);
}

enum err api_new(const struct api_config *config, struct api **ret, struct problem *p) {
    struct api *api = config->pool ? api_pool_take(config->pool) : NULL;
    enum err e = api ? ERR_OK : api_blank(&api, p);
    if (e != ERR_OK) return e;
    api_attach(api, config);
    api->config.version = version_ref(config->version);
    api->limits = config->version->limits;
    worker_limits_resolve(&api->limits);
    isolate_set_memory_limit(api->iso, (uint64_t)api->limits.memory_mb << 20);
    uint64_t before = isolate_cpu_ns(api->iso);
    e = start_run(api, p);
    count(&api_row(api)->cpu_ns, isolate_cpu_ns(api->iso) - before);
    if (e != ERR_OK) return api_free(api), e;
    *ret = api;
    return ERR_OK;
}

/* --- Turns -------------------------------------------------------------------------------------------------- */

enum err api_request(struct api *api, const struct message *m) {
    if (api->condemned || api->closing) return ERR_OVERLOAD;
    return event_begin(api, m);
}

void api_message(struct api *api, const struct message *m) {
    struct flow *s = map_get_u64(api->streams, m->stream);
    if (!s || api->condemned) return;
    if (s->request && m->type == MESSAGE_CANCEL) event_queue(api, EVENT_CANCEL, s->ticket, 0, 0);
    s->refs++; /* it may close itself */
    flow_message(s, m);
    flow_unref(s);
}

struct turn {
    struct api *api;
    int32_t rows;
    struct span text;
};

static js_val run_turn(js_ctx c, void *data, js_val *exc) {
    const struct turn *t = data;
    js_val argv[] = {
        js_int(c, t->rows),
        t->text.len ? js_str_utf16(c, (const uint16_t *)(const void *)t->text.ptr, t->text.len / 2)
                    : js_undefined(c),
        js_number(c, (double)loop_now_ms(t->api->config.loop)),
    };
    return js_call(c, t->api->turn, NULL, 3, argv, exc);
}

/* Events have limits (meter.h), turns have not. */
#define NO_ENTRY_LIMIT UINT32_MAX

/* A new moment of JavaScript: what it thinks the time is, how much CPU it takes, and what it leaves behind. */
static bool enter(struct api *api, isolate_fn fn, void *data) {
    profile_begins(api);
    uint64_t before = isolate_cpu_ns(api->iso);
    api->now_ns = 0;
    js_val thrown = NULL;
    api->in_turn = true;
    pulse_enter(pulse_here(), api->config.worker);
    meter_turn_begins(api);
    enum js_outcome outcome = isolate_run(api->iso, fn, data, NO_ENTRY_LIMIT, &thrown);
    pulse_leave(pulse_here());
    api->in_turn = false;
    uint64_t used = isolate_cpu_ns(api->iso) - before;
    api->stats.cpu_ns = isolate_cpu_ns(api->iso) + api->meter.jobs_ns;
    count(&api_row(api)->cpu_ns, used);
    meter_turn_ends(api, used); /* also what a limit has ended */
    if (outcome == JS_TERMINATED || outcome == JS_CONDEMNED) {
        (void)!event_flush(api); /* the answers of those who came before */
        api_condemn(api, verdict_err(api));
        return false;
    }
    /* core.js catches what user code throws: an exception here is a fault of ours, or a lack of stack. */
    if (outcome == JS_EXCEPTION || !event_flush(api)) {
        api_condemn(api, ERR_INTERNAL);
        return false;
    }
    if (meter_exceeded(api)) { /* by many short turns */
        api_condemn(api, ERR_WORKER_CPU);
        return false;
    }
    flow_drop_dead(api);
    profile_ends(api);
    return true;
}

/* Queued rows speak of `text` from its beginning. What turns have used up is dropped when all of it is, or when it is much:
 * under a load that never lets the queue run empty it would grow for ever. */
static void drop_text(struct api *api) {
    enum { MUCH_UNITS = 128 * 1024 };
    if (!api->queue.len) {
        api->text.len = api->text_at = 0;
        if (api->text.cap > 256 * 1024) buf_free(&api->text);
    } else if (api->text_at > MUCH_UNITS && api->text_at > api->text.len / 4) {
        int32_t *row = (int32_t *)(void *)api->queue.ptr;
        for (size_t n = api->queue.len / sizeof(int32_t) / EVENT_INTS; n; n--, row += EVENT_INTS) {
            if (!event_has_text(row[0])) continue;
            row[2] -= (int32_t)api->text_at;
            row[3] -= (int32_t)api->text_at;
        }
        buf_drop(&api->text, (size_t)api->text_at * 2);
        api->text_at = 0;
    }
}

/* Moves up to `rows` rows of the queue to where JavaScript sees them, with the part of the text that they speak of. */
static void take_rows(struct api *api, size_t rows, struct turn *t) {
    size_t row_bytes = EVENT_INTS * sizeof(int32_t), bytes = api->queue.len;
    if (rows > EVENT_ROWS) rows = EVENT_ROWS;
    if (bytes > rows * row_bytes) bytes = rows * row_bytes;
    memcpy(api->events, api->queue.ptr, bytes);
    buf_drop(&api->queue, bytes);
    t->rows = (int32_t)(bytes / row_bytes);
    api->stats.things += (uint64_t)t->rows;
    uint32_t from = api->text_at, to = from;
    for (int32_t *row = api->events, n = t->rows; n; n--, row += EVENT_INTS) {
        if (!event_has_text(row[0])) continue;
        to = (uint32_t)row[3];
        row[2] -= (int32_t)from;
        row[3] = 0;
        api->stats.begun++;
    }
    if (to > from) t->text = span_make(api->text.ptr + (size_t)from * 2, (size_t)(to - from) * 2);
    api->text_at = to;
}

static bool turn_once(struct api *api, size_t rows) {
    struct turn t = {.api = api};
    take_rows(api, rows, &t);
    bool ok = enter(api, run_turn, &t);
    drop_text(api);
    return ok;
}

static js_val run_hung(js_ctx c, void *data, js_val *exc) {
    struct api *api = data;
    return js_call(c, api->hung, NULL, 0, NULL, exc);
}

/* Nothing is under way that could wake it, and yet events are open. */
static bool is_hung(const struct api *api) {
    return api->in_flight && !api->queue.len && !api->ops_count && !api->out[OUT_BUSY];
}

static void show(const struct api *api) {
    struct counters_isolate *i = api->config.shown;
    if (!i) return;
    gauge(&i->requests, api->stats.requests);
    gauge(&i->cpu_ns, api->stats.cpu_ns);
    gauge(&i->in_flight, api->in_flight);
    if (js_caps.heap_meter) gauge(&i->heap_bytes, isolate_memory_now(api->iso));
}

/* The queue is empty. False: the isolate is condemned. */
static bool rest(struct api *api) {
    if (is_hung(api)) {
        if (api->start_state == START_RUNNING) api->start_state = START_FAILED;
        if (!enter(api, run_hung, api)) return false;
    }
    return true;
}

static bool turn(struct api *api, size_t rows, bool whole) {
    if (api->condemned || api->closing || api->in_turn) return false;
    bool was_busy = api->in_flight != 0, more = api->queue.len != 0;
    while (more) {
        if (!turn_once(api, rows)) return false;
        more = api->queue.len != 0;
        if (!whole) break;
    }
    if (!more && !rest(api)) return false;
    if (api->in_flight && !timer_active(api->waits)) timer_start(api->waits, meter_waits_ms(api), 0);
    show(api);
    api->now_ns = 0;
    if (was_busy && !api->in_flight && api->config.on_idle) api->config.on_idle(api->config.arg, api);
    return more || api->queue.len;
}

void api_turn(struct api *api) { (void)!turn(api, EVENT_ROWS, true); }

bool api_turn_some(struct api *api, unsigned rows) { return turn(api, rows, false); }

void api_stats(const struct api *api, struct api_stats *ret) {
    *ret = api->stats;
    ret->in_flight = api->in_flight;
    ret->heap_bytes = isolate_memory_now(api->iso);
}

void api_trim(struct api *api) {
    if (api->condemned || api->in_turn) return;
    isolate_collect(api->iso);
    if (!api->out[OUT_FILLED]) mem_pages_clear(api->bytes, OUT_BYTES);
    flow_drop_dead(api);
    if (api->config.shown &&
        !js_caps.heap_meter) { /* the heap was walked by the collector a moment ago: now it costs least */
        struct isolate_memory memory;
        isolate_memory(api->iso, &memory);
        gauge(&api->config.shown->heap_bytes, memory.heap_bytes);
    }
    js_engine_trim_at_times();
    show(api);
}
