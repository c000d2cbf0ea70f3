/* A CPU profile of a real isolate. It could pass wrongly if every frame were taken for the Worker's own (so Cusp's built-in
 * JavaScript and the engine's natives must be told apart from it), or if places were right by chance: the module has functions
 * on lines where no built-in has one of that name, and a source map that moves them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/core.h"
#include "conf/conf.h"
#include "js/cpuprofile.h"
#include "js/engine.h"
#include "loop/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct loop *loop;
    struct link *ours, *theirs;
    struct api *api;
    const struct version *version;
    unsigned done;
};

static void edge_message(void *arg, const struct message *m) {
    if (m->type == MESSAGE_DONE) ((struct fixture *)arg)->done++;
}
static void ignore_message(void *arg, const struct message *m) {}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events edge_events = {MESSAGE_TYPES, edge_message, NULL, on_down};
static const struct link_events our_events = {MESSAGE_TYPES, ignore_message, NULL, on_down};

static void start(struct fixture *f, const char *source, bool service_worker) {
    char id[33], dir[] = "/tmp/cusp-profile-test-XXXXXX", path[128];
    struct problem p = {0};
    *f = (struct fixture){.loop = loop_new()};
    assert_non_null(mkdtemp(dir));
    struct version_module module = {.name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = span_of(source)};
    struct version v = {.name = SPAN("test"),
                        .modules = &module,
                        .module_count = 1,
                        .service_worker = service_worker,
                        .limits = {.cpu_ms = 30000} /* sanitizers are slow */};
    assert_int_equal(version_write(dir, &v, id, &p), ERR_OK);
    assert_int_equal(version_load(dir, id, &f->version, &p), ERR_OK);
    snprintf(path, sizeof path, "%s/%s", dir, id);
    unlink(path);
    rmdir(dir);
    link_pair(f->loop, &f->ours, &f->theirs);
    link_start(f->theirs, &edge_events, f);
    link_start(f->ours, &our_events, f);
    struct api_config config = {
        .loop = f->loop, .link = f->ours, .version = f->version, .worker = 1, .colo = "TST", .arg = f};
    assert_int_equal(api_new(&config, &f->api, &p), ERR_OK);
}

static void stop(struct fixture *f) {
    api_free(f->api);
    link_close(f->ours);
    link_close(f->theirs);
    version_unref(f->version);
    loop_free(f->loop);
}

static void ask(struct fixture *f, unsigned nth) {
    struct head head = {.worker = 1, .url = SPAN("http://h/path"), .method = SPAN("GET")};
    char bytes[256];
    size_t size = head_size(&head);
    head_write(&head, bytes);
    struct message m = {MESSAGE_REQUEST, 0, 2 * (uint64_t)nth, span_make(bytes, size)};
    assert_int_equal(api_request(f->api, &m), ERR_OK);
    api_turn(f->api);
    for (int i = 0; f->done < nth && i < 3000; i++) loop_turn(f->loop, false);
    assert_int_equal(f->done, nth);
}

/* What a profile says, and that it is one: the rules of Profiler.Profile. */
struct seen {
    uint64_t own, built_in, native, idle, elsewhere; /* hits */
    uint32_t hot_line, hot_ticks_line;
};

static int64_t integer(const struct conf *table, const char *path) {
    const struct conf *n = conf_get(table, path);
    assert_true(n && n->type == CONF_INTEGER);
    return n->integer;
}

static void check_node(const struct conf *node, size_t count, unsigned *parents, struct seen *seen,
                       const char *own_url) {
    struct span name = conf_get(node, "callFrame.functionName")->text,
                url = conf_get(node, "callFrame.url")->text;
    uint64_t hits = (uint64_t)integer(node, "hitCount");
    assert_int_equal(conf_get(node, "callFrame.scriptId")->type, CONF_STRING);
    assert_true(integer(node, "callFrame.lineNumber") >= -1 && integer(node, "callFrame.columnNumber") >= -1);
    CONF_EACH(child, conf_find(node, SPAN("children"))) {
        assert_in_range(child->integer, 2, count);
        parents[child->integer]++;
    }
    uint64_t ticks = 0;
    CONF_EACH(tick, conf_find(node, SPAN("positionTicks"))) {
        assert_true(integer(tick, "line") >= 1);
        ticks += (uint64_t)integer(tick, "ticks");
    }
    assert_true(ticks <= hits);
    if (span_eq(url, span_of(own_url)))
        seen->own += hits;
    else if (span_eq(url, SPAN("cusp:built-in")))
        seen->built_in += hits;
    else if (span_eq(url, SPAN("native")))
        seen->native += hits;
    else if (span_eq(name, SPAN("(idle)")))
        seen->idle += hits;
    else
        seen->elsewhere += hits;
    if (!span_eq(name, SPAN("hotLoop"))) return;
    assert_true(span_eq(url, span_of(own_url)));
    seen->hot_line = (uint32_t)integer(node, "callFrame.lineNumber") + 1;
    const struct conf *first = conf_first(conf_find(node, SPAN("positionTicks")));
    if (first) seen->hot_ticks_line = (uint32_t)integer(first, "line");
}

static struct seen check_profile(struct span json, const char *own_url) {
    struct arena arena = ARENA_INIT;
    struct problem p;
    const struct conf *root;
    struct seen seen = {0};
    assert_int_equal(conf_parse_json(&arena, "profile", json, &root, &p), ERR_OK);
    const struct conf *nodes = conf_find(root, SPAN("nodes")), *samples = conf_find(root, SPAN("samples")),
                      *deltas = conf_find(root, SPAN("timeDeltas"));
    size_t count = conf_count(nodes);
    unsigned *parents = mem_array(count + 1, sizeof *parents);
    int64_t id = 0, at = integer(root, "startTime"), hits = 0;
    CONF_EACH(node, nodes) {
        assert_int_equal(integer(node, "id"), ++id);
        check_node(node, count, parents, &seen, own_url);
        hits += integer(node, "hitCount");
    }
    for (size_t i = 2; i <= count; i++) assert_int_equal(parents[i], 1); /* a tree */
    assert_int_equal(conf_count(samples), conf_count(deltas));
    assert_true((size_t)hits <= conf_count(samples) && (size_t)hits + 1 >= conf_count(samples));
    CONF_EACH(sample, samples) assert_in_range(sample->integer, 1, count);
    CONF_EACH(delta, deltas) {
        assert_true(delta->integer >= 0);
        at += delta->integer;
    }
    assert_true(at <= integer(root, "endTime"));
    mem_free(parents);
    arena_free(&arena);
    return seen;
}

static const char worker[] =
    "const unused = 1;\n"
    "\n"
    "function hotLoop(n) {\n"
    "  let s = 0;\n"
    "  for (let i = 0; i < n; i++) s += Math.sqrt(i) % 3;\n"
    "  return s;\n"
    "}\n"
    "export default { async fetch(request) {\n"
    "  const many = []; for (let i = 0; i < 20000; i++) many.push({ i });\n"
    "  const text = JSON.stringify(many);\n"
    "  return new Response(text.length + ' ' + hotLoop(3e6) + request.headers.get('x'));\n"
    "} };\n";

static struct seen profile(const char *source, bool service_worker, const struct sourcemap *map,
                           const char *url) {
    struct fixture f;
    struct problem p;
    struct buf traces = BUF_INIT, json = BUF_INIT;
    start(&f, source, service_worker);
    ask(&f, 1);
    uint64_t start_us = clock_monotonic_ns() / 1000;
    assert_int_equal(api_profile_start(f.api), ERR_OK);
    assert_int_equal(api_profile_start(f.api), ERR_IN_USE);
    struct cpuprofile_module m = {SPAN("index.js"), f.api->script.prologue_columns, map};
    struct cpuprofile *c = cpuprofile_new(&m, start_us);
    usleep(60000); /* idle */
    for (unsigned i = 2; cpuprofile_samples(c) < 60 && i < 200; i++) {
        ask(&f, i);
        traces.len = 0;
        api_profile_take(f.api, &traces);
        if (cpuprofile_add(c, buf_span(&traces), &p)) fail_msg("%s", p.text);
    }
    assert_true(cpuprofile_samples(c) >= 60);
    api_profile_stop(f.api);
    ask(&f, f.done + 1); /* it lives on */
    cpuprofile_write(c, clock_monotonic_ns() / 1000, &json);
    struct seen seen = check_profile(buf_span(&json), url);
    assert_int_equal(api_profile_start(f.api), ERR_OK); /* once more */
    cpuprofile_free(c);
    buf_free(&traces);
    buf_free(&json);
    stop(&f);
    return seen;
}

static void the_workers_functions_are_found(void **state) {
    struct seen seen = profile(worker, false, NULL, "index.js");
    assert_true(seen.own >= 30); /* most of the time */
    assert_true(seen.native >= 1);
    assert_true(seen.idle >= 1);
    assert_int_equal(seen.elsewhere, 0);
    assert_in_range(seen.hot_line, 3, 5);
    assert_in_range(seen.hot_ticks_line, 3, 6);
}

/* Line n of the module is line n + 100 of the original. */
static void places_are_those_of_the_source_map(void **state) {
    struct sourcemap *map;
    struct span text = SPAN("{\"version\":3,\"sources\":[\"src/original.ts\"],\"names\":[],\"mappings\":"
                            "\"AAoGA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA\"}");
    assert_int_equal(sourcemap_open(text, &map), ERR_OK);
    struct seen seen = profile(worker, false, map, "src/original.ts");
    assert_true(seen.own >= 30 && seen.elsewhere == 0);
    assert_in_range(seen.hot_line, 103, 105);
    sourcemap_free(map);
}

/* A script has a URL as a module has. */
static void a_service_worker_can_be_profiled(void **state) {
    struct seen seen =
        profile("function hotLoop(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i); return s }\n"
                "addEventListener('fetch', (e) => e.respondWith(new Response('' + hotLoop(3e6))));",
                true, NULL, "index.js");
    assert_true(seen.own >= 30);
    assert_int_equal(seen.hot_line, 1);
}

/* The engine does not always know the place in a function. It could pass wrongly if it always did: these samples are made up. */
static void a_function_called_from_two_places_has_one(void **state) {
    (void)state;
    static const char samples[] =
        "{\"sources\":[{\"sourceID\":7,\"url\":\"i.js\"}],\"traces\":["
        "{\"timestamp\":1.0,\"frames\":[{\"name\":\"hot\",\"location\":\"#abc:DFG:bc#1\",\"sourceID\":7,"
        "\"line\":3,\"column\":9},"
        "{\"name\":\"one\",\"location\":\"#one:DFG:bc#1\",\"sourceID\":7,\"line\":8,\"column\":1}]},"
        "{\"timestamp\":1.1,\"frames\":[{\"name\":\"hot\",\"location\":\"#abc:DFG:<none>\",\"sourceID\":7,"
        "\"line\":4294967295},"
        "{\"name\":\"two\",\"location\":\"#two:DFG:bc#1\",\"sourceID\":7,\"line\":9,\"column\":1}]}]}";
    struct cpuprofile_module module = {.url = SPAN("i.js")};
    struct cpuprofile *p = cpuprofile_new(&module, 0);
    struct problem why;
    struct buf out = BUF_INIT;
    struct arena a = ARENA_INIT;
    const struct conf *root, *nodes;
    assert_int_equal(cpuprofile_add(p, span_of(samples), &why), ERR_OK);
    cpuprofile_write(p, 2000000, &out);
    assert_int_equal(conf_parse_json(&a, "profile", buf_span(&out), &root, &why), ERR_OK);
    assert_int_equal(conf_need(root, "nodes", CONF_ARRAY, &nodes, &why), ERR_OK);
    unsigned hot = 0;
    CONF_EACH(node, nodes) {
        if (!span_eq(conf_get(node, "callFrame.functionName")->text, SPAN("hot"))) continue;
        hot++;
        assert_int_equal(integer(node, "callFrame.lineNumber"), 2);
        assert_int_equal(integer(node, "callFrame.columnNumber"), 8);
    }
    assert_int_equal(hot, 2);
    arena_free(&a);
    buf_free(&out);
    cpuprofile_free(p);
}

static void what_is_no_profile_is_refused(void **state) {
    struct problem p;
    struct cpuprofile_module m = {SPAN("x"), 0, NULL};
    struct cpuprofile *c = cpuprofile_new(&m, 5);
    assert_int_equal(cpuprofile_add(c, SPAN("{"), &p), ERR_INVALID);
    assert_int_equal(cpuprofile_add(c, SPAN("[]"), &p), ERR_INVALID);
    assert_int_equal(cpuprofile_add(c, SPAN("{\"traces\":{}}"), &p), ERR_INVALID);
    assert_int_equal(
        cpuprofile_add(c,
                       SPAN("{\"traces\":[1,{},{\"timestamp\":-1,\"frames\":[]},"
                            "{\"timestamp\":1e300,\"frames\":[{}]},{\"timestamp\":1,\"frames\":[7]}]}"),
                       &p),
        ERR_OK);
    assert_int_equal(cpuprofile_samples(c), 0);
    cpuprofile_free(c);
}

static int engine(void **state) {
    struct problem p;
    return js_engine_init(NULL, &p) != ERR_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_workers_functions_are_found),
        cmocka_unit_test(places_are_those_of_the_source_map),
        cmocka_unit_test(a_service_worker_can_be_profiled),
        cmocka_unit_test(a_function_called_from_two_places_has_one),
        cmocka_unit_test(what_is_no_profile_is_refused),
    };
    return cmocka_run_group_tests(tests, engine, NULL);
}
