/* Cache rules over arbitrary fields: two heads (a stored response and its request) and a new request, as text. The
 * decisions must keep what cache_rules.h promises. Input: lines "name:value"; a line "-" goes on to the next list. */
#include "http/cache_rules.h"
#include "base/check.h"
#include "http/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1750000000

static void read_lists(struct span text, struct arena *a, struct http_fields lists[3]) {
    size_t list = 0;
    while (text.ptr) {
        struct span line = span_cut(&text, '\n');
        if (span_eq(line, SPAN("-"))) {
            if (++list == 3) return;
            continue;
        }
        struct span value = line, name = span_cut(&value, ':');
        if (!value.ptr || !http_value_strict(span_trim(value))) continue;
        if (http_fields_append(&lists[list], a, name, span_trim(value)) != ERR_OK) continue;
    }
}

static void check_dates(const struct http_fields *fields) {
    HTTP_FIELDS_EACH(f, fields) {
        int64_t at, again;
        char text[HTTP_DATE_LEN];
        if (!http_date_parse(f->value, NOW, &at)) continue;
        http_date_format(text, at);
        check(http_date_parse(span_make(text, HTTP_DATE_LEN), NOW, &again) && again == at);
    }
}

static void check_reuse(const struct http_cached *r, const struct http_fields *request,
                        struct http_cache_policy policy) {
    bool is_explicit;
    int64_t lifetime = http_freshness_lifetime(policy, r, &is_explicit), age = http_current_age(r, NOW);
    check(lifetime >= 0 && age >= 0);
    check(lifetime == 0 || is_explicit || policy.heuristics);
    struct http_cache_control cc;
    http_cache_control_parse(r->fields, &cc);
    enum http_reuse reuse = http_may_reuse(policy, r, request, NOW);
    check(!cc.no_cache || reuse == HTTP_REUSE_REVALIDATE);
    check(!cc.must_revalidate || age < lifetime || reuse == HTTP_REUSE_REVALIDATE);
    if (cc.no_store && !cc.must_understand) check(!http_may_store(policy, SPAN("GET"), request, r));
}

static void check_range(const struct http_fields *request, const struct http_fields *response,
                        struct arena *a) {
    static const uint64_t totals[] = {0, 1, 10, UINT64_MAX};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        struct http_range range = http_range_for(request, response, totals[i], NOW);
        if (range.kind == HTTP_RANGE_PART) check(range.first <= range.last && range.last < totals[i]);
        check(http_value_strict(http_content_range(a, range, totals[i])));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    struct arena a = ARENA_INIT;
    struct http_fields lists[3] = {HTTP_FIELDS_NONE, HTTP_FIELDS_NONE, HTTP_FIELDS_NONE};
    read_lists(span_make(data + 1, size - 1), &a, lists);
    const struct http_fields *response = &lists[0], *stored = &lists[1], *request = &lists[2];
    static const int statuses[] = {200, 206, 304, 404, 500, 301, 101, 299};
    struct http_cached r = {statuses[data[0] >> 5], response, NOW - 20, NOW - 10};
    struct http_cache_policy policy = {.shared = data[0] & 1, .heuristics = data[0] & 2};
    check_dates(response);
    check_reuse(&r, request, policy);
    check_range(request, response, &a);
    http_not_modified(request, response, NOW);
    bool match = http_vary_matches(response, stored, request);
    check(match == http_vary_matches(response, request, stored));
    if (match) check(http_vary_matches(response, stored, stored));
    int64_t fresh = -1;
    enum http_put put = http_cache_put(SPAN("GET"), &r, NOW, &fresh);
    bool stores = put == HTTP_PUT_STORE || put == HTTP_PUT_STORE_WITHOUT_COOKIES;
    check(stores == (fresh > 0));
    if (put == HTTP_PUT_STORE) check(!http_fields_find_id(response, HTTP_NAME_SET_COOKIE));
    arena_free(&a);
    return 0;
}
