/* link: the same tests over all transports, and across two threads. It could pass wrongly if little were sent
 * or contents not looked at: payloads of random sizes are derived from a counter and compared whole at the other end. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "link/frame.h"
#include "link/link.h"
#include "loop/channel.h"
#include "loop/testing.h"
#include "loop/thread.h"

enum { TYPES = 5, SEQUENCE = 1, ECHO = 2, STOP = 3 };

/* Message number n: its size and bytes. Mostly small, now and then large. */
static size_t size_of_number(uint64_t n) {
    uint64_t x = (n + 1) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    if (n % 1000 == 999) return (size_t)(x % 300000);
    if (n % 20011 == 5) return LIMIT_LINK_MESSAGE_BYTES;
    return (size_t)(x % 200);
}

static void fill(char *to, uint64_t n, size_t len) {
    for (size_t i = 0; i < len; i += 8) {
        uint64_t v = n * 0x2545F4914F6CDD1Du + i;
        memcpy(to + i, &v, len - i < 8 ? len - i : 8);
    }
}

static bool is_filled(struct span s, uint64_t n) {
    for (size_t i = 0; i < s.len; i += 8) {
        uint64_t v = n * 0x2545F4914F6CDD1Du + i;
        if (memcmp(s.ptr + i, &v, s.len - i < 8 ? s.len - i : 8) != 0) return false;
    }
    return true;
}

/* One end under test. */
struct end {
    struct loop *loop;
    struct link *link;
    uint64_t received, sent, batches, wrong;
    int down;
    enum err why;
    const char *reason;
    bool inside, close_in_message, close_in_batch, close_in_down, stop_when_down;
    uint64_t stop_at;
};

static void send_number(struct end *e, uint64_t n, uint8_t type) {
    size_t len = size_of_number(n);
    if (n % 2) {
        char *at = link_begin(e->link, type, (uint8_t)(n & 3), n, len + (len < 1000) * 50);
        check(((uintptr_t)at & 7) == 0);
        fill(at, n, len);
        link_commit(e->link, len);
    } else {
        static _Thread_local char bytes[1024 * 1024 + 8];
        fill(bytes, n, len);
        struct span parts[2] = {span_make(bytes, len / 3), span_make(bytes + len / 3, len - len / 3)};
        link_send(e->link, type, (uint8_t)(n & 3), n, parts, 2);
    }
    e->sent++;
}

static void on_message(void *arg, const struct message *m) {
    struct end *e = arg;
    check(!e->inside);
    e->inside = true;
    e->wrong += m->stream != e->received || m->flags != (uint8_t)(e->received & 3) ||
                m->payload.len != size_of_number(e->received) || ((uintptr_t)m->payload.ptr & 7) != 0 ||
                !is_filled(m->payload, e->received);
    e->received++;
    if (m->type == ECHO) send_number(e, m->stream, SEQUENCE);
    if (e->received == e->stop_at) loop_stop(e->loop);
    e->inside = false;
    if (e->close_in_message) {
        link_close(e->link);
        e->link = NULL;
    }
}

static void on_batch(void *arg) {
    struct end *e = arg;
    e->batches++;
    if (!e->close_in_batch) return;
    link_close(e->link);
    e->link = NULL;
}

static void on_down(void *arg, enum err why, const char *reason) {
    struct end *e = arg;
    e->down++;
    e->why = why;
    e->reason = reason;
    if (e->close_in_down) {
        link_close(e->link);
        e->link = NULL;
    }
    if (e->stop_when_down) loop_stop(e->loop);
}

static const struct link_events events = {TYPES, on_message, on_batch, on_down};

/* All transports. */

static void open_memory(struct loop *loop, struct end *a, struct end *b) {
    a->loop = b->loop = loop;
    link_pair(loop, &a->link, &b->link);
}

static void open_fd(struct loop *loop, struct end *a, struct end *b) {
    int fds[2];
    a->loop = b->loop = loop;
    assert_int_equal(channel_socketpair(fds), ERR_OK);
    assert_int_equal(link_open(loop, fds[0], &a->link), ERR_OK);
    assert_int_equal(link_open(loop, fds[1], &b->link), ERR_OK);
}

static void open_bridge(struct loop *loop, struct end *a, struct end *b) {
    a->loop = b->loop = loop;
    link_bridge(loop, loop, &a->link, &b->link);
}

typedef void open_function(struct loop *loop, struct end *a, struct end *b);
static open_function *const transports[] = {open_memory, open_fd, open_bridge};
static open_function *chosen(void **state) { return transports[(uintptr_t)*state]; }

static void finish(struct loop *loop, struct end *a, struct end *b) {
    link_close(a->link);
    link_close(b->link);
    loop_free(loop);
    assert_int_equal(a->wrong + b->wrong, 0);
}

static void a_million_messages(void **state) {
    enum { MESSAGES = 1000000 };
    struct loop *loop = loop_new();
    struct end a = {0}, b = {0};
    chosen(state)(loop, &a, &b);
    link_start(a.link, &events, &a);
    link_start(b.link, &events, &b);
    size_t most = 0;
    while (b.received < MESSAGES) {
        for (int i = 0; i < 1000 && a.sent < MESSAGES && link_room(a.link); i++)
            send_number(&a, a.sent, SEQUENCE);
        if (link_queued_bytes(a.link) > most) most = link_queued_bytes(a.link);
        loop_turn(loop, false);
    }
    assert_int_equal(b.wrong, 0);
    assert_true(b.batches > 0 && b.batches < b.received / 2);
    assert_true(most < LIMIT_LINK_QUEUE_BYTES / 3);
    assert_int_equal(link_queued_bytes(a.link), 0);
    finish(loop, &a, &b);
}

static void both_ways_at_once(void **state) {
    enum { MESSAGES = 50000 };
    struct loop *loop = loop_new();
    struct end a = {.stop_at = MESSAGES}, b = {0};
    chosen(state)(loop, &a, &b);
    link_start(a.link, &events, &a);
    link_start(b.link, &events, &b);
    for (uint64_t n = 0; n < MESSAGES; n++) {
        send_number(&a, n, ECHO);
        if (n % 97 == 0) loop_turn(loop, false);
    }
    test_run(loop);
    assert_int_equal(b.received, MESSAGES);
    assert_int_equal(a.received, MESSAGES);
    finish(loop, &a, &b);
}

/* Nothing is delivered inside the call, before link_start(), or to who has closed; what was sent before a close is. */
static void beginnings_and_ends(void **state) {
    struct loop *loop = loop_new();
    struct end a = {0}, b = {.stop_when_down = true};
    chosen(state)(loop, &a, &b);
    for (uint64_t n = 0; n < 10; n++) send_number(&a, n, SEQUENCE);
    for (int i = 0; i < 3; i++) loop_turn(loop, false);
    send_number(&a, 10, SEQUENCE);
    link_close(a.link);
    a.link = NULL;
    for (int i = 0; i < 3; i++) loop_turn(loop, false);
    assert_true(link_up(b.link) || b.down == 0);
    assert_int_equal(b.received, 0);
    link_start(b.link, &events, &b);
    assert_int_equal(b.received, 0);
    test_run(loop);
    assert_int_equal(b.received, 11);
    assert_int_equal(b.down, 1);
    assert_int_equal(b.why, ERR_CLOSED);
    assert_false(link_up(b.link) || link_room(b.link));
    send_number(&b, 0, SEQUENCE); /* dropped */
    char *at = link_begin(b.link, 1, 0, 0, 1000);
    memset(at, 1, 1000);
    link_abandon(b.link);
    assert_int_equal(link_queued_bytes(b.link), 0);
    for (int i = 0; i < 3; i++) loop_turn(loop, false);
    assert_int_equal(b.down, 1);
    finish(loop, &a, &b);
}

static void abandoned_messages_leave_no_trace(void **state) {
    struct loop *loop = loop_new();
    struct end a = {0}, b = {.stop_at = 20};
    chosen(state)(loop, &a, &b);
    link_start(b.link, &events, &b);
    link_start(a.link, &events, &a);
    for (uint64_t n = 0; n < 20; n++) {
        memset(link_begin(a.link, 4, 9, 9, 500), 0xff, 500);
        link_abandon(a.link);
        send_number(&a, n, SEQUENCE);
    }
    test_run(loop);
    finish(loop, &a, &b);
}

static void closing_in_every_callback(void **state) {
    for (int which = 0; which < 3; which++) {
        struct loop *loop = loop_new();
        struct end a = {.close_in_down = which == 2, .stop_when_down = true},
                   b = {.close_in_message = which == 0, .close_in_batch = which == 1};
        chosen(state)(loop, &a, &b);
        link_start(a.link, &events, &a);
        link_start(b.link, &events, &b);
        for (uint64_t n = 0; n < 5; n++) send_number(&a, n, ECHO);
        for (int i = 0; i < 3 && which == 2; i++) loop_turn(loop, false);
        if (which == 2) link_close(b.link);
        if (which == 2) b.link = NULL;
        test_run(loop);
        assert_int_equal(b.received, which == 0 ? 1 : 5);
        assert_int_equal(b.down, 0);
        assert_int_equal(a.down, 1);
        assert_int_equal(a.why, ERR_CLOSED);
        finish(loop, &a, &b);
    }
}

static void who_does_not_read_is_cut(void **state) {
    struct loop *loop = loop_new();
    struct end a = {0}, b = {0};
    chosen(state)(loop, &a, &b);
    link_start(a.link, &events, &a); /* b never begins to read */
    static char megabyte[1024 * 1024];
    struct span part = span_make(megabyte, sizeof megabyte);
    int room = 0, sent = 0;
    for (; sent < 100 && link_up(a.link); sent++) {
        room += link_room(a.link);
        link_send(a.link, 1, 0, 0, &part, 1);
        assert_true(link_queued_bytes(a.link) <= LIMIT_LINK_QUEUE_BYTES + 2 * sizeof megabyte);
        if (sent % 10 == 0) loop_turn(loop, false);
    }
    assert_in_range(sent, 63, 67);
    assert_in_range(room, 14, 18);
    assert_int_equal(a.down, 0);
    for (int i = 0; i < 3; i++) loop_turn(loop, false);
    assert_int_equal(a.down, 1);
    assert_int_equal(a.why, ERR_OVERLOAD);
    finish(loop, &a, &b);
}

static void a_link_is_handed_over(void **state) {
    struct loop *loop = loop_new();
    struct end a = {0}, b = {0}, c = {.loop = loop, .received = 3, .stop_at = 6};
    chosen(state)(loop, &a, &b);
    link_start(a.link, &events, &a);
    link_start(b.link, &events, &b);
    for (uint64_t n = 0; n < 3; n++) send_number(&a, n, SEQUENCE);
    while (b.received < 3) loop_turn(loop, false);
    c.link = b.link;
    link_start(b.link, &events, &c);
    assert_ptr_equal(link_arg(b.link), &c);
    for (uint64_t n = 3; n < 6; n++) send_number(&a, n, SEQUENCE);
    test_run(loop);
    assert_int_equal(b.received, 3);
    assert_int_equal(c.wrong, 0);
    finish(loop, &a, &b);
}

static void an_unknown_type_takes_it_down(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.stop_when_down = true, .close_in_down = true}, b = {.stop_when_down = true};
    chosen(state)(loop, &a, &b);
    link_start(a.link, &events, &a);
    link_start(b.link, &events, &b);
    send_number(&a, 0, SEQUENCE);
    send_number(&a, 1, TYPES);
    send_number(&a, 2, SEQUENCE);
    test_run(loop);
    assert_int_equal(b.received, 1); /* what came before counts */
    assert_int_equal(b.why, ERR_PROTOCOL);
    assert_non_null(strstr(b.reason, "type"));
    link_close(b.link);
    b.link = NULL;
    test_run(loop);
    assert_int_equal(a.why, ERR_CLOSED);
    finish(loop, &a, &b);
}

/* Only over a descriptor: bytes no honest peer would send, and messages in small pieces. */

static void raw(void **state, const struct frame_header *h, size_t len, enum err why, const char *reason) {
    struct loop *loop = loop_new();
    struct end a = {.stop_when_down = true}, none = {0};
    int fds[2];
    assert_int_equal(channel_socketpair(fds), ERR_OK);
    assert_int_equal(link_open(loop, fds[0], &a.link), ERR_OK);
    a.loop = loop;
    link_start(a.link, &events, &a);
    assert_int_equal(send(fds[1], h, len, MSG_NOSIGNAL), len);
    if (why == ERR_CLOSED) close(fds[1]);
    test_run(loop);
    assert_int_equal(a.why, why);
    assert_non_null(strstr(a.reason, reason));
    if (why != ERR_CLOSED) close(fds[1]);
    finish(loop, &a, &none);
}

static void malformed_headers_take_it_down(void **state) {
    raw(state, &(struct frame_header){.payload_bytes = (uint32_t)LIMIT_LINK_MESSAGE_BYTES + 1}, 16,
        ERR_PROTOCOL, "larger");
    raw(state, &(struct frame_header){.payload_bytes = UINT32_MAX}, 16, ERR_PROTOCOL, "larger");
    raw(state, &(struct frame_header){.reserved = 1}, 16, ERR_PROTOCOL, "reserved");
    raw(state, &(struct frame_header){.payload_bytes = 100, .type = 1}, 16, ERR_CLOSED, "within a message");
    raw(state, &(struct frame_header){.payload_bytes = 100, .type = 1}, 5, ERR_CLOSED, "within a message");
}

static void messages_in_single_bytes(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.stop_when_down = true}, none = {0};
    int fds[2];
    assert_int_equal(channel_socketpair(fds), ERR_OK);
    assert_int_equal(link_open(loop, fds[0], &a.link), ERR_OK);
    a.loop = loop;
    link_start(a.link, &events, &a);
    for (uint64_t n = 0; n < 20; n++) {
        char bytes[400] = {0};
        size_t len = size_of_number(n) % 200;
        if (n == 5) len = 0; /* that one is large */
        struct frame_header h = {
            .payload_bytes = (uint32_t)len, .type = 1, .flags = (uint8_t)(n & 3), .stream = n};
        memcpy(bytes, &h, sizeof h);
        fill(bytes + sizeof h, n, len);
        for (size_t i = 0; i < frame_bytes(len); i++) {
            assert_int_equal(a.received, n);
            assert_int_equal(send(fds[1], bytes + i, 1, 0), 1);
            loop_turn(loop, false);
        }
        assert_int_equal(a.received, n + 1);
    }
    assert_int_equal(a.wrong, 1); /* the one that was cut to nothing */
    a.wrong = 0;
    close(fds[1]);
    test_run(loop);
    finish(loop, &a, &none);
}

struct other_thread {
    struct end end;
    struct thread *thread;
};
static void other_main(void *arg) {
    struct other_thread *o = arg;
    link_start(o->end.link, &events, &o->end);
    loop_run(o->end.loop);
    link_close(o->end.link);
    loop_turn(o->end.loop, false);
}

static void open_two(struct end *a, struct end *b, bool bridge) {
    int fds[2];
    if (bridge) {
        link_bridge(a->loop, b->loop, &a->link, &b->link);
        return;
    }
    assert_int_equal(channel_socketpair(fds), ERR_OK);
    assert_int_equal(link_open(a->loop, fds[0], &a->link), ERR_OK);
    assert_int_equal(link_open(b->loop, fds[1], &b->link), ERR_OK);
}

static void two_threads_echo(void **state) {
    enum { MESSAGES = 100000 };
    struct loop *loop = loop_new();
    struct other_thread o = {.end = {.loop = loop_new(), .stop_when_down = true}};
    struct end a = {.loop = loop}, none = {0};
    open_two(&a, &o.end, *state != NULL);
    assert_int_equal(thread_start("echo", 0, other_main, &o, &o.thread), ERR_OK);
    link_start(a.link, &events, &a);
    while (a.received < MESSAGES) {
        for (int i = 0; i < 32 && a.sent < MESSAGES && a.sent - a.received < 500; i++)
            send_number(&a, a.sent, ECHO);
        loop_turn(loop, true);
    }
    link_close(a.link);
    a.link = NULL;
    loop_turn(loop, false);
    thread_join(o.thread);
    assert_int_equal(o.end.received, MESSAGES);
    assert_int_equal(o.end.wrong, 0);
    assert_int_equal(o.end.down, 1);
    loop_free(o.end.loop);
    finish(loop, &a, &none);
}

#define ALL(f)                                                                                               \
    {#f " (memory)", f, NULL, NULL, (void *)0}, {#f " (fd)", f, NULL, NULL, (void *)1}, {                    \
#f " (bridge)", f, NULL, NULL, (void *)2                                                             \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        ALL(a_million_messages),
        ALL(both_ways_at_once),
        ALL(beginnings_and_ends),
        ALL(abandoned_messages_leave_no_trace),
        ALL(closing_in_every_callback),
        ALL(who_does_not_read_is_cut),
        ALL(a_link_is_handed_over),
        ALL(an_unknown_type_takes_it_down),
        cmocka_unit_test(malformed_headers_take_it_down),
        cmocka_unit_test(messages_in_single_bytes),
        {"two_threads_echo (fd)", two_threads_echo, NULL, NULL, NULL},
        {"two_threads_echo (bridge)", two_threads_echo, NULL, NULL, (void *)1},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
