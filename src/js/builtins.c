#include "js/builtins.h"

#include "base/check.h"
#include "base/mem.h"
#include "js/room.h"
#include "js_sources.h"
#include <stdio.h>

/* --- Scripts ------------------------------------------------------------------------------------------------------ */

static js_val evaluate(struct isolate *iso, JSScriptRef script, JSStringRef error, int error_line,
                       js_val *exc) {
    if (!script) {
        struct js_chars s = {.held = error};
        char text[512] = "the text is not ASCII";
        if (error && js_chars_look(&s) && js_chars_utf8_len(&s) < sizeof text)
            text[js_chars_utf8(&s, text)] = 0;
        if (error) JSStringRelease(error);
        return js_throw(iso->ctx, exc, JS_SYNTAX_ERROR, "%s (line %d)", text, error_line);
    }
    js_val v = JSScriptEvaluate(iso->ctx, script, NULL, exc);
    JSScriptRelease(script);
    return *exc ? NULL : v;
}

js_val script_immortal(struct isolate *iso, struct span ascii, const char *url, js_val *exc) {
    JSStringRef name = jsc_string(span_of(url)), error = NULL;
    int line = 0;
    JSScriptRef script =
        JSScriptCreateReferencingImmortalASCIIText(iso->group, name, 1, ascii.ptr, ascii.len, &error, &line);
    JSStringRelease(name);
    return evaluate(iso, script, error, line, exc);
}

js_val script_text(struct isolate *iso, struct span source, struct span url, js_val *exc) {
    JSStringRef name = jsc_string(url), text = jsc_string(source), error = NULL;
    int line = 0;
    JSScriptRef script = JSScriptCreateFromString(iso->group, name, 1, text, &error, &line);
    JSStringRelease(name);
    JSStringRelease(text);
    return evaluate(iso, script, error, line, exc);
}

/* --- Built-ins ---------------------------------------------------------------------------------------------------- */

static const struct js_source *find_own(const char *name) {
    for (size_t i = 0; i < js_sources_count; i++)
        if (strcmp(js_sources[i].name, name) == 0) return &js_sources[i];
    unreachable();
}

static size_t find(const struct js_builtins *table, struct span name) {
    for (size_t i = 0; table && i < table->source_count; i++)
        if (span_eq(span_of(table->sources[i].name), name)) return i;
    return SIZE_MAX;
}

static const struct js_native_row *natives_of(const struct js_builtins *table, const char *name) {
    static const struct js_native_row none[1];
    for (const struct js_builtin_natives *n = table->natives; n && n->builtin; n++)
        if (strcmp(n->builtin, name) == 0) return n->rows;
    return none;
}

/* Evaluates the text, which is a function, and calls it. */
static js_val run(struct isolate *iso, const struct js_source *source, js_val natives, js_val *exc) {
    char url[128];
    js_ctx c = iso->ctx;
    snprintf(url, sizeof url, "cusp:%s", source->name);
    js_val fn = script_immortal(iso, span_make(source->text, source->len), url, exc);
    js_val none = js_undefined(c), args[] = {iso->primordials ? iso->primordials : none,
                                             natives ? natives : none, iso->internal ? iso->internal : none};
    return fn ? js_call(c, js_as_object(fn), NULL, 3, args, exc) : NULL;
}

static js_obj load(struct isolate *iso, size_t at, js_val *exc) {
    const struct js_source *source = &iso->config.builtins->sources[at];
    if (iso->exports[at]) return iso->exports[at];
    if (iso->loading[at]) {
        js_throw_error(iso->ctx, exc, "the built-ins load one another in a circle at cusp:%s", source->name);
        return NULL;
    }
    iso->loading[at] = true;
    js_obj natives = js_bare_object(iso->ctx);
    const struct js_native_row *rows = natives_of(iso->config.builtins, source->name);
    bool installed = js_natives_install(iso->ctx, natives, rows, exc);
    js_val exports = installed ? run(iso, source, natives, exc) : NULL;
    iso->loading[at] = false; /* after a termination or a lack of stack, the next touch tries again */
    if (!exports) return NULL;
    check(js_is_object(iso->ctx, exports));
    js_protect(iso->ctx, exports);
    return iso->exports[at] = js_as_object(exports);
}

js_obj js_builtin_load(struct isolate *iso, const char *name, js_val *exc) {
    size_t at = find(iso->config.builtins, span_of(name));
    check(at != SIZE_MAX);
    return load(iso, at, exc);
}

js_val js_builtin_get(struct isolate *iso, const char *name, const char *export_name, js_val *exc) {
    js_obj exports = js_builtin_load(iso, name, exc);
    return exports ? js_get_span(iso->ctx, exports, span_of(export_name), exc) : NULL;
}

js_obj js_builtin_internal(struct isolate *iso) { return iso->internal; }

static JS_NATIVE(native_load) {
    struct isolate *iso = isolate_current();
    char room[64];
    struct span name = SPAN_NONE;
    js_lock(c);
    if (js_to_utf8(c, js_arg(c, argc, argv, 0), room, sizeof room, &name, exc)) {
        size_t at = find(iso->config.builtins, name);
        js_obj exports = at == SIZE_MAX ? NULL : load(iso, at, exc);
        if (at == SIZE_MAX) js_throw_error(c, exc, "there is no built-in cusp:%s", room);
        js_unlock(c);
        return exports;
    }
    js_unlock(c);
    return NULL;
}

/* --- Start -------------------------------------------------------------------------------------------------------- */

static bool start_core(struct isolate *iso, js_val *exc) {
    js_val helpers = run(iso, find_own("core"), NULL, exc);
    for (uint32_t i = 0; helpers && i < JS_HELPER_COUNT; i++) {
        js_val helper = js_get_at(iso->ctx, js_as_object(helpers), i, exc);
        if (!helper) return false;
        js_protect(iso->ctx, helper);
        iso->helpers[i] = js_as_object(helper);
    }
    return helpers != NULL;
}

static bool install_globals(struct isolate *iso, js_obj load_fn, js_val *exc) {
    const struct js_lazy_global *g = iso->config.builtins->globals;
    struct buf rows = BUF_INIT;
    for (; g && g->name; g++)
        buf_printf(&rows, "%s%s,%s,%d", rows.len ? ";" : "", g->name, g->builtin, g->enumerable);
    js_val args[] = {load_fn, js_str(iso->ctx, buf_span(&rows))};
    if (rows.len) js_call(iso->ctx, iso->helpers[JS_HELPER_lazy_globals], NULL, 2, args, exc);
    buf_free(&rows);
    return !*exc;
}

static bool start_builtins(struct isolate *iso, js_val *exc) {
    const struct js_builtins *table = iso->config.builtins;
    js_ctx c = iso->ctx;
    /* Fetches what the built-ins name: tools/embed.mjs puts it into a source of this name. */
    size_t at = find(table, SPAN("$primordials"));
    struct span text =
        at == SIZE_MAX ? SPAN_NONE : span_make(table->sources[at].text, table->sources[at].len);
    js_val wanted = text.len ? script_immortal(iso, text, "cusp:primordials", exc) : NULL;
    if (*exc) return false;
    js_val primordials = run(iso, find_own("primordials"), wanted, exc);
    if (!primordials) return false;
    js_protect(c, primordials);
    iso->primordials = js_as_object(primordials);
    iso->internal = js_bare_object(c);
    js_protect(c, iso->internal);
    js_obj load_fn = js_function(c, "load", native_load);
    js_set_span(c, iso->internal, SPAN("load"), load_fn, exc);
    js_set_span(c, iso->internal, SPAN("global"), js_global(c), exc);
    iso->exports = mem_array(table->source_count + 1, sizeof *iso->exports);
    iso->loading = mem_array(table->source_count + 1, sizeof *iso->loading);
    if (!install_globals(iso, load_fn, exc)) return false;
    for (const char *const *name = table->eager; name && *name; name++)
        if (!js_builtin_load(iso, *name, exc)) return false;
    return true;
}

static js_val start(js_ctx c, void *data, js_val *exc) {
    (void)c;
    struct isolate *iso = data;
    if (start_core(iso, exc) && iso->config.builtins) start_builtins(iso, exc);
    return NULL;
}

enum err builtins_start(struct isolate *iso, struct problem *p) {
    js_val thrown = NULL;
    enum js_outcome outcome = isolate_run(iso, start, iso, 0, &thrown);
    if (outcome == JS_OK) return ERR_OK;
    struct buf text = BUF_INIT;
    js_val exc = NULL;
    if (outcome != JS_EXCEPTION || !js_to_utf8_buf(iso->ctx, thrown, &text, &exc))
        buf_lit(&text, "terminated");
    js_val stack = outcome == JS_EXCEPTION && js_is_object(iso->ctx, thrown)
                       ? js_get(iso->ctx, js_as_object(thrown), JS_NAME_stack, &exc)
                       : NULL;
    buf_lit(&text, " at ");
    if (stack) js_to_utf8_buf(iso->ctx, stack, &text, &exc);
    problem(p, ERR_INTERNAL, "a built-in failed: %s", buf_cstr(&text));
    buf_free(&text);
    return ERR_INTERNAL;
}

void builtins_forget(struct isolate *iso) {
    size_t count = iso->config.builtins ? iso->config.builtins->source_count : 0;
    for (size_t i = 0; iso->exports && i < count; i++) js_unprotect(iso->ctx, iso->exports[i]);
    js_unprotect(iso->ctx, iso->primordials);
    js_unprotect(iso->ctx, iso->internal);
    mem_free(iso->exports);
    mem_free(iso->loading);
}
