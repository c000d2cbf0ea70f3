#include "loop/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/inside.h"

struct parcel { /* waiting to be sent */
    struct list node;
    size_t len, fd_count;
    int fds[FDPASS_FDS]; /* our duplicates */
    char bytes[];
};

struct fdpass {
    uv_poll_t poll;
    int fd;
    struct loop *loop;
    const struct fdpass_events *events;
    void *arg;
    struct list queue;
    size_t queued;
    struct deferred down_event;
    enum err down;
    bool closing;
};

/* Control data of FDPASS_FDS descriptors, aligned as cmsg(3) wants. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FDPASS_FDS * sizeof(int))];
};

static void on_ready(uv_poll_t *poll, int status, int events);

static void want(struct fdpass *f) {
    uv_poll_start(&f->poll, UV_READABLE | (list_empty(&f->queue) ? 0 : UV_WRITABLE), on_ready);
}

static void close_all(const int *fds, size_t count) {
    for (size_t i = 0; i < count; i++) close(fds[i]);
}

static void free_queue(struct fdpass *f) {
    while (!list_empty(&f->queue)) {
        struct parcel *p = LIST_ITEM(list_first(&f->queue), struct parcel, node);
        list_remove(&p->node);
        close_all(p->fds, p->fd_count);
        mem_free(p);
    }
    f->queued = 0;
}

static void go_down(struct fdpass *f, enum err why) {
    if (f->down || f->closing) return;
    f->down = why;
    uv_poll_stop(&f->poll);
    free_queue(f);
    loop_defer(f->loop, &f->down_event);
}

static void on_down_event(void *arg) {
    struct fdpass *f = arg;
    f->events->on_down(f->arg, f->down);
}

/* Sending. */

/* 0, or errno. */
static int send_parcel(int fd, struct span bytes, const int *fds, size_t fd_count) {
    union control control = {0};
    struct iovec iov = {(void *)bytes.ptr, bytes.len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd_count) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
    }
    ssize_t n;
    do n = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
}

static void send_queue(struct fdpass *f) {
    while (!list_empty(&f->queue)) {
        struct parcel *p = LIST_ITEM(list_first(&f->queue), struct parcel, node);
        int number = send_parcel(f->fd, span_make(p->bytes, p->len), p->fds, p->fd_count);
        if (number == EAGAIN) return;
        if (number != 0) {
            go_down(f, ERR_CLOSED);
            return;
        }
        list_remove(&p->node);
        close_all(p->fds, p->fd_count);
        mem_free(p);
        f->queued--;
    }
    want(f);
}

static enum err enqueue(struct fdpass *f, struct span bytes, const int *fds, size_t fd_count) {
    if (f->queued >= FDPASS_QUEUE) return ERR_OVERLOAD;
    struct parcel *p = mem_alloc(sizeof *p + bytes.len);
    for (size_t i = 0; i < fd_count; i++) {
        p->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (p->fds[i] < 0) {
            int number = errno;
            close_all(p->fds, i);
            mem_free(p);
            return err_from_errno(number);
        }
    }
    p->fd_count = fd_count;
    p->len = bytes.len;
    memcpy(p->bytes, bytes.ptr, bytes.len);
    list_push(&f->queue, &p->node);
    f->queued++;
    want(f);
    return ERR_OK;
}

enum err fdpass_send(struct fdpass *f, struct span bytes, const int *fds, size_t fd_count) {
    check(bytes.len >= 1 && bytes.len <= FDPASS_BYTES && fd_count <= FDPASS_FDS);
    if (f->down || f->closing) return ERR_CLOSED;
    if (!list_empty(&f->queue)) return enqueue(f, bytes, fds, fd_count);
    int number = send_parcel(f->fd, bytes, fds, fd_count);
    if (number == 0) return ERR_OK;
    if (number == EAGAIN) return enqueue(f, bytes, fds, fd_count);
    if (number == EBADF || number == ETOOMANYREFS) return err_from_errno(number); /* this message only */
    go_down(f, ERR_CLOSED);
    return ERR_CLOSED;
}

/* Receiving. */

/* The descriptors of a received message; returns how many. */
static size_t received_fds(struct msghdr *m, int fds[FDPASS_FDS]) {
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n && count < FDPASS_FDS; i++)
            memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return count;
}

/* False when there is nothing more to receive now. */
static bool receive_one(struct fdpass *f) {
    char bytes[FDPASS_BYTES];
    union control control;
    int fds[FDPASS_FDS];
    struct iovec iov = {bytes, sizeof bytes};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(f->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n <= 0) {
        go_down(f, ERR_CLOSED);
        return false;
    }
    size_t count = received_fds(&m, fds);
    if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        close_all(fds, count);
        go_down(f, ERR_PROTOCOL);
        return false;
    }
    loop_touch(f->loop);
    f->events->on_message(f->arg, span_make(bytes, (size_t)n), fds, count);
    return !f->closing && !f->down;
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    struct fdpass *f = poll->data;
    if (status != 0) {
        while (receive_one(f)) {
        }
        if (!f->closing) go_down(f, ERR_CLOSED);
        return;
    }
    if (events & UV_WRITABLE) send_queue(f);
    if ((events & UV_READABLE) && !f->down) receive_one(f); /* level-triggered: the rest comes next time */
}

/* Opening and closing. */

enum err fdpass_socketpair(int ret_fds[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) != 0)
        return err_from_errno(errno);
    return ERR_OK;
}

static bool is_seqpacket(int fd) {
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

enum err fdpass_open(struct loop *loop, int fd, const struct fdpass_events *events, void *arg,
                     struct fdpass **ret_pass) {
    struct fdpass *f = mem_alloc(sizeof *f);
    if (!is_seqpacket(fd) || uv_poll_init(&loop->uv, &f->poll, fd) != 0) {
        mem_free(f);
        if (fd >= 0) close(fd);
        return ERR_INVALID;
    }
    f->poll.data = f;
    f->fd = fd;
    f->loop = loop;
    f->events = events;
    f->arg = arg;
    list_init(&f->queue);
    deferred_init(&f->down_event, on_down_event, f);
    want(f);
    *ret_pass = f;
    return ERR_OK;
}

static void on_fdpass_closed(uv_handle_t *h) { mem_free(h->data); }

void fdpass_close(struct fdpass *f) {
    if (!f || f->closing) return;
    f->closing = true;
    deferred_cancel(&f->down_event);
    free_queue(f);
    uv_close((uv_handle_t *)&f->poll, on_fdpass_closed); /* stops polling at once */
    close(f->fd);
}
