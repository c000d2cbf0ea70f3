/* fetch(): against a scripted origin on the same loop. Could pass wrongly if the origin were asked for less than it
 * seems: so what it got is looked at, byte by byte where it matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "edge/egress_policy.h"
#include "edge/test_world.h"
#include "zip/zip.h"

#define STREAM (STREAM_FROM_WORKER | 1)

static void reply(struct stream *conn, const char *text) {
    struct span part = span_of(text);
    stream_write(conn, &part, 1);
}

static bool has(struct span all, const char *text) { return span_find(all, span_of(text)) < all.len; }

#define assert_has(all, text)                                                                                \
    do {                                                                                                     \
        if (!has(all, text)) fail_msg("no \"%s\" in: %.*s", text, SPAN_FMT(all));                            \
    } while (0)

static const char *url_of(struct world *w, const char *path) {
    return arena_printf(&w->arena, "http://127.0.0.1:%u%s", w->origin_port, path).ptr;
}

static void say_hello(struct world *w, struct stream *conn, struct span request) {
    reply(conn, "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\n"
                "Connection: keep-alive\r\n\r\nhello");
}

static void fetches(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = say_hello;
    world_fetch(w, STREAM, "GET", url_of(w, "/a?b"),
                "X-Twice: 1\nX-Twice: 2\nX-Nothing:\nHost: spoof\nConnection: x", 0, 0, SPAN_NONE);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->head.status, 200);
    assert_true(span_eq(h->head.reason, SPAN("Fine")));
    assert_int_equal(h->flags, MESSAGE_BODY_INLINE);
    assert_true(span_eq(h->rest, SPAN("hello")));
    assert_true(span_eq(h->head.url, span_of(url_of(w, "/a?b"))));
    unsigned cookies = 0;
    for (size_t i = 0; i < h->head.field_count; i++) cookies += h->head.fields[i].id == HTTP_NAME_SET_COOKIE;
    assert_int_equal(cookies, 2);
    assert_null(heard_field(h, "connection").ptr);
    struct span got = buf_span(&w->origin_got);
    assert_true(span_starts(got, SPAN("GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:")));
    assert_has(got, "X-Twice: 1\r\nX-Twice: 2\r\nX-Nothing:\r\n");
    assert_has(got, "CF-Worker: hello\r\n");
    assert_has(got, "CDN-Loop: cusp\r\n");
    static const char *const uninvited[] = {"Accept", "User-Agent", "Expect", "spoof", "Connection"};
    for (size_t i = 0; i < 5; i++) assert_false(has(got, uninvited[i]));
    struct edge_stats stats;
    world_turn(w, 4);
    edge_stats(w->edge, &stats);
    assert_int_equal(stats.open_fetches, 0);
    world_free(w);
}

static void echo_head(struct world *w, struct stream *conn, struct span request) {
    reply(conn, "HTTP/1.1 103 Early Hints\r\nX: early\r\n\r\nHTTP/1.1 204 No Content\r\nX: late\r\n\r\n");
}

static void skips_interim_responses(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = echo_head;
    world_fetch(w, STREAM, "DELETE", url_of(w, "/"), "", 0, 0, SPAN_NONE);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->head.status, 204);
    assert_int_equal(h->flags, 0);
    assert_int_equal(h->head.field_count, 1);
    assert_has(buf_span(&w->origin_got), "DELETE / HTTP/1.1");
    world_free(w);
}

static bool got_all(struct world *w, void *arg) { return has(buf_span(&w->origin_got), arg); }

static void uploads(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = say_hello;
    world_fetch(w, STREAM, "POST", url_of(w, "/inline"), "Content-Type: a/b", MESSAGE_BODY_INLINE, 0,
                SPAN("inline body"));
    world_hear(w, MESSAGE_FETCH_HEAD);
    assert_has(buf_span(&w->origin_got), "Content-Length: 11\r\n");
    assert_has(buf_span(&w->origin_got), "inline body");
    w->origin_got.len = 0;
    world_fetch(w, STREAM + 1, "PUT", url_of(w, "/stream"), "", MESSAGE_BODY_STREAM, 0, SPAN_NONE);
    world_send(w, MESSAGE_BODY, 0, STREAM + 1, "first", 5);
    world_until(w, got_all, "first");
    world_send(w, MESSAGE_BODY, 0, STREAM + 1, "second", 6);
    world_send(w, MESSAGE_BODY_END, 0, STREAM + 1, NULL, 0);
    world_until(w, got_all, "second\r\n0\r\n\r\n");
    assert_has(buf_span(&w->origin_got), "Transfer-Encoding: chunked\r\n");
    assert_false(has(buf_span(&w->origin_got), "Content-Type"));
    w->origin_got.len = 0;
    world_fetch(w, STREAM + 2, "POST", url_of(w, "/null"), "", 0, 0, SPAN_NONE);
    world_until(w, got_all, "\r\n\r\n");
    assert_has(buf_span(&w->origin_got), "Content-Length: 0\r\n");
    world_free(w);
}

/* A redirect chain: each path says where it goes. */
static void redirect(struct world *w, struct stream *conn, struct span request) {
    char text[300];
    size_t last = 0;
    for (size_t i = 0; i + 4 < request.len; i++)
        if (span_starts(span_from(request, i), SPAN("HTTP/1.1\r\n"))) last = i;
    size_t start = last;
    while (start && request.ptr[start - 1] != '\n') start--;
    struct span line = span_from(span_first(request, last), start);
    struct span path = line;
    span_cut(&path, ' ');
    path = span_cut(&path, ' ');
    if (has(path, "/loop"))
        snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 3\r\n\r\nabc");
    else if (path.len == 4 && path.ptr[1] == '3')
        snprintf(text, sizeof text, "HTTP/1.1 %.3s X\r\nLocation: end#f\r\nContent-Length: 0\r\n\r\n",
                 path.ptr + 1);
    else if (has(path, "/away"))
        snprintf(text, sizeof text,
                 "HTTP/1.1 307 X\r\nLocation: http://localhost:%u/end\r\nContent-Length: 0\r\n\r\n",
                 w->origin_port);
    else
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    reply(conn, text);
}

static void follows_redirects(void **state) {
    static const struct {
        const char *method, *path, *last_line;
        uint8_t flags;
    } cases[] = {
        {"GET", "/301", "GET /end ", 0},
        {"POST", "/301", "GET /end ", MESSAGE_BODY_INLINE},
        {"POST", "/302", "GET /end ", MESSAGE_BODY_INLINE},
        {"PUT", "/302", "PUT /end ", MESSAGE_BODY_INLINE},
        {"PUT", "/303", "GET /end ", MESSAGE_BODY_INLINE},
        {"HEAD", "/303", "HEAD /end ", 0},
        {"POST", "/307", "POST /end ", MESSAGE_BODY_INLINE},
        {"POST", "/308", "POST /end ", MESSAGE_BODY_INLINE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(NULL, NULL, true);
        w->origin_script = redirect;
        world_fetch(w, STREAM, cases[i].method, url_of(w, cases[i].path),
                    "Authorization: secret\nContent-Type: t/t", cases[i].flags, 0,
                    cases[i].flags ? SPAN("the body") : SPAN_NONE);
        const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
        assert_int_equal(h->head.status, 200);
        assert_true(h->head.flags & HEAD_REDIRECTED);
        assert_true(span_ends(h->head.url, SPAN("/end")));
        struct span got = buf_span(&w->origin_got);
        size_t last = span_find(got, span_of(cases[i].last_line));
        assert_true(last < got.len);
        struct span second = span_from(got, last);
        bool keeps = cases[i].flags && span_starts(second, SPAN("P"));
        assert_true(has(second, "the body") == keeps);
        assert_true(has(second, "t/t") == (keeps || !cases[i].flags));
        assert_has(second, "Authorization: secret");
        world_free(w);
    }
}

static void knows_when_not_to_follow(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = redirect;
    world_fetch(w, STREAM, "GET", url_of(w, "/301"), "", 0, HEAD_REDIRECT_MANUAL, SPAN_NONE);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->head.status, 301);
    assert_true(span_eq(heard_field(h, "location"), SPAN("end#f")));
    world_fetch(w, STREAM + 1, "GET", url_of(w, "/301"), "", 0, HEAD_REDIRECT_ERROR, SPAN_NONE);
    assert_has(world_hear(w, MESSAGE_FETCH_FAILED)->payload, "redirect mode");
    world_fetch(w, STREAM + 2, "GET", url_of(w, "/loop"), "", 0, 0, SPAN_NONE);
    assert_has(world_hear(w, MESSAGE_FETCH_FAILED)->payload, "too many redirects");
    world_fetch(w, STREAM + 3, "POST", url_of(w, "/307"), "", MESSAGE_BODY_STREAM, 0, SPAN_NONE);
    world_send(w, MESSAGE_BODY_END, 0, STREAM + 3, NULL, 0);
    assert_has(world_hear(w, MESSAGE_FETCH_FAILED)->payload, "stream");
    world_fetch(w, STREAM + 4, "GET", url_of(w, "/away"), "Authorization: secret\nX-Other: stays", 0, 0,
                SPAN_NONE);
    w->origin_got.len = 0;
    world_hear(w, MESSAGE_FETCH_HEAD);
    size_t end = span_find(buf_span(&w->origin_got), SPAN("GET /end"));
    assert_false(has(span_from(buf_span(&w->origin_got), end), "secret"));
    assert_has(span_from(buf_span(&w->origin_got), end), "X-Other: stays");
    world_free(w);
}

static void fails_with_a_reason(void **state) {
    static const struct {
        const char *url;
        enum err why;
    } cases[] = {
        {"http://127.0.0.1:1/", ERR_REFUSED},
        {"ftp://127.0.0.1/", ERR_INVALID},
        {"http://no such host/", ERR_INVALID},
        {"http://name.invalid/", ERR_DNS},
    };
    struct world *w = world_new(NULL, NULL, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_fetch(w, STREAM + i, "GET", cases[i].url, "", 0, 0, SPAN_NONE);
        uint32_t why;
        memcpy(&why, world_hear(w, MESSAGE_FETCH_FAILED)->payload.ptr, 4);
        assert_int_equal(why, cases[i].why);
    }
    world_fetch(w, STREAM + 9, "GET", url_of(w, "/"), "X: a\x01z", 0, 0, SPAN_NONE);
    uint32_t why;
    memcpy(&why, world_hear(w, MESSAGE_FETCH_FAILED)->payload.ptr, 4);
    assert_int_equal(why, ERR_INVALID);
    world_free(w);
}

enum { BIG = 12 << 20 };

static char big_byte(size_t i) { return (char)(i * 13 ^ i >> 11); }

static void say_big(struct world *w, struct stream *conn, struct span request) {
    char *bytes = malloc(BIG), head[100];
    for (size_t i = 0; i < BIG; i++) bytes[i] = big_byte(i);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG);
    stream_set_queue_limit(conn, BIG * 2);
    struct span parts[] = {span_of(head), span_make(bytes, BIG)};
    stream_write(conn, parts, 2);
    free(bytes);
}

static void streams_down_by_credit(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = say_big;
    world_fetch(w, STREAM, "GET", url_of(w, "/big"), "", 0, 0, SPAN_NONE);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->flags, MESSAGE_BODY_STREAM);
    assert_true(h->head.body_length == BIG);
    world_turn(w, 30);
    assert_false(world_heard(w, MESSAGE_BODY));
    struct edge_stats stats;
    edge_stats(w->edge, &stats);
    assert_true(stats.bytes_in < 1 << 20); /* read ahead is bounded */
    size_t got = 0;
    while (got < BIG) {
        world_credit(w, STREAM, 1 << 20);
        for (size_t window = 0; window < 1 << 20 && got < BIG;) {
            const struct heard *b = world_hear(w, MESSAGE_BODY);
            for (size_t i = 0; i < b->payload.len; i += 997)
                assert_int_equal(b->payload.ptr[i], big_byte(got + i));
            got += b->payload.len;
            window += b->payload.len;
        }
    }
    world_hear(w, MESSAGE_BODY_END);
    /* Cancelled in the middle: the connection goes, nothing more comes. */
    world_fetch(w, STREAM + 1, "GET", url_of(w, "/big"), "", 0, 0, SPAN_NONE);
    world_hear(w, MESSAGE_FETCH_HEAD);
    world_send(w, MESSAGE_CANCEL, 0, STREAM + 1, NULL, 0);
    world_turn(w, 20);
    edge_stats(w->edge, &stats);
    assert_int_equal(stats.open_fetches, 0);
    world_free(w);
}

/* A Worker that proxies: its response's body is the fetch's. */
static void proxy(struct world *w, const struct heard *h) {
    uint64_t stream = STREAM;
    if (h->type == MESSAGE_REQUEST) {
        w->user = (void *)(uintptr_t)h->stream;
        world_fetch(w, STREAM, "GET", url_of(w, "/big"), "", 0, 0, SPAN_NONE);
    } else if (h->type == MESSAGE_FETCH_HEAD) {
        struct head head = {.status = h->head.status,
                            .body_length = h->head.body_length,
                            .fields = h->head.fields,
                            .field_count = h->head.field_count};
        world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_SPLICE, (uint64_t)(uintptr_t)w->user, &head,
                        span_make(&stream, sizeof stream));
        world_done(w, (uint64_t)(uintptr_t)w->user);
    }
}

static void splices_a_fetch_to_the_client(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = proxy;
    w->origin_script = say_big;
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_expect(w, &c, "\r\n\r\n");
    world_turn(w, 50); /* nobody reads: nothing may pile up here */
    size_t body = span_find(buf_span(&c.got), SPAN("\r\n\r\n")) + 4;
    while (c.got.len < body + BIG) {
        loop_turn(w->loop, false);
        client_read(&c, 1 << 20);
        assert_false(c.closed);
    }
    for (size_t i = 0; i < BIG; i++)
        if (c.got.ptr[body + i] != big_byte(i)) fail_msg("wrong at %zu", i);
    assert_false(world_heard(w, MESSAGE_BODY));
    struct edge_stats stats;
    world_turn(w, 4);
    edge_stats(w->edge, &stats);
    assert_int_equal(stats.open_fetches, 0);
    assert_int_equal(stats.open_requests, 0);
    client_close(&c);
    world_free(w);
}

static void say_gzip(struct world *w, struct stream *conn, struct span request) {
    static const struct span all =
        SPAN("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
             "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00"
             "\x00\x00");
    stream_write(conn, &all, 1);
}

/* A zstd frame (RFC 8878) of one raw block. */
static void say_zstd(struct world *w, struct stream *conn, struct span request) {
    static const struct span all =
        SPAN("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 14\r\n\r\n"
             "\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello");
    stream_write(conn, &all, 1);
}

static void decodes(struct world *w, struct span coding, const char *length, const char *bytes) {
    world_fetch(w, STREAM, "GET", url_of(w, "/"), "", 0, 0, SPAN_NONE);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->flags, MESSAGE_BODY_STREAM);
    assert_true(h->head.body_length == HEAD_LENGTH_UNKNOWN);
    assert_true(span_eq(heard_field(h, "content-encoding"), coding));
    world_credit(w, STREAM, 1000);
    assert_true(span_eq(world_hear(w, MESSAGE_BODY)->payload, SPAN("hello")));
    world_hear(w, MESSAGE_BODY_END);
    /* Passed on: as it is. */
    w->script = proxy;
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_expect(w, &c, length);
    client_expect(w, &c, bytes);
    client_close(&c);
    world_free(w);
}

static void decodes_what_is_read(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->origin_script = say_gzip;
    decodes(w, SPAN("gzip"), "\r\nContent-Length: 25\r\n", "\x1f\x8b\x08");
    w = world_new(NULL, NULL, true);
    w->origin_script = say_zstd;
    decodes(w, SPAN("zstd"), "\r\nContent-Length: 14\r\n", "\x28\xb5\x2f\xfd");
}

static void encodes_what_a_script_says(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    for (int manual = 0; manual < 2; manual++) {
        client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        const struct heard *r = world_hear(w, MESSAGE_REQUEST);
        struct http_field field = {SPAN("Content-Encoding"), SPAN("gzip"), HTTP_NAME_CONTENT_ENCODING};
        struct head head = {.status = 200,
                            .body_length = 5,
                            .fields = &field,
                            .field_count = 1,
                            .flags = manual ? HEAD_ENCODED : 0};
        world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_INLINE, r->stream, &head, SPAN("hello"));
        world_done(w, r->stream);
        client_expect(w, &c, manual ? "\r\n\r\nhello" : "\x1f\x8b\x08");
    }
    client_close(&c);
    world_free(w);
}

static void refuses_private_addresses(void **state) {
    const char *allow[] = {"10.1.0.0/16"};
    struct edge_config config = {.egress = {.deny_private = true, .allow = allow, .allow_count = 1}};
    struct world *w = world_new(&config, NULL, true);
    w->origin_script = say_hello;
    const char *urls[] = {url_of(w, "/"),  "http://localhost/",         "http://169.254.169.254/latest",
                          "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://0x7f000001/"};
    for (size_t i = 0; i < 6; i++) {
        world_fetch(w, STREAM + i, "GET", urls[i], "", 0, 0, SPAN_NONE);
        const struct heard *h = world_hear(w, MESSAGE_FETCH_FAILED);
        uint32_t why;
        memcpy(&why, h->payload.ptr, 4);
        assert_int_equal(why, ERR_PERMISSION);
    }
    assert_int_equal(w->origin_got.len, 0);
    world_free(w);
}

static void judges_addresses(void **state) {
    static const struct {
        const char *address;
        bool is_private;
    } cases[] = {
        {"8.8.8.8", false},       {"10.0.0.1", true},
        {"172.15.0.1", false},    {"172.31.255.255", true},
        {"192.168.1.1", true},    {"100.64.0.1", true},
        {"100.128.0.1", false},   {"255.255.255.255", true},
        {"2606:4700::1", false},  {"::", true},
        {"fe80::1", true},        {"fd12::1", true},
        {"64:ff9b::a00:1", true}, {"64:ff9b::808:808", false},
        {"2002:a00:1::", true},   {"ff02::1", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_storage to = {0};
        struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
        bool is_v6 = strchr(cases[i].address, ':') != NULL;
        to.ss_family = is_v6 ? AF_INET6 : AF_INET;
        assert_int_equal(
            inet_pton(to.ss_family, cases[i].address, is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr),
            1);
        if (egress_address_is_private((struct sockaddr *)&to) != cases[i].is_private)
            fail_msg("%s", cases[i].address);
    }
    const char *bad[] = {"300.1.1.1", "10.0.0.0/33", "host", "10.0.0.1:99999", "::1/129", ""};
    for (size_t i = 0; i < 6; i++) {
        struct egress_policy *policy;
        struct problem p;
        assert_int_equal(egress_policy_new(true, &bad[i], 1, &policy, &p), ERR_INVALID);
    }
    const char *good[] = {"127.0.0.1:80", "[::1]:443", "fd00::/8"};
    struct egress_policy *policy;
    assert_int_equal(egress_policy_new(true, good, 3, &policy, NULL), ERR_OK);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(egress_policy_allows(policy, (struct sockaddr *)&a));
    a.sin_port = htons(81);
    assert_false(egress_policy_allows(policy, (struct sockaddr *)&a));
    egress_policy_free(policy);
}

static void fail_and_pass(struct world *w, const struct heard *h) {
    uint32_t code = ERR_WORKER_EXCEPTION;
    if (h->type != MESSAGE_REQUEST) return;
    world_send(w, MESSAGE_FAILED, MESSAGE_PASS_THROUGH, h->stream, &code, sizeof code);
    world_done(w, h->stream);
}

static void passes_through_to_the_origin(void **state) {
    struct world *w = world_new(NULL, "", true);
    w->origin_script = say_hello;
    w->script = fail_and_pass;
    struct client c = client_open(w);
    client_send(w, &c,
                SPAN("POST /p?q HTTP/1.1\r\nHost: site.example\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nsmall"));
    client_expect(w, &c, "\r\n\r\nhello");
    assert_has(buf_span(&c.got), "Set-Cookie: b=2");
    assert_has(buf_span(&w->origin_got), "POST /p?q HTTP/1.1\r\n");
    assert_has(buf_span(&w->origin_got), "X-A: 1\r\n");
    assert_has(buf_span(&w->origin_got), "small");
    w->origin_got.len = 0;
    client_send(w, &c,
                SPAN("POST /s HTTP/1.1\r\nHost: site.example\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n6\r\nstream\r\n0\r\n\r\n"));
    world_until(w, got_all, "6\r\nstream\r\n0\r\n\r\n");
    client_close(&c);
    world_free(w);
}

static void goes_to_its_own_origin(void **state) {
    struct world *w = world_new(NULL, "", true);
    w->origin_script = say_hello;
    world_fetch(w, STREAM, "GET", "https://own.example/path?x", "", 0, 0, SPAN_NONE);
    assert_int_equal(world_hear(w, MESSAGE_FETCH_HEAD)->head.status, 200);
    assert_true(span_starts(buf_span(&w->origin_got), SPAN("GET /path?x HTTP/1.1\r\n")));
    /* And a loop over the network ends. */
    struct buf request = BUF_INIT;
    buf_lit(&request, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCDN-Loop: other");
    for (unsigned i = 0; i <= LIMIT_EDGE_LOOPS; i++) buf_lit(&request, ", cusp; x=1");
    buf_lit(&request, "\r\n\r\n");
    assert_true(span_starts(ask(w, buf_cstr(&request)), SPAN("HTTP/1.1 508 ")));
    buf_free(&request);
    world_free(w);
}

int main(void) {
    log_setup("test", LOG_OFF, true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches),
        cmocka_unit_test(skips_interim_responses),
        cmocka_unit_test(uploads),
        cmocka_unit_test(follows_redirects),
        cmocka_unit_test(knows_when_not_to_follow),
        cmocka_unit_test(fails_with_a_reason),
        cmocka_unit_test(streams_down_by_credit),
        cmocka_unit_test(splices_a_fetch_to_the_client),
        cmocka_unit_test(decodes_what_is_read),
        cmocka_unit_test(encodes_what_a_script_says),
        cmocka_unit_test(refuses_private_addresses),
        cmocka_unit_test(judges_addresses),
        cmocka_unit_test(passes_through_to_the_origin),
        cmocka_unit_test(goes_to_its_own_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
