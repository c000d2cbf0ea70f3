/* stream, channel, fdpass: over socket pairs. It could pass wrongly if little data were sent, so that the kernel takes all at
 * once: amounts far exceed its buffers, contents are compared, and the memory held is bounded by asserts. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "loop/channel.h"
#include "loop/fdpass.h"
#include "loop/testing.h"

static char pattern(uint64_t at) { return (char)(at * 31 + (at >> 8) * 7 + (at >> 16)); }

struct end {
    struct loop *loop;
    struct stream *s;
    uint64_t received, to_send, sent;
    size_t max_queued;
    int ended, closed, drained;
    enum err why;
    bool close_in_read, close_in_end, wrong;
};

static void end_read(void *arg, struct span bytes) {
    struct end *e = arg;
    for (size_t i = 0; i < bytes.len; i++) e->wrong |= bytes.ptr[i] != pattern(e->received + i);
    e->received += bytes.len;
    if (e->close_in_read) stream_close(e->s);
}

static void end_end(void *arg, enum err why) {
    struct end *e = arg;
    e->ended++;
    e->why = why;
    if (e->close_in_end) stream_close(e->s);
}

static void send_more(struct end *e) {
    char chunk[40000];
    while (e->sent < e->to_send && stream_queued_bytes(e->s) < 100000) {
        size_t n = (size_t)(1 + e->sent % sizeof chunk), left = (size_t)(e->to_send - e->sent);
        if (n > left) n = left;
        for (size_t i = 0; i < n; i++) chunk[i] = pattern(e->sent + i);
        struct span parts[3] = {span_make(chunk, n / 3), SPAN_NONE, span_make(chunk + n / 3, n - n / 3)};
        stream_write(e->s, parts, 3);
        e->sent += n;
        if (stream_queued_bytes(e->s) > e->max_queued) e->max_queued = stream_queued_bytes(e->s);
    }
    if (e->sent == e->to_send) stream_shutdown(e->s);
}

static void end_drain(void *arg) {
    struct end *e = arg;
    e->drained++;
    send_more(e);
}

static void end_closed(void *arg) {
    struct end *e = arg;
    e->closed++;
    e->s = NULL;
}

static const struct stream_events end_events = {
    .on_read = end_read, .on_end = end_end, .on_drain = end_drain, .on_closed = end_closed};

static void open_pair(struct loop *loop, struct end *a, struct end *b) {
    int fds[2];
    assert_int_equal(channel_socketpair(fds), ERR_OK);
    a->loop = b->loop = loop;
    assert_int_equal(channel_open(loop, fds[0], &a->s), ERR_OK);
    assert_int_equal(channel_open(loop, fds[1], &b->s), ERR_OK);
    stream_start(a->s, &end_events, a);
    stream_start(b->s, &end_events, b);
}

static void close_pair(struct loop *loop, struct end *a, struct end *b) {
    stream_close(a->s);
    stream_close(b->s);
    loop_free(loop);
    assert_int_equal(a->closed, 1);
    assert_int_equal(b->closed, 1);
}

static void much_data_both_ways(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.to_send = 30000000}, b = {.to_send = 20000000};
    open_pair(loop, &a, &b);
    send_more(&a);
    send_more(&b);
    while (!a.ended || !b.ended) loop_turn(loop, true);
    assert_int_equal(b.received, a.to_send);
    assert_int_equal(a.received, b.to_send);
    assert_int_equal(stream_received_bytes(a.s), b.to_send);
    assert_int_equal(stream_sent_bytes(a.s), a.to_send);
    assert_false(a.wrong || b.wrong);
    assert_true(a.why == ERR_OK && b.why == ERR_OK);
    assert_true(a.drained > 0 && a.max_queued < 200000);
    close_pair(loop, &a, &b);
}

static void a_slow_reader_slows_the_writer(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.to_send = 10000000}, b = {0};
    open_pair(loop, &a, &b);
    stream_pause(b.s);
    send_more(&a);
    for (int i = 0; i < 50; i++) loop_turn(loop, false);
    assert_int_equal(b.received, 0);
    uint64_t stuck = a.sent;
    assert_true(stuck < a.to_send && a.max_queued < 200000);
    for (int i = 0; i < 10; i++) loop_turn(loop, false);
    assert_int_equal(a.sent, stuck);
    for (int i = 0; !b.ended; i++) { /* stop and go */
        if (i % 2) {
            stream_resume(b.s);
        } else {
            stream_pause(b.s);
        }
        loop_turn(loop, false);
    }
    assert_int_equal(b.received, a.to_send);
    assert_false(b.wrong);
    close_pair(loop, &a, &b);
}

static void who_never_reads_is_cut(void **state) {
    struct loop *loop = loop_new();
    struct end a = {0}, b = {0};
    open_pair(loop, &a, &b);
    stream_pause(b.s);
    static char block[100000];
    struct span part = span_make(block, sizeof block);
    for (int i = 0; i < 200 && stream_writable(a.s); i++) {
        stream_write(a.s, &part, 1);
        assert_true(stream_queued_bytes(a.s) <= LIMIT_STREAM_QUEUE_BYTES + sizeof block);
    }
    assert_int_equal(a.ended, 0); /* not inside the call */
    loop_turn(loop, false);
    assert_int_equal(a.ended, 1);
    assert_int_equal(a.why, ERR_OVERLOAD);
    stream_write(a.s, &part, 1); /* dropped */
    loop_turn(loop, false);
    assert_int_equal(a.ended, 1);
    close_pair(loop, &a, &b);
}

static void writing_to_the_dead_breaks_once(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.close_in_end = true}, b = {0};
    open_pair(loop, &a, &b);
    stream_pause(a.s); /* so that only the write can notice */
    stream_close(b.s);
    loop_turn(loop, false);
    struct span part = SPAN("hello");
    stream_write(a.s, &part, 1);
    assert_int_equal(a.ended, 0);
    while (!a.closed) loop_turn(loop, true);
    assert_int_equal(a.ended, 1);
    assert_true(a.why != ERR_OK);
    close_pair(loop, &a, &b);
}

static void closing_inside_on_read(void **state) {
    struct loop *loop = loop_new();
    struct end a = {.to_send = 5000000}, b = {.close_in_read = true};
    open_pair(loop, &a, &b);
    send_more(&a);
    while (!a.ended) {
        send_more(&a);
        loop_turn(loop, true);
    }
    assert_int_equal(b.closed, 1);
    assert_true(b.received > 0 && b.received <= STREAM_READ_BYTES);
    assert_int_equal(b.ended, 0);
    stream_shutdown(a.s);
    stream_close(a.s);
    stream_close(a.s); /* twice is fine */
    close_pair(loop, &a, &b);
}

/* A packet socket shows how many writes there were. */
static void small_writes_leave_as_one(void **state) {
    struct loop *loop = loop_new();
    int fds[2];
    struct stream *s;
    assert_int_equal(fdpass_socketpair(fds), ERR_OK);
    assert_int_equal(channel_open(loop, fds[0], &s), ERR_OK);
    struct span parts[2] = {SPAN("ab"), SPAN("c")};
    char got[STREAM_CORK_BYTES * 2 + 10];
    for (int i = 0; i < 100; i++) stream_write(s, parts, 2);
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), -1); /* not yet */
    assert_int_equal(stream_queued_bytes(s), 300);
    loop_turn(loop, false);
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 300);
    assert_memory_equal(got, "abcabc", 6);
    stream_write(s, parts, 2);
    struct span large = span_make(got, STREAM_CORK_BYTES);
    stream_write(s, &large, 1); /* together with what was corked, at once */
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), STREAM_CORK_BYTES + 3);
    stream_write(s, parts, 1);
    stream_flush(s);
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 2);
    stream_write_now(s, parts, 2);
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 3);
    stream_write(s, parts, 2);
    stream_close(s); /* still offers it */
    assert_int_equal(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 3);
    close(fds[1]);
    loop_free(loop);
}

struct own_buffer {
    char bytes[7];
    struct buf got;
    int ended;
};
static void own_buffer(void *arg, char **ret_ptr, size_t *ret_cap) {
    *ret_ptr = ((struct own_buffer *)arg)->bytes;
    *ret_cap = sizeof((struct own_buffer *)arg)->bytes;
}
static void own_read(void *arg, struct span bytes) {
    struct own_buffer *o = arg;
    assert_ptr_equal(bytes.ptr, o->bytes);
    buf_add(&o->got, bytes);
}
static void own_end(void *arg, enum err why) { ((struct own_buffer *)arg)->ended++; }

static void reading_into_the_owners_buffer_and_pipes(void **state) {
    static const struct stream_events events = {
        .on_buffer = own_buffer, .on_read = own_read, .on_end = own_end};
    struct loop *loop = loop_new();
    int fds[2];
    struct stream *r, *w;
    struct own_buffer o = {0};
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(channel_open(loop, fds[0], &r), ERR_OK);
    assert_int_equal(channel_open(loop, fds[1], &w), ERR_OK);
    stream_start(r, &events, &o);
    stream_start(w, &(struct stream_events){0}, NULL);
    struct span part = SPAN("a longer text than seven bytes");
    stream_write(w, &part, 1);
    stream_shutdown(w);
    for (int i = 0; i < 10; i++) loop_turn(loop, false);
    stream_close(w);
    while (!o.ended) loop_turn(loop, true);
    assert_true(span_eq(buf_span(&o.got), part));
    buf_free(&o.got);
    stream_close(r);
    FILE *regular = tmpfile();
    assert_int_equal(channel_open(loop, dup(fileno(regular)), &r), ERR_INVALID);
    fclose(regular);
    loop_free(loop);
}

/* Descriptors. */

struct receiver {
    struct loop *loop;
    int messages, fds_seen, down;
    enum err why;
    bool pause;
};

static void got_parcel(void *arg, struct span bytes, const int *fds, size_t fd_count) {
    struct receiver *r = arg;
    int number = 0;
    assert_int_equal(bytes.len, sizeof number);
    memcpy(&number, bytes.ptr, sizeof number);
    assert_int_equal(number, r->messages);
    assert_int_equal(fd_count, number % 3);
    for (size_t i = 0; i < fd_count; i++) {
        char c = 'x';
        assert_int_equal(write(fds[i], &c, 1), 1);
        close(fds[i]);
        r->fds_seen++;
    }
    r->messages++;
}
static void parcel_down(void *arg, enum err why) {
    struct receiver *r = arg;
    r->down++;
    r->why = why;
}

static void descriptors_are_passed_in_order(void **state) {
    static const struct fdpass_events events = {got_parcel, parcel_down};
    struct loop *loop = loop_new();
    struct receiver a = {.loop = loop}, b = {.loop = loop};
    struct fdpass *fa, *fb;
    int pair[2], out[2], sent = 0;
    assert_int_equal(fdpass_socketpair(pair), ERR_OK);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(fdpass_open(loop, pair[0], &events, &a, &fa), ERR_OK);
    assert_int_equal(fdpass_open(loop, pair[1], &events, &b, &fb), ERR_OK);
    enum err e = ERR_OK;
    while (sent < 2000) {
        int fds[2] = {out[1], out[1]};
        e = fdpass_send(fa, span_make(&sent, sizeof sent), fds, (size_t)(sent % 3));
        if (e) break;
        sent++;
    }
    assert_int_equal(e, ERR_OVERLOAD); /* the socket is full, then the queue */
    while (b.messages < sent) loop_turn(loop, true);
    int expected = 0;
    for (int i = 0; i < sent; i++) expected += i % 3;
    assert_int_equal(b.fds_seen, expected);
    fdpass_close(fb);
    while (!a.down) loop_turn(loop, true);
    assert_int_equal(a.why, ERR_CLOSED);
    assert_int_equal(fdpass_send(fa, SPAN("x"), NULL, 0), ERR_CLOSED);
    fdpass_close(fa);
    loop_free(loop);
    close(out[0]);
    close(out[1]);
}

static void an_oversized_parcel_takes_the_pass_down(void **state) {
    static const struct fdpass_events events = {got_parcel, parcel_down};
    struct loop *loop = loop_new();
    struct receiver a = {.loop = loop};
    struct fdpass *f;
    int pair[2];
    static char large[FDPASS_BYTES + 1];
    assert_int_equal(fdpass_socketpair(pair), ERR_OK);
    assert_int_equal(fdpass_open(loop, pair[0], &events, &a, &f), ERR_OK);
    assert_int_equal(send(pair[1], large, sizeof large, 0), sizeof large);
    while (!a.down) loop_turn(loop, true);
    assert_int_equal(a.why, ERR_PROTOCOL);
    fdpass_close(f);
    close(pair[1]);
    assert_int_equal(fdpass_open(loop, -1, &events, &a, &f), ERR_INVALID);
    loop_free(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(much_data_both_ways),
        cmocka_unit_test(a_slow_reader_slows_the_writer),
        cmocka_unit_test(who_never_reads_is_cut),
        cmocka_unit_test(writing_to_the_dead_breaks_once),
        cmocka_unit_test(closing_inside_on_read),
        cmocka_unit_test(small_writes_leave_as_one),
        cmocka_unit_test(reading_into_the_owners_buffer_and_pipes),
        cmocka_unit_test(descriptors_are_passed_in_order),
        cmocka_unit_test(an_oversized_parcel_takes_the_pass_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
