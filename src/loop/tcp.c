#include "loop/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/inside.h"

enum { BACKLOG = 4096 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Addresses. */

static bool is_any(struct span host) { return host.len == 0 || span_eq(host, SPAN("*")); }

static bool parse_address(struct span host, uint16_t port, union address *ret) {
    char text[INET6_ADDRSTRLEN + 1];
    if (is_any(host)) host = SPAN("::");
    if (span_eq(host, SPAN("localhost"))) host = SPAN("127.0.0.1");
    if (span_starts(host, SPAN("[")) && span_ends(host, SPAN("]")))
        host = span_first(span_from(host, 1), host.len - 2);
    if (host.len >= sizeof text || memchr(host.ptr, 0, host.len)) return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = 0;
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) != 1) return false;
    ret->v6.sin6_family = AF_INET6;
    ret->v6.sin6_port = htons(port);
    return true;
}

static socklen_t address_len(const union address *a) {
    return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static void show_address(const union address *a, struct tcp_address *ret) {
    struct in6_addr v6 = a->v6.sin6_addr;
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->v4.sin_addr, ret->host, sizeof ret->host);
        ret->port = ntohs(a->v4.sin_port);
        return;
    }
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        inet_ntop(AF_INET, (const char *)&v6 + 12, ret->host, sizeof ret->host);
    } else {
        inet_ntop(AF_INET6, &v6, ret->host, sizeof ret->host);
    }
    ret->port = ntohs(a->v6.sin6_port);
}

static enum err not_an_address(struct span host, struct problem *p) {
    return problem(p, ERR_INVALID,
                   "\"%.*s\" is not an IP address: use one such as 127.0.0.1, ::1, localhost or *",
                   SPAN_FMT(host));
}

/* Binding. */

static void set_option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof value);
}

static int bound_socket(const union address *a, const struct tcp_bind_options *o) {
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (o && o->reuse_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    bool any_v6 = a->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
    if (a->any.sa_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !any_v6);
    if (bind(fd, &a->any, address_len(a)) == 0 && listen(fd, o && o->backlog ? o->backlog : BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static enum err bind_failed(struct span host, uint16_t port, int number, struct problem *p) {
    const char *where = is_any(host) ? "*" : "";
    int len = is_any(host) ? 0 : (int)host.len;
    switch (number) {
    case EADDRINUSE:
        return problem(
            p, ERR_IN_USE,
            "cannot listen on %s%.*s port %u: another program uses it; stop that program or choose "
            "another port",
            where, len, host.ptr, port);
    case EACCES:
    case EPERM:
        return problem(p, ERR_PERMISSION,
                       "cannot listen on %s%.*s port %u: permission denied; ports below 1024 need privileges",
                       where, len, host.ptr, port);
    case EADDRNOTAVAIL:
        return problem(p, ERR_INVALID, "cannot listen on %s%.*s port %u: this machine has no such address",
                       where, len, host.ptr, port);
    default:
        return problem(p, err_from_errno(number), "cannot listen on %s%.*s port %u: %s", where, len, host.ptr,
                       port, uv_strerror(-number));
    }
}

enum err tcp_bind(struct span host, uint16_t port, const struct tcp_bind_options *options, int *ret_fd,
                  struct problem *p) {
    union address a;
    if (!parse_address(host, port, &a)) return not_an_address(host, p);
    int fd = bound_socket(&a, options);
    if (fd < 0 && is_any(host) && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        check(parse_address(SPAN("0.0.0.0"), port, &a));
        fd = bound_socket(&a, options);
    }
    if (fd < 0) return bind_failed(host, port, errno, p);
    *ret_fd = fd;
    return ERR_OK;
}

uint16_t tcp_bound_port(int fd) {
    union address a = {0};
    socklen_t len = sizeof a;
    if (getsockname(fd, &a.any, &len) != 0) return 0;
    if (a.any.sa_family == AF_INET) return ntohs(a.v4.sin_port);
    return a.any.sa_family == AF_INET6 ? ntohs(a.v6.sin6_port) : 0;
}

/* Accepting. */

struct tcp_listener {
    uv_tcp_t tcp;
    struct loop *loop;
    int fd;
    void (*on_accept)(void *arg, struct stream *conn);
    void *arg;
    struct deferred resumed;
    bool paused, held; /* held: libuv keeps one accepted connection and accepts no more until we take it */
};

static void accept_one(struct tcp_listener *l) {
    struct stream *s = loop_stream_new(l->loop);
    check(uv_tcp_init(&l->loop->uv, &s->tcp) == 0);
    s->handle.data = s;
    loop_touch(l->loop);
    if (uv_accept((uv_stream_t *)&l->tcp, &s->uv) != 0) {
        stream_close(s);
        return;
    }
    l->on_accept(l->arg, s);
}

static void on_connection(uv_stream_t *uv, int status) {
    struct tcp_listener *l = uv->data;
    if (status != 0) return; /* one connection came to nothing; the listener goes on */
    l->held = l->paused;
    if (!l->held) accept_one(l);
}

static void on_resumed(void *arg) {
    struct tcp_listener *l = arg;
    if (l->paused || !l->held) return;
    l->held = false;
    accept_one(l);
}

static void on_listener_closed(uv_handle_t *h) { mem_free(h->data); }

enum err tcp_listener_open(struct loop *loop, int fd, void (*on_accept)(void *arg, struct stream *conn),
                           void *arg, struct tcp_listener **ret_listener, struct problem *p) {
    struct tcp_listener *l = mem_alloc(sizeof *l);
    check(uv_tcp_init(&loop->uv, &l->tcp) == 0);
    l->tcp.data = l;
    l->loop = loop;
    l->fd = fd;
    l->on_accept = on_accept;
    l->arg = arg;
    deferred_init(&l->resumed, on_resumed, l);
    int listening = 0;
    socklen_t len = sizeof listening;
    int status = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 ? -errno
                 : listening                                                      ? 0
                                                                                  : UV_EINVAL;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* connections inherit it */
    bool owned = status == 0;
    if (status == 0) status = uv_tcp_open(&l->tcp, fd);
    if (status != 0) owned = false;
    if (status == 0) status = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
    if (status != 0) {
        if (!owned && fd >= 0) close(fd);
        uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
        return problem(p, err_from_uv(status), "descriptor %d is not a listening socket: %s", fd,
                       uv_strerror(status));
    }
    *ret_listener = l;
    return ERR_OK;
}

void tcp_listener_pause(struct tcp_listener *l) { l->paused = true; }

void tcp_listener_resume(struct tcp_listener *l) {
    l->paused = false;
    if (l->held) loop_defer(l->loop, &l->resumed);
}

uint16_t tcp_listener_port(const struct tcp_listener *l) { return tcp_bound_port(l->fd); }
int tcp_listener_fd(const struct tcp_listener *l) { return l->fd; }

void tcp_listener_close(struct tcp_listener *l) {
    if (!l || uv_is_closing((uv_handle_t *)&l->tcp)) return;
    deferred_cancel(&l->resumed);
    uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
}

/* Connecting. */

static void on_connected(uv_connect_t *r, int status) { stream_connected(r->data, status); }

enum err tcp_connect(struct loop *loop, struct span host, uint16_t port, struct stream **ret_stream,
                     struct problem *p) {
    union address a;
    if (!parse_address(host, port, &a)) return not_an_address(host, p);
    struct stream *s = loop_stream_new(loop);
    check(uv_tcp_init(&loop->uv, &s->tcp) == 0);
    s->handle.data = s;
    s->connecting = true;
    s->request.connect.data = s;
    int status = uv_tcp_connect(&s->request.connect, &s->tcp, &a.any, on_connected);
    if (status != 0) {
        stream_close(s);
        return problem(p, err_from_uv(status), "cannot connect to %.*s port %u: %s", SPAN_FMT(host), port,
                       uv_strerror(status));
    }
    uv_tcp_nodelay(&s->tcp, 1);
    *ret_stream = s;
    return ERR_OK;
}

/* What TCP knows. */

static int stream_fd(const struct stream *s) {
    uv_os_fd_t fd = -1;
    return uv_fileno(&s->handle, &fd) == 0 ? fd : -1;
}

bool tcp_peer(const struct stream *s, struct tcp_address *ret_address) {
    union address a = {0};
    socklen_t len = sizeof a;
    if (getpeername(stream_fd(s), &a.any, &len) != 0) return false;
    show_address(&a, ret_address);
    return true;
}

bool tcp_local(const struct stream *s, struct tcp_address *ret_address) {
    union address a = {0};
    socklen_t len = sizeof a;
    if (getsockname(stream_fd(s), &a.any, &len) != 0) return false;
    show_address(&a, ret_address);
    return true;
}

uint32_t tcp_rtt_us(const struct stream *s) {
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    return getsockopt(stream_fd(s), IPPROTO_TCP, TCP_INFO, &info, &len) == 0 ? info.tcpi_rtt : 0;
}

void tcp_set_nodelay(struct stream *s, bool on) { set_option(stream_fd(s), IPPROTO_TCP, TCP_NODELAY, on); }

void tcp_set_keepalive(struct stream *s, unsigned idle_s) { uv_tcp_keepalive(&s->tcp, idle_s != 0, idle_s); }

void tcp_set_reset_on_close(struct stream *s) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(stream_fd(s), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}
