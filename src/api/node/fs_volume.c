/* The C side of fs_volume.js: the Worker's modules as files, and the limits of its /tmp. */
#include "api/builtins.h"
#include "api/core.h"
#include "base/limits.h"

/* limits() -> {MOST_BYTES, MOST_FILE, MOST_ENTRIES, MOST_FDS} */
static JS_NATIVE(native_limits) {
    js_obj o = js_object(c);
    const struct {
        struct span name;
        double value;
    } rows[] = {{SPAN("MOST_BYTES"), (double)LIMIT_FS_BYTES},
                {SPAN("MOST_FILE"), (double)LIMIT_FS_FILE_BYTES},
                {SPAN("MOST_ENTRIES"), (double)LIMIT_FS_ENTRIES},
                {SPAN("MOST_FDS"), (double)LIMIT_FS_DESCRIPTORS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!js_set_span(c, o, rows[i].name, js_number(c, rows[i].value), exc)) return NULL;
    return o;
}

/* modules() -> [name, size, name, size, ...] */
static JS_NATIVE(native_modules) {
    const struct version *v = api_here()->config.version;
    js_obj list = js_array(c, 0, NULL, exc);
    if (!list) return NULL;
    for (size_t i = 0; i < v->module_count; i++)
        if (!js_set_at(c, list, (uint32_t)(2 * i), js_str(c, v->modules[i].name), exc) ||
            !js_set_at(c, list, (uint32_t)(2 * i + 1), js_number(c, (double)v->modules[i].bytes.len), exc))
            return NULL;
    return list;
}

/* module(index) -> ArrayBuffer, a copy */
static JS_NATIVE(native_module) {
    const struct version *v = api_here()->config.version;
    int32_t i;
    if (!js_arg_int(c, argc, argv, 0, &i, exc)) return NULL;
    if (i < 0 || (size_t)i >= v->module_count) return js_throw_range(c, exc, "no such module");
    return js_buffer_copy(c, v->modules[i].bytes, exc);
}

const struct js_native_row api_natives_node_fs_volume[] = {
    {"limits", native_limits, 0}, {"modules", native_modules, 0}, {"module", native_module, 1}, {0}};
