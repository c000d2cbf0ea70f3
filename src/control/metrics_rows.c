#include "control/metrics_rows.h"

#include <stddef.h>

const struct metric_row metric_rows[] = {
#define X(field, metric, label, unit, help)                                                                  \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     label,                                                                                                  \
     help,                                                                                                   \
     METRIC_COUNTER,                                                                                         \
     METRIC_##unit,                                                                                          \
     METRIC_OF_WORKER,                                                                                       \
     offsetof(struct counters_row, field)},
    COUNTERS_WORKER_TABLE(X)
#undef X
#define X(field, metric, help)                                                                               \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     "",                                                                                                     \
     help,                                                                                                   \
     METRIC_HISTOGRAM,                                                                                       \
     METRIC_NS,                                                                                              \
     METRIC_OF_WORKER,                                                                                       \
     offsetof(struct counters_row, field)},
        COUNTERS_HISTOGRAM_TABLE(X)
#undef X
#define X(field, metric, unit, help)                                                                         \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     "",                                                                                                     \
     help,                                                                                                   \
     METRIC_GAUGE,                                                                                           \
     METRIC_##unit,                                                                                          \
     METRIC_OF_SHARE,                                                                                        \
     offsetof(struct metrics_share, field)},
            COUNTERS_ISOLATE_TABLE(X) COUNTERS_DERIVED_TABLE(X)
#undef X
#define X(field, metric, type, unit, help)                                                                   \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     "",                                                                                                     \
     help,                                                                                                   \
     METRIC_##type,                                                                                          \
     METRIC_##unit,                                                                                          \
     METRIC_OF_LANE,                                                                                         \
     offsetof(struct counters_lane_block, field)},
                COUNTERS_LANE_TABLE(X)
#undef X
#define X(field, metric, type, unit, help)                                                                   \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     "",                                                                                                     \
     help,                                                                                                   \
     METRIC_##type,                                                                                          \
     METRIC_##unit,                                                                                          \
     METRIC_OF_EDGE,                                                                                         \
     offsetof(struct counters_edge_block, field)},
                    COUNTERS_EDGE_TABLE(X)
#undef X
#define X(field, metric, type, unit, help)                                                                   \
    {#field,                                                                                                 \
     metric,                                                                                                 \
     "",                                                                                                     \
     help,                                                                                                   \
     METRIC_##type,                                                                                          \
     METRIC_##unit,                                                                                          \
     METRIC_OF_PROCESS,                                                                                      \
     offsetof(struct metrics_state, field)},
                        COUNTERS_PROCESS_TABLE(X)
#undef X
};
const size_t metric_row_count = sizeof metric_rows / sizeof *metric_rows;

const char *const metric_set_labels[METRIC_SETS] = {
    [METRIC_OF_WORKER] = "account, worker", [METRIC_OF_SHARE] = "account, worker",
    [METRIC_OF_LANE] = "process, lane",     [METRIC_OF_EDGE] = "lane",
    [METRIC_OF_PROCESS] = "process",
};
