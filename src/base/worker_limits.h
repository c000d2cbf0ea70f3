/* The limits that may differ from one Worker to another. Four hands write them, the later ones win field by field: the platform
 * (base/limits.h), the operator's plan (cusp.toml: [limits]), the author's wrangler `limits`, and the operator's last word about one
 * Worker (`limits` of a [[worker]]). None gets beyond least and most. docs/limits.md is made of this table.
 *
 * A field that is 0 says nothing. They travel inside the version (state/version.h). */
#ifndef BASE_WORKER_LIMITS_H
#define BASE_WORKER_LIMITS_H

#include "base/limits.h"

// clang-format off
/*    field               default                            least  most                               what ends, and how */
#define WORKER_LIMITS_TABLE(X)                                                                                                      \
    X(cpu_ms,             LIMIT_WORKER_CPU_MS,                 1,   LIMIT_WORKER_CPU_MOST_MS,            "CPU of one request with its waitUntil() work; error 1102") \
    X(background_cpu_ms,  LIMIT_WORKER_BACKGROUND_CPU_MS,      1,   LIMIT_WORKER_BACKGROUND_CPU_MOST_MS, "CPU of one cron trigger; it ends")          \
    X(startup_cpu_ms,     LIMIT_WORKER_STARTUP_CPU_MS,         10,  10000,                               "CPU of the top level of a script; it does not start") \
    X(wait_ms,            LIMIT_WORKER_WAIT_MS,                100, 24 * 3600 * 1000,                    "an event may go on this long without an answer; error 1102") \
    X(wait_until_ms,      LIMIT_WORKER_WAIT_UNTIL_MS,          1,   15 * 60 * 1000,                      "waitUntil() after the response has ended; it is cut off") \
    X(memory_mb,          LIMIT_WORKER_MEMORY_BYTES >> 20,     16,  4096,                                "heap of one isolate; error 1102")           \
    X(subrequests,        LIMIT_WORKER_SUBREQUESTS,            1,   1000000,                             "fetch() and cache calls of one event; they throw") \
    X(timers,             LIMIT_WORKER_TIMERS,                 1,   1000000,                             "armed in one isolate; setTimeout() throws") \
    X(log_kb,             LIMIT_WORKER_LOG_BYTES >> 10,        1,   65536,                               "console output of one event; the rest is dropped")
// clang-format on

struct worker_limits {
#define X(field, standard, least, most, what) uint32_t field;
    WORKER_LIMITS_TABLE(X)
#undef X
};
enum {
#define X(field, standard, least, most, what) WORKER_LIMITS_##field,
    WORKER_LIMITS_TABLE(X)
#undef X
        WORKER_LIMITS_COUNT
};

struct worker_limits_row {
    const char *name;
    uint32_t standard, least, most;
    const char *what;
};
extern const struct worker_limits_row worker_limits_rows[WORKER_LIMITS_COUNT];

static inline uint32_t *worker_limits_at(struct worker_limits *l, size_t i) { return (uint32_t *)l + i; }

/* Fields of `more` that say something replace those of *l. */
void worker_limits_apply(struct worker_limits *l, const struct worker_limits *more);
/* Fields that say nothing get the platform's value; all are brought between least and most. */
void worker_limits_resolve(struct worker_limits *l);

#endif
