/* Modules, errors and source maps: rewriting checked by running the result, not by comparing text.
 *
 * How this could pass wrongly: a rewrite that breaks code which no test runs; fuzz/modules.c and the comparison with a
 * real parser over npm packages (done by hand, see README.md) are the net under that. */
#include "js/errors.h"
#include "js/modules.h"
#include "js/sourcemap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static js_val resolve(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc) {
    (void)data;
    if (span_eq(specifier, SPAN("text"))) return js_module_asset(c, JS_ASSET_TEXT, SPAN("a text"), exc);
    if (span_eq(specifier, SPAN("json"))) return js_module_asset(c, JS_ASSET_JSON, SPAN("{\"n\":[1]}"), exc);
    if (span_eq(specifier, SPAN("data"))) return js_module_asset(c, JS_ASSET_DATA, SPAN("bytes"), exc);
    if (span_eq(specifier, SPAN("value"))) return js_module_of(c, js_str_lit(c, "a value"), exc);
    if (!span_starts(specifier, SPAN("lib"))) return NULL;
    js_obj o = js_object(c);
    js_set_span(c, o, SPAN("default"), js_str_lit(c, "D"), exc);
    js_set_span(c, o, SPAN("a"), js_str_lit(c, "A"), exc);
    js_set_span(c, o, SPAN("b c"), js_str_lit(c, "BC"), exc);
    js_set_span(c, o, SPAN("from"), js_str(c, importer), exc);
    return o;
}

/* Evaluates the module, then the script, which sees the namespace as `ns` (or what it threw as `thrown`). */
static const char *run(enum js_module_kind kind, const char *source, const char *script) {
    static char room[8192];
    struct isolate_config config = {.name = "test"};
    struct isolate *iso;
    struct problem p;
    struct js_rewritten r;
    struct js_module_host host = {.resolve = resolve};
    struct span s;
    js_val promise = NULL, v = NULL, exc = NULL;
    if (js_module_rewrite(span_of(source), kind, &r, &p) != ERR_OK)
        return snprintf(room, sizeof room, "%s", p.text), room;
    assert_int_equal(isolate_new(&config, &iso, &p), ERR_OK);
    js_ctx c = isolate_ctx(iso);
    isolate_enter(iso);
    enum js_outcome outcome = js_module_evaluate(iso, &r, SPAN("worker.js"), &host, 0, &promise);
    if (outcome == JS_OK) js_set_span(c, js_global(c), SPAN("promise"), promise, &exc);
    if (outcome == JS_OK)
        isolate_eval(iso, SPAN("var ns, thrown; promise.then(v => ns = v, e => thrown = e)"), SPAN("t"), 0,
                     NULL);
    if (outcome == JS_OK)
        isolate_eval(iso, span_of(script), SPAN("t"), 0, &v);
    else
        v = promise;
    if (!js_to_utf8(c, v, room, sizeof room, &s, &exc)) snprintf(room, sizeof room, "unprintable");
    isolate_leave(iso);
    isolate_free(iso);
    js_rewritten_free(&r);
    return room;
}

#define assert_esm(source, script, expected)                                                                 \
    assert_string_equal(run(JS_MODULE_ESM, (source), (script)), (expected))

/* An `await` that is taken for one inside of a function though it is at the top level would be a syntax error. */
static void assert_top_level_awaits(void) {
    static const char *const sources[] = {
        "export let v; { v = await 1 }",
        "export let v; if (true) { v = await 1 }",
        "export let v; if (true) { v = await 1 } else { await 2 }",
        "export let v; for await (const x of [1]) { v = await x }",
        "export let v; switch (1) { case 1: v = await 1 }",
        "export let v; switch (1) { case 1: { v = await 1 } }",
        "export let v; try { throw 1 } catch (e) { v = await e }",
        "export let v; const f = () => 0; f()\n{ v = await 1 }",
        "export let v; do {} while (v) { v = await 1 }",
        "const f = (x) => class {}; class A extends f(await 0) { static [await 'v']() { return 1 } }; export "
        "const v = A.v()",
        "const f = (x) => class {}; class A extends f(0) { static [await 'v']() { return 1 } }; export const "
        "v "
        "= A.v()",
        "export const v = +`${await 1}`",
        "const f = async (x) => { return await x }, g = async x => await x; export const v = await f(await "
        "g(1))",
        "export const v = [await 1][0]",
        "export let v; label: { v = await 1 }",
        "export let v; for (const x of [1]) { if (x) { v = await x } }",
        "export let v; for (const x of await [1]) v = x",
        "function f() { return { async m() { await 1 } } }\nexport let v; while (!v) { v = await 1 }",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const char *seen = run(JS_MODULE_ESM, sources[i], "String(thrown ?? ns.v)");
        if (strcmp(seen, "1") != 0) fail_msg("%s\n  gives %s", sources[i], seen);
    }
}

/* ... and where all stand in functions, the wrapper is no async one: this is about time, so it is seen in the text only. */
static void test_plain_wrapper(void **state) {
    static const char *const sources[] = {
        "export default { async fetch(r) { return await r } }",
        "async function f() { for await (const x of y) { await x } try { } catch (e) { await e } }",
        ("const f = async (a) => { await a }; class A { async m(a) { switch (a) { case 1: await a } } static "
         "async *g() { await 1 } }"), /* one element: the brackets say so to clang */
        "export const await_ = 1, o = p.await",
    };
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct js_rewritten r;
        struct problem p;
        assert_int_equal(js_module_rewrite(span_of(sources[i]), JS_MODULE_ESM, &r, &p), ERR_OK);
        if (!span_starts(bytes_span(r.text), SPAN("(function("))) fail_msg("%s", sources[i]);
        js_rewritten_free(&r);
    }
}

static void test_exports(void **state) {
    (void)state;
    assert_esm("", "Object.keys(ns).length + Object.prototype.toString.call(ns)", "0[object Module]");
    assert_esm("export const a = 1, {b, c: [d, ...e], f = {g: 2}} = {b: 2, c: [3, 4]}\nconst x = 1, y = 2",
               "JSON.stringify(ns)", "{\"a\":1,\"b\":2,\"d\":3,\"e\":[4],\"f\":{\"g\":2}}");
    assert_esm(
        "export let n = 1; export function up() { n++ } export class K {} export async function* g() {}",
        "ns.up(); ns.n + typeof ns.K + ns.g.name", "2functiong");
    assert_esm("export default {a: 1, fetch() { return `x${{}.y}` }}", "ns.default.fetch()", "xundefined");
    assert_esm("export default function() { return 1 }\n(5)", "ns.default() + ns.default.name", "1default");
    assert_esm("export default async function*(){}", "ns.default.name", "default");
    assert_esm("let x = helper()\nexport default function helper() { return 5 }", "ns.default()", "5");
    assert_esm("export default async function helper() { return 5 }", "ns.default.name", "helper");
    assert_esm("export default class { m() { return 3 } }", "new ns.default().m() + ns.default.name",
               "3default");
    assert_esm("export default class A extends Object {}\n[1].x", "ns.default.name", "A");
    assert_esm("export default async () => 5", "ns.default.name", "default");
    assert_esm("export default async\nlet async = 3", "thrown.name", "ReferenceError");
    assert_esm("const index_default = {x: 1};\nexport {\n  index_default as default,\n  y as \"a b\" // "
               "c\n};\nvar y = 4",
               "ns.default.x + ns['a b']", "5");
    assert_esm("export const f = () => { return 1 }\nexport const g = 2, h = 3", "Object.keys(ns).join()",
               "f,g,h");
    assert_esm("export { a as q } from 'lib'; export * from \"lib\"; export * as all from 'lib'",
               "Object.keys(ns).sort() + ns.all.a", "a,all,b c,from,qA");
    assert_esm("const t = await Promise.resolve(7); export { t }", "ns.t", "7");
}

static void test_imports(void **state) {
    (void)state;
    assert_esm("const r = a + d + star.a + bc + f; import d, { a, \"b c\" as bc, from as f } from \"lib\"; "
               "import * as star from 'lib'\n"
               "import 'lib'\nexport { r }",
               "ns.r", "ADABCworker.js");
    assert_esm("import { nope } from 'lib'", "thrown + ''",
               "SyntaxError: The requested module 'lib' does not provide an export named 'nope'");
    assert_esm("import x from 'missing'", "thrown.message", "No such module \"missing\".");
    assert_esm("import { a } from 'lib'; a = 1", "thrown.name", "TypeError");
    assert_esm("import t from 'text' with { type: 'text' }\nimport j from 'json'; import d from 'data'; "
               "import v from 'value';\n"
               "export const r = t + j.n + d.byteLength + v",
               "ns.r", "a text15a value");
    assert_top_level_awaits();
    assert_esm("export const r = (await import('lib')).a + (await import(`missing`).catch(e => e.message)) + "
               "import.meta.url;\n"
               "class M { import(x) { return x } static import (y) {\n return 2 } } export const m = new "
               "M().import(1) + M.import()",
               "ns.r + ns.m", "ANo such module \"missing\".worker.js3");
    assert_esm("foo\nimport { a } from 'lib'\n(1)\nvar foo = () => { throw 1 }; export { a }", "ns.a", "A");
}

static void test_scanning(void **state) {
    (void)state;
    assert_esm(
        "const s = 'import x from \"y\"', t = `${`import z from ${'q'}`} export`, r = /[/`'\"]export {/g; "
        "let n "
        "= 4 / 2 / 1;\n"
        "/* export { x } */ // import 'q'\nif (n) /export/.test(t); let o = {import: 1, export: 2}; o.import "
        "/ o.export;\n"
        "const u = n++ / 2; const v = [/'/, x => { return /`/ }]; label: { } /'/.test(s); export { t, n, u }",
        "thrown || ns.t + ns.n + ns.u", "import z from q export31");
    assert_esm("export const a = x => x / 2 / 3, b = a(12) /2/ 1\n++globalThis.q", "ns.b", "1");
    assert_esm("const a = {b: 1} / 2; const c = ((1) / 2 + '/'); export { c }", "ns.c", "0.5/");
    assert_esm("a ? b : /'/; var a, b; function* g() { yield /'/ } export { a }", "'a' in ns", "true");
    assert_esm("#!/usr/bin/env node '\nexport default 1", "ns.default", "1");
    assert_esm("\xef\xbb\xbf"
               "export default 'gr\xc3\xbc\xc3\x9f'",
               "ns.default", "gr\xc3\xbc\xc3\x9f");
    assert_string_equal(run(JS_MODULE_ESM, "a\n\nb('", ""), "line 3: a string does not end");
    assert_string_equal(run(JS_MODULE_ESM, "}) ; (function() {", ""),
                        "line 1: a bracket closes that was not opened");
    assert_string_equal(run(JS_MODULE_ESM, "{ (", ""), "line 1: a bracket is not closed");
    assert_non_null(strstr(run(JS_MODULE_ESM, "let 1", ""), "SyntaxError"));
    assert_esm("throw new RangeError('top')", "thrown + ''", "RangeError: top");
}

static void test_commonjs(void **state) {
    (void)state;
    assert_string_equal(run(JS_MODULE_COMMONJS,
                            "exports.a = require('lib').a; exports.b = typeof module + __filename",
                            "ns.a + ns.b + ns.default.a"),
                        "Aobjectworker.jsA");
    assert_string_equal(
        run(JS_MODULE_COMMONJS, "module.exports = function f() { return 1 } // end", "ns.default()"), "1");
    assert_string_equal(
        run(JS_MODULE_COMMONJS, "exports.__esModule = true; exports.default = 3", "ns.default"), "3");
    assert_non_null(
        strstr(run(JS_MODULE_COMMONJS, "require('missing')", "thrown.message"), "No such module"));
}

/* --- Errors --------------------------------------------------------------------------------------------------------- */

static const char *describe(const char *script) {
    static char room[8192];
    struct isolate_config config = {.name = "test"};
    struct isolate *iso;
    struct problem p;
    struct arena a = ARENA_INIT;
    struct js_error_info info;
    js_val v = NULL;
    assert_int_equal(isolate_new(&config, &iso, &p), ERR_OK);
    isolate_enter(iso);
    assert_int_equal(isolate_eval(iso, span_of(script), SPAN("t.js"), 0, &v), JS_EXCEPTION);
    js_error_describe(iso, v, &a, &info);
    isolate_leave(iso);
    snprintf(room, sizeof room, "%.*s", SPAN_FMT(js_error_text(&info, &a)));
    arena_free(&a);
    isolate_free(iso);
    return room;
}

static void test_errors(void **state) {
    (void)state;
    assert_string_equal(
        describe("function f() {\n  throw new TypeError('x', {cause: new Error('y', {cause: 'z'})})\n}\nf()"),
        "TypeError: x\n    at f (t.js:2:22)\n    at t.js:4:2\ncaused by Error: y\ncaused by Error: z");
    assert_string_equal(describe("throw 'text'"), "Error: text");
    assert_string_equal(describe("throw {a: 1}"), "Error: {\"a\":1}");
    assert_string_equal(describe("throw null"), "Error: null");
    assert_string_equal(describe("throw Symbol('s')"), "Error: (a value that cannot be shown)");
    assert_string_equal(
        describe("throw new Proxy({}, {get() { throw 1 }, has() { throw 2 }, ownKeys() { throw 3 }})"),
        "Error: (a value that cannot be shown)");
    assert_non_null(strstr(describe("throw {get name() { for (;;); }}"), "Error: "));
    assert_non_null(strstr(
        describe(
            "class A extends Error { get message() { return 'm' } get name() { return 'A' } } throw new A"),
        "A: m"));
    assert_non_null(strstr(describe("let x = {"), "SyntaxError: "));
}

static void test_stack(void **state) {
    struct js_frame f[8];
    (void)state;
    size_t n = js_stack_parse(
        SPAN("f@file:///a@1.js:10:20\n@b.js:3:4\nmap@[native code]\nglobal code@c.js:1:2\nodd"), f, 8);
    assert_int_equal(n, 5);
    assert_true(span_eq(f[0].url, SPAN("file:///a@1.js")) && f[0].line == 10 && f[0].column == 20);
    assert_true(f[1].function.len == 0 && span_eq(f[1].url, SPAN("b.js")));
    assert_true(span_eq(f[2].function, SPAN("map")) && f[2].url.len == 0);
    assert_true(f[3].function.len == 0 && f[3].column == 2);
    assert_true(span_eq(f[4].function, SPAN("odd")));
}

static const char map_text[] = "{\"version\":3,\"sourceRoot\":\"src\",\"sources\":[\"a.ts\",\"b.ts\"],"
                               "\"names\":[\"run\"],\"sourcesContent\":[\"text of a\",null],"
                               "\"mappings\":\"AAAA,IAAIA;;ACEF,K\"}";

static void test_sourcemap(void **state) {
    struct sourcemap *m;
    struct sourcemap_place at;
    (void)state;
    assert_int_equal(sourcemap_open(span_of(map_text), &m), ERR_OK);
    assert_true(sourcemap_find(m, 1, 1, &at) && span_eq(at.source, SPAN("src/a.ts")) && at.line == 1 &&
                at.column == 1);
    assert_true(sourcemap_find(m, 1, 5, &at) && at.column == 5 && span_eq(at.name, SPAN("run")));
    assert_true(sourcemap_find(m, 1, 999, &at) && at.column == 5);
    assert_false(sourcemap_find(m, 2, 1, &at));
    assert_true(sourcemap_find(m, 3, 2, &at) && span_eq(at.source, SPAN("src/b.ts")) && at.line == 3 &&
                at.column == 3);
    assert_false(sourcemap_find(m, 3, 6, &at)); /* a segment without a source */
    assert_false(sourcemap_find(m, 0, 0, &at));
    assert_false(sourcemap_find(m, 9, 1, &at));
    assert_true(span_eq(sourcemap_content(m, SPAN("src/a.ts")), SPAN("text of a")));
    struct js_frame f[] = {{SPAN_NONE, SPAN("w.js"), 1, 106}, {SPAN("q"), SPAN("other.js"), 1, 1}};
    struct arena a = ARENA_INIT;
    js_frames_map(f, 2, SPAN("w.js"), m, 100, &a);
    assert_true(span_eq(f[0].url, SPAN("src/a.ts")) && f[0].column == 5 &&
                span_eq(f[0].function, SPAN("run")));
    assert_true(span_eq(f[1].url, SPAN("other.js")));
    arena_free(&a);
    sourcemap_free(m);
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"version\":3}",
                                      "{\"version\":3,\"mappings\":5}",
                                      "{\"version\":3,\"sources\":[],\"mappings\":\"AAAA\"}",
                                      "{\"version\":3,\"mappings\":\"!\"}",
                                      "{\"version\":3,\"mappings\":\"D\"}",
                                      "{\"version\":3,\"mappings\":\"gggggggggg\"}",
                                      "{\"version\":3,\"sections\":[]}",
                                      "{\"version\":2,\"mappings\":\"\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(sourcemap_open(span_of(bad[i]), &m), ERR_OK);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_wrapper), cmocka_unit_test(test_exports),  cmocka_unit_test(test_imports),
        cmocka_unit_test(test_scanning),      cmocka_unit_test(test_commonjs), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_stack),         cmocka_unit_test(test_sourcemap)};
    struct problem p;
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
