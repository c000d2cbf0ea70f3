/* The memory limit of an isolate: whatever a program does to fill memory, it ends, the process stays small, and those
 * who live beside it feel nothing.
 *
 * How this could pass wrongly: a program that ends by itself (a misspelt name) would look ended, so every row says how
 * it ends and no other way passes; a peak that was reached by an earlier row would hide the next, so the
 * kernel's high-water mark is reset before each. CUSP_MEMORY_MB=128 runs the rows with another limit than the short
 * 32 MB and prints what each took. */
#include "js/memory.h"

#include "base/check.h"
#include "js/engine.h"
#include "js/guard.h"
#include "js/isolate.h"
#include "js/modules.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define MB (1ull << 20)
enum { LATE_MB = 64 }; /* what is taken while a busy machine keeps the monitor waiting */

enum end {
    REFUSED,   /* a RangeError that the program sees */
    CONDEMNED, /* JS_MEMORY_LIMIT */
    EITHER,    /* whichever comes first */
    SLOW,      /* the CPU limit may come before */
    SMALL,     /* ends by itself or by CPU: it cannot fill memory at all */
};

/* `L` in a script is the limit in bytes. over_mb: what it may take beyond 3 x the limit (and LATE_MB) for the length of one
 * operation inside the engine. */
struct attack {
    const char *name, *script;
    enum end end;
    unsigned over_mb;
};

static const struct attack attacks[] = {
    /* one thing too large */
    {"typed array", "new Uint8Array(3 * 2 ** 30).fill(1)", REFUSED, 0},
    {"array buffer", "new ArrayBuffer(L + 1)", REFUSED, 0},
    {"resizable buffer", "new ArrayBuffer(1, { maxByteLength: 8 * L })", REFUSED, 0},
    {"repeat", "'x'.repeat(2 * L)", REFUSED, 0},
    {"doubled string", "let s = 'x'; for (;;) { s += s; s.charCodeAt(0) }", REFUSED, 0},
    {"padded string", "'x'.padStart(4 * L, 'yz').charCodeAt(9)", REFUSED, 0},
    {"array of a length", "new Array(L).fill(7)", REFUSED, 0},
    {"array from a length", "Array.from({ length: L / 2 }, (_, i) => i)", EITHER, 0},
    {"split", "'x,'.repeat(L / 3).split(',')", EITHER, 100},
    {"spread string", "[...'ab'.repeat(L / 3)]", REFUSED, 0},
    {"join", "new Array(L / 32).fill('x'.repeat(100)).join()", REFUSED, 0},
    {"JSON text", "JSON.stringify(new Array(L / 32).fill('x'.repeat(100)))", EITHER, 200},
    {"JSON parsed", "JSON.parse('[' + '1,'.repeat(L / 4) + '1]')", EITHER, 100},
    {"replaceAll", "'x'.repeat(L / 4).replaceAll('x', 'y'.repeat(50))", REFUSED, 300},
    {"match", "'x'.repeat(L / 3).match(/./g)", EITHER, 300},
    {"concat", "let a = [1, 2, 3]; for (;;) a = a.concat(a)", EITHER, 0},
    {"typed array copies", "let a = new Uint8Array(L / 4), k = []; for (;;) k.push(a.slice().fill(1))",
     EITHER, 0},
    {"WebAssembly memory", "new WebAssembly.Memory({ initial: L / 65536 * 2 })", REFUSED, 0},
    {"WebAssembly memory that grows",
     "const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(16); new "
     "Uint8Array(m.buffer).fill(1) }",
     EITHER, 0},
    {"WebAssembly memories", "let k = []; for (;;) k.push(new WebAssembly.Memory({ initial: 64 }))", EITHER,
     0},
    {"encoded", "encodeURIComponent('€'.repeat(L / 4))", EITHER, 200},
    {"BigInt", "let n = 3n, k = []; for (;;) { n *= 3n ** 4000n; k.push(n) }", SLOW, 0},
    /* many small things */
    {"arrays", "let a = []; for (;;) a.push(new Array(1000).fill(1))", CONDEMNED, 0},
    {"numbers", "let a = []; for (let i = 0;; i++) a.push(i + 0.5)", EITHER, 100},
    {"objects", "let a = []; for (let i = 0;; i++) a.push({ i })", EITHER, 0},
    {"properties", "let o = {}; for (let i = 0;; i++) o['k' + i] = i", EITHER, 100},
    {"sparse array", "let a = []; for (let i = 0;; i++) a[(i * 7919) % 2 ** 31] = i", EITHER, 0},
    {"linked list", "let l = null; for (;;) l = { l }", CONDEMNED, 0},
    {"strings", "let a = []; for (let i = 0;; i++) a.push('string ' + i + ' of many'.toUpperCase())", EITHER,
     0},
    {"rope", "let s = ''; for (let i = 0;; i++) s += 'ab' + i", EITHER, 0},
    {"symbols", "let a = []; for (let i = 0;; i++) a.push(Symbol('s' + i))", EITHER, 0},
    {"registered symbols", "let a = []; for (let i = 0;; i++) a.push(Symbol.for('s' + i))", SLOW, 100},
    {"Map", "const m = new Map(); for (let i = 0;; i++) m.set(i, i)", EITHER, 0},
    {"Map of objects", "const m = new Map(); for (let i = 0;; i++) m.set({}, {})", EITHER, 0},
    {"Set", "const s = new Set(); for (let i = 0;; i++) s.add('' + i)", EITHER, 0},
    {"WeakMap",
     "const w = new WeakMap(), k = []; for (let i = 0;; i++) { const o = {}; k.push(o); w.set(o, {}) }",
     EITHER, 100},
    {"WeakRef", "const k = []; for (;;) k.push(new WeakRef({}))", SLOW, 0},
    {"closures", "let a = []; for (let i = 0;; i++) { const x = { i }; a.push(() => x) }", EITHER, 0},
    {"bound functions", "let a = []; for (;;) a.push(function () {}.bind({}))", EITHER, 0},
    {"classes", "let a = []; for (;;) a.push(class { static x = 1; y() {} })", SLOW, 100},
    {"generators", "let a = []; for (;;) { const g = (function* () { yield 1 })(); g.next(); a.push(g) }",
     EITHER, 0},
    {"proxies", "let a = []; for (;;) a.push(new Proxy({}, {}))", EITHER, 0},
    {"errors", "let a = []; for (;;) a.push(new Error('with a stack'))", EITHER, 100},
    {"dates", "let a = []; for (;;) a.push(new Date())", EITHER, 0},
    {"small typed arrays", "let a = []; for (;;) a.push(new Uint8Array(64))", EITHER, 100},
    {"data views", "let a = []; for (;;) a.push(new DataView(new ArrayBuffer(32)))", EITHER, 100},
    {"microtasks", "for (;;) Promise.resolve().then(() => {})", EITHER, 100},
    {"microtasks that multiply", "(function f() { Promise.resolve().then(f); Promise.resolve().then(f) })()",
     SLOW, 100},
    {"promises", "let a = []; for (;;) a.push(new Promise(() => {}))", EITHER, 0},
    {"async functions", "let a = []; for (;;) a.push((async () => { await new Promise(() => {}) })())",
     EITHER, 0},
    {"regexps",
     "let a = []; for (let i = 0;; i++) { const r = new RegExp('a' + i + '(b|c)*'); r.test('abc'); a.push(r) "
     "}",
     SLOW, 300},
    {"Intl", "let a = []; for (;;) a.push(new Intl.DateTimeFormat('de', { dateStyle: 'full' }))", SLOW, 300},
    {"Intl numbers",
     "let a = []; for (;;) a.push(new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }))", SLOW,
     300},
    {"Intl segments", "let a = []; for (;;) a.push(new Intl.Segmenter('de').segment('a b c'))", SLOW, 300},
    {"deep recursion with data",
     "function f(n) { const a = new Array(100).fill(n); return f(n + 1) + a[0] } for (;;) try { f(0) } catch "
     "{}",
     SLOW, 0},
    {"garbage", "for (;;) new Array(1000).fill(1)", SMALL, 0},
    {"garbage buffers", "for (;;) new Uint8Array(1e6).fill(1)", SMALL, 0},
};

static uint64_t limit_bytes = 32 * MB;
static bool talk;

static uint64_t status_bytes(const char *key) {
    char line[256];
    unsigned long long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    check(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0) kb = strtoull(line + strlen(key), NULL, 10);
    fclose(f);
    return kb * 1024;
}

/* Where the kernel can't reset its mark, peaks are not judged. */
static bool reset_peak(void) {
    FILE *f = fopen("/proc/self/clear_refs", "w");
    bool ok = f && fputs("5", f) >= 0;
    return f ? fclose(f) == 0 && ok : false;
}

static struct isolate *make(uint64_t limit, uint32_t cpu_ms) {
    struct isolate_config config = {.name = "test", .cpu_limit_ms = cpu_ms, .memory_limit_bytes = limit};
    struct isolate *iso;
    struct problem p;
    assert_int_equal(isolate_new(&config, &iso, &p), ERR_OK);
    return iso;
}

static enum js_outcome eval(struct isolate *iso, const char *text, js_val *ret) {
    return isolate_eval(iso, span_of(text), SPAN("test.js"), 0, ret);
}

static double number(struct isolate *iso, const char *text) {
    js_val v = NULL, exc = NULL;
    double n = -1;
    isolate_enter(iso);
    if (eval(iso, text, &v) == JS_OK) js_to_number(isolate_ctx(iso), v, &n, &exc);
    isolate_leave(iso);
    return n;
}

static bool is_range_error(struct isolate *iso, js_val thrown) {
    js_val exc = NULL;
    js_ctx c = isolate_ctx(iso);
    js_val name = js_get_span(c, js_as_object(thrown), SPAN("name"), &exc);
    struct arena a = ARENA_INIT;
    struct span text = SPAN_NONE;
    bool is = name && js_to_utf8_arena(c, name, &a, &text, &exc) && span_eq(text, SPAN("RangeError"));
    arena_free(&a);
    return is;
}

/* How it ended, as one letter; 0: not by any of ours. */
static char run_attack(const struct attack *a) {
    struct isolate *iso = make(limit_bytes, a->end == SMALL ? 300 : a->end == SLOW ? 1500 : 6000);
    char script[512];
    js_val v = NULL;
    snprintf(script, sizeof script, "{ const L = %llu; %s }", (unsigned long long)limit_bytes, a->script);
    isolate_enter(iso);
    enum js_outcome outcome = eval(iso, script, &v);
    char end = outcome == JS_OK                          ? 'o'
               : outcome == JS_EXCEPTION                 ? (is_range_error(iso, v) ? 'R' : 0)
               : isolate_verdict(iso) == JS_MEMORY_LIMIT ? 'M'
               : isolate_verdict(iso) == JS_CPU_LIMIT    ? 'C'
                                                         : 0;
    isolate_leave(iso);
    isolate_free(iso);
    js_engine_trim();
    return end;
}

static bool ended_well(const struct attack *a, char end) {
    static const char *const fine[] = {
        [REFUSED] = "R", [CONDEMNED] = "M", [EITHER] = "RM", [SLOW] = "RMC", [SMALL] = "oC"};
    return end && strchr(fine[a->end], end);
}

static void test_attacks(void **state) {
    struct isolate *neighbour = make(limit_bytes, 1000);
    bool peaks = reset_peak() && JS_MMAP_GUARD; /* a sanitizer's own memory would be judged too */
    unsigned bad = 0;
    (void)state;
    assert_true(js_caps.heap_meter && js_caps.large_refused);
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const struct attack *a = &attacks[i];
        reset_peak();
        uint64_t before = status_bytes("VmRSS:");
        char end = run_attack(a);
        uint64_t peak = (status_bytes("VmHWM:") - before) / MB,
                 most = 3 * limit_bytes / MB + LATE_MB + a->over_mb;
        bool ok = ended_well(a, end) && (!peaks || peak <= most);
        if (talk || !ok)
            print_message("%s %-30s %c peak +%llu MB (%llu), after +%lld MB\n", ok ? "  " : "!!", a->name,
                          end ? end : '?', (unsigned long long)peak, (unsigned long long)most,
                          (long long)(status_bytes("VmRSS:") - before) / (long long)MB);
        bad += !ok;
        assert_true(number(neighbour, "[1, 2, 3].map(x => x * 2)[2]") == 6);
    }
    isolate_free(neighbour);
    assert_int_equal(bad, 0);
}

/* --- Between entries ------------------------------------------------------------------------------------------------ */

/* 1 MB a request in entries of a millisecond: no entry is ever looked at. */
static void test_slow_hoarder(void **state) {
    static const char *const takes[] = {
        "k.push(new Array(131072).fill(k.length))", "k.push(new Uint8Array(1 << 20).fill(1))",
        "k.push(String.fromCharCode(k.length).repeat(1 << 20))",
        "{ const a = []; for (let i = 0; i < 2e4; i++) a.push({ i }); k.push(a) }"};
    (void)state;
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        struct isolate *iso = make(32 * MB, 1000);
        struct isolate_memory_verdict v;
        unsigned n = 0;
        eval(iso, "var k = []", NULL);
        while (n < 200 && eval(iso, takes[i], NULL) == JS_OK) n++;
        isolate_memory_verdict(iso, &v);
        if (talk)
            print_message("   %s: %u entries, %llu MB alive\n", takes[i], n,
                          (unsigned long long)(v.heap_bytes / MB));
        assert_int_equal(isolate_verdict(iso), JS_MEMORY_LIMIT);
        assert_true(n >= 15 && n <= 60);
        assert_true(v.limit_bytes == 32 * MB && v.heap_bytes > v.limit_bytes &&
                    v.heap_bytes < 2 * v.limit_bytes);
        assert_true(v.process_bytes > v.heap_bytes);
        isolate_free(iso);
    }
}

/* Three quarters of the limit alive, and much more than the limit in garbage: allowed. */
static void test_within_limit(void **state) {
    struct isolate *iso = make(32 * MB, 20000);
    (void)state;
    assert_int_equal(
        eval(iso, "var k = []; for (let i = 0; i < 24; i++) k.push(new Array(131072).fill(i))", NULL), JS_OK);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(eval(iso, "for (let i = 0; i < 20; i++) new Array(131072).fill(i)", NULL), JS_OK);
    assert_int_equal(
        eval(iso, "k = []; for (let i = 0; i < 3000; i++) new Uint8Array(1 << 20).fill(i)", NULL), JS_OK);
    assert_true(number(iso, "'x'.repeat(16 << 20).length") == 16 << 20);
    assert_int_equal(isolate_verdict(iso), JS_FINE);
    isolate_free(iso);
}

/* The engine counts a memory of WebAssembly twice when JavaScript has its buffer; the limit does not. */
static void test_wasm_memory_counts_once(void **state) {
    struct isolate *iso = make(32 * MB, 1000);
    (void)state;
    assert_int_equal(eval(iso,
                          "var m = new WebAssembly.Memory({ initial: 1, maximum: 65536 }); m.grow(383); "
                          "var v = new Uint8Array(m.buffer).fill(1)",
                          NULL),
                     JS_OK);
    for (unsigned i = 0; i < 100; i++) assert_int_equal(eval(iso, "new Array(131072).fill(1)", NULL), JS_OK);
    assert_true(number(iso, "v.length") == 24 << 20);
    isolate_free(iso);
}

/* An isolate that may take anything is not hindered. */
static void test_no_limit(void **state) {
    struct isolate *iso = make(0, 5000);
    (void)state;
    assert_true(number(iso, "new Uint8Array(2e8).length + 'x'.repeat(2e8).length") == 4e8);
    isolate_free(iso);
}

static void test_give_up(void **state) {
    struct isolate *iso = make(32 * MB, 5000);
    (void)state;
    assert_int_equal(eval(iso, "1", NULL), JS_OK);
    isolate_memory_give_up(iso);
    assert_int_equal(eval(iso, "1", NULL), JS_CONDEMNED);
    assert_int_equal(isolate_verdict(iso), JS_MEMORY_LIMIT);
    isolate_free(iso);
}

static void test_give_up_above(void **state) {
    struct isolate *large = make(32 * MB, 5000), *small = make(32 * MB, 5000);
    (void)state;
    eval(large, "var k = new Array(10 * 131072).fill(1)", NULL);
    memory_give_up_above(8 * MB);
    assert_int_equal(eval(large, "1", NULL), JS_CONDEMNED);
    assert_int_equal(isolate_verdict(large), JS_MEMORY_LIMIT);
    assert_int_equal(eval(small, "1", NULL), JS_OK);
    assert_int_equal(eval(small, "let k = []; for (;;) k.push(new Array(1000).fill(1))", NULL),
                     JS_TERMINATED);
    assert_int_equal(isolate_verdict(small), JS_MEMORY_LIMIT);
    memory_give_up_above(0);
    isolate_free(large);
    isolate_free(small);
}

static void test_now(void **state) {
    struct isolate *iso = make(32 * MB, 5000);
    (void)state;
    uint64_t before = isolate_memory_now(iso);
    eval(iso, "var k = new Array(10 * 131072).fill(1)", NULL);
    assert_in_range(isolate_memory_now(iso) - before, 10 * MB, 11 * MB);
    isolate_collect(iso);
    assert_in_range(isolate_memory_now(iso) - before, 9 * MB, 11 * MB);
    eval(iso, "k = null", NULL);
    isolate_collect(iso);
    assert_true(isolate_memory_now(iso) < before + MB);
    isolate_free(iso);
}

/* Code that goes is compiled anew, also in the middle of what it was doing: a generator, an async function, a hot loop's callee. */
static void test_forget_code(void **state) {
    struct isolate *iso = make(32 * MB, 20000);
    (void)state;
    assert_int_equal(
        eval(iso,
             "var f = [], sum = (n) => n && n + sum(n - 1), re = /^a+(b)$/, got = 0, go;"
             "for (let i = 0; i < 300; i++) f.push((x) => { const a = [x, x + 1].map((y) => y * 2); "
             "return i + a[0] + a[1] + (x > 1e9 ? a.concat(a).join('-').length : 0) });"
             "function all() { let t = 0; for (const g of f) t += g(1); return t }"
             "function* counter() { for (let i = 0;; i++) yield i }"
             "var it = counter(); it.next(); it.next();"
             "(async () => { const a = 40; got = a + await new Promise((ok) => go = ok) })();"
             "for (let i = 0; i < 2000; i++) sum(50);",
             NULL),
        JS_OK);
    double before = number(iso, "all() + sum(100) + re.exec('aab').length");
    isolate_collect(iso);
    uint64_t with_code = isolate_memory_now(iso);
    isolate_forget_code(iso);
    if (js_caps.forget_code) assert_true(isolate_memory_now(iso) < with_code - 32 * 1024);
    assert_true(number(iso, "all() + sum(100) + re.exec('aab').length") == before);
    assert_true(number(iso, "it.next().value") == 2);
    assert_true(number(iso, "go(2), 0") == 0 && number(iso, "got") == 42);
    assert_true(number(iso, "re.exec('aab')[1] === 'b' ? 1 : 0") == 1);
    isolate_free(iso);
}

/* --- Neighbours ------------------------------------------------------------------------------------------------------- */

static atomic_bool stop;

struct neighbour {
    pthread_t thread;
    unsigned done, failed;
};

static void *live_quietly(void *data) {
    struct neighbour *n = data;
    struct isolate *iso = make(32 * MB, 20000);
    eval(iso, "var k = new Array(1e6).fill(1), t", NULL);
    while (!atomic_load(&stop)) {
        bool ok = eval(iso, "t = 0; for (let i = 0; i < 3e5; i++) t += [i, i].length", NULL) == JS_OK;
        n->done += ok;
        n->failed += !ok;
    }
    isolate_free(iso);
    return NULL;
}

/* The process grows by far more than any limit while all of them are in JavaScript. */
static void test_blame(void **state) {
    struct neighbour quiet[2] = {0};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        check(pthread_create(&quiet[i].thread, NULL, live_quietly, &quiet[i]) == 0);
    for (unsigned i = 0; i < 4; i++) {
        struct isolate *iso = make(96 * MB, 20000);
        eval(iso,
             i % 2 ? "let a = []; for (;;) a.push(new Array(1000).fill(1))"
                   : "let a = []; for (;;) a.push(new Intl.NumberFormat('de'))",
             NULL);
        assert_int_equal(isolate_verdict(iso), JS_MEMORY_LIMIT);
        isolate_free(iso);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 2; i++) {
        pthread_join(quiet[i].thread, NULL);
        assert_int_equal(quiet[i].failed, 0);
        assert_true(quiet[i].done > 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forget_code),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_slow_hoarder),
        cmocka_unit_test(test_within_limit),
        cmocka_unit_test(test_wasm_memory_counts_once),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_give_up),
        cmocka_unit_test(test_give_up_above),
        cmocka_unit_test(test_blame),
        cmocka_unit_test(test_attacks),
    };
    struct problem p;
    const char *mb = getenv("CUSP_MEMORY_MB");
    (void)argc, (void)argv;
    if (mb) talk = true, limit_bytes = strtoull(mb, NULL, 10) * MB;
    check(js_engine_init(NULL, &p) == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
