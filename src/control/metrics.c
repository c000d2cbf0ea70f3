#include "control/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "control/metrics_shot.h"
#include "loop/clock.h"
#include "loop/file.h"

#define HEAP_MOST (1ull << 40)

/* What an isolate costs beside its heap. */
enum { ENGINE_BYTES = 700 * 1024, PROC_BYTES = 4096 };

struct source {
    enum metrics_role role;
    uint32_t account;
    char *name;
    struct counters_file *file; /* NULL: it counts nothing */
    int pid;
    uint64_t starts;
};

struct metrics {
    metrics_who_fn *who;
    void *arg;
    struct map *sources; /* role << 32 | account -> struct source */
};

struct metrics *metrics_new(metrics_who_fn *who, void *arg) {
    struct metrics *m = NEW(struct metrics);
    *m = (struct metrics){who, arg, map_new()};
    return m;
}

void metrics_free(struct metrics *m) {
    if (!m) return;
    size_t at = 0;
    void *each;
    while (map_each(m->sources, &at, NULL, &each)) {
        struct source *s = each;
        counters_close(s->file);
        mem_free(s->name);
        mem_free(s);
    }
    map_free(m->sources);
    mem_free(m);
}

static struct source *source_get(struct metrics *m, enum metrics_role role, uint32_t account) {
    uint64_t key = (uint64_t)role << 32 | account;
    struct source *s = map_get_u64(m->sources, key);
    if (s) return s;
    s = NEW(struct source);
    *s = (struct source){.role = role, .account = account, .name = mem_cstr(SPAN_NONE)};
    map_put_u64(m->sources, key, s);
    return s;
}

void metrics_counters(struct metrics *m, enum metrics_role role, uint32_t account, struct span name, int fd) {
    struct source *s = source_get(m, role, account);
    struct counters_file *file = NULL;
    if (fd >= 0 && counters_open(fd, false, &file)) file = NULL;
    if (fd >= 0) close(fd);
    counters_close(s->file);
    mem_free(s->name);
    s->file = file;
    s->name = mem_cstr(name);
}

void metrics_process(struct metrics *m, enum metrics_role role, uint32_t account, int pid, uint64_t starts) {
    struct source *s = source_get(m, role, account);
    s->pid = pid;
    s->starts = starts;
}

/* -- A shot ---------------------------------------------------------------------------------------------------- */

#define GROW(items, count, cap)                                                                              \
    do {                                                                                                     \
        if ((count) == (cap)) {                                                                              \
            (cap) = (cap) ? (cap)*2 : 16;                                                                    \
            (items) = mem_resize((items), (cap) * sizeof *(items));                                          \
        }                                                                                                    \
    } while (0)

/* NULL: it is not to be shown. Row 0, "others", is of no account. */
static struct shot_worker *worker_of(struct metrics *m, struct metrics_shot *s, const struct source *from,
                                     uint64_t number) {
    struct metrics_worker who = {.name = SPAN("(others)")};
    size_t known = (size_t)(uintptr_t)map_get_u64(s->by_number, number);
    if (number > UINT32_MAX || (number && !m->who(m->arg, (uint32_t)number, &who))) return NULL;
    if (number && from->role == METRICS_WORKER && who.account_number != from->account) return NULL;
    if (known) return &s->workers[known - 1];
    GROW(s->workers, s->worker_count, s->worker_cap);
    struct shot_worker *w = &s->workers[s->worker_count++];
    *w = (struct shot_worker){.number = (uint32_t)number,
                              .account = arena_copy(&s->arena, who.account),
                              .name = arena_copy(&s->arena, who.name)};
    map_put_u64(s->by_number, number, (void *)(uintptr_t)s->worker_count);
    return w;
}

static void add_histogram(struct histogram *to, const struct histogram *from) {
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) to->buckets[i] += counter_read(&from->buckets[i]);
    to->sum_ns += counter_read(&from->sum_ns);
}

static void add_row(struct counters_row *to, const struct counters_row *from) {
#define X(field, metric, label, unit, help) to->field += counter_read(&from->field);
    COUNTERS_WORKER_TABLE(X)
#undef X
#define X(field, metric, help) add_histogram(&to->field, &from->field);
    COUNTERS_HISTOGRAM_TABLE(X)
#undef X
}

static void add_rows(struct metrics *m, struct metrics_shot *s, const struct source *from,
                     const struct counters_lane *lane) {
    size_t used = counters_rows_used(lane);
    for (size_t i = 0; i < used; i++) {
        uint64_t number = counter_read(&lane->rows[i].worker);
        if (i == 0 && lane->rows[0].requests == 0 && used < COUNTERS_ROWS) continue; /* no others */
        struct shot_worker *w = worker_of(m, s, from, number);
        if (w) add_row(&w->sum, &lane->rows[i]);
    }
}

static void add_isolates(struct metrics *m, struct metrics_shot *s, const struct source *from,
                         const struct counters_lane *lane, size_t lane_index) {
    size_t high = counters_isolates_high(lane);
    for (size_t i = 0; i < high; i++) {
        const struct counters_isolate *now = &lane->isolates[i];
        struct shot_worker *w;
        if (!__atomic_load_n(&now->used, __ATOMIC_ACQUIRE)) continue;
        if (!(w = worker_of(m, s, from, counter_read(&now->worker)))) continue;
#define X(field, metric, unit, help) w->share.field += counter_read(&now->field);
        COUNTERS_ISOLATE_TABLE(X)
#undef X
        w->share.isolates++;
        GROW(s->isolates, s->isolate_count, s->isolate_cap);
        struct shot_isolate *shown = &s->isolates[s->isolate_count++];
        *shown = (struct shot_isolate){(size_t)(w - s->workers), lane_index, *now};
        if (shown->now.heap_bytes > HEAP_MOST) shown->now.heap_bytes = HEAP_MOST; /* sums must not overflow */
    }
}

static void add_lanes(struct metrics *m, struct metrics_shot *s, const struct source *from, size_t process) {
    for (uint32_t i = 0; i < counters_lanes(from->file); i++) {
        const struct counters_lane *lane = counters_lane(from->file, i);
        add_rows(m, s, from, lane);
        if (!from->pid || !counter_read(&lane->alive)) continue;
        struct shot_lane shown = {process, i, lane->lane, lane->edge};
        if (from->role == METRICS_EDGE) {
            GROW(s->edges, s->edge_count, s->edge_cap);
            s->edges[s->edge_count++] = shown;
        } else if (from->role == METRICS_WORKER) {
            GROW(s->lanes, s->lane_count, s->lane_cap);
            s->lanes[s->lane_count++] = shown;
            add_isolates(m, s, from, lane, s->lane_count - 1);
        }
    }
}

/* -- /proc ------------------------------------------------------------------------------------------------------ */

/* The n-th (from 0) number of /proc/PID/FILE after its last ')': a process's name may have blanks in it. 0: unknown. */
static uint64_t proc_number(int pid, const char *file, unsigned n) {
    char path[64];
    struct buf text = BUF_INIT;
    struct problem p;
    uint64_t value = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    if (file_read(path, PROC_BYTES, &text, &p) == ERR_OK) {
        struct span rest = span_trim(buf_span(&text));
        size_t after = rest.len;
        while (after && rest.ptr[after - 1] != ')') after--;
        rest = span_trim(span_from(rest, after));
        for (unsigned i = 0; i < n; i++) span_cut(&rest, ' ');
        if (!span_to_u64(span_cut(&rest, ' '), &value)) value = 0;
    }
    buf_free(&text);
    return value;
}

/* proc(5): statm's second number is pages; of stat, fields 14 and 15 are ticks of CPU, the name is field 2. */
static void read_state(const struct source *from, struct metrics_state *ret) {
    ret->starts = from->starts;
    if (!from->pid) return;
    uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
    ret->up = 1;
    ret->rss = proc_number(from->pid, "statm", 1) * (uint64_t)sysconf(_SC_PAGESIZE);
    ret->cpu_ns = (proc_number(from->pid, "stat", 11) + proc_number(from->pid, "stat", 12)) * tick_ns;
    uint64_t beat = from->file ? counters_beat_ns(from->file) : 0, now = clock_monotonic_ns();
    if (beat && beat < now) ret->beat_age_ns = now - beat;
}

/* Divides each worker process's resident memory among its isolates, by heap. */
static void share_memory(struct metrics_shot *s) {
    uint64_t *sums = mem_array(s->process_count + 1, sizeof *sums);
    for (size_t i = 0; i < s->isolate_count; i++)
        sums[s->lanes[s->isolates[i].lane].process] += s->isolates[i].now.heap_bytes + ENGINE_BYTES;
    for (size_t i = 0; i < s->isolate_count; i++) {
        const struct shot_isolate *iso = &s->isolates[i];
        size_t process = s->lanes[iso->lane].process;
        double part = (double)(iso->now.heap_bytes + ENGINE_BYTES) / (double)sums[process];
        s->workers[iso->worker].share.rss_share += (uint64_t)(part * (double)s->processes[process].state.rss);
    }
    mem_free(sums);
}

static int by_role(const void *a, const void *b) {
    const struct source *const *x = a, *const *y = b;
    if ((*x)->role != (*y)->role) return (*x)->role < (*y)->role ? -1 : 1;
    return ((*x)->account > (*y)->account) - ((*x)->account < (*y)->account);
}

struct metrics_shot *metrics_take(struct metrics *m) {
    struct metrics_shot *s = NEW(struct metrics_shot);
    *s = (struct metrics_shot){.arena = ARENA_INIT, .by_number = map_new()};
    struct source **sources = mem_array(map_count(m->sources) + 1, sizeof *sources);
    size_t at = 0, n = 0;
    void *each;
    while (map_each(m->sources, &at, NULL, &each)) sources[n++] = each;
    if (n) qsort(sources, n, sizeof *sources, by_role); /* the same order at each scrape */
    s->processes = mem_array(n + 1, sizeof *s->processes);
    for (size_t i = 0; i < n; i++) {
        struct shot_process *p = &s->processes[s->process_count++];
        *p = (struct shot_process){.role = sources[i]->role,
                                   .account = sources[i]->account,
                                   .name = arena_copy(&s->arena, span_of(sources[i]->name)),
                                   .pid = sources[i]->pid};
        read_state(sources[i], &p->state);
        if (sources[i]->file) add_lanes(m, s, sources[i], i);
    }
    mem_free(sources);
    share_memory(s);
    return s;
}

void metrics_shot_free(struct metrics_shot *s) {
    if (!s) return;
    map_free(s->by_number);
    arena_free(&s->arena);
    mem_free(s->workers);
    mem_free(s->processes);
    mem_free(s->lanes);
    mem_free(s->edges);
    mem_free(s->isolates);
    mem_free(s);
}

bool metrics_up(const struct metrics *m, enum metrics_role role) {
    const struct source *s = map_get_u64(m->sources, (uint64_t)role << 32);
    return s && s->pid;
}

bool metrics_busiest(struct metrics *m, uint32_t worker, uint32_t account, uint32_t *ret_lane) {
    const struct source *from = map_get_u64(m->sources, (uint64_t)METRICS_WORKER << 32 | account);
    uint64_t most = 0;
    bool found = false;
    for (uint32_t i = 0; from && from->file && from->pid && i < counters_lanes(from->file); i++) {
        const struct counters_lane *lane = counters_lane(from->file, i);
        size_t high = counter_read(&lane->alive) ? counters_isolates_high(lane) : 0;
        for (size_t j = 0; j < high; j++) {
            const struct counters_isolate *now = &lane->isolates[j];
            uint64_t cpu_ns = counter_read(&now->cpu_ns);
            if (!counter_read(&now->used) || counter_read(&now->worker) != worker || (found && cpu_ns < most))
                continue;
            most = cpu_ns;
            *ret_lane = i;
            found = true;
        }
    }
    return found;
}
