#include "loop/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/inside.h"

enum { KERNEL_BUFFER_BYTES = 1024 * 1024 };

enum err channel_socketpair(int ret_fds[2]) {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return err_from_errno(errno);
    for (int i = 0; i < 2; i++) {
        int bytes = KERNEL_BUFFER_BYTES; /* capped by net.core.wmem_max */
        setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        ret_fds[i] = fds[i];
    }
    return ERR_OK;
}

enum err channel_open(struct loop *loop, int fd, struct stream **ret_stream) {
    struct stat st;
    if (fstat(fd, &st) != 0) return ERR_INVALID;
    if (!S_ISSOCK(st.st_mode) && !S_ISFIFO(st.st_mode)) {
        close(fd);
        return ERR_INVALID;
    }
    struct stream *s = loop_stream_new(loop);
    check(uv_pipe_init(&loop->uv, &s->pipe, 0) == 0);
    s->handle.data = s;
    int status = uv_pipe_open(&s->pipe, fd);
    if (status != 0) {
        close(fd);
        stream_close(s);
        return err_from_uv(status);
    }
    *ret_stream = s;
    return ERR_OK;
}
