#include "edge/test_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/clock.h"

static void on_tick(void *arg) {}

/* -- The worker -- */

static void on_message(void *arg, const struct message *m) {
    struct world *w = arg;
    assert_true(w->heard_count < sizeof w->heard / sizeof *w->heard);
    struct heard *h = &w->heard[w->heard_count++];
    *h = (struct heard){m->type, m->flags, m->stream, arena_copy(&w->arena, m->payload), {0}, SPAN_NONE};
    if (m->type == MESSAGE_REQUEST || m->type == MESSAGE_FETCH_HEAD) {
        struct http_field *fields = arena_alloc(&w->arena, 300 * sizeof *fields);
        assert_int_equal(head_read(h->payload, fields, 300, &h->head, &h->rest), ERR_OK);
    }
    if (w->script) w->script(w, h);
}

static void on_down(void *arg, enum err why, const char *reason) {
    struct world *w = arg;
    link_close(w->worker);
    w->worker = NULL;
}

static const struct link_events worker_events = {MESSAGE_TYPES, on_message, NULL, on_down};

void world_link_up(struct world *w) {
    struct link *near;
    link_pair(w->loop, &near, &w->worker);
    link_start(w->worker, &worker_events, w);
    edge_link_up(w->edge, 1, near);
}

void world_send(struct world *w, enum message_type type, uint8_t flags, uint64_t stream, const void *bytes,
                size_t len) {
    struct span part = span_make(bytes, len);
    if (w->worker) link_send(w->worker, (uint8_t)type, flags, stream, &part, 1);
}

void world_send_head(struct world *w, enum message_type type, uint8_t flags, uint64_t stream,
                     const struct head *head, struct span rest) {
    if (!w->worker) return;
    size_t size = head_size(head);
    char *to = head_write(head, link_begin(w->worker, (uint8_t)type, flags, stream, size + rest.len));
    if (rest.len) memcpy(to, rest.ptr, rest.len);
    link_commit(w->worker, size + rest.len);
}

static size_t parse_fields(const char *text, struct http_field *to) {
    size_t n = 0;
    struct span rest = span_of(text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        struct span name = span_cut(&line, ':');
        to[n].name = name;
        to[n].value = span_trim(span_first(line, line.len - (line.len && line.ptr[line.len - 1] == '\r')));
        to[n].id = http_name_of(name);
        n++;
    }
    return n;
}

void world_done(struct world *w, uint64_t stream) {
    uint64_t times[2] = {1000, 2000};
    world_send(w, MESSAGE_DONE, 0, stream, times, sizeof times);
}

void world_credit(struct world *w, uint64_t stream, uint64_t bytes) {
    world_send(w, MESSAGE_CREDIT, 0, stream, &bytes, sizeof bytes);
}

void world_respond(struct world *w, uint64_t stream, int status, const char *fields, struct span body) {
    struct http_field list[32];
    struct head head = {.status = (uint16_t)status, .body_length = body.len, .fields = list};
    head.field_count = parse_fields(fields, list);
    world_send_head(w, MESSAGE_RESPONSE, body.ptr ? MESSAGE_BODY_INLINE : 0, stream, &head, body);
    world_done(w, stream);
}

void world_fetch(struct world *w, uint64_t stream, const char *method, const char *url, const char *fields,
                 uint8_t flags, uint16_t head_flags, struct span rest) {
    struct http_field list[32];
    struct head head = {.worker = 1,
                        .flags = head_flags,
                        .method = span_of(method),
                        .url = span_of(url),
                        .body_length = flags & MESSAGE_BODY_INLINE ? rest.len : HEAD_LENGTH_UNKNOWN,
                        .fields = list};
    head.field_count = parse_fields(fields, list);
    world_send_head(w, MESSAGE_FETCH, flags, stream, &head, rest);
}

struct span heard_field(const struct heard *h, const char *name) {
    for (size_t i = 0; i < h->head.field_count; i++)
        if (span_eq_nocase(h->head.fields[i].name, span_of(name))) return h->head.fields[i].value;
    return SPAN_NONE;
}

/* -- The world -- */

static void prepare(void *arg, struct edge *edge, uint32_t worker) { ((struct world *)arg)->prepares++; }

static void on_link_down(void *arg, struct edge *edge, uint32_t account, enum err why, const char *reason) {
    ((struct world *)arg)->link_downs++;
}

static void on_request(void *arg, const struct edge_request_log *log) {
    struct world *w = arg;
    w->logs++;
    w->last_log = *log;
}

static void set_routes(struct world *w, const char *origin, bool ready) {
    struct routes_builder *b = routes_builder_new();
    const struct routes *r;
    struct routes_worker worker = {.number = 1,
                                   .account = 1,
                                   .name = SPAN("hello"),
                                   .origin = span_of(origin),
                                   .state = ready ? ROUTES_READY : ROUTES_PREPARE,
                                   .version_id = SPAN("0123456789abcdef0123456789abcdef")};
    struct problem p;
    assert_int_equal(routes_add_worker(b, &worker, &p), ERR_OK);
    assert_int_equal(routes_add(b, SPAN("nobody.example/*"), 0, &p), ERR_OK);
    assert_int_equal(routes_add(b, SPAN("own.example/*"), 1, &p), ERR_OK);
    routes_set_default(b, 1);
    assert_int_equal(routes_build(b, &r, &p), ERR_OK);
    edge_set_routes(w->edge, r);
    routes_unref(r);
}

/* -- The origin: gives each whole request head to the script -- */

struct origin_conn {
    struct world *w;
    struct stream *stream;
    struct buf got;
};

static void origin_read(void *arg, struct span bytes) {
    struct origin_conn *c = arg;
    buf_add(&c->got, bytes);
    buf_add(&c->w->origin_got, bytes);
    size_t end = span_find(buf_span(&c->got), SPAN("\r\n\r\n"));
    if (end == c->got.len) return;
    c->got.len = 0;
    if (c->w->origin_script) c->w->origin_script(c->w, c->stream, buf_span(&c->w->origin_got));
}

static void origin_end(void *arg, enum err why) { stream_close(((struct origin_conn *)arg)->stream); }

static void origin_closed(void *arg) {
    struct origin_conn *c = arg;
    buf_free(&c->got);
    mem_free(c);
}

static const struct stream_events origin_events = {
    .on_read = origin_read, .on_end = origin_end, .on_closed = origin_closed};

static void origin_accept(void *arg, struct stream *stream) {
    struct origin_conn *c = NEW(struct origin_conn);
    c->w = arg;
    c->stream = stream;
    stream_start(stream, &origin_events, c);
}

static void open_origin(struct world *w) {
    int fd;
    struct problem p;
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, NULL, &fd, &p), ERR_OK);
    w->origin_port = tcp_bound_port(fd);
    assert_int_equal(tcp_listener_open(w->loop, fd, origin_accept, w, &w->origin, &p), ERR_OK);
}

struct world *world_new(const struct edge_config *config, const char *origin, bool ready) {
    struct world *w = NEW(struct world);
    w->loop = loop_new();
    w->tick = timer_new(w->loop, on_tick, w);
    timer_start(w->tick, 2, 2);
    if (config) w->config = *config;
    w->config.loop = w->loop;
    w->config.colo = "TST";
    w->config.prepare = prepare;
    w->config.on_link_down = on_link_down;
    w->config.on_request = on_request;
    w->config.arg = w;
    w->edge = edge_new(&w->config);
    open_origin(w);
    char own[64];
    if (origin && !*origin) {
        snprintf(own, sizeof own, "http://127.0.0.1:%u", w->origin_port);
        origin = own;
    }
    set_routes(w, origin ? origin : "", ready);
    int fd;
    struct problem p;
    assert_int_equal(tcp_bind(SPAN("127.0.0.1"), 0, NULL, &fd, &p), ERR_OK);
    assert_int_equal(edge_listen(w->edge, fd, &p), ERR_OK);
    if (ready) world_link_up(w);
    return w;
}

void world_free(struct world *w) {
    edge_free(w->edge);
    tcp_listener_close(w->origin);
    timer_free(w->tick);
    for (int i = 0; i < 5; i++) loop_turn(w->loop, false);
    if (w->worker) link_close(w->worker);
    /* Connections to the origin see the end of curl's, then close. */
    for (int i = 0; i < 5; i++) loop_turn(w->loop, false);
    loop_free(w->loop);
    arena_free(&w->arena);
    buf_free(&w->origin_got);
    mem_free(w);
}

void world_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg) {
    uint64_t give_up = clock_monotonic_ns() + 10000000000u;
    while (!done(w, arg)) {
        if (clock_monotonic_ns() > give_up) fail_msg("it did not happen within 10 s");
        loop_turn(w->loop, true);
    }
}

void world_turn(struct world *w, unsigned ms) {
    uint64_t end = clock_monotonic_ns() + ms * 1000000u;
    do loop_turn(w->loop, true);
    while (clock_monotonic_ns() < end);
}

static bool find(struct world *w, enum message_type type, size_t *at) {
    for (size_t i = w->heard_read; i < w->heard_count; i++) {
        if (w->heard[i].type != type) continue;
        *at = i;
        return true;
    }
    return false;
}

bool world_heard(struct world *w, enum message_type type) {
    size_t at;
    return find(w, type, &at);
}

static bool has(struct world *w, void *arg) { return world_heard(w, *(enum message_type *)arg); }

const struct heard *world_hear(struct world *w, enum message_type type) {
    size_t at = 0;
    world_until(w, has, &type);
    find(w, type, &at);
    w->heard_read = at + 1;
    return &w->heard[at];
}

/* -- Clients -- */

struct client client_open(struct world *w) {
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(edge_port(w->edge, 0)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(c.fd, F_SETFL, O_NONBLOCK);
    return c;
}

void client_send(struct world *w, struct client *c, struct span bytes) {
    while (bytes.len) {
        ssize_t n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) return;
        if (n > 0) bytes = span_from(bytes, (size_t)n);
        loop_turn(w->loop, n < 0);
    }
}

void client_read(struct client *c, size_t most) {
    size_t got = 0;
    while (got < most && !c->closed) {
        char *to = buf_reserve(&c->got, 65536);
        size_t want = most - got < 65536 ? most - got : 65536;
        ssize_t n = recv(c->fd, to, want, 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            c->closed = true;
            c->reset = n < 0;
            return;
        }
        buf_added(&c->got, (size_t)n);
        got += (size_t)n;
    }
}

struct expectation {
    struct client *c;
    struct span text;
};

static bool got(struct world *w, void *arg) {
    struct expectation *e = arg;
    client_read(e->c, SIZE_MAX);
    bool found = span_find(buf_span(&e->c->got), e->text) < e->c->got.len;
    if (!found && e->c->closed)
        fail_msg("closed, without \"%.*s\"; got: %.*s", SPAN_FMT(e->text), SPAN_FMT(buf_span(&e->c->got)));
    return found;
}

void client_expect(struct world *w, struct client *c, const char *text) {
    struct expectation e = {c, span_of(text)};
    world_until(w, got, &e);
}

static bool is_closed(struct world *w, void *arg) {
    client_read(arg, SIZE_MAX);
    return ((struct client *)arg)->closed;
}

void client_expect_closed(struct world *w, struct client *c) { world_until(w, is_closed, c); }

void client_close(struct client *c) {
    close(c->fd);
    buf_free(&c->got);
}

struct span ask(struct world *w, const char *request) {
    struct client c = client_open(w);
    client_send(w, &c, span_of(request));
    client_expect_closed(w, &c);
    struct span all = arena_copy(&w->arena, buf_span(&c.got));
    client_close(&c);
    return all;
}
