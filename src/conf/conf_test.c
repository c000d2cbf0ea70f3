/* Trees, lookups, problems, the JSON writer. Could pass wrongly: when a problem's text is only looked at for being
 * there, so the texts are compared whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "conf/json_write.h"

static struct arena arena;

static const struct conf *toml(const char *text) {
    const struct conf *root = NULL;
    struct problem p = {0};
    if (conf_parse_toml(&arena, "wrangler.toml", span_of(text), &root, &p)) fail_msg("%s", p.text);
    return root;
}

static const struct conf *jsonc(const char *text) {
    const struct conf *root = NULL;
    struct problem p = {0};
    if (conf_parse_jsonc(&arena, "wrangler.jsonc", span_of(text), &root, &p)) fail_msg("%s", p.text);
    return root;
}

static const char *const sample = "name = 'api'\n"
                                  "compatibility_date = 2025-01-31\n"
                                  "[vars]\n"
                                  "port = 80\n"
                                  "ratio = 0.5\n"
                                  "\"with.dot\" = true\n"
                                  "[[routes]]\n"
                                  "pattern = 'a.example/*'\n"
                                  "[[routes]]\n"
                                  "pattern = 7\n"
                                  "[env.production.vars]\n"
                                  "port = 443\n"
                                  "flags = ['a', 'b',]\n";

static void test_lookup(void **state) {
    const struct conf *root = toml(sample);
    assert_int_equal(conf_get(root, "vars.port")->integer, 80);
    assert_int_equal(conf_get(root, "env.production.vars.port")->integer, 443);
    assert_null(conf_get(root, "vars.nothing.there"));
    assert_null(conf_get(root, "vars.port.deeper"));
    assert_null(conf_get(NULL, "a"));
    assert_true(conf_find(conf_get(root, "vars"), SPAN("with.dot"))->boolean);
    assert_int_equal(conf_get(root, "compatibility_date")->type, CONF_DATETIME);
    assert_int_equal(conf_get(root, "vars.port")->line, 4);
    assert_int_equal(conf_get(root, "vars.port")->column, 8);
    assert_int_equal(conf_count(conf_get(root, "routes")), 2);
    const char *order[] = {"name", "compatibility_date", "vars", "routes", "env"};
    size_t i = 0;
    CONF_EACH(item, root) assert_true(span_eq(item->key, span_of(order[i++])));
    assert_int_equal(i, 5);
}

static void test_reads(void **state) {
    const struct conf *root = toml(sample), *table = NULL;
    struct problem p;
    struct span name = SPAN("default"), *list = NULL;
    size_t count = 0;
    int64_t port = 1;
    double ratio = 0;
    assert_int_equal(conf_read_string(root, "absent", &name, &p), ERR_OK);
    assert_true(span_eq(name, SPAN("default")));
    assert_int_equal(conf_read_string(root, "name", &name, &p), ERR_OK);
    assert_true(span_eq(name, SPAN("api")));
    assert_int_equal(conf_read_integer(root, "vars.port", 1, 65535, &port, &p), ERR_OK);
    assert_int_equal(port, 80);
    assert_int_equal(conf_read_float(root, "vars.ratio", &ratio, &p), ERR_OK);
    assert_true(ratio == 0.5);
    assert_int_equal(conf_read_strings(root, "env.production.vars.flags", &arena, &list, &count, &p), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(span_eq(list[1], SPAN("b")));

    assert_int_equal(conf_read_string(root, "env.production.vars.port", &name, &p), ERR_INVALID);
    assert_string_equal(p.text,
                        "`env.production.vars.port` must be a string, found an integer (wrangler.toml:12)");
    assert_int_equal(conf_read_integer(root, "vars.port", 1024, 65535, &port, &p), ERR_INVALID);
    assert_string_equal(p.text, "`vars.port` must be between 1024 and 65535, found 80 (wrangler.toml:4)");
    const struct conf *second = conf_first(conf_get(root, "routes"))->next;
    assert_int_equal(conf_need(second, "pattern", CONF_STRING, &table, &p), ERR_INVALID);
    assert_string_equal(p.text, "`routes[1].pattern` must be a string, found an integer (wrangler.toml:10)");
    assert_int_equal(conf_need(second, "zone", CONF_STRING, &table, &p), ERR_INVALID);
    assert_string_equal(p.text, "`routes[1].zone` is missing: it must be a string (wrangler.toml:9)");
    conf_problem(conf_find(conf_get(root, "vars"), SPAN("with.dot")), &p, "is odd");
    assert_string_equal(p.text, "`vars.\"with.dot\"` is odd (wrangler.toml:6)");
}

static void test_unknown_keys(void **state) {
    static const char *const known[] = {"name", "compatibility_date", "vars", NULL};
    const struct conf *root = toml("name='a'\nvar.x=1\ncompatability_date='x'\nzzz=1\n");
    const struct conf *at = conf_unknown(root, NULL, known);
    assert_true(span_eq(at->key, SPAN("var")));
    assert_string_equal(conf_nearest(at->key, known), "vars");
    at = conf_unknown(root, at, known);
    assert_string_equal(conf_nearest(at->key, known), "compatibility_date");
    at = conf_unknown(root, at, known);
    assert_true(span_eq(at->key, SPAN("zzz")));
    assert_null(conf_nearest(at->key, known));
    assert_null(conf_unknown(root, at, known));
}

static void expect_problem(const char *text, bool is_toml, const char *want) {
    const struct conf *root = NULL;
    struct problem p = {0};
    enum err e = is_toml ? conf_parse_toml(&arena, "f", span_of(text), &root, &p)
                         : conf_parse_jsonc(&arena, "f", span_of(text), &root, &p);
    assert_int_equal(e, ERR_INVALID);
    assert_string_equal(p.text, want);
    assert_null(root);
}

static void test_syntax_problems(void **state) {
    expect_problem("a = 1\nb = \n", true, "f:2:5: expected a value, found the end of the line");
    expect_problem("a = hello", true, "f:1:5: expected a value (strings need quotes), found hello");
    expect_problem("a = 1\n\na = 2", true, "f:3:1: \"a\" is defined already, in line 1");
    expect_problem("[t\n", true, "f:1:3: expected ']' after the name of a table, found the end of the line");
    expect_problem("a = \"x\ny\"", true,
                   "f:1:7: expected the closing \" of a string, found the end of the line");
    expect_problem("a = \"\"\"\n\n", true, "f:1:5: this string has no end: expected \"\"\"");
    expect_problem("a = 9223372036854775808", true,
                   "f:1:5: expected an integer of at most 64 bits, found 9223372036854775808");
    expect_problem("a = 2025-02-29", true, "f:1:5: expected a date or time, found 2025-02-29");
    expect_problem("a = 1 b = 2", true, "f:1:7: expected the end of the line, found 'b'");
    expect_problem("a\xff", true, "f:1:2: this byte (0xff) is not UTF-8; save the file as UTF-8");
    expect_problem("{\n  \"a\": 1\n  \"b\": 2}", false, "f:3:3: expected ',' or '}', found '\"'");
    expect_problem("{'a': 1}", false, "f:1:2: expected a key in double quotes, found \"'\"");
    expect_problem("{} x", false, "f:1:4: expected the end of the file after the value, found 'x'");
    expect_problem("", false, "f:1:1: expected a value, found the end of the file");
    expect_problem("[1, /* x", false, "f:1:5: this comment has no end: expected */");
    expect_problem("\"\\q\"", false,
                   "f:1:3: expected an escape (one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u), found 'q'");
}

static void test_jsonc(void **state) {
    const struct conf *root =
        jsonc("\xef\xbb\xbf// the Worker\n{ \"a\": [1, 2,], /* b */ \"b\": \"// no comment\",\n"
              "\"c\": 1, \"c\": {\"d\": 2},\n}\n// end");
    assert_int_equal(conf_count(root), 3);
    assert_int_equal(conf_count(conf_get(root, "a")), 2);
    assert_true(span_eq(conf_get(root, "b")->text, SPAN("// no comment")));
    assert_int_equal(conf_get(root, "c.d")->integer, 2); /* the last of equal keys */
    assert_ptr_equal(conf_get(root, "c.d")->parent, conf_get(root, "c"));
    assert_int_equal(conf_get(root, "c.d")->line, 3);
    const struct conf *ignored = NULL;
    assert_int_equal(conf_parse_json(&arena, "f", SPAN("[1,]"), &ignored, NULL), ERR_INVALID);
    assert_int_equal(conf_parse_json(&arena, "f", SPAN("[1] // x"), &ignored, NULL), ERR_INVALID);
    assert_int_equal(conf_parse_jsonc(&arena, "f", SPAN("[,]"), &ignored, NULL), ERR_INVALID);
    assert_int_equal(conf_parse_jsonc(&arena, "f", SPAN("[1,,]"), &ignored, NULL), ERR_INVALID);
}

static void test_strings(void **state) {
    const struct conf *root =
        jsonc("[\"\\u00e9\\ud83d\\ude00\\ud800x\\u0000\\n\\\"\", \"plain text, rather long\"]");
    struct span want = SPAN("\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx\0\n\"");
    assert_true(span_eq(conf_first(root)->text, want));
    assert_string_equal(conf_first(root)->next->text.ptr, "plain text, rather long");
    root = toml("a = \"\"\"\r\nx\\\r\n   y\"\"\"\"\"\r\nb = '''\n'q'\n'''\nc = \"\\x41\\e\\U0001F600\"\n");
    assert_true(span_eq(conf_get(root, "a")->text, SPAN("xy\"\"")));
    assert_true(span_eq(conf_get(root, "b")->text, SPAN("'q'\n")));
    assert_true(span_eq(conf_get(root, "c")->text, SPAN("A\x1b\xf0\x9f\x98\x80")));
}

static void test_numbers(void **state) {
    const struct conf *root =
        jsonc("[0, -0, 9223372036854775807, -9223372036854775808, 9223372036854775808, 1.5e3]");
    const struct conf *at = conf_first(root);
    assert_int_equal(at->type, CONF_INTEGER);
    at = at->next;
    assert_int_equal(at->type, CONF_FLOAT);
    at = at->next;
    assert_true(at->type == CONF_INTEGER && at->integer == INT64_MAX);
    at = at->next;
    assert_true(at->type == CONF_FLOAT && at->number == -9223372036854775808.0);
    at = at->next;
    assert_true(at->type == CONF_FLOAT && at->number == 9223372036854775808.0);
    assert_true(at->next->number == 1500);
    root = toml("a = -9223372036854775808\nb = 0x7fff_ffff\nc = 1_000.5e-1\nd = -inf");
    assert_true(conf_get(root, "a")->integer == INT64_MIN);
    assert_int_equal(conf_get(root, "b")->integer, 0x7fffffff);
    assert_true(conf_get(root, "c")->number == 100.05);
    assert_true(conf_get(root, "d")->number < -1e308);
}

static void test_many_keys(void **state) {
    struct buf text = BUF_INIT;
    for (int i = 0; i < 5000; i++) buf_printf(&text, "key%d = %d\n", i, i);
    const struct conf *root = toml(buf_cstr(&text));
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "key%d", i);
        assert_int_equal(conf_get(root, name)->integer, i);
    }
    assert_null(conf_get(root, "key5000"));
    buf_free(&text);
}

static void test_limits(void **state) {
    const struct conf *root = NULL;
    struct problem p;
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    size_t fits = LIMIT_CONFIG_DEPTH;
    struct span good = span_make(deep + 100 - fits, fits * 2),
                bad = span_make(deep + 99 - fits, fits * 2 + 2);
    assert_int_equal(conf_parse_json(&arena, "f", good, &root, &p), ERR_OK);
    assert_int_equal(conf_parse_json(&arena, "f", bad, &root, &p), ERR_TOO_LARGE);
    assert_int_equal(p.code, ERR_TOO_LARGE);
    char *huge = calloc(1, LIMIT_CONFIG_BYTES + 1);
    assert_int_equal(conf_parse_toml(&arena, "f", span_make(huge, LIMIT_CONFIG_BYTES + 1), &root, &p),
                     ERR_TOO_LARGE);
    free(huge);
    struct buf dotted = BUF_INIT; /* depth by keys is depth too */
    for (int i = 0; i < 60; i++) buf_lit(&dotted, "a.");
    buf_lit(&dotted, "a = [[[[[[]]]]]]");
    assert_int_equal(conf_parse_toml(&arena, "f", buf_span(&dotted), &root, &p), ERR_TOO_LARGE);
    buf_free(&dotted);
}

static void test_writer(void **state) {
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    json_begin_object(&w);
    json_key(&w, SPAN("a\"b"));
    json_begin_array(&w);
    json_integer(&w, -5);
    json_float(&w, 0.1);
    json_float(&w, 1e300 * 1e300);
    json_bool(&w, true);
    json_null(&w);
    json_begin_object(&w);
    json_end_object(&w);
    json_end_array(&w);
    json_key(&w, SPAN("c"));
    json_string(&w, SPAN("x\n\x01\xff\xc3\xa9\\"));
    json_key(&w, SPAN("d"));
    json_raw(&w, SPAN("[1]"));
    json_end_object(&w);
    assert_string_equal(
        buf_cstr(&out),
        "{\"a\\\"b\":[-5,0.1,null,true,null,{}],\"c\":\"x\\n\\u0001\xef\xbf\xbd\xc3\xa9\\\\\","
        "\"d\":[1]}");
    out.len = 0;
    w = JSON_WRITER(&out);
    json_conf(&w, jsonc("{\"a\":[1,2.5,{\"b\":null}],\"c\":[[],[]]}"));
    assert_string_equal(buf_cstr(&out), "{\"a\":[1,2.5,{\"b\":null}],\"c\":[[],[]]}");
    buf_free(&out);
}

static int free_arena(void **state) {
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_lookup, free_arena),
        cmocka_unit_test_teardown(test_reads, free_arena),
        cmocka_unit_test_teardown(test_unknown_keys, free_arena),
        cmocka_unit_test_teardown(test_syntax_problems, free_arena),
        cmocka_unit_test_teardown(test_jsonc, free_arena),
        cmocka_unit_test_teardown(test_strings, free_arena),
        cmocka_unit_test_teardown(test_numbers, free_arena),
        cmocka_unit_test_teardown(test_many_keys, free_arena),
        cmocka_unit_test_teardown(test_limits, free_arena),
        cmocka_unit_test_teardown(test_writer, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
