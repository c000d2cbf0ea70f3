#include "loop/stream.h"

#include "loop/inside.h"
#include <errno.h>
#include <sys/socket.h>

enum { LOW_WATER_BYTES = 64 * 1024, PARTS_AT_ONCE = 64 };

static const struct stream_events no_events = {0};
static void on_broken(void *arg);
static void advance(struct stream *s);

struct stream *loop_stream_new(struct loop *loop) {
    struct stream *s = mem_alloc(sizeof *s);
    s->loop = loop;
    s->events = &no_events;
    list_init(&s->flush);
    deferred_init(&s->broken_event, on_broken, s);
    deadline_init(&s->linger);
    s->low_water = LOW_WATER_BYTES;
    s->queue_limit = LIMIT_STREAM_QUEUE_BYTES;
    return s;
}

void *stream_arg(const struct stream *s) { return s->arg; }
struct loop *stream_loop(const struct stream *s) {
    return s->loop;
}

/* Breaking and closing. */

static void drop_cork(struct stream *s) {
    list_remove(&s->flush);
    if (s->cork) loop_cork_give(s->loop, s->cork);
    s->cork = NULL;
    s->cork_len = 0;
}

static void stop_reading(struct stream *s) {
    if (s->reading) uv_read_stop(&s->uv);
    s->reading = false;
}

/* No byte passes any more. The owner is told from the loop, at the end of this iteration. */
static void break_stream(struct stream *s, enum err why) {
    if (s->broken || s->closing) return;
    s->broken = why;
    stop_reading(s);
    drop_cork(s);
    buf_free(&s->queue);
    loop_defer(s->loop, &s->broken_event);
}

static void on_broken(void *arg) {
    struct stream *s = arg;
    if (s->lingering) {
        stream_close(s);
    } else if (s->events->on_end) {
        s->events->on_end(s->arg, s->broken);
    }
}

static void on_handle_closed(uv_handle_t *h) {
    struct stream *s = h->data;
    if (s->events->on_closed) s->events->on_closed(s->arg);
    buf_free(&s->queue);
    buf_free(&s->flight);
    mem_free(s);
}

void stream_close(struct stream *s) {
    if (!s || s->closing) return;
    if (s->cork_len && !s->broken && !s->connecting && !s->flying) {
        uv_buf_t b = uv_buf_init(s->cork, (unsigned)s->cork_len);
        uv_try_write(&s->uv, &b, 1); /* once: whoever must know that it arrives waits, or lingers */
    }
    s->closing = true;
    drop_cork(s);
    deferred_cancel(&s->broken_event);
    deadline_clear(&s->linger);
    uv_close(&s->handle, on_handle_closed);
}

/* Receiving. */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret) {
    struct stream *s = h->data;
    if (s->paused) {
        *ret = uv_buf_init(NULL, 0); /* nothing is read; on_uv_read() hears UV_ENOBUFS */
    } else if (s->events->on_buffer && !s->lingering) {
        char *ptr = NULL;
        size_t cap = 0;
        s->events->on_buffer(s->arg, &ptr, &cap);
        check(ptr != NULL && cap != 0);
        *ret = uv_buf_init(ptr, (unsigned)cap);
    } else {
        *ret = uv_buf_init(s->loop->read_buffer, sizeof s->loop->read_buffer);
    }
}

static void linger_read(struct stream *s, size_t bytes) {
    s->linger_received += bytes;
    if (s->linger_received <= LIMIT_LINGER_BYTES) return;
    s->ended = true; /* enough: as if it had finished */
    stop_reading(s);
    if (s->shut_done) stream_close(s);
}

static void on_peer_finished(struct stream *s) {
    s->ended = true;
    s->reading = false;
    uv_read_stop(&s->uv);
    if (s->lingering) {
        if (s->shut_done) stream_close(s);
    } else if (s->events->on_end) {
        s->events->on_end(s->arg, ERR_OK);
    }
}

static void on_uv_read(uv_stream_t *uv, ssize_t n, const uv_buf_t *b) {
    struct stream *s = uv->data;
    if (n > 0) {
        s->received_bytes += (size_t)n;
        loop_touch(s->loop);
        if (s->lingering) {
            linger_read(s, (size_t)n);
        } else if (s->events->on_read) {
            s->events->on_read(s->arg, span_make(b->base, (size_t)n));
        }
    } else if (n == UV_EOF) {
        on_peer_finished(s);
    } else if (n == UV_ENOBUFS && s->paused) {
        stop_reading(s);
    } else if (n < 0) {
        break_stream(s, err_from_uv((int)n));
    }
}

static void start_reading(struct stream *s) {
    if (s->reading || s->paused || s->ended || s->broken || s->closing || s->connecting || !s->started)
        return;
    int status = uv_read_start(&s->uv, on_alloc, on_uv_read);
    s->reading = status == 0;
    /* The write end of a pipe cannot be read: it never has anything to say. */
    if (status != 0 && status != UV_ENOTCONN) break_stream(s, err_from_uv(status));
}

void stream_start(struct stream *s, const struct stream_events *events, void *arg) {
    check(!s->closing && !s->lingering);
    s->events = events;
    s->arg = arg;
    s->started = true;
    start_reading(s);
}

/* Lazy: reading stops only when bytes really come while paused (on_alloc). */
void stream_pause(struct stream *s) { s->paused = true; }

void stream_resume(struct stream *s) {
    s->paused = false;
    start_reading(s);
}

void stream_connected(struct stream *s, int status) {
    if (s->closing) return;
    s->connecting = false;
    if (status != 0) {
        break_stream(s, err_from_uv(status));
        return;
    }
    start_reading(s);
    advance(s);
    if (s->events->on_open) s->events->on_open(s->arg);
}

/* Sending. Bytes wait in one of: the cork (this iteration's small writes), or the queue behind a flight that
 * libuv writes when the socket is writable. Never in both: while a flight or queue exists, the cork is empty.
 */

size_t stream_queued_bytes(const struct stream *s) {
    return s->cork_len + s->queue.len + (s->flying ? s->uv.write_queue_size : 0);
}

uint64_t stream_sent_bytes(const struct stream *s) {
    return s->handed_bytes - (s->flying ? s->uv.write_queue_size : 0);
}

uint64_t stream_received_bytes(const struct stream *s) { return s->received_bytes; }
void stream_set_low_water(struct stream *s, size_t bytes) { s->low_water = bytes; }
void stream_set_queue_limit(struct stream *s, size_t bytes) { s->queue_limit = bytes; }

bool stream_writable(const struct stream *s) {
    return !s->broken && !s->shut_wanted && !s->closing && !s->lingering;
}

static void on_written(uv_write_t *w, int status) {
    struct stream *s = w->data;
    s->flying = false;
    buf_free(&s->flight);
    if (s->closing || s->broken) return;
    if (status != 0) {
        break_stream(s, err_from_uv(status));
        return;
    }
    loop_touch(s->loop);
    advance(s);
    if (!s->above_low || stream_queued_bytes(s) > s->low_water) return;
    s->above_low = false;
    if (s->events->on_drain && !s->lingering) s->events->on_drain(s->arg);
}

static void fly(struct stream *s) {
    s->flight = s->queue;
    s->queue = BUF_INIT;
    s->flying = true;
    s->request.write.data = s;
    s->handed_bytes += s->flight.len;
    uv_buf_t b = uv_buf_init(s->flight.ptr, (unsigned)s->flight.len);
    int status = uv_write(&s->request.write, &s->uv, &b, 1, on_written);
    if (status == 0) return;
    s->flying = false;
    buf_free(&s->flight);
    break_stream(s, err_from_uv(status));
}

/* Linger: once all is sent, the peer gets a little time to close first. */
static void on_linger_due(void *arg, struct deadline *d) {
    struct stream *s = LIST_ITEM(d, struct stream, linger);
    uint64_t sent = stream_sent_bytes(s);
    s->linger_stalled_ms = sent != s->linger_handed ? 0 : s->linger_stalled_ms + (uint32_t)LIMIT_LINGER_MS;
    s->linger_handed = sent;
    if (s->shut_done || s->linger_stalled_ms >= LIMIT_HTTP_WRITE_IDLE_MS) {
        stream_close(s);
    } else {
        deadline_set(s->loop->linger, d);
    }
}

static void shut_finished(struct stream *s) {
    s->shut_done = true;
    if (!s->lingering) return;
    if (s->ended) {
        stream_close(s);
    } else {
        deadline_set(s->loop->linger, &s->linger);
    }
}

static void on_shut(uv_shutdown_t *r, int status) {
    struct stream *s = r->data;
    if (s->closing || s->broken) return;
    if (status != 0) {
        break_stream(s, err_from_uv(status));
    } else {
        shut_finished(s);
    }
}

/* What comes next when nothing is under way: the queue, then the end. */
static void advance(struct stream *s) {
    if (s->broken || s->closing || s->flying || s->connecting) return;
    if (s->queue.len) {
        fly(s);
    } else if (s->shut_wanted && !s->shut_begun && !s->cork_len) {
        s->shut_begun = true;
        s->shutdown.data = s;
        int status = uv_shutdown(&s->shutdown, &s->uv, on_shut);
        if (status != 0) break_stream(s, err_from_uv(status));
    }
}

/* Queues the parts without their first `skip` bytes. */
static void enqueue(struct stream *s, const struct span *parts, size_t count, size_t skip) {
    for (size_t i = 0; i < count; i++) {
        if (skip >= parts[i].len) {
            skip -= parts[i].len;
            continue;
        }
        buf_add(&s->queue, span_from(parts[i], skip));
        skip = 0;
    }
}

/* As uv_try_write(). send() instead of write() for what is most: one part to a connection. It spares the kernel what it does for
 * files: 3 % of a small write. */
static int try_write(struct stream *s, const uv_buf_t *bufs, size_t count) {
    uv_os_fd_t fd;
    bool idle = s->handle.type == UV_TCP && !uv_stream_get_write_queue_size(&s->uv) && uv_is_writable(&s->uv);
    if (count != 1 || !idle || uv_fileno(&s->handle, &fd) != 0)
        return uv_try_write(&s->uv, bufs, (unsigned)count);
    ssize_t n;
    do n = send(fd, bufs->base, bufs->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n >= 0                                     ? (int)n
           : errno == EWOULDBLOCK || errno == ENOBUFS ? UV_EAGAIN
                                                      : uv_translate_sys_error(errno);
}

/* Tells the kernel now; what it does not take is queued. parts[] are all that waits, in order. */
static void send_now(struct stream *s, const struct span *parts, size_t count) {
    uv_buf_t bufs[PARTS_AT_ONCE + 1];
    for (size_t i = 0; i < count; i++) bufs[i] = uv_buf_init((char *)parts[i].ptr, (unsigned)parts[i].len);
    int n = try_write(s, bufs, count);
    if (n < 0 && n != UV_EAGAIN) {
        break_stream(s, err_from_uv(n));
        return;
    }
    size_t taken = n < 0 ? 0 : (size_t)n;
    s->handed_bytes += taken;
    enqueue(s, parts, count, taken);
    advance(s);
}

void stream_flush_corked(struct stream *s) {
    list_remove(&s->flush);
    if (!s->cork_len) return;
    struct span corked = span_make(s->cork, s->cork_len);
    char *cork = s->cork;
    s->cork = NULL;
    s->cork_len = 0;
    send_now(s, &corked, 1);
    loop_cork_give(s->loop, cork);
}

void stream_flush(struct stream *s) {
    if (!s->closing) stream_flush_corked(s);
}

static void cork(struct stream *s, const struct span *parts, size_t count) {
    if (!s->cork) {
        s->cork = loop_cork_take(s->loop);
        list_push(&s->loop->flushes, &s->flush);
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len) memcpy(s->cork + s->cork_len, parts[i].ptr, parts[i].len);
        s->cork_len += parts[i].len;
    }
}

/* Too much for the cork: what is corked and the parts leave together. */
static void send_with_cork(struct stream *s, const struct span *parts, size_t count) {
    struct span all[PARTS_AT_ONCE + 1];
    size_t n = 0;
    char *corked = s->cork;
    if (s->cork_len) all[n++] = span_make(s->cork, s->cork_len);
    list_remove(&s->flush);
    s->cork = NULL;
    s->cork_len = 0;
    for (size_t i = 0; i < count; i++)
        if (parts[i].len) all[n++] = parts[i];
    send_now(s, all, n);
    if (corked) loop_cork_give(s->loop, corked);
}

static void write_some(struct stream *s, const struct span *parts, size_t count, size_t total, bool now) {
    if (s->flying || s->connecting || s->queue.len) {
        enqueue(s, parts, count, 0);
    } else if (!now && s->cork_len + total <= STREAM_CORK_BYTES) {
        cork(s, parts, count);
    } else {
        send_with_cork(s, parts, count);
    }
}

static void write_all(struct stream *s, const struct span *parts, size_t count, bool now) {
    while (count && stream_writable(s)) {
        size_t n = count < PARTS_AT_ONCE ? count : PARTS_AT_ONCE, total = 0;
        for (size_t i = 0; i < n; i++) total += parts[i].len;
        if (total) write_some(s, parts, n, total, now);
        parts += n;
        count -= n;
    }
    size_t queued = stream_queued_bytes(s);
    if (queued > s->low_water) s->above_low = true;
    if (queued > s->queue_limit) break_stream(s, ERR_OVERLOAD);
}

void stream_write(struct stream *s, const struct span *parts, size_t count) {
    write_all(s, parts, count, false);
}
void stream_write_now(struct stream *s, const struct span *parts, size_t count) {
    write_all(s, parts, count, true);
}

/* Ends. */

void stream_shutdown(struct stream *s) {
    if (!stream_writable(s)) return;
    s->shut_wanted = true;
    stream_flush_corked(s);
    advance(s);
}

void stream_close_lingering(struct stream *s) {
    if (!s || s->closing || s->lingering) return;
    if (s->broken || s->connecting) {
        stream_close(s);
        return;
    }
    stream_shutdown(s);
    if (!s->loop->linger) s->loop->linger = deadline_queue_new(s->loop, LIMIT_LINGER_MS, on_linger_due, NULL);
    s->lingering = true;
    s->started = true;
    s->linger_handed = stream_sent_bytes(s);
    deadline_set(s->loop->linger, &s->linger);
    s->paused = false;
    start_reading(s);
    if (s->shut_done) shut_finished(s);
}
