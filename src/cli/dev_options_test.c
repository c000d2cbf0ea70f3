/* The command line of `cusp dev`. It could pass wrongly if refusals came for another reason: what each one says is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/dev_options.h"

struct world {
    struct arena arena;
    struct dev_options options;
    struct problem p;
};

/* Words with blanks between. */
static enum err read_line(struct world *w, const char *line) {
    char *argv[32];
    int argc = 0;
    *w = (struct world){.arena = ARENA_INIT};
    struct span rest = span_of(line);
    while (rest.len) argv[argc++] = (char *)arena_copy(&w->arena, span_cut(&rest, ' ')).ptr;
    return dev_options_read(argc, argv, &w->arena, &w->options, &w->p);
}

static void end(struct world *w) { arena_free(&w->arena); }

static void defaults(void **state) {
    struct world w;
    assert_int_equal(read_line(&w, ""), ERR_OK);
    assert_string_equal(w.options.target, ".");
    assert_string_equal(w.options.ip, "127.0.0.1");
    assert_int_equal(w.options.port, 8787);
    assert_true(!w.options.environment && !w.options.state && !w.options.quiet && !w.options.var_count);
    end(&w);
}

static void all_of_them(void **state) {
    static const char *const lines[] = {
        "shop --port 80 --ip ::1 --env live --state /s --quiet --var A=1 --var B:2",
        "--port=80 --host=::1 -e live --state=/s --var=A=1 --var=B:2 --quiet shop"};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        assert_int_equal(read_line(&w, lines[i]), ERR_OK);
        const struct dev_options *o = &w.options;
        assert_string_equal(o->target, "shop");
        assert_string_equal(o->ip, "::1");
        assert_string_equal(o->environment, "live");
        assert_string_equal(o->state, "/s");
        assert_true(o->port == 80 && o->quiet && o->var_count == 2);
        assert_true(span_eq(o->vars[0].name, SPAN("A")) && span_eq(o->vars[0].value, SPAN("1")));
        assert_true(span_eq(o->vars[1].name, SPAN("B")) && span_eq(o->vars[1].value, SPAN("2")));
        end(&w);
    }
}

/* The first separator counts: values have both. */
static void variables(void **state) {
    static const struct {
        const char *line, *name, *value;
    } cases[] = {{"--var URL=http://h/", "URL", "http://h/"},
                 {"--var URL:http://h/?a=b", "URL", "http://h/?a=b"},
                 {"--var A=", "A", ""},
                 {"--var A==", "A", "="},
                 {"--var A=-x", "A", "-x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        assert_int_equal(read_line(&w, cases[i].line), ERR_OK);
        assert_true(span_eq(w.options.vars[0].name, span_of(cases[i].name)));
        assert_true(span_eq(w.options.vars[0].value, span_of(cases[i].value)));
        end(&w);
    }
}

static void mistakes(void **state) {
    static const struct {
        const char *line, *says;
    } cases[] = {{"--port", "--port needs a value"},
                 {"--port 65536", "--port must be a number from 0 to 65535, not '65536'"},
                 {"--port=-1", "not '-1'"},
                 {"--port=", "not ''"},
                 {"--port 8o", "not '8o'"},
                 {"--portal 1", "there is no option '--portal'"},
                 {"-x", "there is no option '-x'"},
                 {"a b", "one project at a time: 'b' is a second one"},
                 {"--var A", "--var must be KEY=VALUE, not 'A'"},
                 {"--var =1", "--var must be KEY=VALUE, not '=1'"},
                 {"--var", "--var needs a value"},
                 {"--env", "--env needs a value"},
                 {"-e", "-e needs a value"},
                 {"--state", "--state needs a value"},
                 {"--ip", "--ip needs a value"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        assert_int_equal(read_line(&w, cases[i].line), ERR_INVALID);
        if (!strstr(w.p.text, cases[i].says)) print_message("'%s': %s\n", cases[i].line, w.p.text);
        assert_non_null(strstr(w.p.text, cases[i].says));
        assert_null(w.options.target); /* untouched */
        end(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(variables),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
