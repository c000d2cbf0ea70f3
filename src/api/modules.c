/* Versions with several modules of code that were not bundled: natives of the built-in "modules", which knows in which order they
 * run. A module is named by its index in the version. */
#include "api/core.h"
#include "api/natives.h"

bool modules_several(const struct version *v) {
    size_t count = 0;
    for (size_t i = 0; i < v->module_count; i++) count += v->modules[i].kind <= VERSION_CJS;
    return count > 1;
}

void modules_free(struct api *api) {
    if (!api->scripts) return;
    for (size_t i = 0; i < api->config.version->module_count; i++) js_rewritten_free(&api->scripts[i]);
    mem_free(api->scripts);
    api->scripts = NULL;
}

static js_val call(js_ctx c, const char *name, size_t argc, const js_val argv[], js_val *exc) {
    js_val fn = js_builtin_get(isolate_current(), "modules", name, exc);
    return fn ? js_call(c, js_as_object(fn), NULL, argc, argv, exc) : NULL;
}

js_val modules_main(js_ctx c, void *data, js_val *exc) {
    const struct api *api = data;
    js_val index = js_int(c, (int32_t)api->config.version->main_module);
    return call(c, "main", 1, &index, exc);
}

js_val modules_get(struct api *api, js_ctx c, const struct version_module *m, bool dynamic, js_val *exc) {
    js_val index = js_int(c, (int32_t)(m - api->config.version->modules));
    return call(c, dynamic ? "load" : "get", 1, &index, exc);
}

js_val modules_import(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc) {
    struct api *api = data;
    const struct version_module *m = start_module(api, specifier, importer);
    if (m && m->kind <= VERSION_CJS && modules_several(api->config.version))
        return modules_get(api, c, m, true, exc);
    return start_resolve(data, c, specifier, importer, exc);
}

/* -- Natives ---------------------------------------------------------------------------------------------------------- */

static bool index_arg(const struct api *api, js_ctx c, size_t argc, const js_val argv[], int32_t *ret,
                      js_val *exc) {
    const struct version *v = api->config.version;
    if (!js_arg_int(c, argc, argv, 0, ret, exc)) return false;
    if (*ret >= 0 && (size_t)*ret < v->module_count && v->modules[*ret].kind <= VERSION_CJS) return true;
    return js_throw_type(c, exc, "no such module"), false;
}

/* Its rewritten text, made at the first call; NULL and *exc. */
static struct js_rewritten *script(struct api *api, js_ctx c, int32_t index, js_val *exc) {
    const struct version *v = api->config.version;
    const struct version_module *m = &v->modules[index];
    struct problem p;
    if (!api->scripts) api->scripts = mem_array(v->module_count, sizeof *api->scripts);
    struct js_rewritten *r = &api->scripts[index];
    if (r->text) return r;
    if (js_module_rewrite(m->bytes, m->kind == VERSION_CJS ? JS_MODULE_COMMONJS : JS_MODULE_ESM, r, &p))
        return js_throw(c, exc, JS_SYNTAX_ERROR, "%.*s: %s", SPAN_FMT(m->name), p.text), NULL;
    return r;
}

static int32_t index_of(const struct api *api, struct span specifier, struct span importer) {
    const struct version_module *m = start_module(api, specifier, importer);
    return m && m->kind <= VERSION_CJS ? (int32_t)(m - api->config.version->modules) : -1;
}

/* imports(index): the indexes of the modules of code that it imports. */
static JS_NATIVE(native_imports) {
    struct api *api = api_here();
    int32_t index;
    uint32_t count = 0;
    if (!index_arg(api, c, argc, argv, &index, exc)) return NULL;
    const struct js_rewritten *r = script(api, c, index, exc);
    js_obj all = r ? js_array(c, 0, NULL, exc) : NULL;
    struct span rest = r ? bytes_span(r->imports) : SPAN_NONE;
    while (all && rest.len) {
        int32_t found = index_of(api, span_cut(&rest, '\n'), api->config.version->modules[index].name);
        if (found >= 0 && !js_set_at(c, all, count++, js_int(c, found), exc)) return NULL;
    }
    return all;
}

/* find(specifier, index of who asks): an index, or -1. */
static JS_NATIVE(native_find) {
    struct api *api = api_here();
    struct arena a = ARENA_INIT;
    struct span specifier;
    int32_t index, found = -1;
    if (!js_arg_int(c, argc, argv, 1, &index, exc)) return NULL;
    if (js_to_utf8_arena(c, argv[0], &a, &specifier, exc) && index >= 0 &&
        (size_t)index < api->config.version->module_count)
        found = index_of(api, specifier, api->config.version->modules[index].name);
    arena_free(&a);
    return js_int(c, found);
}

/* begin(index, record): js_module_begin(). */
static JS_NATIVE(native_begin) {
    struct api *api = api_here();
    int32_t index;
    if (!index_arg(api, c, argc, argv, &index, exc)) return NULL;
    struct js_module_host host = start_host(api);
    const struct js_rewritten *r = script(api, c, index, exc);
    if (r && !js_is_object(c, js_arg(c, argc, argv, 1))) return js_throw_type(c, exc, "a record is needed");
    if (r)
        (void)js_module_begin(api->iso, c, r, api->config.version->modules[index].name, &host,
                              js_as_object(argv[1]), exc);
    return NULL;
}

const struct js_native_row api_natives_modules[] = {
    {"imports", native_imports, 1}, {"find", native_find, 2}, {"begin", native_begin, 2}, {0}};
