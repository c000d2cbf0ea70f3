/* The tables of base/counters_table.h as data: what /metrics writes and docs/metrics.md lists. */
#ifndef CONTROL_METRICS_ROWS_H
#define CONTROL_METRICS_ROWS_H

#include "base/counters.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
enum metric_unit { METRIC_ONE, METRIC_NS }; /* shown as it is, or in seconds */

/* What a metric is counted for: its labels, and the struct that `offset` is in. */
enum metric_set {
    METRIC_OF_WORKER,  /* struct counters_row: account, worker */
    METRIC_OF_SHARE,   /* struct metrics_share: account, worker */
    METRIC_OF_LANE,    /* struct counters_lane_block: process, lane */
    METRIC_OF_EDGE,    /* struct counters_edge_block: lane */
    METRIC_OF_PROCESS, /* struct metrics_state: process */
    METRIC_SETS
};

struct metric_row {
    const char *field, *name, *label, *help; /* help "": the family's first row has it */
    enum metric_type type;
    enum metric_unit unit;
    enum metric_set set;
    size_t offset;
};

/* Rows of one family stand together. */
extern const struct metric_row metric_rows[];
extern const size_t metric_row_count;
extern const char *const metric_set_labels[METRIC_SETS]; /* "account, worker" */

/* What a Worker has now, summed over its isolates. */
struct metrics_share {
#define X(field, metric, unit, help) uint64_t field;
    COUNTERS_ISOLATE_TABLE(X)
    COUNTERS_DERIVED_TABLE(X)
#undef X
};

struct metrics_state {
#define X(field, metric, type, unit, help) uint64_t field;
    COUNTERS_PROCESS_TABLE(X)
#undef X
};

#endif
