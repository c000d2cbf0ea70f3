/* Cache rules. It could pass wrongly if a rule held for another reason than the one named: rows come in pairs that
 * differ in one field, and answer differently. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/cache_rules.h"

#define NOW  784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"

/* "Name: value\n..." */
static struct http_fields parse(struct arena *a, const char *text) {
    struct http_fields l = HTTP_FIELDS_NONE;
    struct span rest = span_of(text);
    while (rest.len) {
        struct span value = span_cut(&rest, '\n'), name = span_cut(&value, ':');
        http_fields_add(&l, a, name, span_trim(value));
    }
    return l;
}

static const struct http_cache_policy shared = {.shared = true}, private = {.shared = false},
                                      guessing = {.shared = true, .heuristics = true};

static struct http_cached cached(int status, const struct http_fields *fields) {
    return (struct http_cached){status, fields, NOW, NOW};
}

static void cache_control_is_parsed(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct http_cache_control cc;
    struct http_fields l = parse(
        &a, "Cache-Control: MAX-AGE=\"60\", max-age=5, x=\"no-store, y\", , s-maxage=9999999999999999999\n"
            "cache-control: private=\"Set-Cookie, X\", no-cache, stale-if-error=a, max-stale\n"
            "Cache-Control: min-fresh = 3, stale-while-revalidate=-1, public, immutable\n");
    http_cache_control_parse(&l, &cc);
    assert_int_equal(cc.max_age, 60);
    assert_int_equal(cc.s_maxage, HTTP_AGE_MAX);
    assert_true(cc.no_cache && cc.public && cc.immutable && cc.max_stale_any && !cc.no_store && !cc.private);
    assert_true(span_eq(cc.private_fields, SPAN("Set-Cookie, X")));
    assert_int_equal(cc.stale_if_error, 0); /* malformed is stale */
    assert_int_equal(cc.stale_while_revalidate, 0);
    assert_int_equal(cc.min_fresh, 3);
    assert_int_equal(cc.max_stale, HTTP_AGE_NONE);
    l = parse(&a, "Cache-Control: max-age\nCache-Control: private=\"\"\n");
    http_cache_control_parse(&l, &cc);
    assert_int_equal(cc.max_age, 0);
    assert_true(cc.private);
    arena_free(&a);
}

static void storing_follows_rfc_9111(void **state) {
    (void)state;
    static const struct {
        const struct http_cache_policy *policy;
        const char *method, *request;
        int status;
        const char *response;
        bool store;
    } rows[] = {
        {&shared, "GET", "", 200, "Cache-Control: max-age=1\n", true},
        {&shared, "HEAD", "", 200, "Cache-Control: max-age=1\n", false},
        {&shared, "GET", "", 206, "Cache-Control: max-age=1\n", false},
        {&shared, "GET", "", 103, "Cache-Control: max-age=1\n", false},
        {&shared, "GET", "", 200, "", false},
        {&guessing, "GET", "", 200, "", true},
        {&guessing, "GET", "", 302, "", false},
        {&shared, "GET", "", 200, "Expires: x\n", true},
        {&shared, "GET", "", 200, "Cache-Control: public\n", true},
        {&shared, "GET", "", 200, "Cache-Control: max-age=1, no-store\n", false},
        {&shared, "GET", "", 200, "Cache-Control: max-age=1, no-store, must-understand\n", true},
        {&shared, "GET", "", 299, "Cache-Control: max-age=1, no-store, must-understand\n", false},
        {&shared, "GET", "Cache-Control: no-store\n", 200, "Cache-Control: max-age=1\n", false},
        {&shared, "GET", "", 200, "Cache-Control: max-age=1, private\n", false},
        {&private, "GET", "", 200, "Cache-Control: max-age=1, private\n", true},
        {&shared, "GET", "Authorization: x\n", 200, "Cache-Control: max-age=1\n", false},
        {&private, "GET", "Authorization: x\n", 200, "Cache-Control: max-age=1\n", true},
        {&shared, "GET", "Authorization: x\n", 200, "Cache-Control: s-maxage=1\n", true},
        {&shared, "GET", "Authorization: x\n", 200, "Cache-Control: max-age=1, must-revalidate\n", true},
        {&private, "GET", "", 200, "Cache-Control: s-maxage=1\n", false},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields request = parse(&a, rows[i].request), response = parse(&a, rows[i].response);
        struct http_cached r = cached(rows[i].status, &response);
        if (http_may_store(*rows[i].policy, span_of(rows[i].method), &request, &r) != rows[i].store)
            fail_msg("row %zu", i);
    }
    arena_free(&a);
}

static void lifetimes_and_ages_are_computed(void **state) {
    (void)state;
    static const struct {
        const struct http_cache_policy *policy;
        const char *response;
        int64_t lifetime;
        bool is_explicit;
    } rows[] = {
        {&shared, "Cache-Control: max-age=5, s-maxage=9\n", 9, true},
        {&private, "Cache-Control: max-age=5, s-maxage=9\n", 5, true},
        {&shared, DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\n", 60, true},
        {&shared, DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\nCache-Control: max-age=7\n", 7, true},
        {&shared, DATE "Expires: Sun, 06 Nov 1994 08:40:37 GMT\n", 0, true},
        {&shared, "Expires: 0\n", 0, true},
        {&shared, DATE "Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT\n", 0, false},
        {&guessing, DATE "Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT\n", 6, false},
        {&guessing, DATE "Last-Modified: Sun, 06 Nov 1904 08:48:37 GMT\n", 86400, false},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields response = parse(&a, rows[i].response);
        struct http_cached r = cached(200, &response);
        bool is_explicit;
        int64_t lifetime = http_freshness_lifetime(*rows[i].policy, &r, &is_explicit);
        if (lifetime != rows[i].lifetime || is_explicit != rows[i].is_explicit)
            fail_msg("row %zu: %lld", i, (long long)lifetime);
    }
    struct http_fields response = parse(&a, DATE "Age: 10, 99\n");
    struct http_cached r = {200, &response, NOW + 1, NOW + 4};
    assert_int_equal(http_current_age(&r, NOW + 24), 10 + 3 + 20); /* Age and delay, then the time here */
    r = (struct http_cached){200, &response, NOW + 100, NOW + 100};
    assert_int_equal(http_current_age(&r, NOW + 100), 100); /* Date says more */
    assert_int_equal(http_current_age(&r, NOW), 100);       /* the clock went back */
    arena_free(&a);
}

static void reuse_follows_both_sides(void **state) {
    (void)state;
    static const struct {
        const char *request, *response;
        int64_t age;
        enum http_reuse reuse;
    } rows[] = {
        {"", "Cache-Control: max-age=10\n", 9, HTTP_REUSE_FRESH},
        {"", "Cache-Control: max-age=10\n", 10, HTTP_REUSE_REVALIDATE},
        {"", "Cache-Control: max-age=10, no-cache\n", 1, HTTP_REUSE_REVALIDATE},
        {"", "Cache-Control: max-age=10, no-cache=\"x\"\n", 1, HTTP_REUSE_REVALIDATE},
        {"Cache-Control: no-cache\n", "Cache-Control: max-age=10\n", 1, HTTP_REUSE_REVALIDATE},
        {"Pragma: no-cache\n", "Cache-Control: max-age=10\n", 1, HTTP_REUSE_REVALIDATE},
        {"Pragma: no-cache\nCache-Control: x\n", "Cache-Control: max-age=10\n", 1, HTTP_REUSE_FRESH},
        {"Cache-Control: max-age=3\n", "Cache-Control: max-age=10\n", 4, HTTP_REUSE_REVALIDATE},
        {"Cache-Control: min-fresh=5\n", "Cache-Control: max-age=10\n", 6, HTTP_REUSE_REVALIDATE},
        {"Cache-Control: min-fresh=5\n", "Cache-Control: max-age=10\n", 5, HTTP_REUSE_FRESH},
        {"Cache-Control: max-stale\n", "Cache-Control: max-age=10\n", 99, HTTP_REUSE_FRESH},
        {"Cache-Control: max-stale=5\n", "Cache-Control: max-age=10\n", 16, HTTP_REUSE_REVALIDATE},
        {"Cache-Control: max-stale\n", "Cache-Control: max-age=10, must-revalidate\n", 11,
         HTTP_REUSE_REVALIDATE},
        {"", "Cache-Control: max-age=10, stale-while-revalidate=5, stale-if-error=9\n", 15, HTTP_REUSE_STALE},
        {"", "Cache-Control: max-age=10, stale-while-revalidate=5, stale-if-error=9\n", 16,
         HTTP_REUSE_IF_ERROR},
        {"", "Cache-Control: max-age=10, stale-while-revalidate=5, stale-if-error=9\n", 20,
         HTTP_REUSE_REVALIDATE},
        {"", "Cache-Control: max-age=10, stale-while-revalidate=5, proxy-revalidate\n", 11,
         HTTP_REUSE_REVALIDATE},
        {"", "Cache-Control: s-maxage=10, stale-while-revalidate=5\n", 11, HTTP_REUSE_STALE},
        {"Cache-Control: max-stale\n", "Cache-Control: s-maxage=10\n", 11, HTTP_REUSE_REVALIDATE},
        {"Cache-Control: stale-if-error=9\n", "Cache-Control: max-age=10\n", 11, HTTP_REUSE_IF_ERROR},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields request = parse(&a, rows[i].request), response = parse(&a, rows[i].response);
        struct http_cached r = cached(200, &response);
        if (http_may_reuse(shared, &r, &request, NOW + rows[i].age) != rows[i].reuse) fail_msg("row %zu", i);
    }
    arena_free(&a);
}

static void vary_selects(void **state) {
    (void)state;
    static const struct {
        const char *response, *stored, *request;
        bool match;
    } rows[] = {
        {"", "Accept: a\n", "Accept: b\n", true},
        {"Vary: Accept\n", "Accept: a\n", "accept: a\n", true},
        {"Vary: Accept\n", "Accept: a\n", "Accept: b\n", false},
        {"Vary: Accept\n", "Accept: a\nAccept: b\n", "Accept: a, b\n", true},
        {"Vary: Accept\n", "", "Accept:\n", false},
        {"Vary: Accept\n", "", "X: y\n", true},
        {"Vary: Accept\nVary: X-Own\n", "Accept: a\nX-Own: 1\n", "Accept: a\nx-own: 2\n", false},
        {"Vary: Accept, *\n", "Accept: a\n", "Accept: a\n", false},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields response = parse(&a, rows[i].response), stored = parse(&a, rows[i].stored),
                           request = parse(&a, rows[i].request);
        if (http_vary_matches(&response, &stored, &request) != rows[i].match) fail_msg("row %zu", i);
    }
    arena_free(&a);
}

static void validators_are_compared(void **state) {
    (void)state;
    assert_true(http_etag_valid(SPAN("\"\"")) && http_etag_valid(SPAN("W/\"a\\\"")));
    assert_false(http_etag_valid(SPAN("a")) || http_etag_valid(SPAN("\"a b\"")) ||
                 http_etag_valid(SPAN("w/\"a\"")));
    assert_true(http_etag_equal_weak(SPAN("W/\"a\""), SPAN("\"a\"")));
    assert_false(http_etag_equal_strong(SPAN("W/\"a\""), SPAN("W/\"a\"")));
    assert_true(http_etag_equal_strong(SPAN("\"a\""), SPAN("\"a\"")));
    static const struct {
        const char *request, *response;
        bool not_modified;
    } rows[] = {
#define LM "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n"
        {"", "ETag: \"a\"\n", false},
        {"If-None-Match: \"a\"\n", "ETag: \"a\"\n", true},
        {"If-None-Match: W/\"a\"\n", "ETag: \"a\"\n", true},
        {"If-None-Match: \"b\",\"x\\\" ,, \"a\"\n", "ETag: \"a\"\n", true},
        {"If-None-Match: \"b\"\nIf-None-Match: \"a\"\n", "ETag: \"a\"\n", true},
        {"If-None-Match: b, \"a\"\n", "ETag: \"a\"\n", false},
        {"If-None-Match: *\n", "", true},
        {"If-None-Match: \"b\"\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\n", "ETag: \"a\"\n" LM,
         false},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\n", LM, true},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\n", LM, false},
        {"If-Modified-Since: soon\n", LM, false},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\n", DATE, true},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\n", "", false},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields request = parse(&a, rows[i].request), response = parse(&a, rows[i].response);
        if (http_not_modified(&request, &response, NOW) != rows[i].not_modified) fail_msg("row %zu", i);
    }
    arena_free(&a);
}

static void ranges_are_evaluated(void **state) {
    (void)state;
#define OLD "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\n"
    static const struct {
        const char *request, *response;
        uint64_t total;
        const char *content_range; /* NULL: the whole */
    } rows[] = {
        {"", "", 10, NULL},
        {"Range: bytes=0-4\n", "", 10, "bytes 0-4/10"},
        {"Range: BYTES=5-\n", "", 10, "bytes 5-9/10"},
        {"Range: bytes=-3\n", "", 10, "bytes 7-9/10"},
        {"Range: bytes=-30\n", "", 10, "bytes 0-9/10"},
        {"Range: bytes= 9-99999999999999999999999\n", "", 10, "bytes 9-9/10"},
        {"Range: bytes=10-\n", "", 10, "bytes */10"},
        {"Range: bytes=99999999999999999999999-\n", "", 10, "bytes */10"},
        {"Range: bytes=-0\n", "", 10, "bytes */10"},
        {"Range: bytes=0-\n", "", 0, "bytes */0"},
        {"Range: bytes=-1\n", "", 0, "bytes */0"},
        {"Range: bytes=0-1,3-4\n", "", 10, NULL},
        {"Range: bytes=0-1\nRange: bytes=0-1\n", "", 10, NULL},
        {"Range: bytes=4-3\n", "", 10, NULL},
        {"Range: bytes=a-3\n", "", 10, NULL},
        {"Range: bytes=-\n", "", 10, NULL},
        {"Range: bytes=\n", "", 10, NULL},
        {"Range: bytes=3\n", "", 10, NULL},
        {"Range: bytes=+1-2\n", "", 10, NULL},
        {"Range: lines=0-1\n", "", 10, NULL},
        {"Range: bytes=0-4\nIf-Range: \"a\"\n", "ETag: \"a\"\n", 10, "bytes 0-4/10"},
        {"Range: bytes=0-4\nIf-Range: \"b\"\n", "ETag: \"a\"\n", 10, NULL},
        {"Range: bytes=0-4\nIf-Range: W/\"a\"\n", "ETag: W/\"a\"\n", 10, NULL},
        {"Range: bytes=0-4\nIf-Range: Sun, 06 Nov 1994 08:00:00 GMT\n", DATE OLD, 10, "bytes 0-4/10"},
        {"Range: bytes=0-4\nIf-Range: Sun, 06 Nov 1994 08:00:01 GMT\n", DATE OLD, 10, NULL},
        {"Range: bytes=0-4\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\n", DATE LM, 10,
         NULL}, /* weak: same second */
        {"Range: bytes=0-4\nIf-Range: a\n", "ETag: \"a\"\n", 10, NULL},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields request = parse(&a, rows[i].request), response = parse(&a, rows[i].response);
        struct http_range range = http_range_for(&request, &response, rows[i].total, NOW);
        bool is_whole = range.kind == HTTP_RANGE_WHOLE;
        if (is_whole != !rows[i].content_range) fail_msg("row %zu", i);
        struct span text = http_content_range(&a, range, rows[i].total);
        if (!is_whole && !span_eq(text, span_of(rows[i].content_range)))
            fail_msg("row %zu: %.*s", i, SPAN_FMT(text));
    }
    arena_free(&a);
}

static void put_follows_the_cache_api(void **state) {
    (void)state;
    static const struct {
        const char *method;
        int status;
        const char *response;
        enum http_put put;
        int64_t fresh;
    } rows[] = {
        {"GET", 200, "Cache-Control: max-age=60\n", HTTP_PUT_STORE, 60},
        {"GET", 404, "Cache-Control: s-maxage=9, max-age=0\n", HTTP_PUT_STORE, 9},
        {"GET", 200, DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\nAge: 20\n", HTTP_PUT_STORE, 40},
        {"POST", 200, "Cache-Control: max-age=60\n", HTTP_PUT_NOT_GET, 0},
        {"HEAD", 200, "Cache-Control: max-age=60\n", HTTP_PUT_NOT_GET, 0},
        {"GET", 206, "Cache-Control: max-age=60\n", HTTP_PUT_PARTIAL, 0},
        {"GET", 200, "Cache-Control: max-age=60\nVary: accept, *\n", HTTP_PUT_VARY_STAR, 0},
        {"GET", 200, "Cache-Control: max-age=60\nVary: accept\n", HTTP_PUT_STORE, 60},
        {"GET", 200, "", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: public\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=0\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60\nAge: 60\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Expires: 0\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60, no-store\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60, no-cache\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60, private\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60\nSet-Cookie: a\n", HTTP_PUT_SKIP, 0},
        {"GET", 200, "Cache-Control: max-age=60, private=Set-Cookie\nSet-Cookie: a\n",
         HTTP_PUT_STORE_WITHOUT_COOKIES, 60},
        {"GET", 200, "Cache-Control: max-age=60, private=\"set-cookie\"\nSet-Cookie: a\n",
         HTTP_PUT_STORE_WITHOUT_COOKIES, 60},
        {"GET", 200, "Cache-Control: max-age=60, private=\"set-cookie, x\"\nSet-Cookie: a\n", HTTP_PUT_SKIP,
         0},
        {"GET", 200, "Cache-Control: max-age=60, private=Set-Cookie\n", HTTP_PUT_STORE, 60},
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields response = parse(&a, rows[i].response);
        struct http_cached r = cached(rows[i].status, &response);
        int64_t fresh = 0;
        enum http_put put = http_cache_put(span_of(rows[i].method), &r, NOW, &fresh);
        if (put != rows[i].put || fresh != rows[i].fresh)
            fail_msg("row %zu: %d %lld", i, (int)put, (long long)fresh);
    }
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_control_is_parsed),
        cmocka_unit_test(storing_follows_rfc_9111),
        cmocka_unit_test(lifetimes_and_ages_are_computed),
        cmocka_unit_test(reuse_follows_both_sides),
        cmocka_unit_test(vary_selects),
        cmocka_unit_test(validators_are_compared),
        cmocka_unit_test(ranges_are_evaluated),
        cmocka_unit_test(put_follows_the_cache_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
