/* All numbers of a running Cusp, as control sees them: read from the counters files of the other processes
 * (base/counters.h) and from /proc, at the moment when somebody asks. Nothing is collected in between.
 *
 *     the parent says which processes there are    metrics_counters(), metrics_process()
 *     somebody asks                                metrics_take() -> a shot: sums by Worker, states of lanes and processes
 *                                                  metrics_text() piece by piece (Prometheus), metrics_top() (JSON)
 *
 * Size: a shot has a row of about 1 KB for each Worker that ever ran; its text about 6 KB. metrics_text() makes a piece at a
 * time, so that a slow reader costs a piece. Thread: the loop's. */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include "base/buf.h"
#include "base/err.h"

struct metrics;
struct metrics_shot;

enum metrics_role { METRICS_PARENT, METRICS_EDGE, METRICS_CONTROL, METRICS_WORKER, METRICS_ROLES };

struct metrics_worker {
    uint32_t account_number;
    struct span account, name;
};

/* Who a Worker is; false: the configuration has no such number (any more), its numbers are not shown. */
typedef bool metrics_who_fn(void *arg, uint32_t worker, struct metrics_worker *ret);

struct metrics *metrics_new(metrics_who_fn *who, void *arg);
void metrics_free(struct metrics *m); /* NULL is fine */

/* A process, `account` 0 unless it is a worker process, and where it counts: fd (owned; -1: nowhere). Again: replaces. */
void metrics_counters(struct metrics *m, enum metrics_role role, uint32_t account, struct span name, int fd);
/* It was started or has ended (pid 0). */
void metrics_process(struct metrics *m, enum metrics_role role, uint32_t account, int pid, uint64_t starts);

/* Does the process of that role run? Not for METRICS_WORKER. */
bool metrics_up(const struct metrics *m, enum metrics_role role);

struct metrics_shot *metrics_take(struct metrics *m);
void metrics_shot_free(struct metrics_shot *s); /* NULL is fine */
/* Appends the next piece (some 64 KB) of the text exposition format 0.0.4. False: that was the last. */
bool metrics_text(struct metrics_shot *s, struct buf *out);
/* Appends /top.json: processes, lanes, edge, and Workers with their isolates; the TOP_WORKERS with the most CPU time, all of
 * those first that have an isolate now. */
void metrics_top(struct metrics_shot *s, struct buf *out);
/* The isolate of this Worker that has used the most CPU time; false: it has none now. */
bool metrics_busiest(struct metrics *m, uint32_t worker, uint32_t account, uint32_t *ret_lane);

#endif
