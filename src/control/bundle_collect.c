/* esbuild's output directory as modules of a version. */
#include <string.h>

#include "base/limits.h"
#include "conf/conf.h"
#include "conf/json_write.h"
#include "control/bundle.h"
#include "loop/file.h"
#include "wasm/wasm.h"

struct collecting {
    const struct project *project;
    const char *out_dir;
    struct arena *arena;
    struct problem *p;
    struct buf modules; /* struct version_module */
    size_t total_bytes;
};

static enum err read_output(struct collecting *c, struct span name, struct span *ret) {
    const char *path = file_join(c->arena, span_of(c->out_dir), name).ptr;
    struct buf content = BUF_INIT;
    enum err e = file_read(path, LIMIT_WORKER_SCRIPT_BYTES, &content, c->p);
    if (!e) *ret = arena_copy(c->arena, buf_span(&content));
    buf_free(&content);
    if (!e && (c->total_bytes += ret->len) > LIMIT_WORKER_SCRIPT_BYTES)
        e = problem(c->p, ERR_TOO_LARGE,
                    "the bundle is larger than %u MB: leave something out, or load it from KV",
                    (unsigned)(LIMIT_WORKER_SCRIPT_BYTES >> 20));
    return e;
}

/* "../../../home/u/shop/src/a.ts" -> "src/a.ts": sources are named from the scratch directory, and people think from the project's. */
static struct span source_name(struct collecting *c, struct span source) {
    struct span at = span_of(c->out_dir), name = source;
    while (span_starts(name, SPAN("../"))) {
        name = span_from(name, 3);
        at = file_dirname(at);
    }
    struct span whole = file_join(c->arena, at, name), dir = span_of(c->project->dir);
    if (span_starts(whole, dir) && whole.len > dir.len && whole.ptr[dir.len] == '/')
        return span_from(whole, dir.len + 1);
    return whole;
}

static enum err read_map(struct collecting *c, struct span *ret) {
    struct span text;
    const struct conf *map;
    enum err e = read_output(c, SPAN("index.js.map"), &text);
    if (!e) e = conf_parse_json(c->arena, "index.js.map", text, &map, c->p);
    if (e) return e;
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    json_begin_object(&w);
    CONF_EACH(item, map) {
        json_key(&w, item->key);
        if (!span_eq(item->key, SPAN("sources"))) {
            json_conf(&w, item);
            continue;
        }
        json_begin_array(&w);
        CONF_EACH(source, item)
        json_string(&w, source->type == CONF_STRING ? source_name(c, source->text) : SPAN("?"));
        json_end_array(&w);
    }
    json_end_object(&w);
    *ret = arena_copy(c->arena, buf_span(&out));
    buf_free(&out);
    return ERR_OK;
}

static enum version_module_kind kind_of(const struct project *project, struct span name) {
    for (size_t i = 0; i < project->rule_count; i++)
        if (span_ends(name, project->rules[i].extension)) return project->rules[i].kind;
    return VERSION_DATA;
}

/* WebAssembly goes into the version as code that can be stopped. `name` is what the author calls it. */
static enum err meter(struct collecting *c, struct version_module *m, struct span name) {
    struct buf metered = BUF_INIT;
    struct problem why;
    enum err e = wasm_meter(m->bytes, &metered, &why);
    if (e)
        e = problem(c->p, e, "the WebAssembly module \"%.*s\" is refused: %s", SPAN_FMT(name), why.text);
    else
        m->bytes = arena_copy(c->arena, buf_span(&metered));
    buf_free(&metered);
    return e;
}

/* The file that esbuild copied: the only input of that output. */
static struct span input_name(const struct conf *output, struct span otherwise) {
    CONF_EACH(input, conf_find(output, SPAN("inputs"))) return input->key;
    return otherwise;
}

/* esbuild names outputs relative to where it ran; ours all lie directly in out_dir. */
static enum err collect_outputs(struct collecting *c, const struct conf *meta, bool *ret_service_worker) {
    struct version_module main = {.name = SPAN("index.js"), .kind = VERSION_ESM};
    enum err e = read_output(c, main.name, &main.bytes);
    if (!e) e = read_map(c, &main.source_map);
    if (e) return e;
    buf_add(&c->modules, span_make(&main, sizeof main));
    *ret_service_worker = true;
    CONF_EACH(output, conf_find(meta, SPAN("outputs"))) {
        struct span name = file_basename(output->key);
        if (span_eq(name, SPAN("index.js")))
            *ret_service_worker = conf_count(conf_find(output, SPAN("exports"))) == 0;
        if (span_eq(name, SPAN("index.js")) || span_eq(name, SPAN("index.js.map")) ||
            span_eq(name, SPAN("meta.json")))
            continue;
        struct version_module m = {.name = arena_copy(c->arena, name), .kind = kind_of(c->project, name)};
        e = read_output(c, name, &m.bytes);
        if (!e && m.kind == VERSION_WASM) e = meter(c, &m, input_name(output, name));
        if (e) return e;
        buf_add(&c->modules, span_make(&m, sizeof m));
    }
    return ERR_OK;
}

static void collect_inputs(struct collecting *c, const struct conf *meta, struct bundle *ret) {
    const struct conf *inputs = conf_find(meta, SPAN("inputs"));
    const char **list = arena_zero(c->arena, (conf_count(inputs) + 1) * sizeof *list);
    CONF_EACH(input, inputs) {
        struct span name = input->key; /* "ns:path" of plugins and virtual files has no file */
        if (span_index(name, ':') < name.len || span_starts(name, SPAN("<"))) continue;
        list[ret->input_count++] = file_join(c->arena, span_of(c->project->dir), name).ptr;
    }
    ret->inputs = list;
}

enum err bundle_collect(const struct project *project, const char *out_dir, struct arena *arena,
                        struct bundle *ret, struct problem *p) {
    struct collecting c = {.project = project, .out_dir = out_dir, .arena = arena, .p = p};
    struct span text;
    const struct conf *meta;
    struct bundle bundle = {0};
    enum err e = read_output(&c, SPAN("meta.json"), &text);
    if (!e) e = conf_parse_json(arena, "meta.json", text, &meta, p);
    if (!e) e = collect_outputs(&c, meta, &bundle.service_worker);
    for (size_t i = 0; !e && i < project->blob_count; i++) {
        struct version_module m = project->blobs[i];
        if (m.kind == VERSION_WASM) e = meter(&c, &m, m.name);
        buf_add(&c.modules, span_make(&m, sizeof m));
    }
    if (!e) {
        collect_inputs(&c, meta, &bundle);
        bundle.modules = (const struct version_module *)arena_copy(arena, buf_span(&c.modules)).ptr;
        bundle.module_count = c.modules.len / sizeof *bundle.modules;
        *ret = bundle;
    }
    buf_free(&c.modules);
    return e;
}
