/* A port and its slow lanes. Events of a Worker that is not proven short go over a bridge to a struct worker on the slow lane's
 * thread, and so does every message of their streams; what it answers goes to edge as it came. Order is kept because one stream's
 * messages take one way; credit is granted by the ends, so what waits in a bridge is bounded by the windows of its streams.
 *
 * The slow lane tells the port how many events have begun (RELAY_REPORT), and so the port knows how many wait, and about how
 * long: it refuses at once what would wait too long. */
#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/messages.h"
#include "worker/isolates.h"

enum {
    RELAY_REPORT = MESSAGE_TYPES, /* struct report */
    RELAY_TYPES,
    ALWAYS_WAIT = 4,              /* so many of a Worker may wait however long they take */
    UNKNOWN_NS = 5 * 1000 * 1000, /* an event's CPU while nothing is known of it */
};

struct report {
    uint32_t number, settled, seats; /* number UINT32_MAX: of a Worker that is not served any more */
    uint32_t reserved;
    uint64_t mean_ns;
};

struct relay {
    struct worker *worker;
    unsigned lane;
    struct link *link;
    uint32_t waiting; /* of all Workers of this port: not begun */
    uint32_t seats;   /* isolates that wait for a turn there, as it last said */
};

/* -- The port's side ------------------------------------------------------------------------------------------- */

static void on_report(struct relay *l, const struct message *m) {
    struct report report;
    if (m->payload.len != sizeof report) return;
    memcpy(&report, m->payload.ptr, sizeof report);
    l->waiting -= report.settled < l->waiting ? report.settled : l->waiting;
    l->seats = report.seats;
    struct definition *d = report.number == UINT32_MAX ? NULL : isolates_find(l->worker, report.number);
    if (!d) return;
    d->slow_waiting -= report.settled < d->slow_waiting ? report.settled : d->slow_waiting;
    if (report.mean_ns) d->slow_mean_ns = report.mean_ns;
}

static void on_done(struct worker *w, uint64_t stream) {
    uint32_t number, version;
    if (!streams_end_slow(w, stream, &number, &version)) return;
    struct definition *d = isolates_find(w, number);
    if (!d || d->version != version || !d->slow_requests) return;
    d->slow_requests--;
    atomic_fetch_sub(&d->record->slow_requests, 1);
}

static void on_message(void *arg, const struct message *m) {
    struct relay *l = arg;
    if (m->type == RELAY_REPORT) {
        on_report(l, m);
        return;
    }
    if (m->type == MESSAGE_DONE) on_done(l->worker, m->stream);
    link_send(l->worker->config.link, m->type, m->flags, m->stream, &m->payload, 1);
}

/* Too much waits in the bridge, which its windows should prevent: without it no event of its streams would ever end. */
static void on_down(void *arg, enum err why, const char *reason) {
    struct relay *l = arg;
    struct worker *w = l->worker;
    LOG(LOG_ERROR, "a slow lane is lost", LOG_N("lane", l->lane), LOG_S("why", span_of(err_name(why))));
    if (w->config.on_down) w->config.on_down(w->config.arg);
}

static const struct link_events events = {
    .type_count = RELAY_TYPES, .on_message = on_message, .on_down = on_down};

static struct relay *relay_to(struct worker *w, unsigned lane) {
    struct relay *l = w->relays[lane];
    if (l) return l;
    struct link *far;
    l = w->relays[lane] = NEW(struct relay);
    *l = (struct relay){.worker = w, .lane = lane};
    link_bridge(w->config.loop, crew_slow_loop(w->config.crew, lane), &l->link, &far);
    link_start(l->link, &events, l);
    crew_slow_serve(w->config.crew, lane, far);
    return l;
}

void relays_setup(struct worker *w) {
    unsigned count = crew_slow_lanes(w->config.crew);
    if (count) w->relays = mem_array(count, sizeof *w->relays);
}

void relays_close(struct worker *w) {
    if (!w->relays) return;
    for (unsigned i = 0; i < crew_slow_lanes(w->config.crew); i++) {
        if (w->relays[i]) link_close(w->relays[i]->link);
        mem_free(w->relays[i]);
    }
    mem_free(w->relays);
    w->relays = NULL;
}

bool relay_wants(const struct worker *w, const struct definition *d) {
    if (!w->relays) return false;
    const struct verdict *v = &d->record->verdict;
    if (!verdict_is_short(v)) return true;
    if (d->resident && !d->resident->condemned) return false;
    bool rests = atomic_load_explicit(&d->record->resting, memory_order_relaxed) != 0;
    return !rests && !verdict_start_is_short(v);
}

/* How long would one more event of this Worker wait? Its own go one after another, each between turns of the others. */
static bool waits_too_long(const struct relay *l, const struct definition *d) {
    if (d->slow_waiting < ALWAYS_WAIT) return false;
    uint64_t each_ns = d->slow_mean_ns ? d->slow_mean_ns : UNKNOWN_NS, seats = l->seats > 1 ? l->seats : 1;
    return d->slow_waiting * each_ns * seats > LIMIT_LANE_WAIT_MS * 1000 * 1000;
}

static void send_define(struct relay *l, const struct definition *d) {
    uint32_t numbers[2] = {d->number, 0};
    struct span parts[] = {span_make(numbers, sizeof numbers), span_make(d->id, 32)};
    link_send(l->link, MESSAGE_DEFINE, 0, 0, parts, 2);
}

static void tell(struct relay *l, struct definition *d) {
    if (d->told & 1u << l->lane) return;
    d->told |= 1u << l->lane;
    send_define(l, d);
}

enum err relay_event(struct worker *w, struct definition *d, const struct message *m) {
    struct relay *l = relay_to(w, record_slow_lane(d->record));
    bool full = d->slow_waiting >= LIMIT_WORKER_WAITING || l->waiting >= LIMIT_LANE_WAITING;
    if (full || waits_too_long(l, d) || !link_room(l->link)) return ERR_OVERLOAD;
    enum err e = streams_adopt_slow(w, m->stream, l->lane, d);
    if (e) return e;
    tell(l, d);
    link_send(l->link, m->type, m->flags, m->stream, &m->payload, 1);
    w->stats.relayed++;
    l->waiting++;
    d->slow_waiting++;
    d->slow_requests++;
    atomic_fetch_add(&d->record->slow_requests, 1);
    return ERR_OK;
}

void relay_warm(struct worker *w, struct definition *d, const struct message *m) {
    struct relay *l = relay_to(w, record_slow_lane(d->record));
    tell(l, d);
    link_send(l->link, m->type, m->flags, m->stream, &m->payload, 1);
}

void relay_forward(struct worker *w, unsigned lane, const struct message *m) {
    struct relay *l = w->relays && lane < crew_slow_lanes(w->config.crew) ? w->relays[lane] : NULL;
    if (l) link_send(l->link, m->type, m->flags, m->stream, &m->payload, 1);
}

void relay_void(struct definition *d) {
    if (d->slow_requests) atomic_fetch_sub(&d->record->slow_requests, d->slow_requests);
    d->slow_requests = d->slow_waiting = 0;
    d->slow_mean_ns = 0;
    d->version++;
}

void relay_forget(struct worker *w, struct definition *d) {
    struct span number = span_make(&d->number, sizeof d->number);
    for (unsigned i = 0; d->told >> i; i++)
        if (d->told >> i & 1) link_send(w->relays[i]->link, MESSAGE_FORGET, 0, 0, &number, 1);
    d->told = 0;
    relay_void(d);
}

void relay_define(struct worker *w, const struct definition *d) {
    for (unsigned i = 0; d->told >> i; i++)
        if (d->told >> i & 1) send_define(w->relays[i], d);
}

/* -- The slow lane's side --------------------------------------------------------------------------------------- */

void relay_report(struct worker *w, const struct definition *d, uint32_t settled, uint64_t mean_ns) {
    struct report report = {.number = d ? d->number : UINT32_MAX,
                            .settled = settled,
                            .seats = w->lane->ready_count,
                            .mean_ns = mean_ns};
    struct span part = span_make(&report, sizeof report);
    link_send(w->config.link, RELAY_REPORT, 0, 0, &part, 1);
}
