/* Base64. It could pass wrongly if encoder and decoder shared an alphabet's mistake: the first rows are those
 * of RFC 4648 section 10, and the forgiving rows are those of the web platform's own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "test/support/tsv.h"
#include "text/base64.h"

static void rfc_rows(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xfb\xff\xbf", "+/+/"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span plain = span_of(rows[i][0]), coded = span_of(rows[i][1]);
        char to[64];
        size_t n = 0;
        assert_int_equal(base64_encoded_length(plain.len), coded.len);
        assert_true(span_eq(span_make(to, base64_encode(plain, to)), coded));
        assert_int_equal(base64_decode(coded, to, &n), ERR_OK);
        assert_true(span_eq(span_make(to, n), plain));
    }
}

static void forgiving_rows(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0;
    tsv_open(&t, VECTORS "/text/base64.tsv");
    for (; tsv_next(&t); rows++) {
        char to[64];
        size_t n = 999;
        check(t.count == 2 && base64_decoded_max(t.fields[0].len) <= sizeof to);
        enum err e = base64_decode(t.fields[0], to, &n);
        if ((e == ERR_OK) != (t.fields[1].ptr != NULL)) fail_msg("line %u: %s", t.line, err_name(e));
        if (e)
            assert_int_equal(n, 999);
        else if (!span_eq(span_make(to, n), tsv_hex(&t, 1)))
            fail_msg("line %u", t.line);
    }
    tsv_close(&t);
    assert_true(rows > 70);
}

static void the_url_form_is_strict(void **state) {
    (void)state;
    char to[64];
    size_t n = 0;
    assert_int_equal(base64url_decode(SPAN("-_-_"), to, &n), ERR_OK);
    assert_true(span_eq(span_make(to, n), SPAN("\xfb\xff\xbf")));
    assert_true(span_eq(span_make(to, base64url_encode(SPAN("fooba"), to)), SPAN("Zm9vYmE")));
    static const char *const wrong[] = {"Zg==", "Zh", "Zm9", "Z", "Zm8+", "Zm 8", "Zm9vYmE=", "Zm9vY"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(base64url_decode(span_of(wrong[i]), to, &n), ERR_INVALID);
}

static void what_goes_in_comes_out(void **state) {
    (void)state;
    srand(5);
    char plain[300], coded[404], back[310];
    for (int round = 0; round < 3000; round++) {
        size_t len = (size_t)(rand() % 300), n = 0;
        for (size_t i = 0; i < len; i++) plain[i] = (char)rand();
        size_t size = base64_encode(span_make(plain, len), coded);
        assert_true(base64_decoded_max(size) >= len);
        assert_int_equal(base64_decode(span_make(coded, size), coded, &n), ERR_OK); /* in place */
        assert_true(span_eq(span_make(coded, n), span_make(plain, len)));
        size = base64url_encode(span_make(plain, len), coded);
        assert_int_equal(size, base64url_encoded_length(len));
        assert_int_equal(base64url_decode(span_make(coded, size), back, &n), ERR_OK);
        assert_true(span_eq(span_make(back, n), span_make(plain, len)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rfc_rows), cmocka_unit_test(forgiving_rows),
                                       cmocka_unit_test(the_url_form_is_strict),
                                       cmocka_unit_test(what_goes_in_comes_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
