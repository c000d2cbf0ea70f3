/* The inside of a shot: what metrics.c reads and metrics_text.c and metrics_top.c write. */
#ifndef CONTROL_METRICS_SHOT_H
#define CONTROL_METRICS_SHOT_H

#include "base/arena.h"
#include "control/metrics.h"
#include "control/metrics_rows.h"

struct shot_worker {
    uint32_t number; /* 0: the sum of those beyond the last row */
    struct span account, name;
    struct counters_row sum;
    struct metrics_share share;
};

struct shot_process {
    enum metrics_role role;
    uint32_t account;
    struct span name;
    int pid;
    struct metrics_state state;
};

struct shot_lane {
    size_t process;
    uint32_t lane;
    struct counters_lane_block lane_block;
    struct counters_edge_block edge_block;
};

struct shot_isolate {
    size_t worker, lane; /* indexes */
    struct counters_isolate now;
};

struct metrics_shot {
    struct arena arena;    /* names */
    struct map *by_number; /* Worker -> index + 1 */
    struct shot_worker *workers;
    struct shot_process *processes;
    struct shot_lane *lanes, *edges;
    struct shot_isolate *isolates;
    size_t worker_count, worker_cap, process_count, lane_count, lane_cap, edge_count, edge_cap, isolate_count,
        isolate_cap;
    size_t row, item; /* metrics_text(): where it is */
};

#endif
