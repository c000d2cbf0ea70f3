/* The C functions of the built-in "cloudflare". */
#include "api/compat.h"
#include "api/core.h"
#include "api/natives.h"

/* flag(name): is it on for this Worker? */
JS_NATIVE(native_flag) {
    struct arena a = ARENA_INIT;
    struct span name;
    bool on = false;
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 0), &a, &name, exc)) {
        enum compat flag = compat_find(name);
        on = flag < COMPAT_COUNT && compat_on(api_here()->config.version, flag);
    }
    arena_free(&a);
    return js_bool(c, on);
}

/* flags(): [name, on, name, on, ...] */
static JS_NATIVE(native_flags) {
    js_obj all = js_array(c, 0, NULL, exc);
    for (unsigned i = 0; all && i < COMPAT_COUNT; i++) {
        js_val on = js_bool(c, compat_on(api_here()->config.version, (enum compat)i));
        if (!js_set_at(c, all, 2 * i, js_str(c, compat_name((enum compat)i)), exc) ||
            !js_set_at(c, all, 2 * i + 1, on, exc))
            return NULL;
    }
    return all;
}

const struct js_native_row api_natives_cloudflare[] = {{"flags", native_flags, 0}, {0}};
