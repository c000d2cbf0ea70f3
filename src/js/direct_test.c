/* Direct natives (JS_DIRECT) are called past the engine's C interface, so here they are beside the same natives called through it.
 *
 * How this could pass wrongly: when both were of one kind. So the natives count their calls, and the entry how many came its way. */
#include "base/mem.h"
#include "js/isolate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int calls, direct_calls;

/* What it was called with, as text; "boom" throws. */
static JS_NATIVE(native_show) {
    struct buf text = BUF_INIT;
    calls++;
    buf_printf(&text, "%zu:", argc);
    for (size_t i = 0; i < argc && !*exc; i++) {
        buf_lit(&text, " ");
        js_to_utf8_buf(c, argv[i], &text, exc);
    }
    if (!*exc && span_find(buf_span(&text), SPAN("boom")) < text.len)
        js_throw_type(c, exc, "boom at %zu", argc);
    js_val result = *exc ? NULL : js_str(c, buf_span(&text));
    buf_free(&text);
    return result;
}
JS_DIRECT(native_show)
static js_val counted_show(js_ctx c, const js_val frame[]) {
    direct_calls++;
    return JS_DIRECT_OF(native_show)(c, frame);
}

static JS_NATIVE(native_nothing) {
    calls++;
    return NULL;
}
JS_DIRECT(native_nothing)

/* call(fn, value): back into JavaScript. */
static JS_NATIVE(native_call) {
    calls++;
    return argc < 2 ? js_throw_type(c, exc, "two arguments")
                    : js_call(c, js_as_object(argv[0]), NULL, 1, argv + 1, exc);
}
JS_DIRECT(native_call)

static const struct js_native_row rows[] = {{"show", native_show, 2, counted_show},
                                            {"nothing", native_nothing, 0, JS_DIRECT_OF(native_nothing)},
                                            {"call", native_call, 2, JS_DIRECT_OF(native_call)},
                                            {NULL, NULL, 0}};

/* Natives of both kinds, as `direct` and `plain`. */
static struct isolate *make(void) {
    struct isolate *iso = NULL;
    struct problem p = {0};
    struct isolate_config config = {.name = "direct"};
    if (isolate_new(&config, &iso, &p) != ERR_OK) fail_msg("%s", p.text);
    isolate_enter(iso);
    js_ctx c = isolate_ctx(iso);
    js_val exc = NULL;
    for (int direct = 0; direct < 2; direct++) {
        js_obj o = js_bare_object(c);
        js_caps.direct = direct;
        assert_true(js_natives_install(c, o, rows, &exc));
        assert_true(js_set_span(c, js_global(c), direct ? SPAN("direct") : SPAN("plain"), o, &exc));
    }
    isolate_leave(iso);
    return iso;
}

static enum js_outcome run(struct isolate *iso, const char *script, uint32_t limit_ms, char room[4096]) {
    js_val v = NULL, exc = NULL;
    struct span s;
    isolate_enter(iso);
    enum js_outcome outcome = isolate_eval(iso, span_of(script), SPAN("test.js"), limit_ms, &v);
    if (outcome > JS_EXCEPTION || !js_to_utf8(isolate_ctx(iso), v, room, 4096, &s, &exc)) room[0] = 0;
    isolate_leave(iso);
    return outcome;
}

static void test_alike(void **state) {
    static const char *const scripts[] = {
        "X.show()",
        "X.show(1, 2.5, -0, 'text', undefined, null, true, {}, [1, 2], 10n)",
        "X.show('gr\\u00fc\\u00df' + '\\u20ac')",
        "X.show(...Array(300).keys())",
        "`${X.nothing(1, 2, 3)}`",
        "X.show.name + typeof X.nothing",
        "X.show.call(undefined, 7) + X.show.apply('this', [8])",
        "try { X.show(1, 'boom') } catch (e) { `${e.name} ${e.message} ${e instanceof TypeError}` }",
        "try { X.show({ toString() { throw new RangeError('mine') } }) } catch (e) { e.name + e.message }",
        "try { X.show(Symbol()) } catch (e) { e.name }",
        "try { new X.show() } catch (e) { e.name }",
        "try { (function named() { X.show('boom') })() } catch (e) { /named@/.test(e.stack) }",
        "X.call((v) => v + 1, 41)",
        "X.call((v) => X.call((w) => w * 2, v), 4)",
        "try { X.call(() => { throw 'thrown' }, 1) } catch (e) { e }",
        "let s = 0; for (let i = 0; i < 20000; i++) s += X.show(i, 'x').length; s",
        "let n = 0; for (let i = 0; i < 20000; i++) try { X.show(i % 7 ? 'fine' : 'boom') } catch { n++ } n",
        "let t = ''; for (let i = 0; i < 3000; i++) { new Array(1000).fill(i); t = X.show('a' + i, { "
        "toString: () => t }); "
        "if (t.length > 200) t = '' } t",
        "[3, 1, 2].map(X.show).join()",
        "typeof X.call(() => X, 1).show",
        "X.call(Promise.resolve.bind(Promise), 1) instanceof Promise"};
    static char with[4096], plain[4096], direct[4096];
    struct isolate *iso = make();
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        calls = 0;
        snprintf(with, sizeof with, "var X = plain; { %s }", scripts[i]);
        enum js_outcome a = run(iso, with, 0, plain);
        int called = calls;
        calls = 0;
        snprintf(with, sizeof with, "var X = direct; { %s }", scripts[i]);
        enum js_outcome b = run(iso, with, 0, direct);
        if (a != b || strcmp(plain, direct) != 0) fail_msg("%s\n%s\n%s", scripts[i], plain, direct);
        assert_int_equal(calls, called);
    }
    isolate_free(iso);
}

/* Else the test above compares a thing with itself. */
static void test_two_kinds(void **state) {
    static char room[4096];
    struct isolate *iso = make();
    (void)state;
    calls = direct_calls = 0;
    assert_int_equal(run(iso, "plain.show(1); plain.show(2); direct.show(3); direct.show.length", 0, room),
                     JS_OK);
    assert_string_equal(room, "2");
    assert_int_equal(calls, 3);
    assert_int_equal(direct_calls, 1);
    isolate_free(iso);
}

/* An endless loop below a direct native is ended, and so is one that calls it. */
static void test_limits(void **state) {
    static char room[4096];
    static const char *const endless[] = {
        "direct.call(() => { for (;;) ; }, 1)", "for (;;) direct.nothing(1)",
        "for (;;) try { direct.show('boom') } catch {}",
        "direct.call(function f(v) { for (;;) try { direct.call(f, v) } catch {} }, 1)"};
    (void)state;
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        struct isolate *iso = make();
        assert_int_equal(run(iso, endless[i], 50, room), JS_TERMINATED);
        isolate_free(iso);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_alike), cmocka_unit_test(test_two_kinds),
                                              cmocka_unit_test(test_limits)};
    struct problem p;
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 1;
    if (!js_caps.direct) return 77; /* this engine has none */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
