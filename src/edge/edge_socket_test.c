/* WebSockets and sockets as edge sees them, with a scripted worker: clocks, credit, peers that lie, what is left when one side
 * goes. It could pass wrongly if bytes were compared as a whole only at the end: each step waits for its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/test_world.h"
#include "link/socket.h"

static const char ask_for_socket[] =
    "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/* "Hello", as RFC 6455 section 5.7 masks it, and so on */
#define HELLO SPAN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
#define PING  SPAN("\x89\x82\0\0\0\0hi")
#define CLOSE SPAN("\x88\x82\0\0\0\0\x03\xe8")

struct opened {
    struct world *w;
    struct client c;
    uint64_t stream;
};

static void answer_101(struct world *w, uint64_t stream, uint8_t flags, struct span rest) {
    struct head head = {.status = 101, .flags = HEAD_UPGRADE, .body_length = HEAD_LENGTH_UNKNOWN};
    world_send_head(w, MESSAGE_RESPONSE, flags, stream, &head, rest);
}

static struct opened open_socket(const struct edge_config *config) {
    struct opened o = {.w = world_new(config, NULL, true)};
    o.c = client_open(o.w);
    client_send(o.w, &o.c, span_of(ask_for_socket));
    const struct heard *r = world_hear(o.w, MESSAGE_REQUEST);
    assert_true(span_eq(heard_field(r, "upgrade"), SPAN("websocket")));
    o.stream = r->stream;
    answer_101(o.w, o.stream, MESSAGE_BODY_STREAM, SPAN_NONE);
    client_expect(o.w, &o.c, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    return o;
}

static void close_all(struct opened *o) {
    client_close(&o->c);
    world_free(o->w);
}

static void send_record(struct opened *o, uint8_t kind, uint8_t flags, uint16_t code, struct span bytes) {
    char both[256];
    struct socket_record head = {kind, flags, code, (uint32_t)bytes.len};
    memcpy(both, &head, sizeof head);
    if (bytes.len) memcpy(both + sizeof head, bytes.ptr, bytes.len);
    world_send(o->w, MESSAGE_BODY, 0, o->stream, both, sizeof head + bytes.len);
}

/* The next record, which must be alone in its message. */
static struct socket_record hear_record(struct opened *o, struct span *ret_bytes) {
    struct socket_record head;
    const struct heard *h = world_hear(o->w, MESSAGE_BODY);
    assert_true(h->payload.len >= sizeof head);
    memcpy(&head, h->payload.ptr, sizeof head);
    assert_int_equal(head.bytes, h->payload.len - sizeof head);
    *ret_bytes = span_from(h->payload, sizeof head);
    return head;
}

static void frames_become_records_and_back(void **state) {
    struct opened o = open_socket(NULL);
    struct span bytes;
    client_send(o.w, &o.c, HELLO);
    world_turn(o.w, 20);
    assert_false(world_heard(o.w, MESSAGE_BODY)); /* no credit yet */
    world_credit(o.w, o.stream, 1 << 16);
    struct socket_record r = hear_record(&o, &bytes);
    assert_int_equal(r.kind, SOCKET_TEXT);
    assert_int_equal(r.flags, SOCKET_FIN);
    assert_true(span_eq(bytes, SPAN("Hello")));
    send_record(&o, SOCKET_TEXT, 0, 0, SPAN("one "));
    send_record(&o, SOCKET_TEXT, SOCKET_FIN, 0, SPAN("two"));
    client_expect(o.w, &o.c, "\x01\x04one \x80\x03two");
    client_send(o.w, &o.c, PING);
    client_expect(o.w, &o.c, "\x8a\x02hi");
    client_send(o.w, &o.c, CLOSE);
    r = hear_record(&o, &bytes);
    assert_int_equal(r.kind, SOCKET_CLOSE);
    assert_int_equal(r.code, 1000);
    world_hear(o.w, MESSAGE_BODY_END);
    send_record(&o, SOCKET_CLOSE, SOCKET_FIN, 1000, SPAN_NONE);
    client_expect(o.w, &o.c, "\x88\x02\x03\xe8");
    client_expect_closed(o.w, &o.c);
    world_done(o.w, o.stream);
    close_all(&o);
}

static void a_record_may_come_in_any_pieces(void **state) {
    struct opened o = open_socket(NULL);
    struct socket_record head = {SOCKET_BINARY, SOCKET_FIN, 0, 5};
    char both[sizeof head + 5];
    memcpy(both, &head, sizeof head);
    memcpy(both + sizeof head, "bytes", 5);
    for (size_t i = 0; i < sizeof both; i++) world_send(o.w, MESSAGE_BODY, 0, o.stream, both + i, 1);
    client_expect(o.w, &o.c,
                  "\x82\x05"
                  "bytes");
    close_all(&o);
}

static void a_lying_worker_costs_its_own_client(void **state) {
    struct opened o = open_socket(NULL);
    struct socket_record head = {SOCKET_BINARY, SOCKET_FIN, 0, UINT32_MAX};
    world_send(o.w, MESSAGE_BODY, 0, o.stream, &head, sizeof head);
    client_expect(o.w, &o.c, "\x88\x02\x03\xf3"); /* 1011 */
    client_expect_closed(o.w, &o.c);
    assert_non_null(o.w->worker);
    close_all(&o);
}

static void silence_is_asked_about_and_then_cut(void **state) {
    struct edge_config config = {.timeouts = {.ping = 60}};
    struct opened o = open_socket(&config);
    client_expect(o.w, &o.c, "\x89");
    o.c.got.len = 0;
    client_send(o.w, &o.c, SPAN("\x8a\x80\0\0\0\0")); /* it lives */
    client_expect(o.w, &o.c, "\x89");
    client_expect_closed(o.w, &o.c); /* it does not answer this one */
    world_hear(o.w, MESSAGE_CANCEL);
    world_done(o.w, o.stream);
    close_all(&o);
}

static void a_close_that_nobody_answers(void **state) {
    struct edge_config config = {.timeouts = {.close = 60}};
    struct opened o = open_socket(&config);
    struct span bytes;
    world_credit(o.w, o.stream, 1 << 16);
    client_send(o.w, &o.c, CLOSE);
    assert_int_equal(hear_record(&o, &bytes).kind, SOCKET_CLOSE);
    client_expect(o.w, &o.c, "\x88\x02\x03\xe8"); /* edge answers for a Worker that does not */
    client_expect_closed(o.w, &o.c);
    close_all(&o);
    o = open_socket(&config);
    send_record(&o, SOCKET_CLOSE, SOCKET_FIN, 4000, SPAN("bye"));
    client_expect(o.w, &o.c,
                  "\x88\x05\x0f\xa0"
                  "bye");
    client_expect_closed(o.w, &o.c); /* and does not wait for a client that does not */
    close_all(&o);
}

static void a_client_that_does_not_read_gets_no_more(void **state) {
    struct opened o = open_socket(NULL);
    static char piece[32 * 1024];
    struct socket_record head = {SOCKET_BINARY, SOCKET_FIN, 0, sizeof piece - sizeof head};
    memcpy(piece, &head, sizeof head);
    uint64_t credit = LIMIT_STREAM_WINDOW_BYTES, sent = 0;
    size_t seen = o.w->heard_count;
    while (credit >= sizeof piece) {
        world_send(o.w, MESSAGE_BODY, 0, o.stream, piece, sizeof piece);
        sent += sizeof piece;
        credit -= sizeof piece;
        if (credit < sizeof piece) world_turn(o.w, 50);
        for (; seen < o.w->heard_count; seen++) {
            const struct heard *h = &o.w->heard[seen];
            uint64_t more;
            if (h->type != MESSAGE_CREDIT) continue;
            memcpy(&more, h->payload.ptr, sizeof more);
            credit += more;
        }
        assert_true(sent < 64u << 20); /* the kernel's buffers, ours, one window */
    }
    close_all(&o);
}

static void who_has_not_asked_gets_none(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    struct client c = client_open(w);
    client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const struct heard *r = world_hear(w, MESSAGE_REQUEST);
    assert_null(heard_field(r, "upgrade").ptr);
    answer_101(w, r->stream, MESSAGE_BODY_STREAM, SPAN_NONE);
    client_expect(w, &c, "HTTP/1.1 500 ");
    client_close(&c);
    c = client_open(w);
    client_send(w, &c, span_of(ask_for_socket));
    r = world_hear(w, MESSAGE_REQUEST);
    uint64_t nowhere = STREAM_FROM_WORKER | 77;
    answer_101(w, r->stream, MESSAGE_BODY_SPLICE, span_make(&nowhere, sizeof nowhere));
    client_expect(w, &c, "HTTP/1.1 500 ");
    client_close(&c);
    world_free(w);
}

/* --- connect() --- */

static void open_out_with(struct world *w, uint64_t stream, uint32_t worker, uint16_t port, const char *host,
                          uint8_t tls) {
    char both[128];
    struct {
        uint32_t worker;
        uint16_t port;
        uint8_t tls, reserved;
    } fixed = {worker, port, tls, 0};
    memcpy(both, &fixed, sizeof fixed);
    memcpy(both + sizeof fixed, host, strlen(host));
    world_send(w, MESSAGE_SOCKET, 0, stream, both, sizeof fixed + strlen(host));
}

static void open_out(struct world *w, uint64_t stream, uint32_t worker, uint16_t port, const char *host) {
    open_out_with(w, stream, worker, port, host, 0);
}

static void say_back(struct world *w, struct stream *conn, struct span bytes) {
    stream_write(conn, &bytes, 1);
    w->origin_got.len = 0;
}

static void bytes_go_out_and_come_back(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    uint64_t stream = STREAM_FROM_WORKER | 1;
    w->origin_script = say_back;
    open_out(w, stream, 1, w->origin_port, "127.0.0.1");
    const struct heard *h = world_hear(w, MESSAGE_SOCKET_OPEN);
    uint16_t port;
    memcpy(&port, h->payload.ptr, sizeof port);
    assert_int_equal(port, w->origin_port);
    world_send(w, MESSAGE_BODY, 0, stream, "there\r\n\r\n", 9);
    world_turn(w, 20);
    assert_false(world_heard(w, MESSAGE_BODY));
    world_credit(w, stream, 1000);
    assert_true(span_eq(world_hear(w, MESSAGE_BODY)->payload, SPAN("there\r\n\r\n")));
    world_send(w, MESSAGE_BODY_END, 0, stream, NULL, 0);
    world_send(w, MESSAGE_CANCEL, 0, stream, NULL, 0);
    world_turn(w, 20);
    world_send(w, MESSAGE_BODY, 0, stream, "late", 4); /* for a stream that is gone: ignored */
    world_turn(w, 20);
    assert_non_null(w->worker);
    world_free(w);
}

/* Both ways are open when its process dies: the end of one body ends the other, and so the whole exchange. */
static void a_worker_that_dies_takes_its_connection_along(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    uint64_t stream = STREAM_FROM_WORKER | 1;
    w->origin_script = say_back;
    open_out(w, stream, 1, w->origin_port, "127.0.0.1");
    world_hear(w, MESSAGE_SOCKET_OPEN);
    world_credit(w, stream, 1000);
    world_turn(w, 20);
    assert_false(list_empty(&w->edge->dials));
    link_close(w->worker);
    w->worker = NULL;
    world_turn(w, 20);
    assert_true(list_empty(&w->edge->dials));
    world_free(w);
}

/* Before the handshake is through nobody has taken the bytes to come: LeakSanitizer looks at the end. */
static void a_handshake_that_fails_leaves_nothing_behind(void **state) {
    struct edge_config config = {.egress = {.ca_file = "/does/not/exist"}};
    struct world *w = world_new(&config, NULL, true);
    open_out_with(w, STREAM_FROM_WORKER | 1, 1, w->origin_port, "127.0.0.1", 1);
    const struct heard *h = world_hear(w, MESSAGE_FETCH_FAILED);
    assert_true(span_ends(h->payload, SPAN("the file of authorities cannot be read")));
    world_turn(w, 20);
    assert_true(list_empty(&w->edge->dials));
    world_free(w);
}

static void addresses_are_judged(void **state) {
    struct edge_config config = {.egress = {.deny_private = true}};
    struct world *w = world_new(&config, NULL, true);
    static const char *const hosts[] = {"127.0.0.1", "[::1]", "localhost", "10.1.2.3", "169.254.169.254"};
    for (uint64_t i = 0; i < 5; i++) {
        open_out(w, STREAM_FROM_WORKER | (i + 1), 1, w->origin_port, hosts[i]);
        const struct heard *h = world_hear(w, MESSAGE_FETCH_FAILED);
        assert_true(span_ends(h->payload, SPAN("this address may not be reached")));
    }
    world_free(w);
}

static void bounded_for_each_account(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    for (uint64_t i = 0; i <= LIMIT_SOCKET_CONNECTIONS; i++)
        open_out(w, STREAM_FROM_WORKER | (i + 1), 1, w->origin_port, "127.0.0.1");
    const struct heard *h = world_hear(w, MESSAGE_FETCH_FAILED);
    assert_true(span_ends(h->payload, SPAN("too many sockets are open")));
    world_free(w);
}

static void it_may_name_its_own_workers_only(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    open_out(w, STREAM_FROM_WORKER | 1, 99, 80, "127.0.0.1");
    for (int i = 0; i < 200 && w->edge->accounts && !w->link_downs; i++) world_turn(w, 5);
    assert_int_equal(w->link_downs, 1);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_become_records_and_back),
        cmocka_unit_test(a_record_may_come_in_any_pieces),
        cmocka_unit_test(a_lying_worker_costs_its_own_client),
        cmocka_unit_test(silence_is_asked_about_and_then_cut),
        cmocka_unit_test(a_close_that_nobody_answers),
        cmocka_unit_test(a_client_that_does_not_read_gets_no_more),
        cmocka_unit_test(who_has_not_asked_gets_none),
        cmocka_unit_test(bytes_go_out_and_come_back),
        cmocka_unit_test(a_worker_that_dies_takes_its_connection_along),
        cmocka_unit_test(a_handshake_that_fails_leaves_nothing_behind),
        cmocka_unit_test(addresses_are_judged),
        cmocka_unit_test(bounded_for_each_account),
        cmocka_unit_test(it_may_name_its_own_workers_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
