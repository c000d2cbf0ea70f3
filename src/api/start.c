/* From a version to a Worker that can be called: modules, bindings, the top level. */
#include "api/compat.h"
#include "api/core.h"
#include "api/natives.h"

/* --- Node.js ------------------------------------------------------------------------------------------------ */

/* What compatibility flags and date give a Worker of Node.js. node.js has the same numbers. */
enum node_compat {
    NODE_NONE,
    NODE_ALS,     /* nodejs_als: node:async_hooks only */
    NODE_MODULES, /* nodejs_compat before 2024-09-23: "node:x" */
    NODE_ALL,     /* ... since then: "x" too, and the globals Buffer, process, global */
    NODE_TIMERS,  /* ... and setTimeout() returns an object, as in Node.js */
};

static enum node_compat node_compat(const struct version *v) {
    bool first = compat_on(v, COMPAT_NODEJS_COMPAT), second = compat_on(v, COMPAT_NODEJS_COMPAT_V2);
    if (!first && !second) return compat_on(v, COMPAT_NODEJS_ALS) ? NODE_ALS : NODE_NONE;
    if (!second) return NODE_MODULES;
    return compat_on(v, COMPAT_ENABLE_NODEJS_GLOBAL_TIMERS) ? NODE_TIMERS : NODE_ALL;
}

/* --- Modules ------------------------------------------------------------------------------------------------ */

/* "./x.wasm" as seen from "lib/index.js" is "lib/x.wasm". Only what bundles contain: "./", "../", plain names. */
static struct span module_name(struct arena *a, struct span specifier, struct span importer) {
    struct span dir = importer;
    while (dir.len && dir.ptr[dir.len - 1] != '/') dir.len--;
    if (!span_starts(specifier, SPAN("."))) return specifier;
    for (;;) {
        if (span_starts(specifier, SPAN("./"))) {
            specifier = span_from(specifier, 2);
        } else if (span_starts(specifier, SPAN("../"))) {
            specifier = span_from(specifier, 3);
            if (dir.len) dir.len--;
            while (dir.len && dir.ptr[dir.len - 1] != '/') dir.len--;
        } else {
            return arena_printf(a, "%.*s%.*s", SPAN_FMT(dir), SPAN_FMT(specifier));
        }
    }
}

static const struct version_module *find_module(const struct version *v, struct span name) {
    for (size_t i = 0; i < v->module_count; i++)
        if (span_eq(v->modules[i].name, name)) return &v->modules[i];
    return NULL;
}

/* By the built-in, also when the Worker never says WebAssembly: the engine's own constructor must not be what it sees. */
static js_val wasm_asset(js_ctx c, const struct version_module *m, js_val *exc) {
    js_val make = js_builtin_get(isolate_current(), "webassembly", "moduleOf", exc);
    js_val bytes = make ? js_uint8_copy(c, m->bytes, exc) : NULL;
    js_val module = bytes ? js_call(c, js_as_object(make), NULL, 1, &bytes, exc) : NULL;
    return module ? js_module_of(c, module, exc) : NULL;
}

static js_val asset(js_ctx c, const struct version_module *m, js_val *exc) {
    static const enum js_asset_kind kinds[] = {
        [VERSION_TEXT] = JS_ASSET_TEXT, [VERSION_DATA] = JS_ASSET_DATA, [VERSION_JSON] = JS_ASSET_JSON};
    if (m->kind == VERSION_WASM) return wasm_asset(c, m, exc);
    return js_module_asset(c, kinds[m->kind], m->bytes, exc);
}

/* Modules of Node.js (node.js): its namespace; undefined: no such name there. Throws when the Worker may not have it. */
static js_val node_module(const struct api *api, js_ctx c, struct span specifier, js_val *exc) {
    js_val fn = js_builtin_get(isolate_current(), "node", "resolve", exc);
    js_val argv[] = {js_str(c, specifier), js_int(c, node_compat(api->config.version))};
    return fn ? js_call(c, js_as_object(fn), NULL, 2, argv, exc) : NULL;
}

const struct version_module *start_module(const struct api *api, struct span specifier,
                                          struct span importer) {
    struct arena a = ARENA_INIT;
    const struct version_module *m = find_module(api->config.version, module_name(&a, specifier, importer));
    arena_free(&a);
    return m ? m : find_module(api->config.version, specifier);
}

js_val start_resolve(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc) {
    struct api *api = data;
    struct arena a = ARENA_INIT;
    js_val ns = NULL;
    const struct version_module *m;
    if (span_eq(specifier, SPAN("cloudflare:workers")))
        ns = js_builtin_get(isolate_current(), "cloudflare", "module", exc);
    else if (span_eq(specifier, SPAN("cloudflare:sockets")))
        ns = js_builtin_get(isolate_current(), "sockets", "module", exc);
    else if ((m = start_module(api, specifier, importer)))
        ns = m->kind <= VERSION_CJS ? modules_get(api, c, m, false, exc) : asset(c, m, exc);
    else if ((ns = node_module(api, c, specifier, exc)) && js_is_undefined(c, ns))
        ns = js_throw_error(c, exc, "No such module \"%.*s\".", SPAN_FMT(specifier));
    arena_free(&a);
    return ns;
}

struct js_module_host start_host(struct api *api) {
    return (struct js_module_host){
        .resolve = start_resolve,
        .import = modules_import,
        .data = api,
        .refuses_attributes = compat_on(api->config.version, COMPAT_THROW_ON_UNRECOGNIZED_IMPORT_ASSERTION)};
}

/* --- Bindings ----------------------------------------------------------------------------------------------- */

static js_val binding_value(js_ctx c, const struct version *v, const struct version_binding *b, js_val *exc) {
    if (b->kind != VERSION_BIND_TEXT_BLOB && b->kind != VERSION_BIND_DATA_BLOB &&
        b->kind != VERSION_BIND_WASM_MODULE)
        return js_str(c, b->value);
    const struct version_module *m = find_module(v, b->value);
    if (!m) return js_throw_error(c, exc, "No such module \"%.*s\".", SPAN_FMT(b->value));
    js_val ns = asset(c, m, exc);
    return ns ? js_get(c, js_as_object(ns), JS_NAME_default_, exc) : NULL;
}

/* bindings(): [[kind, name, value, extra], ...] */
JS_NATIVE(native_bindings) {
    const struct version *v = api_here()->config.version;
    js_obj all = js_array(c, 0, NULL, exc);
    for (size_t i = 0; all && i < v->binding_count; i++) {
        const struct version_binding *b = &v->bindings[i];
        js_val value = binding_value(c, v, b, exc);
        if (!value) return NULL;
        js_val row[] = {js_str(c, span_of(version_binding_name(b->kind))), js_str(c, b->name), value,
                        js_str(c, b->extra)};
        js_obj item = js_array(c, 4, row, exc);
        if (!item || !js_set_at(c, all, (uint32_t)i, item, exc)) return NULL;
    }
    return all;
}

/* config(): [developer, colo, name of the Worker, service worker syntax, waitUntil() ms, subrequests, timers, shortest KV ttl,
 * keys of a bulk get, keys of a list, enum node_compat, gc(), pedantic, a file system for
 * navigator.storage] */
JS_NATIVE(native_config) {
    const struct api *api = api_here();
    js_val items[] = {js_bool(c, api->config.dev),
                      js_str(c, span_of(api->config.colo)),
                      js_str(c, api->config.version->name),
                      js_bool(c, api->config.version->service_worker),
                      js_number(c, api->limits.wait_until_ms),
                      js_number(c, api->limits.subrequests),
                      js_number(c, api->limits.timers),
                      js_number(c, (double)LIMIT_KV_TTL_MIN_S),
                      js_number(c, (double)LIMIT_KV_BULK_KEYS),
                      js_number(c, (double)LIMIT_KV_LIST_KEYS),
                      js_int(c, node_compat(api->config.version)),
                      js_bool(c, api->config.gc),
                      js_bool(c, compat_on(api->config.version, COMPAT_PEDANTIC_WPT)),
                      js_bool(c, compat_on(api->config.version, COMPAT_ENABLE_WEB_FILE_SYSTEM))};
    return js_array(c, sizeof items / sizeof *items, items, exc);
}

/* --- The top level ------------------------------------------------------------------------------------------ */

/* started(): ready. started(error): it failed. */
JS_NATIVE(native_started) {
    struct api *api = api_here();
    if (api->start_state != START_RUNNING) return NULL;
    api->start_state = argc ? START_FAILED : START_READY;
    if (!argc) return NULL;
    struct arena a = ARENA_INIT;
    api->start_error = mem_cstr(report_text(api, c, argv[0], true, &a));
    arena_free(&a);
    return NULL;
}

static js_val run_start(js_ctx c, void *data, js_val *exc) {
    struct {
        struct api *api;
        js_val promise;
    } *call = data;
    return js_call(c, call->api->start, NULL, 1, &call->promise, exc);
}

static js_val run_prepare(js_ctx c, void *data, js_val *exc) {
    return js_call(c, ((struct api *)data)->prepare, NULL, 0, NULL, exc);
}

static enum js_outcome evaluate(struct api *api, js_val *ret, struct problem *p, enum err *ret_err) {
    const struct version *v = api->config.version;
    const struct version_module *m = &v->modules[v->main_module];
    uint32_t limit = api->limits.startup_cpu_ms;
    if (v->service_worker) return isolate_eval(api->iso, m->bytes, m->name, limit, ret);
    enum js_module_kind kind = m->kind == VERSION_CJS ? JS_MODULE_COMMONJS : JS_MODULE_ESM;
    *ret_err = js_module_rewrite(m->bytes, kind, &api->script, p);
    if (*ret_err != ERR_OK) return JS_EXCEPTION;
    if (modules_several(v)) return isolate_run(api->iso, modules_main, api, limit, ret);
    struct js_module_host host = start_host(api);
    return js_module_evaluate(api->iso, &api->script, m->name, &host, limit, ret);
}

static enum err start_failed(struct api *api, const char *text, struct problem *p) {
    return problem(p, ERR_WORKER_START, "%s", text);
}

/* By a limit. */
static enum err start_ended(struct api *api, struct problem *p) {
    bool memory = isolate_verdict(api->iso) == JS_MEMORY_LIMIT;
    count(&api_row(api)->ended_startup, 1);
    return problem(p, ERR_WORKER_START,
                   "Script startup exceeded %s limit. It may use %u %s (docs/limits.md).",
                   memory ? "memory" : "CPU time",
                   memory ? api->limits.memory_mb : api->limits.startup_cpu_ms, memory ? "MiB" : "ms");
}

enum err start_run(struct api *api, struct problem *p) {
    struct {
        struct api *api;
        js_val promise;
    } call = {api, NULL};
    enum err e = ERR_OK;
    struct arena a = ARENA_INIT;
    isolate_enter(api->iso); /* keeps the promise alive until start() has it */
    enum js_outcome outcome = isolate_run(api->iso, run_prepare, api, 0, &call.promise);
    if (outcome == JS_OK) {
        bool always = compat_on(api->config.version, COMPAT_ALLOW_INSECURE_INEFFICIENT_LOGGED_EVAL);
        bool now = always || compat_on(api->config.version, COMPAT_ALLOW_EVAL_DURING_STARTUP);
        if (now) isolate_allow_eval(api->iso, true);
        outcome = evaluate(api, &call.promise, p, &e);
        if (now && !always) isolate_allow_eval(api->iso, false);
    }
    if (e == ERR_OK && outcome == JS_EXCEPTION)
        e = start_failed(api, arena_copy(&a, report_text(api, NULL, call.promise, true, &a)).ptr, p);
    else if (outcome == JS_OK)
        outcome = isolate_run(api->iso, run_start, &call, api->limits.startup_cpu_ms, &call.promise);
    isolate_leave(api->iso);
    if (outcome == JS_TERMINATED || outcome == JS_CONDEMNED)
        e = start_ended(api, p);
    else if (outcome == JS_EXCEPTION && e == ERR_OK)
        e = start_failed(api, "the start of the Worker failed", p);
    else if (api->start_state == START_FAILED)
        e = start_failed(api, api->start_error, p);
    else if (e == ERR_OK && api->start_state == START_RUNNING && !api->ops_count && !api->out[OUT_BUSY])
        e = start_failed(
            api, "Top-level await in module is unsettled and nothing is left that could settle it.", p);
    arena_free(&a);
    return e;
}

/* --- The rehearsal ------------------------------------------------------------------------------------------ */

/* Reads what most handlers read and answers in the two ways that they answer. */
static const char rehearsal[] =
    "const types = { 'content-type': 'text/plain' };\n"
    "export default { async fetch(request, env, ctx) {\n"
    "  const { method, url, headers } = request;\n"
    "  if (headers.get('host') === null) return new Response('', { status: 404, headers: types });\n"
    "  return new Response(method + url);\n"
    "} };\n";

struct rehearsed_turn {
    struct api *api;
    struct buf head;
};

static js_val run_rehearsed_turn(js_ctx c, void *data, js_val *exc) {
    const struct rehearsed_turn *t = data;
    js_val argv[] = {js_int(c, 1),
                     js_str_utf16(c, (const uint16_t *)(const void *)t->head.ptr, t->head.len / 2),
                     js_int(c, 0)};
    return js_call(c, t->api->turn, NULL, 3, argv, exc);
}

/* The answer goes nowhere: the slot that its row names is free. */
static bool rehearse_request(struct api *api, size_t fields) {
    struct http_field host = {SPAN("host"), SPAN("h"), HTTP_NAME_OTHER};
    struct head head = {
        .url = SPAN("http://h/"), .method = SPAN("GET"), .fields = &host, .field_count = fields};
    struct rehearsed_turn t = {api, BUF_INIT};
    js_val thrown = NULL;
    const int32_t row[EVENT_INTS] = {EVENT_REQUEST, 0, (int32_t)head_pack(&head, BODY_NULL, &t.head), 0};
    memcpy(api->events, row, sizeof row);
    bool ok = isolate_run(api->iso, run_rehearsed_turn, &t, 0, &thrown) == JS_OK && api->out[OUT_USED];
    api->out[OUT_USED] = api->out[OUT_FILLED] = 0;
    buf_free(&t.head);
    return ok;
}

static js_val run_rehearsed(js_ctx c, void *data, js_val *exc) {
    return js_call(c, ((struct api *)data)->rehearsed, NULL, 0, NULL, exc);
}

enum err start_rehearse(struct api *api, struct problem *p) {
    static const struct version_module module = {
        .name = {"rehearsal.js", 12}, .kind = VERSION_ESM, .bytes = {rehearsal, sizeof rehearsal - 1}};
    static const struct version version = {.name = {"rehearsal", 9}, .modules = &module, .module_count = 1};
    js_val thrown = NULL;
    api->config.version = &version;
    api->config.colo = "";
    enum err e = start_run(api, p);
    if (e == ERR_OK && !(rehearse_request(api, 0) && rehearse_request(api, 1) &&
                         isolate_run(api->iso, run_rehearsed, api, 0, &thrown) == JS_OK))
        e = problem(p, ERR_INTERNAL, "the rehearsal of a request failed");
    js_rewritten_free(&api->script);
    api->script = (struct js_rewritten){0};
    api->start_state = START_RUNNING;
    api->config.version = NULL;
    return e;
}
