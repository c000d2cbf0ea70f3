/* tcp: listening, accepting and connecting on loopback. It could pass wrongly if connections that never came were not missed:
 * they are counted on both sides. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "loop/tcp.h"
#include "loop/testing.h"
#include "loop/thread.h"

/* An echo server that counts; it closes its side when the client has finished. */

struct server {
    struct loop *loop;
    struct tcp_listener *listener;
    int accepted, closed, wrong_peers;
    bool linger_at_once;
};
struct peer {
    struct server *server;
    struct stream *s;
};

static void peer_read(void *arg, struct span bytes) { stream_write(((struct peer *)arg)->s, &bytes, 1); }
static void peer_end(void *arg, enum err why) { stream_close(((struct peer *)arg)->s); }
static void peer_closed(void *arg) {
    ((struct peer *)arg)->server->closed++;
    free(arg);
}
static const struct stream_events peer_events = {
    .on_read = peer_read, .on_end = peer_end, .on_closed = peer_closed};

static void on_accept(void *arg, struct stream *s) {
    struct server *server = arg;
    struct peer *p = malloc(sizeof *p);
    *p = (struct peer){server, s};
    server->accepted++;
    stream_start(s, &peer_events, p);
    struct tcp_address from;
    server->wrong_peers += !tcp_peer(s, &from) || strcmp(from.host, "127.0.0.1") != 0;
    if (!server->linger_at_once) return;
    static char refusal[300000]; /* more than socket buffers take at once */
    struct span part = span_make(refusal, sizeof refusal);
    stream_write(s, &part, 1);
    stream_close_lingering(s);
}

static void open_server(struct server *server, struct loop *loop) {
    int fd = -1;
    struct problem p;
    *server = (struct server){.loop = loop};
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, NULL, &fd, &p), ERR_OK);
    assert_int_equal(tcp_listener_open(loop, fd, on_accept, server, &server->listener, &p), ERR_OK);
    assert_true(tcp_listener_port(server->listener) != 0);
}

/* A client that sends a text, expects it back, and closes. */

struct client {
    struct stream *s;
    struct buf got;
    size_t received;
    struct clients *all;
    int opened;
};
struct clients {
    struct loop *loop;
    struct server *server;
    int left_to_start, done, wanted;
    enum err last_end;
};

static void start_client(struct clients *all);
static const struct span question = SPAN("a question");

static void client_open(void *arg) { ((struct client *)arg)->opened++; }
static void client_read(void *arg, struct span bytes) {
    struct client *c = arg;
    buf_add(&c->got, bytes);
    if (c->got.len == question.len) stream_close(c->s);
}
static void client_end(void *arg, enum err why) {
    struct client *c = arg;
    c->all->last_end = why;
    stream_close(c->s);
}
static void client_closed(void *arg) {
    struct client *c = arg;
    check(c->opened == 1 && span_eq(buf_span(&c->got), question));
    buf_free(&c->got);
    struct clients *all = c->all;
    free(c);
    if (++all->done == all->wanted) loop_stop(all->loop);
    start_client(all);
}
static const struct stream_events client_events = {
    .on_open = client_open, .on_read = client_read, .on_end = client_end, .on_closed = client_closed};

static void start_client(struct clients *all) {
    if (all->left_to_start-- <= 0) return;
    struct client *c = calloc(1, sizeof *c);
    c->all = all;
    check(tcp_connect(all->loop, SPAN("127.0.0.1"), tcp_listener_port(all->server->listener), &c->s, NULL) ==
          ERR_OK);
    stream_start(c->s, &client_events, c);
    stream_write(c->s, &question, 1); /* before the connection is established */
}

static void thousands_of_short_connections(void **state) {
    struct loop *loop = loop_new();
    struct server server;
    open_server(&server, loop);
    struct clients all = {.loop = loop, .server = &server, .left_to_start = 5000, .wanted = 5000};
    for (int i = 0; i < 50; i++) start_client(&all);
    test_run(loop);
    while (server.closed < 5000) loop_turn(loop, true);
    assert_int_equal(server.accepted, 5000);
    assert_int_equal(server.wrong_peers, 0);
    tcp_listener_close(server.listener);
    loop_free(loop);
}

static void a_port_in_use_is_named(void **state) {
    int fd = -1, other = -1;
    struct problem p = {0};
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, NULL, &fd, &p), ERR_OK);
    uint16_t port = tcp_bound_port(fd);
    char text[16];
    snprintf(text, sizeof text, "port %u:", port);
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), port, NULL, &other, &p), ERR_IN_USE);
    assert_int_equal(other, -1);
    assert_non_null(strstr(p.text, text));
    assert_non_null(strstr(p.text, "127.0.0.1"));
    close(fd);
    assert_int_equal(tcp_bind(SPAN("example.com"), port, NULL, &other, &p), ERR_INVALID);
    assert_non_null(strstr(p.text, "example.com"));
    assert_int_equal(tcp_bind(SPAN("192.0.2.1"), port, NULL, &other, &p), ERR_INVALID);
    assert_int_equal(tcp_bound_port(-1), 0);
}

static void addresses_of_all_kinds_are_bound(void **state) {
    const struct span hosts[] = {SPAN(""), SPAN("*"), SPAN("localhost"), SPAN("0.0.0.0")};
    for (size_t i = 0; i < 4; i++) {
        int fd = -1;
        assert_int_equal(tcp_bind(hosts[i], 0, NULL, &fd, NULL), ERR_OK);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        close(fd);
    }
    int fd = -1, second = -1;
    struct tcp_bind_options shared = {.reuse_port = true};
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, &shared, &fd, NULL), ERR_OK);
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), tcp_bound_port(fd), &shared, &second, NULL), ERR_OK);
    close(fd);
    close(second);
    if (tcp_bind(SPAN("::1"), 0, NULL, &fd, NULL) == ERR_OK) close(fd); /* not every machine has it */
    if (tcp_bind(SPAN("[::1]"), 0, NULL, &fd, NULL) == ERR_OK) close(fd);
}

static void only_listening_sockets_are_adopted(void **state) {
    struct loop *loop = loop_new();
    struct tcp_listener *l = NULL;
    struct problem p;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(tcp_listener_open(loop, fd, on_accept, NULL, &l, &p), ERR_INVALID);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed */
    assert_int_equal(tcp_listener_open(loop, -1, on_accept, NULL, &l, &p), ERR_IO);
    assert_null(l);
    loop_free(loop);
}

struct refused {
    struct loop *loop;
    struct stream *s;
    int opened, ended;
    enum err why;
};
static void refused_open(void *arg) { ((struct refused *)arg)->opened++; }
static void refused_end(void *arg, enum err why) {
    struct refused *r = arg;
    r->ended++;
    r->why = why;
    stream_close(r->s);
    loop_stop(r->loop);
}

static void a_refused_connection_says_so(void **state) {
    static const struct stream_events events = {.on_open = refused_open, .on_end = refused_end};
    struct loop *loop = loop_new();
    struct refused r = {.loop = loop};
    int fd;
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, NULL, &fd, NULL), ERR_OK);
    uint16_t port = tcp_bound_port(fd);
    close(fd);
    assert_int_equal(tcp_connect(loop, SPAN("127.0.0.1"), port, &r.s, NULL), ERR_OK);
    stream_start(r.s, &events, &r);
    assert_int_equal(r.ended, 0);
    test_run(loop);
    assert_int_equal(r.ended, 1);
    assert_int_equal(r.opened, 0);
    assert_int_equal(r.why, ERR_REFUSED);
    assert_int_equal(tcp_connect(loop, SPAN("name"), port, &r.s, NULL), ERR_INVALID);
    loop_free(loop);
}

/* A blocking client: what a real one sees. */
static int blocking_connect(uint16_t port) {
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

struct lingering {
    uint16_t port;
    struct loop *loop;
    size_t got;
    ssize_t last;
};
static void lingering_client(void *arg) {
    struct lingering *l = arg;
    static char junk[200000], in[4096];
    int fd = blocking_connect(l->port);
    ssize_t sent = send(fd, junk, sizeof junk, MSG_NOSIGNAL); /* never wanted by the server */
    usleep(50000);
    while ((l->last = recv(fd, in, sizeof in, 0)) > 0) l->got += (size_t)l->last;
    if (sent < 0) l->last = -1;
    close(fd);
    loop_stop_from_any_thread(l->loop);
}

static void a_refusal_reaches_who_is_still_sending(void **state) {
    struct loop *loop = loop_new();
    struct server server;
    open_server(&server, loop);
    server.linger_at_once = true;
    struct lingering l = {.port = tcp_listener_port(server.listener), .loop = loop};
    struct thread *t;
    assert_int_equal(thread_start("client", 0, lingering_client, &l, &t), ERR_OK);
    test_run(loop);
    thread_join(t);
    assert_int_equal(l.got, 300000);
    assert_int_equal(l.last, 0); /* FIN, no reset */
    while (server.closed < 1) loop_turn(loop, true);
    tcp_listener_close(server.listener);
    loop_free(loop);
}

static void lingering_ends_by_itself(void **state) {
    struct loop *loop = loop_new();
    struct server server;
    open_server(&server, loop);
    server.linger_at_once = true;
    struct stream *s;
    assert_int_equal(tcp_connect(loop, SPAN("127.0.0.1"), tcp_listener_port(server.listener), &s, NULL),
                     ERR_OK);
    stream_start(s, &(struct stream_events){0}, NULL); /* reads, never closes */
    uint64_t begin = loop_now_ms(loop);
    while (server.closed < 1) loop_turn(loop, true);
    assert_in_range(loop_now_ms(loop) - begin, LIMIT_LINGER_MS - 100, LIMIT_LINGER_MS * 2);
    stream_close(s);
    tcp_listener_close(server.listener);
    loop_free(loop);
}

static void a_paused_listener_lets_newcomers_wait(void **state) {
    struct loop *loop = loop_new();
    struct server server;
    open_server(&server, loop);
    tcp_listener_pause(server.listener);
    struct clients all = {.loop = loop, .server = &server, .left_to_start = 10, .wanted = 10};
    for (int i = 0; i < 10; i++) start_client(&all);
    assert_false(test_run_for(loop, 100));
    assert_int_equal(server.accepted, 0);
    tcp_listener_resume(server.listener);
    test_run(loop);
    assert_int_equal(server.accepted, 10);
    tcp_listener_pause(server.listener);
    all.left_to_start = 1;
    tcp_listener_close(server.listener);
    while (server.closed < 10) loop_turn(loop, true);
    loop_free(loop);
}

/* Two loops in two threads over one descriptor. */

struct second {
    struct loop *loop;
    struct server server;
};
static void second_main(void *arg) { loop_run(((struct second *)arg)->loop); }

static void two_loops_share_a_listening_socket(void **state) {
    struct loop *loop = loop_new();
    struct server server;
    open_server(&server, loop);
    struct second second = {.loop = loop_new()};
    second.server.loop = second.loop;
    int copy = fcntl(tcp_listener_fd(server.listener), F_DUPFD_CLOEXEC, 3);
    assert_int_equal(
        tcp_listener_open(second.loop, copy, on_accept, &second.server, &second.server.listener, NULL),
        ERR_OK);
    struct thread *t;
    assert_int_equal(thread_start("second", 0, second_main, &second, &t), ERR_OK);
    struct clients all = {.loop = loop, .server = &server, .left_to_start = 2000, .wanted = 2000};
    for (int i = 0; i < 20; i++) start_client(&all);
    test_run(loop);
    loop_stop_from_any_thread(second.loop);
    thread_join(t);
    assert_int_equal(server.accepted + second.server.accepted, 2000);
    tcp_listener_close(server.listener);
    tcp_listener_close(second.server.listener);
    while (server.closed < server.accepted) loop_turn(loop, true);
    while (second.server.closed < second.server.accepted) loop_turn(second.loop, true);
    loop_free(loop);
    loop_free(second.loop);
}

static void keep(void *arg, struct stream *s) {
    static const struct stream_events events = {0};
    *(struct stream **)arg = s;
    stream_start(s, &events, NULL);
}

static void what_tcp_knows_and_reset(void **state) {
    static const struct stream_events events = {.on_end = refused_end};
    struct loop *loop = loop_new();
    int fd;
    struct tcp_listener *l;
    struct refused r = {.loop = loop};
    struct stream *kept = NULL;
    assert_int_equal(tcp_bind(SPAN("*"), 0, NULL, &fd, NULL), ERR_OK);
    assert_int_equal(tcp_listener_open(loop, fd, keep, &kept, &l, NULL), ERR_OK);
    assert_int_equal(tcp_connect(loop, SPAN("127.0.0.1"), tcp_listener_port(l), &r.s, NULL), ERR_OK);
    stream_start(r.s, &events, &r);
    while (!kept) loop_turn(loop, true);
    struct tcp_address peer, local;
    assert_true(tcp_peer(kept, &peer) && tcp_local(r.s, &local));
    assert_string_equal(peer.host, "127.0.0.1"); /* not ::ffff:127.0.0.1 */
    assert_int_equal(peer.port, local.port);
    assert_true(tcp_rtt_us(kept) > 0);
    tcp_set_nodelay(kept, true);
    tcp_set_keepalive(kept, 30);
    tcp_set_reset_on_close(kept);
    stream_close(kept);
    test_run(loop);
    assert_int_equal(r.why, err_from_errno(ECONNRESET));
    tcp_listener_close(l);
    loop_free(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_short_connections),
        cmocka_unit_test(a_port_in_use_is_named),
        cmocka_unit_test(addresses_of_all_kinds_are_bound),
        cmocka_unit_test(only_listening_sockets_are_adopted),
        cmocka_unit_test(a_refused_connection_says_so),
        cmocka_unit_test(a_refusal_reaches_who_is_still_sending),
        cmocka_unit_test(lingering_ends_by_itself),
        cmocka_unit_test(a_paused_listener_lets_newcomers_wait),
        cmocka_unit_test(two_loops_share_a_listening_socket),
        cmocka_unit_test(what_tcp_knows_and_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
