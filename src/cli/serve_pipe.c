#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/serve_messages.h"
#include "loop/timer.h"

enum { RETRY_MS = 2, HEAD_WORDS = 5, TEXT_BYTES = FDPASS_BYTES - HEAD_WORDS * 4 };

struct waiting {
    struct list node;
    size_t fd_count;
    int fds[FDPASS_FDS];
    size_t len;
    char bytes[];
};

struct serve_pipe {
    struct fdpass *pass;
    struct list waiting;
    struct timer *retry;
    bool down;
    serve_message_fn *on_message;
    void (*on_down)(void *arg);
    void *arg;
};

static void drop_waiting(struct serve_pipe *pipe, struct waiting *w) {
    list_remove(&w->node);
    for (size_t i = 0; i < w->fd_count; i++) close(w->fds[i]);
    mem_free(w);
}

static void drop_all_waiting(struct serve_pipe *pipe) {
    struct list *node;
    while ((node = list_first(&pipe->waiting))) drop_waiting(pipe, LIST_ITEM(node, struct waiting, node));
}

static void on_bytes(void *arg, struct span bytes, const int *fds, size_t fd_count) {
    struct serve_pipe *pipe = arg;
    uint32_t head[HEAD_WORDS];
    if (bytes.len < sizeof head) {
        for (size_t i = 0; i < fd_count; i++) close(fds[i]);
        return;
    }
    memcpy(head, bytes.ptr, sizeof head);
    struct serve_message m = {head[0], head[1],
                              head[2], head[3] < ERR_COUNT ? head[3] : ERR_INTERNAL,
                              head[4], span_from(bytes, sizeof head)};
    pipe->on_message(pipe->arg, &m, fds, fd_count);
}

static void on_gone(void *arg, enum err why) {
    struct serve_pipe *pipe = arg;
    pipe->down = true;
    drop_all_waiting(pipe);
    if (pipe->on_down) pipe->on_down(pipe->arg);
}

static const struct fdpass_events events = {.on_message = on_bytes, .on_down = on_gone};

static void retry(void *arg) {
    struct serve_pipe *pipe = arg;
    struct list *node;
    while ((node = list_first(&pipe->waiting))) {
        struct waiting *w = LIST_ITEM(node, struct waiting, node);
        enum err e = fdpass_send(pipe->pass, span_make(w->bytes, w->len), w->fds, w->fd_count);
        if (e == ERR_OVERLOAD) {
            timer_start(pipe->retry, RETRY_MS, 0);
            return;
        }
        if (e && e != ERR_CLOSED)
            LOG(LOG_ERROR, "a message between processes is lost", LOG_S("why", span_of(err_sentence(e))));
        drop_waiting(pipe, w);
    }
}

enum err serve_pipe_open(struct loop *loop, int fd, serve_message_fn *on_message, void (*on_down)(void *arg),
                         void *arg, struct serve_pipe **ret) {
    struct serve_pipe *pipe = NEW(struct serve_pipe);
    *pipe = (struct serve_pipe){.on_message = on_message, .on_down = on_down, .arg = arg};
    list_init(&pipe->waiting);
    enum err e = fdpass_open(loop, fd, &events, pipe, &pipe->pass);
    if (e) {
        mem_free(pipe);
        return e;
    }
    pipe->retry = timer_new(loop, retry, pipe);
    *ret = pipe;
    return ERR_OK;
}

void serve_pipe_send(struct serve_pipe *pipe, const struct serve_message *m, const int *fds,
                     size_t fd_count) {
    if (pipe->down) return;
    check(fd_count <= FDPASS_FDS);
    uint32_t head[HEAD_WORDS] = {m->type, m->number, m->lane, m->err, m->ms};
    struct span text = span_first(m->text, TEXT_BYTES);
    struct waiting *w = mem_alloc(sizeof *w + sizeof head + text.len);
    w->fd_count = 0;
    memcpy(w->bytes, head, sizeof head);
    if (text.len) memcpy(w->bytes + sizeof head, text.ptr, text.len);
    w->len = sizeof head + text.len;
    for (size_t i = 0; i < fd_count; i++) {
        w->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (w->fds[i] < 0) {
            LOG(LOG_ERROR, "no descriptor left to pass on", LOG_N("type", m->type));
            drop_waiting(pipe, (list_init(&w->node), w));
            return;
        }
        w->fd_count++;
    }
    list_push(&pipe->waiting, &w->node);
    if (!timer_active(pipe->retry)) retry(pipe);
}

void serve_pipe_hand_over(struct serve_pipe *pipe, serve_message_fn *on_message, void *arg) {
    pipe->on_message = on_message;
    pipe->arg = arg;
}

void serve_pipe_close(struct serve_pipe *pipe) {
    if (!pipe) return;
    drop_all_waiting(pipe);
    timer_free(pipe->retry);
    fdpass_close(pipe->pass);
    mem_free(pipe);
}
