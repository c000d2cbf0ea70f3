#include "worker/worker.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/messages.h"
#include "worker/isolates.h"

enum { DEFINE_FIXED_BYTES = 8 + 32, FAILED_TEXT_BYTES = 16 * 1024 };

static uint32_t first_u32(struct span payload) {
    uint32_t value = 0;
    if (payload.len >= sizeof value) memcpy(&value, payload.ptr, sizeof value);
    return value;
}

void worker_send_failed(struct worker *w, uint64_t stream, enum err why, struct span text) {
    uint32_t code = why;
    struct span parts[] = {span_make(&code, sizeof code), span_first(text, FAILED_TEXT_BYTES)};
    link_send(w->config.link, MESSAGE_FAILED, 0, stream, parts, 2);
    uint64_t nothing[2] = {0, 0};
    struct span done = span_make(nothing, sizeof nothing);
    link_send(w->config.link, MESSAGE_DONE, 0, stream, &done, 1);
}

/* No isolate has taken the event: it waits for nobody any more. */
static void refuse(struct worker *w, const struct message *m, enum err why, struct span text) {
    if (why == ERR_OVERLOAD) w->stats.shed++;
    worker_send_failed(w, m->stream, why, text);
    if (w->is_slow) relay_report(w, isolates_find(w, first_u32(m->payload)), 1, 0);
}

static void run_here(struct worker *w, const struct message *m) {
    struct problem why = {0};
    struct resident *r;
    enum err e = isolates_get(w, first_u32(m->payload), &r, &why);
    if (e) {
        refuse(w, m, e == ERR_NOT_FOUND ? e : ERR_WORKER_START, span_of(why.text));
        return;
    }
    e = streams_adopt(w, m->stream, r);
    if (!e) e = isolates_event(w, r, m);
    if (e) refuse(w, m, e, span_of(err_sentence(e)));
}

/* REQUEST, SCHEDULED and TEST begin with the Worker's number. */
void worker_event(struct worker *w, const struct message *m) {
    struct definition *d = isolates_find(w, first_u32(m->payload));
    if (!d || !relay_wants(w, d)) {
        run_here(w, m);
        return;
    }
    enum err e = relay_event(w, d, m);
    if (e) refuse(w, m, e, span_of(err_sentence(e)));
}

/* Why it can't start is told to the first request. */
static void on_warm(struct worker *w, const struct message *m) {
    struct definition *d = isolates_find(w, first_u32(m->payload));
    struct resident *r;
    struct problem why;
    if (!d || d->resident || (d->record && atomic_load(&d->record->isolates))) return;
    if (relay_wants(w, d))
        relay_warm(w, d, m);
    else
        (void)!isolates_get(w, d->number, &r, &why);
}

static void on_define(struct worker *w, const struct message *m) {
    if (m->payload.len < DEFINE_FIXED_BYTES) return;
    enum err e = isolates_define(w, first_u32(m->payload), span_make(m->payload.ptr + 8, 32));
    if (e) LOG(LOG_ERROR, "worker number refused", LOG_N("worker", first_u32(m->payload)));
}

static void on_message(void *arg, const struct message *m) {
    struct worker *w = arg;
    count(&counters_of(w->counters)->lane.messages, 1);
    switch (m->type) {
    case MESSAGE_DEFINE: on_define(w, m); return;
    case MESSAGE_FORGET: isolates_forget(w, first_u32(m->payload)); return;
    case MESSAGE_REQUEST:
    case MESSAGE_SCHEDULED:
    case MESSAGE_TEST:
        w->stats.requests++;
        worker_event(w, m);
        return;
    case MESSAGE_WARM: on_warm(w, m); return;
    default: break;
    }
    int lane = streams_lane(w, m->stream);
    if (lane >= 0 && !w->is_slow) {
        relay_forward(w, (unsigned)lane, m);
        return;
    }
    struct resident *r = streams_owner(w, m->stream);
    if (!r || r->condemned) return; /* it crossed the end of its stream */
    api_message(r->api, m);
    isolates_touch(w, r);
}

static void on_batch(void *arg) { isolates_turn(arg); }

static void on_down(void *arg, enum err why, const char *reason) {
    struct worker *w = arg;
    if (why != ERR_CLOSED)
        LOG(LOG_ERROR, "link to edge is down", LOG_S("why", span_of(reason ? reason : "")));
    if (w->config.on_down) w->config.on_down(w->config.arg);
}

static const struct link_events events = {
    .type_count = MESSAGE_TYPES, .on_message = on_message, .on_batch = on_batch, .on_down = on_down};

static struct worker *start(const struct worker_config *config, struct lane *lane, unsigned slow_index) {
    struct worker *w = NEW(struct worker);
    w->config = *config;
    w->counters = config->counters;
    w->lane = lane;
    w->is_slow = lane != NULL;
    w->slow_index = slow_index;
    if (!w->counters) {
        w->own_counters = counters_private(1);
        w->counters = counters_take(counters_lane(w->own_counters, 0));
    }
    isolates_setup(w);
    if (!w->is_slow) relays_setup(w);
    link_start(w->config.link, &events, w);
    return w;
}

struct worker *worker_new(const struct worker_config *config) {
    return start(config, NULL, 0);
}

struct worker *worker_new_slow(const struct worker_config *config, struct lane *lane, unsigned index) {
    return start(config, lane, index);
}

void worker_free(struct worker *w) {
    if (!w) return;
    isolates_close(w);
    relays_close(w);
    link_close(w->config.link);
    if (w->own_counters) counters_give(w->counters);
    counters_close(w->own_counters);
    mem_free(w);
}

enum err worker_start(struct worker *w, uint32_t number, const char *version_id, struct problem *p) {
    struct resident *r;
    enum err e = isolates_define(w, number, span_of(version_id));
    return e ? e : isolates_get(w, number, &r, p);
}

void worker_stats(const struct worker *w, struct worker_stats *ret) { *ret = w->stats; }
