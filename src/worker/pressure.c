#include "worker/pressure.h"

#include "base/limits.h"

enum { TIGHT_PERCENT = 70, CRITICAL_PERCENT = 85, EASED_PERCENT = 5 };
enum { HOG_LEAST_BYTES = 8 << 20 };

static enum pressure_level level_at(const struct pressure *p, uint64_t rss_bytes) {
    uint64_t percent = rss_bytes * 100 / p->ceiling_bytes;
    uint64_t eased = p->level >= PRESSURE_CRITICAL ? EASED_PERCENT : 0;
    if (percent >= CRITICAL_PERCENT - eased) return PRESSURE_CRITICAL;
    eased = p->level >= PRESSURE_TIGHT ? EASED_PERCENT : 0;
    return percent >= TIGHT_PERCENT - eased ? PRESSURE_TIGHT : PRESSURE_NONE;
}

bool pressure_look(struct pressure *p, uint64_t rss_bytes) {
    if (!p->ceiling_bytes || !rss_bytes) return false;
    enum pressure_level before = p->level;
    p->level = level_at(p, rss_bytes);
    p->looks_over = rss_bytes > p->ceiling_bytes ? p->looks_over + 1 : 0;
    if (p->looks_over >= PRESSURE_LOST_LOOKS) p->level = PRESSURE_LOST;
    if (p->level == before && ++p->looks_since_act < PRESSURE_ACT_LOOKS) return false;
    p->looks_since_act = 0;
    return p->level != PRESSURE_NONE || before != PRESSURE_NONE;
}

uint64_t pressure_hog_bytes(const struct pressure *p, uint64_t largest_bytes) {
    if (p->level < PRESSURE_CRITICAL) return 0;
    uint64_t hog = largest_bytes / 4 * 3;
    return hog > HOG_LEAST_BYTES ? hog : HOG_LEAST_BYTES;
}

/* What one that never did much gives back, with its share of what the process holds for it. */
enum { ISOLATE_BYTES = 2 << 20 };
enum { RETIRE_AT_ONCE = 8 }; /* each takes half a millisecond */

static size_t isolates_above(uint64_t rss_bytes, uint64_t bytes) {
    return rss_bytes <= bytes ? 0 : (size_t)((rss_bytes - bytes) / ISOLATE_BYTES + 1);
}

size_t retirement_look(struct retirement *r, uint64_t rss_bytes) {
    if (!r->owed) { /* a round begins */
        r->rest_ms = (unsigned)LIMIT_IDLE_MOMENT_MS;
        r->owed = isolates_above(rss_bytes, LIMIT_IDLE_PROCESS_MOST_BYTES);
    }
    if (!r->owed) {
        r->rest_ms = (unsigned)LIMIT_IDLE_MS;
        r->owed = isolates_above(rss_bytes, LIMIT_IDLE_PROCESS_BYTES);
    }
    return r->owed < RETIRE_AT_ONCE ? r->owed : RETIRE_AT_ONCE;
}

bool retirement_done(struct retirement *r, size_t asked, size_t freed) {
    r->freed |= freed > 0;
    r->owed = freed < asked ? 0 : r->owed - freed;
    if (r->owed || !r->freed) return false;
    r->freed = false;
    return true;
}

const char *pressure_text(enum pressure_level level) {
    static const char *const texts[] = {"none", "tight", "critical", "lost"};
    return texts[level];
}
