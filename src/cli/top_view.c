#include "cli/top_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "conf/conf.h"

enum { FILTER_BYTES = 60, NAME_LEAST = 10, NUMBERS = 56 /* columns of the table's numbers */ };

/* One Worker, as it was told. */
struct row {
    struct span name; /* account/name */
    int64_t requests, problems, cpu_ns, in_flight, isolates, heap_bytes, rss_share;
    double per_second[3]; /* requests, problems, CPU (1: a whole core) */
};

struct process {
    struct span name;
    int64_t cpu_ns, rss, starts, up, beat_age_ns;
    double cpu;
};

struct state {
    struct arena arena;
    int64_t time_ns;
    int64_t edge_requests, edge_connections, edge_in_flight, edge_shed;
    struct row *rows;
    size_t row_count;
    struct process *processes;
    size_t process_count;
    struct span version;
};

struct top_view {
    struct state *before, *now;
    enum top_sort by;
    char filter[FILTER_BYTES];
    size_t filter_len;
    double edge_per_second, shed_per_second;
};

struct top_view *top_view_new(void) {
    return NEW(struct top_view);
}

static void state_free(struct state *s) {
    if (!s) return;
    arena_free(&s->arena);
    mem_free(s);
}

void top_view_free(struct top_view *v) {
    if (!v) return;
    state_free(v->before);
    state_free(v->now);
    mem_free(v);
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

static int64_t number(const struct conf *table, const char *key) {
    const struct conf *n = conf_find(table, span_of(key));
    return n && n->type == CONF_INTEGER ? n->integer : 0;
}

static struct span text(const struct conf *table, const char *key) {
    const struct conf *t = conf_find(table, span_of(key));
    return t && t->type == CONF_STRING ? t->text : SPAN_NONE;
}

/* Nothing that a terminal would act on. */
static struct span plain(struct arena *a, struct span s) {
    struct span copy = arena_copy(a, s);
    for (size_t i = 0; i < copy.len; i++) {
        unsigned char c = (unsigned char)copy.ptr[i];
        if (c < ' ' || c >= 0x7f) ((char *)copy.ptr)[i] = '?';
    }
    return copy;
}

static int64_t problems_of(const struct conf *t) {
    static const char *const keys[] = {"exceptions", "start_failures", "shed",
                                       "ended_cpu",  "ended_memory",   "ended_startup",
                                       "ended_hung", "ended_aborted",  "ended_death"};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) sum += number(t, keys[i]);
    return sum;
}

static void read_rows(struct state *s, const struct conf *list) {
    s->rows = arena_zero(&s->arena, (conf_count(list) + 1) * sizeof *s->rows);
    CONF_EACH(t, list) {
        struct span account = text(t, "account"), name = text(t, "name");
        struct span full =
            account.len ? arena_printf(&s->arena, "%.*s/%.*s", SPAN_FMT(account), SPAN_FMT(name)) : name;
        s->rows[s->row_count++] = (struct row){.name = plain(&s->arena, full),
                                               .requests = number(t, "requests"),
                                               .problems = problems_of(t),
                                               .cpu_ns = number(t, "cpu_ns"),
                                               .in_flight = number(t, "in_flight"),
                                               .isolates = number(t, "isolates"),
                                               .heap_bytes = number(t, "heap_bytes"),
                                               .rss_share = number(t, "rss_share")};
    }
}

static void read_processes(struct state *s, const struct conf *list) {
    s->processes = arena_zero(&s->arena, (conf_count(list) + 1) * sizeof *s->processes);
    CONF_EACH(t, list)
    s->processes[s->process_count++] = (struct process){.name = plain(&s->arena, text(t, "name")),
                                                        .cpu_ns = number(t, "cpu_ns"),
                                                        .rss = number(t, "rss"),
                                                        .starts = number(t, "starts"),
                                                        .up = number(t, "up"),
                                                        .beat_age_ns = number(t, "beat_age_ns")};
}

static enum err read_state(struct state *s, struct span json, struct problem *p) {
    const struct conf *root;
    enum err e = conf_parse_json(&s->arena, "the admin listener's answer", json, &root, p);
    if (e) return e;
    if (root->type != CONF_TABLE || number(root, "time_ns") <= 0)
        return problem(p, ERR_INVALID, "that is not Cusp's admin listener");
    s->time_ns = number(root, "time_ns");
    s->version = plain(&s->arena, text(root, "version"));
    read_rows(s, conf_find(root, SPAN("workers")));
    read_processes(s, conf_find(root, SPAN("processes")));
    CONF_EACH(t, conf_find(root, SPAN("edge"))) {
        s->edge_requests += number(t, "requests");
        s->edge_connections += number(t, "open_connections");
        s->edge_in_flight += number(t, "open_requests");
        s->edge_shed += number(t, "shed");
    }
    return ERR_OK;
}

/* -- Rates ---------------------------------------------------------------------------------------------------------- */

static double rate(int64_t now, int64_t before, double seconds) {
    return now > before && seconds > 0 ? (double)(now - before) / seconds : 0; /* it began anew */
}

static void work_out_rates(struct top_view *v) {
    const struct state *before = v->before;
    struct state *now = v->now;
    double seconds = (double)(now->time_ns - before->time_ns) / 1e9;
    struct map *rows = map_new(), *processes = map_new();
    for (size_t i = 0; i < before->row_count; i++) map_put(rows, before->rows[i].name, &before->rows[i]);
    for (size_t i = 0; i < before->process_count; i++)
        map_put(processes, before->processes[i].name, &before->processes[i]);
    for (size_t i = 0; i < now->row_count; i++) {
        struct row *n = &now->rows[i];
        const struct row *b = map_get(rows, n->name), none = {0};
        if (!b) b = &none; /* it is new */
        n->per_second[0] = rate(n->requests, b->requests, seconds);
        n->per_second[1] = rate(n->problems, b->problems, seconds);
        n->per_second[2] = rate(n->cpu_ns, b->cpu_ns, seconds) / 1e9;
    }
    for (size_t i = 0; i < now->process_count; i++) {
        const struct process *b = map_get(processes, now->processes[i].name);
        if (b) now->processes[i].cpu = rate(now->processes[i].cpu_ns, b->cpu_ns, seconds) / 1e9;
    }
    v->edge_per_second = rate(now->edge_requests, before->edge_requests, seconds);
    v->shed_per_second = rate(now->edge_shed, before->edge_shed, seconds);
    map_free(rows);
    map_free(processes);
}

enum err top_view_feed(struct top_view *v, struct span json, struct problem *p) {
    struct state *s = NEW(struct state);
    s->arena = ARENA_INIT;
    enum err e = read_state(s, json, p);
    if (e) {
        state_free(s);
        return e;
    }
    state_free(v->before);
    v->before = v->now;
    v->now = s;
    if (v->before) work_out_rates(v);
    return ERR_OK;
}

bool top_view_ready(const struct top_view *v) { return v->before != NULL; }
void top_view_sort(struct top_view *v, enum top_sort by) { v->by = by; }

void top_view_filter(struct top_view *v, struct span filter) {
    filter = span_first(filter, sizeof v->filter);
    v->filter_len = filter.len;
    if (filter.len) memcpy(v->filter, filter.ptr, filter.len);
}
struct span top_view_filter_text(const struct top_view *v) {
    return span_make(v->filter, v->filter_len);
}

/* -- Drawing -------------------------------------------------------------------------------------------------------- */

static double weight(const struct row *r, enum top_sort by) {
    switch (by) {
    case TOP_BY_MEMORY: return (double)r->rss_share;
    case TOP_BY_REQUESTS: return r->per_second[0];
    case TOP_BY_PROBLEMS: return r->per_second[1] * 1e6 + (double)r->problems;
    default: return r->per_second[2];
    }
}

struct ranked {
    const struct row *row;
    double weight;
};

static int by_weight(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    size_t n = x->row->name.len < y->row->name.len ? x->row->name.len : y->row->name.len;
    int order = n ? memcmp(x->row->name.ptr, y->row->name.ptr, n) : 0;
    return order ? order : (x->row->name.len > y->row->name.len) - (x->row->name.len < y->row->name.len);
}

/* "512K", "17.3M": at most 6 characters. */
static void size_text(char out[16], int64_t bytes) {
    static const char units[] = "BKMGTP";
    double value = bytes > 0 ? (double)bytes : 0;
    unsigned unit = 0;
    for (; value >= 1000 && unit < sizeof units - 2; unit++) value /= 1024;
    snprintf(out, 16, unit && value < 100 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* "0.25", "97.1", "1234", "12.3k": at most 6 characters. */
static void rate_text(char out[16], double value) {
    if (value >= 9999.5)
        snprintf(out, 16, value >= 99950 ? "%.0fk" : "%.1fk", value / 1000);
    else
        snprintf(out, 16, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
}

static void end_line(struct buf *out, size_t start, size_t columns) {
    if (out->len - start > columns) out->len = start + columns;
    while (out->len > start && out->ptr[out->len - 1] == ' ') out->len--;
    buf_add_char(out, '\n');
}

static void draw_head(const struct top_view *v, size_t columns, struct buf *out) {
    size_t start = out->len;
    char requests[16], shed[16];
    rate_text(requests, v->edge_per_second);
    rate_text(shed, v->shed_per_second);
    buf_printf(out, "cusp %.*s   edge: %s req/s, %lld in flight, %lld connections, %s shed/s",
               SPAN_FMT(v->now->version), requests, (long long)v->now->edge_in_flight,
               (long long)v->now->edge_connections, shed);
    end_line(out, start, columns);
}

static void draw_process(const struct process *p, size_t columns, struct buf *out) {
    size_t start = out->len;
    char rss[16], cpu[16];
    size_text(rss, p->rss);
    rate_text(cpu, p->cpu * 100);
    buf_printf(out, "  %-28.*s %6s%% %7s", (int)span_first(p->name, 28).len, p->name.ptr, cpu, rss);
    if (!p->up) buf_lit(out, "  down");
    if (p->starts > 1) buf_printf(out, "  started %lld times", (long long)p->starts);
    if (p->beat_age_ns > 2000000000)
        buf_printf(out, "  silent for %lld s", (long long)(p->beat_age_ns / 1000000000));
    end_line(out, start, columns);
}

static void draw_title(const struct top_view *v, size_t name_columns, size_t columns, struct buf *out) {
    static const char *const marks[4][4] = {{"CPU%*", "RSS", "REQ/S", "PROBLEMS"},
                                            {"CPU%", "RSS*", "REQ/S", "PROBLEMS"},
                                            {"CPU%", "RSS", "REQ/S*", "PROBLEMS"},
                                            {"CPU%", "RSS", "REQ/S", "PROBLEMS*"}};
    const char *const *m = marks[v->by];
    size_t start = out->len;
    buf_printf(out, "%-*s %6s %7s %7s %7s %6s %5s %10s", (int)name_columns, "WORKER", m[0], m[2], m[1],
               "HEAP", "BUSY", "ISOL", m[3]);
    end_line(out, start, columns);
}

static void draw_row(const struct row *r, size_t name_columns, size_t columns, struct buf *out) {
    size_t start = out->len;
    char cpu[16], requests[16], rss[16], heap[16];
    rate_text(cpu, r->per_second[2] * 100);
    rate_text(requests, r->per_second[0]);
    size_text(rss, r->rss_share);
    size_text(heap, r->heap_bytes);
    buf_printf(out, "%-*.*s %6s %7s %7s %7s %6lld %5lld %10lld", (int)name_columns,
               (int)span_first(r->name, name_columns).len, r->name.ptr, cpu, requests, rss, heap,
               (long long)r->in_flight, (long long)r->isolates, (long long)r->problems);
    end_line(out, start, columns);
}

void top_view_draw(const struct top_view *v, size_t columns, size_t rows, struct buf *out) {
    struct span filter = top_view_filter_text(v);
    size_t lines = 0, shown = 0,
           name_columns = columns > NUMBERS + NAME_LEAST ? columns - NUMBERS : NAME_LEAST;
    if (!v->now || columns < 40) return;
    if (name_columns > 64) name_columns = 64;
    draw_head(v, columns, out);
    size_t processes = v->now->process_count;
    if (rows && processes > rows / 3) processes = rows / 3;
    for (size_t i = 0; i < processes; i++) draw_process(&v->now->processes[i], columns, out);
    lines = 1 + processes;
    if (!rows || lines < rows) draw_title(v, name_columns, columns, out), lines++;
    struct ranked *ranked = mem_array(v->now->row_count + 1, sizeof *ranked);
    for (size_t i = 0; i < v->now->row_count; i++) {
        const struct row *r = &v->now->rows[i];
        if (filter.len && span_find(r->name, filter) == r->name.len) continue;
        ranked[shown++] = (struct ranked){r, weight(r, v->by)};
    }
    if (shown) qsort(ranked, shown, sizeof *ranked, by_weight);
    for (size_t i = 0; i < shown && (!rows || lines < rows); i++, lines++)
        draw_row(ranked[i].row, name_columns, columns, out);
    mem_free(ranked);
}
