/* The client's side of the edge: what is parsed, refused, timed, answered. A real edge on loopback, a scripted worker
 * behind it. Could pass wrongly if the worker's script were asked for less than it seems: so it checks what it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/test_world.h"

/* Answers every request with its method and path. */
static void say_path(struct world *w, const struct heard *h) {
    if (h->type != MESSAGE_REQUEST) return;
    char text[200];
    struct span path = h->head.url;
    for (int i = 0; i < 3; i++) span_cut(&path, '/');
    snprintf(text, sizeof text, "%.*s /%.*s", SPAN_FMT(h->head.method), SPAN_FMT(path));
    world_respond(w, h->stream, 200, "Content-Type: text/plain", span_of(text));
}

static bool has(struct span all, const char *text) { return span_find(all, span_of(text)) < all.len; }

#define assert_has(all, text)                                                                                \
    do {                                                                                                     \
        if (!has(all, text)) fail_msg("no \"%s\" in: %.*s", text, SPAN_FMT(all));                            \
    } while (0)

static void answers_hello(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_path;
    struct span all =
        ask(w, "GET /a/b?c=d HTTP/1.1\r\nHost: Example.com:8080\r\nX-A: 1\r\nConnection: close\r\n\r\n");
    assert_true(span_starts(all, SPAN("HTTP/1.1 200 OK\r\n")));
    assert_has(all, "\r\nContent-Length: 12\r\n");
    assert_has(all, "\r\nContent-Type: text/plain\r\n");
    assert_has(all, "\r\nDate: ");
    assert_has(all, "GET /a/b?c=d");
    const struct heard *d = world_hear(w, MESSAGE_DEFINE);
    assert_memory_equal(d->payload.ptr + 8, "0123456789abcdef0123456789abcdefhello", 37);
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    assert_true(span_eq(r->head.url, SPAN("http://example.com:8080/a/b?c=d")));
    assert_true(span_eq(heard_field(r, "x-a"), SPAN("1")));
    assert_null(heard_field(r, "connection").ptr);
    assert_true(span_eq(heard_field(r, "cf-connecting-ip"), SPAN("127.0.0.1")));
    assert_true(span_eq(heard_field(r, "x-forwarded-proto"), SPAN("http")));
    assert_int_equal(heard_field(r, "cf-ray").len, 20);
    assert_has(r->head.extra, "\"httpProtocol\":\"HTTP/1.1\"");
    assert_has(r->head.extra, "\"colo\":\"TST\"");
    assert_int_equal(r->flags, 0);
    assert_int_equal(w->logs, 1);
    assert_int_equal(w->last_log.status, 200);
    world_free(w);
}

static void guards_its_own_fields(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_path;
    ask(w, "GET http://Other.example/x HTTP/1.1\r\nHost: other.example\r\nCF-Connecting-IP: "
           "6.6.6.6\r\nCf-Ray: spoof\r\n"
           "X-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\nX-Secret: s\r\nConnection: close, "
           "x-secret\r\nTE: trailers\r\n"
           "Keep-Alive: timeout=5\r\nProxy-Authorization: x\r\n\r\n");
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    assert_true(span_eq(r->head.url, SPAN("http://other.example/x")));
    assert_true(span_eq(heard_field(r, "cf-connecting-ip"), SPAN("127.0.0.1")));
    assert_true(span_eq(heard_field(r, "x-forwarded-for"), SPAN("1.2.3.4, 127.0.0.1")));
    assert_false(has(heard_field(r, "cf-ray"), "spoof"));
    static const char *const gone[] = {"x-secret", "te", "keep-alive", "proxy-authorization", "connection"};
    for (size_t i = 0; i < 5; i++) assert_null(heard_field(r, gone[i]).ptr);
    world_free(w);
}

static void keeps_alive_and_pipelines(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_path;
    struct client c = client_open(w);
    client_send(
        w, &c,
        SPAN("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
             "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_expect(w, &c, "GET /3");
    struct span all = buf_span(&c.got);
    size_t one = span_find(all, SPAN("GET /1")), two = span_find(all, SPAN("POST /2")),
           three = span_find(all, SPAN("GET /3"));
    assert_true(one < two && two < three);
    world_hear(w, MESSAGE_REQUEST);
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    assert_int_equal(r->flags, MESSAGE_BODY_INLINE);
    assert_true(span_eq(r->rest, SPAN("abc")));
    for (int i = 0; i < 200; i++) client_send(w, &c, SPAN("GET /n HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_send(w, &c, SPAN("GET /last HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_expect(w, &c, "GET /last");
    struct edge_stats stats;
    edge_stats(w->edge, &stats);
    assert_int_equal(stats.requests, 204);
    assert_int_equal(stats.connections, 1);
    client_close(&c);
    world_free(w);
}

static void speaks_old_and_odd_http(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_path;
    struct span all = ask(w, "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_has(all, "Content-Length: 7\r\n");
    assert_true(span_ends(all, SPAN("\r\n\r\n")));
    all = ask(w, "GET /old HTTP/1.0\r\n\r\n");
    assert_has(all, "GET /old");
    all = ask(w, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_has(all, "OPTIONS /*");
    world_free(w);
}

static void refuses_what_smuggles(void **state) {
    static const struct {
        const char *request;
        const char *answer;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501 "},
        {"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\n folded\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 "},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "HTTP/1.1 400 "},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "HTTP/1.1 501 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n", "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 417 "},
        {"GET / HTTP/1.1\r\nHost: 1.2.3.4.5\r\n\r\n", "HTTP/1.1 400 "},
    };
    struct world *w = world_new(NULL, NULL, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client c = client_open(w);
        client_send(w, &c, span_of(cases[i].request));
        client_expect(w, &c, cases[i].answer);
        assert_has(buf_span(&c.got), "\r\n\r\n");
        if (i != 12) client_expect_closed(w, &c); /* the last is a sound message about an impossible host */
        client_close(&c);
    }
    assert_false(world_heard(w, MESSAGE_REQUEST));
    world_free(w);
}

static void keeps_its_limits(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct buf request = BUF_INIT;
    buf_lit(&request, "GET /");
    for (int i = 0; i < 20000; i++) buf_add_char(&request, 'x');
    buf_lit(&request, " HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_has(ask(w, buf_cstr(&request)), "HTTP/1.1 414 ");
    request.len = 0;
    buf_lit(&request, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 300; i++) buf_printf(&request, "X-%d: 1\r\n", i);
    buf_lit(&request, "\r\n");
    assert_has(ask(w, buf_cstr(&request)), "HTTP/1.1 431 ");
    buf_free(&request);
    world_free(w);
}

static void keeps_its_clocks(void **state) {
    struct edge_config config = {.timeouts = {.head = 60, .body = 60, .idle = 60}};
    struct world *w = world_new(&config, NULL, true);
    struct client idle = client_open(w), head = client_open(w), body = client_open(w);
    client_send(w, &head, SPAN("GET / HTTP/1.1\r\nHo"));
    client_send(w, &body, SPAN("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    world_credit(w, r->stream, 1000);
    client_expect_closed(w, &idle);
    assert_int_equal(idle.got.len, 0);
    client_expect(w, &head, "HTTP/1.1 408 ");
    client_expect(w, &body, "HTTP/1.1 408 ");
    client_expect_closed(w, &head);
    client_expect_closed(w, &body);
    world_hear(w, MESSAGE_BODY_ERROR);
    world_hear(w, MESSAGE_CANCEL);
    world_done(w, r->stream);
    client_close(&idle);
    client_close(&head);
    client_close(&body);
    world_free(w);
}

static void streams_a_request_by_credit(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c,
                SPAN("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n"
                     "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX: trailer\r\n\r\nGET /next HTTP/1.1\r\nHost: "
                     "a\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    assert_int_equal(r->flags, MESSAGE_BODY_STREAM);
    assert_true(r->head.body_length == HEAD_LENGTH_UNKNOWN);
    world_turn(w, 20);
    assert_false(world_heard(w, MESSAGE_BODY)); /* nothing crosses before somebody reads */
    world_credit(w, r->stream, 7);
    const struct heard *b = world_hear(w, MESSAGE_BODY);
    assert_true(span_eq(b->payload, SPAN("hello w")));
    assert_false(world_heard(w, MESSAGE_BODY_END));
    world_credit(w, r->stream, 100);
    b = world_hear(w, MESSAGE_BODY);
    assert_true(span_eq(b->payload, SPAN("orld")));
    world_hear(w, MESSAGE_BODY_END);
    w->script = say_path;
    world_respond(w, r->stream, 200, "", SPAN("got it"));
    client_expect(w, &c, "GET /next"); /* and the connection goes on */
    client_close(&c);
    world_free(w);
}

static void holds_a_fast_client_back(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    enum { SIZE = 8 << 20 };
    char *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (char)(i * 31 >> 3);
    char head[100];
    int n = snprintf(head, sizeof head, "PUT /big HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", SIZE);
    client_send(w, &c, span_make(head, (size_t)n));
    size_t sent = 0, stalled = 0;
    while (stalled < 50) {
        ssize_t got = send(c.fd, bytes + sent, SIZE - sent, MSG_NOSIGNAL);
        stalled = got > 0 ? 0 : stalled + 1;
        sent += got > 0 ? (size_t)got : 0;
        loop_turn(w->loop, false);
    }
    assert_true(sent < SIZE); /* the kernel's buffers are full: we do not read on */
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    size_t received = 0;
    while (received < SIZE) {
        world_credit(w, r->stream, 256 * 1024);
        size_t window = 0;
        while (window < 256 * 1024 && received < SIZE) {
            while (sent < SIZE) {
                ssize_t got = send(c.fd, bytes + sent, SIZE - sent, MSG_NOSIGNAL);
                if (got <= 0) break;
                sent += (size_t)got;
            }
            const struct heard *b = world_hear(w, MESSAGE_BODY);
            assert_memory_equal(b->payload.ptr, bytes + received, b->payload.len);
            window += b->payload.len;
            received += b->payload.len;
        }
        assert_true(window <= 256 * 1024); /* never more than was granted */
    }
    world_hear(w, MESSAGE_BODY_END);
    free(bytes);
    client_close(&c);
    world_free(w);
}

static void lets_a_slow_client_slow_the_worker(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET /down HTTP/1.1\r\nHost: a\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    struct head head = {.status = 200, .body_length = HEAD_LENGTH_UNKNOWN};
    world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_STREAM, r->stream, &head, SPAN_NONE);
    char *piece = calloc(1, 32768);
    uint64_t credit = LIMIT_STREAM_WINDOW_BYTES, sent = 0, stalled = 0;
    enum { SIZE = 24 << 20 }; /* more than the kernel takes by itself */
    bool was_stalled = false;
    while (sent < SIZE) {
        size_t n = credit < 32768 ? (size_t)credit : 32768;
        if (n) world_send(w, MESSAGE_BODY, 0, r->stream, piece, n);
        credit -= n;
        sent += n;
        loop_turn(w->loop, false);
        stalled = n ? 0 : stalled + 1;
        if (stalled > 100) { /* the worker has to wait; now the client reads */
            was_stalled = true;
            client_read(&c, SIZE_MAX);
        }
        while (world_heard(w, MESSAGE_CREDIT)) {
            uint64_t more;
            memcpy(&more, world_hear(w, MESSAGE_CREDIT)->payload.ptr, 8);
            credit += more;
        }
    }
    assert_true(was_stalled);
    world_send(w, MESSAGE_BODY_END, 0, r->stream, NULL, 0);
    world_done(w, r->stream);
    client_expect(w, &c, "\r\n0\r\n\r\n");
    assert_true(c.got.len > SIZE);
    free(piece);
    client_close(&c);
    world_free(w);
}

static void continues_when_wanted(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c,
                SPAN("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    world_turn(w, 20);
    client_read(&c, SIZE_MAX);
    assert_int_equal(c.got.len, 0);
    world_credit(w, r->stream, 100);
    client_expect(w, &c, "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(w, &c, SPAN("body"));
    assert_true(span_eq(world_hear(w, MESSAGE_BODY)->payload, SPAN("body")));
    world_respond(w, r->stream, 201, "", SPAN("made"));
    client_expect(w, &c, "made");
    client_close(&c);
    /* Refused without reading: no 100, and the connection closes, since the body may or may not follow. */
    c = client_open(w);
    client_send(w, &c,
                SPAN("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    r = world_hear(w, MESSAGE_REQUEST);
    world_respond(w, r->stream, 403, "", SPAN("no"));
    client_expect_closed(w, &c);
    assert_has(buf_span(&c.got), "403 Forbidden");
    assert_has(buf_span(&c.got), "Connection: close");
    assert_false(has(buf_span(&c.got), "100 Continue"));
    client_close(&c);
    world_free(w);
}

static void tells_the_worker_that_the_client_went(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    struct linger reset = {1, 0};
    setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    client_close(&c);
    assert_true(world_hear(w, MESSAGE_CANCEL)->stream == r->stream);
    world_respond(w, r->stream, 200, "", SPAN("too late"));
    world_turn(w, 10);
    assert_non_null(w->worker);
    /* Answered for it, because the body went bad: what the Worker says then is too late, not a lie. */
    c = client_open(w);
    client_send(w, &c,
                SPAN("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZ\r\n"));
    r = world_hear(w, MESSAGE_REQUEST);
    client_expect_closed(w, &c);
    assert_true(span_starts(buf_span(&c.got), SPAN("HTTP/1.1 400 ")));
    world_respond(w, r->stream, 200, "", SPAN("too late"));
    world_turn(w, 10);
    assert_non_null(w->worker);
    client_close(&c);
    struct edge_stats stats;
    edge_stats(w->edge, &stats);
    assert_int_equal(stats.open_requests, 0);
    assert_int_equal(w->last_log.err, ERR_INVALID);
    world_free(w);
}

static void shows_errors_as_it_should(void **state) {
    static const struct {
        bool dev;
        const char *accept, *expected;
    } cases[] = {
        {true, "*/*", "ReferenceError: x <b>"},
        {true, "text/html", "<pre>ReferenceError: x &lt;b&gt;</pre>"},
        {false, "*/*", "\r\n\r\nerror code: 1101\n"},
        {false, "text/html", "<h1>Error 1101 Worker threw exception</h1>"},
        {false, "text/html", "<p>Ray ID: <code>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct edge_config config = {.dev = cases[i].dev};
        struct world *w = world_new(&config, NULL, true);
        struct client c = client_open(w);
        char request[200], payload[100];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: a\r\nAccept: %s\r\n\r\n", cases[i].accept);
        client_send(w, &c, span_of(request));
        const struct heard *r = world_hear(w, MESSAGE_REQUEST);
        uint32_t code = ERR_WORKER_EXCEPTION;
        memcpy(payload, &code, 4);
        strcpy(payload + 4, "ReferenceError: x <b>");
        world_send(w, MESSAGE_FAILED, 0, r->stream, payload, 4 + strlen(payload + 4));
        world_done(w, r->stream);
        client_expect(w, &c, cases[i].expected);
        assert_has(buf_span(&c.got), "HTTP/1.1 500 ");
        client_close(&c);
        world_free(w);
    }
}

static void judges_responses(void **state) {
    static const struct {
        int status;
        const char *fields, *expected;
    } cases[] = {
        {200, "Bad Name: x", "HTTP/1.1 500 "},
        {200, "X: a\x01z", "HTTP/1.1 500 "},
        {700, "", "HTTP/1.1 500 "},
        {101, "", "HTTP/1.1 500 "},
        {299, "X: y", "HTTP/1.1 299"},
        {200, "Content-Length: 999\nConnection: x-y\nTransfer-Encoding: chunked\nServer: mine",
         "Content-Length: 2\r\n"},
        {204, "", "HTTP/1.1 204 No Content\r\n"},
    };
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        c.got.len = 0;
        client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        const struct heard *r = world_hear(w, MESSAGE_REQUEST);
        world_respond(w, r->stream, cases[i].status, cases[i].fields,
                      cases[i].status == 204 ? SPAN_NONE : SPAN("ok"));
        client_expect(w, &c, cases[i].expected);
        client_expect(w, &c, cases[i].status == 204 ? "\r\n\r\n" : "\r\n\r\n");
        world_turn(w, 4);
        client_read(&c, SIZE_MAX);
    }
    assert_false(c.closed);
    client_close(&c);
    world_free(w);
}

static void keeps_promised_lengths(void **state) {
    for (int longer = 0; longer < 2; longer++) {
        struct world *w = world_new(NULL, NULL, true);
        struct client c = client_open(w);
        client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        const struct heard *r = world_hear(w, MESSAGE_REQUEST);
        struct head head = {.status = 200, .body_length = 10};
        world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_STREAM, r->stream, &head, SPAN_NONE);
        world_send(w, MESSAGE_BODY, 0, r->stream, "0123456789abc", longer ? 13 : 5);
        world_send(w, MESSAGE_BODY_END, 0, r->stream, NULL, 0);
        world_done(w, r->stream);
        client_expect_closed(w, &c);
        assert_false(has(buf_span(&c.got), "abc"));
        client_close(&c);
        world_free(w);
    }
}

static void half_closed_clients_get_their_answer(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_path;
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"));
    shutdown(c.fd, SHUT_WR);
    client_expect(w, &c, "GET /b");
    client_expect_closed(w, &c);
    client_close(&c);
    c = client_open(w);
    client_send(w, &c, SPAN("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    shutdown(c.fd, SHUT_WR);
    w->script = NULL;
    client_expect(w, &c, "HTTP/1.1 400 ");
    client_expect_closed(w, &c);
    client_close(&c);
    world_free(w);
}

static bool no_connections(struct world *w, void *arg) {
    struct edge_stats stats;
    edge_stats(w->edge, &stats);
    return stats.open_connections == 0;
}

static void on_drained(void *arg) { ((struct world *)arg)->drained = true; }

static void drains(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client idle = client_open(w), busy = client_open(w);
    client_send(w, &busy, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    edge_drain(w->edge, 5000, on_drained, w);
    client_expect_closed(w, &idle);
    assert_false(w->drained);
    world_respond(w, r->stream, 200, "", SPAN("the last"));
    client_expect(w, &busy, "Connection: close\r\n");
    client_expect(w, &busy, "the last");
    client_expect_closed(w, &busy);
    client_close(&idle);
    client_close(&busy);
    world_until(w, no_connections, NULL);
    world_turn(w, 5);
    assert_true(w->drained);
    world_free(w);
}

int main(void) {
    log_setup("test", LOG_OFF, true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_hello),
        cmocka_unit_test(guards_its_own_fields),
        cmocka_unit_test(keeps_alive_and_pipelines),
        cmocka_unit_test(speaks_old_and_odd_http),
        cmocka_unit_test(refuses_what_smuggles),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(keeps_its_clocks),
        cmocka_unit_test(streams_a_request_by_credit),
        cmocka_unit_test(holds_a_fast_client_back),
        cmocka_unit_test(lets_a_slow_client_slow_the_worker),
        cmocka_unit_test(continues_when_wanted),
        cmocka_unit_test(tells_the_worker_that_the_client_went),
        cmocka_unit_test(shows_errors_as_it_should),
        cmocka_unit_test(judges_responses),
        cmocka_unit_test(keeps_promised_lengths),
        cmocka_unit_test(half_closed_clients_get_their_answer),
        cmocka_unit_test(drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
