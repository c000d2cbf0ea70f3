#include "cli/serve_quarantine.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

enum { SUSPICIONS_ENOUGH = 2 };

struct record {
    uint32_t strikes, suspicions;
    uint64_t until_ms, last_ms; /* last: of a death that it was in */
    bool held;                  /* nobody has been told yet that it is free again */
};

struct quarantine {
    struct map *records; /* Worker number -> struct record */
};

struct quarantine *quarantine_new(void) {
    struct quarantine *q = NEW(struct quarantine);
    q->records = map_new();
    return q;
}

void quarantine_free(struct quarantine *q) {
    if (!q) return;
    size_t at = 0;
    void *record;
    while (map_each(q->records, &at, NULL, &record)) mem_free(record);
    map_free(q->records);
    mem_free(q);
}

/* Quiet for long enough: counted from the end of its time, or from the suspicion. */
static bool is_stale(const struct record *r, uint64_t now_ms) {
    uint64_t from = r->until_ms > r->last_ms ? r->until_ms : r->last_ms;
    return now_ms >= from + LIMIT_QUARANTINE_FORGET_MS;
}

static struct record *record_of(struct quarantine *q, uint32_t worker, uint64_t now_ms) {
    struct record *r = map_get_u64(q->records, worker);
    if (!r) {
        r = NEW(struct record);
        map_put_u64(q->records, worker, r);
    } else if (is_stale(r, now_ms)) {
        *r = (struct record){.held = r->held};
    }
    return r;
}

static uint64_t duration_ms(uint32_t strikes) {
    uint64_t ms = LIMIT_QUARANTINE_FIRST_MS;
    for (uint32_t i = 1; i < strikes && ms < LIMIT_QUARANTINE_MOST_MS; i++) ms *= 2;
    return ms < LIMIT_QUARANTINE_MOST_MS ? ms : LIMIT_QUARANTINE_MOST_MS;
}

static void hold(struct record *r, uint64_t now_ms) {
    r->strikes++;
    r->suspicions = 0;
    r->until_ms = now_ms + duration_ms(r->strikes);
    r->held = true;
}

size_t quarantine_death(struct quarantine *q, const uint32_t *suspects, size_t count, bool certain,
                        uint64_t now_ms, uint32_t *ret_held) {
    uint32_t most = certain ? 0 : SUSPICIONS_ENOUGH;
    for (size_t i = 0; i < count; i++) {
        struct record *r = record_of(q, suspects[i], now_ms);
        r->last_ms = now_ms;
        if (!certain && ++r->suspicions > most) most = r->suspicions;
    }
    size_t held = 0;
    for (size_t i = 0; i < count; i++) {
        struct record *r = map_get_u64(q->records, suspects[i]);
        if (!certain && r->suspicions < most) continue;
        hold(r, now_ms);
        ret_held[held++] = suspects[i];
    }
    return held;
}

uint64_t quarantine_left_ms(const struct quarantine *q, uint32_t worker, uint64_t now_ms) {
    const struct record *r = map_get_u64(q->records, worker);
    return r && r->until_ms > now_ms ? r->until_ms - now_ms : 0;
}

uint32_t quarantine_strikes(const struct quarantine *q, uint32_t worker) {
    const struct record *r = map_get_u64(q->records, worker);
    return r ? r->strikes : 0;
}

bool quarantine_pardon(struct quarantine *q, uint32_t worker, uint64_t now_ms) {
    struct record *r = map_remove_u64(q->records, worker);
    bool was_held = r && r->until_ms > now_ms;
    mem_free(r);
    return was_held;
}

/* One that may go: collected first, because the map must not change while it is walked. */
void quarantine_sweep(struct quarantine *q, uint64_t now_ms, void (*freed)(void *arg, uint32_t worker),
                      void *arg) {
    size_t at = 0, count = 0;
    uint32_t *stale = mem_array(map_count(q->records) + 1, sizeof *stale);
    struct span key;
    void *value;
    while (map_each(q->records, &at, &key, &value)) {
        struct record *r = value;
        uint64_t worker;
        memcpy(&worker, key.ptr, sizeof worker);
        if (r->held && r->until_ms <= now_ms) {
            r->held = false;
            freed(arg, (uint32_t)worker);
        }
        if (is_stale(r, now_ms)) stale[count++] = (uint32_t)worker;
    }
    for (size_t i = 0; i < count; i++) mem_free(map_remove_u64(q->records, stale[i]));
    mem_free(stale);
}

void quarantine_each(const struct quarantine *q, uint64_t now_ms,
                     void (*each)(void *arg, uint32_t worker, uint64_t left_ms), void *arg) {
    size_t at = 0;
    struct span key;
    void *value;
    while (map_each(q->records, &at, &key, &value)) {
        const struct record *r = value;
        uint64_t worker;
        memcpy(&worker, key.ptr, sizeof worker);
        if (r->until_ms > now_ms) each(arg, (uint32_t)worker, r->until_ms - now_ms);
    }
}
