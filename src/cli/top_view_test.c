/* What `cusp top` draws. It could pass wrongly with rates of nothing, so each number that is looked for is one that only a right
 * difference of two states gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/top_view.h"

static void feed(struct top_view *v, int64_t second, int64_t busy_cpu_ms, int64_t requests,
                 const char *name) {
    struct buf json = BUF_INIT;
    struct problem p;
    buf_printf(
        &json,
        "{\"time_ns\":%lld,\"version\":\"1\",\"processes\":[{\"name\":\"worker "
        "a\",\"cpu_ns\":%lld,\"rss\":1048576,"
        "\"up\":1,\"starts\":3}],\"edge\":[{\"requests\":%lld}],\"workers\":["
        "{\"account\":\"a\",\"name\":\"%s\",\"cpu_ns\":%lld,\"requests\":%lld,\"rss_share\":10,"
        "\"exceptions\":4},"
        "{\"account\":\"a\",\"name\":\"quiet\",\"cpu_ns\":5,\"requests\":9,\"rss_share\":2097152000}]}",
        (long long)(second * 1000000000), (long long)(busy_cpu_ms * 1000000), (long long)requests, name,
        (long long)(busy_cpu_ms * 1000000), (long long)requests);
    if (top_view_feed(v, buf_span(&json), &p)) fail_msg("%s", p.text);
    buf_free(&json);
}

static size_t at(const struct buf *out, const char *text) { return span_find(buf_span(out), span_of(text)); }

static void rates_order_and_filter(void **state) {
    (void)state;
    struct top_view *v = top_view_new();
    struct buf out = BUF_INIT;
    feed(v, 100, 1000, 500, "busy");
    assert_false(top_view_ready(v));
    feed(v, 102, 1500, 740, "busy"); /* 25 % of a core, 120 requests a second */
    assert_true(top_view_ready(v));
    top_view_draw(v, 80, 0, &out);
    assert_true(at(&out, "25.0") < out.len && at(&out, " 120 ") < out.len &&
                at(&out, "started 3 times") < out.len);
    assert_true(at(&out, "a/busy") < at(&out, "a/quiet"));
    struct span rest = buf_span(&out);
    while (rest.len) assert_true(span_cut(&rest, '\n').len <= 80);
    top_view_sort(v, TOP_BY_MEMORY);
    out.len = 0;
    top_view_draw(v, 80, 0, &out);
    assert_true(at(&out, "a/quiet") < at(&out, "a/busy"));
    top_view_filter(v, SPAN("bus"));
    out.len = 0;
    top_view_draw(v, 80, 0, &out);
    assert_true(at(&out, "a/busy") < out.len && at(&out, "a/quiet") == out.len);
    top_view_filter(v, SPAN_NONE);
    out.len = 0;
    top_view_draw(v, 80, 4, &out); /* four lines, the busiest Worker among them */
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) lines += out.ptr[i] == '\n';
    assert_int_equal(lines, 4);
    buf_free(&out);
    top_view_free(v);
}

static void nothing_drives_the_terminal(void **state) {
    (void)state;
    struct top_view *v = top_view_new();
    struct problem p;
    struct buf out = BUF_INIT;
    feed(v, 1, 1, 1, "\\u001b[2Jx\\u009b\\n");
    feed(v, 2, 0, 0, "\\u001b[2Jx\\u009b\\n"); /* it began anew: no negative rates */
    top_view_draw(v, 200, 0, &out);
    for (size_t i = 0; i < out.len; i++)
        assert_true(out.ptr[i] == '\n' || (out.ptr[i] >= ' ' && out.ptr[i] < 127));
    assert_true(at(&out, "-") == out.len);
    assert_int_equal(top_view_feed(v, SPAN("{}"), &p), ERR_INVALID);
    assert_int_equal(top_view_feed(v, SPAN("[1"), &p), ERR_INVALID);
    buf_free(&out);
    top_view_free(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates_order_and_filter),
                                       cmocka_unit_test(nothing_drives_the_terminal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
