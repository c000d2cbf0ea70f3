/* Prometheus' text exposition format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
#include <stdio.h>

#include "control/metrics_shot.h"

enum { PIECE_BYTES = 64 * 1024 };

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

/* In a label's value: backslash, quote and line feed are escaped. */
static void add_label(struct buf *out, const char *name, struct span value, bool first) {
    if (!first) buf_add_char(out, ',');
    buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\n')
            buf_lit(out, "\\n");
        else if (c == '\\' || c == '"')
            buf_add_char(out, '\\'), buf_add_char(out, c);
        else
            buf_add_char(out, c);
    }
    buf_add_char(out, '"');
}

static void add_lane_label(struct buf *out, uint32_t lane, bool first) {
    char text[16];
    snprintf(text, sizeof text, "%u", lane);
    add_label(out, "lane", span_of(text), first);
}

static size_t items(const struct metrics_shot *s, enum metric_set set) {
    switch (set) {
    case METRIC_OF_WORKER:
    case METRIC_OF_SHARE: return s->worker_count;
    case METRIC_OF_LANE: return s->lane_count;
    case METRIC_OF_EDGE: return s->edge_count;
    case METRIC_OF_PROCESS: return s->process_count;
    default: return 0;
    }
}

static const void *item(const struct metrics_shot *s, enum metric_set set, size_t i) {
    switch (set) {
    case METRIC_OF_WORKER: return &s->workers[i].sum;
    case METRIC_OF_SHARE: return &s->workers[i].share;
    case METRIC_OF_LANE: return &s->lanes[i].lane_block;
    case METRIC_OF_EDGE: return &s->edges[i].edge_block;
    default: return &s->processes[i].state;
    }
}

static void add_labels(const struct metrics_shot *s, enum metric_set set, size_t i, struct buf *out) {
    switch (set) {
    case METRIC_OF_WORKER:
    case METRIC_OF_SHARE:
        add_label(out, "account", s->workers[i].account, true);
        add_label(out, "worker", s->workers[i].name, false);
        break;
    case METRIC_OF_LANE:
        add_label(out, "process", s->processes[s->lanes[i].process].name, true);
        add_lane_label(out, s->lanes[i].lane, false);
        break;
    case METRIC_OF_EDGE: add_lane_label(out, s->edges[i].lane, true); break;
    default: add_label(out, "process", s->processes[i].name, true);
    }
}

static void add_value(struct buf *out, enum metric_unit unit, uint64_t value) {
    if (unit == METRIC_NS)
        buf_printf(out, " %llu.%09llu\n", (unsigned long long)(value / 1000000000),
                   (unsigned long long)(value % 1000000000));
    else
        buf_printf(out, " %llu\n", (unsigned long long)value);
}

static void add_histogram(const struct metrics_shot *s, const struct metric_row *row, size_t i,
                          const struct histogram *h, struct buf *out) {
    uint64_t so_far = 0;
    for (size_t b = 0; b <= HISTOGRAM_BOUNDS; b++) {
        so_far += h->buckets[b];
        buf_printf(out, "%s_bucket{", row->name);
        add_labels(s, row->set, i, out);
        if (b < HISTOGRAM_BOUNDS)
            buf_printf(out, ",le=\"%g\"", (double)histogram_bounds_us[b] / 1e6);
        else
            buf_lit(out, ",le=\"+Inf\"");
        buf_add_char(out, '}');
        add_value(out, METRIC_ONE, so_far);
    }
    buf_printf(out, "%s_sum{", row->name);
    add_labels(s, row->set, i, out);
    buf_add_char(out, '}');
    add_value(out, METRIC_NS, h->sum_ns);
    buf_printf(out, "%s_count{", row->name);
    add_labels(s, row->set, i, out);
    buf_add_char(out, '}');
    add_value(out, METRIC_ONE, so_far);
}

static void add_sample(const struct metrics_shot *s, const struct metric_row *row, size_t i,
                       struct buf *out) {
    const char *field = (const char *)item(s, row->set, i) + row->offset;
    if (row->type == METRIC_HISTOGRAM) {
        add_histogram(s, row, i, (const struct histogram *)(const void *)field, out);
        return;
    }
    buf_printf(out, "%s{", row->name);
    add_labels(s, row->set, i, out);
    if (*row->label) buf_printf(out, ",%s", row->label);
    buf_add_char(out, '}');
    add_value(out, row->unit, *(const uint64_t *)(const void *)field);
}

static void add_head(const struct metric_row *row, struct buf *out) {
    if (row != metric_rows && strcmp(row[-1].name, row->name) == 0) return;
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, type_names[row->type]);
}

bool metrics_text(struct metrics_shot *s, struct buf *out) {
    size_t start = out->len;
    while (s->row < metric_row_count && out->len - start < PIECE_BYTES) {
        const struct metric_row *row = &metric_rows[s->row];
        if (s->item == 0) add_head(row, out);
        if (s->item < items(s, row->set)) {
            add_sample(s, row, s->item++, out);
        } else {
            s->row++;
            s->item = 0;
        }
    }
    if (s->row < metric_row_count) return true;
    buf_printf(out,
               "# HELP cusp_build_info The version of Cusp that runs\n# TYPE cusp_build_info gauge\n"
               "cusp_build_info{version=\"%s\"} 1\n",
               CUSP_VERSION);
    return false;
}
