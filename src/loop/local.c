#include "loop/local.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

/* Nobody answers: it was left behind by a process that died. */
static bool is_left_behind(const struct sockaddr_un *a) {
    struct stat info;
    if (lstat(a->sun_path, &info) || !S_ISSOCK(info.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool refused = connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

enum err local_bind(struct span path, int *ret_fd, struct problem *p) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (!path.len || path.len >= sizeof a.sun_path || memchr(path.ptr, 0, path.len))
        return problem(p, ERR_INVALID, "socket %.*s: a path of 1 to %zu bytes is needed", SPAN_FMT(path),
                       sizeof a.sun_path - 1);
    memcpy(a.sun_path, path.ptr, path.len);
    if (is_left_behind(&a)) unlink(a.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177); /* from the first moment on */
    int failed = fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof a) ? errno : 0;
    umask(before);
    if (!failed && listen(fd, BACKLOG)) failed = errno;
    if (failed) {
        if (fd >= 0) close(fd);
        return problem(p, err_from_errno(failed), "cannot listen on %s: %s", a.sun_path, strerror(failed));
    }
    *ret_fd = fd;
    return ERR_OK;
}
