#include "cli/ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/serve_config.h"
#include "http/h1.h"
#include "loop/file.h"

enum { READ_BYTES = 64 * 1024 };

static enum err failed(const struct ask_target *to, struct problem *p) {
    int number = errno;
    return problem(
        p, err_from_errno(number),
        "the admin listener at %.*s does not answer: %s (is `[admin]` in cusp.toml, does `cusp serve` run?)",
        SPAN_FMT(to->address), strerror(number));
}

static enum err connect_local(const struct ask_target *to, struct span path, int *ret_fd, struct problem *p) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (!path.len || path.len >= sizeof a.sun_path)
        return problem(p, ERR_INVALID, "the socket's path is too long");
    memcpy(a.sun_path, path.ptr, path.len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a)) {
        enum err e = failed(to, p);
        if (fd >= 0) close(fd);
        return e;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static enum err connect_tcp(const struct ask_target *to, struct span address, int *ret_fd,
                            struct problem *p) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a = {0};
    struct span host;
    uint16_t port;
    char text[64] = {0};
    if (serve_parse_address(address, &host, &port) || host.len >= sizeof text)
        return problem(p, ERR_INVALID, "--admin %.*s: write http://127.0.0.1:9464 or unix:/path",
                       SPAN_FMT(to->address));
    if (span_eq(host, SPAN("localhost")) || !host.len) host = SPAN("127.0.0.1");
    memcpy(text, host.ptr, host.len);
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1) {
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_port = htons(port);
    } else {
        return problem(p, ERR_INVALID, "--admin %.*s: an IP address is needed, or localhost",
                       SPAN_FMT(to->address));
    }
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = a.any.sa_family == AF_INET ? sizeof a.v4 : sizeof a.v6;
    if (fd < 0 || connect(fd, &a.any, len)) {
        enum err e = failed(to, p);
        if (fd >= 0) close(fd);
        return e;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static enum err send_all(const struct ask_target *to, int fd, struct span bytes, struct problem *p) {
    while (bytes.len) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(to, p);
        bytes = span_from(bytes, (size_t)n);
    }
    return ERR_OK;
}

struct answer {
    struct h1 h1;
    int status;
    bool ended;
    struct buf *body;
};

static enum err feed(struct answer *a, struct span bytes, struct problem *p) {
    while (!a->ended) {
        size_t used = 0;
        enum h1_event event = h1_feed(&a->h1, bytes, &used);
        bytes = span_from(bytes, used);
        if (event == H1_NEED_MORE) return ERR_OK;
        if (event == H1_ERROR)
            return problem(p, ERR_PROTOCOL, "the admin listener's answer: %s", a->h1.sentence);
        if (event == H1_HEAD) a->status = a->h1.head.status;
        if (event == H1_BODY) buf_add(a->body, a->h1.body);
        if (event == H1_END) a->ended = true;
        if (a->body->len > LIMIT_PROFILE_BYTES) return problem(p, ERR_TOO_LARGE, "the answer is too large");
    }
    return ERR_OK;
}

static enum err receive(const struct ask_target *to, int fd, uint64_t timeout_ms, struct answer *a,
                        struct problem *p) {
    char *bytes = mem_alloc(READ_BYTES);
    enum err e = ERR_OK;
    while (!e && !a->ended) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        int ready = poll(&readable, 1, (int)timeout_ms);
        if (ready < 0 && errno == EINTR) {
            e = problem(p, ERR_CANCELLED, "interrupted");
            break;
        }
        if (ready <= 0) {
            e = problem(p, ERR_TIMEOUT, "the admin listener at %.*s is silent", SPAN_FMT(to->address));
            break;
        }
        ssize_t n = read(fd, bytes, READ_BYTES);
        if (n < 0) e = failed(to, p);
        if (n > 0) e = feed(a, span_make(bytes, (size_t)n), p);
        if (n == 0 && h1_eof(&a->h1) != H1_END)
            e = problem(p, ERR_CLOSED, "the admin listener closed the connection");
        if (n == 0) break;
    }
    mem_free(bytes);
    return e;
}

/* The listener's own sentence. */
static enum err not_well(const struct answer *a, struct problem *p) {
    struct span text = span_first(buf_span(a->body), 500), line = span_cut(&text, '\n');
    return problem(p, a->status == 401 ? ERR_PERMISSION : ERR_INVALID, "%.*s", SPAN_FMT(line));
}

enum err ask_admin(const struct ask_target *to, const char *method, struct span target, uint64_t timeout_ms,
                   struct buf *ret_body, struct problem *p) {
    struct span address = to->address, path;
    struct h1_limits limits = h1_limits_default();
    struct buf request = BUF_INIT, body = BUF_INIT;
    int fd;
    bool local = span_starts(address, SPAN("unix:"));
    if (span_starts(address, SPAN("http://"))) address = span_from(address, 7);
    if (span_ends(address, SPAN("/")) && !local) address = span_first(address, address.len - 1);
    path = span_from(address, 5);
    enum err e = local ? connect_local(to, path, &fd, p) : connect_tcp(to, address, &fd, p);
    if (e) return e;
    buf_printf(&request, "%s %.*s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method,
               SPAN_FMT(target));
    if (to->token.len) buf_printf(&request, "Authorization: Bearer %.*s\r\n", SPAN_FMT(to->token));
    buf_lit(&request, "\r\n");
    struct answer a = {.body = &body};
    limits.body_bytes = LIMIT_PROFILE_BYTES;
    h1_init(&a.h1, H1_RESPONSE, &limits);
    e = send_all(to, fd, buf_span(&request), p);
    if (!e) e = receive(to, fd, timeout_ms, &a, p);
    if (!e && a.status != 200) e = not_well(&a, p);
    h1_free(&a.h1);
    close(fd);
    buf_free(&request);
    if (e)
        buf_free(&body);
    else
        *ret_body = body;
    return e;
}

struct span ask_token_of(struct span file) {
    struct span line = span_cut(&file, '\n');
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    return span_trim(line);
}

bool ask_option(int argc, char **argv, int *at, struct ask_target *to, struct buf *ret_token,
                enum err *ret_err, struct problem *p) {
    const char *name = argv[*at];
    bool is_admin = strcmp(name, "--admin") == 0, is_token = strcmp(name, "--token-file") == 0;
    if (!is_admin && !is_token) return false;
    if (*at + 1 >= argc) {
        *ret_err = problem(p, ERR_INVALID, "%s needs a value", name);
        return true;
    }
    const char *value = argv[++*at];
    *ret_err = ERR_OK;
    if (is_admin) {
        to->address = span_of(value);
        return true;
    }
    *ret_err = file_read(value, LIMIT_ADMIN_TOKEN_BYTES, ret_token, p);
    to->token = ask_token_of(buf_span(ret_token));
    return true;
}
