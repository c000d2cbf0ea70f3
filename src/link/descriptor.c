/* The descriptor transport of link/link.h: messages over a Unix stream socket. Received bytes land in a large buffer
 * of the link's own and are parsed in place; only an incomplete message at its end is moved to the front. */
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "link/inside.h"
#include "loop/channel.h"

enum {
    RX_BYTES = 256 * 1024,
    RX_READ_BYTES = 64 * 1024,
    SLACK_BYTES = 2 * 1024 * 1024,
    KEEP_BYTES = 1024 * 1024
};

void link_fd_flush(void *arg) {
    struct link *l = arg;
    check(!l->building);
    if (!l->out.len) return;
    struct span all = buf_span(&l->out);
    stream_write_now(l->stream, &all, 1);
    l->out.len = 0;
    if (l->out.cap > KEEP_BYTES) buf_free(&l->out);
}

/* Bytes of the message whose beginning waits at rx_from; the header's until it is known. */
static size_t wanted_bytes(const struct link *l) {
    struct frame_header h;
    if (l->rx_to - l->rx_from < sizeof h) return sizeof h;
    memcpy(&h, l->rx + l->rx_from, sizeof h);
    return frame_bytes(h.payload_bytes); /* checked already: a bad header takes the link down */
}

static void move_to_front(struct link *l) {
    size_t len = l->rx_to - l->rx_from;
    if (len && l->rx_from) memmove(l->rx, l->rx + l->rx_from, len);
    l->rx_from = 0;
    l->rx_to = len;
}

static void on_buffer(void *arg, char **ret_ptr, size_t *ret_cap) {
    struct link *l = arg;
    if (!l->rx) l->rx = mem_alloc(l->rx_cap = RX_BYTES);
    size_t wanted = wanted_bytes(l);
    bool fits = l->rx_from + wanted <= l->rx_cap && l->rx_cap - l->rx_to >= RX_READ_BYTES;
    if (l->rx_from == l->rx_to || !fits) move_to_front(l);
    if (wanted + RX_READ_BYTES > l->rx_cap) l->rx = mem_resize(l->rx, l->rx_cap = wanted + RX_READ_BYTES);
    *ret_ptr = l->rx + l->rx_to;
    *ret_cap = l->rx_cap - l->rx_to;
}

static void on_read(void *arg, struct span bytes) {
    struct link *l = arg;
    if (l->down || l->closed) return;
    l->rx_to += bytes.len;
    size_t wanted;
    l->rx_from += link_deliver(l, span_make(l->rx + l->rx_from, l->rx_to - l->rx_from), &wanted);
    if (l->down) stream_pause(l->stream);
}

static void on_end(void *arg, enum err why) {
    struct link *l = arg;
    link_go_down(l, ERR_CLOSED,
                 l->rx_from != l->rx_to ? "the other end died within a message" : "the other end was closed");
}

static const struct stream_events fd_events = {.on_read = on_read, .on_end = on_end, .on_buffer = on_buffer};

void link_fd_start(struct link *l) { stream_start(l->stream, &fd_events, l); }

void link_fd_close(struct link *l) {
    link_fd_flush(l);
    stream_close(l->stream);
}

enum err link_open(struct loop *loop, int fd, struct link **ret_link) {
    struct stream *stream;
    enum err e = channel_open(loop, fd, &stream);
    if (e) return e;
    struct link *l = link_new(loop, link_fd_flush);
    l->stream = stream;
    stream_set_queue_limit(stream, LIMIT_LINK_QUEUE_BYTES + SLACK_BYTES); /* the link notices first */
    *ret_link = l;
    return ERR_OK;
}
