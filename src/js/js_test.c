/* The room end to end on the real engine: values, isolates, limits, built-ins.
 *
 * How this could pass wrongly: a check inside a native that never runs passes silently, so natives count their calls
 * and the tests look at the counts; fallbacks (js_caps) are tested only where a test turns a capability off by hand. */
#include "js/builtins.h"
#include "js/memory.h"

#include "base/check.h"
#include "base/mem.h"
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct isolate *make(struct isolate_config config) {
    struct isolate *iso = NULL;
    struct problem p = {0};
    if (!config.name) config.name = "test";
    if (isolate_new(&config, &iso, &p) != ERR_OK) fail_msg("%s", p.text);
    return iso;
}

static enum js_outcome eval(struct isolate *iso, const char *text, js_val *ret) {
    return isolate_eval(iso, span_of(text), SPAN("test.js"), 0, ret);
}

/* The value of the script as text. */
static char *text_of(struct isolate *iso, const char *script) {
    static char room[65536];
    js_val v = NULL, exc = NULL;
    struct span s;
    isolate_enter(iso);
    enum js_outcome outcome = eval(iso, script, &v);
    if (outcome > JS_EXCEPTION)
        snprintf(room, sizeof room, "outcome %d", outcome);
    else if (!js_to_utf8(isolate_ctx(iso), v, room, sizeof room, &s, &exc))
        snprintf(room, sizeof room, "unprintable");
    isolate_leave(iso);
    return room;
}

#define assert_js(iso, script, expected) assert_string_equal(text_of((iso), (script)), (expected))

static void put(struct isolate *iso, const char *name, js_val v) {
    js_val exc = NULL;
    assert_true(js_set_span(isolate_ctx(iso), js_global(isolate_ctx(iso)), span_of(name), v, &exc));
}

/* --- Engine ----------------------------------------------------------------------------------------------------- */

static void test_caps(void **state) {
    char room[512];
    (void)state;
    print_message("%.*s\n", SPAN_FMT(js_engine_caps_text(room, sizeof room)));
    assert_true(js_caps.nan_box && js_caps.drain_inside && js_caps.string_layout && js_caps.view_layout);
    assert_true(js_caps.clock_freeze && js_caps.narrow_strings && js_caps.direct);
    assert_ptr_equal(getenv("JSC_useJIT"), NULL); /* main() had set it */
}

/* --- Values ----------------------------------------------------------------------------------------------------- */

static void check_numbers(js_ctx c) {
    static const double numbers[] = {0, -0.0, 1, -1, 2147483647.0, -2147483648.0, 2147483648.0, 0.1, 1e300};
    js_val exc = NULL;
    double back;
    int32_t n;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        js_val v = js_number(c, numbers[i]);
        assert_true(js_is_number(c, v) && !js_is_string(c, v) && !js_is_undefined(c, v) && !js_is_bool(c, v));
        assert_true(js_to_number(c, v, &back, &exc) && memcmp(&back, &numbers[i], 8) == 0);
    }
    assert_true(js_to_number(c, js_number(c, NAN), &back, &exc) && isnan(back));
    assert_true(js_same(c, js_int(c, -7), js_number(c, -7)));
    assert_true(!js_caps.nan_box || (js_is_int(js_int(c, -7), &n) && n == -7));
    assert_true(js_is_undefined(c, NULL) && js_is_undefined(c, js_undefined(c)) &&
                js_is_nullish(c, js_null(c)));
    assert_true(js_to_bool(c, js_bool(c, true)) && !js_to_bool(c, js_bool(c, false)) &&
                !js_to_bool(c, js_int(c, 0)));
    assert_true(js_to_bool(c, js_str_lit(c, "x")) && !js_to_bool(c, js_str_lit(c, "")));
    assert_int_equal(js_type(c, js_null(c)), JS_NULL);
    assert_int_equal(js_type(c, js_object(c)), JS_OBJECT);
    assert_int_equal(js_type(c, js_str_lit(c, "s")), JS_STRING);
    assert_true(js_to_number(c, js_str_lit(c, " 12 "), &back, &exc) && back == 12);
}

static void test_numbers(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    (void)state;
    isolate_enter(iso);
    check_numbers(isolate_ctx(iso));
    js_caps.nan_box = false; /* the fallback */
    check_numbers(isolate_ctx(iso));
    js_caps.nan_box = true;
    isolate_leave(iso);
    isolate_free(iso);
}

static void round_trip(js_ctx c, struct span in, struct span out) {
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct span got;
    js_val exc = NULL, v = js_str(c, in);
    assert_true(js_is_string(c, v));
    assert_true(js_to_utf8_arena(c, v, &a, &got, &exc));
    assert_true(span_eq(got, out) && got.ptr[got.len] == 0);
    assert_true(js_to_utf8_buf(c, v, &b, &exc) && span_eq(buf_span(&b), out));
    buf_free(&b);
    arena_free(&a);
}

static void check_strings(js_ctx c) {
    char big[5000];
    round_trip(c, SPAN(""), SPAN(""));
    round_trip(c, SPAN("hello"), SPAN("hello"));
    round_trip(c, SPAN("nul\0inside"), SPAN("nul\0inside"));
    round_trip(c, SPAN("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
               SPAN("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"));
    round_trip(c, SPAN("bad \xff\xc3 end"), SPAN("bad \xef\xbf\xbd\xef\xbf\xbd end"));
    for (size_t i = 0; i < sizeof big; i++) big[i] = (char)('a' + i % 26);
    for (size_t n = 60; n <= 70; n++) round_trip(c, span_make(big, n), span_make(big, n));
    round_trip(c, span_make(big, sizeof big), span_make(big, sizeof big));
    static const uint16_t lone[] = {'a', 0xd800, 'b'};
    char room[16];
    struct span s;
    js_val exc = NULL;
    assert_true(js_to_utf8(c, js_str_utf16(c, lone, 3), room, sizeof room, &s, &exc));
    assert_true(span_eq(s, SPAN("a\xef\xbf\xbd"
                                "b")));
    assert_false(js_to_utf8(c, js_str_lit(c, "12345"), room, 5, &s, &exc));
    assert_true(js_is_error(c, exc));
    exc = NULL;
    struct buf b = BUF_INIT;
    assert_true(js_to_latin1_buf(c, js_str_latin1(c, SPAN("\xe9\x01\xff")), &b, &exc));
    assert_true(span_eq(buf_span(&b), SPAN("\xe9\x01\xff")));
    assert_false(js_to_latin1_buf(c, js_str_utf16(c, (const uint16_t[]){0x100}, 1), &b, &exc));
    assert_int_equal(b.len, 3);
    buf_free(&b);
}

static void test_strings(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    (void)state;
    isolate_enter(iso);
    check_strings(isolate_ctx(iso));
    assert_true(js_caps.string_cell);
    js_caps.string_cell = false;
    check_strings(isolate_ctx(iso));
    js_caps.string_layout = false;
    check_strings(isolate_ctx(iso));
    js_caps.string_layout = js_caps.string_cell = true;
    js_caps.narrow_strings = false;
    check_strings(isolate_ctx(iso));
    js_caps.narrow_strings = true;
    isolate_leave(iso);
    isolate_free(iso);
}

static bool collect_key(void *data, js_ctx c, js_obj o, js_val key) {
    js_val exc = NULL;
    (void)o;
    return js_to_utf8_buf(c, key, data, &exc);
}

static void test_objects(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    js_ctx c = isolate_ctx(iso);
    js_val exc = NULL;
    (void)state;
    isolate_enter(iso);
    js_obj o = js_object(c);
    assert_true(js_set(c, o, JS_NAME_url, js_int(c, 5), &exc) && js_has(c, o, JS_NAME_url) &&
                !js_has(c, o, JS_NAME_body));
    assert_true(js_same(c, js_get(c, o, JS_NAME_url, &exc), js_int(c, 5)));
    assert_true(js_define(c, o, SPAN("url"), js_int(c, 6), JS_ENUMERABLE | JS_CONFIGURABLE, &exc));
    put(iso, "o", o);
    assert_js(iso, "'use strict'; try { o.url = 1; 'written' } catch (e) { e.name + o.url }", "TypeError6");
    assert_true(js_define(c, o, SPAN("hidden"), js_int(c, 1), JS_HIDDEN, &exc));
    struct buf b = BUF_INIT;
    assert_true(js_each_key(c, o, collect_key, &b) && span_eq(buf_span(&b), SPAN("url")));
    buf_free(&b);
    js_obj a = js_array(c, 2, (js_val[]){js_int(c, 1), js_str_lit(c, "x")}, &exc);
    assert_true(js_is_array(c, a) && js_set_at(c, a, 2, js_null(c), &exc));
    put(iso, "a", a);
    assert_js(iso, "JSON.stringify(a)", "[1,\"x\",null]");
    js_val v;
    assert_int_equal(eval(iso, "({get url() { throw new RangeError('no') }})", &v), JS_OK);
    assert_null(js_get(c, js_as_object(v), JS_NAME_url, &exc));
    assert_true(js_is_error(c, exc));
    exc = NULL;
    assert_null(js_call(c, o, NULL, 0, NULL, &exc)); /* not callable */
    assert_true(js_is_error(c, exc));
    exc = NULL;
    assert_null(js_json_parse(c, SPAN("{"), &exc));
    exc = NULL;
    v = js_json_parse(c, SPAN("{\"a\":[1,\"\xc3\xa9\"]}"), &exc);
    assert_true(js_json_stringify(c, v, &b, &exc) && span_eq(buf_span(&b), SPAN("{\"a\":[1,\"\xc3\xa9\"]}")));
    buf_free(&b);
    isolate_leave(iso);
    isolate_free(iso);
}

/* --- Natives, handles, exceptions ------------------------------------------------------------------------------- */

static int finalized;
static void count_finalize(void *data) {
    finalized++;
    (void)data;
}
static const struct js_kind kind_a = {"A", count_finalize}, kind_b = {"B", NULL};

static JS_NATIVE(native_read_a) {
    const int *n = argc ? js_handle_get(c, argv[0], &kind_a) : NULL;
    return n ? js_int(c, *n) : js_throw_type(c, exc, "Illegal invocation");
}
static JS_NATIVE(native_throw) {
    int32_t which;
    if (!js_arg_int(c, argc, argv, 0, &which, exc)) return NULL;
    if (which == 4) return js_throw_err(c, exc, ERR_TOO_LARGE, "body");
    if (which == 5) return js_throw_dom(c, exc, "AbortError", "stopped");
    return js_throw(c, exc, (enum js_error_class)which, "number %d", which);
}

static void test_handles(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    js_ctx c = isolate_ctx(iso);
    int seven = 7;
    (void)state;
    finalized = 0;
    isolate_enter(iso);
    js_obj a = js_handle_new(c, &kind_a, &seven), b = js_handle_new(c, &kind_b, &seven),
           gone = js_handle_new(c, &kind_a, &seven);
    assert_ptr_equal(js_handle_close(c, gone, &kind_a), &seven);
    put(iso, "a", a);
    put(iso, "b", b);
    put(iso, "gone", gone);
    put(iso, "read", js_function(c, "read", native_read_a));
    assert_js(iso, "read(a)", "7");
    assert_js(iso,
              "[b, gone, {}, 'x', 1, null, undefined, Symbol(), 10n, new Proxy(a, {}), Math.max, globalThis, "
              "[]].map("
              "x => { try { read(x); return 'read' } catch (e) { return e.message } }).join() === "
              "Array(13).fill('Illegal invocation').join()",
              "true");
    assert_int_equal(finalized, 0);
    isolate_leave(iso);
    isolate_free(iso);
    assert_int_equal(finalized, 1); /* not the closed one */
}

static void test_throw(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    js_ctx c = isolate_ctx(iso);
    (void)state;
    isolate_enter(iso);
    put(iso, "fail", js_function(c, "fail", native_throw));
    isolate_leave(iso);
    assert_js(iso,
              "TypeError = RangeError = 1; function f(n) { try { fail(n) } catch (e) { return e + '|' + "
              "e.name + '|' + "
              "e.stack.includes('f@') } }; f(0)",
              "Error: number 0|Error|true");
    assert_js(iso, "f(1)", "TypeError: number 1|TypeError|true");
    assert_js(iso, "f(2)", "RangeError: number 2|RangeError|true");
    assert_js(iso, "f(3)", "SyntaxError: number 3|SyntaxError|true");
    assert_js(iso, "f(4)", "RangeError: the input is larger than the limit: body|RangeError|true");
    assert_js(iso, "f(5)", "AbortError: stopped|AbortError|true");
    assert_js(iso, "f('x')", "TypeError: argument 1 is not a 32-bit integer|TypeError|true");
    isolate_free(iso);
}

static JS_NATIVE(native_double) {
    int32_t n = 0;
    const int *factor = js_handle_get(c, callee, &kind_b);
    return argc && factor && js_is_int(argv[0], &n) ? js_int(c, n * *factor) : NULL;
}

static js_val settle(js_ctx c, void *data, js_val *exc) {
    (void)exc;
    js_deferred_resolve(c, data, js_int(c, 21));
    return NULL;
}

static void test_promises(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    js_ctx c = isolate_ctx(iso);
    struct js_deferred d, dropped;
    int two = 2;
    js_val exc = NULL;
    (void)state;
    isolate_enter(iso);
    assert_true(js_deferred_make(c, &d, &exc) && js_deferred_make(c, &dropped, &exc));
    js_val then = js_promise_then(c, d.promise, js_closure(c, native_double, &kind_b, &two), NULL, &exc);
    put(iso, "p", then);
    put(iso, "rejected", js_promise_rejected(c, js_int(c, 3), &exc));
    isolate_leave(iso);
    assert_js(iso,
              "Promise.prototype.then = null; var got = []; (async () => { got.push(await p) })();"
              "(async () => { try { await rejected } catch (e) { got.push(-e) } })(); got.length",
              "0");
    assert_int_equal(isolate_run(iso, settle, &d, 0, NULL), JS_OK);
    assert_false(js_deferred_pending(&d));
    assert_js(iso, "got.join()", "-3,42");
    isolate_enter(iso);
    js_deferred_drop(c, &dropped);
    isolate_leave(iso);
    isolate_free(iso);
}

/* --- Bytes ------------------------------------------------------------------------------------------------------- */

static void expect_bytes(struct isolate *iso, const char *script, const char *expected) {
    js_ctx c = isolate_ctx(iso);
    js_val v = NULL, exc = NULL;
    struct span s = SPAN("unset");
    assert_int_equal(eval(iso, script, &v), JS_OK);
    if (!js_bytes_of(c, v, &s, &exc)) {
        assert_null(expected);
        return;
    }
    assert_non_null(expected);
    assert_int_equal(s.len, strlen(expected));
    assert_true(span_eq(s, span_of(expected)));
}

static void check_bytes(struct isolate *iso) {
    expect_bytes(iso, "new Uint8Array([65,66])", "AB");
    expect_bytes(iso, "new Uint8Array([65,66,67]).subarray(1)", "BC");
    expect_bytes(iso, "new Uint8Array([65,66,67]).buffer", "ABC");
    expect_bytes(iso, "new DataView(new Uint8Array([65,66,67]).buffer, 1, 1)", "B");
    expect_bytes(iso, "new Uint16Array([0x4241])", "AB");
    expect_bytes(iso, "new Uint8Array(0)", "");
    expect_bytes(iso, "new ArrayBuffer(0)", "");
    expect_bytes(iso, "{ let u = new Uint8Array(9); u.buffer.transfer(); u }", "");
    expect_bytes(iso, "{ let u = new Uint8Array(9); u.buffer.transfer(); u.buffer }", "");
    expect_bytes(iso,
                 "{ let b = new ArrayBuffer(8, {maxByteLength: 16}), u = new Uint8Array(b); b.resize(2); "
                 "u[0] = 65; u[1] = 66; u }",
                 "AB");
    expect_bytes(iso, "new Uint8Array(new WebAssembly.Memory({initial: 1}).buffer, 0, 0)", "");
    expect_bytes(iso, "'AB'", NULL);
    expect_bytes(iso, "({byteLength: 3, buffer: new ArrayBuffer(3)})", NULL);
    expect_bytes(iso, "5", NULL);
}

static void test_bytes(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    js_ctx c = isolate_ctx(iso);
    js_val exc = NULL;
    (void)state;
    isolate_enter(iso);
    check_bytes(iso);
    assert_js(iso, "var u = new Uint8Array(100).fill(65); u.length", "100");
    expect_bytes(iso, "u.subarray(0, 3)", "AAA");
    assert_js(iso, "u.buffer.transfer(); u.length", "0"); /* not pinned by the reading */
    js_caps.view_layout = false;
    check_bytes(iso);
    js_caps.view_layout = true;
    put(iso, "x", js_buffer_copy(c, SPAN("abc"), &exc));
    put(iso, "y", js_uint8_copy(c, SPAN("xyz"), &exc));
    put(iso, "m", js_buffer_take_malloc(c, strdup("heap"), 4, &exc));
    put(iso, "z", js_buffer_copy(c, SPAN_NONE, &exc));
    assert_null(exc);
    assert_js(
        iso,
        "[x.byteLength, new Uint8Array(x).join(), y.constructor === Uint8Array, y.join(), m.byteLength, "
        "m.transfer().byteLength, m.detached, z.byteLength].join(' ')",
        "3 97,98,99 true 120,121,122 4 4 true 0");
    js_val y = js_get_span(c, js_global(c), SPAN("x"), &exc);
    assert_true(js_is_buffer(c, y) && !js_is_buffer_view(c, y));
    isolate_leave(iso);
    isolate_free(iso);
}

/* --- Limits ------------------------------------------------------------------------------------------------------- */

static void expect_killed(const char *script, enum js_verdict why, uint64_t memory_limit) {
    struct isolate *iso = make((struct isolate_config){.cpu_limit_ms = memory_limit ? 5000 : 100,
                                                       .memory_limit_bytes = memory_limit});
    js_val v = NULL;
    enum js_outcome outcome = eval(iso, script, &v);
    if (outcome == JS_OK) outcome = eval(iso, "if (globalThis.f) f()", &v);
    assert_int_equal(outcome, JS_TERMINATED);
    assert_true(isolate_condemned(iso));
    assert_int_equal(isolate_verdict(iso), why);
    assert_int_equal(eval(iso, "1", &v), JS_CONDEMNED);
    isolate_free(iso);
}

static void test_cpu_limit(void **state) {
    (void)state;
    expect_killed("for (;;) ;", JS_CPU_LIMIT, 0);
    expect_killed("try { for (;;) ; } finally { for (;;) ; }", JS_CPU_LIMIT, 0);
    expect_killed("(async () => { for (;;) await null })()", JS_CPU_LIMIT, 0);
    expect_killed("(function f() { Promise.resolve().then(f) })()", JS_CPU_LIMIT, 0);
    expect_killed("var f = () => { for (;;) try { [].concat(1) } catch {} }", JS_CPU_LIMIT, 0);
    expect_killed("Promise.reject(1).catch(() => { for (;;); })", JS_CPU_LIMIT, 0);
}

static void test_memory_limit(void **state) {
    (void)state;
    expect_killed("let a = []; for (;;) a.push(new Array(1000).fill(1))", JS_MEMORY_LIMIT, 32 << 20);
}

/* A native that calls on after its first call was terminated must not hang: later calls are terminated too. */
static JS_NATIVE(native_stubborn) {
    for (int i = 0; i < 3; i++) {
        js_val ignored = NULL;
        js_call(c, js_as_object(argv[0]), NULL, 0, NULL, &ignored);
    }
    return NULL;
}

static void test_terminated_twice(void **state) {
    struct isolate *iso = make((struct isolate_config){.cpu_limit_ms = 20});
    (void)state;
    isolate_enter(iso);
    put(iso, "stubborn", js_function(isolate_ctx(iso), "stubborn", native_stubborn));
    isolate_leave(iso);
    assert_int_equal(eval(iso, "stubborn(() => { for (;;) ; })", NULL), JS_TERMINATED);
    isolate_free(iso);
}

static void *abort_soon(void *data) {
    usleep(50000);
    isolate_abort(data);
    return NULL;
}

static void test_abort(void **state) {
    struct isolate *iso = make((struct isolate_config){.cpu_limit_ms = 60000});
    pthread_t thread;
    (void)state;
    check(pthread_create(&thread, NULL, abort_soon, iso) == 0);
    assert_int_equal(eval(iso, "for (;;) ;", NULL), JS_TERMINATED);
    assert_int_equal(isolate_verdict(iso), JS_ABORTED);
    pthread_join(thread, NULL);
    isolate_free(iso);
}

static void test_accounting(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    struct isolate_memory m;
    (void)state;
    uint64_t before = isolate_cpu_ns(iso);
    eval(iso, "{ let t = 0; for (let i = 0; i < 3e6; i++) t += i; t }", NULL);
    assert_true(isolate_cpu_ns(iso) - before > 500000);
    eval(iso, "var keep = []; for (let i = 0; i < 50000; i++) keep.push({i})", NULL);
    isolate_collect(iso);
    isolate_memory(iso, &m);
    assert_true(m.objects > 50000 && m.heap_bytes > 1000000 && m.collections > 0);
    js_engine_trim();
    isolate_free(iso);
}

/* --- Isolates -------------------------------------------------------------------------------------------------------- */

static char rejections[256];
static void note_rejection(struct isolate *iso, js_ctx c, js_val promise, js_val reason) {
    struct span s;
    js_val exc = NULL;
    char room[64];
    (void)promise;
    assert_ptr_equal(iso, isolate_current());
    assert_true(js_to_utf8(c, reason, room, sizeof room, &s, &exc));
    strncat(rejections, room, sizeof rejections - strlen(rejections) - 1);
}

static void test_rejections(void **state) {
    struct isolate *iso = make((struct isolate_config){.on_rejection = note_rejection});
    (void)state;
    rejections[0] = 0;
    assert_js(iso,
              "Promise.reject('a'); Promise.reject('b').catch(() => 0); var q = Promise.reject('c'); "
              "q.catch(() => 0); 1",
              "1");
    assert_string_equal(rejections, "a");
    isolate_free(iso);
}

static void test_eval_is_off(void **state) {
    struct isolate *iso = make((struct isolate_config){0}),
                   *free_one = make((struct isolate_config){.allow_eval = true});
    (void)state;
    assert_js(iso, "try { eval('1') } catch (e) { `${e}` }",
              "EvalError: Code generation from strings disallowed for this context");
    assert_js(iso, "try { new Function('1') } catch (e) { e.name }", "EvalError");
    assert_js(free_one, "eval('1+1')", "2");
    isolate_free(iso);
    isolate_free(free_one);
}

static void test_clock(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    (void)state;
    assert_js(iso, "{ const a = Date.now(); for (let i = 0; i < 1e6; i++); Date.now() - a }", "0");
    isolate_enter(iso);
    isolate_set_time(iso, 1700000000123ull * 1000000u);
    assert_js(iso, "Date.now()", "1700000000123");
    assert_true(js_clock_real_ns() > 1700000001ull * 1000000000u);
    isolate_leave(iso);
    assert_true(time(NULL) > 1700000001);
    isolate_free(iso);
}

static void test_mmap_guard(void **state) {
    (void)state;
    if (!js_caps.mmap_guard) skip();
    struct isolate *iso = make((struct isolate_config){0});
    assert_js(iso, "try { new Uint8Array(3 * 2 ** 30).length } catch (e) { e.name }", "RangeError");
    assert_js(iso, "try { 'x'.repeat(2 ** 30 + 5).toUpperCase().length } catch (e) { e.name }", "RangeError");
    assert_js(iso, "new Uint8Array(2 ** 20).length", "1048576");
    isolate_free(iso);
}

static void test_nested_isolates(void **state) {
    struct isolate *a = make((struct isolate_config){.name = "a"}),
                   *b = make((struct isolate_config){.name = "b"});
    (void)state;
    isolate_enter(a);
    isolate_enter(b);
    assert_ptr_equal(isolate_current(), b);
    assert_js(b, "1+1", "2");
    isolate_leave(b);
    assert_ptr_equal(isolate_current(), a);
    assert_js(a, "'x'.repeat(3)", "xxx");
    isolate_leave(a);
    assert_null(isolate_current());
    isolate_free(a);
    isolate_free(b);
}

static void *use_elsewhere(void *data) {
    struct isolate *iso = data;
    assert_js(iso, "n++; n", "2");
    isolate_free(iso);
    return NULL;
}

static void test_threads(void **state) {
    struct isolate *iso = make((struct isolate_config){0});
    pthread_t thread;
    (void)state;
    assert_js(iso, "var n = 1; n", "1");
    check(pthread_create(&thread, NULL, use_elsewhere, iso) == 0);
    pthread_join(thread, NULL);
}

/* --- Built-ins --------------------------------------------------------------------------------------------------------- */

static int answer_calls;
static JS_NATIVE(native_answer) {
    answer_calls++;
    return js_int(c, 42);
}
static const struct js_native_row demo_natives[] = {{"answer", native_answer, 1}, {0}};

#define DEMO_SOURCE(name, text)                                                                              \
    {                                                                                                        \
        name, "(function(primordials,natives,internal){\"use strict\";" text "})",                           \
            sizeof("(function(primordials,natives,internal){\"use strict\";" text "})") - 1                  \
    }
#define DEMO_NAMES                                                                                           \
    "(function(p,u,g,T){p.ArrayPrototypePush=u(Array.prototype.push);p.ArrayPrototypeJoin=u(Array."          \
    "prototype.join);"                                                                                       \
    "p.MapPrototypeGetSize=u(g(Map.prototype,'size').get)})"
static const struct js_source demo_sources[] = {
    DEMO_SOURCE(
        "demo",
        "const {ArrayPrototypePush,ArrayPrototypeJoin}=primordials;const {two}=internal.load('other');"
        "class Demo{get answer(){const a=[];ArrayPrototypePush(a,natives.answer(),two);return "
        "ArrayPrototypeJoin(a,'-')}}"
        "return{Demo,demo:()=>1}"),
    DEMO_SOURCE("other",
                "return{two:2,names:`${primordials.MapPrototypeGetSize(new primordials.Map([[1,2]]))},"
                "${typeof primordials.PromiseResolve}`}"),
    DEMO_SOURCE("circle", "internal.load('circle')"),
    {"$primordials", DEMO_NAMES, sizeof DEMO_NAMES - 1},
};
static const struct js_builtin_natives demo_tables[] = {{"demo", demo_natives}, {0}};
static const struct js_lazy_global demo_globals[] = {
    {"Demo", "demo", false}, {"demo", "demo", true}, {"Circle", "circle", false}, {0}};
static const struct js_builtins demo = {demo_sources, 4, demo_tables, demo_globals, NULL};

static void test_builtins(void **state) {
    struct isolate *iso = make((struct isolate_config){.builtins = &demo});
    (void)state;
    answer_calls = 0;
    assert_js(iso,
              "Object.keys(globalThis).includes('demo') + ',' + Object.keys(globalThis).includes('Demo')",
              "true,false");
    assert_js(iso,
              "Array.prototype.push = Array.prototype.join = () => 'patched'; Object.prototype.get = 1; "
              "Object.prototype.set = 1; typeof Demo",
              "function");
    assert_js(iso,
              "delete Object.prototype.get; delete Object.prototype.set;"
              "JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'Demo'))",
              "{\"writable\":true,\"enumerable\":false,\"configurable\":true}");
    assert_js(iso, "new Demo().answer", "42-2");
    assert_int_equal(answer_calls, 1);
    assert_js(iso, "Demo === Demo && Demo.name", "Demo");
    assert_js(iso, "demo = 5; demo", "5");
    assert_js(iso, "typeof primordials + typeof natives + typeof internal", "undefinedundefinedundefined");
    assert_js(iso, "try { Circle } catch (e) { e.message }",
              "the built-ins load one another in a circle at cusp:circle");
    js_val exc = NULL;
    isolate_enter(iso);
    char room[256];
    struct span s;
    assert_true(js_to_utf8(isolate_ctx(iso), js_builtin_get(iso, "other", "names", &exc), room, sizeof room,
                           &s, &exc));
    assert_string_equal(room, "1,function");
    assert_true(js_is_function(isolate_ctx(iso), js_builtin_get(iso, "demo", "Demo", &exc)));
    isolate_leave(iso);
    isolate_free(iso);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_handles),
        cmocka_unit_test(test_throw),
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_cpu_limit),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_terminated_twice),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_accounting),
        cmocka_unit_test(test_rejections),
        cmocka_unit_test(test_eval_is_off),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_mmap_guard),
        cmocka_unit_test(test_nested_isolates),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_builtins),
    };
    struct problem p;
    setenv("JSC_useJIT", "0", 1); /* must be scrubbed */
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
