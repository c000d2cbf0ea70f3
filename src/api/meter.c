#include <stdatomic.h>

#include "api/core.h"
#include "base/pulse.h"
#include "loop/clock.h"

#define NS_PER_MS 1000000ull
/* A turn above this for each who was current in it makes the next ones exact: then the reading of the clock is not what costs. */
#define EXACT_NS (200 * 1000ull)
/* Code of no event may use this share of the time. */
enum { ORPHAN_SHARE = 20 };

static int32_t current(const struct api *api) { return api->out[OUT_CURRENT]; }

/* --- Bills and budgets ---------------------------------------------------------------------------------------- */

static uint64_t limit_of(const struct api *api, const struct slot *s) {
    return s ? s->limit_ns : api->limits.cpu_ms * NS_PER_MS;
}

static struct slot *slot_of_ticket(struct api *api, int32_t ticket) {
    return ticket < 0 ? NULL : slot_of(api, ticket);
}

static void bill(struct api *api, int32_t ticket, uint64_t ns) {
    struct meter_state *m = &api->meter;
    struct slot *s = slot_of_ticket(api, ticket);
    uint64_t *used = s ? &s->cpu_ns : &m->orphan_ns;
    *used += ns;
    m->billed_ns += ns;
    if (*used < limit_of(api, s) || m->over) return;
    m->over = true;
    m->offender = s ? ticket : -1;
}

/* Divides it evenly among those who were current since the last time, the present one included. */
static void bill_visits(struct api *api, uint64_t ns) {
    struct meter_state *m = &api->meter;
    uint64_t share = ns / (m->visit_count + 1);
    for (uint32_t i = 0; i < m->visit_count; i++) bill(api, m->visits[i], share);
    bill(api, current(api), ns - share * m->visit_count);
    m->visit_count = 0;
}

static void mark(struct api *api, uint64_t now_ns) {
    struct meter_state *m = &api->meter;
    uint64_t from = m->marked_ns ? m->marked_ns : isolate_entry_ns(api->iso);
    if (now_ns > from) bill_visits(api, now_ns - from);
    m->marked_ns = now_ns;
}

static void forgive_orphans(struct api *api) {
    struct meter_state *m = &api->meter;
    if (!m->orphan_ns) return;
    uint64_t now = loop_now_ms(api->config.loop) * NS_PER_MS,
             forgiven = (now - m->orphan_at_ns) / ORPHAN_SHARE;
    m->orphan_ns = m->orphan_ns > forgiven ? m->orphan_ns - forgiven : 0;
    m->orphan_at_ns = now;
}

/* --- Turns ---------------------------------------------------------------------------------------------------- */

void meter_turn_begins(struct api *api) {
    struct meter_state *m = &api->meter;
    m->visit_count = 0;
    m->marked_ns = m->billed_ns = 0;
    m->over = false;
    api->out[OUT_CURRENT] = -1;
    forgive_orphans(api);
}

void meter_switch(struct api *api) {
    struct meter_state *m = &api->meter;
    if (m->exact || m->visit_count == METER_VISITS)
        mark(api, isolate_clock_ns());
    else
        m->visits[m->visit_count++] = current(api);
}

void meter_fresh(struct api *api, int32_t ticket) {
    struct slot *s = slot_of_ticket(api, ticket);
    if (!s || api->meter.over) return;
    mark(api, isolate_clock_ns());
    histogram_add(&api_row(api)->event_cpu, s->cpu_ns);
    s->before_ns += s->cpu_ns;
    s->cpu_ns = 0;
}

void meter_turn_ends(struct api *api, uint64_t used_ns) {
    struct meter_state *m = &api->meter;
    m->exact = used_ns / (m->visit_count + 1) > EXACT_NS;
    if (used_ns > m->billed_ns) bill_visits(api, used_ns - m->billed_ns);
    if (!m->over) return;
    const struct slot *s = slot_of_ticket(api, m->offender);
    m->over_ns = s ? s->cpu_ns : m->orphan_ns;
    m->over_limit_ns = limit_of(api, s);
}

bool meter_exceeded(struct api *api) {
    struct meter_state *m = &api->meter;
    if (m->over && m->offender >= 0 && !slot_of(api, m->offender)) m->over = false; /* it is over anyway */
    return m->over;
}

/* --- Work off the thread ---------------------------------------------------------------------------------------- */

/* What the jobs of an isolate know of it: whether it is still there. Outlives it when jobs do. */
struct meter_gate {
    _Atomic bool closed;
    uint32_t refs; /* loop's thread */
};

static void gate_unref(struct meter_gate *gate) {
    if (gate && --gate->refs == 0) mem_free(gate);
}

struct meter_job meter_job_new(struct api *api) {
    struct meter_state *m = &api->meter;
    if (!m->gate) {
        m->gate = NEW(struct meter_gate);
        m->gate->refs = 1;
    }
    m->gate->refs++;
    return (struct meter_job){m->gate, api, current(api), 0};
}

bool meter_job_begins(struct meter_job *job) {
    if (atomic_load_explicit(&job->gate->closed, memory_order_acquire)) return false;
    job->ns = clock_thread_cpu_ns();
    return true;
}

void meter_job_ends(struct meter_job *job) { job->ns = clock_thread_cpu_ns() - job->ns; }

void meter_job_bill(struct meter_job *job) {
    if (!atomic_load_explicit(&job->gate->closed, memory_order_relaxed)) {
        struct meter_state *m = &job->api->meter;
        struct slot *s = slot_of_ticket(job->api, job->ticket);
        *(s ? &s->cpu_ns : &m->orphan_ns) += job->ns;
        m->jobs_ns += job->ns;
        count(&api_row(job->api)->cpu_ns, job->ns);
    }
    gate_unref(job->gate);
    job->gate = NULL;
}

void meter_close(struct api *api) {
    struct meter_gate *gate = api->meter.gate;
    if (gate) atomic_store_explicit(&gate->closed, true, memory_order_release);
    gate_unref(gate);
    api->meter.gate = NULL;
}

/* --- Waits ---------------------------------------------------------------------------------------------------- */

uint64_t meter_waits_ms(const struct api *api) { return api->limits.wait_ms / 8 + 1; }

void meter_waits(void *arg) {
    struct api *api = arg;
    uint64_t now = clock_monotonic_ns(), most = api->limits.wait_ms * NS_PER_MS;
    bool any = false;
    for (uint32_t i = 0; i < api->slots_made; i++) {
        const struct slot *s = api->slots[i];
        if (s->state != SLOT_OPEN || now < s->began_ns + most) continue;
        event_queue(api, EVENT_EXPIRED, s->ticket, 0, 0);
        any = true;
    }
    if (any)
        api_wake(api); /* its turn arms the timer again */
    else if (api->in_flight)
        timer_start(api->waits, meter_waits_ms(api), 0);
}

/* --- Looks ---------------------------------------------------------------------------------------------------- */

uint64_t meter_look(struct isolate *iso, uint64_t now_ns) {
    struct api *api = isolate_data(iso);
    if (!api->in_turn) return UINT64_MAX; /* start-up: the limit is that of its entry */
    api->meter.exact = true;
    mark(api, now_ns);
    const struct slot *s = slot_of_ticket(api, current(api));
    uint64_t limit = limit_of(api, s), used = s ? s->cpu_ns : api->meter.orphan_ns;
    uint64_t left = used < limit ? limit - used : 0;
    pulse_allow(pulse_here(), (uint32_t)(left / NS_PER_MS) + 1);
    return api->meter.over ? 0 : left;
}
