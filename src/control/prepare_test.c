/* Preparations with the real bundler, on a loop. It could pass wrongly if the memo were never written (then no second run is from
 * it, which is tested) or if the inputs that are touched were not those that count; their list is looked at too. */
#include "loop/testing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "control/bundle.h"
#include "loop/file.h"
#include "state/test_dir.h"
#include "state/version.h"

struct world {
    char *dir;
    struct loop *loop;
    struct arena arena;
    struct prepare_request request;
    struct prepare *running;
    struct prepared result; /* its texts copied */
    struct buf text, warnings, inputs;
    unsigned times;
};

static void put_bytes(struct world *w, const char *name, const void *bytes, size_t len) {
    struct span path = file_join(&w->arena, span_of(w->dir), span_of(name));
    assert_int_equal(file_mkdirs(arena_copy(&w->arena, file_dirname(path)).ptr, 0755, NULL), ERR_OK);
    test_write_file(path.ptr, bytes, len);
}
static void put(struct world *w, const char *name, const char *text) {
    put_bytes(w, name, text, strlen(text));
}

/* Files that are a minute old: a memo does not trust what is written while the bundler runs. */
static void age(struct world *w, const char *name) {
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec -= 60;
    assert_int_equal(utimensat(AT_FDCWD, file_join(&w->arena, span_of(w->dir), span_of(name)).ptr, times, 0),
                     0);
}

static const char *const files[] = {"wrangler.toml", "src/index.ts", "src/part.ts", "src/hello.txt",
                                    "src/add.wasm"};

static struct world world(void) {
    struct world w = {.dir = test_dir_make(), .loop = loop_new(), .arena = ARENA_INIT};
    static const char wasm[] = "\0asm\1\0\0\0";
    put(&w, "wrangler.toml",
        "name = \"shop\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2025-01-31\"\n"
        "[vars]\nA = \"a\"\n[triggers]\ncrons = [\"* * * * *\"]\n[limits]\ncpu_ms = 77\n");
    put(&w, "src/index.ts",
        "import { part } from './part';\nimport text from './hello.txt';\nimport add from "
        "'./add.wasm';\nexport default { fetch(): Response { return new Response(text + part + "
        "String(add)); } };\n");
    put(&w, "src/part.ts", "export const part: number = 1;\n");
    put(&w, "src/hello.txt", "hello text");
    put_bytes(&w, "src/add.wasm", wasm, 8);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) age(&w, files[i]);
    assert_int_equal(file_mkdirs(file_join(&w.arena, span_of(w.dir), SPAN("code")).ptr, 0700, NULL), ERR_OK);
    w.request = (struct prepare_request){.path = w.dir,
                                         .code_dir = file_join(&w.arena, span_of(w.dir), SPAN("code")).ptr,
                                         .memo_file = file_join(&w.arena, span_of(w.dir), SPAN("memo")).ptr};
    return w;
}

static void end(struct world *w) {
    loop_free(w->loop);
    buf_free(&w->text);
    buf_free(&w->warnings);
    buf_free(&w->inputs);
    arena_free(&w->arena);
    test_dir_remove(w->dir);
}

static void on_done(void *arg, const struct prepared *r) {
    struct world *w = arg;
    w->running = NULL;
    w->times++;
    w->result = *r;
    w->text.len = w->warnings.len = w->inputs.len = 0;
    buf_add(&w->text, r->text);
    for (size_t i = 0; i < r->warning_count; i++) buf_printf(&w->warnings, "%s\n", r->warnings[i]);
    for (size_t i = 0; i < r->input_count; i++) buf_printf(&w->inputs, "%s\n", r->inputs[i]);
    w->result.name = arena_copy(&w->arena, r->name);
    loop_stop(w->loop);
}

static enum err run(struct world *w) {
    unsigned before = w->times;
    w->running = prepare_start(w->loop, &w->request, on_done, w);
    assert_int_equal(w->times, before); /* never from inside the call */
    test_run(w->loop);
    assert_int_equal(w->times, before + 1);
    if (w->result.err) print_message("%.*s\n", SPAN_FMT(buf_span(&w->text)));
    return w->result.err;
}

static bool lists(const struct world *w, const char *name) {
    return span_find(buf_span(&w->inputs), span_of(name)) < w->inputs.len;
}

static const struct version_module *module_like(const struct version *v, struct span start,
                                                struct span ending) {
    for (size_t i = 0; i < v->module_count; i++)
        if (span_starts(v->modules[i].name, start) && span_ends(v->modules[i].name, ending))
            return &v->modules[i];
    return NULL;
}

static void a_project_becomes_a_version(void **state) {
    struct world w = world();
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    assert_true(span_eq(w.result.name, SPAN("shop")));
    assert_int_equal(w.result.cron_count, 1);
    assert_true(lists(&w, "/src/index.ts\n") && lists(&w, "/src/part.ts\n") && lists(&w, "/src/hello.txt\n"));
    assert_true(lists(&w, "/wrangler.toml\n") && lists(&w, "/package.json\n") &&
                lists(&w, "/tsconfig.json\n"));
    const struct version *v;
    struct problem p;
    assert_int_equal(version_load(w.request.code_dir, w.result.id, &v, &p), ERR_OK);
    assert_true(span_eq(v->name, SPAN("shop")) && span_eq(v->compatibility_date, SPAN("2025-01-31")));
    assert_int_equal(v->limits.cpu_ms, 77);
    assert_int_equal(v->module_count, 3);
    assert_false(v->service_worker);
    const struct version_module *main = &v->modules[v->main_module];
    assert_true(span_eq(main->name, SPAN("index.js")) && main->kind == VERSION_ESM);
    assert_true(span_find(main->source_map, SPAN("\"src/part.ts\"")) < main->source_map.len);
    const struct version_module *text = module_like(v, SPAN("hello-"), SPAN(".txt"));
    assert_true(text && text->kind == VERSION_TEXT && span_eq(text->bytes, SPAN("hello text")));
    assert_true(span_find(main->bytes, text->name) < main->bytes.len); /* imported under that name */
    const struct version_module *wasm = module_like(v, SPAN("add-"), SPAN(".wasm"));
    assert_true(wasm && wasm->kind == VERSION_WASM && span_starts(wasm->bytes, SPAN("\0asm\1\0\0\0")));
    assert_true(span_find(wasm->bytes, SPAN("cusp:0:check")) < wasm->bytes.len); /* metered */
    assert_int_equal(v->binding_count, 1);
    version_unref(v);
    end(&w);
}

static void an_unchanged_project_is_remembered(void **state) {
    struct world w = world();
    assert_int_equal(run(&w), ERR_OK);
    char id[33];
    memcpy(id, w.result.id, 33);
    assert_int_equal(run(&w), ERR_OK);
    assert_true(w.result.from_memo);
    assert_string_equal(w.result.id, id);
    assert_int_equal(w.result.cron_count, 1);
    assert_true(lists(&w, "/src/part.ts\n"));
    assert_non_null(w.result.config_path);

    put(&w, "src/part.ts", "export const part: number = 2;\n"); /* as long as before */
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    assert_string_not_equal(w.result.id, id);

    age(&w, "src/part.ts");
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    assert_int_equal(run(&w), ERR_OK);
    assert_true(w.result.from_memo);
    put(&w, "wrangler.jsonc", "{\"main\":\"src/index.ts\"}"); /* was looked for and is there now */
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    end(&w);
}

/* Written while the bundler ran, for all the memo knows: the state it read is not the state on disk. */
static void what_is_just_being_written_is_not_remembered(void **state) {
    struct world w = world();
    assert_int_equal(run(&w), ERR_OK);
    assert_true(file_exists(w.request.memo_file));
    assert_int_equal(file_remove(w.request.memo_file, NULL), ERR_OK);
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec += 60;
    const char *part = file_join(&w.arena, span_of(w.dir), SPAN("src/part.ts")).ptr;
    assert_int_equal(utimensat(AT_FDCWD, part, times, 0), 0);
    assert_int_equal(run(&w), ERR_OK);
    assert_false(file_exists(w.request.memo_file));
    end(&w);
}

static void other_variables_are_another_request(void **state) {
    struct world w = world();
    assert_int_equal(run(&w), ERR_OK);
    struct prepare_var one = {SPAN("A"), SPAN("1 1:B=1:2")},
                       two[] = {{SPAN("A"), SPAN("1")}, {SPAN("B"), SPAN("2")}};
    w.request.vars = &one, w.request.var_count = 1;
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    w.request.vars = two, w.request.var_count = 2;
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    end(&w);
}

static void a_memo_that_is_no_memo(void **state) {
    static const char *const texts[] = {"", "{", "[]", "{\"id\":\"../../../../../../../../etc/passwd\"}",
                                        "\xff"};
    struct world w = world();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        test_write_file(w.request.memo_file, texts[i], strlen(texts[i]));
        assert_int_equal(run(&w), ERR_OK);
        assert_false(w.result.from_memo);
    }
    assert_int_equal(run(&w), ERR_OK);
    assert_true(w.result.from_memo); /* the version file is what it stands on */
    assert_int_equal(file_remove_tree(w.request.code_dir, NULL), ERR_OK);
    assert_int_equal(file_mkdirs(w.request.code_dir, 0700, NULL), ERR_OK);
    assert_int_equal(run(&w), ERR_OK);
    assert_false(w.result.from_memo);
    end(&w);
}

static void a_syntax_error_says_where(void **state) {
    struct world w = world();
    put(&w, "src/part.ts", "export const part =\n  let;;\n");
    assert_int_equal(run(&w), ERR_INVALID);
    assert_true(span_find(buf_span(&w.text), SPAN("src/part.ts:2:")) < w.text.len);
    /* The bundler leaves no list then, but the file to mend must be watched. */
    assert_true(lists(&w, "/src/part.ts\n") && lists(&w, "/src/index.ts\n") && lists(&w, "/wrangler.toml\n"));
    put(&w, "src/part.ts", "import './missing';\nexport const part = 1;\n");
    assert_int_equal(run(&w), ERR_INVALID);
    assert_true(span_find(buf_span(&w.text), SPAN("Could not resolve \"./missing\"")) < w.text.len);
    assert_true(lists(&w, "/src\n")); /* where it may be created */
    end(&w);
}

/* What can not be metered does not run unmetered: the version is not made, and the module is named. */
static void a_wasm_module_that_is_refused_is_named(void **state) {
    static const char shared_memory[] = "\0asm\1\0\0\0\5\4\1\3\1\2";
    struct world w = world();
    put_bytes(&w, "src/add.wasm", shared_memory, sizeof shared_memory - 1);
    assert_int_equal(run(&w), ERR_UNSUPPORTED);
    assert_true(span_find(buf_span(&w.text), SPAN("\"src/add.wasm\" is refused: a shared memory")) <
                w.text.len);
    assert_true(lists(&w, "/wrangler.toml\n"));
    end(&w);
}

static void a_broken_configuration_says_where(void **state) {
    struct world w = world();
    put(&w, "wrangler.toml", "main = \"src/index.ts\"\nminify = 1\n");
    assert_int_equal(run(&w), ERR_INVALID);
    assert_true(span_find(buf_span(&w.text), SPAN("wrangler.toml:2")) < w.text.len);
    assert_true(lists(&w, "/wrangler.toml\n"));
    end(&w);
}

static void a_warning_of_the_bundler_is_told(void **state) {
    struct world w = world();
    put(&w, "src/part.ts", "export const part = (x: unknown) => typeof x === \"nmber\";\n");
    assert_int_equal(run(&w), ERR_OK);
    assert_true(span_find(buf_span(&w.warnings), SPAN("src/part.ts:1:")) < w.warnings.len);
    end(&w);
}

static void a_bundler_that_is_not_there(void **state) {
    struct world w = world();
    setenv("CUSP_ESBUILD", "/nowhere/esbuild", 1);
    assert_int_equal(run(&w), ERR_NOT_FOUND);
    assert_true(span_find(buf_span(&w.text), SPAN("CUSP_ESBUILD: /nowhere/esbuild")) < w.text.len);
    /* One that says nothing and fails, and one that is killed. */
    const char *mute = file_join(&w.arena, span_of(w.dir), SPAN("mute")).ptr;
    put(&w, "mute", "#!/bin/sh\nexit 3\n");
    assert_int_equal(chmod(mute, 0755), 0);
    setenv("CUSP_ESBUILD", mute, 1);
    assert_int_equal(run(&w), ERR_INTERNAL);
    put(&w, "mute", "#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(run(&w), ERR_INVALID);
    assert_true(span_find(buf_span(&w.text), SPAN("killed by signal 9")) < w.text.len);
    /* One that claims success and leaves nothing. */
    put(&w, "mute", "#!/bin/sh\nexit 0\n");
    assert_int_not_equal(run(&w), ERR_OK);
    unsetenv("CUSP_ESBUILD");
    end(&w);
}

static bool bundler_runs(struct world *w) {
    return file_exists(file_join(&w->arena, span_of(w->dir), SPAN("runs")).ptr);
}

static void cancelled_at_any_time(void **state) {
    struct world w = world();
    prepare_cancel(NULL);
    prepare_cancel(prepare_start(w.loop, &w.request, on_done, &w)); /* on the pool */
    const char *slow = file_join(&w.arena, span_of(w.dir), SPAN("slow")).ptr;
    put(&w, "slow", "#!/bin/sh\n: > runs\necho working\nexec sleep 60\n");
    assert_int_equal(chmod(slow, 0755), 0);
    setenv("CUSP_ESBUILD", slow, 1);
    struct prepare *p = prepare_start(w.loop, &w.request, on_done, &w);
    for (int i = 0; i < 2000 && !bundler_runs(&w); i++) {
        loop_turn(w.loop, false);
        usleep(1000);
    }
    assert_true(bundler_runs(&w));
    prepare_cancel(p);
    unsetenv("CUSP_ESBUILD");
    for (int ms = 0; ms < 300; ms += 10) { /* at moments of a real one */
        p = prepare_start(w.loop, &w.request, on_done, &w);
        w.times = 0;
        for (int i = 0; i < ms && !w.times; i++) {
            loop_turn(w.loop, false);
            usleep(1000);
        }
        if (!w.times) prepare_cancel(p);
    }
    end(&w); /* loop_free() checks that nothing is left */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_project_becomes_a_version),
        cmocka_unit_test(an_unchanged_project_is_remembered),
        cmocka_unit_test(what_is_just_being_written_is_not_remembered),
        cmocka_unit_test(other_variables_are_another_request),
        cmocka_unit_test(a_memo_that_is_no_memo),
        cmocka_unit_test(a_syntax_error_says_where),
        cmocka_unit_test(a_wasm_module_that_is_refused_is_named),
        cmocka_unit_test(a_broken_configuration_says_where),
        cmocka_unit_test(a_warning_of_the_bundler_is_told),
        cmocka_unit_test(a_bundler_that_is_not_there),
        cmocka_unit_test(cancelled_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
