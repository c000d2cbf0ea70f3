#include "worker/verdict.h"

static const uint64_t PAUSE_NS = 1000 * 1000 * 1000ull, FORGIVEN_NS = 3600ull * 1000 * 1000 * 1000;
enum { FADE = 32 }; /* this part of what was too long is forgotten with each entry */

static uint64_t pause_ns(uint32_t exposures) {
    if (!exposures) return 0;
    return PAUSE_NS << (exposures - 1 < VERDICT_PAUSES ? exposures - 1 : VERDICT_PAUSES);
}

void verdict_expose(struct verdict *v, uint64_t now_ns) {
    if (!verdict_is_short(v)) return;
    uint32_t before = atomic_load(&v->exposures);
    if (before && now_ns - atomic_load(&v->exposed_ns) > FORGIVEN_NS) before /= 2;
    atomic_store(&v->exposures, before + 1);
    atomic_store(&v->exposed_ns, now_ns);
    atomic_store(&v->is_short, false);
}

void verdict_prove(struct verdict *v, uint64_t now_ns) { atomic_store(&v->is_short, true); }

void verdict_started(struct verdict *v, uint64_t cpu_ns) { atomic_store(&v->start_ns, cpu_ns ? cpu_ns : 1); }

enum verdict_news verdict_turn(struct verdict *v, struct trial *t, uint64_t cpu_ns, unsigned things,
                               uint64_t now_ns) {
    uint64_t each = cpu_ns / (things ? things : 1);
    t->over_ns -= t->over_ns / FADE;
    if (each > VERDICT_SHORT_NS) {
        t->over_ns += each - VERDICT_SHORT_NS;
        t->good = 0;
    } else if (t->good < VERDICT_TRIAL) {
        t->good += things;
    }
    if (verdict_is_short(v)) {
        if (t->over_ns <= VERDICT_OVER_NS) return VERDICT_SAME;
        *t = (struct trial){0};
        verdict_expose(v, now_ns);
        return VERDICT_EXPOSED;
    }
    if (t->good < VERDICT_TRIAL) return VERDICT_SAME;
    uint32_t exposures = atomic_load(&v->exposures);
    bool paused = exposures && now_ns - atomic_load(&v->exposed_ns) < pause_ns(exposures);
    return paused ? VERDICT_SAME : VERDICT_PROVEN;
}
