/* Configurations as users write them, in directories of their own. It could pass wrongly where a warning or a problem is looked for
 * by a few words that another one has too; the words therefore name key and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/project_int.h"
#include "loop/file.h"
#include "state/test_dir.h"

struct world {
    char *dir;
    struct arena arena;
    struct project project;
    struct problem p;
};

static struct world world(void) {
    struct world w = {.dir = test_dir_make(), .arena = ARENA_INIT};
    return w;
}

static void end(struct world *w) {
    arena_free(&w->arena);
    test_dir_remove(w->dir);
}

static void put(struct world *w, const char *name, const char *text) {
    struct span path = file_join(&w->arena, span_of(w->dir), span_of(name));
    assert_int_equal(file_mkdirs(arena_copy(&w->arena, file_dirname(path)).ptr, 0755, &w->p), ERR_OK);
    test_write_file(path.ptr, text, strlen(text));
}

static enum err read_request(struct world *w, const char *path, struct prepare_request request) {
    request.path = path[0] == '/' ? path : file_join(&w->arena, span_of(w->dir), span_of(path)).ptr;
    w->p.text[0] = 0;
    return project_read(&request, &w->arena, &w->project, &w->p);
}

static enum err read_dir(struct world *w) {
    return read_request(w, w->dir, (struct prepare_request){.dev = true});
}
static enum err read_env(struct world *w, const char *name) {
    return read_request(w, w->dir, (struct prepare_request){.dev = true, .environment = name});
}

/* A project with this wrangler.toml and an index.js. */
static enum err read_toml(struct world *w, const char *toml) {
    put(w, "index.js", "export default {}");
    put(w, "wrangler.toml", toml);
    return read_dir(w);
}

static bool has(const char *text, const char *part) {
    if (strstr(text, part)) return true;
    print_message("'%s' is not in: %s\n", part, text);
    return false;
}
#define assert_has(text, part) assert_true(has((text), (part)))

static bool warned(const struct world *w, const char *part) {
    for (size_t i = 0; i < w->project.warning_count; i++)
        if (strstr(w->project.warnings[i], part)) return true;
    return false;
}

static const struct version_binding *binding(const struct world *w, const char *name) {
    for (size_t i = 0; i < w->project.binding_count; i++)
        if (span_eq(w->project.bindings[i].name, span_of(name))) return &w->project.bindings[i];
    return NULL;
}

static bool is(struct span a, const char *b) {
    if (span_eq(a, span_of(b))) return true;
    print_message("'%.*s' is not '%s'\n", SPAN_FMT(a), b);
    return false;
}

static bool binds(const struct world *w, const char *name, enum version_binding_kind kind,
                  const char *value) {
    const struct version_binding *b = binding(w, name);
    return b && b->kind == kind && is(b->value, value);
}

#define DATE "compatibility_date = \"2025-01-31\"\n"

static void json_comes_before_jsonc_before_toml(void **state) {
    struct world w = world();
    assert_int_equal(read_toml(&w, "name = \"toml\"\nmain = \"index.js\"\n" DATE), ERR_OK);
    assert_true(is(w.project.name, "toml"));
    put(&w, "wrangler.jsonc", "{\"name\": \"jsonc\", /* why */ \"main\": \"index.js\",}");
    assert_int_equal(read_dir(&w), ERR_OK);
    assert_true(is(w.project.name, "jsonc"));
    put(&w, "wrangler.json", "{\"name\": \"json\", \"main\": \"index.js\"}");
    assert_int_equal(read_dir(&w), ERR_OK);
    assert_true(is(w.project.name, "json"));
    assert_int_equal(read_request(&w, "wrangler.toml", (struct prepare_request){0}), ERR_OK);
    assert_true(is(w.project.name, "toml"));
    end(&w);
}

/* Those that are not there decide too: a watcher must see them come. */
static void files_looked_for_are_listed(void **state) {
    struct world w = world();
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE), ERR_OK);
    static const char *const names[] = {"wrangler.json", "wrangler.jsonc", "wrangler.toml", ".dev.vars"};
    for (size_t n = 0; n < 4; n++) {
        bool found = false;
        for (size_t i = 0; i < w.project.file_count; i++)
            found |= span_eq(file_basename(span_of(w.project.files[i])), span_of(names[n]));
        assert_true(found);
    }
    end(&w);
}

static void a_script_needs_no_configuration(void **state) {
    struct world w = world();
    put(&w, "hello.js", "");
    assert_int_equal(read_request(&w, "hello.js", (struct prepare_request){0}), ERR_OK);
    assert_true(is(w.project.name, "hello"));
    assert_null(w.project.config_path);
    assert_true(span_ends(span_of(w.project.main), SPAN("/hello.js")));
    assert_int_equal(w.project.warning_count, 0);
    end(&w);
}

static void a_directory_without_configuration(void **state) {
    struct world w = world();
    assert_int_equal(read_dir(&w), ERR_NOT_FOUND);
    assert_has(w.p.text, "no wrangler.toml");
    put(&w, "src/worker.js", "");
    assert_int_equal(read_dir(&w), ERR_OK);
    assert_true(span_ends(span_of(w.project.main), SPAN("/src/worker.js")));
    put(&w, "src/index.ts", "");
    assert_int_equal(read_dir(&w), ERR_OK);
    assert_true(span_ends(span_of(w.project.main), SPAN("/src/index.ts")));
    assert_int_equal(read_request(&w, "nowhere", (struct prepare_request){0}), ERR_NOT_FOUND);
    assert_has(w.p.text, "nowhere");
    end(&w);
}

static void environments_inherit_as_in_wrangler(void **state) {
    struct world w = world();
    put(&w, "a.txt", "blob");
    assert_int_equal(
        read_toml(&w, "name = \"top\"\nmain = \"index.js\"\n" DATE "minify = true\n"
                      "text_blobs = {T = \"a.txt\"}\n"
                      "[vars]\nA = \"a\"\n[define]\nD = \"1\"\n"
                      "[[kv_namespaces]]\nbinding = \"KV\"\nid = \"one\"\n"
                      "[env.staging]\nname = \"own\"\nminify = false\n"
                      "[env.full]\nvars = {A = \"full\"}\ndefine = {D = \"2\"}\nkv_namespaces = []\n"),
        ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_PLAIN_TEXT, "a"));
    assert_true(binds(&w, "KV", VERSION_BIND_KV_NAMESPACE, "one"));
    assert_true(w.project.minify);
    assert_int_equal(w.project.define_count, 1);

    assert_int_equal(read_env(&w, "staging"), ERR_OK);
    assert_true(is(w.project.name, "own"));
    assert_false(w.project.minify);
    assert_null(binding(&w, "A"));
    assert_null(binding(&w, "KV"));
    assert_non_null(binding(&w, "T")); /* a key of the top level only: all environments have it */
    assert_int_equal(w.project.define_count, 0);
    assert_true(warned(&w, "`vars` of the top level is not inherited"));
    assert_true(warned(&w, "`define` of the top level is not inherited"));
    assert_true(warned(&w, "`kv_namespaces` of the top level is not inherited"));

    assert_int_equal(read_env(&w, "full"), ERR_OK);
    assert_true(is(w.project.name, "top"));
    assert_true(binds(&w, "A", VERSION_BIND_PLAIN_TEXT, "full"));
    assert_null(binding(&w, "KV"));
    assert_true(is(w.project.define[0].value, "2"));
    assert_false(warned(&w, "not inherited"));

    assert_int_equal(read_env(&w, "nope"), ERR_NOT_FOUND);
    assert_has(w.p.text, "there is no [env.nope]");
    end(&w);
}

static void rules_give_types_by_extension(void **state) {
    struct world w = world();
    assert_int_equal(read_toml(&w,
                               "main = \"index.js\"\n" DATE
                               "[[rules]]\ntype = \"Data\"\nglobs = [\"**/*.txt\", \"**/*.wasm?module\"]\n"
                               "[[rules]]\ntype = \"Text\"\nglobs = [\"docs/*\"]\n"),
                     ERR_OK);
    assert_true(is(w.project.rules[0].extension, ".txt"));
    assert_int_equal(w.project.rules[0].kind, VERSION_DATA);
    assert_true(is(w.project.rules[1].extension, ".wasm"));
    assert_int_equal(w.project.rule_count,
                     2 + 5); /* the defaults come after: the first one of an extension counts */
    assert_true(warned(&w, "wrangler.toml:8: the glob \"docs/*\""));
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE "[[rules]]\ntype = \"Jpeg\"\nglobs = []\n"),
                     ERR_INVALID);
    assert_has(w.p.text, "`rules[0].type` must be \"ESModule\"");
    assert_has(w.p.text, "wrangler.toml:4");
    end(&w);
}

static void dev_vars_as_dotenv_has_them(void **state) {
    struct world w = world();
    put(&w, ".dev.vars",
        "\xef\xbb\xbf# a comment\n"
        "\n"
        "A=plain value  # why\n"
        "  export B = \"two\\nlines\\t\\\"quoted\\\" #no\" # c\n"
        "C='single $ \\n'\r\n"
        "D=`back \"tick\"`\n"
        "E=\n"
        "F=pa#ss\n"
        "G=\"first\r\nsecond\"\n"
        "H='a'\n"
        "H=last\n"
        "I= # nothing\n"
        "J.k-2=x=y");
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE "[vars]\nA = \"config\"\n"), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_SECRET_TEXT, "plain value"));
    assert_true(binds(&w, "B", VERSION_BIND_SECRET_TEXT, "two\nlines\t\"quoted\" #no"));
    assert_true(binds(&w, "C", VERSION_BIND_SECRET_TEXT, "single $ \\n"));
    assert_true(binds(&w, "D", VERSION_BIND_SECRET_TEXT, "back \"tick\""));
    assert_true(binds(&w, "E", VERSION_BIND_SECRET_TEXT, ""));
    assert_true(binds(&w, "F", VERSION_BIND_SECRET_TEXT, "pa"));
    assert_true(binds(&w, "G", VERSION_BIND_SECRET_TEXT, "first\nsecond"));
    assert_true(binds(&w, "H", VERSION_BIND_SECRET_TEXT, "last"));
    assert_true(binds(&w, "I", VERSION_BIND_SECRET_TEXT, ""));
    assert_true(binds(&w, "J.k-2", VERSION_BIND_SECRET_TEXT, "x=y"));
    assert_int_equal(w.project.binding_count, 10);
    /* Not in production. */
    assert_int_equal(read_request(&w, w.dir, (struct prepare_request){0}), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_PLAIN_TEXT, "config"));
    end(&w);
}

static void dev_vars_of_an_environment(void **state) {
    struct world w = world();
    put(&w, ".dev.vars", "A=all\n");
    put(&w, ".dev.vars.live", "A=live\n");
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE "[env.live]\n[env.other]\n"), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_SECRET_TEXT, "all"));
    assert_int_equal(read_env(&w, "live"), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_SECRET_TEXT, "live"));
    assert_int_equal(read_env(&w, "other"), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_SECRET_TEXT, "all"));
    end(&w);
}

static void dev_vars_errors_have_lines(void **state) {
    static const struct {
        const char *text, *says;
    } cases[] = {{"A=1\nnonsense\n", ".dev.vars:2: expected NAME=value"},
                 {"A=\"x\ny\"\n=1\n", ".dev.vars:3: expected NAME=value"},
                 {"A=1\n\nB=\"open\nand on\n", ".dev.vars:3: the quote of B is never closed"},
                 {"two words=1\n", ".dev.vars:1: expected NAME=value"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w = world();
        put(&w, ".dev.vars", cases[i].text);
        assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE), ERR_INVALID);
        assert_has(w.p.text, cases[i].says);
        end(&w);
    }
}

static void the_command_line_wins(void **state) {
    struct world w = world();
    put(&w, ".dev.vars", "A=secret\nB=secret\n");
    struct prepare_var vars[] = {{SPAN("A"), SPAN("line")}, {SPAN("N"), SPAN("new")}};
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n" DATE "[vars]\nA = \"c\"\nO = {x = [1, true]}\n"),
                     ERR_OK);
    assert_int_equal(
        read_request(&w, w.dir, (struct prepare_request){.dev = true, .vars = vars, .var_count = 2}), ERR_OK);
    assert_true(binds(&w, "A", VERSION_BIND_PLAIN_TEXT, "line"));
    assert_true(binds(&w, "B", VERSION_BIND_SECRET_TEXT, "secret"));
    assert_true(binds(&w, "N", VERSION_BIND_PLAIN_TEXT, "new"));
    assert_true(binds(&w, "O", VERSION_BIND_JSON, "{\"x\":[1,true]}"));
    end(&w);
}

static void keys_that_do_nothing_are_told(void **state) {
    struct world w = world();
    assert_int_equal(read_toml(&w,
                               "main = \"index.js\"\n" DATE "compatability_flags = []\naccount_id = \"x\"\n"
                               "zzzzzzzz = 1\n[[d1_databases]]\nbinding = \"DB\"\n"
                               "[[kv_namespaces]]\nbinding = \"KV\"\nnamespace = 1\n"),
                     ERR_OK);
    assert_true(
        warned(&w, "wrangler.toml:3: `compatability_flags` is not a key that wrangler or Cusp knows; did you "
                   "mean `compatibility_flags`?"));
    assert_true(warned(&w, "wrangler.toml:5: `zzzzzzzz` is not a key that wrangler or Cusp knows"));
    assert_true(warned(&w, "`d1_databases` is not supported"));
    assert_true(warned(&w, "wrangler.toml:10: `kv_namespaces.namespace` is not known"));
    assert_false(warned(&w, "account_id"));
    assert_true(binds(&w, "KV", VERSION_BIND_KV_NAMESPACE, "KV"));
    end(&w);
}

static void mistakes_name_file_line_and_remedy(void **state) {
    static const struct {
        const char *toml, *says, *where;
    } cases[] = {
        {"name = \"x\"\n", "`main` is missing; add main =", "wrangler.toml"},
        {"\nmain = \"gone.js\"\n", "`main` names", "wrangler.toml:2"},
        {"main = 3\n", "`main` must be a string", "wrangler.toml:1"},
        {"main = \"index.js\"\nminify = \"yes\"\n", "`minify` must be", "wrangler.toml:2"},
        {"main = \"index.js\"\nvars = []\n", "`vars` must be", "wrangler.toml:2"},
        {"main = \"index.js\"\nkv_namespaces = [\"a\"]\n", "must be a table with `binding` and `id`",
         "wrangler.toml:2"},
        {"main = \"index.js\"\n[[kv_namespaces]]\nid = \"a\"\n", "kv_namespaces[0]", "wrangler.toml:2"},
        {"main = \"index.js\"\n[define]\nA = 1\n", "`define.A` must be a string", "wrangler.toml:3"},
        {"main = \"index.js\"\n[limits]\ncpu_ms = 0\n", "`limits.cpu_ms`", "wrangler.toml:3"},
        {"main = \"index.js\"\n[triggers]\ncrons = \"* * * * *\"\n", "`triggers.crons`", "wrangler.toml:3"},
        {"main = \"index.js\"\nwasm_modules = {W = \"gone.wasm\"}\n", "gone.wasm", ""},
        {"main = \"index.js\n", "", "wrangler.toml:1"},
        {"main = \"index.js\"\n[[unsafe.bindings]]\nname = \"X\"\ntype = \"ratelimit\"\n",
         "binds `X` to `ratelimit`, a binding type that Cusp does not have; remove it", "wrangler.toml:2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w = world();
        assert_int_not_equal(read_toml(&w, cases[i].toml), ERR_OK);
        assert_has(w.p.text, cases[i].says);
        assert_has(w.p.text, cases[i].where);
        assert_true(w.project.file_count > 0); /* so that a watcher can wait for the mended file */
        end(&w);
    }
}

static void compatibility_dates(void **state) {
    static const struct {
        const char *date;
        bool good;
    } cases[] = {{"2025-01-31", true},  {"2024-02-29", true},  {"2000-02-29", true},  {"2025-02-29", false},
                 {"2025-13-01", false}, {"2025-00-10", false}, {"2025-04-31", false}, {"2025-1-31", false},
                 {"20250131xx", false}, {"2025-01-3x", false}, {"today", false}};
    struct world w = world();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *toml =
            arena_printf(&w.arena, "main = \"index.js\"\ncompatibility_date = \"%s\"\n", cases[i].date).ptr;
        assert_int_equal(read_toml(&w, toml), cases[i].good ? ERR_OK : ERR_INVALID);
        if (cases[i].good) continue;
        assert_has(w.p.text, "`compatibility_date` must be a date as \"2025-01-31\"");
        assert_has(w.p.text, "wrangler.toml:2");
    }
    assert_int_equal(read_toml(&w, "main = \"index.js\"\n"), ERR_OK);
    assert_true(warned(&w, "`compatibility_date` is missing"));
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_comes_before_jsonc_before_toml),
        cmocka_unit_test(files_looked_for_are_listed),
        cmocka_unit_test(a_script_needs_no_configuration),
        cmocka_unit_test(a_directory_without_configuration),
        cmocka_unit_test(environments_inherit_as_in_wrangler),
        cmocka_unit_test(rules_give_types_by_extension),
        cmocka_unit_test(dev_vars_as_dotenv_has_them),
        cmocka_unit_test(dev_vars_of_an_environment),
        cmocka_unit_test(dev_vars_errors_have_lines),
        cmocka_unit_test(the_command_line_wins),
        cmocka_unit_test(keys_that_do_nothing_are_told),
        cmocka_unit_test(mistakes_name_file_line_and_remedy),
        cmocka_unit_test(compatibility_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
