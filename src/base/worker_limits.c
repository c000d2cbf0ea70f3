#include "base/worker_limits.h"

const struct worker_limits_row worker_limits_rows[WORKER_LIMITS_COUNT] = {
#define X(field, standard, least, most, what)                                                                \
    {#field, (uint32_t)(standard), (uint32_t)(least), (uint32_t)(most), what},
    WORKER_LIMITS_TABLE(X)
#undef X
};
_Static_assert(sizeof(struct worker_limits) == WORKER_LIMITS_COUNT * sizeof(uint32_t), "worker_limits_at()");

void worker_limits_apply(struct worker_limits *l, const struct worker_limits *more) {
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) {
        uint32_t said = *worker_limits_at((struct worker_limits *)more, i);
        if (said) *worker_limits_at(l, i) = said;
    }
}

void worker_limits_resolve(struct worker_limits *l) {
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) {
        const struct worker_limits_row *row = &worker_limits_rows[i];
        uint32_t *at = worker_limits_at(l, i);
        if (!*at) *at = row->standard;
        if (*at < row->least) *at = row->least;
        if (*at > row->most) *at = row->most;
    }
}
