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

static void send_failed(struct worker *w, uint64_t stream, enum err why, struct span text) {
    uint32_t code = why;
    struct span parts[] = {span_make(&code, sizeof code), span_first(text, FAILED_TEXT_BYTES)};
    link_send(w->config.link, MESSAGE_FAILED, 0, stream, parts, 2);
    uint64_t nothing[2] = {0, 0};
    struct span done = span_make(nothing, sizeof nothing);
    link_send(w->config.link, MESSAGE_DONE, 0, stream, &done, 1);
}

/* REQUEST and SCHEDULED both begin with the Worker's number. */
void worker_event(struct worker *w, const struct message *m) {
    struct problem why = {0};
    struct resident *r;
    w->stats.requests++;
    enum err e = isolates_get(w, first_u32(m->payload), &r, &why);
    if (e) {
        send_failed(w, m->stream, e == ERR_NOT_FOUND ? e : ERR_WORKER_START, span_of(why.text));
        return;
    }
    e = streams_adopt(w, m->stream, r);
    if (!e) e = api_request(r->api, m);
    if (e) {
        send_failed(w, m->stream, e, span_of(err_sentence(e)));
        return;
    }
    isolates_touch(w, r);
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
    case MESSAGE_SCHEDULED: worker_event(w, m); return;
    default: break;
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

struct worker *worker_new(const struct worker_config *config) {
    struct worker *w = NEW(struct worker);
    w->config = *config;
    w->counters = config->counters;
    if (!w->counters) {
        w->own_counters = counters_private(1);
        w->counters = counters_take(counters_lane(w->own_counters, 0));
    }
    isolates_setup(w);
    link_start(w->config.link, &events, w);
    return w;
}

void worker_free(struct worker *w) {
    if (!w) return;
    isolates_close(w);
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
