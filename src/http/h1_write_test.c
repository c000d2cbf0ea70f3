/* Writing responses. It could pass wrongly if the writer and the expectation shared a misreading, so what is written is
 * also read back by the parser, under every combination of method, version, status and length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/h1_write.h"

#define assert_text(buf, text)                                                                               \
    do {                                                                                                     \
        if (!span_eq(buf_span(buf), SPAN(text))) fail_msg("got:\n%.*s", SPAN_FMT(buf_span(buf)));            \
    } while (0)

static struct http_fields fields_of(struct arena *a, const char *const *pairs) {
    struct http_fields l = HTTP_FIELDS_NONE;
    for (; *pairs; pairs += 2) http_fields_add(&l, a, span_of(pairs[0]), span_of(pairs[1]));
    return l;
}

static void heads_are_written(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT;
    const char *const pairs[] = {
        "Content-Type", "text/plain", "content-length", "99",  "CONNECTION",        "x",    "X-Empty", "",
        "Set-Cookie",   "a=b",        "set-cookie",     "c=d", "Upgrade",           "h2c",  "Trailer", "x",
        "TE",           "x",          "Keep-Alive",     "5",   "Transfer-Encoding", "gzip", NULL};
    struct http_fields fields = fields_of(&a, pairs);
    struct h1_response r = {.status = 200, .fields = &fields, .date = SPAN("D")};
    h1_response_frame_for(&r, false, 1, 12, false);
    assert_int_equal(h1_write_head(&out, &r), ERR_OK);
    assert_text(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty: \r\nSet-Cookie: a=b\r\n"
                      "set-cookie: c=d\r\nDate: D\r\nContent-Length: 12\r\n\r\n");
    out.len = 0;
    const char *const dated[] = {"date", "mine", NULL};
    fields = fields_of(&a, dated);
    r = (struct h1_response){.status = 599, .reason = SPAN("Odd"), .fields = &fields, .date = SPAN("D")};
    h1_response_frame_for(&r, false, 0, H1_LENGTH_UNKNOWN, false);
    assert_int_equal(h1_write_head(&out, &r), ERR_OK);
    assert_text(&out, "HTTP/1.1 599 Odd\r\ndate: mine\r\nConnection: close\r\n\r\n");
    out.len = 0;
    r = (struct h1_response){.status = 404};
    h1_response_frame_for(&r, false, 0, 0, false);
    assert_int_equal(h1_write_head(&out, &r), ERR_OK);
    assert_text(&out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    buf_free(&out);
    arena_free(&a);
}

static void bytes_that_break_lines_are_refused(void **state) {
    (void)state;
    static const struct http_field bad[] = {
        {{"X", 1}, {"a\r\nB: c", 7}, HTTP_NAME_OTHER}, {{"X", 1}, {"a\n", 2}, HTTP_NAME_OTHER},
        {{"X", 1}, {"a\0b", 3}, HTTP_NAME_OTHER},      {{"X", 1}, {"\x7f", 1}, HTTP_NAME_OTHER},
        {{"X:", 2}, {"a", 1}, HTTP_NAME_OTHER},        {{"", 0}, {"a", 1}, HTTP_NAME_OTHER},
        {{"X\n", 2}, {"a", 1}, HTTP_NAME_OTHER},       {{"X Y", 3}, {"a", 1}, HTTP_NAME_OTHER},
    };
    struct buf out = BUF_INIT;
    buf_lit(&out, "kept");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_field copy = bad[i];
        struct http_fields fields = {&copy, 1, 1};
        struct h1_response r = {.status = 200, .fields = &fields};
        h1_response_frame_for(&r, false, 1, 0, false);
        assert_int_equal(h1_write_head(&out, &r), ERR_INVALID);
        assert_int_equal(h1_write_interim(&out, 103, &fields), ERR_INVALID);
        assert_int_equal(h1_write_last_chunk(&out, &fields), ERR_INVALID);
    }
    struct h1_response r = {.status = 200, .reason = SPAN("O\r\nK")};
    h1_response_frame_for(&r, false, 1, 0, false);
    assert_int_equal(h1_write_head(&out, &r), ERR_INVALID);
    r = (struct h1_response){.status = 199};
    assert_int_equal(h1_write_head(&out, &r), ERR_INVALID);
    assert_int_equal(h1_write_interim(&out, 200, NULL), ERR_INVALID);
    assert_int_equal(h1_write_interim(&out, 101, NULL), ERR_INVALID);
    assert_int_equal(h1_write_upgrade(&out, SPAN("a\r\n"), NULL), ERR_INVALID);
    assert_text(&out, "kept");
    buf_free(&out);
}

static void interim_responses_are_written(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT;
    const char *const pairs[] = {"Link", "</a>", NULL};
    struct http_fields fields = fields_of(&a, pairs);
    assert_int_equal(h1_write_interim(&out, 100, NULL), ERR_OK);
    assert_int_equal(h1_write_interim(&out, 103, &fields), ERR_OK);
    assert_int_equal(h1_write_upgrade(&out, SPAN("websocket"), NULL), ERR_OK);
    assert_text(&out,
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    buf_free(&out);
    arena_free(&a);
}

static void chunks_are_written(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT;
    const char *const pairs[] = {"X-Sum", "1", "Content-Length", "5", "Host", "evil", NULL};
    struct http_fields trailers = fields_of(&a, pairs);
    h1_write_chunk(&out, SPAN("0123456789abcdef"));
    h1_write_chunk(&out, SPAN(""));
    assert_int_equal(h1_write_last_chunk(&out, &trailers), ERR_OK);
    assert_text(&out, "10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\n");
    static const uint64_t sizes[] = {1, 15, 16, 255, 256, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char got[H1_CHUNK_OPEN_MAX], expected[32];
        size_t n = h1_chunk_open(got, sizes[i]);
        snprintf(expected, sizeof expected, "%llx\r\n", (unsigned long long)sizes[i]);
        assert_true(span_eq(span_make(got, n), span_of(expected)));
    }
    buf_free(&out);
    arena_free(&a);
}

/* Writes a response as framed, reads it back, and sees the same body end where the next response begins. */
static void read_back(bool head, int minor, int status, uint64_t length) {
    struct h1_limits limits = h1_limits_default();
    struct buf out = BUF_INIT, body = BUF_INIT;
    struct h1_response r = {.status = status};
    h1_response_frame_for(&r, head, minor, length, false);
    assert_int_equal(h1_write_head(&out, &r), ERR_OK);
    struct span data = SPAN("hello");
    if (r.body && r.framing == H1_FRAME_CHUNKED) {
        h1_write_chunk(&out, data);
        assert_int_equal(h1_write_last_chunk(&out, NULL), ERR_OK);
    } else if (r.body) {
        buf_add(&out, data);
    }
    struct h1 p;
    struct span rest = buf_span(&out);
    h1_init(&p, H1_RESPONSE, &limits);
    if (head) h1_answers_head(&p);
    enum h1_event event = H1_HEAD;
    while (event != H1_END && event != H1_ERROR) {
        size_t used;
        event = h1_feed(&p, rest, &used);
        rest = span_make(rest.ptr + used, rest.len - used);
        if (event == H1_BODY) buf_add(&body, p.body);
        if (event == H1_NEED_MORE) event = h1_eof(&p);
    }
    bool ends = r.framing == H1_FRAME_CLOSE || p.head.body != H1_BODY_UNTIL_CLOSE;
    if (event != H1_END || rest.len || !ends || !span_eq(buf_span(&body), r.body ? data : SPAN(""))) {
        fail_msg("head %d minor %d status %d length %lld:\n%.*s", head, minor, status, (long long)length,
                 SPAN_FMT(buf_span(&out)));
    }
    h1_free(&p);
    buf_free(&out);
    buf_free(&body);
}

static void every_framing_reads_back(void **state) {
    (void)state;
    static const int statuses[] = {200, 204, 205, 304, 404};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        for (int minor = 0; minor < 2; minor++) {
            read_back(false, minor, statuses[i], 5);
            read_back(true, minor, statuses[i], 5);
            read_back(false, minor, statuses[i], H1_LENGTH_UNKNOWN);
            read_back(true, minor, statuses[i], H1_LENGTH_UNKNOWN);
        }
    }
    struct h1_response r = {.status = 304};
    h1_response_frame_for(&r, false, 1, 5, false);
    assert_true(r.framing == H1_FRAME_LENGTH && !r.body);
    r.status = 204;
    h1_response_frame_for(&r, false, 1, 5, true);
    assert_true(r.framing == H1_FRAME_NONE && !r.body && r.close);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_written),
        cmocka_unit_test(bytes_that_break_lines_are_refused),
        cmocka_unit_test(interim_responses_are_written),
        cmocka_unit_test(chunks_are_written),
        cmocka_unit_test(every_framing_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
