/* Fields, names, statuses and dates. It could pass wrongly if only well-formed input were tried: each table has the
 * malformed neighbours of what it accepts, and the fast scans are compared with a plain loop over every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/date.h"
#include "http/fields.h"
#include "http/status.h"

#define assert_span(span, text) assert_true(span_eq((span), SPAN(text)))

static void names_are_classified(void **state) {
    (void)state;
    for (int id = 1; id < HTTP_NAME_COUNT; id++) {
        struct span text = http_name_text((enum http_name)id);
        char upper[40];
        for (size_t i = 0; i < text.len; i++) {
            upper[i] = (char)(text.ptr[i] >= 'a' && text.ptr[i] <= 'z' ? text.ptr[i] - 32 : text.ptr[i]);
        }
        assert_int_equal(http_name_of(text), id);
        assert_int_equal(http_name_of(span_make(upper, text.len)), id);
        for (size_t i = 0; i < text.len; i++) { /* any other byte at any place is another name */
            for (int c = 0; c < 256; c++) {
                char changed[40];
                memcpy(changed, text.ptr, text.len);
                changed[i] = (char)c;
                bool same = ascii_lower((char)c) == text.ptr[i];
                if ((http_name_of(span_make(changed, text.len)) == (enum http_name)id) != same) {
                    fail_msg("%.*s with byte %d at %zu", SPAN_FMT(text), c, i);
                }
            }
        }
    }
    assert_int_equal(http_name_of(SPAN("")), HTTP_NAME_OTHER);
    assert_int_equal(http_name_of(SPAN("hosts")), HTTP_NAME_OTHER);
    assert_int_equal(http_name_of(SPAN("x-forwarded-for-a-very-long-name-of-a-field")), HTTP_NAME_OTHER);
    assert_int_equal(http_method_of(SPAN("GET")), HTTP_GET);
    assert_int_equal(http_method_of(SPAN("DELETE")), HTTP_DELETE);
    assert_int_equal(http_method_of(SPAN("get")), HTTP_METHOD_OTHER);
}

static bool is_tchar(int c) { return c > 0x20 && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c); }

static void scans_find_the_first_bad_byte(void **state) {
    (void)state;
    char text[40];
    for (int c = 0; c < 256; c++) {
        bool value = c == '\t' || (c >= 0x20 && c != 0x7f);
        assert_true(http_is_tchar((char)c) == is_tchar(c));
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            struct span s = span_make(text, sizeof text);
            assert_int_equal(http_token_scan(s, 0), is_tchar(c) ? sizeof text : at);
            assert_int_equal(http_value_scan(s, 0), value ? sizeof text : at);
        }
    }
    assert_false(http_token_valid(SPAN("")));
    assert_true(http_value_valid(SPAN("a\x01\x80 b")) && http_value_valid(SPAN("")));
    assert_false(http_value_valid(SPAN(" a")) || http_value_valid(SPAN("a\t")) ||
                 http_value_valid(SPAN("a\rb")));
    assert_false(http_value_strict(SPAN("a\x01")));
}

static void lists_of_fields_behave(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct http_fields l = HTTP_FIELDS_NONE;
    for (int i = 0; i < 20; i++) http_fields_add(&l, &a, SPAN("X-Many"), SPAN("v"));
    assert_int_equal(http_fields_append(&l, &a, SPAN("Accept"), SPAN("a")), ERR_OK);
    assert_int_equal(http_fields_append(&l, &a, SPAN("accept"), SPAN("b, c")), ERR_OK);
    assert_int_equal(http_fields_append(&l, &a, SPAN("a b"), SPAN("c")), ERR_INVALID);
    assert_int_equal(http_fields_append(&l, &a, SPAN("a"), SPAN("c\n")), ERR_INVALID);
    assert_int_equal(l.count, 22);
    assert_span(http_fields_combined(&l, SPAN("ACCEPT"), &a), "a, b, c");
    assert_null(http_fields_combined(&l, SPAN("none"), &a).ptr);
    assert_span(http_fields_get(&l, HTTP_NAME_ACCEPT), "a");
    assert_int_equal(http_fields_count(&l, HTTP_NAME_ACCEPT), 2);
    assert_true(http_fields_list_has(&l, HTTP_NAME_ACCEPT, SPAN("C")));
    assert_false(http_fields_list_has(&l, HTTP_NAME_ACCEPT, SPAN("d")));
    struct http_fields copy = http_fields_copy(&l, &a);
    assert_int_equal(http_fields_remove(&l, SPAN("x-many")), 20);
    assert_int_equal(http_fields_remove_id(&l, HTTP_NAME_ACCEPT), 2);
    assert_int_equal(l.count, 0);
    assert_int_equal(copy.count, 22);
    assert_non_null(http_fields_find(&copy, SPAN("x-MANY")));
    arena_free(&a);
}

static void list_members_are_found(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct span rest = SPAN(" a ,, \"b,\\\"c\" , d;e=\"f,g\","), member, text;
    assert_true(http_list_next(&rest, &member));
    assert_span(member, "a");
    assert_true(http_list_next(&rest, &member));
    assert_span(member, "\"b,\\\"c\"");
    assert_true(http_unquote(member, &a, &text));
    assert_span(text, "b,\"c");
    assert_true(http_list_next(&rest, &member));
    assert_span(member, "d;e=\"f,g\"");
    assert_false(http_list_next(&rest, &member));
    assert_false(http_unquote(SPAN("\"a\"b\""), &a, &text) || http_unquote(SPAN("\"a\\\""), &a, &text));
    assert_false(http_unquote(SPAN("\""), &a, &text) || http_unquote(SPAN("a b"), &a, &text));
    arena_free(&a);
}

static void dates_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: malformed */
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Tue Nov 16 08:49:37 1999", 942742177},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2000 23:59:60 GMT", 951868799},
        {"Friday, 01-Jan-70 00:00:00 GMT", 3155760000},  /* 2070 is no more than 50 years after 2025 */
        {"Saturday, 01-Jan-76 00:00:00 GMT", 189302400}, /* 2076 is: 1976 */
        {"Wed, 29 Feb 2100 00:00:00 GMT", -1},
        {"Sun, 31 Apr 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 24:00:00 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
        {"sun, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 94 08:49:37 GMT", -1},
        {"Sun Nov 06 08:49:37 1994 GMT", -1},
        {"Xxx, 06 Nov 1994 08:49:37 GMT", -1},
        {"0", -1},
        {"", -1},
    };
    const int64_t now = 1750000000; /* June 2025 */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds = -1;
        http_date_parse(span_of(rows[i].text), now, &seconds);
        if (seconds != rows[i].seconds) fail_msg("%s: %lld", rows[i].text, (long long)seconds);
    }
    for (int64_t at = -62167219200 + 1234; at < 253402300799; at += 86400 * 37 + 3601) {
        char text[HTTP_DATE_LEN];
        int64_t back = 0;
        http_date_format(text, at);
        assert_true(http_date_parse(span_make(text, sizeof text), now, &back) && back == at);
    }
    char text[HTTP_DATE_LEN];
    http_date_format(text, 784111777);
    assert_memory_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_LEN);
    http_date_format(text, INT64_MAX);
    assert_memory_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT", HTTP_DATE_LEN);
}

static void statuses_have_phrases(void **state) {
    (void)state;
    assert_span(http_status_reason(100), "Continue");
    assert_span(http_status_reason(511), "Network Authentication Required");
    assert_span(http_status_reason(299), "");
    for (int status = 100; status < 599; status++) assert_true(http_value_strict(http_status_reason(status)));
    assert_true(http_status_is_null_body(304) && !http_status_is_null_body(200));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_classified),       cmocka_unit_test(scans_find_the_first_bad_byte),
        cmocka_unit_test(lists_of_fields_behave),     cmocka_unit_test(list_members_are_found),
        cmocka_unit_test(dates_are_read_and_written), cmocka_unit_test(statuses_have_phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
