#include "worker/pressure.h"

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

const char *pressure_text(enum pressure_level level) {
    static const char *const texts[] = {"none", "tight", "critical", "lost"};
    return texts[level];
}
