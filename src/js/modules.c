#include "js/modules.h"

#include "base/check.h"
#include "base/mem.h"
#include "js/room.h"

/* --- The host's functions, as JavaScript sees them -------------------------------------------------------------- */

static void host_finalize(void *data) { mem_free(data); }
static const struct js_kind host_kind = {"module host", host_finalize};

/* (specifier, importer, the name of an unknown attribute or undefined) */
static bool refused(js_ctx c, const struct js_module_host *host, size_t argc, const js_val argv[],
                    js_val *exc) {
    if (!host->refuses_attributes || argc < 3 || js_is_undefined(c, argv[2])) return false;
    struct arena a = ARENA_INIT;
    struct span name;
    if (js_to_utf8_arena(c, argv[2], &a, &name, exc))
        js_throw_type(c, exc, "Unrecognized import attributes: \"%.*s\".", SPAN_FMT(name));
    arena_free(&a);
    return true;
}

static js_val ask(js_ctx c, js_obj callee, size_t argc, const js_val argv[], js_val *exc, bool dynamic) {
    const struct js_module_host *host = js_handle_get(c, callee, &host_kind);
    struct arena a = ARENA_INIT;
    struct span specifier, importer;
    js_val ns = NULL;
    if (host && dynamic && refused(c, host, argc, argv, exc)) return NULL;
    if (host && argc >= 2 && js_to_utf8_arena(c, argv[0], &a, &specifier, exc) &&
        js_to_utf8_arena(c, argv[1], &a, &importer, exc)) {
        ns =
            (dynamic && host->import ? host->import : host->resolve)(host->data, c, specifier, importer, exc);
        if (!ns && !*exc) js_throw_error(c, exc, "No such module \"%.*s\".", SPAN_FMT(specifier));
    }
    arena_free(&a);
    return *exc ? NULL : ns;
}

static JS_NATIVE(native_resolve) { return ask(c, callee, argc, argv, exc, false); }
static JS_NATIVE(native_import) { return ask(c, callee, argc, argv, exc, true); }

static js_obj host_function(js_ctx c, js_native fn, const struct js_module_host *host) {
    struct js_module_host *copy = NEW(struct js_module_host);
    *copy = *host;
    return js_closure(c, fn, &host_kind, copy);
}

/* --- Evaluation --------------------------------------------------------------------------------------------------- */

struct evaluation {
    struct isolate *iso;
    const struct js_rewritten *module;
    struct span url;
    const struct js_module_host *host;
};

/* The rewritten text as a function. */
static js_val function_of(struct isolate *iso, const struct js_rewritten *r, struct span url, js_val *exc) {
    struct span text = bytes_span(r->text);
    if (!r->is_ascii) return script_text(iso, text, url, exc);
    char *name = mem_cstr(url);
    isolate_keep(iso, r->text); /* the engine reads it where it lies */
    js_val fn = script_immortal(iso, text, name, exc);
    mem_free(name);
    return fn;
}

static js_val run_module(js_ctx c, void *data, js_val *exc) {
    const struct evaluation *e = data;
    js_val fn = function_of(e->iso, e->module, e->url, exc);
    if (!fn) return NULL;
    js_val args[] = {fn, js_str(c, e->url), host_function(c, native_resolve, e->host),
                     host_function(c, native_import, e->host)};
    bool esm = e->module->kind == JS_MODULE_ESM;
    js_obj helper = e->iso->helpers[esm ? JS_HELPER_evaluate : JS_HELPER_evaluate_commonjs];
    return js_call(c, helper, NULL, 4, args, exc);
}

bool js_module_begin(struct isolate *iso, js_ctx c, const struct js_rewritten *r, struct span url,
                     const struct js_module_host *host, js_obj record, js_val *exc) {
    js_val fn = function_of(iso, r, url, exc);
    if (!fn) return false;
    js_val args[] = {fn,
                     js_str(c, url),
                     host_function(c, native_resolve, host),
                     host_function(c, native_import, host),
                     record,
                     js_bool(c, r->kind == JS_MODULE_COMMONJS)};
    js_call(c, iso->helpers[JS_HELPER_begin], NULL, 6, args, exc);
    return !*exc;
}

enum js_outcome js_module_evaluate(struct isolate *iso, const struct js_rewritten *r, struct span url,
                                   const struct js_module_host *host, uint32_t cpu_limit_ms,
                                   js_val *ret_promise) {
    struct evaluation e = {iso, r, url, host};
    return isolate_run(iso, run_module, &e, cpu_limit_ms, ret_promise);
}

/* --- What is not JavaScript ----------------------------------------------------------------------------------------- */

js_val js_module_of(js_ctx c, js_val value, js_val *exc) {
    js_obj own = js_object(c);
    js_val arg = own;
    if (!js_define(c, own, SPAN("default"), value, JS_ENUMERABLE, exc)) return NULL;
    return js_call(c, isolate_current()->helpers[JS_HELPER_namespace], NULL, 1, &arg, exc);
}

js_val js_module_asset(js_ctx c, enum js_asset_kind kind, struct span content, js_val *exc) {
    js_val value = NULL;
    js_lock(c);
    switch (kind) {
    case JS_ASSET_TEXT: value = js_str(c, content); break;
    case JS_ASSET_DATA: value = js_buffer_copy(c, content, exc); break;
    case JS_ASSET_JSON: value = js_json_parse(c, content, exc); break;
    }
    js_val ns = value ? js_module_of(c, value, exc) : NULL;
    js_unlock(c);
    return ns;
}
