#include "js/cpuprofile.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/json_write.h"

enum { IDLE_GAP_US = 10000, SAMPLE_US = 1000, DEPTH = 256, UNKNOWN = UINT32_MAX };

/* Nodes that are there from the start; index + 1 is the id in the file. */
enum { NODE_ROOT, NODE_IDLE, NODE_OTHER, NODE_FIRST };

struct tick {
    uint32_t line, count;
};

struct node {
    uint32_t parent, first_child, next; /* indexes; 0: none (the root is nobody's child) */
    struct span name, url;
    uint32_t line, column; /* from 1; 0: unknown */
    uint32_t hits;
    struct span
        function; /* key of what the Worker's own functions are, wherever they are called; else empty */
    struct tick *ticks;
    size_t tick_count, tick_cap;
};

struct sample {
    uint64_t at_us;
    uint32_t node;
};

struct cpuprofile {
    struct cpuprofile_module module;
    int64_t source; /* the engine's number for the module, in the samples at hand; 0: it is not among them */
    struct arena arena;
    uint64_t start_us;
    struct node *nodes;
    size_t node_count, node_cap;
    struct map *by_key;
    struct map *placed; /* struct node.function -> index + 1 of a node that has its line */
    struct sample *samples;
    size_t sample_count, sample_cap;
};

static uint32_t node_new(struct cpuprofile *p, uint32_t parent, struct span name, struct span url) {
    if (p->node_count == p->node_cap) {
        p->node_cap = p->node_cap ? p->node_cap * 2 : 256;
        p->nodes = mem_resize(p->nodes, p->node_cap * sizeof *p->nodes);
    }
    uint32_t index = (uint32_t)p->node_count++;
    p->nodes[index] = (struct node){
        .parent = parent, .name = arena_copy(&p->arena, name), .url = arena_copy(&p->arena, url)};
    if (index == NODE_ROOT) return index;
    p->nodes[index].next = p->nodes[parent].first_child;
    p->nodes[parent].first_child = index;
    return index;
}

struct cpuprofile *cpuprofile_new(const struct cpuprofile_module *module, uint64_t start_us) {
    struct cpuprofile *p = NEW(struct cpuprofile);
    *p = (struct cpuprofile){.module = *module,
                             .arena = ARENA_INIT,
                             .start_us = start_us,
                             .by_key = map_new(),
                             .placed = map_new()};
    p->module.url = arena_copy(&p->arena, module->url);
    node_new(p, 0, SPAN("(root)"), SPAN_NONE);
    node_new(p, NODE_ROOT, SPAN("(idle)"), SPAN_NONE);
    node_new(p, NODE_ROOT, SPAN("(other)"), SPAN_NONE);
    return p;
}

void cpuprofile_free(struct cpuprofile *p) {
    if (!p) return;
    for (size_t i = 0; i < p->node_count; i++) mem_free(p->nodes[i].ticks);
    mem_free(p->nodes);
    mem_free(p->samples);
    map_free(p->by_key);
    map_free(p->placed);
    arena_free(&p->arena);
    mem_free(p);
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

/* One frame as the engine has it, and where it is for people. */
struct frame {
    struct span name, hash; /* hash: of the function's text, "" when the engine does not say */
    int64_t source;
    uint32_t line, column; /* generated, then original; 0: unknown */
    struct span url;
    bool own; /* of the Worker's module */
};

static uint32_t number_of(const struct conf *table, const char *key) {
    const struct conf *n = conf_find(table, span_of(key));
    return n && n->type == CONF_INTEGER && n->integer >= 0 && n->integer < UNKNOWN ? (uint32_t)n->integer : 0;
}

static struct span text_of(const struct conf *table, const char *key) {
    const struct conf *t = conf_find(table, span_of(key));
    return t && t->type == CONF_STRING ? t->text : SPAN_NONE;
}

static void read_frame(const struct conf *table, struct frame *f) {
    const struct conf *source = conf_find(table, SPAN("sourceID"));
    struct span place = text_of(table, "location"); /* "#EbRW1G:Baseline:bc#11" */
    *f = (struct frame){.name = text_of(table, "name"),
                        .line = number_of(table, "line"),
                        .column = number_of(table, "column")};
    if (source && source->type == CONF_INTEGER && source->integer > 0 && source->integer < UNKNOWN)
        f->source = source->integer;
    if (span_starts(place, SPAN("#")) && !span_starts(place, SPAN("#<")))
        f->hash = span_first(place, span_index(place, ':'));
    if (span_eq(text_of(table, "category"), SPAN("Wasm"))) f->url = SPAN("wasm");
}

static void place_frame(const struct cpuprofile *p, struct frame *f) {
    const struct cpuprofile_module *m = &p->module;
    struct sourcemap_place original;
    if (f->url.len) return;
    if (!f->source) {
        f->url = SPAN("native");
        return;
    }
    if (f->source != p->source) {
        f->url = SPAN("cusp:built-in");
        return;
    }
    f->own = true;
    f->url = m->url;
    if (!f->line) return;
    if (f->line == 1) f->column = f->column > m->prologue_columns ? f->column - m->prologue_columns : 1;
    /* the engine points behind the operator: one to the left is inside it */
    if (!m->map || !sourcemap_find(m->map, f->line, f->column > 1 ? f->column - 1 : 1, &original)) return;
    f->url = original.source;
    f->line = original.line;
    f->column = original.column;
}

/* The function's node below `parent`. One function is one name with one text in one source. */
static uint32_t child_of(struct cpuprofile *p, uint32_t parent, const struct frame *f, struct buf *key) {
    key->len = 0;
    buf_printf(key, "%u %lld %.*s %.*s", parent, (long long)f->source, SPAN_FMT(f->hash), SPAN_FMT(f->name));
    uint32_t index = (uint32_t)(uintptr_t)map_get(p->by_key, buf_span(key));
    if (!index && p->node_count >= LIMIT_PROFILE_NODES) return NODE_OTHER;
    if (!index) {
        index = node_new(p, parent, f->name, f->url);
        map_put(p->by_key, buf_span(key), (void *)(uintptr_t)index);
        if (f->own)
            p->nodes[index].function =
                arena_printf(&p->arena, "%.*s %.*s", SPAN_FMT(f->hash), SPAN_FMT(f->name));
    }
    struct node *n = &p->nodes[index];
    bool earlier = !n->line || f->line < n->line || (f->line == n->line && f->column < n->column);
    if (f->own && f->line && earlier) {
        n->line = f->line;
        n->column = f->column;
        if (!span_eq(n->url, f->url)) n->url = arena_copy(&p->arena, f->url);
        if (!map_get(p->placed, n->function)) map_put(p->placed, n->function, (void *)(uintptr_t)(index + 1));
    }
    return index;
}

static void hit(struct node *n, const struct frame *f) {
    n->hits++;
    if (!f->own || !f->line) return;
    for (size_t i = 0; i < n->tick_count; i++)
        if (n->ticks[i].line == f->line) {
            n->ticks[i].count++;
            return;
        }
    if (n->tick_count == n->tick_cap) {
        n->tick_cap = n->tick_cap ? n->tick_cap * 2 : 4;
        n->ticks = mem_resize(n->ticks, n->tick_cap * sizeof *n->ticks);
    }
    n->ticks[n->tick_count++] = (struct tick){f->line, 1};
}

/* -- Samples --------------------------------------------------------------------------------------------------------- */

static void add_sample(struct cpuprofile *p, uint64_t at_us, uint32_t node) {
    if (p->sample_count == LIMIT_PROFILE_SAMPLES) return;
    if (p->sample_count == p->sample_cap) {
        p->sample_cap = p->sample_cap ? p->sample_cap * 2 : 1024;
        p->samples = mem_resize(p->samples, p->sample_cap * sizeof *p->samples);
    }
    p->samples[p->sample_count++] = (struct sample){at_us, node};
}

static void add_idle(struct cpuprofile *p, uint64_t until_us) {
    uint64_t from_us = p->sample_count ? p->samples[p->sample_count - 1].at_us + SAMPLE_US : p->start_us;
    if (until_us > from_us + IDLE_GAP_US) {
        add_sample(p, from_us, NODE_IDLE);
        p->nodes[NODE_IDLE].hits++;
    }
}

static void add_trace(struct cpuprofile *p, const struct conf *trace, struct buf *key) {
    const struct conf *stamp = conf_find(trace, SPAN("timestamp")), *list = conf_find(trace, SPAN("frames"));
    double seconds = stamp && stamp->type == CONF_FLOAT     ? stamp->number
                     : stamp && stamp->type == CONF_INTEGER ? (double)stamp->integer
                                                            : -1;
    struct frame frames[DEPTH];
    size_t depth = 0;
    if (!(seconds >= 0 && seconds < 1e12) || !list || list->type != CONF_ARRAY) return;
    uint64_t at_us = (uint64_t)(seconds * 1e6),
             last_us = p->sample_count ? p->samples[p->sample_count - 1].at_us : p->start_us;
    if (at_us < last_us) at_us = last_us; /* time stamps are rounded */
    CONF_EACH(item, list) {
        if (depth == DEPTH) break; /* the innermost ones count */
        if (item->type != CONF_TABLE) return;
        read_frame(item, &frames[depth]);
        place_frame(p, &frames[depth++]);
    }
    if (!depth) return;
    uint32_t node = NODE_ROOT;
    for (size_t i = depth; i-- > 0 && node != NODE_OTHER;) node = child_of(p, node, &frames[i], key);
    add_idle(p, at_us);
    hit(&p->nodes[node], &frames[0]);
    add_sample(p, at_us, node);
}

/* The engine numbers sources anew in each isolate, and lists those that occur with their URLs; the module's is its name. */
static void learn_source(struct cpuprofile *p, const struct conf *sources) {
    p->source = 0;
    if (!sources) return;
    CONF_EACH(item, sources) {
        const struct conf *id = item->type == CONF_TABLE ? conf_find(item, SPAN("sourceID")) : NULL;
        if (id && id->type == CONF_INTEGER && id->integer > 0 && id->integer < UNKNOWN &&
            span_eq(text_of(item, "url"), p->module.url))
            p->source = id->integer;
    }
}

enum err cpuprofile_add(struct cpuprofile *p, struct span traces, struct problem *why) {
    struct arena arena = ARENA_INIT;
    const struct conf *root, *list;
    struct buf key = BUF_INIT;
    enum err e = conf_parse_json(&arena, "samples", traces, &root, why);
    if (!e && root->type != CONF_TABLE) e = problem(why, ERR_INVALID, "samples must be an object");
    if (!e) e = conf_need(root, "traces", CONF_ARRAY, &list, why);
    if (!e) {
        learn_source(p, conf_find(root, SPAN("sources")));
        CONF_EACH(trace, list) {
            if (trace->type == CONF_TABLE) add_trace(p, trace, &key);
        }
    }
    buf_free(&key);
    arena_free(&arena);
    return e;
}

size_t cpuprofile_samples(const struct cpuprofile *p) { return p->sample_count; }

/* -- The file --------------------------------------------------------------------------------------------------------- */

static void integer(struct json_writer *w, const char *key, int64_t value) {
    json_key(w, span_of(key));
    json_integer(w, value);
}

/* Now and then the engine does not know where in a function a sample was. When all samples of a node are such, another call of the
 * same function has the place. */
static const struct node *place_of(const struct cpuprofile *p, const struct node *n) {
    uintptr_t other = n->line || !n->function.len ? 0 : (uintptr_t)map_get(p->placed, n->function);
    return other ? &p->nodes[other - 1] : n;
}

static void write_node(struct json_writer *w, const struct cpuprofile *p, size_t index) {
    const struct node *n = &p->nodes[index], *place = place_of(p, n);
    json_begin_object(w);
    integer(w, "id", (int64_t)index + 1);
    json_key(w, SPAN("callFrame"));
    json_begin_object(w);
    json_key(w, SPAN("functionName")), json_string(w, n->name);
    json_key(w, SPAN("scriptId")), json_string(w, SPAN("0"));
    json_key(w, SPAN("url")), json_string(w, place->url);
    integer(w, "lineNumber", (int64_t)place->line - 1);
    integer(w, "columnNumber", place->line ? (int64_t)place->column - 1 : -1);
    json_end_object(w);
    integer(w, "hitCount", n->hits);
    if (n->first_child) {
        json_key(w, SPAN("children"));
        json_begin_array(w);
        for (uint32_t child = n->first_child; child; child = p->nodes[child].next)
            json_integer(w, (int64_t)child + 1);
        json_end_array(w);
    }
    if (n->tick_count) {
        json_key(w, SPAN("positionTicks"));
        json_begin_array(w);
        for (size_t i = 0; i < n->tick_count; i++) {
            json_begin_object(w);
            integer(w, "line", n->ticks[i].line);
            integer(w, "ticks", n->ticks[i].count);
            json_end_object(w);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

void cpuprofile_write(const struct cpuprofile *p, uint64_t end_us, struct buf *out) {
    struct json_writer w = JSON_WRITER(out);
    uint64_t before_us = p->start_us;
    uint64_t last_us = p->sample_count ? p->samples[p->sample_count - 1].at_us : p->start_us;
    bool idle_end = end_us > last_us + SAMPLE_US + IDLE_GAP_US;
    json_begin_object(&w);
    json_key(&w, SPAN("nodes"));
    json_begin_array(&w);
    for (size_t i = 0; i < p->node_count; i++) write_node(&w, p, i);
    json_end_array(&w);
    integer(&w, "startTime", (int64_t)p->start_us);
    integer(&w, "endTime", (int64_t)(end_us > last_us ? end_us : last_us));
    json_key(&w, SPAN("samples"));
    json_begin_array(&w);
    for (size_t i = 0; i < p->sample_count; i++) json_integer(&w, (int64_t)p->samples[i].node + 1);
    if (idle_end) json_integer(&w, NODE_IDLE + 1);
    json_end_array(&w);
    json_key(&w, SPAN("timeDeltas"));
    json_begin_array(&w);
    for (size_t i = 0; i < p->sample_count; i++) {
        json_integer(&w, (int64_t)(p->samples[i].at_us - before_us));
        before_us = p->samples[i].at_us;
    }
    if (idle_end) json_integer(&w, p->sample_count ? SAMPLE_US : 0);
    json_end_array(&w);
    json_end_object(&w);
}
