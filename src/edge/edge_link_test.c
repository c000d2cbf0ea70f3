/* The worker's side of the edge: starting Workers, links that break, peers that lie, scheduled events, splices of a
 * request's own body. Could pass wrongly if the link between were never really cut: so its end is closed here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "edge/test_world.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void say_hello(struct world *w, const struct heard *h) {
    if (h->type == MESSAGE_REQUEST) world_respond(w, h->stream, 200, "", SPAN("hello"));
}

static void waits_for_a_worker_to_start(void **state) {
    struct world *w = world_new(NULL, NULL, false);
    struct client c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = client_open(w);
        client_send(w, &c[i],
                    SPAN("POST /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\nContent-Length: 4\r\n\r\nbody"));
    }
    world_turn(w, 30);
    assert_int_equal(w->prepares, 1);
    w->script = say_hello;
    world_link_up(w);
    world_turn(w, 10);
    assert_false(world_heard(w, MESSAGE_REQUEST));
    edge_worker_ready(w->edge, 1, "fedcba9876543210fedcba9876543210");
    for (int i = 0; i < 3; i++) {
        const struct heard *r = world_hear(w, MESSAGE_REQUEST);
        assert_true(span_eq(r->rest, SPAN("body")));
        assert_true(span_eq(heard_field(r, "x-a"), SPAN("kept")));
        client_expect(w, &c[i], "hello");
        client_close(&c[i]);
    }
    assert_memory_equal(w->heard[0].payload.ptr + 8, "fedcba9876543210", 16);
    /* A new version: defined anew, before the next request. */
    edge_worker_ready(w->edge, 1, "00000000000000000000000000000001");
    struct client d = client_open(w);
    client_send(w, &d, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_expect(w, &d, "hello");
    assert_int_equal(w->heard[w->heard_count - 3].type, MESSAGE_DEFINE);
    client_close(&d);
    world_free(w);
}

static void says_why_a_worker_cannot_start(void **state) {
    struct edge_config config = {.dev = true};
    struct world *w = world_new(&config, NULL, false);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    world_turn(w, 10);
    edge_worker_failed(w->edge, 1, ERR_WORKER_START, SPAN("index.ts:3: syntax error"));
    client_expect(w, &c, "index.ts:3: syntax error");
    client_send(w, &c, span_of(get)); /* and again, without asking */
    client_expect(w, &c, "HTTP/1.1 500 ");
    assert_int_equal(w->prepares, 1);
    client_close(&c);
    world_free(w);
}

static void gives_up_on_a_slow_start(void **state) {
    struct edge_config config = {.timeouts = {.prepare = 50}};
    struct world *w = world_new(&config, NULL, false);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    client_expect(w, &c, "HTTP/1.1 504 ");
    client_close(&c);
    world_free(w);
}

static void knows_nobody(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    assert_true(span_starts(ask(w, "GET / HTTP/1.1\r\nHost: nobody.example\r\nConnection: close\r\n\r\n"),
                            SPAN("HTTP/1.1 404 ")));
    world_free(w);
}

static void survives_a_crash(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client waiting = client_open(w), started = client_open(w), later;
    client_send(w, &waiting, SPAN("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
    world_hear(w, MESSAGE_REQUEST);
    client_send(w, &started, span_of(get));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    struct head head = {.status = 200, .body_length = HEAD_LENGTH_UNKNOWN};
    world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_STREAM, r->stream, &head, SPAN_NONE);
    world_send(w, MESSAGE_BODY, 0, r->stream, "part", 4);
    client_expect(w, &started, "part");
    link_close(w->worker); /* kill -9 */
    w->worker = NULL;
    client_expect(w, &waiting, "HTTP/1.1 502 ");
    client_expect(w, &waiting, "error code: 1101");
    client_expect_closed(w, &started);
    assert_true(span_find(buf_span(&started.got), SPAN("\r\n0\r\n")) ==
                started.got.len); /* not a clean end */
    assert_int_equal(w->link_downs, 1);
    later = client_open(w); /* waits for the next process */
    client_send(w, &later, span_of(get));
    world_turn(w, 20);
    w->script = say_hello;
    world_link_up(w);
    client_expect(w, &later, "hello");
    client_send(w, &waiting, span_of(get)); /* the connection has survived */
    client_expect(w, &waiting, "hello");
    client_close(&waiting);
    client_close(&started);
    client_close(&later);
    world_free(w);
}

static void cut(struct world *w) {
    link_close(w->worker);
    w->worker = NULL;
    world_turn(w, 20);
}

/* Which requests see another process, and what of theirs. */
static void tries_again_what_may_be_done_twice(void **state) {
    static const struct {
        const char *request, *body; /* NULL: it is not tried again */
    } cases[] = {
        {"GET /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\n\r\n", ""},
        {"HEAD /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\n\r\n", ""},
        {"DELETE /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\n\r\n", ""},
        {"PUT /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\nContent-Length: 4\r\n\r\nbody", "body"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\nContent-Length: 4\r\n\r\nbody", NULL},
        {"PATCH /x HTTP/1.1\r\nHost: a\r\nX-A: kept\r\nContent-Length: 4\r\n\r\nbody", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(NULL, NULL, true);
        struct client c = client_open(w);
        client_send(w, &c, span_of(cases[i].request));
        const struct heard *first = world_hear(w, MESSAGE_REQUEST);
        cut(w);
        if (!cases[i].body) client_expect(w, &c, "HTTP/1.1 502 ");
        world_link_up(w);
        if (cases[i].body) {
            const struct heard *again = world_hear(w, MESSAGE_REQUEST);
            assert_true(first != again && span_eq(first->payload, again->payload) &&
                        first->flags == again->flags);
            assert_true(span_eq(again->rest, span_of(cases[i].body)));
            assert_true(span_eq(heard_field(again, "x-a"), SPAN("kept")));
            cut(w); /* once is enough */
            client_expect(w, &c, "HTTP/1.1 502 ");
        }
        world_turn(w, 10);
        assert_int_equal(w->last_log.err, ERR_WORKER_GONE);
        client_close(&c);
        world_free(w);
    }
}

/* A body that streams: as long as nobody has read of it, it is all still here. */
static void tries_again_with_a_body_that_nobody_has_read(void **state) {
    for (int read = 0; read < 2; read++) {
        struct world *w = world_new(NULL, NULL, true);
        struct client c = client_open(w);
        client_send(w, &c,
                    SPAN("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"));
        uint64_t stream = world_hear(w, MESSAGE_REQUEST)->stream;
        if (read) world_credit(w, stream, 2);
        cut(w);
        if (read) {
            client_expect(w, &c, "HTTP/1.1 502 ");
        } else {
            world_link_up(w);
            stream = world_hear(w, MESSAGE_REQUEST)->stream;
            world_credit(w, stream, 100);
            assert_true(span_eq(world_hear(w, MESSAGE_BODY)->payload, SPAN("body")));
            client_send(w, &c, SPAN("2\r\n, \r\n0\r\n\r\n"));
            assert_true(span_eq(world_hear(w, MESSAGE_BODY)->payload, SPAN(", ")));
            world_hear(w, MESSAGE_BODY_END);
            world_respond(w, stream, 200, "", SPAN("hello"));
            client_expect(w, &c, "hello");
        }
        client_close(&c);
        world_free(w);
    }
}

/* The new link may be up before the old one is seen to break. */
static void tries_again_on_the_link_that_is_there(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    world_hear(w, MESSAGE_REQUEST);
    struct link *old = w->worker;
    world_link_up(w);
    w->script = say_hello;
    link_close(old);
    client_expect(w, &c, "hello");
    client_close(&c);
    world_free(w);
}

static void holds_back_who_is_to_blame(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client inside = client_open(w), later = client_open(w);
    client_send(w, &inside, span_of(get));
    world_hear(w, MESSAGE_REQUEST);
    cut(w);
    edge_worker_quarantine(w->edge, 1, 1300);
    client_expect(w, &inside, "HTTP/1.1 502 "); /* not tried again */
    client_expect(w, &inside, "error code: 1101");
    client_send(w, &later, span_of(get));
    client_expect(w, &later, "HTTP/1.1 503 ");
    client_expect(w, &later, "Retry-After: 2\r\n");
    assert_int_equal(w->last_log.err, ERR_WORKER_HELD);
    w->script = say_hello;
    world_link_up(w);
    later.got.len = 0;
    client_send(w, &later, span_of(get));
    client_expect(w, &later, "HTTP/1.1 503 ");
    world_turn(w, 1400);
    client_send(w, &later, span_of(get));
    client_expect(w, &later, "hello");
    edge_worker_quarantine(w->edge, 1, 60000);
    edge_worker_quarantine(w->edge, 1, 0); /* pardoned */
    later.got.len = 0;
    client_send(w, &later, span_of(get));
    client_expect(w, &later, "hello");
    client_close(&inside);
    client_close(&later);
    world_free(w);
}

static bool link_is_down(struct world *w, void *arg) { return w->worker == NULL; }

static void distrusts_its_peer(void **state) {
    static const struct {
        enum message_type type;
        uint8_t flags;
        uint64_t stream;
        const char *bytes;
        size_t len;
    } lies[] = {
        {MESSAGE_DEFINE, 0, 0, "xxxxxxxx", 8},                  /* not its to send */
        {MESSAGE_FETCH, 0, STREAM_FROM_WORKER | 1, "short", 5}, /* no head */
        {MESSAGE_LOG, 0, 0, "\x07\0\0\0\0\0\0\0text", 12},      /* another account's Worker */
        {MESSAGE_CREDIT, 0, 0, "\0\0\0\0\0\0\0\0", 8},          /* stream filled in: credit of 0 */
        {MESSAGE_RESPONSE, 3, 0, "no head", 7},                 /* stream filled in */
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct world *w = world_new(NULL, NULL, true);
        struct client c = client_open(w);
        client_send(w, &c,
                    SPAN("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"));
        uint64_t stream = world_hear(w, MESSAGE_REQUEST)->stream;
        world_send(w, MESSAGE_BODY, 0, 0x1234567800000099, "x", 1); /* an unknown stream is no lie */
        world_turn(w, 4);
        assert_non_null(w->worker);
        world_send(w, lies[i].type, lies[i].flags, i >= 3 ? stream : lies[i].stream, lies[i].bytes,
                   lies[i].len);
        world_until(w, link_is_down, NULL);
        client_expect(w, &c, "HTTP/1.1 502 ");
        assert_int_equal(w->link_downs, 1);
        client_close(&c);
        world_free(w);
    }
}

static void stops_who_overruns_the_window(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    uint64_t stream = world_hear(w, MESSAGE_REQUEST)->stream;
    struct head head = {.status = 200, .body_length = HEAD_LENGTH_UNKNOWN};
    world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_STREAM, stream, &head, SPAN_NONE);
    char *bytes = calloc(1, LIMIT_STREAM_WINDOW_BYTES + 1);
    world_send(w, MESSAGE_BODY, 0, stream, bytes, LIMIT_STREAM_WINDOW_BYTES + 1);
    world_until(w, link_is_down, NULL);
    client_expect_closed(w, &c);
    free(bytes);
    client_close(&c);
    world_free(w);
}

/* RESPONSE whose body is the request's own: bytes go round inside the edge. */
static void echo(struct world *w, const struct heard *h) {
    if (h->type != MESSAGE_REQUEST) return;
    struct head head = {.status = 200, .body_length = h->head.body_length};
    world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_SPLICE, h->stream, &head,
                    span_make(&h->stream, sizeof h->stream));
    world_done(w, h->stream);
}

static void splices_a_request_into_its_response(void **state) {
    enum { SIZE = 6 << 20 };
    struct world *w = world_new(NULL, NULL, true);
    w->script = echo;
    struct client c = client_open(w);
    char *bytes = malloc(SIZE), head[100];
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (char)(i * 7 ^ i >> 9);
    int n = snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", SIZE);
    client_send(w, &c, span_make(head, (size_t)n));
    size_t sent = 0, body = 0;
    while (!body || c.got.len < body + SIZE) {
        ssize_t got = sent < SIZE ? send(c.fd, bytes + sent, SIZE - sent, MSG_NOSIGNAL) : 0;
        if (got > 0) sent += (size_t)got;
        loop_turn(w->loop, false);
        client_read(&c, 100000);
        assert_false(c.closed);
        size_t end = span_find(buf_span(&c.got), SPAN("\r\n\r\n"));
        if (!body && end < c.got.len) body = end + 4;
    }
    assert_memory_equal(c.got.ptr + body, bytes, SIZE);
    assert_false(world_heard(w, MESSAGE_BODY)); /* never crossed the link */
    client_send(
        w, &c, SPAN("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nend\r\n0\r\n\r\n"));
    client_expect(w, &c, "3\r\nend\r\n0\r\n\r\n");
    client_send(w, &c,
                SPAN("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    client_expect(w, &c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n");
    client_send(w, &c, SPAN("last"));
    client_expect(w, &c, "\r\n\r\nlast");
    free(bytes);
    client_close(&c);
    world_free(w);
}

struct outcome {
    unsigned calls;
    enum err why;
};

static void on_scheduled(void *arg, enum err why, struct span text) {
    struct outcome *o = arg;
    o->calls++;
    o->why = why;
}

static void runs_schedules(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct outcome done = {0}, gone = {0};
    assert_int_equal(edge_scheduled(w->edge, 9, 5, SPAN("* * * * *"), on_scheduled, &done), ERR_NOT_FOUND);
    assert_int_equal(edge_scheduled(w->edge, 1, 1700000000000, SPAN("*/5 * * * *"), on_scheduled, &done),
                     ERR_OK);
    const struct heard *s = world_hear(w, MESSAGE_SCHEDULED);
    int64_t time_ms;
    memcpy(&time_ms, s->payload.ptr + 8, 8);
    assert_true(time_ms == 1700000000000);
    assert_true(span_eq(span_from(s->payload, 16), SPAN("*/5 * * * *")));
    world_done(w, s->stream);
    world_turn(w, 6);
    assert_int_equal(done.calls, 1);
    assert_int_equal(done.why, ERR_OK);
    assert_int_equal(edge_scheduled(w->edge, 1, 1, SPAN(""), on_scheduled, &gone), ERR_OK);
    link_close(w->worker);
    w->worker = NULL;
    world_turn(w, 6);
    assert_int_equal(gone.calls, 1);
    assert_int_equal(gone.why, ERR_WORKER_GONE);
    world_free(w);
}

static void a_hung_worker_is_an_error(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    world_done(w, world_hear(w, MESSAGE_REQUEST)->stream);
    client_expect(w, &c, "HTTP/1.1 500 ");
    client_close(&c);
    world_free(w);
}

/* edge_free() in the middle of everything: nothing may be left over (the sanitizer looks). */
static void stops_at_once(void **state) {
    struct world *w = world_new(NULL, "", true);
    struct client c = client_open(w), d = client_open(w);
    client_send(w, &c, SPAN("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"));
    uint64_t stream = world_hear(w, MESSAGE_REQUEST)->stream;
    world_credit(w, stream, 2);
    client_send(w, &d, span_of(get));
    stream = world_hear(w, MESSAGE_REQUEST)->stream;
    struct head head = {.status = 200, .body_length = HEAD_LENGTH_UNKNOWN};
    world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_STREAM, stream, &head, SPAN_NONE);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", w->origin_port);
    world_fetch(w, STREAM_FROM_WORKER | 1, "POST", url, "", MESSAGE_BODY_STREAM, 0, SPAN_NONE);
    world_turn(w, 10);
    w->origin_script = NULL;
    client_close(&c);
    client_close(&d);
    world_free(w);
}

/* One Worker may not take every place: what exceeds its own bound is refused at once, and is none of the worker process's business. */
static void more_than_a_worker_may_have_is_refused(void **state) {
    for (int which = 0; which < 2; which++) {
        struct edge_config config = {
            .bounds = {.worker_requests = which ? 0 : 3, .account_requests = which ? 3 : 0}};
        struct world *w = world_new(&config, NULL, true);
        struct client c[4];
        const struct heard *heard[3];
        for (int i = 0; i < 3; i++) {
            c[i] = client_open(w);
            client_send(w, &c[i], span_of(get));
            heard[i] = world_hear(w, MESSAGE_REQUEST);
        }
        size_t before = w->heard_count;
        c[3] = client_open(w);
        client_send(w, &c[3], span_of(get));
        client_expect(w, &c[3], "HTTP/1.1 503");
        client_expect(w, &c[3], "Retry-After: 1");
        assert_int_equal(w->heard_count, before);
        world_respond(w, heard[0]->stream, 200, "", SPAN("hello"));
        client_expect(w, &c[0], "hello");
        client_send(w, &c[0], span_of(get)); /* there is a place again */
        const struct heard *again = world_hear(w, MESSAGE_REQUEST);
        world_respond(w, again->stream, 200, "", SPAN("again"));
        client_expect(w, &c[0], "again");
        for (int i = 0; i < 4; i++) client_close(&c[i]);
        world_free(w);
    }
}

/* FAILED(ERR_OVERLOAD) of a lane. */
static void what_a_lane_refuses_may_be_tried_again(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    uint32_t why = ERR_OVERLOAD;
    world_send(w, MESSAGE_FAILED, 0, r->stream, &why, sizeof why);
    world_done(w, r->stream);
    client_expect(w, &c, "HTTP/1.1 503");
    client_expect(w, &c, "Retry-After: 1");
    client_close(&c);
    world_free(w);
}

/* Only Workers that somebody uses, and only when the other side may have no isolate of them. */
static void warms_what_is_in_use(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    w->script = say_hello;
    world_turn(w, 10);
    edge_worker_ready(w->edge, 1, "11111111111111111111111111111111");
    world_turn(w, 10);
    assert_false(world_heard(w, MESSAGE_WARM)); /* nobody has asked for it */
    struct client c = client_open(w);
    client_send(w, &c, span_of(get));
    client_expect(w, &c, "hello");
    edge_worker_ready(w->edge, 1, "22222222222222222222222222222222");
    world_turn(w, 10);
    assert_int_equal(w->heard[w->heard_count - 2].type,
                     MESSAGE_DEFINE); /* it can't know otherwise what to start */
    assert_memory_equal(w->heard[w->heard_count - 2].payload.ptr + 8, "2222", 4);
    assert_int_equal(w->heard[w->heard_count - 1].type, MESSAGE_WARM);
    size_t before = w->heard_count;
    edge_worker_ready(w->edge, 1, "22222222222222222222222222222222"); /* nothing new */
    world_turn(w, 10);
    assert_int_equal(w->heard_count, before);
    link_close(w->worker); /* its process is replaced */
    w->worker = NULL;
    world_turn(w, 20);
    world_link_up(w);
    world_turn(w, 20);
    assert_int_equal(w->heard[w->heard_count - 2].type, MESSAGE_DEFINE);
    assert_int_equal(w->heard[w->heard_count - 1].type, MESSAGE_WARM);
    client_close(&c);
    world_free(w);
}

int main(void) {
    log_setup("test", LOG_OFF, true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_a_worker_to_start),
        cmocka_unit_test(says_why_a_worker_cannot_start),
        cmocka_unit_test(gives_up_on_a_slow_start),
        cmocka_unit_test(knows_nobody),
        cmocka_unit_test(survives_a_crash),
        cmocka_unit_test(tries_again_what_may_be_done_twice),
        cmocka_unit_test(tries_again_with_a_body_that_nobody_has_read),
        cmocka_unit_test(tries_again_on_the_link_that_is_there),
        cmocka_unit_test(holds_back_who_is_to_blame),
        cmocka_unit_test(distrusts_its_peer),
        cmocka_unit_test(stops_who_overruns_the_window),
        cmocka_unit_test(splices_a_request_into_its_response),
        cmocka_unit_test(runs_schedules),
        cmocka_unit_test(a_hung_worker_is_an_error),
        cmocka_unit_test(stops_at_once),
        cmocka_unit_test(more_than_a_worker_may_have_is_refused),
        cmocka_unit_test(what_a_lane_refuses_may_be_tried_again),
        cmocka_unit_test(warms_what_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
