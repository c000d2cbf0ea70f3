#include "cli/serve_supervise.h"

#include <signal.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/serve_quarantine.h"
#include "cli/serve_watch.h"
#include "loop/file.h"

/* What is known of the present process of an account. */
struct watched {
    struct watch watch;
    enum watch_verdict killed;
    uint32_t stuck_worker;
};

struct supervision {
    struct serve *serve;
    struct quarantine *quarantine;
    struct map *watched;  /* account number -> struct watched */
    struct map *versions; /* Worker number -> the id of its version */
    struct timer *timer;
    uint64_t memory_kills; /* of the whole machine, when last looked */
};

/* -- The machine's count of processes that the kernel killed for memory ------------------------------------------- */

static uint64_t memory_kills(void) {
    struct buf text = BUF_INIT;
    uint64_t count = 0;
    if (file_read("/proc/vmstat", 256 * 1024, &text, NULL) == ERR_OK) {
        struct span rest = buf_span(&text), key = SPAN("oom_kill ");
        while (rest.len) {
            struct span line = span_cut(&rest, '\n');
            if (span_starts(line, key)) (void)span_to_u64(span_from(line, key.len), &count);
        }
    }
    buf_free(&text);
    return count;
}

/* -- Names --------------------------------------------------------------------------------------------------------- */

static const struct serve_worker *worker_of(const struct serve *s, uint32_t number) {
    for (size_t i = 0; i < s->config.worker_count; i++)
        if (s->config.workers[i].number == number) return &s->config.workers[i];
    return NULL;
}

static struct span name_of(const struct serve *s, uint32_t number) {
    const struct serve_worker *w = worker_of(s, number);
    return w ? w->name : SPAN("?");
}

static struct span account_name(const struct account *a) {
    const struct serve_config *c = &a->serve->config;
    return a->number < c->account_count ? c->accounts[a->number] : SPAN("?");
}

static void add_names(const struct serve *s, const uint32_t *workers, size_t count, struct buf *to) {
    for (size_t i = 0; i < count; i++) {
        if (i) buf_add_char(to, ',');
        buf_add(to, name_of(s, workers[i]));
    }
}

/* -- Edge ---------------------------------------------------------------------------------------------------------- */

static void tell_edge(void *arg, uint32_t worker, uint64_t left_ms) {
    struct supervision *v = arg;
    struct serve_message m = {.type = SERVE_QUARANTINE, .number = worker, .ms = (uint32_t)left_ms};
    child_send(v->serve->edge, &m, NULL, 0);
}

void supervise_tell_edge(struct supervision *v) {
    quarantine_each(v->quarantine, loop_now_ms(v->serve->loop), tell_edge, v);
}

void supervise_version(struct supervision *v, uint32_t worker, struct span id) {
    const char *known = map_get_u64(v->versions, worker);
    if (known && span_eq(span_of(known), id)) return;
    mem_free(map_put_u64(v->versions, worker, mem_cstr(id)));
    if (!quarantine_pardon(v->quarantine, worker, loop_now_ms(v->serve->loop))) return;
    LOG(LOG_INFO, "quarantine ended, it has new code", LOG_S("worker", name_of(v->serve, worker)));
    tell_edge(v, worker, 0);
}

/* -- Looking --------------------------------------------------------------------------------------------------------- */

static void put_down(struct supervision *v, struct account *a, struct watched *w,
                     enum watch_verdict verdict) {
    static const char *const events[] = {[WATCH_SILENT] = "a worker process has no heartbeat, killing it",
                                         [WATCH_STUCK] = "a worker process is stuck, killing it",
                                         [WATCH_BROKEN] = "a worker process broke the protocol, killing it"};
    bool stuck = verdict == WATCH_STUCK;
    w->killed = verdict;
    LOG(LOG_ERROR, events[verdict], LOG_S("account", account_name(a)),
        LOG_S("worker", stuck ? name_of(v->serve, w->stuck_worker) : SPAN("")));
    process_kill(a->child->process, SIGKILL);
}

void supervise_distrust(struct supervision *v, struct account *a) {
    struct watched *w = map_get_u64(v->watched, a->number);
    if (w && a->child->process && !w->killed) put_down(v, a, w, WATCH_BROKEN);
}

static void look(void *arg) {
    struct supervision *v = arg;
    struct serve *s = v->serve;
    uint64_t now_ms = loop_now_ms(s->loop);
    size_t at = 0;
    struct span key;
    void *value;
    while (map_each(s->accounts, &at, &key, &value)) {
        struct account *a = value;
        struct watched *w = map_get_u64(v->watched, a->number);
        if (!w || !a->child->process || w->killed || s->stopping) continue;
        enum watch_verdict verdict = watch_look(&w->watch, a->child->pulse, now_ms, &w->stuck_worker);
        if (verdict) put_down(v, a, w, verdict);
    }
}

static void on_freed(void *arg, uint32_t worker) {
    struct supervision *v = arg;
    LOG(LOG_INFO, "quarantine ended", LOG_S("worker", name_of(v->serve, worker)));
}

static void on_timer(void *arg) {
    struct supervision *v = arg;
    look(v);
    quarantine_sweep(v->quarantine, loop_now_ms(v->serve->loop), on_freed, v);
}

void supervise_birth(struct supervision *v, struct account *a) {
    struct watched *w = map_get_u64(v->watched, a->number);
    if (!w) {
        w = NEW(struct watched);
        map_put_u64(v->watched, a->number, w);
    }
    w->killed = WATCH_WELL;
    watch_begin(&w->watch, loop_now_ms(v->serve->loop));
    if (!timer_active(v->timer)) timer_start(v->timer, LIMIT_WATCH_LOOK_MS, LIMIT_WATCH_LOOK_MS);
}

/* -- A death ----------------------------------------------------------------------------------------------------------- */

/* The pages were written by a process that may have lied: it may accuse Workers of its own account only. */
static void drop_strangers(const struct account *a, struct death *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct serve_worker *w = worker_of(a->serve, d->suspects[i]);
        if (w && w->account == a->number) d->suspects[kept++] = d->suspects[i];
    }
    d->count = kept;
}

static void log_death(const struct account *a, const struct death *d, int status, int signal_number) {
    struct buf names = BUF_INIT;
    add_names(a->serve, d->suspects, d->count, &names);
    LOG(LOG_ERROR, "worker process died", LOG_S("account", account_name(a)),
        LOG_S("cause", span_of(death_cause_text(d->cause))), LOG_N("signal", signal_number),
        LOG_N("status", status), LOG_S(d->certain ? "worker" : "suspects", buf_span(&names)),
        LOG_N("ran_ms", d->inside_ms));
    buf_free(&names);
}

static void count_death(struct serve *s, const struct death *d, enum watch_verdict killed) {
    for (size_t i = 0; i < d->count; i++) {
        struct counters_row *row = counters_row(s->counters, d->suspects[i]);
        count(killed == WATCH_STUCK ? &row->ended_hung : &row->ended_death, 1);
    }
}

bool supervise_death(struct supervision *v, struct account *a, int status, int signal_number) {
    struct watched *w = map_get_u64(v->watched, a->number);
    uint64_t kills = memory_kills(), now_ms = loop_now_ms(v->serve->loop);
    struct death_facts facts = {.status = status,
                                .signal = signal_number,
                                .killed = w->killed,
                                .stuck_worker = w->stuck_worker,
                                .out_of_memory = kills != v->memory_kills,
                                .now_ns = pulse_clock_ns()};
    v->memory_kills = kills;
    struct death d;
    death_examine(a->child->pulse, &facts, &d);
    drop_strangers(a, &d);
    log_death(a, &d, status, signal_number);
    count_death(v->serve, &d, w->killed);
    uint32_t held[PULSE_LANES];
    size_t held_count = quarantine_death(v->quarantine, d.suspects, d.count, d.certain, now_ms, held);
    for (size_t i = 0; i < held_count; i++) {
        uint64_t left_ms = quarantine_left_ms(v->quarantine, held[i], now_ms);
        LOG(LOG_WARN, "worker in quarantine", LOG_S("account", account_name(a)),
            LOG_S("worker", name_of(v->serve, held[i])), LOG_N("ms", left_ms),
            LOG_N("times", quarantine_strikes(v->quarantine, held[i])));
        count(&counters_row(v->serve->counters, held[i])->quarantines, 1);
        tell_edge(v, held[i], left_ms);
    }
    return held_count > 0;
}

/* -- Start and end ------------------------------------------------------------------------------------------------------- */

struct supervision *supervise_start(struct serve *s) {
    struct supervision *v = NEW(struct supervision);
    v->serve = s;
    v->quarantine = quarantine_new();
    v->watched = map_new();
    v->versions = map_new();
    v->timer = timer_new(s->loop, on_timer, v);
    v->memory_kills = memory_kills();
    return v;
}

void supervise_stop(struct supervision *v) {
    if (!v) return;
    size_t at = 0;
    struct span key;
    void *value;
    while (map_each(v->watched, &at, &key, &value)) mem_free(value);
    for (at = 0; map_each(v->versions, &at, &key, &value);) mem_free(value);
    map_free(v->watched);
    map_free(v->versions);
    quarantine_free(v->quarantine);
    timer_free(v->timer);
    mem_free(v);
}
