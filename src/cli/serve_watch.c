#include "cli/serve_watch.h"

#include <signal.h>

#include "base/limits.h"
#include "cli/serve_messages.h"

/* -- Alive? ---------------------------------------------------------------------------------------------------- */

void watch_begin(struct watch *w, uint64_t now_ms) { *w = (struct watch){.looked_ms = now_ms}; }

static bool lane_is_stuck(struct watch_lane *l, const struct pulse_moment *m, uint64_t beats,
                          uint64_t observed_ms) {
    if (!m->inside || m->turn != l->turn || m->steps != l->steps) {
        *l = (struct watch_lane){.turn = m->turn, .steps = m->steps, .beats = beats};
        return false;
    }
    l->observed_ms += observed_ms;
    if (!l->based) { /* what the page had before is of an earlier turn */
        l->based = beats != l->beats;
        l->cpu_ns = m->cpu_ns;
        return false;
    }
    uint64_t cpu_ms = m->cpu_ns > l->cpu_ns ? (m->cpu_ns - l->cpu_ns) / 1000000 : 0;
    return cpu_ms >= m->allowed_ms + LIMIT_WATCH_GRACE_MS ||
           l->observed_ms >= m->allowed_ms + LIMIT_WATCH_BLOCKED_MS;
}

enum watch_verdict watch_look(struct watch *w, const struct pulse *p, uint64_t now_ms, uint32_t *ret_worker) {
    uint64_t passed_ms = now_ms - w->looked_ms;
    uint64_t observed_ms = passed_ms < 2 * LIMIT_WATCH_LOOK_MS ? passed_ms : 2 * LIMIT_WATCH_LOOK_MS;
    uint64_t beats = pulse_beats(p);
    w->looked_ms = now_ms;
    w->silent_ms = beats == w->beats ? w->silent_ms + observed_ms : 0;
    w->beats = beats;
    /* Before the first beat it starts: maps its store, makes its engine. */
    if (w->silent_ms >= (beats ? LIMIT_WATCH_SILENT_MS : LIMIT_WATCH_START_MS)) return WATCH_SILENT;
    for (size_t i = 0; i < pulse_lanes(p); i++) {
        struct pulse_moment m;
        pulse_read(p, i, &m);
        if (!lane_is_stuck(&w->lanes[i], &m, beats, observed_ms)) continue;
        *ret_worker = m.worker;
        return WATCH_STUCK;
    }
    return WATCH_WELL;
}

/* -- Whose fault? ------------------------------------------------------------------------------------------------ */

const char *death_cause_text(enum death_cause cause) {
    static const char *const texts[] = {
#define X(name, text) text,
        DEATH_CAUSES(X)
#undef X
    };
    return texts[cause];
}

static bool is_fault(int signal) {
    switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
    case SIGFPE:
    case SIGSYS: return true;
    default: return false;
    }
}

static enum death_cause cause_of(const struct death_facts *f) {
    if (f->killed == WATCH_STUCK) return DEATH_STUCK;
    if (f->killed == WATCH_SILENT) return DEATH_SILENT;
    if (f->killed == WATCH_BROKEN) return DEATH_BROKEN;
    if (f->signal == SIGKILL) return f->out_of_memory ? DEATH_MEMORY : DEATH_OUTSIDE;
    if (!f->signal && f->status == SERVE_EXIT_MEMORY) return DEATH_MEMORY;
    return !f->signal || is_fault(f->signal) ? DEATH_CRASH : DEATH_OUTSIDE;
}

static void accuse(struct death *d, uint32_t worker) {
    d->certain = true;
    d->count = 1;
    d->suspects[0] = worker;
}

/* Whoever runs in several lanes is one suspect, since its longest turn. In order of their time inside. */
static void suspect(struct death *d, uint64_t *since_ns, const struct pulse_moment *m) {
    size_t at = 0;
    while (at < d->count && d->suspects[at] != m->worker) at++;
    if (at < d->count && since_ns[at] <= m->since_ns) return;
    if (at == d->count) d->count++;
    for (; at > 0 && since_ns[at - 1] > m->since_ns; at--) {
        since_ns[at] = since_ns[at - 1];
        d->suspects[at] = d->suspects[at - 1];
    }
    since_ns[at] = m->since_ns;
    d->suspects[at] = m->worker;
}

/* One has run for long, all others have just begun. */
static bool stands_out(const struct death *d, const uint64_t *since_ns, uint64_t now_ns) {
    enum { LONG_NS = 100 * 1000000, TIMES = 10 };
    if (d->count < 2) return d->count == 1;
    uint64_t longest = now_ns - since_ns[0], next = now_ns > since_ns[1] ? now_ns - since_ns[1] : 0;
    return longest >= LONG_NS && longest / TIMES >= next;
}

void death_examine(const struct pulse *p, const struct death_facts *f, struct death *ret) {
    uint64_t since_ns[PULSE_LANES];
    struct death d = {.cause = cause_of(f)};
    bool nobodys = d.cause == DEATH_OUTSIDE || d.cause == DEATH_BROKEN;
    for (size_t i = 0; i < pulse_lanes(p) && !nobodys && !d.certain; i++) {
        struct pulse_moment m;
        pulse_read(p, i, &m);
        if (m.signal && m.inside)
            accuse(&d, m.worker), since_ns[0] = m.since_ns;
        else if (m.signal)
            nobodys = true; /* this lane crashed, in code of ours */
        else if (m.inside)
            suspect(&d, since_ns, &m);
    }
    if (nobodys) d.count = 0;
    if (d.count) d.inside_ms = f->now_ns > since_ns[0] ? (f->now_ns - since_ns[0]) / 1000000 : 0;
    if (d.cause == DEATH_STUCK)
        accuse(&d, f->stuck_worker);
    else if (!d.certain && d.cause != DEATH_SILENT)
        d.certain = d.count == 1 || (f->signal != SIGSYS && stands_out(&d, since_ns, f->now_ns));
    if (d.certain && d.count > 1) d.count = 1;
    *ret = d;
}
