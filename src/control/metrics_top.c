/* /top.json: what `cusp top` shows. Totals, never rates: whoever asks twice divides. */
#include <stdlib.h>

#include "base/mem.h"
#include "conf/json_write.h"
#include "control/metrics_shot.h"
#include "loop/clock.h"

enum { TOP_WORKERS = 1000, TOP_ISOLATES = 64 /* of one Worker */ };

static void number(struct json_writer *w, const char *key, uint64_t value) {
    json_key(w, span_of(key));
    json_integer(w, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static void text(struct json_writer *w, const char *key, struct span value) {
    json_key(w, span_of(key));
    json_string(w, value);
}

/* Each field under its name in base/counters_table.h; ns stay ns. */
static void fields(struct json_writer *w, enum metric_set set, const void *block) {
    for (size_t i = 0; i < metric_row_count; i++) {
        const struct metric_row *row = &metric_rows[i];
        const char *field = (const char *)block + row->offset;
        if (row->set == set && row->type != METRIC_HISTOGRAM)
            number(w, row->field, *(const uint64_t *)(const void *)field);
    }
}

static void write_processes(struct json_writer *w, const struct metrics_shot *s) {
    static const char *const roles[METRICS_ROLES] = {"parent", "edge", "control", "worker"};
    json_key(w, SPAN("processes"));
    json_begin_array(w);
    for (size_t i = 0; i < s->process_count; i++) {
        json_begin_object(w);
        text(w, "name", s->processes[i].name);
        text(w, "role", span_of(roles[s->processes[i].role]));
        number(w, "pid", (uint64_t)s->processes[i].pid);
        fields(w, METRIC_OF_PROCESS, &s->processes[i].state);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_lanes(struct json_writer *w, const struct metrics_shot *s) {
    json_key(w, SPAN("lanes"));
    json_begin_array(w);
    for (size_t i = 0; i < s->lane_count; i++) {
        json_begin_object(w);
        text(w, "process", s->processes[s->lanes[i].process].name);
        number(w, "lane", s->lanes[i].lane);
        fields(w, METRIC_OF_LANE, &s->lanes[i].lane_block);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, SPAN("edge"));
    json_begin_array(w);
    for (size_t i = 0; i < s->edge_count; i++) {
        json_begin_object(w);
        number(w, "lane", s->edges[i].lane);
        fields(w, METRIC_OF_EDGE, &s->edges[i].edge_block);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_isolate(struct json_writer *w, const struct metrics_shot *s, const struct shot_isolate *i) {
    const struct counters_isolate *now = &i->now;
    json_begin_object(w);
    number(w, "lane", s->lanes[i->lane].lane);
    text(w, "version", span_make(now->version, strnlen(now->version, sizeof now->version)));
    number(w, "born_ms", now->born_ms);
    number(w, "requests", now->requests);
    number(w, "cpu_ns", now->cpu_ns);
#define X(field, metric, unit, help) number(w, #field, now->field);
    COUNTERS_ISOLATE_TABLE(X)
#undef X
    json_end_object(w);
}

static int by_worker(const void *a, const void *b) {
    const struct shot_isolate *x = a, *y = b;
    return (x->worker > y->worker) - (x->worker < y->worker);
}

static int by_need(const void *a, const void *b) {
    const struct shot_worker *x = *(const struct shot_worker *const *)a,
                             *y = *(const struct shot_worker *const *)b;
    bool x_lives = x->share.isolates != 0, y_lives = y->share.isolates != 0;
    if (x_lives != y_lives) return x_lives ? -1 : 1;
    return (y->sum.cpu_ns > x->sum.cpu_ns) - (y->sum.cpu_ns < x->sum.cpu_ns);
}

static void write_worker(struct json_writer *w, const struct metrics_shot *s, const struct shot_worker *row) {
    size_t index = (size_t)(row - s->workers), low = 0, high = s->isolate_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->isolates[middle].worker < index)
            low = middle + 1;
        else
            high = middle;
    }
    json_begin_object(w);
    number(w, "number", row->number);
    text(w, "account", row->account);
    text(w, "name", row->name);
    fields(w, METRIC_OF_WORKER, &row->sum);
    fields(w, METRIC_OF_SHARE, &row->share);
    json_key(w, SPAN("each"));
    json_begin_array(w);
    for (size_t n = 0; n < TOP_ISOLATES && low < s->isolate_count && s->isolates[low].worker == index; n++)
        write_isolate(w, s, &s->isolates[low++]);
    json_end_array(w);
    json_end_object(w);
}

void metrics_top(struct metrics_shot *s, struct buf *out) {
    struct json_writer w = JSON_WRITER(out);
    const struct shot_worker **order = mem_array(s->worker_count + 1, sizeof *order);
    for (size_t i = 0; i < s->worker_count; i++) order[i] = &s->workers[i];
    if (s->worker_count) qsort(order, s->worker_count, sizeof *order, by_need);
    if (s->isolate_count) qsort(s->isolates, s->isolate_count, sizeof *s->isolates, by_worker);
    json_begin_object(&w);
    number(&w, "time_ns", clock_monotonic_ns());
    text(&w, "version", SPAN(CUSP_VERSION));
    number(&w, "workers_seen", s->worker_count);
    write_processes(&w, s);
    write_lanes(&w, s);
    json_key(&w, SPAN("workers"));
    json_begin_array(&w);
    for (size_t i = 0; i < s->worker_count && i < TOP_WORKERS; i++) write_worker(&w, s, order[i]);
    json_end_array(&w);
    json_end_object(&w);
    mem_free(order);
}
