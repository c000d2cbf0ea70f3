/* Route patterns: the grammar, the order of precedence, and a table of 100,000. Could pass wrongly if match and
 * build shared a mistake in normalising: so hosts and paths in `cases` are written out in their final form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "edge/routes.h"

static void add_worker(struct routes_builder *b, uint32_t number) {
    struct routes_worker w = {.number = number, .account = 1, .name = SPAN("w")};
    assert_int_equal(routes_add_worker(b, &w, NULL), ERR_OK);
}

static const char *const patterns[] = {
    NULL,
    "example.com",                /* 1 */
    "example.com/*",              /* 2 */
    "example.com/api/*",          /* 3 */
    "example.com/api/v1/*",       /* 4 */
    "*.example.com/*",            /* 5 */
    "*example.com/shop*",         /* 6 */
    "https://example.com/secure", /* 7 */
    "http://example.com/secure",  /* 8 */
    "example.com/secure",         /* 9 */
    "*.a.example.com/deep/*",     /* 10 */
    "M\xc3\xbcnchen.DE/*",        /* 11 */
    "*/health",                   /* 12 */
    "example.com/img*",           /* 13 */
    "https://tls.example/*",      /* 14 */
};

static const struct {
    const char *host, *target;
    bool https;
    uint32_t worker;
} cases[] = {
    {"example.com", "/", false, 1},
    {"example.com", "/?q", false, 2},
    {"example.com", "/x", false, 2},
    {"example.com", "/api", false, 2},
    {"example.com", "/api/", false, 3},
    {"example.com", "/api/v", false, 3},
    {"example.com", "/api/v1/x", false, 4},
    {"example.com", "/api/v10", false, 3},
    {"www.example.com", "/", false, 5},
    {"www.example.com", "/shopping", false, 5}, /* the longer host suffix ("." in front) wins */
    {"notexample.com", "/shopping", false, 6},
    {"notexample.com", "/other", false, 0},
    {"example.com", "/secure", true, 7},
    {"example.com", "/secure", false, 8},
    {"x.a.example.com", "/deep/1", false, 10},
    {"x.a.example.com", "/other", false, 5}, /* falls back to the next host */
    {"xn--mnchen-3ya.de", "/", false, 11},
    {"nobody.example", "/health", false, 12},
    {"nobody.example", "/health?x", false, 0},
    {"example.com", "/img", false, 13},
    {"example.com", "/images", false, 2},
    {"example.com", "/img/a", false, 13},
    {"tls.example", "/", true, 14},
    {"tls.example", "/", false, 0},
};

static void precedence(void **state) {
    struct routes_builder *b = routes_builder_new();
    const struct routes *r;
    struct problem p = {0};
    for (uint32_t i = 1; i < sizeof patterns / sizeof *patterns; i++) {
        add_worker(b, i);
        assert_int_equal(routes_add(b, span_of(patterns[i]), i, &p), ERR_OK);
    }
    assert_int_equal(routes_build(b, &r, &p), ERR_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct routes_worker *w =
            routes_match(r, cases[i].https, span_of(cases[i].host), span_of(cases[i].target));
        if ((w ? w->number : 0) != cases[i].worker)
            fail_msg("%s%s: %u, not %u", cases[i].host, cases[i].target, w ? w->number : 0, cases[i].worker);
    }
    routes_unref(r);
}

static void refuses(void **state) {
    static const char *const bad[] = {
        "",   "/path",          "exa*mple.com/*", "example.com/*/x", "example.com/?q", "example.com:8080/*",
        "*.", "example.com/#x", "https://",       "exa mple.com/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct routes_builder *b = routes_builder_new();
        struct problem p = {0};
        if (routes_add(b, span_of(bad[i]), 0, &p) != ERR_INVALID) fail_msg("%s was taken", bad[i]);
        assert_true(strlen(p.text) > 10);
        routes_builder_free(b);
    }
    struct routes_builder *b = routes_builder_new();
    const struct routes *r = NULL;
    struct problem p;
    add_worker(b, 1);
    assert_int_equal(routes_add(b, SPAN("a.example/*"), 1, &p), ERR_OK);
    assert_int_equal(routes_add(b, SPAN("A.example/*"), 1, &p), ERR_OK);
    assert_int_equal(routes_build(b, &r, &p), ERR_EXISTS);
    b = routes_builder_new();
    assert_int_equal(routes_add(b, SPAN("a.example/*"), 7, &p), ERR_OK);
    assert_int_equal(routes_build(b, &r, &p), ERR_NOT_FOUND);
    assert_null(r);
}

static void origins_and_default(void **state) {
    struct routes_builder *b = routes_builder_new();
    const struct routes *r;
    struct routes_worker w = {.number = 1, .origin = SPAN("HTTPS://Origin.Example:443")};
    struct problem p;
    assert_int_equal(routes_add_worker(b, &w, &p), ERR_OK);
    w.origin = SPAN("https://origin.example/path");
    assert_int_equal(routes_add_worker(b, &w, &p), ERR_INVALID);
    w = (struct routes_worker){.number = 2};
    assert_int_equal(routes_add_worker(b, &w, &p), ERR_OK);
    assert_int_equal(routes_add(b, SPAN("none.example/*"), 0, &p), ERR_OK);
    routes_set_default(b, 2);
    assert_int_equal(routes_build(b, &r, &p), ERR_OK);
    assert_true(span_eq(routes_worker(r, 1)->origin, SPAN("https://origin.example")));
    assert_int_equal(routes_match(r, false, SPAN("any.example"), SPAN("/"))->number, 2);
    assert_null(routes_match(r, false, SPAN("none.example"), SPAN("/")));
    routes_unref(r);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Many hosts, and many paths on one host. Generous bounds: this also runs under sanitizers. */
static void large(void **state) {
    enum { COUNT = 100000 };
    struct routes_builder *b = routes_builder_new();
    const struct routes *r;
    char text[64];
    double start = now_ms();
    add_worker(b, 1);
    add_worker(b, 2);
    for (unsigned i = 0; i < COUNT / 2; i++) {
        snprintf(text, sizeof text, "%sh%u.example/*", i % 2 ? "*." : "", i);
        assert_int_equal(routes_add(b, span_of(text), 1, NULL), ERR_OK);
        snprintf(text, sizeof text, "one.example/p%u/*", i);
        assert_int_equal(routes_add(b, span_of(text), 2, NULL), ERR_OK);
    }
    assert_int_equal(routes_build(b, &r, NULL), ERR_OK);
    double built = now_ms();
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%sh%u.example", i % 2 ? "x." : "", i % (COUNT / 2));
        assert_int_equal(routes_match(r, false, span_of(text), SPAN("/"))->number, 1);
        snprintf(text, sizeof text, "/p%u/x", i % (COUNT / 2));
        assert_int_equal(routes_match(r, false, SPAN("one.example"), span_of(text))->number, 2);
    }
    double done = now_ms();
    print_message("built %d routes in %.0f ms, %.0f ns a lookup\n", COUNT, built - start,
                  (done - built) * 1e6 / (2.0 * COUNT));
    assert_true(done - start < 20000);
    routes_unref(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precedence),
        cmocka_unit_test(refuses),
        cmocka_unit_test(origins_and_default),
        cmocka_unit_test(large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
