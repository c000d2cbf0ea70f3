/* The C side of urlpattern.js: http/urlpattern.h. Eight components and a base URL are arguments in the order of
 * enum urlpattern_at, undefined where they are absent. */
#include "http/urlpattern.h"
#include "api/builtins.h"
#include "api/scratch.h"
#include "base/limits.h"

static void pattern_gone(void *data) { urlpattern_free(data); }
static const struct js_kind pattern_kind = {"URLPattern", pattern_gone};

static struct urlpattern *pattern_arg(js_ctx c, size_t argc, const js_val argv[], js_val *exc) {
    struct urlpattern *p = js_handle_get(c, js_arg(c, argc, argv, 0), &pattern_kind);
    if (!p) js_throw_type(c, exc, "Illegal invocation");
    return p;
}

/* A string, or nothing (ptr NULL). */
static bool text_arg(js_ctx c, struct arena *a, js_val v, struct span *ret, js_val *exc) {
    *ret = SPAN_NONE;
    return js_is_undefined(c, v) || js_to_utf8_arena(c, v, a, ret, exc);
}

/* argv[at] is the string input, then come the nine fields. */
static bool input_args(js_ctx c, struct arena *a, size_t argc, const js_val argv[], size_t at,
                       struct span *ret_string, struct urlpattern_init *ret, js_val *exc) {
    if (!text_arg(c, a, js_arg(c, argc, argv, at), ret_string, exc)) return false;
    for (int i = 0; i < URLPATTERN_FIELDS; i++)
        if (!text_arg(c, a, js_arg(c, argc, argv, at + 1 + (size_t)i), &ret->field[i], exc)) return false;
    return true;
}

static js_val made(js_ctx c, struct urlpattern *p, js_val *exc) {
    js_val items[1 + URLPATTERN_COMPONENTS];
    js_extra_memory(c, urlpattern_memory_bytes(p));
    items[0] = js_handle_new(c, &pattern_kind, p);
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++)
        items[1 + i] = js_str(c, urlpattern_text(p, (enum urlpattern_at)i));
    return js_array(c, 1 + URLPATTERN_COMPONENTS, items, exc);
}

/* make(special, ignoreCase, string, fields...) -> [handle, eight patterns], or the regular expression of the protocol: then
 * the answer is wanted as `special` (enum urlpattern_special). */
static JS_NATIVE(native_make) {
    struct arena a = ARENA_INIT;
    struct span string;
    struct urlpattern_init init = {0};
    int32_t special;
    js_val result = NULL;
    if (js_arg_int(c, argc, argv, 0, &special, exc) &&
        input_args(c, &a, argc, argv, 2, &string, &init, exc)) {
        struct urlpattern *p;
        struct urlpattern_failure f;
        enum err e = urlpattern_new(string, &init, js_to_bool(c, argv[1]), (enum urlpattern_special)special,
                                    &a, &p, &f);
        if (!e)
            result = made(c, p, exc);
        else if (e == ERR_UNSUPPORTED)
            result = js_str(c, f.question);
        else if (e == ERR_TOO_LARGE)
            js_throw_type(c, exc, "The pattern is longer than %u bytes.", (unsigned)LIMIT_URLPATTERN_BYTES);
        else
            js_throw_type(c, exc, "Invalid URLPattern: %s.", f.why ? f.why : "it is not valid");
    }
    arena_free(&a);
    return result;
}

/* about(handle, component) -> [regular expression or undefined, does it ignore case, names...] */
static JS_NATIVE(native_about) {
    struct urlpattern *p = pattern_arg(c, argc, argv, exc);
    int32_t at;
    if (!p || !js_arg_int(c, argc, argv, 1, &at, exc)) return NULL;
    if (at < 0 || at >= URLPATTERN_COMPONENTS) return js_throw_type(c, exc, "Illegal invocation");
    enum urlpattern_at i = (enum urlpattern_at)at;
    bool regexp = urlpattern_has_regexp(p, i);
    js_val head[] = {regexp ? js_str(c, urlpattern_regexp(p, i)) : js_undefined(c),
                     js_bool(c, urlpattern_ignores_case(p, i))};
    js_obj list = js_array(c, 2, head, exc);
    for (size_t k = 0; list && k < urlpattern_group_count(p, i); k++)
        js_set_at(c, list, (uint32_t)(2 + k), js_str(c, urlpattern_group_name(p, i, k)), exc);
    return list;
}

static enum err input_of(struct arena *a, struct span string, const struct urlpattern_init *init,
                         struct urlpattern_input *ret) {
    if (string.ptr) return urlpattern_input_url(a, string, init->field[URLPATTERN_BASE], ret);
    return urlpattern_input_init(a, init, ret);
}

/* The string and fields behind the handle. False: an exception, or no URL. */
static bool read_input(js_ctx c, struct arena *a, size_t argc, const js_val argv[],
                       struct urlpattern_input *ret, js_val *exc) {
    struct span string;
    struct urlpattern_init init = {0};
    return input_args(c, a, argc, argv, 1, &string, &init, exc) && input_of(a, string, &init, ret) == ERR_OK;
}

static js_val too_long(js_ctx c, js_val *exc) {
    return js_throw_range(c, exc, "The input is too long for this pattern.");
}

/* test(handle, string, fields...) -> boolean: do all components match that have no regular expression? */
static JS_NATIVE(native_test) {
    struct urlpattern *p = pattern_arg(c, argc, argv, exc);
    struct arena a = ARENA_INIT;
    struct urlpattern_input input;
    if (!p) return NULL;
    bool all = read_input(c, &a, argc, argv, &input, exc);
    for (int i = 0; all && i < URLPATTERN_COMPONENTS; i++)
        if (!urlpattern_has_regexp(p, (enum urlpattern_at)i) &&
            urlpattern_match(p, (enum urlpattern_at)i, input.part[i], NULL, &all)) {
            too_long(c, exc);
            break;
        }
    arena_free(&a);
    return *exc ? NULL : js_bool(c, all);
}

/* Appends the input, and the groups when it is matched here. False: no match, or an exception. */
static bool add_component(js_ctx c, struct arena *a, const struct urlpattern *p, enum urlpattern_at i,
                          struct span input, js_obj list, uint32_t *at, js_val *exc) {
    size_t count = urlpattern_group_count(p, i);
    js_set_at(c, list, (*at)++, js_str(c, input), exc);
    if (urlpattern_has_regexp(p, i)) return !*exc;
    struct span *groups = arena_alloc(a, (count + 1) * sizeof *groups);
    bool matches = false;
    if (urlpattern_match(p, i, input, groups, &matches)) return too_long(c, exc), false;
    for (size_t k = 0; matches && k < count; k++)
        js_set_at(c, list, (*at)++, groups[k].ptr ? js_str(c, groups[k]) : js_undefined(c), exc);
    return matches && !*exc;
}

/* exec(handle, string, fields...) -> null, or flat: each component's input and, without a regular expression, its groups */
static JS_NATIVE(native_exec) {
    struct urlpattern *p = pattern_arg(c, argc, argv, exc);
    struct arena a = ARENA_INIT;
    struct urlpattern_input input;
    if (!p) return NULL;
    bool all = read_input(c, &a, argc, argv, &input, exc);
    js_obj list = all ? js_array(c, 0, NULL, exc) : NULL;
    uint32_t at = 0;
    for (int i = 0; list && all && i < URLPATTERN_COMPONENTS; i++)
        all = add_component(c, &a, p, (enum urlpattern_at)i, input.part[i], list, &at, exc);
    arena_free(&a);
    return *exc ? NULL : list && all ? (js_val)list : js_null(c);
}

struct values { /* names and values, in turn */
    js_ctx c;
    struct arena *a;
    js_obj list;
    uint32_t count;
    js_val *exc;
};

static struct span value_of(void *data, struct span name) {
    struct values *v = data;
    for (uint32_t i = 0; i + 1 < v->count; i += 2) {
        struct span text;
        js_val key = js_get_at(v->c, v->list, i, v->exc);
        if (!key || !js_to_utf8_arena(v->c, key, v->a, &text, v->exc)) return SPAN_NONE;
        if (!span_eq(text, name)) continue;
        js_val value = js_get_at(v->c, v->list, i + 1, v->exc);
        return value && js_to_utf8_arena(v->c, value, v->a, &text, v->exc) ? text : SPAN_NONE;
    }
    return SPAN_NONE;
}

/* generate(handle, component, [name, value, ...], length) -> string, null where it cannot be */
static JS_NATIVE(native_generate) {
    struct urlpattern *p = pattern_arg(c, argc, argv, exc);
    int32_t at, count;
    if (!p || !js_arg_int(c, argc, argv, 1, &at, exc) || !js_arg_int(c, argc, argv, 3, &count, exc))
        return NULL;
    if (at < 0 || at >= URLPATTERN_COMPONENTS || !js_is_object(c, argv[2]) || count < 0)
        return js_throw_type(c, exc, "Illegal invocation");
    struct arena a = ARENA_INIT;
    struct span text;
    struct values v = {c, &a, js_as_object(argv[2]), (uint32_t)count, exc};
    js_val result = js_null(c);
    if (urlpattern_generate(p, (enum urlpattern_at)at, &a, value_of, &v, &text) == ERR_OK && !*exc)
        result = js_str(c, text);
    arena_free(&a);
    return *exc ? NULL : result;
}

/* compare(left handle, right handle, component) -> -1, 0, 1 */
static JS_NATIVE(native_compare) {
    struct urlpattern *left = pattern_arg(c, argc, argv, exc);
    if (!left) return NULL;
    struct urlpattern *right = pattern_arg(c, argc - 1, argv + 1, exc);
    int32_t at;
    if (!right || !js_arg_int(c, argc, argv, 2, &at, exc)) return NULL;
    if (at < 0 || at >= URLPATTERN_COMPONENTS) return js_throw_type(c, exc, "Illegal invocation");
    return js_int(c, urlpattern_compare(left, right, (enum urlpattern_at)at));
}

const struct js_native_row api_natives_urlpattern[] = {{"make", native_make, 12},
                                                       {"about", native_about, 2},
                                                       {"test", native_test, 11},
                                                       {"exec", native_exec, 11},
                                                       {"generate", native_generate, 4},
                                                       {"compare", native_compare, 3},
                                                       {0}};
