/* Counters that one process writes and another one reads, in shared memory.
 *
 * Why shared memory, and not messages: counting is one plain addition where the thing happens, nothing has to be
 * collected, sent, bounded or lost; and the numbers belong to the file, not to the process. The parent makes one file for
 * each place where a process runs (edge, each account's worker process, itself), hands it to whoever runs there and,
 * read-only, to control. When the process dies, the next one goes on counting in the same file, so what /metrics shows
 * never goes back while the parent lives.
 *
 *     parent   counters_create() -> a sealed memory file; given to the child at its start, to control in a message
 *     child    counters_open(fd, true)  -> counters_lane(file, i): one for each thread, which alone writes it
 *     control  counters_open(fd, false) -> reads everything, at any time
 *
 * Who may write what: each lane belongs to one thread at a time. A Worker's row is made when the Worker first runs (or is
 * asked for) in that lane; so ten thousand Workers that never run cost nothing. When COUNTERS_ROWS have run, all further
 * ones share row 0, "others". Rows are never given back: numbers of Workers are kept over reloads.
 *
 * Trust: a worker process may write nonsense into its own file. The reader bounds every index it takes from there, and
 * control shows a row only when the Worker belongs to the file's account. The file is sealed against change of size, so no
 * reader can be made to fault.
 *
 * Thread: values are 64-bit, aligned, loaded and stored whole (relaxed). A reader sees each counter right and the set of
 * them a little torn. */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include "base/counters_table.h"
#include "base/err.h"

enum {
    COUNTERS_ROWS = 32 * 1024,
    COUNTERS_ISOLATES = 2048,
    COUNTERS_LANES = 192, /* threads of one process */
    HISTOGRAM_BOUNDS = 16,
    COUNTERS_VERSION_BYTES = 32,
};

/* Upper bounds of the buckets, in us; one more bucket takes what is above. */
extern const uint64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {
    uint64_t buckets[HISTOGRAM_BOUNDS + 1]; /* not cumulative */
    uint64_t sum_ns;
};

struct counters_row {
    uint64_t worker; /* its number; 0: others */
#define X(field, metric, label, unit, help) uint64_t field;
    COUNTERS_WORKER_TABLE(X)
#undef X
#define X(field, metric, help) struct histogram field;
    COUNTERS_HISTOGRAM_TABLE(X)
#undef X
};

/* One live isolate. Its owner writes it and clears it at the end. */
struct counters_isolate {
    uint64_t used; /* 0: the slot is free */
    uint64_t worker, born_ms /* since 1970 */, requests, cpu_ns;
#define X(field, metric, unit, help) uint64_t field;
    COUNTERS_ISOLATE_TABLE(X)
#undef X
    char version[COUNTERS_VERSION_BYTES];
};

struct counters_lane_block {
#define X(field, metric, type, unit, help) uint64_t field;
    COUNTERS_LANE_TABLE(X)
#undef X
};

struct counters_edge_block {
#define X(field, metric, type, unit, help) uint64_t field;
    COUNTERS_EDGE_TABLE(X)
#undef X
};

struct counters_lane {
    uint64_t alive; /* its thread has taken it, since the process started */
    struct counters_lane_block lane;
    struct counters_edge_block edge;
    uint64_t isolates_high; /* slots that were ever used */
    struct counters_isolate isolates[COUNTERS_ISOLATES];
    uint64_t rows_used;
    struct counters_row rows[COUNTERS_ROWS];
};

static inline void count(uint64_t *counter, uint64_t n) {
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}
static inline void gauge(uint64_t *counter, uint64_t value) {
    __atomic_store_n(counter, value, __ATOMIC_RELAXED);
}
static inline uint64_t counter_read(const uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}
void histogram_add(struct histogram *h, uint64_t ns);

/* -- The file ------------------------------------------------------------------------------------------------- */

struct counters_file;

/* An empty file for `lanes` (1..COUNTERS_LANES) threads, sealed; the caller's. It takes memory as rows are used. */
MUST_USE enum err counters_create(uint32_t lanes, int *ret_fd);
/* Maps it and leaves `fd` open. ERR_INVALID: it is no such file. With `write`: what is of the process that had it before
 * (gauges, isolates) is cleared; counters stay. */
MUST_USE enum err counters_open(int fd, bool write, struct counters_file **ret);
/* A child's: opens `fd` to write and closes it; when it is not there, a private file takes its place. */
struct counters_file *counters_adopt(int fd, uint32_t lanes);
/* The same without a file: for `cusp dev` and tests. */
struct counters_file *counters_private(uint32_t lanes);
void counters_close(struct counters_file *f);
uint32_t counters_lanes(const struct counters_file *f);
/* The process lives: says so, and reads when it last did (CLOCK_MONOTONIC; 0: never). */
void counters_beat(struct counters_file *f);
uint64_t counters_beat_ns(const struct counters_file *f);
/* NULL: there is no such lane. */
struct counters_lane *counters_lane(const struct counters_file *f, uint32_t lane);

/* -- The writer of one lane ------------------------------------------------------------------------------------- */

/* A thread's hold on its lane: finds rows by number. */
struct counters;

struct counters *counters_take(struct counters_lane *lane);
void counters_give(struct counters *c); /* NULL is fine; clears its gauges */
struct counters_lane *counters_of(const struct counters *c);
/* The row of a Worker, made now when there is none. Valid as long as the file. */
struct counters_row *counters_row(struct counters *c, uint32_t worker);
/* A free slot for an isolate; NULL when all are taken: then it is not shown. */
struct counters_isolate *counters_isolate_take(struct counters *c, uint32_t worker, const char *version);
void counters_isolate_give(struct counters_isolate *i); /* NULL is fine */

/* -- The reader ------------------------------------------------------------------------------------------------- */

/* How many rows and isolate slots may be looked at; never more than there are. */
size_t counters_rows_used(const struct counters_lane *lane);
size_t counters_isolates_high(const struct counters_lane *lane);

#endif
