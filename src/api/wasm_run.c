/* wasm_run --plain|--metered|--compare [--cpu-ms N] SCRIPT.js MODULE.wasm...: WebAssembly in an isolate, as it is or as deployed.
 *
 * The script is run once for each module, in a fresh isolate. It sees $name, $module (a WebAssembly.Module), $meter (true: metered)
 * and $cpu() (milliseconds of CPU of the thread); it leaves a string in $result, which is printed. With --compare it runs
 * twice, and both strings must be the same: prints TAP, exits 0 when all are. That could pass wrongly if a script said
 * the same whatever happened: --compare fails when the string is shorter than 16 characters. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/builtins.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "js/engine.h"
#include "wasm/wasm.h"

struct run {
    struct span script, module;
    const char *name;
    uint32_t cpu_ms;
    bool metered;
    struct arena arena;
    struct span result;
};

static JS_NATIVE(native_cpu) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return js_number(c, (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static js_val make_module(js_ctx c, const struct run *r, js_val *exc) {
    js_val bytes = js_uint8_copy(c, r->module, exc), maker;
    if (!bytes) return NULL;
    if (r->metered) {
        maker = js_builtin_get(isolate_current(), "webassembly", "moduleOf", exc);
        return maker ? js_call(c, js_as_object(maker), NULL, 1, &bytes, exc) : NULL;
    }
    js_val space = js_get_span(c, js_global(c), SPAN("WebAssembly"), exc);
    maker = space ? js_get_span(c, js_as_object(space), SPAN("Module"), exc) : NULL;
    return maker ? js_construct(c, js_as_object(maker), 1, &bytes, exc) : NULL;
}

static js_val prepare(js_ctx c, void *data, js_val *exc) {
    struct run *r = data;
    js_obj global = js_global(c);
    js_val module = make_module(c, r, exc);
    if (!module) return NULL;
    js_set_span(c, global, SPAN("$module"), module, exc);
    js_set_span(c, global, SPAN("$name"), js_str(c, span_of(r->name)), exc);
    js_set_span(c, global, SPAN("$meter"), js_bool(c, r->metered), exc);
    js_set_span(c, global, SPAN("$cpu"), js_function(c, "$cpu", native_cpu), exc);
    return NULL;
}

static js_val read_result(js_ctx c, void *data, js_val *exc) {
    struct run *r = data;
    js_val v = js_get_span(c, js_global(c), SPAN("$result"), exc);
    if (v) js_to_utf8_arena(c, v, &r->arena, &r->result, exc);
    r->result = arena_copy(&r->arena, r->result);
    return NULL;
}

static js_val describe(js_ctx c, void *data, js_val *exc) {
    struct {
        struct run *r;
        js_val thrown;
    } *call = data;
    js_to_utf8_arena(c, call->thrown, &call->r->arena, &call->r->result, exc);
    call->r->result = arena_printf(&call->r->arena, "threw %.*s", SPAN_FMT(call->r->result));
    return NULL;
}

/* What the script said, or how it ended. */
static void run(struct run *r) {
    struct js_builtins builtins;
    struct problem p;
    struct isolate *iso;
    js_val thrown = NULL;
    api_builtins(&builtins);
    builtins.eager = NULL; /* no event, no loop: only the language and WebAssembly */
    struct isolate_config config = {.name = "wasm_run",
                                    .cpu_limit_ms = r->cpu_ms,
                                    .running_clock = true,
                                    .builtins = r->metered ? &builtins : NULL};
    if (isolate_new(&config, &iso, &p) != ERR_OK) {
        r->result = arena_printf(&r->arena, "%s", p.text);
        return;
    }
    isolate_enter(iso);
    enum js_outcome outcome = isolate_run(iso, prepare, r, 0, &thrown);
    if (outcome == JS_OK) outcome = isolate_eval(iso, r->script, SPAN("script.js"), 0, &thrown);
    if (outcome == JS_OK) outcome = isolate_run(iso, read_result, r, 0, &thrown);
    if (outcome == JS_TERMINATED || outcome == JS_CONDEMNED) {
        r->result = arena_printf(&r->arena, "ended by a limit (%d) after %.1f ms of CPU",
                                 (int)isolate_verdict(iso), (double)isolate_cpu_ns(iso) / 1e6);
    } else if (outcome == JS_EXCEPTION) {
        struct {
            struct run *r;
            js_val thrown;
        } call = {r, thrown};
        outcome = isolate_run(iso, describe, &call, 0, NULL);
    }
    isolate_leave(iso);
    isolate_free(iso);
}

static struct buf read_file(const char *path) {
    struct buf b = BUF_INIT;
    FILE *f = fopen(path, "rb");
    size_t n;
    if (!f) {
        perror(path);
        exit(2);
    }
    while ((n = fread(buf_reserve(&b, 65536), 1, 65536, f)) > 0) buf_added(&b, n);
    fclose(f);
    return b;
}

static bool run_metered(struct run *r, struct span plain) {
    struct buf metered = BUF_INIT;
    struct problem p;
    enum err e = wasm_meter(plain, &metered, &p);
    r->metered = true;
    r->module = buf_span(&metered);
    if (e)
        r->result = arena_printf(&r->arena, "refused: %s", p.text);
    else
        run(r);
    buf_free(&metered);
    return !e;
}

static bool compare(struct run *r, struct span plain) {
    static int number;
    run(r);
    struct span first = r->result;
    bool same = run_metered(r, plain) && first.len >= 16 && span_eq(first, r->result);
    printf("%sok %d - %s\n", same ? "" : "not ", ++number, r->name);
    if (!same) printf("# plain:   %.*s\n# metered: %.*s\n", SPAN_FMT(first), SPAN_FMT(r->result));
    return same;
}

static bool run_file(const char *mode, uint32_t cpu_ms, struct span script, const char *path) {
    struct buf plain = read_file(path);
    const char *slash = strrchr(path, '/');
    struct run r = {
        .script = script, .module = buf_span(&plain), .name = slash ? slash + 1 : path, .cpu_ms = cpu_ms};
    bool fine = true;
    if (strcmp(mode, "--compare") == 0) {
        fine = compare(&r, buf_span(&plain));
    } else {
        if (strcmp(mode, "--metered") == 0)
            run_metered(&r, buf_span(&plain));
        else
            run(&r);
        printf("%.*s\n", SPAN_FMT(r.result));
    }
    fflush(stdout);
    arena_free(&r.arena);
    buf_free(&plain);
    return fine;
}

int main(int argc, char **argv) {
    struct problem p;
    uint32_t cpu_ms = 60000;
    int at = 2;
    if (argc > 4 && strcmp(argv[2], "--cpu-ms") == 0) cpu_ms = (uint32_t)atoi(argv[3]), at = 4;
    if (argc < at + 2)
        return fprintf(stderr,
                       "usage: wasm_run --plain|--metered|--compare [--cpu-ms N] SCRIPT.js MODULE.wasm...\n"),
               2;
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 2;
    struct buf script = read_file(argv[at++]);
    bool fine = true;
    if (strcmp(argv[1], "--compare") == 0) printf("1..%d\n", argc - at);
    for (; at < argc; at++) fine &= run_file(argv[1], cpu_ms, buf_span(&script), argv[at]);
    buf_free(&script);
    return fine ? 0 : 1;
}
