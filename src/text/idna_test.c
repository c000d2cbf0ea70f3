/* Domain names. It could pass wrongly if only names that ASCII handles were tried: the table has rows that
 * need mapping, normalisation, Bidi and joiner rules, and those that must fail. All published rows are run
 * through the URL host parser (http/url_test.c), which adds the forbidden code points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "text/idna.h"

static void names_become_ascii(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"example.COM", "example.com"},
        {"fa\u00df.de", "xn--fa-hia.de"}, /* non-transitional: sharp s stays itself */
        {"FA\u00df.de", "xn--fa-hia.de"},
        {"B\u00fccher.example", "xn--bcher-kva.example"},
        {"bu\u0308cher.example", "xn--bcher-kva.example"},
        {"\u65e5\u672c\u3002jp", "xn--wgv71a.jp"}, /* ideographic full stop */
        {"\uff47\uff4f.com", "go.com"},            /* full width */
        {"a\u00ad.com", "a.com"},                  /* soft hyphen vanishes */
        {"-x.\u00df", "-x.xn--zca"},               /* CheckHyphens is off */
        {"x..\u00df", "x..xn--zca"},               /* VerifyDnsLength is off */
        {"xn--a", "xn--a"},                        /* ASCII is not validated */
        {"XN--A.com", "xn--a.com"},
        {"\u00ad", NULL}, /* nothing left */
        {"", NULL},
        {"xn--a.\u00df", NULL}, /* wrong Punycode beside a label outside ASCII */
        {"a\u05d0.com", NULL},  /* Bidi */
        {"a\u200db.com", NULL}, /* joiner without its context */
        {"\ufffd.com", NULL},
        {"\u0300a.com", NULL}, /* begins with a mark */
    };
    struct buf to = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        to.len = 0;
        buf_lit(&to, "kept:");
        enum err e = idna_to_ascii(span_of(rows[i][0]), &to);
        if ((e == ERR_OK) != (rows[i][1] != NULL)) fail_msg("%s: %s", rows[i][0], err_name(e));
        struct span added = span_from(buf_span(&to), 5);
        if (!span_eq(added, span_of(rows[i][1]))) fail_msg("%s: got %.*s", rows[i][0], SPAN_FMT(added));
    }
    buf_free(&to);
}

static void names_are_shown(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"xn--fa-hia.de", "fa\u00df.de"},
                                          {"XN--bcher-kva.Example", "b\u00fccher.example"},
                                          {"Plain.example", "plain.example"},
                                          {"a--b.example", "a--b.example"}};
    struct buf to = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        to.len = 0;
        idna_to_unicode(span_of(rows[i][0]), &to);
        if (!span_eq(buf_span(&to), span_of(rows[i][1]))) fail_msg("%s: got %s", rows[i][0], buf_cstr(&to));
    }
    buf_free(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_become_ascii),
                                       cmocka_unit_test(names_are_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
