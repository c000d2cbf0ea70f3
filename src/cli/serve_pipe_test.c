/* Messages between the parent and its children. It could pass wrongly if descriptors were counted but were others: what is read
 * through each is compared, and at the end the process has as many open as at the start. */
#include "loop/testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/serve_messages.h"

enum { MANY = 3000 };

struct side {
    struct loop *loop;
    struct serve_pipe *pipe;
    uint32_t expected, stop_after;
    unsigned down, fds;
    bool close_inside;
    struct serve_message last;
    struct buf text;
};

static unsigned open_descriptors(void) {
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;
    while (readdir(dir)) count++;
    closedir(dir);
    return count;
}

/* Each descriptor is the reading end of a pipe that holds the message's number. */
static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct side *s = arg;
    assert_int_equal(m->number, s->expected++);
    s->last = *m;
    s->text.len = 0;
    buf_add(&s->text, m->text);
    for (size_t i = 0; i < fd_count; i++) {
        uint32_t number = 0;
        assert_int_equal(read(fds[i], &number, sizeof number), sizeof number);
        assert_int_equal(number, m->number);
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        close(fds[i]);
        s->fds++;
    }
    if (s->close_inside) {
        serve_pipe_close(s->pipe);
        s->pipe = NULL;
    }
    if (s->expected == s->stop_after) loop_stop(s->loop);
}

static void on_down(void *arg) {
    struct side *s = arg;
    s->down++;
    loop_stop(s->loop);
}

static void open_both(struct loop *loop, struct side *a, struct side *b) {
    int fds[2];
    *a = *b = (struct side){.loop = loop, .stop_after = UINT32_MAX};
    assert_int_equal(fdpass_socketpair(fds), ERR_OK);
    assert_int_equal(serve_pipe_open(loop, fds[0], on_message, on_down, a, &a->pipe), ERR_OK);
    assert_int_equal(serve_pipe_open(loop, fds[1], on_message, on_down, b, &b->pipe), ERR_OK);
}

static void close_both(struct side *a, struct side *b) {
    serve_pipe_close(a->pipe);
    serve_pipe_close(b->pipe);
    buf_free(&a->text);
    buf_free(&b->text);
}

static void send_number(struct side *s, uint32_t number, bool with_fd) {
    struct serve_message m = {.type = SERVE_LINK, .number = number, .text = SPAN("text")};
    int fds[2];
    if (!with_fd) {
        serve_pipe_send(s->pipe, &m, NULL, 0);
        return;
    }
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], &number, sizeof number), sizeof number);
    close(fds[1]);
    serve_pipe_send(s->pipe, &m, fds, 1);
    close(fds[0]); /* the caller may, at once */
}

static void fields_and_text_arrive(void **state) {
    struct loop *loop = loop_new();
    struct side a, b;
    char text[FDPASS_BYTES * 2];
    memset(text, 'x', sizeof text);
    open_both(loop, &a, &b);
    b.stop_after = 2;
    struct serve_message m = {.type = SERVE_FAILED, .lane = 7, .err = ERR_WORKER_START, .text = SPAN("why")};
    serve_pipe_send(a.pipe, &m, NULL, 0);
    m.number = 1, m.text = span_make(text, sizeof text), m.err = 9999;
    serve_pipe_send(a.pipe, &m, NULL, 0);
    assert_int_equal(b.expected, 0); /* not from inside the call */
    test_run(loop);
    assert_true(b.last.type == SERVE_FAILED && b.last.lane == 7);
    assert_int_equal(b.last.err, ERR_INTERNAL);                  /* a number that is no error is one */
    assert_true(b.text.len > 4000 && b.text.len < FDPASS_BYTES); /* cut to what a message holds */
    close_both(&a, &b);
    loop_free(loop);
}

static void many_wait_in_order_with_their_descriptors(void **state) {
    unsigned before = open_descriptors();
    struct loop *loop = loop_new();
    struct side a, b;
    open_both(loop, &a, &b);
    b.stop_after = MANY;
    assert_true(MANY > 4 * FDPASS_QUEUE);
    for (uint32_t i = 0; i < MANY; i++) send_number(&a, i, i % 20 == 0);
    test_run(loop);
    assert_int_equal(b.expected, MANY);
    assert_int_equal(b.fds, MANY / 20);
    assert_int_equal(a.down + b.down, 0);
    close_both(&a, &b);
    loop_free(loop);
    assert_int_equal(open_descriptors(), before);
}

static void closed_while_messages_wait(void **state) {
    unsigned before = open_descriptors();
    struct loop *loop = loop_new();
    struct side a, b;
    open_both(loop, &a, &b);
    for (uint32_t i = 0; i < MANY; i++) send_number(&a, i, i % 20 == 0);
    serve_pipe_close(a.pipe);
    a.pipe = NULL;
    test_run(loop); /* until b hears of the end */
    assert_int_equal(b.down, 1);
    assert_true(b.expected > 0 && b.expected < MANY);
    send_number(&b, 0, true); /* to nobody: nothing happens, nothing leaks */
    close_both(&a, &b);
    serve_pipe_close(NULL);
    loop_free(loop);
    assert_int_equal(open_descriptors(), before);
}

static void the_receiver_goes_while_messages_wait(void **state) {
    unsigned before = open_descriptors();
    struct loop *loop = loop_new();
    struct side a, b;
    open_both(loop, &a, &b);
    for (uint32_t i = 0; i < MANY; i++) send_number(&a, i, i % 20 == 0);
    b.close_inside = true; /* in the callback of the first message */
    test_run(loop);
    assert_int_equal(b.expected, 1);
    assert_int_equal(a.down, 1);
    assert_int_equal(b.down, 0);
    close_both(&a, &b);
    loop_free(loop);
    assert_int_equal(open_descriptors(), before);
}

static void what_is_too_short_is_no_message(void **state) {
    unsigned before = open_descriptors();
    struct loop *loop = loop_new();
    struct side b = {.loop = loop, .stop_after = 1};
    int fds[2];
    struct fdpass *raw;
    static const struct fdpass_events nothing = {0};
    assert_int_equal(fdpass_socketpair(fds), ERR_OK);
    assert_int_equal(fdpass_open(loop, fds[0], &nothing, NULL, &raw), ERR_OK);
    assert_int_equal(serve_pipe_open(loop, fds[1], on_message, on_down, &b, &b.pipe), ERR_OK);
    int passed = open("/dev/null", O_RDONLY);
    assert_int_equal(fdpass_send(raw, SPAN("short"), &passed, 1), ERR_OK);
    close(passed);
    uint32_t head[5] = {SERVE_UP, 0, 0, 0, 0};
    assert_int_equal(fdpass_send(raw, span_make(head, sizeof head), NULL, 0), ERR_OK);
    test_run(loop);
    fdpass_close(raw);
    serve_pipe_close(b.pipe);
    buf_free(&b.text);
    loop_free(loop);
    assert_int_equal(open_descriptors(), before); /* its descriptor was closed */
}

static void what_is_no_pipe_is_refused(void **state) {
    struct loop *loop = loop_new();
    struct serve_pipe *pipe = NULL;
    assert_int_equal(serve_pipe_open(loop, open("/dev/null", O_RDWR), on_message, on_down, NULL, &pipe),
                     ERR_INVALID);
    assert_null(pipe);
    loop_free(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_text_arrive),
        cmocka_unit_test(many_wait_in_order_with_their_descriptors),
        cmocka_unit_test(closed_while_messages_wait),
        cmocka_unit_test(the_receiver_goes_while_messages_wait),
        cmocka_unit_test(what_is_too_short_is_no_message),
        cmocka_unit_test(what_is_no_pipe_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
