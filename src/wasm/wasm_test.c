/* The rewriter on modules made by hand, byte for byte. That rewritten modules run as before is shown in the engine (test/wasm).
 *
 * How this could pass wrongly: a refusal for another reason than the one meant. So each refusal is held against its sentence, and
 * each refused module differs in that one thing from one that is accepted. */
#include "wasm/wasm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "wasm/opcodes.h"

#define MAGIC "\0asm\1\0\0\0"
/* (type (func)) (func (type 0)), a memory, a table, a global i32, a tag */
#define HEAD                                                                                                 \
    MAGIC "\1\4\1\x60\0\0"                                                                                   \
          "\3\2\1\0"                                                                                         \
          "\4\4\1\x70\0\1"                                                                                   \
          "\5\3\1\0\1"                                                                                       \
          "\x0d\3\1\0\0"                                                                                     \
          "\6\6\1\x7f\1\x41\0\x0b"

static struct problem p;
static struct buf out;

static enum err meter(struct span module) {
    out.len = 0;
    p.text[0] = 0;
    return wasm_meter(module, &out, &p);
}

/* A module whose only function has this body (without `end`). */
static struct span with_code(struct span code) {
    static struct buf b;
    b.len = 0;
    buf_lit(&b, HEAD);
    size_t body = code.len + 2;
    assert_true(body + 2 < 128);
    char head[] = {10, (char)(body + 2), 1, (char)body, 0};
    buf_add(&b, span_make(head, sizeof head));
    buf_add(&b, code);
    buf_add_char(&b, 0x0b);
    return buf_span(&b);
}

static bool contains(struct span needle) { return span_find(buf_span(&out), needle) < out.len; }

static void assert_refused(struct span module, enum err code, const char *sentence) {
    enum err e = meter(module);
    if (e != code || !strstr(p.text, sentence))
        fail_msg("%s: \"%s\", want \"%s\"", err_name(e), p.text, sentence);
    assert_int_equal(out.len, 0);
}

static void assert_accepted(struct span module) {
    if (meter(module) != ERR_OK) fail_msg("%s", p.text);
}

static void the_empty_module(void **state) {
    (void)state;
    assert_accepted(SPAN(MAGIC));
    assert_true(contains(SPAN("\x0c"
                              "cusp:0:check\1\0")));
    assert_false(contains(SPAN(":start")));
}

static void names_of_hidden_exports_are_free_ones(void **state) {
    (void)state;
    assert_accepted(SPAN(MAGIC "\4\4\1\x70\0\1\7\x1f\2\x0c"
                               "cusp:0:check\1\0\x0c"
                               "cusp:1:start\1\0"));
    assert_true(contains(SPAN("cusp:2:check\1\1")));
}

static void the_start_function_becomes_an_export(void **state) {
    (void)state;
    assert_accepted(SPAN(MAGIC "\1\4\1\x60\0\0\3\2\1\0\x08\1\0\x0a\4\1\2\0\x0b"));
    assert_true(contains(SPAN("cusp:0:start\0\0\x0c"
                              "cusp:0:check\1\0")));
    assert_false(contains(SPAN("\x08\1\0")));
}

/* What would be ours after the rewrite was out of range before it, and stays so. */
static void code_can_not_name_what_is_added(void **state) {
    (void)state;
    assert_accepted(with_code(SPAN("\x41\0\x24\0")));
    assert_refused(with_code(SPAN("\x41\0\x24\1")), ERR_INVALID, "there is no global 1");
    assert_accepted(with_code(SPAN("\x10\0")));
    assert_refused(with_code(SPAN("\x10\1")), ERR_INVALID, "there is no function 1");
    assert_accepted(with_code(SPAN("\x41\0\x11\0\0")));
    assert_refused(with_code(SPAN("\x41\0\x11\0\1")), ERR_INVALID, "there is no table 1");
    assert_refused(with_code(SPAN("\x41\0\x11\1\0")), ERR_INVALID, "there is no type 1");
    assert_refused(with_code(SPAN("\x20\0\x1a")), ERR_INVALID, "there is no local 0");
    assert_refused(with_code(SPAN("\xd2\1\x1a")), ERR_INVALID, "there is no function 1");
    assert_refused(with_code(SPAN("\x41\0\x25\1\x1a")), ERR_INVALID, "there is no table 1");
    assert_refused(SPAN(HEAD "\7\5\1\1g\3\1"), ERR_INVALID, "there is no global 1");
    assert_refused(SPAN(HEAD "\7\5\1\1t\1\1"), ERR_INVALID, "there is no table 1");
    assert_refused(SPAN(MAGIC "\6\6\1\x7f\0\x23\0\x0b"), ERR_INVALID, "there is no global 0");
    assert_refused(SPAN(HEAD "\x09\7\1\0\x41\0\x0b\1\1"), ERR_INVALID, "there is no function 1");
}

static void what_is_not_understood_is_named(void **state) {
    (void)state;
    assert_refused(with_code(SPAN("\xfe\3\0")), ERR_UNSUPPORTED,
                   "opcode 0xfe 0x03 is not supported: threads (at byte 0x");
    assert_refused(with_code(SPAN("\xe3\0\0\0")), ERR_UNSUPPORTED, "stack switching");
    assert_refused(with_code(SPAN("\xfc\x13")), ERR_UNSUPPORTED, "wide arithmetic");
    assert_refused(with_code(SPAN("\xff")), ERR_UNSUPPORTED, "in function 0");
    assert_refused(with_code(SPAN("\x41\0\x28\x42\0\0\x1a")), ERR_UNSUPPORTED, "more than one memory");
    assert_refused(SPAN(MAGIC "\5\4\1\3\1\2"), ERR_UNSUPPORTED, "a shared memory is not supported: threads");
    assert_refused(SPAN(MAGIC "\5\3\1\4\1"), ERR_UNSUPPORTED, "a 64-bit memory");
    assert_refused(SPAN(MAGIC "\5\5\2\0\1\0\1"), ERR_UNSUPPORTED, "more than one memory");
    assert_refused(SPAN(MAGIC "\x0e\1\0"), ERR_UNSUPPORTED, "a section of the unknown kind 14");
    assert_refused(SPAN(MAGIC "\1\3\1\x5d\0"), ERR_UNSUPPORTED, "the form of type 0x5d");
}

static void memories_and_tables_have_a_ceiling(void **state) {
    (void)state;
    assert_accepted(SPAN(MAGIC "\5\3\1\0\1"));
    assert_true(contains(SPAN("\5\5\1\1\1\x80\x10"))); /* 2048 pages */
    assert_accepted(SPAN(MAGIC "\5\6\1\1\1\xff\xff\3"));
    assert_true(contains(SPAN("\5\5\1\1\1\x80\x10")));
    assert_accepted(SPAN(MAGIC "\5\4\1\1\1\2"));
    assert_true(contains(SPAN("\5\4\1\1\1\2")));
    assert_refused(SPAN(MAGIC "\5\4\1\0\x81\x10"), ERR_TOO_LARGE, "a memory of 2049 pages");
    assert_accepted(SPAN(MAGIC "\4\4\1\x70\0\1"));
    assert_true(contains(SPAN("\x70\1\1\xc0\x84\x3d"))); /* 1000000 */
    assert_refused(SPAN(MAGIC "\4\6\1\x70\0\xc1\x84\x3d"), ERR_TOO_LARGE, "a table of 1000001 entries");
}

static void every_cut_is_refused(void **state) {
    (void)state;
    struct span whole = with_code(SPAN("\2\x40\x03\x40\x0d\0\x0c\1\x0b\x0b"));
    char copy[256];
    size_t len = whole.len;
    memcpy(copy, whole.ptr, len);
    assert_accepted(span_make(copy, len));
    for (size_t n = 0; n < len; n++) {
        bool section_ends = n == 8 || n == 14 || n == 0;
        char *cut = malloc(n ? n : 1); /* so that a sanitizer sees a read beyond */
        memcpy(cut, copy, n);
        if (meter(span_make(cut, n)) == ERR_OK && !section_ends) fail_msg("cut at %zu", n);
        free(cut);
    }
}

static void numbers_that_are_too_long(void **state) {
    (void)state;
    assert_accepted(with_code(SPAN("\x41\x80\x80\x80\x80\x78\x1a")));
    assert_refused(with_code(SPAN("\x41\x80\x80\x80\x80\x10\x1a")), ERR_INVALID, "longer than 32 bits");
    assert_refused(with_code(SPAN("\x41\x80\x80\x80\x80\x80\0\x1a")), ERR_INVALID, "longer than 32 bits");
    assert_accepted(with_code(SPAN("\x42\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f\x1a")));
    assert_refused(with_code(SPAN("\x42\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x1a")), ERR_INVALID,
                   "longer than 64 bits");
    assert_accepted(with_code(SPAN("\x10\x80\x80\x80\x80\0")));
    assert_refused(with_code(SPAN("\x10\x80\x80\x80\x80\x10")), ERR_INVALID, "longer than 32 bits");
}

static void a_loop_is_two_loops_and_labels_follow(void **state) {
    (void)state;
    /* block loop br_if 0, br_if 1, br 2 end end: what leaves the loop leaves one more */
    assert_accepted(with_code(SPAN("\2\x40\3\x40\x41\0\x0d\0\x41\0\x0d\1\x0c\2\x0b\x0b")));
    assert_true(contains(SPAN("\x41\0\x0d\0\x41\0\x0d\2\x0c\3\x0b\x0b\x0b\x0b")));
    assert_refused(with_code(SPAN("\3\x40\x0c\2\x0b")), ERR_INVALID, "there is no label 2");
    /* a loop that nothing goes back to is left alone */
    assert_accepted(with_code(SPAN("\3\x40\1\x0c\1\x0b")));
    assert_true(contains(SPAN("\3\x40\1\x0c\1\x0b\x0b")));
}

static void counted_loops_are_left_alone(void **state) {
    (void)state;
#define COUNTED(from, test, steps)                                                                           \
    "\1\1\x7f\x41" from "\x21\0\3\x40" steps "\x20\0\x41\1\x6a\x22\0\x41\x3f" test "\x0d\0\x0b"
    static const struct {
        struct span code;
        bool counted;
    } cases[] = {
        {SPAN(COUNTED("\0", "\x47", "")), true},              /* i = 0; do ++i; while (i != 63) */
        {SPAN(COUNTED("\0", "\x48", "")), false},             /* < is not looked at */
        {SPAN(COUNTED("\0", "\x47", "\x20\0\x21\0")), false}, /* i is set twice */
        {SPAN(COUNTED("\x40", "\x47", "")), true},            /* from -64: 127 rounds */
        {SPAN(COUNTED("\x3f", "\x47", "")), false},           /* from the limit: 2^32 rounds */
        {SPAN(COUNTED("\0", "\x47", "\x41\0\x0d\0")), false}, /* another way back, before the step */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF_INIT;
        struct span code = cases[i].code;
        buf_lit(&b, MAGIC "\1\4\1\x60\0\0\3\2\1\0");
        char head[] = {10, (char)(code.len + 3), 1, (char)(code.len + 1)};
        buf_add(&b, span_make(head, sizeof head));
        buf_add(&b, code);
        buf_add_char(&b, 0x0b);
        assert_accepted(buf_span(&b));
        struct span unchanged = span_from(code, 3);
        if (contains(unchanged) != cases[i].counted) fail_msg("case %zu", i);
        buf_free(&b);
    }
}

static void recursion_pays_and_leaves_do_not(void **state) {
    (void)state;
    assert_accepted(with_code(SPAN("\x10\0"))); /* calls itself */
    assert_true(contains(SPAN("\x6b\x24\1\x23\1\x41\0\x48\4\x40\x10\4\x0b\x10\0\x0b")));
    assert_accepted(with_code(SPAN("\x12\0"))); /* by a tail call */
    assert_true(contains(SPAN("\x6b\x24\1\x23\1\x41\0\x48\4\x40\x10\4\x0b\x12\0\x0b")));
    assert_accepted(with_code(SPAN("\x41\0\x1a")));
    assert_true(contains(SPAN("\5\0\x41\0\x1a\x0b")));
}

static void bulk_operations_pay_for_their_length(void **state) {
    (void)state;
    assert_accepted(with_code(SPAN("\x41\0\x41\0\x41\0\xfc\x0b\0")));
    assert_true(contains(SPAN("\x41\0\x41\0\x41\0\x10\1\xfc\x0b\0"))); /* bytes */
    assert_accepted(with_code(SPAN("\x41\0\x40\0\x1a")));
    assert_true(contains(SPAN("\x41\0\x10\2\x40\0\x1a"))); /* pages */
}

static void the_table_of_opcodes_is_sorted(void **state) {
    (void)state;
    uint32_t last = 0;
    const struct wasm_opcode *rows[] = {
#define X(first, last, immediates, cost, trait) wasm_opcode(first),
        WASM_OPCODES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_non_null(rows[i]); /* a search by halves finds it */
        assert_true(rows[i]->first <= rows[i]->last && (!i || rows[i]->first > last));
        assert_true(rows[i]->cost > 0);
        last = rows[i]->last;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_module),
        cmocka_unit_test(names_of_hidden_exports_are_free_ones),
        cmocka_unit_test(the_start_function_becomes_an_export),
        cmocka_unit_test(code_can_not_name_what_is_added),
        cmocka_unit_test(what_is_not_understood_is_named),
        cmocka_unit_test(memories_and_tables_have_a_ceiling),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(numbers_that_are_too_long),
        cmocka_unit_test(a_loop_is_two_loops_and_labels_follow),
        cmocka_unit_test(counted_loops_are_left_alone),
        cmocka_unit_test(recursion_pays_and_leaves_do_not),
        cmocka_unit_test(bulk_operations_pay_for_their_length),
        cmocka_unit_test(the_table_of_opcodes_is_sorted),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return failed;
}
